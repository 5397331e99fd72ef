//! The list of a pre-flight.

use super::{Output, clean};
use serde_json::{Value, json};
use weir_model::Message;
use weir_source::{Check, CheckState};

/// One check as a line, its remedy below it.
pub(crate) fn check_line(output: &Output, check: &Check, on_stdout: bool) -> String {
    let colour = if on_stdout { output.colour_on_stdout() } else { output.colour_on_stderr() };
    let (mark, paint) = match check.state {
        CheckState::Passed => ("passed ", "\x1b[32m"),
        CheckState::Warning => ("warning", "\x1b[33m"),
        CheckState::Failed => ("failed ", "\x1b[31m"),
        CheckState::Skipped | CheckState::Waiting | CheckState::Running => ("skipped", "\x1b[2m"),
    };
    let mark = if colour { format!("{paint}{mark}\x1b[0m") } else { mark.to_owned() };
    let sentence = clean(&check.sentence, 400);
    let mut line = format!("{mark}  {:<28} {:>6} ms  {sentence}", check.name, check.took_ms);
    if let Some(remedy) = &check.remedy {
        line.push_str(&format!("\n{:>19}{}", "→ ", clean(remedy, 400)));
    }
    line
}

/// A finished pre-flight for programs.
pub(crate) fn checks_json(address: &str, checks: &[Check], failure: Option<&Message>) -> Value {
    json!({
        "url": address,
        "passed": failure.is_none(),
        "error_code": failure.map(Message::id),
        "checks": checks,
    })
}
