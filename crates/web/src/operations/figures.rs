//! `GET /metrics`: the figures of the server and its store. Times are instants, not ages; failures stand beside totals, and a
//! figure begins with 0 where nothing has happened yet.

use super::metrics::Page;
use crate::{app::App, http::Problem};
use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use std::collections::BTreeMap;
use weir_ingest::{
    health,
    schedule::{self, Figure},
};
use weir_model::{Integration, Millis, Satellite, StatusFamily};
use weir_store::SiteFigures;

/// Upper bounds of the buckets for runs, in seconds.
const RUN_BUCKETS: [i64; 9] = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400];

/// How runs end.
const RESULTS: [&str; 4] = ["success", "partial", "failed", "cancelled"];

/// `GET /metrics`.
pub(super) async fn show(State(app): State<App>) -> Result<Response, Problem> {
    let mut page = Page::default();
    page.family("weir_build_info", "gauge", "The version of this program.");
    page.sample("weir_build_info", &[("version", app.settings.version)], 1.0);
    app.metrics.write(&mut page);
    of_store(&app, &mut page).await?;
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], page.0).into_response())
}

async fn of_store(app: &App, page: &mut Page) -> Result<(), Problem> {
    let integrations = app.store.integrations().await?;
    of_health(app, &integrations, page).await?;
    of_sites(app, page).await?;
    let figures = app.store.run_figures().await?;
    page.family("weir_runs_total", "counter", "Runs that have ended, by integration and result.");
    let all = integrations.iter().flat_map(|one| RESULTS.map(|result| ((one.name.as_str(), result), 0)));
    let mut runs: BTreeMap<(&str, &str), u64> = all.collect();
    runs.extend(figures.runs.iter().map(|(name, result, count)| ((name.as_str(), result.as_str()), *count)));
    for ((integration, result), count) in runs {
        page.sample("weir_runs_total", &[("integration", integration), ("result", result)], count as f64);
    }
    page.family("weir_records_total", "counter", "Records of all runs, by kind and what came of them.");
    for (kind, outcome, count) in &figures.records {
        page.sample("weir_records_total", &[("kind", kind), ("outcome", outcome)], *count as f64);
    }
    page.family("weir_db_size_bytes", "gauge", "What the store takes, with its indexes.");
    page.sample("weir_db_size_bytes", &[], app.store.size().await? as f64);
    of_satellites(app, page).await?;
    of_durations(app, page).await?;
    of_schedule(app, page).await
}

async fn of_health(app: &App, integrations: &[Integration], page: &mut Page) -> Result<(), Problem> {
    let mut all = Vec::with_capacity(integrations.len());
    for integration in integrations {
        let facts = app.store.health_facts(&integration.id).await?;
        let health = health(integration, &facts, app.now());
        let last = facts.last_successful.map_or(Millis(0), |run| run.ended_at.unwrap_or(run.started_at));
        all.push((integration.name.as_str(), last, health));
    }
    let name = "weir_integration_last_success_timestamp_seconds";
    page.family(name, "gauge", "When an integration was last brought up to date; 0 for never.");
    for (integration, last, _) in &all {
        page.sample(name, &[("integration", integration)], seconds(last.0));
    }
    let name = "weir_integration_needs_you";
    page.family(
        name,
        "gauge",
        "1 while somebody has to do something for an integration to do well; 0 otherwise.",
    );
    for (integration, _, health) in &all {
        let needs = health.family == StatusFamily::NeedsYou;
        page.sample(name, &[("integration", integration)], f64::from(u8::from(needs)));
    }
    Ok(())
}

async fn of_sites(app: &App, page: &mut Page) -> Result<(), Problem> {
    let figures = app.store.site_figures().await?;
    let mut each = |name: &str, kind: &str, help: &str, value: &dyn Fn(&SiteFigures) -> f64| {
        page.family(name, kind, help);
        for one in &figures {
            page.sample(name, &[("integration", &one.integration)], value(one));
        }
    };
    let help = "When the newest change was made at the site that came after the first import; 0 for none.";
    let newest = |one: &SiteFigures| seconds(one.newest_change.map_or(0, |at| at.0));
    each("weir_integration_newest_change_timestamp_seconds", "gauge", help, &newest);
    let help = "Requests that runs made of a site.";
    each("weir_jira_requests_total", "counter", help, &|one| one.requests as f64);
    let help = "Time that runs waited because a site asked them to slow down.";
    each("weir_jira_throttle_seconds_total", "counter", help, &|one| one.waited_ms as f64 / 1_000.0);
    Ok(())
}

/// Satellites, but for those that may come no more, and those that stopped in order: nobody waits for them.
async fn of_satellites(app: &App, page: &mut Page) -> Result<(), Problem> {
    let mut all = app.store.satellites().await?;
    all.retain(|one| one.revoked.is_none() && !one.status.left);
    let mut each = |name: &str, help: &str, value: &dyn Fn(&Satellite) -> f64| {
        page.family(name, "gauge", help);
        for one in &all {
            page.sample(name, &[("satellite", &one.name), ("id", &one.id)], value(one));
        }
    };
    let help = "When a satellite reported last.";
    each("weir_satellite_last_heartbeat_timestamp_seconds", help, &|one| seconds(one.beat_at.0));
    let help = "Batches that a satellite has read and not sent.";
    each("weir_satellite_waiting_batches", help, &|one| one.status.waiting as f64);
    let help = "Their bytes.";
    each("weir_satellite_waiting_bytes", help, &|one| one.status.waiting_bytes as f64);
    let help = "How far the clock of a satellite is before the server's; less than 0 where it is behind.";
    each("weir_satellite_clock_ahead_seconds", help, &|one| seconds(one.status.ahead_ms));
    let help = "Memory that a satellite uses.";
    each("weir_satellite_memory_bytes", help, &|one| one.status.memory_bytes as f64);
    Ok(())
}

/// Milliseconds as Prometheus wants them.
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}

async fn of_durations(app: &App, page: &mut Page) -> Result<(), Problem> {
    let name = "weir_run_duration_seconds";
    page.family(name, "histogram", "How long runs took, of all integrations.");
    let durations = app.store.run_durations(&RUN_BUCKETS.map(|seconds| seconds * 1_000)).await?;
    for (count, bound) in durations.within.iter().zip(RUN_BUCKETS) {
        page.sample(&format!("{name}_bucket"), &[("le", &bound.to_string())], *count as f64);
    }
    page.sample(&format!("{name}_bucket"), &[("le", "+Inf")], durations.count as f64);
    page.sample(&format!("{name}_sum"), &[], durations.sum_ms as f64 / 1_000.0);
    page.sample(&format!("{name}_count"), &[], durations.count as f64);
    Ok(())
}

async fn of_schedule(app: &App, page: &mut Page) -> Result<(), Problem> {
    let figures = schedule::figures(&app.store, app.now()).await?;
    page.family("weir_queue_depth", "gauge", "Integrations that are to be run now or are run now.");
    page.sample("weir_queue_depth", &[], figures.iter().filter(|one| one.is_waiting).count() as f64);
    let mut each = |name: &str, kind: &str, help: &str, value: &dyn Fn(&Figure) -> f64| {
        page.family(name, kind, help);
        for one in &figures {
            page.sample(name, &[("integration", &one.integration)], value(one));
        }
    };
    let next = |one: &Figure| seconds(one.next_at.map_or(0, |at| at.0));
    each("weir_missed_runs_total", "counter", "Due times that nobody saw to.", &|one| one.missed as f64);
    let help = "Runs that have failed in a row; while there are any, the next is put off.";
    each("weir_schedule_failures", "gauge", help, &|one| f64::from(one.failures));
    let help = "When an integration is run next; 0 while it is paused or not planned.";
    each("weir_next_run_timestamp_seconds", "gauge", help, &next);
    Ok(())
}
