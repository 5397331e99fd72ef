//! What was asked of the simulator: counts by endpoint, bytes sent, and, when recording, every request.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tokio::time::Instant;

/// One request, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The HTTP method.
    pub method: String,
    /// The path, with the gateway's prefix if it had one.
    pub path: String,
    /// The raw query, without the question mark.
    pub query: String,
    /// The body.
    pub body: String,
    /// When it came, in milliseconds of real time since the simulator started.
    pub at_ms: u64,
    /// The status of its answer.
    pub status: u16,
}

impl Recorded {
    pub(crate) fn json(&self) -> Value {
        json!({
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "body": self.body,
            "body_bytes": self.body.len(),
            "at_ms": self.at_ms,
            "status": self.status,
        })
    }
}

/// Counts so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatsSnapshot {
    /// All requests, the simulator's own `/_sim` ones left out.
    pub requests: u64,
    /// Bytes of reply bodies.
    pub bytes_out: u64,
    /// Requests by method and route.
    pub by_endpoint: BTreeMap<String, u64>,
    /// Requests beyond the limit.
    pub over_limit: u64,
    /// Requests that came although a 429 had asked to wait longer.
    pub early: u64,
    /// The most requests that were under way at one time, from their arrival to the end of the answer's body.
    pub in_flight_max: u64,
}

#[derive(Debug)]
pub(crate) struct Stats {
    begun: Instant,
    bytes: AtomicU64,
    endpoints: Mutex<BTreeMap<String, u64>>,
    record: bool,
    recorded: Mutex<Vec<Recorded>>,
    in_flight: AtomicU64,
    in_flight_max: AtomicU64,
}

/// A request under way, until it is dropped.
#[derive(Debug)]
pub(crate) struct UnderWay(Arc<Stats>);

impl UnderWay {
    pub(crate) fn begin(stats: &Arc<Stats>) -> UnderWay {
        let now = stats.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        stats.in_flight_max.fetch_max(now, Ordering::Relaxed);
        UnderWay(Arc::clone(stats))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Stats {
    pub(crate) fn new(record: bool) -> Self {
        Stats {
            begun: Instant::now(),
            bytes: AtomicU64::new(0),
            endpoints: Mutex::default(),
            record,
            recorded: Mutex::default(),
            in_flight: AtomicU64::new(0),
            in_flight_max: AtomicU64::new(0),
        }
    }

    /// Milliseconds of real time since the simulator started.
    pub(crate) fn age_ms(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn sent(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn count(&self, method: &str, route: &str) {
        let mut endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        *endpoints.entry(format!("{method} {route}")).or_default() += 1;
    }

    pub(crate) fn record(&self, request: impl FnOnce() -> Recorded) {
        if self.record {
            self.recorded.lock().unwrap_or_else(PoisonError::into_inner).push(request());
        }
    }

    pub(crate) fn recorded(&self) -> Vec<Recorded> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn snapshot(&self) -> StatsSnapshot {
        let by_endpoint = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner).clone();
        StatsSnapshot {
            requests: by_endpoint.values().sum(),
            bytes_out: self.bytes.load(Ordering::Relaxed),
            by_endpoint,
            over_limit: 0,
            early: 0,
            in_flight_max: self.in_flight_max.load(Ordering::Relaxed),
        }
    }
}
