//! Runs as lines of a table.

use super::super::format::{duration, inert, instant, moment, number};
use weir_model::{Millis, Run};
use weir_store::RunLine;

/// Sign, word and colour of a run's result; never the colour alone.
#[derive(Clone, Copy)]
pub(in crate::pages) struct ResultMark {
    pub(in crate::pages) word: &'static str,
    pub(in crate::pages) class: &'static str,
    pub(in crate::pages) icon: &'static str,
}

impl ResultMark {
    pub(in crate::pages) fn of(run: &Run) -> Self {
        let (word, class, icon) = match run.result.as_deref() {
            Some("success") => ("Complete", "is-healthy", "check"),
            Some("partial") => ("Partial", "is-warning", "alert-triangle"),
            Some("failed") => ("Failed", "is-unhealthy", "x"),
            Some("cancelled") => ("Canceled", "is-nodata", "player-pause"),
            _ => ("Running", "is-pending", "refresh"),
        };
        Self { word, class, icon }
    }
}

/// A run.
pub(in crate::pages) struct RunRow {
    pub(in crate::pages) id: String,
    pub(in crate::pages) started: String,
    pub(in crate::pages) started_full: String,
    /// The same for programs.
    pub(in crate::pages) started_at: String,
    pub(in crate::pages) process: &'static str,
    pub(in crate::pages) scan: String,
    pub(in crate::pages) took: String,
    pub(in crate::pages) trigger: &'static str,
    /// Who asked for it.
    pub(in crate::pages) asked_by: Option<String>,
    pub(in crate::pages) result: ResultMark,
    pub(in crate::pages) error: Option<String>,
    pub(in crate::pages) counts: Vec<Number>,
}

/// A number of a table; zeros are pale.
pub(in crate::pages) struct Number {
    pub(in crate::pages) text: String,
    pub(in crate::pages) is_zero: bool,
}

impl Number {
    pub(in crate::pages) fn of(value: u64) -> Self {
        Self { text: number(value), is_zero: value == 0 }
    }
}

/// Lines of runs as of `now`.
pub(in crate::pages) fn run_rows(lines: Vec<RunLine>, now: Millis) -> Vec<RunRow> {
    lines.into_iter().map(|line| run_row(&line, now)).collect()
}

/// A line.
pub(in crate::pages) fn run_row(line: &RunLine, now: Millis) -> RunRow {
    let run = &line.run;
    let count = |value: i64| Number::of(u64::try_from(value).unwrap_or_default());
    let counted =
        [run.read, run.written, run.unchanged, run.skipped, run.failed, run.attempt - 1, run.requests];
    let mut counts: Vec<Number> = counted.into_iter().map(count).collect();
    counts.push(Number { text: duration_or_zero(run.waited_ms), is_zero: run.waited_ms == 0 });
    RunRow {
        id: run.id.to_string(),
        started: moment(run.started_at),
        started_full: instant(run.started_at),
        started_at: run.started_at.rfc3339(),
        process: match run.trigger.as_str() {
            "verify" | "census" => "Census",
            _ => "Sync",
        },
        scan: scan(line),
        took: duration(run.ended_at.unwrap_or(now).since(run.started_at)),
        trigger: match run.trigger.as_str() {
            "schedule" | "census" => "Schedule",
            _ => "By hand",
        },
        asked_by: run.asked_by.as_ref().map(|by| inert(&by.name)),
        result: ResultMark::of(run),
        error: run.error_code.as_deref().map(inert),
        counts,
    }
}

/// What a run asked the site for.
fn scan(line: &RunLine) -> String {
    match (line.run.trigger.as_str(), line.scanned_from) {
        ("verify" | "census", _) => "Every id".into(),
        (_, None) => "—".into(),
        (_, Some(Millis(0))) => "Everything".into(),
        (_, Some(from)) => format!("Since {}", moment(from)),
    }
}

fn duration_or_zero(ms: i64) -> String {
    if ms == 0 { "0\u{202f}s".into() } else { duration(ms) }
}
