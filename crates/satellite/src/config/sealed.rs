//! A file that is encrypted as a whole, with the envelope that the store's secrets have. Its key is in a file of its own.

use super::{
    LONGEST,
    around::{Held, said},
    write_private,
};
use std::{io, path::Path, sync::Arc};
use weir_http::{ExposeSecret as _, Secret};
use weir_model::{Message, SatelliteFault};
use weir_vault::{Context, KeyError, KeyFile, OsEntropy, Sealed, StoreState, Vault, VaultError};
use zeroize::Zeroizing;

/// How an encrypted file begins.
const START: &[u8] = b"v1.";

/// What it is bound to.
const PLACE: Context<'static> = Context { purpose: "satellite file", table: "", row: "", column: "" };

/// What is in a file, decrypted where it has to be; and whether it had to.
pub(super) fn held(path: &Path, key: Option<&KeyFile>) -> Result<(Held, bool), SatelliteFault> {
    let failed = |detail| SatelliteFault::File { path: path.display().to_string(), detail };
    // Base64 of the longest text, and what the envelope adds.
    let held = Held::read(path, LONGEST * 3 / 2).map_err(failed)?;
    if !held.bytes.starts_with(START) {
        return Ok((held, false));
    }
    let bytes = decrypted(path, &held.bytes, key)?;
    Ok((Held { bytes, mode: held.mode }, true))
}

fn decrypted(path: &Path, bytes: &[u8], key: Option<&KeyFile>) -> Result<Zeroizing<Vec<u8>>, SatelliteFault> {
    let name = path.display().to_string();
    let key = key.ok_or_else(|| SatelliteFault::SealedNoKey { path: name.clone() })?;
    let vault = vault(key, |file| file.load())?;
    let text = String::from_utf8_lossy(bytes);
    let opened = vault.open(&PLACE, &Sealed::from_stored(text.trim_end()));
    let secret =
        opened.map_err(|error| SatelliteFault::SealedOther { path: name, detail: refused(&error) })?;
    Ok(Zeroizing::new(secret.expose_secret().as_bytes().to_vec()))
}

/// Writes an encrypted file beside a readable one, which stays as it is. A key is made where there is none.
///
/// # Errors
/// Sentences about either file or the key; neither is ever written over.
pub fn seal_file(path: &Path, to: &Path, key: &KeyFile) -> Result<(), Message> {
    let (held, is_sealed) = held(path, Some(key))?;
    let name = path.display().to_string();
    if is_sealed {
        return Err(SatelliteFault::SealedAlready { path: name }.into());
    }
    let text = std::str::from_utf8(&held.bytes).ok().filter(|_| held.bytes.len() as u64 <= LONGEST);
    let text = text.ok_or_else(|| SatelliteFault::File {
        path: name,
        detail: format!("It is not UTF-8, or larger than {} kB", LONGEST / 1024),
    })?;
    let vault = vault(key, |file| file.load_or_create(StoreState::Empty, &OsEntropy))?;
    let sealed = vault.seal(&PLACE, &Secret::from(text));
    let sealed = sealed.map_err(|error| Message::Bug { detail: error.to_string() })?;
    written(to, format!("{}\n", sealed.as_str()).as_bytes())
}

/// Writes a readable file beside an encrypted one, which stays as it is.
///
/// # Errors
/// Sentences about either file or the key; none is ever written over.
pub fn open_file(path: &Path, to: &Path, key: &KeyFile) -> Result<(), Message> {
    let (held, is_sealed) = held(path, Some(key))?;
    if !is_sealed {
        return Err(SatelliteFault::SealedNot { path: path.display().to_string() }.into());
    }
    written(to, &held.bytes)
}

fn written(to: &Path, bytes: &[u8]) -> Result<(), Message> {
    let path = to.display().to_string();
    write_private(to, bytes).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => SatelliteFault::Exists { path }.into(),
        _ => Message::FileWrite { path, detail: said(&error) },
    })
}

fn vault(
    file: &KeyFile,
    keys: impl FnOnce(&KeyFile) -> Result<weir_vault::KeyRing, KeyError>,
) -> Result<Vault, SatelliteFault> {
    let keys = keys(file).map_err(|error| {
        let detail = match &error {
            KeyError::Missing { .. } => "It is missing".to_owned(),
            KeyError::Exposed { mode, .. } => format!("Others can read it: its permissions are {mode:04o}"),
            KeyError::Empty { .. } => "It is empty".to_owned(),
            KeyError::Malformed { .. } => "It does not hold 32 random bytes in base64".to_owned(),
            KeyError::Io { source, .. } => said(source),
            KeyError::Entropy(_) => "The machine gives no random bytes".to_owned(),
        };
        SatelliteFault::Key { path: file.path().display().to_string(), detail }
    })?;
    Ok(Vault::from_file(file.clone(), keys, Arc::new(OsEntropy)))
}

fn refused(error: &VaultError) -> String {
    match error {
        VaultError::WrongKey { sealed_with, have } => {
            format!("It is encrypted with the key {sealed_with}, and the file of the key holds {have}")
        }
        VaultError::Tampered => "It was changed since it was encrypted".to_owned(),
        VaultError::Malformed => "It is cut short, or not an encrypted file".to_owned(),
        VaultError::Entropy(_) => "The machine gives no random bytes".to_owned(),
    }
}
