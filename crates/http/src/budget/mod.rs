//! How many requests may be under way, how fast they may follow each other, and who has to wait
//! because the server asked for it.
//!
//! There is one budget for a client, which is one for a site, and in it one for each endpoint group
//! (`group`); where the site says that it limits the caller, all groups become one. An admission is held from just before a request is sent until its body has been read,
//! never while waiting. As long as nothing is limited, a request only takes a permit of the
//! client's; once its group is, it lines up in the group's queue and leaves it in order.

mod group;
mod pace;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod virtual_time;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use tokio::sync::{Notify, Semaphore, SemaphorePermit};

use self::group::{Group, Verdict, Went};
use crate::rate_limit::{Advice, Clock, Reach};
use crate::standing::{self, Standing};
use crate::stats::Stats;
use crate::time::Timing;

#[derive(Debug)]
pub(crate) struct Budget {
    permits: Semaphore,
    most: usize,
    state: Mutex<State>,
    /// Told whenever a request has ended.
    freed: Notify,
    timing: Arc<dyn Timing>,
}

#[derive(Debug, Default)]
struct State {
    /// The instant, on the timing's own axis, before which nothing is sent.
    held_until: Duration,
    groups: HashMap<&'static str, Entry>,
    /// All groups are one, since the site limits the caller and not what is asked for.
    is_one: bool,
}

/// The name of the one group that all are where the site limits the caller.
const CALLER: &str = "";

#[derive(Debug)]
struct Entry {
    group: Group,
    /// Requests in line.
    queued: usize,
    line: Arc<Semaphore>,
}

impl Entry {
    fn new(most: usize) -> Self {
        Self { group: Group::new(most), queued: 0, line: Arc::new(Semaphore::new(1)) }
    }
}

/// Leave to send one request; dropping it ends the request.
#[derive(Debug)]
pub(crate) struct Admission<'a> {
    budget: &'a Budget,
    group: &'static str,
    sent_at: Duration,
    pub(crate) waited: Duration,
    _permit: SemaphorePermit<'a>,
}

impl Budget {
    pub(crate) fn new(max_in_flight: usize, timing: Arc<dyn Timing>) -> Self {
        let most = max_in_flight.clamp(1, Semaphore::MAX_PERMITS);
        Self { permits: Semaphore::new(most), most, state: Mutex::default(), freed: Notify::new(), timing }
    }

    /// Waits until the site's and the group's limits let a request through and a permit is free.
    pub(crate) async fn admit(&self, group: &'static str, stats: &Stats) -> Admission<'_> {
        if self.is_open(group) {
            let permit = self.permit().await;
            if self.is_open(group)
                && let Some(admission) = self.enter(group, permit, Duration::ZERO)
            {
                return admission;
            }
        }
        let begun = self.timing.elapsed();
        let queued = Queued::new(self, group);
        // The one at the head of the line waits for the limits, the others for their turn.
        let _turn = queued.line.acquire().await;
        loop {
            let mut freed = std::pin::pin!(self.freed.notified());
            freed.as_mut().enable();
            match self.verdict(group) {
                Verdict::Go => {
                    let permit = self.permit().await;
                    let waited = self.timing.elapsed().saturating_sub(begun);
                    if let Some(admission) = self.enter(group, permit, waited) {
                        return admission;
                    }
                }
                Verdict::Held(until) => self.hold_back(until, stats).await,
                Verdict::Full(None) => freed.await,
                Verdict::Full(Some(until)) => tokio::select! {
                    () = freed => {}
                    () = self.hold_back(until, stats) => {}
                },
            }
        }
    }

    /// How long requests of the group are held back from now on.
    pub(crate) fn held_for(&self, group: &'static str) -> Option<Duration> {
        match self.verdict(group) {
            Verdict::Held(until) => Some(until.saturating_sub(self.timing.elapsed())),
            _ => None,
        }
    }

    /// Closes the group, or the whole client, for `wait` from now.
    fn hold(&self, reach: Reach, group: &'static str, wait: Duration) {
        let until = self.timing.elapsed() + wait;
        let mut state = self.state();
        match reach {
            Reach::Client => state.held_until = state.held_until.max(until),
            Reach::Group => self.entry(&mut state, group).group.hold(until),
        }
    }

    /// Whether a request of the group could go now and nobody is before it.
    fn is_open(&self, group: &'static str) -> bool {
        let mut state = self.state();
        let now = self.timing.elapsed();
        let held = state.held_until > now;
        let entry = self.entry(&mut state, group);
        !held && entry.queued == 0 && entry.group.verdict(now) == Verdict::Go
    }

    fn verdict(&self, group: &'static str) -> Verdict {
        let mut state = self.state();
        let now = self.timing.elapsed();
        match state.held_until {
            until if until > now => Verdict::Held(until),
            _ => self.entry(&mut state, group).group.verdict(now),
        }
    }

    /// Sends a request on its way, unless that is not allowed any more.
    fn enter<'a>(
        &'a self,
        group: &'static str,
        permit: SemaphorePermit<'a>,
        waited: Duration,
    ) -> Option<Admission<'a>> {
        let mut state = self.state();
        let now = self.timing.elapsed();
        if state.held_until > now {
            return None;
        }
        let group_state = &mut self.entry(&mut state, group).group;
        if group_state.verdict(now) != Verdict::Go {
            return None;
        }
        group_state.go(now);
        Some(Admission { budget: self, group, sent_at: now, waited, _permit: permit })
    }

    async fn permit(&self) -> SemaphorePermit<'_> {
        match self.permits.acquire().await {
            Ok(permit) => permit,
            // The semaphore is never closed; without it there would be no one to send for.
            Err(_) => std::future::pending().await,
        }
    }

    async fn hold_back(&self, until: Duration, stats: &Stats) {
        let wait = until.saturating_sub(self.timing.elapsed());
        if !wait.is_zero() {
            stats.hold_back(&*self.timing, wait).await;
        }
    }

    fn entry<'s>(&self, state: &'s mut State, group: &'static str) -> &'s mut Entry {
        let group = if state.is_one { CALLER } else { group };
        state.groups.entry(group).or_insert_with(|| Entry::new(self.most))
    }

    /// Makes one group of all: what was in flight and in line in any of them is so in this one, and what any was asked
    /// to wait for is waited for.
    fn unite(&self, state: &mut State) {
        let mut caller = Entry::new(self.most);
        for (_, entry) in state.groups.drain() {
            caller.queued += entry.queued;
            caller.group.adopt(entry.group);
        }
        state.groups.insert(CALLER, caller);
        state.is_one = true;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admission<'_> {
    /// Takes in an answer: what it says of the limits, and whether the server keeps up.
    pub(crate) fn answered(&self, status: StatusCode, headers: &HeaderMap, now_ms: i64) {
        let went = match status.as_u16() {
            503 if headers.contains_key("retry-after") => Went::Overloaded,
            429 | 500..=599 => Went::Otherwise,
            _ => Went::Well,
        };
        self.learn(went, &standing::standing(headers, Clock::of(headers, now_ms)));
    }

    /// Takes in a refusal (429), and holds back whom it reaches for `delay`.
    pub(crate) fn refused(&self, advice: &Advice, headers: &HeaderMap, now_ms: i64, delay: Duration) {
        // What is left of a quota is no matter of how fast or how many at once.
        if advice.reach == Reach::Group {
            self.learn(Went::Refused, &standing::standing(headers, Clock::of(headers, now_ms)));
        }
        self.budget.hold(advice.reach, self.group, delay);
    }

    /// Holds the group back for `wait`.
    pub(crate) fn hold(&self, wait: Duration) {
        self.budget.hold(Reach::Group, self.group, wait);
    }

    /// Takes in that no answer came in time.
    pub(crate) fn timed_out(&self) {
        self.learn(Went::Overloaded, &Standing::default());
    }

    fn learn(&self, went: Went, standing: &Standing) {
        let mut state = self.budget.state();
        if standing.is_of_caller && !state.is_one {
            self.budget.unite(&mut state);
        }
        let now = self.budget.timing.elapsed();
        self.budget.entry(&mut state, self.group).group.learn(went, standing, self.sent_at, now);
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        self.budget.entry(&mut self.budget.state(), self.group).group.end();
        self.budget.freed.notify_waiters();
    }
}

/// A place in a group's line; dropping it leaves the line.
struct Queued<'a> {
    budget: &'a Budget,
    group: &'static str,
    line: Arc<Semaphore>,
}

impl<'a> Queued<'a> {
    fn new(budget: &'a Budget, group: &'static str) -> Self {
        let mut state = budget.state();
        let entry = budget.entry(&mut state, group);
        entry.queued += 1;
        Self { budget, group, line: Arc::clone(&entry.line) }
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.budget.entry(&mut self.budget.state(), self.group).queued -= 1;
    }
}
