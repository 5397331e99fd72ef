//! What has to go so that somebody loses a permission: every smallest set of links that cuts all paths, the fewest links first,
//! with what else would be lost by it.

use crate::{
    answer::{Certainty, Unknown, Verdict},
    diff::{Depth, each_cell},
    graph::{Graph, Held, Kind, Lookup, Player},
    path::{Edge, Step},
    question::{Giver, Place, Spot},
    set::Set,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// So many nodes of the search are looked at.
const MOST_NODES: usize = 200_000;
/// Up to so many users are asked one by one what they lose.
const FEW: usize = 64;

/// What is to be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    /// What they have for sure; on a condition they may have it still.
    ForSure,
    /// What they have on a condition, too.
    AtAll,
}

/// What has to go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Removal {
    /// Who, by id.
    pub user: String,
    /// What they have now.
    pub verdict: Verdict,
    /// The ways to do it, the fewest links first, then those that fewest others suffer from. None where there is nothing to lose.
    pub cuts: Vec<Cut>,
    /// Whether there are more ways than these.
    pub is_cut_short: bool,
    /// What is not known: it may give them the permission after any of these.
    pub unknown: Vec<Unknown>,
}

/// One way to do it: all of these links have to go, and none of them can stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cut {
    /// The links, each by the step that it makes and the fact behind.
    pub links: Vec<Step>,
    /// What else comes of it.
    pub effects: Effects,
}

/// What comes of a cut.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Effects {
    /// What they have then of what was asked about.
    pub verdict: Verdict,
    /// Others who lose anything, anywhere.
    pub others: usize,
    /// Others who lose what was asked about, there.
    pub others_lose: usize,
    /// Others who have it there still.
    pub others_keep: usize,
    /// What they lose themselves besides: permissions over all places.
    pub also_lost: usize,
    /// Projects in which anybody loses anything.
    pub projects: usize,
    /// What the others lose: permissions over all places and people.
    pub others_lost: usize,
}

impl Graph {
    /// What has to go so that a user loses a permission somewhere; at most so many ways.
    pub fn removal(
        &self,
        user: &str,
        permission: &str,
        place: Place<'_>,
        aim: Aim,
        most: usize,
    ) -> Result<Removal, Lookup> {
        let (user, permission) = (self.find_user(user)?, self.find_permission(permission)?);
        let spot = self.spot(place)?;
        let routes = self.routes(user, permission, spot);
        let wanted =
            routes.found.iter().filter(|route| aim == Aim::AtAll || route.certainty == Certainty::Definite);
        let wanted = wanted.map(|route| route.edges.iter().copied().filter(|edge| edge.can_go()).collect());
        let (sets, is_short) = smallest_cuts(&wanted.collect::<Vec<Vec<Edge>>>(), most);
        let who = self.who_has(permission, spot);
        let cuts = sets.iter().map(|edges| Cut {
            links: edges.iter().map(|edge| self.step(*edge)).collect(),
            effects: self.effects(user, permission, spot, edges),
        });
        let mut cuts: Vec<Cut> = cuts.collect();
        cuts.sort_by(|a, b| {
            let first = |cut: &Cut| (cut.links.len(), cut.effects.others, cut.effects.also_lost);
            first(a).cmp(&first(b)).then_with(|| a.links.cmp(&b.links))
        });
        Ok(Removal {
            user: self.id(Kind::User, user).to_owned(),
            verdict: who.verdict_of(user),
            cuts,
            is_cut_short: is_short || routes.is_cut_short,
            unknown: who.unknown,
        })
    }

    fn effects(&self, user: u32, permission: u32, spot: Spot, edges: &[Edge]) -> Effects {
        let after = self.without(edges);
        let (had, has) = (self.who_has(permission, spot), after.who_has(permission, spot));
        let (had_any, has_any) = (had.any(), has.any());
        let others = |mut set: Set| {
            set.remove(user);
            set.len()
        };
        let mut effects = Effects {
            verdict: has.verdict_of(user),
            others: 0,
            others_lose: others(had_any.without(&has_any)),
            others_keep: others(has_any),
            also_lost: 0,
            projects: 0,
            others_lost: 0,
        };
        let touched = self.touched_by(edges);
        if touched.len() <= FEW {
            self.lost_by_each(&after, user, &touched, &mut effects);
        } else {
            self.lost_by_many(&after, user, &mut effects);
        }
        // What was asked about is not among what is lost besides.
        let lost_it = u8::from(had.definite.contains(user) && !has.definite.contains(user));
        effects.also_lost = effects.also_lost.saturating_sub(usize::from(lost_it));
        effects
    }

    fn lost_by_each(&self, after: &Self, user: u32, touched: &Set, effects: &mut Effects) {
        let mut projects = Set::empty(self.count(Kind::Project));
        for one in touched.iter() {
            let [before, then] = [self, after].map(|graph| {
                let subject = graph.subject_of_user(one);
                graph.what_of(&subject, self.principal_name(Kind::User, one))
            });
            let lost = before.globals.definite.without(&then.globals.definite).len();
            let mut all = lost;
            for (project, (before, then)) in before.projects.iter().zip(&then.projects).enumerate() {
                let lost = before.definite.without(&then.definite).len();
                all += lost;
                if lost > 0 {
                    projects.insert(project as u32);
                }
            }
            effects.lose(one == user, all);
        }
        effects.projects = projects.len();
    }

    fn lost_by_many(&self, after: &Self, user: u32, effects: &mut Effects) {
        let mut projects = Set::empty(self.count(Kind::Project));
        let mut losers = self.no_users();
        each_cell(self, after, Depth::Sure, |cell| {
            losers.add(&cell.lost);
            let own = usize::from(cell.lost.contains(user));
            effects.also_lost += own;
            effects.others_lost += cell.lost.len() - own;
            if let (Spot::Project(project), false) = (cell.spot, cell.lost.is_empty()) {
                projects.insert(project);
            }
        });
        losers.remove(user);
        effects.others = losers.len();
        effects.projects = projects.len();
    }

    /// Everybody who may lose something without these edges.
    fn touched_by(&self, edges: &[Edge]) -> Set {
        let mut users = self.no_users();
        for edge in edges {
            match *edge {
                Edge::Member { seat, .. } => {
                    users.insert(seat.user);
                }
                Edge::Inside { group, .. } | Edge::Opens { group, .. } => self.add_members(group, &mut users),
                Edge::Acts { player: Player::Group(group), .. } => self.add_members(group, &mut users),
                Edge::Acts { player: Player::User(user), .. } | Edge::Leads { user, .. } => {
                    users.insert(user);
                }
                Edge::Gives(giver) => self.add_reached(giver, &mut users),
                Edge::Acts { .. } | Edge::LoggedIn | Edge::Anyone | Edge::If(_) => {}
            }
        }
        users
    }

    fn add_reached(&self, giver: Giver, users: &mut Set) {
        let Giver::Grant { scheme, row } = giver else {
            return self.add_holders(giver.held(), Spot::Everywhere, users);
        };
        if !matches!(row.held, Held::Role(_) | Held::Lead) {
            return self.add_holders(row.held, Spot::Everywhere, users);
        }
        for project in 0..self.count(Kind::Project) as u32 {
            if self.wires.schemes.of(project).contains(&scheme) {
                self.add_holders(row.held, Spot::Project(project), users);
            }
        }
    }
}

impl Effects {
    fn lose(&mut self, is_asked_about: bool, cells: usize) {
        if is_asked_about {
            self.also_lost = cells;
        } else if cells > 0 {
            self.others += 1;
            self.others_lost += cells;
        }
    }
}

/// The smallest sets that have an edge of every route, the fewest edges first; and whether there are more.
fn smallest_cuts(routes: &[Vec<Edge>], most: usize) -> (Vec<Vec<Edge>>, bool) {
    let mut search = Search { routes, most, found: Vec::new(), nodes: 0, is_deeper: true, size: 0 };
    while !routes.is_empty() && search.is_deeper && !search.is_over() {
        search.size += 1;
        search.is_deeper = false;
        search.from(&mut Vec::new(), &mut Vec::new());
    }
    let is_short = search.is_deeper && !routes.is_empty() || search.nodes > MOST_NODES;
    if search.found.is_empty() && !routes.is_empty() && most > 0 {
        search.found.push(some_cut(routes));
    }
    (search.found, is_short)
}

/// Where the smallest ones are too many links to be looked for: one of which no link can stay, made of those that cut most.
fn some_cut(routes: &[Vec<Edge>]) -> Vec<Edge> {
    let mut left: Vec<&Vec<Edge>> = routes.iter().collect();
    let mut cut: Vec<Edge> = Vec::new();
    while !left.is_empty() {
        let mut counts: BTreeMap<Edge, usize> = BTreeMap::new();
        left.iter().flat_map(|route| route.iter()).for_each(|edge| *counts.entry(*edge).or_default() += 1);
        let Some((best, _)) = counts.into_iter().max_by_key(|(_, count)| *count) else { break };
        left.retain(|route| !route.contains(&best));
        cut.push(best);
    }
    for edge in cut.clone() {
        let others: Vec<Edge> = cut.iter().copied().filter(|other| *other != edge).collect();
        if routes.iter().all(|route| route.iter().any(|edge| others.contains(edge))) {
            cut = others;
        }
    }
    cut.sort_unstable();
    cut
}

struct Search<'r> {
    routes: &'r [Vec<Edge>],
    most: usize,
    found: Vec<Vec<Edge>>,
    nodes: usize,
    /// Whether there may be larger sets than those of the size that is looked for.
    is_deeper: bool,
    size: usize,
}

impl Search<'_> {
    fn is_over(&self) -> bool {
        self.found.len() >= self.most || self.nodes > MOST_NODES
    }

    /// Sets with what is chosen and without what is left out: the first route that is not cut has to be.
    fn from(&mut self, chosen: &mut Vec<Edge>, left_out: &mut Vec<Edge>) {
        self.nodes += 1;
        let is_cut = |route: &&Vec<Edge>| route.iter().any(|edge| chosen.contains(edge));
        let Some(route) = self.routes.iter().find(|route| !is_cut(route)) else {
            if chosen.len() == self.size && self.needs_all(chosen) {
                let mut cut = chosen.clone();
                cut.sort_unstable();
                self.found.push(cut);
            }
            return;
        };
        if chosen.len() == self.size {
            self.is_deeper = true;
            return;
        }
        let already = left_out.len();
        for edge in route {
            if self.is_over() {
                self.is_deeper = true;
                break;
            }
            if left_out.contains(edge) {
                continue;
            }
            chosen.push(*edge);
            self.from(chosen, left_out);
            chosen.pop();
            left_out.push(*edge);
        }
        left_out.truncate(already);
    }

    /// Whether each edge cuts a route that no other one cuts.
    fn needs_all(&self, chosen: &[Edge]) -> bool {
        chosen.iter().all(|edge| {
            self.routes.iter().any(|route| {
                route.contains(edge) && !chosen.iter().any(|other| other != edge && route.contains(other))
            })
        })
    }
}
