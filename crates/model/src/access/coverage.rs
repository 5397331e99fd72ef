//! How far a reading came. What could not be read is a fact like the rest, so that nothing that is unknown looks like a no.

use serde::{Deserialize, Serialize};

/// How far a part of the site could be read. The row of a whole part speaks of every thing that has no row of its own, so a
/// part with one group that could not be read is complete, with a row for that group. A part without any row was not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Coverage {
    /// What was to be read.
    pub part: Part,
    /// Of which thing, where it is read thing by thing and this one could not be; None for the whole part. The thing of
    /// members is the group; of role actors, project schemes and project security the project; of application access its key;
    /// of permission schemes and security schemes the scheme; of level holders the level; of globals the permission's key.
    pub of: Option<String>,
    /// How far it came.
    pub outcome: Outcome,
    /// What was read.
    pub items: u64,
    /// What the site says that there is, where it says it.
    pub expected: Option<u64>,
    /// The scope or permission that would be needed.
    pub needs: Option<String>,
}

/// A part of a site, in the order in which it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The accounts.
    Users,
    /// The groups.
    Groups,
    /// Who is in them.
    Members,
    /// Access to applications, with seats.
    AppRoles,
    /// The categories of projects.
    Categories,
    /// The projects.
    Projects,
    /// The roles.
    Roles,
    /// Who has them.
    RoleActors,
    /// What may be allowed.
    Permissions,
    /// The permission schemes with what they allow.
    PermissionSchemes,
    /// Which project has which.
    ProjectSchemes,
    /// The security schemes with their levels.
    SecuritySchemes,
    /// Who sees the issues of a level.
    LevelHolders,
    /// Which project has which security scheme.
    ProjectSecurity,
    /// What is allowed everywhere.
    Globals,
    /// The organisation's directory.
    Organisation,
}

/// How far it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All of it.
    Complete,
    /// Some of it.
    Partial,
    /// Nothing: the credential may not.
    Denied,
    /// Nothing: this kind of site has no way to ask.
    Unsupported,
}
