//! Issues come, move and go.

use std::sync::Arc;

use serde_json::Value;

use super::editor::{Editor, named, text};
use super::{Done, EditError};
use crate::world::World;
use crate::world::former::Thing;
use crate::world::issue::{Change, Issue};
use crate::world::life::{self, Birth};

impl Editor<'_> {
    /// The subject is a project; the value may hold `type`, `summary` and, for a sub-task, `parent`.
    pub(super) fn create(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let project = match subject {
            Some(name) => {
                let found = self.world.project(name).filter(|at| self.world.is_live(*at));
                found.ok_or_else(|| EditError::new(format!("There is no live project '{name}'.")))?
            }
            None => {
                let live: Vec<u16> =
                    (0..self.world.projects.len() as u16).filter(|at| self.world.is_live(*at)).collect();
                *self.rng.pick(&live)
            }
        };
        let asked = |name: &str| value.and_then(|value| value.get(name));
        let types = &self.world.projects[project as usize].types;
        let kind = match asked("type") {
            Some(value) => named(value, "issue type", |name| {
                let is = |at: &&u16| {
                    let kind = &self.world.catalog.types[**at as usize];
                    kind.id == name || kind.name == name
                };
                types.iter().find(is).map(|at| u32::from(*at))
            })? as u16,
            None => *self.rng.pick(types),
        };
        let above = match (self.world.catalog.types[kind as usize].level, asked("parent")) {
            (-1, Some(value)) => Some(named(value, "issue", |name| {
                let fits = |at: &u32| is_standard_of(self.world, self.issue(*at), project);
                self.world.find(name).filter(fits)
            })?),
            (-1, None) => {
                Some(self.pick(None, "for a parent", |world, issue| is_standard_of(world, issue, project))?)
            }
            _ => None,
        };
        let summary = asked("summary").map(text).transpose()?;
        let at = self.bear(project, kind, above);
        if let Some(summary) = summary {
            self.quietly(at).summary = summary.into();
        }
        self.done(at)
    }

    fn bear(&mut self, project: u16, kind: u16, parent: Option<u32>) -> u32 {
        let at = self.world.issues.len() as u32;
        let id = self.take_id();
        let birth = Birth {
            index: usize::MAX,
            id,
            project,
            number: self.take_number(project),
            kind,
            parent,
            epic: None,
            created: self.when.now,
            old_keys: Vec::new(),
        };
        let issue = life::newborn(self.world, &mut self.rng, &birth);
        self.world.issues.push(Arc::new(issue));
        self.world.index.keep(at, self.when.now, self.when.now + self.when.lag, None);
        self.enter_key(at);
        if self.world.spec.shuffled() {
            Arc::make_mut(&mut self.world.places).insert(id, at);
        }
        if let Some(parent) = parent {
            self.quietly(parent).subtasks.push(at);
        }
        at
    }

    /// The next id, or any that is free where ids are shuffled.
    fn take_id(&mut self) -> u32 {
        if !self.world.spec.shuffled() {
            self.world.counters.issue += 1 + self.rng.below(2) as u32;
            return self.world.counters.issue;
        }
        loop {
            let id = 10_001 + self.rng.below(2 * self.world.issues.len() + 100) as u32;
            if !self.world.places.contains_key(&id) {
                return id;
            }
        }
    }

    fn take_number(&mut self, project: u16) -> u32 {
        let last = &mut self.world.counters.keys[project as usize];
        *last += 1;
        *last
    }

    /// The issue's key leads to it from now on; so do those it had before.
    fn enter_key(&mut self, at: u32) {
        let key = self.world.key(at).to_ascii_uppercase().into_boxed_str();
        Arc::make_mut(&mut self.world.keys).insert(key, at);
    }

    /// To a live company-managed project, with the sub-tasks. What the other project lacks is lost or replaced.
    pub(super) fn move_issue(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let movable = |world: &World, issue: &Issue| {
            world.catalog.types[issue.kind as usize].level == 0
                && !world.projects[issue.project as usize].team_managed
        };
        let at =
            self.pick(subject, "of a company-managed project that is neither epic nor sub-task", movable)?;
        let from = self.issue(at).project;
        let open = |at: &u16| {
            *at != from && self.world.is_live(*at) && !self.world.projects[*at as usize].team_managed
        };
        let to = match value {
            Some(value) => named(value, "other live company-managed project", |name| {
                self.world.project(name).filter(open).map(u32::from)
            })? as u16,
            None => {
                let others: Vec<u16> = (0..self.world.projects.len() as u16).filter(open).collect();
                if others.is_empty() {
                    return Err(EditError::new("There is no project to move to."));
                }
                others[self.rng.below(others.len())]
            }
        };
        let mut whole = vec![at];
        whole.extend(self.issue(at).subtasks.iter().copied().filter(|at| !self.issue(*at).deleted));
        whole.into_iter().for_each(|at| self.relocate(at, from, to));
        self.done(at)
    }

    fn relocate(&mut self, at: u32, from: u16, to: u16) {
        let old_key = self.world.key(at);
        self.world.former.remember(Thing::Issue, at, self.world.counters.history, old_key.clone());
        let number = self.take_number(to);
        let mut items = vec![Change::Project { from, to }];
        let kind = self.fitting_type(at, to);
        let status = self.fitting_status(at, to);
        let issue = self.touch(at);
        (issue.project, issue.number) = (to, number);
        let new_key = self.world.key(at);
        items.push(Change::Key { from: old_key.into(), to: new_key.into() });
        items.push(Change::Workflow { from: from as u8, to: to as u8 });
        let had = self.issue(at).kind;
        if had != kind {
            self.touch(at).kind = kind;
            items.push(Change::IssueType { from: had, to: kind });
        }
        if self.issue(at).status != status {
            items.extend(self.transition(at, status));
        }
        let issue = self.touch(at);
        let lost = |version| Change::FixVersion { version, added: false };
        items.extend(std::mem::take(&mut issue.fix_versions).into_iter().map(lost));
        let lost = |version| Change::AffectsVersion { version, added: false };
        items.extend(std::mem::take(&mut issue.affects).into_iter().map(lost));
        let lost = |component| Change::Component { component, added: false };
        items.extend(std::mem::take(&mut issue.components).into_iter().map(lost));
        self.record(at, items);
        self.enter_key(at);
    }

    fn fitting_type(&self, at: u32, project: u16) -> u16 {
        let (had, types) = (self.issue(at).kind, &self.world.projects[project as usize].types);
        let level = |at: u16| self.world.catalog.types[at as usize].level;
        let alike = types.iter().find(|kind| level(**kind) == level(had));
        if types.contains(&had) { had } else { alike.copied().unwrap_or(had) }
    }

    fn fitting_status(&self, at: u32, project: u16) -> u16 {
        let (had, workflow) = (self.issue(at).status, &self.world.projects[project as usize].workflow);
        let category = |at: u16| self.world.catalog.statuses[at as usize].category;
        let alike = workflow.iter().find(|status| category(**status) == category(had));
        if workflow.contains(&had) { had } else { alike.copied().unwrap_or(workflow[0]) }
    }

    /// With its sub-tasks. Links to it, and its place as an epic, vanish from other issues without a trace.
    pub(super) fn delete(&mut self, subject: Option<&str>) -> Done {
        let at = self.any(subject)?;
        let key = self.world.key(at);
        let mut whole = vec![at];
        whole.extend(self.issue(at).subtasks.iter().copied().filter(|at| !self.issue(*at).deleted));
        for at in whole {
            let links: Vec<(u32, u32)> =
                self.issue(at).links.iter().map(|link| (link.other, link.id)).collect();
            for (other, id) in links {
                self.take_link(other, id);
            }
            if let Some(parent) = self.issue(at).parent
                && self.issue(parent).subtasks.contains(&at)
            {
                self.quietly(parent).subtasks.retain(|child| *child != at);
            }
            let issue = self.quietly(at);
            issue.deleted = true;
            issue.links.clear();
        }
        let of = |issue: &Issue| issue.parent == Some(at) || issue.epic == Some(at);
        let all = 0..self.world.issues.len() as u32;
        let children: Vec<u32> =
            all.filter(|child| !self.issue(*child).deleted && of(self.issue(*child))).collect();
        for child in children {
            let child = self.quietly(child);
            child.parent = child.parent.filter(|parent| *parent != at);
            child.epic = child.epic.filter(|epic| *epic != at);
        }
        Ok(key)
    }
}

fn is_standard_of(world: &World, issue: &Issue, project: u16) -> bool {
    !issue.deleted && issue.project == project && world.catalog.types[issue.kind as usize].level == 0
}
