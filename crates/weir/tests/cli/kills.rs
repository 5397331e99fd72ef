//! `kill -9` at the worst moments, and several processes at one store.

use crate::{
    support::{Machine, READER, READER_TOKEN, number, site_of, truth},
    whole::issues_are_whole,
};
use jira_sim::{DcVersion, Edit, EditKind, Flavor, Sim, SimOptions, TruthView, WorldSpec};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};
use tokio::process::Child;
use weir_testkit::Pg;

const LIMIT: Duration = Duration::from_secs(90);

/// A site that takes its time, so that there is a middle.
async fn slow_site(flavor: Flavor) -> Sim {
    let spec = WorldSpec { issues: 1_500, projects: 4, weight: 20, flavor, ..WorldSpec::default() };
    let options = SimOptions { latency: Duration::from_millis(50), record: true, ..SimOptions::default() };
    site_of(spec, options).await
}

async fn connected(machine: Machine, sim: &Sim, flavor: Flavor) -> Machine {
    let file = machine.file("token", READER_TOKEN);
    let sign_in: &[&str] = match flavor {
        Flavor::Cloud => &["--email", READER, "--token-file", &file],
        Flavor::DataCenter(_) => &["--pat-file", &file],
    };
    let add = ["integration", "add", "jira", sim.url(), "--name", "site"];
    machine.run(&[&add[..], sign_in].concat()).await.succeeded();
    machine
}

/// Begins a sync that asks for one thing after the other.
fn begin(machine: &Machine, flags: &[&str]) -> Child {
    let mut command = machine.command(&[&["sync"], flags].concat());
    command.env("WEIR_MAX_IN_FLIGHT", "1").spawn().expect("it starts")
}

async fn kill(mut child: Child) {
    assert!(child.try_wait().expect("a process").is_none(), "it is still under way");
    child.start_kill().expect("it is killed");
    child.wait().await.expect("it ends");
}

/// Ids of issues whose bodies were asked for.
fn asked(sim: &Sim, from: usize) -> BTreeSet<String> {
    let requests = sim.requests().split_off(from);
    let bodies = requests
        .iter()
        .filter(|one| one.path.ends_with("/issue/bulkfetch") || one.body.contains("\"id in ("));
    let mut ids = BTreeSet::new();
    let is_whole = |body: &Value| body["fields"] != json!(["updated"]);
    for body in bodies.filter_map(|one| serde_json::from_str(&one.body).ok()).filter(is_whole) {
        let listed = body["issueIdsOrKeys"].as_array().into_iter().flatten().filter_map(Value::as_str);
        ids.extend(listed.map(str::to_owned));
        let named = body["jql"].as_str().and_then(|jql| jql.strip_prefix("id in (")?.split(')').next());
        ids.extend(named.into_iter().flat_map(|list| list.split(", ")).map(str::to_owned));
    }
    ids
}

/// Kills a first import once 300 issues are stored; gives the ids of those that are.
async fn stored_before_a_kill(machine: &Machine) -> BTreeSet<String> {
    let child = begin(machine, &[]);
    let some = async {
        while machine.count("SELECT count(*) FROM issue").await < 300 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, some).await.expect("issues arrive");
    kill(child).await;
    let issues = machine.rows("issues").await;
    issues.iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_import_that_is_killed_goes_on_behind_what_it_had_stored() {
    for flavor in [Flavor::Cloud, Flavor::DataCenter(DcVersion::V10_3)] {
        let sim = slow_site(flavor).await;
        let machine = connected(Machine::near(&sim), &sim, flavor).await;
        let stored = stored_before_a_kill(&machine).await;
        let theirs = truth(&sim, TruthView::Issues, READER);
        assert!((stored.len() as u64) < theirs, "{flavor:?}: it was killed half-way");
        issues_hold_together(&machine).await;

        let from = sim.requests().len();
        let next = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
        assert_eq!(next["resumed"], true, "{flavor:?}: {next}");
        let again = asked(&sim, from);
        assert!(!again.is_empty(), "{flavor:?}");
        let twice: Vec<_> = again.intersection(&stored).collect();
        assert!(twice.is_empty(), "{flavor:?}: stored before, and asked for again: {twice:?}");
        assert_eq!(number(&next["kinds"]["issues"], "read"), theirs - stored.len() as u64, "{flavor:?}");
        issues_are_whole(&machine, &sim, READER).await;
        let runs = machine.run(&["runs", "list", "--format", "json"]).await.succeeded().json();
        assert_eq!(runs[1]["error_code"], "run.died", "{flavor:?}: {runs}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_goes_before_a_killed_import_is_resumed_has_no_other_read_again() {
    let flavor = Flavor::DataCenter(DcVersion::V10_3);
    let sim = slow_site(flavor).await;
    let machine = connected(Machine::near(&sim), &sim, flavor).await;
    let mut stored = stored_before_a_kill(&machine).await;
    let issues = machine.rows("issues").await;
    let gone = issues.iter().find(|issue| issue["is_subtask"] == true).expect("one that nothing is below");
    sim.edit(&Edit::new(EditKind::Delete).of(gone["key"].as_str().expect("a key"))).expect("it is deleted");
    stored.remove(gone["id"].as_str().expect("an id"));

    let from = sim.requests().len();
    machine.run(&["sync"]).await.succeeded();
    let again = asked(&sim, from);
    let twice: Vec<_> = again.intersection(&stored).collect();
    assert!(twice.len() <= 2, "only what is linked to it may be read again: {twice:?}");
    machine.run(&["verify"]).await;
    issues_are_whole(&machine, &sim, READER).await;
}

/// No issue is here without what is its own: all of it is in one commit.
async fn issues_hold_together(machine: &Machine) {
    let without = "SELECT count(*) FROM issue i WHERE NOT EXISTS (SELECT 1 FROM issue_text t WHERE t.issue_no = i.no) \
        OR NOT EXISTS (SELECT 1 FROM issue_key k WHERE k.issue_no = i.no)";
    assert_eq!(machine.count(without).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_read_that_is_killed_hides_nothing_of_what_was_there() {
    let sim = slow_site(Flavor::Cloud).await;
    let machine = connected(Machine::near(&sim), &sim, Flavor::Cloud).await;
    machine.run(&["sync"]).await.succeeded();
    const COUNTS: [&str; 6] = [
        "SELECT count(*) FROM issues WHERE state = 'live'",
        "SELECT count(*) FROM issue_changes",
        "SELECT count(*) FROM issue_comments",
        "SELECT count(*) FROM issue_worklogs",
        "SELECT count(*) FROM sprints",
        "SELECT count(*) FROM people",
    ];
    let counted = async || {
        let mut all = Vec::new();
        for query in COUNTS {
            all.push(machine.count(query).await);
        }
        all
    };
    let whole = counted().await;
    assert_eq!(whole[0] as u64, truth(&sim, TruthView::Issues, READER));

    let child = begin(&machine, &["--full"]);
    let positions = "SELECT count(*) FROM checkpoint WHERE partition LIKE 'project:%-'";
    let mut looked = 0;
    let begun = Instant::now();
    loop {
        assert_eq!(counted().await, whole, "every view is whole while everything is read again");
        looked += 1;
        if machine.count(positions).await >= 2 {
            break;
        }
        assert!(begun.elapsed() < LIMIT, "it comes on");
    }
    kill(child).await;
    assert!(looked > 5, "{looked}");
    issues_are_whole(&machine, &sim, READER).await;
    let next = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    assert_eq!((&next["resumed"], number(&next, "written")), (&Value::Bool(true), 0), "{next}");
    issues_are_whole(&machine, &sim, READER).await;
}

/// Several at once, then the one that runs is killed.
async fn several(machine: Machine, sim: &Sim) {
    let machine = connected(machine, sim, Flavor::Cloud).await;
    let mut children: Vec<Child> = (0..4).map(|_| begin(&machine, &[])).collect();
    let begun = Instant::now();
    while children.len() > 1 {
        assert!(begun.elapsed() < LIMIT, "all but one give way");
        let mut left = Vec::new();
        for mut child in children {
            match child.try_wait().expect("a process") {
                None => left.push(child),
                Some(status) => assert_eq!(status.code(), Some(6), "it gives way"),
            }
        }
        children = left;
        tokio::task::yield_now().await;
    }
    let runs = machine.run(&["runs", "list", "--format", "json"]).await.succeeded().json();
    assert_eq!(runs.as_array().map(Vec::len), Some(1), "{runs}");
    kill(children.pop().expect("the one")).await;

    // Far sooner than a lease runs out by itself.
    let begun = Instant::now();
    machine.run(&["sync"]).await.succeeded();
    assert!(begun.elapsed() < Duration::from_secs(50), "{:?}", begun.elapsed());
    let runs = machine.run(&["runs", "list", "--format", "json"]).await.succeeded().json();
    assert_eq!(runs.as_array().map(Vec::len), Some(2), "{runs}");
    let ended: Vec<&Value> = runs.as_array().into_iter().flatten().map(|run| &run["error_code"]).collect();
    assert_eq!(ended, [&Value::Null, &json!("run.died")]);
    issues_are_whole(&machine, sim, READER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_processes_one_runs_and_where_it_is_killed_it_is_followed_at_once() {
    let sim = slow_site(Flavor::Cloud).await;
    several(Machine::near(&sim), &sim).await;
    if let Some(server) = Pg::shared() {
        let database = server.database().await;
        several(Machine::near(&sim).with("WEIR_STORE", database.url()), &sim).await;
    }
}
