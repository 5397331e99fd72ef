//! Every wrong turn: three lines, the right exit code, and a store that is as it was.

use crate::support::{Machine, READER, READER_TOKEN, Ran, answering, http, site};

/// Adds a second integration in a way that must fail, on an empty machine and on one with a store; nothing may
/// change on either.
async fn refused(url: &str, token: &str, more: &[&str], gateway: &str, code: i32, what: &str) {
    let sim = site().await;
    for machine in [Machine::new(), Machine::connected(&sim).await] {
        let machine = machine.with("WEIR_ATLASSIAN_API", gateway);
        let before = machine.kept();
        let token = machine.file("another-token", token);
        let start = ["integration", "add", "jira", url, "--name", "second", "--token-file", &token];
        let ran = machine.run(&[&start[..], more].concat()).await;
        ran.refused(code, what);
        assert!(before == machine.kept(), "the home folder changed: {:?}", machine.kept().keys());
    }
}

const AS_READER: &[&str] = &["--email", READER];
const NO_GATEWAY: &str = "http://127.0.0.1:9";

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_none() {
    refused("http://", READER_TOKEN, AS_READER, NO_GATEWAY, 2, "is not an address").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_where_nobody_listens() {
    let ran = quick("http://127.0.0.1:9", READER_TOKEN).await;
    ran.refused(7, "could not be reached");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_of_the_way_fails_for_what_it_is() {
    let plain = answering(http("400 Bad Request", "", "")).await.replace("http://", "https://");
    // What a server says that was to be spoken to in TLS.
    let encrypted = answering("\u{15}\u{3}\u{3}\0\u{2}\u{2}\n".to_owned()).await;
    for (url, failed) in
        [("http://127.0.0.1:9", "connection"), (&plain, "certificate"), (&encrypted, "connection")]
    {
        let machine = Machine::new();
        let token = machine.file("token", READER_TOKEN);
        let arguments = ["check", url, "--email", READER, "--token-file", &token, "--format", "json"];
        let report = machine.run(&arguments).await.json();
        let checks = report["checks"].as_array().expect("checks");
        for check in checks.iter().take_while(|check| check["id"] != failed) {
            assert_eq!(check["state"], "passed", "{url}: {check}");
        }
        let found = checks.iter().find(|check| check["id"] == failed).expect("it was tried");
        assert_eq!(found["state"], "failed", "{url}: {report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_is_not_jira() {
    let page = answering(http("404 Not Found", "Content-Type: application/json\r\n", "{\"a\":1}")).await;
    refused(&page, READER_TOKEN, AS_READER, NO_GATEWAY, 3, "it is not Jira").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_page_where_data_was_expected() {
    let page =
        answering(http("200 OK", "Content-Type: text/html\r\n", "<html><title>Sign in</title></html>")).await;
    let ran = quick(&page, READER_TOKEN).await;
    assert!([Some(3), Some(7)].contains(&ran.code), "{ran:#?}");
    let code = ran.code.unwrap_or_default();
    ran.refused(code, &page["http://".len()..page.rfind(':').unwrap_or(page.len())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_not_whole_json() {
    let broken =
        answering(http("200 OK", "Content-Type: application/json\r\n", "{\"deploymentType\": \"Clo")).await;
    refused(&broken, READER_TOKEN, AS_READER, NO_GATEWAY, 7, "could not be read").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_to_another_host_gets_no_credential() {
    let elsewhere = answering(http("200 OK", "Content-Type: application/json\r\n", "{}")).await;
    let elsewhere = elsewhere.replace("127.0.0.1", "localhost");
    let here =
        answering(http("302 Found", &format!("Location: {elsewhere}/rest/api/3/serverInfo\r\n"), "")).await;
    let ran = quick(&here, READER_TOKEN).await.refused(2, "sends us to");
    assert!(ran.stderr.contains("localhost"), "{ran:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token() {
    let sim = site().await;
    refused(sim.url(), "nobody-knows-this", AS_READER, sim.gateway(), 4, "refused").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_product() {
    let sim = site().await;
    let ran = added(&sim, "ghp_0123456789abcdefghijklmnopqrstuvwxyz", &[]).await;
    assert_eq!(ran.code, Some(4), "{ran:#?}");
    ran.refused(4, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_projects() {
    let sim = site().await;
    let nobody = &["--email", "nobody@sim.example"];
    refused(sim.url(), "sim-unscoped-nobody", nobody, sim.gateway(), 5, "sees no projects").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jql_that_does_not_parse() {
    let sim = site().await;
    let flags = &["--email", READER, "--jql", "project in ("];
    refused(sim.url(), READER_TOKEN, flags, sim.gateway(), 2, "cannot be used as a filter").await;
    let flags = &["--email", READER, "--jql", "project in ()"];
    refused(sim.url(), READER_TOKEN, flags, sim.gateway(), 2, "does not accept this JQL").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exclusion_of_a_field_that_is_not_there() {
    let sim = site().await;
    added(&sim, READER_TOKEN, &["--exclude", "sumary"]).await.refused(2, "has no field sumary");
}

#[tokio::test(flavor = "multi_thread")]
async fn jql_with_an_unknown_field() {
    let sim = site().await;
    added(&sim, READER_TOKEN, &["--jql", "sprnt = 1"]).await.refused(2, "does not accept this JQL");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_project() {
    let sim = site().await;
    let flags = &["--email", READER, "--project", "NOSUCH"];
    refused(sim.url(), READER_TOKEN, flags, sim.gateway(), 3, "NOSUCH").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_do_not_fit_are_refused_before_anything_is_asked() {
    let sim = site().await;
    let cases: &[(&[&str], &str)] = &[
        (&["--project", "A", "--jql", "x = 1"], "Both --project and --jql"),
        (&["--timezone", "Mars/Olympus"], "is not a time zone"),
        (&["--interval", "soon"], "is not an interval"),
        (&["--history", "two years"], "--history"),
        (&["--ca-file", "/nowhere.pem"], "no certificates"),
        (&["--proxy", "http://me:secret@proxy:3128"], "with a password was given as a flag"),
        (&["--store", "postgres://me:secret@db/weir"], "with a password was given as a flag"),
        (&["--store", "mysql://db/weir"], "The store's address"),
        (&["--token-stdin"], "The command line"),
        (&["--format", "parquet"], "--format"),
    ];
    for (flags, what) in cases {
        added(&sim, READER_TOKEN, flags).await.refused(2, what);
    }
    assert_eq!(sim.stats().requests, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_file_that_cannot_be_used() {
    let sim = site().await;
    let machine = Machine::near(&sim);
    let empty = machine.file("empty", " \n");
    let lines = machine.file("lines", "one\ntwo\n");
    let folder = machine.folder().display().to_string();
    for path in ["/nowhere", &empty, &lines, &folder] {
        let arguments =
            ["integration", "add", "jira", sim.url(), "--name", "x", "--email", READER, "--token-file", path];
        machine.run(&arguments).await.refused(2, "The token file");
    }
    assert!(machine.kept().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_credential_and_nobody_to_ask() {
    let sim = site().await;
    let machine = Machine::near(&sim);
    let ran = machine.run(&["check", sim.url(), "--no-input"]).await.refused(2, "no credential");
    assert!(ran.stderr.contains("--token-file"), "{ran:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_made_by_a_newer_version() {
    let sim = site().await;
    let machine = Machine::synced(&sim).await;
    machine.sql("INSERT INTO migration VALUES (1000, 0)").await;
    let before = machine.kept();
    for command in [
        &["sync"][..],
        &["status"],
        &["verify"],
        &["export", "issues"],
        &["demo", "--keep", "--issues", "50"],
    ] {
        machine.run(command).await.refused(6, "newer version");
    }
    assert!(before == machine.kept());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_store() {
    let machine = Machine::new();
    std::fs::create_dir(machine.home()).expect("a folder");
    std::fs::write(machine.home().join("weir.db"), "a letter to a friend").expect("a file");
    let before = machine.kept();
    machine.run(&["status"]).await.refused(6, "is not a store of Weir");
    assert!(before == machine.kept());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written() {
    let sim = site().await;
    let machine = Machine::near(&sim);
    let file = machine.file("a-file", "");
    for home in
        [format!("{file}/home"), "/proc/weir".into(), format!("{}/no/such", machine.folder().display())]
    {
        let machine = Machine::near(&sim).with("WEIR_HOME", &home);
        machine.add(&sim, "site", &[]).await.refused(5, "cannot be written");
        machine.run(&["demo", "--keep", "--issues", "50"]).await.refused(5, "cannot be written");
    }
    assert_eq!(sim.stats().requests, 0, "the site was asked although nothing could be kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_do_not_fit() {
    let machine = Machine::new();
    std::fs::create_dir(machine.home()).expect("a folder");
    for (text, what) in
        [("stoer = 1", "unknown field"), ("store = [", "line 1"), ("max_in_flight = 0", "weir.toml")]
    {
        std::fs::write(machine.home().join("weir.toml"), text).expect("a file");
        let ran = machine.run(&["config", "explain"]).await.refused(2, "");
        assert!(ran.stderr.contains(what), "{ran:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_nobody_knows() {
    let sim = site().await;
    let machine = Machine::connected(&sim).await;
    for command in
        [&["sync", "nope"][..], &["verify", "nope"], &["integration", "show", "nope"], &["status", "nope"]]
    {
        machine.run(command).await.refused(3, "There is no integration \"nope\"");
    }
    machine.run(&["runs", "logs", "nope"]).await.refused(3, "There is no run");
    machine.run(&["export", "nope"]).await.refused(2, "There is no view");
    machine.run(&["export", "issues", "--since", "whenever"]).await.refused(2, "is not a time");
    machine.run(&["export", "boards", "--since", "7d"]).await.refused(2, "has no time");
    machine.run(&["frobnicate"]).await.refused(2, "The command line");
}

async fn quick(url: &str, token: &str) -> Ran {
    let machine = Machine::new();
    let token = machine.file("token", token);
    let ran = machine.run(&["check", url, "--email", READER, "--token-file", &token]).await;
    assert!(machine.kept().is_empty(), "a check kept something");
    ran
}

async fn added(sim: &jira_sim::Sim, token: &str, more: &[&str]) -> Ran {
    let machine = Machine::near(sim);
    let token = machine.file("token", token);
    let start =
        ["integration", "add", "jira", sim.url(), "--name", "x", "--email", READER, "--token-file", &token];
    let ran = machine.run(&[&start[..], more].concat()).await;
    assert!(machine.kept().is_empty(), "{ran:#?}");
    ran
}
