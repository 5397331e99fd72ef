//! A clock that is set by a file while a process runs: Debian's `libfaketime`.

use crate::chaos::clock;
use anyhow::Result;
use jiff::Timestamp;
use std::path::{Path, PathBuf};

/// The real time, which the clocks of machines are set against.
#[expect(clippy::disallowed_methods, reason = "chores have the real clock")]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}

/// The clock of one machine.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    preloaded: String,
    file: PathBuf,
}

impl Clock {
    /// One that is wrong by so much, as the library takes it; told by a file in `folder`.
    pub(super) fn new(library: &Path, folder: &Path, by: &str) -> Result<Self> {
        let clock = Self { preloaded: library.display().to_string(), file: folder.join("clock") };
        clock.set(by)?;
        Ok(clock)
    }

    /// Sets it, against the real time.
    pub(super) fn set(&self, by: &str) -> Result<()> {
        let next = self.file.with_extension("next");
        std::fs::write(&next, by)?;
        Ok(std::fs::rename(next, &self.file)?)
    }

    /// The settings of a process that has it.
    pub(super) fn settings(&self) -> Vec<(&'static str, String)> {
        clock::settings_of(&self.preloaded, &self.file)
    }
}
