//! What was found in a satellite's file, for people and for programs.

use super::{Output, clean, thousands};
use serde_json::{Value, json};
use std::path::Path;
use weir_model::Surface;
use weir_satellite::config::{Finding, Login, Reading, Settings, Severity};

/// A finding for people: where and what, and below it why and what to do.
pub(crate) fn fault_lines(output: &Output, file: &Path, finding: &Finding) -> String {
    let paint = match finding.severity {
        Severity::Error => "\x1b[31m",
        Severity::Warning => "\x1b[33m",
    };
    let word = finding.severity.as_str();
    let word = if output.colour_on_stdout() { format!("{paint}{word}\x1b[0m") } else { word.to_owned() };
    let about = if finding.path.is_empty() { String::new() } else { format!("{}: ", finding.path) };
    format!(
        "{}:{}:{}: {word}: {about}{}\n    cause: {}\n    fix: {}",
        clean(&file.display().to_string(), 300),
        finding.line,
        finding.column,
        finding.fault.what(),
        finding.fault.why(),
        finding.fault.fix(Surface::CommandLine),
    )
}

/// What came of it, in a line for people.
pub(crate) fn lint_summary(reading: &Reading) -> String {
    let sites = reading.settings.as_ref().map_or(0, |settings| settings.sites.len());
    let warnings = warnings(reading);
    let found =
        format!("Errors: {}. Warnings: {}.", thousands(reading.errors as u64), thousands(warnings as u64));
    let more = match reading.left_out {
        0 => String::new(),
        more => format!(" Not shown: {}.", thousands(more as u64)),
    };
    format!("{found}{more} Integrations that can be read: {}.", thousands(sites as u64))
}

/// All of it for programs.
pub(crate) fn lint_json(file: &Path, reading: &Reading) -> Value {
    json!({
        "file": file.display().to_string(),
        "passed": reading.errors == 0,
        "errors": reading.errors,
        "warnings": warnings(reading),
        "left_out": reading.left_out,
        "server": reading.settings.as_ref().map(|settings| settings.server.url.as_str()),
        "tenant": reading.settings.as_ref().map(|settings| settings.server.tenant.as_str()),
        "integrations": reading.settings.as_ref().map(sites).unwrap_or_default(),
        "findings": reading.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn warnings(reading: &Reading) -> usize {
    reading.findings.iter().filter(|finding| finding.severity == Severity::Warning).count()
}

fn sites(settings: &Settings) -> Vec<Value> {
    let login = |login: &Login| match login {
        Login::Token(_) => "token",
        Login::Password { .. } => "password",
        Login::Adfs(_) => "adfs",
    };
    let site = |site: &weir_satellite::config::Site| {
        json!({
            "id": site.id,
            "url": site.url.as_str(),
            "authentication": login(&site.login),
            "timezone": site.timezone,
            "sensitive_fields": site.exclusions.words(),
            "insecure_tls": site.insecure_tls,
        })
    };
    settings.sites.iter().map(site).collect()
}

fn finding(finding: &Finding) -> Value {
    json!({
        "severity": finding.severity.as_str(),
        "code": finding.fault.id(),
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "sentence": finding.fault.what(),
        "cause": finding.fault.why(),
        "fix": finding.fault.fix(Surface::CommandLine),
    })
}
