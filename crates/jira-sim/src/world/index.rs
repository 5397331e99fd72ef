//! The search index: it may lag, and then searches see issues as they were. Where several nodes have an index each,
//! some see them even later.

use std::collections::HashMap;
use std::sync::Arc;

use super::issue::Issue;

/// What a search sees of an issue until an instant; None is an issue that is not there yet.
type Version = (i64, Option<Arc<Issue>>);

/// Former versions of issues by position, oldest first, as long as searches still see them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    versions: HashMap<u32, Vec<Version>>,
    /// How far the slowest node's index is behind the first one's, in milliseconds.
    slowest: i64,
}

impl Index {
    /// From here on versions are kept for a node that is so many milliseconds behind.
    pub(crate) fn serve_behind(&mut self, slowest: i64) {
        self.slowest = slowest;
    }

    /// Remembers what searches see until an instant; one that has come leaves nothing to wait for.
    pub(crate) fn keep(&mut self, at: u32, now: i64, until: i64, version: Option<Arc<Issue>>) {
        if until.saturating_add(self.slowest) > now {
            self.versions.entry(at).or_default().push((until, version));
        } else {
            self.versions.remove(&at);
        }
    }

    /// Forgets what no search sees any more.
    pub(crate) fn forget(&mut self, now: i64) {
        let seen_until = now.saturating_sub(self.slowest);
        self.versions.retain(|_, versions| versions.iter().any(|(until, _)| *until > seen_until));
    }

    /// The version of an issue that a search sees: indexing writes the issue as it is at that time, so the newest
    /// finished one counts.
    pub(crate) fn seen<'a>(&'a self, at: u32, now: i64, current: &'a Issue) -> Option<&'a Issue> {
        if self.versions.is_empty() {
            return Some(current);
        }
        let Some(versions) = self.versions.get(&at) else { return Some(current) };
        let pending = versions.iter().rposition(|(until, _)| *until <= now).map_or(0, |last| last + 1);
        match versions.get(pending) {
            None => Some(current),
            Some((_, version)) => version.as_deref(),
        }
    }
}
