//! What a file points to outside of itself: other files, and variables of the environment.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// What a file may point to. Tests have their own.
pub trait Surroundings {
    /// The value of a variable; `None` where it is not set, is empty, or is no text.
    fn variable(&self, name: &str) -> Option<Zeroizing<String>>;

    /// A file of at most `longest` bytes.
    ///
    /// # Errors
    /// Why it cannot be used, as the end of a sentence that quotes nothing of it.
    fn file(&self, path: &str, longest: u64) -> Result<Held, String>;
}

/// A file as it was found.
pub struct Held {
    /// What is in it.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Its permissions, where the machine has such: the last nine bits.
    pub mode: Option<u32>,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("mode", &self.mode).finish_non_exhaustive()
    }
}

impl Held {
    /// Whether others than its owner and their group can read it.
    pub(super) fn is_shared(&self) -> bool {
        self.mode.is_some_and(|mode| mode & 0o004 != 0)
    }

    pub(super) fn read(path: &Path, longest: u64) -> Result<Self, String> {
        let failed = |error: io::Error| said(&error);
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            return Err("It is not a file".to_owned());
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
        file.take(longest + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > longest {
            return Err(format!("It is larger than {} kB", longest / 1024));
        }
        Ok(Self { bytes, mode: mode(&metadata) })
    }
}

#[cfg(unix)]
fn mode(metadata: &std::fs::Metadata) -> Option<u32> {
    Some(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777)
}

#[cfg(not(unix))]
fn mode(_metadata: &std::fs::Metadata) -> Option<u32> {
    None
}

/// What the operating system said, without its number.
pub(super) fn said(error: &io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.clone(), |(sentence, _)| sentence.to_owned())
}

/// This machine, from a folder on.
#[derive(Clone, Debug)]
pub struct Here {
    folder: PathBuf,
}

impl Here {
    /// Paths are taken from the folder of this file on.
    pub fn beside(file: &Path) -> Self {
        Self { folder: file.parent().map(Path::to_owned).unwrap_or_default() }
    }
}

impl Surroundings for Here {
    fn variable(&self, name: &str) -> Option<Zeroizing<String>> {
        std::env::var(name).ok().filter(|value| !value.is_empty()).map(Zeroizing::new)
    }

    fn file(&self, path: &str, longest: u64) -> Result<Held, String> {
        Held::read(&self.folder.join(path), longest)
    }
}
