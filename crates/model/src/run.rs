//! One attempt to bring an integration up to date.

use crate::{Kind, Millis, RunId, Tally};
use serde::{Deserialize, Serialize};

/// What begins a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// A person at the command line.
    Manual,
    /// The schedule.
    Schedule,
    /// A person who wants everything compared.
    Verify,
    /// The comparison that is due after a sync.
    Census,
}

impl Trigger {
    /// The word used in the public views.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Schedule => "schedule",
            Self::Verify => "verify",
            Self::Census => "census",
        }
    }
}

/// Who asked for a run, as the audit log names them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Requester {
    /// The id of an account or of a key; `None` at the command line.
    pub id: Option<String>,
    /// Their name at that time.
    pub name: String,
}

impl Requester {
    /// Whoever may run commands.
    pub fn command_line() -> Self {
        Self { id: None, name: "command line".into() }
    }
}

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunResult {
    /// Everything in scope was read and stored.
    Success,
    /// Stored, but parts were withheld or not understood; they are counted and named.
    Partial,
    /// It stopped; what was stored stays, the checkpoint with it.
    Failed,
    /// It was stopped by a person.
    Cancelled,
}

impl RunResult {
    /// The word used in the public views.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A run as it is kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The integration's name.
    pub integration: String,
    /// What began it.
    pub trigger: String,
    /// Who asked for it, where somebody did; of runs of before that is not known.
    pub asked_by: Option<Requester>,
    /// When it began.
    pub started_at: Millis,
    /// When it ended; `None` while it runs, or where its process died.
    pub ended_at: Option<Millis>,
    /// How it ended, by word.
    pub result: Option<String>,
    /// Which attempt it was.
    pub attempt: i64,
    /// Requests sent.
    pub requests: i64,
    /// Time spent waiting at the source's wish.
    pub waited_ms: i64,
    /// Records read.
    pub read: i64,
    /// Records written.
    pub written: i64,
    /// Records found unchanged.
    pub unchanged: i64,
    /// Records withheld by the source.
    pub skipped: i64,
    /// Records not understood.
    pub failed: i64,
    /// Code of the error that ended it.
    pub error_code: Option<String>,
}

/// How far a run has come that is under way.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RunProgress {
    /// When this was so.
    pub at: Millis,
    /// Projects in scope, once known.
    pub projects: u64,
    /// Issues that are expected: an estimate that the reading corrects; 0 where only changes are read.
    pub issues_expected: u64,
    /// Issues read so far.
    pub issues: u64,
    /// Requests sent so far.
    pub requests: u64,
    /// Time spent waiting so far, at the source's wish.
    pub waited_ms: u64,
    /// Until when it waits now, at the source's wish.
    pub waiting_until: Option<Millis>,
}

impl RunProgress {
    /// How much of what is expected was read, in percent; `None` where nothing is expected.
    pub fn percent(&self) -> Option<u64> {
        (self.issues_expected > 0).then(|| (self.issues * 100 / self.issues_expected).min(99))
    }

    /// How long it will take at the pace of a run that began at `started`; `None` where that cannot be told yet.
    pub fn left_ms(&self, started: Millis) -> Option<i64> {
        let left = self.issues_expected.checked_sub(self.issues).filter(|left| *left > 0)?;
        let taken = u64::try_from(self.at.since(started)).ok().filter(|taken| *taken > 0)?;
        i64::try_from(taken.saturating_mul(left).checked_div(self.issues)?).ok()
    }
}

/// A quota of the site as its answers told it last; on Cloud it is counted in points.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Quota {
    /// What there is of it in a window.
    pub limit: u64,
    /// Of that, what was still left.
    pub left: u64,
    /// When it is full again.
    pub resets_at: Millis,
}

impl Quota {
    /// What is left of it as it was told, or all of it where it is full again since.
    pub fn left_at(&self, now: Millis) -> u64 {
        if now >= self.resets_at { self.limit } else { self.left }
    }
}

/// What a finished run leaves behind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RunOutcome {
    /// How it ended.
    pub result: RunResult,
    /// Counts by kind.
    pub tally: Tally,
    /// Requests sent.
    pub requests: u64,
    /// Time spent waiting at the source's wish.
    pub waited_ms: u64,
    /// Code of the error that ended it.
    pub error_code: Option<String>,
}

/// How serious a line of a run's log is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunLevel {
    /// For the record.
    Info,
    /// Something was withheld or odd.
    Warning,
    /// Something failed.
    Error,
}

impl RunLevel {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A line of a run's log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RunEvent {
    /// When.
    pub at: Millis,
    /// How serious.
    pub level: RunLevel,
    /// A stable code.
    pub code: String,
    /// What it is about.
    pub what: Option<Kind>,
    /// Which one.
    pub subject: String,
    /// One sentence.
    pub message: String,
}
