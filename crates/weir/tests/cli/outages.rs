//! A database that goes away under a running process, and comes back.

use crate::support::{Machine, site_of};
use jira_sim::{SimOptions, WorldSpec};
use serde_json::Value;
use std::time::Duration;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, BufReader},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
};
use url::Url;
use weir_testkit::Pg;

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// Opens a connection to the server of an address, by its socket's file where it names one.
async fn connect(address: &Url) -> std::io::Result<Box<dyn Stream>> {
    let port = address.port().unwrap_or(5432);
    match address.query_pairs().find(|(name, _)| name == "host") {
        Some((_, folder)) => Ok(Box::new(UnixStream::connect(format!("{folder}/.s.PGSQL.{port}")).await?)),
        None => {
            let host = address.host_str().expect("a host").to_owned();
            Ok(Box::new(TcpStream::connect((host, port)).await?))
        }
    }
}

/// A way to a server that can be closed: then every connection breaks, and a new one ends at once.
async fn gate(to: Url) -> (u16, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (open, is_open) = watch::channel(true);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let (to, mut is_open) = (to.clone(), is_open.clone());
            tokio::spawn(async move {
                if !*is_open.borrow() {
                    return;
                }
                let Ok(mut server) = connect(&to).await else { return };
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                    _ = is_open.wait_for(|open| !open) => {}
                }
            });
        }
    });
    (port, open)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_follows_outlives_its_database_and_goes_on_when_it_is_back() {
    let Some(server) = Pg::shared() else { return };
    let database = server.database().await;
    let mut address = Url::parse(database.url()).expect("an address");
    let (port, gate) = gate(address.clone()).await;
    address.set_query(None);
    address.set_host(Some("127.0.0.1")).expect("a host");
    address.set_port(Some(port)).expect("a port");

    let spec = WorldSpec { issues: 60, projects: 3, weight: 20, ..WorldSpec::default() };
    let sim = site_of(spec, SimOptions::default()).await;
    let machine = Machine::near(&sim).with("WEIR_STORE", address.as_str());
    machine.add(&sim, "site", &[]).await.succeeded();
    let mut following =
        machine.command(&["sync", "--follow", "--format", "jsonl"]).spawn().expect("it starts");
    let mut runs = BufReader::new(following.stdout.take().expect("a pipe")).lines();
    let mut said = BufReader::new(following.stderr.take().expect("a pipe")).lines();
    let limit = Duration::from_secs(100);
    let mut next = async || -> Value {
        let line = tokio::time::timeout(limit, runs.next_line()).await.expect("in time");
        serde_json::from_str(&line.expect("text").expect("it goes on")).expect("JSON")
    };
    let first = next().await;
    assert_eq!(first["integration"], "site");

    gate.send_replace(false);
    let told = async {
        while let Some(line) = said.next_line().await.expect("text") {
            if line.contains("store") {
                return line;
            }
        }
        panic!("it ended");
    };
    tokio::time::timeout(limit, told).await.expect("it is said");
    gate.send_replace(true);
    machine.add(&sim, "later", &[]).await.succeeded();
    let after = next().await;
    assert_eq!((&after["integration"], &after["read"]), (&"later".into(), &first["read"]), "{after}");
    following.start_kill().expect("it is killed");
}
