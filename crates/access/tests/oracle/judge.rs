//! The rules of `access.md` §7, one after the other, by looking through all facts each time.

use std::collections::BTreeSet;
use weir_model::access::*;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Had {
    No,
    OnACondition,
    ForSure,
}

/// Where something is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum At<'a> {
    Project(&'a str),
    Site,
}

pub(crate) struct Judge<'a> {
    pub(crate) facts: &'a [Fact],
}

impl Judge<'_> {
    fn groups_holding<'s>(&'s self, group: &str) -> Vec<&'s str> {
        let parents = self.facts.iter().filter_map(|fact| match fact {
            Fact::Subgroup(row) if row.group == group => Some(row.parent.as_str()),
            _ => None,
        });
        parents.collect()
    }

    fn groups_in<'s>(&'s self, group: &str) -> Vec<&'s str> {
        let inside = self.facts.iter().filter_map(|fact| match fact {
            Fact::Subgroup(row) if row.parent == group => Some(row.group.as_str()),
            _ => None,
        });
        inside.collect()
    }

    /// The groups that somebody is in, by way of others too.
    pub(crate) fn groups(&self, user: &str) -> BTreeSet<&str> {
        let direct = self.facts.iter().filter_map(|fact| match fact {
            Fact::Member(row) if row.user == user => Some(row.group.as_str()),
            _ => None,
        });
        let mut all: BTreeSet<&str> = direct.collect();
        loop {
            let more: BTreeSet<&str> = all.iter().flat_map(|group| self.groups_holding(group)).collect();
            let before = all.len();
            all.extend(more);
            if all.len() == before {
                return all;
            }
        }
    }

    fn below(&self, group: &str) -> BTreeSet<String> {
        let mut all = BTreeSet::from([group.to_owned()]);
        loop {
            let more: Vec<String> =
                all.iter().flat_map(|group| self.groups_in(group)).map(str::to_owned).collect();
            let before = all.len();
            all.extend(more);
            if all.len() == before {
                return all;
            }
        }
    }

    pub(crate) fn user(&self, user: &str) -> Option<&User> {
        self.facts.iter().find_map(|fact| match fact {
            Fact::User(row) if row.id == user => Some(row),
            _ => None,
        })
    }

    pub(crate) fn project(&self, project: &str) -> Option<&Project> {
        self.facts.iter().find_map(|fact| match fact {
            Fact::Project(row) if row.id == project => Some(row),
            _ => None,
        })
    }

    /// The applications that somebody may use.
    pub(crate) fn applications(&self, user: &str) -> BTreeSet<&str> {
        let groups = self.groups(user);
        let roles = self.facts.iter().filter_map(|fact| match fact {
            Fact::AppRole(row) if row.groups.iter().any(|group| groups.contains(group.as_str())) => {
                Some(row.key.as_str())
            }
            _ => None,
        });
        roles.collect()
    }

    fn schemes(&self, project: &str) -> BTreeSet<&str> {
        let schemes = self.facts.iter().filter_map(|fact| match fact {
            Fact::UsesScheme(row) if row.project == project => Some(row.scheme.as_str()),
            _ => None,
        });
        schemes.collect()
    }

    pub(crate) fn holders(&self, permission: &str, at: At<'_>) -> Vec<&Holder> {
        let holders = self.facts.iter().filter_map(|fact| match (fact, at) {
            (Fact::Grant(row), At::Project(project))
                if row.permission == permission && self.schemes(project).contains(row.scheme.as_str()) =>
            {
                Some(&row.holder)
            }
            (Fact::Global(row), At::Site) if row.permission == permission => Some(&row.holder),
            _ => None,
        });
        holders.collect()
    }

    fn level_holders(&self, level: &str) -> Vec<&Holder> {
        let holders = self.facts.iter().filter_map(|fact| match fact {
            Fact::LevelHolder(row) if row.level == level => Some(&row.holder),
            _ => None,
        });
        holders.collect()
    }

    pub(crate) fn had(&self, user: &str, permission: &str, at: At<'_>) -> Had {
        self.best(user, permission, at, &self.holders(permission, at))
    }

    pub(crate) fn best(&self, user: &str, permission: &str, at: At<'_>, holders: &[&Holder]) -> Had {
        let each = holders.iter().map(|holder| self.named(user, permission, at, holder));
        each.max().unwrap_or(Had::No)
    }

    fn named(&self, user: &str, permission: &str, at: At<'_>, holder: &Holder) -> Had {
        let sure = |is_so: bool| if is_so { Had::ForSure } else { Had::No };
        let maybe = |is_so: bool| if is_so { Had::OnACondition } else { Had::No };
        match holder {
            Holder::Anyone => Had::ForSure,
            Holder::LoggedIn => sure(!self.applications(user).is_empty()),
            Holder::AppRole { key } => sure(self.applications(user).contains(key.as_str())),
            Holder::Group { id } => sure(self.groups(user).contains(id.as_str())),
            Holder::User { id } => sure(id == user),
            Holder::ProjectRole { id } => sure(self.facts.iter().any(|fact| match (fact, at) {
                (Fact::RoleActor(row), At::Project(project)) if row.project == project && row.role == *id => {
                    match &row.actor {
                        Actor::User { id } => id == user,
                        Actor::Group { id } => self.groups(user).contains(id.as_str()),
                        Actor::Unresolved { .. } => false,
                    }
                }
                _ => false,
            })),
            Holder::ProjectLead => match at {
                At::Project(project) => {
                    sure(self.project(project).is_some_and(|row| row.lead.as_deref() == Some(user)))
                }
                At::Site => Had::No,
            },
            // Whoever can be assigned, but not because they are the assignee.
            Holder::Assignee if permission == "ASSIGNABLE_USER" => Had::No,
            Holder::Assignee => {
                let mut others = self.holders("ASSIGNABLE_USER", at);
                others.retain(|holder| **holder != Holder::Assignee);
                maybe(self.best(user, permission, at, &others) > Had::No)
            }
            Holder::Reporter | Holder::UserField { .. } => Had::OnACondition,
            Holder::GroupField { .. } => maybe(!self.groups(user).is_empty()),
            Holder::PortalCustomers => {
                let kind = self.user(user).map_or(UserKind::Unknown, |user| user.kind);
                maybe(kind == UserKind::Customer || kind == UserKind::Unknown)
            }
            Holder::Unresolved { .. } => Had::No,
        }
    }

    fn is_read(&self, part: Part, of: Option<&str>) -> bool {
        let rows = |wanted: Option<&str>| -> Vec<Outcome> {
            let rows = self.facts.iter().filter_map(|fact| match fact {
                Fact::Coverage(row) if row.part == part && row.of.as_deref() == wanted => Some(row.outcome),
                _ => None,
            });
            rows.collect()
        };
        let own = of.map(|of| rows(Some(of))).unwrap_or_default();
        let rows = if own.is_empty() { rows(None) } else { own };
        !rows.is_empty() && rows.iter().all(|outcome| *outcome == Outcome::Complete)
    }

    fn group_is_read(&self, group: &str) -> bool {
        self.below(group).iter().all(|group| {
            let is_described =
                self.facts.iter().any(|fact| matches!(fact, Fact::Group(row) if row.id == *group));
            self.is_read(Part::Members, Some(group)) && (is_described || self.is_read(Part::Groups, None))
        })
    }

    pub(crate) fn applications_are_read(&self) -> bool {
        self.is_read(Part::AppRoles, None)
            && self.facts.iter().all(|fact| match fact {
                Fact::AppRole(row) => row.groups.iter().all(|group| self.group_is_read(group)),
                _ => true,
            })
    }

    /// Whether a no can be believed.
    pub(crate) fn is_known(&self, permission: &str, at: At<'_>) -> bool {
        let place = match at {
            At::Site => self.is_read(Part::Globals, Some(permission)),
            At::Project(project) => {
                let schemes = self.schemes(project);
                let one = !schemes.is_empty() || self.is_read(Part::ProjectSchemes, Some(project));
                let each = schemes.iter().all(|scheme| self.is_read(Part::PermissionSchemes, Some(scheme)));
                one && each && !self.may_be_open(project)
            }
        };
        place
            && self.holders(permission, at).iter().all(|holder| self.holder_is_known(permission, at, holder))
    }

    fn may_be_open(&self, project: &str) -> bool {
        let Some(row) = self.project(project) else { return false };
        let schemes = self.schemes(project);
        let lets_all_in = self.facts.iter().any(|fact| match fact {
            Fact::Grant(row) if schemes.contains(row.scheme.as_str()) => {
                matches!(row.holder, Holder::Anyone | Holder::LoggedIn | Holder::AppRole { .. })
            }
            _ => false,
        });
        row.style == ProjectStyle::TeamManaged && row.is_private != Some(true) && !lets_all_in
    }

    fn holder_is_known(&self, permission: &str, at: At<'_>, holder: &Holder) -> bool {
        match holder {
            Holder::Unresolved { .. } => false,
            Holder::Group { id } => self.group_is_read(id),
            Holder::AppRole { key } => {
                self.is_read(Part::AppRoles, Some(key))
                    && self.facts.iter().all(|fact| match fact {
                        Fact::AppRole(row) if row.key == *key => {
                            row.groups.iter().all(|group| self.group_is_read(group))
                        }
                        _ => true,
                    })
            }
            Holder::LoggedIn => self.applications_are_read(),
            Holder::ProjectRole { id } => match at {
                At::Site => true,
                At::Project(project) => {
                    self.is_read(Part::RoleActors, Some(project))
                        && self.facts.iter().all(|fact| match fact {
                            Fact::RoleActor(row) if row.project == project && row.role == *id => {
                                match &row.actor {
                                    Actor::Group { id } => self.group_is_read(id),
                                    _ => true,
                                }
                            }
                            _ => true,
                        })
                }
            },
            Holder::Assignee => permission == "ASSIGNABLE_USER" || self.is_known("ASSIGNABLE_USER", at),
            Holder::GroupField { .. } => self.is_read(Part::Members, None),
            _ => true,
        }
    }

    /// Whether somebody may give something to themselves.
    pub(crate) fn administers(&self, user: &str, permission: &str, at: At<'_>) -> bool {
        let administration = ["ADMINISTER", "SYSTEM_ADMIN"];
        !(matches!(at, At::Site) && administration.contains(&permission))
            && administration.iter().any(|key| self.had(user, key, At::Site) == Had::ForSure)
    }

    /// The word for all of it.
    pub(crate) fn verdict(&self, user: &str, permission: &str, at: At<'_>) -> &'static str {
        match self.had(user, permission, at) {
            Had::ForSure => "definite",
            Had::OnACondition => "conditional",
            Had::No if !self.is_known(permission, at) => "unknown",
            Had::No if self.administers(user, permission, at) => "latent",
            Had::No => "no",
        }
    }

    pub(crate) fn sees(&self, user: &str, level: &str, project: &str) -> &'static str {
        let at = At::Project(project);
        let holders = self.level_holders(level);
        let named = self.best(user, "BROWSE_PROJECTS", at, &holders);
        let level_is_known = self.is_read(Part::LevelHolders, Some(level))
            && holders.iter().all(|holder| self.holder_is_known("BROWSE_PROJECTS", at, holder));
        let browses = self.had(user, "BROWSE_PROJECTS", at);
        let refused =
            browses == Had::No && self.is_known("BROWSE_PROJECTS", at) || named == Had::No && level_is_known;
        match named.min(browses) {
            Had::ForSure => "definite",
            Had::OnACondition => "conditional",
            Had::No if !refused => "unknown",
            Had::No if self.administers(user, "BROWSE_PROJECTS", at) => "latent",
            Had::No => "no",
        }
    }

    /// What stands in the way.
    pub(crate) fn obstacles(&self, user: &str, permission: &str, project: &str) -> BTreeSet<String> {
        let at = At::Project(project);
        let mut found = BTreeSet::new();
        let mut add = |word: &str| found.insert(word.to_owned());
        match self.user(user).map(|user| user.state) {
            None => add("account_missing"),
            Some(UserState::Inactive) => add("account_inactive"),
            Some(UserState::Deleted) => add("account_deleted"),
            Some(UserState::Active) => true,
        };
        let row = self.project(project).unwrap();
        match row.state {
            ProjectState::Live => true,
            ProjectState::Archived => add("project_archived"),
            ProjectState::Deleted => add("project_deleted"),
        };
        if !self.holders(permission, at).contains(&&Holder::Anyone) {
            let applications = self.applications(user);
            let wanted = match row.kind.as_str() {
                "software" => Some("jira-software"),
                "service_desk" => Some("jira-servicedesk"),
                _ => None,
            };
            let is_there = !applications.is_empty() && wanted.is_none_or(|key| applications.contains(key));
            if !is_there && !self.applications_are_read() {
                add("application_unknown");
            } else if applications.is_empty() {
                add("no_application");
            } else if !is_there {
                add("not_this_application");
            }
        }
        if permission != "BROWSE_PROJECTS" {
            match self.verdict(user, "BROWSE_PROJECTS", at) {
                "definite" => true,
                "conditional" => add("browse_conditional"),
                "unknown" => add("browse_unknown"),
                _ => add("cannot_browse"),
            };
        }
        found
    }
}
