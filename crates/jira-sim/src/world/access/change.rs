//! Changes of who may do what, each with its audit record; and the records of what was before the world stood still.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::{Access, Actor, Grant, Group, Holder, Item, Record, User, UserKind, Who, keys};
use crate::rng::{Rng, mix};
use crate::time::{DAY, HOUR};
use crate::world::WorldSpec;
use crate::world::people::uuid;

/// Status and sentence of a refusal.
pub(crate) type Refused = (u16, String);

/// Who changes something, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct By {
    pub(crate) author: Option<u32>,
    pub(crate) at: i64,
}

/// The groups and people that somebody was put into within the last months.
pub(super) fn history(access: &mut Access, spec: &WorldSpec) {
    let mut rng = Rng::new(spec.seed, 3006);
    let object = access.user_item(1);
    let by = By { author: Some(0), at: spec.base_ms - 41 * DAY };
    let changes = vec![("email", "old@sim.example".to_owned(), "reader@sim.example".to_owned())];
    record(access, by, "user management", "User updated", object, Vec::new(), changes);
    for at in 0..40 {
        let group = rng.below(access.groups.len()) as u32;
        let members = &access.groups[group as usize].members;
        if members.is_empty() {
            continue;
        }
        let user = members[rng.below(members.len())];
        let by = By { author: Some(0), at: spec.base_ms - (40 - at) * DAY - rng.range(0, HOUR) };
        let (object, associated) = (access.user_item(user), access.group_item(group));
        record(access, by, "group management", "User added to group", object, vec![associated], Vec::new());
    }
}

fn record(
    access: &mut Access,
    by: By,
    category: &'static str,
    summary: &'static str,
    object: Item,
    associated: Vec<Item>,
    changes: Vec<(&'static str, String, String)>,
) {
    access.numbers.record += 1;
    let id = access.numbers.record;
    let record = Record { id, at: by.at, author: by.author, category, summary, object, associated, changes };
    Arc::make_mut(&mut access.records).push(record);
}

/// A UUID that depends on nothing but a name and a number.
fn name_based(name: &str, number: u32) -> String {
    uuid(&mut Rng::new(crate::rng::hash(name.as_bytes()), mix(u64::from(number))))
}

impl Access {
    pub(crate) fn user_item(&self, user: u32) -> Item {
        let user = &self.users[user as usize];
        let name = if self.is_dc { user.login.clone() } else { user.id.clone() };
        ("USER", name, user.name.clone().unwrap_or_default())
    }

    pub(crate) fn group_item(&self, group: u32) -> Item {
        let group = &self.groups[group as usize];
        ("GROUP", group.id.clone(), group.name.clone())
    }

    fn changeable(&self, group: u32) -> Result<(), Refused> {
        match self.groups[group as usize].external {
            true => {
                Err((403, "The group is managed by an external directory and cannot be changed.".to_owned()))
            }
            false => Ok(()),
        }
    }

    fn called(&self, user: u32) -> &str {
        let user = &self.users[user as usize];
        if self.is_dc { &user.login } else { &user.id }
    }

    pub(crate) fn add_member(&mut self, by: By, group: u32, user: u32) -> Result<(), Refused> {
        self.changeable(group)?;
        let known = &self.groups[group as usize];
        let Err(place) = known.members.binary_search(&user) else {
            let (who, name) = (self.called(user), &known.name);
            return Err((400, format!("Cannot add user '{who}', user is already a member of '{name}'")));
        };
        Arc::make_mut(&mut self.groups[group as usize]).members.insert(place, user);
        let (object, associated) = (self.user_item(user), vec![self.group_item(group)]);
        record(self, by, "group management", "User added to group", object, associated, Vec::new());
        Ok(())
    }

    pub(crate) fn remove_member(&mut self, by: By, group: u32, user: u32) -> Result<(), Refused> {
        self.changeable(group)?;
        let known = &self.groups[group as usize];
        let Ok(place) = known.members.binary_search(&user) else {
            let (who, name) = (self.called(user), &known.name);
            let why = format!(
                "Cannot remove user '{who}' from group '{name}' since user is not a member of '{name}'"
            );
            return Err((400, why));
        };
        Arc::make_mut(&mut self.groups[group as usize]).members.remove(place);
        let (object, associated) = (self.user_item(user), vec![self.group_item(group)]);
        record(self, by, "group management", "User removed from group", object, associated, Vec::new());
        Ok(())
    }

    /// On Data Center a name is all that a group is: one of that name that was deleted is there again, with nobody in it.
    pub(crate) fn create_group(&mut self, by: By, name: &str) -> Result<u32, Refused> {
        if name.trim().is_empty() || name.len() > 255 {
            return Err((
                400,
                "The group name must not be empty and have 255 characters at most.".to_owned(),
            ));
        }
        if self.group_by_name(name).is_some() {
            return Err((400, "A group or user with this name already exists.".to_owned()));
        }
        let former = self.groups.iter().position(|group| self.is_dc && group.gone && group.name == name);
        let at = former.unwrap_or(self.groups.len());
        let id = if self.is_dc { name.to_owned() } else { name_based(name, at as u32) };
        let group = Arc::new(Group {
            id,
            name: name.to_owned(),
            members: Vec::new(),
            children: Vec::new(),
            external: false,
            gone: false,
        });
        match former {
            Some(at) => self.groups[at] = group,
            None => self.groups.push(group),
        }
        let object = self.group_item(at as u32);
        record(self, by, "group management", "Group created", object, Vec::new(), Vec::new());
        Ok(at as u32)
    }

    pub(crate) fn delete_group(&mut self, by: By, group: u32) -> Result<(), Refused> {
        self.changeable(group)?;
        let object = self.group_item(group);
        let known = Arc::make_mut(&mut self.groups[group as usize]);
        known.gone = true;
        known.members.clear();
        known.children.clear();
        record(self, by, "group management", "Group deleted", object, Vec::new(), Vec::new());
        Ok(())
    }

    /// Gives a group another name; its id stays, where it has one.
    pub(crate) fn rename_group(&mut self, by: By, group: u32, name: &str) {
        let is_dc = self.is_dc;
        let known = Arc::make_mut(&mut self.groups[group as usize]);
        let former = std::mem::replace(&mut known.name, name.to_owned());
        if is_dc {
            name.clone_into(&mut known.id);
        }
        let object = self.group_item(group);
        let changes = vec![("Name", former, name.to_owned())];
        record(self, by, "group management", "Group renamed", object, Vec::new(), changes);
    }

    fn who_name(&self, who: &Who) -> String {
        match who {
            Who::User(user) => self.called(*user).to_owned(),
            Who::Group(group) => self.groups[*group as usize].name.clone(),
            Who::Unknown => "unknown".to_owned(),
            Who::GoneGroup(_, name) => name.clone(),
        }
    }

    fn role_changed(&mut self, by: By, project: u32, role: u32, from: String, to: String) {
        let place = &self.projects[project as usize];
        let object = (
            "PROJECT_ROLE",
            role.to_string(),
            self.role(role).map_or_else(String::new, |it| it.name.clone()),
        );
        let associated = vec![("PROJECT", place.id.to_string(), place.name.clone())];
        let changes = vec![("Users", from, to)];
        record(self, by, "projects", "Project roles changed", object, associated, changes);
    }

    fn role_names(&self, project: u32, role: u32) -> String {
        let actors = self.projects[project as usize].roles.iter().filter(|(id, _)| *id == role);
        let names: Vec<String> =
            actors.flat_map(|(_, it)| it).map(|actor| self.who_name(&actor.who)).collect();
        names.join(", ")
    }

    /// All of them or none.
    pub(crate) fn add_actors(
        &mut self,
        by: By,
        project: u32,
        role: u32,
        who: Vec<Who>,
    ) -> Result<(), Refused> {
        let before = self.role_names(project, role);
        let place = &self.projects[project as usize];
        let known = place.roles.iter().filter(|(id, _)| *id == role).flat_map(|(_, actors)| actors);
        let known: Vec<&Who> = known.map(|actor| &actor.who).collect();
        if let Some(again) = who.iter().find(|who| known.contains(who)) {
            let name = self.who_name(again);
            return Err((400, format!("'{name}' is already a member of the project role.")));
        }
        let mut added = Vec::with_capacity(who.len());
        for who in who {
            self.numbers.actor += 1;
            added.push(Actor { id: self.numbers.actor, who });
        }
        let place = Arc::make_mut(&mut self.projects[project as usize]);
        match place.roles.iter_mut().find(|(id, _)| *id == role) {
            Some((_, actors)) => actors.extend(added),
            None => place.roles.push((role, added)),
        }
        let after = self.role_names(project, role);
        self.role_changed(by, project, role, before, after);
        Ok(())
    }

    /// Whether there was such an actor.
    pub(crate) fn remove_actor(&mut self, by: By, project: u32, role: u32, who: &Who) -> bool {
        let before = self.role_names(project, role);
        let place = Arc::make_mut(&mut self.projects[project as usize]);
        let Some((_, actors)) = place.roles.iter_mut().find(|(id, _)| *id == role) else { return false };
        let count = actors.len();
        actors.retain(|actor| actor.who != *who);
        if actors.len() == count {
            return false;
        }
        let after = self.role_names(project, role);
        self.role_changed(by, project, role, before, after);
        true
    }

    fn scheme_changed(&mut self, by: By, scheme: u32, permission: &str, from: String, to: String) {
        let known = &self.schemes[scheme as usize];
        let object = ("SCHEME", known.id.to_string(), known.name.clone());
        let changes = vec![("Permission", from, to)];
        let associated = vec![("PERMISSIONS", permission.to_owned(), permission.to_owned())];
        record(self, by, "permissions", "Permission scheme updated", object, associated, changes);
    }

    pub(crate) fn add_grant(
        &mut self,
        by: By,
        scheme: u32,
        permission: &str,
        holder: Holder,
    ) -> Result<Grant, Refused> {
        if keys::named(self.is_dc, permission).is_none_or(|permission| permission.global) {
            return Err((400, format!("Permission '{permission}' does not exist.")));
        }
        let known = &self.schemes[scheme as usize];
        if known.grants.iter().any(|grant| grant.permission == permission && grant.holder == holder) {
            return Err((400, "This permission has already been granted to this holder.".to_owned()));
        }
        self.numbers.grant += 1;
        let grant = Grant { id: self.numbers.grant, permission: permission.to_owned(), holder };
        Arc::make_mut(&mut self.schemes[scheme as usize]).grants.push(grant.clone());
        self.scheme_changed(by, scheme, permission, String::new(), permission.to_owned());
        Ok(grant)
    }

    /// Whether there was such a grant.
    pub(crate) fn delete_grant(&mut self, by: By, scheme: u32, id: u32) -> bool {
        let known = &self.schemes[scheme as usize];
        let Some(at) = known.grants.iter().position(|grant| grant.id == id) else { return false };
        let grant = Arc::make_mut(&mut self.schemes[scheme as usize]).grants.remove(at);
        self.scheme_changed(by, scheme, &grant.permission, grant.permission.clone(), String::new());
        true
    }

    /// Sets a property of a user, or takes it away; whether it was there before.
    pub(crate) fn set_property(&mut self, user: u32, key: &str, value: Option<Value>) -> bool {
        let properties = &mut Arc::make_mut(&mut self.users)[user as usize].properties;
        match value {
            Some(value) => properties.insert(key.to_owned(), value).is_some(),
            None => properties.remove(key).is_some(),
        }
    }

    pub(crate) fn set_active(&mut self, by: By, user: u32, active: bool) {
        let known = &mut Arc::make_mut(&mut self.users)[user as usize];
        if known.active == active {
            return;
        }
        known.active = active;
        let word = |active: bool| if active { "Active" } else { "Inactive" }.to_owned();
        let changes = vec![("Active / Inactive", word(!active), word(active))];
        let object = self.user_item(user);
        record(self, by, "user management", "User updated", object, Vec::new(), changes);
    }

    /// Somebody new, in the default groups of these applications.
    pub(crate) fn create_user(
        &mut self,
        by: By,
        login: &str,
        name: &str,
        email: &str,
        apps: &[String],
    ) -> u32 {
        let at = self.users.len() as u32;
        let id = if self.is_dc {
            format!("JIRAUSER{}", 20_000 + at)
        } else {
            format!("712020:{}", name_based(email, at))
        };
        Arc::make_mut(&mut self.user_ids).insert(id.clone(), at);
        Arc::make_mut(&mut self.users).push(User {
            id,
            login: login.to_owned(),
            name: Some(name.to_owned()),
            email: Some(email.to_owned()),
            address: Some(email.to_owned()),
            kind: UserKind::Person,
            active: true,
            deleted: false,
            guest: false,
            managed: false,
            second_factor: false,
            synced: false,
            since: by.at,
            last_active: None,
            zone: "Etc/UTC".to_owned(),
            listed: true,
            properties: BTreeMap::new(),
        });
        let given = self.app_roles.iter().filter(|role| apps.iter().any(|key| key == role.key));
        let groups: Vec<u32> = given.flat_map(|role| role.defaults.clone()).collect();
        for group in groups {
            Arc::make_mut(&mut self.groups[group as usize]).members.push(at);
        }
        let object = self.user_item(at);
        record(self, by, "user management", "User created", object, Vec::new(), Vec::new());
        at
    }

    /// Out of all groups and roles; on Data Center no longer listed.
    pub(crate) fn delete_user(&mut self, by: By, user: u32) {
        let object = self.user_item(user);
        for group in self.groups_of(user) {
            Arc::make_mut(&mut self.groups[group as usize]).members.retain(|member| *member != user);
        }
        for project in &mut self.projects {
            let named =
                |(_, actors): &(u32, Vec<Actor>)| actors.iter().any(|actor| actor.who == Who::User(user));
            if project.roles.iter().any(named) {
                let roles = Arc::make_mut(project).roles.iter_mut();
                roles.for_each(|(_, actors)| actors.retain(|actor| actor.who != Who::User(user)));
            }
        }
        let known = &mut Arc::make_mut(&mut self.users)[user as usize];
        (known.deleted, known.active, known.listed) = (true, false, false);
        record(self, by, "user management", "User deleted", object, Vec::new(), Vec::new());
    }
}
