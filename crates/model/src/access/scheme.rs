//! What is allowed, to whom, and where.

use super::holder::Holder;
use serde::{Deserialize, Serialize};

/// Something that may be allowed. Apps bring more of them than Jira knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Permission {
    /// `EDIT_ISSUES`, …
    pub key: String,
    /// Its name.
    pub name: String,
    /// Where it counts.
    pub kind: PermissionKind,
}

/// Where a permission counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PermissionKind {
    /// Everywhere.
    Global,
    /// In a project.
    Project,
}

/// A field of issues that a scheme names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Field {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A permission scheme.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PermissionScheme {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// What a scheme allows to whom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Grant {
    /// The scheme's id.
    pub scheme: String,
    /// The grant's id.
    pub id: String,
    /// The permission's key.
    pub permission: String,
    /// To whom.
    pub holder: Holder,
}

/// The scheme of a project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UsesScheme {
    /// The project's id.
    pub project: String,
    /// The scheme's id.
    pub scheme: String,
}

/// A scheme of security levels.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SecurityScheme {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A level of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SecurityLevel {
    /// The scheme's id.
    pub scheme: String,
    /// The level's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether new issues have it.
    pub is_default: bool,
}

/// Who sees the issues of a level.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LevelHolder {
    /// The level's id.
    pub level: String,
    /// Who.
    pub holder: Holder,
}

/// The security scheme of a project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UsesSecurity {
    /// The project's id.
    pub project: String,
    /// The scheme's id.
    pub scheme: String,
}

/// What is allowed everywhere, and to whom. No site lists this.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Global {
    /// The permission's key.
    pub permission: String,
    /// To whom.
    pub holder: Holder,
    /// How it is known.
    pub source: GlobalSource,
}

/// How it is known that something is allowed everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GlobalSource {
    /// The site says it of the group.
    Listed,
    /// The site says it of the user when it is asked, and not why.
    Asked,
}
