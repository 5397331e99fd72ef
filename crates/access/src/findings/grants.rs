//! Grants that give too much, to everybody, to one, or to somebody who is gone.

use super::{Evidence, Found, Subject};
use crate::{
    graph::{GrantRow, Graph, Held, Kind, Player},
    key::FactKey,
    question::Giver,
};
use foldhash::HashMap;
use std::collections::BTreeMap;
use weir_model::access::{Part, ProjectState, UserState};

fn subject(graph: &Graph, scheme: u32) -> Subject {
    let (id, name) = (graph.id(Kind::Scheme, scheme).to_owned(), graph.name(Kind::Scheme, scheme).to_owned());
    Subject::Scheme { id, name }
}

fn key(graph: &Graph, scheme: u32, row: GrantRow) -> FactKey {
    FactKey::new("grant", [graph.id(Kind::Scheme, scheme), graph.id(Kind::Grant, row.id)])
}

fn projects(graph: &Graph) -> HashMap<u32, usize> {
    let mut counts = HashMap::default();
    for (_, scheme) in graph.wires.schemes.pairs() {
        *counts.entry(scheme).or_default() += 1;
    }
    counts
}

/// The grants of each scheme by permission and holder: the same may be given twice.
fn by_holder(graph: &Graph) -> BTreeMap<(u32, u32, Held), Vec<GrantRow>> {
    let mut all: BTreeMap<(u32, u32, Held), Vec<GrantRow>> = BTreeMap::new();
    for (scheme, row) in graph.wires.grants.pairs() {
        all.entry((scheme, row.permission, row.held)).or_default().push(row);
    }
    all
}

/// Tells a permission of a scheme, given to some holder, as one finding.
fn tell(
    found: &mut Found<'_>,
    scheme: u32,
    rows: &[GrantRow],
    to: &str,
    users: Option<usize>,
    projects: usize,
) {
    let graph = found.search.graph;
    let Some(first) = rows.first() else { return };
    let permission = graph.id(Kind::Permission, first.permission).to_owned();
    let facts = rows.iter().map(|row| key(graph, scheme, *row)).collect();
    let about = [graph.id(Kind::Scheme, scheme), permission.as_str(), to];
    let evidence = Evidence::Permission { permission: permission.clone(), projects, users };
    found.push(subject(graph, scheme), &about, evidence, facts);
}

pub(super) fn public(found: &mut Found<'_>) {
    found.needs(&[Part::PermissionSchemes, Part::ProjectSchemes]);
    let graph = found.search.graph;
    let counts = projects(graph);
    for ((scheme, _, held), rows) in by_holder(graph) {
        if held == Held::Anyone {
            let projects = counts.get(&scheme).copied().unwrap_or(0);
            tell(found, scheme, &rows, "anyone", None, projects);
        }
    }
}

pub(super) fn broad(found: &mut Found<'_>) {
    found.needs(&[Part::PermissionSchemes, Part::ProjectSchemes, Part::Members, Part::Users]);
    let graph = found.search.graph;
    let counts = projects(graph);
    let active = &found.search.active;
    let limit = (active.len() as f64 * found.check.share.unwrap_or(0.5)) as usize;
    let limit = limit.max(found.check.most.unwrap_or(0));
    let size = |group: u32| {
        let mut members = graph.no_users();
        graph.add_members(group, &mut members);
        members.keep(active);
        members.len()
    };
    for ((scheme, permission, held), rows) in by_holder(graph) {
        let permission = graph.id(Kind::Permission, permission);
        if !found.check.permissions.iter().any(|wanted| wanted == permission) {
            continue;
        }
        let (to, users) = match held {
            Held::LoggedIn => ("logged_in".to_owned(), None),
            Held::AppRole(role) => (format!("app_role {}", graph.id(Kind::AppRole, role)), None),
            Held::Group(group) => {
                let size = size(group);
                if size <= limit {
                    continue;
                }
                (format!("group {}", graph.id(Kind::Group, group)), Some(size))
            }
            _ => continue,
        };
        let projects = counts.get(&scheme).copied().unwrap_or(0);
        tell(found, scheme, &rows, &to, users, projects);
    }
}

pub(super) fn direct(found: &mut Found<'_>) {
    found.needs(&[Part::PermissionSchemes, Part::ProjectSchemes]);
    let graph = found.search.graph;
    let counts = projects(graph);
    for ((scheme, _, held), rows) in by_holder(graph) {
        if let Held::User(user) = held {
            let to = format!("user {}", graph.id(Kind::User, user));
            let projects = counts.get(&scheme).copied().unwrap_or(0);
            tell(found, scheme, &rows, &to, Some(1), projects);
        }
    }
}

/// Names of accounts and groups that no fact describes. Where not all were read, they may be there all the same.
pub(super) fn gone(found: &mut Found<'_>) {
    found.needs(&[Part::Users, Part::Groups, Part::RoleActors, Part::PermissionSchemes]);
    let graph = found.search.graph;
    let all_users = !graph.covered.has_gap(Part::Users, None);
    let all_groups = !graph.covered.has_gap(Part::Groups, None);
    let is_gone = |user: u32| match &graph.about.users[user as usize] {
        Some(row) => row.state == UserState::Deleted,
        None => all_users,
    };
    let group_is_gone = |group: u32| graph.about.groups[group as usize].is_none() && all_groups;
    for (project, (role, player)) in graph.wires.actors.pairs() {
        let subject = match player {
            Player::User(user) if is_gone(user) => found.search.user(user),
            Player::Group(group) if group_is_gone(group) => found.search.group(group),
            Player::Gone(_) => Subject::Project {
                id: graph.id(Kind::Project, project).to_owned(),
                key: graph.name(Kind::Project, project).to_owned(),
            },
            _ => continue,
        };
        let fact = graph.edge_key(crate::path::Edge::Acts { project, role, player });
        tell_gone(found, subject, fact);
    }
    let grants = graph.wires.grants.pairs().map(|(scheme, row)| (row.held, Giver::Grant { scheme, row }));
    let globals =
        graph.wires.globals.pairs().map(|(permission, row)| (row.held, Giver::Global { permission, row }));
    for (held, giver) in grants.chain(globals) {
        let subject = match held {
            Held::User(user) if is_gone(user) => found.search.user(user),
            Held::Group(group) if group_is_gone(group) => found.search.group(group),
            _ => continue,
        };
        tell_gone(found, subject, graph.edge_key(crate::path::Edge::Gives(giver)));
    }
}

fn tell_gone(found: &mut Found<'_>, subject: Subject, fact: Option<FactKey>) {
    let Some(fact) = fact else { return };
    let about = fact.to_string();
    found.push(subject, &[&about], Evidence::AsTheFactsSay, vec![fact]);
}

pub(super) fn leads(found: &mut Found<'_>) {
    found.needs(&[Part::Users, Part::Projects]);
    let graph = found.search.graph;
    let all_users = !graph.covered.has_gap(Part::Users, None);
    for (project, lead) in graph.wires.leads.pairs() {
        let row = graph.about.projects[project as usize].as_ref();
        let Some(row) = row.filter(|row| row.state == ProjectState::Live) else { continue };
        let works = match &graph.about.users[lead as usize] {
            Some(user) => user.state == UserState::Active,
            None => !all_users,
        };
        if !works {
            let facts = vec![FactKey::new("project", [&row.id]), found.search.user_key(lead)];
            let subject = Subject::Project { id: row.id.clone(), key: row.key.clone() };
            found.push(subject, &[&row.id], Evidence::AsTheFactsSay, facts);
        }
    }
}
