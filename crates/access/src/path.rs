//! A path from somebody to a permission, step by step, and the one function that writes a step.

use crate::{
    answer::{Certainty, Condition},
    graph::{Graph, Held, Kind, Player, Seat},
    key::FactKey,
    question::Giver,
};
use serde::Serialize;
use std::fmt;
use weir_model::access::Certainty as Told;

/// One step, which leads on to what it names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Step {
    /// What it leads to.
    pub kind: StepKind,
    /// The id of that.
    pub id: String,
    /// Its name, or its id where no name is known.
    pub name: String,
    /// The fact that makes the step: what would have to go to break it. None where no fact does.
    pub fact: Option<FactKey>,
    /// Where the fact is an application with its groups: the group.
    pub part: Option<String>,
}

/// What a step leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// A group that the one before is in.
    Group,
    /// A group that they are in by themselves or by way of a group inside: a Data Center does not tell.
    GroupSomehow,
    /// An application that the group may use.
    AppRole,
    /// Everybody who is signed in and may use any application.
    LoggedIn,
    /// Everybody.
    Anyone,
    /// A role in the project.
    Role,
    /// A role of the site's own for its apps.
    AppsRole,
    /// The lead of the project.
    Lead,
    /// A condition on the issue.
    Condition,
    /// A permission scheme, by one of its grants.
    Scheme,
    /// A permission everywhere.
    Global,
    /// A security level.
    Level,
}

/// One way to a permission.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Path {
    /// How sure it is.
    pub certainty: Certainty,
    /// What has to hold of the issue.
    pub conditions: Vec<Condition>,
    /// From the account or group on.
    pub steps: Vec<Step>,
}

impl Path {
    /// The steps as people read them.
    pub fn words(&self) -> Vec<String> {
        self.steps.iter().map(Step::to_string).collect()
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match self.kind {
            StepKind::Group | StepKind::GroupSomehow => write!(f, "group {name}"),
            StepKind::AppRole => write!(f, "application {name}"),
            StepKind::LoggedIn => f.write_str("any signed-in user"),
            StepKind::Anyone => f.write_str("anyone"),
            StepKind::Role | StepKind::AppsRole => write!(f, "role {name}"),
            StepKind::Lead => write!(f, "lead of {name}"),
            StepKind::Condition => f.write_str(name),
            StepKind::Scheme => write!(f, "permission scheme {name}"),
            StepKind::Global => write!(f, "global permission {name}"),
            StepKind::Level => write!(f, "security level {name}"),
        }
    }
}

/// A step in numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Edge {
    Member { group: u32, seat: Seat },
    Inside { group: u32, parent: u32 },
    Opens { role: u32, group: u32 },
    Acts { project: u32, role: u32, player: Player },
    Leads { project: u32, user: u32 },
    Gives(Giver),
    LoggedIn,
    Anyone,
    If(Held),
}

impl Edge {
    /// Whether the site told that a member is one by itself is no part of the way.
    pub(crate) fn forget_certainty(&mut self) {
        if let Self::Member { seat, .. } = self {
            seat.direct = Told::Yes;
        }
    }

    /// Whether something can be taken away that makes it.
    pub(crate) fn can_go(self) -> bool {
        !matches!(self, Self::LoggedIn | Self::Anyone | Self::If(_))
    }
}

impl Graph {
    pub(crate) fn user_name(&self, user: u32) -> &str {
        let profile = self.about.profiles[user as usize].as_ref();
        profile.map_or_else(|| self.id(Kind::User, user), |profile| &profile.name)
    }

    pub(crate) fn name(&self, kind: Kind, number: u32) -> &str {
        let place = number as usize;
        let about = &self.about;
        let name = match kind {
            Kind::User => return self.user_name(number),
            Kind::Group => about.groups[place].as_ref().map(|row| &row.name),
            Kind::AppRole => about.app_roles[place].as_ref().map(|row| &row.name),
            Kind::Project => about.projects[place].as_ref().map(|row| &row.key),
            Kind::Role => about.roles[place].as_ref().map(|row| &row.name),
            Kind::Permission => about.permissions[place].as_ref().map(|row| &row.name),
            Kind::Scheme => about.schemes[place].as_ref().map(|row| &row.name),
            Kind::Field => about.fields[place].as_ref().map(|row| &row.name),
            Kind::Security => about.securities[place].as_ref().map(|row| &row.name),
            Kind::Level => about.levels[place].as_ref().map(|row| &row.name),
            Kind::Grant | Kind::Strange => None,
        };
        name.map_or_else(|| self.id(kind, number), String::as_str)
    }

    pub(crate) fn path(&self, edges: &[Edge], certainty: Certainty) -> Path {
        let conditions = edges.iter().filter_map(|edge| match edge {
            Edge::If(held) => self.condition(*held),
            _ => None,
        });
        Path {
            certainty,
            conditions: conditions.collect(),
            steps: edges.iter().map(|edge| self.step(*edge)).collect(),
        }
    }

    pub(crate) fn step(&self, edge: Edge) -> Step {
        let to = |kind: StepKind, what: Kind, number: u32| Step {
            kind,
            id: self.id(what, number).to_owned(),
            name: self.name(what, number).to_owned(),
            fact: self.edge_key(edge),
            part: None,
        };
        let bare = |kind: StepKind, name: &str| Step {
            kind,
            id: String::new(),
            name: name.to_owned(),
            fact: None,
            part: None,
        };
        match edge {
            Edge::Member { group, seat } if seat.direct == Told::Unknown => {
                to(StepKind::GroupSomehow, Kind::Group, group)
            }
            Edge::Member { group, .. } => to(StepKind::Group, Kind::Group, group),
            Edge::Inside { parent, .. } => to(StepKind::Group, Kind::Group, parent),
            Edge::Opens { role, group } => {
                let part = Some(self.id(Kind::Group, group).to_owned());
                Step { part, ..to(StepKind::AppRole, Kind::AppRole, role) }
            }
            Edge::Acts { role, .. } => {
                let row = self.about.roles[role as usize].as_ref();
                let kind =
                    if row.is_some_and(|row| row.is_system) { StepKind::AppsRole } else { StepKind::Role };
                to(kind, Kind::Role, role)
            }
            Edge::Leads { project, .. } => to(StepKind::Lead, Kind::Project, project),
            Edge::Gives(Giver::Grant { scheme, .. }) => to(StepKind::Scheme, Kind::Scheme, scheme),
            Edge::Gives(Giver::Global { permission, .. }) => {
                let key = self.id(Kind::Permission, permission).to_owned();
                Step { name: key, ..to(StepKind::Global, Kind::Permission, permission) }
            }
            Edge::Gives(Giver::Level { level, .. }) => to(StepKind::Level, Kind::Level, level),
            Edge::LoggedIn => bare(StepKind::LoggedIn, "any signed-in user"),
            Edge::Anyone => bare(StepKind::Anyone, "anyone"),
            Edge::If(Held::Assignee) => bare(StepKind::Condition, "assignee of the issue"),
            Edge::If(Held::Reporter) => bare(StepKind::Condition, "reporter of the issue"),
            Edge::If(Held::UserField(field) | Held::GroupField(field)) => Step {
                name: format!("named by the field {}", self.name(Kind::Field, field)),
                ..to(StepKind::Condition, Kind::Field, field)
            },
            Edge::If(_) => bare(StepKind::Condition, "customer in the portal"),
        }
    }

    /// The key of the fact that makes an edge.
    pub(crate) fn edge_key(&self, edge: Edge) -> Option<FactKey> {
        let id = |kind: Kind, number: u32| self.id(kind, number);
        Some(match edge {
            Edge::Member { group, seat } => {
                FactKey::new("member", [id(Kind::Group, group), id(Kind::User, seat.user)])
            }
            Edge::Inside { group, parent } => {
                FactKey::new("subgroup", [id(Kind::Group, parent), id(Kind::Group, group)])
            }
            Edge::Opens { role, .. } => FactKey::new("app_role", [id(Kind::AppRole, role)]),
            Edge::Acts { project, role, player } => {
                let (kind, player) = match player {
                    Player::User(user) => ("user", id(Kind::User, user)),
                    Player::Group(group) => ("group", id(Kind::Group, group)),
                    Player::Gone(text) => ("unresolved", id(Kind::Strange, text)),
                };
                FactKey::new("role_actor", [id(Kind::Project, project), id(Kind::Role, role), kind, player])
            }
            Edge::Leads { project, .. } => FactKey::new("project", [id(Kind::Project, project)]),
            Edge::Gives(Giver::Grant { scheme, row }) => {
                FactKey::new("grant", [id(Kind::Scheme, scheme), id(Kind::Grant, row.id)])
            }
            Edge::Gives(Giver::Global { permission, row }) => {
                FactKey::held("global", id(Kind::Permission, permission), &self.holder(row.held))
            }
            Edge::Gives(Giver::Level { level, held }) => {
                FactKey::held("level_holder", id(Kind::Level, level), &self.holder(held))
            }
            Edge::LoggedIn | Edge::Anyone | Edge::If(_) => return None,
        })
    }
}
