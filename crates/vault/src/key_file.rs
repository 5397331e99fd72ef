//! The file in which master keys live, beside the store and never in it.
//!
//! It holds one key, and while a rotation is under way the one that comes as well: a line of base64 for each, the newest
//! last. Only its owner may read it. It is replaced as a whole, so that it is never half-written, and made only when nothing
//! has been sealed yet: a new key over existing data would only hide that the old one is lost.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::entropy::{Entropy, EntropyError};
use crate::key_ring::KeyRing;
use crate::master_key::MasterKey;

/// Longest key file looked at; one key takes 45 bytes.
const LONGEST_FILE: u64 = 1024;

/// How the name of a file begins that is being written.
const UNFINISHED: &str = ".secret.key.";

/// Whether the store already holds values that only the right key opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreState {
    /// Nothing is sealed; a missing key may be made.
    Empty,
    /// Values are sealed; a missing key is an error.
    HoldsSealedValues,
}

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file is missing although values are sealed with it.
    #[error("the key file {} is missing, and the store holds secrets sealed with it", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Others than the owner may use the file.
    #[error("the key file {} can be read by others (mode {mode:04o}); run: chmod 600 {}", path.display(), path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file is empty.
    #[error("the key file {} is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file does not hold 32 random bytes in base64.
    #[error("the key file {} does not hold 32 random bytes in base64", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be read or written.
    #[error("the key file {} cannot be used", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// A key file, by its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFile {
    path: PathBuf,
}

/// The right to replace a key file. It ends with the process that holds it, however that ends.
#[derive(Debug)]
pub struct KeyFileLock(#[expect(dead_code, reason = "the lock goes when the folder is closed")] File);

impl KeyFile {
    /// The key file of a home folder.
    pub fn in_folder(folder: &Path) -> Self {
        Self { path: folder.join("secret.key") }
    }

    /// The key file of this path.
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the file; makes it when it is missing and nothing has been sealed yet.
    pub fn load_or_create(&self, store: StoreState, entropy: &dyn Entropy) -> Result<KeyRing, KeyError> {
        match (self.load(), store) {
            (Err(KeyError::Missing { .. }), StoreState::Empty) => self.create(entropy),
            (outcome, _) => outcome,
        }
    }

    /// Reads the file.
    pub fn load(&self) -> Result<KeyRing, KeyError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => KeyError::Missing { path: self.path.clone() },
            _ => self.failed(source),
        };
        let malformed = || KeyError::Malformed { path: self.path.clone() };
        let metadata = fs::metadata(&self.path).map_err(failed)?;
        refuse_exposed(&self.path, &metadata)?;
        if !metadata.is_file() || metadata.len() > LONGEST_FILE {
            return Err(malformed());
        }
        let text = Zeroizing::new(fs::read(&self.path).map_err(failed)?);
        if text.trim_ascii().is_empty() {
            return Err(KeyError::Empty { path: self.path.clone() });
        }
        let lines = text.trim_ascii().split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        let keys = lines.map(|line| MasterKey::from_line(line).ok_or_else(malformed));
        KeyRing::of(keys.collect::<Result<_, _>>()?).ok_or_else(malformed)
    }

    /// Makes the file with a new key; never replaces one. Who is second when two make it at once takes the first one's.
    pub fn create(&self, entropy: &dyn Entropy) -> Result<KeyRing, KeyError> {
        let ring = KeyRing::from(MasterKey::generate(entropy)?);
        match self.written(&ring)?.persist_noclobber(&self.path) {
            Ok(_) => {}
            Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => return self.load(),
            Err(refused) => return Err(self.failed(refused.error)),
        }
        self.sync_folder()?;
        Ok(ring)
    }

    /// Waits for nobody: `None` while another process replaces the file.
    pub fn lock(&self) -> Result<Option<KeyFileLock>, KeyError> {
        let folder = File::open(self.folder()).map_err(|error| self.failed(error))?;
        match folder.try_lock() {
            Ok(()) => Ok(Some(KeyFileLock(folder))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(self.failed(error)),
        }
    }

    /// Puts other keys into the file, at once and durably: whoever reads it sees the old ones or the new ones.
    pub fn replace(&self, ring: &KeyRing, _lock: &KeyFileLock) -> Result<(), KeyError> {
        self.written(ring)?.persist(&self.path).map_err(|refused| self.failed(refused.error))?;
        self.sync_folder()
    }

    /// Keeps a key that leaves the file in one of its own beside it, named by the key's id, for backups that were made
    /// under it.
    pub fn set_aside(&self, key: &MasterKey, _lock: &KeyFileLock) -> Result<PathBuf, KeyError> {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{}", key.id()));
        let path = PathBuf::from(name);
        match self.written(&KeyRing::from(key.clone()))?.persist_noclobber(&path) {
            Ok(_) => {}
            // From a rotation that was interrupted right here.
            Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(refused) => return Err(self.failed(refused.error)),
        }
        self.sync_folder()?;
        Ok(path)
    }

    /// Removes what a process that was killed while it wrote the file has left; gives how many files these were.
    pub fn sweep(&self, _lock: &KeyFileLock) -> Result<usize, KeyError> {
        let mut swept = 0;
        for entry in fs::read_dir(self.folder()).map_err(|error| self.failed(error))? {
            let entry = entry.map_err(|error| self.failed(error))?;
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                fs::remove_file(entry.path()).map_err(|error| self.failed(error))?;
                swept += 1;
            }
        }
        Ok(swept)
    }

    fn written(&self, ring: &KeyRing) -> Result<NamedTempFile, KeyError> {
        let failed = |error| self.failed(error);
        // Its owner alone can read it from the beginning.
        let mut file =
            tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(self.folder()).map_err(failed)?;
        for key in ring.keys() {
            file.write_all(key.line().as_bytes()).map_err(failed)?;
        }
        file.as_file().sync_all().map_err(failed)?;
        Ok(file)
    }

    /// Makes the names in the folder durable.
    fn sync_folder(&self) -> Result<(), KeyError> {
        File::open(self.folder()).and_then(|folder| folder.sync_all()).map_err(|error| self.failed(error))
    }

    fn folder(&self) -> &Path {
        self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    fn failed(&self, source: io::Error) -> KeyError {
        KeyError::Io { path: self.path.clone(), source }
    }
}

#[cfg(unix)]
fn refuse_exposed(path: &Path, metadata: &fs::Metadata) -> Result<(), KeyError> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyError::Exposed { path: path.to_owned(), mode });
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_exposed(_path: &Path, _metadata: &fs::Metadata) -> Result<(), KeyError> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::entropy::OsEntropy;

    fn home() -> (tempfile::TempDir, KeyFile) {
        let home = tempfile::tempdir().unwrap();
        let file = KeyFile::in_folder(home.path());
        (home, file)
    }

    fn write(file: &KeyFile, text: &str, mode: u32) {
        fs::write(file.path(), text).unwrap();
        fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn ids(ring: &KeyRing) -> Vec<&str> {
        ring.keys().map(MasterKey::id).collect()
    }

    #[test]
    fn a_new_key_is_private_and_stays_the_same() {
        let (home, file) = home();
        let made = file.load_or_create(StoreState::Empty, &OsEntropy).unwrap();
        assert_eq!(mode(file.path()), 0o600);
        let loaded = file.load_or_create(StoreState::HoldsSealedValues, &OsEntropy).unwrap();
        assert_eq!(loaded.newest().bytes(), made.newest().bytes());
        assert_eq!(ids(&loaded), ids(&made));
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn a_lost_key_is_not_replaced_over_sealed_values() {
        let (_home, file) = home();
        let error = file.load_or_create(StoreState::HoldsSealedValues, &OsEntropy).unwrap_err();
        assert!(matches!(error, KeyError::Missing { .. }), "{error}");
        assert!(!file.path().exists());
    }

    #[test]
    fn an_existing_key_is_never_overwritten() {
        let (_home, file) = home();
        let first = file.create(&OsEntropy).unwrap();
        let second = file.create(&OsEntropy).unwrap();
        assert_eq!(ids(&first), ids(&second), "who comes second takes what is there");
        assert_eq!(ids(&file.load().unwrap()), ids(&first));
    }

    #[test]
    fn a_key_that_others_can_read_is_refused_with_the_remedy() {
        for mode in [0o640, 0o604, 0o660, 0o644, 0o610] {
            let (_home, file) = home();
            file.create(&OsEntropy).unwrap();
            fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
            let error = file.load_or_create(StoreState::Empty, &OsEntropy).unwrap_err();
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
    }

    #[test]
    fn a_read_only_key_is_accepted() {
        let (_home, file) = home();
        let made = file.create(&OsEntropy).unwrap();
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o400)).unwrap();
        assert_eq!(ids(&file.load().unwrap()), ids(&made));
    }

    #[test]
    fn damaged_key_files_are_refused_and_left_as_they_are() {
        let short = STANDARD.encode([7; 31]);
        let long = STANDARD.encode((0..33).collect::<Vec<u8>>());
        let zeros = STANDARD.encode([0; 32]);
        let huge = "A".repeat(5000);
        let good = STANDARD.encode((0..32).collect::<Vec<u8>>());
        let half = format!("{good}\n{}", &good[..20]);
        let gap = format!("{good}\n\n{good}");
        for text in ["not base64!", &short, &long, &zeros, &huge, &half, &gap] {
            let (_home, file) = home();
            write(&file, text, 0o600);
            let error = file.load_or_create(StoreState::Empty, &OsEntropy).unwrap_err();
            assert!(matches!(error, KeyError::Malformed { .. }), "{text:?}: {error}");
            assert_eq!(fs::read_to_string(file.path()).unwrap(), text);
        }
    }

    #[test]
    fn an_empty_key_file_is_told_as_one_and_left_as_it_is() {
        for text in ["", "\n"] {
            let (_home, file) = home();
            write(&file, text, 0o600);
            let error = file.load_or_create(StoreState::Empty, &OsEntropy).unwrap_err();
            assert!(matches!(error, KeyError::Empty { .. }), "{text:?}: {error}");
            assert_eq!(fs::read_to_string(file.path()).unwrap(), text);
        }
    }

    #[test]
    fn without_random_bytes_no_key_is_made() {
        #[derive(Debug)]
        struct Dry;
        impl Entropy for Dry {
            fn fill(&self, _bytes: &mut [u8]) -> Result<(), EntropyError> {
                Err(EntropyError)
            }
        }
        let (_home, file) = home();
        let error = file.load_or_create(StoreState::Empty, &Dry).unwrap_err();
        assert!(matches!(error, KeyError::Entropy(EntropyError)));
        assert!(!file.path().exists());
    }

    #[test]
    fn keys_are_replaced_in_their_order_and_stay_private() {
        let (_home, file) = home();
        let old = file.create(&OsEntropy).unwrap();
        let both = old.clone().with(MasterKey::generate(&OsEntropy).unwrap());
        let lock = file.lock().unwrap().unwrap();
        file.replace(&both, &lock).unwrap();
        let loaded = file.load().unwrap();
        assert_eq!(ids(&loaded), ids(&both));
        assert_eq!(loaded.newest().id(), both.newest().id());
        assert_eq!(mode(file.path()), 0o600);
    }

    #[test]
    fn a_file_is_replaced_by_one_at_a_time() {
        let (_home, file) = home();
        file.create(&OsEntropy).unwrap();
        let lock = file.lock().unwrap();
        assert!(lock.is_some() && file.lock().unwrap().is_none());
        drop(lock);
        assert!(file.lock().unwrap().is_some());
    }

    #[test]
    fn a_key_that_was_set_aside_is_private_and_may_be_set_aside_again() {
        let (_home, file) = home();
        let ring = file.create(&OsEntropy).unwrap();
        let lock = file.lock().unwrap().unwrap();
        let path = file.set_aside(ring.newest(), &lock).unwrap();
        assert_eq!(file.set_aside(ring.newest(), &lock).unwrap(), path);
        assert_eq!(path.file_name().unwrap().to_string_lossy(), format!("secret.key.{}", ring.newest().id()));
        assert_eq!(mode(&path), 0o600);
        assert_eq!(fs::read(&path).unwrap(), fs::read(file.path()).unwrap());
    }

    #[test]
    fn what_a_killed_process_left_half_written_is_swept() {
        let (home, file) = home();
        file.create(&OsEntropy).unwrap();
        fs::write(home.path().join(".secret.key.Ab12"), "AAAA").unwrap();
        let lock = file.lock().unwrap().unwrap();
        assert_eq!((file.sweep(&lock).unwrap(), file.sweep(&lock).unwrap()), (1, 0));
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }
}
