//! Holding the lease of an integration while work is done under it.

use std::{convert::Infallible, future::Future, time::Duration};
use weir_model::{Clock, Integration, IntegrationId, Message, Millis, Quota, RunProgress};
use weir_source::{CancellationToken, Progress};
use weir_store::{Lease, LeaseHolder, Store};

/// How long a lease lasts without being renewed.
const LASTS_MS: i64 = 60_000;

/// How often it is renewed.
const RENEWED_EVERY: Duration = Duration::from_secs(15);

/// How often it is looked whether somebody wants the work to end.
const LOOKED_EVERY: Duration = Duration::from_secs(2);

/// Takes the lease, or says that somebody else has it.
pub(crate) async fn take(
    store: &Store,
    integration: &Integration,
    holder: &LeaseHolder,
) -> Result<Lease, Message> {
    match store.take_lease(&integration.id, holder, LASTS_MS).await {
        Ok(Some(lease)) => Ok(lease),
        Ok(None) => Err(Message::RunBusy { name: integration.name.clone() }),
        Err(error) => Err(error.message().clone()),
    }
}

/// How often it is noted how far the work has come.
const NOTED_EVERY: Duration = Duration::from_secs(5);

/// Does `work` while the lease is renewed beside it. A lease that cannot be renewed any more stops the work, and so does
/// somebody who cancels its run: `stop` is cancelled and the work is awaited, so that it ends in order; then it is no
/// interruption, but has a reason.
pub(crate) async fn held<T>(
    (store, lease): (&Store, &Lease),
    integration: &Integration,
    stop: &CancellationToken,
    watched: Option<(&Progress, &dyn Clock)>,
    work: impl Future<Output = Result<T, Message>>,
) -> Result<T, Message> {
    let mut work = std::pin::pin!(work);
    let noted = async {
        match watched {
            Some((progress, clock)) => note(store, lease, progress, clock).await,
            None => std::future::pending().await,
        }
    };
    let reason = tokio::select! {
        outcome = &mut work => return outcome,
        lost = renew(store, lease, integration) => {
            tracing::error!(reason = %lost, "the lease could not be renewed");
            lost
        }
        never = noted => match never {},
        by = cancelled(store, integration) => Message::RunCancelled { by },
    };
    stop.cancel();
    match work.await {
        Err(Message::Interrupted {}) => Err(reason),
        outcome => outcome,
    }
}

async fn renew(store: &Store, lease: &Lease, integration: &Integration) -> Message {
    loop {
        tokio::time::sleep(RENEWED_EVERY).await;
        match store.renew_lease(lease).await {
            Ok(true) => {}
            Ok(false) => return Message::RunBusy { name: integration.name.clone() },
            Err(error) => return error.message().clone(),
        }
    }
}

/// Notes how far the work has come, for those who look at it from elsewhere.
async fn note(store: &Store, lease: &Lease, progress: &Progress, clock: &dyn Clock) -> Infallible {
    let (mut last, mut told) = (None, None);
    loop {
        tokio::time::sleep(NOTED_EVERY).await;
        let quota = progress.quota();
        if quota != told && note_quota(store, lease.integration(), quota).await {
            told = quota;
        }
        let snapshot = progress.snapshot();
        if last.as_ref() == Some(&snapshot) {
            continue;
        }
        let progress = RunProgress {
            at: clock.now(),
            projects: snapshot.projects_total,
            issues_expected: snapshot.issues_expected,
            issues: snapshot.issues_done,
            requests: snapshot.requests,
            waited_ms: snapshot.waited_ms,
            waiting_until: (snapshot.waiting_until > 0).then_some(Millis(snapshot.waiting_until)),
        };
        match store.note_progress(lease, &progress).await {
            Ok(()) => last = Some(snapshot),
            // A store that is away is the business of the lease.
            Err(error) => tracing::debug!(%error, "it could not be noted how far the run has come"),
        }
    }
}

/// Keeps what the site told of its quota; gives whether it was kept.
pub(crate) async fn note_quota(store: &Store, integration: &IntegrationId, quota: Option<Quota>) -> bool {
    let Some(quota) = quota else { return true };
    match store.keep_quota(integration, &quota).await {
        Ok(()) => true,
        Err(error) => {
            tracing::debug!(%error, "it could not be noted what is left of a quota");
            false
        }
    }
}

/// Waits until somebody wants the run to end; gives who.
async fn cancelled(store: &Store, integration: &Integration) -> String {
    loop {
        tokio::time::sleep(LOOKED_EVERY).await;
        match store.cancel_requested(&integration.id).await {
            Ok(Some(by)) => return by,
            Ok(None) => {}
            // A store that is away is the business of the lease.
            Err(error) => tracing::debug!(%error, "it could not be looked whether the run is to end"),
        }
    }
}

/// Gives the lease back. One that stays behind expires by itself, so a failure is only logged.
pub(crate) async fn give_back(store: &Store, lease: &Lease) {
    if let Err(error) = store.release_lease(lease).await {
        tracing::warn!(error = %error, "the lease could not be given back; it expires by itself");
    }
}
