//! The master keys that credentials are sealed with, by their ids alone.

use super::{PATIENCE, UnderWay, answered, noted, patiently};
use crate::{
    app::App,
    auth::principal::Caller,
    http::{Problem, tag::Conditions},
};
use axum::{extract::State, http::StatusCode, response::Response};
use serde::Serialize;
use std::{path::Path, sync::Arc};
use utoipa::ToSchema;
use weir_ingest::keys::{self, Rotation, ShownKey};
use weir_model::{Message, Millis};
use weir_store::KeyState;
use weir_vault::OsEntropy;

/// What rotating is called in the audit log.
const ROTATE: &str = "master_key.rotate";

/// A master key; never the key itself.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct MasterKey {
    id: String,
    /// `active` for the one that seals, `retiring` while values are under it, `retired`, or `unknown` to the store.
    state: &'static str,
    /// Whether it is in the key file.
    in_file: bool,
    /// How many values are sealed with it.
    sealed: u64,
    /// When it came into use.
    since: Option<String>,
    retired_at: Option<String>,
}

impl From<ShownKey> for MasterKey {
    fn from(key: ShownKey) -> Self {
        Self {
            id: key.id,
            state: key.state.map_or("unknown", KeyState::as_str),
            in_file: key.is_in_file,
            sealed: key.sealed,
            since: key.since.map(Millis::rfc3339),
            retired_at: key.retired_at.map(Millis::rfc3339),
        }
    }
}

/// Every master key that is in the key file, that the store knows, or that a sealed value names.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct MasterKeys {
    items: Vec<MasterKey>,
}

/// What a rotation did.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct Rotated {
    /// The key in use now.
    key: String,
    /// Keys that were given up.
    retired: Vec<String>,
    /// The files in the server's home that they were kept in: backups of before need them.
    kept_in: Vec<String>,
    /// Whether it went on with one that was interrupted.
    resumed: bool,
    /// Values that were wrapped anew.
    wrapped: u64,
    /// Values whose key is not in the key file; they stay as they are.
    foreign: Vec<Foreign>,
}

/// Values of an integration that are sealed with a key that is not at hand.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct Foreign {
    key: String,
    integration: String,
    count: u64,
}

impl From<Rotation> for Rotated {
    fn from(done: Rotation) -> Self {
        let file = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let foreign = done.foreign.into_iter();
        Self {
            key: done.key,
            kept_in: done.retired.iter().map(|(_, path)| file(path)).collect(),
            retired: done.retired.into_iter().map(|(id, _)| id).collect(),
            resumed: done.is_resumed,
            wrapped: done.wrapped,
            foreign: foreign.map(|(key, integration, count)| Foreign { key, integration, count }).collect(),
        }
    }
}

/// The master keys, by id, and what is sealed with each
#[utoipa::path(get, path = "/api/v1/master-keys", tag = "server",
    responses((status = 200, description = "All of them, the newest first", body = MasterKeys)))]
pub(in crate::api) async fn list_master_keys(
    State(app): State<App>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    let keys = keys::show(&app.store, &app.key_file()).await?;
    conditions.answer(&MasterKeys { items: keys.into_iter().map(MasterKey::from).collect() })
}

/// Make a new master key, put every sealed value under it, and give up the old one
///
/// Goes on where a rotation was interrupted. Refused while another one is under way.
#[utoipa::path(post, path = "/api/v1/master-keys/rotate", tag = "server",
    responses((status = 200, description = "The new key is in use", body = Rotated),
        (status = 202, description = "It goes on; what comes of it will be in the audit log", body = UnderWay)))]
pub(in crate::api) async fn rotate_master_key(
    State(app): State<App>,
    caller: Caller,
) -> Result<Response, Problem> {
    let came = patiently(PATIENCE, async move || {
        let done = rotated(&app).await;
        let detail = |done: &Rotation| {
            let retired: Vec<&str> = done.retired.iter().map(|(id, _)| id.as_str()).collect();
            vec![
                ("key", done.key.clone()),
                ("retired", retired.join(" ")),
                ("wrapped", done.wrapped.to_string()),
            ]
        };
        noted(&app, &caller, (ROTATE, "master key"), done, detail).await
    })
    .await?;
    answered(came.map(Rotated::from), StatusCode::OK, (ROTATE, "master key".to_owned()))
}

/// Rotates, and has this server seal with the new key from now on.
async fn rotated(app: &App) -> Result<Rotation, Message> {
    let done = keys::rotate(&app.store, &app.key_file(), Arc::new(OsEntropy), |_| Ok(())).await?;
    app.vault.use_key(&done.key).map_err(|error| Message::Bug { detail: error.to_string() })?;
    Ok(done)
}
