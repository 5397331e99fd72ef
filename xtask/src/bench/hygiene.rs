//! `cargo xtask bench --hygiene`: how long questions of hygiene take over all issues of a site.

use crate::http::Connection;
use crate::measured::{self, Usage};
use crate::output;
use crate::report::Report;
use crate::served::Served;
use crate::simulator::{Simulator, World};
use crate::site::{Account, Credential};
use crate::weir::{INTEGRATION, Weir};
use crate::workspace::{Profile, Workspace};
use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{Method, Request};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Processes that answer one question each, and calls of a server; the figures are medians.
const PROCESSES: usize = 5;
const CALLS: usize = 20;

/// The aims.
const WARM: Duration = Duration::from_millis(300);
const COLD: Duration = Duration::from_millis(1_200);
const WEIGHED: Duration = Duration::from_millis(100);
const PREVIEW: Duration = Duration::from_millis(2_000);
const TREND: Duration = Duration::from_millis(500);

/// Fields that a rule of one's own asks about, one after the other: none of them was asked about before.
const TRIED: [&str; 5] = [
    r#"{"field":"labels","op":"missing"}"#,
    r#"{"field":"age_days","op":"greater_than","value":90}"#,
    r#"{"field":"status","op":"not_changed_for","value":30}"#,
    r#"{"field":"assignee","op":"changed_more_than","value":2}"#,
    r#"{"field":"priority","op":"equals","value":"High"}"#,
];

/// Measures every kind of question; `report` has whether the aims were met, and whether command and server say the same.
pub(super) async fn prove(
    workspace: &Workspace,
    profile: Profile,
    world: &World,
    store: Option<String>,
    report: &mut Report,
) -> Result<()> {
    let judged = profile == Profile::Release;
    let simulator = Simulator::start(workspace, profile, world).await?;
    let weir = Weir::new(workspace, profile, store, simulator.gateway())?;
    weir.add(&simulator, &Credential::of(Account::Admin, world.site.usual_token())?).await?;
    output::step(&format!("a first sync of {} issues", world.issues));
    let (_, synced) = weir.measured_sync().await?;
    drop(simulator);

    output::step("questions");
    let (_, made) = asked(&weir, &[]).await?;
    let mut times = Times { judged, report };
    times.line("first sync", &[synced.wall], None);
    times.line("facts made from all rows, and the first report", &[made.wall], None);
    output::line(&format!("| its largest memory | {:.0} MB | | |", made.peak_bytes as f64 / 1e6));

    let mut cold = Vec::new();
    let mut of_command = Value::Null;
    for _ in 0..PROCESSES {
        let (answer, usage) = asked(&weir, &[]).await?;
        of_command = answer;
        cold.push(usage.wall);
    }
    times.line("report, a process of its own", &cold, Some(COLD));

    let key = weir.answer(&["api-key", "create", "--scope", "admin", "--name", "bench"]).await?;
    let key = key.split_whitespace().last().context("no key")?.to_owned();
    let served = Served::start(&weir, &[]).await?;
    let mut client = Client { connection: Connection::open(served.url()).await?, key };

    let report_of = format!("/api/v1/integrations/{INTEGRATION}/hygiene/report");
    let (of_server, first) = client.get(&report_of).await?;
    times.line("report, the first call of a server", &[first], Some(COLD));
    let (_, second) = client.get(&report_of).await?;
    times.line("report, its second identical call", &[second], Some(WARM));
    times.line("report, the calls after it", &client.calls(|_| report_of.clone()).await?, Some(WARM));
    let weighed =
        client.calls(|call| format!("{report_of}?weight=idle={}%3Bno_due_date={}", call + 1, 99 - call));
    times.line("report with other weights", &weighed.await?, Some(WEIGHED));
    let trend = format!("/api/v1/integrations/{INTEGRATION}/hygiene/trend?count=90");
    let (_, first) = client.get(&trend).await?;
    times.line("trend of 90 days, first call", &[first], Some(TREND));
    times.line("trend of 90 days", &client.calls(|_| trend.clone()).await?, Some(TREND));
    let mut tried = Vec::new();
    for condition in TRIED {
        let condition: Value = serde_json::from_str(condition)?;
        let rule = json!({ "name": "tried", "conditions": [condition] });
        let path = format!("/api/v1/integrations/{INTEGRATION}/hygiene/rules/preview");
        tried.push(client.send(Method::POST, &path, rule.to_string()).await?.1);
    }
    times.line("preview of a rule that is not kept, each another one", &tried, Some(PREVIEW));
    served.end().await?;

    let same = numbers(&of_command) == numbers(&of_server);
    let same = if same { Ok(()) } else { Err(anyhow::anyhow!("{of_command}\n{of_server}")) };
    report.record("command and server count the same", same);
    Ok(())
}

/// A report by a process of its own.
async fn asked(weir: &Weir, more: &[&str]) -> Result<(Value, Usage)> {
    let (program, settings) = weir.outside();
    let out = weir.folder().join("report.json");
    let mut command = std::process::Command::new(program);
    command.args(["hygiene", "report", INTEGRATION, "--format", "json"]).args(more).envs(settings);
    command.stdout(std::fs::File::create(&out)?);
    let usage = measured::run(&mut command).await?;
    ensure!(usage.status.success(), "weir hygiene report: {}", usage.status);
    Ok((serde_json::from_str(&std::fs::read_to_string(&out)?)?, usage))
}

/// What a report counts; no instants, which differ.
fn numbers(report: &Value) -> Vec<(Value, Value)> {
    let rules = report["rules"].as_array().cloned().unwrap_or_default();
    let rule = |rule: &Value| (rule["rule"].clone(), rule["misses"].clone());
    let mut numbers: Vec<_> = rules.iter().map(rule).collect();
    numbers.push((Value::from("in_scope"), report["in_scope"].clone()));
    numbers
}

/// One connection to a server, with a key.
struct Client {
    connection: Connection,
    key: String,
}

impl Client {
    async fn get(&mut self, path: &str) -> Result<(Value, Duration)> {
        self.send(Method::GET, path, String::new()).await
    }

    async fn calls(&mut self, path: impl Fn(usize) -> String) -> Result<Vec<Duration>> {
        let mut all = Vec::new();
        for call in 0..CALLS {
            all.push(self.get(&path(call)).await?.1);
        }
        Ok(all)
    }

    async fn send(&mut self, method: Method, path: &str, body: String) -> Result<(Value, Duration)> {
        let begun = Instant::now();
        let request = Request::builder().method(method).uri(path);
        let request = request.header(AUTHORIZATION, format!("Bearer {}", self.key));
        let request = match body.is_empty() {
            true => request,
            false => request.header(CONTENT_TYPE, "application/json"),
        };
        let response = self.connection.send(request.body(Full::new(Bytes::from(body)))?).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        let took = begun.elapsed();
        ensure!(status.is_success(), "{path}: HTTP {status}: {}", String::from_utf8_lossy(&body));
        Ok((serde_json::from_slice(&body)?, took))
    }
}

/// Lines of the table, each judged by its aim.
struct Times<'a> {
    judged: bool,
    report: &'a mut Report,
}

impl Times<'_> {
    /// The median of some times, and the longest; the median is what an aim is for.
    fn line(&mut self, what: &str, times: &[Duration], aim: Option<Duration>) {
        let mut sorted = times.to_vec();
        sorted.sort();
        let median = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
        let longest = sorted.last().copied().unwrap_or_default();
        let ms = |time: Duration| format!("{:.0} ms", time.as_secs_f64() * 1_000.0);
        output::line(&format!(
            "| {what} | {} | {} | {} |",
            ms(median),
            ms(longest),
            aim.map(ms).unwrap_or_default()
        ));
        if let Some(aim) = aim.filter(|_| self.judged) {
            let in_time = if median <= aim { Ok(()) } else { Err(anyhow::anyhow!("{}", ms(median))) };
            self.report.record(&format!("{what}: within {}", ms(aim)), in_time);
        }
    }
}
