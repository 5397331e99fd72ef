//! What can go wrong with a store, each as a sentence of the catalogue.

use sqlx::error::{DatabaseError, ErrorKind};
use std::{error::Error, io};
use weir_model::{Message, SinkError};

const LONGEST_DETAIL: usize = 300;

/// A failure of the store: the sentence for people, and what lies beneath it.
#[derive(Debug, thiserror::Error)]
#[error("{}", .message.what())]
pub struct StoreError {
    message: Box<Message>,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl StoreError {
    /// The sentence for people.
    pub fn message(&self) -> &Message {
        &self.message
    }

    pub(crate) fn bug(detail: impl Into<String>) -> Self {
        Message::Bug { detail: detail.into() }.into()
    }

    pub(crate) fn io(path: &std::path::Path, error: io::Error) -> Self {
        let message = Message::StoreUnwritable {
            path: path.display().to_string(),
            detail: bounded(&error.to_string()),
        };
        Self { message: Box::new(message), source: Some(Box::new(error)) }
    }

    /// The sentence for an error of the database at `address`.
    pub(crate) fn of(address: &str, error: sqlx::Error) -> Self {
        Self { message: Box::new(sentence(address, &error)), source: Some(Box::new(error)) }
    }
}

impl From<Message> for StoreError {
    fn from(message: Message) -> Self {
        Self { message: Box::new(message), source: None }
    }
}

impl From<StoreError> for SinkError {
    fn from(error: StoreError) -> Self {
        Self(error.message)
    }
}

/// The sentence for a unique value that is taken already, where the error says so.
pub(crate) fn taken(error: StoreError, sentence: impl FnOnce() -> Message) -> StoreError {
    let beneath = error.source().and_then(|source| source.downcast_ref::<sqlx::Error>());
    let taken = beneath
        .and_then(sqlx::Error::as_database_error)
        .is_some_and(|error| error.kind() == ErrorKind::UniqueViolation);
    if taken { sentence().into() } else { error }
}

fn sentence(address: &str, error: &sqlx::Error) -> Message {
    match error {
        sqlx::Error::Database(error) => database_sentence(address, error.as_ref()),
        sqlx::Error::PoolTimedOut => {
            Message::StoreBusy { detail: "No connection to it became free".to_owned() }
        }
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Configuration(_) => {
            Message::StoreUnreachable { address: address.to_owned(), detail: bounded(&error.to_string()) }
        }
        other => Message::StoreFailed { detail: bounded(&other.to_string()) },
    }
}

fn database_sentence(address: &str, error: &dyn DatabaseError) -> Message {
    let detail = bounded(error.message());
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        // The low byte of an extended result code is the primary one: https://sqlite.org/rescode.html
        return match code.parse::<i64>().map(|code| code & 0xff) {
            Ok(5 | 6) => Message::StoreBusy { detail },
            Ok(8 | 14) => Message::StoreUnwritable { path: file_of(address), detail },
            Ok(11) => Message::StoreDamaged { address: address.to_owned(), detail },
            Ok(26) => Message::StoreForeign { address: address.to_owned(), detail },
            _ => Message::StoreFailed { detail },
        };
    }
    // Classes of https://www.postgresql.org/docs/current/errcodes-appendix.html
    match code.as_ref() {
        "40001" | "40P01" | "55P03" | "57014" => Message::StoreBusy { detail },
        "28000" | "28P01" | "3D000" | "42501" | "53300" | "57P01" | "57P03" => {
            Message::StoreUnreachable { address: address.to_owned(), detail }
        }
        _ => Message::StoreFailed { detail },
    }
}

fn file_of(address: &str) -> String {
    address.strip_prefix("sqlite:").unwrap_or(address).to_owned()
}

/// Text of a database as part of a sentence: one line, not too long, without the full stop.
pub(crate) fn bounded(text: &str) -> String {
    let line: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_DETAIL).collect();
    line.trim().trim_end_matches('.').to_owned()
}
