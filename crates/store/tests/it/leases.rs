use crate::setup::*;
use std::collections::HashSet;
use weir_model::{
    Batch, Certificate, Person, PersonKind, RunEvent, RunLevel, RunOutcome, RunResult, Sink as _, Trigger,
    Verdict,
};
use weir_store::{LeaseHolder, StoreError};
use weir_testkit::{SeededEntropy, for_each_engine, for_each_store};

#[tokio::test]
async fn one_holder_at_a_time() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let (store, label) = (&temp.store, engine.label());
        let integration = integration("acme", 1);
        store.add_integration(&integration, "").await.unwrap();
        let take = async |token: &str| store.take_lease(&integration.id, &holder(token), 1000).await.unwrap();
        let first = take("first").await.expect("it is free");
        assert_eq!(take("second").await, None, "{label}");
        temp.clock.advance(900);
        assert!(store.renew_lease(&first).await.unwrap(), "{label}");
        temp.clock.advance(900);
        assert_eq!(take("second").await, None, "{label}");
        temp.clock.advance(100);
        let second = take("second").await.expect("the first one's time is over");
        assert!(second.fence() > first.fence(), "{label}");
        assert!(!store.renew_lease(&first).await.unwrap(), "{label}");
        assert!(!store.release_lease(&first).await.unwrap(), "{label}");
        assert!(store.release_lease(&second).await.unwrap(), "{label}");
        assert!(take("third").await.is_some(), "{label}");
    })
    .await;
}

/// One whose process has ended, beside ours.
fn dead_one(us: &LeaseHolder) -> LeaseHolder {
    let mut child = std::process::Command::new("true").spawn().unwrap();
    let dead = LeaseHolder { pid: child.id(), token: format!("dead-{}", us.token), ..us.clone() };
    child.wait().unwrap();
    dead
}

#[tokio::test]
async fn a_dead_process_of_this_machine_is_followed_at_once() {
    for_each_store(async |store, label| {
        let integration = integration("acme", 1);
        store.add_integration(&integration, "").await.unwrap();
        let us = LeaseHolder::this_process(&SeededEntropy::new(1));
        let dead = dead_one(&us);
        store.take_lease(&integration.id, &dead, 3_600_000).await.unwrap().expect("it is free");
        assert!(store.take_lease(&integration.id, &us, 1000).await.unwrap().is_some(), "{label}");
        let other = LeaseHolder { token: format!("other-{}", us.token), ..us };
        assert_eq!(
            store.take_lease(&integration.id, &other, 1000).await.unwrap(),
            None,
            "we live, on {label}"
        );
    })
    .await;
}

#[tokio::test]
async fn another_process_under_the_number_of_a_dead_one_does_not_pass_for_it() {
    if !std::path::Path::new("/proc/self/stat").exists() {
        return;
    }
    for_each_store(async |store, label| {
        let integration = integration("acme", 1);
        store.add_integration(&integration, "").await.unwrap();
        let us = LeaseHolder::this_process(&SeededEntropy::new(1));
        let (random, start) = us.token.split_once('@').expect("it tells when we started");
        let earlier: u64 = start.parse::<u64>().unwrap() - 1;
        let dead = LeaseHolder { token: format!("{random}@{earlier}"), ..us.clone() };
        store.take_lease(&integration.id, &dead, 3_600_000).await.unwrap().expect("it is free");
        let ours = store.take_lease(&integration.id, &us, 3_600_000).await.unwrap();
        assert!(ours.is_some(), "{label}");
        assert_eq!(store.take_lease(&integration.id, &us, 1000).await.unwrap(), None, "we live, on {label}");
    })
    .await;
}

/// A token with the start of another process. proc(5): the 22nd field of its `stat`.
fn started_as(token: &str, pid: u32) -> String {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let start = stat.rsplit_once(") ").unwrap().1.split(' ').nth(19).unwrap().to_owned();
    format!("{}@{start}", token.split_once('@').unwrap().0)
}

/// The holder as another container, another machine or another boot would have written it.
fn from(holder: &LeaseHolder, boot: Option<&str>, namespace: Option<&str>) -> LeaseHolder {
    let (before, start) = holder.token.split_once('@').expect("it tells when it started");
    let [random, ours, numbers] = before.split('.').collect::<Vec<_>>()[..] else {
        panic!("it tells where it has its number: {before}")
    };
    let token = format!("{random}.{}.{}@{start}", boot.unwrap_or(ours), namespace.unwrap_or(numbers));
    LeaseHolder { token, ..holder.clone() }
}

#[tokio::test]
async fn a_container_of_the_same_name_does_not_take_the_lease_of_another_that_lives() {
    if !std::path::Path::new("/proc/self/ns/pid").exists() {
        return;
    }
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let (store, label) = (&temp.store, engine.label());
        let integration = integration("acme", 1);
        store.add_integration(&integration, "").await.unwrap();
        let us = LeaseHolder::this_process(&SeededEntropy::new(1));
        let dead = dead_one(&us);
        let boot = "00000000-0000-4000-8000-000000000000";
        let unseen = [
            ("of another namespace", from(&dead, None, Some("1"))),
            ("of another machine, or of this one before it was started anew", from(&dead, Some(boot), None)),
            ("that does not say where", LeaseHolder { token: "0f0f@1".to_owned(), ..dead.clone() }),
            ("that says nothing", LeaseHolder { token: "0f0f".to_owned(), ..dead.clone() }),
            ("of another name", LeaseHolder { host: "elsewhere".to_owned(), ..dead.clone() }),
        ];
        for (which, holder) in unseen {
            store.take_lease(&integration.id, &holder, 60_000).await.unwrap().expect("it is free");
            let held = store.held_leases(&us).await.unwrap();
            assert!(!held[0].is_left, "one {which} may live, on {label}");
            assert_eq!(
                store.take_lease(&integration.id, &us, 1000).await.unwrap(),
                None,
                "{which}, on {label}"
            );
            temp.clock.advance(60_000);
            let ours = store.take_lease(&integration.id, &us, 1000).await.unwrap();
            let ours = ours.expect("its time is over");
            store.release_lease(&ours).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_killed_process_that_nobody_has_noticed_yet_is_dead() {
    for_each_store(async |store, label| {
        let integration = integration("acme", 1);
        store.add_integration(&integration, "").await.unwrap();
        let us = LeaseHolder::this_process(&SeededEntropy::new(1));
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        let theirs = LeaseHolder { pid: child.id(), token: started_as(&us.token, child.id()), ..us.clone() };
        store.take_lease(&integration.id, &theirs, 3_600_000).await.unwrap().expect("it is free");
        assert_eq!(store.take_lease(&integration.id, &us, 1000).await.unwrap(), None, "it lives, on {label}");
        child.kill().unwrap();
        while store.take_lease(&integration.id, &us, 3_600_000).await.unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        child.wait().unwrap();
    })
    .await;
}

#[tokio::test]
async fn of_many_who_ask_at_once_one_gets_it() {
    for_each_store(async |store, label| {
        let integration = integration("acme", 1);
        store.add_integration(&integration, "").await.unwrap();
        let holders: Vec<LeaseHolder> = (0..12).map(|n| holder(&n.to_string())).collect();
        let asked = holders.iter().map(|holder| store.take_lease(&integration.id, holder, 60_000));
        let got = futures::future::join_all(asked).await;
        assert_eq!(got.iter().filter(|lease| lease.as_ref().unwrap().is_some()).count(), 1, "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_lease_is_renewed_while_a_commit_is_under_way_and_taken_over_only_after_it() {
    use sqlx::{Connection as _, PgConnection};
    use std::time::Duration;
    let Some(pg) = weir_testkit::Pg::shared() else { return };
    let temp = weir_testkit::Engine::Postgres(pg).store().await;
    let weir_store::StoreAddress::Postgres(url) = temp.place.address() else { panic!("it is on PostgreSQL") };
    let bench = Bench::new(&temp.store).await;
    let mut committing = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("BEGIN; SELECT 1 FROM weir.lease FOR KEY SHARE").execute(&mut committing).await.unwrap();
    let renewed = tokio::time::timeout(Duration::from_secs(30), temp.store.renew_lease(&bench.lease)).await;
    assert!(renewed.expect("it does not wait for the commit").unwrap());
    temp.clock.advance(3_600_000);
    let next = holder("next");
    let mut taking = std::pin::pin!(temp.store.take_lease(&bench.id, &next, 1000));
    let early = tokio::time::timeout(Duration::from_millis(300), &mut taking).await;
    assert!(early.is_err(), "the commit comes first");
    sqlx::raw_sql("COMMIT").execute(&mut committing).await.unwrap();
    assert!(taking.await.unwrap().is_some());
}

/// A run that lost its lease to another, which has begun a run of its own.
async fn overtaken(store: &weir_store::Store) -> Bench {
    let bench = Bench::new(store).await;
    let ann = |name: &str| Person {
        id: "p1".to_owned(),
        name: Some(name.to_owned()),
        email: None,
        kind: PersonKind::Person,
        active: Some(true),
    };
    let checkpoints = vec![checkpoint("project:1", "{}"), checkpoint("scope", "{}")];
    bench.commit_batch(Batch { people: vec![ann("Ann")], checkpoints, ..Batch::default() }).await;
    bench.commit_batch(Batch { people: vec![ann("Ann B.")], ..Batch::default() }).await;
    // Who changed is kept until the run is settled.
    bench.sink.outdated().await.unwrap();
    store.release_lease(&bench.lease).await.unwrap();
    let next = store.take_lease(&bench.id, &holder("next"), 60_000).await.unwrap().expect("it is free");
    store.begin_run(&next, &run_id(2), (Trigger::Manual, None), 2).await.unwrap();
    bench
}

#[tokio::test]
async fn a_run_that_lost_its_lease_forgets_marks_and_certifies_nothing() {
    for_each_store(async |store, label| {
        let bench = overtaken(&store).await;
        let before = store.checkpoints(&bench.id).await.unwrap();
        assert_eq!(before.len(), 3, "{label}: {before:?}");
        let certificate = Certificate {
            at: NOON,
            project_key: "ENG".to_owned(),
            theirs: 1,
            ours: 1,
            missing: vec![],
            extra: vec![],
            verdict: Verdict::Equal,
        };
        let lease = &bench.lease;
        let refused: [(&str, Result<(), StoreError>); 8] = [
            ("begin", store.begin_run(lease, &run_id(3), (Trigger::Manual, None), 1).await),
            ("clear", store.clear_checkpoints(lease, "project:").await.map(drop)),
            ("clear but", store.clear_checkpoints_but(lease, ["scope", "unseen"]).await.map(drop)),
            ("hold a password", store.hold_password(lease, &bench.run).await),
            ("walk", store.mark_walked(lease, &["ENG".to_owned()], NOON).await),
            ("look through", store.mark_looked_through(lease, NOON).await),
            ("certify", store.certify(lease, &bench.run, &[certificate]).await),
            ("settle", bench.sink.settled(&HashSet::new()).await.map(drop)),
        ];
        for (what, refused) in refused {
            let error = refused.expect_err(what);
            assert_eq!(error.message().id(), "run.busy", "{what} on {label}");
        }
        assert_eq!(store.checkpoints(&bench.id).await.unwrap(), before, "{label}");
        assert!(!store.is_password_held(&bench.id).await.unwrap(), "{label}");
        assert!(bench.rows("certificates").await.is_empty(), "{label}");
        assert_eq!(store.run(&run_id(3)).await.unwrap(), None, "{label}");
        let next = store.run(&run_id(2)).await.unwrap().expect("it began");
        assert_eq!(next.result, None, "{label}: it was not taken for dead");
    })
    .await;
}

#[tokio::test]
async fn a_run_that_lost_its_lease_still_says_how_it_ended() {
    for_each_store(async |store, label| {
        let bench = overtaken(&store).await;
        let event = RunEvent {
            at: NOON,
            level: RunLevel::Error,
            code: "run.busy".to_owned(),
            what: None,
            subject: "acme".to_owned(),
            message: "Another run has it.".to_owned(),
        };
        store.log(&bench.run, &[event]).await.unwrap();
        let outcome = RunOutcome {
            result: RunResult::Failed,
            tally: Default::default(),
            requests: 3,
            waited_ms: 0,
            error_code: Some("run.busy".to_owned()),
        };
        store.finish_run(&bench.run, &outcome).await.unwrap();
        let ended = store.run(&bench.run).await.unwrap().expect("it began");
        assert_eq!((ended.error_code.as_deref(), ended.requests), (Some("run.busy"), 3), "{label}");
        assert_eq!(store.run_events(&bench.run).await.unwrap().len(), 1, "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_person_releases_a_refused_password_while_a_run_works_and_takes_nothing_else_with_it() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let checkpoints = vec![checkpoint("password:1", "{}"), checkpoint("project:1", "{}")];
        bench.commit_batch(Batch { checkpoints, ..Batch::default() }).await;
        let before = store.checkpoints(&bench.id).await.unwrap();
        store.hold_password(&bench.lease, &bench.run).await.unwrap();
        assert!(store.is_password_held(&bench.id).await.unwrap(), "{label}");
        store.release_password(&bench.id).await.unwrap();
        assert!(!store.is_password_held(&bench.id).await.unwrap(), "{label}");
        assert_eq!(store.checkpoints(&bench.id).await.unwrap(), before, "{label}");
        bench.commit(vec![record("1", 0)]).await;
    })
    .await;
}
