//! Project roles: those that all projects share and those of one team-managed project, and who has them.

use serde_json::{Value, json};

use super::Look;
use crate::http::reply::{Answer, Reply};
use crate::world::access::{Actor, Role, Who};

const NO_ADMIN: &str = "You do not have permission to administer project roles.";

impl Look<'_> {
    fn role_json(&self, role: &Role, address: String, actors: &[(u32, &Who)]) -> Value {
        let mut value = json!({
            "self": address,
            "name": role.name,
            "id": role.id,
            "description": role.description,
            "actors": actors.iter().map(|(id, who)| self.actor(*id, who)).collect::<Vec<_>>(),
        });
        if !self.access.is_dc {
            self.of_cloud(role, &mut value);
        }
        value
    }

    /// What only Cloud tells of a role.
    fn of_cloud(&self, role: &Role, value: &mut Value) {
        value["admin"] = json!(role.name.starts_with("Administrator"));
        value["default"] = json!(!role.defaults.is_empty());
        value["roleConfigurable"] = json!(!role.is_system);
        value["translatedName"] = json!(role.name);
        if let Some(project) = role.scope {
            let project = &self.access.projects[project as usize];
            let named = json!({ "id": project.id.to_string(), "key": project.key, "name": project.name });
            value["scope"] = json!({ "type": "PROJECT", "project": named });
        }
    }

    fn actor(&self, id: u32, who: &Who) -> Value {
        let is_dc = self.access.is_dc;
        let user = |name: &str, shown: &str| {
            let mut actor = json!({ "id": id, "displayName": shown, "type": "atlassian-user-role-actor" });
            if is_dc {
                actor["name"] = json!(name);
            } else {
                actor["actorUser"] = json!({ "accountId": name });
            }
            actor
        };
        let group = |group_id: &str, name: &str| {
            let mut actor = json!({
                "id": id,
                "displayName": name,
                "type": "atlassian-group-role-actor",
                "name": name,
            });
            if !is_dc {
                actor["actorGroup"] = json!({ "name": name, "displayName": name, "groupId": group_id });
            }
            actor
        };
        match who {
            Who::User(at) => {
                let known = &self.access.users[*at as usize];
                let name = if is_dc { &known.login } else { &known.id };
                user(name, known.name.as_deref().unwrap_or_default())
            }
            Who::Unknown => user("unknown", "unknown"),
            Who::Group(at) => {
                let known = &self.access.groups[*at as usize];
                group(&known.id, &known.name)
            }
            Who::GoneGroup(group_id, name) => group(group_id, name),
        }
    }

    /// Every role with those that new projects begin with, which says nothing of the projects there are.
    pub(super) fn all_roles(&self) -> Answer {
        self.admin(NO_ADMIN)?;
        Ok(Reply::json(&self.access.roles.iter().map(|role| self.default_role(role)).collect()))
    }

    fn default_role(&self, role: &Role) -> Value {
        let actors: Vec<(u32, &Who)> = (10_100..).zip(&role.defaults).collect();
        self.role_json(role, format!("{}/role/{}", self.api(), role.id), &actors)
    }

    fn known_role(&self, id: &str) -> Result<&Role, Box<Reply>> {
        let found = id.parse().ok().and_then(|id| self.access.role(id));
        found.ok_or_else(|| Box::new(Reply::error(404, format!("Can not find a project role with id {id}."))))
    }

    pub(super) fn one_role(&self, id: &str) -> Answer {
        self.admin(NO_ADMIN)?;
        Ok(Reply::json(&self.default_role(self.known_role(id)?)))
    }

    pub(super) fn default_actors(&self, id: &str) -> Answer {
        self.admin(NO_ADMIN)?;
        let role = self.default_role(self.known_role(id)?);
        Ok(Reply::json(&json!({ "actors": role["actors"] })))
    }

    /// Names and addresses: the id of a role is the end of its address.
    pub(super) fn roles_of_project(&self, name: &str) -> Answer {
        let (_, project) = self.own_project(name, 404)?;
        Ok(Reply::json(&Value::Object(self.role_addresses(project))))
    }

    pub(super) fn role_of_project(&self, name: &str, id: &str) -> Answer {
        let (at, _) = self.own_project(name, 404)?;
        self.told_role(at, id)
    }

    /// A role of a project, whoever asks.
    pub(super) fn told_role(&self, at: u32, id: &str) -> Answer {
        let project = &self.access.projects[at as usize];
        let role = self.known_role(id)?;
        let Some((_, actors)) = project.roles.iter().find(|(known, _)| *known == role.id) else {
            return Ok(Reply::error(404, "Can not retrieve a role actor for a null project role."));
        };
        let without = self.request.param("excludeInactiveUsers") == Some("true");
        let shows = |actor: &&Actor| match actor.who {
            Who::User(user) => !without || self.access.is_active(user),
            _ => true,
        };
        let actors: Vec<(u32, &Who)> =
            actors.iter().filter(shows).map(|actor| (actor.id, &actor.who)).collect();
        let address = format!("{}/project/{}/role/{}", self.api(), project.id, role.id);
        Ok(Reply::json(&self.role_json(role, address, &actors)))
    }

    /// The roles of a project, without their actors.
    pub(super) fn role_details(&self, name: &str) -> Answer {
        let (_, project) = self.own_project(name, 404)?;
        let known = project.roles.iter().filter_map(|(id, _)| self.access.role(*id));
        let told = known.map(|role| {
            let mut value = json!({
                "self": format!("{}/project/{}/role/{}", self.api(), project.id, role.id),
                "name": role.name,
                "id": role.id,
                "description": role.description,
                "type": "DEFAULT",
            });
            self.of_cloud(role, &mut value);
            value
        });
        Ok(Reply::json(&told.collect()))
    }
}
