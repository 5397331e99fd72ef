//! One integration's turn: under its lease it is looked at once more, what is due is run, and what comes next is written.

use super::{
    Told, planned_next,
    rhythm::Rhythm,
    rule::{self, Due, Verdict},
    work::Work,
};
use crate::{delete::delete_due, hygiene, lease};
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedSender;
use weir_model::{Asked, Clock, Integration, Message, Millis, Planned, RunRequest, Schedule};
use weir_source::{CancellationToken, Progress};
use weir_store::{Lease, LeaseHolder, Store, StoreError};

/// What became of a turn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    /// It was run, or there was nothing to do any more; what comes next is in the store.
    Done,
    /// Somebody else is working on it.
    Busy,
    /// This server cannot open credentials: nothing was begun.
    Unfit,
    /// What came of it could not be kept.
    Lost,
}

/// What turns are taken with.
pub(super) struct Turn {
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) holder: LeaseHolder,
    pub(super) tell: Option<UnboundedSender<Told>>,
    pub(super) work: Box<dyn Work>,
}

impl std::fmt::Debug for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Turn").field("store", &self.store).finish_non_exhaustive()
    }
}

/// What is to be run.
enum Task {
    Delete,
    Asked(RunRequest),
    Due(Due, Schedule),
}

/// Since when there has been something to do; otherwise when there is next.
pub(super) fn due_since(
    planned: &Planned,
    ignores_pauses: bool,
    now: Millis,
) -> Result<Millis, Option<Millis>> {
    if let Some(deletion) = &planned.deletion {
        return if deletion.due_at <= now { Ok(deletion.due_at) } else { Err(Some(deletion.due_at)) };
    }
    if let Some(request) = planned.requests.first() {
        return Ok(request.asked_at);
    }
    match judged(planned, ignores_pauses, now) {
        Verdict::Plan(_) => Ok(now),
        Verdict::Due(due) => Ok(due.planned),
        Verdict::Wait(at) => Err(Some(at)),
        Verdict::Paused(until) => Err(until),
    }
}

/// What the rule says.
fn judged(planned: &Planned, ignores_pauses: bool, now: Millis) -> Verdict {
    if planned.integration.is_retired() {
        // Nobody can sign in before it has another credential.
        return Verdict::Paused(None);
    }
    let rhythm = Rhythm::of(&planned.integration);
    let pause = planned.pause.as_ref().filter(|_| !ignores_pauses);
    rule::judge(&rhythm, planned.schedule.as_ref(), pause, now)
}

impl Turn {
    pub(super) fn tell(&self, told: Told) {
        if let Some(tell) = &self.tell {
            // Whoever does not listen any more is told nothing.
            _ = tell.send(told);
        }
    }

    /// Takes a turn.
    pub(super) async fn take(
        &self,
        integration: Integration,
        ignores_pauses: bool,
        stop: CancellationToken,
    ) -> Outcome {
        if let Err(error) = self.work.is_ready().await {
            tracing::error!(%error, code = error.id(), integration = integration.name, "nothing is run here");
            return Outcome::Unfit;
        }
        let lease = match lease::take(&self.store, &integration, &self.holder).await {
            Ok(lease) => lease,
            Err(Message::RunBusy { .. } | Message::IntegrationUnknown { .. }) => return Outcome::Busy,
            Err(error) => {
                tracing::warn!(%error, "a lease could not be taken");
                return Outcome::Busy;
            }
        };
        let outcome = match self.leased(&lease, &integration, ignores_pauses, &stop).await {
            Ok(()) => Outcome::Done,
            Err(error) => {
                tracing::warn!(%error, "what came of a run could not be kept");
                Outcome::Lost
            }
        };
        lease::give_back(&self.store, &lease).await;
        if matches!(outcome, Outcome::Done) {
            hygiene::keep_up(&self.store, &integration, self.clock.now(), true, &stop).await;
        }
        outcome
    }

    async fn leased(
        &self,
        lease: &Lease,
        seen: &Integration,
        ignores_pauses: bool,
        stop: &CancellationToken,
    ) -> Result<(), StoreError> {
        let Some((integration, task)) = self.task(seen, ignores_pauses).await? else { return Ok(()) };
        // A run that somebody cancels ends that run, and nothing else.
        let cancel = stop.child_token();
        match task {
            Task::Delete => delete_due(&self.store, &integration.id, lease).await?,
            Task::Asked(request) if request.asked == Asked::Verify => {
                let outcome = self.work.verify(&integration, lease, &request, cancel).await;
                let interrupted = matches!(outcome, Err(Message::Interrupted {}));
                self.tell(Told::Compared {
                    integration: Box::new(integration.clone()),
                    outcome: Box::new(outcome),
                });
                if !interrupted {
                    self.store.request_done(&integration.id, &request).await?;
                }
            }
            Task::Asked(request) => {
                let failure = self.synced(&integration, lease, Some(&request), cancel).await;
                if failure.is_none() {
                    let rhythm = Rhythm::of(&integration);
                    let next = rhythm.after(self.clock.now());
                    self.store.caught_up(&integration.id, next).await?;
                    // Where nothing was planned yet, this was the first run.
                    self.store.plan(&integration.id, None, &rhythm.basis, next).await?;
                }
                if !matches!(failure, Some(Message::Interrupted {})) {
                    self.store.request_done(&integration.id, &request).await?;
                }
            }
            Task::Due(due, before) => {
                if !self
                    .store
                    .begin_due(&integration.id, due.planned, due.serves, due.missed.as_ref())
                    .await?
                {
                    return Ok(());
                }
                let failure = self.synced(&integration, lease, None, cancel).await;
                let failed = match &failure {
                    // It stays due: whoever comes next goes on with it.
                    Some(Message::Interrupted {} | Message::RunBusy { .. }) => return Ok(()),
                    // Somebody did not want it, which says nothing of the next one.
                    Some(Message::RunCancelled { .. }) | None => None,
                    Some(message) => Some(message.id()),
                };
                let at = (due.serves, self.clock.now());
                let next = planned_next(&Rhythm::of(&integration), &before, &integration.id, failed, at);
                self.store.end_due(&integration.id, due.serves, &next).await?;
            }
        }
        Ok(())
    }

    /// What there is to do, as it is under the lease; what does not hold any more is planned anew.
    async fn task(
        &self,
        seen: &Integration,
        ignores_pauses: bool,
    ) -> Result<Option<(Integration, Task)>, StoreError> {
        // Planning something that is due at once makes it due.
        for _ in 0..2 {
            let Some(planned) = self.store.planned_of(&seen.id).await? else { return Ok(None) };
            if let Some(deletion) = &planned.deletion {
                let is_due = deletion.due_at <= self.clock.now();
                return Ok(is_due.then_some((planned.integration, Task::Delete)));
            }
            if let Some(request) = planned.requests.first() {
                let task = Task::Asked(request.clone());
                return Ok(Some((planned.integration, task)));
            }
            match (judged(&planned, ignores_pauses, self.clock.now()), planned.schedule) {
                (Verdict::Due(due), Some(before)) => {
                    return Ok(Some((planned.integration, Task::Due(due, before))));
                }
                (Verdict::Plan(due_at), before) => {
                    let basis = Rhythm::of(&planned.integration).basis;
                    let seen_due = before.map(|before| before.due_at);
                    self.store.plan(&seen.id, seen_due, &basis, due_at).await?;
                }
                (Verdict::Due(_) | Verdict::Wait(_) | Verdict::Paused(_), _) => return Ok(None),
            }
        }
        Ok(None)
    }

    /// A sync, told to whoever listens; gives why it failed.
    async fn synced(
        &self,
        integration: &Integration,
        lease: &Lease,
        request: Option<&RunRequest>,
        cancel: CancellationToken,
    ) -> Option<Message> {
        let progress = Arc::new(Progress::default());
        let boxed = || Box::new(integration.clone());
        self.tell(Told::Began { integration: boxed(), progress: Arc::clone(&progress) });
        let (report, failure) = match self.work.sync(integration, lease, request, progress, cancel).await {
            Ok(report) => (report, None),
            Err((message, report)) => (*report, Some(message)),
        };
        match &failure {
            None => tracing::info!(
                integration = integration.name,
                result = report.result.as_str(),
                "a run has ended"
            ),
            Some(message) => {
                tracing::warn!(integration = integration.name, code = message.id(), "a run has failed")
            }
        }
        self.tell(Told::Synced { integration: boxed(), report: Box::new(report), failure: failure.clone() });
        failure
    }
}
