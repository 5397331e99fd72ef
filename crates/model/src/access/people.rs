//! Accounts, groups and seats.

use serde::{Deserialize, Serialize};

/// Somebody with an account. The id is Cloud's account id or Data Center's user key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct User {
    /// The id that never changes.
    pub id: String,
    /// What stands behind it.
    pub kind: UserKind,
    /// Whether it can sign in.
    pub state: UserState,
    /// Whether it belongs to somebody outside (a guest).
    pub is_guest: bool,
    /// Whether the organisation owns the account; None where nobody tells.
    pub is_managed: Option<bool>,
    /// Whether it signs in with a second factor; None where nobody tells.
    pub has_second_factor: Option<bool>,
    /// When it was last seen at work, in milliseconds since 1970; None where nobody tells.
    pub last_active_at: Option<i64>,
}

/// What stands behind an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserKind {
    /// A person.
    Person,
    /// A program: an app or an account of a service.
    Service,
    /// A program that acts by itself for somebody.
    Agent,
    /// Somebody who knows a portal of a service desk alone.
    Customer,
    /// Not told.
    Unknown,
}

/// Whether an account can sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    /// It can.
    Active,
    /// It is there and cannot.
    Inactive,
    /// It is gone, and something still names it.
    Deleted,
}

/// What is personal of a user; a store keeps it apart, for it may have to be forgotten.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Profile {
    /// Of whom.
    pub user: String,
    /// What the site shows as the name.
    pub name: String,
    /// The name to sign in with, on Data Center.
    pub login: Option<String>,
    /// The e-mail, where it could be seen.
    pub email: Option<String>,
    /// Who told the e-mail.
    pub email_source: Option<EmailSource>,
}

/// Who told an e-mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailSource {
    /// The site itself.
    Site,
    /// The organisation's directory.
    Organisation,
    /// A directory of people, through SCIM or from a file.
    Directory,
}

/// A group. The id is Cloud's; on Data Center the name is the id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Group {
    /// The id that the rest names it by.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who changes its members.
    pub keeper: Keeper,
    /// What it opens as a whole, where the site tells.
    pub reach: Vec<GroupReach>,
}

/// Who changes the members of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keeper {
    /// The site's own administrators.
    Site,
    /// A directory outside; the site only shows it.
    Directory,
    /// Not told.
    Unknown,
}

/// What a group opens as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupReach {
    /// The administration of the site.
    SiteAdmin,
    /// The administration of products.
    Admin,
    /// The use of a product.
    User,
}

/// Somebody in a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Member {
    /// The group.
    pub group: String,
    /// Who.
    pub user: String,
    /// Whether the group itself names them.
    pub direct: Certainty,
}

/// What can be said of a thing that is not always told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// It is so.
    Yes,
    /// Not told: a Data Center lists the members of the groups inside together with a group's own.
    Unknown,
}

/// A group in a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subgroup {
    /// The group inside.
    pub group: String,
    /// The group that it is in.
    pub parent: String,
}

/// Access to an application, with its seats.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AppRole {
    /// `jira-software`, …
    pub key: String,
    /// Its name.
    pub name: String,
    /// The groups that have it.
    pub groups: Vec<String>,
    /// Those of them that new people come into.
    pub default_groups: Vec<String>,
    /// Seats that are paid for; None for no limit.
    pub seats: Option<u32>,
    /// Seats that are taken, where the site tells.
    pub used: Option<u32>,
}
