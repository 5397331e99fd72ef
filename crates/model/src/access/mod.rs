//! Who can do what on a site, as one reading of it found it: facts alone. What follows from them is worked out by whoever asks.
//!
//! A reading is a set of facts: their order means nothing, and the same fact twice is one. Each is a row by itself, so that two
//! readings can be compared row by row.

mod coverage;
mod holder;
mod people;
mod project;
mod scheme;

pub use coverage::{Coverage, Outcome, Part};
pub use holder::{Actor, Holder};
pub use people::{
    AppRole, Certainty, EmailSource, Group, GroupReach, Keeper, Member, Profile, Subgroup, User, UserKind,
    UserState,
};
pub use project::{Category, Project, ProjectState, ProjectStyle, Role, RoleActor};
pub use scheme::{
    Field, Global, GlobalSource, Grant, LevelHolder, Permission, PermissionKind, PermissionScheme,
    SecurityLevel, SecurityScheme, UsesScheme, UsesSecurity,
};

use serde::{Deserialize, Serialize};

/// One fact. Written as JSON it begins with its kind, and it is written the same way each time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// What was read.
    Site(Site),
    /// Somebody with an account, without a word about the person.
    User(User),
    /// What is personal of a user.
    Profile(Profile),
    /// A group.
    Group(Group),
    /// Somebody in a group.
    Member(Member),
    /// A group in a group.
    Subgroup(Subgroup),
    /// Access to an application, with its seats.
    AppRole(AppRole),
    /// A category of projects.
    Category(Category),
    /// A project.
    Project(Project),
    /// A role that projects have.
    Role(Role),
    /// Who has a role in a project.
    RoleActor(RoleActor),
    /// Something that may be allowed.
    Permission(Permission),
    /// A permission scheme.
    PermissionScheme(PermissionScheme),
    /// What a scheme allows to whom.
    Grant(Grant),
    /// A field that a scheme names.
    Field(Field),
    /// The scheme of a project.
    UsesScheme(UsesScheme),
    /// A scheme of security levels.
    SecurityScheme(SecurityScheme),
    /// A level of it.
    SecurityLevel(SecurityLevel),
    /// Who sees the issues of a level.
    LevelHolder(LevelHolder),
    /// The security scheme of a project.
    UsesSecurity(UsesSecurity),
    /// What is allowed everywhere, and to whom.
    Global(Global),
    /// How far a part of the site could be read.
    Coverage(Coverage),
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Site {
    /// The address that people know.
    pub url: String,
    /// Whether it is Atlassian's cloud; else a Data Center.
    pub is_cloud: bool,
    /// Cloud's own id of the site.
    pub cloud_id: Option<String>,
    /// The version that a Data Center tells.
    pub version: Option<String>,
}
