//! How a command ends other than well. A failure is said once, at the very end, in three lines.

use weir_model::Message;
use weir_source::SourceError;
use weir_store::StoreError;

/// The end of a command that is not "done".
#[derive(Debug)]
pub(crate) enum Failure {
    /// A sentence of the catalogue, with its exit code.
    Said(Box<Message>),
    /// A negative answer that was printed already.
    Negative,
    /// Whoever read our output has seen enough.
    ReaderGone,
}

impl Failure {
    pub(crate) fn bug(detail: String) -> Self {
        Message::Bug { detail }.into()
    }
}

impl From<Message> for Failure {
    fn from(message: Message) -> Self {
        Self::Said(Box::new(message))
    }
}

impl From<Box<Message>> for Failure {
    fn from(message: Box<Message>) -> Self {
        Self::Said(message)
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Self::Said(error.message)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        tracing::debug!(error = ?error, "the store refused");
        error.message().clone().into()
    }
}
