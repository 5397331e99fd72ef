//! The life of one issue: it begins in some state and events change it, each leaving a history. What the issue shows
//! in the end is what its histories lead to.

use super::catalog::{Category, kind};
use super::fields::id as field;
use super::generate::Counters;
use super::issue::{Attachment, Change, Comment, Custom, History, Issue, Visibility, Worklog};
use super::project::{SprintList, Type};
use super::text::{self, Body, Place};
use super::{LABELS, World, hostile, values};
use crate::rng::Rng;
use crate::time::{DAY, HOUR, MINUTE};

/// What is decided about an issue before it lives.
#[derive(Debug)]
pub(crate) struct Birth {
    pub(crate) index: usize,
    pub(crate) id: u32,
    pub(crate) project: u16,
    pub(crate) number: u32,
    pub(crate) kind: u16,
    pub(crate) parent: Option<u32>,
    pub(crate) epic: Option<u32>,
    pub(crate) created: i64,
    /// Projects and keys it had before its present one, oldest first.
    pub(crate) old_keys: Vec<(u16, String)>,
}

struct Life<'a> {
    world: &'a World,
    rng: &'a mut Rng,
    counters: &'a mut Counters,
    issue: Issue,
    /// Position in the project's workflow.
    step: usize,
    end: i64,
}

pub(super) fn live(world: &World, rng: &mut Rng, counters: &mut Counters, birth: Birth) -> Issue {
    let issue = newborn(world, rng, &birth);
    let end = (birth.created + rng.range(HOUR, 220 * DAY)).min(world.spec.base_ms - HOUR);
    let mut life = Life { world, rng, counters, issue, step: 0, end };
    life.histories(&birth);
    life.comments(&birth);
    life.worklogs(&birth);
    life.attachments();
    life.finish()
}

pub(super) fn someone(world: &World, rng: &mut Rng) -> u32 {
    // A third of the work is done by a few people.
    let reach = if rng.chance(333) { world.people.len().min(25) } else { world.people.len() };
    rng.below(reach) as u32
}

pub(crate) fn body(world: &World, rng: &mut Rng, place: Place, serial: u32, most: usize) -> Body {
    let rare = world.pool.blocks.len() - 1 - world.pool.ordinary;
    let count = rng.below(most * world.spec.weight as usize / 100 + 1);
    let blocks = (0..count)
        .map(|_| {
            let at = if rng.chance(60) {
                world.pool.ordinary + rng.below(rare)
            } else {
                rng.below(world.pool.ordinary)
            };
            at as u16
        })
        .collect();
    Body { place, serial, blocks }
}

pub(crate) fn summary(world: &World, rng: &mut Rng, id: u32) -> Box<str> {
    let text = text::summary(rng);
    let text = if world.spec.canary { format!("CANARY-summary-{id} {text}") } else { text };
    hostile::text(&world.spec, text).into()
}

pub(crate) fn newborn(world: &World, rng: &mut Rng, birth: &Birth) -> Issue {
    let project = &world.projects[birth.project as usize];
    let description = match birth.index {
        // The first and the middle issue carry the longest text there can be.
        index if index == 7 || index == world.spec.issues / 2 => Some(Body {
            place: Place::Description,
            serial: birth.id,
            blocks: [world.pool.blocks.len() as u16 - 1].into(),
        }),
        _ => match rng.below(100) {
            0..8 => None,
            8..10 => Some(Body { place: Place::Description, serial: 0, blocks: [].into() }),
            _ => Some(body(world, rng, Place::Description, birth.id, 7)),
        },
    };
    let reporter = someone(world, rng);
    Issue {
        id: birth.id,
        deleted: false,
        project: birth.project,
        number: birth.number,
        kind: birth.kind,
        status: project.workflow[0],
        priority: (!rng.chance(60)).then(|| rng.below(5) as u8),
        resolution: None,
        level: (!project.team_managed && rng.chance(20)).then(|| rng.below(world.catalog.levels.len()) as u8),
        summary: summary(world, rng, birth.id),
        description,
        environment: rng.chance(80).then(|| body(world, rng, Place::Environment, birth.id, 1)),
        assignee: rng.chance(600).then(|| someone(world, rng)),
        reporter: (!rng.chance(15)).then_some(reporter),
        creator: if rng.chance(850) { reporter } else { someone(world, rng) },
        parent: birth.parent,
        epic: birth.epic,
        subtasks: Vec::new(),
        created: birth.created,
        updated: birth.created,
        resolved: None,
        category_changed: birth.created,
        due: rng.chance(300).then(|| (birth.created / DAY) as i32 + rng.below(120) as i32),
        labels: some_of(rng, LABELS.len(), 3).into_iter().map(|at| at as u16).collect(),
        components: pick_some(rng, &project.components, 2),
        fix_versions: Vec::new(),
        affects: if rng.chance(250) { pick_some(rng, &project.versions, 2) } else { Vec::new() },
        links: Vec::new(),
        sprints: Vec::new(),
        comments: Vec::new(),
        worklogs: Vec::new(),
        attachments: Vec::new(),
        histories: Vec::new(),
        estimate: rng.chance(250).then(|| 1800 * (1 + rng.below(40) as u32)),
        votes: if rng.chance(100) { rng.below(9) as u16 } else { 0 },
        watches: 1 + rng.below(5) as u16,
        custom: Box::new(custom(world, rng, birth)),
    }
}

/// Up to `most` different numbers below `bound`, ascending.
pub(crate) fn some_of(rng: &mut Rng, bound: usize, most: usize) -> Vec<usize> {
    let mut chosen: Vec<usize> = (0..rng.below(most + 1)).map(|_| rng.below(bound)).collect();
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

fn pick_some(rng: &mut Rng, from: &[u32], most: usize) -> Vec<u32> {
    if from.is_empty() {
        Vec::new()
    } else {
        some_of(rng, from.len(), most).into_iter().map(|at| from[at]).collect()
    }
}

fn custom(world: &World, rng: &mut Rng, birth: &Birth) -> Custom {
    let project = &world.projects[birth.project as usize];
    let kind = &world.catalog.types[birth.kind as usize];
    let marked = |number: u32, value: String| -> Box<str> {
        values::custom_text(&world.spec, number, birth.id, &value).into()
    };
    let company = !project.team_managed;
    Custom {
        points: None,
        points_text: rng.chance(30).then(|| marked(field::POINTS_TEXT, "8".to_owned())),
        team: rng.chance(400).then(|| rng.below(6) as u8),
        team_text: rng.chance(50).then(|| marked(field::TEAM_TEXT, text::words(rng, 1))),
        epic_name: (company && kind.level == 1).then(|| marked(field::EPIC_NAME, text::words(rng, 2))),
        start: rng.chance(100).then(|| (birth.created / DAY) as i32 + rng.below(30) as i32),
        flagged: false,
        case: rng.chance(80).then(|| marked(field::CASE, values::a_case(rng))),
        severity: (company && rng.chance(200)).then(|| rng.below(4) as u8),
        severity_text: world
            .fields
            .iter()
            .any(|field| field.number() == field::SEVERITY_TEXT && field.scope == Some(birth.project))
            .then(|| marked(field::SEVERITY_TEXT, format!("S{}", rng.below(4)))),
        criteria: rng.chance(150).then(|| body(world, rng, Place::Custom(field::CRITERIA), birth.id, 3)),
        platforms: if rng.chance(150) { 1 + rng.below(15) as u8 } else { 0 },
        region: rng.chance(100).then(|| (rng.below(3) as u8, rng.chance(700).then(|| rng.below(2) as u8))),
        reviewer: rng.chance(120).then(|| someone(world, rng)),
        approvers: if rng.chance(50) {
            (0..1 + rng.below(3)).map(|_| someone(world, rng)).collect()
        } else {
            Vec::new()
        },
        incident: (project.kind == Type::ServiceDesk && rng.chance(300))
            .then(|| birth.created - rng.range(0, 5 * HOUR)),
        effort: rng.chance(80).then(|| rng.below(200) as u16),
        tags: if rng.chance(60) {
            some_of(rng, LABELS.len(), 2).into_iter().map(|at| at as u16).collect()
        } else {
            Vec::new()
        },
        note: rng.chance(90).then(|| marked(field::CUSTOMER_NOTE, values::a_note(rng))),
        extras: some_of(rng, super::fields::EXTRAS as usize, 3)
            .into_iter()
            .map(|at| (at as u8, rng.below(500) as u16))
            .collect(),
    }
}

impl Life<'_> {
    /// How many events the issue sees: few for most, over forty for some, several hundred for one.
    fn events(&mut self, birth: &Birth) -> usize {
        let usual = match birth.index {
            index if index == self.world.spec.issues / 3 => return 420,
            index if index % 41 == 9 => 42 + self.rng.below(20),
            _ => self.rng.below(10),
        };
        usual * self.world.spec.weight as usize / 100
    }

    fn histories(&mut self, birth: &Birth) {
        let count = self.events(birth);
        let created = self.issue.created;
        let mut times: Vec<i64> =
            (0..count).map(|_| self.rng.range(created + MINUTE, self.end.max(created + HOUR))).collect();
        if birth.index % 53 == 5 && count > 0 {
            times[0] = created - 30 * DAY;
        }
        times.sort_unstable();
        for at in 1..times.len() {
            if self.rng.chance(50) {
                times[at] = times[at - 1];
            }
        }
        let moves = birth.old_keys.len();
        for (at, time) in times.iter().enumerate() {
            let items = self.event(*time);
            self.record(*time, items);
            if at == 0 && birth.index.is_multiple_of(3) {
                let items = self.parentage();
                if !items.is_empty() {
                    self.record(*time + 1, items);
                }
            }
        }
        for at in 0..moves {
            self.moved(birth, at);
        }
        self.close();
    }

    fn record(&mut self, created: i64, items: Vec<Change>) {
        self.counters.history += 1;
        let author = (!self.rng.chance(30)).then(|| someone(self.world, self.rng));
        self.issue.histories.push(History { id: self.counters.history, author, created, items });
    }

    fn parentage(&mut self) -> Vec<Change> {
        let mut items = Vec::new();
        if let Some(epic) = self.issue.epic {
            items.push(Change::EpicLink { from: None, to: Some(epic) });
        }
        if let Some(parent) = self.issue.parent {
            items.push(Change::Parent { old_form: self.rng.chance(300), from: None, to: Some(parent) });
        }
        items
    }

    fn moved(&mut self, birth: &Birth, at: usize) {
        let present =
            (birth.project, format!("{}-{}", self.world.projects[birth.project as usize].key, birth.number));
        let (from, from_key) = birth.old_keys[at].clone();
        let (to, to_key) = birth.old_keys.get(at + 1).cloned().unwrap_or(present);
        let time = self.issue.created + HOUR + at as i64 * 2 * HOUR;
        let mut items = vec![Change::Key { from: from_key.into(), to: to_key.into() }];
        if from != to {
            items.insert(0, Change::Project { from, to });
            items.push(Change::Workflow { from: from as u8, to: to as u8 });
            if self.issue.kind != kind::BUG && birth.index.is_multiple_of(4) {
                items.push(Change::IssueType { from: kind::BUG, to: self.issue.kind });
            }
        }
        self.record(time, items);
    }

    /// Old work is mostly finished.
    fn close(&mut self) {
        let age = self.world.spec.base_ms - self.issue.created;
        let done = |life: &Self| life.world.category(&life.issue) == Category::Done;
        if age < 60 * DAY || done(self) || !self.rng.chance(800) {
            return;
        }
        let mut time = self
            .issue
            .histories
            .iter()
            .map(|history| history.created)
            .max()
            .unwrap_or(0)
            .max(self.issue.created);
        while !done(self) {
            time += self.rng.range(MINUTE, 2 * DAY);
            time = time.min(self.world.spec.base_ms - HOUR);
            let items = self.transition(time, true);
            self.record(time, items);
        }
    }

    /// One step along the workflow, with the resolution that belongs to it.
    fn transition(&mut self, time: i64, forward: bool) -> Vec<Change> {
        let workflow = &self.world.projects[self.issue.project as usize].workflow;
        let statuses = &self.world.catalog.statuses;
        let last =
            workflow.iter().position(|at| statuses[*at as usize].category == Category::Done).unwrap_or(0);
        let next = match (forward, self.rng.below(100)) {
            (false, 0..3) => self.rng.below(workflow.len()),
            (false, 3..20) => self.step.saturating_sub(1),
            _ if self.step >= last => {
                if forward {
                    last
                } else {
                    0
                }
            }
            _ => self.step + 1,
        };
        let (from, to) = (workflow[self.step], workflow[next]);
        if from == to {
            return vec![Change::Rank];
        }
        self.step = next;
        self.issue.status = to;
        let (before, after) = (statuses[from as usize].category, statuses[to as usize].category);
        if before != after {
            self.issue.category_changed = time.max(self.issue.created);
        }
        let mut items = vec![Change::Status { from, to }];
        let resolves = !self.world.projects[self.issue.project as usize].team_managed;
        if resolves && (before == Category::Done) != (after == Category::Done) {
            let old = self.issue.resolution;
            self.issue.resolution =
                (after == Category::Done).then(|| self.rng.below(4).saturating_sub(1) as u8);
            self.issue.resolved = (after == Category::Done).then_some(time);
            items.push(Change::Resolution { from: old, to: self.issue.resolution });
        }
        items
    }

    fn event(&mut self, time: i64) -> Vec<Change> {
        match self.rng.below(100) {
            0..30 => self.transition(time, false),
            30..42 => {
                let to = self.rng.chance(850).then(|| someone(self.world, self.rng));
                vec![Change::Assignee { from: std::mem::replace(&mut self.issue.assignee, to), to }]
            }
            42..48 => {
                let to = self.rng.below(self.world.catalog.priorities.len()) as u8;
                let from = self.issue.priority.replace(to).unwrap_or(2);
                vec![Change::Priority { from, to }]
            }
            48..60 => self.sprint(time),
            60..67 => self.points(),
            67..72 => {
                let to: Vec<u16> =
                    some_of(self.rng, LABELS.len(), 3).into_iter().map(|at| at as u16).collect();
                vec![Change::Labels { from: std::mem::replace(&mut self.issue.labels, to.clone()), to }]
            }
            72..77 => self.fix_version(),
            77..80 => self.component(),
            80..83 => {
                let to = summary(self.world, self.rng, self.issue.id);
                vec![Change::Summary { from: std::mem::replace(&mut self.issue.summary, to.clone()), to }]
            }
            83..85 => self.description(),
            85..88 => {
                self.issue.custom.flagged = !self.issue.custom.flagged;
                vec![Change::Flag { raised: self.issue.custom.flagged }]
            }
            88..90 => {
                let to = self.rng.chance(800).then(|| (time / DAY) as i32 + self.rng.below(60) as i32);
                vec![Change::Due { from: std::mem::replace(&mut self.issue.due, to), to }]
            }
            90..92 => {
                let to = Some(3600 * (1 + self.rng.below(30) as u32));
                vec![Change::Estimate { from: std::mem::replace(&mut self.issue.estimate, to), to }]
            }
            92..94 => vec![Change::RemoteLink { number: self.issue.id + self.rng.below(100) as u32 }],
            94..96 => self.custom_text(),
            _ => vec![Change::Rank],
        }
    }

    fn sprint(&mut self, time: i64) -> Vec<Change> {
        let board = self.world.boards.iter().find(|board| board.project == self.issue.project);
        let Some(SprintList::Sprints(all)) = board.map(|board| &board.sprints) else {
            return vec![Change::Rank];
        };
        let then = |at: &&u32| self.world.sprints[**at as usize].end.is_none_or(|end| end > time);
        // One in forty goes into a sprint whose board has lost its filter.
        let lost = self.rng.chance(25) && self.issue.project == 0;
        let next = if lost {
            self.world.sprints.len() as u32 - 1
        } else {
            all.iter().find(then).copied().unwrap_or(all[0])
        };
        let from = self.issue.sprints.clone();
        if from.contains(&next) {
            return vec![Change::Rank];
        }
        if self.rng.chance(60) {
            self.issue.sprints.clear();
        } else {
            self.issue.sprints.push(next);
        }
        vec![Change::Sprint { from, to: self.issue.sprints.clone() }]
    }

    fn points(&mut self) -> Vec<Change> {
        let project = &self.world.projects[self.issue.project as usize];
        if project.kind != Type::Software {
            return vec![Change::Rank];
        }
        let to = (!self.rng.chance(80)).then(|| *self.rng.pick(&[0, 1, 2, 4, 6, 10, 16, 26]));
        let from = std::mem::replace(&mut self.issue.custom.points, to);
        vec![Change::Points { team_managed: project.team_managed, from, to }]
    }

    fn fix_version(&mut self) -> Vec<Change> {
        let versions = &self.world.projects[self.issue.project as usize].versions;
        if versions.is_empty() {
            return vec![Change::Rank];
        }
        let version = *self.rng.pick(versions);
        vec![Change::FixVersion { version, added: toggle(&mut self.issue.fix_versions, version) }]
    }

    fn component(&mut self) -> Vec<Change> {
        let components = &self.world.projects[self.issue.project as usize].components;
        if components.is_empty() {
            return vec![Change::Rank];
        }
        let component = *self.rng.pick(components);
        vec![Change::Component { component, added: toggle(&mut self.issue.components, component) }]
    }

    fn description(&mut self) -> Vec<Change> {
        if self
            .issue
            .description
            .as_ref()
            .is_some_and(|body| body.blocks.iter().any(|at| *at as usize == self.world.pool.blocks.len() - 1))
        {
            return vec![Change::Rank];
        }
        let to = body(self.world, self.rng, Place::Description, self.issue.id, 3);
        let from = self.issue.description.replace(to.clone()).map(Box::new);
        vec![Change::Description { from, to: Some(Box::new(to)) }]
    }

    fn custom_text(&mut self) -> Vec<Change> {
        let world = self.world;
        let case = self.rng.chance(500);
        let number = if case { field::CASE } else { field::CUSTOMER_NOTE };
        let value = if case { values::a_case(self.rng) } else { values::a_note(self.rng) };
        let to: Option<Box<str>> =
            Some(values::custom_text(&world.spec, number, self.issue.id, &value).into());
        let place = if case { &mut self.issue.custom.case } else { &mut self.issue.custom.note };
        vec![Change::Text { field: number, from: std::mem::replace(place, to.clone()), to }]
    }

    fn visibility(&mut self) -> Visibility {
        match self.rng.below(100) {
            0..4 => Visibility::Administrators,
            4..8 => Visibility::Developers,
            _ => Visibility::Everyone,
        }
    }

    fn comments(&mut self, birth: &Birth) {
        let count = match birth.index {
            11 => 130,
            index if index % 71 == 3 => 21 + self.rng.below(30),
            _ => self.rng.below(3) * self.world.spec.weight as usize / 100,
        };
        let desk = self.world.projects[self.issue.project as usize].kind == Type::ServiceDesk;
        let mut times: Vec<i64> = (0..count).map(|_| self.rng.range(self.issue.created, self.end)).collect();
        times.sort_unstable();
        for created in times {
            self.counters.comment += 1;
            let author = (!self.rng.chance(20)).then(|| someone(self.world, self.rng));
            let edited = self.rng.chance(150);
            let visibility = self.visibility();
            let body = body(self.world, self.rng, Place::Comment, self.counters.comment, 2);
            self.issue.comments.push(Comment {
                id: self.counters.comment,
                author,
                update_author: if edited { Some(someone(self.world, self.rng)) } else { author },
                created,
                updated: if edited { created + self.rng.range(1000, 3 * HOUR) } else { created },
                body,
                visibility,
                public: desk.then(|| self.rng.chance(600)),
            });
        }
    }

    fn worklogs(&mut self, birth: &Birth) {
        let count = match birth.index {
            index if index % 97 == 12 => 21 + self.rng.below(15),
            _ if self.rng.chance(200) => 1 + self.rng.below(3),
            _ => 0,
        };
        let mut spent = None;
        for _ in 0..count {
            self.counters.worklog += 1;
            let id = self.counters.worklog;
            let created = self.rng.range(self.issue.created, self.end);
            let author = (!self.rng.chance(20)).then(|| someone(self.world, self.rng));
            let seconds = 900 * (1 + self.rng.below(24) as u32);
            let visibility = self.visibility();
            self.issue.worklogs.push(Worklog {
                id,
                author,
                update_author: author,
                created,
                updated: created + if self.rng.chance(100) { HOUR } else { 0 },
                started: created - self.rng.range(0, 3 * DAY),
                seconds,
                comment: self.rng.chance(600).then(|| body(self.world, self.rng, Place::Worklog, id, 1)),
                visibility,
            });
            if id.is_multiple_of(2) {
                let total = spent.unwrap_or(0) + seconds;
                self.record(
                    created,
                    vec![Change::TimeSpent { from: spent, to: total }, Change::WorklogId { id, added: true }],
                );
                spent = Some(total);
            }
        }
        self.issue.worklogs.sort_by_key(|worklog| (worklog.started, worklog.id));
    }

    fn attachments(&mut self) {
        let count = if self.rng.chance(120) { 1 + self.rng.below(3) } else { 0 };
        for _ in 0..count {
            self.counters.attachment += 1;
            let (id, kind) = (self.counters.attachment, self.rng.below(4) as u8);
            let created = self.rng.range(self.issue.created, self.end);
            self.issue.attachments.push(Attachment {
                id,
                created,
                size: self.rng.below(1_000_000) as u32,
                kind,
            });
            self.record(created, vec![Change::Attachment { id, kind }]);
        }
    }

    fn finish(mut self) -> Issue {
        let issue = &mut self.issue;
        issue.histories.sort_by_key(|history| (history.created, history.id));
        let latest = issue
            .histories
            .iter()
            .map(|history| history.created)
            .chain(issue.comments.iter().map(|comment| comment.updated))
            .chain(issue.worklogs.iter().map(|worklog| worklog.updated))
            .fold(issue.created, i64::max);
        issue.updated = latest.min(self.world.spec.base_ms);
        issue.histories.shrink_to_fit();
        self.issue
    }
}

/// Adds the value or takes it away; true when it was added.
pub(crate) fn toggle(list: &mut Vec<u32>, value: u32) -> bool {
    let had = list.iter().position(|other| *other == value);
    match had {
        Some(at) => drop(list.remove(at)),
        None => list.push(value),
    }
    had.is_none()
}
