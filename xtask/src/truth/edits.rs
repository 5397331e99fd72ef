//! `cargo xtask verify-edits`: a site is edited and synced in turns, each with a census, and then compared with the truth.
//!
//! Each sequence has its own world, its own zone of the account and its own time, so that both changes of the clocks
//! of several zones fall into some of them.

use super::{Case, Prover, build, number};
use crate::report::Report;
use crate::simulator::{Simulator, World};
use crate::site::{Account, Site};
use crate::workspace::{Profile, Workspace};
use crate::{output, postgres::Postgres, store::StoreKind, weir::Weir};
use anyhow::{Result, ensure};
use serde_json::json;

const ZONES: [&str; 4] = ["UTC", "Asia/Kolkata", "America/New_York", "Pacific/Chatham"];

/// Shortly before clocks are changed in New York and on the Chatham Islands, and an ordinary day.
const TIMES: [&str; 5] = [
    "2027-03-14T06:30:00Z",
    "2027-11-07T05:30:00Z",
    "2027-04-03T13:30:00Z",
    "2027-09-25T13:30:00Z",
    "2027-06-01T12:00:00Z",
];

/// Edits are spread over so many milliseconds.
const SPREAD: u64 = 30 * 60 * 1_000;

/// How far the index of every second site is behind.
const LAG: u64 = 4 * 60 * 1_000;

/// A sync has to notice every kind of edit but these, on Cloud and on Data Center alike: only a census sees them.
pub(crate) const UNNOTICED: [&str; 2] = ["delete", "restrict"];

/// How much to edit.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Sequences of edits, each on a site of its own
    #[arg(long, default_value_t = 20)]
    pub(crate) sequences: u64,
    /// The first sequence
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Runs in a sequence, beside the first
    #[arg(long, default_value_t = 3)]
    pub(crate) runs: u64,
    /// Edits before each run
    #[arg(long, default_value_t = 50)]
    pub(crate) edits: u64,
    /// Issues of each site
    #[arg(long, default_value_t = 300)]
    pub(crate) issues: usize,
    /// Where to sync into
    #[arg(long, value_enum, default_value_t = StoreKind::Sqlite)]
    pub(crate) store: StoreKind,
    #[command(flatten)]
    pub(crate) site: Site,
}

/// Runs the sequences; `false` when something differs.
pub(crate) async fn run(options: Options) -> Result<bool> {
    let workspace = Workspace::find().await?;
    build(&workspace, Profile::Debug).await?;
    let server = options.store.server().await?;
    let mut report = Report::new(true);
    prove(&workspace, server.as_ref(), &options, &mut report).await?;
    Ok(report.finish())
}

/// Runs the sequences into a report.
pub(crate) async fn prove(
    workspace: &Workspace,
    server: Option<&Postgres>,
    options: &Options,
    report: &mut Report,
) -> Result<()> {
    for seed in options.seed..options.seed + options.sequences {
        let site = options.site;
        let place = format!("{} {}", site.name(), options.store.word());
        let name = format!("edits: {}, sequence {seed}", place.trim());
        output::step(&name);
        let world = World::new(options.issues, seed, site);
        let simulator = Simulator::start(workspace, Profile::Debug, &world).await?;
        let prover = Prover { workspace, profile: Profile::Debug, simulator: &simulator, server };
        let sequence = Sequence { prover: &prover, options, seed };
        report.record(&name, sequence.run().await);
    }
    Ok(())
}

struct Sequence<'a> {
    prover: &'a Prover<'a>,
    options: &'a Options,
    seed: u64,
}

impl Sequence<'_> {
    async fn run(&self) -> Result<()> {
        let simulator = self.prover.simulator;
        let site = simulator.site();
        let token = site.usual_token();
        let case = Case { store: self.options.store, account: Account::Reader, token };
        let of = |all: &[&'static str]| all[self.seed as usize % all.len()];
        simulator.order("zone", &json!({ "account": "reader@sim.example", "zone": of(&ZONES) })).await?;
        simulator.order("clock", &json!({ "now": of(&TIMES) })).await?;
        let database = format!("edits_{}_{}", site.name(), self.seed).replace(['-', '.'], "_");
        let weir = case.synced(self.prover, &database).await?;
        let lag = if self.seed.is_multiple_of(2) { LAG } else { 0 };
        if lag > 0 {
            simulator.order("lag", &json!({ "ms": lag })).await?;
        }
        let behind = lag + site.node_lag();
        let known = simulator.kinds().await?;
        // Each turn ends with a census, which notices what was deleted.
        let is_noticed = |name: &&str| *name == "delete" || !UNNOTICED.contains(name);
        let kinds: Vec<&str> = known.iter().map(|kind| kind.name.as_str()).filter(is_noticed).collect();
        for turn in 1..=self.options.runs {
            let order = json!({
                "seed": self.seed * 1_000 + turn,
                "count": self.options.edits,
                "kinds": kinds,
                "spread_ms": SPREAD,
            });
            simulator.order("edits", &order).await?;
            self.synced_again(&weir).await?;
            if behind > 0 {
                // What the index did not show yet must come with the next run.
                simulator.order("clock", &json!({ "advance_ms": behind + 1_000 })).await?;
                self.synced_again(&weir).await?;
            }
            weir.census().await?;
            ensure!(weir.census().await?, "a census found differences right after one that repaired them");
            case.compare(self.prover, &weir).await?;
        }
        Ok(())
    }

    async fn synced_again(&self, weir: &Weir) -> Result<()> {
        let answer = weir.sync().await?;
        ensure!(answer["incremental"] == true, "it read everything: {answer}");
        ensure!(number(&answer, "failed")? == 0, "{answer}");
        Ok(())
    }
}
