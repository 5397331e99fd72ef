//! One run: a site and a store of its own, what its plan has in store for them, and the comparison at the end.

use super::disk::SmallDisk;
use super::plan::{FEWEST_FAULTS, Means, Plan, Round};
use crate::output;
use crate::postgres::Postgres;
use crate::simulator::{Simulator, World};
use crate::site::{Account, Credential, Site};
use crate::store::StoreKind;
use crate::truth::compare::Comparison;
use crate::truth::edits::UNNOTICED;
use crate::truth::views::VIEWS;
use crate::weir::Weir;
use crate::workspace::{Profile, Workspace};
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::Output;
use std::time::{Duration, Instant};

/// A sync that takes longer hangs.
const HANGS_AFTER: Duration = Duration::from_secs(150);

/// How often a sync is tried until it is through.
const TRIES: usize = 14;

/// What a small disk holds at first, and then, in kilobytes.
const SMALL: u64 = 3 * 1024;
const ROOMY: u64 = 128 * 1024;

/// What a run is played with.
#[derive(Debug)]
pub(super) struct Stage<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) profile: Profile,
    pub(super) site: Site,
    pub(super) store: StoreKind,
    pub(super) census: bool,
    pub(super) verbose: bool,
    pub(super) means: &'a Means,
}

/// What was met, by its word, and how often.
pub(super) type Counts = BTreeMap<String, u64>;

/// A run that is being played.
struct Run<'a> {
    stage: &'a Stage<'a>,
    seed: u64,
    simulator: Simulator,
    weir: Weir,
    counts: &'a mut Counts,
    disk: Option<SmallDisk>,
}

/// How a try to sync ended.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    Done,
    /// With this exit code, in order.
    Refused(i32),
    Killed,
}

impl Stage<'_> {
    /// Plays the run of a seed; an error tells how it failed. The counts are there either way.
    pub(super) async fn play(
        &self,
        seed: u64,
        mut server: Option<&mut Postgres>,
        counts: &mut Counts,
    ) -> Result<()> {
        let world = World { issues: 300, seed, latency: None, record: false, site: self.site };
        let kinds = self.kinds().await?;
        let plan = Plan::draw(seed, self.site, self.store, self.means, &kinds, self.census);
        let simulator =
            Simulator::start(self.workspace, self.profile, &World { issues: plan.issues, ..world }).await?;
        let name = format!("chaos_{}_{seed}", self.site.name()).replace(['-', '.'], "_");
        let store = self.store.fresh(server.as_deref(), &name).await?;
        let weir = Weir::new(self.workspace, self.profile, store, simulator.gateway())?;
        let mut disk = None;
        if plan.small_disk {
            std::fs::create_dir_all(weir.home())?;
            disk = Some(SmallDisk::mount(&weir.home(), SMALL).await?);
        }
        let credential = Credential::of(Account::Reader, self.site.usual_token())?;
        weir.add(&simulator, &credential).await?;
        let mut run = Run { stage: self, seed, simulator, weir, counts, disk };
        let played = run.rounds(&plan, &mut server).await;
        let served = run.simulator.faults().await.map(|faults| faults.served).unwrap_or_default();
        for (kind, times) in served {
            *run.counts.entry(kind).or_default() += times;
        }
        played?;
        run.judge(&credential.email).await
    }

    /// The edits that a sync notices; with a census, all of them.
    async fn kinds(&self) -> Result<Vec<String>> {
        let small = World { issues: 10, seed: 1, latency: None, record: false, site: self.site };
        let known = Simulator::start(self.workspace, self.profile, &small).await?.kinds().await?;
        let noticed = |name: &str| match name {
            "user_rename" | "user_deactivate" => false,
            other => self.census || !UNNOTICED.contains(&other),
        };
        Ok(known.into_iter().map(|kind| kind.name).filter(|name| noticed(name)).collect())
    }
}

impl Run<'_> {
    async fn rounds(&mut self, plan: &Plan, server: &mut Option<&mut Postgres>) -> Result<()> {
        for (number, round) in plan.rounds.iter().enumerate() {
            self.round(round, server).await.with_context(|| format!("round {}", number + 1))?;
        }
        for order in &plan.spare {
            if self.simulator.faults().await?.served.len() >= FEWEST_FAULTS {
                return Ok(());
            }
            self.simulator.order("fault", order).await?;
            self.settle(&mut None, None, &mut None, server).await.context("a spare fault")?;
        }
        let met = self.simulator.faults().await?.served.len();
        ensure!(met >= FEWEST_FAULTS, "only {met} kinds of faults could be met");
        Ok(())
    }

    async fn round(&mut self, round: &Round, server: &mut Option<&mut Postgres>) -> Result<()> {
        for order in &round.edits {
            // Many of drawn kinds, or a single one that is named.
            let hand = if order["kind"].is_string() { "edit" } else { "edits" };
            self.simulator.order(hand, order).await?;
        }
        for order in &round.faults {
            self.simulator.order("fault", order).await?;
        }
        let (mut kill, mut restart) = (round.kill_after, round.restart_after);
        self.settle(&mut kill, round.clock, &mut restart, server).await?;
        // A process that was always faster than the signal is met by one that comes at once.
        if kill.is_some() {
            self.settle(&mut Some(10), None, &mut None, server).await?;
        }
        Ok(())
    }

    /// Syncs until it is through, no fault is on and no edit waits.
    async fn settle(
        &mut self,
        kill: &mut Option<u64>,
        mut clock: Option<&'static str>,
        restart: &mut Option<(u64, bool)>,
        server: &mut Option<&mut Postgres>,
    ) -> Result<()> {
        let mut idle = 0;
        let mut told = Vec::new();
        for number in 0..TRIES {
            let ended = self.attempt(kill, clock.take(), restart, server, &mut told).await?;
            if number == 0 {
                self.make_room().await?;
            }
            if ended != Ended::Done {
                continue;
            }
            let busy = !self.simulator.faults().await?.active.is_empty()
                || self.simulator.stats().await?.edits_waiting > 0;
            if !busy {
                return Ok(());
            }
            idle += 1;
            if idle == 2 {
                // What waits for more requests than a sync of nothing new makes would wait for ever.
                self.simulator.calm().await?;
            }
        }
        bail!("not through after {TRIES} tries: {}", told.join(" | "))
    }

    async fn make_room(&mut self) -> Result<()> {
        if let Some(disk) = self.disk.as_ref() {
            disk.grow(ROOMY).await?;
        }
        Ok(())
    }

    /// One process, perhaps killed, perhaps with its database restarted under it.
    async fn attempt(
        &mut self,
        kill: &mut Option<u64>,
        clock: Option<&'static str>,
        restart: &mut Option<(u64, bool)>,
        server: &mut Option<&mut Postgres>,
        told: &mut Vec<String>,
    ) -> Result<Ended> {
        let mut settings = Vec::new();
        if let (Some(jump), Some(library)) = (clock, &self.stage.means.clock) {
            settings.push(("LD_PRELOAD".to_owned(), library.clone()));
            settings.push(("FAKETIME".to_owned(), jump.to_owned()));
            settings.push(("FAKETIME_DONT_FAKE_MONOTONIC".to_owned(), "1".to_owned()));
            self.count("clock_jump");
        }
        let begun = Instant::now();
        let mut child = self.weir.begin_sync(&settings)?;
        let id = child.id();
        let mut killed = false;
        if let Some(after) = kill.take() {
            tokio::time::sleep(Duration::from_millis(after)).await;
            killed = child.try_wait()?.is_none();
            if killed {
                child.start_kill()?;
                self.count("kill");
            } else {
                *kill = Some(after / 2);
            }
        }
        if let (Some((after, at_once)), Some(server)) = (restart.take(), server.as_deref_mut()) {
            tokio::time::sleep(Duration::from_millis(after)).await;
            server.restart(at_once).await?;
            self.count("postgres_restart");
        }
        let all = tokio::time::timeout(HANGS_AFTER, child.wait_with_output())
            .await
            .with_context(|| format!("weir sync (process {id:?}) hangs"))??;
        let ended = self.judge_end(&all, killed, told);
        if self.stage.verbose {
            let answer: Value = serde_json::from_slice(&all.stdout).unwrap_or_default();
            let word = match &ended {
                Ok(Ended::Refused(_)) => told.last().cloned().unwrap_or_default(),
                Ok(ended) => format!("{ended:?}"),
                Err(error) => format!("{error}"),
            };
            let (took, waited) = (begun.elapsed(), &answer["waited_ms"]);
            output::echo(&format!("seed {}: {word}; {took:.1?}, waited {waited} ms", self.seed));
        }
        ended
    }

    /// Whether a process ended as one may that met a fault.
    fn judge_end(&mut self, ended: &Output, killed: bool, told: &mut Vec<String>) -> Result<Ended> {
        let said = String::from_utf8_lossy(&ended.stderr);
        ensure!(!said.contains("panicked"), "weir sync panicked:\n{}", said.trim_end());
        match ended.status.code() {
            None if killed => Ok(Ended::Killed),
            None => bail!("weir sync: {}\n{}", ended.status, said.trim_end()),
            Some(0) => Ok(Ended::Done),
            Some(code @ (2 | 4 | 5 | 7 | 8)) => {
                let error = said.lines().find(|line| line.starts_with("error:")).unwrap_or("no error line");
                let cause = said.lines().find(|line| line.starts_with("cause:")).unwrap_or_default();
                told.push(format!("exit {code}, {error} {cause}"));
                Ok(Ended::Refused(code))
            }
            Some(code) => bail!("weir sync: exit {code}\n{}", said.trim_end()),
        }
    }

    fn count(&mut self, word: &str) {
        *self.counts.entry(word.to_owned()).or_default() += 1;
    }

    /// Calm, two more syncs (with a census between them), and everything as it is in truth.
    async fn judge(&mut self, email: &str) -> Result<()> {
        self.simulator.calm().await?;
        self.weir.sync().await.context("the first sync in calm")?;
        if self.stage.census {
            self.weir.census().await.context("the census")?;
        }
        let last = self.weir.sync().await.context("the second sync in calm")?;
        ensure!(last["failed"] == json!(0), "the last sync failed on some: {last}");
        if self.stage.census {
            ensure!(self.weir.census().await?, "the second census still finds differences");
        }
        for view in VIEWS {
            let mut comparison = Comparison::new(view.key);
            self.simulator.truth(view.name, email, |line| comparison.expect(line)).await?;
            let is_issues = view.name == "issues";
            self.weir
                .export(view.name, |line| match is_issues && !is_live(line)? {
                    // It is missing then, if the truth has it.
                    true => Ok(()),
                    false => comparison.meet(line),
                })
                .await?;
            comparison.finish().with_context(|| view.name)?;
        }
        Ok(())
    }
}

/// Whether a row of the issues is in the state `live`.
fn is_live(line: &[u8]) -> Result<bool> {
    let row: Value = serde_json::from_slice(line)?;
    Ok(row["state"] == json!("live"))
}
