//! Who can do what, over HTTP: users, groups, projects, roles, schemes and permissions of a site whose world has access, in place of
//! the few that issues need.

mod audit;
mod dc;
mod groups;
mod org;
mod permissions;
mod projects;
mod roles;
mod schemes;
mod scopes;
mod seats;
mod security;
mod switch;
mod users;
mod write;

use serde_json::{Value, json};

use super::page::Stretch;
use super::reference;
use super::reply::{Answer, Reply};
use super::request::Request;
use super::site::Context;
use crate::world::DcVersion;
use crate::world::access::eyes::Eyes;
use crate::world::access::{Access, Project};
use crate::world::project::State;

pub(super) use org::{KEY, answer as organisation};
pub(super) use scopes::{alternatives, is_known};
pub(super) use switch::{Changing, Switches, show, switch};

/// A request, and what its caller may look at.
pub(super) struct Look<'a> {
    context: &'a Context,
    request: &'a Request,
    eyes: Eyes<'a>,
    access: &'a Access,
}

/// What Cloud answers; `None` for what a site with access answers like any other.
pub(super) fn cloud(context: &Context, request: &Request, parts: &[&str]) -> Option<Answer> {
    let access = context.world().access.as_deref()?;
    let without = context.site.switches.without();
    let eyes = Eyes { world: context.world(), access, account: context.account(), without: &without };
    let look = Look { context, request, eyes, access };
    let ["rest", "api", "2" | "3", rest @ ..] = parts else { return None };
    match request.method.as_str() {
        "GET" => look.read(rest),
        _ => look.write(rest),
    }
}

/// What Data Center answers; `None` for what a site with access answers like any other.
pub(super) fn data_center(
    context: &Context,
    request: &Request,
    parts: &[&str],
    version: DcVersion,
) -> Option<Answer> {
    let access = context.world().access.as_deref()?;
    let without = context.site.switches.without();
    let eyes = Eyes { world: context.world(), access, account: context.account(), without: &without };
    let look = Look { context, request, eyes, access };
    match (request.method.as_str(), parts) {
        ("GET", ["rest", "auditing", "1.0", "events"]) => Some(look.audit_events()),
        ("GET", ["rest", "api", "2" | "latest", rest @ ..]) => look.read_dc(rest, version),
        (_, ["rest", "api", "2" | "latest", rest @ ..]) => look.write_dc(rest),
        _ => None,
    }
}

impl Look<'_> {
    fn read(&self, parts: &[&str]) -> Option<Answer> {
        Some(match parts {
            ["myself"] => self.myself(),
            ["users"] | ["users", "search"] => self.all_users(),
            ["user"] => self.one_user(),
            ["user", "bulk"] => self.users_in_bulk(),
            ["user", "email", ..] => Ok(Reply::error(401, "This operation is for approved apps alone.")),
            ["user", "groups"] => self.groups_of_user(),
            ["user", "search"] => self.search_users(),
            ["user", "viewissue", "search"] => self.search_permitted(&["BROWSE_PROJECTS"]),
            ["user", "assignable", "search"] => self.search_permitted(&["ASSIGNABLE_USER"]),
            ["user", "permission", "search"] => self.search_permission(),
            ["user", "properties", rest @ ..] => self.properties(rest),
            ["group", "bulk"] => self.groups(),
            ["group", "member"] => self.members(),
            ["groups", "picker"] => self.pick_groups(),
            ["project", "search"] => self.search_projects(),
            ["project", name, rest @ ..] => return self.project_parts(name, rest),
            ["projectCategory"] => self.categories(),
            ["role"] => self.all_roles(),
            ["role", id] => self.one_role(id),
            ["permissionscheme"] => self.all_schemes(),
            ["permissionscheme", id] => self.one_scheme(id),
            ["permissionscheme", id, "permission"] => self.grants_of_scheme(id),
            ["permissionscheme", id, "permission", grant] => self.one_grant(id, grant),
            ["issuesecurityschemes", rest @ ..] => self.securities(rest),
            ["applicationrole"] => self.all_app_roles(),
            ["applicationrole", key] => self.one_app_role(key),
            ["license", "approximateLicenseCount"] => self.seats(None),
            ["license", "approximateLicenseCount", "product", key] => self.seats(Some(key)),
            ["instance", "license"] => self.license(),
            ["permissions"] => self.all_permissions(),
            ["mypermissions"] => self.my_permissions(),
            ["auditing", "record"] => self.audit_records(),
            ["field"] => self.fields(),
            ["issuetype", "project"] => return self.types_of_project(),
            _ => return None,
        })
    }

    /// A drawn project has no types of issues; the others have what their issues have.
    fn types_of_project(&self) -> Option<Answer> {
        let at = self.request.param("projectId").and_then(|id| self.access.project(id))?;
        let is_drawn = !self.access.is_of_issues(at) && self.eyes.sees(at);
        is_drawn.then(|| Ok(Reply::json(&json!([]))))
    }

    fn project_parts(&self, name: &str, parts: &[&str]) -> Option<Answer> {
        Some(match parts {
            ["role"] => self.roles_of_project(name),
            ["role", id] => self.role_of_project(name, id),
            ["roledetails"] => self.role_details(name),
            ["permissionscheme"] => self.scheme_of_project(name),
            ["issuesecuritylevelscheme"] => self.security_of_project(name),
            ["securitylevel"] => self.levels_of_project(name),
            rest => return self.project_without_issues(name, rest),
        })
    }

    /// The fields of the issues, and those that only schemes name.
    fn fields(&self) -> Answer {
        let mut fields = reference::field_list(self.context);
        let more = [
            (crate::world::access::GROUP_FIELD, "Approving group", "group", "grouppicker"),
            (crate::world::access::USER_FIELD, "Approver <of last resort>", "user", "userpicker"),
        ];
        for (id, name, kind, custom) in more {
            let mut field = json!({
                "id": id,
                "name": name,
                "custom": true,
                "orderable": true,
                "navigable": true,
                "searchable": true,
                "clauseNames": [format!("cf[{}]", &id["customfield_".len()..]), name],
                "schema": {
                    "type": kind,
                    "custom": format!("com.atlassian.jira.plugin.system.customfieldtypes:{custom}"),
                    "customId": id["customfield_".len()..].parse::<u32>().unwrap_or_default(),
                },
            });
            if !self.access.is_dc {
                field["key"] = json!(id);
            }
            fields.push(field);
        }
        Ok(Reply::json(&Value::Array(fields)))
    }

    fn api(&self) -> &str {
        &self.context.fragments().api
    }

    fn is_nobody(&self) -> bool {
        self.eyes.user().is_none()
    }

    /// Refuses whoever is not signed in.
    fn signed_in(&self) -> Result<u32, Box<Reply>> {
        let said = match self.access.is_dc {
            true => "You are not authenticated.",
            false => "Client must be authenticated to access this resource.",
        };
        self.eyes.user().ok_or_else(|| Box::new(Reply::error(401, said)))
    }

    /// Refuses whoever does not administer Jira.
    fn admin(&self, said: &str) -> Result<u32, Box<Reply>> {
        let user = self.signed_in()?;
        if self.eyes.is_admin() { Ok(user) } else { Err(Box::new(Reply::error(403, said))) }
    }

    /// Refuses whoever may not browse users and groups.
    fn browser(&self, said: &str) -> Result<u32, Box<Reply>> {
        let user = self.signed_in()?;
        if self.eyes.browses_users() { Ok(user) } else { Err(Box::new(Reply::error(403, said))) }
    }

    /// A project that the caller sees; one in the bin is not found any more, only listed.
    fn project(&self, name: &str) -> Result<(u32, &Project), Box<Reply>> {
        let is_there = |at: &u32| self.access.projects[*at as usize].state != State::Trashed;
        let found = self.access.project(name).filter(|at| is_there(at) && self.eyes.sees(*at));
        let said = || Box::new(Reply::error(404, format!("No project could be found with key '{name}'.")));
        found.map(|at| (at, &*self.access.projects[at as usize])).ok_or_else(said)
    }

    /// A project whose configuration the caller may look at: 404 for others, or 403 where it is at least seen.
    fn own_project(&self, name: &str, seen: u16) -> Result<(u32, &Project), Box<Reply>> {
        let (at, project) = self.project(name)?;
        match self.eyes.administers(at) {
            true => Ok((at, project)),
            false => {
                let said = "You do not have permission to administer this project.";
                Err(Box::new(Reply::error(seen, said)))
            }
        }
    }

    /// A page with the addresses of itself and of the next one.
    fn page_of<T>(&self, items: &[T], most: usize, each: impl Fn(&T) -> Value) -> Answer {
        let stretch = Stretch::of(self.request, 50.min(most), most)?;
        let mut page = stretch.page(items, each);
        let path = format!("{}{}", self.context.site.address, self.request.path);
        let rest = self.request.raw_query.split('&').filter(|pair| {
            !pair.is_empty() && !pair.starts_with("startAt=") && !pair.starts_with("maxResults=")
        });
        let rest: String = rest.map(|pair| format!("{pair}&")).collect();
        let at = |start: usize| json!(format!("{path}?{rest}startAt={start}&maxResults={}", stretch.most));
        page["self"] = at(stretch.start);
        if page["isLast"] == json!(false) {
            page["nextPage"] = at(stretch.start + stretch.most);
        }
        Ok(Reply::json(&page))
    }
}
