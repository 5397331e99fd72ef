//! Which issues really came: an answer may lack one that was asked for.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};
use weir_model::{Batch, Committed, IssueId, Millis, Sink, SinkError};

/// A sink that remembers which issues it was given. What is in quarantine is tried by each run, and counts as well.
pub(super) struct Came<'a, S> {
    sink: &'a S,
    ids: Mutex<HashSet<IssueId>>,
}

impl<'a, S: Sink> Came<'a, S> {
    pub(super) fn new(sink: &'a S) -> Self {
        Self { sink, ids: Mutex::default() }
    }

    pub(super) fn into_ids(self) -> HashSet<IssueId> {
        self.ids.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Sink> Sink for Came<'_, S> {
    async fn commit(&self, batch: Batch) -> Result<Committed, SinkError> {
        let mut ids: Vec<IssueId> = batch.issues.iter().map(|one| one.issue.id.clone()).collect();
        ids.extend(batch.quarantined.iter().map(|one| one.issue.clone()));
        let committed = self.sink.commit(batch).await?;
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).extend(ids);
        Ok(committed)
    }

    async fn outdated(&self) -> Result<Vec<IssueId>, SinkError> {
        self.sink.outdated().await
    }

    async fn news(&self, shown: &[(IssueId, Option<Millis>)]) -> Result<Vec<IssueId>, SinkError> {
        self.sink.news(shown).await
    }
}
