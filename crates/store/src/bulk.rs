//! The one way in which many rows are written: in one statement, as new rows or as an upsert that touches only rows
//! that differ.
//!
//! On SQLite rows go in statements of a few fixed sizes, so that a connection prepares each statement once; on PostgreSQL
//! as one array for each column.

use crate::{
    StoreError,
    arrays::Arrays,
    db::{Filled, Sql, Tx, sql},
    dialect::Dialect,
    value::{Bind, Binder, Row},
};
use std::{
    collections::HashMap,
    fmt::Write as _,
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

/// How a column of a row that is already there takes a new value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Merge {
    /// The new value, and a difference is a change.
    Take,
    /// The new value when something else changed.
    Stamp,
    /// Never: the first value stays.
    Once,
    /// The value of this expression, and a difference from what is there is a change.
    Expression(&'static str),
}

/// A table whose key begins with the number of an integration.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// The rest of the key.
    pub(crate) key: &'static [&'static str],
    /// The other columns.
    pub(crate) columns: &'static [(&'static str, Merge)],
    /// A further condition for overwriting a row.
    pub(crate) only_if: Option<&'static str>,
}

/// Something that is a row of a table: binds its key and then its columns, in the table's order.
pub(crate) trait Record {
    fn bind(&self, to: &mut impl Bind);
}

/// Rows in one statement, largest first. Every number of rows is a sum of few of these.
const SIZES: [usize; 12] = [2048, 1024, 512, 256, 128, 64, 32, 16, 8, 4, 2, 1];

/// Parameters in one statement; SQLite takes 32,766.
const PARAMETERS: usize = 30_000;

/// Rows in one statement on PostgreSQL.
const ARRAY: usize = 10_000;

/// What a statement does with its rows, and what it answers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Mode {
    /// They are new; a count.
    Insert,
    /// A count of those written.
    Upsert,
    /// The first column of the key of those written.
    UpsertReturning,
}

/// What tells statements apart: the table, the number of rows where it is part of the text, the mode.
type Shape = (&'static str, usize, Mode);

/// Writes rows of one integration and remembers the statements.
#[derive(Debug)]
pub(crate) struct Bulk {
    integration_no: i64,
    statements: Mutex<HashMap<Shape, Arc<str>>>,
}

impl Bulk {
    pub(crate) fn new(integration_no: i64) -> Self {
        Self { integration_no, statements: Mutex::new(HashMap::new()) }
    }

    /// Writes rows whose keys are known not to be there.
    pub(crate) async fn insert<R: Record>(
        &self,
        tx: &mut Tx,
        table: &Table,
        rows: &[R],
    ) -> Result<u64, StoreError> {
        self.write(tx, table, rows, Mode::Insert).await
    }

    /// Writes the rows that are new or differ and says how many these were. No key may come twice.
    pub(crate) async fn upsert<R: Record>(
        &self,
        tx: &mut Tx,
        table: &Table,
        rows: &[R],
    ) -> Result<u64, StoreError> {
        self.write(tx, table, rows, Mode::Upsert).await
    }

    async fn write<R: Record>(
        &self,
        tx: &mut Tx,
        table: &Table,
        rows: &[R],
        mode: Mode,
    ) -> Result<u64, StoreError> {
        let mut written = 0;
        let dialect = tx.dialect();
        let chunks = chunks(dialect, table.width(), rows.len());
        let mut filled = chunks.first().map(|range| fill(dialect, table, &rows[range.clone()]));
        for (place, range) in chunks.iter().enumerate() {
            let Some(ready) = filled.take() else { break };
            let statement = self.statement(dialect, table, range.len(), mode);
            // The next statement is filled while the database works on this one.
            let next =
                async { chunks.get(place + 1).map(|range| fill(dialect, table, &rows[range.clone()])) };
            let (done, next) = futures::join!(tx.run(statement, ready), next);
            written += done?;
            filled = next;
        }
        Ok(written)
    }

    /// The same; gives the first column of the key of every row that was written.
    pub(crate) async fn upsert_returning<R: Record>(
        &self,
        tx: &mut Tx,
        table: &Table,
        rows: &[R],
    ) -> Result<Vec<Row>, StoreError> {
        let mut written = Vec::new();
        for range in chunks(tx.dialect(), table.width(), rows.len()) {
            let chunk = &rows[range];
            let statement = self.statement(tx.dialect(), table, chunk.len(), Mode::UpsertReturning);
            written.extend(tx.run_returning(statement, fill(tx.dialect(), table, chunk)).await?);
        }
        Ok(written)
    }

    fn statement(&self, dialect: Dialect, table: &Table, rows: usize, mode: Mode) -> Sql {
        let rows = if dialect == Dialect::Sqlite { rows } else { 0 };
        let mut statements = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        let text = statements
            .entry((table.name, rows, mode))
            .or_insert_with(|| table.text(dialect, self.integration_no, rows, mode).into());
        sql(Arc::clone(text))
    }
}

/// The rows of each statement, for rows of so many values.
pub(crate) fn chunks(dialect: Dialect, width: usize, rows: usize) -> Vec<Range<usize>> {
    if dialect == Dialect::Postgres {
        return (0..rows).step_by(ARRAY).map(|start| start..(start + ARRAY).min(rows)).collect();
    }
    let most = PARAMETERS / width;
    let mut chunks = Vec::new();
    let mut start = 0;
    while let Some(size) = SIZES.into_iter().find(|size| *size <= (rows - start).min(most)) {
        chunks.push(start..start + size);
        start += size;
    }
    chunks
}

fn fill<R: Record>(dialect: Dialect, table: &Table, rows: &[R]) -> Filled {
    match dialect {
        Dialect::Sqlite => {
            let mut binder = Binder::with_capacity(rows.len() * table.width());
            rows.iter().for_each(|row| row.bind(&mut binder));
            Filled::Sqlite(binder)
        }
        Dialect::Postgres => {
            let mut arrays = Arrays::new(table.width());
            for row in rows {
                row.bind(&mut arrays);
                arrays.end_row();
            }
            Filled::PostgresRows(arrays)
        }
    }
}

impl Table {
    fn width(&self) -> usize {
        self.key.len() + self.columns.len()
    }

    fn text(&self, dialect: Dialect, integration_no: i64, rows: usize, mode: Mode) -> String {
        let key = self.key.join(", ");
        let insert = if mode == Mode::Insert { dialect.insert_new() } else { "INSERT" };
        let mut text = format!("{insert} INTO {} (integration_no, {key}", self.name);
        for (column, _) in self.columns {
            _ = write!(text, ", {column}");
        }
        text.push_str(") ");
        text.push_str(&dialect.rows(Some(integration_no), self.width(), rows));
        if mode != Mode::Insert {
            _ = write!(text, " ON CONFLICT (integration_no, {key}) DO {}", self.on_conflict());
        }
        if mode == Mode::UpsertReturning {
            _ = write!(text, " RETURNING {}", self.key[0]);
        }
        text
    }

    fn on_conflict(&self) -> String {
        let mut set = Vec::new();
        let mut differs = Vec::new();
        for (column, merge) in self.columns {
            let value = match merge {
                Merge::Once => continue,
                Merge::Take | Merge::Stamp => format!("excluded.{column}"),
                Merge::Expression(expression) => (*expression).to_owned(),
            };
            set.push(format!("{column} = {value}"));
            if !matches!(merge, Merge::Stamp) {
                differs.push(format!("{}.{column} IS DISTINCT FROM {value}", self.name));
            }
        }
        if set.is_empty() {
            return "NOTHING".to_owned();
        }
        let condition = self.only_if.map(|condition| format!("({condition}) AND ")).unwrap_or_default();
        format!("UPDATE SET {} WHERE {condition}({})", set.join(", "), differs.join(" OR "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: Table = Table {
        name: "t",
        key: &["a"],
        columns: &[("b", Merge::Take), ("c", Merge::Stamp), ("d", Merge::Once)],
        only_if: None,
    };

    #[test]
    fn only_a_difference_that_counts_writes_a_row() {
        assert_eq!(
            TABLE.text(Dialect::Postgres, 7, 0, Mode::UpsertReturning),
            "INSERT INTO t (integration_no, a, b, c, d) SELECT 7, * FROM unnest($1,$2,$3,$4) \
             ON CONFLICT (integration_no, a) DO UPDATE SET b = excluded.b, c = excluded.c \
             WHERE (t.b IS DISTINCT FROM excluded.b) RETURNING a"
        );
        assert_eq!(
            TABLE.text(Dialect::Sqlite, 7, 2, Mode::Insert),
            "INSERT OR FAIL INTO t (integration_no, a, b, c, d) VALUES (7,?,?,?,?),(7,?,?,?,?)"
        );
    }

    #[test]
    fn every_number_of_rows_is_cut_into_fixed_sizes() {
        for count in [0_usize, 1, 3, 5, 255, 1023, 50_000] {
            let sizes: Vec<usize> =
                chunks(Dialect::Sqlite, TABLE.width(), count).into_iter().map(|range| range.len()).collect();
            assert_eq!(sizes.iter().sum::<usize>(), count);
            assert!(sizes.iter().all(|size| SIZES.contains(size) && size * TABLE.width() <= PARAMETERS));
            let arrays = chunks(Dialect::Postgres, TABLE.width(), count);
            assert_eq!(arrays.iter().map(ExactSizeIterator::len).sum::<usize>(), count);
        }
    }
}
