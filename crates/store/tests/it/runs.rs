use crate::setup::*;
use weir_model::{
    Certificate, Kind, Millis, RunEvent, RunLevel, RunOutcome, RunResult, Tally, Trigger, Verdict,
};
use weir_store::Cell;
use weir_testkit::{for_each_engine, for_each_store};

fn tally() -> Tally {
    let mut tally = Tally::default();
    *tally.of_mut(Kind::Issues) =
        weir_model::Counts { read: 10, written: 4, unchanged: 3, skipped: 2, failed: 1, removed: 0 };
    *tally.of_mut(Kind::People) =
        weir_model::Counts { read: 5, written: 5, unchanged: 0, skipped: 0, failed: 0, removed: 2 };
    tally
}

fn outcome(result: RunResult) -> RunOutcome {
    RunOutcome { result, tally: tally(), requests: 12, waited_ms: 345, error_code: None }
}

pub(crate) async fn finish_and_certify(bench: &Bench) {
    let certificate = Certificate {
        at: NOON,
        project_key: "ENG".to_owned(),
        theirs: 3,
        ours: 2,
        missing: vec!["ENG-\"7\"".to_owned()],
        extra: vec![],
        verdict: Verdict::Different,
    };
    bench.store.certify(&bench.lease, &bench.run, &[certificate]).await.unwrap();
    bench.store.finish_run(&bench.run, &outcome(RunResult::Partial)).await.unwrap();
}

#[tokio::test]
async fn a_run_is_told_from_beginning_to_end() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let (store, label) = (&temp.store, engine.label());
        let bench = Bench::new(store).await;
        let begun = store.run(&bench.run).await.unwrap().expect("it began");
        assert_eq!((begun.ended_at, begun.result, begun.read), (None, None, 0), "{label}");
        store.progress_run(&bench.run, 3, 4, &tally()).await.unwrap();
        assert_eq!(store.run(&bench.run).await.unwrap().expect("it goes on").requests, 3, "{label}");
        temp.clock.advance(5000);
        store.finish_run(&bench.run, &outcome(RunResult::Partial)).await.unwrap();
        let ended = store.run(&bench.run).await.unwrap().expect("it ended");
        assert_eq!(ended.ended_at, Some(Millis(begun.started_at.0 + 5000)), "{label}");
        assert_eq!((ended.requests, ended.waited_ms, ended.trigger.as_str()), (12, 345, "manual"), "{label}");
        let counts = [ended.read, ended.written, ended.unchanged, ended.skipped, ended.failed];
        assert_eq!(counts, [15, 9, 3, 2, 1], "{label}");
        assert_eq!(store.run_counts(&bench.run).await.unwrap(), tally(), "{label}");
        assert_eq!(store.runs(None, 10).await.unwrap(), [ended], "{label}");
        assert_eq!(store.run(&run_id(77)).await.unwrap(), None, "{label}");
    })
    .await;
}

#[tokio::test]
async fn runs_come_newest_first_and_by_integration() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let (store, label) = (&temp.store, engine.label());
        let bench = Bench::new(store).await;
        let other = Bench::named(store, "other", 9).await;
        for seed in 1..=3 {
            temp.clock.advance(1);
            store
                .begin_run(&bench.lease, &run_id(seed), (Trigger::Schedule, None), seed as i64)
                .await
                .unwrap();
        }
        let attempts: Vec<i64> =
            store.runs(Some(&bench.id), 3).await.unwrap().into_iter().map(|run| run.attempt).collect();
        assert_eq!(attempts, [3, 2, 1], "{label}");
        assert_eq!(store.runs(Some(&other.id), 10).await.unwrap().len(), 1, "{label}");
        assert_eq!(store.runs(None, 10).await.unwrap().len(), 5, "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_runs_log_keeps_its_order() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let event = |n: i64| RunEvent {
            at: Millis(100 - n),
            level: RunLevel::Info,
            code: "note".to_owned(),
            what: (n % 2 == 0).then_some(Kind::Sprints),
            subject: n.to_string(),
            message: "Something was noted.".to_owned(),
        };
        let events: Vec<RunEvent> = (0..30).map(event).collect();
        store.log(&bench.run, &events[..20]).await.unwrap();
        store.log(&bench.run, &events[20..]).await.unwrap();
        assert_eq!(store.run_events(&bench.run).await.unwrap(), events, "{label}");
        let refused = store.log(&run_id(5), &events).await.expect_err("there is no such run");
        assert_eq!(refused.message().id(), "run.unknown", "{label}");
    })
    .await;
}

#[tokio::test]
async fn certificates_can_be_read_by_people() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        finish_and_certify(&bench).await;
        let row = vec![
            text("acme"),
            text(&bench.run.to_string()),
            text(&NOON.rfc3339()),
            text("ENG"),
            Cell::Int(3),
            Cell::Int(2),
            Cell::Json(r#"["ENG-\"7\""]"#.to_owned()),
            Cell::Json("[]".to_owned()),
            text("different"),
        ];
        assert_eq!(bench.rows("certificates").await, [row], "{label}");
    })
    .await;
}

#[tokio::test]
async fn the_facts_for_a_status_are_those_of_the_last_runs() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let (store, label) = (&temp.store, engine.label());
        let bench = Bench::new(store).await;
        bench.commit(vec![record("1", 0), record("2", 0)]).await;
        let facts = store.health_facts(&bench.id).await.unwrap();
        assert_eq!(facts.running.map(|run| run.id), Some(bench.run), "{label}");
        assert_eq!((facts.last_finished, facts.issues), (None, 2), "{label}");
        store.finish_run(&bench.run, &outcome(RunResult::Success)).await.unwrap();
        temp.clock.advance(1);
        store.begin_run(&bench.lease, &run_id(2), (Trigger::Schedule, None), 1).await.unwrap();
        store.finish_run(&run_id(2), &outcome(RunResult::Failed)).await.unwrap();
        temp.clock.advance(1);
        store.begin_run(&bench.lease, &run_id(3), (Trigger::Schedule, None), 1).await.unwrap();
        store.release_lease(&bench.lease).await.unwrap();
        let facts = store.health_facts(&bench.id).await.unwrap();
        assert_eq!(facts.last_finished.map(|run| run.id), Some(run_id(2)), "{label}");
        assert_eq!(facts.last_successful.map(|run| run.id), Some(bench.run), "{label}");
        assert_eq!(facts.running, None, "its process died, on {label}");
    })
    .await;
}

#[tokio::test]
async fn live_ids_are_visited_once_each() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let records: Vec<_> = (0..10_001).map(|n| slim(&n.to_string())).collect();
        bench.commit(records).await;
        let mut other = slim("x");
        other.issue.project_key = "OPS".into();
        bench.commit(vec![other]).await;
        let mut seen = Vec::new();
        let visit = |id: &str, key: &str| seen.push((id.to_owned(), key.to_owned()));
        store.live_ids(&bench.id, "ENG", visit).await.unwrap();
        assert!(seen.is_sorted_by(|a, b| a.0 < b.0), "{label}");
        assert_eq!((seen.len(), seen[1].1.as_str()), (10_001, "ENG-1"), "{label}");
        assert_eq!(store.project_keys(&bench.id).await.unwrap(), ["ENG", "OPS"], "{label}");
    })
    .await;
}

fn slim(id: &str) -> weir_model::IssueRecord {
    weir_model::IssueRecord {
        changes: vec![],
        comments: None,
        worklogs: None,
        links: vec![],
        sprints: vec![],
        cases: vec![],
        ..record(id, 0)
    }
}

#[tokio::test]
async fn a_census_that_fails_or_proves_a_part_is_no_proof_and_failures_are_counted_until_one_ends() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let (store, label) = (&temp.store, engine.label());
        let bench = Bench::new(store).await;
        temp.clock.advance(1_000);
        store.finish_run(&bench.run, &outcome(RunResult::Success)).await.unwrap();
        let first = Millis(weir_model::Clock::now(temp.clock.as_ref()).0);
        let census = async |seed: u64, trigger: Trigger, result: RunResult, verdict: Verdict| {
            temp.clock.advance(1_000);
            let run = run_id(seed);
            store.begin_run(&bench.lease, &run, (trigger, None), 1).await.unwrap();
            let certificate = |key: &str, verdict| Certificate {
                at: NOON,
                project_key: key.to_owned(),
                theirs: 1,
                ours: 1,
                missing: vec![],
                extra: vec![],
                verdict,
            };
            let certificates = [certificate("ENG", Verdict::Equal), certificate("OPS", verdict)];
            store.certify(&bench.lease, &run, &certificates).await.unwrap();
            store.finish_run(&run, &outcome(result)).await.unwrap();
            let facts = store.health_facts(&bench.id).await.unwrap();
            let since_first = facts.proven_at.map(|at| at.since(first));
            let (failures, failed_at) = store.failed_censuses(&bench.id).await.unwrap();
            (since_first, facts.unproven, failures, failed_at.map(|at| at.since(first)))
        };
        use {RunResult::*, Trigger::*, Verdict::*};
        assert_eq!(census(1, Census, Failed, Equal).await, (Some(0), 0, 1, Some(1_000)), "{label}");
        assert_eq!(census(2, Verify, Failed, Equal).await, (Some(0), 0, 1, Some(1_000)), "{label}");
        assert_eq!(census(3, Census, Failed, Equal).await, (Some(0), 0, 2, Some(3_000)), "{label}");
        assert_eq!(census(4, Census, Partial, Unproven).await, (Some(0), 1, 0, None), "{label}");
        assert_eq!(census(5, Verify, Success, Equal).await, (Some(5_000), 0, 0, None), "{label}");
        assert_eq!(census(6, Census, Partial, Unproven).await, (Some(5_000), 1, 0, None), "{label}");
    })
    .await;
}
