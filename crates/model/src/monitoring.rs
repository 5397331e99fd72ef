//! What monitoring shows of an integration: the times it looks at, and what is counted in them.

use crate::{IssueId, Millis, RunId};
use std::str::FromStr;

const HOUR_MS: i64 = 3_600_000;

/// Milliseconds of a day.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// How far monitoring looks back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Range {
    /// Seven days.
    #[default]
    Week,
    /// Thirty days.
    Month,
}

impl Range {
    /// Every range.
    pub const ALL: [Self; 2] = [Self::Week, Self::Month];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    /// Its length in days.
    pub fn days(self) -> i64 {
        match self {
            Self::Week => 7,
            Self::Month => 30,
        }
    }

    /// Length of a segment of the timeline: 84 are a week, 120 are thirty days.
    pub fn segment_ms(self) -> i64 {
        match self {
            Self::Week => 2 * HOUR_MS,
            Self::Month => 6 * HOUR_MS,
        }
    }

    /// How many segments one bar stands for where there is little room: 28 bars are a week, 30 are thirty days.
    pub fn segments_of_narrow_bar(self) -> usize {
        match self {
            Self::Week => 3,
            Self::Month => 4,
        }
    }

    /// The time that ends with the segment that `now` is in. Segments begin at multiples of their length, so that history
    /// never shifts.
    pub fn window(self, now: Millis) -> Window {
        let segment = self.segment_ms();
        let until = (now.0.div_euclid(segment) + 1) * segment;
        Window { from: Millis(until - self.days() * DAY_MS), until: Millis(until) }
    }
}

impl FromStr for Range {
    type Err = crate::UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|range| range.as_str() == word).ok_or(crate::UnknownWord)
    }
}

/// A time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    /// Its beginning.
    pub from: Millis,
    /// Its end, which is not part of it.
    pub until: Millis,
}

impl Window {
    /// The numbers of the days (UTC, since 1970) that it touches.
    pub fn days(self) -> std::ops::RangeInclusive<i64> {
        day_of(self.from)..=day_of(Millis(self.until.0 - 1))
    }
}

/// The number of the day (UTC, since 1970) that an instant is in.
pub fn day_of(at: Millis) -> i64 {
    at.0.div_euclid(DAY_MS)
}

/// What was ingested on one day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct IngestedDay {
    /// The day's number (UTC, since 1970).
    pub day: i64,
    /// Issues first stored on it.
    pub new: u64,
    /// Others that changed here on it, each once.
    pub changed: u64,
}

/// Which issues a list is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ingested {
    /// Those first stored.
    New,
    /// Others that changed here, each once for each day.
    Changed,
}

impl Ingested {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
        }
    }
}

impl FromStr for Ingested {
    type Err = crate::UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        [Self::New, Self::Changed].into_iter().find(|one| one.as_str() == word).ok_or(crate::UnknownWord)
    }
}

/// An issue that was ingested.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IngestedIssue {
    /// Its number here, which cursors are made of.
    pub no: i64,
    /// Its id.
    pub id: IssueId,
    /// Its present key.
    pub key: String,
    /// The project that it is in.
    pub project_key: String,
    /// Its summary, where it is not excluded.
    pub summary: Option<String>,
    /// When it was first stored, or last changed here on that day.
    pub at: Millis,
    /// What it is believed to be now.
    pub state: String,
}

/// All that was ever ingested.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct IngestedTotal {
    /// Issues ever stored.
    pub issues: u64,
    /// Of these, those that are not live any more.
    pub away: u64,
}

/// A project as monitoring shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OnboardedProject {
    /// Its id.
    pub id: String,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its state, by word.
    pub state: String,
    /// When it was first seen; where a query chooses issues, when the first of its issues came.
    pub onboarded_at: Millis,
    /// When its first issue was stored.
    pub taken_at: Option<Millis>,
    /// Whether issues of it are here that are in scope.
    pub has_issues: bool,
    /// When it was last read from end to end, or looked through for changes.
    pub as_of: Option<Millis>,
    /// How long half of its changes took to come here.
    pub lag_p50_ms: Option<i64>,
    /// How long all but one in twenty of its changes took to come here.
    pub lag_p95_ms: Option<i64>,
}

impl OnboardedProject {
    /// Whether it was ever read, with or without issues in it.
    pub fn was_read(&self) -> bool {
        self.as_of.is_some() || self.taken_at.is_some()
    }

    /// Whether the site still shows it.
    pub fn is_here(&self) -> bool {
        matches!(self.state.as_str(), "live" | "archived")
    }
}

/// What runs asked of the site.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RunLoad {
    /// Runs that began.
    pub runs: u64,
    /// Requests that they sent.
    pub requests: u64,
    /// Runs that were asked to wait.
    pub waits: u64,
    /// How long they waited.
    pub waited_ms: u64,
    /// The run that waited longest, when it began and how long it waited.
    pub longest: Option<(RunId, Millis, u64)>,
}

/// How long changes took to come here, over all projects.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Lag {
    /// How many changes this speaks of.
    pub changes: u64,
    /// Half of them took no longer.
    pub p50_ms: Option<i64>,
    /// All but one in twenty took no longer.
    pub p95_ms: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_with_the_segment_of_now_and_is_a_whole_range() {
        let now = Millis(1_772_600_767_123);
        for range in Range::ALL {
            let window = range.window(now);
            assert!(window.from <= now && now < window.until);
            assert_eq!(window.until.0 - window.from.0, range.days() * DAY_MS);
            assert_eq!(window.from.0 % range.segment_ms(), 0);
            assert_eq!(range.as_str().parse(), Ok(range));
        }
        // At the very edge the next segment begins.
        assert_eq!(Range::Week.window(Millis(7_200_000)).until, Millis(14_400_000));
        assert_eq!(Range::Week.window(Millis(7_199_999)).until, Millis(7_200_000));
    }

    #[test]
    fn the_days_of_a_window_are_those_it_touches() {
        let days = |from, until| Window { from: Millis(from), until: Millis(until) }.days();
        assert_eq!(days(0, DAY_MS), 0..=0);
        assert_eq!(days(1, DAY_MS + 1), 0..=1);
    }
}
