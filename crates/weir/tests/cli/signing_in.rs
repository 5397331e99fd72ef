//! Signing in at an identity provider that is not ours: `oidc-provider-mock`, a program of others, on loopback.

use crate::{
    serve::{form, send_json, send_with, serving_with},
    support::Machine,
};
use std::{net::TcpListener, path::PathBuf, process::Stdio, time::Duration};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
};

/// The program, or the note that the test was skipped.
#[allow(clippy::print_stderr, reason = "whoever runs the test sees it")]
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join("oidc-provider-mock"))
        .find(|program| program.is_file());
    if found.is_none() {
        let line =
            "weir/signing_in: oidc-provider-mock is not installed (cargo xtask test --install installs it)";
        eprintln!("SKIPPED: {line}");
        if let Some(log) = std::env::var_os("WEIR_SKIP_LOG") {
            use std::io::Write as _;
            let file = std::fs::OpenOptions::new().append(true).create(true).open(log);
            writeln!(file.expect("the log opens"), "{line}").expect("it is written");
        }
    }
    found
}

async fn provider(program: PathBuf) -> (Child, String) {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let child = Command::new(program)
        .args(["--port", &port.to_string(), "--require-nonce", "true"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("it starts");
    let host = format!("127.0.0.1:{port}");
    for _ in 0..300 {
        if TcpStream::connect(&host).await.is_ok() {
            return (child, host);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the provider does not listen");
}

/// A header of an answer.
fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let head = answer.split("\r\n\r\n").next()?;
    let value = |line: &'a str| {
        let (found, value) = line.split_once(": ")?;
        found.eq_ignore_ascii_case(name).then_some(value)
    };
    head.lines().find_map(value)
}

#[tokio::test]
async fn somebody_signs_in_at_a_provider_that_others_wrote() {
    let Some(program) = program() else { return };
    let (_provider, host) = provider(program).await;
    let issuer = format!("http://{host}");
    let machine = Machine::new();
    let secret = machine.file("secret", "not much of one\n".replace(' ', "-").as_str());
    let flags = ["--oidc-issuer", &issuer, "--oidc-client-id", "weir", "--oidc-client-secret-file", &secret];
    let groups = ["--oidc-group-role", "eng=Payments:editor", "--oidc-scope", "groups"];
    let server = serving_with(&machine, &[&flags[..], &groups].concat()).await;
    machine.run(&["workspace", "add", "Payments"]).await.succeeded();
    machine.run(&["user", "add", "ada"]).await.succeeded();

    let go = async |subject: &str| {
        let start = send_with(&server.host, "GET", "/login/oidc?next=/integrations", "").await;
        let cookie =
            header(&start, "set-cookie").expect("a cookie").split(';').next().expect("it").to_owned();
        let way = header(&start, "location").expect("the way").to_owned();
        let path = way.strip_prefix(&issuer).unwrap_or_else(|| panic!("{way}"));
        let granted = form(&host, path, &format!("sub={subject}")).await;
        let back = header(&granted, "location").unwrap_or_else(|| panic!("{granted}")).to_owned();
        let back = back.strip_prefix(&format!("http://{}", server.host)).expect("the way back").to_owned();
        send_with(&server.host, "GET", &back, &format!("Cookie: {cookie}\r\n")).await
    };
    let stranger = go("0-ada").await;
    assert!(stranger.starts_with("HTTP/1.1 403") && stranger.contains("Nobody here is linked"), "{stranger}");

    let link = ["user", "link", "ada", "--issuer", &issuer, "--subject", "0-ada"];
    machine.run(&link).await.succeeded();
    let known = go("0-ada").await;
    assert!(known.starts_with("HTTP/1.1 303"), "{known}");
    assert_eq!(header(&known, "location"), Some("/integrations"));
    let session = header(&known, "set-cookie").expect("a session").split(';').next().expect("it");
    let me = send_with(&server.host, "GET", "/api/v1/me", &format!("Cookie: {session}\r\n")).await;
    assert!(me.starts_with("HTTP/1.1 200") && me.contains("\"ada\""), "{me}");
    assert!(go("0-eve").await.starts_with("HTTP/1.1 403"));

    // Groups of there give roles here, and take them away again.
    let roles = async || {
        let members = machine.run(&["workspace", "members", "Payments", "--format", "json"]).await;
        let members = members.succeeded().json();
        members
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| one["roles_by_group"].clone())
            .collect::<Vec<_>>()
    };
    let of = async |groups: &[&str]| {
        let claims = serde_json::json!({ "groups": groups });
        let (status, answer) = send_json(&host, "PUT", "/users/0-ada", "none", Some(&claims)).await;
        assert!((200..300).contains(&status), "{answer}");
    };
    of(&["eng", "sales"]).await;
    assert!(go("0-ada").await.starts_with("HTTP/1.1 303"));
    assert_eq!(roles().await, [serde_json::json!(["editor"])]);
    of(&["sales"]).await;
    assert!(go("0-ada").await.starts_with("HTTP/1.1 303"));
    assert!(roles().await.is_empty());
}

#[tokio::test]
async fn settings_of_a_provider_and_of_proxies_that_do_not_fit_are_told_before_anything_is_served() {
    let machine = Machine::new();
    let serve =
        async |flags: &[&str]| machine.run(&[&["serve", "--listen", "127.0.0.1:0"], flags].concat()).await;
    serve(&["--oidc-issuer", "https://login.example"]).await.refused(2, "command line");
    let issuer = ["--oidc-client-id", "x", "--oidc-issuer"];
    serve(&[&issuer[..], &["http://login.example"]].concat()).await.refused(2, "identity provider");
    let fits = [&issuer[..], &["https://login.example"]].concat();
    serve(&[&fits[..], &["--oidc-client-secret-file", "absent"]].concat()).await.refused(2, "absent");
    serve(&[&fits[..], &["--oidc-group-role", "eng=Payments:king"]].concat())
        .await
        .refused(2, "--oidc-group-role");
    let empty = machine.file("empty", "");
    serve(&[&fits[..], &["--oidc-ca-file", &empty]].concat()).await.refused(2, "identity provider");
    serve(&["--trust-proxy", "10.0.0.0/99"]).await.refused(2, "--trust-proxy");
    serve(&["--api-rate", "0"]).await.refused(2, "command line");
}
