//! What a sync did, for people and for programs.

use super::{Output, Rows, clean, differences, thousands, verify_json};
use crate::failure::Failure;
use serde_json::{Map, Value, json};
use weir_ingest::SyncReport;
use weir_model::{Counts, Kind};

/// The report of a run as the contract has it, with counts by kind.
pub(crate) fn sync_json(report: &SyncReport, error_code: Option<&str>) -> Value {
    let total = report.tally.total();
    let kinds: Map<String, Value> =
        report.tally.iter().map(|(kind, counts)| (kind.as_str().to_owned(), json!(counts))).collect();
    json!({
        "integration": report.integration,
        "run_id": report.run_id.map(|id| id.to_string()),
        "result": report.result.as_str(),
        "resumed": report.resumed,
        "incremental": report.incremental,
        "requests": report.requests,
        "waited_ms": report.waited_ms,
        "duration_ms": report.duration_ms,
        "read": total.read,
        "written": total.written,
        "unchanged": total.unchanged,
        "removed": total.removed,
        "skipped": total.skipped,
        "failed": total.failed,
        "kinds": kinds,
        "error_code": error_code,
        "census": match &report.census {
            Some(Ok(census)) => verify_json(census),
            Some(Err(message)) => json!({ "error_code": message.id(), "reason": message.to_string() }),
            None => Value::Null,
        },
    })
}

/// The report of a run for people.
pub(crate) fn sync_summary(output: &Output, report: &SyncReport) -> Result<(), Failure> {
    let mut rows =
        Rows::new(&["kind", "read", "written", "unchanged", "skipped", "failed"], "Nothing was read.");
    for (kind, counts) in report.tally.iter() {
        rows.push(counted(kind.as_str(), counts));
    }
    rows.push(counted("total", &report.tally.total()));
    output.line(&format!("{}: {}", clean(&report.integration, 100), report.result.as_str()))?;
    output.rows(&rows)?;
    output.line(&format!(
        "{} requests, {} waited, {} in all{}",
        thousands(report.requests),
        duration(report.waited_ms),
        duration(u64::try_from(report.duration_ms).unwrap_or(0)),
        match (report.resumed, report.incremental) {
            (true, _) => ", going on from an interrupted run",
            (false, true) => ", only what changed",
            (false, false) => "",
        },
    ))?;
    // Of issues nothing is removed: they only leave the scope.
    let left = report.tally.of(Kind::Issues).removed;
    if left > 0 {
        output.line(&format!("{} issues are out of scope now", thousands(left)))?;
    }
    let removed = report.tally.total().removed - left;
    if removed > 0 {
        output.line(&format!("{} removed: the site no longer shows them", thousands(removed)))?;
    }
    match &report.census {
        Some(Ok(census)) => {
            output.line(&format!("Census: {}", census.verdict.as_str()))?;
            differences(output, census)?;
        }
        Some(Err(message)) => {
            output.line(&format!("Census: failed. {}", clean(&message.to_string(), 300)))?
        }
        None => {}
    }
    if report.notable.is_empty() {
        return Ok(());
    }
    output.line("What was withheld or not understood:")?;
    for event in &report.notable {
        output.line(&format!("  {}: {}", clean(&event.subject, 80), clean(&event.message, 300)))?;
    }
    let more = report.notable_total - report.notable.len();
    if let Some(run) = report.run_id.filter(|_| more > 0) {
        output.line(&format!("  and {} more: weir runs logs {run}", thousands(more as u64)))?;
    }
    Ok(())
}

fn counted(kind: &str, counts: &Counts) -> Value {
    json!({
        "kind": kind,
        "read": counts.read,
        "written": counts.written,
        "unchanged": counts.unchanged,
        "skipped": counts.skipped,
        "failed": counts.failed,
    })
}

/// What a demo brought in, as sentences and commands to go on with.
pub(crate) fn demo_summary(output: &Output, facts: &Value, next: &[String]) -> Result<(), Failure> {
    let count = |name: &str| thousands(facts.get(name).and_then(Value::as_u64).unwrap_or(0));
    output.line("")?;
    output.line(&format!(
        "{} issues of {} projects with {} changes, {} comments and {} worklogs by {} people, in {}.",
        count("issues"),
        count("projects"),
        count("changes"),
        count("comments"),
        count("worklogs"),
        count("people"),
        duration(facts.get("duration_ms").and_then(Value::as_u64).unwrap_or(0)),
    ))?;
    output.line("")?;
    output.line("What to try next:")?;
    for command in next {
        output.line(&format!("  {command}"))?;
    }
    Ok(())
}

/// A length of time as people say it.
pub(crate) fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0..=9 => format!("{}.{} s", seconds, ms % 1000 / 100),
        10..=59 => format!("{seconds} s"),
        60..=3599 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..=86_399 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_times_rounded_down() {
        assert_eq!(
            [duration(1_250), duration(61_000), duration(90_000_000)],
            ["1.2 s", "1 min 1 s", "1 d 1 h"]
        );
    }
}
