//! Whole projects come and go: into the trash, into the archive and back, and out of what an account may browse. No
//! issue's `updated` moves (Cloud platform REST, "Projects": archive, delete, restore).

use serde_json::Value;

use super::editor::{Editor, text};
use super::{Done, EditError};
use crate::world::project::State;

impl Editor<'_> {
    fn a_project(&mut self, subject: Option<&str>, states: &[State]) -> Result<u16, EditError> {
        let at = self.thing(
            subject,
            "project",
            |editor| &editor.world.projects,
            |project, name| project.id.to_string() == name || project.key == name,
            |project| states.contains(&project.state),
        )?;
        Ok(at as u16)
    }

    /// At least one project stays live, so that there is something to edit.
    fn put_away(&mut self, subject: Option<&str>, states: &[State], state: State) -> Done {
        let at = self.a_project(subject, states)?;
        let live = self.world.projects.iter().filter(|project| project.state == State::Live).count();
        let project = &mut self.world.projects[at as usize];
        if project.state == State::Live && live < 2 {
            return Err(EditError::new("The last live project stays."));
        }
        project.state = state;
        Ok(project.key.clone())
    }

    pub(super) fn project_trash(&mut self, subject: Option<&str>) -> Done {
        self.put_away(subject, &[State::Live, State::Archived], State::Trashed)
    }

    pub(super) fn project_archive(&mut self, subject: Option<&str>) -> Done {
        self.put_away(subject, &[State::Live], State::Archived)
    }

    pub(super) fn project_restore(&mut self, subject: Option<&str>) -> Done {
        self.put_away(subject, &[State::Archived, State::Trashed], State::Live)
    }

    /// The account is the value, `reader@sim.example` when it is left out.
    pub(super) fn permission_revoke(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        self.permit(subject, value, false)
    }

    /// The account is the value, `reader@sim.example` when it is left out.
    pub(super) fn permission_grant(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        self.permit(subject, value, true)
    }

    fn permit(&mut self, subject: Option<&str>, value: Option<&Value>, granted: bool) -> Done {
        let email = value.map_or_else(|| Ok("reader@sim.example".to_owned()), text)?;
        let place = self.world.accounts.iter().position(|account| account.email == email);
        let place = place.ok_or_else(|| EditError::new(format!("There is no account '{email}'.")))?;
        let project = match subject {
            Some(_) => self.a_project(subject, &[State::Live, State::Archived, State::Trashed])?,
            None => {
                let account = &self.world.accounts[place];
                let all = 0..self.world.projects.len() as u16;
                let fits = |at: &u16| self.world.is_live(*at) && self.world.browses(account, *at) != granted;
                let found: Vec<u16> = all.filter(fits).collect();
                if found.is_empty() {
                    return Err(EditError::new("There is no project that this could be done to."));
                }
                *self.rng.pick(&found)
            }
        };
        if self.world.browses(&self.world.accounts[place], project) == granted {
            return Err(EditError::new("The account has that permission, or the lack of it, already."));
        }
        self.world.accounts[place].permits.insert(project, granted);
        Ok(self.world.projects[project as usize].key.clone())
    }
}
