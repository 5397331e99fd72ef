//! Integrations of a report of which one of its rules is not asked.

use super::{BlockedBecause, RuleLine, blocked::Blocked};
use serde::Serialize;
use weir_model::HygieneWords as Words;

/// An integration of which a rule is not asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NotAsked {
    /// Its name.
    pub integration: String,
    /// The field that keeps the rule from being asked; nothing where it has no such rule.
    pub blocked_by: Option<String>,
    /// Why that field does.
    pub blocked_because: Option<BlockedBecause>,
}

impl NotAsked {
    /// Of an integration whose line of the rule this is, where it is not asked there.
    pub(super) fn of(integration: &str, line: Option<&RuleLine>) -> Option<Self> {
        let blocked = line.map(RuleLine::blocked);
        if blocked == Some(None) {
            return None;
        }
        let blocked = blocked.flatten();
        Some(Self {
            integration: integration.to_owned(),
            blocked_because: blocked.as_ref().map(|blocked| blocked.because),
            blocked_by: blocked.map(|blocked| blocked.field),
        })
    }

    fn why(&self, said: impl Fn(&Blocked) -> String) -> String {
        let blocked = self.blocked_by.clone().zip(self.blocked_because);
        match blocked.map(|(field, because)| Blocked { field, because }) {
            Some(blocked) => said(&blocked),
            None => Words::NoSuchRule {}.to_string(),
        }
    }
}

impl RuleLine {
    /// Of which integrations of a report it is not asked, and why, as people read it at a terminal.
    pub fn not_asked_said(&self) -> Option<String> {
        self.not_asked(Blocked::said)
    }

    /// The same on a page.
    pub fn not_asked_shown(&self) -> Option<String> {
        self.not_asked(Blocked::shown)
    }

    /// Those of which it is not asked for the same reason stand together.
    fn not_asked(&self, said: impl Fn(&Blocked) -> String) -> Option<String> {
        let mut reasons: Vec<(String, Vec<&str>)> = vec![];
        for one in &self.not_asked_in {
            let why = one.why(&said);
            match reasons.iter_mut().find(|(known, _)| *known == why) {
                Some((_, names)) => names.push(&one.integration),
                None => reasons.push((why, vec![&one.integration])),
            }
        }
        let words = reasons
            .into_iter()
            .map(|(why, names)| Words::NotAskedIn { integrations: names.join(", "), why }.to_string());
        let words: Vec<String> = words.collect();
        (!words.is_empty()).then(|| words.join("; "))
    }
}
