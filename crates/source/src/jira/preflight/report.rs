//! The list of checks as it becomes: what waits, what is being tried, what has ended. Checks that do not need each other are
//! tried side by side, so they end in any order; the list keeps its own.

use crate::{Check, CheckState, SourceError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use weir_model::{Clock, Message, Millis, Surface};

/// A check, by what it looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    Address,
    NameLookup,
    Connection,
    Certificate,
    IsJira,
    SignIn,
    Account,
    Projects,
    Search,
    Fields,
    History,
    People,
    UserPicker,
    AggregatedData,
    Boards,
    SpeedLimit,
    Clock,
}

/// Every check, in order: id and name.
const CHECKS: [(Step, &str, &str); 17] = [
    (Step::Address, "address", "Address"),
    (Step::NameLookup, "name_lookup", "Name lookup"),
    (Step::Connection, "connection", "Connection"),
    (Step::Certificate, "certificate", "Certificate"),
    (Step::IsJira, "is_jira", "It is Jira"),
    (Step::SignIn, "sign_in", "Sign-in"),
    (Step::Account, "account", "Account"),
    (Step::Projects, "projects", "Browse projects"),
    (Step::Search, "search", "Search"),
    (Step::Fields, "fields", "Fields"),
    (Step::History, "history", "History"),
    (Step::People, "people", "Browse users"),
    (Step::UserPicker, "user_picker", "User picker"),
    (Step::AggregatedData, "aggregated_data", "View aggregated data"),
    (Step::Boards, "boards", "Boards and sprints"),
    (Step::SpeedLimit, "speed_limit", "Speed limit"),
    (Step::Clock, "clock", "Clock"),
];

/// Whoever is told of the list each time that something of it changes.
pub(super) type Tell<'a> = dyn FnMut(&[Check]) + Send + 'a;

/// Collects checks, and tells of the list as it becomes.
pub(super) struct Report<'a> {
    clock: &'a dyn Clock,
    list: Mutex<List<'a>>,
}

struct List<'a> {
    checks: Vec<Check>,
    /// When each was begun.
    begun: Vec<Option<Millis>>,
    tell: &'a mut Tell<'a>,
}

impl<'a> Report<'a> {
    pub(super) fn new(clock: &'a dyn Clock, tell: &'a mut Tell<'a>) -> Self {
        let waiting = |(_, id, name): (Step, &'static str, &'static str)| Check {
            id: id.into(),
            name: name.into(),
            state: CheckState::Waiting,
            took_ms: 0,
            sentence: String::new(),
            remedy: None,
            fault: None,
        };
        let list = List { checks: CHECKS.map(waiting).to_vec(), begun: vec![None; CHECKS.len()], tell };
        Self { clock, list: Mutex::new(list) }
    }

    fn list(&self) -> MutexGuard<'_, List<'a>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A check is being tried from now on.
    pub(super) fn begin(&self, step: Step) {
        let now = self.clock.now();
        let mut list = self.list();
        if let Some(begun) = list.begun.get_mut(step as usize) {
            begun.get_or_insert(now);
        }
        if let Some(check) = list.checks.get_mut(step as usize).filter(|check| !check.state.is_ended()) {
            check.state = CheckState::Running;
        }
        list.tell();
    }

    /// Tries something as a check: what stands in its way is what the check failed of.
    pub(super) async fn tried<T>(
        &self,
        step: Step,
        work: impl Future<Output = Result<T, SourceError>>,
    ) -> Result<T, SourceError> {
        self.begin(step);
        let done = work.await;
        if let Err(error) = &done {
            self.fail(step, &error.message);
        }
        done
    }

    fn end(&self, step: Step, state: CheckState, sentence: String, remedy: Option<String>) {
        let now = self.clock.now();
        let mut list = self.list();
        list.end(step as usize, now, (state, sentence, remedy, None));
        list.tell();
    }

    pub(super) fn pass(&self, step: Step, sentence: impl Into<String>) {
        self.end(step, CheckState::Passed, sentence.into(), None);
    }

    pub(super) fn warn(&self, step: Step, sentence: impl Into<String>, remedy: impl Into<String>) {
        self.end(step, CheckState::Warning, sentence.into(), Some(remedy.into()));
    }

    pub(super) fn skip(&self, step: Step, sentence: impl Into<String>) {
        self.end(step, CheckState::Skipped, sentence.into(), None);
    }

    pub(super) fn fail(&self, step: Step, message: &Message) {
        let now = self.clock.now();
        let mut list = self.list();
        list.fail(step as usize, now, message);
        list.tell();
    }

    /// Whether nothing is known yet of anything behind the lookup of the name.
    pub(super) fn is_before_connection(&self) -> bool {
        self.list().checks.get(Step::NameLookup as usize).is_some_and(|check| !check.state.is_ended())
    }

    /// The name of the first check that is being tried, or waits to be.
    pub(super) fn in_hand(&self) -> Option<(Step, &'static str)> {
        let list = self.list();
        let place = list.in_hand()?;
        CHECKS.get(place).map(|(step, _, name)| (*step, *name))
    }

    /// The list once nothing more comes. An error is of the check in hand unless some check failed of it; what has not ended
    /// then was not tried. Gives the reason of the first check that failed.
    pub(super) fn finish<T>(self, outcome: Result<T, SourceError>) -> (Vec<Check>, Result<T, Box<Message>>) {
        let now = self.clock.now();
        let mut list = self.list.into_inner().unwrap_or_else(PoisonError::into_inner);
        let outcome = match outcome {
            Ok(learnt) => Ok(learnt),
            Err(error) => {
                if !list.checks.iter().any(|check| check.state == CheckState::Failed)
                    && let Some(place) = list.in_hand()
                {
                    list.fail(place, now, &error.message);
                }
                let failed = list.checks.iter().find(|check| check.state == CheckState::Failed);
                let why = failed.map_or("", |check| &*check.name);
                let reason = failed.and_then(|check| check.fault.clone()).unwrap_or(error.message);
                let (untried, unended) =
                    (format!("Not tried: {why} failed."), format!("Given up when {why} failed."));
                for place in 0..list.checks.len() {
                    let is_begun = list.checks.get(place).is_some_and(|one| one.state == CheckState::Running);
                    let sentence = if is_begun { &unended } else { &untried };
                    list.end(place, now, (CheckState::Skipped, sentence.clone(), None, None));
                }
                Err(reason)
            }
        };
        list.tell();
        (list.checks, outcome)
    }
}

/// What came of a check: its state, a sentence, what to do, and why it failed.
type Came = (CheckState, String, Option<String>, Option<Box<Message>>);

impl List<'_> {
    fn tell(&mut self) {
        (self.tell)(&self.checks);
    }

    /// The place of the first check that is being tried, or else of the first that waits.
    fn in_hand(&self) -> Option<usize> {
        let of = |state| self.checks.iter().position(|check| check.state == state);
        of(CheckState::Running).or_else(|| of(CheckState::Waiting))
    }

    /// Ends a check, unless it has ended.
    fn end(&mut self, place: usize, now: Millis, (state, sentence, remedy, fault): Came) {
        let begun = self.begun.get(place).copied().flatten();
        let Some(check) = self.checks.get_mut(place).filter(|check| !check.state.is_ended()) else { return };
        check.took_ms = match begun {
            Some(begun) if state != CheckState::Skipped => now.since(begun).unsigned_abs(),
            _ => 0,
        };
        (check.state, check.sentence, check.remedy, check.fault) = (state, sentence, remedy, fault);
    }

    fn fail(&mut self, place: usize, now: Millis, message: &Message) {
        let fix = Some(message.fix(Surface::CommandLine));
        self.end(place, now, (CheckState::Failed, message.to_string(), fix, Some(Box::new(message.clone()))));
    }
}
