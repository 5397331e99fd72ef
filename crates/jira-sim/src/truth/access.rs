//! What is true of access: one flat line for each account, group, member, role, actor, scheme, grant and so on. As an account sees it,
//! it is what the operations give that account; in whole, it is everything there is.

use serde_json::{Value, json};

use super::clean;
use crate::world::World;
use crate::world::access::eyes::Eyes;
use crate::world::access::{Access, AppRole, Holder, Level, Project, UserKind, Who, keys};
use crate::world::project::{CATEGORIES, State};

/// Whose truth it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sight<'a> {
    pub(crate) eyes: Eyes<'a>,
    /// Everything, whoever asks.
    pub(crate) whole: bool,
}

/// The operations that list a kind of facts on Cloud, of which any will do.
pub(crate) fn operations(fact: &str) -> &'static [&'static str] {
    match fact {
        "user" | "profile" => &["users/search"],
        "group" => &["group/bulk"],
        "member" => &["group/member"],
        "app_role" => &["applicationrole"],
        "role" => &["role"],
        "category" => &["projectCategory"],
        "project" => &["project/search"],
        "role_actor" => &["project/1/role/1"],
        "permission" => &["permissions"],
        "permission_scheme" | "grant" => &["permissionscheme", "project/1/permissionscheme"],
        "uses_scheme" => &["project/1/permissionscheme"],
        "security_scheme" | "security_level" => &["issuesecurityschemes", "issuesecurityschemes/level"],
        "level_holder" => &["issuesecurityschemes/level/member", "issuesecurityschemes/1/members"],
        "uses_security" => &["issuesecurityschemes/project", "project/1/issuesecuritylevelscheme"],
        _ => &[],
    }
}

impl World {
    /// Who can do what, as the operations tell it to an account, or in whole where none is named: the lines of
    /// `/_sim/truth/access`, less nothing that a switch has taken away. None where there is no access, or no such account.
    pub fn access_truth(&self, email: Option<&str>) -> Option<Vec<Value>> {
        let access = self.access.as_deref()?;
        let account = self.account(email.unwrap_or("admin@sim.example"))?;
        let eyes = Eyes { world: self, access, account, without: &[] };
        Some(rows(Sight { eyes, whole: email.is_none() }))
    }

    /// Ids of the organisation above a site of Cloud with access, and of its directory.
    pub fn organisation(&self) -> Option<(&str, &str)> {
        let access = self.access.as_deref().filter(|access| !access.is_dc)?;
        Some((&access.org, &access.directory))
    }

    /// Whether a user may do something in a project, or everywhere where none is named, as Jira itself answers; worked out by looking
    /// at every way. None where any of them is not known.
    pub fn can(&self, user: &str, permission: &str, project: Option<&str>) -> Option<bool> {
        let access = self.access.as_deref()?;
        let user = access.user(user)?;
        let known = keys::named(access.is_dc, permission)?;
        match project {
            None => known.global.then(|| access.has_global(user, permission)),
            Some(project) => {
                let project = access.project(project)?;
                (!known.global).then(|| access.has(user, permission, project).is_yes())
            }
        }
    }
}

/// All lines.
pub(crate) fn rows(sight: Sight<'_>) -> Vec<Value> {
    let mut rows = Vec::new();
    let access = sight.eyes.access;
    let is_admin = sight.whole || sight.eyes.is_admin();
    let browses = sight.whole || sight.eyes.browses_users();
    if browses {
        users(sight, &mut rows);
    }
    if browses || access.is_dc {
        groups(access, sight.whole, &mut rows);
    }
    if is_admin || (browses && !access.is_dc) {
        members(sight, &mut rows);
    }
    if is_admin {
        rows.extend(access.app_roles.iter().map(|role| app_role(access, role)));
        rows.extend(access.roles.iter().map(|role| {
            json!({
                "fact": "role",
                "id": role.id.to_string(),
                "name": clean(&role.name),
                "project": role.scope.map(|at| access.projects[at as usize].id.to_string()),
                "is_system": role.is_system,
            })
        }));
        security(access, &mut rows);
    }
    rows.extend(CATEGORIES.iter().map(|(id, name, _)| json!({ "fact": "category", "id": id, "name": name })));
    projects(sight, &mut rows);
    if !access.is_dc || is_admin {
        rows.extend(keys::all(access.is_dc).map(|permission| {
            json!({
                "fact": "permission",
                "key": permission.key,
                "name": permission.name,
                "kind": permission.kind().to_lowercase(),
            })
        }));
    }
    schemes(sight, &mut rows);
    globals(sight, &mut rows);
    rows
}

fn kind(kind: UserKind) -> &'static str {
    match kind {
        UserKind::Person => "person",
        UserKind::App | UserKind::Service => "service",
        UserKind::Agent => "agent",
        UserKind::Customer => "customer",
        UserKind::Unknown => "unknown",
    }
}

fn users(sight: Sight<'_>, rows: &mut Vec<Value>) {
    let access = sight.eyes.access;
    for user in access.users.iter().filter(|user| user.listed || sight.whole) {
        let state = match (user.active, user.deleted && (sight.whole || access.is_dc)) {
            (_, true) => "deleted",
            (true, false) => "active",
            (false, false) => "inactive",
        };
        let organised = sight.whole && !access.is_dc;
        rows.push(json!({
            "fact": "user",
            "id": user.id,
            "kind": kind(user.kind),
            "state": state,
            "is_guest": user.guest,
            "is_managed": organised.then_some(user.managed),
            "has_second_factor": (organised && user.managed).then_some(user.second_factor),
            "last_active_at": user.last_active.filter(|_| sight.whole),
        }));
        rows.push(json!({
            "fact": "profile",
            "user": user.id,
            "name": user.name.as_deref().map(clean),
            "login": access.is_dc.then_some(&user.login),
            "email": if sight.whole { &user.address } else { &user.email },
        }));
        for (key, value) in user.properties.iter().filter(|_| sight.whole) {
            rows.push(json!({ "fact": "user_property", "user": user.id, "key": key, "value": value }));
        }
    }
}

fn groups(access: &Access, whole: bool, rows: &mut Vec<Value>) {
    let of = |permission: &str, at: u32| {
        let mut held = access.globals.iter().filter(|(key, _)| *key == permission);
        held.any(|(_, groups)| groups.contains(&at))
    };
    for (at, group) in access.present_groups() {
        let opens = access.app_roles.iter().any(|role| role.groups.contains(&at));
        let reach =
            [("site_admin", of("SYSTEM_ADMIN", at)), ("admin", of("ADMINISTER", at)), ("user", opens)];
        let reach: Vec<&str> =
            reach.into_iter().filter(|(_, is)| *is && !access.is_dc).map(|(it, _)| it).collect();
        rows.push(json!({
            "fact": "group",
            "id": group.id,
            "name": clean(&group.name),
            "external": whole.then_some(group.external),
            "reach": reach,
        }));
    }
}

/// Who is in which group. The operations of Data Center tell of those in the groups inside as well, and not of these.
fn members(sight: Sight<'_>, rows: &mut Vec<Value>) {
    let access = sight.eyes.access;
    for (at, group) in access.present_groups() {
        for user in access.members(at) {
            let is_direct = group.members.binary_search(&user).is_ok();
            let id = &access.users[user as usize].id;
            rows.push(match sight.whole {
                true => json!({ "fact": "member", "group": group.id, "user": id, "is_direct": is_direct }),
                false => json!({ "fact": "member", "group": group.id, "user": id }),
            });
        }
        if sight.whole {
            for child in &group.children {
                let child = &access.groups[*child as usize];
                rows.push(json!({ "fact": "subgroup", "group": child.id, "parent": group.id }));
            }
        }
    }
}

fn app_role(access: &Access, role: &AppRole) -> Value {
    let ids = |groups: &[u32]| -> Vec<&String> {
        let there = groups.iter().map(|at| &access.groups[*at as usize]).filter(|group| !group.gone);
        there.map(|group| &group.id).collect()
    };
    let taken = (0..access.users.len() as u32).filter(|at| access.takes_a_seat(*at, role.key)).count();
    json!({
        "fact": "app_role",
        "key": role.key,
        "name": role.name,
        "groups": ids(&role.groups),
        "default_groups": ids(&role.defaults),
        "seats": role.seats,
        "used": taken,
    })
}

fn projects(sight: Sight<'_>, rows: &mut Vec<Value>) {
    let (eyes, access) = (sight.eyes, sight.eyes.access);
    for (at, project) in (0..).zip(&access.projects) {
        let is_gone = access.is_dc && project.state == State::Trashed;
        if !sight.whole && (is_gone || !eyes.sees(at)) {
            continue;
        }
        // Who may not browse a project is told that it is private.
        let private = match (access.is_dc, sight.whole) {
            (true, _) => None,
            (false, true) => Some(project.level == Some(Level::Private)),
            (false, false) => Some(project.state == State::Live && !eyes.may("BROWSE_PROJECTS", at)),
        };
        rows.push(json!({
            "fact": "project",
            "id": project.id.to_string(),
            "key": project.key,
            "name": clean(&project.name),
            "kind": project.kind,
            "style": if project.level.is_some() { "team_managed" } else { "company_managed" },
            "category": project.category.map(|at| CATEGORIES[at as usize].0),
            "lead": project.lead.map(|at| &access.users[at as usize].id),
            "state": match project.state {
                State::Live => "live",
                State::Archived => "archived",
                State::Trashed => "deleted",
            },
            "is_private": private,
        }));
        if sight.whole || (project.state != State::Trashed && eyes.administers(at)) {
            configuration(access, project, rows);
        }
    }
}

/// What only those who administer a project are told.
fn configuration(access: &Access, project: &Project, rows: &mut Vec<Value>) {
    let id = project.id.to_string();
    for (role, actors) in &project.roles {
        for actor in actors {
            let (what, name) = match &actor.who {
                Who::User(at) => ("user", access.users[*at as usize].id.clone()),
                Who::Group(at) => ("group", access.groups[*at as usize].id.clone()),
                Who::Unknown => ("unresolved", "unknown".to_owned()),
                Who::GoneGroup(id, name) => ("group", if access.is_dc { name.clone() } else { id.clone() }),
            };
            rows.push(json!({
                "fact": "role_actor",
                "project": id,
                "role": role.to_string(),
                "actor": what,
                "actor_id": name,
            }));
        }
    }
    let scheme = access.schemes[project.scheme as usize].id.to_string();
    rows.push(json!({ "fact": "uses_scheme", "project": id, "scheme": scheme }));
    if let Some(at) = project.security {
        let scheme = access.securities[at as usize].id.to_string();
        rows.push(json!({ "fact": "uses_security", "project": id, "scheme": scheme }));
    }
}

/// The kind of a holder as schemes have it, and its parameter.
pub(crate) fn holder(access: &Access, holder: &Holder) -> (String, Option<String>) {
    let (kind, id) = match holder {
        Holder::Anyone => ("anyone", None),
        Holder::AppRole(None) => ("logged_in", None),
        Holder::AppRole(key) => ("app_role", key.clone()),
        Holder::Assignee => ("assignee", None),
        Holder::Group(at) => ("group", Some(access.groups[*at as usize].id.clone())),
        Holder::GoneGroup(id) => ("group", Some(id.clone())),
        Holder::GroupField(id) => ("group_field", Some(id.clone())),
        Holder::ProjectLead => ("project_lead", None),
        Holder::Role(id) => ("project_role", Some(id.to_string())),
        Holder::Reporter => ("reporter", None),
        Holder::Portal => ("portal_customers", None),
        Holder::User(at) => ("user", Some(access.users[*at as usize].id.clone())),
        Holder::GoneUser(id) => ("user", Some(id.clone())),
        Holder::UserField(id) => ("user_field", Some(id.clone())),
        Holder::Odd(kind, parameter) => return (format!("unresolved:{kind}"), Some(parameter.clone())),
    };
    (kind.to_owned(), id)
}

/// The schemes that are shared, and those of the team-managed projects that are administered.
fn schemes(sight: Sight<'_>, rows: &mut Vec<Value>) {
    let (eyes, access) = (sight.eyes, sight.eyes.access);
    let may_read = match access.is_dc {
        true => (0..access.projects.len() as u32).any(|at| eyes.administers(at)),
        false => eyes.user().is_some(),
    };
    for scheme in &access.schemes {
        let shown = match scheme.scope {
            _ if sight.whole => true,
            None => may_read,
            Some(project) => {
                access.projects[project as usize].state != State::Trashed && eyes.administers(project)
            }
        };
        if !shown {
            continue;
        }
        let id = scheme.id.to_string();
        rows.push(json!({ "fact": "permission_scheme", "id": id, "name": clean(&scheme.name) }));
        for grant in &scheme.grants {
            let (kind, named) = holder(access, &grant.holder);
            rows.push(json!({
                "fact": "grant",
                "scheme": id,
                "id": grant.id.to_string(),
                "permission": grant.permission,
                "holder": kind,
                "holder_id": named,
            }));
        }
    }
}

/// Data Center does not tell whom a level names; in whole it is here all the same.
fn security(access: &Access, rows: &mut Vec<Value>) {
    for scheme in access.securities.iter() {
        let id = scheme.id.to_string();
        rows.push(json!({ "fact": "security_scheme", "id": id, "name": clean(&scheme.name) }));
        for level in &scheme.levels {
            rows.push(json!({
                "fact": "security_level",
                "scheme": id,
                "id": level.id.to_string(),
                "name": clean(&level.name),
                "is_default": scheme.default == Some(level.id),
            }));
        }
    }
}

/// What is allowed everywhere, which no operation lists; and on Data Center whom security levels name.
fn globals(sight: Sight<'_>, rows: &mut Vec<Value>) {
    let access = sight.eyes.access;
    let tells_levels = sight.whole || (!access.is_dc && sight.eyes.is_admin());
    for scheme in access.securities.iter().filter(|_| tells_levels) {
        for level in &scheme.levels {
            for (_, named) in &level.members {
                let (kind, id) = holder(access, named);
                rows.push(json!({
                    "fact": "level_holder",
                    "level": level.id.to_string(),
                    "holder": kind,
                    "holder_id": id,
                }));
            }
        }
    }
    if !sight.whole {
        return;
    }
    for (permission, groups) in access.globals.iter() {
        for at in groups.iter().filter(|at| !access.groups[**at as usize].gone) {
            let id = &access.groups[*at as usize].id;
            rows.push(
                json!({ "fact": "global", "permission": permission, "holder": "group", "holder_id": id }),
            );
        }
    }
}
