//! The times in which data did not come in, exactly, for those who never look at bars.

use super::{History, PastRun, PausedTime, stuck_at, usual_ms};
use crate::Millis;

/// Why data did not come in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GapKind {
    /// Runs failed.
    Failed,
    /// No run came, though one was due.
    Missed,
    /// A run hung.
    Stuck,
    /// Somebody paused it: this is no gap, but it is listed with them.
    Paused,
}

impl GapKind {
    /// Its word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Missed => "missed",
            Self::Stuck => "stuck",
            Self::Paused => "paused",
        }
    }
}

/// A time in which data did not come in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gap {
    /// Since when: the end of the first run that failed, or when a run had been due for an interval.
    pub from: Millis,
    /// Until when: the end of the next good run, or the beginning of a pause. `None` while it lasts.
    pub until: Option<Millis>,
    /// Why.
    pub kind: GapKind,
    /// Code of the error that ended the first run that failed.
    pub error_code: Option<String>,
    /// Issues that the run wrote which ended it; `None` where none did.
    pub caught_up: Option<u64>,
}

enum Moment<'a> {
    Run(&'a PastRun),
    PausedTime(&'a PausedTime),
}

impl Moment<'_> {
    fn begins(&self) -> Millis {
        match self {
            Moment::Run(run) => run.started_at,
            Moment::PausedTime(pause) => pause.since,
        }
    }

    /// When it is known what came of it.
    fn settled(&self) -> Millis {
        match self {
            Moment::Run(run) => run.ended_at.unwrap_or(run.started_at),
            Moment::PausedTime(pause) => pause.since,
        }
    }
}

/// Walks from moment to moment.
struct Walk<'a> {
    history: &'a History,
    usual: Option<i64>,
    /// When data came in last, or was not to.
    base: Millis,
    open: Option<Gap>,
    found: Vec<Gap>,
}

impl History {
    /// The gaps, and the pauses, of which a part lies between these instants; the newest first.
    pub fn gaps(&self, from: Millis, until: Millis) -> Vec<Gap> {
        let runs = self.plausible();
        let pauses = self.pauses.iter().filter(|pause| pause.since <= self.now);
        let mut moments: Vec<Moment<'_>> =
            runs.iter().map(Moment::Run).chain(pauses.map(Moment::PausedTime)).collect();
        moments.sort_by_key(Moment::settled);
        let mut walk =
            Walk { history: self, usual: usual_ms(&runs), base: self.created_at, open: None, found: vec![] };
        for moment in &moments {
            walk.missed_until(moment.begins());
            match moment {
                Moment::Run(run) => walk.run(run),
                Moment::PausedTime(pause) => walk.pause(pause),
            }
        }
        walk.missed_until(self.now);
        walk.found.extend(walk.open.take());
        let is_seen = |gap: &Gap| gap.from < until && gap.until.is_none_or(|end| end > from);
        let mut gaps: Vec<Gap> = walk.found.into_iter().filter(is_seen).collect();
        gaps.sort_by_key(|gap| std::cmp::Reverse(gap.from));
        gaps
    }
}

impl Walk<'_> {
    /// Nothing came between the last moment and this instant.
    fn missed_until(&mut self, at: Millis) {
        let overdue = self.history.overdue_at(self.base);
        if self.open.is_none() && at.0 > overdue {
            self.begin(Millis(overdue), GapKind::Missed, None);
        }
    }

    fn run(&mut self, run: &PastRun) {
        let now = self.history.now;
        match run.ended_at {
            Some(ended) if run.is_good => self.end(ended, Some(run.written)),
            Some(ended) => self.begin(ended, GapKind::Failed, run.error_code.clone()),
            None => {
                if let Some(stuck) = stuck_at(run, self.usual).filter(|stuck| now.0 > *stuck) {
                    self.begin(Millis(stuck), GapKind::Stuck, None);
                }
            }
        }
        self.base = self.base.max(run.ended_at.unwrap_or(now));
    }

    fn pause(&mut self, pause: &PausedTime) {
        self.end(pause.since, None);
        let (from, until) = (pause.since, pause.until);
        self.found.push(Gap { from, until, kind: GapKind::Paused, error_code: None, caught_up: None });
        self.base = self.base.max(until.unwrap_or(self.history.now));
    }

    fn begin(&mut self, from: Millis, kind: GapKind, error_code: Option<String>) {
        self.open.get_or_insert(Gap { from, until: None, kind, error_code, caught_up: None });
    }

    fn end(&mut self, at: Millis, caught_up: Option<u64>) {
        if let Some(gap) = self.open.take() {
            self.found.push(Gap { until: Some(at.max(gap.from)), caught_up, ..gap });
        }
    }
}
