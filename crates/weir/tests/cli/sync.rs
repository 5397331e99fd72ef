//! The main job: a site, whole, in a store; and again, without writing anything.

use crate::support::{Machine, READER, Ran, number, site, site_of, truth};
use jira_sim::{Edit, EditKind, Sim, SimOptions, TruthView, WorldSpec};
use serde_json::Value;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use weir_testkit::Pg;

#[track_caller]
fn adds_up(report: &Value) {
    let sum = |value: &Value| {
        ["written", "unchanged", "skipped", "failed"].map(|name| number(value, name)).iter().sum()
    };
    let total: u64 = sum(report);
    assert_eq!(number(report, "read"), total, "{report}");
    let kinds = report["kinds"].as_object().expect("counts by kind");
    for counts in kinds.values() {
        let each: u64 = sum(counts);
        assert_eq!(number(counts, "read"), each, "{report}");
    }
    for name in ["read", "written", "unchanged", "skipped", "failed"] {
        let by_kind: u64 = kinds.values().map(|counts| number(counts, name)).sum();
        assert_eq!(number(report, name), by_kind, "{name}");
    }
}

/// Adds, syncs twice, verifies; on whichever store the machine has.
async fn main_job(sim: &Sim, machine: &Machine) {
    let added = machine.add(sim, "site", &["--format", "json"]).await.succeeded().json();
    assert_eq!((&added["name"], &added["kind"]), (&Value::from("site"), &Value::from("jira")));
    assert_eq!(
        (added["status"].as_str(), added["reason_code"].as_str()),
        (Some("no_data"), Some("never_ran"))
    );

    let first = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    adds_up(&first);
    assert_eq!(first["integration"], "site");
    assert!(["success", "partial"].contains(&first["result"].as_str().expect("a result")), "{first}");
    assert!(number(&first, "written") > 1_000 && number(&first, "requests") > 10, "{first}");
    let theirs = truth(sim, TruthView::Issues, READER);
    assert_eq!(number(&first["kinds"]["issues"], "written"), theirs);

    assert_eq!(first["incremental"], false);

    let second = machine.run(&["sync", "site", "--format", "json"]).await.succeeded().json();
    adds_up(&second);
    assert_eq!((number(&second, "written"), &second["incremental"]), (0, &Value::from(true)), "{second}");
    assert!(second["kinds"]["issues"].is_null(), "nothing changed, so no issue is read: {second}");
    assert!(number(&second, "requests") < number(&first, "requests"), "{second}");

    let whole = machine.run(&["sync", "site", "--full", "--format", "json"]).await.succeeded().json();
    adds_up(&whole);
    assert_eq!((number(&whole, "written"), &whole["incremental"]), (0, &Value::from(false)), "{whole}");
    assert_eq!(number(&whole["kinds"]["issues"], "unchanged"), theirs);

    let verdict = machine.run(&["verify", "--format", "json"]).await.succeeded().json();
    assert_eq!(verdict["verdict"], "equal");
    let compared: u64 =
        verdict["projects"].as_array().expect("projects").iter().map(|one| number(one, "theirs")).sum();
    assert_eq!(compared, theirs);

    let status = machine.run(&["status", "--format", "json"]).await.succeeded().json();
    assert_eq!(status[0]["status"], "healthy", "{status}");
    assert_eq!(number(&status[0], "issues"), theirs);
    assert!(status[0]["last_success_at"].as_str().is_some_and(|at| at.ends_with('Z')), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_comes_whole_into_sqlite_and_a_second_sync_writes_nothing() {
    let sim = site().await;
    let machine = Machine::near(&sim);
    main_job(&sim, &machine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_comes_whole_into_postgresql_and_a_second_sync_writes_nothing() {
    let Some(server) = Pg::shared() else { return };
    let database = server.database().await;
    let sim = site().await;
    let machine = Machine::near(&sim).with("WEIR_STORE", database.url());
    main_job(&sim, &machine).await;
    assert!(!machine.home().join("weir.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_summary_for_people_ends_with_a_total() {
    let sim = site().await;
    let machine = Machine::connected(&sim).await;
    let ran = machine.run(&["sync"]).await.succeeded();
    let total = ran.stdout.lines().find(|line| line.starts_with("total")).expect("a total");
    let numbers: Vec<u64> =
        total.split_whitespace().skip(1).map(|word| word.parse().expect("a number")).collect();
    assert_eq!(numbers[0], numbers[1..].iter().sum::<u64>(), "{ran:#?}");
    assert!(ran.stderr.starts_with("site: connecting"), "{ran:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_sync_ends_with_130_and_the_next_goes_on() {
    let spec = WorldSpec { issues: 1_500, projects: 4, ..WorldSpec::default() };
    let options = SimOptions { latency: Duration::from_millis(120), ..SimOptions::default() };
    let sim = site_of(spec, options).await;
    let machine = Machine::connected(&sim).await;

    let mut command = machine.command(&["sync", "--format", "json"]);
    // One request at a time leaves seconds between the first rows and the last.
    let mut child = command.env("WEIR_MAX_IN_FLIGHT", "1").spawn().expect("it starts");
    let pid = child.id().expect("a process").to_string();
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let stored = async { while machine.count("SELECT count(*) FROM checkpoint").await == 0 {} };
    tokio::time::timeout(Duration::from_secs(60), stored).await.expect("issues arrive");
    let signalled = tokio::process::Command::new("kill").args(["-INT", &pid]).status().await.expect("kill");
    assert!(signalled.success());
    let mut said = vec![];
    while let Some(line) = lines.next_line().await.expect("text") {
        said.push(line);
    }
    let ran = Ran::of(&["sync"], child.wait_with_output().await.expect("it ends"));
    assert_eq!(ran.code, Some(130), "{ran:#?} {said:#?}");
    assert_eq!(ran.json()["result"], "cancelled");
    assert!(said.iter().any(|line| line.starts_with("error: Interrupted")), "{said:#?}");

    let status = machine.run(&["status", "site", "--format", "json"]).await.succeeded().json();
    assert_eq!(
        (status["status"].as_str(), status["reason_code"].as_str()),
        (Some("pending"), Some("interrupted"))
    );

    let next = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    assert_eq!(next["resumed"], true, "{next}");
    let verdict = machine.run(&["verify", "--format", "json"]).await.succeeded().json();
    assert_eq!(verdict["verdict"], "equal");
    let theirs = truth(&sim, TruthView::Issues, READER);
    assert!(number(&next["kinds"]["issues"], "read") <= theirs);
    assert_eq!(machine.rows("issues").await.len() as u64, theirs);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_syncs_at_once_are_one() {
    let options = SimOptions { latency: Duration::from_millis(150), ..SimOptions::default() };
    let sim = site_of(WorldSpec { issues: 300, projects: 3, ..WorldSpec::default() }, options).await;
    let machine = Machine::connected(&sim).await;
    let mut first = machine.command(&["sync", "--format", "json"]).spawn().expect("it starts");
    let mut lines = BufReader::new(first.stderr.take().expect("a pipe")).lines();
    assert!(lines.next_line().await.expect("text").is_some());
    let running = async {
        while machine.run(&["runs", "list", "--format", "json"]).await.json() == serde_json::json!([]) {}
    };
    tokio::time::timeout(Duration::from_secs(30), running).await.expect("the run begins");
    machine.run(&["sync"]).await.refused(6, "being brought up to date already");
    machine
        .run(&["integration", "delete", "--confirm", "site"])
        .await
        .refused(6, "being brought up to date already");
    drop(lines);
    assert!(first.wait().await.expect("it ends").success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_run_is_kept_with_its_reason() {
    let sim = site().await;
    let machine = Machine::connected(&sim).await;
    sim.stop().await;
    let ran = machine.run(&["sync", "--format", "json"]).await.refused(7, "could not be reached");
    assert_eq!(
        (ran.json()["result"].as_str(), ran.json()["error_code"].as_str()),
        (Some("failed"), Some("net.connect"))
    );
    let runs = machine.run(&["runs", "list", "--format", "json"]).await.succeeded().json();
    assert_eq!(
        (runs[0]["result"].as_str(), runs[0]["error_code"].as_str()),
        (Some("failed"), Some("net.connect"))
    );
    let status = machine.run(&["status", "site", "--format", "json"]).await.succeeded().json();
    assert_eq!((status["status"].as_str(), status["family"].as_str()), (Some("unhealthy"), Some("healing")));
    let logs = machine.run(&["runs", "logs"]).await.succeeded();
    assert!(logs.stdout.contains("net.connect"), "{logs:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn following_runs_what_is_due_also_what_was_added_meanwhile_until_it_is_stopped() {
    let sim = site().await;
    let machine = Machine::connected(&sim).await;
    let mut child = machine.command(&["sync", "--follow", "--format", "jsonl"]).spawn().expect("it starts");
    let pid = child.id().expect("a process").to_string();
    let ended = |runs: i64| {
        let machine = &machine;
        async move {
            let ended = "SELECT count(*) FROM run WHERE result IS NOT NULL AND reason = 'schedule'";
            while machine.count(ended).await < runs {}
        }
    };
    let limit = Duration::from_secs(60);
    tokio::time::timeout(limit, ended(1)).await.expect("the first is run at once");
    machine.add(&sim, "later", &[]).await.succeeded();
    tokio::time::timeout(limit, ended(2)).await.expect("so is the one that was added");

    let signalled = tokio::process::Command::new("kill").args(["-INT", &pid]).status().await.expect("kill");
    assert!(signalled.success());
    let output = async {
        let mut out = String::new();
        let mut stdout = child.stdout.take().expect("a pipe");
        tokio::io::AsyncReadExt::read_to_string(&mut stdout, &mut out).await.expect("text");
        (out, child.wait().await.expect("it ends"))
    };
    let (out, status) = tokio::time::timeout(limit, output).await.expect("it stops");
    assert_eq!(status.code(), Some(130), "{out}");
    let names: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("one run a line")["integration"].clone())
        .collect();
    assert_eq!(names, ["site", "later"], "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_was_renamed_is_so_inside_raw_values_too() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let shows = |rows: &[Value], what: &str| {
        rows.iter().filter(|row| row["fields"].to_string().contains(what)).count()
    };
    let people = machine.rows("people").await;
    let issues = machine.rows("issues").await;
    let inside = |person: &&Value| {
        let id = person["id"].as_str().expect("an id");
        person["kind"] == "person" && person["active"] == true && shows(&issues, id) > 0
    };
    let person = people.iter().find(inside).expect("somebody stands in a raw value");
    let id = person["id"].as_str().expect("an id");
    let held = shows(&issues, id);

    sim.edit(&Edit::new(EditKind::UserRename).of(id).to("Renamed Since")).expect("a rename");
    let report = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    assert_eq!(number(&report["kinds"]["issues"], "written"), held as u64, "{report}");
    let issues = machine.rows("issues").await;
    assert_eq!(shows(&issues, "Renamed Since"), held, "every copy, although no issue's updated moved");
    let again = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    assert_eq!(number(&again, "written"), 0, "{again}");
    assert!(again["kinds"]["issues"].is_null(), "once is enough: {again}");
}
