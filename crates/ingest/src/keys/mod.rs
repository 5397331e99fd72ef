//! The master key: proving that it is the right one before anything is opened or sealed, showing which there are, and
//! rotating it. The keys are in a file, what is sealed with them is in the store, and neither knows the other.

mod rotate;
mod show;
#[cfg(test)]
mod tests;
mod unlock;

pub use rotate::{Rotation, Step, rotate};
pub use show::{ShownKey, show};
pub use unlock::{WhenMissing, refuse_wrong_key, unlock};

use crate::system::sentence;
use weir_model::Message;
use weir_store::StoreError;
use weir_vault::{Context, KeyError, KeyFile, Sealed, Secret, Vault, VaultError};

/// What the check value of every key says.
const CHECK: &str = "weir";

/// Where the check value of a key belongs.
fn place(id: &str) -> Context<'_> {
    Context { purpose: "key check", table: "sealing_key", row: id, column: "check_value" }
}

/// A check value of the key in use.
fn check_value(vault: &Vault) -> Result<String, Message> {
    let sealed = vault.seal(&place(&vault.key_id()), &Secret::from(CHECK));
    Ok(sealed.map_err(|error| Message::Bug { detail: error.to_string() })?.as_str().to_owned())
}

/// Whether a check value opens with the key of that id.
fn opens(vault: &Vault, id: &str, check: &str) -> Result<(), VaultError> {
    vault.open(&place(id), &Sealed::from_stored(check)).map(drop)
}

/// The sentence for a key file that cannot be used.
fn unusable(file: &KeyFile, error: KeyError) -> Message {
    let path = file.path().display().to_string();
    match error {
        KeyError::Missing { .. } => Message::KeyMissing { path },
        KeyError::Exposed { .. } => Message::KeyBad { path, detail: "Others can read it".into() },
        KeyError::Empty { .. } => Message::KeyNone { path, detail: "It is empty".into() },
        KeyError::Malformed { .. } => {
            Message::KeyNone { path, detail: "What it holds is not 32 random bytes in base64".into() }
        }
        KeyError::Io { source, .. } => Message::KeyBad { path, detail: sentence(&source) },
        KeyError::Entropy(error) => Message::Bug { detail: error.to_string() },
    }
}

fn said(error: StoreError) -> Message {
    error.message().clone()
}
