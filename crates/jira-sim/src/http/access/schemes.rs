//! Permission schemes, what they allow, and to whom.

use serde_json::{Value, json};

use super::Look;
use crate::http::reply::{Answer, Reply, refuse};
use crate::world::access::{Grant, Holder, Scheme};

/// What can be expanded; any of them brings the grants.
const EXPAND: &str = "permissions,user,group,projectRole,field,all";

const NO_SCHEME: &str = "The permission scheme was not found.";

impl Look<'_> {
    fn expand(&self) -> Result<Vec<String>, Box<Reply>> {
        let asked = self.request.params("expand");
        match asked.iter().find(|part| !EXPAND.split(',').any(|known| known == part.as_str())) {
            Some(unknown) => refuse(format!("The expand value '{unknown}' is not valid.")),
            None => Ok(asked),
        }
    }

    /// The group, user, role or field that a holder names, in full: Data Center adds it when it is asked to.
    fn expanded(&self, holder: &Holder) -> Option<(&'static str, Value)> {
        Some(match holder {
            Holder::Group(at) => ("group", self.group_name(*at)),
            Holder::User(at) => ("user", self.member(*at)),
            Holder::Role(id) => {
                let role = self.access.role(*id)?;
                let address = format!("{}/role/{id}", self.api());
                let told = json!({
                    "self": address,
                    "id": id,
                    "name": role.name,
                    "description": role.description,
                });
                ("projectRole", told)
            }
            _ => return None,
        })
    }

    pub(super) fn holder(&self, holder: &Holder, expand: &[String]) -> Value {
        let user = |at: u32| self.access.users[at as usize].id.clone();
        let (kind, parameter, value, adds): (&str, Option<String>, Option<String>, Option<&str>) =
            match holder {
                Holder::Anyone => ("anyone", None, None, None),
                Holder::AppRole(key) => ("applicationRole", key.clone(), key.clone(), None),
                Holder::Assignee => ("assignee", None, None, None),
                Holder::Group(at) => {
                    let group = &self.access.groups[*at as usize];
                    ("group", Some(group.name.clone()), Some(group.id.clone()), Some("group"))
                }
                Holder::GoneGroup(id) => ("group", Some(id.clone()), Some(id.clone()), Some("group")),
                Holder::GroupField(id) => {
                    ("groupCustomField", Some(id.clone()), Some(id.clone()), Some("field"))
                }
                Holder::ProjectLead => ("projectLead", None, None, None),
                Holder::Role(id) => {
                    ("projectRole", Some(id.to_string()), Some(id.to_string()), Some("projectRole"))
                }
                Holder::Reporter => ("reporter", None, None, None),
                Holder::Portal => ("sd.customer.portal.only", None, None, None),
                Holder::User(at) => ("user", Some(user(*at)), Some(user(*at)), Some("user")),
                Holder::GoneUser(id) => ("user", Some(id.clone()), Some(id.clone()), Some("user")),
                Holder::UserField(id) => {
                    ("userCustomField", Some(id.clone()), Some(id.clone()), Some("field"))
                }
                Holder::Odd(kind, parameter) => {
                    (kind, Some(parameter.clone()), Some(parameter.clone()), None)
                }
            };
        let mut told = json!({ "type": kind });
        if let Some(parameter) = parameter {
            told["parameter"] = json!(parameter);
        }
        if let (Some(value), false) = (value, self.access.is_dc) {
            told["value"] = json!(value);
        }
        if let Some(adds) = adds {
            if !self.access.is_dc {
                told["expand"] = json!(adds);
            } else if expand.iter().any(|part| part == adds || part == "all")
                && let Some((name, value)) = self.expanded(holder)
            {
                told[name] = value;
            }
        }
        told
    }

    pub(super) fn grant(&self, scheme: &Scheme, grant: &Grant, expand: &[String]) -> Value {
        json!({
            "id": grant.id,
            "self": format!("{}/permissionscheme/{}/permission/{}", self.api(), scheme.id, grant.id),
            "holder": self.holder(&grant.holder, expand),
            "permission": grant.permission,
        })
    }

    fn scheme(&self, scheme: &Scheme, expand: &[String]) -> Value {
        let mut value = json!({
            "expand": EXPAND,
            "id": scheme.id,
            "self": format!("{}/permissionscheme/{}", self.api(), scheme.id),
            "name": scheme.name,
            "description": scheme.description,
        });
        if let Some(project) = scheme.scope {
            let project = &self.access.projects[project as usize];
            let named = json!({ "id": project.id.to_string(), "key": project.key, "name": project.name });
            value["scope"] = json!({ "type": "PROJECT", "project": named });
        }
        if !expand.is_empty() {
            let grants = scheme.grants.iter().map(|grant| self.grant(scheme, grant, expand));
            value["permissions"] = grants.collect();
        }
        value
    }

    /// Whoever may look at schemes: on Cloud everybody who is signed in, on Data Center whoever administers a project.
    fn reader(&self) -> Result<(), Box<Reply>> {
        self.signed_in()?;
        let may = || (0..self.access.projects.len() as u32).any(|at| self.eyes.administers(at));
        match self.access.is_dc && !may() {
            true => Err(Box::new(Reply::error(403, "You are not allowed to view permission schemes."))),
            false => Ok(()),
        }
    }

    /// Those that projects may share. The schemes of team-managed projects stand nowhere but at their project.
    pub(super) fn all_schemes(&self) -> Answer {
        self.reader()?;
        let expand = self.expand()?;
        let shared = self.access.schemes.iter().filter(|scheme| scheme.scope.is_none());
        let schemes: Vec<Value> = shared.map(|scheme| self.scheme(scheme, &expand)).collect();
        Ok(Reply::json(&json!({ "permissionSchemes": schemes })))
    }

    pub(super) fn known_scheme(&self, id: &str) -> Result<u32, Box<Reply>> {
        let found = id.parse().ok().and_then(|id| self.access.scheme(id));
        let seen = found.filter(|at| {
            let scope = self.access.schemes[*at as usize].scope;
            scope.is_none_or(|project| self.eyes.administers(project))
        });
        seen.ok_or_else(|| Box::new(Reply::error(404, NO_SCHEME)))
    }

    pub(super) fn one_scheme(&self, id: &str) -> Answer {
        self.reader()?;
        let (at, expand) = (self.known_scheme(id)?, self.expand()?);
        Ok(Reply::json(&self.scheme(&self.access.schemes[at as usize], &expand)))
    }

    pub(super) fn grants_of_scheme(&self, id: &str) -> Answer {
        self.reader()?;
        let (at, expand) = (self.known_scheme(id)?, self.expand()?);
        let scheme = &self.access.schemes[at as usize];
        let grants: Vec<Value> =
            scheme.grants.iter().map(|grant| self.grant(scheme, grant, &expand)).collect();
        Ok(Reply::json(&json!({ "permissions": grants, "expand": "user,group,projectRole,field,all" })))
    }

    pub(super) fn one_grant(&self, id: &str, grant: &str) -> Answer {
        self.reader()?;
        let (at, expand) = (self.known_scheme(id)?, self.expand()?);
        let scheme = &self.access.schemes[at as usize];
        let wanted = grant.parse().ok();
        match scheme.grants.iter().find(|known| Some(known.id) == wanted) {
            Some(grant) => Ok(Reply::json(&self.grant(scheme, grant, &expand))),
            None => Ok(Reply::error(404, "The permission grant was not found.")),
        }
    }

    pub(super) fn scheme_of_project(&self, name: &str) -> Answer {
        self.signed_in()?;
        let (_, project) = self.own_project(name, 403)?;
        let expand = self.expand()?;
        Ok(Reply::json(&self.scheme(&self.access.schemes[project.scheme as usize], &expand)))
    }
}
