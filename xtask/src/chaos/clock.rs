//! Jumps of the clock, for the program under test alone: Debian's `libfaketime`, loaded before it.

use std::path::PathBuf;

/// By how much the clock is wrong, as the library takes it.
pub(super) const JUMPS: [&str; 6] = ["+1d", "-1d", "+1h", "-6h", "+40s", "-90s"];

/// The library, where it is installed. `FAKETIME_LIB` may name it.
pub(super) fn library() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("FAKETIME_LIB") {
        return Some(PathBuf::from(named)).filter(|path| path.is_file());
    }
    let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let mut found = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    found.find(|path| path.is_file())
}
