//! Which issues, and as whom.

use crate::support::{Machine, READER, number, site, truth};
use jira_sim::TruthView;
use serde_json::Value;
use std::collections::BTreeSet;

fn keys_of(rows: &[Value], column: &str) -> BTreeSet<String> {
    rows.iter().filter_map(|row| row[column].as_str()).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_projects_that_were_named() {
    let sim = site().await;
    let everything = Machine::synced(&sim).await;
    let projects = keys_of(&everything.rows("issues").await, "project_key");
    let wanted: Vec<&str> = projects.iter().take(2).map(String::as_str).collect();

    let machine = Machine::near(&sim);
    machine.add(&sim, "two", &["--project", wanted[0], "--project", wanted[1]]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    let found = keys_of(&machine.rows("issues").await, "project_key");
    assert_eq!(found, wanted.iter().map(|key| (*key).to_owned()).collect());
    let verdict = machine.run(&["verify", "--format", "json"]).await.succeeded().json();
    assert_eq!(verdict["projects"].as_array().map(Vec::len), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_sees_a_part_brings_in_that_part() {
    let sim = site().await;
    let machine = Machine::near(&sim);
    let token = machine.file("partial", "partial@sim.example:sim-unscoped-partial");
    let arguments = ["integration", "add", "jira", sim.url(), "--name", "part", "--token-file", &token];
    machine.run(&arguments).await.succeeded();
    let report = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    let theirs = truth(&sim, TruthView::Issues, "partial@sim.example");
    assert_eq!(number(&report["kinds"]["issues"], "read"), theirs);
    assert!(theirs < truth(&sim, TruthView::Issues, READER));
    machine.run(&["verify"]).await.succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scoped_token_goes_through_the_gateway() {
    let sim = site().await;
    for (email, token, method) in
        [(READER, "sim-scoped-reader", "scoped_token"), ("svc@sim.example", "sim-service", "scoped_token")]
    {
        let machine = Machine::near(&sim);
        let input = format!("{token}\n");
        let arguments = [
            "integration",
            "add",
            "jira",
            sim.url(),
            "--name",
            "g",
            "--email",
            email,
            "--token-stdin",
            "--format",
            "json",
        ];
        let added = machine.run_with_input(&arguments, &input).await.succeeded().json();
        assert_eq!((added["sign_in"].as_str(), added["url"].as_str()), (Some(method), Some(sim.url())));
        let report = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
        assert_eq!(number(&report["kinds"]["issues"], "read"), truth(&sim, TruthView::Issues, email));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_the_agile_scopes_brings_in_issues_and_says_what_it_lacks() {
    let sim = site().await;
    let machine = Machine::near(&sim);
    let token = machine.file("narrow", "reader@sim.example:sim-scoped-narrow-reader");
    let arguments = ["integration", "add", "jira", sim.url(), "--name", "n", "--token-file", &token];
    machine.run(&arguments).await.succeeded();
    let report = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    assert_eq!(report["result"], "partial", "{report}");
    assert!(number(&report, "skipped") > 0);
    assert_eq!(number(&report["kinds"]["issues"], "read"), truth(&sim, TruthView::Issues, READER));
    let logs = machine.run(&["runs", "logs", "--format", "json"]).await.succeeded().json();
    assert!(logs.as_array().expect("a list").iter().any(|event| event["what"] == "boards"), "{logs}");
}
