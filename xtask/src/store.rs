//! The two kinds of store that a chore can be run against.

use crate::postgres::Postgres;
use anyhow::{Context, Result};

/// A kind of store.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum StoreKind {
    /// One file.
    Sqlite,
    /// A server; a throw-away one is started.
    Postgres,
}

impl StoreKind {
    /// Its word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    /// What this kind needs to have running; `None` where it needs nothing.
    pub(crate) async fn server(self) -> Result<Option<Postgres>> {
        match self {
            Self::Sqlite => Ok(None),
            Self::Postgres => Ok(Some(
                Postgres::start()
                    .await?
                    .context("PostgreSQL is not installed (Debian package postgresql)")?,
            )),
        }
    }

    /// The address of a new, empty store of this kind; `None` stands for the default, a file in the home folder.
    pub(crate) async fn fresh(self, server: Option<&Postgres>, name: &str) -> Result<Option<String>> {
        match self {
            Self::Sqlite => Ok(None),
            Self::Postgres => {
                let server = server.context("no PostgreSQL is running")?;
                Ok(Some(server.database(name).await?))
            }
        }
    }
}
