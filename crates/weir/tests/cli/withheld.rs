//! Answers that leave out what was asked for, without an error: it is asked for again, and nothing is taken for read.

use crate::{
    faults::answering,
    support::{Machine, READER, READER_TOKEN, http, order, site, site_of},
    whole::issues_are_whole,
};
use jira_sim::{
    DcVersion, Edit, EditKind, Fault, FaultKind, Flavor, Sim, SimOptions, Truth, TruthView, WorldSpec,
};
use serde_json::{Value, json};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering::Relaxed},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const JSON: &str = "Content-Type: application/json\r\n";

/// What stands in requests for bodies whose answers lack every issue, while anything does.
type Withheld = Arc<Mutex<Option<String>>>;

async fn withholding(sim: &Sim) -> (String, Withheld) {
    let withheld: Withheld = Arc::default();
    let shared = withheld.clone();
    let nothing = http("200 OK", JSON, r#"{"issues":[],"issueErrors":[]}"#);
    let answer = move |request: &str| {
        let mark = shared.lock().expect("a lock").clone()?;
        let is_narrow =
            request.contains(r#""fields":["project"]"#) || request.contains(r#""fields":["updated"]"#);
        let is_meant = request.contains("issue/bulkfetch") && request.contains(&mark) && !is_narrow;
        is_meant.then(|| nothing.clone())
    };
    (answering(sim, Arc::new(answer)).await, withheld)
}

fn set(withheld: &Withheld, mark: Option<&str>) {
    *withheld.lock().expect("a lock") = mark.map(str::to_owned);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_never_could_be_read_stays_in_quarantine_while_it_is_withheld() {
    let sim = site_of(WorldSpec { issues: 300, projects: 3, ..WorldSpec::default() }, SimOptions::default());
    let sim = sim.await;
    let (url, withheld) = withholding(&sim).await;
    let truth = Truth::for_account(sim.world(), sim.url(), READER).expect("an account");
    let id = truth.rows(TruthView::Issues)[7]["id"].as_str().expect("an id").to_owned();
    order(&sim, "/_sim/fault", &json!({ "kind": "malformed", "issue": id, "count": null })).await;
    let machine = Machine::near(&sim);
    machine.add_at(&url, "site", &[]).await.succeeded();
    let sync = async || machine.run(&["sync", "--no-census", "--format", "json"]).await.succeeded().json();
    sync().await;
    sim.clear_faults();
    for attempts in 2..=4 {
        set(&withheld, Some(&id));
        let report = sync().await;
        assert_eq!(report["result"], "partial", "{report}");
        let said = machine.run(&["runs", "logs", "--format", "json"]).await.succeeded().stdout;
        assert!(said.contains("quarantine.absent"), "{said}");
        let kept = machine.rows("quarantined_issues").await;
        assert_eq!((kept.len(), &kept[0]["attempts"]), (1, &json!(attempts)), "{kept:?}");
    }
    set(&withheld, None);
    sync().await;
    let ours = machine.rows("issues").await;
    assert!(ours.iter().any(|row| row["id"] == *id) && ours.len() == truth.rows(TruthView::Issues).len());
    assert!(machine.rows("quarantined_issues").await.is_empty());

    // What is deleted meanwhile is let go at once: the site does not show it by its id either.
    let key = truth.rows(TruthView::Issues)[9]["key"].as_str().expect("a key").to_owned();
    order(&sim, "/_sim/fault", &json!({ "kind": "malformed", "issue": key, "count": null })).await;
    let fresh = Machine::near(&sim);
    fresh.add_at(&url, "site", &[]).await.succeeded();
    fresh.run(&["sync"]).await.succeeded();
    assert_eq!(fresh.rows("quarantined_issues").await.len(), 1);
    sim.edit(&Edit::new(EditKind::Delete).of(&key)).expect("an edit");
    fresh.run(&["sync"]).await.succeeded();
    assert!(fresh.rows("quarantined_issues").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_census_sees_again_and_is_not_given_is_read_by_the_next() {
    let sim = site_of(WorldSpec { issues: 120, projects: 3, ..WorldSpec::default() }, SimOptions::default());
    let sim = sim.await;
    let (url, withheld) = withholding(&sim).await;
    let machine = Machine::near(&sim);
    machine.add_at(&url, "site", &[]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    let issue = machine.rows("issues").await.swap_remove(5);
    let [id, summary] = ["id", "summary"].map(|name| issue[name].as_str().expect("a text").to_owned());
    // As an earlier census leaves it that did not see the issue; and what was edited meanwhile, no list tells.
    let unseen =
        format!("SELECT integration_no, 'unseen', '[\"{id}\"]', run_id, stored_at FROM checkpoint LIMIT 1");
    machine.sql_text(format!("INSERT INTO checkpoint {unseen}")).await;
    machine.sql_text(format!("UPDATE issue SET summary = 'As it was' WHERE id = '{id}'")).await;
    let now = async || {
        let issues = machine.rows("issues").await;
        issues.iter().find(|row| row["id"] == *id).expect("it is kept")["summary"].clone()
    };
    for _ in 0..2 {
        set(&withheld, Some(&id));
        machine.run(&["verify"]).await.succeeded();
        assert_eq!(now().await, "As it was", "it was withheld");
    }
    set(&withheld, None);
    machine.run(&["verify"]).await.succeeded();
    assert_eq!(now().await, *summary);
    machine.sql_text(format!("UPDATE issue SET summary = 'As it was' WHERE id = '{id}'")).await;
    machine.run(&["verify"]).await.succeeded();
    assert_eq!(now().await, "As it was", "it is not remembered any more");
}

/// What a site of Data Center answers to a search of its reader.
async fn search(sim: &Sim, body: &Value) -> String {
    let host = sim.url().trim_start_matches("http://");
    let body = body.to_string();
    let head = format!(
        "POST /rest/api/2/search HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {READER_TOKEN}\r\n{JSON}\
         Connection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(host).await.expect("the simulator listens");
    stream.write_all(format!("{head}{body}").as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_of_data_center_that_comes_without_its_changelog_is_asked_for_again() {
    let flavor = Flavor::DataCenter(DcVersion::V10_3);
    let spec = WorldSpec { issues: 120, flavor, ..WorldSpec::default() };
    let sim = site_of(spec, SimOptions::default()).await;
    let truth = || Truth::for_account(sim.world(), sim.url(), READER).expect("an account");
    let rows = truth();
    let rows = rows.rows(TruthView::Issues);
    let [id, key] = ["id", "key"].map(|name| rows[5][name].as_str().expect("a text").to_owned());

    let left = Arc::new(AtomicU32::new(0));
    let bare: Arc<Mutex<String>> = Arc::default();
    let (shared, answer, wanted) = (left.clone(), bare.clone(), id.clone());
    let meddle = move |request: &str| {
        let is_meant = request.contains("changelog") && request.contains(&wanted);
        let is_meant = is_meant && shared.load(Relaxed) > 0 && shared.fetch_sub(1, Relaxed) > 0;
        is_meant.then(|| answer.lock().expect("a lock").clone())
    };
    let url = answering(&sim, Arc::new(meddle)).await;
    let machine = Machine::new();
    let pat = machine.file("pat", READER_TOKEN);
    machine
        .run(&["integration", "add", "jira", &url, "--name", "site", "--pat-file", &pat])
        .await
        .succeeded();
    machine.run(&["sync"]).await.succeeded();

    sim.edit(&Edit::new(EditKind::Summary).of(&key).to("Edited")).expect("an edit");
    let asked = json!({ "jql": format!("id in ({id})"), "fields": ["*all"], "startAt": 0, "maxResults": 50 });
    *bare.lock().expect("a lock") = search(&sim, &asked).await;
    left.store(1, Relaxed);
    let sync = async || machine.run(&["sync", "--no-census", "--format", "json"]).await.succeeded().json();
    let report = sync().await;
    assert_eq!((&report["result"], left.load(Relaxed)), (&json!("partial"), 0), "{report}");
    let summaries = machine.rows("issues").await;
    assert!(summaries.iter().any(|row| row["id"] == *id && row["summary"] == "Edited"));

    // Nothing of it changes any more, and it is beyond what a run reads in any case.
    order(&sim, "/_sim/clock", &json!({ "advance_ms": 60 * 60 * 1_000 })).await;
    sync().await;
    let ours = machine.rows("issue_changes").await;
    let truth = truth();
    let theirs = truth.rows(TruthView::IssueChanges);
    let of = |rows: &[Value]| rows.iter().filter(|row| row["issue_id"] == *id).count();
    assert_eq!(of(&ours), of(&theirs));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_was_listed_and_left_out_is_asked_for_by_the_next_run() {
    let sim = site().await;
    let truth = Truth::for_account(sim.world(), sim.url(), READER).expect("an account");
    let theirs = truth.rows(TruthView::Issues).len();
    // Long after its last edit, so that no look at what changed finds it.
    order(&sim, "/_sim/clock", &json!({ "advance_ms": 30 * 24 * 60 * 60 * 1_000_i64 })).await;
    let machine = Machine::connected(&sim).await;
    sim.add_fault(Fault::new(FaultKind::Omit));
    machine.run(&["sync", "--no-census"]).await.succeeded();
    assert_eq!(machine.rows("issues").await.len(), theirs - 1);
    machine.run(&["sync", "--no-census"]).await.succeeded();
    issues_are_whole(&machine, &sim, READER).await;

    // One that is named among the errors is asked for once more by the same run.
    let machine = Machine::connected(&sim).await;
    sim.add_fault(Fault::new(FaultKind::IssueError));
    machine.run(&["sync", "--no-census"]).await.succeeded();
    issues_are_whole(&machine, &sim, READER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_the_site_could_not_load_is_not_taken_for_gone() {
    let sim = site().await;
    let truth = Truth::for_account(sim.world(), sim.url(), READER).expect("an account");
    let rows = truth.rows(TruthView::Issues);
    let [id, key] = ["id", "key"].map(|name| rows[11][name].as_str().expect("a text").to_owned());
    let error = json!({ "id": id, "errorMessage": "It could not be loaded" });
    let answer = http("200 OK", JSON, &json!({ "issues": [], "issueErrors": [error] }).to_string());
    let is_looked_at = Arc::new(AtomicU32::new(u32::MAX));
    let (left, wanted) = (is_looked_at.clone(), id.clone());
    let meddle = move |request: &str| {
        let is_look = request.contains(r#""fields":["project"]"#) && request.contains(&wanted);
        (is_look && left.load(Relaxed) > 0).then(|| answer.clone())
    };
    let url = answering(&sim, Arc::new(meddle)).await;
    let machine = Machine::near(&sim);
    machine.add_at(&url, "site", &[]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    sim.edit(&Edit::new(EditKind::Delete).of(&key)).expect("an edit");
    let state = async || {
        let issues = machine.rows("issues").await;
        issues.iter().find(|row| row["id"] == *id).expect("it is kept")["state"].clone()
    };
    machine.run(&["verify"]).await;
    assert_eq!(state().await, "live", "the site may show it another time");
    is_looked_at.store(0, Relaxed);
    machine.run(&["verify"]).await;
    assert_eq!(state().await, "gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_issue_that_data_center_forbids_to_look_at_is_gone_and_costs_no_census() {
    let flavor = Flavor::DataCenter(DcVersion::V10_3);
    let spec = WorldSpec { issues: 120, flavor, ..WorldSpec::default() };
    let sim = site_of(spec, SimOptions::default()).await;
    let truth = Truth::for_account(sim.world(), sim.url(), READER).expect("an account");
    let rows = truth.rows(TruthView::Issues);
    let [id, key] = ["id", "key"].map(|name| rows[11][name].as_str().expect("a text").to_owned());
    let said = json!({ "errorMessages": ["You do not have the permission to see the specified issue."] });
    let (answer, path) = (http("403 Forbidden", JSON, &said.to_string()), format!("/rest/api/2/issue/{id}"));
    let url =
        answering(&sim, Arc::new(move |request: &str| request.contains(&path).then(|| answer.clone()))).await;
    let machine = Machine::new();
    let pat = machine.file("pat", READER_TOKEN);
    machine
        .run(&["integration", "add", "jira", &url, "--name", "site", "--pat-file", &pat])
        .await
        .succeeded();
    machine.run(&["sync"]).await.succeeded();
    sim.edit(&Edit::new(EditKind::Delete).of(&key)).expect("an edit");
    assert_eq!(machine.run(&["verify"]).await.code, Some(1));
    let issues = machine.rows("issues").await;
    assert_eq!(issues.iter().find(|row| row["id"] == *id).expect("it is kept")["state"], "gone");
    machine.run(&["verify"]).await.succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_edited_between_its_body_and_its_history_misses_no_history() {
    let options = SimOptions { record: true, ..SimOptions::default() };
    let sim = Arc::new(site_of(WorldSpec { issues: 60, projects: 1, ..WorldSpec::default() }, options).await);
    let truth = Truth::for_account(sim.world(), sim.url(), READER).expect("an account");
    let key = truth.rows(TruthView::Issues)[20]["key"].as_str().expect("a key").to_owned();
    let (asked, shared) = (Arc::new(AtomicU32::new(0)), sim.clone());
    let seen = asked.clone();
    let meddle = move |request: &str| {
        if request.contains("issue/bulkfetch") && request.contains("summary") {
            assert_eq!(seen.load(Relaxed), 0, "histories were asked for before bodies");
        }
        if request.contains("changelog/bulkfetch") && seen.fetch_add(1, Relaxed) == 0 {
            shared.edit(&Edit::new(EditKind::Summary).of(&key).to("Edited in between")).expect("an edit");
        }
        None
    };
    let url = answering(&sim, Arc::new(meddle)).await;
    let machine = Machine::near(&sim);
    machine.add_at(&url, "site", &[]).await.succeeded();
    asked.store(0, Relaxed);
    machine.run(&["sync", "--no-census"]).await.succeeded();
    asked.store(0, Relaxed);
    machine.run(&["sync", "--no-census"]).await.succeeded();
    let truth = Truth::for_account(sim.world(), sim.url(), READER).expect("an account");
    let ours = machine.rows("issue_changes").await;
    assert_eq!(ours.len(), truth.rows(TruthView::IssueChanges).len());
    let issues = machine.rows("issues").await;
    assert!(issues.iter().any(|row| row["summary"] == "Edited in between"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_is_deleted_between_its_list_and_its_body_is_not_asked_for_again() {
    let sim = Arc::new(site().await);
    let truth = Truth::for_account(sim.world(), sim.url(), READER).expect("an account");
    let rows = truth.rows(TruthView::Issues);
    let [id, key] = ["id", "key"].map(|name| rows[20][name].as_str().expect("a text").to_owned());
    let (bodies, shared, wanted) = (Arc::new(AtomicU32::new(0)), sim.clone(), format!("\"{id}\""));
    let seen = bodies.clone();
    let meddle = move |request: &str| {
        if request.contains("issue/bulkfetch") && request.contains(&wanted) && seen.fetch_add(1, Relaxed) == 0
        {
            shared.edit(&Edit::new(EditKind::Delete).of(&key)).expect("an edit");
        }
        None
    };
    let url = answering(&sim, Arc::new(meddle)).await;
    let machine = Machine::near(&sim);
    machine.add_at(&url, "site", &[]).await.succeeded();
    bodies.store(0, Relaxed);
    machine.run(&["sync", "--no-census"]).await.succeeded();
    let said = machine.run(&["runs", "logs"]).await.succeeded().stdout;
    assert!(said.contains("issue.withheld") && said.contains(&id), "{said}");
    let asked = bodies.load(Relaxed);
    machine.run(&["sync", "--no-census"]).await.succeeded();
    assert_eq!(bodies.load(Relaxed), asked, "it was asked for again");
}
