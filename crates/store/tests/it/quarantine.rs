//! Issues that cannot be read: kept aside, sealed, until they can be.

use crate::setup::*;
use weir_model::{Batch, Exclusions, InQuarantine, Millis, Quarantined, Sink as _, Trigger};
use weir_store::{Cell, Retries, Store, Waiting};
use weir_testkit::{for_each_engine, for_each_store};

fn unread(id: &str, raw: Option<&str>) -> Quarantined {
    Quarantined {
        issue: id.into(),
        code: "issue.unreadable".into(),
        detail: format!("{id} could not be read."),
        raw: raw.map(str::to_owned),
    }
}

fn kept(quarantined: Vec<Quarantined>) -> Batch {
    Batch { quarantined, ..Batch::default() }
}

async fn inside(bench: &Bench) -> Vec<InQuarantine> {
    bench.store.quarantine(&bench.id, None).await.unwrap()
}

/// A second run of the same integration.
async fn again(bench: Bench, seed: u64) -> Bench {
    again_with(bench, seed, Retries::Due).await
}

async fn again_with(bench: Bench, seed: u64, retries: Retries) -> Bench {
    let run = run_id(seed);
    bench.store.begin_run(&bench.lease, &run, (Trigger::Manual, None), 1).await.unwrap();
    let sink = bench.store.sink(&bench.id, &run, bench.lease.clone(), sealer(), retries).await.unwrap();
    Bench { run, sink, ..bench }
}

/// The end of a run, after which the site still shows these.
async fn settled(bench: &Bench, shown: &[&str]) -> Waiting {
    let shown = shown.iter().map(|id| (*id).into()).collect();
    bench.sink.settled(&shown).await.unwrap()
}

async fn body(store: &Store, bench: &Bench, id: &str) -> Option<String> {
    store.quarantined_body(&bench.id, id).await.unwrap()
}

#[tokio::test]
async fn an_issue_stays_until_it_is_read_and_its_body_is_sealed() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        bench.commit(vec![record("1", 0)]).await;
        bench.commit_batch(kept(vec![unread("1", Some("{}")), unread("2", None)])).await;
        let found = inside(&bench).await;
        let shown: Vec<_> = found
            .iter()
            .map(|one| (one.issue.as_str(), one.key.as_deref(), one.attempts, one.raw_bytes))
            .collect();
        assert_eq!(shown, [("1", Some("ENG-1"), 1, Some(2)), ("2", None, 1, None)], "{label}");
        assert_eq!(body(&store, &bench, "1").await.as_deref(), Some("sealed 1 2"), "{label}");
        assert_eq!(body(&store, &bench, "2").await, None, "{label}");
        assert_eq!(bench.column("quarantined_issues", "issue_id").await, [text("1"), text("2")], "{label}");
        assert!(bench.sink.outdated().await.unwrap().is_empty(), "{label}: this run has tried them");

        let first = found[0].first_at;
        let bench = again(bench, 7).await;
        assert_eq!(bench.sink.outdated().await.unwrap(), ["1".into(), "2".into()], "{label}");
        // It fails once more, and no body comes with it this time.
        bench.commit_batch(kept(vec![unread("1", None)])).await;
        assert!(bench.sink.outdated().await.unwrap().is_empty(), "{label}: each is named once");
        let found = inside(&bench).await;
        assert_eq!(
            (found[0].attempts, found[0].first_at, found[0].raw_bytes),
            (2, first, Some(2)),
            "{label}"
        );
        let of_run = store.quarantine(&bench.id, Some(&bench.run)).await.unwrap();
        assert_eq!(of_run.len(), 1, "{label}");

        bench.commit(vec![record("1", 1)]).await;
        assert_eq!(inside(&bench).await.len(), 1, "{label}: read");
        settled(&bench, &[]).await;
        assert!(inside(&bench).await.is_empty(), "{label}: what the run did not meet is no more");
    })
    .await;
}

#[tokio::test]
async fn a_batch_that_is_not_committed_frees_nothing() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        bench.commit_batch(kept(vec![unread("1", Some("{}"))])).await;
        store.release_lease(&bench.lease).await.unwrap();
        store.take_lease(&bench.id, &holder("another"), 60_000).await.unwrap().expect("it is free");
        let batch = Batch { issues: vec![record("1", 0)], ..Batch::default() };
        assert!(bench.sink.commit(batch).await.is_err(), "{label}");
        assert_eq!(inside(&bench).await.len(), 1, "{label}");
    })
    .await;
}

#[tokio::test]
async fn bodies_go_when_more_is_excluded_and_everything_with_its_integration() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        bench.commit_batch(kept(vec![unread("1", Some("{}"))])).await;
        let before = store.integration("acme").await.unwrap().unwrap();
        let mut after = before.clone();
        after.settings.exclusions = Exclusions::parse(["description"]);
        store.edit_integration(&bench.lease, &before, &after, &[], &Default::default()).await.unwrap();
        assert_eq!(body(&store, &bench, "1").await, None, "{label}");
        assert_eq!(bench.column("quarantined_issues", "raw_bytes").await, [Cell::Null], "{label}");
        store.delete_integration(&bench.id, "me").await.unwrap();
        assert!(bench.rows("quarantined_issues").await.is_empty(), "{label}");
    })
    .await;
}

#[tokio::test]
async fn an_issue_is_news_unless_it_is_kept_as_it_is_shown() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        bench.commit(vec![record("1", 5), record("2", 5), record("3", 5)]).await;
        bench.commit_batch(Batch { out_of_scope: vec!["3".into()], ..Batch::default() }).await;
        let at = |more: i64| Some(Millis(NOON.0 + more));
        let shown = [
            ("1".into(), at(5)),
            // An index that lags shows less than is known.
            ("1".into(), at(4)),
            ("2".into(), at(6)),
            ("3".into(), at(5)),
            ("4".into(), at(5)),
            ("2".into(), None),
        ];
        let news = bench.sink.news(&shown).await.unwrap();
        assert_eq!(news, ["2".into(), "3".into(), "4".into(), "2".into()], "{label}");
        assert!(bench.sink.news(&[]).await.unwrap().is_empty(), "{label}");
    })
    .await;
}

/// One run in which the issue fails once more if it is tried; whether it was.
async fn fails_again(bench: &Bench, label: &str) -> bool {
    let tried = !bench.sink.outdated().await.unwrap().is_empty();
    if tried {
        bench.commit_batch(kept(vec![unread("1", None)])).await;
    }
    assert_eq!(settled(bench, &[]).await.passed, u64::from(!tried), "{label}");
    let named = bench.store.quarantine(&bench.id, Some(&bench.run)).await.unwrap();
    assert_eq!(named.len(), 1, "{label}: the run names it, tried or not");
    tried
}

#[tokio::test]
async fn an_issue_that_keeps_failing_is_tried_less_and_less_often_and_still_once_a_day() {
    for_each_engine(async |engine| {
        let (temp, label) = (engine.store().await, engine.label());
        let mut bench = Bench::new(&temp.store).await;
        bench.commit_batch(kept(vec![unread("1", Some("{}"))])).await;
        // Twice in one run is one attempt.
        bench.commit_batch(kept(vec![unread("1", None)])).await;
        settled(&bench, &[]).await;
        let mut tried = vec![1];
        for run in 2..=20 {
            bench = again(bench, run).await;
            if fails_again(&bench, label).await {
                tried.push(run);
            }
        }
        assert_eq!(tried, [1, 2, 4, 8, 16], "{label}");
        assert_eq!(inside(&bench).await[0].attempts, 5, "{label}");

        temp.clock.advance(24 * 60 * 60 * 1_000 - 1);
        bench = again(bench, 21).await;
        assert!(!fails_again(&bench, label).await, "{label}");
        temp.clock.advance(1);
        bench = again(bench, 22).await;
        assert!(fails_again(&bench, label).await, "{label}: a day has passed");
        bench = again_with(bench, 23, Retries::All).await;
        assert!(fails_again(&bench, label).await, "{label}: somebody asks");
        temp.clock.advance(-60_000);
        bench = again(bench, 24).await;
        assert!(fails_again(&bench, label).await, "{label}: a clock that was put back puts nothing off");
    })
    .await;
}

#[tokio::test]
async fn what_is_left_alone_stays_in_quarantine_and_what_was_tried_and_is_gone_does_not() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        bench.commit_batch(kept(vec![unread("1", None), unread("2", None)])).await;
        let bench = again(bench, 2).await;
        bench.sink.outdated().await.unwrap();
        bench.commit_batch(kept(vec![unread("1", None)])).await;
        assert_eq!(settled(&bench, &[]).await.passed, 0, "{label}");
        assert_eq!(inside(&bench).await.len(), 1, "{label}: the second one is gone");
        let bench = again(bench, 3).await;
        assert!(bench.sink.outdated().await.unwrap().is_empty(), "{label}");
        assert_eq!(settled(&bench, &[]).await.passed, 1, "{label}");
        assert_eq!(inside(&bench).await.len(), 1, "{label}");
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_lacks_a_live_issue_does_not_let_it_go() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        bench.commit(vec![record("1", 0)]).await;
        bench.commit_batch(kept(vec![unread("1", None), unread("2", None)])).await;
        let bench = again(bench, 2).await;
        assert_eq!(bench.sink.outdated().await.unwrap().len(), 2, "{label}");
        assert_eq!(settled(&bench, &[]).await.passed, 0, "{label}");
        let left: Vec<_> = inside(&bench).await.into_iter().map(|one| one.issue).collect();
        assert_eq!(left, ["1".into()], "{label}");
        bench.commit(vec![record("1", 1)]).await;
        assert!(inside(&bench).await.is_empty(), "{label}");
    })
    .await;
}

#[tokio::test]
async fn an_issue_in_quarantine_is_tried_as_soon_as_the_site_shows_another_version_of_it() {
    for_each_store(async |store, label| {
        let mut bench = Bench::new(&store).await;
        let at = |more: i64| Some(Millis(NOON.0 + more));
        let shown = |updated: Option<Millis>| [("1".into(), updated), ("2".into(), at(5))];
        for run in 2..=3 {
            let news = bench.sink.news(&shown(at(5))).await.unwrap();
            assert_eq!(news, ["1".into(), "2".into()], "{label}: it is its turn");
            bench.commit_batch(kept(vec![unread("1", None)])).await;
            settled(&bench, &[]).await;
            bench = again(bench, run).await;
        }
        assert_eq!(bench.sink.news(&shown(at(5))).await.unwrap(), ["2".into()], "{label}: not again");
        for other in [at(6), at(4), None] {
            let news = bench.sink.news(&shown(other)).await.unwrap();
            assert_eq!(news, ["1".into(), "2".into()], "{label}: {other:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_issue_that_is_there_and_does_not_come_stays_for_a_while() {
    for_each_store(async |store, label| {
        let mut bench = Bench::new(&store).await;
        bench.commit_batch(kept(vec![unread("1", None), unread("2", None)])).await;
        settled(&bench, &[]).await;
        for attempts in 2..=8 {
            bench = again_with(bench, attempts, Retries::All).await;
            bench.sink.outdated().await.unwrap();
            let absent = bench.sink.absent().await.unwrap();
            assert_eq!(absent, if attempts == 2 { vec!["1".into(), "2".into()] } else { vec!["1".into()] });
            // The site shows the one that was asked for, and not the other.
            let waiting = settled(&bench, &["1"]).await;
            assert_eq!(waiting, Waiting { passed: 0, absent: 1 }, "{label}");
            let left = inside(&bench).await;
            assert_eq!((left.len(), u64::from(left[0].attempts)), (1, attempts), "{label}");
        }
        bench = again_with(bench, 9, Retries::All).await;
        bench.sink.outdated().await.unwrap();
        assert_eq!(settled(&bench, &["1"]).await, Waiting::default(), "{label}: a census finds it missing");
        assert!(inside(&bench).await.is_empty(), "{label}");
    })
    .await;
}
