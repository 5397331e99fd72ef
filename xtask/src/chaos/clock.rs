//! Jumps of the clock, for the program under test alone: Debian's `libfaketime`, loaded before it.

use crate::process;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// By how much the clock is wrong, as the library takes it.
pub(super) const JUMPS: [&str; 6] = ["+1d", "-1d", "+1h", "-6h", "+40s", "-90s"];

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
pub(super) async fn works(library: &Path, program: &Path) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").env("LD_PRELOAD", library).env("FAKETIME", "+1d");
    process::taken(&mut command).await.is_ok_and(|output| output.status.success())
}
