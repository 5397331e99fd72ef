use crate::setup::*;
use weir_model::{Anomaly, AnomalyKind, Batch, Kind, Millis, RunLevel, Sink as _};
use weir_store::Cell;
use weir_testkit::{for_each_engine, for_each_store};

#[tokio::test]
async fn what_was_committed_is_not_written_again() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let records: Vec<_> = (0..300).map(|n| record(&n.to_string(), 0)).collect();
        let first = bench.commit(records.clone()).await.tally;
        assert_eq!(first.total().written, 300 * 9, "{label}");
        assert_eq!(first.of(Kind::IssueChanges).written, 600, "{label}");
        let second = bench.commit(records).await.tally;
        assert_eq!(second.total().written, 0, "{label}");
        assert_eq!(second.total().unchanged, 300 * 9, "{label}");
        assert_eq!(store.counts(&bench.id).await.unwrap()[&Kind::Issues], 300, "{label}");
    })
    .await;
}

#[tokio::test]
async fn only_the_row_that_differs_is_written() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        bench.commit(vec![record("1", 0), record("2", 0), record("3", 0)]).await;
        let mut narrow = record("1", 1);
        narrow.issue.status = Some("Done".into());
        let mut heavy = record("2", 0);
        heavy.issue.fields = "{}".to_owned();
        let mut both = record("3", 1);
        both.issue.description_text = None;
        let tally = bench.commit(vec![narrow, heavy, both]).await.tally;
        assert_eq!(tally.of(Kind::Issues).written, 3, "{label}");
        assert_eq!(tally.total().written, 3, "{label}");
        assert_eq!(bench.column("issues", "status").await[0], text("Done"), "{label}");
        assert_eq!(bench.column("issues", "fields").await[1], Cell::Json("{}".to_owned()), "{label}");
        assert_eq!(bench.column("issues", "description_text").await[2], Cell::Null, "{label}");
    })
    .await;
}

#[tokio::test]
async fn an_older_snapshot_does_not_overwrite_a_newer_one() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        bench.commit(vec![record("1", 10)]).await;
        let mut older = record("1", 9);
        older.issue.summary = Some("Old".to_owned());
        older.issue.fields = "{}".to_owned();
        older.comments = Some(vec![]);
        older.changes.push(change("h2", 0, "Reopened"));
        let tally = bench.commit(vec![older]).await.tally;
        assert_eq!(bench.column("issues", "summary").await, [text("Issue 1")], "{label}");
        assert_eq!(
            bench.column("issues", "fields").await,
            [Cell::Json(r#"{"customfield_1":7}"#.into())],
            "{label}"
        );
        assert_eq!(bench.column("issue_comments", "id").await, [text("c1")], "{label}");
        assert_eq!(tally.of(Kind::Issues).unchanged, 1, "{label}");
        assert_eq!(tally.of(Kind::IssueChanges).written, 1, "history is true at any time, on {label}");
    })
    .await;
}

#[tokio::test]
async fn a_snapshot_of_the_same_instant_overwrites() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        bench.commit(vec![record("1", 10)]).await;
        let mut same = record("1", 10);
        same.issue.summary = Some("Other".to_owned());
        assert_eq!(bench.commit(vec![same]).await.tally.of(Kind::Issues).written, 1, "{label}");
        assert_eq!(bench.column("issues", "summary").await, [text("Other")], "{label}");
    })
    .await;
}

#[tokio::test]
async fn of_an_issue_that_comes_twice_in_a_batch_the_last_one_counts() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let mut last = record("1", 5);
        last.issue.summary = Some("Last".to_owned());
        last.comments = Some(vec![comment("c1", "one"), comment("c1", "two")]);
        let tally = bench.commit(vec![record("1", 0), record("2", 0), last]).await.tally;
        assert_eq!(bench.column("issues", "summary").await, [text("Last"), text("Issue 2")], "{label}");
        assert_eq!(
            bench.column("issue_comments", "body_text").await,
            [text("two"), text("Hello")],
            "{label}"
        );
        assert_eq!((tally.of(Kind::Issues).written, tally.of(Kind::Issues).unchanged), (2, 1), "{label}");
        assert_eq!(tally.of(Kind::IssueComments).read, 4, "{label}");
        assert_eq!(tally.of(Kind::IssueComments).unchanged, 2, "{label}");
    })
    .await;
}

#[tokio::test]
async fn rows_and_checkpoint_are_kept_together_or_not_at_all() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let batch = |id: &str, position: &str| Batch {
            issues: vec![record(id, 0)],
            checkpoints: vec![checkpoint("project:1", position)],
            ..Batch::default()
        };
        bench.commit_batch(batch("1", "{\"at\":1}")).await;
        store.release_lease(&bench.lease).await.unwrap();
        store.take_lease(&bench.id, &holder("another"), 1000).await.unwrap().expect("it was given back");
        let refused = bench.sink.commit(batch("2", "{\"at\":2}")).await.expect_err("the lease is lost");
        assert_eq!(refused.0.id(), "run.busy", "{label}");
        assert_eq!(bench.column("issues", "id").await, [text("1")], "{label}");
        assert_eq!(
            store.checkpoints(&bench.id).await.unwrap(),
            [checkpoint("project:1", "{\"at\":1}")],
            "{label}"
        );
    })
    .await;
}

#[tokio::test]
async fn checkpoints_are_forgotten_by_the_beginning_of_their_name() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let checkpoints =
            ["project:1", "project:10", "projects", "reference", "100%"].map(|name| checkpoint(name, "{}"));
        bench.commit_batch(Batch { checkpoints: checkpoints.to_vec(), ..Batch::default() }).await;
        assert_eq!(store.clear_checkpoints(&bench.lease, "project:").await.unwrap(), 2, "{label}");
        let names: Vec<String> = store
            .checkpoints(&bench.id)
            .await
            .unwrap()
            .into_iter()
            .map(|checkpoint| checkpoint.partition.0)
            .collect();
        assert_eq!(names, ["100%", "projects", "reference"], "{label}");
        assert_eq!(store.clear_checkpoints(&bench.lease, "").await.unwrap(), 3, "{label}");
    })
    .await;
}

#[tokio::test]
async fn anomalies_are_counted_and_stand_in_the_runs_log() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let anomaly = |kind, subject: &str| Anomaly {
            kind,
            what: Kind::Boards,
            subject: subject.to_owned(),
            code: "board.gone".to_owned(),
            detail: "It went.".to_owned(),
        };
        let anomalies = vec![
            anomaly(AnomalyKind::Unreadable, "1"),
            anomaly(AnomalyKind::Skipped, "2"),
            anomaly(AnomalyKind::Notice, "3"),
        ];
        let tally = bench.commit_batch(Batch { anomalies, ..Batch::default() }).await.tally;
        let counts = tally.of(Kind::Boards);
        assert_eq!((counts.read, counts.failed, counts.skipped), (2, 1, 1), "{label}");
        let events = store.run_events(&bench.run).await.unwrap();
        let levels: Vec<RunLevel> = events.iter().map(|event| event.level).collect();
        assert_eq!(levels, [RunLevel::Error, RunLevel::Warning, RunLevel::Info], "{label}");
        assert_eq!((events[0].what, events[0].subject.as_str()), (Some(Kind::Boards), "1"), "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_second_look_moves_last_seen_without_writing_issues() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let label = engine.label();
        let bench = Bench::new(&temp.store).await;
        bench.commit(vec![record("1", 0)]).await;
        let first_seen = weir_model::Clock::now(&*temp.clock);
        temp.clock.advance(86_400_000);
        assert_eq!(bench.commit(vec![record("1", 0)]).await.tally.total().written, 0, "{label}");
        let walked = Millis(first_seen.0 + 86_400_000);
        temp.store.mark_walked(&bench.lease, &["ENG".to_owned()], walked).await.unwrap();
        assert_eq!(bench.column("issues", "first_seen_at").await, [text(&first_seen.rfc3339())], "{label}");
        assert_eq!(bench.column("issues", "state_since").await, [text(&first_seen.rfc3339())], "{label}");
        assert_eq!(bench.column("issues", "last_seen_at").await, [text(&walked.rfc3339())], "{label}");
        assert_eq!(bench.column("issues", "state").await, [text("live")], "{label}");
    })
    .await;
}

#[tokio::test]
async fn many_commits_at_once_all_arrive() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let commits = (0..20).map(|part| {
            let people = (0..50).rev().map(|n| person(&n.to_string(), Some("Ann"))).collect();
            let issues = (0..50).map(|n| record(&(part * 50 + n).to_string(), 0)).collect();
            bench.commit_batch(Batch { issues, people, ..Batch::default() })
        });
        let done = futures::future::join_all(commits).await;
        let written: u64 = done.iter().map(|done| done.tally.of(Kind::Issues).written).sum();
        assert_eq!(written, 1000, "{label}");
        assert_eq!(store.counts(&bench.id).await.unwrap()[&Kind::IssueChanges], 2000, "{label}");
    })
    .await;
}

fn person(id: &str, name: Option<&str>) -> weir_model::Person {
    weir_model::Person {
        id: id.to_owned(),
        name: name.map(str::to_owned),
        email: None,
        kind: weir_model::PersonKind::Person,
        active: Some(true),
    }
}

#[tokio::test]
async fn more_than_ten_thousand_partitions_keep_their_checkpoints() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let partition = |n: usize| checkpoint(&format!("project:{n:05}"), &format!("{{\"at\":{n}}}"));
        let mut all: Vec<_> = (0..12_000).map(partition).collect();
        for part in all.chunks(500) {
            bench.commit_batch(Batch { checkpoints: part.to_vec(), ..Batch::default() }).await;
        }
        all[7] = checkpoint("project:00007", "{\"at\":8}");
        bench.commit_batch(Batch { checkpoints: vec![all[7].clone()], ..Batch::default() }).await;
        assert!(store.checkpoints(&bench.id).await.unwrap() == all, "{label}");
    })
    .await;
}

#[tokio::test]
async fn an_issue_that_does_not_tell_when_it_was_edited_is_kept_and_replaced() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let timeless = |summary: &str| {
            let mut record = record("1", 0);
            record.issue.updated_at = None;
            record.issue.summary = Some(summary.to_owned());
            record
        };
        for (record, shown) in [
            (timeless("First"), "First"),
            (timeless("Second"), "Second"),
            (record("1", 5), "Issue 1"),
            (timeless("Third"), "Third"),
        ] {
            bench.commit(vec![record]).await;
            assert_eq!(bench.column("issues", "summary").await, [text(shown)], "{label}");
        }
    })
    .await;
}
