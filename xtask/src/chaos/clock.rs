//! Jumps of the clock, for the program under test alone: Debian's `libfaketime`, loaded before it.

use crate::draw::Draw;
use crate::process;
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;

/// By how much a clock is wrong, as the library takes it.
const SHIFTS: [&str; 6] = ["+1d", "-1d", "+1h", "-6h", "+40s", "-90s"];

/// No shift at all.
const RIGHT: &str = "+0s";

/// A clock that is wrong from the start, or becomes so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Jump {
    by: &'static str,
    /// After so many milliseconds.
    after: Option<u64>,
}

impl Jump {
    /// One in two happens while the process runs.
    pub(super) fn draw(draw: &mut Draw, within: u64) -> Self {
        let (is_later, after) = (draw.chance(50), draw.range(20, within));
        Self { by: draw.pick(&SHIFTS).copied().unwrap_or(RIGHT), after: is_later.then_some(after) }
    }

    /// The settings of a process that shall have this clock, which is told by a file in `folder`.
    pub(super) fn settings(self, library: &str, folder: &Path) -> Result<Vec<(&'static str, String)>> {
        let file = folder.join("clock");
        std::fs::write(&file, if self.after.is_some() { RIGHT } else { self.by })?;
        if let Some(after) = self.after {
            let (file, next) = (file.clone(), folder.join("next-clock"));
            std::fs::write(&next, self.by)?;
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(after)).await;
                // The run may be over, and its folder gone.
                let _ = std::fs::rename(next, file);
            });
        }
        Ok(settings_of(library, &file))
    }
}

/// The settings of a process whose clock a file tells. What waits goes by another clock, which nobody sets.
pub(crate) fn settings_of(library: &str, file: &Path) -> Vec<(&'static str, String)> {
    vec![
        ("LD_PRELOAD", library.to_owned()),
        ("FAKETIME_TIMESTAMP_FILE", file.display().to_string()),
        ("FAKETIME_NO_CACHE", "1".to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ]
}

/// The library, where it is installed. `FAKETIME_LIB` may name it.
pub(crate) fn library() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("FAKETIME_LIB") {
        return Some(PathBuf::from(named)).filter(|path| path.is_file());
    }
    let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let mut found = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    found.find(|path| path.is_file())
}

/// Whether the program runs with the library loaded; an allocator of its own may clash with it.
pub(crate) async fn works(library: &Path, program: &Path) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").env("LD_PRELOAD", library).env("FAKETIME", "+1d");
    process::taken(&mut command).await.is_ok_and(|output| output.status.success())
}
