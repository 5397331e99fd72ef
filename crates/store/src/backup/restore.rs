//! Restoring a backup: a store is there whole or not at all, and what was there before is put aside, never deleted.
//!
//! On SQLite everything happens in a file that nobody knows of, which takes the store's name when it is complete; on
//! PostgreSQL in one transaction.

use super::{
    Backup, folder_of,
    load::{Commits, load},
    sync_folder, unfinished, unwritten,
};
use crate::{
    StoreAddress, StoreError,
    crash::crash_point,
    db::{self, Db, Durability, Tx, sql},
    dialect::Dialect,
    error::bounded,
    schema::{self, Found},
    store::{found_in, make_file},
    value::values,
};
use sqlx::{Connection as _, Row as _, SqliteConnection};
use std::{
    fs,
    path::{Path, PathBuf},
};
use weir_model::{Message, Millis};

/// What becomes of a store that is there and not empty.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Existing {
    /// It is refused.
    Refuse,
    /// It is put aside.
    PutAside,
}

/// What was restored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Restored {
    /// The schema's version now; the backup's may be older.
    pub schema: i64,
    /// Where the store is that was there before, if there was one.
    pub put_aside: Option<String>,
}

/// Restores a backup into the store at an address, which need not be of the same database. A store that is put aside may be of
/// a newer version: this is the way back from an upgrade.
///
/// # Errors
/// `store.not_empty`, `store.in_use`, `backup.broken`. The store that was there is as it was then.
pub async fn restore_backup(
    backup: &Backup,
    address: &StoreAddress,
    now: Millis,
    existing: Existing,
) -> Result<Restored, StoreError> {
    match address {
        StoreAddress::Sqlite(path) => to_file(backup, path, address, now, existing).await,
        StoreAddress::Postgres(url) => to_server(backup, url, address, now, existing).await,
    }
}

async fn to_file(
    backup: &Backup,
    path: &Path,
    address: &StoreAddress,
    now: Millis,
    existing: Existing,
) -> Result<Restored, StoreError> {
    let shown = address.to_string();
    let there = found_in(path, address).await?;
    if there != Found::Nothing {
        let mut connection = SqliteFile::open(path, &shown).await?;
        refuse_full(connection.integrations().await?, &shown, existing)?;
        connection.close().await?;
    }
    let failed = |error: std::io::Error| StoreError::io(path, error);
    let folder = unfinished::Folder::make(folder_of(path), ".weir-restoring-").map_err(failed)?;
    let fresh = folder.path().join("weir.db");
    fill(backup, &fresh, now).await?;
    crash_point("restore.filled");
    let put_aside = match there {
        Found::Nothing => None,
        _ => {
            let mut connection = SqliteFile::open(path, &shown).await?;
            // Somebody may have come meanwhile.
            refuse_full(connection.integrations().await?, &shown, existing)?;
            connection.make_ours_alone().await?;
            let aside = aside(path, now);
            // The name never stands for nothing: the old file gets a second one before the new file takes the first.
            fs::hard_link(path, &aside).map_err(|error| unwritten(&aside, &error))?;
            crash_point("restore.linked");
            fs::rename(&fresh, path).map_err(failed)?;
            sync_folder(path).map_err(failed)?;
            connection.close().await?;
            Some(aside.display().to_string())
        }
    };
    if put_aside.is_none() {
        fs::rename(&fresh, path).map_err(failed)?;
        sync_folder(path).map_err(failed)?;
    }
    Ok(Restored { schema: schema::KNOWN, put_aside })
}

/// Makes a file that is a store with the rows of a backup, at today's schema.
async fn fill(backup: &Backup, path: &Path, now: Millis) -> Result<(), StoreError> {
    let db = loaded(backup, path, now).await?;
    let mut tx = db.begin().await?;
    schema::bring_up(&mut tx, now.0).await?;
    tx.commit().await?;
    db.close().await?;
    fs::File::open(path).and_then(|file| file.sync_all()).map_err(|error| StoreError::io(path, error))
}

/// Makes a file that holds the rows of a backup, at the backup's schema.
pub(super) async fn loaded(backup: &Backup, path: &Path, now: Millis) -> Result<Db, StoreError> {
    make_file(path)?;
    let db = Db::sqlite(path, &format!("sqlite:{}", path.display())).await?;
    db.wait_for_disk(Durability::LaterCommit).await?;
    let mut tx = db.begin().await?;
    schema::build(&mut tx, backup.manifest().schema, now.0).await?;
    load(&db, tx, backup, Commits::AsItGoes).await?.commit().await?;
    Ok(db)
}

async fn to_server(
    backup: &Backup,
    url: &str,
    address: &StoreAddress,
    now: Millis,
    existing: Existing,
) -> Result<Restored, StoreError> {
    let shown = address.to_string();
    let db = Db::postgres(url, &shown).await?;
    let mut tx = db.begin().await?;
    tx.fetch(sql(Dialect::Postgres.schema_lock()), &[]).await?;
    let there = schema::find(&db).await?;
    schema::refuse_foreign(there, &shown)?;
    let mut put_aside = None;
    if there != Found::Nothing {
        let integrations = count(&mut tx, "SELECT count(*) FROM integration").await?;
        refuse_full(integrations, &shown, existing)?;
        let leased =
            tx.fetch(sql("SELECT count(*) FROM lease WHERE expires_at > $1"), values![now.0]).await?;
        if leased.first().map_or(Ok(0), |row| row.count(0))? > 0 {
            return Err(in_use(&shown, "A run works on one of its integrations"));
        }
        let aside = format!("weir_replaced_{}", stamp(now));
        tx.script(format!("ALTER SCHEMA weir RENAME TO {aside}")).await?;
        put_aside = Some(format!("the schema {aside}"));
    }
    tx.script("CREATE SCHEMA IF NOT EXISTS weir".to_owned()).await?;
    schema::build(&mut tx, backup.manifest().schema, now.0).await?;
    let mut tx = load(&db, tx, backup, Commits::Once).await?;
    schema::bring_up(&mut tx, now.0).await?;
    crash_point("restore.before_commit");
    tx.commit().await?;
    db.close().await?;
    Ok(Restored { schema: schema::KNOWN, put_aside })
}

async fn count(tx: &mut Tx, query: &'static str) -> Result<u64, StoreError> {
    tx.fetch(sql(query), &[]).await?.first().map_or(Ok(0), |row| row.count(0))
}

fn refuse_full(integrations: u64, address: &str, existing: Existing) -> Result<(), StoreError> {
    match existing {
        Existing::Refuse if integrations > 0 => {
            Err(Message::StoreNotEmpty { address: address.to_owned(), integrations }.into())
        }
        _ => Ok(()),
    }
}

fn in_use(address: &str, detail: &str) -> StoreError {
    Message::StoreInUse { address: address.to_owned(), detail: detail.to_owned() }.into()
}

/// A name beside the store's own.
fn aside(path: &Path, now: Millis) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(format!(".replaced-{}", stamp(now)));
    name.into()
}

/// An instant as part of a name: `20260304t050607123z`.
fn stamp(now: Millis) -> String {
    now.rfc3339().chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

/// The file of a store that is to be replaced.
struct SqliteFile {
    connection: SqliteConnection,
    address: String,
}

impl SqliteFile {
    async fn open(path: &Path, address: &str) -> Result<Self, StoreError> {
        let connection = db::look_into(path).await.map_err(|error| StoreError::of(address, error))?;
        Ok(Self { connection, address: address.to_owned() })
    }

    async fn integrations(&mut self) -> Result<u64, StoreError> {
        let counted = sqlx::query("SELECT count(*) FROM integration").fetch_one(&mut self.connection).await;
        let count = counted.and_then(|row| row.try_get::<i64, _>(0));
        let count = count.map_err(|error| StoreError::of(&self.address, error))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Brings everything into the one file and keeps everybody else out of it. SQLite leaves the log only when nobody else
    /// has the file open: https://sqlite.org/wal.html, section 6.
    async fn make_ours_alone(&mut self) -> Result<(), StoreError> {
        for statement in ["PRAGMA busy_timeout = 2000", "PRAGMA journal_mode = DELETE", "BEGIN EXCLUSIVE"] {
            let done = sqlx::raw_sql(statement).execute(&mut self.connection).await;
            done.map_err(|error| match StoreError::of(&self.address, error) {
                busy if matches!(busy.message(), Message::StoreBusy { .. }) => in_use(
                    &self.address,
                    &bounded(&format!("Another process has it open: {}", busy.message().why())),
                ),
                other => other,
            })?;
        }
        Ok(())
    }

    async fn close(self) -> Result<(), StoreError> {
        self.connection.close().await.map_err(|error| StoreError::of(&self.address, error))
    }
}
