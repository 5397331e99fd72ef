//! Proving that the key file is the one this store is sealed with.
//!
//! The store remembers which key is in use, with a check value that only that key opens. A store in which nothing is sealed
//! takes any key; one that was made before check values were kept takes the key that its values name.

use super::{check_value, opens, said, unusable};
use std::sync::Arc;
use weir_model::Message;
use weir_store::Store;
use weir_vault::{Entropy, KeyError, KeyFile, KeyRing, Vault, VaultError};

/// How often it is tried again when somebody else is faster.
const TRIES: usize = 5;

/// What to do about a missing key file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WhenMissing {
    /// Make one where nothing is sealed; otherwise the key is lost, and that is an error.
    MakeForEmptyStore,
    /// Make one in any case: what was sealed with the lost key is to be replaced.
    MakeAnew,
}

/// The vault of a store, its key proved.
///
/// # Errors
/// `key.missing`, `key.wrong`, `key.bad`. Then nothing was sealed and nothing opened.
pub async fn unlock(
    store: &Store,
    file: &KeyFile,
    missing: WhenMissing,
    entropy: Arc<dyn Entropy>,
) -> Result<Vault, Message> {
    let holds = store.holds_sealed().await.map_err(said)?;
    let (ring, is_new) = match file.load() {
        Err(KeyError::Missing { .. }) if !holds || missing == WhenMissing::MakeAnew => {
            (file.create(&*entropy).map_err(|error| unusable(file, error))?, true)
        }
        outcome => (outcome.map_err(|error| unusable(file, error))?, false),
    };
    let vault = Vault::from_file(file.clone(), ring.clone(), entropy);
    for _ in 0..TRIES {
        let active = store.active_key().await.map_err(said)?;
        let (adopted, before) = match &active {
            // It may have come into the file since that was read.
            Some(active) if vault.use_key(&active.id).is_ok() => {
                return match opens(&vault, &active.id, &active.check) {
                    Ok(()) => Ok(vault),
                    Err(_) => Err(wrong(file, &active.id, &ring)),
                };
            }
            Some(active) if holds && !is_new => return Err(wrong(file, &active.id, &ring)),
            Some(active) => (ring.newest().id().to_owned(), Some(active.id.as_str())),
            None if holds && !is_new => (named_by_values(store, file, &ring).await?, None),
            None => (ring.newest().id().to_owned(), None),
        };
        vault.use_key(&adopted).map_err(bug)?;
        match store.adopt_key(&adopted, &check_value(&vault)?, before).await.map_err(said) {
            Ok(()) => return Ok(vault),
            Err(Message::KeyChanged {}) => {}
            Err(message) => return Err(message),
        }
    }
    Err(Message::KeyChanged {})
}

/// Fails when the store is sealed with a key that the file does not hold. Makes and changes nothing.
///
/// # Errors
/// As for [`unlock`].
pub async fn refuse_wrong_key(store: &Store, file: &KeyFile) -> Result<(), Message> {
    if !store.holds_sealed().await.map_err(said)? {
        return Ok(());
    }
    let ring = file.load().map_err(|error| unusable(file, error))?;
    match store.active_key().await.map_err(said)? {
        Some(active) => {
            let vault = Vault::from_file(file.clone(), ring.clone(), Arc::new(weir_vault::OsEntropy));
            opens(&vault, &active.id, &active.check).map_err(|_| wrong(file, &active.id, &ring))
        }
        None => named_by_values(store, file, &ring).await.map(drop),
    }
}

/// The newest key at hand that values of the store name.
async fn named_by_values(store: &Store, file: &KeyFile, ring: &KeyRing) -> Result<String, Message> {
    let named = store.sealed_by_key().await.map_err(said)?;
    let known = ring.keys().filter(|key| named.contains_key(key.id())).last();
    known.map(|key| key.id().to_owned()).ok_or_else(|| {
        let needed: Vec<&str> = named.keys().map(String::as_str).collect();
        wrong(file, &needed.join(", "), ring)
    })
}

fn wrong(file: &KeyFile, needed: &str, ring: &KeyRing) -> Message {
    let path = file.path().display().to_string();
    Message::KeyWrong { path, needed: needed.to_owned(), have: ring.ids() }
}

fn bug(error: VaultError) -> Message {
    Message::Bug { detail: error.to_string() }
}
