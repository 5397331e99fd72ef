//! Who gained or lost a permission between two readings, and whose ways to it changed. A cell (a permission in a project, or
//! everywhere) is looked at only where something that gives it changed; what groups and applications hold is worked out once
//! for all cells.

use super::touched::Pair;
use crate::{
    graph::{Builder, Graph, Held, Kind, Player},
    question::{ASSIGNABLE, Giver, Spot},
    set::Set,
};
use foldhash::{HashMap, HashMapExt};
use serde::Serialize;
use std::sync::Arc;
use weir_model::access::{Fact, Part};

/// What differs in who can do what. It keeps which cells differ; who is concerned is worked out as they are told, for a change of
/// a group of everybody concerns everybody in every cell.
#[derive(Clone, Debug)]
pub struct AccessDiff {
    before: Graph,
    after: Graph,
    cells: Vec<(u32, Spot)>,
    totals: DiffTotals,
}

/// Who is concerned in one cell.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) permission: u32,
    pub(crate) spot: Spot,
    pub(crate) gained: Set,
    pub(crate) lost: Set,
    pub(crate) conditional_gained: Set,
    pub(crate) conditional_lost: Set,
    pub(crate) path_changed: Set,
}

/// What differs of one permission in one project, or everywhere. Users by id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CellChange {
    /// The permission's key.
    pub permission: String,
    /// The project's id; None for everywhere.
    pub project: Option<String>,
    /// The project's key.
    pub project_key: Option<String>,
    /// Who has it for sure and did not before.
    pub gained: Vec<String>,
    /// Who had it for sure and does not any more.
    pub lost: Vec<String>,
    /// Who has it on a condition alone and did not before.
    pub conditional_gained: Vec<String>,
    /// Who had it on a condition alone and does not any more.
    pub conditional_lost: Vec<String>,
    /// Who had it for sure and has it still, by other ways.
    pub path_changed: Vec<String>,
    /// Whether not all that may give it was known before; then somebody who gained it may have had it.
    pub was_unknown: bool,
    /// Whether not all that may give it is known now; then somebody who lost it may have it still.
    pub is_unknown: bool,
}

/// Counts over all cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DiffTotals {
    /// Permissions in places of which something differs.
    pub cells: usize,
    /// Gained for sure, over all cells.
    pub gained: usize,
    /// Lost for sure.
    pub lost: usize,
    /// Had still, by other ways.
    pub path_changed: usize,
}

impl AccessDiff {
    /// What differs between the facts of two readings.
    pub fn new<'a>(
        before: impl IntoIterator<Item = &'a Fact>,
        after: impl IntoIterator<Item = &'a Fact>,
    ) -> Self {
        let mut builders = [Builder::default(), Builder::default()];
        before.into_iter().for_each(|fact| builders[0].add(fact));
        after.into_iter().for_each(|fact| builders[1].add(fact));
        let [before, after] = Builder::together(builders);
        let (mut found, mut totals) = (Vec::new(), DiffTotals::default());
        each_cell(&before, &after, Depth::All, |cell| {
            found.push((cell.permission, cell.spot));
            totals.cells += 1;
            totals.gained += cell.gained.len();
            totals.lost += cell.lost.len();
            totals.path_changed += cell.path_changed.len();
        });
        Self { before, after, cells: found, totals }
    }

    /// How much differs.
    pub fn totals(&self) -> DiffTotals {
        self.totals
    }

    /// Cell by cell: everywhere first, then projects in the order of ids, permissions in the order of keys.
    pub fn cells(&self) -> impl Iterator<Item = CellChange> + '_ {
        let mut work = Work::new(&self.before, &self.after, Depth::All);
        self.cells.iter().filter_map(move |(permission, spot)| {
            work.assignables.clear();
            work.cell(*permission, *spot).map(|cell| self.told(&cell))
        })
    }

    fn told(&self, cell: &Cell) -> CellChange {
        let ids = |users: &Set| -> Vec<String> {
            users.iter().map(|user| self.after.id(Kind::User, user).to_owned()).collect()
        };
        let project = match cell.spot {
            Spot::Project(project) => Some(project),
            Spot::Everywhere => None,
        };
        let key = |project: u32| {
            let is_here = self.after.about.projects[project as usize].is_some();
            let graph = if is_here { &self.after } else { &self.before };
            graph.name(Kind::Project, project).to_owned()
        };
        let unknown = |graph: &Graph| !graph.unknowns(cell.permission, cell.spot).is_empty();
        CellChange {
            permission: self.after.id(Kind::Permission, cell.permission).to_owned(),
            project: project.map(|project| self.after.id(Kind::Project, project).to_owned()),
            project_key: project.map(key),
            gained: ids(&cell.gained),
            lost: ids(&cell.lost),
            conditional_gained: ids(&cell.conditional_gained),
            conditional_lost: ids(&cell.conditional_lost),
            path_changed: ids(&cell.path_changed),
            was_unknown: unknown(&self.before),
            is_unknown: unknown(&self.after),
        }
    }

    /// What was not read in whole before, and now: a difference there may be one of what was seen.
    pub fn has_gap(&self, part: Part) -> [bool; 2] {
        [&self.before, &self.after].map(|graph| graph.covered.has_gap(part, None))
    }
}

/// How much is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Depth {
    /// What is had for sure alone.
    Sure,
    /// What is had on a condition, and by which ways, too.
    All,
}

/// Tells the cells of two graphs with the same numbers in which something differs.
pub(crate) fn each_cell(before: &Graph, after: &Graph, depth: Depth, mut tell: impl FnMut(Cell)) {
    let mut work = Work::new(before, after, depth);
    for permission in 0..before.count(Kind::Permission) as u32 {
        work.cell(permission, Spot::Everywhere).into_iter().for_each(&mut tell);
    }
    for project in 0..before.count(Kind::Project) as u32 {
        if !work.may_differ(project) {
            continue;
        }
        for permission in work.permissions_in(project) {
            work.cell(permission, Spot::Project(project)).into_iter().for_each(&mut tell);
        }
        work.assignables.clear();
    }
}

struct Work<'g> {
    pair: Pair<'g>,
    depth: Depth,
    /// Who can be assigned in the project that is looked at: before, after; for sure, on a condition.
    assignables: HashMap<(usize, Spot), (Set, Set)>,
    /// Whether something differs in what a scheme gives in every project alike, or may differ by project.
    schemes: HashMap<u32, bool>,
    assignable: u32,
    /// Whether both readings speak of the same users.
    is_same_people: bool,
}

impl<'g> Work<'g> {
    fn new(before: &'g Graph, after: &'g Graph, depth: Depth) -> Self {
        Self {
            pair: Pair::new(before, after),
            depth,
            assignables: HashMap::new(),
            schemes: HashMap::new(),
            assignable: before.known_permission(ASSIGNABLE),
            is_same_people: before.here == after.here,
        }
    }
}

impl Work<'_> {
    fn may_differ(&mut self, project: u32) -> bool {
        let (before, after) = (&self.pair.before.wires, &self.pair.after.wires);
        if before.schemes.of(project) != after.schemes.of(project)
            || before.leads.of(project) != after.leads.of(project)
            || before.actors.of(project) != after.actors.of(project)
        {
            return true;
        }
        let actors = before.actors.of(project);
        for (_, player) in actors {
            if let Player::Group(group) = player
                && !self.pair.group(*group).is_empty()
            {
                return true;
            }
        }
        before.schemes.of(project).iter().any(|scheme| self.scheme_differs(*scheme))
    }

    /// Whether a holder may name others although nothing that gives it changed.
    fn may_name_others(&self, held: Held) -> bool {
        match held {
            Held::GroupField(_) | Held::Portal => true,
            Held::Anyone | Held::Reporter | Held::UserField(_) => !self.is_same_people,
            _ => false,
        }
    }

    fn scheme_differs(&mut self, scheme: u32) -> bool {
        if let Some(known) = self.schemes.get(&scheme) {
            return *known;
        }
        let [before, after] = [self.pair.before, self.pair.after].map(|graph| graph.wires.grants.of(scheme));
        let differs = before != after
            || before
                .iter()
                .any(|row| !self.pair.holder(row.held).is_empty() || self.may_name_others(row.held));
        self.schemes.insert(scheme, differs);
        differs
    }

    fn permissions_in(&self, project: u32) -> Vec<u32> {
        let mut permissions: Vec<u32> = [self.pair.before, self.pair.after]
            .iter()
            .flat_map(|graph| {
                graph.wires.schemes.of(project).iter().map(|scheme| graph.wires.grants.of(*scheme))
            })
            .flatten()
            .map(|row| row.permission)
            .collect();
        permissions.sort_unstable();
        permissions.dedup();
        permissions
    }

    fn cell(&mut self, permission: u32, spot: Spot) -> Option<Cell> {
        let givers = [self.pair.before, self.pair.after].map(|graph| graph.givers(permission, spot));
        let mut touched = self.pair.before.no_users();
        let mut differs = givers[0] != givers[1];
        for (side, mine, other) in [(0, &givers[0], &givers[1]), (1, &givers[1], &givers[0])] {
            for giver in mine {
                let held = giver.held();
                differs |= held == Held::Assignee || self.may_name_others(held);
                if !other.contains(giver) {
                    touched.add(&self.named(held, spot)[side]);
                } else if side == 0 {
                    let by = self.touched(held, spot);
                    differs |= !by.is_empty();
                    touched.add(&by);
                }
            }
        }
        if !differs {
            return None;
        }
        let [(sure_before, on_before), (sure_after, on_after)] =
            [0, 1].map(|side| self.reached(side, permission, spot, &givers[side]));
        touched.keep(&sure_before);
        touched.keep(&sure_after);
        let cell = Cell {
            permission,
            spot,
            gained: sure_after.without(&sure_before),
            lost: sure_before.without(&sure_after),
            conditional_gained: on_after.without(&on_before),
            conditional_lost: on_before.without(&on_after),
            path_changed: touched,
        };
        let sets =
            [&cell.gained, &cell.lost, &cell.conditional_gained, &cell.conditional_lost, &cell.path_changed];
        sets.iter().any(|set| !set.is_empty()).then_some(cell)
    }

    /// Whom a holder names for sure in a place: before, after.
    fn named(&mut self, held: Held, spot: Spot) -> [Arc<Set>; 2] {
        match held {
            Held::Role(_) | Held::Lead => [self.pair.before, self.pair.after].map(|graph| {
                let mut users = graph.no_users();
                graph.add_holders(held, spot, &mut users);
                Arc::new(users)
            }),
            held => self.pair.sets(held),
        }
    }

    fn touched(&mut self, held: Held, spot: Spot) -> Arc<Set> {
        match (held, spot) {
            (Held::Role(role), Spot::Project(project)) => {
                let [before, after] =
                    [self.pair.before, self.pair.after].map(|graph| graph.players(project, role).collect());
                self.pair.players(before, after)
            }
            (Held::Lead, Spot::Project(project)) => {
                let leads = |graph: &Graph| {
                    graph.wires.leads.of(project).iter().map(|lead| Player::User(*lead)).collect()
                };
                let (before, after) = (leads(self.pair.before), leads(self.pair.after));
                self.pair.players(before, after)
            }
            (held, _) => self.pair.holder(held),
        }
    }

    fn reached(&mut self, side: usize, permission: u32, spot: Spot, givers: &[Giver]) -> (Set, Set) {
        let graph = if side == 0 { self.pair.before } else { self.pair.after };
        let (mut sure, mut on) = (graph.no_users(), graph.no_users());
        for giver in givers {
            match giver.held() {
                held if held.is_condition() && self.depth == Depth::Sure => {}
                Held::Assignee if permission == self.assignable => {}
                Held::Assignee => {
                    if !self.assignables.contains_key(&(side, spot)) {
                        let others = graph.givers_of_assignees(permission, spot);
                        let reached = self.reached(side, self.assignable, spot, &others);
                        self.assignables.insert((side, spot), reached);
                    }
                    if let Some((sure, condition)) = self.assignables.get(&(side, spot)) {
                        on.add(sure);
                        on.add(condition);
                    }
                }
                held => match graph.candidates(held, permission, spot) {
                    Some(candidates) => on.add(&candidates),
                    None => sure.add(&self.named(held, spot)[side]),
                },
            }
        }
        on.subtract(&sure);
        (sure, on)
    }
}
