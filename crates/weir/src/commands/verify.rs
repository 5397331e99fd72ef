//! `weir verify`: the completeness certificate; exits with 1 unless it says equal.

use crate::{
    cli::Named,
    context::Context,
    failure::Failure,
    output::{Rows, clean, thousands},
};
use serde_json::{Value, json};
use weir_ingest::{ProjectVerdict, VerifyOptions, VerifyReport};
use weir_model::Verdict;

/// Keys named for people before the rest is left to JSON.
const NAMED: usize = 20;

pub(super) async fn run(context: &Context<'_>, flags: Named) -> Result<(), Failure> {
    context.output.format()?;
    let store = context.changed_store().await?;
    let integration = context.integration(&store, flags.name.as_deref()).await?;
    super::check::warn(&integration.settings.site_url, &integration.settings.transport);
    let vault = context.vault(&store).await?;
    let options = VerifyOptions {
        holder: context.holder(),
        cancel: context.lifecycle.cancel(),
        environment: context.environment(),
    };
    let report = weir_ingest::verify(&store, &vault, &integration, options).await?;
    print(context, &report)?;
    if report.verdict == Verdict::Equal { Ok(()) } else { Err(Failure::Negative) }
}

fn print(context: &Context<'_>, report: &VerifyReport) -> Result<(), Failure> {
    let output = context.output;
    if !output.for_people() {
        let projects: Vec<Value> = report.projects.iter().map(row).collect();
        return output.json(&json!({
            "integration": report.integration,
            "run_id": report.run_id.to_string(),
            "verdict": report.verdict.as_str(),
            "projects": projects,
        }));
    }
    let mut rows =
        Rows::new(&["key", "theirs", "ours", "missing", "extra", "verdict"], "No projects were compared.");
    for project in &report.projects {
        let mut shown = row(project);
        shown["missing"] = json!(project.certificate.missing.len());
        shown["extra"] = json!(project.certificate.extra.len());
        rows.push(shown);
    }
    output.rows(&rows)?;
    for project in &report.projects {
        let (certificate, key) = (&project.certificate, &project.certificate.project_key);
        named(context, &format!("{key}: missing here"), &certificate.missing)?;
        named(context, &format!("{key}: not there any more"), &certificate.extra)?;
        if let Some(reason) = &project.reason {
            output.line(&format!("{key}: {}", clean(reason, 400)))?;
        }
    }
    output.line(&format!("{}: {}", clean(&report.integration, 100), report.verdict.as_str()))
}

fn named(context: &Context<'_>, what: &str, keys: &[String]) -> Result<(), Failure> {
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
    context.output.line(&format!("{}: {line}", clean(what, 100)))
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
        "reason": project.reason,
    })
}
