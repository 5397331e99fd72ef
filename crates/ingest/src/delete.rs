//! Deleting an integration, which waits for nobody: while a run works on it, it is refused.

use crate::lease;
use weir_model::{Integration, Message};
use weir_store::{LeaseHolder, Store};

/// Deletes an integration, its credential and everything that was read from it.
///
/// # Errors
/// `run.busy` while it is being brought up to date.
pub async fn delete(store: &Store, integration: &Integration, holder: &LeaseHolder) -> Result<(), Message> {
    let lease = lease::take(store, integration, holder).await?;
    match store.delete_integration(&integration.id).await {
        Ok(()) => Ok(()),
        Err(error) => {
            lease::give_back(store, &lease).await;
            Err(error.message().clone())
        }
    }
}
