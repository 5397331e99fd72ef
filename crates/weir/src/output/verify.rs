//! What a census found and did, for people and for programs.

use super::{Output, Rows, clean, thousands};
use crate::failure::Failure;
use serde_json::{Value, json};
use weir_ingest::{ProjectVerdict, VerifyReport};
use weir_model::{Message, Surface, Verdict};

/// Keys named for people before the rest is left to JSON.
const NAMED: usize = 20;

/// The report of a census as the contract has it.
pub(crate) fn verify_json(report: &VerifyReport) -> Value {
    json!({
        "integration": report.integration,
        "run_id": report.run_id.to_string(),
        "verdict": report.verdict.as_str(),
        "projects": report.projects.iter().map(row).collect::<Vec<_>>(),
        "archived": report.archived,
    })
}

/// The report of a census for people.
pub(crate) fn verify_summary(output: &Output, report: &VerifyReport) -> Result<(), Failure> {
    let mut rows =
        Rows::new(&["key", "theirs", "ours", "missing", "extra", "verdict"], "No projects were compared.");
    for project in &report.projects {
        let mut shown = row(project);
        shown["missing"] = json!(project.certificate.missing.len());
        shown["extra"] = json!(project.certificate.extra.len());
        rows.push(shown);
    }
    output.rows(&rows)?;
    differences(output, report)?;
    output.line(&format!("{}: {}", clean(&report.integration, 100), report.verdict.as_str()))
}

/// Every difference by key, and what became of it.
pub(crate) fn differences(output: &Output, report: &VerifyReport) -> Result<(), Failure> {
    for project in &report.projects {
        let (certificate, key) = (&project.certificate, &project.certificate.project_key);
        named(output, &format!("{key}: missing here"), &certificate.missing)?;
        named(output, &format!("{key}: not in its listing"), &certificate.extra)?;
        for (word, keys) in project.repair.outcomes() {
            named(output, &format!("{key}: {}", said(word)), keys)?;
        }
        if let Some(held) = &project.held {
            output.line(&format!("{}: {}", clean(key, 100), clean(&held.to_string(), 400)))?;
            if let Message::CensusMassLoss { .. } = held {
                output.line(&format!("  fix: {}", clean(&held.fix(Surface::CommandLine), 400)))?;
            }
        }
    }
    for key in &report.archived {
        output.line(&format!("{}: archived; its issues stay as they are", clean(key, 100)))?;
    }
    Ok(())
}

fn said(outcome: &str) -> &str {
    match outcome {
        "fetched" => "fetched, and live",
        "moved" => "read again where they are now",
        "gone" => "gone now: deleted, or hidden from us by a security level",
        "deleted" => "deleted now, with their project",
        "hidden" => "hidden now: we do not see their project any more",
        "out_of_scope" => "out of scope now",
        "left" => "not repaired; the next census tries again",
        other => other,
    }
}

fn named(output: &Output, what: &str, keys: &[String]) -> Result<(), Failure> {
    if keys.is_empty() {
        return Ok(());
    }
    let mut line = keys.iter().take(NAMED).map(|key| clean(key, 80)).collect::<Vec<_>>().join(", ");
    if keys.len() > NAMED {
        line.push_str(&format!(
            " and {} more (--format json names all)",
            thousands((keys.len() - NAMED) as u64)
        ));
    }
    output.line(&format!("{}: {line}", clean(what, 100)))
}

/// A project for programs; what could not be listed has no number.
fn row(project: &ProjectVerdict) -> Value {
    let certificate = &project.certificate;
    let theirs = (certificate.verdict != Verdict::Unproven).then_some(certificate.theirs);
    json!({
        "key": certificate.project_key,
        "theirs": theirs,
        "ours": certificate.ours,
        "missing": certificate.missing,
        "extra": certificate.extra,
        "verdict": certificate.verdict.as_str(),
        "at": certificate.at.rfc3339(),
        "repair": project.repair,
        "reason_code": project.held.as_ref().map(Message::id),
        "reason": project.held.as_ref().map(Message::to_string),
    })
}
