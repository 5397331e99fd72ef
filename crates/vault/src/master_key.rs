//! The key that wraps all others, and the file it lives in.
//!
//! The file holds 32 random bytes as one line of base64 and is readable by its owner alone. It is
//! made only when nothing has been sealed yet: a new key over existing data would only hide that
//! the old one is lost.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::entropy::{Entropy, EntropyError};
use crate::envelope::KEY_BYTES;

/// Longest key file looked at; a right one is 45 bytes.
const LONGEST_FILE: u64 = 1024;

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

/// The key that wraps data keys. It is wiped from memory when dropped and cannot be printed.
#[derive(Clone)]
pub struct MasterKey {
    bytes: Zeroizing<[u8; KEY_BYTES]>,
    id: String,
}

impl MasterKey {
    /// A new random key.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        entropy.fill(bytes.as_mut_slice())?;
        Ok(Self::from_bytes(bytes))
    }

    /// Reads the key file; makes it when it is missing and nothing has been sealed yet.
    pub fn load_or_create(path: &Path, store: StoreState, entropy: &dyn Entropy) -> Result<Self, KeyError> {
        match (Self::load(path), store) {
            (Err(KeyError::Missing { .. }), StoreState::Empty) => Self::create(path, entropy),
            (outcome, _) => outcome,
        }
    }

    /// Reads the key file.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => KeyError::Missing { path: path.to_owned() },
            _ => KeyError::Io { path: path.to_owned(), source },
        };
        let malformed = || KeyError::Malformed { path: path.to_owned() };
        let metadata = fs::metadata(path).map_err(failed)?;
        refuse_exposed(path, &metadata)?;
        if !metadata.is_file() || metadata.len() > LONGEST_FILE {
            return Err(malformed());
        }
        let text = Zeroizing::new(fs::read(path).map_err(failed)?);
        let decoded = Zeroizing::new(STANDARD.decode(text.trim_ascii()).map_err(|_| malformed())?);
        let bytes: [u8; KEY_BYTES] = decoded.as_slice().try_into().map_err(|_| malformed())?;
        if bytes.iter().all(|byte| *byte == bytes[0]) {
            return Err(malformed());
        }
        Ok(Self::from_bytes(Zeroizing::new(bytes)))
    }

    /// Makes the key file; never replaces one.
    pub fn create(path: &Path, entropy: &dyn Entropy) -> Result<Self, KeyError> {
        let key = Self::generate(entropy)?;
        let line =
            Zeroizing::new(format!("{}\n", Zeroizing::new(STANDARD.encode(key.bytes.as_slice())).as_str()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let failed = |source| KeyError::Io { path: path.to_owned(), source };
        let mut file = options.open(path).map_err(failed)?;
        let written = file.write_all(line.as_bytes()).and_then(|()| file.sync_all());
        if let Err(source) = written {
            fs::remove_file(path).map_err(failed)?;
            return Err(failed(source));
        }
        Ok(key)
    }

    /// A short name of the key that tells nothing about it: 16 hexadecimal digits.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.bytes
    }

    fn from_bytes(bytes: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        let digest =
            Sha256::new().chain_update(b"weir master key id v1").chain_update(bytes.as_slice()).finalize();
        let id = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { bytes, id }
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
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

    use super::*;
    use crate::entropy::OsEntropy;

    fn home() -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("secret.key");
        (home, path)
    }

    fn write(path: &Path, text: &str, mode: u32) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_new_key_is_private_and_stays_the_same() {
        let (_home, path) = home();
        let made = MasterKey::load_or_create(&path, StoreState::Empty, &OsEntropy).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let loaded = MasterKey::load_or_create(&path, StoreState::HoldsSealedValues, &OsEntropy).unwrap();
        assert_eq!(loaded.bytes(), made.bytes());
        assert_eq!(loaded.id(), made.id());
        assert_eq!(made.id().len(), 16);
    }

    #[test]
    fn two_keys_have_two_names() {
        let one = MasterKey::generate(&OsEntropy).unwrap();
        let other = MasterKey::generate(&OsEntropy).unwrap();
        assert_ne!(one.id(), other.id());
    }

    #[test]
    fn a_lost_key_is_not_replaced_over_sealed_values() {
        let (_home, path) = home();
        let error = MasterKey::load_or_create(&path, StoreState::HoldsSealedValues, &OsEntropy).unwrap_err();
        assert!(matches!(error, KeyError::Missing { .. }), "{error}");
        assert!(!path.exists());
    }

    #[test]
    fn an_existing_key_is_never_overwritten() {
        let (_home, path) = home();
        let first = MasterKey::create(&path, &OsEntropy).unwrap();
        assert!(matches!(MasterKey::create(&path, &OsEntropy), Err(KeyError::Io { .. })));
        assert_eq!(MasterKey::load(&path).unwrap().id(), first.id());
    }

    #[test]
    fn a_key_that_others_can_read_is_refused_with_the_remedy() {
        for mode in [0o640, 0o604, 0o660, 0o644, 0o610] {
            let (_home, path) = home();
            MasterKey::create(&path, &OsEntropy).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = MasterKey::load_or_create(&path, StoreState::Empty, &OsEntropy).unwrap_err();
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
    }

    #[test]
    fn a_read_only_key_is_accepted() {
        let (_home, path) = home();
        let made = MasterKey::create(&path, &OsEntropy).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        assert_eq!(MasterKey::load(&path).unwrap().id(), made.id());
    }

    #[test]
    fn damaged_key_files_are_refused_and_left_as_they_are() {
        let short = STANDARD.encode([7; 31]);
        let long = STANDARD.encode((0..33).collect::<Vec<u8>>());
        let zeros = STANDARD.encode([0; 32]);
        let huge = "A".repeat(5000);
        for text in ["", "\n", "not base64!", &short, &long, &zeros, &huge] {
            let (_home, path) = home();
            write(&path, text, 0o600);
            let error = MasterKey::load_or_create(&path, StoreState::Empty, &OsEntropy).unwrap_err();
            assert!(matches!(error, KeyError::Malformed { .. }), "{text:?}: {error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn a_key_is_never_printed() {
        let (_home, path) = home();
        let key = MasterKey::create(&path, &OsEntropy).unwrap();
        assert_eq!(format!("{key:?}"), "MasterKey(..)");
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
        let (_home, path) = home();
        let error = MasterKey::load_or_create(&path, StoreState::Empty, &Dry).unwrap_err();
        assert!(matches!(error, KeyError::Entropy(EntropyError)));
        assert!(!path.exists());
    }
}
