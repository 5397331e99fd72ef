//! `cargo xtask bench --pages`: how long the server takes for a page, while a sync of everything runs beside it.

use crate::http::Connection;
use crate::output;
use crate::person::Person;
use crate::report::Report;
use crate::served::Served;
use crate::simulator::{Simulator, World};
use crate::site::{Account, Credential};
use crate::weir::{INTEGRATION, Weir};
use crate::workspace::{Profile, Workspace};
use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{ACCEPT_ENCODING, AUTHORIZATION, COOKIE};
use hyper::{Request, StatusCode};
use serde::Deserialize;
use std::time::{Duration, Instant};
use tokio::process::Child;

/// Requests of each page, and how many at a time.
const REQUESTS: usize = 500;
const AT_A_TIME: usize = 10;

/// The aims: for the 95th of a hundred requests, and for everything that the first page makes a browser load.
const AIM: Duration = Duration::from_millis(150);
const LARGEST_FIRST: usize = 150 * 1024;

/// Who asks, as a header says it.
#[derive(Clone)]
enum Who {
    Session(String),
    Key(String),
}

/// Measures every kind of page; `report` has whether the aims were met.
pub(super) async fn prove(
    workspace: &Workspace,
    world: &World,
    store: Option<String>,
    report: &mut Report,
) -> Result<()> {
    let simulator = Simulator::start(workspace, Profile::Release, world).await?;
    let weir = Weir::new(workspace, Profile::Release, store, simulator.gateway())?;
    weir.add(&simulator, &Credential::of(Account::Admin, world.site.usual_token())?).await?;
    output::step(&format!("a first sync of {} issues", world.issues));
    weir.sync().await?;
    let run = newest_run(&weir).await?;
    // A key for each operation: so many requests of one key in a minute are refused.
    let keys = [key(&weir, "first").await?, key(&weir, "second").await?, key(&weir, "third").await?];
    let served = Served::start(&weir, &[]).await?;
    let session = Who::Session(Person::first(&served).await?.cookie);

    let first = first_page(&served, &session).await?;
    output::line(&format!("the first page with all it loads, compressed: {} KB", first / 1024));
    let is_small = if first <= LARGEST_FIRST { Ok(()) } else { Err(anyhow::anyhow!("{first} bytes")) };
    report.record("the first page is at most 150 KB", is_small);

    let monitoring = format!("/integrations/{INTEGRATION}/monitoring");
    let pages = [
        ("integrations", "/integrations".to_owned(), &session),
        ("monitoring", monitoring.clone(), &session),
        ("monitoring, 30 days", format!("{monitoring}?range=30d"), &session),
        ("new issues", format!("{monitoring}/issues?what=new"), &session),
        ("runs", format!("{monitoring}/runs"), &session),
        ("a run", format!("/runs/{run}"), &session),
        ("API: integrations", "/api/v1/integrations".to_owned(), &keys[0]),
        ("API: monitoring", format!("/api/v1/integrations/{INTEGRATION}/monitoring"), &keys[1]),
        ("metrics", "/metrics".to_owned(), &keys[2]),
    ];
    output::line("| page | median | 95 % within | longest | compressed |\n|---|---|---|---|---|");
    let mut syncing = begun(&weir)?;
    for (name, path, who) in pages {
        if syncing.try_wait()?.is_some() {
            syncing = begun(&weir)?;
        }
        let measured = Measured::of(&served, &path, who).await.context(name)?;
        ensure!(measured.times.len() == REQUESTS, "{name}: {} answers", measured.times.len());
        output::line(&format!(
            "| {name} | {:.0} ms | {:.0} ms | {:.0} ms | {:.1} KB |",
            measured.part(0.5),
            measured.part(0.95),
            measured.part(1.0),
            measured.bytes as f64 / 1024.0
        ));
        let in_time = measured.part(0.95) <= AIM.as_secs_f64() * 1_000.0;
        let judged = if in_time { Ok(()) } else { Err(anyhow::anyhow!("{:.0} ms", measured.part(0.95))) };
        report.record(&format!("{name}: 95 % within {} ms", AIM.as_millis()), judged);
    }
    syncing.kill().await?;
    served.end().await
}

/// A fresh key of a program that reads.
async fn key(weir: &Weir, name: &str) -> Result<Who> {
    let told = weir.answer(&["api-key", "create", "--scope", "read", "--name", name]).await?;
    Ok(Who::Key(told.split_whitespace().last().context("no key")?.to_owned()))
}

/// What a page took.
struct Measured {
    /// Sorted.
    times: Vec<Duration>,
    bytes: usize,
}

impl Measured {
    async fn of(served: &Served, path: &str, who: &Who) -> Result<Self> {
        let mut asking = tokio::task::JoinSet::new();
        for _ in 0..AT_A_TIME {
            let (url, path, who) = (served.url().to_owned(), path.to_owned(), who.clone());
            asking.spawn(async move {
                let mut connection = Connection::open(&url).await?;
                let mut all = Vec::with_capacity(REQUESTS / AT_A_TIME);
                for _ in 0..REQUESTS / AT_A_TIME {
                    let begun = Instant::now();
                    let body = loaded(&mut connection, &path, &who).await?;
                    all.push((begun.elapsed(), body.len()));
                }
                anyhow::Ok(all)
            });
        }
        let mut all = Vec::with_capacity(REQUESTS);
        while let Some(asked) = asking.join_next().await {
            all.extend(asked??);
        }
        let bytes = all.iter().map(|(_, bytes)| *bytes).max().unwrap_or(0);
        let mut times: Vec<Duration> = all.into_iter().map(|(time, _)| time).collect();
        times.sort();
        Ok(Self { times, bytes })
    }

    /// Milliseconds within which such a part of the requests was answered.
    fn part(&self, part: f64) -> f64 {
        let at = ((self.times.len() as f64 * part).ceil() as usize).clamp(1, self.times.len());
        self.times[at - 1].as_secs_f64() * 1_000.0
    }
}

/// A page as it goes over the wire, compressed.
async fn loaded(connection: &mut Connection, path: &str, who: &Who) -> Result<Bytes> {
    let request = Request::get(path).header(ACCEPT_ENCODING, "gzip");
    let request = match who {
        Who::Session(cookie) => request.header(COOKIE, cookie),
        Who::Key(key) => request.header(AUTHORIZATION, format!("Bearer {key}")),
    };
    let response = connection.send(request.body(Full::default())?).await?;
    ensure!(response.status() == StatusCode::OK, "{path}: HTTP {}", response.status());
    Ok(response.into_body().collect().await?.to_bytes())
}

/// Bytes of the first page and of every file that it names, compressed.
async fn first_page(served: &Served, who: &Who) -> Result<usize> {
    let mut connection = Connection::open(served.url()).await?;
    let request = Request::get("/integrations");
    let Who::Session(cookie) = who else { anyhow::bail!("pages are for people") };
    let plain = connection.send(request.header(COOKIE, cookie).body(Full::default())?).await?;
    let page = String::from_utf8(plain.into_body().collect().await?.to_bytes().to_vec())?;
    let named = page.split(['"', '#']).filter(|text| text.starts_with("/assets/"));
    let files: std::collections::BTreeSet<&str> = named.collect();
    ensure!(files.len() >= 4, "the page names hardly a file: {files:?}");
    let mut bytes = loaded(&mut connection, "/integrations", who).await?.len();
    for file in files {
        bytes += loaded(&mut connection, file, who).await?.len();
    }
    Ok(bytes)
}

/// A sync of everything, which does not wait for us.
fn begun(weir: &Weir) -> Result<Child> {
    let mut child = weir.begin(&["sync", INTEGRATION, "--full"].map(str::to_owned), &[])?;
    for pipe in [child.stdout.take().map(drop), child.stderr.take().map(drop)] {
        pipe.context("weir sync: no pipe")?;
    }
    Ok(child)
}

async fn newest_run(weir: &Weir) -> Result<String> {
    #[derive(Deserialize)]
    struct Run {
        id: String,
    }
    let runs: Vec<Run> = serde_json::from_str(&weir.answer(&["runs", "list", "--format", "json"]).await?)?;
    Ok(runs.into_iter().next().context("no run")?.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_the_times_are_read_from_the_sorted_list() {
        let measured = Measured { times: (1..=500).map(Duration::from_millis).collect(), bytes: 0 };
        assert_eq!([measured.part(0.5), measured.part(0.95), measured.part(1.0)], [250.0, 475.0, 500.0]);
    }
}
