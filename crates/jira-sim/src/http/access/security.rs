//! Issue security: schemes, their levels, and who sees the issues of a level. Only company-managed projects have any.

use serde_json::{Value, json};

use super::Look;
use crate::http::reply::{Answer, Reply, refuse};
use crate::world::access::{Holder, Project, SecurityLevel, SecurityScheme};
use crate::world::project::State;

const NO_ADMIN: &str =
    "You are not authorized to perform this action. Administrator privileges are required.";

/// The most rows of a page.
const PAGE: usize = 50;

impl Look<'_> {
    /// Ids in a query, which are numbers that are not negative.
    fn ids(&self, name: &str) -> Result<Vec<u32>, Box<Reply>> {
        let values = self.request.params(name).into_iter().map(|text| match text.parse::<u32>() {
            Ok(id) => Ok(id),
            Err(_) => {
                refuse(format!("{text} is not a valid value. {name} must be zero or a positive integer."))
            }
        });
        values.collect()
    }

    pub(super) fn securities(&self, parts: &[&str]) -> Answer {
        if let [id] = parts
            && id.parse::<u32>().is_ok()
        {
            return self.one_security(id);
        }
        self.admin(NO_ADMIN)?;
        match parts {
            [] => {
                let schemes = self.access.securities.iter().map(|scheme| self.security(scheme, false));
                Ok(Reply::json(&json!({ "issueSecuritySchemes": schemes.collect::<Vec<_>>() })))
            }
            _ if self.access.is_dc => Ok(Reply::unknown_path()),
            ["search"] => self.search_securities(),
            ["level"] => self.levels(),
            ["level", "member"] => self.level_members(),
            ["project"] => self.projects_with_security(),
            [id, "members"] => self.members_of_security(id),
            _ => Ok(Reply::unknown_path()),
        }
    }

    fn security(&self, scheme: &SecurityScheme, with_levels: bool) -> Value {
        let mut value = json!({
            "self": format!("{}/issuesecurityschemes/{}", self.api(), scheme.id),
            "id": scheme.id,
            "name": scheme.name,
            "description": scheme.description,
        });
        if let Some(default) = scheme.default {
            value["defaultSecurityLevelId"] = json!(default);
        }
        if with_levels {
            value["levels"] = scheme.levels.iter().map(|level| self.level(level)).collect();
        }
        value
    }

    fn level(&self, level: &SecurityLevel) -> Value {
        json!({
            "self": format!("{}/securitylevel/{}", self.api(), level.id),
            "id": level.id.to_string(),
            "name": level.name,
            "description": level.description,
        })
    }

    /// The projects that have a security scheme.
    fn secured(&self) -> impl Iterator<Item = (&Project, &SecurityScheme)> {
        let of = |at: u32| &self.access.securities[at as usize];
        let projects = self.access.projects.iter().filter(|project| project.state != State::Trashed);
        projects.filter_map(move |project| project.security.map(|at| (&**project, of(at))))
    }

    fn one_security(&self, id: &str) -> Answer {
        self.signed_in()?;
        let found = self.access.securities.iter().find(|scheme| scheme.id.to_string() == id);
        let administers = |scheme: &SecurityScheme| {
            let mut projects = (0..).zip(&self.access.projects);
            projects.any(|(at, project)| {
                let has =
                    project.security.is_some_and(|at| self.access.securities[at as usize].id == scheme.id);
                has && self.eyes.administers(at)
            })
        };
        match found {
            Some(scheme) if self.eyes.is_admin() || administers(scheme) => {
                Ok(Reply::json(&self.security(scheme, true)))
            }
            Some(_) => Ok(Reply::error(403, NO_ADMIN)),
            None => Ok(Reply::error(404, "The issue security scheme was not found.")),
        }
    }

    fn search_securities(&self) -> Answer {
        let (ids, projects) = (self.ids("id")?, self.ids("projectId")?);
        let of = |scheme: &SecurityScheme| -> Vec<u32> {
            let used = self.secured().filter(|(_, it)| it.id == scheme.id).map(|(project, _)| project.id);
            used.filter(|id| projects.contains(id)).collect()
        };
        let found: Vec<&SecurityScheme> = self
            .access
            .securities
            .iter()
            .filter(|scheme| ids.is_empty() || ids.contains(&scheme.id))
            .filter(|scheme| projects.is_empty() || !of(scheme).is_empty())
            .collect();
        self.page_of(&found, PAGE, |scheme| {
            let mut value = json!({
                "id": scheme.id,
                "self": format!("{}/issuesecurityscheme/{}", self.api(), scheme.id),
                "name": scheme.name,
                "description": scheme.description,
                "projectIds": of(scheme),
            });
            if let Some(default) = scheme.default {
                value["defaultLevel"] = json!(default);
            }
            value
        })
    }

    fn levels(&self) -> Answer {
        let (ids, schemes) = (self.ids("id")?, self.ids("schemeId")?);
        let only_default = self.request.param("onlyDefault") == Some("true");
        let all =
            self.access.securities.iter().flat_map(|scheme| scheme.levels.iter().map(move |it| (scheme, it)));
        let wanted = |scheme: &SecurityScheme, level: &SecurityLevel| {
            let named = (ids.is_empty() && schemes.is_empty())
                || ids.contains(&level.id)
                || schemes.contains(&scheme.id);
            named && (!only_default || scheme.default == Some(level.id))
        };
        let found: Vec<_> = all.filter(|(scheme, level)| wanted(scheme, level)).collect();
        self.page_of(&found, PAGE, |(scheme, level)| {
            json!({
                "id": level.id.to_string(),
                "issueSecuritySchemeId": scheme.id.to_string(),
                "name": level.name,
                "description": level.description,
                "isDefault": scheme.default == Some(level.id),
                "self": format!("{}/issuesecurityscheme/level?id={}", self.api(), level.id),
            })
        })
    }

    /// Every row of every level.
    fn level_rows(&self) -> impl Iterator<Item = (&SecurityScheme, &SecurityLevel, u32, &Holder)> {
        self.access.securities.iter().flat_map(|scheme| {
            scheme.levels.iter().flat_map(move |level| {
                level.members.iter().map(move |(id, holder)| (scheme, level, *id, holder))
            })
        })
    }

    fn level_members(&self) -> Answer {
        let (ids, schemes, levels) = (self.ids("id")?, self.ids("schemeId")?, self.ids("levelId")?);
        let all = ids.is_empty() && schemes.is_empty() && levels.is_empty();
        let found: Vec<_> = self
            .level_rows()
            .filter(|(scheme, level, id, _)| {
                all || ids.contains(id) || schemes.contains(&scheme.id) || levels.contains(&level.id)
            })
            .collect();
        self.page_of(&found, PAGE, |(scheme, level, id, holder)| {
            json!({
                "id": id.to_string(),
                "issueSecurityLevelId": level.id.to_string(),
                "issueSecuritySchemeId": scheme.id.to_string(),
                "holder": self.holder(holder, &[]),
                "managed": false,
            })
        })
    }

    fn members_of_security(&self, id: &str) -> Answer {
        let levels = self.ids("issueSecurityLevelId")?;
        let found: Vec<_> = self
            .level_rows()
            .filter(|(scheme, level, ..)| {
                scheme.id.to_string() == id && (levels.is_empty() || levels.contains(&level.id))
            })
            .collect();
        if found.is_empty() {
            return Ok(Reply::error(404, "No issue security level members were found."));
        }
        self.page_of(&found, PAGE, |(_, level, id, holder)| {
            json!({ "id": id, "issueSecurityLevelId": level.id, "holder": self.holder(holder, &[]) })
        })
    }

    fn projects_with_security(&self) -> Answer {
        let (schemes, projects) = (self.ids("issueSecuritySchemeId")?, self.ids("projectId")?);
        let found: Vec<_> = self
            .secured()
            .filter(|(_, scheme)| schemes.is_empty() || schemes.contains(&scheme.id))
            .filter(|(project, _)| projects.is_empty() || projects.contains(&project.id))
            .collect();
        self.page_of(&found, PAGE, |(project, scheme)| {
            json!({ "issueSecuritySchemeId": scheme.id.to_string(), "projectId": project.id.to_string() })
        })
    }

    pub(super) fn security_of_project(&self, name: &str) -> Answer {
        self.signed_in()?;
        let (_, project) = self.own_project(name, 403)?;
        match project.security {
            Some(at) => Ok(Reply::json(&self.security(&self.access.securities[at as usize], true))),
            None => Ok(Reply::error(404, "The project does not have an issue security scheme.")),
        }
    }

    /// The levels that the caller may set.
    pub(super) fn levels_of_project(&self, name: &str) -> Answer {
        let (at, project) = self.project(name)?;
        let may = !self.is_nobody() && self.eyes.may("SET_ISSUE_SECURITY", at);
        let scheme = project.security.filter(|_| may).map(|at| &self.access.securities[at as usize]);
        let levels = scheme.into_iter().flat_map(|scheme| &scheme.levels);
        Ok(Reply::json(&json!({ "levels": levels.map(|level| self.level(level)).collect::<Vec<_>>() })))
    }

    /// One level, on Data Center, which does not tell whom it names.
    pub(super) fn one_level(&self, id: &str) -> Answer {
        self.signed_in()?;
        let mut levels = self.access.securities.iter().flat_map(|scheme| &scheme.levels);
        match levels.find(|level| level.id.to_string() == id) {
            Some(level) if self.eyes.is_admin() => Ok(Reply::json(&self.level(level))),
            _ => Ok(Reply::error(404, "The security level was not found.")),
        }
    }
}
