//! What people call a thing, and which one it is.

use super::{Gap, Graph, Kind};
use serde::Serialize;
use weir_model::access::{Part, ProjectState};

/// A kind of thing that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Thing {
    /// An account.
    User,
    /// A group.
    Group,
    /// A project.
    Project,
    /// Something that may be allowed.
    Permission,
    /// A security level.
    Level,
}

/// Why nothing is found under what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lookup {
    /// There is none; where not all were read, the gap says so, and it may be there all the same.
    #[error("nothing of this kind is known as {asked}")]
    Missing {
        /// Of which kind.
        thing: Thing,
        /// What was asked for.
        asked: String,
        /// What was not read of this kind.
        gap: Option<Gap>,
    },
    /// There are several.
    #[error("several are known as {asked}")]
    Ambiguous {
        /// Of which kind.
        thing: Thing,
        /// What was asked for.
        asked: String,
        /// The ids of those that it may mean.
        ids: Vec<String>,
    },
}

impl Graph {
    /// A user by id, else by login, e-mail or name, without regard to case.
    pub(crate) fn find_user(&self, asked: &str) -> Result<u32, Lookup> {
        if let Some(user) = self.names[Kind::User].find(asked).filter(|user| self.here.contains(*user)) {
            return Ok(user);
        }
        let asked_for = asked.to_lowercase();
        let is_it = |text: Option<&str>| text.is_some_and(|text| text.to_lowercase() == asked_for);
        for part in 0..3 {
            let found = self.about.profiles.iter().enumerate().filter(|(_, profile)| {
                profile.as_ref().is_some_and(|profile| match part {
                    0 => is_it(profile.login.as_deref()),
                    1 => is_it(profile.email.as_deref()),
                    _ => is_it(Some(&profile.name)),
                })
            });
            if let Some(user) = self.only(Thing::User, Kind::User, asked, found.map(|(no, _)| no))? {
                return Ok(user);
            }
        }
        Err(self.missing(Thing::User, Part::Users, asked))
    }

    /// A group by id, else by name.
    pub(crate) fn find_group(&self, asked: &str) -> Result<u32, Lookup> {
        if let Some(group) = self.names[Kind::Group].find(asked) {
            return Ok(group);
        }
        let groups = self.about.groups.iter().enumerate();
        let found = groups.filter(|(_, group)| group.as_ref().is_some_and(|group| group.name == asked));
        self.only(Thing::Group, Kind::Group, asked, found.map(|(no, _)| no))?
            .ok_or_else(|| self.missing(Thing::Group, Part::Groups, asked))
    }

    /// A project by key, one that is live before one that is not, else by id.
    pub(crate) fn find_project(&self, asked: &str) -> Result<u32, Lookup> {
        let known = |no: &usize| self.about.projects[*no].as_ref();
        let found = |is_wanted: &dyn Fn(&str) -> bool| -> Vec<usize> {
            (0..self.about.projects.len())
                .filter(|no| known(no).is_some_and(|project| is_wanted(&project.key)))
                .collect()
        };
        let mut named = found(&|key| key == asked);
        if named.is_empty() {
            if let Some(project) = self.names[Kind::Project].find(asked) {
                return Ok(project);
            }
            named = found(&|key| key.eq_ignore_ascii_case(asked));
        }
        for state in [ProjectState::Live, ProjectState::Archived, ProjectState::Deleted] {
            let of_state = named.iter().copied();
            let of_state = of_state.filter(|no| known(no).is_some_and(|project| project.state == state));
            if let Some(project) = self.only(Thing::Project, Kind::Project, asked, of_state)? {
                return Ok(project);
            }
        }
        Err(self.missing(Thing::Project, Part::Projects, asked))
    }

    /// A permission by key, else by name.
    pub(crate) fn find_permission(&self, asked: &str) -> Result<u32, Lookup> {
        let table = &self.names[Kind::Permission];
        if let Some(permission) = table.find(asked).or_else(|| table.find(&asked.to_ascii_uppercase())) {
            return Ok(permission);
        }
        let rows = self.about.permissions.iter().enumerate();
        let found = rows.filter(|(_, row)| {
            row.as_ref().is_some_and(|row| row.name.to_lowercase() == asked.to_lowercase())
        });
        self.only(Thing::Permission, Kind::Permission, asked, found.map(|(no, _)| no))?
            .ok_or_else(|| self.missing(Thing::Permission, Part::Permissions, asked))
    }

    fn only(
        &self,
        thing: Thing,
        kind: Kind,
        asked: &str,
        found: impl Iterator<Item = usize>,
    ) -> Result<Option<u32>, Lookup> {
        let found: Vec<u32> = found.map(|number| number as u32).collect();
        match found[..] {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            _ => Err(Lookup::Ambiguous {
                thing,
                asked: asked.to_owned(),
                ids: found.iter().map(|number| self.id(kind, *number).to_owned()).collect(),
            }),
        }
    }

    pub(crate) fn missing(&self, thing: Thing, part: Part, asked: &str) -> Lookup {
        Lookup::Missing { thing, asked: asked.to_owned(), gap: self.covered.gap(part, None) }
    }
}
