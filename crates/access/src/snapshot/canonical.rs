//! The bytes of a fact: its JSON, written the same way each time, and their hash.

use super::Hash;
use serde::{Deserialize, Serialize};
use weir_model::access::Fact;

/// What is mixed into the hash of a personal fact, so that nobody can guess who it was when the fact is gone: random, one for
/// each account, kept beside the fact and forgotten with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Salt(pub Hash);

/// Whether a fact may have to be forgotten.
pub fn is_personal(fact: &Fact) -> bool {
    matches!(fact, Fact::Profile(_))
}

/// The canonical bytes. Lists in a fact have no order, so they are in the order of their entries.
pub fn canonical(fact: &Fact) -> Vec<u8> {
    let ordered = match fact {
        Fact::AppRole(role) => {
            let mut role = role.clone();
            for groups in [&mut role.groups, &mut role.default_groups] {
                groups.sort_unstable();
                groups.dedup();
            }
            Some(Fact::AppRole(role))
        }
        Fact::Group(group) if group.reach.len() > 1 => {
            let mut group = group.clone();
            group.reach.sort_unstable();
            group.reach.dedup();
            Some(Fact::Group(group))
        }
        _ => None,
    };
    // Text, numbers and lists alone are in a fact: they can always be written.
    serde_json::to_vec(ordered.as_ref().unwrap_or(fact)).unwrap_or_default()
}

/// The hash of a fact that is not personal, or of one that is, with its salt.
pub fn fact_hash(fact: &Fact, salt: Option<&Salt>) -> Hash {
    let bytes = canonical(fact);
    match salt {
        None => Hash::of("weir access fact", [bytes.as_slice()]),
        Some(salt) => Hash::of("weir access personal fact", [salt.0.0.as_slice(), bytes.as_slice()]),
    }
}

/// The hash of a set of facts: of their hashes, each once and in order.
pub fn root(hashes: impl IntoIterator<Item = Hash>) -> Hash {
    let mut hashes: Vec<Hash> = hashes.into_iter().collect();
    hashes.sort_unstable();
    hashes.dedup();
    let count = (hashes.len() as u64).to_be_bytes();
    let parts = std::iter::once(count.as_slice()).chain(hashes.iter().map(|hash| hash.0.as_slice()));
    Hash::of("weir access facts", parts)
}
