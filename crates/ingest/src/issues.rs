//! What a person decides about single issues: to put them away, and to bring them back.

use crate::lease;
use weir_model::{Integration, Message};
use weir_store::{Lease, LeaseHolder, NamedIssue, Store, StoreError};

/// Puts issues away: they are in no report, and neither a sync nor a census brings them back.
///
/// # Errors
/// `issue.unknown` when one of the keys is nobody's, and nothing is changed; `run.busy` while a run works.
pub async fn remove_issues(
    store: &Store,
    integration: &Integration,
    keys: &[String],
    holder: &LeaseHolder,
) -> Result<Vec<NamedIssue>, Message> {
    leased(store, integration, holder, async |lease| store.put_away(lease, keys).await).await
}

/// Makes issues live again that were put away; the next census judges them like others.
///
/// # Errors
/// As for [`remove_issues`].
pub async fn restore_issues(
    store: &Store,
    integration: &Integration,
    keys: &[String],
    holder: &LeaseHolder,
) -> Result<Vec<NamedIssue>, Message> {
    leased(store, integration, holder, async |lease| store.restore_issues(lease, keys).await).await
}

/// Changes something while no run works.
async fn leased<T>(
    store: &Store,
    integration: &Integration,
    holder: &LeaseHolder,
    change: impl AsyncFnOnce(&Lease) -> Result<T, StoreError>,
) -> Result<T, Message> {
    let lease = lease::take(store, integration, holder).await?;
    let outcome = change(&lease).await;
    lease::give_back(store, &lease).await;
    outcome.map_err(|error| error.message().clone())
}
