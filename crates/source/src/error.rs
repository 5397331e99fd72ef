//! Why a source could not go on.

use weir_model::Message;

/// A sentence of the catalogue, and whether another try makes sense.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    /// What to tell people.
    pub message: Box<Message>,
}

impl SourceError {
    /// The error that says `message`.
    pub fn new(message: Message) -> Self {
        Self { message: Box::new(message) }
    }
}

impl From<Message> for SourceError {
    fn from(message: Message) -> Self {
        Self::new(message)
    }
}
