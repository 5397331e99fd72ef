//! What this process has counted, and how Prometheus reads figures. No label is ever an issue, a person or an address.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Upper bounds of the histogram's buckets, in seconds.
const BUCKETS: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.5, 1.0, 5.0];

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

    pub(super) fn write(&self, page: &mut Page) {
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
pub(super) struct Page(pub(super) String);

impl Page {
    /// Begins a figure.
    pub(super) fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string does not fail.
        _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// One value of it.
    pub(super) fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let escaped = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let labels: Vec<String> =
            labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        _ = writeln!(self.0, "{name}{labels} {value}");
    }
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
