//! What differs between the facts of two readings, by natural key: the same thing with other words is changed, not removed and
//! added.

use crate::key::FactKey;
use serde::Serialize;
use std::collections::BTreeMap;
use weir_model::access::Fact;

/// What differs, each in the order of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FactDiff<'a> {
    /// What is there and was not.
    pub added: Vec<&'a Fact>,
    /// What was there and is not.
    pub removed: Vec<&'a Fact>,
    /// What is there as it was not.
    pub changed: Vec<Changed<'a>>,
}

/// One thing in two readings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed<'a> {
    /// What it is called by.
    pub key: FactKey,
    /// As it was.
    pub before: &'a Fact,
    /// As it is.
    pub after: &'a Fact,
}

impl<'a> FactDiff<'a> {
    /// What differs between two readings.
    pub fn new(
        before: impl IntoIterator<Item = &'a Fact>,
        after: impl IntoIterator<Item = &'a Fact>,
    ) -> Self {
        let mut keys: BTreeMap<FactKey, [Vec<&'a Fact>; 2]> = BTreeMap::new();
        let before: foldhash::HashSet<&Fact> = before.into_iter().collect();
        let after: foldhash::HashSet<&Fact> = after.into_iter().collect();
        for (side, mine, other) in [(0, &before, &after), (1, &after, &before)] {
            for fact in mine.iter().filter(|fact| !other.contains(*fact)) {
                keys.entry(FactKey::of(fact)).or_default()[side].push(fact);
            }
        }
        let mut diff = Self::default();
        for (key, [mut before, mut after]) in keys {
            before.sort_unstable();
            after.sort_unstable();
            let both = before.len().min(after.len());
            for (before, after) in before.iter().zip(&after) {
                diff.changed.push(Changed { key: key.clone(), before, after });
            }
            diff.removed.extend(before.drain(both..));
            diff.added.extend(after.drain(both..));
        }
        diff
    }
}
