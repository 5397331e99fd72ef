//! Where batches go.

use crate::{Batch, IssueId, Message, Millis, Tally};
use std::future::Future;

/// What a sink did with a batch: `written`, `unchanged` and `removed` by kind, with `read`, `skipped` and
/// `failed` as the batch gave them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Committed {
    /// The counts.
    pub tally: Tally,
}

/// Why a sink could not take a batch.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.what())]
pub struct SinkError(pub Box<Message>);

/// Takes batches, each whole or not at all and in their order: no checkpoint ever stands without the rows it speaks
/// of, and no batch without those before it. A power cut may take back the newest batches of a run that has not ended.
pub trait Sink: Send + Sync {
    /// Commits a batch.
    fn commit(&self, batch: Batch) -> impl Future<Output = Result<Committed, SinkError>> + Send;

    /// Issues that are to be read whatever their listing says: kept with copies of people, inside of raw values, who were
    /// changed by batches of this sink, of which no edit tells; or not readable when they were read last.
    fn outdated(&self) -> impl Future<Output = Result<Vec<IssueId>, SinkError>> + Send;

    /// Those of these issues, each with the `updated` that the site shows, that are not kept as they are shown.
    fn news(
        &self,
        shown: &[(IssueId, Option<Millis>)],
    ) -> impl Future<Output = Result<Vec<IssueId>, SinkError>> + Send;
}
