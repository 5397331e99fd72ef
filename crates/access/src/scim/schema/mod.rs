//! What a user and a group are: their schemas, as RFC 7643 has them, without what is not kept (a password).

mod attribute;
mod group;
mod user;

pub use attribute::{Attribute, Mutability, Returned, Type};

use serde_json::{Value, json};
use std::sync::LazyLock;

/// The URN of a user.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The URN of what companies add to a user.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The URN of a group.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// A schema.
#[derive(Debug)]
pub struct Schema {
    /// Its URN.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it is, for people.
    pub description: &'static str,
    /// What it has.
    pub attributes: Vec<Attribute>,
}

impl Schema {
    /// An attribute by its name, in whatever case.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|one| one.name.eq_ignore_ascii_case(name))
    }

    /// As it is described to clients.
    pub fn document(&self) -> Value {
        let attributes: Vec<Value> = self.attributes.iter().map(Attribute::document).collect();
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "attributes": attributes,
        })
    }
}

static USERS: LazyLock<Schema> = LazyLock::new(user::user);
static COMPANY: LazyLock<Schema> = LazyLock::new(user::enterprise);
static GROUPS: LazyLock<Schema> = LazyLock::new(group::group);
static COMMON: LazyLock<Vec<Attribute>> = LazyLock::new(attribute::common);

/// The two kinds of resources.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum ResourceKind {
    /// A person.
    User,
    /// A group of people and groups.
    Group,
}

impl ResourceKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::User, Self::Group];

    /// Its name, as `meta.resourceType` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    /// Where it is served, below the address of SCIM.
    pub fn endpoint(self) -> &'static str {
        match self {
            Self::User => "/Users",
            Self::Group => "/Groups",
        }
    }

    /// Its own schema.
    pub fn core(self) -> &'static Schema {
        match self {
            Self::User => &USERS,
            Self::Group => &GROUPS,
        }
    }

    /// What may be added to it.
    pub fn extension(self) -> Option<&'static Schema> {
        match self {
            Self::User => Some(&COMPANY),
            Self::Group => None,
        }
    }

    /// Every schema that it has.
    pub fn schemas(self) -> impl Iterator<Item = &'static Schema> {
        std::iter::once(self.core()).chain(self.extension())
    }

    /// The schema with this URN, in whatever case.
    pub fn schema(self, urn: &str) -> Option<&'static Schema> {
        self.schemas().find(|one| one.id.eq_ignore_ascii_case(urn))
    }

    /// An attribute outside of extensions: one of its own, or one that every resource has.
    pub fn attribute(self, name: &str) -> Option<&'static Attribute> {
        let common = || COMMON.iter().find(|one| one.name.eq_ignore_ascii_case(name));
        self.core().attribute(name).or_else(common)
    }

    /// Every attribute outside of extensions.
    pub fn attributes(self) -> impl Iterator<Item = &'static Attribute> {
        self.core().attributes.iter().chain(COMMON.iter())
    }
}
