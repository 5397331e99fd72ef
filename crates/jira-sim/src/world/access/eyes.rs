//! What an account may look at, from what it may do, less what a switch has taken away.

use super::{Access, Project};
use crate::world::{Account, World};

/// An account in front of the access of a site.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Eyes<'a> {
    pub(crate) world: &'a World,
    pub(crate) access: &'a Access,
    pub(crate) account: &'a Account,
    /// Permissions that were taken away from everybody who asks.
    pub(crate) without: &'a [String],
}

impl<'a> Eyes<'a> {
    /// The account's user; none for nobody.
    pub(crate) fn user(&self) -> Option<u32> {
        ((self.account.person as usize) < self.access.users.len()).then_some(self.account.person)
    }

    fn is_left(&self, permission: &str) -> bool {
        !self.without.iter().any(|taken| taken == permission)
    }

    /// Whether a permission that counts everywhere is held.
    pub(crate) fn global(&self, permission: &str) -> bool {
        let held = |user| self.access.has_global(user, permission);
        self.is_left(permission) && self.user().is_some_and(held)
    }

    pub(crate) fn is_admin(&self) -> bool {
        self.global("ADMINISTER")
    }

    /// A member of `site-admins`, or on Data Center of those who administer the system.
    pub(crate) fn is_site_admin(&self) -> bool {
        self.is_left("site-admin") && self.global("SYSTEM_ADMIN")
    }

    pub(crate) fn browses_users(&self) -> bool {
        self.global("USER_PICKER")
    }

    /// Whether the account may change a project's configuration.
    pub(crate) fn administers(&self, project: u32) -> bool {
        self.is_admin() || self.may("ADMINISTER_PROJECTS", project)
    }

    /// Whether a project's permission is held there.
    pub(crate) fn may(&self, permission: &str, project: u32) -> bool {
        let held = match self.user() {
            Some(user) => self.access.has(user, permission, project).is_yes(),
            None => self.access.is_public(permission, project),
        };
        self.is_left(permission) && held
    }

    /// Whether the project is listed: by *Browse Projects*, *Administer Projects*, or *Administer Jira*. What lies in the bin
    /// or in the archive only administrators see; projects with issues are as the issues have them.
    pub(crate) fn sees(&self, project: u32) -> bool {
        let of_issues =
            || self.access.is_of_issues(project) && self.world.browses(self.account, project as u16);
        self.administers(project) || self.may("BROWSE_PROJECTS", project) || of_issues()
    }

    /// The projects that are listed, in the order of their keys.
    pub(crate) fn projects(&self) -> Vec<(u32, &'a Project)> {
        let all = (0..).zip(&self.access.projects).map(|(at, project)| (at, &**project));
        let mut seen: Vec<_> = all.filter(|(at, _)| self.sees(*at)).collect();
        seen.sort_by(|(_, one), (_, other)| one.key.cmp(&other.key));
        seen
    }
}
