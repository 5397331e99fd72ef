//! What is around issues that got another key: both ends of their links, and what is below them, show it, and no edit of theirs
//! tells of it.
//!
//! Where Jira warns that it may not have found all of these, the next runs look once more, after a pause that grows.

use super::{
    Shared,
    closing::{Pass, Wanted},
    trailing,
    walk::WalkError,
    watermark::{MOST_ABSENT, Tries, Watermark},
};
use crate::{SourceError, jira::jql::Query};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use weir_model::{Batch, Deployment, Millis};

/// Keys in one query.
const KEYS: usize = 50;

/// Keys that are remembered to be looked around once more.
const MOST: usize = 10_000;

/// Keys of issues that moved, and of those that they are linked with.
#[derive(Default)]
pub(super) struct Moved {
    keys: BTreeSet<String>,
    linked: BTreeSet<String>,
}

/// Keys around which not everything may have been found, with how often that was tried.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Doubted {
    keys: BTreeMap<String, Tries>,
    linked: BTreeMap<String, Tries>,
}

/// Which of the two a key is of.
#[derive(Clone, Copy)]
enum Of {
    Keys,
    Linked,
}

impl Moved {
    /// What an earlier run left whose turn it is; once a day it is everybody's.
    pub(super) fn due(last: Option<&Watermark>, now: Millis) -> Self {
        let Some(last) = last else { return Self::default() };
        let is_wide = trailing::is_wide(now, Some(last.wide_at));
        let due = |keys: &BTreeMap<String, Tries>| {
            let due = keys.iter().filter(|(_, tries)| is_wide || tries.is_due());
            due.map(|(key, _)| key.clone()).collect()
        };
        Self { keys: due(&last.around.keys), linked: due(&last.around.linked) }
    }
}

impl Doubted {
    fn of(&mut self, of: Of) -> &mut BTreeMap<String, Tries> {
        match of {
            Of::Keys => &mut self.keys,
            Of::Linked => &mut self.linked,
        }
    }

    /// Remembers keys once more; one that was tried often enough is given up.
    fn add(&mut self, of: Of, keys: &[String], last: Option<&Self>) {
        let mut last = last.cloned().unwrap_or_default();
        for key in keys {
            let tries = last.of(of).get(key).map_or(Tries::ONE, |tries| tries.again());
            if !tries.is_beyond(MOST_ABSENT) && self.of(of).len() < MOST {
                self.of(of).insert(key.clone(), tries);
            }
        }
    }

    /// Takes over those that wait for their turn.
    pub(super) fn keep_waiting(&mut self, last: &Self, is_wide: bool) {
        for of in [Of::Keys, Of::Linked] {
            for (key, tries) in last.clone().of(of) {
                if !is_wide && !tries.is_due() && self.of(of).len() < MOST {
                    self.of(of).entry(key.clone()).or_insert_with(|| tries.passed_by());
                }
            }
        }
    }
}

impl Pass<'_> {
    /// Notes which issues of a batch have another key since the last run.
    pub(super) fn note_moved(&mut self, batch: &Batch) {
        for record in &batch.issues {
            let [_, .., present] = record.keys.as_slice() else { continue };
            if present.since.is_none_or(|since| since >= self.window.since) {
                self.moved.keys.insert(record.issue.key.clone());
                self.moved.linked.extend(record.links.iter().map(|link| link.other_key.clone()));
            }
        }
    }

    /// Reads the issues that show the key of one that moved.
    pub(super) async fn around_moved(&mut self) -> Result<(), SourceError> {
        let moved = std::mem::take(&mut self.moved);
        let [keys, linked] = [moved.keys, moved.linked].map(|keys| keys.into_iter().collect::<Vec<_>>());
        self.around(Of::Keys, &keys, Query::below).await?;
        if self.shared.site.deployment() == Deployment::DataCenter {
            self.around(Of::Keys, &keys, Query::of_epics).await?;
        }
        self.around(Of::Linked, &linked, Query::keys).await
    }

    /// Reads what a query about keys finds. Jira refuses the whole of it for one key that the account does not see; then
    /// each is asked for by itself, and of one that is not seen there is nothing to read.
    async fn around(
        &mut self,
        of: Of,
        keys: &[String],
        narrowed: fn(Query, &[String]) -> Query,
    ) -> Result<(), SourceError> {
        for keys in keys.chunks(KEYS) {
            if self.seen(of, keys, narrowed).await? || keys.len() == 1 {
                continue;
            }
            for key in keys {
                self.seen(of, std::slice::from_ref(key), narrowed).await?;
            }
        }
        Ok(())
    }

    /// Reads what matches; `false` where Jira refuses the query.
    async fn seen(
        &mut self,
        of: Of,
        keys: &[String],
        narrowed: fn(Query, &[String]) -> Query,
    ) -> Result<bool, SourceError> {
        match self.matching(narrowed(self.shared.query(), keys), Wanted::All).await {
            Ok(found) => {
                if !found.is_whole {
                    self.shared.doubt(of, keys);
                }
                Ok(true)
            }
            Err(WalkError::Refused(_)) => Ok(false),
            Err(WalkError::Failed(error)) => Err(error),
        }
    }
}

impl Shared {
    /// Remembers keys around which Jira may not have found all there is.
    fn doubt(&self, of: Of, keys: &[String]) {
        let last = self.last.as_ref().map(|last| &last.around);
        self.next().around.add(of, keys, last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_always_doubted_is_looked_at_less_and_less_often_and_given_up() {
        let mut last = Watermark::of_run(Millis(1), (0, 0), &[], BTreeMap::new());
        last.around.add(Of::Linked, &["ENG-1".to_owned()], None);
        let mut looked = vec![1];
        for run in 2..=300 {
            let mut next = Watermark::of_run(Millis(1), (0, 0), &[], BTreeMap::new());
            next.around.keep_waiting(&last.around, false);
            let due = Moved::due(Some(&last), Millis(1));
            assert!(due.keys.is_empty());
            if !due.linked.is_empty() {
                looked.push(run);
                next.around.add(Of::Linked, &["ENG-1".to_owned()], Some(&last.around));
            }
            last = next;
        }
        assert_eq!(looked, [1, 2, 4, 8, 16, 32, 64, 128, 256]);
        assert_eq!(last.around, Doubted::default());
    }
}
