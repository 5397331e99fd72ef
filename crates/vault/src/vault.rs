//! Sealing and opening.

use std::fmt;
use std::sync::Arc;

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::entropy::{Entropy, EntropyError};
use crate::envelope::{Envelope, KEY_BYTES, NONCE_BYTES, Sealed};
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
        /// The id of the key at hand.
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

/// Seals and opens secrets with one master key.
#[derive(Clone)]
pub struct Vault {
    master: MasterKey,
    entropy: Arc<dyn Entropy>,
}

impl Vault {
    /// A vault with its master key and source of randomness.
    pub fn new(master: MasterKey, entropy: Arc<dyn Entropy>) -> Self {
        Self { master, entropy }
    }

    /// The id of the master key, as sealed values name it.
    pub fn key_id(&self) -> &str {
        self.master.id()
    }

    /// Seals a secret for one place.
    pub fn seal(&self, context: &Context<'_>, secret: &SecretString) -> Result<Sealed, VaultError> {
        let mut data_key = Zeroizing::new([0; KEY_BYTES]);
        self.entropy.fill(data_key.as_mut_slice())?;
        let payload = self.encrypt(&data_key, secret.expose_secret().as_bytes(), &context.bound())?;
        let wrapped_key = self.wrap(&data_key)?;
        Ok(Envelope { key_id: self.master.id(), wrapped_key, payload }.write())
    }

    /// Opens what was sealed for this place.
    pub fn open(&self, context: &Context<'_>, sealed: &Sealed) -> Result<SecretString, VaultError> {
        let envelope = Envelope::parse(sealed)?;
        let data_key = unwrap(&self.master, &envelope)?;
        let plain = Zeroizing::new(decrypt(&data_key, &envelope.payload, &context.bound())?);
        let text = std::str::from_utf8(&plain).map_err(|_| VaultError::Tampered)?;
        Ok(SecretString::from(text))
    }

    /// Wraps the data key of a value sealed under `old` with this vault's master key. The secret
    /// itself is neither opened nor encrypted anew. A value already under this key stays as it is.
    pub fn rewrap(&self, old: &MasterKey, sealed: &Sealed) -> Result<Sealed, VaultError> {
        let envelope = Envelope::parse(sealed)?;
        if envelope.key_id == self.master.id() {
            unwrap(&self.master, &envelope)?;
            return Ok(sealed.clone());
        }
        let data_key = unwrap(old, &envelope)?;
        let wrapped_key = self.wrap(&data_key)?;
        Ok(Envelope { key_id: self.master.id(), wrapped_key, payload: envelope.payload }.write())
    }

    fn wrap(&self, data_key: &[u8; KEY_BYTES]) -> Result<Vec<u8>, VaultError> {
        self.encrypt(self.master.bytes(), data_key, &wrapping_bound(self.master.id()))
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
        write!(f, "Vault({})", self.master.id())
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
    if envelope.key_id != master.id() {
        return Err(VaultError::WrongKey {
            sealed_with: envelope.key_id.chars().take(32).filter(char::is_ascii_alphanumeric).collect(),
            have: master.id().to_owned(),
        });
    }
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
        let expected =
            VaultError::WrongKey { sealed_with: right.key_id().to_owned(), have: wrong.key_id().to_owned() };
        assert_eq!(error, expected);
    }

    #[test]
    fn a_forged_key_id_does_not_help() {
        let (right, wrong) = (vault(), vault());
        let forged = seal(&right, "hunter2").as_str().replace(right.key_id(), wrong.key_id());
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

    #[test]
    fn rotation_changes_the_wrapping_and_not_the_secret() {
        let old_key = MasterKey::generate(&OsEntropy).unwrap();
        let old = Vault::new(old_key.clone(), Arc::new(OsEntropy));
        let new = vault();
        let sealed = seal(&old, "hunter2");
        let rewrapped = new.rewrap(&old_key, &sealed).unwrap();
        assert_eq!(new.open(&PLACE, &rewrapped).unwrap().expose_secret(), "hunter2");
        assert!(matches!(old.open(&PLACE, &rewrapped), Err(VaultError::WrongKey { .. })));
        let payload = |sealed: &Sealed| sealed.as_str().rsplit_once('.').unwrap().1.to_owned();
        assert_eq!(payload(&rewrapped), payload(&sealed));
    }

    #[test]
    fn rotation_can_be_repeated_and_refuses_strangers() {
        let (old_key, stranger) =
            (MasterKey::generate(&OsEntropy).unwrap(), MasterKey::generate(&OsEntropy).unwrap());
        let new = vault();
        let sealed = seal(&Vault::new(old_key.clone(), Arc::new(OsEntropy)), "hunter2");
        assert!(matches!(new.rewrap(&stranger, &sealed), Err(VaultError::WrongKey { .. })));
        let once = new.rewrap(&old_key, &sealed).unwrap();
        assert_eq!(new.rewrap(&old_key, &once).unwrap(), once);
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
