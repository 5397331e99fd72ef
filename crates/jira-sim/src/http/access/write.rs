//! Changes: members of groups, groups, roles, grants, properties and accounts. Each is in the truth at once, and has its audit record.

use serde_json::{Value, json};

use super::Look;
use crate::http::reply::{Answer, Reply, refuse};
use crate::http::request::text;
use crate::world::access::change::{By, Refused};
use crate::world::access::{Access, Holder, Who};

/// An answer that has nothing in it.
fn empty(status: u16) -> Reply {
    Reply::bytes(Vec::new()).with_status(status)
}

impl Look<'_> {
    pub(super) fn write(&self, parts: &[&str]) -> Option<Answer> {
        Some(match (self.request.method.as_str(), parts) {
            ("POST", ["permissions", "check"]) => self.check_permissions(),
            ("POST", ["permissions", "project"]) => self.permitted_projects(),
            ("POST", ["user"]) => self.invite(),
            ("DELETE", ["user"]) => self.drop_user(),
            (method, parts) => return self.write_alike(method, parts),
        })
    }

    pub(super) fn write_dc(&self, parts: &[&str]) -> Option<Answer> {
        Some(match (self.request.method.as_str(), parts) {
            ("POST", ["user"]) => self.create_user_dc(),
            ("PUT", ["user"]) => self.edit_user_dc(),
            ("DELETE", ["user"]) => self.drop_user(),
            (method, parts) => return self.write_alike(method, parts),
        })
    }

    /// What both products have.
    fn write_alike(&self, method: &str, parts: &[&str]) -> Option<Answer> {
        Some(match (method, parts) {
            ("POST", ["group"]) => self.create_group(),
            ("DELETE", ["group"]) => self.delete_group(),
            ("POST", ["group", "user"]) => self.add_member(),
            ("DELETE", ["group", "user"]) => self.remove_member(),
            ("POST", ["project", name, "role", id]) => self.add_actors(name, id),
            ("DELETE", ["project", name, "role", id]) => self.remove_actor(name, id),
            ("POST", ["permissionscheme", id, "permission"]) => self.add_grant(id),
            ("DELETE", ["permissionscheme", id, "permission", grant]) => self.delete_grant(id, grant),
            ("PUT", ["user", "properties", key]) => self.set_property(key),
            ("DELETE", ["user", "properties", key]) => self.delete_property(key),
            _ => return None,
        })
    }

    fn by(&self) -> By {
        By { author: self.eyes.user(), at: self.context.now }
    }

    /// Changes the site's access.
    fn change<T>(&self, change: impl FnOnce(&mut Access) -> T) -> Result<T, Box<Reply>> {
        self.context.site.edit_access(change).ok_or_else(|| Box::new(Reply::unknown_path()))
    }

    fn done<T>(result: Result<T, Refused>) -> Result<T, Box<Reply>> {
        result.map_err(|(status, said)| Box::new(Reply::error(status, said)))
    }

    /// Refuses who may not change accounts and groups: on Cloud the site's administrators may, on Data Center those of Jira.
    fn keeper(&self) -> Result<(), Box<Reply>> {
        self.signed_in()?;
        let may = if self.access.is_dc { self.eyes.is_admin() } else { self.eyes.is_site_admin() };
        if may { Ok(()) } else { Err(Box::new(Reply::forbidden())) }
    }

    /// The site as it is now, after a change.
    fn afresh<T>(&self, tell: impl FnOnce(&Look<'_>) -> T) -> Result<T, Box<Reply>> {
        let context = crate::http::site::Context::new(&self.context.site, self.context.caller);
        let access = context.world().access.clone().ok_or_else(|| Box::new(Reply::unknown_path()))?;
        let mut eyes = self.eyes;
        eyes.world = context.world();
        eyes.access = &access;
        Ok(tell(&Look { context: &context, request: self.request, eyes, access: &access }))
    }

    fn group_bean(&self, group: u32) -> Value {
        let mut value = self.group_name(group);
        let size = self.access.members(group).len();
        value["expand"] = json!("users");
        value["users"] = match self.access.is_dc {
            true => json!({ "size": size, "items": [], "max-results": 50, "start-index": 0, "end-index": 0 }),
            false => {
                json!({ "size": size, "items": [], "max-results": 50, "start-index": 0, "end-index": 0 })
            }
        };
        value
    }

    fn create_group(&self) -> Answer {
        self.keeper()?;
        let body = self.request.object(&["name", "description"])?;
        let Some(name) = text(&body, "name")? else { return refuse("The group name must not be empty.") };
        let by = self.by();
        let group = Self::done(self.change(|access| access.create_group(by, &name))?)?;
        let told = self.afresh(|look| look.group_bean(group))?;
        Ok(Reply::json(&told).with_status(201))
    }

    fn delete_group(&self) -> Answer {
        self.keeper()?;
        let (group, by) = (self.named_group()?, self.by());
        Self::done(self.change(|access| access.delete_group(by, group))?)?;
        Ok(empty(200))
    }

    /// The user that a change names: by account id, or by login.
    fn user_called(&self, name: Option<&str>, what: &str) -> Result<u32, Box<Reply>> {
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return refuse(format!("The {what} must be provided."));
        };
        let found = if self.access.is_dc { self.access.login(name) } else { self.access.user(name) };
        let there = found.filter(|at| !self.access.users[*at as usize].deleted || !self.access.is_dc);
        let said = match self.access.is_dc {
            true => format!("The user named '{name}' does not exist"),
            false => "Specified user does not exist or you do not have required permissions".to_owned(),
        };
        there.ok_or_else(|| Box::new(Reply::error(404, said)))
    }

    fn add_member(&self) -> Answer {
        self.keeper()?;
        let group = self.named_group()?;
        let body = self.request.object(&["accountId", "name"])?;
        let what = if self.access.is_dc { "name" } else { "accountId" };
        let name = text(&body, what)?;
        let (user, by) = (self.user_called(name.as_deref(), what)?, self.by());
        Self::done(self.change(|access| access.add_member(by, group, user))?)?;
        let told = self.afresh(|look| look.group_bean(group))?;
        Ok(Reply::json(&told).with_status(201))
    }

    fn remove_member(&self) -> Answer {
        self.keeper()?;
        let group = self.named_group()?;
        let what = if self.access.is_dc { "username" } else { "accountId" };
        let (user, by) = (self.user_called(self.request.param(what), what)?, self.by());
        Self::done(self.change(|access| access.remove_member(by, group, user))?)?;
        Ok(empty(200))
    }

    /// A group that is named by id or, also on Cloud, by name.
    fn group_called(&self, id: Option<&str>, name: Option<&str>) -> Result<u32, Box<Reply>> {
        let found = match (id, name) {
            (Some(id), _) => self.access.group_by_id(id),
            (None, Some(name)) => self.access.group_by_name(name),
            (None, None) => None,
        };
        let called = id.or(name).unwrap_or_default();
        found.ok_or_else(|| Box::new(Reply::error(404, format!("We can't find '{called}'."))))
    }

    /// A role of a project that the caller may change.
    fn own_role(&self, name: &str, id: &str) -> Result<(u32, u32), Box<Reply>> {
        let (project, known) = self.own_project(name, 404)?;
        let role = id.parse().ok().filter(|id| known.roles.iter().any(|(known, _)| known == id));
        let said = || Box::new(Reply::error(404, format!("Can not find a project role with id {id}.")));
        role.map(|role| (project, role)).ok_or_else(said)
    }

    fn add_actors(&self, name: &str, id: &str) -> Answer {
        let (project, role) = self.own_role(name, id)?;
        let body = self.request.object(&["user", "group", "groupId"])?;
        if body.len() != 1 {
            return refuse("Exactly one of user, group and groupId must be given.");
        }
        let named = |member: &str| crate::http::request::texts(&body, member);
        let mut who = Vec::new();
        for name in named("user")?.unwrap_or_default() {
            let user = self.user_called(Some(&name), "user")?;
            if !self.access.is_active(user) {
                return Ok(Reply::error(404, format!("The user '{name}' is not active.")));
            }
            who.push(Who::User(user));
        }
        for id in named("groupId")?.unwrap_or_default() {
            who.push(Who::Group(self.group_called(Some(&id), None)?));
        }
        for name in named("group")?.unwrap_or_default() {
            who.push(Who::Group(self.group_called(None, Some(&name))?));
        }
        let by = self.by();
        Self::done(self.change(|access| access.add_actors(by, project, role, who))?)?;
        self.afresh(|look| look.told_role(project, id))?
    }

    fn remove_actor(&self, name: &str, id: &str) -> Answer {
        let (project, role) = self.own_role(name, id)?;
        let (user, group, group_id) =
            (self.request.param("user"), self.request.param("group"), self.request.param("groupId"));
        let who = match (user, group, group_id) {
            (Some("unknown"), None, None) => Who::Unknown,
            (Some(name), None, None) => Who::User(self.user_called(Some(name), "user")?),
            (None, Some(_), None) | (None, None, Some(_)) => {
                self.group_actor(project, role, group_id, group)?
            }
            _ => return refuse("Exactly one of user, group and groupId must be given."),
        };
        let by = self.by();
        match self.change(|access| access.remove_actor(by, project, role, &who))? {
            true => Ok(empty(204)),
            false => Ok(Reply::error(404, "The project role actor was not found.")),
        }
    }

    /// The group that a role names, also one that is gone.
    fn group_actor(
        &self,
        project: u32,
        role: u32,
        id: Option<&str>,
        name: Option<&str>,
    ) -> Result<Who, Box<Reply>> {
        let is_meant = |known_id: &str, known: &str| id.map_or(name == Some(known), |id| id == known_id);
        let roles = self.access.projects[project as usize].roles.iter();
        let mut actors = roles.filter(|(known, _)| *known == role).flat_map(|(_, actors)| actors);
        let named = actors.find(|actor| match &actor.who {
            Who::Group(at) => {
                let group = &self.access.groups[*at as usize];
                is_meant(&group.id, &group.name)
            }
            Who::GoneGroup(known_id, known) => is_meant(known_id, known),
            Who::User(_) | Who::Unknown => false,
        });
        match named {
            Some(actor) => Ok(actor.who.clone()),
            None => self.group_called(id, name).map(Who::Group),
        }
    }

    fn add_grant(&self, id: &str) -> Answer {
        self.admin("You are not allowed to edit permission schemes.")?;
        let scheme = self.known_scheme(id)?;
        let body = self.request.object(&["holder", "permission", "id", "self"])?;
        let Some(permission) = text(&body, "permission")? else {
            return refuse("A permission must be provided.");
        };
        let holder = self.holder_of(body.get("holder"))?;
        let by = self.by();
        let grant = Self::done(self.change(|access| access.add_grant(by, scheme, &permission, holder))?)?;
        let told = self.afresh(|look| look.grant(&look.access.schemes[scheme as usize], &grant, &[]))?;
        Ok(Reply::json(&told).with_status(201))
    }

    /// The holder that a body describes.
    fn holder_of(&self, value: Option<&Value>) -> Result<Holder, Box<Reply>> {
        let of = |name: &str| value.and_then(|it| it.get(name)).and_then(Value::as_str).map(str::to_owned);
        let parameter = || {
            let found = of("value").or_else(|| of("parameter"));
            found.ok_or_else(|| Box::new(Reply::bad_request("The holder must have a parameter.")))
        };
        let Some(kind) = of("type") else { return refuse("The holder must have a type.") };
        Ok(match kind.as_str() {
            "anyone" => Holder::Anyone,
            "applicationRole" => Holder::AppRole(of("value").or_else(|| of("parameter"))),
            "assignee" => Holder::Assignee,
            "reporter" => Holder::Reporter,
            "projectLead" => Holder::ProjectLead,
            "sd.customer.portal.only" => Holder::Portal,
            "group" => {
                let name = of("parameter");
                Holder::Group(
                    self.group_called(of("value").as_deref(), name.as_deref())
                        .map_err(|reply| Box::new(reply.with_status(400)))?,
                )
            }
            "groupCustomField" => Holder::GroupField(parameter()?),
            "userCustomField" => Holder::UserField(parameter()?),
            "projectRole" => {
                let id = parameter()?.parse().ok().filter(|id| self.access.role(*id).is_some());
                Holder::Role(
                    id.ok_or_else(|| Box::new(Reply::bad_request("The project role does not exist.")))?,
                )
            }
            "user" => {
                let user = self.access.user(&parameter()?);
                Holder::User(user.ok_or_else(|| Box::new(Reply::bad_request("The user does not exist.")))?)
            }
            _ => return refuse(format!("The holder type '{kind}' is not valid.")),
        })
    }

    fn delete_grant(&self, id: &str, grant: &str) -> Answer {
        self.admin("You are not allowed to edit permission schemes.")?;
        let (scheme, by) = (self.known_scheme(id)?, self.by());
        let Ok(number) = grant.parse() else { return refuse("The permission grant ID is not valid.") };
        match self.change(|access| access.delete_grant(by, scheme, number))? {
            true => Ok(empty(204)),
            false => refuse(format!("The permission grant with ID {grant} was not found.")),
        }
    }

    /// Refuses who may not change another's properties.
    fn owner(&self) -> Result<u32, Box<Reply>> {
        let caller = self.signed_in()?;
        let user = self.propertied()?;
        if user == caller || self.eyes.is_admin() { Ok(user) } else { Err(Box::new(Reply::forbidden())) }
    }

    fn set_property(&self, key: &str) -> Answer {
        let user = self.owner()?;
        if key.len() > 255 {
            return refuse("The property key must have 255 characters at most.");
        }
        let Ok(value) = serde_json::from_slice::<Value>(&self.request.body) else {
            return refuse("The property value must be valid JSON.");
        };
        let was_there = self.change(|access| access.set_property(user, key, Some(value)))?;
        Ok(empty(if was_there { 200 } else { 201 }))
    }

    fn delete_property(&self, key: &str) -> Answer {
        let user = self.owner()?;
        match self.change(|access| access.set_property(user, key, None))? {
            true => Ok(empty(204)),
            false => Ok(Reply::error(404, format!("The property {key} does not exist."))),
        }
    }

    /// 201 also for somebody who was there and has the access: it does not say that anything was made.
    fn invite(&self) -> Answer {
        self.keeper()?;
        let body = self.request.object(&[
            "emailAddress",
            "products",
            "displayName",
            "name",
            "password",
            "key",
            "self",
            "applicationKeys",
        ])?;
        let Some(email) = text(&body, "emailAddress")? else {
            return refuse("The emailAddress is required.");
        };
        let Some(products) = crate::http::request::texts(&body, "products")? else {
            return refuse("The products are required.");
        };
        if let Some(key) =
            products.iter().find(|key| !self.access.app_roles.iter().any(|role| role.key == key.as_str()))
        {
            return refuse(format!("The product '{key}' is not valid."));
        }
        let known = self.access.users.iter().position(|user| user.address.as_deref() == Some(&email));
        let by = self.by();
        let at = match known {
            Some(at) if self.access.uses(at as u32, None) => at as u32,
            Some(_) => return refuse("The user already exists and has no access to Jira."),
            None => self.change(|access| access.create_user(by, &email, &email, &email, &products))?,
        };
        let told = self.afresh(|look| look.user(at))?;
        Ok(Reply::json(&told).with_status(201))
    }

    fn drop_user(&self) -> Answer {
        self.keeper()?;
        let user = if self.access.is_dc { self.named_dc()? } else { self.named()? };
        if self.access.users[user as usize].deleted {
            return Ok(Reply::error(404, "The user does not exist."));
        }
        let by = self.by();
        self.change(|access| access.delete_user(by, user))?;
        Ok(empty(204))
    }

    fn create_user_dc(&self) -> Answer {
        self.keeper()?;
        let body = self.request.object(&[
            "name",
            "password",
            "emailAddress",
            "displayName",
            "notification",
            "applicationKeys",
            "active",
            "key",
            "self",
        ])?;
        let (name, email, shown) =
            (text(&body, "name")?, text(&body, "emailAddress")?, text(&body, "displayName")?);
        let (Some(name), Some(email), Some(shown)) = (name, email, shown) else {
            return refuse("The name, the emailAddress and the displayName are required.");
        };
        if self.access.login(&name).is_some_and(|at| !self.access.users[at as usize].deleted) {
            let errors = json!({ "errorMessages": [], "errors": { "username": "A user with that username already exists." } });
            return Ok(Reply::json(&errors).with_status(400));
        }
        let apps = crate::http::request::texts(&body, "applicationKeys")?;
        let apps = apps.unwrap_or_else(|| vec!["jira-software".to_owned()]);
        let by = self.by();
        let at = self.change(|access| access.create_user(by, &name, &shown, &email, &apps))?;
        let told = self.afresh(|look| look.user(at))?;
        Ok(Reply::json(&told).with_status(201))
    }

    /// Name, address and whether somebody may sign in.
    fn edit_user_dc(&self) -> Answer {
        self.keeper()?;
        let user = self.named_dc()?;
        let body = self.request.object(&[
            "active",
            "displayName",
            "emailAddress",
            "name",
            "password",
            "notification",
            "applicationKeys",
            "key",
            "self",
        ])?;
        let active = match body.get("active") {
            None => None,
            Some(Value::Bool(active)) => Some(*active),
            Some(_) => return refuse("'active' must be true or false."),
        };
        if self.access.users[user as usize].synced && active.is_some() {
            return Ok(Reply::error(403, "The user is in a read-only directory and cannot be updated."));
        }
        let by = self.by();
        if let Some(active) = active {
            self.change(|access| access.set_active(by, user, active))?;
        }
        let told = self.afresh(|look| look.user(user))?;
        Ok(Reply::json(&told))
    }
}
