//! Who can do what on a site: accounts, groups, roles, permission and security schemes, and what is allowed everywhere. It is
//! made apart from the issues and needs none; the people, groups and projects of the issues come first in it.

pub(crate) mod can;
pub(crate) mod change;
mod draw;
pub(crate) mod eyes;
pub(crate) mod keys;
mod people;
mod places;
mod schemes;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::Value;

pub(crate) use schemes::{GROUP_FIELD, USER_FIELD};

use super::people::Person;
use super::project::{self, State};
use super::{World, WorldSpec};

/// How much of it there is. The accounts, groups and projects of the issues are among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessSpec {
    /// Accounts, of every kind.
    pub users: usize,
    /// Groups.
    pub groups: usize,
    /// Projects, in every state.
    pub projects: usize,
}

impl Default for AccessSpec {
    fn default() -> Self {
        AccessSpec { users: 300, groups: 40, projects: 60 }
    }
}

impl AccessSpec {
    /// What a text such as `users=10000,projects=2000,groups=500` says; what is left out is as usual.
    ///
    /// # Errors
    /// A sentence, when it says anything else.
    pub fn parse(text: &str) -> Result<AccessSpec, String> {
        let mut spec = AccessSpec::default();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (name, number) = part.split_once('=').unwrap_or((part, ""));
            let number = number.parse().map_err(|_| format!("'{part}' is not NAME=NUMBER"))?;
            match name {
                "users" => spec.users = number,
                "groups" => spec.groups = number,
                "projects" => spec.projects = number,
                _ => return Err(format!("there is no '{name}'; there are users, groups, projects")),
            }
        }
        Ok(spec)
    }
}

/// What stands behind an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UserKind {
    Person,
    App,
    Service,
    Agent,
    Customer,
    Unknown,
}

impl UserKind {
    pub(crate) fn account_type(self) -> &'static str {
        match self {
            UserKind::Person => "atlassian",
            UserKind::App | UserKind::Service | UserKind::Agent => "app",
            UserKind::Customer => "customer",
            UserKind::Unknown => "unknown",
        }
    }

    /// `appType`, which tells what stands behind an account of the type `app`.
    pub(crate) fn app_type(self) -> Option<&'static str> {
        match self {
            UserKind::App => Some("unknown"),
            UserKind::Service => Some("service"),
            UserKind::Agent => Some("agent"),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct User {
    /// Account id, or user key of Data Center.
    pub(crate) id: String,
    /// The login of Data Center.
    pub(crate) login: String,
    pub(crate) name: Option<String>,
    /// What the profile shows.
    pub(crate) email: Option<String>,
    /// What the organisation knows.
    pub(crate) address: Option<String>,
    pub(crate) kind: UserKind,
    pub(crate) active: bool,
    /// Closed, or on Data Center removed from the directory.
    pub(crate) deleted: bool,
    pub(crate) guest: bool,
    pub(crate) managed: bool,
    pub(crate) second_factor: bool,
    /// Provisioned from an identity provider.
    pub(crate) synced: bool,
    pub(crate) since: i64,
    pub(crate) last_active: Option<i64>,
    pub(crate) zone: String,
    /// Whether the listings show it.
    pub(crate) listed: bool,
    pub(crate) properties: BTreeMap<String, Value>,
}

#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// A UUID; on Data Center the name.
    pub(crate) id: String,
    pub(crate) name: String,
    /// Those that it names itself, in order.
    pub(crate) members: Vec<u32>,
    /// The groups in it, on Data Center; they come later in the list, so that there is no cycle.
    pub(crate) children: Vec<u32>,
    /// A directory outside changes its members.
    pub(crate) external: bool,
    /// It was deleted.
    pub(crate) gone: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Role {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) description: String,
    /// The one project that has it.
    pub(crate) scope: Option<u32>,
    /// What new projects begin with; it gives nobody anything.
    pub(crate) defaults: Vec<Who>,
    /// The role of apps, which people do not manage.
    pub(crate) is_system: bool,
}

/// Whom a role names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Who {
    User(u32),
    Group(u32),
    /// An account that the site cannot tell any more.
    Unknown,
    /// A group that is gone; id and name.
    GoneGroup(String, String),
}

#[derive(Debug, Clone)]
pub(crate) struct Actor {
    pub(crate) id: u32,
    pub(crate) who: Who,
}

/// How far a team-managed project is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Open,
    Limited,
    Private,
}

/// Who stands in the issues of a project, for holders that depend on the issue.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cast {
    pub(crate) reporters: Vec<u32>,
    pub(crate) assignees: Vec<u32>,
    /// By the fields that name people.
    pub(crate) people: Vec<u32>,
    /// By the fields that name groups.
    pub(crate) groups: Vec<u32>,
}

#[derive(Debug, Clone)]
pub(crate) struct Project {
    pub(crate) id: u32,
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    /// How far it is open, where it is team-managed.
    pub(crate) level: Option<Level>,
    pub(crate) category: Option<u8>,
    pub(crate) lead: Option<u32>,
    pub(crate) state: State,
    /// Position of its permission scheme.
    pub(crate) scheme: u32,
    /// Position of its security scheme.
    pub(crate) security: Option<u32>,
    /// The roles that it has, by id, and who has them.
    pub(crate) roles: Vec<(u32, Vec<Actor>)>,
    pub(crate) cast: Cast,
}

/// Whom a scheme names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Holder {
    Anyone,
    /// An application's key; none for everybody who is signed in.
    AppRole(Option<String>),
    Assignee,
    Group(u32),
    /// A group that is gone; its id, or name on Data Center.
    GoneGroup(String),
    GroupField(String),
    ProjectLead,
    Role(u32),
    Reporter,
    Portal,
    User(u32),
    /// An account that is gone.
    GoneUser(String),
    UserField(String),
    /// A kind that no document knows, and its parameter.
    Odd(String, String),
}

#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) id: u32,
    pub(crate) permission: String,
    pub(crate) holder: Holder,
}

#[derive(Debug, Clone)]
pub(crate) struct Scheme {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) description: String,
    /// The team-managed project whose own it is.
    pub(crate) scope: Option<u32>,
    pub(crate) grants: Vec<Grant>,
}

#[derive(Debug, Clone)]
pub(crate) struct SecurityLevel {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) description: String,
    /// Id of each row, and whom it names.
    pub(crate) members: Vec<(u32, Holder)>,
}

#[derive(Debug, Clone)]
pub(crate) struct SecurityScheme {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) default: Option<u32>,
    pub(crate) levels: Vec<SecurityLevel>,
}

#[derive(Debug, Clone)]
pub(crate) struct AppRole {
    pub(crate) key: &'static str,
    pub(crate) name: &'static str,
    pub(crate) groups: Vec<u32>,
    pub(crate) defaults: Vec<u32>,
    /// None for no limit.
    pub(crate) seats: Option<u32>,
}

/// The last numbers that were given out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Numbers {
    pub(crate) actor: u32,
    pub(crate) grant: u32,
    pub(crate) level_member: u32,
    pub(crate) record: u32,
}

/// A kind of thing, its id and its name, as audit records tell them.
pub(crate) type Item = (&'static str, String, String);

/// What was changed, when, and by whom.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) id: u32,
    pub(crate) at: i64,
    pub(crate) author: Option<u32>,
    pub(crate) category: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) object: Item,
    pub(crate) associated: Vec<Item>,
    /// Field, from, to.
    pub(crate) changes: Vec<(&'static str, String, String)>,
}

/// Everything about access. A clone shares what is not changed.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) is_dc: bool,
    pub(crate) org: String,
    pub(crate) directory: String,
    pub(crate) users: Arc<Vec<User>>,
    pub(crate) user_ids: Arc<HashMap<String, u32>>,
    pub(crate) groups: Vec<Arc<Group>>,
    pub(crate) roles: Arc<Vec<Role>>,
    pub(crate) projects: Vec<Arc<Project>>,
    pub(crate) schemes: Vec<Arc<Scheme>>,
    pub(crate) securities: Arc<Vec<SecurityScheme>>,
    pub(crate) app_roles: Arc<Vec<AppRole>>,
    /// What is allowed everywhere, and to which groups.
    pub(crate) globals: Arc<Vec<(&'static str, Vec<u32>)>>,
    pub(crate) records: Arc<Vec<Record>>,
    pub(crate) numbers: Numbers,
    /// How many projects are those of the issues.
    shared: usize,
}

impl Access {
    /// Makes what the spec of a world asks for, around the people, groups and projects of its issues.
    pub(super) fn generate(spec: &WorldSpec, wanted: AccessSpec, world: &World) -> Access {
        let users = people::users(spec, wanted, &world.people, &world.accounts);
        let groups = people::groups(spec, wanted, &users, &world.groups);
        let mut numbers = Numbers { actor: 10_200, grant: 10_500, level_member: 10_000, record: 0 };
        let app_roles = schemes::app_roles(spec, &groups);
        let globals = schemes::globals(spec, &groups);
        let mut roles = places::roles(&world.roles, &groups);
        let mut all = schemes::permission_schemes(spec, wanted, &users, &groups, &mut numbers);
        let securities = schemes::security_schemes(spec, &users, &groups, &mut numbers);
        let mut made = places::Made { roles: &mut roles, schemes: &mut all, numbers: &mut numbers };
        let projects = places::projects(spec, wanted, world, (&users, &groups, securities.len()), &mut made);
        let mut rng = crate::rng::Rng::new(spec.seed, 3900);
        let ids = users.iter().enumerate().map(|(at, user)| (user.id.clone(), at as u32));
        let mut access = Access {
            is_dc: spec.flavor.is_dc(),
            org: super::people::uuid(&mut rng),
            directory: super::people::uuid(&mut rng),
            user_ids: Arc::new(ids.collect()),
            users: Arc::new(users),
            groups: groups.into_iter().map(Arc::new).collect(),
            roles: Arc::new(roles),
            projects: projects.into_iter().map(Arc::new).collect(),
            schemes: all.into_iter().map(Arc::new).collect(),
            securities: Arc::new(securities),
            app_roles: Arc::new(app_roles),
            globals: Arc::new(globals),
            records: Arc::default(),
            numbers,
            shared: world.projects.len(),
        };
        change::history(&mut access, spec);
        access
    }

    /// Takes over what was edited of the people of the issues.
    pub(super) fn follow_people(&mut self, before: &[Person], people: &[Person]) {
        for (at, (was, is)) in before.iter().zip(people).enumerate() {
            if (&was.name, &was.email, was.active) != (&is.name, &is.email, is.active) {
                let user = &mut Arc::make_mut(&mut self.users)[at];
                user.name.clone_from(&is.name);
                user.email.clone_from(&is.email);
                user.active = is.active;
            }
        }
    }

    /// Takes over what was edited of the projects of the issues.
    pub(super) fn follow_projects(&mut self, before: &[project::Project], projects: &[project::Project]) {
        for (at, (was, is)) in before.iter().zip(projects).enumerate() {
            if (&was.name, &was.key, was.state) != (&is.name, &is.key, is.state) {
                let known = Arc::make_mut(&mut self.projects[at]);
                known.name.clone_from(&is.name);
                known.key.clone_from(&is.key);
                known.state = is.state;
            }
        }
    }

    pub(crate) fn user(&self, id: &str) -> Option<u32> {
        self.user_ids.get(id).copied()
    }

    /// The user of a login, on Data Center; in any case, as logins are.
    pub(crate) fn login(&self, login: &str) -> Option<u32> {
        let found = self.users.iter().position(|user| user.login.to_lowercase() == login.to_lowercase());
        found.map(|at| at as u32)
    }

    /// A group that is there, by its id.
    pub(crate) fn group_by_id(&self, id: &str) -> Option<u32> {
        let found = self.groups.iter().position(|group| !group.gone && group.id == id);
        found.map(|at| at as u32)
    }

    /// A group that is there, by its name; on Data Center in any case.
    pub(crate) fn group_by_name(&self, name: &str) -> Option<u32> {
        let same = |known: &str| match self.is_dc {
            true => known.to_lowercase() == name.to_lowercase(),
            false => known == name,
        };
        let found = self.groups.iter().position(|group| !group.gone && same(&group.name));
        found.map(|at| at as u32)
    }

    /// The groups that are there.
    pub(crate) fn present_groups(&self) -> impl Iterator<Item = (u32, &Group)> {
        let groups = self.groups.iter().enumerate().filter(|(_, group)| !group.gone);
        groups.map(|(at, group)| (at as u32, &**group))
    }

    /// A project by id or key, as the issues have them.
    pub(crate) fn project(&self, id_or_key: &str) -> Option<u32> {
        let id = id_or_key.parse::<u32>().ok();
        let found = self.projects.iter().position(|project| {
            id == Some(project.id) || (id.is_none() && project.key.eq_ignore_ascii_case(id_or_key))
        });
        found.map(|at| at as u32)
    }

    pub(crate) fn role(&self, id: u32) -> Option<&Role> {
        self.roles.iter().find(|role| role.id == id)
    }

    pub(crate) fn scheme(&self, id: u32) -> Option<u32> {
        self.schemes.iter().position(|scheme| scheme.id == id).map(|at| at as u32)
    }

    /// Whether a project belongs to the issues' world, in which accounts see what they see.
    pub(crate) fn is_of_issues(&self, project: u32) -> bool {
        (project as usize) < self.shared
    }
}
