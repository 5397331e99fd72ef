//! Backups in the folder that the server's home has for them, by their names. A name is a file's plain one, so that no caller
//! reaches another place.

use super::{PATIENCE, UnderWay, answered, noted, patiently};
use crate::{
    app::App,
    auth::principal::Caller,
    http::{
        Problem,
        extract::{OptionalJson, Params, Segments},
        paging::{Page, PageQuery},
        tag::Conditions,
        words::one_word,
    },
};
use axum::{extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::OwnedMutexGuard;
use utoipa::{ToSchema, openapi::Object};
use weir_ingest::backups::{self, Listed};
use weir_model::Message;
use weir_store::{Depth, Manifest, verify_backup};

/// What making and proving are called in the audit log.
const CREATE: &str = "backup.create";
const VERIFY: &str = "backup.verify";

/// The name of a backup: letters, digits, `.`, `_` and `-`, with `.tar` at its end.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, min_length = 5, max_length = 100, pattern = r"^[A-Za-z0-9][A-Za-z0-9._-]*\.tar$")]
pub(in crate::api) struct BackupName(String);

impl TryFrom<String> for BackupName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match backups::is_name(&text) {
            true => Ok(Self(text)),
            false => Err("A backup's name has letters, digits, `.`, `_` and `-`, and ends with .tar"),
        }
    }
}

/// A backup to be made.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct BackupWish {
    /// Its name; one of the present instant unless given.
    #[schema(inline)]
    name: Option<BackupName>,
}

/// A file in the folder of backups.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct BackupFile {
    name: String,
    bytes: u64,
    /// When the file was written.
    made_at: String,
}

impl From<Listed> for BackupFile {
    fn from(one: Listed) -> Self {
        Self { name: one.name, bytes: one.bytes, made_at: one.made_at.rfc3339() }
    }
}

/// What a backup says of itself.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct Backup {
    name: String,
    bytes: u64,
    /// The moment that it holds.
    created_at: String,
    /// The version that wrote it.
    weir: String,
    /// Of which database: `sqlite` or `postgres`. It goes into either.
    database: String,
    /// The version of the store's schema.
    schema: i64,
    /// The master key that its credentials need; the key itself is not in it.
    key_id: Option<String>,
    /// How many values are sealed with each key.
    sealed: BTreeMap<String, u64>,
    /// Rows of all tables together.
    rows: u64,
    /// Rows of each table.
    tables: BTreeMap<String, u64>,
}

impl Backup {
    fn of(file: Listed, manifest: &Manifest) -> Self {
        Self {
            name: file.name,
            bytes: file.bytes,
            created_at: manifest.created_at.clone(),
            weir: manifest.weir.clone(),
            database: manifest.database.clone(),
            schema: manifest.schema,
            key_id: manifest.key_id.clone(),
            sealed: manifest.sealed.clone(),
            rows: manifest.rows(),
            tables: manifest.tables.iter().map(|table| (table.name.clone(), table.rows)).collect(),
        }
    }
}

/// How deep a backup is proved.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::api) enum ProofDepth {
    /// Manifest and parts are as they were written.
    Checksum,
    /// Every row can be read and fits its table.
    Structure,
    /// It is restored into a temporary file, checked and compared.
    #[default]
    Restore,
}

impl From<ProofDepth> for Depth {
    fn from(depth: ProofDepth) -> Self {
        match depth {
            ProofDepth::Checksum => Self::Checksum,
            ProofDepth::Structure => Self::Structure,
            ProofDepth::Restore => Self::Restore,
        }
    }
}

/// How a backup is to be proved.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::api) struct ProofWish {
    /// How deep; `restore` unless said otherwise.
    #[schema(schema_with = depth_words)]
    depth: ProofDepth,
}

fn depth_words() -> Object {
    one_word(["checksum", "structure", "restore"])
}

/// A backup that was proved.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct Proved {
    name: String,
    /// `whole`; one that is not is an error.
    verdict: &'static str,
    #[schema(schema_with = depth_words)]
    depth: ProofDepth,
    tables: usize,
    rows: u64,
}

/// Backups by name, the last first
#[utoipa::path(get, path = "/api/v1/backups", tag = "server", params(PageQuery),
    responses((status = 200, description = "A page of those in the server's folder", body = Page<BackupFile>)))]
pub(in crate::api) async fn list_backups(
    State(app): State<App>,
    Params(query): Params<PageQuery>,
) -> Result<Page<BackupFile>, Problem> {
    let window = query.window()?;
    let mut found = backups::list(&app.home).map_err(|message| without_place(message, "backups"))?;
    if let Some(after) = window.after() {
        found.retain(|one| one.name.as_str() < after);
    }
    Ok(window.page(found, |one| one.name.clone(), BackupFile::from))
}

/// What a backup says of itself
#[utoipa::path(get, path = "/api/v1/backups/{backup}", tag = "server",
    params(("backup" = String, Path, description = "Its name")),
    responses((status = 200, description = "The backup", body = Backup)))]
pub(in crate::api) async fn show_backup(
    State(app): State<App>,
    Segments(name): Segments<String>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    conditions.answer(&described(&app, &name)?)
}

fn described(app: &App, name: &str) -> Result<Backup, Message> {
    let (file, backup) = opened(app, name)?;
    Ok(Backup::of(file, backup.manifest()))
}

fn opened(app: &App, name: &str) -> Result<(Listed, weir_store::Backup), Message> {
    let opened = || {
        let (file, path) = backups::find(&app.home, name)?;
        let backup = weir_store::Backup::open(&path).map_err(|error| error.message().clone())?;
        Ok((file, backup))
    };
    opened().map_err(|message| without_place(message, name))
}

/// The right to make or prove a backup.
fn alone(app: &App) -> Result<OwnedMutexGuard<()>, Message> {
    Arc::clone(&app.backups).try_lock_owned().map_err(|_| Message::BackupBusy {})
}

/// Make a backup of the whole store
///
/// Nobody waits for it. The folder takes 50, counted with those that were made otherwise: 409 `backup.full` then. It gets its name when it is whole, and is never written over another file. The secret key is not in it.
#[utoipa::path(post, path = "/api/v1/backups", tag = "server", request_body = Option<BackupWish>,
    responses((status = 201, description = "It was made", body = Backup),
        (status = 202, description = "It goes on; what comes of it will be in the audit log", body = UnderWay)))]
pub(in crate::api) async fn create_backup(
    State(app): State<App>,
    caller: Caller,
    OptionalJson(wish): OptionalJson<BackupWish>,
) -> Result<Response, Problem> {
    let guard = alone(&app)?;
    backups::refuse_full(&app.home).map_err(|message| without_place(message, "backups"))?;
    let name = wish.name.map_or_else(|| backups::usual_name(app.now()), |name| name.0);
    let subject = name.clone();
    let came = patiently(PATIENCE, async move || {
        let made = made(&app, &name).await;
        drop(guard);
        let detail = |made: &Backup| vec![("rows", made.rows.to_string()), ("bytes", made.bytes.to_string())];
        noted(&app, &caller, (CREATE, &name), made, detail).await
    })
    .await?;
    answered(came, StatusCode::CREATED, (CREATE, subject))
}

async fn made(app: &App, name: &str) -> Result<Backup, Message> {
    let manifest = backups::create(&app.store, app.settings.version, &app.home, name).await;
    let manifest = manifest.map_err(|message| without_place(message, name))?;
    let (file, _) = backups::find(&app.home, name).map_err(|message| without_place(message, name))?;
    Ok(Backup::of(file, &manifest))
}

/// What is said of a backup by its name: where it lies on the machine is nobody's business who asks from elsewhere.
fn without_place(message: Message, name: &str) -> Message {
    let path = name.to_owned();
    match message {
        Message::FileExists { .. } => Message::FileExists { path },
        Message::FileRead { detail, .. } => Message::FileRead { path, detail },
        Message::FileWrite { detail, .. } => Message::FileWrite { path, detail },
        Message::BackupBroken { detail, .. } => Message::BackupBroken { path, detail },
        Message::BackupForeign { detail, .. } => Message::BackupForeign { path, detail },
        Message::BackupNewer { detail, .. } => Message::BackupNewer { path, detail },
        other => other,
    }
}

/// Prove a backup
///
/// One that is not whole is an error, `backup.broken`. By a real restore into a temporary file unless less is asked for.
#[utoipa::path(post, path = "/api/v1/backups/{backup}/verify", tag = "server", request_body = Option<ProofWish>,
    params(("backup" = String, Path, description = "Its name")),
    responses((status = 200, description = "It is whole", body = Proved),
        (status = 202, description = "It goes on; what comes of it will be in the audit log", body = UnderWay)))]
pub(in crate::api) async fn verify_backup_file(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    OptionalJson(wish): OptionalJson<ProofWish>,
) -> Result<Response, Problem> {
    backups::find(&app.home, &name).map_err(|message| without_place(message, &name))?;
    let guard = alone(&app)?;
    let subject = name.clone();
    let came = patiently(PATIENCE, async move || {
        let proved = proved(&app, &name, wish.depth).await;
        drop(guard);
        noted(&app, &caller, (VERIFY, &name), proved, |proved| vec![("rows", proved.rows.to_string())]).await
    })
    .await?;
    answered(came, StatusCode::OK, (VERIFY, subject))
}

async fn proved(app: &App, name: &str, depth: ProofDepth) -> Result<Proved, Message> {
    let (_, backup) = opened(app, name)?;
    let done = verify_backup(&backup, depth.into(), &std::env::temp_dir(), app.now())
        .await
        .map_err(|error| without_place(error.message().clone(), name))?;
    Ok(Proved { name: name.to_owned(), verdict: "whole", depth, tables: done.tables, rows: done.rows })
}
