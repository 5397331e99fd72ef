//! What travels from a source to a sink.

use crate::{
    Anomaly, Board, Checkpoint, Component, Field, IssueId, IssueRecord, IssueType, Kind, Person, Priority,
    Project, ProjectState, Quarantined, Resolution, Sprint, Status, Tally, Version,
};
use serde::{Deserialize, Serialize};

/// Rows, and the checkpoints that are true once the rows are stored.
///
/// A sink commits a batch whole or not at all. One that was written by a version which did not have some of its members yet has none of these.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Batch {
    /// Issues with their children.
    pub issues: Vec<IssueRecord>,
    /// People met since the last batch.
    pub people: Vec<Person>,
    /// Issues that the site shows, and that are no longer what the operator asked for.
    pub out_of_scope: Vec<IssueId>,
    /// Ids of worklogs that are no more.
    pub deleted_worklogs: Vec<String>,
    /// Reference data.
    pub reference: Vec<ReferenceSet>,
    /// What the site's own lists say of its projects.
    pub shown_projects: Option<ShownProjects>,
    /// What could not be read.
    pub anomalies: Vec<Anomaly>,
    /// Issues among these of which nothing could be kept but their body as it came.
    pub quarantined: Vec<Quarantined>,
    /// How far each named partition has come, once these rows are stored.
    pub checkpoints: Vec<Checkpoint>,
}

/// Every project that a site shows, whether it is in scope or not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ShownProjects {
    /// Their ids, each with its state.
    pub states: Vec<(String, ProjectState)>,
    /// Whether the site also told which are archived: of one that is in no list it is known then that we do not see it.
    pub is_complete: bool,
}

/// One list of reference data.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum ReferenceSet {
    /// Projects in scope. Rows that are not listed stay.
    Projects(Vec<Project>),
    /// Boards. Rows that are not listed stay.
    Boards(Vec<Board>),
    /// Sprints. Rows that are not listed stay: changelogs name deleted sprints.
    Sprints(Vec<Sprint>),
    /// All versions of one project; others of that project are dropped.
    Versions {
        /// Key of the project.
        project_key: String,
        /// Its versions.
        rows: Vec<Version>,
    },
    /// All components of one project; others of that project are dropped.
    Components {
        /// Key of the project.
        project_key: String,
        /// Its components.
        rows: Vec<Component>,
    },
    /// Statuses. Rows that are not listed stay: changelogs name deleted statuses.
    Statuses(Vec<Status>),
    /// Issue types. Rows that are not listed stay.
    IssueTypes(Vec<IssueType>),
    /// Priorities. Rows that are not listed stay.
    Priorities(Vec<Priority>),
    /// Resolutions. Rows that are not listed stay.
    Resolutions(Vec<Resolution>),
    /// Fields. Rows that are not listed stay, for the list shrinks with permissions, and say since when they are not.
    Fields(Vec<Field>),
}

impl ReferenceSet {
    /// What it lists.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Projects(_) => Kind::Projects,
            Self::Boards(_) => Kind::Boards,
            Self::Sprints(_) => Kind::Sprints,
            Self::Versions { .. } => Kind::Versions,
            Self::Components { .. } => Kind::Components,
            Self::Statuses(_) => Kind::Statuses,
            Self::IssueTypes(_) => Kind::IssueTypes,
            Self::Priorities(_) => Kind::Priorities,
            Self::Resolutions(_) => Kind::Resolutions,
            Self::Fields(_) => Kind::Fields,
        }
    }

    /// How many rows it lists.
    pub fn len(&self) -> usize {
        match self {
            Self::Projects(rows) => rows.len(),
            Self::Boards(rows) => rows.len(),
            Self::Sprints(rows) => rows.len(),
            Self::Versions { rows, .. } => rows.len(),
            Self::Components { rows, .. } => rows.len(),
            Self::Statuses(rows) => rows.len(),
            Self::IssueTypes(rows) => rows.len(),
            Self::Priorities(rows) => rows.len(),
            Self::Resolutions(rows) => rows.len(),
            Self::Fields(rows) => rows.len(),
        }
    }

    /// Whether it lists nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Batch {
    /// Whether what it says holds beside any other batch: it takes nothing away, so that both may be committed as one.
    pub fn only_adds(&self) -> bool {
        self.out_of_scope.is_empty() && self.deleted_worklogs.is_empty() && self.shown_projects.is_none()
    }

    /// Takes over the batch that comes next.
    pub fn append(&mut self, next: Self) {
        self.issues.extend(next.issues);
        self.people.extend(next.people);
        self.out_of_scope.extend(next.out_of_scope);
        self.deleted_worklogs.extend(next.deleted_worklogs);
        self.reference.extend(next.reference);
        self.shown_projects = next.shown_projects.or(self.shown_projects.take());
        self.anomalies.extend(next.anomalies);
        self.quarantined.extend(next.quarantined);
        self.checkpoints.extend(next.checkpoints);
    }

    /// Whether there is nothing to commit.
    pub fn is_empty(&self) -> bool {
        self.issues.is_empty()
            && self.people.is_empty()
            && self.out_of_scope.is_empty()
            && self.deleted_worklogs.is_empty()
            && self.reference.is_empty()
            && self.shown_projects.is_none()
            && self.anomalies.is_empty()
            && self.quarantined.is_empty()
            && self.checkpoints.is_empty()
    }

    /// Rows offered by kind, as `read`, with anomalies as `skipped` or `failed`.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for record in &self.issues {
            tally.read(Kind::Issues, 1);
            tally.read(Kind::IssueKeys, record.keys.len());
            tally.read(Kind::IssueChanges, record.changes.len());
            tally.read(Kind::IssueComments, record.comments.as_ref().map_or(0, Vec::len));
            tally.read(Kind::IssueWorklogs, record.worklogs.as_ref().map_or(0, Vec::len));
            tally.read(Kind::IssueLinks, record.links.len());
            tally.read(Kind::IssueSprints, record.sprints.len());
            tally.read(Kind::IssueCases, record.cases.len());
        }
        tally.read(Kind::People, self.people.len());
        for set in &self.reference {
            tally.read(set.kind(), set.len());
        }
        for anomaly in &self.anomalies {
            tally.anomaly(anomaly);
        }
        tally
    }
}
