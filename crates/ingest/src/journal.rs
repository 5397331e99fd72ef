//! The log of one run, in the store. Anomalies are written by the sink with their rows; the rest comes from here.

use std::sync::Arc;
use weir_model::{Clock, Message, RunEvent, RunId, RunLevel};
use weir_store::Store;

/// Writes lines into a run's log.
pub(crate) struct Journal<'a> {
    pub(crate) store: &'a Store,
    pub(crate) run: RunId,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Journal<'_> {
    pub(crate) async fn info(&self, code: &str, subject: &str, message: String) -> Result<(), Message> {
        self.write(RunLevel::Info, code, subject, message).await
    }

    pub(crate) async fn warn(&self, code: &str, subject: &str, message: String) -> Result<(), Message> {
        self.write(RunLevel::Warning, code, subject, message).await
    }

    pub(crate) async fn error(&self, subject: &str, message: &Message) -> Result<(), Message> {
        self.write(RunLevel::Error, message.id(), subject, message.to_string()).await
    }

    async fn write(
        &self,
        level: RunLevel,
        code: &str,
        subject: &str,
        message: String,
    ) -> Result<(), Message> {
        let event = RunEvent {
            at: self.clock.now(),
            level,
            code: code.into(),
            what: None,
            subject: subject.into(),
            message,
        };
        self.store.log(&self.run, &[event]).await.map_err(|error| error.message().clone())
    }
}
