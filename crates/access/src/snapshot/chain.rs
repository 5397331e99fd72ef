//! Snapshots in a chain: the id of each is the hash of what it holds, of where and how it was read, and of the one before.

use super::{Hash, Salt, canonical::fact_hash, root};
use crate::key::FactKey;
use foldhash::HashSet;
use serde::{Deserialize, Serialize};
use weir_model::access::Fact;

/// What a snapshot says of itself. Its id is the hash of all of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The one before; None for the first.
    pub parent: Option<Parent>,
    /// The hash of its facts.
    pub root: Hash,
    /// How many there are.
    pub facts: u64,
    /// The address of the site.
    pub site: String,
    /// When the reading began, in milliseconds since 1970.
    pub started_at: i64,
    /// When it ended.
    pub ended_at: i64,
    /// The version of the program that read.
    pub version: String,
    /// The kind of credential it read with; never the credential.
    pub credential: String,
    /// The hash of how it was told to read.
    pub config: Hash,
    /// Who had it read.
    pub by: String,
}

/// The snapshot before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// Its id.
    pub id: Hash,
    /// The hash of its facts.
    pub root: Hash,
}

impl Head {
    /// The id of the snapshot.
    pub fn id(&self) -> Hash {
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        Hash::of("weir access snapshot", [bytes.as_slice()])
    }
}

/// A snapshot as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// Its id.
    pub id: Hash,
    /// What it says of itself.
    pub head: Head,
    /// What it holds.
    pub leaves: Vec<Leaf>,
}

/// A fact as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// Its hash.
    pub hash: Hash,
    /// The fact itself.
    pub content: Content,
}

/// What is kept of a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// All of it.
    Fact(Fact),
    /// All of it, with what hides it when it is gone.
    Personal(Fact, Salt),
    /// It was personal and had to be forgotten.
    Forgotten,
}

impl Leaf {
    /// A fact to be kept; with a salt, one that can be forgotten.
    pub fn new(fact: Fact, salt: Option<Salt>) -> Self {
        let hash = fact_hash(&fact, salt.as_ref());
        let content = match salt {
            None => Content::Fact(fact),
            Some(salt) => Content::Personal(fact, salt),
        };
        Self { hash, content }
    }

    /// Forgets the fact, where it is one that can be forgotten; its hash stays.
    pub fn forget(&mut self) {
        if matches!(self.content, Content::Personal(..)) {
            self.content = Content::Forgotten;
        }
    }

    fn is_true(&self) -> bool {
        match &self.content {
            Content::Fact(fact) => fact_hash(fact, None) == self.hash,
            Content::Personal(fact, salt) => fact_hash(fact, Some(salt)) == self.hash,
            Content::Forgotten => true,
        }
    }
}

/// Where a chain does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("snapshot {place} of the chain ({id}): {fault}")]
pub struct Break {
    /// Which snapshot, from 1.
    pub place: usize,
    /// Its id, as it is kept.
    pub id: Hash,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum Fault {
    /// What it says of itself does not have its id.
    #[error("its head has the hash {has}")]
    Id {
        /// The hash that it has.
        has: Hash,
    },
    /// It names another snapshot before it than the one that is there.
    #[error("it does not follow the one before")]
    Parent,
    /// A fact does not have its hash.
    #[error("the fact {key} is not the one that was kept")]
    Fact {
        /// What it is called by.
        key: FactKey,
    },
    /// Its facts are others than it says: some are missing or too many.
    #[error("its facts have the hash {has}, and there are {facts} of them")]
    Facts {
        /// The hash that they have.
        has: Hash,
        /// How many there are.
        facts: u64,
    },
}

/// Looks at a chain from its first snapshot on, and names the first break.
pub fn verify<'a>(chain: impl IntoIterator<Item = &'a Snapshot>) -> Result<usize, Break> {
    let mut before: Option<Parent> = None;
    let mut count = 0;
    for snapshot in chain {
        count += 1;
        let broken = |fault: Fault| Break { place: count, id: snapshot.id, fault };
        verify_head(snapshot.id, &snapshot.head, before).map_err(broken)?;
        verify_facts(&snapshot.head, &snapshot.leaves).map_err(broken)?;
        before = Some(Parent { id: snapshot.id, root: snapshot.head.root });
    }
    Ok(count)
}

/// Looks at a head, its id and the one before.
pub fn verify_head(id: Hash, head: &Head, before: Option<Parent>) -> Result<(), Fault> {
    let has = head.id();
    if has != id {
        return Err(Fault::Id { has });
    }
    if head.parent != before {
        return Err(Fault::Parent);
    }
    Ok(())
}

/// Looks at the facts of a snapshot, which may come one by one.
pub fn verify_facts<'a>(head: &Head, leaves: impl IntoIterator<Item = &'a Leaf>) -> Result<(), Fault> {
    let mut hashes: HashSet<Hash> = HashSet::default();
    for leaf in leaves {
        if !leaf.is_true() {
            let (Content::Fact(fact) | Content::Personal(fact, _)) = &leaf.content else { continue };
            return Err(Fault::Fact { key: FactKey::of(fact) });
        }
        hashes.insert(leaf.hash);
    }
    let facts = hashes.len() as u64;
    let has = root(hashes);
    if has != head.root || facts != head.facts {
        return Err(Fault::Facts { has, facts });
    }
    Ok(())
}
