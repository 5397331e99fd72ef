//! Opening and closing a store.

use crate::{
    StoreAddress, StoreError,
    db::{self, Db, sql},
    dialect::Dialect,
    facts::{Known, Making},
    live::Counted,
    schema::{self, Found},
    value::{Row, Value},
};
use futures::TryStreamExt as _;
use sqlx::{Connection as _, Row as _, SqliteConnection};
use std::{
    fs, io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};
use weir_model::{Clock, Message, Millis};

/// A store that is open. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) db: Arc<Db>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) counted: Arc<Counted>,
    pub(crate) making: Arc<Making>,
    pub(crate) known: Arc<Known>,
    /// Wakes who waits for an errand, a parcel or an answer that goes through this process.
    pub(crate) mail: Arc<tokio::sync::Notify>,
    address: StoreAddress,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens a store; makes it where there is none, and brings its schema up to date.
    ///
    /// Of the folders above a file, only the last one is made.
    ///
    /// # Errors
    /// `store.newer` and `store.foreign` for stores that this program must not touch (nothing is changed),
    /// `store.unwritable` for folders and files, `store.unreachable` for servers.
    pub async fn open(address: &StoreAddress, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        match address {
            StoreAddress::Sqlite(path) => {
                check_file(path, address).await?;
                make_file(path)?;
            }
            StoreAddress::Postgres(_) => {}
        }
        let store = Self::connect(address, clock).await?;
        schema::accept(store.found().await?, &address.to_string())?;
        if let StoreAddress::Postgres(_) = address {
            store.make_namespace().await?;
        }
        schema::migrate(&store.db, store.now()).await?;
        Ok(store)
    }

    /// Opens a store that exists; `None` where there is none yet, and nothing is made.
    pub async fn open_existing(
        address: &StoreAddress,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Self>, StoreError> {
        match address {
            StoreAddress::Sqlite(path) => match check_file(path, address).await? {
                Found::Nothing => Ok(None),
                _ => Self::open(address, clock).await.map(Some),
            },
            StoreAddress::Postgres(_) => {
                let store = Self::connect(address, Arc::clone(&clock)).await?;
                match store.found().await? {
                    Found::Nothing => Ok(None),
                    _ => Self::open(address, clock).await.map(Some),
                }
            }
        }
    }

    /// Opens a store that exists as it is: an older schema stays older. For those who only look, and for backups.
    pub async fn open_unchanged(
        address: &StoreAddress,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Self>, StoreError> {
        if let StoreAddress::Sqlite(path) = address
            && check_file(path, address).await? == Found::Nothing
        {
            return Ok(None);
        }
        let store = Self::connect(address, clock).await?;
        let found = store.found().await?;
        schema::accept(found, &address.to_string())?;
        Ok((found != Found::Nothing).then_some(store))
    }

    /// Closes all connections. On SQLite everything is in the one file afterwards.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.db.close().await
    }

    /// Where it is.
    pub fn address(&self) -> &StoreAddress {
        &self.address
    }

    /// The version of its schema.
    pub fn schema_version(&self) -> i64 {
        schema::KNOWN
    }

    pub(crate) fn now(&self) -> i64 {
        self.instant().0
    }

    /// The present instant, by the store's clock.
    pub fn instant(&self) -> Millis {
        self.clock.now()
    }

    /// All rows of a query that gives few and is put together from names of ours.
    pub(crate) async fn all(&self, text: String, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.db.stream(sql(text), values).try_collect().await
    }

    async fn connect(address: &StoreAddress, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let shown = address.to_string();
        let db = match address {
            StoreAddress::Sqlite(path) => Db::sqlite(path, &shown).await?,
            StoreAddress::Postgres(url) => Db::postgres(url, &shown).await?,
        };
        Ok(Self {
            db: Arc::new(db),
            clock,
            counted: Arc::default(),
            making: Arc::default(),
            known: Arc::default(),
            mail: Arc::default(),
            address: address.clone(),
        })
    }

    /// Has the number of live issues told again for so many milliseconds, for those who look at it often.
    #[must_use]
    pub fn remembering_counts(self, for_ms: i64) -> Self {
        Self { counted: Arc::new(Counted::remembered_for(for_ms)), ..self }
    }

    async fn found(&self) -> Result<Found, StoreError> {
        schema::find(&self.db).await
    }

    async fn make_namespace(&self) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        tx.fetch(sql(Dialect::Postgres.schema_lock()), &[]).await?;
        tx.script("CREATE SCHEMA IF NOT EXISTS weir".to_owned()).await?;
        tx.commit().await
    }
}

/// Looks into a file whose store this program is to work with.
async fn check_file(path: &Path, address: &StoreAddress) -> Result<Found, StoreError> {
    let found = found_in(path, address).await?;
    schema::accept(found, &address.to_string())?;
    Ok(found)
}

/// Looks into a file without changing it, not even its journal mode; refuses one that is not ours.
pub(crate) async fn found_in(path: &Path, address: &StoreAddress) -> Result<Found, StoreError> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(StoreError::io(path, error)),
    };
    if !metadata.is_file() {
        return Err(StoreError::io(path, io::ErrorKind::IsADirectory.into()));
    }
    if metadata.len() == 0 {
        return Ok(Found::Nothing);
    }
    let shown = address.to_string();
    let failed = |error| match StoreError::of(&shown, error) {
        error if matches!(error.message(), Message::StoreFailed { .. }) => foreign(&shown, &error),
        error => error,
    };
    let mut connection = db::look_into(path).await.map_err(failed)?;
    let found = look(&mut connection).await.map_err(failed);
    connection.close().await.map_err(|error| StoreError::of(&shown, error))?;
    let found = found?;
    schema::refuse_foreign(found, &shown)?;
    Ok(found)
}

fn foreign(address: &str, error: &StoreError) -> StoreError {
    Message::StoreForeign { address: address.to_owned(), detail: error.message().why() }.into()
}

async fn look(connection: &mut SqliteConnection) -> Result<Found, sqlx::Error> {
    let rows = sqlx::query(Dialect::Sqlite.list_tables()).fetch_all(&mut *connection).await?;
    let tables = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>()?;
    let ours =
        sqlx::query("PRAGMA application_id").fetch_one(&mut *connection).await?.try_get::<i32, _>(0)?;
    let version = match ours == APPLICATION && tables.iter().any(|name| name == "migration") {
        true => Some(sqlx::query(schema::VERSION).fetch_one(&mut *connection).await?.try_get(0)?),
        false => None,
    };
    Ok(schema::judge(&tables, version))
}

const APPLICATION: i32 = 0x5745_4952;

/// Makes an empty file that only its owner can read, and the folder it stands in.
pub(crate) fn make_file(path: &Path) -> Result<(), StoreError> {
    if let Some(folder) = path.parent().filter(|folder| *folder != PathBuf::new()) {
        match fs::create_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(StoreError::io(folder, error));
            }
            _ => {}
        }
    }
    match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::io(path, error)),
        Ok(_) => Ok(()),
    }
}
