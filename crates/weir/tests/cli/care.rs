//! Looking after an integration.

use crate::support::{Machine, READER, site};
use jira_sim::SimOptions;

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_integration_is_passed_by_unless_it_is_named() {
    let sim = site().await;
    let machine = Machine::connected(&sim).await;
    let paused = machine.run(&["integration", "pause", "--format", "json"]).await.succeeded().json();
    assert_eq!(
        (paused["status"].as_str(), paused["reason_code"].as_str()),
        (Some("no_data"), Some("paused"))
    );
    let ran = machine.run(&["sync", "--format", "json"]).await.succeeded();
    assert_eq!(ran.json(), serde_json::json!([]));
    assert_eq!(machine.run(&["runs", "list", "--format", "json"]).await.json(), serde_json::json!([]));
    machine.run(&["sync", "site"]).await.succeeded();
    let resumed = machine.run(&["integration", "resume", "--format", "json"]).await.succeeded().json();
    assert_eq!(resumed["status"], "healthy");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_must_be_confirmed_and_leaves_no_rows() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let before = machine.run(&["export", "issues"]).await.stdout;
    machine.run(&["integration", "delete", "site", "--no-input"]).await.refused(2, "would be deleted");
    machine.run(&["integration", "delete", "site", "--confirm", "sit"]).await.refused(2, "would be deleted");
    assert!(machine.run(&["export", "issues"]).await.stdout == before);
    machine.run(&["integration", "delete", "site", "--confirm", "site"]).await.succeeded();
    for view in ["issues", "issue_changes", "people", "runs"] {
        assert_eq!(machine.run(&["export", view]).await.succeeded().stdout, "", "{view}");
    }
    assert_eq!(machine.run(&["integration", "list", "--format", "json"]).await.json(), serde_json::json!([]));
    machine.add(&sim, "site", &[]).await.succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_credential_must_belong_to_the_same_account() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let other = machine.file("other", "admin@sim.example:sim-unscoped-admin");
    machine.run(&["integration", "reauth", "--token-file", &other]).await.refused(4, "another account");
    machine.run(&["sync"]).await.succeeded();
    let wrong = machine.file("wrong", "reader@sim.example:wrong");
    machine.run(&["integration", "reauth", "--token-file", &wrong]).await.refused(4, "refused");
    machine.run(&["sync"]).await.succeeded();
    let scoped = machine.file("scoped", "sim-scoped-reader");
    let changed = machine.run(&["integration", "reauth", "--token-file", &scoped, "--format", "json"]).await;
    assert_eq!(changed.succeeded().json()["sign_in"], "scoped_token");
    machine.run(&["sync"]).await.succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_of_another_account_shows_the_difference_and_is_taken_once_that_is_meant() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let other = machine.file("other", "admin@sim.example:sim-unscoped-admin");
    let asked = machine.run(&["integration", "reauth", "--token-file", &other]).await;
    let said = format!("{asked:?}");
    for part in ["reader@sim.example", "admin@sim.example", "sees every project", "--accept-other-account"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    asked.refused(4, "another account");
    let taken =
        machine.run(&["integration", "reauth", "--token-file", &other, "--accept-other-account"]).await;
    assert!(taken.stderr.contains("weir verify"), "{taken:?}");
    taken.succeeded();
    machine.run(&["sync"]).await.succeeded();
    machine.run(&["verify"]).await.succeeded();
    let runs = machine.run(&["runs", "list", "--format", "json"]).await.json();
    assert_eq!(runs[0]["asked_by"], "command line", "{runs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_key_is_mended_by_signing_in_again() {
    let sim = site().await;
    let machine = Machine::connected(&sim).await;
    std::fs::remove_file(machine.home().join("secret.key")).expect("the key");
    machine.run(&["sync"]).await.refused(6, "is missing");
    assert!(!machine.home().join("secret.key").exists(), "a new key would hide the loss");
    let token = machine.file("token", "sim-unscoped-reader");
    machine.run(&["integration", "reauth", "--token-file", &token]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let sim = site().await;
    let machine = Machine::connected(&sim).await;
    let key = machine.home().join("secret.key");
    let mode =
        |mode| std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).expect("permissions");
    mode(0o644);
    machine.run(&["sync"]).await.refused(5, "cannot be used");
    mode(0o600);
    machine.run(&["sync"]).await.succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_file_that_is_empty_is_told_as_one() {
    let sim = site().await;
    let machine = Machine::connected(&sim).await;
    std::fs::write(machine.home().join("secret.key"), "").expect("the key");
    let ran = machine.run(&["sync"]).await;
    assert!(ran.stderr.contains("backup") && !ran.stderr.contains("chmod"), "{ran:?}");
    ran.refused(6, "holds no key");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_tells_every_check_and_ends_with_the_first_failure() {
    let sim = site().await;
    let machine = Machine::connected(&sim).await;
    for arguments in
        [&["check", "site", "--format", "json"][..], &["integration", "check", "--format", "json"]]
    {
        let report = machine.run(arguments).await.succeeded().json();
        assert_eq!(report["passed"], true);
        let checks = report["checks"].as_array().expect("checks");
        assert!(checks.len() >= 8, "{report}");
        for check in checks {
            assert!(
                check["took_ms"].is_u64() && !check["sentence"].as_str().expect("a sentence").is_empty(),
                "{check}"
            );
        }
    }
    let wrong = machine.file("wrong", "wrong");
    let ran = machine.run(&["check", sim.url(), "--email", READER, "--token-file", &wrong]).await;
    assert!(ran.stdout.contains("failed") && ran.stdout.contains("skipped"), "{ran:#?}");
    ran.refused(4, "refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_taken_once() {
    let sim = site().await;
    let machine = Machine::connected(&sim).await;
    let before = machine.kept();
    let asked = sim.stats().requests;
    machine.add(&sim, "site", &[]).await.refused(6, "is already called \"site\"");
    assert!(machine.kept() == before);
    assert_eq!(sim.stats().requests, asked);
    machine.add(&sim, "Site two", &[]).await.succeeded();
    machine.run(&["verify"]).await.refused(2, "more than one integration");
    machine.run(&["sync", "site", "Site two"]).await.succeeded();
    let reports = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    assert_eq!(reports.as_array().map(Vec::len), Some(2), "{reports}");
    machine.run(&["verify", "--integration", "Site two"]).await.succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_answers_in_odd_orders_is_read_all_the_same() {
    let spec = jira_sim::WorldSpec { issues: 150, projects: 3, seed: 7, ..jira_sim::WorldSpec::default() };
    let sim = crate::support::site_of(spec, SimOptions { reorder: true, ..SimOptions::default() }).await;
    let machine = Machine::synced(&sim).await;
    machine.run(&["verify"]).await.succeeded();
}
