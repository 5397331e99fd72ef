//! When an integration brought its data in, and when it did not: the rule behind the timeline, the gaps and the percentage.
//!
//! A segment of the timeline is what these say of it, the first that is true:
//!
//! 1. The run that finished last in it was good: healthy. It was not: unhealthy. What a good run found does not matter; nothing
//!    new is healthy too.
//! 2. A run was open at its end: pending; open for more than three times its usual duration: unhealthy, stuck.
//! 3. It ended before the integration was there, or in a pause: no data.
//! 4. A run was due by the interval that held then, and an interval had passed since: unhealthy, missed.
//! 5. No data: nothing was due.
//!
//! Everything is a function of instants: neither a change of summer time nor of a viewer's zone moves a segment.

mod gaps;
mod rhythm;

pub use gaps::{Gap, GapKind};
pub use rhythm::PastRhythm;

use crate::{Millis, RunId};

/// How many times its usual duration a run may be open.
const STUCK_AFTER: i64 = 3;

/// A run is not called stuck before this, however quick others are.
const SOONEST_STUCK_MS: i64 = 5 * 60_000;

/// A run as the timeline sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PastRun {
    /// Its id.
    pub id: RunId,
    /// When it began.
    pub started_at: Millis,
    /// When it ended.
    pub ended_at: Option<Millis>,
    /// Whether it brought everything, or everything but what was withheld, with no project left out.
    pub is_good: bool,
    /// Code of the error that ended it.
    pub error_code: Option<String>,
    /// Issues that it wrote.
    pub written: u64,
}

/// A time in which the schedule passed an integration by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PausedTime {
    /// Since when.
    pub since: Millis,
    /// Until when; `None` while it lasts.
    pub until: Option<Millis>,
}

/// What is known of an integration's past.
#[derive(Clone, Debug)]
pub struct History {
    /// When it was added.
    pub created_at: Millis,
    /// Milliseconds between runs.
    pub interval_ms: i64,
    /// What was between them before, the oldest first.
    pub rhythms: Vec<PastRhythm>,
    /// Its runs in any order, but no comparisons.
    pub runs: Vec<PastRun>,
    /// Its pauses in any order.
    pub pauses: Vec<PausedTime>,
    /// The present instant.
    pub now: Millis,
}

/// What a segment is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SegmentState {
    /// The last run that finished in it was good.
    Healthy,
    /// It was not, hangs, or did not come.
    Unhealthy,
    /// A run was under way.
    Pending,
    /// Nothing was to come.
    NoData,
}

impl SegmentState {
    /// Every state, in the order of legends.
    pub const ALL: [Self; 4] = [Self::Healthy, Self::Unhealthy, Self::Pending, Self::NoData];

    /// Its word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
            Self::Pending => "pending",
            Self::NoData => "no_data",
        }
    }
}

/// Why a segment is what it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SegmentReason {
    /// A good run.
    UpToDate,
    /// A run that was not.
    Failed,
    /// A run under way.
    Running,
    /// A run that hangs.
    Stuck,
    /// No run, though one was due.
    Missed,
    /// The integration was not there yet.
    NotCreated,
    /// It was paused.
    Paused,
    /// No run was due.
    NotDue,
}

impl SegmentReason {
    /// Its word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UpToDate => "up_to_date",
            Self::Failed => "failed",
            Self::Running => "running",
            Self::Stuck => "stuck",
            Self::Missed => "missed",
            Self::NotCreated => "not_created",
            Self::Paused => "paused",
            Self::NotDue => "not_due",
        }
    }

    fn state(self) -> SegmentState {
        match self {
            Self::UpToDate => SegmentState::Healthy,
            Self::Failed | Self::Stuck | Self::Missed => SegmentState::Unhealthy,
            Self::Running => SegmentState::Pending,
            Self::NotCreated | Self::Paused | Self::NotDue => SegmentState::NoData,
        }
    }
}

/// A part of the timeline.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Segment {
    /// Where it begins.
    pub from: Millis,
    /// Where it ends, which is not part of it.
    pub until: Millis,
    /// What it is.
    pub state: SegmentState,
    /// Why.
    pub reason: SegmentReason,
    /// Runs that finished in it.
    pub runs: u32,
    /// Of these, those that were not good.
    pub failed: u32,
    /// Code of the error that ended the last of those.
    pub error_code: Option<String>,
}

/// How many segments are what.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "the names are those of the states")]
pub struct SegmentCounts {
    pub healthy: u32,
    pub unhealthy: u32,
    pub pending: u32,
    pub no_data: u32,
}

impl SegmentCounts {
    /// Counts them.
    pub fn of(segments: &[Segment]) -> Self {
        let mut counts = Self::default();
        for segment in segments {
            *counts.of_state_mut(segment.state) += 1;
        }
        counts
    }

    /// Those of one state.
    pub fn of_state(mut self, state: SegmentState) -> u32 {
        *self.of_state_mut(state)
    }

    /// All of them.
    pub fn total(self) -> u32 {
        self.healthy + self.unhealthy + self.pending + self.no_data
    }

    /// Healthy ÷ (healthy + unhealthy), in percent; `None` where there is neither.
    pub fn percent(self) -> Option<f64> {
        let judged = self.healthy + self.unhealthy;
        (judged > 0).then(|| f64::from(self.healthy) * 100.0 / f64::from(judged))
    }

    fn of_state_mut(&mut self, state: SegmentState) -> &mut u32 {
        match state {
            SegmentState::Healthy => &mut self.healthy,
            SegmentState::Unhealthy => &mut self.unhealthy,
            SegmentState::Pending => &mut self.pending,
            SegmentState::NoData => &mut self.no_data,
        }
    }
}

impl History {
    /// The segments of this length from one instant to another.
    pub fn segments(&self, from: Millis, until: Millis, length_ms: i64) -> Vec<Segment> {
        let runs = self.plausible();
        let usual = usual_ms(&runs);
        let begins = (from.0..until.0).step_by(usize::try_from(length_ms).unwrap_or(usize::MAX).max(1));
        begins.map(|begin| self.segment(&runs, usual, Millis(begin), Millis(begin + length_ms))).collect()
    }

    fn segment(&self, runs: &[PastRun], usual: Option<i64>, from: Millis, until: Millis) -> Segment {
        // What is not over yet is judged as of now.
        let at = until.min(Millis(self.now.0 + 1));
        let ended_in = |run: &&PastRun| run.ended_at.is_some_and(|ended| ended >= from && ended < at);
        let finished: Vec<&PastRun> = runs.iter().filter(ended_in).collect();
        let last = finished.iter().max_by_key(|run| (run.ended_at, run.started_at));
        let newest = runs.iter().rev().find(|run| run.started_at < at);
        let open = newest.filter(|run| run.ended_at.is_none_or(|ended| ended >= at));
        let reason = match (last, open) {
            (Some(run), _) if run.is_good => SegmentReason::UpToDate,
            (Some(_), _) => SegmentReason::Failed,
            (None, Some(run)) if is_stuck(run, usual, at) => SegmentReason::Stuck,
            (None, Some(_)) => SegmentReason::Running,
            (None, None) => self.without_run(runs, at),
        };
        let failed: Vec<&&PastRun> = finished.iter().filter(|run| !run.is_good).collect();
        Segment {
            from,
            until,
            state: reason.state(),
            reason,
            runs: small(finished.len()),
            failed: small(failed.len()),
            error_code: failed
                .iter()
                .max_by_key(|run| (run.ended_at, run.started_at))
                .and_then(|run| run.error_code.clone()),
        }
    }

    /// What a segment that ends at `at` is, where no run finished in it or was open at its end.
    fn without_run(&self, runs: &[PastRun], at: Millis) -> SegmentReason {
        if at <= self.created_at {
            return SegmentReason::NotCreated;
        }
        let is_within = |pause: &PausedTime| pause.since < at && pause.until.is_none_or(|until| until >= at);
        if self.pauses.iter().any(is_within) {
            return SegmentReason::Paused;
        }
        let ran = runs.iter().filter_map(|run| run.ended_at).filter(|ended| *ended < at);
        let resumed = self.pauses.iter().filter_map(|pause| pause.until).filter(|until| *until < at);
        let base = ran.chain(resumed).max().unwrap_or(self.created_at).max(self.created_at);
        if at.0 > self.overdue_at(base) { SegmentReason::Missed } else { SegmentReason::NotDue }
    }

    /// The runs by their beginning, without what only a wrong clock or a killed process can have left: ends before
    /// beginnings, what is to come, and open runs that others came after.
    fn plausible(&self) -> Vec<PastRun> {
        let mut runs: Vec<PastRun> =
            self.runs.iter().filter(|run| run.started_at <= self.now).cloned().collect();
        for run in &mut runs {
            run.ended_at = run.ended_at.map(|ended| ended.min(self.now).max(run.started_at));
        }
        runs.sort_by_key(|run| (run.started_at, run.ended_at));
        let newest = runs.last().map(|run| run.started_at);
        runs.retain(|run| run.ended_at.is_some() || Some(run.started_at) == newest);
        runs
    }
}

/// The median duration of good runs.
fn usual_ms(runs: &[PastRun]) -> Option<i64> {
    let good = runs.iter().filter(|run| run.is_good);
    let mut all: Vec<i64> =
        good.filter_map(|run| run.ended_at.map(|ended| ended.since(run.started_at))).collect();
    all.sort_unstable();
    all.get(all.len() / 2).copied()
}

/// When a run is taken for stuck; `None` where nobody knows how long one takes.
fn stuck_at(run: &PastRun, usual: Option<i64>) -> Option<i64> {
    usual.map(|usual| run.started_at.0 + usual.saturating_mul(STUCK_AFTER).max(SOONEST_STUCK_MS))
}

fn is_stuck(run: &PastRun, usual: Option<i64>, at: Millis) -> bool {
    stuck_at(run, usual).is_some_and(|stuck| at.0 > stuck)
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
