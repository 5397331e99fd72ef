//! Edits of the site's own things. No issue's `updated` moves, except where ending a sprint moves what is unfinished.

use serde_json::Value;

use super::editor::{Editor, text};
use super::{Done, EditError};
use crate::time::DAY;
use crate::world::catalog::Category;
use crate::world::former::Thing;
use crate::world::project::{SprintList, SprintState};

impl Editor<'_> {
    /// The named one of some things, or one that fits.
    pub(super) fn thing<T>(
        &mut self,
        subject: Option<&str>,
        what: &str,
        list: impl Fn(&Self) -> &[T],
        is: impl Fn(&T, &str) -> bool,
        fits: impl Fn(&T) -> bool,
    ) -> Result<u32, EditError> {
        let all = list(self);
        let found: Vec<u32> = match subject {
            Some(name) => (0..all.len() as u32).filter(|at| is(&all[*at as usize], name)).take(1).collect(),
            None => (0..all.len() as u32).filter(|at| fits(&all[*at as usize])).collect(),
        };
        match (found.as_slice(), subject) {
            ([], Some(name)) => Err(EditError::new(format!("There is no {what} '{name}'."))),
            ([], None) => Err(EditError::new(format!("There is no {what} that this could be done to."))),
            (found, Some(name)) if !fits(&all[found[0] as usize]) => {
                Err(EditError::new(format!("This cannot be done to the {what} '{name}'.")))
            }
            (found, _) => Ok(found[self.rng.below(found.len())]),
        }
    }

    /// The asked-for name, or the old one with another ending.
    fn new_name(&mut self, value: Option<&Value>, old: &str) -> Result<String, EditError> {
        match value {
            Some(value) => text(value),
            None => {
                let stem = old.split(" ~").next().unwrap_or(old);
                let ending = ["", ", again", " [b]", " <i>"][self.rng.below(4)];
                Ok(format!("{stem} ~{}{ending}", self.rng.below(10_000)))
            }
        }
    }

    fn remember(&mut self, thing: Thing, at: u32, name: String) {
        let last = self.world.counters.history;
        self.world.former.remember(thing, at, last, name);
    }

    /// Sprints of a board without its filter are edited only when they are named.
    fn a_sprint(&mut self, subject: Option<&str>, states: &[SprintState]) -> Result<u32, EditError> {
        let boards = self.world.boards.iter();
        let lost: Vec<u32> =
            boards.filter(|board| board.sprints == SprintList::Lost).map(|board| board.id).collect();
        self.thing(
            subject,
            "sprint",
            |editor| &editor.world.sprints,
            |sprint, name| sprint.id.to_string() == name || sprint.name == name,
            |sprint| states.contains(&sprint.state) && (subject.is_some() || !lost.contains(&sprint.board)),
        )
    }

    pub(super) fn sprint_rename(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.a_sprint(subject, &[SprintState::Closed, SprintState::Active, SprintState::Future])?;
        let old = self.world.sprints[at as usize].name.clone();
        let name = self.new_name(value, &old)?;
        self.remember(Thing::Sprint, at, old);
        self.world.sprints[at as usize].name = name;
        Ok(self.world.sprints[at as usize].id.to_string())
    }

    pub(super) fn sprint_start(&mut self, subject: Option<&str>) -> Done {
        let at = self.a_sprint(subject, &[SprintState::Future])?;
        let now = self.when.now;
        let sprint = &mut self.world.sprints[at as usize];
        sprint.state = SprintState::Active;
        (sprint.start, sprint.end) = (Some(now), Some(now + 14 * DAY));
        self.order_boards();
        Ok(self.world.sprints[at as usize].id.to_string())
    }

    /// What is unfinished goes into the board's next sprint, and each of those issues tells of it.
    pub(super) fn sprint_close(&mut self, subject: Option<&str>) -> Done {
        let at = self.a_sprint(subject, &[SprintState::Active])?;
        let now = self.when.now;
        let sprint = &mut self.world.sprints[at as usize];
        (sprint.state, sprint.complete) = (SprintState::Closed, Some(now));
        let board = sprint.board;
        let next = (0..self.world.sprints.len() as u32).find(|next| {
            let sprint = &self.world.sprints[*next as usize];
            sprint.board == board && sprint.state == SprintState::Future
        });
        if let Some(next) = next {
            let all = 0..self.world.issues.len() as u32;
            let unfinished: Vec<u32> = all
                .filter(|issue| {
                    let issue = self.issue(*issue);
                    !issue.deleted
                        && issue.sprints.last() == Some(&at)
                        && self.world.category(issue) != Category::Done
                })
                .collect();
            for issue in unfinished {
                let mut to = self.issue(issue).sprints.clone();
                to.push(next);
                let items = self.enter_sprints(issue, to);
                self.record(issue, items);
            }
        }
        self.order_boards();
        Ok(self.world.sprints[at as usize].id.to_string())
    }

    /// Boards list closed sprints, then active ones, then future ones.
    fn order_boards(&mut self) {
        let sprints = &self.world.sprints;
        for board in &mut self.world.boards {
            if let SprintList::Sprints(list) = &mut board.sprints {
                list.sort_by_key(|at| sprints[*at as usize].state as u8);
            }
        }
    }

    pub(super) fn status_rename(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.thing(
            subject,
            "status",
            |editor| &editor.world.catalog.statuses,
            |status, name| status.id == name || status.name == name,
            |_| true,
        )?;
        let old = self.world.catalog.statuses[at as usize].name.clone();
        let name = self.new_name(value, &old)?;
        self.remember(Thing::Status, at, old);
        self.world.catalog.statuses[at as usize].name = name;
        Ok(self.world.catalog.statuses[at as usize].id.clone())
    }

    /// Which projects are live.
    fn live(&self) -> Vec<bool> {
        (0..self.world.projects.len() as u16).map(|at| self.world.is_live(at)).collect()
    }

    fn a_version(
        &mut self,
        subject: Option<&str>,
        fits: impl Fn(&crate::world::project::Version) -> bool,
    ) -> Result<u32, EditError> {
        let live = self.live();
        self.thing(
            subject,
            "version",
            |editor| &editor.world.versions,
            |version, name| version.id.to_string() == name || version.name == name,
            |version| fits(version) && live[version.project as usize],
        )
    }

    pub(super) fn version_rename(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.a_version(subject, |_| true)?;
        let old = self.world.versions[at as usize].name.clone();
        let name = self.new_name(value, &old)?;
        self.remember(Thing::Version, at, old);
        self.world.versions[at as usize].name = name;
        Ok(self.world.versions[at as usize].id.to_string())
    }

    pub(super) fn version_release(&mut self, subject: Option<&str>) -> Done {
        let at = self.a_version(subject, |version| !version.released)?;
        let today = self.when.now.div_euclid(DAY);
        let version = &mut self.world.versions[at as usize];
        (version.released, version.release) = (true, Some(today));
        Ok(version.id.to_string())
    }

    pub(super) fn component_rename(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let live = self.live();
        let at = self.thing(
            subject,
            "component",
            |editor| &editor.world.components,
            |component, name| component.id.to_string() == name || component.name == name,
            |component| live[component.project as usize],
        )?;
        let old = self.world.components[at as usize].name.clone();
        let name = self.new_name(value, &old)?;
        self.remember(Thing::Component, at, old);
        self.world.components[at as usize].name = name;
        Ok(self.world.components[at as usize].id.to_string())
    }

    pub(super) fn project_rename(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.thing(
            subject,
            "project",
            |editor| &editor.world.projects,
            |project, name| project.id.to_string() == name || project.key == name,
            |_| true,
        )?;
        let old = self.world.projects[at as usize].name.clone();
        let name = self.new_name(value, &old)?;
        self.remember(Thing::Project, at, old);
        self.world.projects[at as usize].name = name;
        Ok(self.world.projects[at as usize].id.to_string())
    }

    /// Anybody but the accounts that sign in.
    fn a_person(
        &mut self,
        subject: Option<&str>,
        fits: impl Fn(&crate::world::people::Person) -> bool,
    ) -> Result<u32, EditError> {
        let own: Vec<String> = self
            .world
            .accounts
            .iter()
            .map(|account| self.world.people[account.person as usize].account_id.clone())
            .collect();
        self.thing(
            subject,
            "person",
            |editor| &editor.world.people,
            |person, name| person.account_id == name,
            |person| person.listed && fits(person) && !own.contains(&person.account_id),
        )
    }

    pub(super) fn user_rename(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.a_person(subject, |person| person.name.is_some())?;
        let old = self.world.people[at as usize].name.clone().unwrap_or_default();
        let name = self.new_name(value, &old)?;
        self.remember(Thing::Person, at, old);
        self.world.people[at as usize].name = Some(name);
        Ok(self.world.people[at as usize].account_id.clone())
    }

    pub(super) fn user_deactivate(&mut self, subject: Option<&str>) -> Done {
        let at = self.a_person(subject, |person| person.active)?;
        let person = &mut self.world.people[at as usize];
        person.active = false;
        Ok(person.account_id.clone())
    }
}
