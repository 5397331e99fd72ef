//! An issue and everything that belongs to it.

use crate::{IssueId, Kind, Millis, PlainDate};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where a status stands in the three columns every tracker has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusCategory {
    /// Not begun.
    Todo,
    /// Begun and not done.
    InProgress,
    /// Done.
    Done,
}

impl StatusCategory {
    /// The word used in the public views.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Todo => "todo",
            Self::InProgress => "in_progress",
            Self::Done => "done",
        }
    }

    /// The category that a word of the public views stands for.
    pub fn named(word: &str) -> Option<Self> {
        [Self::Todo, Self::InProgress, Self::Done].into_iter().find(|category| category.as_str() == word)
    }
}

/// What Weir believes of an issue; only `live` counts in reports.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Visible at the source and inside the scope.
    Live,
    /// Absent from a census and from a second look by id.
    Gone,
    /// Deleted, with positive evidence.
    Deleted,
    /// We lost the permission to see it.
    Hidden,
    /// It left the filter.
    OutOfScope,
    /// Put away here by a person; restorable.
    Removed,
}

impl State {
    /// The word used in the public views.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Gone => "gone",
            Self::Deleted => "deleted",
            Self::Hidden => "hidden",
            Self::OutOfScope => "out_of_scope",
            Self::Removed => "removed",
        }
    }

    /// The state that a word of the public views stands for.
    pub fn named(word: &str) -> Option<Self> {
        let all = [Self::Live, Self::Gone, Self::Deleted, Self::Hidden, Self::OutOfScope, Self::Removed];
        all.into_iter().find(|state| state.as_str() == word)
    }
}

/// The issue itself, in the columns of the public view `issues`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Issue {
    /// The source's id: stable over moves.
    pub id: IssueId,
    /// The present key; changes when the issue moves.
    pub key: String,
    /// Key of the project the issue is in now.
    pub project_key: Arc<str>,
    /// Name of the issue type.
    pub kind: Option<Arc<str>>,
    /// Whether the type is a sub-task.
    pub is_subtask: bool,
    /// Name of the status.
    pub status: Option<Arc<str>>,
    /// Category of the status; `None` where the tool gives none.
    pub status_category: Option<StatusCategory>,
    /// Name of the priority.
    pub priority: Option<Arc<str>>,
    /// Name of the resolution.
    pub resolution: Option<Arc<str>>,
    /// One line of plain text.
    pub summary: Option<String>,
    /// Plain text of the description; empty is not the same as missing.
    pub description_text: Option<String>,
    /// Words in the description, separated by white space.
    pub description_words: Option<i64>,
    /// Person the issue is assigned to.
    pub assignee_id: Option<Arc<str>>,
    /// Person who reported it.
    pub reporter_id: Option<Arc<str>>,
    /// Person who created it.
    pub creator_id: Option<Arc<str>>,
    /// Key of the parent, an epic included.
    pub parent_key: Option<String>,
    /// Key of the epic.
    pub epic_key: Option<String>,
    /// Estimate in story points.
    #[serde(with = "exact")]
    pub story_points: Option<f64>,
    /// JSON array of names.
    pub labels: String,
    /// JSON array of names.
    pub components: String,
    /// JSON array of names.
    pub fix_versions: String,
    /// JSON array of names.
    pub affects_versions: String,
    /// The day it is due.
    pub due_date: Option<PlainDate>,
    /// When it was created.
    pub created_at: Option<Millis>,
    /// When the tool last saw an edit.
    pub updated_at: Option<Millis>,
    /// When it was resolved.
    pub resolved_at: Option<Millis>,
    /// When its status last changed; its creation where it never did.
    pub status_changed_at: Option<Millis>,
    /// Name of the security level.
    pub security_level: Option<Arc<str>>,
    /// JSON object: every other non-null field by field id.
    pub fields: String,
    /// Where a person finds it.
    pub url: String,
}

/// One item of an issue's history, verbatim.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Change {
    /// The history's id, unique on its site.
    pub history_id: Arc<str>,
    /// Position in the history, from 0.
    pub item_index: i64,
    /// Name of the field.
    pub field: Arc<str>,
    /// Id of the field, where the tool gives one.
    pub field_id: Option<Arc<str>>,
    /// Id before.
    pub from_id: Option<Arc<str>>,
    /// Text before.
    pub from_text: Option<Arc<str>>,
    /// Id after.
    pub to_id: Option<Arc<str>>,
    /// Text after.
    pub to_text: Option<Arc<str>>,
    /// Who changed it, where the tool says so.
    pub author_id: Option<Arc<str>>,
    /// When.
    pub changed_at: Millis,
}

/// A key the issue has or had.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct IssueKey {
    /// The key.
    pub key: String,
    /// Since when the issue has had it.
    pub since: Option<Millis>,
}

/// A comment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Comment {
    /// The source's id.
    pub id: String,
    /// Who wrote it.
    pub author_id: Option<Arc<str>>,
    /// Its plain text.
    pub body_text: Option<String>,
    /// `role:NAME` or `group:NAME` where it is restricted.
    pub visibility: Option<String>,
    /// Whether customers of a service desk see it.
    pub is_public: bool,
    /// When it was written.
    pub created_at: Option<Millis>,
    /// When it was last edited.
    pub updated_at: Option<Millis>,
}

/// Time logged on an issue.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Worklog {
    /// The source's id.
    pub id: String,
    /// Who did the work.
    pub author_id: Option<Arc<str>>,
    /// When the work began, as its author entered it.
    pub started_at: Option<Millis>,
    /// Time spent.
    pub seconds: Option<i64>,
    /// Plain text of the comment.
    pub comment_text: Option<String>,
    /// When it was entered.
    pub created_at: Option<Millis>,
    /// When it was last edited.
    pub updated_at: Option<Millis>,
}

/// Which end of a link an issue is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkDirection {
    /// This issue points at the other.
    Outward,
    /// The other points here.
    Inward,
}

impl LinkDirection {
    /// The word used in the public views.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Outward => "outward",
            Self::Inward => "inward",
        }
    }
}

/// One end of a link; the other issue carries the other end under the same id.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct IssueLink {
    /// The link's id.
    pub id: String,
    /// Name of the link type.
    pub kind: Option<Arc<str>>,
    /// Which end this issue is.
    pub direction: LinkDirection,
    /// Key of the other issue.
    pub other_key: String,
}

/// A support case named by an issue.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct IssueCase {
    /// The id in the one form in which two spellings of a case are equal.
    pub case_id: String,
    /// What the field said.
    pub raw: String,
}

/// An issue with all its children. The children are complete, but for lists that are named: a sink replaces what it had by
/// these.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct IssueRecord {
    /// The issue.
    pub issue: Issue,
    /// Keys, old and present.
    pub keys: Vec<IssueKey>,
    /// History items. Append-only at the source; never removed here.
    pub changes: Vec<Change>,
    /// Comments; `None` when comments are excluded.
    pub comments: Option<Vec<Comment>>,
    /// Worklogs; `None` when the field was not readable.
    pub worklogs: Option<Vec<Worklog>>,
    /// Links.
    pub links: Vec<IssueLink>,
    /// Ids of the sprints the issue is or was in.
    pub sprints: Vec<Arc<str>>,
    /// Support cases.
    pub cases: Vec<IssueCase>,
    /// Lists of which not every entry could be read: a sink adds these rows to what it had.
    pub partly: Vec<Kind>,
}

/// A number as text: reading JSON's numbers is allowed to miss the last bit.
mod exact {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(number: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
        match number {
            Some(number) => to.collect_str(number),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
        let text = Option::<std::borrow::Cow<'de, str>>::deserialize(from)?;
        text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
    }
}
