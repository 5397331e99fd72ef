//! What ties issues together: parents, epics, links.

use serde_json::Value;

use super::editor::{Editor, differs, named, text};
use super::{Done, EditError};
use crate::world::World;
use crate::world::issue::{Change, Issue, LinkEnd};

impl Editor<'_> {
    fn level(&self, at: u32) -> i32 {
        self.world.catalog.types[self.issue(at).kind as usize].level
    }

    /// The named epic, or one of the issue's project; `null` is none.
    fn an_epic(
        &mut self,
        at: u32,
        value: Option<&Value>,
        from: Option<u32>,
    ) -> Result<Option<u32>, EditError> {
        let project = self.issue(at).project;
        match value {
            Some(Value::Null) => Ok(None),
            Some(value) => {
                let found = named(value, "epic", |name| {
                    self.world.find(name).filter(|at| !self.issue(*at).deleted && self.level(*at) == 1)
                })?;
                Ok(Some(found))
            }
            None if from.is_some() && self.rng.chance(200) => Ok(None),
            None => {
                let found = self.pick(None, "that is an epic of the project", |world, issue| {
                    issue.project == project && world.catalog.types[issue.kind as usize].level == 1
                })?;
                Ok(Some(found))
            }
        }
    }

    /// The `parent` of a standard issue: an epic. Only the child tells of it. On Data Center only sub-tasks have parents.
    pub(super) fn parent(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        if self.world.spec.flavor.is_dc() {
            return self.other_parent(subject, value);
        }
        let at = self.pick(subject, "that can have an epic for its parent", |world, issue| {
            world.catalog.types[issue.kind as usize].level == 0
        })?;
        let from = self.issue(at).parent;
        let to = self.an_epic(at, value, from)?;
        if from == to {
            return Err(EditError::new("The issue has that parent already."));
        }
        self.touch(at).parent = to;
        self.record(at, vec![Change::Parent { old_form: false, from, to }]);
        self.done(at)
    }

    /// A sub-task gets another standard issue of its project for its parent.
    fn other_parent(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.pick(subject, "that is a sub-task", |world, issue| {
            world.catalog.types[issue.kind as usize].level < 0
        })?;
        let (project, from) = (self.issue(at).project, self.issue(at).parent);
        let fits = |world: &World, issue: &Issue| {
            issue.project == project && world.catalog.types[issue.kind as usize].level == 0
        };
        let name = value.map(text).transpose()?;
        let to = self.pick(name.as_deref(), "of the project for a parent", fits)?;
        differs(from == Some(to), "parent")?;
        if let Some(from) = from {
            self.quietly(from).subtasks.retain(|child| *child != at);
        }
        self.quietly(to).subtasks.push(at);
        self.touch(at).parent = Some(to);
        self.record(at, vec![Change::Parent { old_form: true, from, to: Some(to) }]);
        self.done(at)
    }

    /// The Epic Link of company-managed projects: the epics that lose and win the issue tell of it too.
    pub(super) fn epic(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.pick(subject, "that can have an Epic Link", |world, issue| {
            world.catalog.types[issue.kind as usize].level == 0
                && !world.projects[issue.project as usize].team_managed
        })?;
        let from = self.issue(at).epic;
        let to = self.an_epic(at, value, from)?;
        if from == to {
            return Err(EditError::new("The issue has that epic already."));
        }
        self.touch(at).epic = to;
        self.record(at, vec![Change::EpicLink { from, to }]);
        for (epic, added) in [(from, false), (to, true)] {
            if let Some(epic) = epic {
                self.record(epic, vec![Change::EpicChild { child: at, added }]);
            }
        }
        self.done(at)
    }

    /// A link to another issue; both ends tell of it and are updated.
    pub(super) fn link(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.any(subject)?;
        let other = match value {
            Some(value) => {
                named(value, "issue", |name| self.world.find(name).filter(|at| !self.issue(*at).deleted))?
            }
            None => self.any(None)?,
        };
        if other == at || self.issue(at).links.iter().any(|link| link.other == other) {
            return Err(EditError::new("The two issues are linked already, or the same."));
        }
        let (kind, outward) = (self.rng.below(4) as u8, self.rng.chance(600));
        self.world.counters.link += 1;
        let id = self.world.counters.link;
        for (here, there, outward) in [(at, other, outward), (other, at, !outward)] {
            self.touch(here).links.push(LinkEnd { id, kind, outward, other: there });
            self.record(here, vec![Change::Link { kind, outward, other: there, added: true }]);
        }
        self.done(at)
    }

    /// A link, by its id, is taken away; both ends tell of it and are updated.
    pub(super) fn unlink(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.pick(subject, "with a link", |_, issue| !issue.links.is_empty())?;
        let links = &self.issue(at).links;
        let which = match value {
            Some(value) => named(value, "link", |id| {
                links.iter().position(|link| link.id.to_string() == id).map(|at| at as u32)
            })? as usize,
            None => {
                let count = links.len();
                self.rng.below(count)
            }
        };
        let (id, other) = (self.issue(at).links[which].id, self.issue(at).links[which].other);
        for (here, there) in [(at, other), (other, at)] {
            if let Some(gone) = self.take_link(here, id) {
                let item =
                    Change::Link { kind: gone.kind, outward: gone.outward, other: there, added: false };
                self.record(here, vec![item]);
            }
        }
        self.done(at)
    }

    /// Takes away one end of a link without a trace.
    pub(super) fn take_link(&mut self, at: u32, id: u32) -> Option<LinkEnd> {
        let which = self.issue(at).links.iter().position(|link| link.id == id)?;
        Some(self.quietly(at).links.remove(which))
    }
}
