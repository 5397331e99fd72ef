//! What somebody can do, in every project and everywhere. What a scheme gives in every project alike is worked out once for
//! the scheme, so the answer costs a look at each project, not at each permission of each.

use crate::{
    answer::{Obstacle, Unknown, Verdict},
    graph::{Graph, Held, Kind, Lookup},
    question::{ADMINISTRATION, ASSIGNABLE, BROWSE, Place, Spot},
    set::Set,
    subject::{Principal, PrincipalName, Reach, RoleReach, Subject},
    usable::application_of,
};
use foldhash::{HashMap, HashMapExt};
use serde::Serialize;
use weir_model::access::{Part, PermissionKind, ProjectState, UserState};

/// What somebody can do. [`What::projects`] and [`What::everywhere`] tell it.
#[derive(Clone, Debug)]
pub struct What<'g> {
    graph: &'g Graph,
    /// Who.
    pub principal: PrincipalName,
    /// Whether they may give themselves what they do not have.
    pub is_administrator: bool,
    /// What is not known of that.
    pub latent_unknown: Vec<Unknown>,
    /// Why they cannot use anything.
    pub obstacles: Vec<Obstacle>,
    pub(crate) projects: Vec<Allowed>,
    pub(crate) globals: Allowed,
    applications: Option<(Set, bool)>,
}

/// Permissions in numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Allowed {
    pub(crate) definite: Set,
    pub(crate) conditional: Set,
    pub(crate) unknown: Set,
    /// What everybody can do, also without an application.
    open: Set,
}

/// What somebody can do in one project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProjectAccess {
    /// The project's id.
    pub id: String,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What is had or cannot be said, in the order of keys.
    pub permissions: Vec<PermissionAccess>,
}

/// One permission that somebody has, or may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PermissionAccess {
    /// Its key.
    pub permission: String,
    /// Whether they have it: definite, conditional or unknown.
    pub verdict: Verdict,
    /// Why it cannot be used all the same, besides what [`What::obstacles`] says.
    pub obstacles: Vec<Obstacle>,
}

/// What a scheme gives in every project that has it, and what depends on the project.
#[derive(Debug)]
struct SchemeView {
    allowed: Allowed,
    roles: Vec<(u32, u32)>,
    lead: Vec<u32>,
    assignee: Vec<u32>,
}

impl Graph {
    /// What somebody can do.
    pub fn what(&self, principal: Principal<'_>) -> Result<What<'_>, Lookup> {
        let (subject, name) = self.subject(principal)?;
        Ok(self.what_of(&subject, name))
    }

    pub(crate) fn what_of(&self, subject: &Subject, principal: PrincipalName) -> What<'_> {
        let mut views: HashMap<u32, SchemeView> = HashMap::new();
        let projects = (0..self.count(Kind::Project) as u32).map(|project| {
            for scheme in self.wires.schemes.of(project) {
                views.entry(*scheme).or_insert_with(|| self.scheme_view(*scheme, subject));
            }
            self.allowed_in(project, subject, &views)
        });
        let projects = projects.collect();
        let globals = self.allowed_everywhere(subject);
        let administers = |key: &&str| globals.definite.contains(self.known_permission(key));
        let latent_unknown =
            ADMINISTRATION.iter().flat_map(|key| self.unknowns(self.known_permission(key), Spot::Everywhere));
        let mut latent_unknown: Vec<Unknown> = latent_unknown.collect();
        latent_unknown.sort_unstable();
        latent_unknown.dedup();
        let state = subject.user.map(|user| self.about.users[user as usize].as_ref().map(|user| user.state));
        let obstacle = match state {
            None | Some(Some(UserState::Active)) => None,
            Some(Some(UserState::Inactive)) => Some(Obstacle::AccountInactive),
            Some(Some(UserState::Deleted)) => Some(Obstacle::AccountDeleted),
            Some(None) => Some(Obstacle::AccountMissing),
        };
        What {
            graph: self,
            principal,
            is_administrator: ADMINISTRATION.iter().any(administers),
            latent_unknown,
            obstacles: obstacle.into_iter().collect(),
            projects,
            globals,
            applications: subject.user.map(|_| (subject.app_roles.clone(), !self.login_gaps().is_empty())),
        }
    }

    fn nothing(&self) -> Allowed {
        let none = || Set::empty(self.count(Kind::Permission));
        Allowed { definite: none(), conditional: none(), unknown: none(), open: none() }
    }

    fn scheme_view(&self, scheme: u32, subject: &Subject) -> SchemeView {
        let mut view =
            SchemeView { allowed: self.nothing(), roles: Vec::new(), lead: Vec::new(), assignee: Vec::new() };
        for row in self.wires.grants.of(scheme) {
            let permission = row.permission;
            match self.reach(row.held, subject) {
                Some(Reach::Yes) => {
                    view.allowed.definite.insert(permission);
                }
                Some(Reach::If) => {
                    view.allowed.conditional.insert(permission);
                }
                Some(Reach::No) => {}
                None => match row.held {
                    Held::Role(role) => view.roles.push((role, permission)),
                    Held::Lead => view.lead.push(permission),
                    _ => view.assignee.push(permission),
                },
            }
            if row.held == Held::Anyone {
                view.allowed.open.insert(permission);
            }
            if self.may_name(row.held, subject) {
                view.allowed.unknown.insert(permission);
            }
        }
        view.roles.sort_unstable();
        view
    }

    /// Whether a holder that means the same in every project may name somebody for what is known.
    fn may_name(&self, held: Held, subject: &Subject) -> bool {
        match held {
            Held::Strange(_) => true,
            Held::Group(group) => subject.may_be_in_groups && self.unread.contains(group),
            Held::AppRole(role) => subject.may_be_in_groups && !self.app_role_gaps(role).is_empty(),
            Held::LoggedIn => subject.may_be_in_groups && !self.login_gaps().is_empty(),
            Held::GroupField(_) => subject.user.is_some() && self.covered.has_gap(Part::Members, None),
            _ => false,
        }
    }

    fn allowed_in(&self, project: u32, subject: &Subject, views: &HashMap<u32, SchemeView>) -> Allowed {
        let mut found = self.nothing();
        let mut unknown_place = Vec::new();
        self.place_unknowns(project, &mut unknown_place);
        let actors_unread = subject.may_be_in_groups
            && self.covered.has_gap(Part::RoleActors, Some(self.id(Kind::Project, project)));
        let mut roles: Vec<(u32, RoleReach)> = Vec::new();
        self.roles_in(project, subject, |role, reach| roles.push((role, reach)));
        let leads = subject.user.is_some_and(|user| self.wires.leads.of(project).contains(&user));
        let schemes = self.wires.schemes.of(project).iter().filter_map(|scheme| views.get(scheme));
        for view in schemes.clone() {
            found.definite.add(&view.allowed.definite);
            found.conditional.add(&view.allowed.conditional);
            found.unknown.add(&view.allowed.unknown);
            found.open.add(&view.allowed.open);
            if actors_unread {
                found.unknown.extend(view.roles.iter().map(|(_, permission)| *permission));
            }
            for (role, reach) in &roles {
                let given = view.roles.iter().filter(|(of, _)| of == role).map(|(_, permission)| *permission);
                match reach {
                    RoleReach::Has => found.definite.extend(given),
                    RoleReach::MayHave => found.unknown.extend(given),
                }
            }
            if leads {
                found.definite.extend(view.lead.iter().copied());
            }
        }
        let assignable = self.known_permission(ASSIGNABLE);
        let is_assignable = subject.user.is_some()
            && (found.definite.contains(assignable) || found.conditional.contains(assignable));
        let may_be_assignable = found.unknown.contains(assignable);
        for view in schemes {
            let given = view.assignee.iter().copied().filter(|permission| *permission != assignable);
            if is_assignable {
                found.conditional.extend(given.clone());
            }
            if may_be_assignable {
                found.unknown.extend(given);
            }
        }
        if !unknown_place.is_empty() {
            found.unknown.extend(self.permissions_of(PermissionKind::Project));
        }
        found.settle();
        found
    }

    fn allowed_everywhere(&self, subject: &Subject) -> Allowed {
        let mut found = self.nothing();
        for (permission, row) in self.wires.globals.pairs() {
            match self.reach(row.held, subject) {
                Some(Reach::Yes) => {
                    found.definite.insert(permission);
                }
                Some(Reach::If) => {
                    found.conditional.insert(permission);
                }
                _ => {}
            }
            if self.may_name(row.held, subject) {
                found.unknown.insert(permission);
            }
        }
        found.unknown.extend(self.permissions_of(PermissionKind::Global).filter(|permission| {
            self.covered.has_gap(Part::Globals, Some(self.id(Kind::Permission, *permission)))
        }));
        found.settle();
        found
    }

    /// The permissions that count in a place of this kind, with those of which nothing says where they count.
    pub(crate) fn permissions_of(&self, kind: PermissionKind) -> impl Iterator<Item = u32> + '_ {
        let rows = self.about.permissions.iter().enumerate();
        rows.filter(move |(number, row)| match row {
            Some(row) => row.kind == kind,
            None => {
                let is_global = ADMINISTRATION.contains(&self.id(Kind::Permission, *number as u32))
                    || !self.wires.globals.of(*number as u32).is_empty();
                is_global == (kind == PermissionKind::Global)
            }
        })
        .map(|(number, _)| number as u32)
    }
}

impl Allowed {
    fn settle(&mut self) {
        self.conditional.subtract(&self.definite);
        self.unknown.subtract(&self.definite);
        self.unknown.subtract(&self.conditional);
    }

    pub(crate) fn verdict(&self, permission: u32) -> Option<Verdict> {
        if self.definite.contains(permission) {
            Some(Verdict::Definite)
        } else if self.conditional.contains(permission) {
            Some(Verdict::Conditional)
        } else {
            self.unknown.contains(permission).then_some(Verdict::Unknown)
        }
    }

    fn all(&self) -> Set {
        let mut all = self.definite.clone();
        all.add(&self.conditional);
        all.add(&self.unknown);
        all
    }
}

impl What<'_> {
    /// Whether they have a permission somewhere.
    pub fn verdict(&self, permission: &str, place: Place<'_>) -> Result<Verdict, Lookup> {
        let permission = self.graph.find_permission(permission)?;
        let spot = self.graph.spot(place)?;
        let allowed = match spot {
            Spot::Project(project) => &self.projects[project as usize],
            Spot::Everywhere => &self.globals,
        };
        let is_latent = || self.is_administrator && !self.graph.administration(permission, spot).is_empty();
        let otherwise = || if is_latent() { Verdict::Latent } else { Verdict::No };
        Ok(allowed.verdict(permission).unwrap_or_else(otherwise))
    }

    /// How many permissions in how many projects are had, for sure or on a condition.
    pub fn counts(&self) -> (usize, usize) {
        let had = self.projects.iter().map(|allowed| allowed.definite.len() + allowed.conditional.len());
        had.fold((0, 0), |(cells, projects), had| (cells + had, projects + usize::from(had > 0)))
    }

    /// What is had, or cannot be said, in each project, in the order of ids; projects with nothing of either are left out.
    pub fn projects(&self) -> impl Iterator<Item = ProjectAccess> + '_ {
        self.projects.iter().enumerate().filter_map(|(number, allowed)| {
            let all = allowed.all();
            (!all.is_empty()).then(|| self.in_project(number as u32, allowed, &all))
        })
    }

    /// What is had, or cannot be said, everywhere.
    pub fn everywhere(&self) -> Vec<PermissionAccess> {
        let row = |permission: u32| {
            let verdict = self.globals.verdict(permission)?;
            let permission = self.graph.id(Kind::Permission, permission).to_owned();
            Some(PermissionAccess { permission, verdict, obstacles: self.application_obstacle(None) })
        };
        self.globals.all().iter().filter_map(row).collect()
    }

    fn in_project(&self, number: u32, allowed: &Allowed, all: &Set) -> ProjectAccess {
        let graph = self.graph;
        let row = graph.about.projects[number as usize].as_ref();
        let application = self.application_obstacle(row.and_then(|row| application_of(&row.kind)));
        let of_project = row.and_then(|row| match row.state {
            ProjectState::Live => None,
            ProjectState::Archived => Some(Obstacle::ProjectArchived),
            ProjectState::Deleted => Some(Obstacle::ProjectDeleted),
        });
        let browse = graph.known_permission(BROWSE);
        let no_browse = match allowed.verdict(browse) {
            _ if self.applications.is_none() => None,
            Some(Verdict::Definite) => None,
            Some(Verdict::Conditional) => Some(Obstacle::BrowseConditional),
            Some(_) => Some(Obstacle::BrowseUnknown),
            None => Some(Obstacle::CannotBrowse),
        };
        let permissions = all.iter().filter_map(|permission| {
            let open = allowed.open.contains(permission);
            let mut obstacles = if open { Vec::new() } else { application.clone() };
            obstacles.extend(of_project.clone());
            obstacles.extend(no_browse.clone().filter(|_| permission != browse));
            let verdict = allowed.verdict(permission)?;
            let permission = graph.id(Kind::Permission, permission).to_owned();
            Some(PermissionAccess { permission, verdict, obstacles })
        });
        ProjectAccess {
            id: graph.id(Kind::Project, number).to_owned(),
            key: graph.name(Kind::Project, number).to_owned(),
            name: row.map(|row| row.name.clone()).unwrap_or_default(),
            permissions: permissions.collect(),
        }
    }

    fn application_obstacle(&self, key: Option<&str>) -> Vec<Obstacle> {
        let Some((app_roles, is_unknown)) = &self.applications else { return Vec::new() };
        let has_this = key.is_none_or(|key| {
            let role = self.graph.names[Kind::AppRole].find(key);
            role.is_some_and(|role| app_roles.contains(role))
        });
        let obstacle = match (app_roles.is_empty(), has_this, key) {
            (false, true, _) => None,
            _ if *is_unknown => Some(Obstacle::ApplicationUnknown),
            (true, ..) => Some(Obstacle::NoApplication),
            (false, false, Some(key)) => Some(Obstacle::NotThisApplication { key: key.to_owned() }),
            _ => None,
        };
        obstacle.into_iter().collect()
    }
}
