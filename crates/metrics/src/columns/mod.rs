//! The facts of a chunk of issues, one blob per column.
//!
//! A chunk holds the issues whose numbers have the same quotient by [`CHUNK`]. Each blob stands for itself: it has its own
//! list of distinct values, and issues point into it. History is a column too, so a question about today reads none.
//!
//! Every blob begins with the format's version and ends with a check over all of it. Damage is an error.

mod bytes;
mod decode;
mod encode;
mod values;

pub(crate) use decode::Touched;
pub use decode::{Chunk, Events, Instants, Steps, Values};
pub use encode::{encode, encode_replacing};
#[cfg(test)]
pub(crate) use values::Distinct;
pub(crate) use values::{Entries, ValueRef};

use crate::{Field, facts::IssueFacts};
use std::{fmt, str::FromStr};

/// How many numbers of issues a chunk covers.
pub const CHUNK: i64 = 4_096;

/// How long before the latest instant of a chunk things are recent, in milliseconds: a year and some days, which trends
/// look at.
pub const RECENT: i64 = 400 * crate::DAY;

/// The chunk that an issue belongs to, by its number.
pub fn chunk_of(no: i64) -> i64 {
    no.div_euclid(CHUNK)
}

/// A column of a chunk. Its text is the name under which it is kept.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Column {
    /// `rows`: the numbers of the issues, and the latest instant of all that the chunk tells.
    Rows,
    /// `state`: what Weir believes of each issue.
    State,
    /// `created`: when it was created.
    Created,
    /// `updated`: when the tool last saw an edit.
    Updated,
    /// `touched`: instants at which anything happened in the last [`RECENT`], and the last one before.
    Touched,
    /// `touched_before`: those before.
    TouchedBefore,
    /// `comments`: when its comments were written.
    Comments,
    /// `first_status_change`: its first change of status.
    FirstStatusChange,
    /// `first_comment`: the first comment of somebody who is not the reporter.
    FirstComment,
    /// `first_assignment`: when it first had an assignee.
    FirstAssignment,
    /// `now:FIELD`: today's value of a field.
    Now(Field),
    /// `history:FIELD`: its changes.
    History(Field),
}

const NAMES: &[(Column, &str)] = &[
    (Column::Rows, "rows"),
    (Column::State, "state"),
    (Column::Created, "created"),
    (Column::Updated, "updated"),
    (Column::Touched, "touched"),
    (Column::TouchedBefore, "touched_before"),
    (Column::Comments, "comments"),
    (Column::FirstStatusChange, "first_status_change"),
    (Column::FirstComment, "first_comment"),
    (Column::FirstAssignment, "first_assignment"),
];

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(field) => write!(f, "now:{field}"),
            Self::History(field) => write!(f, "history:{field}"),
            _ => f.write_str(NAMES.iter().find(|(column, _)| column == self).map_or("", |(_, name)| name)),
        }
    }
}

/// A name that no column has.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0} is no column")]
pub struct UnknownColumn(pub String);

impl FromStr for Column {
    type Err = UnknownColumn;

    fn from_str(name: &str) -> Result<Self, UnknownColumn> {
        let unknown = || UnknownColumn(name.to_owned());
        let field = |name: &str| name.parse().ok().filter(Field::is_kept).ok_or_else(unknown);
        match name.split_once(':') {
            Some(("now", name)) => field(name).map(Self::Now),
            Some(("history", name)) => field(name).map(Self::History),
            _ => NAMES
                .iter()
                .find(|(_, known)| *known == name)
                .map(|(column, _)| column.clone())
                .ok_or_else(unknown),
        }
    }
}

/// Why a blob cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Damage {
    /// It has another format, of this version.
    #[error("the format {0} is not known")]
    Format(u8),
    /// It ends too early.
    #[error("it ends too early")]
    Cut,
    /// Its check does not hold.
    #[error("its check does not hold")]
    Check,
    /// It says what cannot be.
    #[error("it says what cannot be")]
    Shape,
    /// A column is of another number of issues than its chunk.
    #[error("a column has {found} issues, its chunk {expected}")]
    Rows {
        /// Issues of the chunk.
        expected: usize,
        /// Issues of the column.
        found: usize,
    },
}

/// Why a chunk cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ChunkError {
    /// A column is damaged.
    #[error("the column {column} is damaged")]
    Damaged {
        /// The column.
        column: Column,
        /// How.
        source: Damage,
    },
    /// A column that is needed was not given.
    #[error("the column {0} is missing")]
    Missing(Column),
}

/// Facts with some replaced by newer ones, those of new issues added, and those of `gone` left out; in order of number.
pub fn replaced(old: Vec<IssueFacts>, newer: Vec<IssueFacts>, gone: &[i64]) -> Vec<IssueFacts> {
    let mut by_number: std::collections::BTreeMap<i64, IssueFacts> =
        old.into_iter().chain(newer).map(|facts| (facts.no, facts)).collect();
    by_number.retain(|no, _| !gone.contains(no));
    by_number.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_named_and_found_by_its_name() {
        let fields = Field::standard().filter(Field::is_kept).chain([Field::Custom("now:x".into())]);
        let of_fields = fields.flat_map(|field| [Column::Now(field.clone()), Column::History(field)]);
        for column in NAMES.iter().map(|(column, _)| column.clone()).chain(of_fields) {
            assert_eq!(column.to_string().parse(), Ok(column));
        }
        for unknown in ["", "now", "now:", "now:hops", "history:created", "rows:key"] {
            assert!(unknown.parse::<Column>().is_err(), "{unknown}");
        }
    }

    #[test]
    fn numbers_belong_to_chunks() {
        assert_eq!([chunk_of(0), chunk_of(4_095), chunk_of(4_096), chunk_of(-1)], [0, 0, 1, -1]);
    }
}
