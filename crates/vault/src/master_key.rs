//! The key that wraps all others.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::entropy::{Entropy, EntropyError};
use crate::envelope::KEY_BYTES;

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

    /// A short name of the key that tells nothing about it: 16 hexadecimal digits.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.bytes
    }

    /// Reads 32 random bytes in base64; `None` for anything else.
    pub(crate) fn from_line(line: &[u8]) -> Option<Self> {
        let decoded = Zeroizing::new(STANDARD.decode(line).ok()?);
        let bytes: [u8; KEY_BYTES] = decoded.as_slice().try_into().ok()?;
        let is_random = bytes.iter().any(|byte| *byte != bytes[0]);
        is_random.then(|| Self::from_bytes(Zeroizing::new(bytes)))
    }

    /// The key as a line of its file.
    pub(crate) fn line(&self) -> Zeroizing<String> {
        let encoded = Zeroizing::new(STANDARD.encode(self.bytes.as_slice()));
        Zeroizing::new(format!("{}\n", encoded.as_str()))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;

    #[test]
    fn two_keys_have_two_names() {
        let one = MasterKey::generate(&OsEntropy).unwrap();
        let other = MasterKey::generate(&OsEntropy).unwrap();
        assert_ne!(one.id(), other.id());
        assert_eq!(one.id().len(), 16);
    }

    #[test]
    fn a_line_gives_the_same_key_again() {
        let key = MasterKey::generate(&OsEntropy).unwrap();
        let again = MasterKey::from_line(key.line().trim_end().as_bytes()).unwrap();
        assert_eq!((again.id(), again.bytes()), (key.id(), key.bytes()));
    }

    #[test]
    fn a_key_is_never_printed() {
        let key = MasterKey::generate(&OsEntropy).unwrap();
        assert_eq!(format!("{key:?}"), "MasterKey(..)");
    }
}
