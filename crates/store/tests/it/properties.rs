use crate::setup::*;
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use std::{collections::BTreeMap, sync::Arc};
use weir_model::{IssueRecord, Kind};
use weir_store::Cell;
use weir_testkit::Engine;

/// A few issues with few ids, so that they meet, and children that come and go.
fn records() -> impl Strategy<Value = Vec<IssueRecord>> {
    let text = prop_oneof!["[a-z']{0,8}", "\\PC{0,4}"];
    let one = (0..6_u8, 0..4_i64, text, vec((0..4_u8, "[a-c]"), 0..4), vec(0..4_u8, 0..4));
    vec(
        one.prop_map(|(id, at, summary, comments, sprints)| {
            let mut record = record(&id.to_string(), at);
            record.issue.summary = Some(summary);
            record.comments =
                Some(comments.into_iter().map(|(id, body)| comment(&id.to_string(), &body)).collect());
            record.sprints = sprints.into_iter().map(|id| Arc::from(id.to_string().as_str())).collect();
            record
        }),
        0..8,
    )
}

#[derive(Default)]
struct Expected(BTreeMap<String, (i64, String, BTreeMap<String, String>)>);

impl Expected {
    fn take(&mut self, records: &[IssueRecord]) {
        let last: BTreeMap<&str, &IssueRecord> =
            records.iter().map(|record| (record.issue.id.as_str(), record)).collect();
        for (id, record) in last {
            let at = record.issue.updated_at.unwrap().0;
            if self.0.get(id).is_none_or(|(stored, ..)| *stored <= at) {
                let comments = record.comments.iter().flatten();
                let comments = comments.map(|one| (one.id.clone(), one.body_text.clone().unwrap())).collect();
                self.0.insert(id.to_owned(), (at, record.issue.summary.clone().unwrap(), comments));
            }
        }
    }
}

#[test]
fn batches_in_any_order_end_as_the_newest_snapshots_and_again_change_nothing() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    for engine in Engine::all() {
        runner
            .run(&vec(records(), 1..5), |batches| {
                runtime.block_on(check(&engine, &batches));
                Ok(())
            })
            .unwrap();
    }
}

async fn check(engine: &Engine, batches: &[Vec<IssueRecord>]) {
    let temp = engine.store().await;
    let bench = Bench::new(&temp.store).await;
    let mut expected = Expected::default();
    for batch in batches {
        bench.commit(batch.clone()).await;
        expected.take(batch);
        let again = bench.commit(batch.clone()).await.tally;
        assert_eq!(again.total().written + again.total().removed, 0, "{}", engine.label());
    }
    let summaries: Vec<Cell> = expected.0.values().map(|(_, summary, _)| text(summary)).collect();
    assert_eq!(bench.column("issues", "summary").await, summaries, "{}", engine.label());
    let comments: Vec<Cell> =
        expected.0.values().flat_map(|(.., comments)| comments.values()).map(|body| text(body)).collect();
    assert_eq!(bench.column("issue_comments", "body_text").await, comments, "{}", engine.label());
    assert_eq!(temp.store.counts(&bench.id).await.unwrap()[&Kind::Issues], summaries.len() as u64);
}
