//! Fields of one issue: every change is a history item and moves `updated`.

use serde_json::Value;

use super::editor::{Editor, differs, named, text};
use super::{Done, EditError};
use crate::time::{DAY, days_of};
use crate::world::catalog::Category;
use crate::world::fields::id;
use crate::world::issue::Change;
use crate::world::life::{self, toggle};
use crate::world::project::{SprintList, SprintState, Type};
use crate::world::text::Place;
use crate::world::{LABELS, values};

impl Editor<'_> {
    pub(super) fn summary(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.any(subject)?;
        let to = match value {
            Some(value) => text(value)?.into(),
            None => {
                let id = self.issue(at).id;
                life::summary(self.world, &mut self.rng, id)
            }
        };
        let from = std::mem::replace(&mut self.touch(at).summary, to.clone());
        self.record(at, vec![Change::Summary { from, to }]);
        self.done(at)
    }

    /// A drawn text; the value `null` takes the text away.
    pub(super) fn description(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.any(subject)?;
        let serial = self.issue(at).id;
        let to = match value {
            Some(Value::Null) => None,
            Some(_) => return Err(EditError::new("A description is drawn, or null.")),
            None => Some(life::body(self.world, &mut self.rng, Place::Description, serial, 4)),
        };
        let from = std::mem::replace(&mut self.touch(at).description, to.clone());
        self.record(at, vec![Change::Description { from: from.map(Box::new), to: to.map(Box::new) }]);
        self.done(at)
    }

    pub(super) fn status(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.any(subject)?;
        let from = self.issue(at).status;
        let workflow = &self.world.projects[self.issue(at).project as usize].workflow;
        let statuses = &self.world.catalog.statuses;
        let to = match value {
            Some(value) => named(value, "status", |name| {
                let is = |at: &&u16| {
                    let status = &statuses[**at as usize];
                    status.id == name || status.name == name
                };
                workflow.iter().find(is).map(|at| u32::from(*at))
            })? as u16,
            None => {
                let others: Vec<u16> = workflow.iter().copied().filter(|at| *at != from).collect();
                others[self.rng.below(others.len())]
            }
        };
        if from == to {
            return Err(EditError::new("The issue has that status already."));
        }
        let items = self.transition(at, to);
        self.record(at, items);
        self.done(at)
    }

    /// Enters a status, with the resolution that belongs to it.
    pub(super) fn transition(&mut self, at: u32, to: u16) -> Vec<Change> {
        let (now, project, from) = (self.when.now, self.issue(at).project, self.issue(at).status);
        let category = |at: u16| self.world.catalog.statuses[at as usize].category;
        let (before, after) = (category(from), category(to));
        let resolves = !self.world.projects[project as usize].team_managed;
        let drawn = self.rng.below(4).saturating_sub(1) as u8;
        let issue = self.touch(at);
        issue.status = to;
        if before != after {
            issue.category_changed = now;
        }
        let mut items = vec![Change::Status { from, to }];
        if resolves && (before == Category::Done) != (after == Category::Done) {
            let done = after == Category::Done;
            let from = issue.resolution;
            issue.resolution = done.then_some(drawn);
            issue.resolved = done.then_some(now);
            items.push(Change::Resolution { from, to: issue.resolution });
        }
        items
    }

    pub(super) fn assignee(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.any(subject)?;
        let from = self.issue(at).assignee;
        let to = match value {
            Some(Value::Null) => None,
            Some(value) => Some(named(value, "account", |name| {
                self.world.people.iter().position(|person| person.account_id == name).map(|at| at as u32)
            })?),
            None if from.is_some() && self.rng.chance(150) => None,
            None => Some(self.somebody()),
        };
        differs(from == to, "assignee")?;
        self.touch(at).assignee = to;
        self.record(at, vec![Change::Assignee { from, to }]);
        self.done(at)
    }

    pub(super) fn priority(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.any(subject)?;
        let known = &self.world.catalog.priorities;
        let to = match value {
            Some(value) => named(value, "priority", |name| {
                known.iter().position(|it| it.id == name || it.name == name).map(|at| at as u32)
            })? as u8,
            None => self.rng.below(known.len()) as u8,
        };
        differs(self.issue(at).priority.unwrap_or(2) == to, "priority")?;
        let from = self.touch(at).priority.replace(to).unwrap_or(2);
        self.record(at, vec![Change::Priority { from, to }]);
        self.done(at)
    }

    /// Labels come from the site's list.
    pub(super) fn labels(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.any(subject)?;
        let to: Vec<u16> = match value {
            Some(Value::Array(words)) => {
                let place = |word: &Value| {
                    let place = |name: &str| LABELS.iter().position(|it| *it == name).map(|at| at as u32);
                    named(word, "label", place).map(|at| at as u16)
                };
                words.iter().map(place).collect::<Result<_, _>>()?
            }
            Some(_) => return Err(EditError::new("Labels are a list of words.")),
            None => {
                let drawn = life::some_of(&mut self.rng, LABELS.len(), 3);
                drawn.into_iter().map(|at| at as u16).collect()
            }
        };
        differs(self.issue(at).labels == to, "labels")?;
        let from = std::mem::replace(&mut self.touch(at).labels, to.clone());
        self.record(at, vec![Change::Labels { from, to }]);
        self.done(at)
    }

    pub(super) fn points(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.pick(subject, "of a software project", |world, issue| {
            world.projects[issue.project as usize].kind == Type::Software
        })?;
        let to = match value {
            Some(Value::Null) => None,
            Some(value) => match value.as_f64().map(|points| points * 2.0) {
                Some(halves) if (0.0..=1000.0).contains(&halves) && halves.fract() == 0.0 => {
                    Some(halves as u16)
                }
                _ => return Err(EditError::new("Points are a number of halves from 0 to 500, or null.")),
            },
            None => (!self.rng.chance(80)).then(|| *self.rng.pick(&[0, 1, 2, 3, 4, 6, 10, 16, 26])),
        };
        let team_managed = self.world.projects[self.issue(at).project as usize].team_managed;
        differs(self.issue(at).custom.points == to, "points")?;
        let from = std::mem::replace(&mut self.touch(at).custom.points, to);
        self.record(at, vec![Change::Points { team_managed, from, to }]);
        self.done(at)
    }

    pub(super) fn due(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.any(subject)?;
        let to = match value {
            Some(Value::Null) => None,
            Some(value) => {
                let date = text(value)?;
                let parts: Vec<i64> = date.split('-').filter_map(|part| part.parse().ok()).collect();
                match parts[..] {
                    [year @ 1970..=2200, month @ 1..=12, day @ 1..=31] => {
                        Some(days_of(year, month, day) as i32)
                    }
                    _ => return Err(EditError::new(format!("'{date}' is not a date such as 2026-11-22."))),
                }
            }
            None => Some((self.when.now / DAY) as i32 + self.rng.below(60) as i32),
        };
        differs(self.issue(at).due == to, "due date")?;
        let from = std::mem::replace(&mut self.touch(at).due, to);
        self.record(at, vec![Change::Due { from, to }]);
        self.done(at)
    }

    pub(super) fn flag(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.any(subject)?;
        let raised = match value {
            Some(value) => value.as_bool().ok_or_else(|| EditError::new("A flag is true or false."))?,
            None => !self.issue(at).custom.flagged,
        };
        if raised == self.issue(at).custom.flagged {
            return Err(EditError::new("The flag is there already."));
        }
        self.touch(at).custom.flagged = raised;
        self.record(at, vec![Change::Flag { raised }]);
        self.done(at)
    }

    /// The field `Customer note`.
    pub(super) fn custom(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.any(subject)?;
        let field = id::CUSTOMER_NOTE;
        let to: Option<Box<str>> = match value {
            Some(Value::Null) => None,
            Some(value) => Some(text(value)?.into()),
            None => {
                let note = values::a_note(&mut self.rng);
                Some(values::custom_text(&self.world.spec, field, self.issue(at).id, &note).into())
            }
        };
        differs(self.issue(at).custom.note == to, "note")?;
        let from = std::mem::replace(&mut self.touch(at).custom.note, to.clone());
        self.record(at, vec![Change::Text { field, from, to }]);
        self.done(at)
    }

    /// A security level: those who are not among its members no longer see the issue.
    pub(super) fn restrict(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.pick(subject, "of a company-managed project", |world, issue| {
            !world.projects[issue.project as usize].team_managed
        })?;
        let levels = &self.world.catalog.levels;
        let from = self.issue(at).level;
        let to = match value {
            Some(Value::Null) => None,
            Some(value) => Some(named(value, "security level", |name| {
                levels.iter().position(|it| it.id == name || it.name == name).map(|at| at as u32)
            })? as u8),
            None if from.is_some() => None,
            None => Some(self.rng.below(levels.len()) as u8),
        };
        differs(from == to, "security level")?;
        self.touch(at).level = to;
        self.record(at, vec![Change::Security { from, to }]);
        self.done(at)
    }

    /// Into a sprint of the project's own board; `null` takes the issue out of all of them.
    pub(super) fn sprint(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.pick(subject, "of a project with sprints", |world, issue| {
            let own = world.boards.iter().find(|board| board.project == issue.project);
            own.is_some_and(|board| matches!(board.sprints, SprintList::Sprints(_)))
        })?;
        let sprints = &self.world.sprints;
        let to: Vec<u32> = match value {
            Some(Value::Null) => Vec::new(),
            Some(value) => {
                let sprint = named(value, "sprint", |name| {
                    let is =
                        |it: &crate::world::project::Sprint| it.id.to_string() == name || it.name == name;
                    sprints.iter().position(is).map(|at| at as u32)
                })?;
                self.joined(at, sprint)
            }
            None if !self.issue(at).sprints.is_empty() && self.rng.chance(120) => Vec::new(),
            None => {
                let project = self.issue(at).project;
                let board = self.world.boards.iter().find(|board| board.project == project);
                let open: Vec<u32> = match board.map(|board| &board.sprints) {
                    Some(SprintList::Sprints(all)) => {
                        let open = |at: &&u32| sprints[**at as usize].state != SprintState::Closed;
                        all.iter().filter(open).copied().collect()
                    }
                    _ => Vec::new(),
                };
                if open.is_empty() {
                    return Err(EditError::new("The project has no open sprint."));
                }
                let chosen = *self.rng.pick(&open);
                self.joined(at, chosen)
            }
        };
        differs(self.issue(at).sprints == to, "sprints")?;
        let items = self.enter_sprints(at, to);
        self.record(at, items);
        self.done(at)
    }

    /// The closed sprints that the issue was in, and the new one.
    fn joined(&self, at: u32, sprint: u32) -> Vec<u32> {
        let closed = |at: &&u32| self.world.sprints[**at as usize].state == SprintState::Closed;
        let mut to: Vec<u32> =
            self.issue(at).sprints.iter().filter(closed).copied().filter(|at| *at != sprint).collect();
        to.push(sprint);
        to
    }

    pub(super) fn enter_sprints(&mut self, at: u32, to: Vec<u32>) -> Vec<Change> {
        let from = std::mem::replace(&mut self.touch(at).sprints, to.clone());
        if from == to { Vec::new() } else { vec![Change::Sprint { from, to }] }
    }

    /// The named version is added, or taken away when it is there.
    pub(super) fn fix_version(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.pick(subject, "of a project with versions", |world, issue| {
            !world.projects[issue.project as usize].versions.is_empty()
        })?;
        let own = &self.world.projects[self.issue(at).project as usize].versions;
        let version = match value {
            Some(value) => named(value, "version", |name| {
                let is = |at: &&u32| {
                    let it = &self.world.versions[**at as usize];
                    it.id.to_string() == name || it.name == name
                };
                own.iter().find(is).copied()
            })?,
            None => *self.rng.pick(own),
        };
        let added = toggle(&mut self.touch(at).fix_versions, version);
        self.record(at, vec![Change::FixVersion { version, added }]);
        self.done(at)
    }

    /// The named component is added, or taken away when it is there.
    pub(super) fn component(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.pick(subject, "of a project with components", |world, issue| {
            !world.projects[issue.project as usize].components.is_empty()
        })?;
        let own = &self.world.projects[self.issue(at).project as usize].components;
        let component = match value {
            Some(value) => named(value, "component", |name| {
                let is = |at: &&u32| {
                    let it = &self.world.components[**at as usize];
                    it.id.to_string() == name || it.name == name
                };
                own.iter().find(is).copied()
            })?,
            None => *self.rng.pick(own),
        };
        let added = toggle(&mut self.touch(at).components, component);
        self.record(at, vec![Change::Component { component, added }]);
        self.done(at)
    }
}
