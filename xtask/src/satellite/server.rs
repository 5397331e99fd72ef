//! `weir serve` as its operator has it: started at one address again and again, killed, asked over its API.

use super::clock::Clock;
use crate::http::Connection;
use crate::weir::Weir;
use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{Method, Request, StatusCode};
use serde_json::Value;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::Child;

const READY_WITHIN: Duration = Duration::from_secs(40);

/// A server, running or not.
#[derive(Debug)]
pub(super) struct Server {
    /// Its home, and its command line.
    pub(super) weir: Weir,
    clock: Option<Clock>,
    flags: Vec<String>,
    address: String,
    child: Option<Child>,
    log: PathBuf,
}

/// Where a process writes what it says, after what was said before.
pub(super) fn log_at(path: &Path) -> Result<File> {
    OpenOptions::new().create(true).append(true).open(path).with_context(|| path.display().to_string())
}

impl Server {
    /// One over a home; it does not run yet.
    pub(super) fn new(weir: Weir, flags: &[&str]) -> Result<Self> {
        // A port that is free now; a server that is started again comes back there.
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = weir.folder().join("serve.log");
        let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        Ok(Self { weir, clock: None, flags, address: format!("127.0.0.1:{port}"), child: None, log })
    }

    /// Gives it another clock, from its next start on; its commands have it too.
    pub(super) fn has(&mut self, clock: &Clock) {
        self.clock = Some(clock.clone());
    }

    /// Where it is.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// What it has said.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Starts it and waits until it serves.
    pub(super) async fn start(&mut self) -> Result<()> {
        let words = ["serve", "--listen", &self.address];
        let words: Vec<&str> = words.into_iter().chain(self.flags.iter().map(String::as_str)).collect();
        let mut command = self.weir.command(&words);
        command.envs(self.clock.iter().flat_map(Clock::settings));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log_at(&self.log)?);
        let mut child = command.spawn().context("weir serve")?;
        let begun = Instant::now();
        while self.get("/livez", None).await.is_err() {
            if let Some(status) = child.try_wait()? {
                bail!("weir serve ended before it was ready: {status}\n{}", self.log());
            }
            ensure!(begun.elapsed() < READY_WITHIN, "weir serve is not ready\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        self.child = Some(child);
        Ok(())
    }

    /// Kills it.
    pub(super) async fn kill(&mut self) -> Result<()> {
        let mut child = self.child.take().context("the server does not run")?;
        ensure!(child.try_wait()?.is_none(), "weir serve has ended by itself:\n{}", self.log());
        Ok(child.kill().await?)
    }

    /// Fails where it has ended by itself, or panicked.
    pub(super) fn is_well(&mut self) -> Result<()> {
        if let Some(child) = &mut self.child {
            let ended = child.try_wait()?;
            ensure!(ended.is_none(), "weir serve has ended by itself: {ended:?}\n{}", self.log());
        }
        ensure!(!self.log().contains("panicked"), "weir serve panicked:\n{}", self.log());
        Ok(())
    }

    /// Runs a command that must succeed, by the server's clock; its answer.
    pub(super) async fn answer(&self, words: &[&str]) -> Result<String> {
        let mut command = self.weir.command(words);
        command.envs(self.clock.iter().flat_map(Clock::settings));
        let ended = command.stdin(Stdio::null()).output().await.context("weir")?;
        let said = String::from_utf8_lossy(&ended.stderr);
        ensure!(ended.status.success(), "weir {}: {}\n{}", words.join(" "), ended.status, said.trim_end());
        Ok(String::from_utf8(ended.stdout)?)
    }

    /// The same as JSON.
    pub(super) async fn json(&self, words: &[&str]) -> Result<Value> {
        let answer = self.answer(&[words, &["--format", "json"]].concat()).await?;
        serde_json::from_str(&answer).with_context(|| words.join(" "))
    }

    /// Makes a key; its secret.
    pub(super) async fn key(&self, scope: &str, name: &str) -> Result<String> {
        let made = self.json(&["api-key", "create", "--scope", scope, "--name", name]).await?;
        Ok(made["secret"].as_str().context("no key was made")?.to_owned())
    }

    /// What stands at a path.
    pub(super) async fn get(&self, path: &str, key: Option<&str>) -> Result<Value> {
        let (status, said) = self.ask(Method::GET, path, key, None).await?;
        ensure!(status.is_success(), "{path}: HTTP {status}: {}", String::from_utf8_lossy(&said));
        Ok(serde_json::from_slice(&said).unwrap_or_default())
    }

    /// Sends JSON to a path.
    pub(super) async fn post(&self, path: &str, key: &str, body: &Value) -> Result<(StatusCode, Value)> {
        let (status, said) = self.ask(Method::POST, path, Some(key), Some(body)).await?;
        Ok((status, serde_json::from_slice(&said).unwrap_or_default()))
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Bytes)> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(key) = key {
            request = request.header(AUTHORIZATION, format!("Bearer {key}"));
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut connection = Connection::open(&format!("http://{}", self.address)).await?;
        let response = connection.send(request.body(Full::from(body))?).await?;
        let status = response.status();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }
}
