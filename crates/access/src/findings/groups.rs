//! Groups that give nothing, or something to nobody, or something to customers.

use super::{Evidence, Found};
use crate::{
    graph::{Graph, Held, Kind, Player},
    key::FactKey,
    set::Set,
};
use weir_model::access::{Part, UserKind, UserState};

/// The groups that give something, with those inside of them.
pub(super) fn that_give(graph: &Graph) -> Set {
    let wires = &graph.wires;
    let named = |held: Held| match held {
        Held::Group(group) => Some(group),
        _ => None,
    };
    let mut giving = Set::empty(graph.count(Kind::Group));
    giving.extend(wires.grants.pairs().filter_map(|(_, row)| named(row.held)));
    giving.extend(wires.globals.pairs().filter_map(|(_, row)| named(row.held)));
    giving.extend(wires.seers.pairs().filter_map(|(_, held)| named(held)));
    giving.extend(wires.opens.pairs().map(|(_, group)| group));
    giving.extend(wires.actors.pairs().filter_map(|(_, (_, player))| match player {
        Player::Group(group) => Some(group),
        _ => None,
    }));
    let mut all = giving.clone();
    for group in giving.iter() {
        all.add(&graph.below(group));
    }
    all
}

const GIVING: [Part; 6] = [
    Part::Groups,
    Part::AppRoles,
    Part::RoleActors,
    Part::PermissionSchemes,
    Part::LevelHolders,
    Part::Globals,
];

fn known(graph: &Graph) -> impl Iterator<Item = u32> + '_ {
    let groups = graph.about.groups.iter().enumerate();
    groups.filter(|(_, row)| row.is_some()).map(|(number, _)| number as u32)
}

fn key(graph: &Graph, group: u32) -> FactKey {
    FactKey::new("group", [graph.id(Kind::Group, group)])
}

pub(super) fn empty(found: &mut Found<'_>) {
    found.needs(&[Part::Groups, Part::Members]);
    let graph = found.search.graph;
    for group in known(graph).filter(|group| found.search.giving.contains(*group)) {
        let mut members = graph.no_users();
        graph.add_members(group, &mut members);
        if members.is_empty() && !graph.unread.contains(group) {
            let facts = vec![key(graph, group)];
            found.push(
                found.search.group(group),
                &[graph.id(Kind::Group, group)],
                Evidence::AsTheFactsSay,
                facts,
            );
        }
    }
}

pub(super) fn unused(found: &mut Found<'_>) {
    found.needs(&GIVING);
    let graph = found.search.graph;
    // What was not read may be what the group gives.
    if GIVING.iter().any(|part| graph.covered.has_gap(*part, None)) {
        return;
    }
    for group in known(graph).filter(|group| !found.search.giving.contains(*group)) {
        let facts = vec![key(graph, group)];
        found.push(
            found.search.group(group),
            &[graph.id(Kind::Group, group)],
            Evidence::AsTheFactsSay,
            facts,
        );
    }
}

pub(super) fn customers(found: &mut Found<'_>) {
    found.needs(&[Part::Users, Part::Members]);
    let graph = found.search.graph;
    for (number, row) in graph.about.users.iter().enumerate() {
        let Some(row) = row else { continue };
        if row.kind != UserKind::Customer || row.state != UserState::Active {
            continue;
        }
        let number = number as u32;
        let groups =
            graph.wires.seats.of(number).iter().filter(|group| found.search.giving.contains(**group));
        let mut facts: Vec<FactKey> =
            groups.map(|group| FactKey::new("member", [graph.id(Kind::Group, *group), &row.id])).collect();
        if !facts.is_empty() {
            let count = facts.len();
            facts.insert(0, found.search.user_key(number));
            found.push(found.search.user(number), &[&row.id], Evidence::Gives { count }, facts);
        }
    }
}
