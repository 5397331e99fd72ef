//! `cargo xtask chaos` (and `cargo weir-chaos`): the real program against a simulated site that breaks on purpose.
//!
//! Each run has a seed that draws everything: the product, the site, the faults, the edits while a sync runs, what else
//! happens, and in every second run a `kill -9` at a moment or an end at a crash point. The program is started again until
//! it is through; then the faults are cleared and the store must be the truth. Kinds of faults and events are dealt evenly
//! over consecutive seeds.

mod attempt;
pub(crate) mod clock;
mod crash;
mod deck;
pub(crate) mod disk;
mod events;
mod faults;
mod judge;
mod plan;
mod run;
mod tally;

use crate::report::Report;
use crate::site::Flavor;
use crate::store::StoreKind;
use crate::workspace::{Profile, Workspace, is_ci};
use crate::{output, postgres::Postgres, truth};
use anyhow::{Context, Result};
use plan::{Means, Rules};
use run::{Spared, Stage};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tally::{Met, Tally};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Seeds that nobody chose begin beyond those that people type, with room for as many runs between two.
const FRESH_FROM: u64 = 1_000_000;
const FRESH_APART: u64 = 10_000;
const FRESH_RANGES: u64 = 1_000_000;

/// How often a run is played whose processes end before they can be killed.
const PLAYED_AT_MOST: u64 = 3;

/// What to play.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// Runs, each with a seed of its own
    #[arg(long, default_value_t = 50)]
    pub(crate) runs: u64,
    /// The first seed; another one each time unless it is given
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Runs at one time; much of a run is waiting
    #[arg(long, default_value_t = 6)]
    pub(crate) jobs: u64,
    /// Where to sync into
    #[arg(long, value_enum, default_value_t = StoreKind::Sqlite)]
    pub(crate) store: StoreKind,
    /// Only this product; the seed draws one unless it is given
    #[arg(long, value_enum)]
    pub(crate) flavor: Option<Flavor>,
    /// A census, and edits that only a census sees, in every run instead of a part of them
    #[arg(long)]
    pub(crate) census: bool,
    /// Build for speed, without crash points
    #[arg(long)]
    pub(crate) release: bool,
    /// Take the programs as they were built last
    #[arg(long)]
    pub(crate) built: bool,
    /// Tell what is played and how every process ended
    #[arg(long)]
    pub(crate) verbose: bool,
    /// Leave the home of a run that failed where it is, to be looked into
    #[arg(long)]
    pub(crate) keep: bool,
}

impl Options {
    fn profile(&self) -> Profile {
        if self.release { Profile::Release } else { Profile::Debug }
    }

    /// The command that plays a seed again.
    fn command(&self, seed: u64) -> String {
        let mut command = format!("cargo weir-chaos --runs 1 --seed {seed} --store {}", self.store.word());
        match self.flavor {
            None => {}
            Some(Flavor::Cloud) => command.push_str(" --flavor cloud"),
            Some(Flavor::Dc) => command.push_str(" --flavor dc"),
        }
        if self.census {
            command.push_str(" --census");
        }
        if self.release {
            command.push_str(" --release");
        }
        command
    }
}

/// Plays the runs; `false` when one failed.
pub(crate) async fn run(options: Options) -> Result<bool> {
    let workspace = Workspace::find().await?;
    if !options.built {
        truth::build(&workspace, options.profile()).await?;
    }
    let mut report = Report::new(is_ci());
    prove(&options, &mut report).await?;
    Ok(report.finish())
}

/// A first seed that nobody has chosen.
pub(crate) fn fresh_seed() -> u64 {
    FRESH_FROM + RandomState::new().build_hasher().finish() % FRESH_RANGES * FRESH_APART
}

/// Plays the runs into a report, and tells what was met. The programs have been built.
pub(crate) async fn prove(options: &Options, report: &mut Report) -> Result<Tally> {
    let begun = Instant::now();
    let workspace = Workspace::find().await?;
    let means = means(&workspace, options, report).await;
    let first = options.seed.unwrap_or_else(fresh_seed);
    let last = first + options.runs.saturating_sub(1);
    output::line(&format!("chaos into {}: seeds {first} to {last}", options.store.word()));
    let shared = Arc::new(Shared { options: options.clone(), means, next: AtomicU64::new(first), last });
    let (results, mut received) = mpsc::unbounded_channel();
    let mut workers = JoinSet::new();
    for _ in 0..options.jobs.clamp(1, options.runs.max(1)) {
        workers.spawn(work(Arc::clone(&shared), results.clone()));
    }
    drop(results);
    let mut tally = Tally::default();
    while let Some((seed, played, met)) = received.recv().await {
        tally.add(met);
        report.record(&options.command(seed), played);
    }
    while let Some(ended) = workers.join_next().await {
        ended.context("a worker")??;
    }
    for line in tally.lines() {
        output::line(&line);
    }
    output::line(&format!("it took {:.0} s", begun.elapsed().as_secs_f64()));
    Ok(tally)
}

/// What can be played here; what cannot is skipped.
async fn means(workspace: &Workspace, options: &Options, report: &mut Report) -> Means {
    let clock = match clock::library() {
        None => Err("libfaketime is not installed (Debian package libfaketime)"),
        Some(path) if clock::works(&path, &workspace.program(options.profile(), "weir")).await => {
            Ok(path.display().to_string())
        }
        Some(_) => Err("weir does not run with libfaketime loaded before it"),
    };
    if let Err(reason) = &clock {
        report.skip("jumps of the clock", reason);
    }
    let disks = disk::is_permitted().await;
    if !disks && options.store == StoreKind::Sqlite {
        report.skip("runs on a full disk", "mounting a tmpfs is not permitted");
    }
    Means { disks, clock: clock.ok(), crash_points: options.profile() == Profile::Debug }
}

/// What all workers share.
struct Shared {
    options: Options,
    means: Means,
    next: AtomicU64,
    last: u64,
}

type Played = (u64, Result<()>, Met);

/// Plays one seed after the other, with a database server of its own, since servers are restarted.
async fn work(shared: Arc<Shared>, results: mpsc::UnboundedSender<Played>) -> Result<()> {
    let Shared { options, means, next, last } = &*shared;
    let workspace = Workspace::find().await?;
    let mut server: Option<Postgres> = options.store.server().await?;
    let stage = Stage {
        workspace: &workspace,
        profile: options.profile(),
        rules: Rules { store: options.store, flavor: options.flavor, census: options.census },
        means,
        verbose: options.verbose,
        keep: options.keep,
    };
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed > *last {
            return Ok(());
        }
        let mut met = Met::default();
        let mut played = stage.play((seed, 1), server.as_mut(), &mut met).await;
        for attempt in 2..=PLAYED_AT_MOST {
            if !played.as_ref().is_err_and(|error| error.is::<Spared>()) {
                break;
            }
            output::echo(&format!("seed {seed}: its kill came too late; it is played again"));
            met = Met::default();
            played = stage.play((seed, attempt), server.as_mut(), &mut met).await;
        }
        if results.send((seed, played, met)).is_err() {
            return Ok(());
        }
    }
}
