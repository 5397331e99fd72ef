//! Where a demo keeps its rows: a folder that goes away, or the store of the settings.

use crate::{context::Context, failure::Failure, home::Home};
use std::path::Path;
use tempfile::TempDir;
use weir_model::Message;
use weir_store::StoreAddress;

pub(super) struct Place {
    address: StoreAddress,
    folder: Folder,
}

enum Folder {
    Passing(TempDir),
    Kept { home: Home, path: std::path::PathBuf },
}

impl Place {
    /// Makes sure that the place can be written to.
    pub(super) fn ready(context: &Context<'_>, keeps: bool) -> Result<Self, Failure> {
        if keeps {
            let path = context.settings.home.value.clone();
            let address = context.settings.store.value.clone();
            return Ok(Self { address, folder: Folder::Kept { home: context.home()?, path } });
        }
        let folder =
            tempfile::Builder::new().prefix("weir-demo-").tempdir().map_err(|error| Message::FileWrite {
                path: std::env::temp_dir().display().to_string(),
                detail: crate::home::sentence(&error),
            })?;
        let address = StoreAddress::Sqlite(folder.path().join("weir.db"));
        Ok(Self { address, folder: Folder::Passing(folder) })
    }

    pub(super) fn address(&self) -> &StoreAddress {
        &self.address
    }

    /// Where the key lies.
    pub(super) fn folder(&self) -> &Path {
        match &self.folder {
            Folder::Passing(folder) => folder.path(),
            Folder::Kept { path, .. } => path,
        }
    }

    /// Keeps it or takes it away; says whether it was kept.
    pub(super) fn finish(self) -> bool {
        match self.folder {
            Folder::Passing(folder) => {
                if let Err(error) = folder.close() {
                    tracing::warn!(%error, "the demo's folder could not be taken away");
                }
                false
            }
            Folder::Kept { home, .. } => {
                home.keep();
                true
            }
        }
    }
}
