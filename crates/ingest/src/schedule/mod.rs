//! The scheduler: when each integration is run, by whom, and what becomes of the plan afterwards.
//!
//! Everything that decides is in the store: what is due, what was missed, pauses, and what people asked for. Any number of
//! schedulers, in servers, workers and followers, look at it. Whoever takes an integration's lease looks once more under the
//! lease, runs what is due, and writes what comes next before the lease is given back; so each due time has one run. A process
//! that is killed leaves its run due, and its lease runs out: another one follows it.
//!
//! `rhythm.rs` says which times an integration is due at, `rule.rs` whether it is due now, `turn.rs` runs it.

mod beside;
mod rhythm;
mod rule;
#[cfg(test)]
mod samples;
mod show;
#[cfg(test)]
mod tests;
mod turn;
mod work;

pub(crate) use rhythm::Rhythm;
pub use rhythm::check_cron;
pub(crate) use show::paused_words;
pub use show::{Figure, ScheduleState, Shown, figures, show, upcoming};

use crate::{SyncReport, VerifyReport, nudges::Outlet};
use beside::Beside;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::mpsc::UnboundedSender,
    task::{Id, JoinSet},
    time::Instant,
};
use turn::{Outcome, Turn};
use weir_model::{Integration, IntegrationId, Message, Millis, Planned, Schedule};
use weir_source::{CancellationToken, Environment, Progress};
use weir_store::{LeaseHolder, Store, StoreError};
use weir_vault::KeyFile;
use work::RealWork;

/// How often it is looked whether something is due or was asked for.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// How often set-ups are taken away that have run out.
const DRAFTS_EVERY: Duration = Duration::from_secs(600);

/// How long an integration is left alone that somebody else is working on.
const BUSY_REST: Duration = Duration::from_secs(5);

/// How long it is left alone by a server that cannot open its credential.
const UNFIT_REST: Duration = Duration::from_secs(10);

/// How long it is left alone after what came of a run could not be kept.
const LOST_REST: Duration = Duration::from_secs(60);

/// How long runs may take to end in order once they are asked to.
const LAST_WORDS: Duration = Duration::from_secs(12);

/// Which integrations a scheduler runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Selection {
    /// All that are not paused, also those that are added later.
    All,
    /// These, whether they are paused or not.
    These(Vec<IntegrationId>),
}

/// Something that a scheduler tells.
#[derive(Clone, Debug)]
pub enum Told {
    /// A run begins.
    Began {
        /// Of which integration.
        integration: Box<Integration>,
        /// How far it has come.
        progress: Arc<Progress>,
    },
    /// A sync has ended.
    Synced {
        /// Of which integration.
        integration: Box<Integration>,
        /// What it did.
        report: Box<SyncReport>,
        /// Why it failed.
        failure: Option<Message>,
    },
    /// A comparison has ended.
    Compared {
        /// Of which integration.
        integration: Box<Integration>,
        /// What it found, or why it failed.
        outcome: Box<Result<VerifyReport, Message>>,
    },
    /// The store is away; it is looked for until it is back.
    StoreAway(Message),
}

/// What a scheduler is made of.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The rows.
    pub store: Store,
    /// Where the master keys are; they are read for each run, since they may be rotated.
    pub key_file: KeyFile,
    /// Clock, randomness, addresses.
    pub environment: Environment,
    /// The proxy of integrations that name none.
    pub proxy: Option<String>,
    /// Which integrations.
    pub selection: Selection,
    /// How many are run side by side.
    pub workers: usize,
    /// Whether a comparison that is due after a sync is done.
    pub census: bool,
    /// Who leases are for.
    pub holder: LeaseHolder,
    /// Whom it tells what it does.
    pub tell: Option<UnboundedSender<Told>>,
    /// What nudges and notifications are sent with; without it none are.
    pub outlet: Option<Outlet>,
}

/// Runs integrations when they are due.
#[derive(Debug)]
pub struct Scheduler {
    turn: Arc<Turn>,
    selection: Selection,
    workers: usize,
    store_is_away: bool,
    drafts_looked_at: Option<Instant>,
    beside: Vec<Beside>,
}

/// The runs in hand.
#[derive(Debug, Default)]
struct Hands {
    running: JoinSet<Outcome>,
    by_task: HashMap<Id, IntegrationId>,
    /// Those that are left alone for a while.
    resting: HashMap<IntegrationId, Instant>,
}

impl Scheduler {
    /// A scheduler of these parts, not running yet.
    pub fn new(parts: Parts) -> Self {
        let beside = Beside::of(&parts);
        let work = RealWork {
            store: parts.store.clone(),
            key_file: parts.key_file,
            environment: parts.environment.clone(),
            proxy: parts.proxy,
            census: parts.census,
            holder: parts.holder.clone(),
        };
        let clock = parts.environment.clock;
        let turn =
            Turn { store: parts.store, clock, holder: parts.holder, tell: parts.tell, work: Box::new(work) };
        Self { beside, ..Self::with(turn, parts.selection, parts.workers) }
    }

    fn with(turn: Turn, selection: Selection, workers: usize) -> Self {
        Self {
            turn: Arc::new(turn),
            selection,
            workers: workers.max(1),
            store_is_away: false,
            drafts_looked_at: None,
            beside: vec![],
        }
    }

    /// Runs what is due until it is asked to stop; then runs in hand end where they have come, and stay due.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut hands = Hands::default();
        while !stop.is_cancelled() {
            self.forget_drafts().await;
            for chore in &mut self.beside {
                chore.look(&stop);
            }
            let next = self.begin(&mut hands, &stop).await;
            tokio::select! {
                () = tokio::time::sleep(next) => {}
                _ = hands.one_ended(), if !hands.running.is_empty() => {}
                () = stop.cancelled() => {}
            }
        }
        let ended = async {
            while hands.one_ended().await == Some(()) {}
            for chore in self.beside {
                chore.ended().await;
            }
        };
        if tokio::time::timeout(LAST_WORDS, ended).await.is_err() {
            tracing::warn!("runs did not end in time; their leases run out by themselves");
        }
    }

    /// Takes away, now and then, set-ups that were begun and have run out: each holds a credential.
    async fn forget_drafts(&mut self) {
        if self.drafts_looked_at.is_some_and(|at| at.elapsed() < DRAFTS_EVERY) {
            return;
        }
        self.drafts_looked_at = Some(Instant::now());
        if let Err(error) = self.turn.store.forget_drafts().await {
            tracing::debug!(%error, "set-ups that have run out could not be taken away");
        }
    }

    /// Begins what is due, as far as hands are free. Gives how long it may be waited until it is looked again.
    async fn begin(&mut self, hands: &mut Hands, stop: &CancellationToken) -> Duration {
        let planned = match self.turn.store.planned().await {
            Ok(planned) => planned,
            Err(error) => {
                self.store_went_away(error);
                return BUSY_REST;
            }
        };
        if self.store_is_away {
            tracing::info!("the store is back");
            self.store_is_away = false;
        }
        let now = self.turn.clock.now();
        let in_hand: HashSet<IntegrationId> = hands.by_task.values().copied().collect();
        hands.resting.retain(|_, until| *until > Instant::now());
        let mut due: Vec<(Millis, Integration)> = vec![];
        let mut next = LOOK_AGAIN;
        for one in planned.into_iter().filter(|one| self.selection.takes(one)) {
            let id = one.integration.id;
            if in_hand.contains(&id) || hands.resting.contains_key(&id) {
                continue;
            }
            match turn::due_since(&one, self.selection.ignores_pauses(), now) {
                Ok(since) => due.push((since, one.integration)),
                Err(Some(at)) => {
                    let wait = Duration::from_millis(at.since(now).unsigned_abs());
                    next = next.min(wait.max(Duration::from_millis(50)));
                }
                Err(None) => {}
            }
        }
        // Who has waited longest comes first.
        due.sort_by_key(|(since, integration)| (*since, integration.created_at, integration.id));
        let free = self.workers.saturating_sub(hands.running.len());
        for (_, integration) in due.into_iter().take(free) {
            let turn = Arc::clone(&self.turn);
            let ignores_pauses = self.selection.ignores_pauses();
            let (id, stop) = (integration.id, stop.clone());
            let task = hands.running.spawn(async move { turn.take(integration, ignores_pauses, stop).await });
            hands.by_task.insert(task.id(), id);
        }
        next
    }

    fn store_went_away(&mut self, error: StoreError) {
        if self.store_is_away {
            return;
        }
        self.store_is_away = true;
        tracing::warn!(%error, "the store is away; it is looked for again");
        self.turn.tell(Told::StoreAway(error.message().clone()));
    }
}

impl Selection {
    fn takes(&self, planned: &Planned) -> bool {
        match self {
            Self::All => true,
            Self::These(ids) => ids.contains(&planned.integration.id),
        }
    }

    fn ignores_pauses(&self) -> bool {
        matches!(self, Self::These(_))
    }
}

impl Hands {
    /// Waits for a run to end; `None` where there is none.
    async fn one_ended(&mut self) -> Option<()> {
        let (task, outcome) = match self.running.join_next_with_id().await? {
            Ok((task, outcome)) => (task, outcome),
            Err(broken) => {
                tracing::error!(error = %broken, "a run broke");
                (broken.id(), Outcome::Lost)
            }
        };
        let Some(id) = self.by_task.remove(&task) else { return Some(()) };
        let rest = match outcome {
            Outcome::Done => return Some(()),
            Outcome::Busy => BUSY_REST,
            Outcome::Unfit => UNFIT_REST,
            Outcome::Lost => LOST_REST,
        };
        self.resting.insert(id, Instant::now() + rest);
        Some(())
    }
}

/// Notes that an integration was brought up to date otherwise than by its schedule.
pub(crate) async fn caught_up(store: &Store, integration: &Integration, now: Millis) -> Result<(), Message> {
    let next = rhythm::Rhythm::of(integration).after(now);
    store.caught_up(&integration.id, next).await.map_err(|error| error.message().clone())
}

/// What is planned after a run that was due.
fn planned_next(
    rhythm: &rhythm::Rhythm,
    before: &Schedule,
    integration: &IntegrationId,
    failure: Option<&str>,
    (served, now): (Millis, Millis),
) -> Schedule {
    let (failures, due_at) = match failure {
        None => (0, rhythm.after(now)),
        Some(code) => {
            let failures = before.failures.saturating_add(1);
            (failures, Millis(now.0 + rule::wait_after(failures, Some(code), &integration.to_string())))
        }
    };
    Schedule {
        basis: rhythm.basis.clone(),
        due_at,
        served_at: Some(served),
        failures,
        failure_code: failure.map(str::to_owned),
        failed_at: failure.map(|_| now),
    }
}
