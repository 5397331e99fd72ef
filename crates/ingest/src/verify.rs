//! The census as a run: at a person's wish, or when it is due after a sync.

use crate::{
    census::Census, credential, delete::refuse_deleting, journal::Journal, lease, password, satellite,
};
use serde::Serialize;
use std::collections::HashMap;
use weir_model::{
    Certificate, Integration, IssueId, Message, Millis, Requester, RunId, RunOutcome, RunResult, Tally,
    Trigger, Verdict,
};
use weir_source::{CancellationToken, Environment, Traffic};
use weir_store::{Lease, LeaseHolder, Store};
use weir_vault::Vault;

/// How a comparison is to be done.
#[derive(Debug)]
pub struct VerifyOptions {
    /// Who holds the lease.
    pub holder: LeaseHolder,
    /// Stops it.
    pub cancel: CancellationToken,
    /// Clock, randomness, addresses.
    pub environment: Environment,
    /// A person says that a large loss is meant.
    pub accept_loss: bool,
    /// Who asked for it.
    pub asked_by: Requester,
}

/// What became of the differences of a project, by key.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Repair {
    /// Were missing here, or not live, and are here and live now.
    pub fetched: Vec<String>,
    /// Were read again where they are now.
    pub moved: Vec<String>,
    /// Not shown any more, while their project and our account are in order.
    pub gone: Vec<String>,
    /// Deleted, with evidence.
    pub deleted: Vec<String>,
    /// In a project that the account does not see any more.
    pub hidden: Vec<String>,
    /// Shown by the site, and not what the operator asked for.
    pub out_of_scope: Vec<String>,
    /// Could not be repaired; the next census tries again.
    pub left: Vec<String>,
}

impl Repair {
    /// Each outcome by its word.
    pub fn outcomes(&self) -> [(&'static str, &[String]); 7] {
        [
            ("fetched", &self.fetched),
            ("moved", &self.moved),
            ("gone", &self.gone),
            ("deleted", &self.deleted),
            ("hidden", &self.hidden),
            ("out_of_scope", &self.out_of_scope),
            ("left", &self.left),
        ]
    }
}

/// The comparison of one project, and what was done about it.
#[derive(Clone, Debug)]
pub struct ProjectVerdict {
    /// The certificate, of what was found before the repair.
    pub certificate: Certificate,
    /// What became of the differences.
    pub repair: Repair,
    /// Why nothing was done: their side could not be listed, or too much was lost.
    pub held: Option<Message>,
}

/// The comparison of everything in scope.
#[derive(Clone, Debug)]
pub struct VerifyReport {
    /// The integration's name.
    pub integration: String,
    /// The run that compared.
    pub run_id: RunId,
    /// The worst of the projects' verdicts; a difference is worse than a lack of proof.
    pub verdict: Verdict,
    /// By project, ordered by key.
    pub projects: Vec<ProjectVerdict>,
    /// Keys of projects that are archived: their issues stay as they are.
    pub archived: Vec<String>,
}

impl VerifyReport {
    /// The first loss that was too large to be believed.
    pub fn mass_loss(&self) -> Option<&Message> {
        let mut held = self.projects.iter().filter_map(|one| one.held.as_ref());
        held.find(|held| matches!(held, Message::CensusMassLoss { .. }))
    }
}

/// Compares the ids of live issues with those that the site shows, both within the integration's scope, and repairs
/// what differs.
///
/// # Errors
/// When nothing could be compared at all, or the repair failed. A project whose listing fails is `unproven`, not an error.
pub async fn verify(
    store: &Store,
    vault: &Vault,
    integration: &Integration,
    options: VerifyOptions,
) -> Result<VerifyReport, Message> {
    refuse_deleting(store, integration).await?;
    let lease = lease::take(store, integration, &options.holder).await?;
    let outcome = leased(store, vault, integration, &lease, options).await;
    lease::give_back(store, &lease).await;
    outcome
}

/// The same under a lease that is held.
pub(crate) async fn leased(
    store: &Store,
    vault: &Vault,
    integration: &Integration,
    lease: &Lease,
    options: VerifyOptions,
) -> Result<VerifyReport, Message> {
    // A lease that is lost ends this census, and nothing else.
    let cancel = options.cancel.child_token();
    let run = CensusRun {
        store,
        vault,
        integration,
        lease,
        cancel: &cancel,
        environment: &options.environment,
        accept_loss: options.accept_loss,
    };
    let work = run.whole(Trigger::Verify, Some(&options.asked_by));
    lease::held((store, lease), integration, &cancel, None, work).await
}

/// The pause after a census that failed; it doubles with each that fails after it, up to the interval.
const PAUSE_MINUTES: i64 = 60;

/// Whether everything was compared so long ago that it is to be compared again, and not just now in vain.
pub(crate) async fn is_due(store: &Store, integration: &Integration, now: Millis) -> Result<bool, Message> {
    let Some(minutes) = integration.settings.census_minutes else { return Ok(false) };
    let last = store.last_census(&integration.id).await.map_err(said)?;
    let (failures, failed_at) = store.failed_censuses(&integration.id).await.map_err(said)?;
    let has_lasted = |since: Millis, minutes: i64| now.since(since) >= minutes * 60_000;
    Ok(last.is_none_or(|last| has_lasted(last, minutes.into()))
        && failed_at.is_none_or(|failed_at| has_lasted(failed_at, pause(failures, minutes.into()))))
}

/// How many minutes a census is put off after so many failures, where one is due every `interval`.
fn pause(failures: u64, interval: i64) -> i64 {
    let doublings = u32::try_from(failures.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
    (PAUSE_MINUTES << doublings).min(interval)
}

/// A census under a lease that is held.
pub(crate) struct CensusRun<'a> {
    pub(crate) store: &'a Store,
    pub(crate) vault: &'a Vault,
    pub(crate) integration: &'a Integration,
    pub(crate) lease: &'a Lease,
    pub(crate) cancel: &'a CancellationToken,
    pub(crate) environment: &'a Environment,
    pub(crate) accept_loss: bool,
}

impl CensusRun<'_> {
    /// Does it, and keeps it as a run.
    pub(crate) async fn whole(
        &self,
        trigger: Trigger,
        asked_by: Option<&Requester>,
    ) -> Result<VerifyReport, Message> {
        let Self { store, integration, environment, .. } = *self;
        let run = RunId::generate(environment.clock.now(), environment.entropy.as_ref());
        store.begin_run(self.lease, &run, (trigger, asked_by), 1).await.map_err(said)?;
        let journal = Journal { store, run, clock: environment.clock.clone() };
        let (mut traffic, mut tally) = (Traffic::default(), Tally::default());
        let outcome = tokio::select! {
            outcome = self.compare(&journal, &mut traffic, &mut tally) => outcome,
            () = self.cancel.cancelled() => Err(Message::Interrupted {}),
        };
        let is_whole = |report: &VerifyReport| {
            report.projects.iter().all(|one| one.held.is_none() && one.repair.left.is_empty())
        };
        let result = match &outcome {
            Ok(report) if is_whole(report) && report.verdict != Verdict::Unproven => RunResult::Success,
            Ok(_) => RunResult::Partial,
            Err(Message::Interrupted {}) => RunResult::Cancelled,
            Err(_) => RunResult::Failed,
        };
        let error = match &outcome {
            Ok(report) => report.mass_loss(),
            Err(message) => Some(message),
        };
        let mut noted = Ok(());
        if let Err(message) = &outcome {
            journal.error(&integration.name, message).await?;
            noted = password::note(store, self.lease, integration, &run, message).await;
        }
        let ended = RunOutcome {
            result,
            tally,
            requests: traffic.requests,
            waited_ms: traffic.waited_ms,
            error_code: error.map(|message| message.id().to_owned()),
        };
        store.finish_run(&run, &ended).await.map_err(said)?;
        noted.and(outcome)
    }

    async fn compare(
        &self,
        journal: &Journal<'_>,
        traffic: &mut Traffic,
        tally: &mut Tally,
    ) -> Result<VerifyReport, Message> {
        password::refuse_held_password(self.store, self.integration).await?;
        let source = satellite::open(self.store, self.vault, self.integration, self.environment).await?;
        let census = Census {
            store: self.store,
            integration: self.integration,
            source: source.as_ref(),
            journal,
            sealer: credential::sealer(self.vault, self.integration),
            lease: self.lease,
            cancel: self.cancel,
            clock: self.environment.clock.as_ref(),
            accept_loss: self.accept_loss,
        };
        let outcome = census.run(tally).await;
        *traffic = source.traffic();
        outcome
    }
}

/// Keys of the live issues of a project that we hold, by id.
pub(crate) async fn ours(
    store: &Store,
    integration: &Integration,
    key: &str,
) -> Result<HashMap<IssueId, String>, Message> {
    let mut ours = HashMap::new();
    store
        .live_ids(&integration.id, key, |id, key| {
            ours.insert(IssueId::from(id), key.to_owned());
        })
        .await
        .map_err(said)?;
    Ok(ours)
}

/// The worst verdict. Archived projects are compared with nothing, but they are something.
pub(crate) fn worst(verdicts: &[ProjectVerdict], archived: &[String]) -> Verdict {
    let any = |verdict| verdicts.iter().any(|one| one.certificate.verdict == verdict);
    if any(Verdict::Different) {
        Verdict::Different
    } else if any(Verdict::Unproven) || (verdicts.is_empty() && archived.is_empty()) {
        Verdict::Unproven
    } else {
        Verdict::Equal
    }
}

fn said(error: weir_store::StoreError) -> Message {
    error.message().clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_census_that_fails_is_put_off_longer_each_time_and_never_beyond_its_interval() {
        let minutes = [1, 2, 3, 4, 5, 6, 7, u64::MAX].map(|failures| pause(failures, 1_440));
        assert_eq!(minutes, [60, 120, 240, 480, 960, 1_440, 1_440, 1_440]);
        assert_eq!(pause(1, 30), 30);
    }
}
