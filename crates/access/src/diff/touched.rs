//! Whose way to a holder differs between two graphs, worked out once for each group and each application.

use crate::{
    graph::{Graph, Held, Kind, Player},
    path::Edge,
    question::Spot,
    set::Set,
};
use foldhash::{HashMap, HashMapExt};
use std::sync::Arc;

/// Two graphs with the same numbers, and what was worked out of them.
#[derive(Debug)]
pub(super) struct Pair<'g> {
    pub(super) before: &'g Graph,
    pub(super) after: &'g Graph,
    groups: HashMap<u32, Touched>,
    /// Who is in a group, or whom an application lets in: before, after.
    sets: HashMap<Held, [Arc<Set>; 2]>,
    holders: HashMap<Held, Touched>,
    none: Arc<Set>,
}

/// Users whose ways differ.
type Touched = Arc<Set>;

impl<'g> Pair<'g> {
    pub(super) fn new(before: &'g Graph, after: &'g Graph) -> Self {
        let none = Arc::new(before.no_users());
        let (groups, sets, holders) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { before, after, groups, sets, holders, none }
    }

    fn nobody(&self) -> Touched {
        Arc::clone(&self.none)
    }

    /// Whom a holder that means the same in every project names: before, after.
    pub(super) fn sets(&mut self, held: Held) -> [Arc<Set>; 2] {
        if let Some(known) = self.sets.get(&held) {
            return known.clone();
        }
        let sets = [self.before, self.after].map(|graph| {
            let mut users = graph.no_users();
            graph.add_holders(held, Spot::Everywhere, &mut users);
            Arc::new(users)
        });
        self.sets.insert(held, sets.clone());
        sets
    }

    pub(super) fn group(&mut self, group: u32) -> Touched {
        if let Some(known) = self.groups.get(&group) {
            return known.clone();
        }
        let is_flat = |graph: &Graph| graph.wires.inside.of(group).is_empty();
        let touched = if is_flat(self.before) && is_flat(self.after) {
            self.own_members(group)
        } else {
            self.with_groups_inside(group)
        };
        self.groups.insert(group, touched.clone());
        touched
    }

    fn own_members(&self, group: u32) -> Touched {
        let [before, after] = [self.before, self.after].map(|graph| graph.wires.members.of(group));
        if before.len() == after.len() && before.iter().zip(after).all(|(a, b)| a.user == b.user) {
            return self.nobody();
        }
        let set = |seats: &[crate::graph::Seat]| {
            Set::of(self.before.count(Kind::User), seats.iter().map(|seat| seat.user))
        };
        Arc::new(either(&set(before), &set(after)))
    }

    fn with_groups_inside(&self, group: u32) -> Touched {
        let mut below = self.before.below(group);
        below.add(&self.after.below(group));
        let mut users = self.before.no_users();
        for group in below.iter() {
            users.add(&self.own_members(group));
            let [before, after] = [self.before, self.after].map(|graph| graph.wires.inside.of(group));
            for inside in before.iter().filter(|inside| !after.contains(inside)) {
                self.before.add_members(*inside, &mut users);
            }
            for inside in after.iter().filter(|inside| !before.contains(inside)) {
                self.after.add_members(*inside, &mut users);
            }
        }
        // These are all whose ways may differ; another chain of groups may be none to the group that is asked about.
        let chains = |graph: &Graph, user: u32| {
            let mut chains = graph.chains(user, group);
            chains.iter_mut().flatten().for_each(Edge::forget_certainty);
            chains.sort_unstable();
            chains
        };
        let differ = users.iter().filter(|user| chains(self.before, *user) != chains(self.after, *user));
        Arc::new(Set::of(self.before.count(Kind::User), differ))
    }

    fn app_role(&mut self, role: u32) -> Touched {
        let [before, after] = [self.before, self.after]
            .map(|graph| graph.wires.opens.of(role).iter().map(|g| Player::Group(*g)));
        self.players(before.collect(), after.collect())
    }

    /// Whose way through some actors differs.
    pub(super) fn players(&mut self, before: Vec<Player>, after: Vec<Player>) -> Touched {
        let mut users = self.before.no_users();
        for (graph, mine, other) in [(self.before, &before, &after), (self.after, &after, &before)] {
            for player in mine {
                match (player, other.contains(player)) {
                    (Player::Group(group), true) => {
                        users.add(&self.group(*group));
                    }
                    (Player::Group(group), false) => graph.add_members(*group, &mut users),
                    (Player::User(user), false) => {
                        users.insert(*user);
                    }
                    _ => {}
                }
            }
        }
        Arc::new(users)
    }

    /// Whose way to a holder that means the same in every project differs.
    pub(super) fn holder(&mut self, held: Held) -> Touched {
        if let Some(known) = self.holders.get(&held) {
            return known.clone();
        }
        let touched = match held {
            Held::Group(group) => self.group(group),
            Held::AppRole(role) => self.app_role(role),
            Held::LoggedIn => {
                let mut users = (*self.none).clone();
                for role in 0..self.before.count(Kind::AppRole) as u32 {
                    users.add(&self.app_role(role));
                }
                Arc::new(users)
            }
            _ => self.nobody(),
        };
        self.holders.insert(held, touched.clone());
        touched
    }
}

/// Those that are in one of two sets alone.
pub(super) fn either(a: &Set, b: &Set) -> Set {
    let mut set = a.without(b);
    set.add(&b.without(a));
    set
}
