//! What is known of one issue: today's values, and what is needed to tell those of any instant before.
//!
//! The value of a field at T is what the first change after T names as its old value; without one it is today's. Changes
//! of one history are one change. History may be older than the issue (imports); it is kept as it is.

mod build;
mod custom;
mod history;

pub use build::{FactsError, MappedField, Mapping, Parts};
pub use custom::custom_value;

use crate::{Field, Value};
use std::collections::BTreeMap;
use weir_model::{Millis, State};

/// A change of a field.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    /// When.
    pub at: Millis,
    /// The value until then.
    pub before: Option<Value>,
}

/// A field over time: today's value, and its changes, oldest first.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Timeline {
    /// Today's value.
    pub now: Option<Value>,
    /// Its changes in order; several may have the same instant.
    pub steps: Vec<Step>,
}

impl Timeline {
    /// The value at an instant; a change counts from its own instant on.
    pub fn at(&self, at: Millis) -> Option<&Value> {
        match self.steps.iter().find(|step| step.at > at) {
            Some(step) => step.before.as_ref(),
            None => self.now.as_ref(),
        }
    }
}

/// The narrow record of an issue.
#[derive(Clone, PartialEq, Debug)]
pub struct IssueFacts {
    /// Its number in the store.
    pub no: i64,
    /// What Weir believes of it today; it has no history here.
    pub state: State,
    /// When it was created.
    pub created: Option<Millis>,
    /// When the tool last saw an edit; where it does not say, the last thing that happened.
    pub updated: Option<Millis>,
    /// Every instant at which anything happened, once and in order: created, changes, comments and worklogs written or edited.
    pub touched: Vec<Millis>,
    /// When its comments were written, in order.
    pub comments: Vec<Millis>,
    /// Its first change of status.
    pub first_status_change: Option<Millis>,
    /// The first comment of a known author who is not today's reporter.
    pub first_comment: Option<Millis>,
    /// When it first had an assignee; its creation where it was created with one.
    pub first_assignment: Option<Millis>,
    /// Fields that are kept (see [`Field::is_kept`]): all standard ones, and every mapped one.
    pub fields: BTreeMap<Field, Timeline>,
}

#[cfg(test)]
mod tests;
