//! What hangs on an issue comes whole, and no issue costs a request of its own for what it does not have.

use crate::{
    faults::meddling,
    support::{Machine, READER, http, number, site, site_of},
    whole::issues_are_whole,
};
use jira_sim::{SimOptions, Truth, TruthView, WorldSpec};
use serde_json::Value;
use std::collections::BTreeMap;

/// How many rows each issue has in a view, of those that have more than so many.
fn long(truth: &Truth, view: TruthView, column: &str, more_than: usize) -> usize {
    let mut counts: BTreeMap<String, std::collections::BTreeSet<String>> = BTreeMap::new();
    for row in truth.rows(view) {
        counts.entry(row["issue_id"].to_string()).or_default().insert(row[column].to_string());
    }
    counts.values().filter(|rows| rows.len() > more_than).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn histories_comments_and_worklogs_that_jira_cuts_short_come_whole_and_the_others_cost_nothing() {
    let spec = WorldSpec { issues: 600, projects: 3, ..WorldSpec::default() };
    let sim = site_of(spec, SimOptions { record: true, ..SimOptions::default() }).await;
    let truth = Truth::for_account(sim.world(), sim.url(), READER).expect("an account");
    let histories = long(&truth, TruthView::IssueChanges, "history_id", 40);
    let comments = long(&truth, TruthView::IssueComments, "id", 20);
    let worklogs = long(&truth, TruthView::IssueWorklogs, "id", 20);
    assert!(histories > 0 && comments > 0 && worklogs > 0, "{histories} {comments} {worklogs}");

    let machine = Machine::connected(&sim).await;
    let before = sim.requests().len();
    machine.run(&["sync"]).await.succeeded();
    issues_are_whole(&machine, &sim, READER).await;

    let requests = sim.requests().split_off(before);
    let of = |mark: &str| requests.iter().filter(|one| one.path.contains(mark)).count();
    let lists = [of("/comment"), of("/worklog")];
    // A list of up to 100 is one page, and each monster of the world has a few.
    assert!(lists[0] <= 3 * comments && lists[1] <= 3 * worklogs, "{lists:?} {comments} {worklogs}");
    for mark in ["/properties", "/remotelink", "/watchers", "/votes", "/transitions", "/changelog?"] {
        assert_eq!(of(mark), 0, "{mark}");
    }
    let single = |path: &str| {
        path.rsplit_once("/issue/").is_some_and(|(_, rest)| !rest.contains('/') && rest != "bulkfetch")
    };
    assert_eq!(requests.iter().filter(|one| single(&one.path)).count(), 0, "no issue is asked for by itself");
    assert!(of("bulkfetch") <= 600 / 100 + 600 / 200 + 2 * 6, "{}", of("bulkfetch"));
    assert!(requests.iter().all(|one| one.query.len() < 500), "what is long stands in bodies");
    let heavy = |text: &str| text.contains("renderedFields") || text.contains("operations");
    assert!(
        requests.iter().all(|one| !heavy(&one.query) && !heavy(&one.body)),
        "nothing is expanded that is not kept"
    );
    // A board shows what its filter lets through; a project shows everything.
    assert!(requests.iter().all(|one| !one.path.contains("/board/") || !one.path.ends_with("/issue")));
}

/// A program built for debugging, with an issue of 32 MB on its way through it.
const MOST_MEMORY: u64 = 320 << 20;

/// Syncs; gives the exit code and the most memory that the process ever had, in bytes.
async fn measured(machine: &Machine) -> (Option<i32>, u64) {
    let mut child =
        machine.command(&["sync"]).stdout(std::process::Stdio::null()).spawn().expect("it starts");
    let status = format!("/proc/{}/status", child.id().expect("a process"));
    let mut peak = 0;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
        peak = peak.max(kilobytes.unwrap_or(0) * 1024);
        if let Some(ended) = child.try_wait().expect("a process") {
            return (ended.code(), peak);
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_with_ten_thousand_histories_or_thirty_two_megabytes_of_comments_comes_whole() {
    let spec = WorldSpec { issues: 40, projects: 3, weight: 20, monsters: true, ..WorldSpec::default() };
    let sim = site_of(spec, SimOptions::default()).await;
    let machine = Machine::connected(&sim).await;
    let (ran, peak) = measured(&machine).await;
    assert_eq!(ran, Some(0));
    assert!(peak < MOST_MEMORY, "{} MB", peak >> 20);
    issues_are_whole(&machine, &sim, READER).await;
    let again = machine.run(&["sync", "--full", "--format", "json"]).await.succeeded().json();
    assert_eq!(number(&again, "written"), 0, "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_of_nothing_new_asks_for_no_issue_however_many_there_are() {
    let mut asked = Vec::new();
    for issues in [60, 600] {
        let spec = WorldSpec { issues, projects: 3, weight: 20, ..WorldSpec::default() };
        let sim = site_of(spec, SimOptions::default()).await;
        let machine = Machine::synced(&sim).await;
        let again = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
        assert_eq!((number(&again, "written"), &again["kinds"]["issues"]), (0, &Value::Null), "{again}");
        asked.push(number(&again, "requests"));
    }
    assert!(asked[0].abs_diff(asked[1]) <= 6, "{asked:?}: short pages of users aside, it is the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_is_refused_costs_its_sprints_alone() {
    let sim = site().await;
    let (url, fault) = meddling(&sim).await;
    let machine = Machine::near(&sim);
    machine.add_at(&url, "site", &[]).await.succeeded();
    let answer =
        http("403 Forbidden", "Content-Type: application/json\r\n", r#"{"errorMessages":["Not today"]}"#);
    *fault.lock().expect("a lock") = Some(("/board/1/sprint".to_owned(), answer, u32::MAX));
    let report = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    assert_eq!(report["result"], "partial", "{report}");
    let log = machine.run(&["runs", "logs"]).await.succeeded();
    assert!(log.stdout.contains("board 1") && log.stdout.contains("Not today"), "{}", log.stdout);
    let theirs = crate::support::truth(&sim, TruthView::IssueChanges, READER);
    assert_eq!(machine.rows("issue_changes").await.len() as u64, theirs, "issues are whole");
    *fault.lock().expect("a lock") = None;
    machine.run(&["sync"]).await.succeeded();
    let truth = Truth::for_account(sim.world(), sim.url(), READER).expect("an account");
    assert_eq!(machine.rows("sprints").await.len(), truth.rows(TruthView::Sprints).len());
}
