//! The first set-up: there is no password to begin with, but a link that works once.

use super::digest::{digest, token};
use crate::app::Parts;
use weir_model::Millis;
use weir_store::StoreError;

/// How long the link works.
const GOOD_FOR_MS: i64 = 60 * 60 * 1_000;

/// A link with which the first account can be made; `None` once there is one.
pub async fn setup_link(parts: &Parts) -> Result<Option<String>, StoreError> {
    if parts.store.has_accounts().await? {
        return Ok(None);
    }
    let token = token(parts.environment.entropy.as_ref());
    parts.store.add_setup_link(&digest(&token), Millis(parts.now().0 + GOOD_FOR_MS)).await?;
    Ok(Some(format!("{}/setup?token={token}", parts.settings.address())))
}
