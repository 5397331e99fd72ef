//! Somebody or some group, and what names them: the question from the other side.

use crate::{
    graph::{Graph, Held, Kind, Lookup, Player},
    set::Set,
};
use serde::Serialize;

/// Whom a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Principal<'a> {
    /// An account, by id, login, e-mail or name.
    User(&'a str),
    /// A group, by id or name: what it gives to its members.
    Group(&'a str),
    /// Somebody who is not signed in.
    Anonymous,
    /// Anybody who may use any application: what that gives.
    LoggedIn,
}

/// Whom an answer is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PrincipalName {
    /// An account.
    User {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
    },
    /// A group.
    Group {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
    },
    /// Somebody who is not signed in.
    Anonymous,
    /// Anybody who may use any application.
    LoggedIn,
}

/// How a holder names a subject.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Reach {
    No,
    If,
    Yes,
}

#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) user: Option<u32>,
    pub(crate) groups: Set,
    pub(crate) app_roles: Set,
    pub(crate) is_anybody: bool,
    pub(crate) is_logged_in: bool,
    /// Whether what is not known of groups may concern it.
    pub(crate) may_be_in_groups: bool,
}

impl Graph {
    pub(crate) fn subject(&self, principal: Principal<'_>) -> Result<(Subject, PrincipalName), Lookup> {
        Ok(match principal {
            Principal::User(asked) => {
                let user = self.find_user(asked)?;
                (self.subject_of_user(user), self.principal_name(Kind::User, user))
            }
            Principal::Group(asked) => {
                let group = self.find_group(asked)?;
                let subject = self.subject_in(None, self.above([group]), false);
                (subject, self.principal_name(Kind::Group, group))
            }
            Principal::Anonymous => (self.pseudo(false), PrincipalName::Anonymous),
            Principal::LoggedIn => (self.pseudo(true), PrincipalName::LoggedIn),
        })
    }

    pub(crate) fn principal_name(&self, kind: Kind, number: u32) -> PrincipalName {
        let (id, name) = (self.id(kind, number).to_owned(), self.name(kind, number).to_owned());
        match kind {
            Kind::User => PrincipalName::User { id, name },
            _ => PrincipalName::Group { id, name },
        }
    }

    pub(crate) fn subject_of_user(&self, user: u32) -> Subject {
        self.subject_in(Some(user), self.groups_of(user), true)
    }

    fn subject_in(&self, user: Option<u32>, groups: Set, is_anybody: bool) -> Subject {
        let mut app_roles = Set::empty(self.count(Kind::AppRole));
        let roles = 0..self.count(Kind::AppRole) as u32;
        app_roles.extend(
            roles.filter(|role| self.wires.opens.of(*role).iter().any(|group| groups.contains(*group))),
        );
        let is_logged_in = !app_roles.is_empty();
        Subject { user, groups, app_roles, is_anybody, is_logged_in, may_be_in_groups: true }
    }

    fn pseudo(&self, is_logged_in: bool) -> Subject {
        Subject {
            user: None,
            groups: Set::empty(self.count(Kind::Group)),
            app_roles: Set::empty(self.count(Kind::AppRole)),
            is_anybody: true,
            is_logged_in,
            may_be_in_groups: false,
        }
    }

    /// How a holder that means the same in every project names somebody; None where it depends on the project.
    pub(crate) fn reach(&self, held: Held, of: &Subject) -> Option<Reach> {
        let yes = |is_so: bool| if is_so { Reach::Yes } else { Reach::No };
        let on = |is_so: bool| if is_so { Reach::If } else { Reach::No };
        Some(match held {
            Held::Anyone => yes(of.is_anybody),
            Held::LoggedIn => yes(of.is_logged_in),
            Held::AppRole(role) => yes(of.app_roles.contains(role)),
            Held::Group(group) => yes(of.groups.contains(group)),
            Held::User(user) => yes(of.user == Some(user)),
            Held::Reporter | Held::UserField(_) => on(of.user.is_some()),
            Held::GroupField(_) => on(of.user.is_some_and(|user| !self.wires.seats.of(user).is_empty())),
            Held::Portal => on(of.user.is_some_and(|user| self.may_be_customer(user))),
            Held::Strange(_) => Reach::No,
            Held::Role(_) | Held::Lead | Held::Assignee => return None,
        })
    }

    /// The roles that somebody has in a project, with those that they may have for what is known.
    pub(crate) fn roles_in(&self, project: u32, of: &Subject, mut found: impl FnMut(u32, RoleReach)) {
        for (role, player) in self.wires.actors.of(project) {
            match *player {
                Player::User(user) if of.user == Some(user) => found(*role, RoleReach::Has),
                Player::Group(group) if of.groups.contains(group) => found(*role, RoleReach::Has),
                Player::Group(group) if of.may_be_in_groups && self.unread.contains(group) => {
                    found(*role, RoleReach::MayHave);
                }
                _ => {}
            }
        }
    }
}

/// Whether somebody has a role.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RoleReach {
    Has,
    MayHave,
}
