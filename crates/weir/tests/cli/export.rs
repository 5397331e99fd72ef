//! Exports: every view with exactly its columns, in an order that stays.

use crate::support::{Machine, order, site};
use serde_json::{Value, json};
use weir_model::View;

#[tokio::test(flavor = "multi_thread")]
async fn every_view_has_exactly_its_columns_in_json_and_csv() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    machine.run(&["verify"]).await.succeeded();
    machine.run(&["issues", "remove", "APOLLO-2"]).await.succeeded();
    order(&sim, "/_sim/fault", &json!({ "kind": "malformed", "issue": "APOLLO-3" })).await;
    machine.run(&["sync", "--full"]).await.succeeded();
    for view in View::ALL {
        let lines = machine.run(&["export", view.name]).await.succeeded().stdout;
        let first = lines.lines().next().unwrap_or_else(|| panic!("{} is empty", view.name));
        let order: Vec<String> = serde_json::from_str::<Value>(first)
            .expect("JSON")
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect();
        let mut wanted: Vec<String> = view.columns.iter().map(|name| (*name).to_owned()).collect();
        wanted.sort();
        let mut found = order;
        found.sort();
        assert_eq!(found, wanted, "{}", view.name);

        let csv = machine.run(&["export", view.name, "--format", "csv"]).await.succeeded().stdout;
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        assert_eq!(reader.headers().expect("a header").iter().collect::<Vec<_>>(), view.columns);
        assert_eq!(
            reader.records().collect::<Result<Vec<_>, _>>().expect("records").len(),
            lines.lines().count(),
            "{}",
            view.name
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_into_a_file_is_whole_and_equal_each_time() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let path = machine.folder().join("issues.jsonl").display().to_string();
    let direct = machine.run(&["export", "issues"]).await.succeeded().stdout;
    for _ in 0..2 {
        let ran = machine.run(&["export", "issues", "-o", &path]).await.succeeded();
        assert_eq!(ran.stdout, "");
        assert!(std::fs::read_to_string(&path).expect("the file") == direct);
    }
    machine.run(&["export", "issues", "-o", "/proc/nope/issues"]).await.refused(5, "cannot be written");
    assert_eq!(
        machine.run(&["export", "issues", "--format", "json"]).await.json().as_array().map(Vec::len),
        Some(direct.lines().count())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_rows_since_a_time_and_of_one_integration() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let mut stamps: Vec<String> = machine
        .rows("issues")
        .await
        .iter()
        .map(|row| row["updated_at"].as_str().expect("a time").to_owned())
        .collect();
    stamps.sort();
    let middle = stamps[stamps.len() / 2].clone();
    let newer = stamps.iter().filter(|at| **at >= middle).count();
    let ran =
        machine.run(&["export", "issues", "--since", &middle, "--integration", "site"]).await.succeeded();
    assert_eq!(ran.stdout.lines().count(), newer);
    machine.run(&["export", "issues", "--integration", "other"]).await.refused(3, "There is no integration");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_has_seen_enough_hears_no_complaint() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let mut child = machine.command(&["export", "issue_changes"]).spawn().expect("it starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().await.expect("it ends");
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_export_follows_links_keeps_the_mode_and_replaces_no_device() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let sim = crate::support::site().await;
    let machine = Machine::synced(&sim).await;
    let target = machine.file("target.json", "old");
    std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o640)).expect("a mode");
    let link = machine.folder().join("link");
    symlink(&target, &link).expect("a link");
    machine.run(&["export", "issues", "-o", "link"]).await.succeeded();
    assert!(link.is_symlink());
    assert!(std::fs::read_to_string(&target).expect("a file").lines().count() > 100);
    assert_eq!(std::fs::metadata(&target).expect("a file").permissions().mode() & 0o777, 0o640);

    let null = machine.folder().join("null");
    symlink("/dev/null", &null).expect("a link");
    machine.run(&["export", "issues", "-o", "null"]).await.succeeded();
    assert!(null.is_symlink());
}
