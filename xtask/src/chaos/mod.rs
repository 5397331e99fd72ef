//! `cargo xtask chaos` (and `cargo weir-chaos`): the real program against a simulated site that breaks on purpose.
//!
//! Each run has a seed that draws everything: the site, the faults, the edits while a sync runs, the moment of a
//! `kill -9` in every second run, a disk without room, a jump of the clock, a restart of the database server. The
//! program is started again until it is through; then the faults are cleared and the store must be the truth.

pub(crate) mod clock;
mod disk;
mod draw;
mod faults;
mod plan;
mod run;

use crate::report::Report;
use crate::site::Site;
use crate::store::StoreKind;
use crate::workspace::{Profile, Workspace, is_ci};
use crate::{output, postgres::Postgres, truth};
use anyhow::{Context, Result};
use plan::{Means, flags_of};
use run::{Counts, Stage};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// What to play.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// Runs, each with a seed of its own
    #[arg(long, default_value_t = 50)]
    pub(crate) runs: u64,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Runs at one time; most of them only wait
    #[arg(long, default_value_t = 4)]
    pub(crate) jobs: u64,
    /// Where to sync into
    #[arg(long, value_enum, default_value_t = StoreKind::Sqlite)]
    pub(crate) store: StoreKind,
    /// Also edits that only a census sees, and `weir verify` to repair them
    #[arg(long)]
    pub(crate) census: bool,
    /// Build for speed
    #[arg(long)]
    pub(crate) release: bool,
    /// Take the programs as they were built last
    #[arg(long)]
    pub(crate) built: bool,
    /// Tell how every process ended
    #[arg(long)]
    pub(crate) verbose: bool,
    #[command(flatten)]
    pub(crate) site: Site,
}

/// Plays the runs; `false` when one failed.
pub(crate) async fn run(options: Options) -> Result<bool> {
    let workspace = Workspace::find().await?;
    let profile = if options.release { Profile::Release } else { Profile::Debug };
    if !options.built {
        truth::build(&workspace, profile).await?;
    }
    let mut report = Report::new(is_ci());
    prove(&options, &mut report).await?;
    Ok(report.finish())
}

/// Plays the runs into a report. The programs have been built.
pub(crate) async fn prove(options: &Options, report: &mut Report) -> Result<()> {
    let workspace = Workspace::find().await?;
    let profile = if options.release { Profile::Release } else { Profile::Debug };
    let clock = match clock::library() {
        None => Err("libfaketime is not installed (Debian package libfaketime)"),
        Some(path) if clock::works(&path, &workspace.program(profile, "weir")).await => {
            Ok(path.display().to_string())
        }
        Some(_) => Err("weir does not run with libfaketime loaded before it"),
    };
    if let Err(reason) = &clock {
        report.skip("jumps of the clock", reason);
    }
    let means = Means { disks: disk::is_permitted().await, clock: clock.ok() };
    if !means.disks && options.store == StoreKind::Sqlite {
        report.skip("runs on a full disk", "mounting a tmpfs is not permitted");
    }
    let shared = Arc::new((options.clone(), means, AtomicU64::new(options.seed)));
    let (results, mut received) = mpsc::unbounded_channel();
    let mut workers = JoinSet::new();
    for _ in 0..options.jobs.clamp(1, options.runs.max(1)) {
        workers.spawn(work(Arc::clone(&shared), results.clone()));
    }
    drop(results);
    let mut counts = Counts::new();
    while let Some((seed, played, met)) = received.recv().await {
        for (word, times) in met {
            *counts.entry(word).or_default() += times;
        }
        report.record(&name(options, seed), played);
    }
    while let Some(ended) = workers.join_next().await {
        ended.context("a worker")??;
    }
    for (word, times) in counts {
        output::line(&format!("{word:>18} {times}"));
    }
    Ok(())
}

/// A run in reports: the command that plays it again.
fn name(options: &Options, seed: u64) -> String {
    format!(
        "cargo xtask chaos --runs 1 --seed {seed} --store {}{}{}{}",
        options.store.word(),
        flags_of(options.site),
        if options.census { " --census" } else { "" },
        if options.release { " --release" } else { "" },
    )
}

type Played = (u64, Result<()>, Counts);

/// Plays one seed after the other, with a database server of its own, since servers are restarted.
async fn work(
    shared: Arc<(Options, Means, AtomicU64)>,
    results: mpsc::UnboundedSender<Played>,
) -> Result<()> {
    let (options, means, next) = &*shared;
    let workspace = Workspace::find().await?;
    let mut server: Option<Postgres> = options.store.server().await?;
    let stage = Stage {
        workspace: &workspace,
        profile: if options.release { Profile::Release } else { Profile::Debug },
        site: options.site,
        store: options.store,
        census: options.census,
        verbose: options.verbose,
        means,
    };
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= options.seed + options.runs {
            return Ok(());
        }
        let mut counts = Counts::new();
        let played = stage.play(seed, server.as_mut(), &mut counts).await;
        if results.send((seed, played, counts)).is_err() {
            return Ok(());
        }
    }
}
