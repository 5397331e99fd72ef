//! People and groups that identity providers push through SCIM, as they are kept.

use crate::{Millis, ScimId, WorkspaceId};

/// The two kinds of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum ScimKind {
    /// A person.
    User,
    /// People and groups that belong together.
    Group,
}

impl ScimKind {
    /// Its name in SCIM.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::User, Self::Group].into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Whose people they are: those of one workspace, or of the whole server. What is in one directory is not known in another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ScimDirectory(pub Option<WorkspaceId>);

impl ScimDirectory {
    /// How it is kept: nothing for that of the server.
    pub fn as_text(self) -> String {
        self.0.map(|id| id.to_string()).unwrap_or_default()
    }
}

/// One of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScimResource {
    /// What this server calls it.
    pub id: ScimId,
    /// Whose it is.
    pub directory: ScimDirectory,
    /// What it is.
    pub kind: ScimKind,
    /// `userName` of a user, `displayName` of a group, as it is compared.
    pub name: String,
    /// What the identity provider calls it.
    pub external_id: Option<String>,
    /// Whether a user is one at present, where somebody said so.
    pub active: Option<bool>,
    /// All that was pushed, as JSON, but for members.
    pub document: String,
    /// When it was added.
    pub created_at: Millis,
    /// When it was changed last.
    pub modified_at: Millis,
    /// Grows with each change.
    pub revision: i64,
}

/// Somebody in a group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScimMember {
    /// The id that the identity provider names.
    pub id: String,
    /// What else it says of the member, as JSON.
    pub said: Option<String>,
    /// What the member is, where it is one of ours.
    pub kind: Option<ScimKind>,
}

/// A group that somebody is in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScimMembership {
    /// Who.
    pub member: String,
    /// The group.
    pub group: ScimId,
    /// All that was pushed of the group, as JSON.
    pub document: String,
}
