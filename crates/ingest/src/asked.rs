//! What people ask of an integration's schedule. Of one that is about to be deleted nothing can be asked but that it stays.

use crate::delete::refuse_deleting;
use weir_model::{Asked, Integration, Message, Millis, OAuthFault, Requester};
use weir_store::{Store, StoreError};

/// Lets the schedule pass an integration by, until an instant or until it is resumed.
///
/// # Errors
/// `integration.deleting`.
pub async fn pause(
    store: &Store,
    integration: &Integration,
    by: &str,
    until: Option<Millis>,
) -> Result<(), Message> {
    refuse_deleting(store, integration).await?;
    store.pause(&integration.id, by, until).await.map_err(said)
}

/// Ends a pause; what was due meanwhile is due now.
///
/// # Errors
/// `integration.deleting`.
pub async fn resume(store: &Store, integration: &Integration) -> Result<(), Message> {
    refuse_deleting(store, integration).await?;
    store.resume(&integration.id).await.map_err(said)
}

/// Asks for a run, which whoever comes first does.
///
/// # Errors
/// `integration.deleting`; `auth.retired`, for which no run could come to anything.
pub async fn ask_run(
    store: &Store,
    integration: &Integration,
    (asked, thorough): (Asked, bool),
    by: &Requester,
) -> Result<(), Message> {
    refuse_deleting(store, integration).await?;
    if integration.is_retired() {
        return Err(OAuthFault::Retired { name: integration.name.clone() }.into());
    }
    store.request_run(&integration.id, asked, thorough, by).await.map_err(said)
}

fn said(error: StoreError) -> Message {
    error.message().clone()
}
