//! Secrets and excluded fields: nowhere to be found.

use crate::support::{Machine, READER, READER_TOKEN, site, site_of};
use jira_sim::{SimOptions, WorldSpec};
use std::os::unix::fs::PermissionsExt as _;

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_in_no_output_and_in_no_file() {
    let sim = site().await;
    let machine = Machine::near(&sim);
    let mut said = String::new();
    let add = machine.add(&sim, "site", &["-vv"]).await.succeeded();
    said += &(add.stdout + &add.stderr);
    for command in [
        &["sync", "-vv"][..],
        &["verify", "-vv"],
        &["status", "--format", "json"],
        &["integration", "show", "--format", "json"],
        &["check", "site", "-vv"],
        &["runs", "logs", "--format", "json"],
        &["config", "explain"],
        &["about", "bundle"],
        &["export", "runs"],
    ] {
        let ran = machine.run(command).await.succeeded();
        said += &(ran.stdout + &ran.stderr);
    }
    let wrong = machine.file("wrong", "a-very-secret-mistake");
    let ran = machine.run(&["check", sim.url(), "--email", READER, "--token-file", &wrong, "-vv"]).await;
    said += &(ran.stdout + &ran.stderr);

    use base64::Engine as _;
    let basic = |token: &str| base64::engine::general_purpose::STANDARD.encode(format!("{READER}:{token}"));
    for secret in [
        READER_TOKEN.to_owned(),
        basic(READER_TOKEN),
        "a-very-secret-mistake".into(),
        basic("a-very-secret-mistake"),
    ] {
        assert!(!said.contains(&secret), "{secret} was printed");
        for (name, content) in machine.kept() {
            let found = content.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} is in {name}");
        }
    }
    assert!(said.contains("rest/api/3"), "-vv tells the requests");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_home_folder_is_for_its_owner_alone() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    let mode = |name: &str| {
        std::fs::metadata(machine.home().join(name)).expect("it is there").permissions().mode() & 0o777
    };
    assert_eq!([mode(""), mode("secret.key"), mode("weir.db")], [0o700, 0o600, 0o600]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_excluded_is_kept_nowhere() {
    let spec = WorldSpec { issues: 200, projects: 3, canary: true, ..WorldSpec::default() };
    let sim = site_of(spec, SimOptions { record: true, ..SimOptions::default() }).await;
    let seen = |machine: &Machine, word: &str| {
        machine
            .kept()
            .values()
            .any(|content| content.windows(word.len()).any(|window| window == word.as_bytes()))
    };
    let words =
        ["CANARY-summary", "CANARY-description", "CANARY-comment", "CANARY-displayName", "CANARY-email"];
    let open = Machine::synced(&sim).await;
    for word in words {
        assert!(seen(&open, word), "{word} should be there when nothing is excluded");
    }
    let closed = Machine::near(&sim);
    closed
        .add(&sim, "site", &["--exclude", "summary,description", "--exclude", "comment,userDetails"])
        .await
        .succeeded();
    closed.run(&["sync", "-vv"]).await.succeeded();
    closed.run(&["verify"]).await.succeeded();
    for word in words {
        assert!(!seen(&closed, word), "{word} was kept");
    }
    assert_eq!(closed.rows("issues").await.len(), open.rows("issues").await.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_required_field_cannot_be_excluded() {
    let sim = site().await;
    let machine = Machine::near(&sim);
    machine.add(&sim, "site", &["--exclude", "updated"]).await.refused(2, "updated cannot be left out");
}

#[tokio::test(flavor = "multi_thread")]
async fn unsafe_ways_are_warned_of_at_every_run() {
    let sim = site().await;
    let machine = Machine::near(&sim);
    let added = machine.add(&sim, "site", &["--insecure-tls"]).await.succeeded();
    assert!(added.stderr.contains("warning: certificates are not checked"), "{added:#?}");
    for command in [&["sync"][..], &["verify"], &["check", "site"]] {
        let ran = machine.run(command).await.succeeded();
        assert!(ran.stderr.contains("warning: certificates are not checked"), "{ran:#?}");
    }
}
