//! Rotating the master key: a new one is made, every value is wrapped with it, the old one is given up.
//!
//! | Step | The key file holds | New values are sealed with | Values are under |
//! |---|---|---|---|
//! | before | old | old | old |
//! | [`Step::Written`] | old, new | old | old |
//! | [`Step::InUse`] | old, new | new | old |
//! | [`Step::Wrapped`] | old, new | new | old and new |
//! | [`Step::Retired`] | old, new | new | new |
//! | after | new | new | new |
//!
//! Each line is durable before the next begins: the file is replaced as a whole, the store commits. Between any two of them
//! the process may be killed; every other command then works with both keys, and the next rotation goes on where this one
//! was. Secrets are neither opened nor encrypted anew: only the data keys are wrapped with another key.

use super::{WhenMissing, check_value, said, unlock, unusable};
use std::{path::PathBuf, sync::Arc};
use weir_model::Message;
use weir_store::{KeyState, Rewrapped, Store, crash_point};
use weir_vault::{Entropy, KeyFile, KeyRing, MasterKey, Sealed, Vault};

/// How often values that others sealed meanwhile are looked for again.
const ROUNDS: usize = 10;

/// How far a rotation has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// The new key is in the key file, beside the old one.
    Written,
    /// The new key seals.
    InUse,
    /// So many values are under it.
    Wrapped(u64),
    /// Nothing is under the old key, and nothing will be.
    Retired,
}

/// What a rotation did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rotation {
    /// The key in use now.
    pub key: String,
    /// Keys that were given up, and the files they were kept in.
    pub retired: Vec<(String, PathBuf)>,
    /// Whether it went on with one that was interrupted.
    pub is_resumed: bool,
    /// Values that were wrapped anew.
    pub wrapped: u64,
    /// Values whose key is not in the file: by key and integration, how many. They stay as they are.
    pub foreign: Vec<(String, String, u64)>,
}

/// Rotates the master key. `go_on` hears of every step once it is durable; what it fails with ends the rotation there.
///
/// # Errors
/// `key.rotating` while another one is under way, `key.missing` and `key.wrong` as ever, `key.holds` when a value under the
/// old key is broken. Both keys are in the file then.
pub async fn rotate(
    store: &Store,
    file: &KeyFile,
    entropy: Arc<dyn Entropy>,
    mut go_on: impl FnMut(Step) -> Result<(), Message>,
) -> Result<Rotation, Message> {
    let failed = |error| unusable(file, error);
    let shown = || file.path().display().to_string();
    file.load().map_err(failed)?;
    let lock = file.lock().map_err(failed)?.ok_or_else(|| Message::KeyRotating { path: shown() })?;
    let vault = unlock(store, file, WhenMissing::MakeForEmptyStore, Arc::clone(&entropy)).await?;
    file.sweep(&lock).map_err(failed)?;
    let before = vault.key_id();
    let mut ring = file.load().map_err(failed)?;
    let is_resumed = ring.keys().count() > 1;
    if !is_resumed {
        let new =
            MasterKey::generate(&*entropy).map_err(|error| Message::Bug { detail: error.to_string() })?;
        ring = ring.with(new);
        file.replace(&ring, &lock).map_err(failed)?;
        crash_point("keys.written");
        go_on(Step::Written)?;
    }
    let key = wanted(store, &ring, &before).await?;
    vault.use_key(&key).map_err(|error| Message::Bug { detail: error.to_string() })?;
    if key != before {
        store.adopt_key(&key, &check_value(&vault)?, Some(&before)).await.map_err(said)?;
        crash_point("keys.in_use");
        go_on(Step::InUse)?;
    }
    let done = wrap_all(store, &vault, &ring, &mut go_on).await?;
    crash_point("keys.retired");
    go_on(Step::Retired)?;
    let mut retired = vec![];
    let mut kept = None;
    for one in ring.keys() {
        if one.id() == key {
            kept = Some(one.clone());
        } else {
            retired.push((one.id().to_owned(), file.set_aside(one, &lock).map_err(failed)?));
        }
    }
    crash_point("keys.aside");
    let kept = kept.ok_or_else(|| Message::Bug { detail: "The new key has left the key file".into() })?;
    file.replace(&KeyRing::from(kept), &lock).map_err(failed)?;
    let foreign = done.left.into_iter().map(|((key, name), count)| (key, name, count)).collect();
    Ok(Rotation { key, retired, is_resumed, wrapped: done.wrapped, foreign })
}

/// The key that is to be the only one: the newest in the file, unless the store has given it up already or values under it
/// tell that it was put there to open them.
async fn wanted(store: &Store, ring: &KeyRing, active: &str) -> Result<String, Message> {
    let newest = ring.newest().id();
    let is_known = store.sealing_keys().await.map_err(said)?.iter().any(|key| key.id == newest);
    let is_used = store.sealed_by_key().await.map_err(said)?.contains_key(newest);
    Ok(if is_known || is_used { active } else { newest }.to_owned())
}

/// Wraps every value with the key in use, until nothing is under another key of the file and that one is retired.
async fn wrap_all(
    store: &Store,
    vault: &Vault,
    ring: &KeyRing,
    go_on: &mut impl FnMut(Step) -> Result<(), Message>,
) -> Result<Rewrapped, Message> {
    let key = vault.key_id();
    let rewrap = |sealed: &str| Some(vault.rewrap(&Sealed::from_stored(sealed)).ok()?.as_str().to_owned());
    let mut wrapped = 0;
    for _ in 0..ROUNDS {
        let so_far = wrapped;
        let done = store
            .rewrap_sealed(&key, rewrap, |count| go_on(Step::Wrapped(so_far + count)).map_err(Stop::Asked))
            .await
            .map_err(Stop::message)?;
        wrapped += done.wrapped;
        let broken: Vec<_> = done.left.iter().filter(|((key, _), _)| ring.get(key).is_some()).collect();
        if let Some(((old, _), _)) = broken.first() {
            let values = broken.iter().map(|((_, name), count)| format!("{count} of \"{name}\""));
            let values = values.collect::<Vec<_>>().join(", ");
            return Err(Message::KeyHolds { values, key: old.clone() });
        }
        let mut is_used = false;
        for old in ring.keys().filter(|old| old.id() != key) {
            is_used |= !store.retire_key(old.id()).await.map_err(said)?;
        }
        if !is_used {
            retire_lost(store, ring).await?;
            return Ok(Rewrapped { wrapped, left: done.left });
        }
    }
    Err(Message::StoreBusy {
        detail: "Values are sealed with the old key as fast as they are wrapped".into(),
    })
}

/// Keys that are in no file and under which nothing is left are retired as well.
async fn retire_lost(store: &Store, ring: &KeyRing) -> Result<(), Message> {
    for known in store.sealing_keys().await.map_err(said)? {
        if known.state == KeyState::Retiring && ring.get(&known.id).is_none() {
            store.retire_key(&known.id).await.map_err(said)?;
        }
    }
    Ok(())
}

/// Why the wrapping stopped.
enum Stop {
    Asked(Message),
    Store(weir_store::StoreError),
}

impl Stop {
    fn message(self) -> Message {
        match self {
            Self::Asked(message) => message,
            Self::Store(error) => said(error),
        }
    }
}

impl From<weir_store::StoreError> for Stop {
    fn from(error: weir_store::StoreError) -> Self {
        Self::Store(error)
    }
}
