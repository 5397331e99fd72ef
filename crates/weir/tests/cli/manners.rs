//! How the program behaves: help, formats, settings, and the demo.

use crate::support::{Machine, number, site};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};

#[tokio::test(flavor = "multi_thread")]
async fn help_names_every_command_and_opens_no_store() {
    let machine = Machine::new();
    let help = machine.run(&["--help"]).await.succeeded().stdout;
    for command in [
        "demo",
        "check",
        "integration",
        "sync",
        "verify",
        "status",
        "runs",
        "fields",
        "export",
        "keys",
        "backup",
        "doctor",
        "config",
        "completions",
    ] {
        assert!(
            help.lines().any(|line| line.trim_start().starts_with(&format!("{command} "))),
            "{command}: {help}"
        );
        machine.run(&[command, "--help"]).await.succeeded();
    }
    assert!(help.contains("Examples:") && help.contains("Exit codes:"));
    assert!(!machine.home().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_at_an_empty_folder_makes_nothing() {
    let machine = Machine::new();
    let status = machine.run(&["status"]).await.succeeded();
    assert!(status.stdout.contains("weir integration add jira"), "{status:#?}");
    for list in [&["status"][..], &["integration", "list"], &["runs", "list"]] {
        let ran = machine.run(&[list, &["--format", "json"]].concat()).await.succeeded();
        assert_eq!(ran.json(), serde_json::json!([]), "{ran:#?}");
    }
    machine.run(&["sync"]).await.refused(3, "no integration yet");
    machine.run(&["export", "issues"]).await.refused(3, "no integration yet");
    machine.run(&["config", "explain"]).await.succeeded();
    assert!(!machine.home().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_come_from_flags_then_variables_then_the_file() {
    let machine = Machine::new();
    std::fs::create_dir(machine.home()).expect("a folder");
    let file = "store = \"postgres://me:s3cret@db/one\"\nproxy = \"http://me:s3cret@proxy:3128\"\nmax_in_flight = 4\n";
    std::fs::write(machine.home().join("weir.toml"), file).expect("a file");
    let explained = async |machine: &Machine, flags: &[&str], setting: &str| {
        let ran =
            machine.run(&[&["config", "explain", "--format", "json"], flags].concat()).await.succeeded();
        assert!(!ran.stdout.contains("s3cret"), "{ran:#?}");
        let rows = ran.json();
        let row = rows
            .as_array()
            .expect("rows")
            .iter()
            .find(|row| row["setting"] == setting)
            .expect("the setting")
            .clone();
        (
            row["value"].as_str().expect("a value").to_owned(),
            row["from"].as_str().expect("an origin").to_owned(),
        )
    };
    let pair = |value: &str, from: &str| (value.to_owned(), from.to_owned());
    assert_eq!(explained(&machine, &[], "store").await, pair("postgres://me:***@db/one", "weir.toml"));
    assert_eq!(explained(&machine, &[], "max_in_flight").await, pair("4", "weir.toml"));
    assert_eq!(explained(&machine, &[], "proxy").await.1, "weir.toml");
    let machine = machine.with("WEIR_STORE", "sqlite:two.db").with("WEIR_MAX_IN_FLIGHT", "2");
    assert_eq!(explained(&machine, &[], "store").await, pair("sqlite:two.db", "WEIR_STORE"));
    assert_eq!(explained(&machine, &[], "max_in_flight").await, pair("2", "WEIR_MAX_IN_FLIGHT"));
    assert_eq!(
        explained(&machine, &["--store", "sqlite:three.db"], "store").await,
        pair("sqlite:three.db", "--store")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn global_flags_stand_before_or_after_the_command() {
    let sim = site().await;
    let machine = Machine::connected(&sim).await;
    let before = machine.run(&["--format", "json", "integration", "list"]).await.succeeded().json();
    let after = machine.run(&["integration", "list", "--format", "json"]).await.succeeded().json();
    assert_eq!(before, after);
    assert_eq!(before[0]["name"], "site");
    let lines = machine.run(&["integration", "list", "--format", "jsonl"]).await.succeeded().stdout;
    assert_eq!(lines.lines().count(), 1);
    let csv = machine.run(&["integration", "list", "--format", "csv"]).await.succeeded().stdout;
    assert!(csv.starts_with("name,kind,url,status"), "{csv}");
}

#[tokio::test(flavor = "multi_thread")]
async fn completions_are_made_for_a_shell() {
    let ran = Machine::new().run(&["completions", "bash"]).await.succeeded();
    assert!(ran.stdout.contains("_weir") && ran.stdout.contains("integration"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_speaks_at_once_and_leaves_nothing() {
    let machine = Machine::new();
    let mut child = machine.command(&["demo", "--issues", "200"]).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let first = tokio::time::timeout(Duration::from_secs(2), lines.next_line()).await;
    assert!(
        first
            .expect("progress within two seconds")
            .expect("text")
            .is_some_and(|line| line.contains("200 issues"))
    );
    while lines.next_line().await.expect("text").is_some() {}
    let output = child.wait_with_output().await.expect("it ends");
    let said = String::from_utf8(output.stdout).expect("text");
    assert!(
        output.status.success() && said.contains("What to try next:") && said.contains("200 issues"),
        "{said}"
    );
    assert!(!machine.home().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_demo_replaces_the_one_before() {
    let machine = Machine::new();
    for issues in [120, 90] {
        let arguments = [
            "demo",
            "--keep",
            "--issues",
            &issues.to_string(),
            "--projects",
            "3",
            "--seed",
            "5",
            "--format",
            "json",
        ];
        let facts = machine.run(&arguments).await.succeeded().json();
        for name in ["issues", "changes", "comments", "worklogs", "projects", "people"] {
            assert!(number(&facts, name) > 0, "{name}: {facts}");
        }
        assert!(facts["duration_ms"].is_u64() && facts["kept"] == true);
        let list = machine.run(&["integration", "list", "--format", "json"]).await.succeeded().json();
        assert_eq!(list.as_array().map(Vec::len), Some(1));
        assert_eq!(
            (list[0]["name"].as_str(), number(&list[0], "issues")),
            (Some("demo"), number(&facts, "issues"))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_goes_into_the_store_that_was_named() {
    let machine = Machine::new();
    let store = format!("sqlite:{}", machine.folder().join("named.db").display());
    machine.run(&["demo", "--issues", "60", "--store", &store]).await.succeeded();
    let exported = machine.run(&["export", "issues", "--store", &store]).await.succeeded();
    assert!(exported.stdout.lines().count() >= 60);
    machine.run(&["demo", "--flavor", "server"]).await.refused(2, "command line");
}
