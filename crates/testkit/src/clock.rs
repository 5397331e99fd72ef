//! A clock that stands still until it is set.

use std::sync::atomic::{AtomicI64, Ordering};
use weir_model::{Clock, Millis};

/// Shows the instant it was set to.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    /// A clock at this instant.
    pub fn at(now: Millis) -> Self {
        Self(AtomicI64::new(now.0))
    }

    /// Sets it.
    pub fn set(&self, now: Millis) {
        self.0.store(now.0, Ordering::SeqCst);
    }

    /// Moves it on.
    pub fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Default for TestClock {
    /// 2026-03-04T05:06:07.123Z.
    fn default() -> Self {
        Self::at(Millis(1_772_600_767_123))
    }
}

impl Clock for TestClock {
    fn now(&self) -> Millis {
        Millis(self.0.load(Ordering::SeqCst))
    }
}
