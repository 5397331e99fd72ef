//! Two things that nobody shall have together.

use super::{Entitlements, Evidence, Exception, Finding, Findings, NotJudged, Scope, Search, Separation};
use crate::{
    answer::Certainty,
    graph::{Gap, Graph, Kind, Player},
    key::FactKey,
    question::{Giver, Spot},
    set::Set,
};
use std::collections::BTreeMap;
use weir_model::access::{Part, PermissionKind};

/// So many projects are named in a finding.
const NAMED: usize = 20;
const DAY: i64 = 86_400_000;

/// A side of a rule, in numbers.
struct Side {
    /// Permissions that count in a project.
    permissions: Vec<u32>,
    roles: Set,
    /// Who has it everywhere: by a permission that counts everywhere, or by a group.
    everywhere: Set,
    globals: Vec<u32>,
    groups: Vec<u32>,
    projects: Set,
    unknown: Vec<Gap>,
}

pub(super) fn look(search: &Search<'_>, rule: &Separation, all: &mut Findings) {
    let graph = search.graph;
    let (mut one, mut other) = (side(graph, &rule.one), side(graph, &rule.other));
    // Where the two may meet: for each place, who has the one and who the other there.
    let mut places: BTreeMap<String, (Set, Set)> = BTreeMap::new();
    let mut meet: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut by_place: BTreeMap<String, Vec<(u32, Set)>> = BTreeMap::new();
    for project in 0..graph.count(Kind::Project) as u32 {
        let [first, second] = [&mut one, &mut other].map(|side| graph.has_in(side, project));
        let mut either = first.clone();
        either.add(&second);
        if either.is_empty() {
            continue;
        }
        let place = place_of(graph, rule.scope, project);
        let known = places.entry(place.clone()).or_insert_with(|| (graph.no_users(), graph.no_users()));
        known.0.add(&first);
        known.1.add(&second);
        by_place.entry(place).or_default().push((project, either));
    }
    if rule.scope == Scope::Any {
        let known = places.entry(String::new()).or_insert_with(|| (graph.no_users(), graph.no_users()));
        known.0.add(&one.everywhere);
        known.1.add(&other.everywhere);
    }
    for (place, (first, second)) in &places {
        let mut both = first.clone();
        both.keep(second);
        both.keep(&search.active);
        for user in both.iter() {
            let projects = by_place.get(place).into_iter().flatten();
            let projects = projects.filter(|(_, users)| users.contains(user)).map(|(project, _)| *project);
            meet.entry(user).or_default().extend(projects);
        }
    }
    for (user, projects) in meet {
        all.findings.push(finding(search, rule, user, &projects, &one, &other));
    }
    let mut gaps: Vec<Gap> = one.unknown.into_iter().chain(other.unknown).collect();
    gaps.sort_unstable();
    gaps.dedup();
    if !gaps.is_empty() {
        all.not_judged.push(NotJudged { rule: rule.id.clone(), gaps });
    }
}

fn place_of(graph: &Graph, scope: Scope, project: u32) -> String {
    let row = graph.about.projects[project as usize].as_ref();
    match scope {
        Scope::Any => String::new(),
        Scope::SameCategory => match row.and_then(|row| row.category.as_ref()) {
            Some(category) => format!("category {category}"),
            None => format!("project {project}"),
        },
        Scope::SameProject => format!("project {project}"),
    }
}

fn side(graph: &Graph, wanted: &Entitlements) -> Side {
    let mut side = Side {
        permissions: Vec::new(),
        roles: Set::empty(graph.count(Kind::Role)),
        everywhere: graph.no_users(),
        globals: Vec::new(),
        groups: Vec::new(),
        projects: Set::empty(graph.count(Kind::Project)),
        unknown: Vec::new(),
    };
    for permission in wanted.permissions.iter().filter_map(|key| graph.names[Kind::Permission].find(key)) {
        if graph.permissions_of(PermissionKind::Global).any(|global| global == permission) {
            let who = graph.who_has(permission, Spot::Everywhere);
            side.everywhere.add(&who.definite);
            side.globals.push(permission);
        } else {
            side.permissions.push(permission);
        }
    }
    for (number, row) in graph.about.roles.iter().enumerate() {
        let is_named = |row: &weir_model::access::Role| wanted.roles.contains(&row.name) && !row.is_system;
        if row.as_ref().is_some_and(is_named) {
            side.roles.insert(number as u32);
        }
    }
    for group in 0..graph.count(Kind::Group) as u32 {
        let names = [graph.id(Kind::Group, group), graph.name(Kind::Group, group)];
        if wanted.groups.iter().any(|wanted| names.contains(&wanted.as_str())) {
            graph.add_members(group, &mut side.everywhere);
            side.groups.push(group);
            side.unknown.extend(graph.group_gaps(group));
        }
    }
    let is_one_of = |list: &[String], names: &[&str]| {
        list.is_empty() || list.iter().any(|wanted| names.contains(&wanted.as_str()))
    };
    for (number, row) in graph.about.projects.iter().enumerate() {
        let Some(row) = row else { continue };
        let category = row.category.as_deref().unwrap_or_default();
        let name = graph.about.categories.iter().find(|known| known.id == category);
        let category = [category, name.map_or("", |known| &known.name)];
        if is_one_of(&wanted.projects, &[&row.key, &row.id])
            && is_one_of(&wanted.kinds, &[&row.kind])
            && is_one_of(&wanted.categories, &category)
        {
            side.projects.insert(number as u32);
        }
    }
    let mut needed = vec![Part::Users];
    if !side.globals.is_empty() {
        needed.extend([Part::Globals, Part::Members]);
    }
    if !side.permissions.is_empty() {
        needed.extend([Part::ProjectSchemes, Part::PermissionSchemes, Part::RoleActors, Part::Members]);
    }
    if !side.roles.is_empty() {
        needed.extend([Part::RoleActors, Part::Members]);
    }
    let gaps = graph.gaps().into_iter().filter(|gap| needed.contains(&gap.part));
    side.unknown.extend(gaps);
    let silent = needed.iter().filter_map(|part| graph.covered.gap(*part, None));
    side.unknown.extend(silent.filter(|gap| gap.outcome.is_none()));
    side
}

impl Graph {
    /// Who has a side in a project.
    fn has_in(&self, side: &mut Side, project: u32) -> Set {
        let mut users = self.no_users();
        if !side.projects.contains(project) {
            return users;
        }
        users.add(&side.everywhere);
        for permission in &side.permissions {
            let spot = Spot::Project(project);
            let sure = self.givers(*permission, spot).into_iter().map(Giver::held);
            sure.for_each(|held| self.add_holders(held, spot, &mut users));
        }
        for (role, player) in self.wires.actors.of(project) {
            match player {
                _ if !side.roles.contains(*role) => {}
                Player::User(user) => {
                    users.insert(*user);
                }
                Player::Group(group) => self.add_members(*group, &mut users),
                Player::Gone(_) => {}
            }
        }
        users
    }

    /// The facts by which somebody has a side: one way for each thing that they have, in the first place where they have it.
    fn facts_behind(&self, side: &Side, user: u32, projects: &[u32]) -> Vec<FactKey> {
        let mut facts = Vec::new();
        let spots = projects.iter().filter(|project| side.projects.contains(**project));
        let asked = side.permissions.iter().map(|permission| {
            (*permission, spots.clone().map(|project| Spot::Project(*project)).collect::<Vec<_>>())
        });
        let globals = side.globals.iter().map(|permission| (*permission, vec![Spot::Everywhere]));
        for (permission, spots) in asked.chain(globals) {
            let ways = spots.into_iter().flat_map(|spot| self.routes(user, permission, spot).found);
            let sure = ways.filter(|route| route.certainty == Certainty::Definite).take(1);
            facts.extend(sure.flat_map(|route| route.edges).filter_map(|edge| self.edge_key(edge)));
        }
        let groups = self.groups_of(user);
        for (role, player) in spots.flat_map(|project| {
            let actors = self.wires.actors.of(*project).iter();
            actors.map(move |(role, player)| ((*project, *role), *player))
        }) {
            let has = match player {
                Player::User(one) => one == user,
                Player::Group(group) => groups.contains(group),
                Player::Gone(_) => false,
            };
            if has && side.roles.contains(role.1) {
                let edge = crate::path::Edge::Acts { project: role.0, role: role.1, player };
                facts.extend(self.edge_key(edge));
            }
        }
        for group in side.groups.iter().filter(|group| groups.contains(**group)) {
            let way = self.chains(user, *group).into_iter().take(1).flatten();
            facts.extend(way.filter_map(|edge| self.edge_key(edge)));
        }
        facts
    }
}

fn finding(
    search: &Search<'_>,
    rule: &Separation,
    user: u32,
    projects: &[u32],
    one: &Side,
    other: &Side,
) -> Finding {
    let graph = search.graph;
    // In one project both are had; else the one may be had in the first of them and the other in the last.
    let looked_at = if rule.scope == Scope::SameProject { projects.len().min(NAMED) } else { projects.len() };
    let mut facts = graph.facts_behind(one, user, &projects[..looked_at]);
    facts.extend(graph.facts_behind(other, user, &projects[..looked_at]));
    facts.sort_unstable();
    facts.dedup();
    let mut keys: Vec<String> =
        projects.iter().map(|project| graph.name(Kind::Project, *project).to_owned()).collect();
    keys.sort_unstable();
    keys.dedup();
    let count = keys.len();
    keys.truncate(NAMED);
    let id = graph.id(Kind::User, user);
    let holds = |exception: &&Exception| {
        let ends = exception.until.midnight().map(|until| until.0 + DAY);
        exception.user == id && ends.is_some_and(|ends| search.context.now.0 < ends)
    };
    Finding {
        id: format!("{}/{}", rule.id, id.replace('%', "%25").replace('/', "%2F")),
        rule: rule.id.clone(),
        severity: rule.severity,
        controls: rule.controls.clone(),
        subject: search.user(user),
        evidence: Evidence::Meet { projects: keys, count },
        facts,
        exception: rule.exceptions.iter().find(holds).cloned(),
    }
}
