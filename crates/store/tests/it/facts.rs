//! Facts are kept as blobs; what changes a row of an issue notes that its facts are older.

use crate::setup::*;
use std::sync::Arc;
use weir_model::{IssueId, Millis, State};
use weir_store::{Blob, Documents, FactState, Settled, Which};
use weir_testkit::for_each_store;

fn state(made_to: i64, generation: i64) -> FactState {
    FactState { basis: "1".to_owned(), made_to, generation, made_at: NOON }
}

fn blob(name: &str, bytes: &[u8]) -> Blob {
    (name.to_owned(), Arc::from(bytes))
}

async fn outdated(bench: &Bench) -> Vec<i64> {
    let (outdated, _) = bench.store.outdated_facts(&bench.id).await.unwrap();
    outdated.iter().map(|one| one.issue_no).collect()
}

#[tokio::test]
async fn what_changes_of_an_issue_that_was_there_before_is_noted() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        bench.commit(vec![record("1", 0), record("2", 0), record("3", 0)]).await;
        assert!(outdated(&bench).await.is_empty(), "new issues come after what was made, {label}");
        assert_eq!(store.outdated_facts(&bench.id).await.unwrap().1, 3, "{label}");
        bench.commit(vec![record("1", 0), record("2", 0)]).await;
        assert!(outdated(&bench).await.is_empty(), "nothing differs, {label}");
        bench.commit(vec![record("1", 1)]).await;
        assert_eq!(outdated(&bench).await, [1], "its row differs, {label}");
        let mut talked = record("2", 0);
        talked.comments.as_mut().expect("comments").clear();
        bench.commit(vec![talked]).await;
        assert_eq!(outdated(&bench).await, [1, 2], "a comment is gone, {label}");
        let gone = [Settled { id: IssueId::from("3"), state: State::Gone, reason: "census.absent" }];
        store.settle(&bench.lease, &gone).await.unwrap();
        assert_eq!(outdated(&bench).await, [1, 2, 3], "it is not live any more, {label}");
    })
    .await;
}

#[tokio::test]
async fn a_change_that_comes_while_facts_are_made_is_not_forgotten() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let site = integration("acme", 1);
        bench.commit(vec![record("1", 0), record("2", 0)]).await;
        bench.commit(vec![record("1", 1), record("2", 1)]).await;
        let (seen, _) = store.outdated_facts(&bench.id).await.unwrap();
        bench.commit(vec![record("2", 2)]).await;
        let rows = [blob("rows", &[1])];
        assert!(store.keep_facts(&site, 0, &rows, &seen, &state(2, 1)).await.unwrap(), "{label}");
        assert_eq!(outdated(&bench).await, [2], "{label}");
        let (left, _) = store.outdated_facts(&bench.id).await.unwrap();
        for generation in [1, 3] {
            let late = store.keep_facts(&site, 0, &[blob("rows", &[9])], &left, &state(2, generation)).await;
            assert!(!late.unwrap(), "somebody else has made them meanwhile, {label}");
        }
        let mut before = site.clone();
        before.settings.exclusions = weir_model::Exclusions::parse(["duedate"]);
        let late = store.keep_facts(&before, 0, &[blob("rows", &[9])], &left, &state(2, 2)).await;
        assert!(late.is_err(), "what is left out has changed meanwhile, {label}");
        assert_eq!(store.fact_chunk(&bench.id, 0).await.unwrap()["rows"], [1], "{label}");
        assert_eq!(outdated(&bench).await, [2], "{label}");
    })
    .await;
}

#[tokio::test]
async fn blobs_come_back_as_they_were_kept_and_go_with_their_integration() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let site = integration("acme", 1);
        bench.commit(vec![record("1", 0)]).await;
        assert_eq!(store.fact_state(&bench.id).await.unwrap(), None, "{label}");
        let every_byte: Vec<u8> = (0..=255).collect();
        let columns = [blob("rows", &every_byte), blob("state", &[]), blob("now:status", &[0, 0])];
        store.keep_facts(&site, 0, &columns, &[], &state(1, 1)).await.unwrap();
        store.keep_facts(&site, 7, &columns[..2], &[], &state(1, 2)).await.unwrap();
        assert_eq!(store.fact_state(&bench.id).await.unwrap(), Some(state(1, 2)), "{label}");
        assert_eq!(store.fact_chunks(&bench.id).await.unwrap(), [0, 7], "{label}");
        let names = ["rows", "now:status"].map(str::to_owned);
        let read = store.fact_columns(&bench.id, &[0, 7], &names).await.unwrap();
        assert_eq!(read[&0]["rows"], every_byte, "{label}");
        assert_eq!((read[&0].len(), read[&7].len()), (2, 1), "only what is asked for, {label}");
        assert_eq!(store.fact_chunk(&bench.id, 0).await.unwrap().len(), 3, "{label}");
        store.keep_facts(&site, 0, &columns[..1], &[], &state(1, 3)).await.unwrap();
        assert_eq!(
            store.fact_chunk(&bench.id, 0).await.unwrap().len(),
            1,
            "all of a chunk is exchanged, {label}"
        );
        store.forget_facts(&bench.id).await.unwrap();
        assert!(store.fact_chunks(&bench.id).await.unwrap().is_empty(), "{label}");
        store.keep_facts(&site, 0, &columns, &[], &state(1, 1)).await.unwrap();
        store.delete_integration(&bench.id, "ann").await.unwrap();
        assert!(store.fact_columns(&bench.id, &[0], &names).await.unwrap().is_empty(), "{label}");
    })
    .await;
}

#[tokio::test]
async fn the_rows_of_an_issue_are_read_whole() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let records = vec![record("1", 0), record("2", 5), record("3", 0)];
        bench.commit(records.clone()).await;
        let all = store.issue_parts(&bench.id, &Which::Between(1, 4_095), Documents::Left).await.unwrap();
        assert_eq!(all.iter().map(|one| one.no).collect::<Vec<_>>(), [1, 2, 3], "{label}");
        let some = store.issue_parts(&bench.id, &Which::These(vec![2, 9]), Documents::Read).await.unwrap();
        let [second] = some.as_slice() else { panic!("{some:?} {label}") };
        let given = &records[1];
        assert_eq!(second.state, State::Live);
        let mut expected = given.issue.clone();
        expected.description_text = None;
        assert_eq!(second.issue, expected, "{label}");
        expected.fields = String::new();
        assert_eq!(all[1].issue, expected, "documents are left where nobody asks for them, {label}");
        assert_eq!(second.changes.len(), given.changes.len(), "{label}");
        assert_eq!(second.changes[0].changed_at, given.changes[0].changed_at, "{label}");
        assert_eq!(second.comments.len(), given.comments.as_ref().map_or(0, Vec::len), "{label}");
        assert_eq!(second.worklogs[0].created_at.map(|at| at > Millis(0)), Some(true), "{label}");
        assert_eq!(second.sprints, given.sprints, "{label}");
    })
    .await;
}
