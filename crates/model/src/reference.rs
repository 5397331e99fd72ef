//! Reference data: what issues point at.

use crate::{Millis, PlainDate, StatusCategory};
use serde::{Deserialize, Serialize};

/// What kind of account a person is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonKind {
    /// A human being.
    Person,
    /// An app or service account.
    App,
    /// A customer of a service desk.
    Customer,
    /// The tool does not say.
    Unknown,
}

impl PersonKind {
    /// The word used in the public views.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::App => "app",
            Self::Customer => "customer",
            Self::Unknown => "unknown",
        }
    }
}

/// Somebody who appears at the source.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Person {
    /// Cloud account id or Data Center user key.
    pub id: String,
    /// Display name, where visible.
    pub name: Option<String>,
    /// E-mail address, where visible.
    pub email: Option<String>,
    /// Kind of account.
    pub kind: PersonKind,
    /// Whether the account can sign in; `None` where the source does not say.
    pub active: Option<bool>,
}

/// What Weir believes of a project.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectState {
    /// Visible and in use.
    Live,
    /// Archived at the source.
    Archived,
    /// In the source's trash, or deleted.
    Deleted,
    /// We lost the permission to see it.
    Hidden,
}

impl ProjectState {
    /// The word used in the public views.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Archived => "archived",
            Self::Deleted => "deleted",
            Self::Hidden => "hidden",
        }
    }
}

/// A project.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Project {
    /// The source's id.
    pub id: String,
    /// The present key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// `software`, `business`, `service_desk` …
    pub kind: Option<String>,
    /// `classic` or `next-gen`.
    pub style: Option<String>,
    /// Name of the project category.
    pub category: Option<String>,
    /// Who leads it.
    pub lead_id: Option<String>,
    /// Its state.
    pub state: ProjectState,
    /// Where a person finds it.
    pub url: String,
}

/// A board.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Board {
    /// The source's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `scrum`, `kanban` or `simple`.
    pub kind: Option<String>,
    /// Key of the project it lives in.
    pub project_key: Option<String>,
}

/// A sprint.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Sprint {
    /// The source's number, as text.
    pub id: String,
    /// The board it was made on.
    pub board_id: Option<String>,
    /// Its name.
    pub name: String,
    /// `future`, `active` or `closed`.
    pub state: Option<String>,
    /// Its goal.
    pub goal: Option<String>,
    /// Planned or real start.
    pub start_at: Option<Millis>,
    /// Planned end.
    pub end_at: Option<Millis>,
    /// When it was closed.
    pub completed_at: Option<Millis>,
}

/// A version of a project.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Version {
    /// The source's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Key of its project.
    pub project_key: String,
    /// What it is about.
    pub description: Option<String>,
    /// Whether it is released.
    pub released: bool,
    /// Whether it is archived.
    pub archived: bool,
    /// Planned start.
    pub start_date: Option<PlainDate>,
    /// Planned or real release.
    pub release_date: Option<PlainDate>,
}

/// A component of a project.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Component {
    /// The source's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Key of its project.
    pub project_key: String,
    /// What it is about.
    pub description: Option<String>,
    /// Who leads it.
    pub lead_id: Option<String>,
}

/// A status.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Status {
    /// The source's id.
    pub id: String,
    /// Its name; names repeat between projects.
    pub name: String,
    /// Its category.
    pub category: Option<StatusCategory>,
    /// Id of the one project it belongs to, where it does.
    pub scope_project_id: Option<String>,
}

/// An issue type.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct IssueType {
    /// The source's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is a sub-task.
    pub subtask: bool,
    /// −1 sub-task, 0 standard, 1 epic, above: higher levels.
    pub hierarchy_level: Option<i64>,
    /// Id of the one project it belongs to, where it does.
    pub scope_project_id: Option<String>,
}

/// A priority.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Priority {
    /// The source's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its place in the tool's order, from 0.
    pub position: i64,
}

/// A resolution.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Resolution {
    /// The source's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it means.
    pub description: Option<String>,
}

/// A field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Field {
    /// The source's id.
    pub id: String,
    /// Its name; names repeat.
    pub name: String,
    /// Whether people added it.
    pub custom: bool,
    /// Type of its value.
    pub schema_type: Option<String>,
    /// Full name of the custom type.
    pub schema_custom: Option<String>,
}
