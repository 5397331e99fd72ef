//! API keys: making one, and finding the one that a request carries.

use super::digest::{api_key, digest, looks_like_key};
use crate::app::App;
use axum::http::{HeaderMap, header};
use weir_model::{AccountId, ApiKey, Clock, Entropy, KeyId, KeyScope, Message, Millis, WorkspaceId};
use weir_store::{Store, StoreError};

/// Longest name of a key.
const LONGEST_NAME: usize = 100;

/// A key to be made.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Its name.
    pub name: String,
    /// What it is good for; at least one.
    pub scopes: Vec<KeyScope>,
    /// The workspace that it stays in.
    pub workspace: Option<WorkspaceId>,
    /// Who makes it.
    pub created_by: Option<AccountId>,
    /// When it ends.
    pub expires_at: Option<Millis>,
}

/// A key that was made, with the one chance to see it.
pub struct MadeKey {
    /// What is kept of it.
    pub key: ApiKey,
    /// The key itself.
    pub secret: String,
}

impl std::fmt::Debug for MadeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MadeKey").field("key", &self.key).finish_non_exhaustive()
    }
}

/// The name of a key as it is kept.
///
/// # Errors
/// `name.bad`.
pub(crate) fn checked_name(text: &str) -> Result<String, Message> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(Message::NameBad { name: name.chars().filter(|c| !c.is_control()).take(100).collect() });
    }
    Ok(name.to_owned())
}

/// Makes a key.
///
/// # Errors
/// `name.bad`, `request.bad` without a scope, `workspace.unknown`.
pub async fn make_key(
    store: &Store,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    new: NewKey,
) -> Result<MadeKey, StoreError> {
    let name = checked_name(&new.name)?;
    if new.scopes.is_empty() {
        return Err(Message::RequestBad { detail: "A key needs at least one scope".into() }.into());
    }
    if let Some(workspace) = &new.workspace
        && store.workspace(workspace).await?.is_none()
    {
        return Err(Message::WorkspaceUnknown { name: workspace.to_string() }.into());
    }
    let now = clock.now();
    let secret = api_key(entropy);
    let mut scopes = new.scopes;
    scopes.sort();
    scopes.dedup();
    let key = ApiKey {
        id: KeyId::generate(now, entropy),
        name,
        scopes,
        workspace: new.workspace,
        created_by: new.created_by,
        created_at: now,
        expires_at: new.expires_at,
        used_at: None,
        revoked_at: None,
        hint: secret.split_at(secret.len() - 4).1.to_owned(),
    };
    store.add_api_key(&key, &digest(&secret)).await?;
    Ok(MadeKey { key, secret })
}

/// What a request says about its key.
#[derive(Debug)]
pub(crate) enum Shown {
    /// Nothing.
    None,
    /// Something that is no key, or not one that is good any more.
    Refused,
    /// A good one.
    Good(ApiKey),
}

/// The key in the header `Authorization`: `Bearer KEY` or `ApiKey KEY`.
pub(crate) async fn shown(app: &App, headers: &HeaderMap) -> Result<Shown, StoreError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(Shown::None) };
    let text = value.to_str().unwrap_or_default();
    let (scheme, key) = text.split_once(' ').unwrap_or_default();
    let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("apikey");
    let key = key.trim();
    if !known || !looks_like_key(key) {
        return Ok(Shown::Refused);
    }
    match app.store.usable_api_key(&digest(key)).await? {
        Some(key) => Ok(Shown::Good(key)),
        None => Ok(Shown::Refused),
    }
}
