//! What a client has done so far, for progress lines, summaries and metrics.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Method, StatusCode};

use crate::standing::Quota;
use crate::time::Timing;

/// Resets that lie closer together are those of one window.
const SAME_WINDOW_MS: i64 = 60_000;

/// One finished attempt. It names no host, no query, no header and no body.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Finished<'a> {
    /// The method.
    pub method: &'a Method,
    /// The path without its query.
    pub path: &'a str,
    /// The endpoint group.
    pub group: &'static str,
    /// The status, when an answer came.
    pub status: Option<StatusCode>,
    /// The error's class, when none came.
    pub error: Option<&'static str>,
    /// How long the attempt took.
    pub took: Duration,
    /// Which attempt it was, from 1.
    pub attempt: u32,
}

/// Told about every finished attempt.
pub type Observer = Arc<dyn Fn(&Finished<'_>) + Send + Sync>;

/// A handle on a client's counters; clones share them.
#[derive(Clone, Default)]
pub struct Stats {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    in_flight: AtomicU64,
    peak_in_flight: AtomicU64,
    bytes_in: AtomicU64,
    groups: Mutex<BTreeMap<&'static str, GroupStats>>,
    waiting: Mutex<Waiting>,
    pausing: AtomicU64,
    quota: Mutex<Option<Quota>>,
}

/// Time during which at least one request was held back at the wish of whoever answers.
#[derive(Default)]
struct Waiting {
    holders: u64,
    since: Duration,
    total: Duration,
    until_ms: i64,
}

/// Counters of one endpoint group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GroupStats {
    /// Requests sent, repetitions and redirects included.
    pub requests: u64,
    /// Of these, repetitions.
    pub retries: u64,
    /// Of these, answered with 429.
    pub rate_limited: u64,
}

/// The counters at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatsSnapshot {
    /// Counters by endpoint group.
    pub groups: BTreeMap<&'static str, GroupStats>,
    /// Requests sent, over all groups.
    pub requests: u64,
    /// Repetitions, over all groups.
    pub retries: u64,
    /// Bytes of bodies read, after decompression.
    pub bytes_in: u64,
    /// Time during which at least one request was held back by rate limits. Pauses between attempts are ours, and not in it.
    pub waited_ms: u64,
    /// Until when requests are held back by rate limits, in milliseconds since the Unix epoch; nothing when none is.
    pub waiting_until_ms: Option<i64>,
    /// The quota that was told last.
    pub quota: Option<Quota>,
    /// Whether a request waits for its next attempt.
    pub is_pausing: bool,
    /// Requests under way.
    pub in_flight: u64,
    /// The most that were under way at once.
    pub peak_in_flight: u64,
}

impl Stats {
    /// The counters now. `waited_ms` counts finished waits.
    pub fn snapshot(&self) -> StatsSnapshot {
        let groups = lock(&self.shared.groups).clone();
        let waiting = lock(&self.shared.waiting);
        StatsSnapshot {
            requests: groups.values().map(|group| group.requests).sum(),
            retries: groups.values().map(|group| group.retries).sum(),
            groups,
            bytes_in: self.shared.bytes_in.load(Relaxed),
            waited_ms: u64::try_from(waiting.total.as_millis()).unwrap_or(u64::MAX),
            waiting_until_ms: (waiting.holders > 0).then_some(waiting.until_ms),
            quota: *lock(&self.shared.quota),
            is_pausing: self.shared.pausing.load(Relaxed) > 0,
            in_flight: self.shared.in_flight.load(Relaxed),
            peak_in_flight: self.shared.peak_in_flight.load(Relaxed),
        }
    }

    /// Bytes of bodies read so far.
    pub fn bytes_in(&self) -> u64 {
        self.shared.bytes_in.load(Relaxed)
    }

    pub(crate) fn read(&self, bytes: usize) {
        self.shared.bytes_in.fetch_add(bytes as u64, Relaxed);
    }

    pub(crate) fn sent(&self, group: &'static str, is_retry: bool) -> InFlight {
        let mut groups = lock(&self.shared.groups);
        let counters = groups.entry(group).or_default();
        counters.requests += 1;
        counters.retries += u64::from(is_retry);
        let now = self.shared.in_flight.fetch_add(1, Relaxed) + 1;
        self.shared.peak_in_flight.fetch_max(now, Relaxed);
        InFlight { shared: Arc::clone(&self.shared) }
    }

    /// Takes in what an answer tells of a quota. Answers come in any order: of one window the least that is left holds.
    pub(crate) fn told(&self, quota: Quota) {
        let mut known = lock(&self.shared.quota);
        let is_older = known.is_some_and(|known| {
            known.left < quota.left && (known.resets_at_ms - quota.resets_at_ms).abs() < SAME_WINDOW_MS
        });
        if !is_older {
            *known = Some(quota);
        }
    }

    pub(crate) fn rate_limited(&self, group: &'static str) {
        lock(&self.shared.groups).entry(group).or_default().rate_limited += 1;
    }

    /// Sleeps, counted as time held back; a wait that is given up counts as far as it went.
    pub(crate) async fn hold_back(&self, timing: &dyn Timing, wait: Duration) {
        let _holder = Holder::new(&self.shared, timing, wait);
        timing.sleep(wait).await;
    }

    /// Sleeps between two attempts.
    pub(crate) async fn pause(&self, timing: &dyn Timing, wait: Duration) {
        let _pause = Pause::new(&self.shared);
        timing.sleep(wait).await;
    }
}

impl fmt::Debug for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.snapshot().fmt(f)
    }
}

/// A request under way; dropping it ends it.
pub(crate) struct InFlight {
    shared: Arc<Shared>,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.shared.in_flight.fetch_sub(1, Relaxed);
    }
}

struct Pause<'a>(&'a AtomicU64);

impl<'a> Pause<'a> {
    fn new(shared: &'a Shared) -> Self {
        shared.pausing.fetch_add(1, Relaxed);
        Self(&shared.pausing)
    }
}

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

struct Holder<'a> {
    shared: &'a Shared,
    timing: &'a dyn Timing,
}

impl<'a> Holder<'a> {
    fn new(shared: &'a Shared, timing: &'a dyn Timing, wait: Duration) -> Self {
        let mut waiting = lock(&shared.waiting);
        let until = timing.wall_ms().saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
        if waiting.holders == 0 {
            waiting.since = timing.elapsed();
            waiting.until_ms = until;
        }
        waiting.holders += 1;
        waiting.until_ms = waiting.until_ms.max(until);
        Self { shared, timing }
    }
}

impl Drop for Holder<'_> {
    fn drop(&mut self) {
        let mut waiting = lock(&self.shared.waiting);
        waiting.holders -= 1;
        if waiting.holders == 0 {
            let held = self.timing.elapsed().saturating_sub(waiting.since);
            waiting.total += held;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
