//! The floor: recorded requests sent again over a fixed number of connections, the answers thrown away.

use crate::http::Connection;
use crate::output;
use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{Method, Request};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tokio::task::JoinSet;

/// What to send, where to, and as whom.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long)]
    url: String,
    #[arg(long)]
    requests: PathBuf,
    #[arg(long)]
    connections: u32,
    /// The header of that name; the simulator's credentials are public
    #[arg(long)]
    authorization: String,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// Bytes of bodies.
    pub(crate) bytes: u64,
    /// From the first request to the last byte.
    pub(crate) wall_s: f64,
    /// Filled in by who measures the process.
    #[serde(default)]
    pub(crate) cpu_s: f64,
}

/// A request as the simulator keeps it.
#[derive(Debug, Deserialize)]
struct Recorded {
    method: String,
    path: String,
    #[serde(default)]
    query: Option<String>,
    #[serde(default)]
    body: Option<String>,
}

/// Sends all and prints the answer as JSON.
pub(crate) async fn run(options: Options) -> Result<bool> {
    let text = std::fs::read_to_string(&options.requests)?;
    let mut requests = Vec::new();
    for line in text.lines() {
        requests.push(
            serde_json::from_str::<Recorded>(line).with_context(|| format!("a recorded request: {line}"))?,
        );
    }
    drop(text);
    let authorization = options.authorization;
    let work = Arc::new(Work { requests, next: AtomicUsize::new(0), authorization });

    let started = Instant::now();
    let mut workers = JoinSet::new();
    for _ in 0..options.connections {
        workers.spawn(worker(work.clone(), options.url.clone()));
    }
    let mut answer = Answer::default();
    while let Some(worker) = workers.join_next().await {
        answer.bytes += worker??;
    }
    answer.wall_s = started.elapsed().as_secs_f64();
    output::line(&serde_json::to_string(&answer)?);
    Ok(true)
}

struct Work {
    requests: Vec<Recorded>,
    next: AtomicUsize,
    authorization: String,
}

async fn worker(work: Arc<Work>, url: String) -> Result<u64> {
    let mut connection = Connection::open(&url).await?;
    let mut bytes = 0;
    while let Some(recorded) = work.requests.get(work.next.fetch_add(1, Ordering::Relaxed)) {
        let response = connection.send(request(recorded, &work.authorization)?).await?;
        let mut body = response.into_body();
        while let Some(frame) = body.frame().await {
            bytes += frame?.data_ref().map_or(0, |part| part.len() as u64);
        }
    }
    Ok(bytes)
}

fn request(recorded: &Recorded, authorization: &str) -> Result<Request<Full<Bytes>>> {
    let target = match recorded.query.as_deref() {
        Some(query) if !query.is_empty() => format!("{}?{query}", recorded.path),
        _ => recorded.path.clone(),
    };
    if !target.starts_with('/') {
        bail!("a recorded path that is no path: {target}");
    }
    let method = Method::from_bytes(recorded.method.as_bytes())?;
    let builder = Request::builder().method(method).uri(target).header(AUTHORIZATION, authorization);
    Ok(match recorded.body.as_deref() {
        Some(body) if !body.is_empty() => {
            builder.header(CONTENT_TYPE, "application/json").body(Full::from(body.to_owned()))?
        }
        _ => builder.body(Full::default())?,
    })
}
