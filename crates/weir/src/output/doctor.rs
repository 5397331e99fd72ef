//! What a look over the installation found.

use super::{Output, clean};
use serde::Serialize;
use weir_model::Message;

/// How a check came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FindingState {
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
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Finding {
    /// What was looked at, `disk` for example.
    pub(crate) check: &'static str,
    /// Which one, where there may be several: an integration.
    pub(crate) subject: Option<String>,
    pub(crate) state: FindingState,
    /// The id of the sentence, where something is to be done.
    pub(crate) code: Option<&'static str>,
    pub(crate) sentence: String,
    pub(crate) cause: Option<String>,
    pub(crate) fix: Option<String>,
}

impl Finding {
    pub(crate) fn ok(check: &'static str, sentence: impl Into<String>) -> Self {
        Self::plain(check, FindingState::Ok, sentence.into())
    }

    pub(crate) fn skipped(check: &'static str, sentence: impl Into<String>) -> Self {
        Self::plain(check, FindingState::Skipped, sentence.into())
    }

    pub(crate) fn warn(check: &'static str, message: &Message) -> Self {
        Self::said(check, FindingState::Warn, message)
    }

    pub(crate) fn fail(check: &'static str, message: &Message) -> Self {
        Self::said(check, FindingState::Fail, message)
    }

    /// The same, about one of several.
    pub(crate) fn about(self, subject: &str) -> Self {
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
            fix: Some(clean(&message.fix(), 400)),
        }
    }
}

/// A finding for people: a line, and below it why and what to do.
pub(crate) fn finding_lines(output: &Output, finding: &Finding) -> String {
    let (mark, paint) = match finding.state {
        FindingState::Ok => ("ok     ", "\x1b[32m"),
        FindingState::Warn => ("warn   ", "\x1b[33m"),
        FindingState::Fail => ("fail   ", "\x1b[31m"),
        FindingState::Skipped => ("skipped", "\x1b[2m"),
    };
    let mark = if output.colour_on_stdout() { format!("{paint}{mark}\x1b[0m") } else { mark.to_owned() };
    let what = match &finding.subject {
        Some(subject) => format!("{} {subject}", finding.check),
        None => finding.check.to_owned(),
    };
    let mut lines = format!("{mark}  {what:<18}  {}", finding.sentence);
    for (word, text) in [("cause", &finding.cause), ("fix", &finding.fix)] {
        if let Some(text) = text {
            lines.push_str(&format!("\n{:29}{word}: {text}", ""));
        }
    }
    lines
}
