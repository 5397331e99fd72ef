//! The pre-flight: what is tried before anything is kept.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use weir_model::Message;

/// How a check came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// Not begun yet: it waits for an earlier one.
    Waiting,
    /// Being tried.
    Running,
    /// As it should be.
    Passed,
    /// It works, with less than it could.
    Warning,
    /// It does not work; later checks wait for it.
    Failed,
    /// Not tried, because an earlier one failed.
    Skipped,
}

impl CheckState {
    /// Whether there is nothing more to come of it.
    pub fn is_ended(self) -> bool {
        !matches!(self, Self::Waiting | Self::Running)
    }
}

/// One check of the list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Check {
    /// A stable id, `sign_in` for example.
    pub id: Cow<'static, str>,
    /// Its name for people.
    pub name: Cow<'static, str>,
    /// How it came out.
    pub state: CheckState,
    /// How long it took.
    pub took_ms: u64,
    /// One sentence: what was found.
    pub sentence: String,
    /// What to do about it, where there is something to do; of a check that failed in the words of the command line, and in
    /// others by its `fault`.
    pub remedy: Option<String>,
    /// Why it failed.
    #[serde(skip)]
    pub fault: Option<Box<Message>>,
}

/// A finished pre-flight.
#[derive(Debug)]
pub struct Preflight<C> {
    /// Every check, in order; each has ended.
    pub checks: Vec<Check>,
    /// What was learnt, when every check passed or warned; otherwise why the first one failed that did.
    pub outcome: Result<C, Box<Message>>,
}
