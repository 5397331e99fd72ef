//! One status out of what the store knows.

use weir_model::{Health, Integration, Millis, Run, StatusFamily};
use weir_store::HealthFacts;

/// A run older than this many intervals is late.
const LATE_AFTER_INTERVALS: i64 = 2;

/// The status of an integration at `now`.
pub fn health(integration: &Integration, facts: &HealthFacts, now: Millis) -> Health {
    let name = quoted(&integration.name);
    if facts.paused {
        let resume = format!("weir integration resume {name}");
        return status("no_data", "paused", "Paused.".into(), StatusFamily::None, Some(resume));
    }
    let sync = format!("weir sync {name}");
    if facts.running.is_some() && facts.last_successful.is_none() {
        let reason = format!("First import: {} issues so far.", facts.issues);
        return status("pending", "first_import", reason, StatusFamily::None, None);
    }
    let Some(last) = &facts.last_finished else {
        let reason = "It has not been brought up to date yet.".into();
        return status("no_data", "never_ran", reason, StatusFamily::NeedsYou, Some(sync));
    };
    match last.result.as_deref() {
        Some("success") if facts.issues == 0 => status(
            "no_data",
            "nothing_in_range",
            "The scope holds no issues.".into(),
            StatusFamily::None,
            None,
        ),
        Some("success" | "partial") => up_to_date(integration, last, now, sync),
        Some("cancelled") => {
            let reason = "The last run was stopped before its end; what it had stored stays.".into();
            status("pending", "interrupted", reason, StatusFamily::NeedsYou, Some(sync))
        }
        _ => failed(last, &name),
    }
}

fn up_to_date(integration: &Integration, last: &Run, now: Millis, sync: String) -> Health {
    let minutes = now.since(last.ended_at.unwrap_or(last.started_at)) / 60_000;
    let withheld = last.skipped + last.failed;
    if withheld > 0 {
        let reason =
            format!("Last update {}; {withheld} records were withheld or not understood.", ago(minutes));
        let look = format!("weir runs logs {}", last.id);
        return status("healthy", "partial", reason, StatusFamily::NeedsYou, Some(look));
    }
    let interval = i64::from(integration.settings.interval_minutes);
    if minutes > interval * LATE_AFTER_INTERVALS {
        let reason = format!("Last update {}, expected every {interval} min.", ago(minutes));
        return status("healthy", "late", reason, StatusFamily::NeedsYou, Some(sync));
    }
    status("healthy", "on_time", format!("Last update {}.", ago(minutes)), StatusFamily::None, None)
}

fn failed(last: &Run, name: &str) -> Health {
    let code = last.error_code.clone().unwrap_or_else(|| "unknown".into());
    let family = match code.split('.').next() {
        Some("auth" | "perm" | "project" | "jql" | "key" | "url" | "tls" | "config" | "fields") => {
            StatusFamily::NeedsYou
        }
        _ => StatusFamily::Healing,
    };
    let next = match code.split('.').next() {
        Some("auth" | "key") => format!("weir integration reauth {name}"),
        Some("perm" | "project" | "jql" | "url" | "tls" | "fields") => {
            format!("weir integration check {name}")
        }
        _ => format!("weir runs logs {}", last.id),
    };
    let at = last.ended_at.unwrap_or(last.started_at);
    status("unhealthy", &code, format!("The last run failed at {at} ({code})."), family, Some(next))
}

fn status(
    status: &'static str,
    code: &str,
    reason: String,
    family: StatusFamily,
    next: Option<String>,
) -> Health {
    Health { status, reason_code: code.into(), reason, family, next_action: next }
}

fn ago(minutes: i64) -> String {
    match minutes {
        0 => "less than a minute ago".into(),
        1..=119 => format!("{minutes} min ago"),
        120..=2879 => format!("{} h ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1440),
    }
}

/// A name as a shell takes it.
fn quoted(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if plain { name.to_owned() } else { format!("'{}'", name.replace('\'', r"'\''")) }
}
