//! Drives any source into any sink: partitions in parallel, a bounded channel between, commits in order.

use crate::{
    CancellationToken, Emitter, Phase, Progress, Source, SourceError, contract::Parcel, watch::watched,
};
use std::sync::Arc;
use tokio::sync::mpsc;
use weir_model::{Checkpoint, Kind, Message, Millis, Sink, SinkError, Tally};

/// Batches that may wait for the sink.
pub(crate) const BATCHES_WAITING: usize = 3;

/// What a finished pull did.
#[derive(Debug, Default)]
pub struct PullReport {
    /// Counts by kind.
    pub tally: Tally,
    /// Keys of the projects that were read from end to end.
    pub projects: Vec<String>,
    /// Of the others, only what changed since an earlier run was asked for.
    pub incremental: bool,
    /// Since when.
    pub since: Option<Millis>,
}

/// Why a pull stopped. What was committed until then stays, and is counted.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct PullError {
    /// What to tell people.
    pub message: Box<Message>,
    /// What had been done until then.
    pub report: PullReport,
}

/// Brings everything that `source` has into `sink`, from `checkpoints` on.
pub async fn pull<S: Sink>(
    source: &dyn Source,
    sink: &S,
    checkpoints: &[Checkpoint],
    progress: Arc<Progress>,
    cancel: CancellationToken,
) -> Result<PullReport, PullError> {
    progress.enter(Phase::Connecting);
    let mut report = PullReport::default();
    let begin = async {
        tokio::select! {
            begun = source.begin(progress.clone(), checkpoints) => begun,
            () = cancel.cancelled() => Err(SourceError::new(Message::Interrupted {})),
        }
    };
    let reading = match watched(source, &progress, begin).await.flatten() {
        Ok(reading) => reading,
        Err(error) => return Err(PullError { message: error.message, report }),
    };
    progress.enter(Phase::Reading);

    let (sender, receiver) = mpsc::channel(BATCHES_WAITING);
    let out = Emitter { parcels: sender };
    let (reader, told) = (Arc::clone(&reading), Arc::clone(&progress));
    let produce = async move {
        let outcome = tokio::select! {
            outcome = reader.read_all(checkpoints, &told, &out) => outcome,
            () = cancel.cancelled() => Err(SourceError::new(Message::Interrupted {})),
        };
        drop(out);
        outcome
    };
    let work = async { tokio::join!(produce, consume(sink, receiver, &progress, &mut report.tally)) };
    let failure = match watched(source, &progress, work).await {
        Err(stalled) => Some(stalled.message),
        Ok((_, Err(error))) => Some(error.0),
        Ok((Err(error), Ok(()))) => Some(error.message),
        Ok((Ok(()), Ok(()))) => None,
    };
    match failure {
        Some(message) => Err(PullError { message, report }),
        None => {
            progress.enter(Phase::Done);
            report.projects = reading.project_keys();
            report.incremental = reading.is_incremental();
            report.since = reading.since();
            Ok(report)
        }
    }
}

pub(crate) async fn consume<S: Sink>(
    sink: &S,
    mut parcels: mpsc::Receiver<Parcel>,
    progress: &Progress,
    tally: &mut Tally,
) -> Result<(), SinkError> {
    let mut waiting = Vec::with_capacity(BATCHES_WAITING);
    while parcels.recv_many(&mut waiting, BATCHES_WAITING).await > 0 {
        for parcel in together(waiting.drain(..)) {
            match parcel {
                Parcel::Batch(batch) => {
                    let committed = sink.commit(*batch).await?;
                    progress.issues_done(committed.tally.of(Kind::Issues).read);
                    tally.add(&committed.tally);
                }
                // Who asked may have been stopped meanwhile.
                Parcel::Commit(answer) => _ = answer.send(()),
                Parcel::Settle(answer) => _ = answer.send(sink.outdated().await?),
                Parcel::News(shown, answer) => _ = answer.send(sink.news(&shown).await?),
            }
        }
    }
    Ok(())
}

/// Makes one of batches that wait for a sink which is behind: fewer and larger statements, fewer commits. What takes
/// something away stays where it stands between the others.
fn together(waiting: impl Iterator<Item = Parcel>) -> Vec<Parcel> {
    let mut all: Vec<Parcel> = Vec::new();
    for parcel in waiting {
        match (all.last_mut(), parcel) {
            (Some(Parcel::Batch(last)), Parcel::Batch(next)) if last.only_adds() && next.only_adds() => {
                last.append(*next);
            }
            (_, parcel) => all.push(parcel),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_model::{Batch, IssueId};

    fn batch(person: &str, out_of_scope: &[&str]) -> Parcel {
        let anomaly = weir_model::Anomaly {
            kind: weir_model::AnomalyKind::Notice,
            what: Kind::People,
            subject: person.to_owned(),
            code: String::new(),
            detail: String::new(),
        };
        let out_of_scope = out_of_scope.iter().map(|id| IssueId::from(*id)).collect();
        Parcel::Batch(Box::new(Batch { anomalies: vec![anomaly], out_of_scope, ..Batch::default() }))
    }

    #[test]
    fn batches_that_wait_become_one_and_what_takes_away_keeps_its_place() {
        let (answer, _) = tokio::sync::oneshot::channel();
        let waiting = [
            batch("a", &[]),
            batch("b", &[]),
            batch("c", &["1"]),
            batch("d", &[]),
            Parcel::Settle(answer),
            batch("e", &[]),
        ];
        let shown = together(waiting.into_iter()).into_iter().map(|parcel| match parcel {
            Parcel::Batch(batch) => batch.anomalies.iter().map(|one| one.subject.as_str()).collect(),
            Parcel::Commit(_) => "commit".to_owned(),
            Parcel::Settle(_) => "settle".to_owned(),
            Parcel::News(..) => "news".to_owned(),
        });
        assert_eq!(shown.collect::<Vec<_>>(), ["ab", "c", "d", "settle", "e"]);
    }
}
