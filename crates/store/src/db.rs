//! The connections: one writer and a few readers on SQLite, a pool on PostgreSQL, behind one set of methods.

use crate::{
    StoreError,
    arrays::Arrays,
    dialect::Dialect,
    error::bounded,
    value::{Binder, Row, Value},
};
use futures::{Stream, StreamExt as _};
use sqlx::{
    AssertSqlSafe, ConnectOptions, PgConnection, PgPool, Postgres, Row as _, Sqlite, SqliteConnection,
    SqlitePool, Transaction,
    postgres::{PgArguments, PgConnectOptions, PgPoolOptions},
    sqlite::{
        SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
    },
};
use std::{path::Path, pin::Pin, str::FromStr, sync::Arc, time::Duration};
use weir_model::Message;

const CACHED_STATEMENTS: usize = 512;
const READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 8;
const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(120);
const WAIT_FOR_READERS: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(50);
const WAIT_FOR_SERVER: Duration = Duration::from_secs(10);

/// The text of a statement: written in the source, or put together from names of ours.
pub(crate) type Sql = AssertSqlSafe<Arc<str>>;

/// A statement's text.
pub(crate) fn sql(text: impl Into<Arc<str>>) -> Sql {
    AssertSqlSafe(text.into())
}

#[derive(Debug)]
enum Pools {
    Sqlite {
        write: SqlitePool,
        read: SqlitePool,
        /// Works the log into the file while the writer goes on.
        log: SqlitePool,
    },
    Postgres(PgPool),
}

/// A database.
#[derive(Debug)]
pub(crate) struct Db {
    pools: Pools,
    address: Arc<str>,
}

/// When a commit is safe from a power cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Durability {
    /// When it returns.
    EachCommit,
    /// When a later one that waits returns.
    LaterCommit,
}

/// How thoroughly a file is looked through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Care {
    /// Every page.
    Quick,
    /// Every page, and every index against its table.
    Whole,
}

/// Rows as they come.
pub(crate) type Rows<'a> = Pin<Box<dyn Stream<Item = Result<Row, StoreError>> + Send + 'a>>;

fn sqlite_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(Duration::from_secs(10))
        .statement_cache_capacity(CACHED_STATEMENTS)
        .row_buffer_size(256)
        .disable_statement_logging()
}

/// A connection that changes nothing by being opened, to look at a file that may not be ours.
pub(crate) async fn look_into(path: &Path) -> Result<SqliteConnection, sqlx::Error> {
    sqlite_options(path).connect().await
}

impl Db {
    /// Connects to a file that exists.
    pub(crate) async fn sqlite(path: &Path, address: &str) -> Result<Self, StoreError> {
        let address: Arc<str> = address.into();
        let failed = |error| StoreError::of(&address, error);
        let options = sqlite_options(path)
            .page_size(8192)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .pragma("wal_autocheckpoint", "32000")
            .pragma("journal_size_limit", "67108864");
        let writer = options.clone().pragma("cache_size", "-16000");
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(WAIT_FOR_CONNECTION)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(writer)
            .await
            .map_err(failed)?;
        let read = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(WAIT_FOR_CONNECTION)
            .connect_lazy_with(options.clone().pragma("cache_size", "-4000").pragma("query_only", "on"));
        let log = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(WAIT_FOR_CONNECTION)
            .connect_lazy_with(options.pragma("cache_size", "-1000"));
        Ok(Self { pools: Pools::Sqlite { write, read, log }, address })
    }

    /// Connects to a server; the schema `weir` comes first on every connection.
    pub(crate) async fn postgres(url: &str, address: &str) -> Result<Self, StoreError> {
        let address: Arc<str> = address.into();
        let failed = |error| StoreError::of(&address, error);
        let options = PgConnectOptions::from_str(url)
            .map_err(failed)?
            .application_name("weir")
            .statement_cache_capacity(CACHED_STATEMENTS)
            .disable_statement_logging();
        // A pool goes on trying while a server refuses; one connection tells at once.
        let probe = tokio::time::timeout(WAIT_FOR_SERVER, options.connect()).await;
        let probe = probe.unwrap_or_else(|_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())));
        sqlx::Connection::close(probe.map_err(failed)?).await.map_err(failed)?;
        let pool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(WAIT_FOR_CONNECTION)
            .after_connect(|connection, _| Box::pin(prepare(connection)))
            .connect_lazy_with(options);
        Ok(Self { pools: Pools::Postgres(pool), address })
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self.pools {
            Pools::Sqlite { .. } => Dialect::Sqlite,
            Pools::Postgres(_) => Dialect::Postgres,
        }
    }

    pub(crate) fn failed(&self, error: sqlx::Error) -> StoreError {
        StoreError::of(&self.address, error)
    }

    /// Works the log into the file, as far as it can without making anybody wait; nothing on PostgreSQL.
    pub(crate) async fn work_log_in(&self) -> Result<(), sqlx::Error> {
        match &self.pools {
            Pools::Sqlite { log, .. } => {
                sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(log).await.map(|_| ())
            }
            Pools::Postgres(_) => Ok(()),
        }
    }

    /// All rows of a query that gives few.
    pub(crate) async fn fetch(&self, text: &'static str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let mut stream = self.stream(sql(text), values);
        let mut rows = Vec::new();
        while let Some(row) = stream.next().await {
            rows.push(row?);
        }
        Ok(rows)
    }

    /// The first row of a query.
    pub(crate) async fn first(
        &self,
        text: &'static str,
        values: &[Value],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.fetch(text, values).await?.into_iter().next())
    }

    /// Rows of a query one by one, read outside of any transaction of ours.
    pub(crate) fn stream(&self, text: Sql, values: &[Value]) -> Rows<'_> {
        macro_rules! rows {
            ($pool:expr, $arguments:ty) => {
                match Binder::<$arguments>::from_values(values).finish() {
                    Ok(arguments) => Box::pin(sqlx::query_with(text, arguments).fetch($pool).map(|row| {
                        row.and_then(|row| Row::try_from(&row)).map_err(|error| self.failed(error))
                    })),
                    Err(error) => Box::pin(futures::stream::once(async move { Err(self.failed(error)) })),
                }
            };
        }
        match &self.pools {
            Pools::Sqlite { read, .. } => rows!(read, SqliteArguments),
            Pools::Postgres(pool) => rows!(pool, PgArguments),
        }
    }

    /// Rows of a number, a text and bytes, of a query that gives few of them.
    pub(crate) async fn fetch_blobs(
        &self,
        text: Sql,
        values: &[Value],
    ) -> Result<Vec<(i64, String, Vec<u8>)>, StoreError> {
        macro_rules! rows {
            ($pool:expr, $arguments:ty) => {
                match Binder::<$arguments>::from_values(values).finish() {
                    Ok(arguments) => sqlx::query_as_with(text, arguments).fetch_all($pool).await,
                    Err(error) => Err(error),
                }
            };
        }
        let rows = match &self.pools {
            Pools::Sqlite { read, .. } => rows!(read, SqliteArguments),
            Pools::Postgres(pool) => rows!(pool, PgArguments),
        };
        rows.map_err(|error| self.failed(error))
    }

    /// One statement that changes rows; gives how many.
    pub(crate) async fn execute(&self, text: &'static str, values: &[Value]) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let changed = tx.execute(sql(text), values).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// A transaction that may write.
    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        let failed = |error| self.failed(error);
        let inner = match &self.pools {
            Pools::Sqlite { write, .. } => {
                Inner::Sqlite(write.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?)
            }
            Pools::Postgres(pool) => Inner::Postgres(pool.begin().await.map_err(failed)?),
        };
        Ok(Tx { inner, address: Arc::clone(&self.address) })
    }

    /// A transaction that only reads and sees the store as it is now, whatever others write meanwhile. It keeps nobody from
    /// writing; on SQLite the log grows for as long as it lasts.
    pub(crate) async fn begin_reading(&self) -> Result<Tx, StoreError> {
        let failed = |error| self.failed(error);
        let inner = match &self.pools {
            Pools::Sqlite { read, .. } => Inner::Sqlite(read.begin().await.map_err(failed)?),
            Pools::Postgres(pool) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Inner::Postgres(pool.begin_with(begin).await.map_err(failed)?)
            }
        };
        let mut tx = Tx { inner, address: Arc::clone(&self.address) };
        // What it sees is settled by the first look.
        tx.fetch(sql("SELECT count(*) FROM migration"), &[]).await?;
        Ok(tx)
    }

    /// Whether each commit waits for the disk. Without it SQLite still commits whole transactions in their order, and a
    /// power cut takes back the newest of them; the next commit that waits makes all before it durable.
    pub(crate) async fn wait_for_disk(&self, durability: Durability) -> Result<(), StoreError> {
        let Pools::Sqlite { write, .. } = &self.pools else { return Ok(()) };
        let pragma = match durability {
            Durability::EachCommit => "PRAGMA synchronous = FULL",
            Durability::LaterCommit => "PRAGMA synchronous = NORMAL",
        };
        sqlx::query(pragma).execute(write).await.map(|_| ()).map_err(|error| self.failed(error))
    }

    /// Statements outside of any transaction, on the connection that writes.
    pub(crate) async fn outside(&self, statements: &[&'static str]) -> Result<(), StoreError> {
        for statement in statements {
            let done = match &self.pools {
                Pools::Sqlite { write, .. } => sqlx::raw_sql(*statement).execute(write).await.map(|_| ()),
                Pools::Postgres(pool) => sqlx::raw_sql(*statement).execute(pool).await.map(|_| ()),
            };
            done.map_err(|error| self.failed(error))?;
        }
        Ok(())
    }

    /// What comes after a transaction that deleted for good: rows that were overwritten or moved earlier have left their bytes
    /// in unused parts of SQLite's file and log. PostgreSQL gives up old versions of rows when it vacuums.
    ///
    /// # Errors
    /// `store.busy` when somebody reads from the store for so long that the log cannot be emptied.
    pub(crate) async fn leave_no_trace(&self) -> Result<(), StoreError> {
        let Pools::Sqlite { write, .. } = &self.pools else { return Ok(()) };
        self.outside(&["VACUUM"]).await?;
        let emptied = async {
            loop {
                let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(write).await?;
                // It says that it was kept from it, by a reader or by another one that works the log in.
                if row.try_get::<i64, _>(0)? == 0 {
                    return Ok(());
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        match tokio::time::timeout(WAIT_FOR_READERS, emptied).await {
            Ok(emptied) => emptied.map_err(|error| self.failed(error)),
            Err(_) => {
                let detail = "Somebody reads from it, so its log could not be emptied";
                Err(Message::StoreBusy { detail: detail.to_owned() }.into())
            }
        }
    }

    /// Has SQLite look through the whole file; nothing on PostgreSQL, whose server does so by itself.
    pub(crate) async fn check_integrity(&self, care: Care) -> Result<(), StoreError> {
        let pragma = match (self.dialect(), care) {
            (Dialect::Postgres, _) => return Ok(()),
            (Dialect::Sqlite, Care::Quick) => "PRAGMA quick_check(3)",
            (Dialect::Sqlite, Care::Whole) => "PRAGMA integrity_check(3)",
        };
        let said = self.fetch(pragma, &[]).await?;
        let said = said.iter().map(|row| row.text(0)).collect::<Result<Vec<_>, _>>()?;
        match said.as_slice() {
            ["ok"] => Ok(()),
            said => Err(Message::StoreDamaged {
                address: self.address.to_string(),
                detail: bounded(&said.join("; ")),
            }
            .into()),
        }
    }

    /// Closes all connections; on SQLite the log is worked into the file first.
    pub(crate) async fn close(&self) -> Result<(), StoreError> {
        match &self.pools {
            Pools::Sqlite { write, read, log } => {
                log.close().await;
                read.close().await;
                let done = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(write).await;
                write.close().await;
                done.map(|_| ()).map_err(|error| self.failed(error))
            }
            Pools::Postgres(pool) => {
                pool.close().await;
                Ok(())
            }
        }
    }
}

/// A plan that is made once and kept was made for tables that were still empty: it goes through them row by row for as
/// long as the connection lives.
async fn prepare(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let settings = "SET search_path = weir; SET TimeZone = 'UTC'; SET jit = off; SET client_min_messages = warning; \
                    SET plan_cache_mode = force_custom_plan";
    sqlx::raw_sql(settings).execute(connection).await.map(|_| ())
}

enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A transaction; dropped without a commit, it leaves nothing behind.
pub(crate) struct Tx {
    inner: Inner,
    address: Arc<str>,
}

/// The parameters of a statement.
pub(crate) enum Filled {
    Sqlite(Binder<SqliteArguments>),
    Postgres(Binder<PgArguments>),
    PostgresRows(Arrays),
}

macro_rules! on {
    ($self:ident, $text:expr, $arguments:expr, $method:ident) => {
        match (&mut $self.inner, $arguments) {
            (Inner::Sqlite(tx), Filled::Sqlite(binder)) => match binder.finish() {
                Ok(arguments) => on!(@run $method, sqlx::query_with($text, arguments), &mut **tx),
                Err(error) => Err(error),
            },
            (Inner::Postgres(tx), Filled::Postgres(binder)) => match binder.finish() {
                Ok(arguments) => on!(@run $method, sqlx::query_with($text, arguments), &mut **tx),
                Err(error) => Err(error),
            },
            (Inner::Postgres(tx), Filled::PostgresRows(arrays)) => match arrays.finish() {
                Ok(arguments) => on!(@run $method, sqlx::query_with($text, arguments), &mut **tx),
                Err(error) => Err(error),
            },
            _ => Err(sqlx::Error::Protocol("parameters of the other database".to_owned())),
        }
    };
    (@run execute, $query:expr, $tx:expr) => { $query.execute($tx).await.map(|done| done.rows_affected()) };
    (@run fetch, $query:expr, $tx:expr) => {
        match $query.fetch_all($tx).await {
            Ok(rows) => rows.iter().map(Row::try_from).collect::<Result<Vec<Row>, sqlx::Error>>(),
            Err(error) => Err(error),
        }
    };
}

impl Tx {
    pub(crate) fn dialect(&self) -> Dialect {
        match self.inner {
            Inner::Sqlite(_) => Dialect::Sqlite,
            Inner::Postgres(_) => Dialect::Postgres,
        }
    }

    fn failed(&self, error: sqlx::Error) -> StoreError {
        StoreError::of(&self.address, error)
    }

    fn fill(&self, values: &[Value]) -> Filled {
        match self.inner {
            Inner::Sqlite(_) => Filled::Sqlite(Binder::from_values(values)),
            Inner::Postgres(_) => Filled::Postgres(Binder::from_values(values)),
        }
    }

    /// One statement; gives how many rows it changed.
    pub(crate) async fn execute(&mut self, text: Sql, values: &[Value]) -> Result<u64, StoreError> {
        let filled = self.fill(values);
        self.run(text, filled).await
    }

    /// One statement and the rows it gives.
    pub(crate) async fn fetch(&mut self, text: Sql, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let filled = self.fill(values);
        self.run_returning(text, filled).await
    }

    /// The rows of a query without parameters one by one.
    pub(crate) fn stream(&mut self, text: Sql) -> Rows<'_> {
        let address = Arc::clone(&self.address);
        let failed = move |error| StoreError::of(&address, error);
        match &mut self.inner {
            Inner::Sqlite(tx) => Box::pin(
                sqlx::query(text)
                    .fetch(&mut **tx)
                    .map(move |row| row.and_then(|row| Row::try_from(&row)).map_err(&failed)),
            ),
            Inner::Postgres(tx) => Box::pin(
                sqlx::query(text)
                    .fetch(&mut **tx)
                    .map(move |row| row.and_then(|row| Row::try_from(&row)).map_err(&failed)),
            ),
        }
    }

    /// One statement with parameters that are filled in already.
    pub(crate) async fn run(&mut self, text: Sql, filled: Filled) -> Result<u64, StoreError> {
        let done: Result<u64, sqlx::Error> = on!(self, text, filled, execute);
        done.map_err(|error| self.failed(error))
    }

    /// The same, with the rows it gives.
    pub(crate) async fn run_returning(&mut self, text: Sql, filled: Filled) -> Result<Vec<Row>, StoreError> {
        let rows: Result<Vec<Row>, sqlx::Error> = on!(self, text, filled, fetch);
        rows.map_err(|error| self.failed(error))
    }

    /// Several statements without parameters.
    pub(crate) async fn script(&mut self, text: String) -> Result<(), StoreError> {
        let script = sqlx::raw_sql(AssertSqlSafe(text));
        let done = match &mut self.inner {
            Inner::Sqlite(tx) => script.execute(&mut **tx).await.map(|_| ()),
            Inner::Postgres(tx) => script.execute(&mut **tx).await.map(|_| ()),
        };
        done.map_err(|error| self.failed(error))
    }

    /// Makes all of it durable.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        let done = match self.inner {
            Inner::Sqlite(tx) => tx.commit().await,
            Inner::Postgres(tx) => tx.commit().await,
        };
        done.map_err(|error| StoreError::of(&self.address, error))
    }
}
