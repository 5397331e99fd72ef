use crate::setup::*;
use weir_store::LeaseHolder;
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

#[tokio::test]
async fn a_dead_process_of_this_machine_is_followed_at_once() {
    for_each_store(async |store, label| {
        let integration = integration("acme", 1);
        store.add_integration(&integration, "").await.unwrap();
        let us = LeaseHolder::this_process(&SeededEntropy::new(1));
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let dead = LeaseHolder { pid: child.id(), token: "dead".to_owned(), ..us.clone() };
        child.wait().unwrap();
        store.take_lease(&integration.id, &dead, 3_600_000).await.unwrap().expect("it is free");
        assert!(store.take_lease(&integration.id, &us, 1000).await.unwrap().is_some(), "{label}");
        let other = LeaseHolder { token: "other".to_owned(), ..us };
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

#[tokio::test]
async fn a_killed_process_that_nobody_has_noticed_yet_is_dead() {
    for_each_store(async |store, label| {
        let integration = integration("acme", 1);
        store.add_integration(&integration, "").await.unwrap();
        let us = LeaseHolder::this_process(&SeededEntropy::new(1));
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        let theirs = LeaseHolder { pid: child.id(), token: "theirs".to_owned(), ..us.clone() };
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
