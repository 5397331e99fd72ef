//! Answers of shapes that nobody documents, and permissions that are missing: they cost themselves, and are said.

use crate::{
    faults::meddling,
    support::{Machine, READER, READER_TOKEN, http, number, site, truth},
};
use base64::Engine as _;
use jira_sim::{Edit, EditKind, Sim, Truth, TruthView};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// What the site answers to the reader.
async fn answer_of(sim: &Sim, path: &str) -> Value {
    let host = sim.url().trim_start_matches("http://");
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{READER}:{READER_TOKEN}"));
    let head = format!("Host: {host}\r\nAuthorization: Basic {basic}\r\nConnection: close");
    let mut stream = TcpStream::connect(host).await.expect("the simulator listens");
    stream.write_all(format!("GET {path} HTTP/1.1\r\n{head}\r\n\r\n").as_bytes()).await.expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("it answers");
    let answer = String::from_utf8(answer).expect("text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a body");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let body = &body[body.find(['[', '{']).expect("JSON")..=body.rfind([']', '}']).expect("JSON")];
    serde_json::from_str(body).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_of_another_shape_costs_only_itself() {
    let sim = site().await;
    let (url, fault) = meddling(&sim).await;
    let mut fields = answer_of(&sim, "/rest/api/3/field").await;
    let list = fields.as_array_mut().expect("a list");
    let known = list.len();
    list.insert(3, json!({ "id": "customfield_66666", "name": { "de": "Feld" }, "schema": "text" }));
    list.insert(9, json!(7));
    let answer = http("200 OK", "Content-Type: application/json\r\n", &fields.to_string());
    *fault.lock().expect("a lock") = Some(("GET /rest/api/3/field ".to_owned(), answer, u32::MAX));

    let machine = Machine::near(&sim);
    machine.add_at(&url, "site", &[]).await.succeeded();
    let report = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    assert_eq!(report["result"], "partial", "{report}");
    assert_eq!(number(&report["kinds"]["fields"], "failed"), 2, "{report}");
    assert_eq!(machine.rows("fields").await.len(), known);
    assert_eq!(machine.rows("issues").await.len() as u64, truth(&sim, TruthView::Issues, READER));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_sync_cannot_do_without_fails_the_check_before_it() {
    let sim = site().await;
    let (url, fault) = meddling(&sim).await;
    let machine = Machine::near(&sim);
    let token = machine.file("token", READER_TOKEN);
    let check = ["check", &url, "--email", READER, "--token-file", &token];
    machine.run(&check).await.succeeded();
    for mark in [
        "/rest/api/3/project/search",
        "/rest/api/3/search/jql",
        "/rest/api/3/field ",
        "/rest/api/3/changelog/bulkfetch",
        "/rest/api/3/myself",
    ] {
        let body = r#"{"errorMessages":["Not for you"]}"#;
        let answer = http("403 Forbidden", "Content-Type: application/json\r\n", body);
        *fault.lock().expect("a lock") = Some((mark.to_owned(), answer, u32::MAX));
        let ran = machine.run(&check).await;
        assert!(ran.code.is_some_and(|code| code != 0), "{mark}: {ran:#?}");
        assert!(ran.stdout.contains("failed"), "{mark}: {ran:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn histories_that_only_the_list_of_their_issue_has_are_read_there() {
    let sim = site().await;
    let (url, fault) = meddling(&sim).await;
    let answer = http("200 OK", "Content-Type: application/json\r\n", r#"{"issueChangeLogs":[]}"#);
    *fault.lock().expect("a lock") = Some(("changelog/bulkfetch".to_owned(), answer, u32::MAX));
    let machine = Machine::near(&sim);
    machine.add_at(&url, "site", &[]).await.succeeded();
    let of = |issue: &str| {
        let truth = Truth::for_account(sim.world(), sim.url(), READER).expect("an account");
        let changes = truth.rows(TruthView::IssueChanges).into_iter();
        changes.filter(|change| change["issue_id"] == issue).count()
    };
    let truth = Truth::for_account(sim.world(), sim.url(), READER).expect("an account");
    let issue = truth.rows(TruthView::Issues).into_iter().nth(5).expect("an issue");
    let [id, key] = ["id", "key"].map(|name| issue[name].as_str().expect("a text").to_owned());
    sim.edit(&Edit::new(EditKind::Summary).of(&key).to("Edited")).expect("an edit");

    machine.run(&["sync"]).await.succeeded();
    let ours = machine.rows("issue_changes").await;
    let ours = ours.iter().filter(|change| change["issue_id"] == id).count();
    assert_eq!((ours > 0, ours), (true, of(&id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn histories_are_kept_where_the_site_gives_none_any_more() {
    let sim = site().await;
    let (url, fault) = meddling(&sim).await;
    let machine = Machine::near(&sim);
    machine.add_at(&url, "site", &[]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    let before = machine.rows("issue_changes").await;
    let answer = http("200 OK", "Content-Type: application/json\r\n", r#"{"issueChangeLogs":[]}"#);
    *fault.lock().expect("a lock") = Some(("changelog/bulkfetch".to_owned(), answer, u32::MAX));
    machine.run(&["sync", "--full"]).await.succeeded();
    assert_eq!(machine.rows("issue_changes").await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_cannot_be_read_is_told_without_what_stands_in_it() {
    let sim = site().await;
    let (url, fault) = meddling(&sim).await;
    let machine = Machine::near(&sim);
    machine.add_at(&url, "site", &[]).await.succeeded();
    let odd = json!({ "values": [{ "id": "1", "key": "ENG", "archived": "CANARY-4711" }], "isLast": true });
    let answer = http("200 OK", "Content-Type: application/json\r\n", &odd.to_string());
    *fault.lock().expect("a lock") = Some(("/rest/api/3/project/search".to_owned(), answer, u32::MAX));
    let ran = machine.run(&["sync"]).await.refused(7, "could not be read");
    assert!(ran.stderr.contains("a value of another shape than documented"), "{}", ran.stderr);
    let logs = machine.run(&["runs", "logs"]).await.succeeded();
    for said in [&ran.stderr, &ran.stdout, &logs.stdout] {
        assert!(!said.contains("CANARY"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_could_not_be_read_is_asked_for_again() {
    let sim = site().await;
    let (url, fault) = meddling(&sim).await;
    let machine = Machine::near(&sim);
    machine.add_at(&url, "site", &[]).await.succeeded();
    let id = Truth::for_account(sim.world(), sim.url(), READER).expect("an account").rows(TruthView::Issues)
        [7]["id"]
        .clone();
    let history = json!({ "id": "9", "items": [{ "field": "status" }] });
    let odd = json!({ "issueChangeLogs": [{ "issueId": id, "changeHistories": [history] }] });
    let answer = http("200 OK", "Content-Type: application/json\r\n", &odd.to_string());
    let marks = format!("changelog/bulkfetch\n{id}");
    *fault.lock().expect("a lock") = Some((marks, answer, 1));
    let report = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    assert_eq!(report["result"], "partial", "{report}");
    machine.run(&["sync"]).await.succeeded();
    let ours = machine.rows("issue_changes").await;
    let theirs = Truth::for_account(sim.world(), sim.url(), READER).expect("an account");
    let of = |rows: &[Value]| rows.iter().filter(|row| row["issue_id"] == id).count();
    assert_eq!((of(&ours) > 0, of(&ours)), (true, of(&theirs.rows(TruthView::IssueChanges))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_status_is_looked_for_again_where_the_search_was_refused() {
    let sim = site().await;
    let (url, fault) = meddling(&sim).await;
    let machine = Machine::near(&sim);
    machine.add_at(&url, "site", &[]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    let status = machine.rows("issues").await[0]["status"].as_str().expect("a status").to_owned();
    sim.edit(&Edit::new(EditKind::StatusRename).of(&status).to("Another name")).expect("an edit");
    let refusal =
        http("400 Bad Request", "Content-Type: application/json\r\n", r#"{"errorMessages":["No"]}"#);
    *fault.lock().expect("a lock") = Some(("search/jql\nstatus in".to_owned(), refusal, u32::MAX));
    machine.run(&["sync"]).await.succeeded();
    *fault.lock().expect("a lock") = None;
    machine.run(&["sync"]).await.succeeded();
    let theirs = Truth::for_account(sim.world(), sim.url(), READER).expect("an account");
    let named = |rows: &[Value]| -> BTreeMap<String, Value> {
        rows.iter().map(|row| (row["id"].to_string(), row["status"].clone())).collect()
    };
    assert_eq!(named(&machine.rows("issues").await), named(&theirs.rows(TruthView::Issues)));
}
