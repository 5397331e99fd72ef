//! How many requests may be under way, and who has to wait because a server asked for it.
//!
//! A permit is held from just before a request is sent until its body has been read, never while
//! waiting. A gate closes a group, or the whole client, until an instant; an adaptive budget would
//! take the place of the fixed number of permits here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::rate_limit::Reach;
use crate::stats::Stats;
use crate::time::Timing;

#[derive(Debug)]
pub(crate) struct Budget {
    permits: Arc<Semaphore>,
    gates: Mutex<Gates>,
    timing: Arc<dyn Timing>,
}

/// Instants, on the timing's own axis, before which nothing is sent.
#[derive(Debug, Default)]
struct Gates {
    client: Duration,
    groups: HashMap<&'static str, Duration>,
}

/// Leave to send one request.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(crate) permit: OwnedSemaphorePermit,
    pub(crate) waited: Duration,
}

impl Budget {
    pub(crate) fn new(max_in_flight: usize, timing: Arc<dyn Timing>) -> Self {
        let permits = Arc::new(Semaphore::new(max_in_flight.clamp(1, Semaphore::MAX_PERMITS)));
        Self { permits, gates: Mutex::default(), timing }
    }

    /// Waits until the group's gate is open and a permit is free.
    pub(crate) async fn admit(&self, group: &'static str, stats: &Stats) -> Admission {
        let mut waited = Duration::ZERO;
        loop {
            waited += self.pass_gate(group, stats).await;
            let permit = match Arc::clone(&self.permits).acquire_owned().await {
                Ok(permit) => permit,
                // The semaphore is never closed; without it there would be no one to send for.
                Err(_) => std::future::pending().await,
            };
            if self.closed_for(group).is_zero() {
                return Admission { permit, waited };
            }
        }
    }

    /// Closes the gate for `wait` from now; a gate that stays closed longer already is left alone.
    pub(crate) fn hold(&self, reach: Reach, group: &'static str, wait: Duration) {
        let until = self.timing.elapsed() + wait;
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = match reach {
            Reach::Client => &mut gates.client,
            Reach::Group => gates.groups.entry(group).or_default(),
        };
        *gate = until.max(*gate);
    }

    async fn pass_gate(&self, group: &'static str, stats: &Stats) -> Duration {
        let mut waited = Duration::ZERO;
        loop {
            let wait = self.closed_for(group);
            if wait.is_zero() {
                return waited;
            }
            stats.hold_back(&*self.timing, wait).await;
            waited += wait;
        }
    }

    fn closed_for(&self, group: &'static str) -> Duration {
        let gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let group = gates.groups.get(group).copied().unwrap_or_default();
        group.max(gates.client).saturating_sub(self.timing.elapsed())
    }
}
