//! Who may do what, worked out by looking at every way one after the other, for one user at a time and without any index: slow,
//! and easy to believe.

use super::{Access, Holder, Project, UserKind, Who};
use crate::world::project::State;

/// Why somebody has a permission in a project.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    /// By a holder that does not depend on the issue.
    pub(crate) definite: bool,
    /// For at least one issue, by what stands in it.
    pub(crate) conditional: bool,
    /// A holder is of a kind that nobody knows.
    pub(crate) unresolved: bool,
}

impl Answer {
    /// What `permissions/check` says: true if it holds for any issue.
    pub(crate) fn is_yes(self) -> bool {
        self.definite || self.conditional
    }
}

impl Access {
    /// Whether the group names the user, itself or by the groups in it.
    pub(crate) fn is_member(&self, user: u32, group: u32) -> bool {
        let group = &self.groups[group as usize];
        !group.gone
            && (group.members.binary_search(&user).is_ok()
                || group.children.iter().any(|child| self.is_member(user, *child)))
    }

    /// The members of a group and of those in it, in order.
    pub(crate) fn members(&self, group: u32) -> Vec<u32> {
        let mut all = Vec::new();
        self.collect(group, &mut all);
        all.sort_unstable();
        all.dedup();
        all
    }

    fn collect(&self, group: u32, all: &mut Vec<u32>) {
        let group = &self.groups[group as usize];
        if !group.gone {
            all.extend(&group.members);
            group.children.iter().for_each(|child| self.collect(*child, all));
        }
    }

    /// The groups that a user is in.
    pub(crate) fn groups_of(&self, user: u32) -> Vec<u32> {
        self.present_groups().map(|(at, _)| at).filter(|at| self.is_member(user, *at)).collect()
    }

    /// Whether the user may use an application, or any.
    pub(crate) fn uses(&self, user: u32, key: Option<&str>) -> bool {
        let roles = self.app_roles.iter().filter(|role| key.is_none_or(|key| key == role.key));
        roles.flat_map(|role| &role.groups).any(|group| self.is_member(user, *group))
    }

    /// Whether the user may sign in.
    pub(crate) fn is_active(&self, user: u32) -> bool {
        let user = &self.users[user as usize];
        user.active && !user.deleted
    }

    /// Whether the user has a permission that counts everywhere.
    pub(crate) fn has_global(&self, user: u32, permission: &str) -> bool {
        let held = self.globals.iter().filter(|(key, _)| *key == permission).flat_map(|(_, groups)| groups);
        self.is_active(user) && { held }.any(|group| self.is_member(user, *group))
    }

    /// What the user has of a permission in a project, which nobody has in one that was put away.
    pub(crate) fn has(&self, user: u32, permission: &str, project: u32) -> Answer {
        let mut answer = Answer::default();
        let place = &self.projects[project as usize];
        if !self.is_active(user) || place.state != State::Live {
            return answer;
        }
        let scheme = &self.schemes[place.scheme as usize];
        for grant in scheme.grants.iter().filter(|grant| grant.permission == permission) {
            match grant.holder {
                Holder::Reporter | Holder::Assignee | Holder::UserField(_) | Holder::GroupField(_) => {
                    answer.conditional |= self.stands_in(user, place, &grant.holder)
                }
                Holder::Odd(..) => answer.unresolved = true,
                _ => answer.definite |= self.is_held(user, place, &grant.holder),
            }
        }
        answer
    }

    /// Whether anybody at all has a permission in a project, signed in or not.
    pub(crate) fn is_public(&self, permission: &str, project: u32) -> bool {
        let place = &self.projects[project as usize];
        let mut grants = self.schemes[place.scheme as usize].grants.iter();
        place.state == State::Live
            && grants.any(|grant| grant.permission == permission && grant.holder == Holder::Anyone)
    }

    fn is_held(&self, user: u32, place: &Project, holder: &Holder) -> bool {
        match holder {
            Holder::Anyone => true,
            Holder::AppRole(key) => self.uses(user, key.as_deref()),
            Holder::Group(group) => self.is_member(user, *group),
            Holder::User(named) => *named == user,
            Holder::ProjectLead => place.lead == Some(user),
            Holder::Role(role) => self.has_role(user, place, *role),
            // Customers have it in the portal, of which this API knows nothing; whoever is gone has nothing.
            _ => false,
        }
    }

    /// Whether a role of a project names the user.
    fn has_role(&self, user: u32, place: &Project, role: u32) -> bool {
        let actors = place.roles.iter().filter(|(id, _)| *id == role).flat_map(|(_, actors)| actors);
        { actors }.any(|actor| match &actor.who {
            Who::User(named) => *named == user,
            Who::Group(group) => self.is_member(user, *group),
            Who::Unknown | Who::GoneGroup(..) => false,
        })
    }

    fn stands_in(&self, user: u32, place: &Project, holder: &Holder) -> bool {
        match holder {
            Holder::Reporter => place.cast.reporters.contains(&user),
            Holder::Assignee => place.cast.assignees.contains(&user),
            Holder::UserField(_) => place.cast.people.contains(&user),
            Holder::GroupField(_) => place.cast.groups.iter().any(|group| self.is_member(user, *group)),
            _ => false,
        }
    }

    /// Whether the user takes a seat of an application.
    pub(crate) fn takes_a_seat(&self, user: u32, key: &str) -> bool {
        let is_person = matches!(self.users[user as usize].kind, UserKind::Person | UserKind::Unknown);
        is_person && self.is_active(user) && self.uses(user, Some(key))
    }
}
