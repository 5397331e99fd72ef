//! A permission and a place, and what gives it there.

use crate::{
    answer::Unknown,
    graph::{Gap, GlobalRow, GrantRow, Graph, Held, Kind, Lookup, Player, Thing},
    set::Set,
};
use weir_model::access::{Holder, Part, ProjectStyle};

/// Where a permission is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// In a project, by key or id.
    Project(&'a str),
    /// Everywhere.
    Everywhere,
}

/// Whoever can assign to others those that have this.
pub(crate) const ASSIGNABLE: &str = "ASSIGNABLE_USER";
pub(crate) const BROWSE: &str = "BROWSE_PROJECTS";
/// Who has one of these can give anything to themselves.
pub(crate) const ADMINISTRATION: [&str; 2] = ["ADMINISTER", "SYSTEM_ADMIN"];

/// Where, in numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Spot {
    Project(u32),
    Everywhere,
}

/// What gives something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Giver {
    Grant { scheme: u32, row: GrantRow },
    Global { permission: u32, row: GlobalRow },
    Level { level: u32, held: Held },
}

impl Giver {
    pub(crate) fn held(self) -> Held {
        match self {
            Self::Grant { row, .. } => row.held,
            Self::Global { row, .. } => row.held,
            Self::Level { held, .. } => held,
        }
    }
}

impl Graph {
    pub(crate) fn spot(&self, place: Place<'_>) -> Result<Spot, Lookup> {
        match place {
            Place::Project(asked) => Ok(Spot::Project(self.find_project(asked)?)),
            Place::Everywhere => Ok(Spot::Everywhere),
        }
    }

    /// One that every graph has a number for.
    pub(crate) fn known_permission(&self, key: &str) -> u32 {
        self.names[Kind::Permission].find(key).unwrap_or_default()
    }

    pub(crate) fn find_level(&self, asked: &str) -> Result<u32, Lookup> {
        let found = self.names[Kind::Level].find(asked);
        found.ok_or_else(|| self.missing(Thing::Level, Part::SecuritySchemes, asked))
    }

    /// What gives a permission in a place.
    pub(crate) fn givers(&self, permission: u32, spot: Spot) -> Vec<Giver> {
        match spot {
            Spot::Project(project) => {
                let schemes = self.wires.schemes.of(project).iter().copied();
                let grants = schemes.flat_map(|scheme| {
                    let rows = self.grants_for(scheme, permission).iter();
                    rows.map(move |row| Giver::Grant { scheme, row: *row })
                });
                grants.collect()
            }
            Spot::Everywhere => {
                let rows = self.wires.globals.of(permission).iter();
                rows.map(|row| Giver::Global { permission, row: *row }).collect()
            }
        }
    }

    /// What is not known of a permission in a place; it makes an unknown of every no.
    pub(crate) fn unknowns(&self, permission: u32, spot: Spot) -> Vec<Unknown> {
        let mut found = Vec::new();
        match spot {
            Spot::Project(project) => self.place_unknowns(project, &mut found),
            Spot::Everywhere => {
                let gap = self.covered.gap(Part::Globals, Some(self.id(Kind::Permission, permission)));
                found.extend(gap.map(Unknown::NotRead));
            }
        }
        for giver in self.givers(permission, spot) {
            self.giver_unknowns(giver, permission, spot, &mut found);
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// What is not known of a project, whatever is asked.
    pub(crate) fn place_unknowns(&self, project: u32, found: &mut Vec<Unknown>) {
        let schemes = self.wires.schemes.of(project);
        if schemes.is_empty() {
            let gap = self.covered.gap(Part::ProjectSchemes, Some(self.id(Kind::Project, project)));
            found.extend(gap.map(Unknown::NotRead));
        }
        for scheme in schemes {
            let gap = self.covered.gap(Part::PermissionSchemes, Some(self.id(Kind::Scheme, *scheme)));
            found.extend(gap.map(Unknown::NotRead));
        }
        if self.may_be_open(project) {
            found.push(Unknown::OpenProject { project: self.id(Kind::Project, project).to_owned() });
        }
    }

    /// Whether a team-managed project may let everybody in without a grant that says so (access.md §7).
    pub(crate) fn may_be_open(&self, project: u32) -> bool {
        let Some(row) = &self.about.projects[project as usize] else { return false };
        let names_all = |held: Held| matches!(held, Held::Anyone | Held::LoggedIn | Held::AppRole(_));
        row.style == ProjectStyle::TeamManaged && row.is_private != Some(true) && {
            let schemes = self.wires.schemes.of(project).iter();
            !schemes.flat_map(|scheme| self.wires.grants.of(*scheme)).any(|row| names_all(row.held))
        }
    }

    pub(crate) fn giver_unknowns(&self, giver: Giver, permission: u32, spot: Spot, found: &mut Vec<Unknown>) {
        let mut not_read = |gap: Option<Gap>| found.extend(gap.map(Unknown::NotRead));
        match giver.held() {
            Held::Group(group) => self.group_gaps(group).into_iter().for_each(|gap| not_read(Some(gap))),
            Held::AppRole(role) => self.app_role_gaps(role).into_iter().for_each(|gap| not_read(Some(gap))),
            Held::LoggedIn => self.login_gaps().into_iter().for_each(|gap| not_read(Some(gap))),
            Held::Role(role) => {
                let Spot::Project(project) = spot else { return };
                not_read(self.covered.gap(Part::RoleActors, Some(self.id(Kind::Project, project))));
                for player in self.players(project, role) {
                    if let Player::Group(group) = player {
                        self.group_gaps(group).into_iter().for_each(|gap| not_read(Some(gap)));
                    }
                }
            }
            Held::Assignee => {
                let assignable = self.known_permission(ASSIGNABLE);
                if assignable != permission {
                    found.extend(self.unknowns(assignable, spot));
                }
            }
            Held::GroupField(_) => not_read(self.covered.gap(Part::Members, None)),
            Held::Strange(text) => {
                let (kind, parameter) = self.strange(text);
                found.push(Unknown::Holder { kind, parameter, by: self.giver_id(giver) });
            }
            Held::Anyone
            | Held::User(_)
            | Held::Lead
            | Held::Reporter
            | Held::UserField(_)
            | Held::Portal => {}
        }
    }

    pub(crate) fn strange(&self, number: u32) -> (String, Option<String>) {
        let text = self.id(Kind::Strange, number);
        let (kind, parameter) = text.split_once('\u{1f}').map_or((text, None), |(a, b)| (a, Some(b)));
        (kind.to_owned(), parameter.map(str::to_owned))
    }

    fn giver_id(&self, giver: Giver) -> String {
        match giver {
            Giver::Grant { scheme, row } => {
                format!("{}/{}", self.id(Kind::Scheme, scheme), self.id(Kind::Grant, row.id))
            }
            Giver::Global { permission, .. } => self.id(Kind::Permission, permission).to_owned(),
            Giver::Level { level, .. } => self.id(Kind::Level, level).to_owned(),
        }
    }

    /// What is not known of the members of a group, by itself and by the groups inside.
    pub(crate) fn group_gaps(&self, group: u32) -> Vec<Gap> {
        if !self.unread.contains(group) {
            return Vec::new();
        }
        self.below(group).iter().filter_map(|group| self.own_members_unread(group)).collect()
    }

    pub(crate) fn app_role_gaps(&self, role: u32) -> Vec<Gap> {
        let gap = self.covered.gap(Part::AppRoles, Some(self.id(Kind::AppRole, role)));
        let groups = self.wires.opens.of(role).iter().flat_map(|group| self.group_gaps(*group));
        gap.into_iter().chain(groups).collect()
    }

    /// What is not known of who may use any application.
    pub(crate) fn login_gaps(&self) -> Vec<Gap> {
        let roles = (0..self.count(Kind::AppRole) as u32).flat_map(|role| self.app_role_gaps(role));
        self.covered.gap(Part::AppRoles, None).into_iter().chain(roles).collect()
    }

    /// Who has a role in a project.
    pub(crate) fn players(&self, project: u32, role: u32) -> impl Iterator<Item = Player> + '_ {
        let rows = self.wires.actors.of(project);
        let first = rows.partition_point(|(of, _)| *of < role);
        rows[first..].iter().take_while(move |(of, _)| *of == role).map(|(_, player)| *player)
    }

    /// Everybody who may use an application.
    pub(crate) fn add_app_role(&self, role: u32, users: &mut Set) {
        self.wires.opens.of(role).iter().for_each(|group| self.add_members(*group, users));
    }

    /// Everybody who may use any.
    pub(crate) fn add_logged_in(&self, users: &mut Set) {
        (0..self.count(Kind::AppRole) as u32).for_each(|role| self.add_app_role(role, users));
    }
}

impl Graph {
    pub(crate) fn holder(&self, held: Held) -> Holder {
        let id = |kind: Kind, number: u32| self.id(kind, number).to_owned();
        match held {
            Held::Anyone => Holder::Anyone,
            Held::LoggedIn => Holder::LoggedIn,
            Held::AppRole(number) => Holder::AppRole { key: id(Kind::AppRole, number) },
            Held::Group(number) => Holder::Group { id: id(Kind::Group, number) },
            Held::User(number) => Holder::User { id: id(Kind::User, number) },
            Held::Role(number) => Holder::ProjectRole { id: id(Kind::Role, number) },
            Held::Lead => Holder::ProjectLead,
            Held::Assignee => Holder::Assignee,
            Held::Reporter => Holder::Reporter,
            Held::UserField(number) => Holder::UserField { id: id(Kind::Field, number) },
            Held::GroupField(number) => Holder::GroupField { id: id(Kind::Field, number) },
            Held::Portal => Holder::PortalCustomers,
            Held::Strange(number) => {
                let (kind, parameter) = self.strange(number);
                Holder::Unresolved { kind, parameter }
            }
        }
    }
}
