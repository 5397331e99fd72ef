//! A rate that requests keep: a token bucket of one token, told by the instant of the next.
//!
//! An advertised rate is kept a little below, so that a window of the server's never sees more than
//! its limit. A guessed one is what requests had when one was refused, less a part; it grows
//! steadily until it is refused again, or is clearly not needed.

use std::time::Duration;

/// Of an advertised rate, the part that is used.
const USED: f64 = 0.97;

/// Of a rate that was refused, the part that is kept.
const KEPT: f64 = 0.7;

/// What a rate grows by in a second, as a part of what it was when it was refused.
const GROWTH: f64 = 0.02;

/// The lowest rate, in requests a second.
const LOWEST: f64 = 0.2;

/// Timers have whole milliseconds; a request that is late by less than this is made up for.
const MADE_UP: Duration = Duration::from_millis(2);

#[derive(Debug)]
pub(super) struct Pace {
    rate: f64,
    /// The advertised rate's used part.
    ceiling: Option<f64>,
    /// The rate after the last refusal that was not foreseen.
    cut_to: f64,
    grown_at: Duration,
    next_at: Duration,
    /// Kept because of a refusal, and not only because little was left.
    pub(super) is_earned: bool,
}

impl Pace {
    pub(super) fn advertised(rate: f64, now: Duration) -> Self {
        Self::new(rate * USED, Some(rate * USED), now)
    }

    pub(super) fn guessed(had: f64, now: Duration) -> Self {
        Self::new(had * KEPT, None, now)
    }

    fn new(rate: f64, ceiling: Option<f64>, now: Duration) -> Self {
        let rate = rate.max(if ceiling.is_some() { f64::MIN_POSITIVE } else { LOWEST });
        let mut pace = Self { rate, ceiling, cut_to: rate, grown_at: now, next_at: now, is_earned: false };
        pace.next_at += pace.interval();
        pace
    }

    /// The slower of two rates; neither's next request goes earlier than it would have.
    pub(super) fn slower(self, other: Self) -> Self {
        let next_at = self.next_at.max(other.next_at);
        let slower = if other.rate < self.rate { other } else { self };
        Self { next_at, ..slower }
    }

    /// When the next request may go.
    pub(super) fn next_at(&self) -> Duration {
        self.next_at
    }

    /// A request goes; what it is late by is made up for up to a quarter of an interval.
    pub(super) fn go(&mut self, now: Duration) {
        let interval = self.interval();
        let late = (interval / 4).max(MADE_UP).min(interval);
        self.next_at = self.next_at.max(now.saturating_sub(late)) + interval;
    }

    /// The server says what can be kept up.
    pub(super) fn advertise(&mut self, rate: f64) {
        let ceiling = rate * USED;
        if self.ceiling == Some(ceiling) {
            return;
        }
        // A rate that was only guessed gives way to one that is told.
        self.rate = if self.ceiling.is_none() { ceiling } else { self.rate.min(ceiling) };
        self.ceiling = Some(ceiling);
    }

    /// Refused in spite of the rate: others use the limit too, or it is lower than told.
    pub(super) fn refused(&mut self, now: Duration) {
        self.rate = (self.rate * KEPT).max(LOWEST);
        (self.cut_to, self.grown_at) = (self.rate, now);
    }

    /// Grows by the time that has passed since it last grew.
    pub(super) fn grow(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.grown_at).as_secs_f64();
        self.grown_at = now;
        self.rate = (self.rate + self.cut_to * GROWTH * passed).min(self.ceiling.unwrap_or(f64::MAX));
    }

    /// Whether a guess has grown so far without a refusal that it holds nobody back.
    pub(super) fn is_over(&self) -> bool {
        self.ceiling.is_none() && self.rate > self.cut_to * 3.0
    }

    #[cfg(test)]
    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    fn interval(&self) -> Duration {
        Duration::from_secs_f64((1.0 / self.rate).min(3600.0))
    }
}
