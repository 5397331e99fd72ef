//! Reading a site with somebody's consent: given at the simulated Atlassian, renewed by one alone, and refused in every way.

use crate::support::{Machine, READER, Ran, number, order, site_of, truth};
use jira_sim::{Oauth, OauthSites, Sim, SimOptions, TruthView, WorldSpec};
use serde_json::json;
use std::{net::TcpListener, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

async fn beside(life: u64, latency: u64) -> Sim {
    let spec = WorldSpec { issues: 150, projects: 4, ..WorldSpec::default() };
    let oauth = Oauth { life: Duration::from_secs(life), callbacks: vec![] };
    let latency = Duration::from_millis(latency);
    let options = SimOptions { oauth: Some(oauth), record: true, latency, ..SimOptions::default() };
    site_of(spec, options).await
}

fn near(sim: &Sim) -> Machine {
    Machine::near(sim).with("WEIR_ATLASSIAN_AUTH", sim.gateway())
}

/// One exchange over HTTP; gives the answer's head.
async fn exchange(host: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(host).await.expect("it listens");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    answer
}

/// Answers the consent page at an address, and gives where the browser is led to.
async fn answer_at(address: &str, word: &str) -> String {
    let (_, rest) = address.split_once("://").expect("an address");
    let (host, path) = rest.split_once('/').expect("a path");
    let (path, query) = path.split_once('?').expect("a query");
    let body = format!("{query}&account=reader%40sim.example&do={word}");
    let head = "Content-Type: application/x-www-form-urlencoded\r\nConnection: close";
    let request = format!(
        "POST /{path} HTTP/1.1\r\nHost: {host}\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = exchange(host, &request).await;
    assert!(answer.starts_with("HTTP/1.1 302"), "{answer}");
    let location = answer.lines().find_map(|line| line.strip_prefix("location: ")).expect("a place");
    location.trim().to_owned()
}

/// Runs a command that asks for consent, and answers it like this.
async fn consenting(machine: &Machine, words: &[&str], secret: &str, answer: &str) -> Ran {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let callback = format!("http://{free}/oauth/atlassian/callback");
    let secret = machine.file("app-secret", secret);
    let more = [
        "--oauth-client-id",
        Oauth::CLIENT,
        "--oauth-client-secret-file",
        &secret,
        "--oauth-callback",
        &callback,
    ];
    let words = [words, &more].concat();
    let mut child = machine.command(&words).stdin(Stdio::null()).spawn().expect("it starts");
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    let (mut said, mut line) = (String::new(), String::new());
    while stderr.read_line(&mut line).await.expect("it is read") > 0 {
        said.push_str(&line);
        if line.contains("/authorize?") {
            let to = answer_at(line.trim(), answer).await;
            let (_, rest) = to.split_once("://").expect("an address");
            let (host, path) = rest.split_once('/').expect("a path");
            let asked = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            let stray = format!("GET /favicon.ico HTTP/1.1\r\nHost: {host}\r\n\r\n");
            assert!(exchange(host, &stray).await.starts_with("HTTP/1.1 404"));
            let page = exchange(host, &asked).await;
            assert!(page.starts_with("HTTP/1.1 200") && page.contains("Go back to the terminal"), "{page}");
        }
        line.clear();
    }
    let mut output = child.wait_with_output().await.expect("it ends");
    output.stderr = said.into_bytes();
    Ran::of(&words, output)
}

async fn add(machine: &Machine, sim: &Sim) -> Ran {
    let words = ["integration", "add", "jira", sim.url(), "--name", "site", "--format", "json"];
    consenting(machine, &words, Oauth::SECRET, "accept").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_is_read_whole_over_several_lives_of_a_token_and_no_secret_shows() {
    let sim = beside(3600, 100).await;
    let machine = near(&sim);
    let added = add(&machine, &sim).await.succeeded();
    assert_eq!(added.json()["sign_in"], "oauth");
    sim.set_oauth_life(Duration::from_secs(1));
    sim.advance_clock(Duration::from_secs(2 * 3600));
    let synced = machine.run(&["sync", "--format", "json"]).await.succeeded();
    assert_eq!(number(&synced.json()["kinds"]["issues"], "written"), truth(&sim, TruthView::Issues, READER));
    let renewed = sim.oauth_refreshed();
    assert!(renewed >= 2, "{renewed}");
    let verdict = machine.run(&["verify", "--format", "json"]).await.succeeded();
    assert_eq!(verdict.json()["verdict"], "equal");
    let checked = machine.run(&["check", "site"]).await.succeeded();
    let logs = machine.run(&["runs", "logs", "--format", "json"]).await;
    let backup = machine.folder().join("backup.weir").display().to_string();
    machine.run(&["backup", "create", &backup]).await;
    let mut places: Vec<(String, Vec<u8>)> = machine.kept().into_iter().collect();
    places.push(("backup".into(), std::fs::read(&backup).unwrap_or_default()));
    for ran in [&added, &synced, &verdict, &checked, &logs] {
        places.push((ran.command.clone(), format!("{}{}", ran.stdout, ran.stderr).into_bytes()));
    }
    for (place, content) in places {
        for secret in ["sim-access-", "sim-refresh-", Oauth::SECRET] {
            let found = content.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!found, "{secret} shows in {place}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_need_a_token_at_once_have_it_renewed_once() {
    let sim = beside(3600, 0).await;
    let machine = near(&sim);
    add(&machine, &sim).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    let before = sim.oauth_refreshed();
    order(&sim, "/_sim/fault", &json!({ "kind": "slow", "endpoint": "/oauth/token", "ms": 700 })).await;
    // The site refuses the token of now, which should hold for another hour.
    sim.advance_clock(Duration::from_secs(2 * 3600));
    let check = || machine.run(&["check", "site"]);
    let ran = tokio::join!(check(), check(), check(), check());
    for one in [ran.0, ran.1, ran.2, ran.3] {
        one.succeeded();
    }
    assert_eq!(sim.oauth_refreshed() - before, 1, "one for all of them");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_to_stop_waits_for_tokens_that_are_on_their_way() {
    let sim = beside(3600, 0).await;
    let machine = near(&sim);
    add(&machine, &sim).await.succeeded();
    sim.advance_clock(Duration::from_secs(2 * 3600));
    let slow = json!({ "kind": "slow", "endpoint": "/oauth/token", "ms": 2_000 });
    order(&sim, "/_sim/fault", &slow).await;
    let begun = sim.stats().by_endpoint["POST /oauth/token"];
    let child = machine.command(&["check", "site"]).stdin(Stdio::null()).spawn().expect("it starts");
    let id = child.id().expect("it runs").to_string();
    // It is stopped as soon as it has asked.
    while sim.stats().by_endpoint["POST /oauth/token"] == begun {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let stopped = tokio::process::Command::new("kill").args(["-INT", &id]).status().await;
    assert!(stopped.expect("it is stopped").success());
    let ended = child.wait_with_output().await.expect("it ends");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success() && !said.contains("panicked"), "{said}");
    assert_eq!(sim.oauth_refreshed(), 1);
    machine.run(&["sync"]).await.succeeded();
    assert_eq!(sim.oauth_refreshed(), 1, "what came was kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_once_the_tokens_are_kept_loses_nothing() {
    let sim = beside(3600, 0).await;
    let machine = near(&sim);
    add(&machine, &sim).await.succeeded();
    sim.advance_clock(Duration::from_secs(2 * 3600));
    let killed = machine.command(&["check", "site"]).env("WEIR_CRASH_AT", "tokens.kept").output().await;
    assert!(!killed.expect("it ends").status.success());
    assert_eq!(sim.oauth_refreshed(), 1);
    machine.run(&["sync"]).await.succeeded();
    assert_eq!(sim.oauth_refreshed(), 1, "what was kept is used");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_before_the_tokens_are_kept_asks_for_consent_again_and_never_in_a_loop() {
    let sim = beside(3600, 0).await;
    let machine = near(&sim);
    add(&machine, &sim).await.succeeded();
    sim.advance_clock(Duration::from_secs(2 * 3600));
    let killed = machine.command(&["check", "site"]).env("WEIR_CRASH_AT", "tokens.before").output().await;
    assert!(!killed.expect("it ends").status.success());
    let tokens = || sim.stats().by_endpoint["POST /oauth/token"];
    let before = tokens();
    machine.run(&["sync"]).await.refused(4, "consent has to be given again");
    assert_eq!(tokens() - before, 1, "it is asked once");
    for _ in 0..2 {
        machine.run(&["sync"]).await.refused(4, "consent has to be given again");
    }
    assert_eq!(tokens() - before, 1, "and not again");
    let status = machine.run(&["status", "--format", "json"]).await;
    assert!(status.stdout.contains("auth.consent") && status.stdout.contains("needs_you"), "{status:#?}");
    let again = consenting(&machine, &["integration", "reauth", "site"], Oauth::SECRET, "accept").await;
    again.succeeded();
    machine.run(&["sync"]).await.succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_told_and_nothing_is_kept() {
    let sim = beside(3600, 0).await;
    let machine = near(&sim);
    let words = ["integration", "add", "jira", sim.url(), "--name", "site"];
    let refused = consenting(&machine, &words, Oauth::SECRET, "cancel").await;
    refused.refused(4, "was not given consent");
    let refused = consenting(&machine, &words, "guess", "accept").await;
    refused.refused(4, "does not know the app");
    sim.set_oauth_sites(OauthSites::Other);
    let refused = consenting(&machine, &words, Oauth::SECRET, "accept").await;
    refused.refused(4, "The consent is not for");
    sim.set_oauth_sites(OauthSites::None);
    let refused = consenting(&machine, &words, Oauth::SECRET, "accept").await;
    assert!(refused.stderr.contains("no Jira site at all"), "{refused:#?}");
    sim.set_oauth_sites(OauthSites::Both);
    consenting(&machine, &words, Oauth::SECRET, "accept").await.succeeded();
    let secret = machine.file("app-secret", Oauth::SECRET);
    let quiet = ["--oauth-client-id", Oauth::CLIENT, "--oauth-client-secret-file", &secret, "--no-input"];
    let refused = machine.run(&[&words[..4], &["--name", "b"], &quiet].concat()).await;
    refused.refused(2, "given by a person");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_moves_from_a_token_to_consent_and_back_without_a_new_import() {
    let sim = beside(3600, 0).await;
    let machine = near(&sim);
    machine.add(&sim, "site", &[]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    consenting(&machine, &["integration", "reauth", "site"], Oauth::SECRET, "accept").await.succeeded();
    let second = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    assert_eq!(second["kinds"]["issues"]["written"].as_u64().unwrap_or_default(), 0, "{second}");
    sim.revoke_oauth();
    machine.run(&["sync"]).await.refused(4, "consent has to be given again");
    let token = machine.file("token", crate::support::READER_TOKEN);
    let back = ["integration", "reauth", "site", "--email", READER, "--token-file", &token];
    machine.run(&back).await.succeeded();
    let third = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    assert_eq!(third["kinds"]["issues"]["written"].as_u64().unwrap_or_default(), 0, "{third}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_a_connect_app_is_shown_is_not_read_and_goes_on_with_another_credential() {
    let sim = beside(3600, 0).await;
    let machine = near(&sim);
    let words = ["integration", "add", "connect-app", sim.url(), "--name", "old", "--client-key", "k-1"];
    machine.run(&words).await.succeeded();
    let shown = machine.run(&["integration", "show", "old", "--format", "json"]).await.succeeded().json();
    assert_eq!((&shown["sign_in"], &shown["reason_code"]), (&json!("connect_app"), &json!("auth.retired")));
    assert_eq!((&shown["family"], &shown["next_run_at"]), (&json!("needs_you"), &json!(null)));
    machine.run(&["sync", "old"]).await.refused(4, "Atlassian has retired");
    machine.run(&["check", "old"]).await.refused(4, "Atlassian has retired");
    assert!(sim.requests().is_empty(), "nothing was asked of the site");
    let token = machine.file("token", crate::support::READER_TOKEN);
    let fresh = ["integration", "reauth", "old", "--email", READER, "--token-file", &token];
    let renewed = machine.run(&fresh).await.succeeded();
    assert!(!renewed.stderr.contains("another account"), "it had none before: {renewed:#?}");
    let shown = machine.run(&["integration", "show", "old", "--format", "json"]).await.succeeded().json();
    assert_ne!(shown["family"], json!("needs_you"), "{shown}");
    assert!(shown["timezone"].is_string(), "that of its account: {shown}");
    let first = machine.run(&["sync", "old", "--format", "json"]).await.succeeded().json();
    assert_eq!(number(&first["kinds"]["issues"], "written"), truth(&sim, TruthView::Issues, READER));
    // As a store has it that held one which was read before.
    machine
        .sql("UPDATE integration SET settings = json_set(settings, '$.auth', json('{\"method\":\"connect_app\",\"client_key\":\"k-1\"}')), sealed = ''")
        .await;
    machine.run(&["sync", "old"]).await.refused(4, "Atlassian has retired");
    consenting(&machine, &["integration", "reauth", "old"], Oauth::SECRET, "accept").await.succeeded();
    let second = machine.run(&["sync", "old", "--format", "json"]).await.succeeded().json();
    assert_eq!(second["kinds"]["issues"]["written"].as_u64().unwrap_or_default(), 0, "{second}");
    assert_eq!(machine.rows("issues").await.len() as u64, truth(&sim, TruthView::Issues, READER));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_of_the_quota_of_points_is_shown() {
    let sim = beside(3600, 0).await;
    sim.set_points(Some(65_000));
    let machine = near(&sim);
    add(&machine, &sim).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    let status = machine.run(&["status"]).await.succeeded();
    assert!(status.stdout.contains("of 65,000 points left, full again at"), "{status:#?}");
    let token = machine.file("token", crate::support::READER_TOKEN);
    let fresh = ["integration", "reauth", "site", "--email", READER, "--token-file", &token];
    machine.run(&fresh).await.succeeded();
    let status = machine.run(&["status"]).await.succeeded();
    assert!(!status.stdout.contains("points"), "a token is not counted in them: {status:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_that_is_used_up_is_waited_for_and_nothing_is_lost() {
    const HOUR: i64 = 3_600_000;
    const ENDS_IN: i64 = 12_000;
    let sim = beside(3600, 0).await;
    sim.set_points(Some(65_000));
    let machine = near(&sim);
    add(&machine, &sim).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    let before = left(&machine).await;
    machine.run(&["sync", "--full"]).await.succeeded();
    let cost = before - left(&machine).await;
    assert!(cost > 100, "{cost}");

    // The hour ends in a moment, and what is left of it is not enough.
    let now = std::time::UNIX_EPOCH.elapsed().expect("a time").as_millis();
    let hour = i64::try_from(now).expect("it fits") / HOUR + 1;
    order(&sim, "/_sim/clock", &json!({ "now": hour * HOUR - ENDS_IN, "runs": true })).await;
    sim.set_points(Some(cost * 2 / 3));
    let report = machine.run(&["sync", "--full", "--format", "json"]).await.succeeded().json();
    assert_ne!(report["result"], "failed", "{report}");
    assert!(number(&report, "waited_ms") >= 500, "{report}");
    assert_eq!(sim.stats().early, 0, "nothing was asked before the hour was over");
    crate::whole::issues_are_whole(&machine, &sim, READER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_say_at_once_that_the_points_are_used_up() {
    let sim = beside(3600, 0).await;
    let machine = near(&sim);
    add(&machine, &sim).await.succeeded();
    sim.set_points(Some(3));
    let checked = machine.run(&["check", "site"]).await;
    checked.refused(7, "The points that Atlassian gives the app for this hour are used up");
}

/// How many points are left, as the status tells.
async fn left(machine: &Machine) -> u64 {
    let status = machine.run(&["status"]).await.succeeded().stdout;
    let (before, _) = status.split_once(" of 65,000 points left").expect("it is told");
    let number = before.rsplit(' ').next().expect("a number").replace(',', "");
    number.parse().expect("a number")
}
