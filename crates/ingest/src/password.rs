//! A password that was refused is not sent again: a few failures, and Jira asks the account for a CAPTCHA, or ADFS locks it.
//!
//! That it was refused is kept beside the integration's checkpoints, for every later run, until a fresh credential or a
//! check that passed takes it away.

use weir_model::{AdfsFault, AuthMethod, Integration, IntegrationId, Message, RunId};
use weir_store::{Lease, Store};

/// Refuses to sign in with a password that was refused before.
///
/// # Errors
/// `auth.password_held`, or that of ADFS.
pub async fn refuse_held_password(store: &Store, integration: &Integration) -> Result<(), Message> {
    if !store.is_password_held(&integration.id).await.map_err(said)? {
        return Ok(());
    }
    let name = integration.name.clone();
    Err(match integration.settings.auth {
        AuthMethod::Adfs { .. } => AdfsFault::PasswordHeld { name }.into(),
        _ => Message::AuthPasswordHeld { name },
    })
}

/// Remembers it where a run failed because its password was refused.
pub(crate) async fn note(
    store: &Store,
    lease: &Lease,
    integration: &Integration,
    run: &RunId,
    failure: &Message,
) -> Result<(), Message> {
    match is_refused(&integration.settings.auth, failure) {
        true => store.hold_password(lease, run).await.map_err(said),
        false => Ok(()),
    }
}

/// Whether a failure says that the password of a way to sign in was not taken.
fn is_refused(auth: &AuthMethod, failure: &Message) -> bool {
    match (auth, failure) {
        (AuthMethod::Password { .. }, Message::AuthRevoked {} | Message::AuthCaptcha { .. }) => true,
        (AuthMethod::Adfs { .. }, Message::AdfsFault(fault)) => fault.is_of_the_password(),
        _ => false,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_held_where_it_was_not_taken_and_for_nothing_else() {
        let text = String::new;
        let password = AuthMethod::Password { user: text() };
        let adfs = AuthMethod::Adfs { user: text(), url: text(), client_id: text(), resource: text() };
        let token = AuthMethod::PersonalToken { user: text() };
        let refused = Message::from(AdfsFault::PasswordRefused { account: text(), said: text() });
        let expired = Message::from(AdfsFault::PasswordExpired { account: text(), said: text() });
        let client = Message::from(AdfsFault::ClientUnknown { client: text(), said: text() });
        let away = Message::from(AdfsFault::Unreachable { host: text(), detail: text() });
        assert!(
            is_refused(&password, &Message::AuthRevoked {}) && !is_refused(&token, &Message::AuthRevoked {})
        );
        assert!(is_refused(&adfs, &refused) && is_refused(&adfs, &expired));
        assert!(!is_refused(&adfs, &client) && !is_refused(&adfs, &away));
        assert!(!is_refused(&adfs, &Message::AuthRevoked {}), "that is said of a token");
    }
}
