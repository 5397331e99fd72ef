//! Where an integration's credential is sealed and opened. Only sealed text reaches the store.

use weir_model::{Integration, IntegrationId, Message};
use weir_store::Store;
use weir_vault::{Context, Sealed, Secret, Vault, VaultError};

const PURPOSE: &str = "sign in";
const TABLE: &str = "integration";
const COLUMN: &str = "sealed";

/// Seals a token for the integration it belongs to; elsewhere it does not open.
pub(crate) fn seal(vault: &Vault, id: &IntegrationId, secret: &Secret) -> Result<String, Message> {
    let row = id.to_string();
    let sealed =
        vault.seal(&context(&row), secret).map_err(|error| Message::Bug { detail: error.to_string() })?;
    Ok(sealed.as_str().to_owned())
}

/// The integration's token, opened.
///
/// # Errors
/// `key.wrong` when it was sealed with another key, `key.sealed` when it was changed since or is not there.
pub async fn open_secret(store: &Store, vault: &Vault, integration: &Integration) -> Result<Secret, Message> {
    let broken = || Message::SealBroken { name: integration.name.clone() };
    let sealed =
        store.sealed(&integration.id).await.map_err(|error| error.message().clone())?.ok_or_else(broken)?;
    let row = integration.id.to_string();
    vault.open(&context(&row), &Sealed::from_stored(sealed)).map_err(|error| match error {
        VaultError::WrongKey { .. } => Message::KeyWrong { path: "secret.key".into() },
        VaultError::Tampered | VaultError::Malformed => broken(),
        other => Message::Bug { detail: other.to_string() },
    })
}

fn context(row: &str) -> Context<'_> {
    Context { purpose: PURPOSE, table: TABLE, row, column: COLUMN }
}
