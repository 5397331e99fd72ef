//! Proving a backup, as deep as is wished.

use super::{
    Backup, LEFT_OUT, broken, create::each_piece, load, restore::loaded, row, unfinished, writer::hex,
};
use crate::{
    StoreError, catalogue,
    db::{Care, Db, sql},
    schema,
    store::make_file,
};
use sha2::{Digest as _, Sha256};
use std::path::Path;
use weir_model::{Millis, View};

/// How deep a backup is proved. Each goes on where the one before ends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Depth {
    /// Manifest and parts have the digests that they should.
    Checksum,
    /// Every row can be read, and the tables are those of the backup's schema.
    Structure,
    /// It is restored into a temporary file, whose integrity is checked, whose rows are compared with the backup's, which is
    /// brought to today's schema, and whose views are read.
    Restore,
}

/// What was proved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verified {
    /// Tables.
    pub tables: usize,
    /// Their rows.
    pub rows: u64,
    /// How deep.
    pub depth: Depth,
}

/// Proves a backup. `scratch` is a folder for what is made and removed again, as large as the store at most.
///
/// # Errors
/// `backup.broken` with what differs.
pub async fn verify_backup(
    backup: &Backup,
    depth: Depth,
    scratch: &Path,
    now: Millis,
) -> Result<Verified, StoreError> {
    backup.check_sums()?;
    if depth >= Depth::Structure {
        let folder = unfinished::Folder::make(scratch, "weir-verify-");
        let folder = folder.map_err(|error| super::unwritten(scratch, &error))?;
        let file = folder.path().join("weir.db");
        match depth {
            Depth::Restore => restored(backup, &file, now).await?,
            _ => read(backup, &file, now).await?,
        }
    }
    let manifest = backup.manifest();
    Ok(Verified { tables: manifest.tables.len(), rows: manifest.rows(), depth })
}

async fn read(backup: &Backup, file: &Path, now: Millis) -> Result<(), StoreError> {
    make_file(file)?;
    let db = Db::sqlite(file, "sqlite:scratch").await?;
    let mut tx = db.begin().await?;
    schema::build(&mut tx, backup.manifest().schema, now.0).await?;
    load::fits(&mut tx, backup).await?;
    drop(tx);
    db.close().await?;
    for table in &backup.manifest().tables {
        let mut lines = backup.lines(table)?;
        while let Some(line) = lines.next()? {
            row::read(line, &table.columns).map_err(|detail| lines.wrong(&detail))?;
        }
        lines.end()?;
    }
    Ok(())
}

async fn restored(backup: &Backup, file: &Path, now: Millis) -> Result<(), StoreError> {
    let db = loaded(backup, file, now).await?;
    db.check_integrity(Care::Whole).await?;
    let mut tx = db.begin_reading().await?;
    for table in catalogue::tables(&mut tx).await? {
        if LEFT_OUT.contains(&table.name.as_str()) {
            continue;
        }
        let mut hash = Sha256::new();
        let rows = each_piece(&mut tx, &table, |piece| {
            hash.update(piece);
            Ok(())
        })
        .await?;
        let part = backup.manifest().table(&table.name);
        if part.is_none_or(|part| (part.rows, &part.lines_sha256) != (rows, &hex(&hash.finalize()))) {
            let detail = format!("The table {} comes back with other rows than were written", table.name);
            return Err(broken(backup.path(), detail));
        }
    }
    drop(tx);
    let mut tx = db.begin().await?;
    schema::bring_up(&mut tx, now.0).await?;
    for view in View::ALL {
        tx.fetch(sql(format!("SELECT count(*) FROM {}", view.name)), &[]).await?;
    }
    tx.commit().await?;
    db.close().await
}
