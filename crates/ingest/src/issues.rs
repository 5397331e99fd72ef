//! What a person decides about single issues: to put them away, and to bring them back.

use crate::lease;
use weir_model::{Integration, Message};
use weir_store::{LeaseHolder, NamedIssue, Store};

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
    let lease = lease::take(store, integration, holder).await?;
    let outcome = store.put_away(&lease, keys).await;
    lease::give_back(store, &lease).await;
    outcome.map_err(|error| error.message().clone())
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
    let lease = lease::take(store, integration, holder).await?;
    let outcome = store.restore_issues(&lease, keys).await;
    lease::give_back(store, &lease).await;
    outcome.map_err(|error| error.message().clone())
}
