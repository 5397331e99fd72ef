//! What all edits share: finding what they are about, changing an issue, writing its history.

use std::sync::Arc;

use serde_json::Value;

use super::{EditError, When};
use crate::rng::Rng;
use crate::world::World;
use crate::world::issue::{Change, History, Issue};
use crate::world::people::Kind;

/// A world with a hand on it.
pub(super) struct Editor<'a> {
    pub(super) world: &'a mut World,
    pub(super) rng: Rng,
    pub(super) when: When,
}

impl Editor<'_> {
    pub(super) fn issue(&self, at: u32) -> &Issue {
        &self.world.issues[at as usize]
    }

    /// An issue that lives in a live project.
    fn alive(&self, at: u32) -> bool {
        let issue = self.issue(at);
        !issue.deleted && self.world.is_live(issue.project)
    }

    /// The named issue, or one that fits; `what` ends the sentence "There is no issue …".
    pub(super) fn pick(
        &mut self,
        subject: Option<&str>,
        what: &str,
        fits: impl Fn(&World, &Issue) -> bool,
    ) -> Result<u32, EditError> {
        if let Some(name) = subject {
            let at = self.world.find(name).filter(|at| self.alive(*at));
            let at = at.ok_or_else(|| EditError::new(format!("There is no issue '{name}'.")))?;
            return match fits(self.world, self.issue(at)) {
                true => Ok(at),
                false => Err(EditError::new(format!("The issue '{name}' is not one {what}."))),
            };
        }
        for _ in 0..400 {
            let at = self.rng.below(self.world.issues.len()) as u32;
            if self.alive(at) && fits(self.world, self.issue(at)) {
                return Ok(at);
            }
        }
        Err(EditError::new(format!("There is no issue {what}.")))
    }

    /// Any issue.
    pub(super) fn any(&mut self, subject: Option<&str>) -> Result<u32, EditError> {
        self.pick(subject, "at all", |_, _| true)
    }

    /// Changes an issue without a trace; searches see it when the index has caught up.
    pub(super) fn quietly(&mut self, at: u32) -> &mut Issue {
        let When { now, lag } = self.when;
        let place = at as usize;
        self.world.index.keep(at, now, now + lag, Some(Arc::clone(&self.world.issues[place])));
        Arc::make_mut(&mut self.world.issues[place])
    }

    /// Changes an issue, and its `updated` with it.
    pub(super) fn touch(&mut self, at: u32) -> &mut Issue {
        let now = self.when.now;
        let issue = self.quietly(at);
        issue.updated = now;
        issue
    }

    /// Writes a history into an issue that has been changed.
    pub(super) fn record(&mut self, at: u32, items: Vec<Change>) {
        if items.is_empty() {
            return;
        }
        self.world.counters.history += 1;
        let history = History {
            id: self.world.counters.history,
            author: Some(self.somebody()),
            created: self.when.now,
            items,
        };
        let issue = self.touch(at);
        issue.histories.push(history);
        issue.histories.sort_by_key(|history| (history.created, history.id));
    }

    /// An active person who may do things.
    pub(super) fn somebody(&mut self) -> u32 {
        for _ in 0..50 {
            let at = self.rng.below(self.world.people.len());
            let person = &self.world.people[at];
            if person.active && person.kind == Kind::Atlassian {
                return at as u32;
            }
        }
        0
    }

    pub(super) fn done(&self, at: u32) -> super::Done {
        Ok(self.world.key(at))
    }
}

/// An edit to what is there already is none.
pub(super) fn differs(is_same: bool, what: &str) -> Result<(), EditError> {
    match is_same {
        true => Err(EditError::new(format!("The issue has that {what} already."))),
        false => Ok(()),
    }
}

/// The text of a value: a string, or a number as its digits.
pub(super) fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A text that must be one.
pub(super) fn text(value: &Value) -> Result<String, EditError> {
    word(value).ok_or_else(|| EditError::new("The value must be a text."))
}

/// One of some things by id or name; `what` names the kind of thing.
pub(super) fn named(
    value: &Value,
    what: &str,
    find: impl FnOnce(&str) -> Option<u32>,
) -> Result<u32, EditError> {
    let name = text(value)?;
    find(&name).ok_or_else(|| EditError::new(format!("There is no {what} '{name}' here.")))
}
