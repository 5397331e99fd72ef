//! What a look over the installation found.

use serde::Serialize;
use weir_model::{Message, Surface, clean};

/// How a check came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingState {
    /// As it should be.
    Ok,
    /// It works; somebody should look at it.
    Warn,
    /// It does not work.
    Fail,
    /// Not looked at.
    Skipped,
}

/// One check of the list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// What was looked at, `disk` for example.
    pub check: &'static str,
    /// Which one, where there may be several: an integration.
    pub subject: Option<String>,
    /// How it came out.
    pub state: FindingState,
    /// The id of the sentence, where something is to be done.
    pub code: Option<&'static str>,
    /// What was found.
    pub sentence: String,
    /// Why, where something is to be done.
    pub cause: Option<String>,
    /// What to do.
    pub fix: Option<String>,
}

impl Finding {
    pub(super) fn ok(check: &'static str, sentence: impl Into<String>) -> Self {
        Self::plain(check, FindingState::Ok, sentence.into())
    }

    pub(super) fn skipped(check: &'static str, sentence: impl Into<String>) -> Self {
        Self::plain(check, FindingState::Skipped, sentence.into())
    }

    pub(super) fn warn(check: &'static str, message: &Message) -> Self {
        Self::said(check, FindingState::Warn, message)
    }

    pub(super) fn fail(check: &'static str, message: &Message) -> Self {
        Self::said(check, FindingState::Fail, message)
    }

    /// The same, about one of several.
    pub(super) fn about(self, subject: &str) -> Self {
        Self { subject: Some(clean(subject, 100)), ..self }
    }

    fn plain(check: &'static str, state: FindingState, sentence: String) -> Self {
        Self { check, subject: None, state, code: None, sentence, cause: None, fix: None }
    }

    fn said(check: &'static str, state: FindingState, message: &Message) -> Self {
        Self {
            check,
            subject: None,
            state,
            code: Some(message.id()),
            sentence: clean(&message.what(), 400),
            cause: Some(clean(&message.why(), 400)),
            fix: Some(clean(&message.fix(Surface::CommandLine), 400)),
        }
    }
}
