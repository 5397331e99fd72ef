//! The search index: it may lag, and then searches see issues as they were.

use std::collections::HashMap;
use std::sync::Arc;

use super::issue::Issue;

/// What a search sees of an issue until an instant; None is an issue that is not there yet.
type Version = (i64, Option<Arc<Issue>>);

/// Former versions of issues by position, oldest first, as long as searches still see them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index(HashMap<u32, Vec<Version>>);

impl Index {
    /// Remembers what searches see until an instant; one that has come leaves nothing to wait for.
    pub(crate) fn keep(&mut self, at: u32, now: i64, until: i64, version: Option<Arc<Issue>>) {
        if until > now {
            self.0.entry(at).or_default().push((until, version));
        } else {
            self.0.remove(&at);
        }
    }

    /// Forgets what no search sees any more.
    pub(crate) fn forget(&mut self, now: i64) {
        self.0.retain(|_, versions| versions.iter().any(|(until, _)| *until > now));
    }

    /// The version of an issue that a search sees: indexing writes the issue as it is at that time, so the newest
    /// finished one counts.
    pub(crate) fn seen<'a>(&'a self, at: u32, now: i64, current: &'a Issue) -> Option<&'a Issue> {
        if self.0.is_empty() {
            return Some(current);
        }
        let Some(versions) = self.0.get(&at) else { return Some(current) };
        let pending = versions.iter().rposition(|(until, _)| *until <= now).map_or(0, |last| last + 1);
        match versions.get(pending) {
            None => Some(current),
            Some((_, version)) => version.as_deref(),
        }
    }
}
