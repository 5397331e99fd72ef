//! The list of checks as it grows, each told when it ends.

use crate::{Check, CheckState};
use weir_model::{Clock, Message, Millis, Surface};

/// Every check, in order: id and name.
const CHECKS: [(&str, &str); 17] = [
    ("address", "Address"),
    ("name_lookup", "Name lookup"),
    ("connection", "Connection"),
    ("certificate", "Certificate"),
    ("is_jira", "It is Jira"),
    ("sign_in", "Sign-in"),
    ("account", "Account"),
    ("projects", "Browse projects"),
    ("search", "Search"),
    ("fields", "Fields"),
    ("history", "History"),
    ("people", "Browse users"),
    ("user_picker", "User picker"),
    ("aggregated_data", "View aggregated data"),
    ("boards", "Boards and sprints"),
    ("speed_limit", "Speed limit"),
    ("clock", "Clock"),
];

/// Collects checks and tells of each as it ends.
pub(super) struct Report<'a> {
    checks: Vec<Check>,
    tell: &'a mut (dyn FnMut(&Check) + Send),
    clock: &'a dyn Clock,
    since: Millis,
}

impl<'a> Report<'a> {
    pub(super) fn new(clock: &'a dyn Clock, tell: &'a mut (dyn FnMut(&Check) + Send)) -> Self {
        Self { checks: Vec::new(), tell, clock, since: clock.now() }
    }

    /// What has been checked.
    pub(super) fn checks(self) -> Vec<Check> {
        self.checks
    }

    fn end(&mut self, state: CheckState, sentence: String, remedy: Option<String>) {
        let Some((id, name)) = CHECKS.get(self.checks.len()).copied() else { return };
        let now = self.clock.now();
        let took_ms = if state == CheckState::Skipped { 0 } else { now.since(self.since).unsigned_abs() };
        self.since = now;
        let check = Check { id, name, state, took_ms, sentence, remedy };
        (self.tell)(&check);
        self.checks.push(check);
    }

    pub(super) fn pass(&mut self, sentence: impl Into<String>) {
        self.end(CheckState::Passed, sentence.into(), None);
    }

    pub(super) fn warn(&mut self, sentence: impl Into<String>, remedy: impl Into<String>) {
        self.end(CheckState::Warning, sentence.into(), Some(remedy.into()));
    }

    pub(super) fn skip(&mut self, sentence: impl Into<String>) {
        self.end(CheckState::Skipped, sentence.into(), None);
    }

    pub(super) fn fail(&mut self, message: &Message) {
        self.end(CheckState::Failed, message.to_string(), Some(message.fix(Surface::CommandLine)));
        let failed = self.checks.last().map_or("", |check| check.name);
        while self.checks.len() < CHECKS.len() {
            self.skip(format!("Not tried: {failed} failed."));
        }
    }

    /// Whether this check, by its id, is the next one.
    pub(super) fn is_at(&self, id: &str) -> bool {
        CHECKS.get(self.checks.len()).is_some_and(|(next, _)| *next == id)
    }
}
