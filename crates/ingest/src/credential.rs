//! Where an integration's credential, and the bodies of issues in quarantine, are sealed and opened. Only sealed text reaches
//! the store.

use weir_model::{
    AuthMethod, CredentialNote, FeedFault, Integration, IntegrationId, Message, Millis, OAuthFault,
};
use weir_source::jira::{Connected, Grant};
use weir_store::{Sealer, Store, StoreError, TokenHome};
use weir_vault::{Context, ExposeSecret as _, Sealed, Secret, Vault, VaultError};

const PURPOSE: &str = "sign in";
const TABLE: &str = "integration";
const COLUMN: &str = "sealed";

/// A token of fewer characters would lose too much by telling its last ones.
const LONG_ENOUGH: usize = 20;

/// How many of the last characters are told.
const TOLD: usize = 4;

/// How often a credential is sealed anew when the master key is rotated just then.
const TRIES: usize = 5;

/// The last characters of a token, to tell it from others; nothing of a short one.
pub fn ending(token: &Secret) -> Option<String> {
    let letters: Vec<char> = token.expose_secret().chars().collect();
    let is_long = letters.len() >= LONG_ENOUGH;
    let end = letters.get(letters.len().saturating_sub(TOLD)..).filter(|_| is_long)?;
    end.iter().all(char::is_ascii_graphic).then(|| end.iter().collect())
}

/// Who gave a credential, when, and when they say that it ends.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// By name.
    pub by: &'a str,
    /// When.
    pub at: Millis,
    /// The beginning (UTC) of the day on which it ends.
    pub expires_on: Option<Millis>,
}

/// What is kept of a credential besides itself; of a password no character, nor of a consent.
pub(crate) fn note(connected: &Connected, given: Given<'_>) -> CredentialNote {
    let is_token = !matches!(
        connected.auth,
        AuthMethod::Password { .. } | AuthMethod::Adfs { .. } | AuthMethod::OAuth { .. }
    );
    CredentialNote {
        ends: ending(&connected.secret).filter(|_| is_token),
        added_at: given.at,
        added_by: given.by.to_owned(),
        expires_on: given.expires_on,
    }
}

/// Seals a token for the integration it belongs to, with the key that the store has in use, and hands it to `kept`.
pub(crate) async fn keep_sealed(
    store: &Store,
    vault: &Vault,
    id: &IntegrationId,
    secret: &Secret,
    kept: impl AsyncFn(&str) -> Result<(), StoreError>,
) -> Result<(), Message> {
    keep(store, vault, &context(&id.to_string()), secret, kept).await
}

/// The same for the place that a context names.
pub(crate) async fn keep(
    store: &Store,
    vault: &Vault,
    context: &Context<'_>,
    secret: &Secret,
    kept: impl AsyncFn(&str) -> Result<(), StoreError>,
) -> Result<(), Message> {
    let bug = |error: VaultError| Message::Bug { detail: error.to_string() };
    for _ in 0..TRIES {
        if let Some(active) = store.active_key().await.map_err(|error| error.message().clone())? {
            vault.use_key(&active.id).map_err(|_| Message::KeyChanged {})?;
        }
        let sealed = vault.seal(context, secret).map_err(bug)?;
        match kept(sealed.as_str()).await.map_err(|error| error.message().clone()) {
            Err(Message::KeyChanged {}) => {}
            outcome => return outcome,
        }
    }
    Err(Message::KeyChanged {})
}

/// The integration's token, opened.
///
/// # Errors
/// `key.wrong` when it was sealed with another key, `key.sealed` when it was changed since or is not there.
pub async fn open_secret(store: &Store, vault: &Vault, integration: &Integration) -> Result<Secret, Message> {
    if integration.is_fed() {
        return Err(FeedFault::Elsewhere { name: integration.name.clone() }.into());
    }
    if integration.is_retired() {
        return Err(OAuthFault::Retired { name: integration.name.clone() }.into());
    }
    let sealed = store.sealed(&integration.id).await.map_err(|error| error.message().clone())?;
    let broken = Message::SealBroken { name: integration.name.clone() };
    let Some(sealed) = sealed else { return Err(broken) };
    let opened = open_sealed(vault, &context(&integration.id.to_string()), sealed, broken)?;
    match integration.settings.auth {
        AuthMethod::OAuth { .. } => {
            Grant::read(&opened)?.at_home(TokenHome::Integration(integration.id).to_string()).text()
        }
        _ => Ok(opened),
    }
}

/// Seals bodies of issues that cannot be read, each for its row.
pub(crate) fn sealer(vault: &Vault, integration: &Integration) -> Sealer {
    let (vault, id) = (vault.clone(), integration.id);
    Sealer::new(move |key, issue, body| {
        let row = format!("{id}:{issue}");
        if let Some(key) = key {
            vault.use_key(key).map_err(|_| Message::KeyChanged {})?;
        }
        let sealed = vault.seal(&body_context(&row), &Secret::from(body));
        let sealed = sealed.map_err(|error| Message::Bug { detail: error.to_string() })?;
        Ok(sealed.as_str().to_owned())
    })
}

/// The body of an issue in quarantine as it came; `None` where none is kept.
///
/// # Errors
/// `key.wrong` when it was sealed with another key, `quarantine.sealed` when it was changed since.
pub async fn quarantined_body(
    store: &Store,
    vault: &Vault,
    integration: &Integration,
    issue: &str,
) -> Result<Option<Secret>, Message> {
    let sealed = store.quarantined_body(&integration.id, issue).await;
    let Some(sealed) = sealed.map_err(|error| error.message().clone())? else { return Ok(None) };
    let row = format!("{}:{issue}", integration.id);
    let broken = Message::BodyBroken { issue: issue.to_owned() };
    open_sealed(vault, &body_context(&row), sealed, broken).map(Some)
}

pub(crate) fn open_sealed(
    vault: &Vault,
    context: &Context<'_>,
    sealed: String,
    broken: Message,
) -> Result<Secret, Message> {
    vault.open(context, &Sealed::from_stored(sealed)).map_err(|error| match error {
        VaultError::WrongKey { sealed_with, have } => {
            Message::KeyWrong { path: "secret.key".into(), needed: sealed_with, have }
        }
        VaultError::Tampered | VaultError::Malformed => broken,
        other => Message::Bug { detail: other.to_string() },
    })
}

fn body_context(row: &str) -> Context<'_> {
    Context { purpose: "body that cannot be read", table: "quarantine", row, column: "raw_sealed" }
}

pub(crate) fn context(row: &str) -> Context<'_> {
    Context { purpose: PURPOSE, table: TABLE, row, column: COLUMN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_long_token_tells_its_end() {
        let end = |text: &str| ending(&Secret::from(text.to_owned()));
        assert_eq!(end("0123456789abcdefx7Q2"), Some("x7Q2".to_owned()));
        assert_eq!((end("0123456789abcdefx7Q"), end(""), end("0123456789abcdefghiü")), (None, None, None));
    }
}
