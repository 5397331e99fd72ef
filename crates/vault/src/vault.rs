//! Sealing and opening.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::entropy::{Entropy, EntropyError};
use crate::envelope::{Envelope, KEY_BYTES, NONCE_BYTES, Sealed};
use crate::key_file::KeyFile;
use crate::key_ring::KeyRing;
use crate::master_key::MasterKey;

/// Where a sealed value belongs. It opens only there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context<'a> {
    /// What the secret is for, such as `jira credential`.
    pub purpose: &'a str,
    /// The table it is kept in.
    pub table: &'a str,
    /// The id of its row.
    pub row: &'a str,
    /// Its column.
    pub column: &'a str,
}

/// Why a value was not sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Sealed with another master key.
    #[error("sealed with the master key {sealed_with}, but the key file holds {have}")]
    WrongKey {
        /// The id of the key needed.
        sealed_with: String,
        /// The ids of the keys at hand.
        have: String,
    },
    /// Changed since it was sealed, or moved to another row or column.
    #[error("a sealed value was changed or moved since it was sealed")]
    Tampered,
    /// Not a sealed value.
    #[error("a stored value is not a sealed one")]
    Malformed,
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// Seals secrets with one master key, and opens those that were sealed with any key at hand.
#[derive(Clone)]
pub struct Vault {
    keys: Arc<RwLock<Keys>>,
    /// Looked into again when a value names a key that is not at hand: another process may have rotated it.
    file: Option<KeyFile>,
    entropy: Arc<dyn Entropy>,
}

struct Keys {
    ring: KeyRing,
    in_use: MasterKey,
}

impl Vault {
    /// A vault with its master key and source of randomness.
    pub fn new(master: MasterKey, entropy: Arc<dyn Entropy>) -> Self {
        Self::with_keys(KeyRing::from(master), None, entropy)
    }

    /// A vault with the keys of a file. The newest of them seals until [`Vault::use_key`] names another.
    pub fn from_file(file: KeyFile, ring: KeyRing, entropy: Arc<dyn Entropy>) -> Self {
        Self::with_keys(ring, Some(file), entropy)
    }

    fn with_keys(ring: KeyRing, file: Option<KeyFile>, entropy: Arc<dyn Entropy>) -> Self {
        let in_use = ring.newest().clone();
        Self { keys: Arc::new(RwLock::new(Keys { ring, in_use })), file, entropy }
    }

    /// The id of the master key that seals, as sealed values name it.
    pub fn key_id(&self) -> String {
        self.in_use().id().to_owned()
    }

    /// Seals with the key of this id from now on.
    ///
    /// # Errors
    /// [`VaultError::WrongKey`] when it is neither at hand nor in the key file.
    pub fn use_key(&self, id: &str) -> Result<(), VaultError> {
        let key = self.key(id)?;
        self.keys.write().unwrap_or_else(PoisonError::into_inner).in_use = key;
        Ok(())
    }

    /// Seals a secret for one place.
    pub fn seal(&self, context: &Context<'_>, secret: &SecretString) -> Result<Sealed, VaultError> {
        let master = self.in_use();
        let mut data_key = Zeroizing::new([0; KEY_BYTES]);
        self.entropy.fill(data_key.as_mut_slice())?;
        let payload = self.encrypt(&data_key, secret.expose_secret().as_bytes(), &context.bound())?;
        let wrapped_key = self.wrap(&master, &data_key)?;
        Ok(Envelope { key_id: master.id(), wrapped_key, payload }.write())
    }

    /// Opens what was sealed for this place.
    pub fn open(&self, context: &Context<'_>, sealed: &Sealed) -> Result<SecretString, VaultError> {
        let envelope = Envelope::parse(sealed)?;
        let data_key = unwrap(&self.key(envelope.key_id)?, &envelope)?;
        let plain = Zeroizing::new(decrypt(&data_key, &envelope.payload, &context.bound())?);
        let text = std::str::from_utf8(&plain).map_err(|_| VaultError::Tampered)?;
        Ok(SecretString::from(text))
    }

    /// Wraps the data key of a value that was sealed with any key at hand with the one in use. The secret itself is
    /// neither opened nor encrypted anew. A value already under this key stays as it is.
    pub fn rewrap(&self, sealed: &Sealed) -> Result<Sealed, VaultError> {
        let master = self.in_use();
        let envelope = Envelope::parse(sealed)?;
        let data_key = unwrap(&self.key(envelope.key_id)?, &envelope)?;
        if envelope.key_id == master.id() {
            return Ok(sealed.clone());
        }
        let wrapped_key = self.wrap(&master, &data_key)?;
        Ok(Envelope { key_id: master.id(), wrapped_key, payload: envelope.payload }.write())
    }

    fn in_use(&self) -> MasterKey {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).in_use.clone()
    }

    /// The key of that id: one at hand, or one that has come into the file since.
    fn key(&self, id: &str) -> Result<MasterKey, VaultError> {
        if let Some(key) = self.keys.read().unwrap_or_else(PoisonError::into_inner).ring.get(id) {
            return Ok(key.clone());
        }
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        // A file that cannot be read now leaves us with what we have.
        if let Some(Ok(ring)) = self.file.as_ref().map(KeyFile::load) {
            keys.ring = ring;
        }
        keys.ring.get(id).cloned().ok_or_else(|| VaultError::WrongKey {
            sealed_with: id.chars().take(32).filter(char::is_ascii_alphanumeric).collect(),
            have: keys.ring.ids(),
        })
    }

    fn wrap(&self, master: &MasterKey, data_key: &[u8; KEY_BYTES]) -> Result<Vec<u8>, VaultError> {
        self.encrypt(master.bytes(), data_key, &wrapping_bound(master.id()))
    }

    /// Nonce and ciphertext of `plain`, authenticated together with `bound`.
    fn encrypt(&self, key: &[u8; KEY_BYTES], plain: &[u8], bound: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0; NONCE_BYTES];
        self.entropy.fill(&mut nonce)?;
        let cipher = XChaCha20Poly1305::new(key.into());
        let ciphertext = cipher
            .encrypt(&nonce.into(), Payload { msg: plain, aad: bound })
            .map_err(|_| VaultError::Malformed)?;
        Ok([nonce.as_slice(), &ciphertext].concat())
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({})", self.key_id())
    }
}

impl Context<'_> {
    /// The parts with their lengths, so that no two places read alike.
    fn bound(&self) -> Vec<u8> {
        let mut bound = b"weir secret v1".to_vec();
        for part in [self.purpose, self.table, self.row, self.column] {
            bound.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bound.extend_from_slice(part.as_bytes());
        }
        bound
    }
}

fn wrapping_bound(key_id: &str) -> Vec<u8> {
    format!("weir data key v1 {key_id}").into_bytes()
}

fn unwrap(master: &MasterKey, envelope: &Envelope<'_>) -> Result<Zeroizing<[u8; KEY_BYTES]>, VaultError> {
    let plain = Zeroizing::new(decrypt(master.bytes(), &envelope.wrapped_key, &wrapping_bound(master.id()))?);
    let key: [u8; KEY_BYTES] = plain.as_slice().try_into().map_err(|_| VaultError::Tampered)?;
    Ok(Zeroizing::new(key))
}

fn decrypt(key: &[u8; KEY_BYTES], sealed: &[u8], bound: &[u8]) -> Result<Vec<u8>, VaultError> {
    let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(VaultError::Malformed)?;
    XChaCha20Poly1305::new(key.into())
        .decrypt(nonce.into(), Payload { msg: ciphertext, aad: bound })
        .map_err(|_| VaultError::Tampered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;

    const PLACE: Context<'static> =
        Context { purpose: "jira credential", table: "integrations", row: "1", column: "secret" };

    fn vault() -> Vault {
        Vault::new(MasterKey::generate(&OsEntropy).unwrap(), Arc::new(OsEntropy))
    }

    fn seal(vault: &Vault, text: &str) -> Sealed {
        vault.seal(&PLACE, &SecretString::from(text)).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_to_the_same_secret() {
        let vault = vault();
        for text in ["", "token", "umlaut ü and 票", &"x".repeat(10_000)] {
            let opened = vault.open(&PLACE, &seal(&vault, text)).unwrap();
            assert_eq!(opened.expose_secret(), text);
        }
    }

    #[test]
    fn the_envelope_names_its_version_and_key_and_hides_the_rest() {
        let vault = vault();
        let sealed = seal(&vault, "hunter2hunter2");
        assert!(sealed.as_str().starts_with(&format!("v1.{}.", vault.key_id())));
        assert!(!sealed.as_str().contains("hunter2"));
        assert_ne!(sealed, seal(&vault, "hunter2hunter2"));
    }

    #[test]
    fn a_change_of_any_bit_is_noticed() {
        let vault = vault();
        let sealed = seal(&vault, "hunter2").as_str().to_owned();
        for at in 0..sealed.len() {
            for bit in 0..7 {
                let mut bytes = sealed.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let changed = Sealed::from_stored(String::from_utf8(bytes).unwrap());
                assert!(vault.open(&PLACE, &changed).is_err(), "bit {bit} of byte {at}");
            }
        }
    }

    #[test]
    fn a_value_does_not_open_in_another_place() {
        let vault = vault();
        let sealed = seal(&vault, "hunter2");
        for elsewhere in [
            Context { purpose: "proxy", ..PLACE },
            Context { table: "runs", ..PLACE },
            Context { row: "2", ..PLACE },
            Context { column: "token", ..PLACE },
            Context { table: "integrations1", row: "", ..PLACE },
        ] {
            assert_eq!(vault.open(&elsewhere, &sealed).unwrap_err(), VaultError::Tampered, "{elsewhere:?}");
        }
    }

    #[test]
    fn parts_of_two_values_do_not_combine() {
        let vault = vault();
        let (one, other) = (seal(&vault, "one"), seal(&vault, "other"));
        let (head, _) = one.as_str().rsplit_once('.').unwrap();
        let (_, payload) = other.as_str().rsplit_once('.').unwrap();
        let mixed = Sealed::from_stored(format!("{head}.{payload}"));
        assert_eq!(vault.open(&PLACE, &mixed).unwrap_err(), VaultError::Tampered);
    }

    #[test]
    fn a_wrong_key_is_named() {
        let (right, wrong) = (vault(), vault());
        let error = wrong.open(&PLACE, &seal(&right, "hunter2")).unwrap_err();
        let expected = VaultError::WrongKey { sealed_with: right.key_id(), have: wrong.key_id() };
        assert_eq!(error, expected);
    }

    #[test]
    fn a_forged_key_id_does_not_help() {
        let (right, wrong) = (vault(), vault());
        let forged = seal(&right, "hunter2").as_str().replace(&right.key_id(), &wrong.key_id());
        assert_eq!(wrong.open(&PLACE, &Sealed::from_stored(forged)).unwrap_err(), VaultError::Tampered);
    }

    #[test]
    fn anything_else_is_malformed() {
        let vault = vault();
        for text in ["", "hunter2", "v1", "v1...", "v2.a.b.c", "v1.a.b.c.d", "v1.a.!.c", "v1.a.AAAA.AAAA"] {
            let error = vault.open(&PLACE, &Sealed::from_stored(text)).unwrap_err();
            assert_eq!(error, VaultError::Malformed, "{text}");
        }
    }

    fn both(old: &MasterKey, new: &MasterKey) -> Vault {
        Vault::with_keys(KeyRing::from(old.clone()).with(new.clone()), None, Arc::new(OsEntropy))
    }

    fn key() -> MasterKey {
        MasterKey::generate(&OsEntropy).unwrap()
    }

    #[test]
    fn rotation_changes_the_wrapping_and_not_the_secret() {
        let (old_key, new_key) = (key(), key());
        let old = Vault::new(old_key.clone(), Arc::new(OsEntropy));
        let new = Vault::new(new_key.clone(), Arc::new(OsEntropy));
        let sealed = seal(&old, "hunter2");
        let rewrapped = both(&old_key, &new_key).rewrap(&sealed).unwrap();
        assert_eq!(new.open(&PLACE, &rewrapped).unwrap().expose_secret(), "hunter2");
        assert!(matches!(old.open(&PLACE, &rewrapped), Err(VaultError::WrongKey { .. })));
        let payload = |sealed: &Sealed| sealed.as_str().rsplit_once('.').unwrap().1.to_owned();
        assert_eq!(payload(&rewrapped), payload(&sealed));
    }

    #[test]
    fn rotation_can_be_repeated_and_refuses_strangers() {
        let (old_key, new_key) = (key(), key());
        let rotating = both(&old_key, &new_key);
        assert!(matches!(rotating.rewrap(&seal(&vault(), "hunter2")), Err(VaultError::WrongKey { .. })));
        let once = rotating.rewrap(&seal(&Vault::new(old_key, Arc::new(OsEntropy)), "hunter2")).unwrap();
        assert_eq!(rotating.rewrap(&once).unwrap(), once);
    }

    #[test]
    fn while_a_rotation_is_under_way_both_keys_open_and_one_seals() {
        let (old_key, new_key) = (key(), key());
        let before = seal(&Vault::new(old_key.clone(), Arc::new(OsEntropy)), "hunter2");
        let rotating = both(&old_key, &new_key);
        assert_eq!(rotating.open(&PLACE, &before).unwrap().expose_secret(), "hunter2");
        assert_eq!(rotating.key_id(), new_key.id());
        rotating.use_key(old_key.id()).unwrap();
        assert!(seal(&rotating, "hunter3").as_str().starts_with(&format!("v1.{}.", old_key.id())));
        assert!(matches!(rotating.use_key(key().id()), Err(VaultError::WrongKey { .. })));
    }

    #[test]
    fn a_key_that_came_into_the_file_later_opens_too() {
        let home = tempfile::tempdir().unwrap();
        let file = KeyFile::in_folder(home.path());
        let old = file.create(&OsEntropy).unwrap();
        let running = Vault::from_file(file.clone(), old.clone(), Arc::new(OsEntropy));
        let new_key = key();
        file.replace(&old.with(new_key.clone()), &file.lock().unwrap().unwrap()).unwrap();
        let sealed = seal(&Vault::new(new_key.clone(), Arc::new(OsEntropy)), "hunter2");
        assert_eq!(running.open(&PLACE, &sealed).unwrap().expose_secret(), "hunter2");
        running.use_key(new_key.id()).unwrap();
        assert_eq!(running.key_id(), new_key.id());
    }

    #[test]
    fn nothing_secret_is_printed() {
        let vault = vault();
        let sealed = seal(&vault, "hunter2");
        let printed = format!("{vault:?} {sealed:?} {:?}", vault.open(&PLACE, &sealed).unwrap());
        assert!(!printed.contains("hunter2"), "{printed}");
        assert!(!printed.contains(sealed.as_str()), "{printed}");
    }

    #[test]
    fn a_failing_random_source_seals_nothing() {
        #[derive(Debug)]
        struct Dry;
        impl Entropy for Dry {
            fn fill(&self, _bytes: &mut [u8]) -> Result<(), EntropyError> {
                Err(EntropyError)
            }
        }
        let vault = Vault::new(MasterKey::generate(&OsEntropy).unwrap(), Arc::new(Dry));
        let error = vault.seal(&PLACE, &SecretString::from("hunter2")).unwrap_err();
        assert_eq!(error, VaultError::Entropy(EntropyError));
    }

    /// draft-irtf-cfrg-xchacha-03, appendix A.3.1.
    #[test]
    fn the_cipher_gives_the_published_test_vector() {
        let plain = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
        let bound = [0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7];
        let key: [u8; KEY_BYTES] = std::array::from_fn(|i| 0x80 + u8::try_from(i).unwrap());
        let nonce: [u8; NONCE_BYTES] = std::array::from_fn(|i| 0x40 + u8::try_from(i).unwrap());
        let cipher = XChaCha20Poly1305::new((&key).into());
        let sealed = cipher.encrypt(&nonce.into(), Payload { msg: plain, aad: &bound }).unwrap();
        let tag =
            [0xc0, 0x87, 0x59, 0x24, 0xc1, 0xc7, 0x98, 0x79, 0x47, 0xde, 0xaf, 0xd8, 0x78, 0x0a, 0xcf, 0x49];
        assert_eq!(sealed[..4], [0xbd, 0x6d, 0x17, 0x9d]);
        assert_eq!(sealed[sealed.len() - 16..], tag);
        assert_eq!(decrypt(&key, &[nonce.as_slice(), &sealed].concat(), &bound).unwrap(), plain);
    }
}
