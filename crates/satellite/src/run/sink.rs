//! Where batches go in a satellite: to disk, and from there to the server.

use super::{
    Agent,
    large::{self, Limits},
    line::Line,
    spool::{self, Spool},
};
use std::sync::{Arc, Mutex, PoisonError};
use weir_model::{
    Batch, Clock, Committed, FeedFault, IntegrationId, IssueId, Message, Millis, Sink, SinkError,
};
use weir_source::{
    CancellationToken,
    errand::{Parcel, Reply},
};

/// Spools what comes and asks the server what only it knows.
pub(super) struct SpoolSink {
    pub(super) agent: Arc<Agent>,
    /// What is read.
    pub(super) of: (IntegrationId, String),
    pub(super) spool: Arc<Spool>,
    pub(super) line: Arc<Line>,
    pub(super) clock: Arc<dyn Clock>,
    /// Why nothing can be sent any more.
    pub(super) failed: Arc<Mutex<Option<Message>>>,
    /// Cancelled together with that.
    pub(super) stop: CancellationToken,
}

impl Sink for SpoolSink {
    async fn commit(&self, batch: Batch) -> Result<Committed, SinkError> {
        self.check()?;
        // What of it is written, and what is unchanged, the server counts.
        let tally = batch.tally();
        self.keep(batch).await.map_err(sink_error)?;
        Ok(Committed { tally })
    }

    async fn outdated(&self) -> Result<Vec<IssueId>, SinkError> {
        self.ask(&Parcel::Settle).await
    }

    async fn news(&self, shown: &[(IssueId, Option<Millis>)]) -> Result<Vec<IssueId>, SinkError> {
        self.ask(&Parcel::News { shown: shown.to_vec() }).await
    }
}

impl SpoolSink {
    /// Waits until everything is committed at the server.
    pub(super) async fn drained(&self) -> Result<(), Message> {
        while !self.spool.is_empty() {
            self.check().map_err(|error| *error.0)?;
            self.spool.moves().await;
        }
        Ok(())
    }

    /// Keeps a batch, in parts where the server would not take it as a whole.
    async fn keep(&self, batch: Batch) -> Result<(), Message> {
        let mut parts = vec![batch];
        while let Some(part) = parts.pop() {
            let packed = self.spool.packed(&part)?;
            if Limits::OF_PARCELS.hold(&packed) {
                self.put(&packed.bytes).await?;
                continue;
            }
            let (first, rest) = large::cut(part)?;
            parts.extend(rest);
            parts.push(first);
        }
        Ok(())
    }

    async fn put(&self, packed: &[u8]) -> Result<(), Message> {
        let (integration, name) = &self.of;
        let full = || {
            let mb = self.agent.options.spool_bytes / (1024 * 1024);
            let message = Message::from(FeedFault::SpoolFull { name: name.clone(), mb });
            let sentence = message.to_string();
            if self.agent.feeds.is_full(integration, Some(message)) {
                self.agent.tell(&sentence);
            }
        };
        let kept = tokio::select! {
            kept = self.spool.put(packed, self.clock.now(), full) => kept,
            () = self.stop.cancelled() => Err(self.reason()),
        };
        self.agent.feeds.is_full(integration, None);
        kept
    }

    async fn ask(&self, parcel: &Parcel) -> Result<Vec<IssueId>, SinkError> {
        self.drained().await.map_err(sink_error)?;
        let packed = spool::pack(parcel).map_err(sink_error)?;
        match self.line.hand_in(&packed.bytes, self.clock.now()).await.map_err(sink_error)? {
            Reply::Issues { ids } => Ok(ids),
            Reply::Committed => {
                Err(sink_error(Message::Bug { detail: "a question was committed".to_owned() }))
            }
        }
    }

    fn check(&self) -> Result<(), SinkError> {
        if self.stop.is_cancelled() { Err(sink_error(self.reason())) } else { Ok(()) }
    }

    fn reason(&self) -> Message {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.clone().unwrap_or(Message::Interrupted {})
    }
}

fn sink_error(message: Message) -> SinkError {
    SinkError(Box::new(message))
}
