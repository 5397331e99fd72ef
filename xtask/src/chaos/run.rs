//! One run: a site and a store of its own, what its plan has in store for them, and the comparison at the end.

use super::attempt::{Ahead, Ended};
use super::crash::Step;
use super::disk::SmallDisk;
use super::faults::{self, Order};
use super::plan::{Event, FEWEST_FAULTS, Kill, Means, Plan, Round, Rules};
use super::tally::Met;
use crate::output;
use crate::postgres::Postgres;
use crate::simulator::{Simulator, World};
use crate::site::{Account, Credential};
use crate::truth::edits::UNNOTICED;
use crate::weir::{INTEGRATION, Weir};
use crate::workspace::{Profile, Workspace};
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

/// How often a command is tried until it is through.
const TRIES: usize = 14;

/// What a small disk holds at first, and then, in kilobytes.
const SMALL: u64 = 3 * 1024;
const ROOMY: u64 = 512 * 1024;

/// How far searches are behind edits where an index lags, in milliseconds.
const LAG: u64 = 90_000;

/// What runs are played with.
#[derive(Debug)]
pub(super) struct Stage<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) profile: Profile,
    pub(super) rules: Rules,
    pub(super) means: &'a Means,
    pub(super) verbose: bool,
    pub(super) keep: bool,
}

/// A run that is being played.
pub(super) struct Run<'a> {
    pub(super) stage: &'a Stage<'a>,
    pub(super) seed: u64,
    pub(super) plan: Plan,
    pub(super) credential: Credential,
    pub(super) simulator: Simulator,
    pub(super) weir: Weir,
    pub(super) met: &'a mut Met,
    /// What commands said that could not do what was asked.
    pub(super) told: Vec<String>,
    /// The kinds of edits that are drawn.
    kinds: Vec<String>,
    disk: Option<SmallDisk>,
}

impl Stage<'_> {
    /// Plays the run of a seed; an error tells how it failed. What was met is there either way.
    pub(super) async fn play(
        &self,
        (seed, attempt): (u64, u64),
        mut server: Option<&mut Postgres>,
        met: &mut Met,
    ) -> Result<()> {
        let plan = Plan::draw(seed, &self.rules, self.means);
        if self.verbose {
            output::echo(&format!("seed {seed}: {plan:?}"));
        }
        let mut world = World::new(plan.issues, seed, plan.site);
        world.more = plan.flags.iter().map(|flag| (*flag).to_owned()).collect();
        let simulator = Simulator::start(self.workspace, self.profile, &world).await?;
        let name = format!("chaos_{seed}_{attempt}");
        let store = self.rules.store.fresh(server.as_deref(), &name).await?;
        let weir = Weir::new(self.workspace, self.profile, store, simulator.gateway())?;
        let mut disk = None;
        if plan.small_disk {
            std::fs::create_dir_all(weir.home())?;
            disk = Some(SmallDisk::mount(&weir.home(), SMALL).await?);
        }
        let credential = Credential::of(Account::Reader, plan.site.usual_token())?;
        let kinds = kinds(&simulator, plan.census).await?;
        let mut run =
            Run { stage: self, seed, plan, credential, simulator, weir, met, told: Vec::new(), kinds, disk };
        run.met.count("monsters", u64::from(run.plan.flags.contains(&"--monsters")));
        let played = run.whole(&mut server).await;
        let served = run.simulator.faults().await.map(|faults| faults.served).unwrap_or_default();
        for (kind, times) in served {
            run.met.count(&kind, times);
        }
        if self.keep && played.is_err() {
            output::echo(&format!("seed {seed}: its home is {}", run.weir.keep().display()));
        }
        played
    }
}

/// The edits that a sync notices; with a census, all of them.
async fn kinds(simulator: &Simulator, census: bool) -> Result<Vec<String>> {
    let noticed = |name: &str| match name {
        "user_rename" | "user_deactivate" => false,
        other => census || !UNNOTICED.contains(&other),
    };
    Ok(simulator.kinds().await?.into_iter().map(|kind| kind.name).filter(|name| noticed(name)).collect())
}

/// The words of a command about the integration.
pub(super) fn words(all: &[&str]) -> Vec<String> {
    all.iter().map(|word| (*word).to_owned()).collect()
}

pub(super) fn words_of_sync(everything: bool) -> Vec<String> {
    let all = words(&["sync", INTEGRATION, "--format", "json"]);
    if everything { all.into_iter().chain(["--full".to_owned()]).collect() } else { all }
}

/// Every process of the run came to its end before its kill was due: it shows nothing of what a kill does.
#[derive(Debug)]
pub(super) struct Spared;

impl std::fmt::Display for Spared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("it was not killed, and should have been")
    }
}

impl std::error::Error for Spared {}

impl Run<'_> {
    async fn whole(&mut self, server: &mut Option<&mut Postgres>) -> Result<()> {
        self.connect(server).await.context("adding the integration")?;
        for number in 0..self.plan.rounds.len() {
            self.before_round(number, server)
                .await
                .with_context(|| format!("before round {}", number + 1))?;
            self.round(number, server).await.with_context(|| format!("round {}", number + 1))?;
            if number == 1 {
                self.between(server).await.with_context(|| self.plan.event.word())?;
            }
        }
        if self.plan.census {
            self.census(server).await.context("the census")?;
        }
        self.catch_up(server).await?;
        self.judge().await?;
        ensure!(!self.is_to_be_killed() || self.met.was_killed(), Spared);
        Ok(())
    }

    fn is_to_be_killed(&self) -> bool {
        self.plan.kill.is_some() || self.plan.rounds.iter().any(|round| round.kill.is_some())
    }

    /// Adds the integration; after a crash once more, unless it is there.
    async fn connect(&mut self, server: &mut Option<&mut Postgres>) -> Result<()> {
        let words = self.weir.words_of_add(&self.simulator, &self.credential)?;
        let mut ahead = Ahead::kill(self.kill_of(Step::Add));
        if ahead.kill.is_none() {
            let ended = self.attempt(&words, &mut ahead, server).await?;
            ensure!(ended == Ended::Done(0), "{ended:?}: {}", self.told.join(" | "));
            return Ok(());
        }
        let ended = self.attempt(&words, &mut ahead, server).await?;
        ensure!(ended == Ended::Killed, "it came through its crash point: {ended:?}");
        let listed = self.weir.answer(&["integration", "list", "--format", "json"]).await?;
        let listed: Value = serde_json::from_str(&listed).with_context(|| listed.clone())?;
        match listed.as_array().map(Vec::len) {
            Some(1) => Ok(()),
            Some(0) => self.weir.add(&self.simulator, &self.credential).await,
            _ => bail!("after a crash while one integration was added there is {listed}"),
        }
    }

    /// The kill that the plan has for a step that is not a round.
    pub(super) fn kill_of(&self, step: Step) -> Option<Kill> {
        self.plan.kill.filter(|kill| matches!(kill, Kill::At(point, _) if point.step == step))
    }

    async fn round(&mut self, number: usize, server: &mut Option<&mut Postgres>) -> Result<()> {
        let Round { edits, faults, kill, rate, restart_after, clock } =
            std::mem::replace(&mut self.plan.rounds[number], Round::nothing());
        for edit in &edits {
            self.order_edit(edit).await?;
        }
        for fault in &faults {
            self.order_fault(fault).await?;
        }
        let over_before = self.simulator.stats().await?.over_limit;
        if let Some(limit) = rate {
            self.simulator.order("rate", &json!({ "limit": limit })).await?;
        }
        let mut ahead = Ahead { kill, restart: restart_after, clock };
        self.settle(&words_of_sync(false), &mut ahead, server).await?;
        if let Some(kill) = ahead.kill {
            // It was always faster than the signal, or did not come to the point.
            ahead.kill = Some(if let Kill::After(_) = kill { Kill::After(10) } else { kill });
            self.settle(&words_of_sync(false), &mut ahead, server).await?;
        }
        if rate.is_some() {
            self.met.count(Event::RateLimit.word(), self.simulator.stats().await?.over_limit - over_before);
            self.simulator.order("rate", &json!({ "limit": null })).await?;
        }
        self.plan.rounds[number].kill = kill;
        Ok(())
    }

    async fn order_edit(&self, edit: &Value) -> Result<()> {
        // Many of drawn kinds, or a single one that is named.
        if edit["kind"].is_string() {
            return self.simulator.order("edit", edit).await;
        }
        let mut edits = edit.clone();
        edits["kinds"] = json!(self.kinds);
        self.simulator.order("edits", &edits).await
    }

    async fn order_fault(&self, order: &Order) -> Result<()> {
        let mut body = order.body.clone();
        if let Some(number) = order.issue {
            let mut keys = Vec::new();
            let collect = |line: &[u8]| {
                let row: Value = serde_json::from_slice(line)?;
                keys.push(row["key"].clone());
                Ok(())
            };
            self.simulator.truth("issues", &self.credential.email, collect).await?;
            ensure!(!keys.is_empty(), "the site has no issue");
            body["issue"] = keys[number as usize % keys.len()].clone();
        }
        self.simulator.order("fault", &body).await
    }

    /// Tries a command until it is through, no fault is on and no edit waits.
    pub(super) async fn settle(
        &mut self,
        words: &[String],
        ahead: &mut Ahead,
        server: &mut Option<&mut Postgres>,
    ) -> Result<()> {
        let mut idle = 0;
        self.told.clear();
        for number in 0..TRIES {
            let ended = self.attempt(words, ahead, server).await?;
            if number == 0 {
                self.make_room().await?;
            }
            if !matches!(ended, Ended::Done(_)) {
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
        bail!("not through after {TRIES} tries: {}", self.told.join(" | "))
    }

    async fn make_room(&mut self) -> Result<()> {
        if let Some(disk) = self.disk.as_ref() {
            disk.grow(ROOMY).await?;
        }
        Ok(())
    }

    /// What an index that lags does to edits from the second round on.
    async fn before_round(&mut self, number: usize, server: &mut Option<&mut Postgres>) -> Result<()> {
        match self.plan.event {
            Event::IndexLag if number == 1 => {
                self.simulator.order("lag", &json!({ "ms": LAG })).await?;
                self.met.count(Event::IndexLag.word(), 1);
            }
            Event::CredentialLost if number == 2 => self.lose_credential(server).await?,
            _ => {}
        }
        Ok(())
    }

    /// Lets the index see everything.
    pub(super) async fn let_index_follow(&self) -> Result<()> {
        let mut behind = self.plan.site.node_lag();
        if self.plan.event == Event::IndexLag {
            self.simulator.order("lag", &json!({ "ms": 0 })).await?;
            behind += LAG;
        }
        if behind > 0 {
            self.simulator.order("clock", &json!({ "advance_ms": behind + 1_000 })).await?;
        }
        Ok(())
    }

    /// Orders the kinds of faults once more that nothing has met.
    async fn catch_up(&mut self, server: &mut Option<&mut Postgres>) -> Result<()> {
        let kinds = self.plan.kinds.clone();
        for (number, kind) in kinds.iter().enumerate() {
            if self.simulator.faults().await?.served.contains_key(*kind) {
                continue;
            }
            let mut draw = crate::draw::Draw::new(self.seed, 100 + number as u64);
            for mut order in faults::orders(kind, self.plan.site.flavor, &mut draw, 1) {
                order.body["after"] = json!(0);
                self.order_fault(&order).await?;
            }
            let words = words_of_sync(faults::wants_everything(kind));
            self.settle(&words, &mut Ahead::default(), server)
                .await
                .with_context(|| format!("a late {kind}"))?;
        }
        let served = self.simulator.faults().await?.served;
        let unmet: Vec<&str> = kinds.into_iter().filter(|kind| !served.contains_key(*kind)).collect();
        ensure!(unmet.is_empty(), "nothing met {}", unmet.join(", "));
        ensure!(served.len() >= FEWEST_FAULTS, "only {} kinds of faults were met", served.len());
        Ok(())
    }
}
