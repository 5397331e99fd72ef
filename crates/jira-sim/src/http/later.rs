//! Edits that wait until so many requests more have come, so that they happen while somebody reads.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::access::Changing;
use super::site::Site;
use crate::edit::{Edit, EditKind};

/// What waits.
#[derive(Debug)]
pub(crate) enum Plan {
    One(Edit),
    Many { seed: u64, count: usize, kinds: Vec<EditKind>, spread_ms: i64 },
    Access(Changing),
}

#[derive(Debug, Default)]
pub(crate) struct Later {
    requests: AtomicU64,
    waiting: Mutex<Vec<(u64, Plan)>>,
    refused: AtomicU64,
}

impl Later {
    fn waiting(&self) -> MutexGuard<'_, Vec<(u64, Plan)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be done before the request that comes after so many more is answered.
    pub(crate) fn plan(&self, after_requests: u64, plan: Plan) {
        let at = self.requests.load(Ordering::Relaxed) + after_requests;
        self.waiting().push((at, plan));
    }

    /// How many plans wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting().len()
    }

    /// How many single edits could not be done when their time came.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Drops what waits.
    pub(crate) fn clear(&self) {
        self.waiting().clear();
    }

    /// Counts a request, and does what was waiting for it.
    pub(crate) fn request(&self, site: &Site) {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let mut waiting = self.waiting();
        if waiting.iter().all(|(at, _)| *at > number) {
            return;
        }
        let (due, rest): (Vec<_>, Vec<_>) = waiting.drain(..).partition(|(at, _)| *at <= number);
        *waiting = rest;
        drop(waiting);
        for (_, plan) in due {
            match plan {
                Plan::One(edit) => {
                    if site.edit_one(&edit).is_err() {
                        self.refused.fetch_add(1, Ordering::Relaxed);
                    }
                }
                Plan::Access(change) => {
                    if !change.apply(site) {
                        self.refused.fetch_add(1, Ordering::Relaxed);
                    }
                }
                Plan::Many { seed, count, kinds, spread_ms } => {
                    site.edit_many(seed, count, &kinds, spread_ms);
                }
            }
        }
    }
}
