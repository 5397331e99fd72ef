//! States of issues: who may change which, and that every change is kept with its reason and time.

use crate::setup::*;
use weir_model::{Batch, IssueId, IssueRecord, Millis, State};
use weir_store::{Cell, Settled};
use weir_testkit::for_each_engine;

fn settled(id: &str, state: State, reason: &'static str) -> Settled {
    Settled { id: IssueId::from(id), state, reason }
}

/// What was kept of changes: issue, state and reason, in order of time.
async fn kept(bench: &Bench) -> Vec<[Cell; 3]> {
    let mut rows = bench.rows("issue_states").await;
    rows.sort_by_key(|row| format!("{:?}", row[4]));
    rows.into_iter().map(|row| [row[1].clone(), row[2].clone(), row[3].clone()]).collect()
}

#[tokio::test]
async fn every_change_of_state_is_kept_with_its_reason_and_time() {
    for_each_engine(async |engine| {
        let (temp, label) = (engine.store().await, engine.label());
        let bench = Bench::new(&temp.store).await;
        bench.commit(vec![record("1", 0), record("2", 0)]).await;
        assert!(
            bench.rows("issue_states").await.is_empty(),
            "an issue is live from when it was first seen, {label}"
        );
        temp.clock.advance(1_000);
        let changes =
            [settled("1", State::Gone, "census.absent"), settled("9", State::Gone, "census.absent")];
        assert_eq!(temp.store.settle(&bench.lease, &changes).await.unwrap(), 1, "{label}");
        assert_eq!(temp.store.settle(&bench.lease, &changes).await.unwrap(), 0, "it is not live, {label}");
        let since = bench.column("issue_states", "since").await;
        assert_eq!(since[0], bench.column("issues", "state_since").await[0], "{label}");
        temp.clock.advance(1_000);
        let committed = bench.commit(vec![record("1", 0), record("2", 0)]).await;
        assert_eq!(committed.tally.of(weir_model::Kind::Issues).written, 1, "it came back, {label}");
        assert_eq!(bench.column("issues", "state").await, ["live", "live"].map(text), "{label}");
        assert_ne!(since[0], bench.column("issues", "state_since").await[0], "{label}");
        temp.clock.advance(1_000);
        bench.commit_batch(Batch { out_of_scope: vec!["2".into()], ..Batch::default() }).await;
        let expected = [
            ["1", "gone", "census.absent"].map(text),
            ["1", "live", "site.shown"].map(text),
            ["2", "out_of_scope", "scope.left"].map(text),
        ];
        assert_eq!(kept(&bench).await, expected, "{label}");
    })
    .await;
}

#[tokio::test]
async fn an_issue_that_is_away_comes_back_as_a_restored_site_has_it() {
    for_each_engine(async |engine| {
        let (temp, label) = (engine.store().await, engine.label());
        let bench = Bench::new(&temp.store).await;
        let mut later = record("1", 5_000);
        later.changes[1].changed_at = Millis(NOON.0 + 5_000);
        bench.commit(vec![later.clone()]).await;
        let earlier = || IssueRecord { changes: vec![change("h1", 0, "Done")], ..record("1", 1_000) };
        bench.commit(vec![earlier()]).await;
        let updated = async || bench.column("issues", "updated_at").await;
        let of_later = updated().await;
        assert_eq!(
            bench.rows("issue_changes").await.len(),
            2,
            "an older answer about a live issue is late, {label}"
        );
        temp.store.settle(&bench.lease, &[settled("1", State::Gone, "census.absent")]).await.unwrap();
        bench.commit(vec![earlier()]).await;
        assert_eq!(bench.column("issues", "state").await, [text("live")], "{label}");
        assert_ne!(updated().await, of_later, "{label}");
        assert_eq!(bench.rows("issue_changes").await.len(), 1, "what was undone is not its history, {label}");
        bench.commit(vec![later]).await;
        assert_eq!(updated().await, of_later, "{label}");
    })
    .await;
}

#[tokio::test]
async fn what_a_person_put_away_stays_so_until_a_person_brings_it_back() {
    for_each_engine(async |engine| {
        let (temp, label) = (engine.store().await, engine.label());
        let bench = Bench::new(&temp.store).await;
        bench.commit(vec![record("1", 0), record("2", 0)]).await;
        let keys = ["ENG-1".to_owned()];
        let away = temp.store.put_away(&bench.lease, &keys).await.unwrap();
        assert_eq!((away[0].key.as_str(), away[0].before), ("ENG-1", State::Live), "{label}");
        bench.commit(vec![record("1", 5), record("2", 5)]).await;
        temp.store.settle(&bench.lease, &[settled("1", State::Gone, "census.absent")]).await.unwrap();
        assert_eq!(bench.column("issues", "state").await, ["removed", "live"].map(text), "{label}");
        temp.clock.advance(1_000);
        temp.store.restore_issues(&bench.lease, &keys).await.unwrap();
        let again = temp.store.restore_issues(&bench.lease, &keys).await.unwrap();
        assert_eq!(again[0].before, State::Live, "{label}");
        assert_eq!(bench.column("issues", "state").await, ["live", "live"].map(text), "{label}");
        let expected =
            [["1", "removed", "person.removed"].map(text), ["1", "live", "person.restored"].map(text)];
        assert_eq!(kept(&bench).await, expected, "{label}");
    })
    .await;
}

#[tokio::test]
async fn an_issue_is_found_by_a_former_key_and_one_unknown_key_changes_nothing() {
    for_each_engine(async |engine| {
        let (temp, label) = (engine.store().await, engine.label());
        let bench = Bench::new(&temp.store).await;
        let mut moved = record("1", 0);
        moved.keys.push(weir_model::IssueKey { key: "OLD-7".to_owned(), since: None });
        bench.commit(vec![moved, record("2", 0)]).await;
        let keys = ["ENG-2", "ENG-404", "XY-1"].map(str::to_owned);
        let refused = temp.store.put_away(&bench.lease, &keys).await.unwrap_err();
        assert_eq!(refused.message().id(), "issue.unknown", "{label}");
        assert!(refused.message().what().contains("ENG-404, XY-1"), "{label}");
        assert_eq!(bench.column("issues", "state").await, ["live", "live"].map(text), "{label}");
        let away = temp.store.put_away(&bench.lease, &["OLD-7".to_owned()]).await.unwrap();
        assert_eq!(away[0].key, "ENG-1", "{label}");
        assert_eq!(bench.column("issues", "state").await, ["removed", "live"].map(text), "{label}");
    })
    .await;
}

#[tokio::test]
async fn states_are_not_changed_without_the_lease() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let bench = Bench::new(&temp.store).await;
        bench.commit(vec![record("1", 0)]).await;
        temp.store.release_lease(&bench.lease).await.unwrap();
        temp.store.take_lease(&bench.id, &holder("other"), 60_000).await.unwrap().expect("it is free");
        let refused = temp.store.settle(&bench.lease, &[settled("1", State::Gone, "census.absent")]).await;
        assert_eq!(refused.unwrap_err().message().id(), "run.busy", "{}", engine.label());
        assert_eq!(bench.column("issues", "state").await, [text("live")], "{}", engine.label());
    })
    .await;
}

#[tokio::test]
async fn live_issues_that_show_a_key_are_found_by_link_parent_and_epic() {
    for_each_engine(async |engine| {
        let (temp, label) = (engine.store().await, engine.label());
        let bench = Bench::new(&temp.store).await;
        let plain = |id: &str| {
            let mut plain = record(id, 0);
            plain.issue.parent_key = None;
            plain.links.clear();
            plain
        };
        let mut below = plain("4");
        below.issue.epic_key = Some("ENG-3".to_owned());
        // The first one's parent is ENG-1, and it is linked with OPS-1.
        bench.commit(vec![record("2", 0), plain("3"), below, record("5", 0)]).await;
        bench.commit_batch(Batch { out_of_scope: vec!["5".into()], ..Batch::default() }).await;
        let showing = async |keys: &[&str]| {
            let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
            temp.store.issues_showing(&bench.id, &keys).await.unwrap()
        };
        assert_eq!(showing(&["ENG-1"]).await, ["2".into()], "{label}");
        assert_eq!(showing(&["OPS-1", "ENG-3"]).await, ["2".into(), "4".into()], "{label}");
        assert!(showing(&["ENG-2"]).await.is_empty() && showing(&[]).await.is_empty(), "{label}");
    })
    .await;
}

#[tokio::test]
async fn issues_that_show_a_key_of_nobody_who_is_there_are_found() {
    for_each_engine(async |engine| {
        let (temp, label) = (engine.store().await, engine.label());
        let bench = Bench::new(&temp.store).await;
        let showing = async || {
            let mut found = temp.store.issues_showing_nobody(&bench.id).await.unwrap();
            found.sort();
            found.into_iter().map(|(id, key)| format!("{id} {key}")).collect::<Vec<_>>()
        };
        // Its parent is ENG-1, and it is linked with OPS-1; neither was ever read.
        bench.commit(vec![record("2", 0)]).await;
        assert_eq!(showing().await, ["2 ENG-1", "2 OPS-1"], "{label}");
        let plain = |id: &str, former: &str| {
            let mut plain = record(id, 0);
            plain.issue.parent_key = None;
            plain.links.clear();
            plain.keys.push(weir_model::IssueKey { key: former.to_owned(), since: None });
            plain
        };
        bench.commit(vec![plain("1", "ENG-100"), plain("9", "OPS-1")]).await;
        assert!(showing().await.is_empty(), "{label}: a former key is a key");
        temp.store.settle(&bench.lease, &[settled("1", State::Gone, "census.absent")]).await.unwrap();
        bench.commit_batch(Batch { out_of_scope: vec!["9".into()], ..Batch::default() }).await;
        assert_eq!(showing().await, ["2 ENG-1"], "{label}: what left the scope is there all the same");
        temp.store.settle(&bench.lease, &[settled("2", State::Gone, "census.absent")]).await.unwrap();
        assert!(showing().await.is_empty(), "{label}: only live issues show");
    })
    .await;
}
