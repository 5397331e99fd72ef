//! What a fact is called by: the same thing in two readings has the same key.

use serde::{Serialize, Serializer};
use std::fmt;
use weir_model::access::{Actor, Fact, Holder};

/// The natural key of a fact: its kind and the ids that tell it from others of the kind. Written as `kind/id/id`, with `/` and `%`
/// in ids written as `%2F` and `%25`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactKey {
    /// The kind, as facts are written in JSON.
    pub kind: &'static str,
    /// The ids.
    pub ids: Vec<String>,
}

impl FactKey {
    pub(crate) fn new<const N: usize>(kind: &'static str, ids: [&str; N]) -> Self {
        Self { kind, ids: ids.map(str::to_owned).to_vec() }
    }

    /// The key of a fact.
    pub fn of(fact: &Fact) -> Self {
        match fact {
            Fact::Site(_) => Self::new("site", []),
            Fact::User(row) => Self::new("user", [&row.id]),
            Fact::Profile(row) => Self::new("profile", [&row.user]),
            Fact::Group(row) => Self::new("group", [&row.id]),
            Fact::Member(row) => Self::new("member", [&row.group, &row.user]),
            Fact::Subgroup(row) => Self::new("subgroup", [&row.parent, &row.group]),
            Fact::AppRole(row) => Self::new("app_role", [&row.key]),
            Fact::Category(row) => Self::new("category", [&row.id]),
            Fact::Project(row) => Self::new("project", [&row.id]),
            Fact::Role(row) => Self::new("role", [&row.id]),
            Fact::RoleActor(row) => {
                let (kind, id) = match &row.actor {
                    Actor::User { id } => ("user", id),
                    Actor::Group { id } => ("group", id),
                    Actor::Unresolved { text } => ("unresolved", text),
                };
                Self::new("role_actor", [&row.project, &row.role, kind, id])
            }
            Fact::Permission(row) => Self::new("permission", [&row.key]),
            Fact::PermissionScheme(row) => Self::new("permission_scheme", [&row.id]),
            Fact::Grant(row) => Self::new("grant", [&row.scheme, &row.id]),
            Fact::Field(row) => Self::new("field", [&row.id]),
            Fact::UsesScheme(row) => Self::new("uses_scheme", [&row.project]),
            Fact::SecurityScheme(row) => Self::new("security_scheme", [&row.id]),
            Fact::SecurityLevel(row) => Self::new("security_level", [&row.scheme, &row.id]),
            Fact::LevelHolder(row) => Self::held("level_holder", &row.level, &row.holder),
            Fact::UsesSecurity(row) => Self::new("uses_security", [&row.project]),
            Fact::Global(row) => Self::held("global", &row.permission, &row.holder),
            Fact::Coverage(row) => {
                let part = format!("{:?}", row.part);
                Self::new("coverage", [&snake(&part), row.of.as_deref().unwrap_or_default()])
            }
        }
    }

    pub(crate) fn held(kind: &'static str, by: &str, holder: &Holder) -> Self {
        let (what, id) = match holder {
            Holder::Anyone => ("anyone", ""),
            Holder::LoggedIn => ("logged_in", ""),
            Holder::AppRole { key } => ("app_role", key.as_str()),
            Holder::Group { id } => ("group", id.as_str()),
            Holder::User { id } => ("user", id.as_str()),
            Holder::ProjectRole { id } => ("project_role", id.as_str()),
            Holder::ProjectLead => ("project_lead", ""),
            Holder::Assignee => ("assignee", ""),
            Holder::Reporter => ("reporter", ""),
            Holder::UserField { id } => ("user_field", id.as_str()),
            Holder::GroupField { id } => ("group_field", id.as_str()),
            Holder::PortalCustomers => ("portal_customers", ""),
            Holder::Unresolved { kind: name, parameter } => {
                let mut key = Self::new(kind, [by, "unresolved", name]);
                key.ids.extend(parameter.clone());
                return key;
            }
        };
        Self::new(kind, [by, what, id])
    }
}

impl fmt::Display for FactKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind)?;
        self.ids.iter().try_for_each(|id| write!(f, "/{}", id.replace('%', "%25").replace('/', "%2F")))
    }
}

impl Serialize for FactKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn snake(word: &str) -> String {
    let mut text = String::with_capacity(word.len() + 4);
    for (place, letter) in word.chars().enumerate() {
        if letter.is_uppercase() && place > 0 {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}
