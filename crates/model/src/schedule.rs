//! When an integration is to be brought up to date, what stands against it, and what was asked for besides.

use crate::{Deletion, Integration, Millis, Requester, RunId};

/// What can be asked for besides the schedule.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Asked {
    /// Bring it up to date.
    Sync,
    /// Compare every id with the site.
    Verify,
}

impl Asked {
    /// Every one of them.
    pub const ALL: [Self; 2] = [Self::Sync, Self::Verify];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Verify => "verify",
        }
    }
}

/// Something that was asked for and not done yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RunRequest {
    /// What.
    pub asked: Asked,
    /// A sync from the beginning; a comparison that believes large losses.
    pub thorough: bool,
    /// When it was asked for first.
    pub asked_at: Millis,
    /// By whom.
    pub asked_by: Requester,
}

/// The schedule passes an integration by.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Pause {
    /// Since when, where that is known.
    pub since: Option<Millis>,
    /// By whom; empty where that is not known.
    pub paused_by: String,
    /// Until when; `None` until somebody resumes it.
    pub until: Option<Millis>,
}

impl Pause {
    /// Whether it holds at `now`.
    pub fn holds(&self, now: Millis) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// What was planned for an integration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Schedule {
    /// The rhythm that it was planned by.
    pub basis: String,
    /// When the next run is due.
    pub due_at: Millis,
    /// The due time that was last seen to.
    pub served_at: Option<Millis>,
    /// Failures in a row.
    pub failures: u32,
    /// Code of the last of them.
    pub failure_code: Option<String>,
    /// When it was.
    pub failed_at: Option<Millis>,
}

/// Due times in a row at which nobody was there to run it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MissedRuns {
    /// The first of them.
    pub first_due_at: Millis,
    /// The last of them.
    pub last_due_at: Millis,
    /// How many.
    pub runs: u64,
    /// When it was seen.
    pub noticed_at: Millis,
}

/// An integration with all that decides when it is run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Planned {
    /// The integration.
    pub integration: Integration,
    /// What was planned; `None` before its first scheduled run.
    pub schedule: Option<Schedule>,
    /// The pause; `None` where it was not paused.
    pub pause: Option<Pause>,
    /// The deletion that it waits for; nothing is run before it.
    pub deletion: Option<Deletion>,
    /// What was asked for, in the order in which it is done.
    pub requests: Vec<RunRequest>,
    /// The run that is under way: begun, not ended, and its lease has not run out.
    pub under_way: Option<RunId>,
}

impl Planned {
    /// Whether the schedule passes it by at an instant: it is paused, or waits to be deleted.
    pub fn is_passed_by(&self, now: Millis) -> bool {
        self.deletion.is_some() || self.pause.as_ref().is_some_and(|pause| pause.holds(now))
    }
}
