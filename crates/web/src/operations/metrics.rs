//! Figures of the server's own work, as Prometheus reads them. Times are instants, not ages; no label is ever an issue, a
//! person or an address.

use crate::{app::App, http::Problem};
use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use weir_ingest::schedule::{self, Figure};

/// Upper bounds of the histogram's buckets, in seconds.
const BUCKETS: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.5, 1.0, 5.0];

/// The same for runs.
const RUN_BUCKETS: [i64; 9] = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400];

/// What this process has counted.
#[derive(Debug, Default)]
pub(crate) struct Metrics(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    requests: BTreeMap<(String, u16), u64>,
    durations: BTreeMap<String, Histogram>,
}

#[derive(Clone, Debug, Default)]
struct Histogram {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    sum: f64,
}

impl Metrics {
    /// Counts a request. Routes are those of the table, so their number is bounded.
    pub(crate) fn request(&self, route: &str, code: u16, took: Duration) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counted.requests.entry((route.to_owned(), code)).or_default() += 1;
        let histogram = counted.durations.entry(route.to_owned()).or_default();
        let seconds = took.as_secs_f64();
        for (bucket, bound) in histogram.buckets.iter_mut().zip(BUCKETS) {
            *bucket += u64::from(seconds <= bound);
        }
        histogram.count += 1;
        histogram.sum += seconds;
    }

    fn write(&self, page: &mut Page) {
        let counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        page.family("weir_http_requests_total", "counter", "Requests by route and status.");
        for ((route, code), count) in &counted.requests {
            page.sample(
                "weir_http_requests_total",
                &[("route", route), ("code", &code.to_string())],
                *count as f64,
            );
        }
        page.family("weir_http_request_duration_seconds", "histogram", "How long requests took, by route.");
        for (route, histogram) in &counted.durations {
            let name = "weir_http_request_duration_seconds";
            for (count, bound) in histogram.buckets.iter().zip(BUCKETS) {
                page.sample(
                    &format!("{name}_bucket"),
                    &[("route", route), ("le", &bound.to_string())],
                    *count as f64,
                );
            }
            page.sample(
                &format!("{name}_bucket"),
                &[("route", route), ("le", "+Inf")],
                histogram.count as f64,
            );
            page.sample(&format!("{name}_sum"), &[("route", route)], histogram.sum);
            page.sample(&format!("{name}_count"), &[("route", route)], histogram.count as f64);
        }
    }
}

/// The text that Prometheus reads.
#[derive(Debug, Default)]
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string does not fail.
        _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let escaped = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let labels: Vec<String> =
            labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        _ = writeln!(self.0, "{name}{labels} {value}");
    }
}

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
    let last = "weir_integration_last_success_timestamp_seconds";
    page.family(last, "gauge", "When an integration was last brought up to date; 0 for never.");
    for integration in app.store.integrations().await? {
        let facts = app.store.health_facts(&integration.id).await?;
        let at = facts.last_successful.map_or(0, |run| run.ended_at.unwrap_or(run.started_at).0);
        page.sample(last, &[("integration", &integration.name)], at as f64 / 1_000.0);
    }
    let figures = app.store.run_figures().await?;
    page.family("weir_runs_total", "counter", "Runs that have ended, by integration and result.");
    for (integration, result, count) in &figures.runs {
        page.sample("weir_runs_total", &[("integration", integration), ("result", result)], *count as f64);
    }
    page.family("weir_records_total", "counter", "Records of all runs, by kind and what came of them.");
    for (kind, outcome, count) in &figures.records {
        page.sample("weir_records_total", &[("kind", kind), ("outcome", outcome)], *count as f64);
    }
    of_durations(app, page).await?;
    of_schedule(app, page).await
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
    let next = |one: &Figure| one.next_at.map_or(0.0, |at| at.0 as f64 / 1_000.0);
    each("weir_missed_runs_total", "counter", "Due times that nobody saw to.", &|one| one.missed as f64);
    let help = "Runs that have failed in a row; while there are any, the next is put off.";
    each("weir_schedule_failures", "gauge", help, &|one| f64::from(one.failures));
    let help = "When an integration is run next; 0 while it is paused or not planned.";
    each("weir_next_run_timestamp_seconds", "gauge", help, &next);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_prometheus_reads_them() {
        let metrics = Metrics::default();
        metrics.request("/a", 200, Duration::from_millis(7));
        let mut page = Page::default();
        metrics.write(&mut page);
        page.sample("x", &[("integration", "a\"b\\c\nd")], 0.5);
        for line in [
            "weir_http_requests_total{route=\"/a\",code=\"200\"} 1",
            "weir_http_request_duration_seconds_bucket{route=\"/a\",le=\"0.005\"} 0",
            "weir_http_request_duration_seconds_bucket{route=\"/a\",le=\"0.01\"} 1",
            "weir_http_request_duration_seconds_bucket{route=\"/a\",le=\"+Inf\"} 1",
            "x{integration=\"a\\\"b\\\\c\\nd\"} 0.5",
        ] {
            assert!(page.0.lines().any(|found| found == line), "{line} is not in {}", page.0);
        }
    }
}
