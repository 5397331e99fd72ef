//! Facts in, answers out: who can do what on a site, why, and what would take it away. No I/O and no clock: instants are
//! parameters.
//!
//! [`Graph`] is one reading. [`Graph::who`] says who can do something somewhere, [`Graph::what`] what somebody can do,
//! [`Graph::why`] names every path, [`Graph::removal`] what has to go. Jira's permissions add up and nothing denies, so somebody
//! can do something when one path leads there. What was not read, or what nobody knows here, makes an unknown of a no: see
//! [`Unknown`]. [`AccessDiff`] and [`FactDiff`] compare two readings, [`findings`] says what should be looked at,
//! [`snapshot`] gives a reading a hash and a place in a chain, [`formats`] is what others read and write. [`scim`] is the protocol
//! in which identity providers push people and groups, without the server.

#![warn(missing_docs)]

mod agreement;
mod answer;
mod diff;
pub mod findings;
pub mod formats;
mod graph;
mod key;
mod levels;
mod path;
mod question;
mod removal;
#[cfg(test)]
mod sample;
pub mod scim;
mod set;
pub mod snapshot;
mod subject;
#[cfg(test)]
mod tests;
mod usable;
mod what;
mod who;
mod why;

pub use agreement::{Agreement, Disagreement, Sample};
pub use answer::{Certainty, Condition, Obstacle, Unknown, Verdict};
pub use diff::{AccessDiff, CellChange, Changed, DiffTotals, FactDiff};
pub use graph::{Builder, Gap, Graph, Lookup, Thing};
pub use key::FactKey;
pub use levels::{Level, Levels};
pub use path::{Path, Step, StepKind};
pub use question::Place;
pub use removal::{Aim, Cut, Effects, Removal};
pub use subject::{Principal, PrincipalName};
pub use what::{PermissionAccess, ProjectAccess, What};
pub use who::{Row, Who};
pub use why::Why;
