//! Things and what they have access to, as pairs: what formats of others are made of. Each pair is one fact, so nothing is
//! unfolded: an account is in a group, a group has a role in a project, the role has permissions there.

use crate::{
    graph::{Graph, Held, Kind, Player},
    key::FactKey,
    path::Edge,
    question::Giver,
};
use std::collections::BTreeSet;
use weir_model::access::{UserKind, UserState};

/// A thing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Node {
    Site,
    User(u32),
    Group(u32),
    AppRole(u32),
    /// A role in a project.
    Role {
        project: u32,
        role: u32,
    },
    Project(u32),
    /// Whoever a holder names that is no account and no group: everybody, or somebody issue by issue.
    Whoever(Held),
}

/// One thing has access to another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Relation {
    pub(super) from: Node,
    pub(super) to: Node,
    /// What it may do there; None for being in it.
    pub(super) permission: Option<u32>,
    pub(super) fact: FactKey,
}

impl Graph {
    /// Every relation, in order.
    pub(super) fn relations(&self) -> Vec<Relation> {
        let wires = &self.wires;
        let mut found = Vec::new();
        let mut push = |from: Node, to: Node, permission: Option<u32>, edge: Edge| {
            if let Some(fact) = self.edge_key(edge) {
                found.push(Relation { from, to, permission, fact });
            }
        };
        for (group, seat) in wires.members.pairs() {
            push(Node::User(seat.user), Node::Group(group), None, Edge::Member { group, seat });
        }
        for (parent, group) in wires.inside.pairs() {
            push(Node::Group(group), Node::Group(parent), None, Edge::Inside { group, parent });
        }
        for (role, group) in wires.opens.pairs() {
            let edge = Edge::Opens { role, group };
            push(Node::Group(group), Node::AppRole(role), None, edge);
            push(Node::AppRole(role), Node::Site, None, edge);
        }
        for (project, (role, player)) in wires.actors.pairs() {
            let from = match player {
                Player::User(user) => Node::User(user),
                Player::Group(group) => Node::Group(group),
                Player::Gone(_) => continue,
            };
            push(from, Node::Role { project, role }, None, Edge::Acts { project, role, player });
        }
        for (project, scheme) in wires.schemes.pairs() {
            for row in wires.grants.of(scheme) {
                let from = match row.held {
                    Held::Role(role) => Node::Role { project, role },
                    Held::Lead => match wires.leads.of(project).first() {
                        Some(lead) => Node::User(*lead),
                        None => continue,
                    },
                    held => node(held),
                };
                let edge = Edge::Gives(Giver::Grant { scheme, row: *row });
                push(from, Node::Project(project), Some(row.permission), edge);
            }
        }
        for (permission, row) in wires.globals.pairs() {
            let edge = Edge::Gives(Giver::Global { permission, row });
            push(node(row.held), Node::Site, Some(permission), edge);
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Every thing of the reading, with all that relations name, in order.
    pub(super) fn nodes(&self, relations: &[Relation]) -> BTreeSet<Node> {
        let mut nodes: BTreeSet<Node> = BTreeSet::from([Node::Site]);
        nodes.extend(self.here.iter().map(Node::User));
        let all = |kind: Kind| 0..self.count(kind) as u32;
        nodes.extend(all(Kind::Group).map(Node::Group));
        nodes.extend(all(Kind::AppRole).map(Node::AppRole));
        nodes.extend(all(Kind::Project).map(Node::Project));
        nodes.extend(relations.iter().flat_map(|relation| [relation.from, relation.to]));
        nodes
    }

    /// An id that no other thing of any kind has.
    pub(super) fn node_id(&self, node: Node) -> String {
        match node {
            Node::Site => "site".to_owned(),
            Node::User(user) => self.id(Kind::User, user).to_owned(),
            Node::Group(group) => format!("group:{}", self.id(Kind::Group, group)),
            Node::AppRole(role) => format!("application:{}", self.id(Kind::AppRole, role)),
            Node::Role { project, role } => {
                format!("role:{}:{}", self.id(Kind::Project, project), self.id(Kind::Role, role))
            }
            Node::Project(project) => format!("project:{}", self.id(Kind::Project, project)),
            Node::Whoever(held) => format!("holder:{}", self.whoever(held).0),
        }
    }

    /// The name that people know.
    pub(super) fn node_name(&self, node: Node) -> String {
        match node {
            Node::Site => self.site().map_or_else(|| "site".to_owned(), |site| site.url.clone()),
            Node::User(user) => self.user_name(user).to_owned(),
            Node::Group(group) => self.name(Kind::Group, group).to_owned(),
            Node::AppRole(role) => self.name(Kind::AppRole, role).to_owned(),
            Node::Role { project, role } => {
                format!("{} - {}", self.name(Kind::Project, project), self.name(Kind::Role, role))
            }
            Node::Project(project) => {
                let row = self.about.projects[project as usize].as_ref();
                row.map_or_else(|| self.id(Kind::Project, project).to_owned(), |row| row.name.clone())
            }
            Node::Whoever(held) => self.whoever(held).1,
        }
    }

    fn whoever(&self, held: Held) -> (String, String) {
        let field = |kind: &str, field: u32| {
            let id = self.id(Kind::Field, field);
            (format!("{kind}:{id}"), format!("Named by the field {}", self.name(Kind::Field, field)))
        };
        let (id, name) = match held {
            Held::Anyone => ("anyone", "Anyone"),
            Held::LoggedIn => ("logged_in", "Any signed-in user"),
            Held::Assignee => ("assignee", "Assignee of the issue"),
            Held::Reporter => ("reporter", "Reporter of the issue"),
            Held::Portal => ("portal_customers", "Customers in the portal"),
            Held::UserField(number) => return field("user_field", number),
            Held::GroupField(number) => return field("group_field", number),
            Held::Strange(text) => {
                let kind = self.strange(text).0;
                return (format!("unresolved:{}", self.id(Kind::Strange, text).replace('\u{1f}', ":")), kind);
            }
            _ => ("nobody", "Nobody"),
        };
        (id.to_owned(), name.to_owned())
    }

    pub(super) fn user_state(&self, user: u32) -> Option<UserState> {
        self.about.users[user as usize].as_ref().map(|user| user.state)
    }

    pub(super) fn user_kind(&self, user: u32) -> UserKind {
        self.about.users[user as usize].as_ref().map_or(UserKind::Unknown, |user| user.kind)
    }

    pub(super) fn email(&self, user: u32) -> Option<&str> {
        self.about.profiles[user as usize].as_ref().and_then(|profile| profile.email.as_deref())
    }
}

fn node(held: Held) -> Node {
    match held {
        Held::Group(group) => Node::Group(group),
        Held::User(user) => Node::User(user),
        Held::AppRole(role) => Node::AppRole(role),
        held => Node::Whoever(held),
    }
}
