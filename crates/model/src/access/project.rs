//! Projects and the roles in them.

use super::holder::Actor;
use serde::{Deserialize, Serialize};

/// A category of projects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Category {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Project {
    /// Its id.
    pub id: String,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// `software`, `service_desk`, `business`, `product_discovery`, or what the site says.
    pub kind: String,
    /// Who decides about its scheme.
    pub style: ProjectStyle,
    /// Its category.
    pub category: Option<String>,
    /// Its lead.
    pub lead: Option<String>,
    /// Whether it is worked in.
    pub state: ProjectState,
    /// Whether only people that were added can come in; None where nobody tells.
    pub is_private: Option<bool>,
}

/// Who decides about the scheme of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectStyle {
    /// The site's administrators; the scheme may be shared.
    CompanyManaged,
    /// The project's own; it is shared with nobody.
    TeamManaged,
}

/// Whether a project is worked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectState {
    /// It is.
    Live,
    /// It can be looked at.
    Archived,
    /// It lies in the bin.
    Deleted,
}

/// A role that projects have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Role {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The one project that has it, where it is that project's own.
    pub project: Option<String>,
    /// Whether the site made it for its apps; people do not manage it.
    pub is_system: bool,
}

/// Who has a role in a project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RoleActor {
    /// The project's id.
    pub project: String,
    /// The role's id.
    pub role: String,
    /// Who.
    pub actor: Actor,
}
