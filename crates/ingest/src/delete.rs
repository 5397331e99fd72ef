//! Deleting an integration: at once, or after a time to think, in which nothing is run and it can be taken back.

use crate::lease;
use weir_model::{AuditEvent, DeletedIntegration, Deletion, Integration, IntegrationId, Message, Millis};
use weir_store::{Compaction, Lease, LeaseHolder, Store, StoreError};

/// How long a deletion waits unless somebody wants it otherwise: a week.
pub const WAITS_MINUTES: u32 = 7 * 24 * 60;

/// The longest it may wait.
const LONGEST_MINUTES: u32 = 90 * 24 * 60;

/// Minutes that a deletion is to wait, of `7d` or `0`.
///
/// # Errors
/// `deletion.delay`.
pub fn deletion_delay(text: &str) -> Result<u32, Message> {
    if text == "0" {
        return Ok(0);
    }
    let minutes = crate::values::interval(text).ok().filter(|minutes| *minutes <= LONGEST_MINUTES);
    minutes.ok_or_else(|| Message::DeletionDelay { text: weir_model::clean(text, 50) })
}

/// Has an integration deleted after some minutes. From now on nothing is run.
///
/// # Errors
/// What the store says.
pub async fn ask_deletion(
    store: &Store,
    integration: &Integration,
    asked_by: &str,
    minutes: u32,
    now: Millis,
) -> Result<Deletion, Message> {
    let due_at = Millis(now.0 + i64::from(minutes) * 60_000);
    let deletion = store.ask_deletion(&integration.id, asked_by, due_at).await.map_err(said)?;
    // Nothing is read for what is about to go.
    if let Some(run) = store.health_facts(&integration.id).await.map_err(said)?.running {
        store.request_cancel(&run.id, asked_by).await.map_err(said)?;
    }
    Ok(deletion)
}

/// Takes a deletion back.
///
/// # Errors
/// `deletion.none`, `integration.unknown` when it has been done meanwhile.
pub async fn cancel_deletion(store: &Store, integration: &Integration) -> Result<(), Message> {
    match store.cancel_deletion(&integration.id).await.map_err(said)? {
        true => Ok(()),
        false => Err(Message::DeletionNone { name: integration.name.clone() }),
    }
}

/// Deletes an integration, its credential and everything that was read from it, at once.
///
/// # Errors
/// `run.busy` while it is being brought up to date.
pub async fn delete(
    store: &Store,
    integration: &Integration,
    holder: &LeaseHolder,
    by: &str,
) -> Result<(DeletedIntegration, Compaction), Message> {
    let lease = lease::take(store, integration, holder).await?;
    match store.delete_integration(&integration.id, by).await {
        Ok(deleted) => Ok(deleted),
        Err(error) => {
            lease::give_back(store, &lease).await;
            Err(said(error))
        }
    }
}

/// Refuses to have anything done with what is about to be deleted.
pub(crate) async fn refuse_deleting(store: &Store, integration: &Integration) -> Result<(), Message> {
    match store.deletion(&integration.id).await.map_err(said)? {
        Some(deletion) => {
            Err(Message::IntegrationDeleting { name: integration.name.clone(), at: deletion.due_at })
        }
        None => Ok(()),
    }
}

/// Deletes one that is due, under its lease, and notes it in the audit log.
pub(crate) async fn delete_due(store: &Store, id: &IntegrationId, lease: &Lease) -> Result<(), StoreError> {
    let Some((deleted, compaction)) = store.delete_due(id, lease).await? else { return Ok(()) };
    tracing::info!(integration = deleted.name, "an integration was deleted");
    if let Compaction::Failed(error) = compaction {
        tracing::warn!(%error, "unused parts of the store's file may hold traces of a deleted integration");
    }
    let mut workspaces: Vec<_> = deleted.workspaces.iter().copied().map(Some).collect();
    if workspaces.is_empty() {
        workspaces.push(None);
    }
    for workspace in workspaces {
        let mut detail = vec![("asked by".to_owned(), deleted.asked_by.clone())];
        detail.extend(deleted.removed.iter().map(|(kind, count)| (kind.clone(), count.to_string())));
        let event = AuditEvent {
            at: deleted.deleted_at,
            actor_kind: "scheduler".into(),
            actor_id: None,
            actor: String::new(),
            action: "integration.deleted".into(),
            subject: deleted.name.clone(),
            workspace,
            integration: Some(deleted.id),
            outcome: "done".into(),
            address: String::new(),
            request_id: String::new(),
            detail,
        };
        store.add_audit_event(&event).await?;
    }
    Ok(())
}

fn said(error: StoreError) -> Message {
    error.message().clone()
}
