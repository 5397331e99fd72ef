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

#[tokio::test(flavor = "multi_thread")]
async fn only_issues_of_the_last_months_are_read_and_another_depth_reads_or_leaves_the_rest() {
    let sim = site().await;
    let everything = Machine::synced(&sim).await.rows("issues").await;
    let edited = |row: &Value| row["updated_at"].as_str().expect("a time").to_owned();
    let mut times: Vec<String> = everything.iter().map(edited).collect();
    times.sort();
    let millis = |text: &str| text.parse::<jiff::Timestamp>().expect("a time").as_millisecond();

    let machine = Machine::near(&sim);
    machine.add(&sim, "deep", &[]).await.succeeded();
    let shown = async |flags: &[&str]| {
        let flags = [&["integration", "edit"], flags, &["--format", "json"]].concat();
        machine.run(&flags).await.succeeded().json()
    };
    let now = millis(shown(&["--description", "x"]).await["created_at"].as_str().expect("a time"));
    // As far back as to the middle of all edits.
    let months = (now - millis(&times[times.len() / 2])) / (30 * 86_400_000) + 1;
    let edit = shown(&["--history", &format!("{months}mo")]).await;
    let since = millis(edit["read_since"].as_str().expect("a time"));
    let edited_since = |at: i64| -> BTreeSet<String> {
        let those = everything.iter().filter(|row| millis(&edited(row)) >= at);
        those.filter_map(|row| row["key"].as_str().map(str::to_owned)).collect()
    };
    // The date is written out, so that it lies before the instant in whatever zone the site reads it.
    let (sure, possible) = (edited_since(since), edited_since(since - 52 * 3_600_000));
    assert!(!sure.is_empty() && possible.len() < everything.len(), "{months} months");

    machine.run(&["sync"]).await.succeeded();
    let live = async || {
        let rows = machine.rows("issues").await;
        keys_of(&rows.into_iter().filter(|row| row["state"] == "live").collect::<Vec<_>>(), "key")
    };
    let expected = live().await;
    assert!(sure.is_subset(&expected) && expected.is_subset(&possible), "{months} months: {expected:?}");
    machine.run(&["verify"]).await.succeeded();
    let gone = async || {
        let rows = machine.rows("issues").await;
        rows.iter()
            .filter(|row| !["live", "out_of_scope"].contains(&row["state"].as_str().unwrap_or("")))
            .count()
    };
    assert_eq!(gone().await, 0);

    shown(&["--history", "all"]).await;
    machine.run(&["sync"]).await.succeeded();
    assert_eq!(live().await, keys_of(&everything, "key"), "the rest is read");

    shown(&["--history", &format!("{months}mo")]).await;
    machine.run(&["sync"]).await.succeeded();
    machine.run(&["verify"]).await.succeeded();
    assert_eq!(live().await, expected);
    assert_eq!(gone().await, 0, "what is older is out of scope, and not lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_speed_is_kept_and_a_query_has_taken_in_only_the_projects_of_its_issues() {
    let sim = site().await;
    let machine = Machine::near(&sim);
    let everything = Machine::synced(&sim).await;
    let project = everything.rows("issues").await[0]["project_key"].as_str().expect("a key").to_owned();
    let query = format!("project = {project}");
    machine.add(&sim, "slow", &["--jql", &query, "--speed", "gentle"]).await.succeeded();
    let status = machine.run(&["status", "slow", "--format", "json"]).await.succeeded().json();
    assert_eq!(status["speed"], "gentle");
    machine.run(&["integration", "edit", "--speed", "quick"]).await.refused(2, "command line");
    machine.run(&["sync"]).await.succeeded();

    let shown = machine.run(&["integration", "availability", "--format", "json"]).await.succeeded().json();
    let projects = &shown["projects"];
    let counted = (number(projects, "onboarded"), number(projects, "total"), number(projects, "disappeared"));
    assert_eq!(counted, (1, 1, 0), "{projects}");
    assert_eq!(projects["list"][0]["key"], project.as_str());
    let run = machine.run(&["runs", "show", "--format", "json"]).await.succeeded().json();
    assert_eq!(run["projects"][0]["key"], project.as_str(), "{run}");
    assert_eq!(run["projects"][0]["read"], run["kinds"]["issues"]["read"]);
    let text = machine.run(&["integration", "availability"]).await.succeeded().stdout;
    assert!(
        text.contains("Projects: 1 onboarded in this range, 1 in total, 0 not shown any more."),
        "{text}"
    );
}
