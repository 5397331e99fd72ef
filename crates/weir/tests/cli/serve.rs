//! `weir serve` and `weir api-key` as an operator meets them: the link of the first start, keys beside a running server,
//! the end at a signal.

use crate::support::Machine;
use std::{process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    net::TcpStream,
    process::{Child, ChildStderr},
};

pub(crate) struct Serving {
    pub(crate) child: Child,
    said: Lines<BufReader<ChildStderr>>,
    pub(crate) host: String,
}

/// Starts a server on a free port and waits until it says where it is.
pub(crate) async fn serving(machine: &Machine) -> Serving {
    serving_with(machine, &[]).await
}

/// The same with more flags.
pub(crate) async fn serving_with(machine: &Machine, flags: &[&str]) -> Serving {
    serving_at(machine, &[&["--listen", "127.0.0.1:0"], flags].concat()).await
}

/// Starts a server with these flags, the address among them.
pub(crate) async fn serving_at(machine: &Machine, flags: &[&str]) -> Serving {
    let mut command = machine.command(&[&["serve"], flags].concat());
    let mut child = command.stderr(Stdio::piped()).kill_on_drop(true).spawn().expect("it starts");
    let mut said = BufReader::new(child.stderr.take().expect("its messages")).lines();
    let first = tokio::time::timeout(Duration::from_secs(20), said.next_line()).await;
    let first = first.expect("in time").expect("it speaks").expect("a line");
    let host = first.strip_prefix("Weir is at http://").unwrap_or_else(|| panic!("{first}")).to_owned();
    Serving { child, said, host }
}

pub(crate) async fn get(host: &str, path: &str, key: Option<&str>) -> String {
    send(host, "GET", path, key).await
}

pub(crate) async fn send(host: &str, method: &str, path: &str, key: Option<&str>) -> String {
    let key = key.map(|key| format!("Authorization: ApiKey {key}\r\n")).unwrap_or_default();
    send_with(host, method, path, &key).await
}

/// Sends a form, as a page of the same server would.
pub(crate) async fn form(host: &str, path: &str, fields: &str) -> String {
    let kind = "Content-Type: application/x-www-form-urlencoded";
    said(host, &format!("POST {path} HTTP/1.1\r\nHost: {host}\r\n{kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{fields}", fields.len())).await
}

/// Sends a request with these lines in its head.
pub(crate) async fn send_with(host: &str, method: &str, path: &str, lines: &str) -> String {
    let end = "Content-Length: 0\r\nConnection: close\r\n\r\n";
    said(host, &format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{lines}{end}")).await
}

async fn said(host: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(host).await.expect("it listens");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    answer
}

/// Sends JSON; gives the status, and the answer where it is JSON.
pub(crate) async fn send_json(
    host: &str,
    method: &str,
    path: &str,
    key: &str,
    body: Option<&serde_json::Value>,
) -> (u16, serde_json::Value) {
    let body = body.map(ToString::to_string).unwrap_or_default();
    let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: ApiKey {key}\r\n{kind}Content-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(host).await.expect("it listens");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    let status = answer.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a status");
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status, serde_json::from_str(body).unwrap_or_default())
}

#[tokio::test]
async fn the_first_start_prints_a_link_and_a_signal_ends_it_well() {
    let machine = Machine::new();
    let mut server = serving(&machine).await;
    server.said.next_line().await.expect("it speaks");
    let link = server.said.next_line().await.expect("it speaks").expect("the link");
    let path = link.trim().strip_prefix(&format!("http://{}", server.host)).expect("an address of ours");
    assert!(get(&server.host, path, None).await.contains("Make the account"));
    assert!(get(&server.host, "/readyz", None).await.starts_with("HTTP/1.1 200"));
    let id = server.child.id().expect("it runs").to_string();
    let killed = tokio::process::Command::new("kill").args(["-TERM", &id]).status().await;
    assert!(killed.expect("kill runs").success());
    let ended = tokio::time::timeout(Duration::from_secs(15), server.child.wait()).await;
    assert!(ended.expect("in time").expect("it ends").success());
}

#[tokio::test]
async fn a_key_made_beside_a_running_server_lets_in_until_it_is_revoked() {
    let machine = Machine::new();
    let server = serving(&machine).await;
    let made = machine.run(&["api-key", "create", "--scope", "read", "--name", "one"]).await.succeeded();
    let key = made.stdout.split_whitespace().last().expect("the key").to_owned();
    assert!(get(&server.host, "/api/v1/me", Some(&key)).await.starts_with("HTTP/1.1 200"));
    let listed = machine.run(&["api-key", "list", "--format", "json"]).await;
    assert!(!listed.stdout.contains(&key), "{}", listed.stdout);
    let keys: serde_json::Value = serde_json::from_str(&listed.stdout).expect("JSON");
    let id = keys[0]["id"].as_str().expect("an id");
    machine.run(&["api-key", "revoke", id]).await.succeeded();
    assert!(get(&server.host, "/api/v1/me", Some(&key)).await.starts_with("HTTP/1.1 401"));
    machine.run(&["api-key", "revoke", id]).await.refused(3, "no API key");
    for bad in ["root", ""] {
        machine.run(&["api-key", "create", "--scope", bad, "--name", "x"]).await.refused(2, "--scope");
    }
}

#[tokio::test]
async fn figures_are_served_without_a_key_where_that_is_wanted_and_nothing_else_is() {
    let machine = Machine::new();
    let mut command =
        machine.command(&["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"]);
    let mut child = command.stderr(Stdio::piped()).kill_on_drop(true).spawn().expect("it starts");
    let mut said = BufReader::new(child.stderr.take().expect("its messages")).lines();
    let mut next = async || said.next_line().await.expect("it speaks").expect("a line");
    let host = next().await.replace("Weir is at http://", "");
    let line = next().await;
    let figures = line
        .strip_prefix("Figures are at http://")
        .and_then(|rest| rest.split('/').next())
        .expect("an address");
    let page = get(figures, "/metrics", None).await;
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("weir_db_size_bytes "), "{page}");
    assert!(get(figures, "/readyz", None).await.starts_with("HTTP/1.1 200"));
    for path in ["/api/v1/me", "/integrations", "/login"] {
        assert!(get(figures, path, None).await.starts_with("HTTP/1.1 404"), "{path}");
    }
    assert!(get(&host, "/metrics", None).await.starts_with("HTTP/1.1 401"));
}

#[tokio::test]
async fn a_request_that_is_under_way_when_the_server_ends_is_answered() {
    let machine = Machine::new();
    let mut server = serving(&machine).await;
    let made = machine.run(&["api-key", "create", "--scope", "admin", "--name", "one"]).await.succeeded();
    let key = made.stdout.split_whitespace().last().expect("the key");
    let body = r#"{"name": "last"}"#;
    let head = format!(
        "POST /api/v1/workspaces HTTP/1.1\r\nHost: {}\r\nAuthorization: ApiKey {key}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        server.host,
        body.len()
    );
    let mut stream = TcpStream::connect(&server.host).await.expect("it listens");
    stream.write_all(head.as_bytes()).await.expect("it reads");
    let mut first = [0; 25];
    stream.read_exact(&mut first).await.expect("it asks for the body");
    assert!(first.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&first));
    let id = server.child.id().expect("it runs").to_string();
    let killed = tokio::process::Command::new("kill").args(["-TERM", &id]).status().await;
    assert!(killed.expect("kill runs").success());
    // It takes nobody new any more.
    let limit = std::time::Instant::now() + Duration::from_secs(10);
    while TcpStream::connect(&server.host).await.is_ok() {
        assert!(std::time::Instant::now() < limit, "it still listens");
    }
    stream.write_all(body.as_bytes()).await.expect("it still reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let ended = tokio::time::timeout(Duration::from_secs(15), server.child.wait()).await;
    assert!(ended.expect("in time").expect("it ends").success());
}

#[tokio::test]
async fn an_address_in_use_and_a_public_address_that_is_none_are_said() {
    let machine = Machine::new();
    let server = serving(&machine).await;
    machine.run(&["serve", "--listen", &server.host]).await.refused(7, "cannot be listened on");
    for bad in ["weir.example", "ftp://weir.example", "https://weir.example/below", "https://me@weir.example"]
    {
        let refused = machine.run(&["serve", "--listen", "127.0.0.1:0", "--public-url", bad]).await;
        refused.refused(2, "--public-url");
    }
}
