//! How a nudge stands, in a word and a sentence.

use super::{Outlet, prepared::trouble};
use crate::hygiene::Base;
use weir_model::{Integration, Millis, Nudge};

/// How a nudge stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NudgeState {
    /// `active`, `waiting` for a run, `paused`, or `blocked`.
    pub word: &'static str,
    /// Why, and what comes next.
    pub sentence: String,
}

/// How a nudge stands, for a process that sends with `outlet`. `base` is what holds for its integration, and `read_since` is when the last run began that brought in what had
/// changed.
pub fn state(
    nudge: &Nudge,
    integration: &Integration,
    outlet: &Outlet,
    (base, read_since): (&Base, Option<Millis>),
    now: Millis,
) -> NudgeState {
    let said = |word, sentence: String| NudgeState { word, sentence };
    if nudge.paused {
        return said("paused", "It is paused: nobody is told.".into());
    }
    if let Some(trouble) = trouble(integration, nudge, base, outlet.mail.is_some()) {
        return said("blocked", trouble.to_string());
    }
    if nudge.due_at <= now && read_since.is_none_or(|read| read < nudge.due_at) {
        let due = nudge.due_at.rfc3339();
        return said(
            "waiting",
            format!("Its period ended at {due}. It is sent once a run has begun after that and succeeded."),
        );
    }
    said("active", format!("Next at {}.", nudge.due_at.max(now).rfc3339()))
}
