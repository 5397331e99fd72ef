//! The suite `satellite` and `cargo xtask verify-satellite`: a server, a satellite and a Data Center as processes with real
//! sockets between, and everything that may happen to them; in the end the store must be the truth.

mod agent;
mod away;
mod clock;
mod full;
mod imports;
mod kills;
mod refused;
mod samples;
mod scene;
mod server;
mod skew;
mod turns;
mod wire;

use crate::postgres::Postgres;
use crate::report::Report;
use crate::workspace::{Profile, Workspace, is_ci};
use crate::{chaos, output, truth};
use anyhow::{Context, Result};
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, LocalSet};

/// How much to prove.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// Issues of the largest site
    #[arg(long, default_value_t = 10_000)]
    pub(crate) issues: usize,
    /// How often each side is killed, into each kind of store
    #[arg(long, default_value_t = 30)]
    pub(crate) kills: u64,
    /// What sites are grown from and moments drawn from; another one each time unless it is given
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Stories at one time; much of each is waiting
    #[arg(long, default_value_t = 5)]
    pub(crate) jobs: usize,
    /// Take the programs as they were built last
    #[arg(long)]
    pub(crate) built: bool,
    /// Only stories with this in their names
    #[arg(long)]
    pub(crate) only: Option<String>,
}

/// What stories are played with.
#[derive(Debug)]
pub(crate) struct Stage {
    workspace: Workspace,
    seed: u64,
    issues: usize,
    kills: u64,
    postgres: Option<Postgres>,
    /// The library that sets clocks.
    clock: Option<PathBuf>,
    /// Whether small disks can be made.
    disks: bool,
}

/// How often a story is played whose import is over before it can be disturbed.
const PLAYED_AT_MOST: u32 = 3;

type Story = fn(Arc<Stage>) -> Pin<Box<dyn Future<Output = Result<()>>>>;

/// What a story needs besides the programs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    Postgres,
    Clock,
    Disk,
    Samples,
}

macro_rules! stories {
    ($($name:literal, $needs:ident, $story:path;)*) => {
        /// Every story, the longest first.
        const STORIES: &[(&str, Needs, Story)] = &[$(
            ($name, Needs::$needs, |stage| Box::pin(async move { $story(&stage).await })),
        )*];
    };
}

stories! {
    "either side is killed at moments of imports, into PostgreSQL", Postgres, kills::into_postgres;
    "either side is killed at moments of imports, into SQLite", Nothing, kills::into_sqlite;
    "a large site arrives, and what changes there", Nothing, imports::large;
    "keys and satellites that are revoked, and a wrong tenant", Nothing, refused::refused;
    "of two satellites with one file one is killed and the other goes on", Clock, turns::killed;
    "states follow the server's clock, and who is back is online soon", Clock, away::states;
    "a full spool holds reading up, and is told", Nothing, full::spool;
    "the server is away for 71 hours: what was read is sent on", Clock, away::shorter;
    "the server is away for 73 hours: what was read is read again", Clock, away::longer;
    "a site behind AD FS arrives, and no credential leaves the satellite", Nothing, imports::adfs;
    "a full disk stops an import, which goes on where there is room", Disk, full::disk;
    "a satellite whose clock is hours ahead", Clock, skew::ahead;
    "a satellite whose clock is hours behind", Clock, skew::behind;
    "a satellite of the version before, and one of a later one", Nothing, skew::versions;
    "a satellite that is told to stop", Nothing, refused::stopped;
    "the published sample with a token", Samples, samples::token;
    "the published sample with a password", Samples, samples::password;
    "the published sample with AD FS", Samples, samples::adfs;
}

/// Plays the stories; `false` when one failed.
pub(crate) async fn run(options: Options) -> Result<bool> {
    let workspace = Workspace::find().await?;
    if !options.built {
        truth::build(&workspace, Profile::Debug).await?;
    }
    let mut report = Report::new(is_ci());
    prove(&options, &mut report).await?;
    Ok(report.finish())
}

/// Plays the stories into a report. The programs have been built.
pub(crate) async fn prove(options: &Options, report: &mut Report) -> Result<()> {
    let workspace = Workspace::find().await?;
    let seed = options.seed.unwrap_or_else(chaos::fresh_seed);
    output::line(&format!(
        "satellite: cargo xtask verify-satellite --issues {} --kills {} --seed {seed}",
        options.issues, options.kills
    ));
    let program = workspace.program(Profile::Debug, "weir");
    let clock = match chaos::clock::library() {
        Some(library) if chaos::clock::works(&library, &program).await => Some(library),
        _ => None,
    };
    let chosen: Vec<_> = STORIES
        .iter()
        .filter(|(name, ..)| options.only.as_ref().is_none_or(|only| name.contains(only.as_str())))
        .collect();
    let wants_postgres = chosen.iter().any(|(_, needs, _)| *needs == Needs::Postgres);
    let stage = Arc::new(Stage {
        seed,
        issues: options.issues,
        kills: options.kills,
        postgres: if wants_postgres { Postgres::start().await? } else { None },
        clock,
        disks: chaos::disk::is_permitted().await,
        workspace,
    });
    let places = Arc::new(Semaphore::new(options.jobs.max(1)));
    let (here, mut playing) = (LocalSet::new(), JoinSet::new());
    for (name, needs, story) in chosen {
        if let Some(missing) = stage.misses(*needs) {
            report.skip(&format!("satellite: {name}"), missing);
            continue;
        }
        let (stage, places) = (Arc::clone(&stage), Arc::clone(&places));
        let play = async move {
            let _place = places.acquire_owned().await;
            let begun = Instant::now();
            let mut played = story(Arc::clone(&stage)).await;
            for _ in 1..PLAYED_AT_MOST {
                if !played.as_ref().is_err_and(|error| error.is::<scene::Undisturbed>()) {
                    break;
                }
                output::echo(&format!("{name}: the import was over too soon; it is played again"));
                played = story(Arc::clone(&stage)).await;
            }
            output::echo(&format!("{:.0?}: {name}", begun.elapsed()));
            (*name, played)
        };
        playing.spawn_local_on(play, &here);
    }
    here.run_until(async {
        while let Some(ended) = playing.join_next().await {
            let (name, played) = ended.context("a story")?;
            report.record(&format!("satellite: {name}"), played);
        }
        Ok(())
    })
    .await
}

impl Stage {
    fn misses(&self, needs: Needs) -> Option<&'static str> {
        match needs {
            Needs::Postgres if self.postgres.is_none() => {
                Some("PostgreSQL is not installed (Debian package postgresql)")
            }
            Needs::Clock if self.clock.is_none() => {
                Some("libfaketime is not installed, or does not work with the program")
            }
            Needs::Disk if !self.disks => Some("no disk can be mounted here"),
            Needs::Samples if !samples::folder(&self.workspace).is_dir() => Some("../shared is absent"),
            _ => None,
        }
    }
}
