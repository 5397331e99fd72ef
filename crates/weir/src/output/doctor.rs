//! What a look over the installation found, for people.

use super::Output;
use weir_ingest::doctor::{Finding, FindingState};

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
