//! Stores for tests: one suite of plain async functions runs on every database.

use crate::{Database, Pg, TestClock};
use std::{path::Path, sync::Arc};
use weir_store::{Store, StoreAddress};

/// A database that stores can be made on.
#[derive(Clone, Debug)]
pub enum Engine {
    /// Files in a temporary folder.
    Sqlite,
    /// Databases of the test process's server.
    Postgres(Arc<Pg>),
}

/// A place for a store, removed when dropped.
#[derive(Debug)]
pub enum Place {
    /// A temporary folder; the file in it does not exist yet.
    Folder(tempfile::TempDir),
    /// A database.
    Database(Database),
}

impl Place {
    /// The address of a store there.
    pub fn address(&self) -> StoreAddress {
        match self {
            Self::Folder(folder) => StoreAddress::Sqlite(folder.path().join("weir.db")),
            Self::Database(database) => database.address(),
        }
    }

    /// The temporary folder, on SQLite.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(folder) => Some(folder.path()),
            Self::Database(_) => None,
        }
    }
}

/// A store that is gone when dropped.
#[derive(Debug)]
pub struct TempStore {
    /// The store.
    pub store: Store,
    /// The clock it looks at.
    pub clock: Arc<TestClock>,
    /// Where it is.
    pub place: Place,
}

impl Engine {
    /// Every database that is there.
    pub fn all() -> Vec<Self> {
        let mut engines = vec![Self::Sqlite];
        engines.extend(Pg::shared().map(Self::Postgres));
        engines
    }

    /// Its name.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    /// A place without a store.
    pub async fn place(&self) -> Place {
        match self {
            Self::Sqlite => Place::Folder(folder()),
            Self::Postgres(pg) => Place::Database(pg.database().await),
        }
    }

    /// An empty store.
    pub async fn store(&self) -> TempStore {
        let place = match self {
            Self::Sqlite => Place::Folder(folder()),
            Self::Postgres(pg) => Place::Database(pg.store_database().await),
        };
        let clock = Arc::new(TestClock::default());
        let store = Store::open(&place.address(), Arc::clone(&clock) as _).await.expect("a new store opens");
        TempStore { store, clock, place }
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("weir-test").tempdir().expect("a temporary folder can be made")
}

/// Runs a test on every database that is there.
pub async fn for_each_engine(test: impl AsyncFn(Engine)) {
    for engine in Engine::all() {
        test(engine).await;
    }
}

/// Runs a test on an empty store of every database that is there.
pub async fn for_each_store(test: impl AsyncFn(Store, &'static str)) {
    for engine in Engine::all() {
        let temp = engine.store().await;
        test(temp.store.clone(), engine.label()).await;
        temp.store.close().await.expect("a store closes");
    }
}
