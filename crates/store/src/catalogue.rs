//! The tables of a store as the database itself describes them, so that whatever goes through all of them forgets none.

use crate::{
    StoreError,
    db::{Tx, sql},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

/// Every table of ours, by name.
pub(crate) async fn tables(tx: &mut Tx) -> Result<Vec<TableOf>, StoreError> {
    let mut tables: Vec<(TableOf, BTreeMap<i64, String>)> = vec![];
    for row in tx.fetch(sql(tx.dialect().list_columns()), &[]).await? {
        let (table, name) = (row.text(0)?, row.text(1)?.to_owned());
        if tables.last().is_none_or(|(last, _)| last.name != table) {
            let started = TableOf { name: table.to_owned(), columns: vec![], key: vec![] };
            tables.push((started, BTreeMap::new()));
        }
        let kind = kind(table, row.text(2)?)?;
        if let Some((last, key)) = tables.last_mut() {
            let place = row.int(3)?;
            if place > 0 {
                key.insert(place, name.clone());
            }
            last.columns.push(ColumnOf { name, kind });
        }
    }
    let tables = tables.into_iter().map(|(table, key)| match key.is_empty() {
        true => Err(StoreError::bug(format!("The table {} has no primary key", table.name))),
        false => Ok(TableOf { key: key.into_values().collect(), ..table }),
    });
    tables.collect()
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

fn kind(table: &str, declared: &str) -> Result<ColumnKind, StoreError> {
    match declared {
        "bigint" | "integer" => Ok(ColumnKind::Int),
        "double precision" => Ok(ColumnKind::Real),
        "text" => Ok(ColumnKind::Text),
        "boolean" => Ok(ColumnKind::Flag),
        other => Err(StoreError::bug(format!("The table {table} has a column of the type {other}"))),
    }
}
