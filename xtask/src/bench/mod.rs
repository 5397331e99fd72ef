//! `cargo xtask bench`: a full sync as its own process, measured, beside the floor.
//!
//! The **floor** is a loop that sends exactly the requests of the sync again, with as many connections, and
//! throws the answers away: what no program that downloads the same pages can beat on this machine.

mod counts;
mod figures;
pub(crate) mod floor;
mod hygiene;
mod limit;
mod pages;

use crate::measured::{self, Usage};
use crate::report::Report;
use crate::simulator::{Simulator, World};
use crate::site::{Account, Credential, Site};
use crate::workspace::{Profile, Workspace};
use crate::{output, postgres::Postgres, process, store::StoreKind, truth, weir::Weir};
use anyhow::{Context, Result, ensure};
use figures::Figures;
use serde_json::{json, value::RawValue};
use std::time::Duration;

const SMOKE_ISSUES: usize = 2_000;

/// Over so many milliseconds the edits between two syncs are spread.
const EDITS_SPREAD: u64 = 60_000;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Issues in the simulated site
    #[arg(long, default_value_t = 100_000)]
    issues: usize,
    /// How long the simulated site takes for each answer, for example 200ms
    #[arg(long, value_parser = latency)]
    latency: Option<Latency>,
    /// Where to sync into
    #[arg(long, value_enum, default_value_t = StoreKind::Sqlite)]
    store: StoreKind,
    /// How often to measure; the figures are medians
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// A small site and programs as tests have them; rows and counts are judged, and no time
    #[arg(long, conflicts_with_all = ["rate", "pages"])]
    smoke: bool,
    /// Instead: a site that answers so many requests a second, and how well that is used
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// Instead: how long the server takes for its pages while a sync runs
    #[arg(long)]
    pages: bool,
    /// Instead: how long questions of hygiene take over all issues of a site
    #[arg(long, conflicts_with_all = ["rate", "pages"])]
    hygiene: bool,
    #[command(flatten)]
    site: Site,
}

impl Options {
    fn profile(&self) -> Profile {
        if self.smoke { Profile::Debug } else { Profile::Release }
    }
}

#[derive(Clone, Debug)]
struct Latency {
    text: String,
    time: Duration,
}

fn latency(text: &str) -> Result<Latency, String> {
    let number = text.strip_suffix("ms").and_then(|number| number.parse().ok());
    let milliseconds = number.ok_or("a latency is a number with ms, for example 200ms")?;
    Ok(Latency { text: text.to_owned(), time: Duration::from_millis(milliseconds) })
}

/// Measures; `false` when the stored rows are not the simulator's.
pub(crate) async fn run(options: Options) -> Result<bool> {
    let workspace = Workspace::find().await?;
    let profile = options.profile();
    output::step(if profile == Profile::Release { "building for release" } else { "building" });
    truth::build(&workspace, profile).await?;
    if profile == Profile::Release {
        let mut floor = workspace.cargo(&["build", "--release", "--package", "xtask"]);
        ensure!(process::succeeds(&mut floor).await?, "the build failed");
    }
    if let Some(rate) = options.rate {
        let mut report = Report::new(true);
        limit::prove(&workspace, rate, &[options.site.flavor], &mut report).await?;
        return Ok(report.finish());
    }
    let issues = if options.smoke { SMOKE_ISSUES } else { options.issues };
    let server = options.store.server().await?;
    let mut report = Report::new(true);
    if options.pages {
        let world = World::new(issues, 1, options.site);
        let store = options.store.fresh(server.as_ref(), "pages").await?;
        pages::prove(&workspace, &world, store, &mut report).await?;
        return Ok(report.finish());
    }
    if options.hygiene {
        let world = World::new(issues, 1, options.site);
        let store = options.store.fresh(server.as_ref(), "hygiene").await?;
        hygiene::prove(&workspace, profile, &world, store, &mut report).await?;
        return Ok(report.finish());
    }
    let mut all = Vec::new();
    for run in 1..=options.runs {
        output::step(&format!(
            "run {run} of {}: {issues} issues into {}",
            options.runs,
            options.store.word()
        ));
        let bench = Bench { workspace: &workspace, issues, options: &options, server: server.as_ref(), run };
        all.push(bench.run(&mut report).await?);
    }
    drop(server);
    let figures = Figures::median(&all).context("no run")?;
    output::line(&figures.table());
    output::line(&figures.json(options.store.word(), options.runs)?);
    Ok(report.finish())
}

/// One more sync, with how many requests it made.
async fn measured_again(simulator: &Simulator, weir: &Weir) -> Result<(Usage, u64)> {
    let before = simulator.stats().await?.requests;
    let (answer, usage) = weir.measured_sync().await?;
    output::echo(&answer.to_string());
    Ok((usage, simulator.stats().await?.requests - before))
}

/// So many edits, of every kind that moves the `updated` of an issue.
async fn edit_some(simulator: &Simulator, count: usize) -> Result<usize> {
    let known = simulator.kinds().await?;
    let kinds: Vec<&str> =
        known.iter().filter(|kind| kind.moves_updated).map(|kind| kind.name.as_str()).collect();
    let order = json!({ "seed": 1, "count": count, "kinds": kinds, "spread_ms": EDITS_SPREAD });
    simulator.order("edits", &order).await?;
    Ok(count)
}

struct Bench<'a> {
    workspace: &'a Workspace,
    issues: usize,
    options: &'a Options,
    server: Option<&'a Postgres>,
    run: u32,
}

impl Bench<'_> {
    async fn run(&self, report: &mut Report) -> Result<Figures> {
        let latency = self.options.latency.as_ref();
        let world = World {
            latency: latency.map(|latency| latency.text.clone()),
            record: true,
            ..World::new(self.issues, 1, self.options.site)
        };
        let simulator = Simulator::start(self.workspace, self.options.profile(), &world).await?;
        let credential = Credential::of(Account::Admin, self.options.site.usual_token())?;
        let store = self.options.store.fresh(self.server, &format!("bench_{}", self.run)).await?;
        let weir = Weir::new(self.workspace, self.options.profile(), store, simulator.gateway())?;
        weir.add(&simulator, &credential).await?;

        let recorded_before = simulator.recorded().await?.len();
        let (before, cpu_before) = (simulator.stats().await?, simulator.cpu()?);
        let (answer, usage) = weir.measured_sync().await?;
        let (after, cpu_after) = (simulator.stats().await?, simulator.cpu()?);
        output::echo(&answer.to_string());
        let requests = after.requests - before.requests;
        let bytes = after.bytes_out - before.bytes_out;

        let recorded = simulator.recorded().await?.split_off(recorded_before);
        let floor = self.floor(&simulator, &credential, &recorded).await?;
        ensure!(
            floor.bytes.abs_diff(bytes) * 100 <= bytes,
            "the floor downloaded {} bytes, the sync {bytes}: they cannot be compared",
            floor.bytes
        );
        let (again, again_requests) = measured_again(&simulator, &weir).await?;
        let edits = edit_some(&simulator, self.issues / 100).await?;
        let (changed, changed_requests) = measured_again(&simulator, &weir).await?;
        counts::compare(&simulator, &weir, &credential, report).await;

        let ideal = latency.map(|latency| {
            latency.time.as_secs_f64() * requests as f64 / f64::from(self.options.site.in_flight())
        });
        let wall = usage.wall.as_secs_f64();
        Ok(Figures {
            issues: self.issues as f64,
            wall_s: wall,
            issues_per_s: self.issues as f64 / wall,
            cpu_s: usage.cpu.as_secs_f64(),
            simulator_cpu_s: (cpu_after - cpu_before).as_secs_f64(),
            peak_mb: usage.peak_bytes as f64 / 1e6,
            requests: requests as f64,
            mb: bytes as f64 / 1e6,
            floor_s: floor.wall_s,
            floor_cpu_s: floor.cpu_s,
            ratio: wall / floor.wall_s,
            efficiency: ideal.map(|ideal| ideal / wall),
            again_s: again.wall.as_secs_f64(),
            again_requests: again_requests as f64,
            edits: edits as f64,
            changed_s: changed.wall.as_secs_f64(),
            changed_cpu_s: changed.cpu.as_secs_f64(),
            changed_requests: changed_requests as f64,
        })
    }

    /// The floor runs as a process of its own, so that it is measured as the sync is.
    async fn floor(
        &self,
        simulator: &Simulator,
        credential: &Credential,
        recorded: &[Box<RawValue>],
    ) -> Result<floor::Answer> {
        ensure!(!recorded.is_empty(), "the simulator recorded no request");
        let folder = tempfile::Builder::new().prefix("floor-").tempdir_in(self.workspace.scratch()?)?;
        let (requests, answer) = (folder.path().join("requests"), folder.path().join("answer"));
        let lines: Vec<&str> = recorded.iter().map(|request| request.get()).collect();
        std::fs::write(&requests, lines.join("\n"))?;
        // For debugging it is this very program.
        let program = self.workspace.program(self.options.profile(), "xtask");
        let mut command = std::process::Command::new(program);
        command.args([
            "floor",
            "--url",
            simulator.url(),
            "--connections",
            &self.options.site.in_flight().to_string(),
            "--requests",
        ]);
        command.arg(&requests).args(["--authorization", &credential.authorization()]);
        command.stdout(std::fs::File::create(&answer)?);
        let usage = measured::run(&mut command).await?;
        ensure!(usage.status.success(), "the floor: {}", usage.status);
        let mut answer: floor::Answer = serde_json::from_str(&std::fs::read_to_string(&answer)?)?;
        answer.cpu_s = usage.cpu.as_secs_f64();
        Ok(answer)
    }
}
