//! The tables of a store as the database itself describes them, so that whatever goes through all of them forgets none.

use crate::{
    StoreError,
    db::{Db, Tx, sql},
    error::bounded,
    schema,
    store::make_file,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use weir_model::Message;

/// What a column holds, the same on both databases.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// A whole number.
    Int,
    /// A number.
    Real,
    /// Text.
    Text,
    /// Yes or no.
    Flag,
}

/// A column of a table.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ColumnOf {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
}

/// A table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct TableOf {
    pub(crate) name: String,
    pub(crate) columns: Vec<ColumnOf>,
    /// Names of the columns of its primary key.
    pub(crate) key: Vec<String>,
}

/// The tables of ours, by name. Tables that others made are not among them; one of ours that is missing, or has other columns
/// than its schema gives it, is damage.
pub(crate) async fn tables_of(tx: &mut Tx, address: &str, version: i64) -> Result<Vec<TableOf>, StoreError> {
    let expected = expected(version).await?;
    let found = tables(tx).await?;
    for table in &expected {
        if !found.contains(table) {
            let detail =
                format!("The table {} is missing or has other columns than in schema {version}", table.name);
            return Err(
                Message::StoreDamaged { address: address.to_owned(), detail: bounded(&detail) }.into()
            );
        }
    }
    Ok(expected)
}

/// The tables that a schema has.
async fn expected(version: i64) -> Result<Vec<TableOf>, StoreError> {
    let folder = std::env::temp_dir();
    let folder = tempfile::tempdir_in(&folder).map_err(|error| StoreError::io(&folder, error))?;
    let path = folder.path().join("weir.db");
    make_file(&path)?;
    let db = Db::sqlite(&path, "sqlite:scratch").await?;
    let mut tx = db.begin().await?;
    schema::build(&mut tx, version, 0).await?;
    let tables = tables(&mut tx).await?;
    drop(tx);
    db.close().await?;
    Ok(tables)
}

/// Every table with a primary key whose columns are of kinds that we use, by name.
pub(crate) async fn tables(tx: &mut Tx) -> Result<Vec<TableOf>, StoreError> {
    let mut tables: Vec<(TableOf, BTreeMap<i64, String>, bool)> = vec![];
    for row in tx.fetch(sql(tx.dialect().list_columns()), &[]).await? {
        let (table, name) = (row.text(0)?, row.text(1)?.to_owned());
        if tables.last().is_none_or(|(last, ..)| last.name != table) {
            let started = TableOf { name: table.to_owned(), columns: vec![], key: vec![] };
            tables.push((started, BTreeMap::new(), true));
        }
        if let Some((last, key, is_ours)) = tables.last_mut() {
            let place = row.int(3)?;
            if place > 0 {
                key.insert(place, name.clone());
            }
            match kind(row.text(2)?) {
                Some(kind) => last.columns.push(ColumnOf { name, kind }),
                None => *is_ours = false,
            }
        }
    }
    tables.retain(|(_, key, is_ours)| *is_ours && !key.is_empty());
    let keyed = |(table, key, _): (TableOf, BTreeMap<i64, String>, bool)| TableOf {
        key: key.into_values().collect(),
        ..table
    };
    Ok(tables.into_iter().map(keyed).collect())
}

/// The last number that each table has given out, where it numbers its rows and has begun to.
pub(crate) async fn serials(tx: &mut Tx) -> Result<BTreeMap<String, i64>, StoreError> {
    let mut serials = BTreeMap::new();
    for row in tx.fetch(sql(tx.dialect().list_serials()), &[]).await? {
        if let Some(last) = row.maybe_int(1)?.filter(|last| *last > 0) {
            serials.insert(row.text(0)?.to_owned(), last);
        }
    }
    Ok(serials)
}

fn kind(declared: &str) -> Option<ColumnKind> {
    match declared {
        "bigint" | "integer" => Some(ColumnKind::Int),
        "double precision" => Some(ColumnKind::Real),
        "text" => Some(ColumnKind::Text),
        "boolean" => Some(ColumnKind::Flag),
        _ => None,
    }
}
