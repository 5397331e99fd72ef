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
    let mut command = machine.command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut child = command.stderr(Stdio::piped()).kill_on_drop(true).spawn().expect("it starts");
    let mut said = BufReader::new(child.stderr.take().expect("its messages")).lines();
    let first = tokio::time::timeout(Duration::from_secs(20), said.next_line()).await;
    let first = first.expect("in time").expect("it speaks").expect("a line");
    let host = first.strip_prefix("Weir is at http://").unwrap_or_else(|| panic!("{first}")).to_owned();
    Serving { child, said, host }
}

async fn get(host: &str, path: &str, key: Option<&str>) -> String {
    send(host, "GET", path, key).await
}

pub(crate) async fn send(host: &str, method: &str, path: &str, key: Option<&str>) -> String {
    let key = key.map(|key| format!("Authorization: ApiKey {key}\r\n")).unwrap_or_default();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\n{key}Content-Length: 0\r\nConnection: close\r\n\r\n"
    );
    let mut stream = TcpStream::connect(host).await.expect("it listens");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    answer
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
