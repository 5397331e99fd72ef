//! Backups: the whole store in one file, made beside whoever works with it, restored into either database.
//!
//! The file is a tar archive that needs nothing of ours to be read: `tables/NAME.jsonl.gz` for every table, a row a line as a
//! JSON array of its columns, in the order of its primary key; then `manifest.json`, which says what there is, with counts and
//! digests; then `manifest.json.sha256`. It is written in this order in one pass, so a file that breaks off has no manifest
//! and is no backup. Two backups of the same rows hold the same lines, from whichever database they come.
//!
//! Leases are left out: they belong to processes that live. So are facts: they are made anew from the rows of issues. Tables that others made in the same place are left out too. Views are left out: they are made anew. The secret key is not
//! in the store, and so not in the file.

mod archive;
mod create;
mod load;
mod manifest;
mod restore;
mod row;
#[cfg(test)]
mod tests;
mod unfinished;
mod verify;
mod writer;

pub use archive::Backup;
pub use create::create_backup;
pub use manifest::{Manifest, TablePart};
pub use restore::{Existing, Restored, restore_backup};
pub use verify::{Depth, Verified, verify_backup};

use crate::StoreError;
use std::{io, path::Path};
use weir_model::Message;

/// The tables that are left out: what holds for a moment only, and what is made anew from others.
const LEFT_OUT: [&str; 11] = [
    "consent",
    "draft",
    "errand",
    "fact_column",
    "fact_outdated",
    "fact_state",
    "field_count",
    "field_use",
    "lease",
    "parcel",
    "renewal",
];

/// Fails because the file at `path` is not what it should be.
fn broken(path: &Path, detail: impl Into<String>) -> StoreError {
    Message::BackupBroken { path: path.display().to_string(), detail: detail.into() }.into()
}

/// Fails because the file at `path` cannot be written.
fn unwritten(path: &Path, error: &io::Error) -> StoreError {
    Message::FileWrite { path: path.display().to_string(), detail: crate::error::bounded(&error.to_string()) }
        .into()
}

/// Makes the names in the folder of `path` durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    std::fs::File::open(folder_of(path))?.sync_all()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
