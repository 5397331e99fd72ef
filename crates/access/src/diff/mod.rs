//! What differs between two readings: in facts, and in who can do what.

mod effective;
mod facts;
mod touched;

pub use effective::{AccessDiff, CellChange, DiffTotals};
pub use facts::{Changed, FactDiff};

pub(crate) use effective::{Depth, each_cell};
