//! Time and chance, passed in so that tests own them.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// The wall clock: milliseconds since the Unix epoch.
pub type WallClock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// A source of chance for jitter: numbers in `0.0..1.0`. Need not be cryptographic.
pub type Random = Arc<dyn Fn() -> f64 + Send + Sync>;

/// How a client reads time and waits.
pub trait Timing: Send + Sync + fmt::Debug {
    /// Milliseconds since the Unix epoch, for comparing with instants a server names.
    fn wall_ms(&self) -> i64;
    /// Time since some fixed origin; never goes back.
    fn elapsed(&self) -> Duration;
    /// Completes after `duration`.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// Waits on tokio's timer; reads the wall clock it was given.
pub struct TokioTiming {
    origin: tokio::time::Instant,
    wall: WallClock,
}

impl TokioTiming {
    /// Timing on tokio's clock with `wall` for absolute instants.
    pub fn new(wall: WallClock) -> Self {
        Self { origin: tokio::time::Instant::now(), wall }
    }
}

impl fmt::Debug for TokioTiming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokioTiming").finish_non_exhaustive()
    }
}

impl Timing for TokioTiming {
    fn wall_ms(&self) -> i64 {
        (self.wall)()
    }

    fn elapsed(&self) -> Duration {
        self.origin.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(duration))
    }
}
