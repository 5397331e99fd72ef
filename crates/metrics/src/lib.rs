//! Rows in, numbers out. No I/O, no clock, no SQL: instants and the calendar are parameters.
//!
//! [`facts`] says what is known of one issue, today and at any instant before. [`columns`] keeps the facts of a chunk of
//! 4,096 issues as one blob per column, so that a question reads only what it is about. [`hygiene`] has the rules, the
//! filters, the report and its trend.

#![warn(missing_docs)]

pub mod columns;
mod day;
pub mod facts;
mod field;
pub mod hygiene;
mod value;

pub use day::Day;
pub use field::{Field, FieldTypes, UnknownField, ValueType};
pub use value::Value;

/// Milliseconds of a day of 24 hours, the unit of every threshold in days.
pub const DAY: i64 = 86_400_000;
