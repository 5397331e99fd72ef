//! The keys at hand: one, and while a rotation is under way the one that comes as well.

use crate::master_key::MasterKey;

/// Master keys, the newest last. There is at least one.
#[derive(Debug, Clone)]
pub struct KeyRing {
    others: Vec<MasterKey>,
    newest: MasterKey,
}

impl KeyRing {
    /// Keys in their order; `None` when there are none. A key that comes twice counts once.
    pub(crate) fn of(mut keys: Vec<MasterKey>) -> Option<Self> {
        let newest = keys.pop()?;
        let mut ring = Self { others: vec![], newest: newest.clone() };
        for key in keys {
            if ring.get(key.id()).is_none() {
                ring.others.push(key);
            }
        }
        Some(ring)
    }

    /// The key that came last.
    pub fn newest(&self) -> &MasterKey {
        &self.newest
    }

    /// Every key, the newest last.
    pub fn keys(&self) -> impl Iterator<Item = &MasterKey> {
        self.others.iter().chain([&self.newest])
    }

    /// The key of that id.
    pub fn get(&self, id: &str) -> Option<&MasterKey> {
        self.keys().find(|key| key.id() == id)
    }

    /// With one more, which is then the newest.
    pub fn with(self, key: MasterKey) -> Self {
        let others = self.keys().filter(|other| other.id() != key.id()).cloned().collect();
        Self { others, newest: key }
    }

    /// The ids, the newest last, as a sentence names them.
    pub fn ids(&self) -> String {
        self.keys().map(MasterKey::id).collect::<Vec<_>>().join(", ")
    }
}

impl From<MasterKey> for KeyRing {
    fn from(key: MasterKey) -> Self {
        Self { others: vec![], newest: key }
    }
}
