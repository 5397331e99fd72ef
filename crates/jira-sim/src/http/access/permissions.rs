//! Which permissions there are, and who has them: Jira's own answer.

use serde_json::{Map, Value, json};

use super::Look;
use crate::http::reply::{Answer, Reply, refuse};
use crate::world::access::keys::{self, Permission};
use crate::world::project::State;

/// The most projects, and the most issues, of one question.
const MOST: usize = 1000;

impl Look<'_> {
    fn described(permission: Permission) -> Value {
        json!({
            "key": permission.key,
            "name": permission.name,
            "type": permission.kind(),
            "description": format!("Ability to {}.", permission.name.to_lowercase()),
        })
    }

    pub(super) fn all_permissions(&self) -> Answer {
        if self.access.is_dc {
            self.admin("You are not authorized to see all permissions.")?;
        }
        let all = keys::all(self.access.is_dc);
        let permissions: Map<String, Value> =
            all.map(|permission| (permission.key.to_owned(), Self::described(permission))).collect();
        Ok(Reply::json(&json!({ "permissions": permissions })))
    }

    /// Cloud wants the permissions named, Data Center tells of all of them.
    pub(super) fn my_permissions(&self) -> Answer {
        let is_dc = self.access.is_dc;
        let wanted: Vec<String> = match is_dc {
            true => keys::all(true).map(|permission| permission.key.to_owned()).collect(),
            false => self.request.params("permissions"),
        };
        if wanted.is_empty() {
            return refuse("The 'permissions' query parameter is required.");
        }
        let project = match self.request.param("projectId").or(self.request.param("projectKey")) {
            None => None,
            Some(name) => Some(self.project(name)?.0),
        };
        let mut permissions = Map::new();
        for (at, key) in wanted.iter().enumerate() {
            let Some(permission) = keys::named(is_dc, key) else {
                return refuse(format!("Unrecognized permission: {key}"));
            };
            let mut told = Self::described(permission);
            told["id"] = json!(at.to_string());
            told["havePermission"] = json!(self.i_may(permission, project));
            permissions.insert(key.clone(), told);
        }
        Ok(Reply::json(&json!({ "permissions": permissions })))
    }

    /// Whether the caller has a permission: everywhere, in a project, or in at least one.
    fn i_may(&self, permission: Permission, project: Option<u32>) -> bool {
        match (permission.global, project) {
            (true, _) => self.eyes.global(permission.key),
            (false, Some(at)) => self.eyes.may(permission.key, at),
            (false, None) => {
                (0..self.access.projects.len() as u32).any(|at| self.eyes.may(permission.key, at))
            }
        }
    }

    /// What one user may do. A project-level answer is true if it holds for any issue of the project.
    pub(super) fn check_permissions(&self) -> Answer {
        let body = self.request.object(&["accountId", "globalPermissions", "projectPermissions"])?;
        let caller = self.eyes.user();
        let subject = match body.get("accountId").and_then(Value::as_str) {
            None => caller,
            Some(id) => {
                let named = self.access.user(id);
                if (named != caller || caller.is_none()) && !self.eyes.is_admin() {
                    return Ok(Reply::error(403, "Only Jira administrators can perform this operation."));
                }
                if named.is_none() {
                    return refuse(format!("The user with account ID '{id}' does not exist."));
                }
                named
            }
        };
        let is_caller = subject == caller;
        let texts = |value: Option<&Value>| -> Vec<String> {
            let list = value.and_then(Value::as_array).into_iter().flatten();
            list.filter_map(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned).collect()
        };
        let unknown = |key: &str| {
            let errors = json!({ "errorMessages": [], "errors": { key: "Unrecognized permission" } });
            Ok(Reply::json(&errors).with_status(400))
        };
        let globals = texts(body.get("globalPermissions"));
        if let Some(key) = globals.iter().find(|key| keys::named(false, key).is_none_or(|it| !it.global)) {
            return unknown(key);
        }
        let holds = |key: &String| match (is_caller, subject) {
            (true, _) => self.eyes.global(key),
            (false, Some(user)) => self.access.has_global(user, key),
            (false, None) => false,
        };
        let granted: Vec<&String> = globals.iter().filter(|key| holds(key)).collect();
        let may = |key: &str, project: u32| match (is_caller, subject) {
            (true, _) => self.eyes.may(key, project),
            (false, Some(user)) => self.access.has(user, key, project).is_yes(),
            (false, None) => self.access.is_public(key, project),
        };
        let mut answers = Vec::new();
        for asked in body.get("projectPermissions").and_then(Value::as_array).into_iter().flatten() {
            let permissions = texts(asked.get("permissions"));
            if permissions.is_empty() {
                return refuse("At least one project permission must be provided.");
            }
            if let Some(key) =
                permissions.iter().find(|key| keys::named(false, key).is_none_or(|it| it.global))
            {
                return unknown(key);
            }
            let ids = |name: &str| -> Vec<u64> {
                let list = asked.get(name).and_then(Value::as_array).into_iter().flatten();
                list.filter_map(Value::as_u64).collect()
            };
            let projects: Vec<(u64, u32)> =
                ids("projects").into_iter().filter_map(|id| Some((id, self.live_project(id)?))).collect();
            let issues: Vec<(u64, u32)> =
                ids("issues").into_iter().filter_map(|id| Some((id, self.project_of_issue(id)?))).collect();
            if projects.len() > MOST || issues.len() > MOST {
                return refuse("A maximum of 1000 projects and 1000 issues can be checked.");
            }
            for key in permissions {
                let held = |places: &[(u64, u32)]| -> Vec<u64> {
                    places.iter().filter(|(_, at)| may(&key, *at)).map(|(id, _)| *id).collect()
                };
                answers.push(json!({
                    "permission": key,
                    "projects": held(&projects),
                    "issues": held(&issues),
                }));
            }
        }
        Ok(Reply::json(&json!({ "globalPermissions": granted, "projectPermissions": answers })))
    }

    fn live_project(&self, id: u64) -> Option<u32> {
        let found = self.access.project(&id.to_string())?;
        (self.access.projects[found as usize].state == State::Live).then_some(found)
    }

    fn project_of_issue(&self, id: u64) -> Option<u32> {
        let world = self.context.world();
        let issue = &world.issues[world.find(&id.to_string())? as usize];
        (!issue.deleted).then_some(u32::from(issue.project))
    }

    /// The projects where the caller has all of these permissions.
    pub(super) fn permitted_projects(&self) -> Answer {
        let body = self.request.object(&["permissions"])?;
        let wanted = crate::http::request::texts(&body, "permissions")?.unwrap_or_default();
        if let Some(key) = wanted.iter().find(|key| keys::named(false, key).is_none_or(|it| it.global)) {
            let errors = json!({ "errorMessages": [], "errors": { key: "Unrecognized permission" } });
            return Ok(Reply::json(&errors).with_status(400));
        }
        let all = (0..).zip(&self.access.projects);
        let found = all.filter(|(at, project)| {
            project.state == State::Live && wanted.iter().all(|key| self.eyes.may(key, *at))
        });
        let projects: Vec<Value> =
            found.map(|(_, project)| json!({ "id": project.id, "key": project.key })).collect();
        Ok(Reply::json(&json!({ "projects": projects })))
    }
}
