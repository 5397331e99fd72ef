//! What an answer is made of. Unknown is never no: what was not read, or is of a kind that nobody knows here, is named.

use crate::graph::Gap;
use serde::Serialize;

/// What holds of somebody and a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They have it.
    Definite,
    /// They have it on issues of which something holds.
    Conditional,
    /// It cannot be said: something that may give it was not read or is not known.
    Unknown,
    /// They do not have it, and may give it to themselves.
    Latent,
    /// They do not have it.
    No,
}

/// How sure a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// It gives the permission.
    Definite,
    /// It gives it on issues of which something holds.
    Conditional,
    /// It gives the power to give it to oneself.
    Latent,
}

/// What has to hold of an issue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "condition", rename_all = "snake_case")]
pub enum Condition {
    /// The issue is assigned to them.
    Assignee,
    /// They reported it.
    Reporter,
    /// A field names them.
    UserField {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
    },
    /// A field names a group that they are in.
    GroupField {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
    },
    /// They are a customer of the service desk; it counts in the portal alone.
    PortalCustomer,
}

/// Why it cannot be said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "unknown", rename_all = "snake_case")]
pub enum Unknown {
    /// Something that may give it was not read in whole.
    NotRead(Gap),
    /// It is given to a kind of holder that is not known here.
    Holder {
        /// What the site calls it.
        kind: String,
        /// What stood beside.
        parameter: Option<String>,
        /// The scheme, level or permission that names it, and the grant.
        by: String,
    },
    /// A team-managed project that is not private may let everybody in, and nothing that was read says how far.
    OpenProject {
        /// The project's id.
        project: String,
    },
}

/// Why somebody who has a permission cannot use it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "obstacle", rename_all = "snake_case")]
pub enum Obstacle {
    /// The account cannot sign in.
    AccountInactive,
    /// The account is gone.
    AccountDeleted,
    /// Something names the account, and no account was found.
    AccountMissing,
    /// The account may use no application.
    NoApplication,
    /// The account may not use the application that the project is of.
    NotThisApplication {
        /// Its key.
        key: String,
    },
    /// Whether the account may use an application was not read.
    ApplicationUnknown,
    /// The project can only be looked at.
    ProjectArchived,
    /// The project lies in the bin.
    ProjectDeleted,
    /// They cannot browse the project.
    CannotBrowse,
    /// They can browse the project only on some condition.
    BrowseConditional,
    /// Whether they can browse the project cannot be said.
    BrowseUnknown,
}
