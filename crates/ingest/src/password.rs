//! A password that was refused is not sent again: a few failures, and Jira asks the account for a CAPTCHA.
//!
//! That it was refused is kept beside the integration's checkpoints, for every later run, until a fresh credential or a
//! check that passed takes it away.

use weir_model::{AuthMethod, Integration, IntegrationId, Message, RunId};
use weir_store::{Lease, Store};

/// Refuses to sign in with a password that was refused before.
pub(crate) async fn guard(store: &Store, integration: &Integration) -> Result<(), Message> {
    match store.is_password_held(&integration.id).await.map_err(said)? {
        true => Err(Message::AuthPasswordHeld { name: integration.name.clone() }),
        false => Ok(()),
    }
}

/// Remembers it where a run failed because its password was refused.
pub(crate) async fn note(
    store: &Store,
    lease: &Lease,
    integration: &Integration,
    run: &RunId,
    failure: &Message,
) -> Result<(), Message> {
    let refused = matches!(failure, Message::AuthRevoked {} | Message::AuthCaptcha { .. });
    if !refused || !matches!(integration.settings.auth, AuthMethod::Password { .. }) {
        return Ok(());
    }
    store.hold_password(lease, run).await.map_err(said)
}

/// A credential proved itself: it may be sent again.
///
/// # Errors
/// What the store says.
pub async fn password_passed(store: &Store, integration: &IntegrationId) -> Result<(), Message> {
    store.release_password(integration).await.map_err(said)
}

fn said(error: weir_store::StoreError) -> Message {
    error.message().clone()
}
