//! What a backup says of itself.

use crate::catalogue::ColumnOf;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the format that this program writes, and the newest it reads.
pub(super) const FORMAT: u32 = 1;

/// What a backup holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the format.
    pub format: u32,
    /// The version of Weir that wrote it.
    pub weir: String,
    /// The version of the store's schema.
    pub schema: i64,
    /// When, RFC 3339.
    pub created_at: String,
    /// Of which database: `sqlite` or `postgres`.
    pub database: String,
    /// The id of the master key in use, where there is one. The key itself is not in the backup.
    pub key_id: Option<String>,
    /// How many values are sealed with each key, by its id.
    pub sealed: BTreeMap<String, u64>,
    /// Every table, by name.
    pub tables: Vec<TablePart>,
}

/// A table in a backup.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TablePart {
    /// The table's name.
    pub name: String,
    /// Its columns, in the order in which each line has their values.
    pub columns: Vec<ColumnOf>,
    /// How many rows.
    pub rows: u64,
    /// The last number that the table has given out, where it numbers its rows.
    pub last_no: Option<i64>,
    /// The part of the archive that holds it.
    pub part: String,
    /// The length of the part.
    pub bytes: u64,
    /// SHA-256 of the part as it is in the archive.
    pub sha256: String,
    /// SHA-256 of its lines, unpacked.
    pub lines_sha256: String,
}

impl Manifest {
    /// Rows of all tables together.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// The table of that name.
    pub fn table(&self, name: &str) -> Option<&TablePart> {
        self.tables.iter().find(|table| table.name == name)
    }
}
