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
use hyper::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, COOKIE};
use hyper::{Request, StatusCode};
use serde::Deserialize;
use serde_json::json;
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
    // The first question has facts made of all issues, which `--hygiene` measures.
    weir.answer(&["hygiene", "report"]).await?;
    let run = newest_run(&weir).await?;
    // A key for each operation: so many requests of one key in a minute are refused.
    let keys = [
        key(&weir, "read", "first").await?,
        key(&weir, "read", "second").await?,
        key(&weir, "read", "third").await?,
        key(&weir, "read", "fourth").await?,
    ];
    let served = Served::start(&weir, &[]).await?;
    let session = Who::Session(Person::first(&served).await?.cookie);

    let first = first_page(&served, &session).await?;
    output::line(&format!("the first page with all it loads, compressed: {} KB", first / 1024));
    let is_small = if first <= LARGEST_FIRST { Ok(()) } else { Err(anyhow::anyhow!("{first} bytes")) };
    report.record("the first page is at most 150 KB", is_small);

    let kept = ["hygiene", "reports", "add", "Weekly", "--compare", "30"];
    weir.answer(&kept).await?;
    weir.answer(&["workspace", "add", "Payments"]).await?;
    beats(&served, &key(&weir, "satellite", "beside").await?).await?;
    let mut pages = every_page(&run, &session, &keys);
    for (name, list, rest) in [
        ("a kept report", "/hygiene/reports", ""),
        ("settings: a workspace", "/settings/workspaces", ""),
        ("settings: hygiene of a workspace", "/settings/workspaces", "/hygiene"),
        ("settings: a person", "/settings/users", ""),
    ] {
        pages.push((name, format!("{}{rest}", one_of(&served, &session, list).await?), &session));
    }
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

/// Every type of page, and what programs ask for most.
fn every_page<'a>(run: &str, session: &'a Who, keys: &'a [Who; 4]) -> Vec<(&'static str, String, &'a Who)> {
    let of = |rest: &str| format!("/integrations/{INTEGRATION}/{rest}");
    let pages = [
        ("integrations", "/integrations".to_owned()),
        ("available integrations", "/integrations/new".to_owned()),
        ("set-up", "/integrations/new/jira".to_owned()),
        ("deleted integrations", "/integrations/deleted".to_owned()),
        ("mapping", "/mapping".to_owned()),
        ("monitoring", of("monitoring")),
        ("monitoring, 30 days", of("monitoring?range=30d")),
        ("new issues", of("monitoring/issues?what=new")),
        ("runs", of("monitoring/runs")),
        ("a run", format!("/runs/{run}")),
        ("a run, its log searched", format!("/runs/{run}?text=page")),
        ("configuration", of("configuration")),
        ("authentication", of("authentication")),
        ("checks", of("checks")),
        ("projects", of("projects")),
        ("custom fields", of("fields")),
        ("fields of cases", of("salesforce")),
        ("activity", of("activity")),
        ("a satellite for it", of("satellite")),
        ("satellites", "/satellites".to_owned()),
        ("a satellite", "/satellites/sat_0".to_owned()),
        ("delete", of("delete")),
        ("hygiene", of("hygiene")),
        ("hygiene by assignee", of("hygiene?by=assignee")),
        ("hygiene, issues of a rule", of("hygiene/issues?rule=no_due_date")),
        ("hygiene, rules", of("hygiene/rules")),
        ("hygiene, a new rule", of("hygiene/rules/new")),
        ("hygiene, nudges", of("hygiene/nudges")),
        ("reports", "/hygiene/reports".to_owned()),
        ("a new report", "/hygiene/reports/new".to_owned()),
        ("settings: profile", "/settings/profile".to_owned()),
        ("settings: users", "/settings/users".to_owned()),
        ("settings: workspaces", "/settings/workspaces".to_owned()),
        ("settings: notifications", "/settings/notifications".to_owned()),
        ("settings: hygiene", "/settings/hygiene".to_owned()),
        ("settings: API keys", "/settings/api-keys".to_owned()),
        ("settings: audit log", "/settings/audit".to_owned()),
        ("settings: about", "/settings/about".to_owned()),
    ];
    let programs = [
        ("API: integrations", "/api/v1/integrations".to_owned()),
        ("API: monitoring", format!("/api/v1/integrations/{INTEGRATION}/monitoring")),
        ("API: hygiene", format!("/api/v1/integrations/{INTEGRATION}/hygiene/report")),
        ("metrics", "/metrics".to_owned()),
    ];
    let people = pages.into_iter().map(|(name, path)| (name, path, session));
    people.chain(programs.into_iter().zip(keys).map(|((name, path), key)| (name, path, key))).collect()
}

/// As many satellites as a large company has, each of which reports once.
async fn beats(served: &Served, who: &Who) -> Result<()> {
    let Who::Key(key) = who else { anyhow::bail!("a satellite has a key") };
    let mut connection = Connection::open(served.url()).await?;
    for number in 0..50 {
        let beat = json!({
            "id": format!("sat_{number}"), "name": format!("machine-{number}"), "tenant": "ACME", "at": 0,
            "status": { "protocol": 1, "version": env!("CARGO_PKG_VERSION") },
            "feeds": [], "errands": [], "leaves": false,
        });
        let request = Request::post("/satellite/v1/beat").header(CONTENT_TYPE, "application/json");
        let request = request.header(AUTHORIZATION, format!("Bearer {key}"));
        let response = connection.send(request.body(Full::new(beat.to_string().into()))?).await?;
        ensure!(response.status() == StatusCode::OK, "a beat: HTTP {}", response.status());
        response.into_body().collect().await?;
    }
    Ok(())
}

/// A fresh key of a program.
async fn key(weir: &Weir, scope: &str, name: &str) -> Result<Who> {
    let told = weir.answer(&["api-key", "create", "--scope", scope, "--name", name]).await?;
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

/// The first page of a thing that this list leads to.
async fn one_of(served: &Served, who: &Who, list: &str) -> Result<String> {
    let mut connection = Connection::open(served.url()).await?;
    let Who::Session(cookie) = who else { anyhow::bail!("pages are for people") };
    let plain = connection.send(Request::get(list).header(COOKIE, cookie).body(Full::default())?).await?;
    let page = String::from_utf8(plain.into_body().collect().await?.to_bytes().to_vec())?;
    // An id has 36 letters, and no other part of a path has.
    let is_one =
        |path: &&str| path.strip_prefix(list).is_some_and(|rest| rest.len() == 37 && rest.starts_with('/'));
    Ok(page.split('"').find(is_one).with_context(|| format!("{list} leads to nothing"))?.to_owned())
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
