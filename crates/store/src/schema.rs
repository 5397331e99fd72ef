//! Migrations: applied in order, all pending ones in one transaction, the public views made anew after them.
//!
//! A change of a view alone also gets a migration, so that stores that exist take it over.

use crate::{
    StoreError,
    crash::crash_point,
    db::{Db, Tx, sql},
    value::values,
};
use weir_model::Message;

const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_tables.sql"),
    include_str!("../migrations/0002_issue_states.sql"),
    include_str!("../migrations/0003_quarantine.sql"),
    include_str!("../migrations/0004_sealing_keys.sql"),
    include_str!("../migrations/0005_quarantine_retries.sql"),
    include_str!("../migrations/0006_accounts.sql"),
    include_str!("../migrations/0007_schedules.sql"),
    include_str!("../migrations/0008_monitoring.sql"),
    include_str!("../migrations/0009_people.sql"),
    include_str!("../migrations/0010_lifecycle.sql"),
    include_str!("../migrations/0011_run_requesters.sql"),
    include_str!("../migrations/0012_facts.sql"),
    include_str!("../migrations/0013_hygiene.sql"),
    include_str!("../migrations/0014_fields.sql"),
    include_str!("../migrations/0015_projects_lost.sql"),
    include_str!("../migrations/0016_nudges.sql"),
    include_str!("../migrations/0017_by_project.sql"),
    include_str!("../migrations/0018_notifications.sql"),
    include_str!("../migrations/0019_group_roles.sql"),
    include_str!("../migrations/0020_fields_gone.sql"),
    include_str!("../migrations/0021_known.sql"),
    include_str!("../migrations/0022_satellites.sql"),
    include_str!("../migrations/0023_looked_through.sql"),
    include_str!("../migrations/0024_satellite_pulses.sql"),
    include_str!("../migrations/0025_consents.sql"),
    include_str!("../migrations/0026_scim.sql"),
];
const VIEWS: &str = include_str!("../migrations/views.sql");

/// The version this program knows.
pub(crate) const KNOWN: i64 = MIGRATIONS.len() as i64;

/// What is there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Found {
    /// No table at all.
    Nothing,
    /// A store of ours at this version.
    Version(i64),
    /// Tables of somebody else.
    Foreign,
}

/// What tables there are, by name, and the version that the store says it has.
pub(crate) fn judge(tables: &[String], version: Option<i64>) -> Found {
    match version {
        _ if tables.is_empty() => Found::Nothing,
        Some(version) => Found::Version(version),
        None => Found::Foreign,
    }
}

/// Refuses what is not ours or newer than we are.
pub(crate) fn accept(found: Found, address: &str) -> Result<(), StoreError> {
    match found {
        Found::Version(found) if found > KNOWN => Err(Message::StoreNewer { found, known: KNOWN }.into()),
        found => refuse_foreign(found, address),
    }
}

/// Refuses what is not ours.
pub(crate) fn refuse_foreign(found: Found, address: &str) -> Result<(), StoreError> {
    match found {
        Found::Foreign => Err(Message::StoreForeign {
            address: address.to_owned(),
            detail: "It holds tables that Weir did not make".to_owned(),
        }
        .into()),
        Found::Nothing | Found::Version(_) => Ok(()),
    }
}

/// Looks at what is there.
pub(crate) async fn find(db: &Db) -> Result<Found, StoreError> {
    let mut tables = Vec::new();
    for row in db.fetch(db.dialect().list_tables(), &[]).await? {
        tables.push(row.text(0)?.to_owned());
    }
    let version = match tables.iter().any(|name| name == "migration") {
        true => Some(db.fetch(VERSION, &[]).await?.first().map_or(Ok(0), |row| row.int(0))?),
        false => None,
    };
    Ok(judge(&tables, version))
}

pub(crate) const VERSION: &str = "SELECT coalesce(max(version), 0) FROM migration";

/// Brings the schema up to date; does nothing when it is.
pub(crate) async fn migrate(db: &Db, now: i64) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    tx.fetch(sql(db.dialect().schema_lock()), &[]).await?;
    if migrate_in(&mut tx, now).await? {
        crash_point("migration.before_commit");
        tx.commit().await?;
    }
    Ok(())
}

/// The same within a transaction; `false` when there was nothing to do.
async fn migrate_in(tx: &mut Tx, now: i64) -> Result<bool, StoreError> {
    if version_of(tx).await? >= KNOWN {
        return Ok(false);
    }
    bring_up(tx, now).await?;
    Ok(true)
}

/// Brings the tables to the newest version and makes the views.
pub(crate) async fn bring_up(tx: &mut Tx, now: i64) -> Result<(), StoreError> {
    build(tx, KNOWN, now).await?;
    tx.script(tx.dialect().expand(VIEWS)).await
}

/// Brings the tables to a version that this program knows, without their views.
pub(crate) async fn build(tx: &mut Tx, wanted: i64, now: i64) -> Result<(), StoreError> {
    let present = version_of(tx).await?;
    drop_views(tx).await?;
    for (version, migration) in (1..=wanted).zip(MIGRATIONS) {
        if version > present {
            tx.script(tx.dialect().expand(migration)).await?;
            tx.execute(
                sql("INSERT INTO migration (version, applied_at) VALUES ($1, $2)"),
                values![version, now],
            )
            .await?;
            crash_point("migration.applied");
        }
    }
    if present == 0 {
        for statement in tx.dialect().after_tables() {
            tx.script((*statement).to_owned()).await?;
        }
    }
    Ok(())
}

/// The version of the tables.
pub(crate) async fn version_of(tx: &mut Tx) -> Result<i64, StoreError> {
    tx.script("CREATE TABLE IF NOT EXISTS migration (version BIGINT NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)".into())
        .await?;
    version_seen(tx).await
}

/// The same of a store, which has a table that says so.
pub(crate) async fn version_seen(tx: &mut Tx) -> Result<i64, StoreError> {
    tx.fetch(sql(VERSION), &[]).await?.first().map_or(Ok(0), |row| row.int(0))
}

async fn drop_views(tx: &mut Tx) -> Result<(), StoreError> {
    let views = tx.fetch(sql(tx.dialect().list_views()), &[]).await?;
    for view in &views {
        tx.script(format!("DROP VIEW \"{}\"", view.text(0)?)).await?;
    }
    Ok(())
}
