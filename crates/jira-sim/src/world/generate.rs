//! Fills a world with issues: who exists, in which project, under which parent, linked with whom. What happened to
//! each of them is `life`'s business.

use std::collections::HashMap;
use std::sync::Arc;

use super::World;
use super::catalog::kind;
use super::issue::{Change, Issue, LinkEnd};
use super::life::{self, Birth};
use super::project::{State, Type};
use crate::rng::Rng;
use crate::time::{DAY, HOUR, MINUTE};

/// The last numbers that were given out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counters {
    pub(crate) issue: u32,
    pub(crate) history: u32,
    pub(crate) comment: u32,
    pub(crate) worklog: u32,
    pub(crate) attachment: u32,
    pub(crate) link: u32,
    /// The number of the last key, by project.
    pub(crate) keys: Vec<u32>,
}

/// What a project remembers while its issues are made.
#[derive(Debug, Default)]
struct Shelf {
    next_number: u32,
    epics: Vec<u32>,
    standard: Vec<u32>,
}

pub(super) fn fill(world: &mut World) {
    let live = world.projects.iter().filter(|project| project.state == State::Live).count();
    let mut rng = Rng::new(world.spec.seed, 100);
    let mut counters = Counters {
        history: 100_000,
        comment: 50_000,
        worklog: 40_000,
        attachment: 60_000,
        link: 70_000,
        ..Counters::default()
    };
    let mut shelves: Vec<Shelf> = world.projects.iter().map(|_| Shelf::default()).collect();
    let mut issues: Vec<Issue> = Vec::with_capacity(world.spec.issues + 10);
    let mut keys = HashMap::with_capacity(world.spec.issues + world.spec.issues / 20);
    let mut id = 10_000;
    let total = world.spec.issues + 10;
    for index in 0..total {
        let project = match index.checked_sub(world.spec.issues) {
            Some(extra) => live + extra % 2,
            None => weighted(&mut rng, live, index),
        };
        id += 1 + u32::from(rng.chance(150));
        let mut own = Rng::new(world.spec.seed, 1000 + index as u64);
        let birth = birth(world, &mut own, &mut shelves, index, total, project, id, live);
        for key in birth.old_keys.iter() {
            keys.insert(key.1.to_ascii_uppercase().into_boxed_str(), index as u32);
        }
        keys.insert(
            format!("{}-{}", world.projects[project].key, birth.number).into_boxed_str(),
            index as u32,
        );
        let shelf = &mut shelves[project];
        if level(world, birth.kind) == 1 {
            shelf.epics.push(index as u32);
        } else if level(world, birth.kind) == 0 {
            shelf.standard.push(index as u32);
        }
        if let Some(parent) = birth.parent.filter(|_| level(world, birth.kind) == -1) {
            issues[parent as usize].subtasks.push(index as u32);
        }
        let mut issue = life::live(world, &mut own, &mut counters, birth);
        if index > 0 && index < world.spec.issues && own.chance(200) {
            link(&mut own, &mut counters, &mut issues, &mut issue, index);
        }
        issues.push(issue);
    }
    counters.issue = id;
    counters.keys = shelves.iter().map(|shelf| shelf.next_number).collect();
    if world.spec.shuffled() {
        world.places = Arc::new(shuffle(world.spec.seed, &mut issues));
    }
    world.counters = counters;
    world.issues = issues.into_iter().map(Arc::new).collect();
    world.keys = Arc::new(keys);
}

/// Gives the ids of all issues to other ones, with room between them for later ones, and tells where each then is.
fn shuffle(seed: u64, issues: &mut [Issue]) -> HashMap<u32, u32> {
    let mut rng = Rng::new(seed, 101);
    issues.iter_mut().for_each(|issue| issue.id = 2 * issue.id - 10_000);
    for last in (1..issues.len()).rev() {
        let other = rng.below(last + 1);
        let id = issues[last].id;
        issues[last].id = issues[other].id;
        issues[other].id = id;
    }
    issues.iter().enumerate().map(|(at, issue)| (issue.id, at as u32)).collect()
}

/// Projects differ in size: the first ones are the largest.
fn weighted(rng: &mut Rng, live: usize, index: usize) -> usize {
    if index < live * 2 {
        return index % live;
    }
    rng.below(live).min(rng.below(live))
}

fn level(world: &World, kind: u16) -> i32 {
    world.catalog.types[kind as usize].level
}

#[expect(clippy::too_many_arguments)]
fn birth(
    world: &World,
    rng: &mut Rng,
    shelves: &mut [Shelf],
    index: usize,
    total: usize,
    at: usize,
    id: u32,
    live: usize,
) -> Birth {
    let project = &world.projects[at];
    let of_level = |wanted: i32| -> Vec<u16> {
        project.types.iter().copied().filter(|kind| level(world, *kind) == wanted).collect()
    };
    let shelf = &shelves[at];
    let has_epics = project.types.iter().any(|kind| level(world, *kind) == 1);
    let kind = match rng.below(100) {
        draw if has_epics && (shelf.epics.is_empty() || draw < 4) => of_level(1)[0],
        draw if draw < 18 && !shelf.standard.is_empty() => of_level(-1)[0],
        _ => *rng.pick(&of_level(0)),
    };
    let mut parent = None;
    let mut epic = None;
    match level(world, kind) {
        -1 => {
            let recent = shelf.standard.len().saturating_sub(25);
            parent = Some(*rng.pick(&shelf.standard[recent..]));
        }
        0 if !shelf.epics.is_empty() && rng.chance(600) => {
            let chosen = *rng.pick(&shelf.epics);
            if project.team_managed {
                parent = Some(chosen);
            } else {
                epic = Some(chosen);
                let both = rng.chance(500) && !world.spec.flavor.is_dc();
                parent = both.then_some(chosen);
            }
        }
        _ => {}
    }
    let span = 900 * DAY;
    let step = span / total as i64;
    let created = world.spec.base_ms - span - 2 * DAY
        + step * index as i64
        + rng.range(0, step.max(HOUR))
        + rng.range(0, MINUTE);
    let mut old_keys = Vec::new();
    let movable =
        project.kind == Type::Software && !project.team_managed && index % 67 == 31 && kind != kind::SUB_TASK;
    if movable && project.state == State::Live {
        for _ in 0..1 + usize::from(index.is_multiple_of(2)) {
            let from = rng.below(live);
            let number = take_number(&mut shelves[from]);
            old_keys.push((from as u16, format!("{}-{number}", world.projects[from].key)));
        }
    }
    let number = take_number(&mut shelves[at]);
    Birth { index, id, project: at as u16, number, kind, parent, epic, created, old_keys }
}

fn take_number(shelf: &mut Shelf) -> u32 {
    shelf.next_number += 1;
    shelf.next_number
}

/// One link from a new issue to an earlier one; both ends know it under one id.
fn link(rng: &mut Rng, counters: &mut Counters, issues: &mut [Issue], issue: &mut Issue, index: usize) {
    let other = if rng.chance(700) { index - 1 - rng.below(index.min(50)) } else { rng.below(index) };
    counters.link += 1;
    let kind = rng.below(4) as u8;
    let outward = rng.chance(600);
    issue.links.push(LinkEnd { id: counters.link, kind, outward, other: other as u32 });
    issues[other].links.push(LinkEnd { id: counters.link, kind, outward: !outward, other: index as u32 });
    if let Some(last) = issue.histories.last_mut() {
        last.items.push(Change::Link { kind, outward, other: other as u32, added: true });
    }
}
