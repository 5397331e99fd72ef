//! The simulator's own clock: the real time until somebody sets it; from then on it stands still until it is moved.

use std::sync::{Mutex, PoisonError};

#[derive(Debug, Clone, Copy)]
enum Mode {
    /// The real time and this many milliseconds.
    Running {
        ahead: i64,
    },
    Standing {
        now: i64,
    },
}

#[derive(Debug)]
pub(crate) struct Clock(Mutex<Mode>);

impl Clock {
    pub(crate) fn real() -> Clock {
        Clock(Mutex::new(Mode::Running { ahead: 0 }))
    }

    fn mode(&self) -> std::sync::MutexGuard<'_, Mode> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Epoch milliseconds.
    pub(crate) fn now(&self) -> i64 {
        match *self.mode() {
            Mode::Running { ahead } => real_time() + ahead,
            Mode::Standing { now } => now,
        }
    }

    /// Sets the clock; it stands still from here on.
    pub(crate) fn set(&self, now: i64) {
        *self.mode() = Mode::Standing { now };
    }

    /// Sets the clock, and it goes on from there.
    pub(crate) fn run_from(&self, now: i64) {
        *self.mode() = Mode::Running { ahead: now - real_time() };
    }

    /// Puts the clock forward (or back), running or not.
    pub(crate) fn advance(&self, by: i64) {
        match &mut *self.mode() {
            Mode::Running { ahead } => *ahead = ahead.saturating_add(by),
            Mode::Standing { now } => *now = now.saturating_add(by),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the simulator owns its clock and shares no code with what it judges"
)]
fn real_time() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
