//! A password that was refused is not sent again: a few failures, and Jira asks the account for a CAPTCHA.
//!
//! That it was refused is kept beside the integration's checkpoints, for every later run, until a fresh credential or a
//! check that passed takes it away.

use weir_model::{AuthMethod, Checkpoint, Integration, IntegrationId, Message, Partition, RunId};
use weir_store::Store;

/// The partition under which it is kept.
const PARTITION: &str = "password";

/// Refuses to sign in with a password that was refused before.
pub(crate) async fn guard(store: &Store, integration: &Integration) -> Result<(), Message> {
    let checkpoints = store.checkpoints(&integration.id).await.map_err(said)?;
    match checkpoints.iter().any(|one| one.partition.0 == PARTITION) {
        true => Err(Message::AuthPasswordHeld { name: integration.name.clone() }),
        false => Ok(()),
    }
}

/// Remembers it where a run failed because its password was refused.
pub(crate) async fn note(
    store: &Store,
    integration: &Integration,
    run: &RunId,
    failure: &Message,
) -> Result<(), Message> {
    let refused = matches!(failure, Message::AuthRevoked {} | Message::AuthCaptcha { .. });
    if !refused || !matches!(integration.settings.auth, AuthMethod::Password { .. }) {
        return Ok(());
    }
    let held = Checkpoint { partition: Partition(PARTITION.to_owned()), position: "refused".to_owned() };
    store.keep_checkpoint(&integration.id, run, &held).await.map_err(said)
}

/// A credential proved itself: it may be sent again.
///
/// # Errors
/// What the store says.
pub async fn password_passed(store: &Store, integration: &IntegrationId) -> Result<(), Message> {
    store.clear_checkpoints(integration, PARTITION).await.map(drop).map_err(said)
}

fn said(error: weir_store::StoreError) -> Message {
    error.message().clone()
}
