//! Files and folders of work that is under way. Each is locked by the process that works on it, so that what a killed one
//! left behind is told from what is in use, and removed by the next.

use std::{
    fs::{self, File},
    io,
    path::Path,
};
use tempfile::{NamedTempFile, TempDir};

/// A folder that goes away with its lock.
pub(super) struct Folder {
    folder: TempDir,
    _lock: File,
}

impl Folder {
    /// Makes one in another folder, and removes those of that kind that nobody works on.
    pub(super) fn make(inside: &Path, kind: &str) -> io::Result<Self> {
        sweep(inside, kind);
        let folder = tempfile::Builder::new().prefix(kind).tempdir_in(inside)?;
        let lock = File::open(folder.path())?;
        lock.lock()?;
        Ok(Self { folder, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Makes a file in a folder, and removes those of that kind that nobody works on.
pub(super) fn file(inside: &Path, kind: &str) -> io::Result<NamedTempFile> {
    sweep(inside, kind);
    let file = tempfile::Builder::new().prefix(kind).tempfile_in(inside)?;
    file.as_file().lock()?;
    Ok(file)
}

/// What cannot be looked into or removed is somebody else's, and stays.
fn sweep(inside: &Path, kind: &str) {
    for entry in fs::read_dir(inside).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_left = entry.file_name().to_string_lossy().starts_with(kind)
            && File::open(&path).is_ok_and(|found| found.try_lock().is_ok());
        if is_left {
            _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_works_on_is_removed_and_the_rest_is_not() {
        let place = tempfile::tempdir().unwrap();
        let (used, used_folder) =
            (file(place.path(), ".a-").unwrap(), Folder::make(place.path(), ".b-").unwrap());
        fs::write(used_folder.path().join("weir.db"), "rows").unwrap();
        for left in [".a-left", "a-mine", ".c-other"] {
            fs::write(place.path().join(left), "").unwrap();
        }
        fs::create_dir(place.path().join(".b-left")).unwrap();
        fs::write(place.path().join(".b-left/weir.db"), "rows").unwrap();
        let second = (file(place.path(), ".a-").unwrap(), Folder::make(place.path(), ".b-").unwrap());
        assert!(used.path().exists() && used_folder.path().join("weir.db").exists());
        assert!(!place.path().join(".a-left").exists() && !place.path().join(".b-left").exists());
        assert!(place.path().join("a-mine").exists() && place.path().join(".c-other").exists());
        drop((used, used_folder, second));
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 2, "and what is in use goes when it ends");
    }
}
