//! Every path by which somebody has a permission. A path has no step that it could do without: chains of groups visit no group
//! twice, and each path ends in one grant.

use crate::{
    answer::{Certainty, Obstacle, Unknown, Verdict},
    graph::{Graph, Held, Kind, Lookup, Player},
    path::{Edge, Path},
    question::{Giver, Place, Spot},
    set::Set,
    usable::Usable,
};
use serde::Serialize;

/// Beyond this many paths an answer is cut short, and says so.
const MOST_PATHS: usize = 10_000;
/// Beyond this many steps from group to group as well.
const MOST_STEPS: usize = 1_000_000;

/// Why somebody has a permission, or why it cannot be said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Why {
    /// Who, by id.
    pub user: String,
    /// Whether they have it.
    pub verdict: Verdict,
    /// The sure ones first, then those on a condition, then those of administrators; the shortest first.
    pub paths: Vec<Path>,
    /// Whether there are more paths than these.
    pub is_cut_short: bool,
    /// What is not known.
    pub unknown: Vec<Unknown>,
    /// What is not known of who may give it to themselves.
    pub latent_unknown: Vec<Unknown>,
    /// Why it cannot be used all the same.
    pub obstacles: Vec<Obstacle>,
}

/// Paths in numbers.
#[derive(Debug)]
pub(crate) struct Routes {
    pub(crate) found: Vec<Route>,
    pub(crate) is_cut_short: bool,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Route {
    pub(crate) certainty: Certainty,
    pub(crate) edges: Vec<Edge>,
}

impl Graph {
    /// Why a user, by id, login, e-mail or name, has a permission somewhere.
    pub fn why(&self, user: &str, permission: &str, place: Place<'_>) -> Result<Why, Lookup> {
        let (user, permission) = (self.find_user(user)?, self.find_permission(permission)?);
        let spot = self.spot(place)?;
        let who = self.who_has(permission, spot);
        let (paths, is_cut_short) = self.paths(user, permission, spot);
        Ok(Why {
            user: self.id(Kind::User, user).to_owned(),
            verdict: who.verdict_of(user),
            paths,
            is_cut_short,
            obstacles: Usable::new(&who).obstacles(user),
            unknown: who.unknown,
            latent_unknown: who.latent_unknown,
        })
    }

    /// Every path, in the order of [`Why::paths`], and whether there are more.
    pub(crate) fn paths(&self, user: u32, permission: u32, spot: Spot) -> (Vec<Path>, bool) {
        let mut routes = self.routes(user, permission, spot);
        let latent = self.latent_routes(user, permission, spot);
        routes.is_cut_short |= latent.is_cut_short;
        routes.found.extend(latent.found);
        let mut paths: Vec<Path> =
            routes.found.iter().map(|route| self.path(&route.edges, route.certainty)).collect();
        sort(&mut paths);
        (paths, routes.is_cut_short)
    }

    /// The ways by which a security level names somebody.
    pub(crate) fn level_paths(&self, user: u32, level: u32, permission: u32, spot: Spot) -> Vec<Path> {
        let held = self.wires.seers.of(level).iter();
        let givers: Vec<Giver> = held.map(|held| Giver::Level { level, held: *held }).collect();
        let routes = self.routes_by(user, &givers, permission, spot).found;
        let mut paths: Vec<Path> =
            routes.iter().map(|route| self.path(&route.edges, route.certainty)).collect();
        sort(&mut paths);
        paths
    }

    /// The sure ones and those on a condition.
    pub(crate) fn routes(&self, user: u32, permission: u32, spot: Spot) -> Routes {
        let givers = self.givers(permission, spot);
        self.routes_by(user, &givers, permission, spot)
    }

    pub(crate) fn latent_routes(&self, user: u32, permission: u32, spot: Spot) -> Routes {
        let mut all = Routes { found: Vec::new(), is_cut_short: false };
        for number in self.administration(permission, spot) {
            let routes = self.routes(user, number, Spot::Everywhere);
            all.is_cut_short |= routes.is_cut_short;
            let sure = routes.found.into_iter().filter(|route| route.certainty == Certainty::Definite);
            all.found.extend(sure.map(|route| Route { certainty: Certainty::Latent, ..route }));
        }
        all
    }

    /// Every chain of groups from a user to a group.
    pub(crate) fn chains(&self, user: u32, group: u32) -> Vec<Vec<Edge>> {
        Search::new(self, user).by_group(group)
    }

    fn routes_by(&self, user: u32, givers: &[Giver], permission: u32, spot: Spot) -> Routes {
        let mut search = Search::new(self, user);
        let mut found = Vec::new();
        for giver in givers {
            let held = giver.held();
            for (mut edges, certainty) in search.by_holder(held, permission, spot) {
                edges.push(Edge::Gives(*giver));
                found.push(Route { certainty, edges });
            }
        }
        Routes { found, is_cut_short: search.is_over() }
    }
}

fn sort(paths: &mut [Path]) {
    paths.sort_by(|a, b| {
        let first = |path: &Path| (path.certainty, path.steps.len());
        first(a).cmp(&first(b)).then_with(|| a.cmp(b))
    });
}

struct Search<'g> {
    graph: &'g Graph,
    user: u32,
    groups: Set,
    left: usize,
    steps: usize,
}

impl<'g> Search<'g> {
    fn new(graph: &'g Graph, user: u32) -> Self {
        Self { graph, user, groups: graph.groups_of(user), left: MOST_PATHS, steps: MOST_STEPS }
    }

    fn is_over(&self) -> bool {
        self.left == 0 || self.steps == 0
    }

    fn by_holder(&mut self, held: Held, permission: u32, spot: Spot) -> Vec<(Vec<Edge>, Certainty)> {
        let sure = |paths: Vec<Vec<Edge>>| -> Vec<_> {
            paths.into_iter().map(|edges| (edges, Certainty::Definite)).collect()
        };
        let on = |is_met: bool| -> Vec<_> {
            is_met.then(|| (vec![Edge::If(held)], Certainty::Conditional)).into_iter().collect()
        };
        let graph = self.graph;
        match (held, spot) {
            (Held::Anyone, _) => sure(vec![vec![Edge::Anyone]]),
            (Held::LoggedIn, _) => {
                let roles = 0..graph.count(Kind::AppRole) as u32;
                let paths = roles.flat_map(|role| self.by_app_role(role)).map(|mut edges| {
                    edges.push(Edge::LoggedIn);
                    edges
                });
                sure(paths.collect())
            }
            (Held::AppRole(role), _) => sure(self.by_app_role(role)),
            (Held::Group(group), _) => sure(self.by_group(group)),
            (Held::User(user), _) if user == self.user => sure(vec![Vec::new()]),
            (Held::Role(role), Spot::Project(project)) => {
                let mut paths = Vec::new();
                for player in graph.players(project, role) {
                    let edge = Edge::Acts { project, role, player };
                    match player {
                        Player::User(user) if user == self.user => paths.push(vec![edge]),
                        Player::Group(group) => {
                            paths.extend(self.by_group(group).into_iter().map(|mut edges| {
                                edges.push(edge);
                                edges
                            }))
                        }
                        _ => {}
                    }
                }
                sure(paths)
            }
            (Held::Lead, Spot::Project(project)) if graph.wires.leads.of(project).contains(&self.user) => {
                sure(vec![vec![Edge::Leads { project, user: self.user }]])
            }
            (Held::Reporter | Held::UserField(_), _) => on(true),
            (Held::GroupField(_), _) => {
                let seats = graph.wires.seats.of(self.user).iter();
                let paths = seats.filter_map(|group| {
                    graph.seat(*group, self.user).map(|seat| {
                        let first = Edge::Member { group: *group, seat };
                        (vec![first, Edge::If(held)], Certainty::Conditional)
                    })
                });
                paths.collect()
            }
            (Held::Portal, _) => on(graph.may_be_customer(self.user)),
            (Held::Assignee, _) => {
                let mut paths = Vec::new();
                for giver in graph.givers_of_assignees(permission, spot) {
                    for (mut edges, _) in self.by_holder(giver.held(), permission, spot) {
                        edges.extend([Edge::Gives(giver), Edge::If(held)]);
                        paths.push((edges, Certainty::Conditional));
                    }
                }
                paths
            }
            _ => Vec::new(),
        }
    }

    fn by_app_role(&mut self, role: u32) -> Vec<Vec<Edge>> {
        let mut paths = Vec::new();
        for group in self.graph.wires.opens.of(role) {
            for mut edges in self.by_group(*group) {
                edges.push(Edge::Opens { role, group: *group });
                paths.push(edges);
            }
        }
        paths
    }

    /// Every chain of groups from the user to one. The way goes from the group that is wanted down to the one that is looked at;
    /// of each group on it stands beside which of the groups inside is next.
    fn by_group(&mut self, group: u32) -> Vec<Vec<Edge>> {
        let mut found = Vec::new();
        let mut on_way = Set::empty(self.graph.count(Kind::Group));
        let mut way: Vec<(u32, usize)> = Vec::new();
        if self.groups.contains(group) {
            self.enter(group, &mut way, &mut on_way, &mut found);
        }
        while let Some((group, next)) = way.last_mut() {
            let inside = self.graph.wires.inside.of(*group);
            let Some(down) = inside.get(*next).copied().filter(|_| self.left > 0 && self.steps > 0) else {
                on_way.remove(*group);
                way.pop();
                continue;
            };
            *next += 1;
            if self.groups.contains(down) && !on_way.contains(down) {
                self.enter(down, &mut way, &mut on_way, &mut found);
            }
        }
        found
    }

    fn enter(
        &mut self,
        group: u32,
        way: &mut Vec<(u32, usize)>,
        on_way: &mut Set,
        found: &mut Vec<Vec<Edge>>,
    ) {
        way.push((group, 0));
        on_way.insert(group);
        self.steps = self.steps.saturating_sub(1);
        if let Some(seat) = self.graph.seat(group, self.user).filter(|_| self.left > 0) {
            self.left -= 1;
            let first = Edge::Member { group, seat };
            let up = way.windows(2).rev().map(|pair| Edge::Inside { group: pair[1].0, parent: pair[0].0 });
            found.push(std::iter::once(first).chain(up).collect());
        }
    }
}
