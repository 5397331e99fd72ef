//! Making a backup: one look at the whole store, written to a file that gets its name when it is whole.

use super::{
    Backup, LEFT_OUT,
    archive::{MANIFEST, MANIFEST_SUM, sum_line},
    folder_of,
    manifest::{FORMAT, Manifest, TablePart},
    row, sync_folder, unfinished, unwritten,
    writer::Writer,
};
use crate::{
    Store, StoreError,
    catalogue::{self, ColumnKind, TableOf},
    crash::crash_point,
    db::{Tx, sql},
    schema, sealing,
};
use futures::StreamExt as _;
use std::{io, path::Path};
use weir_model::Message;

/// Lines are handed on in pieces of this size.
const PIECE: usize = 128 * 1024;

/// Writes a backup of a store. Nobody who writes to the store waits for it, and it sees nothing of what they write meanwhile.
/// The file is read back and proved before it gets its name; until then nothing is there under that name.
///
/// # Errors
/// `file.exists`, `file.write`, and what the store says.
pub async fn create_backup(store: &Store, weir: &str, path: &Path) -> Result<Manifest, StoreError> {
    let failed = |error: io::Error| unwritten(path, &error);
    if path.symlink_metadata().is_ok() {
        return Err(Message::FileExists { path: path.display().to_string() }.into());
    }
    let beside = unfinished::file(folder_of(path), ".weir-backup-").map_err(failed)?;
    let time = u64::try_from(store.now() / 1000).unwrap_or(0);
    let mut writer = Writer::new(beside.reopen().map_err(failed)?, time);
    let mut tx = store.db.begin_reading().await?;
    let mut tables = vec![];
    let schema = schema::version_seen(&mut tx).await?;
    let all = catalogue::tables_of(&mut tx, &store.address().to_string(), schema).await?;
    let serials = catalogue::serials(&mut tx).await?;
    for table in all.iter().filter(|table| !LEFT_OUT.contains(&table.name.as_str())) {
        let mut lines = writer.lines().map_err(failed)?;
        let rows = each_piece(&mut tx, table, |piece| lines.write(piece).map_err(failed)).await?;
        let part = format!("tables/{}.jsonl.gz", table.name);
        let (after, written) = lines.end(&part).map_err(failed)?;
        writer = after;
        tables.push(TablePart {
            name: table.name.clone(),
            columns: table.columns.clone(),
            rows,
            last_no: serials.get(&table.name).copied(),
            part,
            bytes: written.bytes,
            sha256: written.sha256,
            lines_sha256: written.lines_sha256,
        });
    }
    let is_there = |name: &str| all.iter().any(|table| table.name == name);
    let sealed = sealing::counts(&mut tx, is_there).await?;
    let key_id = match is_there("sealing_key") {
        true => sealing::active_in(&mut tx).await?,
        false => sealed.keys().next().cloned(),
    };
    let manifest = Manifest {
        format: FORMAT,
        weir: weir.to_owned(),
        schema,
        created_at: store.instant().rfc3339(),
        database: tx.dialect().name().to_owned(),
        key_id,
        sealed,
        tables,
    };
    drop(tx);
    let text = serde_json::to_vec_pretty(&manifest)
        .map_err(|error| StoreError::bug(format!("A manifest cannot be written: {error}")))?;
    writer.add(MANIFEST, &text).map_err(failed)?;
    writer.add(MANIFEST_SUM, sum_line(&text).as_bytes()).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Backup::open(beside.path())?.check_sums()?;
    crash_point("backup.whole");
    beside.persist_noclobber(path).map_err(|refused| match refused.error.kind() {
        io::ErrorKind::AlreadyExists => Message::FileExists { path: path.display().to_string() }.into(),
        _ => unwritten(path, &refused.error),
    })?;
    sync_folder(path).map_err(failed)?;
    Ok(manifest)
}

/// The rows of a table as lines, in the order of its key, in pieces; gives how many rows there were.
pub(super) async fn each_piece(
    tx: &mut Tx,
    table: &TableOf,
    mut take: impl FnMut(&[u8]) -> Result<(), StoreError>,
) -> Result<u64, StoreError> {
    let mut rows = tx.stream(sql(query(tx.dialect().bytewise(), table)));
    let (mut piece, mut count) = (Vec::with_capacity(2 * PIECE), 0);
    while let Some(one) = rows.next().await {
        row::write(&mut piece, &table.columns, &one?)?;
        count += 1;
        if piece.len() >= PIECE {
            take(&piece)?;
            piece.clear();
        }
    }
    take(&piece)?;
    Ok(count)
}

fn query(bytewise: &str, table: &TableOf) -> String {
    let columns: Vec<String> = table.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
    let is_key = |name: &String| table.key.contains(name);
    // In the order of the key, so that the database need not sort.
    let mut key: Vec<_> = table.columns.iter().filter(|column| is_key(&column.name)).collect();
    key.sort_by_key(|column| table.key.iter().position(|name| *name == column.name));
    let order: Vec<String> = key
        .into_iter()
        .map(|column| match column.kind {
            ColumnKind::Text => format!("\"{}\"{bytewise}", column.name),
            _ => format!("\"{}\"", column.name),
        })
        .collect();
    format!("SELECT {} FROM \"{}\" ORDER BY {}", columns.join(", "), table.name, order.join(", "))
}
