//! The facts of one reading as a graph: every name is a small number, every list is in the order of ids.
//!
//! [`Builder`] takes facts in any order. Whatever a fact names is in the graph, also where no fact describes it: a group that
//! is gone has no members, and an account that is gone may still be named.

mod build;
mod coverage;
mod find;
mod groups;
mod table;
mod without;

pub use build::Builder;
pub use coverage::Gap;
pub use find::{Lookup, Thing};

pub(crate) use coverage::Covered;
pub(crate) use table::{Draft, Lists, Table};

use crate::set::Set;
use std::sync::Arc;
use weir_model::access as fact;

/// What can be asked of one reading.
#[derive(Clone, Debug)]
pub struct Graph {
    pub(crate) names: Arc<Names>,
    pub(crate) about: Arc<About>,
    /// The users that a fact of this reading speaks of.
    pub(crate) here: Arc<Set>,
    pub(crate) covered: Arc<Covered>,
    /// The groups whose members are not all known, by themselves or through a group inside.
    pub(crate) unread: Arc<Set>,
    pub(crate) wires: Wires,
}

/// Who is tied to what. All of it can be taken away, piece by piece.
#[derive(Clone, Default, Debug)]
pub(crate) struct Wires {
    /// Group to users.
    pub(crate) members: Lists<Seat>,
    /// User to groups.
    pub(crate) seats: Lists<u32>,
    /// Group to the groups inside.
    pub(crate) inside: Lists<u32>,
    /// Group to the groups that it is in.
    pub(crate) outside: Lists<u32>,
    /// Application to groups.
    pub(crate) opens: Lists<u32>,
    /// Project to roles and who has them.
    pub(crate) actors: Lists<(u32, Player)>,
    /// Project to lead.
    pub(crate) leads: Lists<u32>,
    /// Project to permission schemes: one, unless it changed while it was read.
    pub(crate) schemes: Lists<u32>,
    /// Scheme to grants.
    pub(crate) grants: Lists<GrantRow>,
    /// Permission to whom it is given everywhere.
    pub(crate) globals: Lists<GlobalRow>,
    /// Project to security schemes.
    pub(crate) securities: Lists<u32>,
    /// Security scheme to levels.
    pub(crate) levels: Lists<u32>,
    /// Level to who sees it.
    pub(crate) seers: Lists<Held>,
}

/// What has numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub(crate) enum Kind {
    User,
    Group,
    AppRole,
    Project,
    Role,
    Permission,
    Scheme,
    Grant,
    Field,
    Security,
    Level,
    /// A holder or an actor that is not known here: what the site calls it, and what stood beside.
    Strange,
}

pub(crate) const KINDS: usize = 12;

/// The ids behind the numbers.
#[derive(Default, Debug)]
pub(crate) struct Names(pub(crate) [Table; KINDS]);

impl std::ops::Index<Kind> for Names {
    type Output = Table;

    fn index(&self, kind: Kind) -> &Table {
        &self.0[kind as usize]
    }
}

/// What facts say of the things themselves.
#[derive(Default, Debug)]
pub(crate) struct About {
    pub(crate) site: Option<fact::Site>,
    pub(crate) users: Vec<Option<fact::User>>,
    pub(crate) profiles: Vec<Option<fact::Profile>>,
    pub(crate) groups: Vec<Option<fact::Group>>,
    pub(crate) app_roles: Vec<Option<fact::AppRole>>,
    pub(crate) projects: Vec<Option<fact::Project>>,
    pub(crate) roles: Vec<Option<fact::Role>>,
    pub(crate) permissions: Vec<Option<fact::Permission>>,
    pub(crate) schemes: Vec<Option<fact::PermissionScheme>>,
    pub(crate) fields: Vec<Option<fact::Field>>,
    pub(crate) securities: Vec<Option<fact::SecurityScheme>>,
    pub(crate) levels: Vec<Option<fact::SecurityLevel>>,
    pub(crate) categories: Vec<fact::Category>,
}

/// A user in a group.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Seat {
    pub(crate) user: u32,
    pub(crate) direct: fact::Certainty,
}

/// `fact::Holder` in numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Held {
    Anyone,
    LoggedIn,
    AppRole(u32),
    Group(u32),
    User(u32),
    Role(u32),
    Lead,
    Assignee,
    Reporter,
    UserField(u32),
    GroupField(u32),
    Portal,
    Strange(u32),
}

impl Held {
    /// Whether it names somebody issue by issue.
    pub(crate) fn is_condition(self) -> bool {
        matches!(
            self,
            Self::Assignee | Self::Reporter | Self::UserField(_) | Self::GroupField(_) | Self::Portal
        )
    }
}

/// `fact::Actor` in numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Player {
    User(u32),
    Group(u32),
    Gone(u32),
}

/// What a scheme allows; the scheme is the list that it stands in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct GrantRow {
    pub(crate) permission: u32,
    pub(crate) id: u32,
    pub(crate) held: Held,
}

/// What is allowed everywhere; the permission is the list that it stands in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct GlobalRow {
    pub(crate) held: Held,
    pub(crate) source: fact::GlobalSource,
}

impl Graph {
    /// The graph of these facts.
    pub fn new<'a>(facts: impl IntoIterator<Item = &'a fact::Fact>) -> Self {
        let mut builder = Builder::default();
        facts.into_iter().for_each(|fact| builder.add(fact));
        builder.finish()
    }

    /// How many of each there are, also of those that are only named.
    pub(crate) fn count(&self, kind: Kind) -> usize {
        self.names[kind].len()
    }

    pub(crate) fn id(&self, kind: Kind, number: u32) -> &str {
        self.names[kind].id(number)
    }

    /// What was read.
    pub fn site(&self) -> Option<&fact::Site> {
        self.about.site.as_ref()
    }

    /// Where a permission counts, by key or name.
    pub fn kind_of(&self, permission: &str) -> Result<fact::PermissionKind, Lookup> {
        let number = self.find_permission(permission)?;
        let is_global = self.permissions_of(fact::PermissionKind::Global).any(|global| global == number);
        Ok(if is_global { fact::PermissionKind::Global } else { fact::PermissionKind::Project })
    }

    /// The categories of projects.
    pub fn categories(&self) -> &[fact::Category] {
        &self.about.categories
    }

    /// Everything that the reading says it did not read in whole.
    pub fn gaps(&self) -> Vec<Gap> {
        self.covered.gaps()
    }

    /// The grants of a scheme for one permission.
    pub(crate) fn grants_for(&self, scheme: u32, permission: u32) -> &[GrantRow] {
        let rows = self.wires.grants.of(scheme);
        let first = rows.partition_point(|row| row.permission < permission);
        let end = rows.partition_point(|row| row.permission <= permission);
        &rows[first..end]
    }

    pub(crate) fn no_users(&self) -> Set {
        Set::empty(self.count(Kind::User))
    }
}
