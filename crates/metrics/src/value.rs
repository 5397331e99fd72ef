//! The value of a field.

use crate::Day;
use std::sync::Arc;
use weir_model::{Millis, StatusCategory};

/// What a field of an issue holds; a field that holds nothing has no value.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// A text: also the id of a person, a key, a name that is today's.
    Text(Arc<str>),
    /// Something that a history names: its id, by which its present name is found, and the name it had.
    Named {
        /// The id, where the history gives one.
        id: Option<Arc<str>>,
        /// The name at that time.
        name: Arc<str>,
    },
    /// Today's status, with the category that the tool gives it.
    Status {
        /// Its name.
        name: Arc<str>,
        /// Its category, where the tool gives one.
        category: Option<StatusCategory>,
    },
    /// A number.
    Number(f64),
    /// A day without a zone.
    Day(Day),
    /// An instant.
    Instant(Millis),
    /// Several texts, in the tool's order.
    List(Vec<Arc<str>>),
    /// Yes or no.
    Flag(bool),
}

impl Value {
    /// A text.
    pub fn text(text: &str) -> Self {
        Self::Text(Arc::from(text))
    }

    /// A list of texts.
    pub fn list<'a>(entries: impl IntoIterator<Item = &'a str>) -> Self {
        Self::List(entries.into_iter().map(Arc::from).collect())
    }
}
