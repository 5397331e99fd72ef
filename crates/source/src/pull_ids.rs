//! Brings given issues into a sink, the way everything else comes: for a census that found them missing or moved.
//!
//! The lists that issues point at are read before them, so that people and sprints come as the site's own lists have them.
//! No checkpoint is left: what was read here says nothing of how far a run has come.

use crate::{
    CancellationToken, Emitter, Progress, PullError, PullReport, Source, SourceError,
    pull::{BATCHES_WAITING, consume},
    watch::watched,
};
use std::sync::Arc;
use tokio::sync::mpsc;
use weir_model::{Checkpoint, IssueId, Message, Sink, Tally};

/// Reads these issues into `sink`. The checkpoints are those of the last run: they tell what need not be read.
pub async fn pull_ids<S: Sink>(
    source: &dyn Source,
    sink: &S,
    checkpoints: &[Checkpoint],
    ids: &[IssueId],
    cancel: &CancellationToken,
) -> Result<Tally, PullError> {
    let mut report = PullReport::default();
    let progress = Arc::new(Progress::default());
    let (sender, receiver) = mpsc::channel(BATCHES_WAITING);
    let produce = async {
        let out = Emitter { parcels: sender };
        let read = async {
            let reading = source.begin(progress.clone(), checkpoints).await?;
            reading.read_only(ids, &out).await
        };
        tokio::select! {
            outcome = read => outcome,
            () = cancel.cancelled() => Err(SourceError::new(Message::Interrupted {})),
        }
    };
    let work = async { tokio::join!(produce, consume(sink, receiver, &progress, &mut report.tally)) };
    match watched(source, &progress, work).await {
        Err(stalled) => Err(PullError { message: stalled.message, report }),
        Ok((_, Err(error))) => Err(PullError { message: error.0, report }),
        Ok((Err(error), Ok(()))) => Err(PullError { message: error.message, report }),
        Ok((Ok(()), Ok(()))) => Ok(report.tally),
    }
}
