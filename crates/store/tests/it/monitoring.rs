//! Numbers of monitoring are counts of rows that can be listed, on every database.

use crate::setup::*;
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use std::collections::{BTreeMap, BTreeSet};
use weir_model::{
    Batch, Clock as _, DAY_MS, Ingested, IngestedDay, Kind, Millis, Project, ProjectState, Range,
    ReferenceSet, RunEvent, RunLevel, RunOutcome, RunResult, Tally, Trigger, Window, day_of,
};
use weir_store::{EventFilter, IngestedList, Retries, RunFilter, Store};
use weir_testkit::{Engine, TempStore, for_each_engine};

const HOUR: i64 = 3_600_000;

/// A bench whose lease outlasts a test that lasts for weeks.
async fn bench(temp: &TempStore) -> Bench {
    let store = &temp.store;
    let integration = integration("acme", 1);
    let (id, run) = (integration.id, run_id(1));
    store.add_integration(&integration, "v1.0123456789abcdef.sealed").await.unwrap();
    let lease = store.take_lease(&id, &holder("a"), 400 * DAY_MS).await.unwrap().expect("the lease is free");
    store.begin_run(&lease, &run, (Trigger::Manual, None), 1).await.unwrap();
    let sink = store.sink(&id, &run, lease.clone(), sealer(), Retries::Due).await.unwrap();
    Bench { store: store.clone(), id, run, lease, sink }
}

fn ended(result: RunResult, tally: Tally) -> RunOutcome {
    RunOutcome { result, tally, requests: 10, waited_ms: 0, error_code: None }
}

/// Lists the issues behind a number, some at a time.
async fn listed(store: &Store, bench: &Bench, list: IngestedList) -> Vec<(i64, i64)> {
    let (mut all, mut after) = (vec![], None);
    loop {
        let page = store.ingested_issues(&bench.id, list, after, 3).await.unwrap();
        let Some(last) = page.last() else { return all };
        after = Some((last.at.0, last.no));
        all.extend(page.iter().map(|issue| (issue.at.0, issue.no)));
    }
}

/// That each number of a window is the number of the rows that are listed for it.
async fn check_window(store: &Store, bench: &Bench, window: Window) -> Vec<IngestedDay> {
    let days = store.ingested_days(&bench.id, window).await.unwrap();
    for what in [Ingested::New, Ingested::Changed] {
        let number = |day: &IngestedDay| if what == Ingested::New { day.new } else { day.changed };
        let all = listed(store, bench, IngestedList { what, window, day: None }).await;
        assert_eq!(all.len() as u64, days.iter().map(number).sum::<u64>(), "{what:?}");
        assert!(all.is_sorted());
        let once: BTreeSet<(i64, i64)> = all.iter().map(|(at, no)| (day_of(Millis(*at)), *no)).collect();
        assert_eq!(once.len(), all.len(), "an issue counts once a day");
        for day in window.days() {
            let counted = days.iter().find(|one| one.day == day).map_or(0, number);
            let rows = listed(store, bench, IngestedList { what, window, day: Some(day) }).await;
            assert_eq!(rows.len() as u64, counted, "{what:?} on day {day}");
            assert!(rows.iter().all(|(at, _)| day_of(Millis(*at)) == day));
        }
    }
    days
}

/// What is written and how many hours later; the issue's `updated` grows, so that nothing is outdated.
fn deeds() -> impl Strategy<Value = Vec<(Vec<u8>, i64, bool)>> {
    vec((vec(0..8_u8, 0..5), 1..30_i64, any::<bool>()), 1..14)
}

#[test]
fn every_number_is_that_of_the_rows_behind_it() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    for engine in Engine::all() {
        let test = |deeds| {
            runtime.block_on(check_deeds(&engine, deeds));
            Ok(())
        };
        runner.run(&deeds(), test).unwrap();
    }
}

async fn check_deeds(engine: &Engine, deeds: Vec<(Vec<u8>, i64, bool)>) {
    let temp = engine.store().await;
    let bench = bench(&temp).await;
    let store = &temp.store;
    // What a plain reader would count: the instants at which each issue was written, on each day.
    let mut first: BTreeMap<u8, i64> = BTreeMap::new();
    let mut changed: BTreeMap<(i64, u8), i64> = BTreeMap::new();
    for (step, (ids, hours, is_same)) in deeds.into_iter().enumerate() {
        let now = temp.clock.now();
        let ids: BTreeSet<u8> = ids.into_iter().collect();
        let summary = if is_same { "the same".to_owned() } else { format!("step {step}") };
        let mut records = vec![];
        for id in &ids {
            let mut record = record(&id.to_string(), step as i64);
            record.issue.summary = Some(summary.clone());
            records.push(record);
            match first.get(id) {
                None => _ = first.insert(*id, now.0),
                Some(_) => _ = changed.insert((day_of(now), *id), now.0),
            }
        }
        bench.commit(records).await;
        temp.clock.advance(hours * HOUR);
    }
    let now = temp.clock.now();
    for range in Range::ALL {
        let window = range.window(now);
        let days = check_window(store, &bench, window).await;
        let new = first.values().filter(|at| window.from.0 <= **at).count() as u64;
        let is_new = |day: i64, id: &u8| first[id] >= window.from.0 && day_of(Millis(first[id])) == day;
        let others = changed.iter().filter(|((day, id), at)| **at >= window.from.0 && !is_new(*day, id));
        let others = others.count() as u64;
        assert_eq!(days.iter().map(|day| day.new).sum::<u64>(), new, "{}", engine.label());
        assert_eq!(days.iter().map(|day| day.changed).sum::<u64>(), others, "{}", engine.label());
    }
    let ever = Window { from: Millis(0), until: Millis(now.0 + DAY_MS) };
    let all: u64 = store.ingested_days(&bench.id, ever).await.unwrap().iter().map(|day| day.new).sum();
    let total = store.ingested_total(&bench.id).await.unwrap();
    assert_eq!((total.issues, total.away), (all, 0), "what came each day adds up to all there is");
    temp.store.close().await.unwrap();
}

#[tokio::test]
async fn what_is_found_unchanged_is_not_ingested_and_what_is_away_is_still_of_the_total() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let bench = bench(&temp).await;
        bench.commit(vec![record("1", 0), record("2", 0)]).await;
        temp.clock.advance(DAY_MS);
        bench.commit(vec![record("1", 0)]).await;
        let gone = weir_store::Settled {
            id: weir_model::IssueId::from("2"),
            state: weir_model::State::Gone,
            reason: "census.absent",
        };
        temp.store.settle(&bench.lease, &[gone]).await.unwrap();
        let window = Range::Week.window(temp.clock.now());
        let days = check_window(&temp.store, &bench, window).await;
        assert_eq!((days.len(), days[0].new, days[0].changed), (1, 2, 0), "{}", engine.label());
        let total = temp.store.ingested_total(&bench.id).await.unwrap();
        assert_eq!((total.issues, total.away), (2, 1), "{}", engine.label());
        assert_eq!(temp.store.health_facts(&bench.id).await.unwrap().issues, 1, "{}", engine.label());
    })
    .await;
}

#[tokio::test]
async fn lags_are_those_of_changes_after_the_first_import() {
    for_each_engine(async |engine| {
        let (temp, label) = (engine.store().await, engine.label());
        let bench = bench(&temp).await;
        let project = Project {
            id: "10".to_owned(),
            key: "ENG".to_owned(),
            name: "Engineering".to_owned(),
            kind: None,
            style: None,
            category: None,
            lead_id: None,
            state: ProjectState::Live,
            url: String::new(),
        };
        let batch = Batch { reference: vec![ReferenceSet::Projects(vec![project])], ..Batch::default() };
        bench.commit_batch(batch).await;
        let mut old = record("5", 0);
        old.issue.updated_at = Some(Millis(temp.clock.now().0 - 30 * 24 * HOUR));
        bench.commit(vec![record("1", 0), old.clone()]).await;
        temp.store.finish_run(&bench.run, &ended(RunResult::Success, Tally::default())).await.unwrap();
        let window = Range::Week.window(temp.clock.now());
        assert_eq!(
            temp.store.lag(&bench.id, window).await.unwrap().changes,
            0,
            "{label}: an import has no lag"
        );

        temp.clock.advance(HOUR);
        let now = temp.clock.now().0;
        let mut records = vec![];
        for (id, minutes) in [("1", 2), ("2", 4), ("3", 6), ("4", 60)] {
            let mut record = record(id, 0);
            record.issue.created_at = Some(Millis(now - 30 * 60_000));
            record.issue.updated_at = Some(Millis(now - minutes * 60_000));
            record.issue.summary = Some("Now".into());
            records.push(record);
        }
        // Written anew although nobody changed it: that took no month to come here.
        old.issue.summary = Some("Called otherwise".into());
        records.push(old);
        bench.commit(records).await;
        let window = Range::Week.window(temp.clock.now());
        let lag = temp.store.lag(&bench.id, window).await.unwrap();
        assert_eq!((lag.changes, lag.p50_ms, lag.p95_ms), (4, Some(300_000), Some(3_114_000)), "{label}");
        let projects = temp.store.onboarded_projects(&bench.id, window).await.unwrap();
        assert_eq!(projects[0].lag_p50_ms, Some(300_000), "{label}");
        assert_eq!((projects[0].as_of, projects[0].is_here()), (None, true), "{label}");
        let counts = temp.store.issues_of_projects(&bench.id, &["ENG", "OPS"]).await.unwrap();
        assert_eq!((counts["ENG"], counts["OPS"]), (5, 0), "{label}");
    })
    .await;
}

#[tokio::test]
async fn pauses_are_kept_with_their_beginning_and_their_end() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let bench = bench(&temp).await;
        let store = &temp.store;
        let begun = temp.clock.now();
        for (paused, hours) in [(true, 1), (true, 1), (false, 1), (false, 1), (true, 1)] {
            match paused {
                true => store.pause(&bench.id, "ann", None).await.unwrap(),
                false => store.resume(&bench.id).await.unwrap(),
            }
            temp.clock.advance(hours * HOUR);
        }
        let pauses = store.pauses(&bench.id, Millis(0)).await.unwrap();
        let hours = |at: Millis| (at.0 - begun.0) / HOUR;
        let told: Vec<_> = pauses.iter().map(|one| (hours(one.since), one.until.map(hours))).collect();
        assert_eq!(told, [(0, Some(2)), (4, None)], "{}", engine.label());
        assert_eq!(store.pauses(&bench.id, Millis(begun.0 + 3 * HOUR)).await.unwrap().len(), 1);
        store.delete_integration(&bench.id, "me").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn runs_are_listed_counted_and_summed_by_the_same_filter() {
    for_each_engine(async |engine| {
        let (temp, label) = (engine.store().await, engine.label());
        let bench = bench(&temp).await;
        let store = &temp.store;
        store.note_scan(&bench.run, None).await.unwrap();
        store.finish_run(&bench.run, &ended(RunResult::Success, Tally::default())).await.unwrap();
        let mut left_out = Tally::default();
        left_out.of_mut(Kind::Projects).skipped = 1;
        left_out.of_mut(Kind::Projects).read = 1;
        for (seed, trigger, result, tally, waited_ms) in [
            (11, Trigger::Schedule, RunResult::Partial, left_out, 0),
            (12, Trigger::Census, RunResult::Success, Tally::default(), 500),
            (13, Trigger::Schedule, RunResult::Failed, Tally::default(), 90_000),
        ] {
            temp.clock.advance(HOUR);
            store.begin_run(&bench.lease, &run_id(seed), (trigger, None), 2).await.unwrap();
            temp.clock.advance(60_000);
            let outcome = RunOutcome { waited_ms, ..ended(result, tally) };
            store.finish_run(&run_id(seed), &outcome).await.unwrap();
        }
        let of = |result: Option<&str>, trigger: Option<&str>| RunFilter {
            result: result.map(str::to_owned),
            trigger: trigger.map(str::to_owned),
            ..RunFilter::default()
        };
        let ended = Some((Millis(0), Millis(temp.clock.now().0 + 1)));
        for (filter, expected) in [
            (of(None, None), 4),
            (of(Some("failed"), None), 1),
            (of(None, Some("schedule")), 2),
            (of(Some("running"), None), 0),
            (of(Some("success"), Some("census")), 1),
            (of(Some("x' OR 1 = 1 --"), None), 0),
            (RunFilter { ended, ..RunFilter::default() }, 3),
            (RunFilter { from: Some(temp.clock.now()), ..RunFilter::default() }, 0),
            (RunFilter { until: Some(temp.clock.now()), ..RunFilter::default() }, 4),
        ] {
            let mut rows = vec![];
            loop {
                let after = rows.last().map(|line: &weir_store::RunLine| line.run.id);
                let page = store.run_lines(&bench.id, &filter, after.as_ref(), 2).await.unwrap();
                if page.is_empty() {
                    break;
                }
                rows.extend(page);
            }
            assert_eq!(rows.len(), expected, "{label}: {filter:?}");
            assert_eq!(store.count_runs(&bench.id, &filter).await.unwrap(), expected as u64, "{label}");
            let load = store.run_load(&bench.id, &filter).await.unwrap();
            assert_eq!(load.runs, expected as u64, "{label}");
            let waited: i64 = rows.iter().map(|line| line.run.waited_ms).sum();
            assert_eq!(load.waited_ms, waited.unsigned_abs(), "{label}");
            let longest = rows.iter().map(|line| line.run.waited_ms).max().filter(|ms| *ms > 0);
            assert_eq!(load.longest.map(|(.., ms)| ms), longest.map(i64::unsigned_abs), "{label}");
        }
        let all = store.run_lines(&bench.id, &RunFilter::default(), None, 9).await.unwrap();
        assert_eq!(all[3].scanned_from, Some(Millis(0)), "{label}");
        assert_eq!(all[0].scanned_from, None, "{label}");
        let past = store.past_runs(&bench.id, Millis(0)).await.unwrap();
        let mut good: Vec<_> = past.iter().map(|run| (run.started_at, run.is_good)).collect();
        good.sort();
        let good: Vec<bool> = good.into_iter().map(|(_, is_good)| is_good).collect();
        assert_eq!(good, [true, false, false], "{label}: no census, and no run that left a project out");
    })
    .await;
}

#[tokio::test]
async fn a_log_is_read_page_by_page_by_level_and_by_text() {
    for_each_engine(async |engine| {
        let (temp, label) = (engine.store().await, engine.label());
        let bench = bench(&temp).await;
        let event = |level, code: &str, message: &str| RunEvent {
            at: NOON,
            level,
            code: code.to_owned(),
            what: None,
            subject: "ENG-1".to_owned(),
            message: message.to_owned(),
        };
        let events = [
            event(RunLevel::Info, "run.started", "Reading everything."),
            event(RunLevel::Warning, "board.refused", "100% of <b>Board</b> _7_"),
            event(RunLevel::Error, "net.timeout", "No answer."),
        ];
        temp.store.log(&bench.run, &events).await.unwrap();
        let found = async |level, text: Option<&str>| {
            let filter = EventFilter { level, text: text.map(str::to_owned) };
            let (mut codes, mut after) = (vec![], None);
            loop {
                let page = temp.store.run_events_page(&bench.run, &filter, after, 1).await.unwrap();
                let Some((no, event)) = page.into_iter().next() else { return codes.join(" ") };
                after = Some(no);
                codes.push(event.code);
            }
        };
        assert_eq!(found(None, None).await, "run.started board.refused net.timeout", "{label}");
        assert_eq!(found(Some(RunLevel::Info), None).await, "run.started board.refused net.timeout");
        assert_eq!(found(Some(RunLevel::Warning), None).await, "board.refused net.timeout", "{label}");
        assert_eq!(found(Some(RunLevel::Error), None).await, "net.timeout", "{label}");
        assert_eq!(found(None, Some("BOARD")).await, "board.refused", "{label}");
        assert_eq!(found(None, Some("0%")).await, "board.refused", "{label}");
        assert_eq!(found(None, Some("_7_")).await, "board.refused", "{label}");
        assert_eq!(found(None, Some("n_t")).await, "", "{label}");
        assert_eq!(found(Some(RunLevel::Error), Some("eng-1")).await, "net.timeout", "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_run_tells_what_it_did_with_the_issues_of_each_project_and_when_the_first_of_them_came() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let bench = bench(&temp).await;
        let label = engine.label();
        let project = |id: &str, key: &str| weir_model::Project {
            id: id.into(),
            key: key.into(),
            name: key.into(),
            kind: None,
            style: None,
            category: None,
            lead_id: None,
            state: weir_model::ProjectState::Live,
            url: String::new(),
        };
        let projects = vec![project("1", "ENG"), project("2", "OPS"), project("3", "WEB")];
        bench
            .commit_batch(weir_model::Batch {
                reference: vec![weir_model::ReferenceSet::Projects(projects)],
                ..Default::default()
            })
            .await;
        temp.clock.advance(1_000);
        let first = temp.clock.now();
        bench.commit(vec![record("1", 0), record("2", 0)]).await;
        temp.clock.advance(1_000);
        let mut ops = record("3", 0);
        ops.issue.project_key = "OPS".into();
        ops.issue.key = "OPS-3".into();
        let skipped = |id: &str| weir_model::Anomaly {
            kind: weir_model::AnomalyKind::Skipped,
            what: weir_model::Kind::Issues,
            subject: id.into(),
            code: "issue.withheld".into(),
            detail: String::new(),
        };
        let mut tally = bench
            .commit_batch(weir_model::Batch {
                issues: vec![record("1", 0), record("2", 5), ops],
                anomalies: vec![skipped("1"), skipped("77")],
                ..Default::default()
            })
            .await
            .tally;
        let told = temp.store.run_projects(&bench.run).await.unwrap();
        let counts = |one: &weir_model::ProjectCounts| {
            let weir_model::Counts { read, written, unchanged, skipped, failed, .. } = one.counts;
            (one.key.clone(), [read, written, unchanged, skipped, failed])
        };
        let shown: Vec<_> = told.iter().map(counts).collect();
        assert_eq!(shown, [("ENG".into(), [5, 3, 1, 1, 0]), ("OPS".into(), [1, 1, 0, 0, 0])], "{label}");
        let issues = tally.of_mut(weir_model::Kind::Issues);
        (issues.read, issues.written) = (issues.read + 2, issues.written + 2);
        let rest = weir_model::ProjectCounts::rest(&told, &tally).expect("one is in no project");
        assert_eq!((rest.read, rest.skipped), (1, 1), "{label}");

        let window = Range::Week.window(temp.clock.now());
        let listed = temp.store.onboarded_projects(&bench.id, window).await.unwrap();
        let taken = |key: &str| listed.iter().find(|one| one.key == key).unwrap();
        assert_eq!((taken("ENG").taken_at, taken("ENG").has_issues), (Some(first), true), "{label}");
        assert_eq!((taken("WEB").taken_at, taken("WEB").has_issues), (None, false), "{label}");
        temp.store.delete_integration(&bench.id, "me").await.unwrap();
        assert!(temp.store.run_projects(&bench.run).await.unwrap().is_empty(), "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_run_that_looks_for_changes_brings_every_shown_project_up_to_date() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let (label, bench) = (engine.label(), bench(&temp).await);
        let project = |key: &str| Project {
            id: key.to_lowercase(),
            key: key.into(),
            name: key.into(),
            kind: None,
            style: None,
            category: None,
            lead_id: None,
            state: ProjectState::Live,
            url: String::new(),
        };
        let reference = vec![ReferenceSet::Projects(["ENG", "NEW", "OPS"].map(project).to_vec())];
        bench.commit_batch(Batch { reference, ..Batch::default() }).await;
        let at = |day: i64| Millis(day * DAY_MS);
        let as_of = async || {
            let mut all = temp.store.listed_projects(&bench.id).await.unwrap();
            all.sort_by(|one, other| one.key.cmp(&other.key));
            all.into_iter().map(|one| one.as_of).collect::<Vec<_>>()
        };
        let (store, lease) = (&temp.store, &bench.lease);
        store.mark_walked(lease, &["ENG".to_owned(), "OPS".to_owned()], at(1)).await.unwrap();
        assert_eq!(as_of().await, [Some(at(1)), None, Some(at(1))], "{label}");
        store.mark_looked_through(lease, at(2)).await.unwrap();
        assert_eq!(as_of().await, [Some(at(2)), None, Some(at(2))], "what was never read stays so, {label}");
        let shown = weir_model::ShownProjects { states: vec![], is_complete: false };
        let away = [("OPS".to_owned(), ProjectState::Hidden)];
        store.note_projects(lease, &shown, &away).await.unwrap();
        store.mark_looked_through(lease, at(3)).await.unwrap();
        assert_eq!(as_of().await, [Some(at(3)), None, Some(at(2))], "{label}");
        store.mark_walked(lease, &["OPS".to_owned()], at(4)).await.unwrap();
        assert_eq!(as_of().await[2], Some(at(4)), "{label}");
    })
    .await;
}
