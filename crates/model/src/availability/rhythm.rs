//! The intervals that held before: what was due is judged by the interval that held then, whatever holds today.

use super::History;
use crate::{DAY_MS, IntegrationSettings, Millis};
use serde::{Deserialize, Serialize};

/// Intervals that are kept at most.
const KEPT: usize = 50;

/// How long one is kept: longer than any range shows.
const KEPT_MS: i64 = 90 * DAY_MS;

/// An interval that was changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PastRhythm {
    /// Until when it held.
    pub until: Millis,
    /// Minutes between runs.
    pub interval_minutes: u32,
}

impl IntegrationSettings {
    /// Keeps the interval of before, where these settings have another one from now on.
    pub fn remember_rhythm(&mut self, before: &Self, now: Millis) {
        if self.interval_minutes == before.interval_minutes {
            return;
        }
        self.rhythms.push(PastRhythm { until: now, interval_minutes: before.interval_minutes });
        let excess = self.rhythms.len().saturating_sub(KEPT);
        self.rhythms.drain(..excess);
        self.rhythms.retain(|rhythm| now.since(rhythm.until) < KEPT_MS);
    }
}

impl History {
    /// When the run after `base` has been due for a whole interval. Another interval makes the run due at another time, but
    /// not before the change; a run that was missed before a change stays missed.
    pub(super) fn overdue_at(&self, base: Millis) -> i64 {
        let mut since = base.0;
        for rhythm in self.rhythms.iter().filter(|rhythm| rhythm.until > base) {
            let overdue = overdue(base, since, i64::from(rhythm.interval_minutes).saturating_mul(60_000));
            if overdue < rhythm.until.0 {
                return overdue;
            }
            since = rhythm.until.0;
        }
        overdue(base, since, self.interval_ms)
    }
}

/// The same, of an interval that holds since `since`.
fn overdue(base: Millis, since: i64, interval_ms: i64) -> i64 {
    base.0.saturating_add(interval_ms).max(since).saturating_add(interval_ms)
}
