//! Groups and who is in them.

use serde_json::{Value, json};

use super::Look;
use super::users::encoded;
use crate::http::reply::{Answer, Reply, refuse};

/// How many groups a picker tells of (`jira.ajax.autocomplete.limit`).
const PICKED: usize = 20;

impl Look<'_> {
    /// A group as `GroupName` has it.
    pub(super) fn group_name(&self, at: u32) -> Value {
        let group = &self.access.groups[at as usize];
        if self.access.is_dc {
            return json!({
                "name": group.name,
                "self": format!("{}/group?groupname={}", self.api(), encoded(&group.name)),
            });
        }
        json!({
            "name": group.name,
            "groupId": group.id,
            "self": format!("{}/group?groupId={}", self.api(), group.id),
        })
    }

    /// The groups that open something as a whole: the administration of the site, that of Jira, the use of an application.
    pub(super) fn reach(&self, access_type: &str) -> Option<Vec<u32>> {
        let of = |permission: &str| {
            let known = self.access.globals.iter().find(|(key, _)| *key == permission);
            known.map_or_else(Vec::new, |(_, groups)| groups.clone())
        };
        match access_type {
            "site-admin" => Some(of("SYSTEM_ADMIN")),
            "admin" => Some(of("ADMINISTER")),
            "user" => {
                let roles = self.access.app_roles.iter();
                Some(roles.flat_map(|role| role.groups.iter().copied()).collect())
            }
            _ => None,
        }
    }

    pub(super) fn groups(&self) -> Answer {
        self.browser("Browse users and groups permission is required to view groups.")?;
        let several = |name: &str| -> Vec<&str> {
            self.request
                .query
                .iter()
                .filter(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
                .collect()
        };
        let (names, ids) = (several("groupName"), several("groupId"));
        let reach = match self.request.param("accessType") {
            None => None,
            Some(kind) => match self.reach(kind) {
                Some(groups) => Some(groups),
                None => return refuse(format!("'{kind}' is not a valid access type.")),
            },
        };
        let application = match self.request.param("applicationKey") {
            None => None,
            Some(key) => match self.access.app_roles.iter().find(|role| role.key == key) {
                Some(role) => Some(&role.groups),
                None => return refuse(format!("'{key}' is not a valid application key.")),
            },
        };
        let mut found: Vec<u32> = self
            .access
            .present_groups()
            .filter(|(_, group)| names.is_empty() || names.contains(&group.name.as_str()))
            .filter(|(_, group)| ids.is_empty() || ids.contains(&group.id.as_str()))
            .map(|(at, _)| at)
            .filter(|at| reach.as_ref().is_none_or(|groups| groups.contains(at)))
            .filter(|at| application.is_none_or(|groups| groups.contains(at)))
            .collect();
        found.sort_by(|one, other| {
            self.access.groups[*one as usize].name.cmp(&self.access.groups[*other as usize].name)
        });
        self.page_of(&found, 50, |at| {
            let group = &self.access.groups[*at as usize];
            json!({ "name": group.name, "groupId": group.id })
        })
    }

    /// The group that a request names, by id or by name.
    pub(super) fn named_group(&self) -> Result<u32, Box<Reply>> {
        let (name, id) = (self.request.param("groupname"), self.request.param("groupId"));
        let found = match (name, id) {
            (None | Some(""), None | Some("")) => {
                return refuse("Query parameter 'groupname' or 'groupId' must be provided.");
            }
            (Some(_), Some(_)) if !self.access.is_dc => {
                return refuse("Only one of 'groupname' and 'groupId' may be provided.");
            }
            (_, Some(id)) if !self.access.is_dc => self.access.group_by_id(id),
            (name, _) => self.access.group_by_name(name.unwrap_or_default()),
        };
        found.ok_or_else(|| Box::new(Reply::error(404, "The group was not found.")))
    }

    /// Fifty a page; those who are inactive only when asked for.
    pub(super) fn members(&self) -> Answer {
        self.signed_in()?;
        if !self.eyes.is_admin() && (self.access.is_dc || !self.eyes.browses_users()) {
            return Ok(Reply::error(403, "You do not have permission to view the members of this group."));
        }
        let group = self.named_group()?;
        let inactive = self.request.param("includeInactiveUsers") == Some("true");
        let shows = |at: &u32| inactive || self.access.is_active(*at);
        let mut members: Vec<u32> = self.access.members(group).into_iter().filter(shows).collect();
        members.sort_by(|one, other| self.login(*one).cmp(self.login(*other)));
        self.page_of(&members, 50, |at| self.member(*at))
    }

    fn login(&self, at: u32) -> &str {
        &self.access.users[at as usize].login
    }

    /// A few groups whose name has the text in it, and how many there are in all.
    pub(super) fn pick_groups(&self) -> Answer {
        let query = self.request.param("query").unwrap_or_default().to_lowercase();
        let excluded = self.request.params("exclude");
        let may = match self.access.is_dc {
            true => self.eyes.user().is_some(),
            false => self.eyes.browses_users(),
        };
        let mut found: Vec<u32> = self
            .access
            .present_groups()
            .filter(|(_, group)| may && group.name.to_lowercase().contains(&query))
            .filter(|(_, group)| !excluded.contains(&group.name))
            .map(|(at, _)| at)
            .collect();
        found.sort_by_key(|at| self.access.groups[*at as usize].name.to_lowercase());
        let asked = self.request.number("maxResults")?.unwrap_or(PICKED as i64).max(0);
        let most = usize::try_from(asked).unwrap_or(PICKED).min(PICKED);
        let group = |at: &u32| {
            let group = &self.access.groups[*at as usize];
            let html = group.name.replace('&', "&amp;").replace('<', "&lt;");
            let mut value = json!({ "name": group.name, "html": html, "labels": [] });
            if !self.access.is_dc {
                value["groupId"] = json!(group.id);
                value["managedBy"] = json!(if group.external { "EXTERNAL" } else { "ADMINS" });
            }
            value
        };
        let groups: Vec<Value> = found.iter().take(most).map(group).collect();
        let header = format!("Showing {} of {} matching groups", groups.len(), found.len());
        Ok(Reply::json(&json!({ "header": header, "total": found.len(), "groups": groups })))
    }
}
