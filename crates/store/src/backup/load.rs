//! Rows of a backup into tables that are empty, some at a time, so that memory does not grow with the store.

use super::{Backup, LEFT_OUT, broken, manifest::TablePart, row};
use crate::{
    Cell, StoreError,
    arrays::Arrays,
    bulk,
    catalogue::{self, TableOf},
    db::{Db, Filled, Tx, sql},
    dialect::Dialect,
    schema,
    value::{Binder, values},
};

/// Rows are written once they come to so many, or their lines to so many bytes.
const ROWS: usize = 2048;
const BYTES: usize = 1024 * 1024;

/// After so many bytes of lines a commit gives the log back, where the commits need not be one.
const COMMIT_AFTER: usize = 64 * 1024 * 1024;

/// Whether what was loaded may be seen before all of it is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Commits {
    /// It is a file that nobody knows of yet.
    AsItGoes,
    /// All of it comes at once.
    Once,
}

/// Fills the tables that `tx` has made at the backup's version; gives back the transaction in which the last rows are.
pub(super) async fn load(db: &Db, mut tx: Tx, backup: &Backup, commits: Commits) -> Result<Tx, StoreError> {
    fits(&mut tx, backup).await?;
    let mut since_commit = 0;
    for table in &backup.manifest().tables {
        // Rows that migrations bring are among those of the backup.
        tx.execute(sql(format!("DELETE FROM \"{}\"", table.name)), &[]).await?;
        let mut lines = backup.lines(table)?;
        let (mut rows, mut bytes): (Vec<Vec<Cell>>, usize) = (vec![], 0);
        while let Some(line) = lines.next()? {
            bytes += line.len();
            let read = row::read(line, &table.columns);
            rows.push(read.map_err(|detail| lines.wrong(&detail))?);
            if rows.len() < ROWS && bytes < BYTES {
                continue;
            }
            insert(&mut tx, table, &rows).await?;
            rows.clear();
            since_commit += std::mem::take(&mut bytes);
            if commits == Commits::AsItGoes && since_commit >= COMMIT_AFTER {
                tx.commit().await?;
                tx = db.begin().await?;
                since_commit = 0;
            }
        }
        insert(&mut tx, table, &rows).await?;
        lines.end()?;
        if let Some(last) = table.last_no {
            for statement in tx.dialect().set_serial() {
                tx.execute(sql(*statement), values![&*table.name, last]).await?;
            }
        }
    }
    let version = schema::version_of(&mut tx).await?;
    if version != backup.manifest().schema {
        return Err(broken(backup.path(), format!("Its rows are of the schema {version}")));
    }
    Ok(tx)
}

/// The tables that `tx` sees are those of the backup, to the column.
pub(super) async fn fits(tx: &mut Tx, backup: &Backup) -> Result<(), StoreError> {
    let schema = backup.manifest().schema;
    let mut expected = catalogue::tables(tx).await?;
    expected.retain(|table| !LEFT_OUT.contains(&table.name.as_str()));
    let is_same = |ours: &TableOf| {
        let theirs = backup.manifest().table(&ours.name);
        theirs.is_some_and(|theirs| theirs.columns == ours.columns)
    };
    if let Some(table) = expected.iter().find(|table| !is_same(table)) {
        let detail =
            format!("The table {} is missing or has other columns than in schema {schema}", table.name);
        return Err(broken(backup.path(), detail));
    }
    let is_known = |theirs: &TablePart| expected.iter().any(|ours| ours.name == theirs.name);
    if let Some(table) = backup.manifest().tables.iter().find(|table| !is_known(table)) {
        return Err(broken(backup.path(), format!("Schema {schema} has no table {}", table.name)));
    }
    Ok(())
}

async fn insert(tx: &mut Tx, table: &TablePart, rows: &[Vec<Cell>]) -> Result<(), StoreError> {
    let width = table.columns.len();
    let columns: Vec<String> = table.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
    for range in bulk::chunks(tx.dialect(), width, rows.len()) {
        let chunk = &rows[range];
        let values = tx.dialect().rows(None, width, chunk.len());
        let text = format!("INSERT INTO \"{}\" ({}) {values}", table.name, columns.join(", "));
        tx.run(sql(text), filled(tx.dialect(), table, chunk)).await?;
    }
    Ok(())
}

fn filled(dialect: Dialect, table: &TablePart, rows: &[Vec<Cell>]) -> Filled {
    match dialect {
        Dialect::Sqlite => {
            let mut binder = Binder::with_capacity(rows.len() * table.columns.len());
            rows.iter().for_each(|cells| row::bind(&mut binder, &table.columns, cells));
            Filled::Sqlite(binder)
        }
        Dialect::Postgres => {
            let mut arrays = Arrays::new(table.columns.len());
            for cells in rows {
                row::bind(&mut arrays, &table.columns, cells);
                arrays.end_row();
            }
            Filled::PostgresRows(arrays)
        }
    }
}
