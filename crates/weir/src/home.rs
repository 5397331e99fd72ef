//! The home folder: made only by commands that write, only its last component, for its owner alone.

use std::{
    fs, io,
    path::{Path, PathBuf},
};
pub(crate) use weir_ingest::sentence;
use weir_model::Message;

/// A home folder that is there. One that was made by us is taken away again unless it is kept.
#[derive(Debug)]
pub(crate) struct Home {
    made: Option<PathBuf>,
}

impl Home {
    /// Makes sure that the folder is there and can be written to.
    ///
    /// # Errors
    /// `store.unwritable`, before anything else was tried.
    pub(crate) fn ready(path: &Path) -> Result<Self, Message> {
        let failed = |error: io::Error| Message::StoreUnwritable {
            path: path.display().to_string(),
            detail: sentence(&error),
        };
        let mut builder = fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let made = match builder.create(path) {
            Ok(()) => Some(path.to_owned()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => None,
            Err(error) => return Err(failed(error)),
        };
        let home = Self { made };
        // It has no name, so a process that is killed here leaves nothing.
        tempfile::tempfile_in(path).map_err(failed)?;
        Ok(home)
    }

    /// Keeps the folder.
    pub(crate) fn keep(mut self) {
        self.made = None;
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Some(path) = self.made.take() {
            // Not empty means that something was kept there after all, so it stays.
            _ = fs::remove_dir(path);
        }
    }
}
