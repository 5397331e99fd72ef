//! A site on which one thing goes wrong: it costs only itself, and it is said.

use crate::support::{Machine, READER, READER_TOKEN, Ran, http, number, site_of, truth};
use jira_sim::{DcVersion, Flavor, Sim, SimOptions, TruthView, WorldSpec};
use serde_json::Value;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering::Relaxed},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// What is answered in the site's place to a request that has each of these lines in its head or body, and how often.
pub(crate) type Fault = Arc<Mutex<Option<(String, String, u32)>>>;

/// What is answered in the site's place to a request, where anything is.
pub(crate) type Answer = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// A way to the site on which some requests get another answer.
pub(crate) async fn meddling(sim: &Sim) -> (String, Fault) {
    let fault: Fault = Arc::default();
    let shared = fault.clone();
    (answering(sim, Arc::new(move |request| meddle(&shared, request))).await, fault)
}

/// The same where the answer depends on the request.
pub(crate) async fn answering(sim: &Sim, answer: Answer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let site = sim.url().trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(pass(client, site.clone(), answer.clone()));
        }
    });
    format!("http://{address}")
}

/// One request, and then the connection is closed.
async fn pass(mut client: TcpStream, site: String, answer: Answer) {
    let mut request = vec![];
    let length = loop {
        if client.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
        let head = String::from_utf8_lossy(&request).to_lowercase();
        let Some((head, _)) = head.split_once("\r\n\r\n") else { continue };
        let body: usize = head
            .split("content-length:")
            .nth(1)
            .and_then(|rest| rest.lines().next()?.trim().parse().ok())
            .unwrap_or(0);
        break head.len() + 4 + body;
    };
    while request.len() < length {
        if client.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    if let Some(answer) = answer(&text) {
        _ = client.write_all(answer.as_bytes()).await;
        return;
    }
    let Ok(mut upstream) = TcpStream::connect(site).await else { return };
    let text = text.replacen("\r\n", "\r\nConnection: close\r\n", 1);
    if upstream.write_all(text.as_bytes()).await.is_ok() {
        _ = tokio::io::copy(&mut upstream, &mut client).await;
    }
}

fn meddle(fault: &Fault, request: &str) -> Option<String> {
    let mut fault = fault.lock().expect("a lock");
    let (marks, answer, left) = fault.as_mut()?;
    let is_meant = *left > 0 && marks.lines().all(|mark| request.contains(mark));
    *left -= u32::from(is_meant);
    is_meant.then(|| answer.clone())
}

struct Faulty {
    url: String,
    sim: Sim,
    machine: Machine,
    fault: Fault,
}

impl Faulty {
    async fn new(more: &[&str]) -> Self {
        let spec = WorldSpec { issues: 400, projects: 3, seed: 4, ..WorldSpec::default() };
        let sim = site_of(spec, SimOptions::default()).await;
        let (url, fault) = meddling(&sim).await;
        let machine = Machine::near(&sim);
        machine.add_at(&url, "site", more).await.succeeded();
        Self { url, sim, machine, fault }
    }

    fn answer(&self, mark: &str, status: &str) {
        let body = r#"{"errorMessages":["Not today"],"errors":{}}"#;
        let answer = http(status, "Content-Type: application/json\r\n", body);
        *self.fault.lock().expect("a lock") = Some((mark.to_owned(), answer, u32::MAX));
    }

    fn mend(&self) {
        *self.fault.lock().expect("a lock") = None;
    }

    async fn sync(&self) -> Value {
        self.machine.run(&["sync", "--format", "json"]).await.succeeded().json()
    }

    fn theirs(&self, view: TruthView) -> u64 {
        truth(&self.sim, view, READER)
    }

    async fn ours(&self, view: &str) -> u64 {
        self.machine.rows(view).await.len() as u64
    }

    /// An issue whose list Jira cuts short, with the number of its rows.
    async fn long_list(&self, view: &str, more_than: usize) -> (String, u64) {
        let mut counts = std::collections::BTreeMap::<String, usize>::new();
        for row in self.machine.rows(view).await {
            *counts.entry(row["issue_id"].as_str().expect("an id").to_owned()).or_default() += 1;
        }
        let (id, rows) = counts.into_iter().find(|(_, rows)| *rows > more_than).expect("a long list");
        (id, rows as u64)
    }
}

fn said(ran: &Ran) -> bool {
    ran.stdout.contains("Not today")
}

#[tokio::test(flavor = "multi_thread")]
async fn one_refused_list_costs_only_that_list_and_takes_nothing_away() {
    let site = Faulty::new(&[]).await;
    site.sync().await;
    for (view, table, long, path, statuses) in [
        ("issue_comments", TruthView::IssueComments, 20, "comment", ["404 Not Found", "403 Forbidden"]),
        ("issue_worklogs", TruthView::IssueWorklogs, 20, "worklog", ["404 Not Found", "400 Bad Request"]),
    ] {
        let (id, rows) = site.long_list(view, long).await;
        for status in statuses {
            site.answer(&format!("/issue/{id}/{path}"), status);
            let report = site.machine.run(&["sync", "--full", "--format", "json"]).await.succeeded().json();
            assert_eq!(number(&report["kinds"][view], "skipped"), 1, "{status}: {report}");
            assert_eq!(number(&report, "removed"), 0, "{status}: {report}");
            assert_eq!(site.ours(view).await, site.theirs(table), "{status}: what was known stays");
            assert!(said(&site.machine.run(&["runs", "logs"]).await.succeeded()), "{status}");

            let fresh = Machine::near(&site.sim);
            fresh.add_at(&site.url, "site", &[]).await.succeeded();
            fresh.run(&["sync"]).await.succeeded();
            assert_eq!(fresh.rows(view).await.len() as u64, site.theirs(table) - rows, "{status}: one list");
            site.mend();
            fresh.run(&["sync"]).await.succeeded();
            assert_eq!(fresh.rows(view).await.len() as u64, site.theirs(table), "the next run tries again");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_refused_again_and_again_is_asked_for_less_and_less_often() {
    let site = Faulty::new(&[]).await;
    site.sync().await;
    let (id, _) = site.long_list("issue_comments", 20).await;
    // How often it is asked for, and what is skipped of comments and of issues.
    let run = async |more: &[&str]| {
        site.answer(&format!("/issue/{id}/comment"), "403 Forbidden");
        let words = [&["sync", "--format", "json"], more].concat();
        let kinds = site.machine.run(&words).await.succeeded().json()["kinds"].clone();
        let left = site.fault.lock().expect("a lock").as_ref().map_or(0, |(_, _, left)| *left);
        let skipped = |kind: &str| kinds[kind]["skipped"].as_u64().unwrap_or(0);
        (u32::MAX - left, skipped("issue_comments"), skipped("issues"))
    };
    let (tried, passed_by) = ((1, 1, 0), (0, 0, 1));
    let mut runs = vec![run(&["--full"]).await];
    for _ in 0..5 {
        runs.push(run(&[]).await);
    }
    assert_eq!(runs, [tried, tried, passed_by, tried, passed_by, passed_by]);
    let waits =
        async || site.machine.run(&["runs", "logs"]).await.succeeded().stdout.contains("lists.waiting");
    assert!(waits().await);
    site.mend();
    site.machine.run(&["sync", "--full"]).await.succeeded();
    assert!(!waits().await);
    assert_eq!(site.ours("issue_comments").await, site.theirs(TruthView::IssueComments));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_cannot_be_searched_harms_nobody_under_a_filter_either() {
    let site = Faulty::new(&["--jql", "labels is EMPTY OR labels is not EMPTY"]).await;
    let projects = site.machine.run(&["export", "projects"]).await.succeeded();
    assert!(projects.stdout.is_empty());
    let first = jira_sim::Truth::for_account(site.sim.world(), site.sim.url(), READER).expect("an account");
    let key = first.rows(TruthView::Issues)[0]["project_key"].as_str().expect("a key").to_owned();
    site.answer(&format!("project = \\\"{key}\\\""), "400 Bad Request");
    let report = site.sync().await;
    assert_eq!(report["result"], "partial", "{report}");
    let keys: Vec<Value> =
        site.machine.rows("issues").await.into_iter().map(|issue| issue["project_key"].clone()).collect();
    assert!(!keys.is_empty() && keys.iter().all(|found| *found != key.as_str()), "all but {key}");

    site.mend();
    site.sync().await;
    assert_eq!(site.ours("issues").await, site.theirs(TruthView::Issues), "it is read whole when it can be");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_jira_cannot_give_costs_itself_and_comes_when_it_can() {
    let site = Faulty::new(&[]).await;
    let truth = jira_sim::Truth::for_account(site.sim.world(), site.sim.url(), READER).expect("an account");
    let issues = truth.rows(TruthView::Issues);
    let id = issues[issues.len() / 2]["id"].as_str().expect("an id").to_owned();
    // Named in a list of ids, so that neither its body nor its history can be had.
    site.answer(&format!("\"{id}\""), "504 Gateway Timeout");
    let report = site.sync().await;
    assert_eq!(report["result"], "partial", "{report}");
    assert_eq!(number(&report["kinds"]["issues"], "failed"), 1, "{report}");
    assert_eq!(site.ours("issues").await, site.theirs(TruthView::Issues) - 1, "all but {id}");
    let log = site.machine.run(&["runs", "logs"]).await.succeeded();
    assert!(log.stdout.contains(&id) && log.stdout.contains("HTTP 504"), "{}", log.stdout);

    site.mend();
    site.sync().await;
    assert_eq!(site.ours("issues").await, site.theirs(TruthView::Issues), "the next run reads it");
    assert_eq!(site.ours("issue_changes").await, site.theirs(TruthView::IssueChanges), "with its history");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_without_its_history_is_not_stored() {
    let site = Faulty::new(&[]).await;
    let truth = jira_sim::Truth::for_account(site.sim.world(), site.sim.url(), READER).expect("an account");
    let id = truth.rows(TruthView::IssueChanges)[0]["issue_id"].as_str().expect("an id").to_owned();
    site.answer(&format!("changelog/bulkfetch\n\"{id}\""), "504 Gateway Timeout");
    let report = site.sync().await;
    assert_eq!(number(&report["kinds"]["issues"], "failed"), 1, "{report}");
    assert!(site.machine.rows("issues").await.iter().all(|row| row["id"] != id.as_str()));

    site.mend();
    site.sync().await;
    assert_eq!(site.ours("issue_changes").await, site.theirs(TruthView::IssueChanges));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_takes_us_for_a_stranger_in_the_middle_of_a_census_loses_no_issue() {
    let site = Faulty::new(&[]).await;
    site.sync().await;
    let before = site.machine.rows("issues").await;
    let stranger = "Content-Type: application/json\r\nX-Seraph-LoginReason: AUTHENTICATED_FAILED\r\n";
    for mark in ["search/jql", "issue/bulkfetch"] {
        site.machine.sql("UPDATE issue SET id = '9' || id WHERE id IN (SELECT id FROM issue LIMIT 1)").await;
        let before = site.machine.rows("issues").await;
        let answer = http("200 OK", stranger, r#"{"issues":[],"isLast":true}"#);
        *site.fault.lock().expect("a lock") = Some((mark.to_owned(), answer, u32::MAX));
        site.machine.run(&["verify"]).await.refused(4, "stranger");
        site.machine.run(&["verify", "--accept-loss"]).await.refused(4, "stranger");
        assert_eq!(site.machine.rows("issues").await, before, "{mark}");
    }
    let status = site.machine.run(&["status", "--format", "json"]).await.succeeded().json();
    let status = (&status[0]["reason_code"], &status[0]["family"]);
    assert_eq!(status, (&"auth.anonymous".into(), &"needs_you".into()));
    site.mend();
    assert_eq!(site.machine.run(&["verify"]).await.code, Some(1));
    site.machine.run(&["verify"]).await.succeeded();
    let after = site.machine.rows("issues").await;
    assert_eq!(after.iter().filter(|row| row["state"] == "live").count(), before.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_census_that_always_fails_shows_and_is_not_tried_after_every_sync() {
    const THREE_DAYS: &str =
        "UPDATE run SET started_at = started_at - 259200000, ended_at = ended_at - 259200000";
    const AN_HOUR: &str = "UPDATE run SET started_at = started_at - 3700000, ended_at = ended_at - 3700000";
    let site = Faulty::new(&[]).await;
    site.sync().await;
    let key = site.machine.rows("issues").await[0]["key"].as_str().expect("a key").to_owned();
    site.sim.edit(&jira_sim::Edit::new(jira_sim::EditKind::Delete).of(&key)).expect("it can be deleted");
    let status = async || {
        let status = site.machine.run(&["status", "--format", "json"]).await.succeeded().json();
        (status[0]["status"].clone(), status[0]["reason_code"].clone(), status[0]["family"].clone())
    };
    let late = ("unhealthy".into(), "census.late".into(), "needs_you".into());
    let censuses = async || {
        let runs = site.machine.run(&["runs", "list", "--format", "json"]).await.succeeded().json();
        runs.as_array().expect("runs").iter().filter(|run| run["trigger"] == "census").count()
    };
    site.machine.sql(THREE_DAYS).await;
    site.answer("issue/bulkfetch", "403 Forbidden");
    for _ in 0..3 {
        site.machine.run(&["sync"]).await;
    }
    assert_eq!((censuses().await, status().await), (1, late.clone()));
    site.machine.sql(AN_HOUR).await;
    for _ in 0..2 {
        site.machine.run(&["sync"]).await;
    }
    site.machine.sql(AN_HOUR).await;
    site.machine.run(&["sync"]).await;
    assert_eq!((censuses().await, status().await), (2, late), "the pause has doubled");
    assert_ne!(site.machine.run(&["verify"]).await.code, Some(0), "a person is never held back");
    site.mend();
    assert_eq!(site.machine.run(&["verify"]).await.code, Some(1), "it finds what was deleted");
    assert_eq!(status().await.0, "healthy");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_refuses_a_token_once_ends_no_run() {
    let flavor = Flavor::DataCenter(DcVersion::V9_12);
    let sim = site_of(WorldSpec { issues: 60, flavor, ..WorldSpec::default() }, SimOptions::default()).await;
    let (url, fault) = meddling(&sim).await;
    let machine = Machine::new();
    let pat = machine.file("pat", READER_TOKEN);
    let add = ["integration", "add", "jira", &url, "--name", "site", "--pat-file", &pat];
    machine.run(&add).await.succeeded();
    let refuse = |times| {
        let answer = http("401 Unauthorized", "Content-Type: application/json\r\n", "{}");
        *fault.lock().expect("a lock") = Some(("/rest/api/2/myself".to_owned(), answer, times));
    };
    refuse(1);
    machine.run(&["sync"]).await.succeeded();
    assert_eq!(machine.rows("issues").await.len() as u64, truth(&sim, TruthView::Issues, READER));
    refuse(2);
    let refused = machine.run(&["sync", "--full"]).await;
    assert_eq!(refused.code, Some(4), "{}", refused.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_was_refused_is_not_taken_for_read_by_the_run_that_goes_on() {
    let site = Faulty::new(&[]).await;
    let first = jira_sim::Truth::for_account(site.sim.world(), site.sim.url(), READER).expect("an account");
    let key = first.rows(TruthView::Issues)[0]["project_key"].as_str().expect("a key").to_owned();
    site.answer(&format!("project = \\\"{key}\\\""), "400 Bad Request");
    let mut command = site.machine.command(&["sync", "--no-census"]);
    let ended = command.env("WEIR_CRASH_AT", "run.walked").output().await.expect("the program starts");
    assert_eq!(ended.status.code(), None, "it ends where it is told to");
    site.mend();
    site.machine.run(&["sync", "--no-census"]).await.succeeded();
    assert_eq!(site.ours("issues").await, site.theirs(TruthView::Issues));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_spoils_what_it_is_asked_for_with_costs_only_itself() {
    let site = Faulty::new(&[]).await;
    let truth = jira_sim::Truth::for_account(site.sim.world(), site.sim.url(), READER).expect("an account");
    let issues = truth.rows(TruthView::Issues);
    let id = issues[issues.len() / 2]["id"].as_str().expect("an id").to_owned();
    let mark = format!("issue/bulkfetch\n\"{id}\"");
    let nonsense = http("200 OK", "Content-Type: application/json\r\n", r#"{"issues":[{"id":"1","key":]}"#);
    let refusal =
        http("400 Bad Request", "Content-Type: application/json\r\n", r#"{"errorMessages":["No"]}"#);
    for answer in [nonsense, refusal] {
        *site.fault.lock().expect("a lock") = Some((mark.clone(), answer, u32::MAX));
        let fresh = Machine::near(&site.sim);
        fresh.add_at(&site.url, "site", &[]).await.succeeded();
        let report = fresh.run(&["sync", "--format", "json"]).await.succeeded().json();
        assert_eq!(number(&report["kinds"]["issues"], "failed"), 1, "{report}");
        assert_eq!(fresh.rows("issues").await.len() as u64, site.theirs(TruthView::Issues) - 1);
        assert_eq!(fresh.rows("quarantined_issues").await[0]["issue_id"], id.as_str());
        site.mend();
        fresh.run(&["sync"]).await.succeeded();
        assert_eq!(fresh.rows("issues").await.len() as u64, site.theirs(TruthView::Issues));
    }
    // A site that takes the request for no issue at all is another matter.
    site.answer("issue/bulkfetch", "400 Bad Request");
    let fresh = Machine::near(&site.sim);
    fresh.add_at(&site.url, "site", &[]).await.succeeded();
    let ran = fresh.run(&["sync"]).await;
    assert_eq!(ran.code, Some(7), "{ran:#?}");
}

/// A site on which the tokens of some requests go round in a circle, with the number of such requests.
async fn with_a_circle(sim: &Sim, marks: Vec<String>, body: &'static str) -> (String, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let answer = move |request: &str| {
        if !marks.iter().all(|mark| request.contains(mark)) {
            return None;
        }
        counted.fetch_add(1, Relaxed);
        let next = ["there", "back", "again"];
        let token = next.iter().position(|token| request.contains(&format!("\"nextPageToken\":\"{token}\"")));
        let next = next[token.map_or(0, |at| (at + 1) % next.len())];
        Some(http("200 OK", "Content-Type: application/json\r\n", &body.replace("NEXT", next)))
    };
    (answering(sim, Arc::new(answer)).await, asked)
}

async fn small_site() -> Sim {
    site_of(WorldSpec { issues: 150, projects: 2, seed: 4, ..WorldSpec::default() }, SimOptions::default())
        .await
}

fn ids_of(sim: &Sim) -> Vec<String> {
    let truth = jira_sim::Truth::for_account(sim.world(), sim.url(), READER).expect("an account");
    let id = |row: &Value| row["id"].as_str().expect("an id").to_owned();
    truth.rows(TruthView::Issues).iter().map(id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_whose_tokens_go_in_a_circle_costs_its_issue_and_a_few_requests() {
    let sim = small_site().await;
    let id = ids_of(&sim).swap_remove(70);
    let marks = vec!["changelog/bulkfetch".to_owned(), format!("\"{id}\"")];
    let body = r#"{"issueChangeLogs":[],"nextPageToken":"NEXT"}"#;
    let (url, asked) = with_a_circle(&sim, marks, body).await;
    let machine = Machine::near(&sim);
    machine.add_at(&url, "site", &[]).await.succeeded();
    let report = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    assert_eq!(number(&report["kinds"]["issues"], "failed"), 1, "{report}");
    let kept = machine.rows("quarantined_issues").await;
    assert_eq!((&kept[0]["issue_id"], &kept[0]["code"]), (&id.as_str().into(), &"jira.paging".into()));
    assert!(asked.load(Relaxed) < 200, "{asked:?} requests");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_whose_tokens_go_in_a_circle_is_given_up_at_its_first_return() {
    let sim = small_site().await;
    let marks = vec!["search/jql".to_owned(), "\"maxResults\":5000".to_owned()];
    let (url, asked) = with_a_circle(&sim, marks, r#"{"issues":[],"nextPageToken":"NEXT"}"#).await;
    let machine = Machine::near(&sim);
    machine.add_at(&url, "site", &[]).await.succeeded();
    let ran = machine.run(&["sync"]).await.refused(7, "did not come to an end");
    assert!(ran.stderr.contains("The same token came twice"), "{}", ran.stderr);
    assert!(asked.load(Relaxed) < 20, "{asked:?} requests");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_issues_that_spoil_one_request_together_cost_only_themselves() {
    spoilt_together(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_issues_that_spoil_their_requests_are_no_site_that_refuses() {
    spoilt_together(25).await;
}

/// So many issues, each of which spoils every request that names it, until it does not any more.
async fn spoilt_together(many: usize) {
    let sim = small_site().await;
    let ids = ids_of(&sim);
    let mut broken: Vec<String> = ids.iter().skip(20).step_by(3).take(many).cloned().collect();
    broken.sort();
    let refusal =
        http("400 Bad Request", "Content-Type: application/json\r\n", r#"{"errorMessages":["No"]}"#);
    let nonsense = http("200 OK", "Content-Type: application/json\r\n", r#"{"issues":[{"id":"1","key":]}"#);
    for spoilt in [refusal, nonsense] {
        let marks: Vec<String> = broken.iter().map(|id| format!("\"{id}\"")).collect();
        let is_mended = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let seen = is_mended.clone();
        let answer = move |request: &str| {
            let is_meant =
                request.contains("issue/bulkfetch") && marks.iter().any(|mark| request.contains(mark));
            (is_meant && !seen.load(Relaxed)).then(|| spoilt.clone())
        };
        let url = answering(&sim, Arc::new(answer)).await;
        let machine = Machine::near(&sim);
        machine.add_at(&url, "site", &[]).await.succeeded();
        // At first among many; then they alone, since nothing else is asked for.
        for attempt in 1..=2 {
            let report = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
            assert_eq!(number(&report["kinds"]["issues"], "failed"), many as u64, "{report}");
            assert_eq!(machine.rows("issues").await.len(), ids.len() - many);
            let kept = machine.rows("quarantined_issues").await;
            let named: Vec<_> =
                kept.iter().map(|row| (row["issue_id"].clone(), row["attempts"].clone())).collect();
            let expected: Vec<(Value, Value)> =
                broken.iter().map(|id| (id.as_str().into(), attempt.into())).collect();
            assert_eq!(named, expected);
        }
        is_mended.store(true, Relaxed);
        machine.run(&["sync"]).await.succeeded();
        assert_eq!(machine.rows("issues").await.len(), ids.len());
    }
}
