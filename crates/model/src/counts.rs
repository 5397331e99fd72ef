//! Counts that add up: `read = written + unchanged + skipped + failed`.

use crate::{Anomaly, AnomalyKind};
use serde::{Deserialize, Serialize};

/// A kind of record; its word is the name of the public view that shows it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(usize)]
pub enum Kind {
    /// Issues.
    Issues,
    /// Keys of issues, old and new.
    IssueKeys,
    /// History items.
    IssueChanges,
    /// Comments.
    IssueComments,
    /// Worklogs.
    IssueWorklogs,
    /// Ends of links.
    IssueLinks,
    /// Sprint memberships.
    IssueSprints,
    /// Support cases.
    IssueCases,
    /// Projects.
    Projects,
    /// Boards.
    Boards,
    /// Sprints.
    Sprints,
    /// Versions.
    Versions,
    /// Components.
    Components,
    /// Statuses.
    Statuses,
    /// Issue types.
    IssueTypes,
    /// Priorities.
    Priorities,
    /// Resolutions.
    Resolutions,
    /// Fields.
    Fields,
    /// People.
    People,
}

impl Kind {
    /// Every kind, in the order people read them.
    pub const ALL: [Self; 19] = [
        Self::Issues,
        Self::IssueKeys,
        Self::IssueChanges,
        Self::IssueComments,
        Self::IssueWorklogs,
        Self::IssueLinks,
        Self::IssueSprints,
        Self::IssueCases,
        Self::Projects,
        Self::Boards,
        Self::Sprints,
        Self::Versions,
        Self::Components,
        Self::Statuses,
        Self::IssueTypes,
        Self::Priorities,
        Self::Resolutions,
        Self::Fields,
        Self::People,
    ];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Issues => "issues",
            Self::IssueKeys => "issue_keys",
            Self::IssueChanges => "issue_changes",
            Self::IssueComments => "issue_comments",
            Self::IssueWorklogs => "issue_worklogs",
            Self::IssueLinks => "issue_links",
            Self::IssueSprints => "issue_sprints",
            Self::IssueCases => "issue_cases",
            Self::Projects => "projects",
            Self::Boards => "boards",
            Self::Sprints => "sprints",
            Self::Versions => "versions",
            Self::Components => "components",
            Self::Statuses => "statuses",
            Self::IssueTypes => "issue_types",
            Self::Priorities => "priorities",
            Self::Resolutions => "resolutions",
            Self::Fields => "fields",
            Self::People => "people",
        }
    }
}

/// What became of the records of one kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Records met at the source.
    pub read: u64,
    /// Of these, new or changed here.
    pub written: u64,
    /// Of these, already here as they are.
    pub unchanged: u64,
    /// Of these, withheld by the source.
    pub skipped: u64,
    /// Of these, not understood.
    pub failed: u64,
    /// Records here that the source no longer has, taken out of a replaced set.
    pub removed: u64,
}

impl Counts {
    /// Whether every record that was read is accounted for.
    pub fn add_up(&self) -> bool {
        self.read == self.written + self.unchanged + self.skipped + self.failed
    }

    fn add(&mut self, other: &Self) {
        self.read += other.read;
        self.written += other.written;
        self.unchanged += other.unchanged;
        self.skipped += other.skipped;
        self.failed += other.failed;
        self.removed += other.removed;
    }
}

/// What became of the issues of one project.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProjectCounts {
    /// Its key.
    pub key: String,
    /// Of its issues.
    pub counts: Counts,
}

impl ProjectCounts {
    /// The issues of a run that are in none of these projects, since the project of what could not be read is not always known.
    pub fn rest(projects: &[Self], tally: &Tally) -> Option<Counts> {
        let all = tally.of(Kind::Issues);
        let less = |all: u64, of: fn(&Counts) -> u64| {
            all.saturating_sub(projects.iter().map(|project| of(&project.counts)).sum())
        };
        let rest = Counts {
            read: less(all.read, |counts| counts.read),
            written: less(all.written, |counts| counts.written),
            unchanged: less(all.unchanged, |counts| counts.unchanged),
            skipped: less(all.skipped, |counts| counts.skipped),
            failed: less(all.failed, |counts| counts.failed),
            removed: 0,
        };
        (rest != Counts::default()).then_some(rest)
    }
}

/// Counts of every kind.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tally([Counts; Kind::ALL.len()]);

impl Tally {
    /// The counts of one kind.
    pub fn of(&self, kind: Kind) -> &Counts {
        &self.0[kind as usize]
    }

    /// The counts of one kind, to add to.
    pub fn of_mut(&mut self, kind: Kind) -> &mut Counts {
        &mut self.0[kind as usize]
    }

    /// Adds `n` records met at the source.
    pub fn read(&mut self, kind: Kind, n: usize) {
        self.of_mut(kind).read += n as u64;
    }

    /// Counts an anomaly as a record read and skipped or failed; a notice counts as nothing.
    pub fn anomaly(&mut self, anomaly: &Anomaly) {
        let counts = self.of_mut(anomaly.what);
        match anomaly.kind {
            AnomalyKind::Unreadable => {
                counts.read += 1;
                counts.failed += 1;
            }
            AnomalyKind::Skipped => {
                counts.read += 1;
                counts.skipped += 1;
            }
            AnomalyKind::Notice => {}
        }
    }

    /// Adds all of `other`.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            mine.add(theirs);
        }
    }

    /// The sum over all kinds.
    pub fn total(&self) -> Counts {
        let mut sum = Counts::default();
        for counts in &self.0 {
            sum.add(counts);
        }
        sum
    }

    /// Kinds that were met, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (Kind, &Counts)> {
        Kind::ALL
            .iter()
            .map(|kind| (*kind, self.of(*kind)))
            .filter(|(_, counts)| **counts != Counts::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_place() {
        for (place, kind) in Kind::ALL.iter().enumerate() {
            assert_eq!(*kind as usize, place);
        }
    }

    #[test]
    fn anomalies_are_read_and_accounted_for() {
        let mut tally = Tally::default();
        for kind in [AnomalyKind::Unreadable, AnomalyKind::Skipped, AnomalyKind::Notice] {
            tally.anomaly(&Anomaly {
                kind,
                what: Kind::Boards,
                subject: "7".into(),
                code: "test".into(),
                detail: String::new(),
            });
        }
        let counts = tally.of(Kind::Boards);
        assert_eq!((counts.read, counts.failed, counts.skipped), (2, 1, 1));
        assert!(tally.total().add_up());
    }
}
