//! One run: bring an integration up to date.
//!
//! The first run reads everything in scope, each later one what changed since; which of both, the source tells from the
//! checkpoints. Where the last run did not come to its end, its checkpoints are gone on from; where a person says so,
//! all are cleared first.

use crate::{
    census::UNSEEN,
    credential,
    delete::refuse_deleting,
    grants,
    health::lost_in_scope,
    hygiene,
    journal::Journal,
    lease, password, quarantine, satellite, schedule,
    scope::{self, Comparison, Due},
    unread,
    verify::{CensusRun, VerifyReport, is_due},
};
use std::sync::Arc;
use weir_model::{
    Integration, Kind, Message, Requester, RunEvent, RunId, RunLevel, RunOutcome, RunResult, Scope, Tally,
    Trigger,
};
use weir_source::{CancellationToken, Environment, Progress, Source, pull, registry};
use weir_store::{LeaseHolder, Retries, Store, StoreSink, crash_point};
use weir_vault::Vault;

/// How the names of partitions begin that are only of use until their run has come to its end.
pub(crate) const PARTS: &str = "project:";

/// Runs among which the last one that was not a census is looked for.
const RUNS_LOOKED_AT: u32 = 500;

/// Lines of a run's log that its report carries.
const NOTABLE: usize = 5;

/// How a run is to be done.
#[derive(Debug)]
pub struct SyncOptions {
    /// What begins it.
    pub trigger: Trigger,
    /// Who asked for it.
    pub asked_by: Option<Requester>,
    /// Start from the beginning even where the last run was interrupted.
    pub full: bool,
    /// Compare everything with the site afterwards, when that is due.
    pub census: bool,
    /// Who holds the lease.
    pub holder: LeaseHolder,
    /// Where to say how far it has come.
    pub progress: Arc<Progress>,
    /// Stops it.
    pub cancel: CancellationToken,
    /// Clock, randomness, addresses.
    pub environment: Environment,
}

/// What a run did.
#[derive(Clone, Debug)]
pub struct SyncReport {
    /// The integration's name.
    pub integration: String,
    /// The run; `None` when it was not begun.
    pub run_id: Option<RunId>,
    /// How it ended.
    pub result: RunResult,
    /// Whether it went on from where an interrupted run had come.
    pub resumed: bool,
    /// Whether only changes since an earlier run were asked for.
    pub incremental: bool,
    /// Requests sent.
    pub requests: u64,
    /// Time spent waiting at the site's wish.
    pub waited_ms: u64,
    /// How long it took.
    pub duration_ms: i64,
    /// Counts by kind.
    pub tally: Tally,
    /// The first things that were withheld or not understood.
    pub notable: Vec<RunEvent>,
    /// How many such lines the run's log has.
    pub notable_total: usize,
    /// What a census found that was due after the run, or why it failed.
    pub census: Option<Result<VerifyReport, Message>>,
}

/// Brings an integration up to date.
///
/// # Errors
/// What went wrong, with what had been done until then; that stays in the store.
pub async fn sync(
    store: &Store,
    vault: &Vault,
    integration: &Integration,
    options: SyncOptions,
) -> Result<SyncReport, (Message, Box<SyncReport>)> {
    let may_run = async {
        refuse_deleting(store, integration).await?;
        lease::take(store, integration, &options.holder).await
    };
    let lease = match may_run.await {
        Ok(lease) => lease,
        Err(message) => return Err((message, Box::new(SyncReport::not_begun(integration)))),
    };
    let clock = Arc::clone(&options.environment.clock);
    let cancel = options.cancel.clone();
    let mut outcome = leased(store, vault, integration, &lease, options).await;
    if let Ok(report) = outcome {
        let noted = schedule::caught_up(store, integration, clock.now()).await;
        outcome = noted.map(|()| report.clone()).map_err(|message| (message, Box::new(report)));
    }
    lease::give_back(store, &lease).await;
    if outcome.is_ok() {
        hygiene::keep_up(store, integration, clock.now(), false, &cancel).await;
    }
    outcome
}

/// The same under a lease that is held.
pub(crate) async fn leased(
    store: &Store,
    vault: &Vault,
    integration: &Integration,
    lease: &weir_store::Lease,
    options: SyncOptions,
) -> Result<SyncReport, (Message, Box<SyncReport>)> {
    let mut report = SyncReport::not_begun(integration);
    // A lease that is lost ends this run, and nothing else.
    let options = SyncOptions { cancel: options.cancel.child_token(), ..options };
    let watched = Some((options.progress.as_ref(), options.environment.clock.as_ref()));
    let outcome = lease::held((store, lease), integration, &options.cancel, watched, async {
        let run = Run { store, vault, integration, options: &options, lease };
        match run.whole(&mut report).await {
            Ok(()) => run.census(&mut report).await,
            // None of the projects that were named is there: what became of their issues is for a census to tell.
            Err(away @ Message::ProjectUnknown { .. }) => run.census(&mut report).await.and(Err(away)),
            Err(message) => Err(message),
        }
    })
    .await;
    match outcome {
        Ok(()) => Ok(report),
        Err(message) => Err((message, Box::new(report))),
    }
}

impl SyncReport {
    /// The report of a run that was not begun.
    pub(crate) fn not_begun(integration: &Integration) -> Self {
        Self {
            integration: integration.name.clone(),
            run_id: None,
            result: RunResult::Failed,
            resumed: false,
            incremental: false,
            requests: 0,
            waited_ms: 0,
            duration_ms: 0,
            tally: Tally::default(),
            notable: vec![],
            notable_total: 0,
            census: None,
        }
    }
}

struct Run<'a> {
    store: &'a Store,
    vault: &'a Vault,
    integration: &'a Integration,
    options: &'a SyncOptions,
    lease: &'a weir_store::Lease,
}

impl Run<'_> {
    async fn whole(&self, report: &mut SyncReport) -> Result<(), Message> {
        let environment = &self.options.environment;
        let started = environment.clock.now();
        let id = RunId::generate(started, environment.entropy.as_ref());
        let last = self.last_run().await?;
        let last_succeeded = last.as_ref().is_none_or(|run| succeeded(run.result.as_deref()));
        let attempt = if last_succeeded { 1 } else { last.map_or(1, |run| run.attempt + 1) };
        let begun = (self.options.trigger, self.options.asked_by.as_ref());
        self.store.begin_run(self.lease, &id, begun, attempt).await.map_err(said)?;
        report.run_id = Some(id);
        let journal = Journal { store: self.store, run: id, clock: environment.clock.clone() };

        let mut outcome = self.body(report, &journal).await;
        if let Err(message) = &outcome {
            outcome =
                password::note(self.store, self.lease, self.integration, &id, message).await.and(outcome);
        }
        report.duration_ms = environment.clock.now().since(started);
        report.result = match &outcome {
            Ok(()) => {
                let total = report.tally.total();
                if total.skipped + total.failed > 0 { RunResult::Partial } else { RunResult::Success }
            }
            Err(Message::Interrupted {}) => RunResult::Cancelled,
            Err(_) => RunResult::Failed,
        };
        let ended = self.finish(report, &journal, outcome.as_ref().err()).await;
        outcome.and(ended)
    }

    async fn body(&self, report: &mut SyncReport, journal: &Journal<'_>) -> Result<(), Message> {
        password::refuse_held_password(self.store, self.integration).await?;
        let mut checkpoints = self.store.checkpoints(&self.integration.id).await.map_err(said)?;
        let due = Due::of(self.store, self.integration, &checkpoints, self.options.full).await?;
        // What is read says nothing of what was compared, and the other way round.
        checkpoints.retain(|one| one.partition.0 != scope::PARTITION);
        if self.options.full {
            self.store.clear_checkpoints_but(self.lease, [scope::PARTITION, UNSEEN]).await.map_err(said)?;
            checkpoints.clear();
        }
        report.resumed = checkpoints.iter().any(|one| one.partition.0.starts_with(PARTS));
        let settings = &self.integration.settings;
        journal
            .info("run.started", &settings.site_url, started(&settings.scope, !checkpoints.is_empty()))
            .await?;

        let source =
            satellite::open(self.store, self.vault, self.integration, &self.options.environment).await?;
        let sealer = credential::sealer(self.vault, self.integration);
        let lease = self.lease.clone();
        let retries = retries(self.options.trigger, self.options.full);
        let sink = self.store.sink(&self.integration.id, &journal.run, lease, sealer, retries).await;
        let sink = sink.map_err(said)?;
        let (progress, cancel) = (self.options.progress.clone(), self.options.cancel.clone());
        let pulled = pull(source.as_ref(), &sink, &checkpoints, progress, cancel).await;
        let traffic = source.traffic();
        (report.requests, report.waited_ms) = (traffic.requests, traffic.waited_ms);
        lease::note_quota(self.store, &self.integration.id, traffic.quota).await;
        match pulled {
            Ok(done) => {
                crash_point("run.pulled");
                report.tally = done.tally;
                report.incremental = done.incremental;
                if !done.incremental {
                    let left_out = unread::owned(&self.integration.settings.exclusions);
                    self.store.all_read_but(self.lease, &left_out).await.map_err(said)?;
                }
                self.tell_lost(&mut report.tally, journal).await?;
                self.store.note_scan(&journal.run, done.since).await.map_err(said)?;
                let now = self.options.environment.clock.now();
                self.store.mark_walked(self.lease, &done.projects, now).await.map_err(said)?;
                self.store.mark_looked_through(self.lease, now).await.map_err(said)?;
                crash_point("run.walked");
                // Where the parts of this run had come is of no use to the next.
                self.store.clear_checkpoints(self.lease, PARTS).await.map_err(said)?;
                crash_point("run.cleared");
                let told = (&mut report.tally, journal);
                quarantine::settle(source.as_ref(), &sink, self.integration, told).await?;
                crash_point("run.settled");
                self.compare(due, source.as_ref(), &sink, report, journal).await
            }
            Err(stopped) => {
                report.tally = stopped.report.tally;
                Err(*stopped.message)
            }
        }
    }

    /// Counts and names projects that were read before and are not shown any more. Of those that the scope names by key, the reading
    /// has told.
    async fn tell_lost(&self, tally: &mut Tally, journal: &Journal<'_>) -> Result<(), Message> {
        if matches!(self.integration.settings.scope, Scope::Projects(_)) {
            return Ok(());
        }
        let lost = self.store.lost_projects(&self.integration.id).await.map_err(said)?;
        for key in lost_in_scope(self.integration, &lost) {
            let sentence = "The site does not show it any more: the account may not browse it, or it was deleted for good. \
                What is here of it stays.";
            journal.warn("project.lost", key, sentence.to_owned()).await?;
            let counts = tally.of_mut(Kind::Projects);
            counts.read += 1;
            counts.skipped += 1;
        }
        Ok(())
    }

    /// Finds out which issues the scope does not take any more.
    async fn compare(
        &self,
        due: Due,
        source: &dyn Source,
        sink: &StoreSink,
        report: &mut SyncReport,
        journal: &Journal<'_>,
    ) -> Result<(), Message> {
        let mut wide = self.integration.clone();
        wide.settings.scope = Scope::Everything;
        wide.settings.history_months = None;
        let secret = match wide.is_fed() {
            true => None,
            false => Some(credential::open_secret(self.store, self.vault, self.integration).await?),
        };
        let environment = grants::with_grants(&self.options.environment, self.store, self.vault);
        let open_unfiltered = || match &secret {
            None => Ok(satellite::stand_in(self.store, &wide)),
            Some(secret) => {
                registry::open(&wide, secret.clone(), &environment).map_err(|error| *error.message)
            }
        };
        let mut comparison = Comparison {
            store: self.store,
            integration: self.integration,
            source,
            open_unfiltered: &open_unfiltered,
            sink,
            journal,
            unfiltered: None,
        };
        let outcome = tokio::select! {
            outcome = comparison.run(due, &mut report.tally) => outcome,
            () = self.options.cancel.cancelled() => Err(Message::Interrupted {}),
        };
        let (filtered, unfiltered) = (source.traffic(), comparison.traffic());
        report.requests = filtered.requests + unfiltered.requests;
        report.waited_ms = filtered.waited_ms + unfiltered.waited_ms;
        outcome
    }

    /// Compares everything with the site, where that is wanted and due. It is a run of its own, and its failure is none
    /// of the run before it.
    async fn census(&self, report: &mut SyncReport) -> Result<(), Message> {
        let now = self.options.environment.clock.now();
        if !self.options.census || !is_due(self.store, self.integration, now).await? {
            return Ok(());
        }
        let census = CensusRun {
            store: self.store,
            vault: self.vault,
            integration: self.integration,
            lease: self.lease,
            cancel: &self.options.cancel,
            environment: &self.options.environment,
            accept_loss: false,
        };
        match census.whole(Trigger::Census, None).await {
            Err(Message::Interrupted {}) => Err(Message::Interrupted {}),
            outcome => {
                report.census = Some(outcome);
                Ok(())
            }
        }
    }

    /// The newest run that was to read, also where its process was killed.
    async fn last_run(&self) -> Result<Option<weir_model::Run>, Message> {
        let runs = self.store.runs(Some(&self.integration.id), RUNS_LOOKED_AT).await.map_err(said)?;
        Ok(runs.into_iter().find(|run| {
            [Trigger::Verify, Trigger::Census].iter().all(|census| run.trigger != census.as_str())
        }))
    }

    /// Writes the end of the run, so that no run stays open because of what went wrong in it.
    async fn finish(
        &self,
        report: &mut SyncReport,
        journal: &Journal<'_>,
        failure: Option<&Message>,
    ) -> Result<(), Message> {
        let total = report.tally.total();
        match failure {
            Some(message) => journal.error(&self.integration.name, message).await?,
            None => {
                let summary = format!(
                    "Read {} records: {} written, {} unchanged, {} skipped, {} failed.",
                    total.read, total.written, total.unchanged, total.skipped, total.failed
                );
                journal.info("run.ended", &self.integration.name, summary).await?;
            }
        }
        let outcome = RunOutcome {
            result: report.result,
            tally: report.tally.clone(),
            requests: report.requests,
            waited_ms: report.waited_ms,
            error_code: failure.map(|message| message.id().to_owned()),
        };
        crash_point("run.before_end");
        self.store.finish_run(&journal.run, &outcome).await.map_err(said)?;
        let events = self.store.run_events(&journal.run).await.map_err(said)?;
        let notable = events.into_iter().filter(|event| event.level != RunLevel::Info);
        let mut notable: Vec<_> =
            notable.filter(|event| Some(event.code.as_str()) != failure.map(Message::id)).collect();
        report.notable_total = notable.len();
        notable.truncate(NOTABLE);
        report.notable = notable;
        Ok(())
    }
}

/// Who asks in person, or reads everything, is not put off.
fn retries(trigger: Trigger, full: bool) -> Retries {
    match trigger {
        Trigger::Schedule if !full => Retries::Due,
        _ => Retries::All,
    }
}

fn succeeded(result: Option<&str>) -> bool {
    [RunResult::Success, RunResult::Partial].iter().any(|good| result == Some(good.as_str()))
}

fn started(scope: &Scope, goes_on: bool) -> String {
    let what = match scope {
        Scope::Everything => "everything the account can see".to_owned(),
        Scope::Projects(keys) => format!("projects {}", keys.join(", ")),
        Scope::Jql(_) => "the issues of a query".to_owned(),
    };
    let how = if goes_on { "going on from where the last run had come" } else { "from the beginning" };
    format!("Reading {what}, {how}.")
}

fn said(error: weir_store::StoreError) -> Message {
    error.message().clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_schedule_leaves_issues_in_quarantine_for_later() {
        assert_eq!(retries(Trigger::Schedule, false), Retries::Due);
        assert_eq!(retries(Trigger::Schedule, true), Retries::All);
        assert_eq!(retries(Trigger::Manual, false), Retries::All);
    }
}
