//! What was read at one time, so that nobody can change it unseen: each fact has a hash, the set of them has one, and so has the
//! chain of readings. The order of facts means nothing, and the same state of a site has the same root. Personal facts take
//! part by a salted hash: they can be forgotten, and the chain still holds.

mod canonical;
mod chain;
mod hash;

pub use canonical::{Salt, canonical, fact_hash, is_personal, root};
pub use chain::{Break, Content, Fault, Head, Leaf, Parent, Snapshot, verify, verify_facts, verify_head};
pub use hash::{Hash, NotAHash};

#[cfg(test)]
mod tests;
