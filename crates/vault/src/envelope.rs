//! The written form of a sealed value:
//! `v1.<key id>.<wrapped data key>.<sealed secret>`, the last two as unpadded URL-safe base64 of
//! nonce and ciphertext.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::vault::VaultError;

pub(crate) const NONCE_BYTES: usize = 24;
pub(crate) const KEY_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
const VERSION: &str = "v1";

/// A sealed value as the store keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(String);

impl Sealed {
    /// Takes back what a store kept. Its form is judged when it is opened.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text to store.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(..)")
    }
}

/// The parts of a sealed value.
pub(crate) struct Envelope<'a> {
    pub(crate) key_id: &'a str,
    pub(crate) wrapped_key: Vec<u8>,
    pub(crate) payload: Vec<u8>,
}

impl<'a> Envelope<'a> {
    pub(crate) fn parse(sealed: &'a Sealed) -> Result<Self, VaultError> {
        let mut parts = sealed.0.split('.');
        let (Some(VERSION), Some(key_id), Some(wrapped_key), Some(payload), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(VaultError::Malformed);
        };
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| VaultError::Malformed);
        let envelope = Self { key_id, wrapped_key: decode(wrapped_key)?, payload: decode(payload)? };
        if envelope.wrapped_key.len() != NONCE_BYTES + KEY_BYTES + TAG_BYTES
            || envelope.payload.len() < NONCE_BYTES + TAG_BYTES
        {
            return Err(VaultError::Malformed);
        }
        Ok(envelope)
    }

    pub(crate) fn write(&self) -> Sealed {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        Sealed(format!("{VERSION}.{}.{}.{}", self.key_id, encode(&self.wrapped_key), encode(&self.payload)))
    }
}
