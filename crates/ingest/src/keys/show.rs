//! Which master keys there are, in the file and in the store; never a key itself.

use super::{said, unusable};
use weir_model::{Message, Millis};
use weir_store::{KeyState, Store};
use weir_vault::{KeyError, KeyFile, MasterKey};

/// A master key as it may be shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ShownKey {
    /// Its id.
    pub id: String,
    /// What the store says of it; `None` when it does not know the key.
    pub state: Option<KeyState>,
    /// Whether it is in the key file.
    pub is_in_file: bool,
    /// How many values are sealed with it.
    pub sealed: u64,
    /// When it came into use.
    pub since: Option<Millis>,
    /// When it was retired.
    pub retired_at: Option<Millis>,
}

/// Every key that is in the file, that the store knows, or that a value names.
///
/// # Errors
/// `key.bad` when the file cannot be read; that it is missing is no error here.
pub async fn show(store: &Store, file: &KeyFile) -> Result<Vec<ShownKey>, Message> {
    let ring = match file.load() {
        Ok(ring) => Some(ring),
        Err(KeyError::Missing { .. }) => None,
        Err(error) => return Err(unusable(file, error)),
    };
    let in_file: Vec<&str> = ring.iter().flat_map(|ring| ring.keys().map(MasterKey::id)).collect();
    let mut sealed = store.sealed_by_key().await.map_err(said)?;
    let mut shown: Vec<ShownKey> = vec![];
    for key in store.sealing_keys().await.map_err(said)? {
        shown.push(ShownKey {
            is_in_file: in_file.contains(&key.id.as_str()),
            sealed: sealed.remove(&key.id).unwrap_or(0),
            state: Some(key.state),
            since: Some(key.since),
            retired_at: key.retired_at,
            id: key.id,
        });
    }
    let unknown = |id: &str, sealed: u64| ShownKey {
        id: id.to_owned(),
        state: None,
        is_in_file: in_file.contains(&id),
        sealed,
        since: None,
        retired_at: None,
    };
    let named: Vec<ShownKey> = sealed.iter().map(|(id, count)| unknown(id, *count)).collect();
    shown.extend(named);
    for id in &in_file {
        if !shown.iter().any(|key| key.id == *id) {
            shown.push(unknown(id, 0));
        }
    }
    Ok(shown)
}
