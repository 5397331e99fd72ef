//! Whom a scheme or a role names.

use serde::{Deserialize, Serialize};

/// Whom a permission scheme or a security level names. What is not known stays what it is, and is never left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "holder", rename_all = "snake_case")]
pub enum Holder {
    /// Everybody, also who is not signed in.
    Anyone,
    /// Everybody who may use any application.
    LoggedIn,
    /// Everybody who may use an application.
    AppRole {
        /// Its key.
        key: String,
    },
    /// A group.
    Group {
        /// Its id.
        id: String,
    },
    /// One user.
    User {
        /// The id.
        id: String,
    },
    /// Who has a role in the project.
    ProjectRole {
        /// Its id.
        id: String,
    },
    /// The lead of the project.
    ProjectLead,
    /// Whoever the issue is assigned to.
    Assignee,
    /// Whoever reported the issue.
    Reporter,
    /// Whoever a field of the issue names.
    UserField {
        /// Its id.
        id: String,
    },
    /// The members of the group that a field of the issue names.
    GroupField {
        /// Its id.
        id: String,
    },
    /// Customers, in the portal of the service desk alone.
    PortalCustomers,
    /// A kind that is not known here.
    Unresolved {
        /// What the site calls it.
        kind: String,
        /// What stood beside.
        parameter: Option<String>,
    },
}

/// Whom a role in a project names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "actor", rename_all = "snake_case")]
pub enum Actor {
    /// One user.
    User {
        /// The id.
        id: String,
    },
    /// A group.
    Group {
        /// Its id.
        id: String,
    },
    /// What the site cannot tell any more, such as an account that is gone.
    Unresolved {
        /// What it calls it.
        text: String,
    },
}
