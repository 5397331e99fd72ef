//! Projects, live or put away, and their categories.

use serde_json::{Map, Value, json};

use super::Look;
use crate::http::page::Stretch;
use crate::http::projects as of_issues;
use crate::http::reply::{Answer, Reply, refuse};
use crate::render::fragments::{project_avatars, project_category};
use crate::time::{DAY, stamp};
use crate::world::access::Project;
use crate::world::people::uuid;
use crate::world::project::{CATEGORIES, State};

fn word(state: State) -> &'static str {
    match state {
        State::Live => "live",
        State::Archived => "archived",
        State::Trashed => "deleted",
    }
}

impl Look<'_> {
    pub(super) fn search_projects(&self) -> Answer {
        let request = self.request;
        let stretch = Stretch::of(request, 50, 100)?;
        let (statuses, keys, ids) = (request.params("status"), request.params("keys"), request.params("id"));
        if keys.len() > 50 || ids.len() > 50 {
            return refuse("A maximum of 50 projects can be named.");
        }
        let known = ["live", "archived", "deleted"];
        if let Some(unknown) = statuses.iter().find(|name| !known.contains(&name.as_str())) {
            return refuse(format!("The project status '{unknown}' is not one of live, archived, deleted."));
        }
        let types = request.params("typeKey");
        let category = request.number("categoryId")?;
        let query = request.param("query").unwrap_or_default().to_lowercase();
        let fits = |project: &Project| {
            let state = word(project.state);
            let of_category = |at: u8| CATEGORIES[at as usize].0.parse().ok() == category;
            (if statuses.is_empty() {
                state == "live"
            } else {
                statuses.iter().any(|status| status == state)
            }) && (keys.is_empty() || keys.iter().any(|key| key.eq_ignore_ascii_case(&project.key)))
                && (ids.is_empty() || ids.contains(&project.id.to_string()))
                && (types.is_empty() || types.iter().any(|kind| kind == project.kind))
                && (category.is_none() || project.category.is_some_and(of_category))
                && (project.name.to_lowercase().contains(&query)
                    || project.key.to_lowercase().contains(&query))
        };
        let found: Vec<(u32, &Project)> =
            self.eyes.projects().into_iter().filter(|(_, project)| fits(project)).collect();
        let expand = request.params("expand");
        let expand: Vec<&str> = expand.iter().map(String::as_str).collect();
        let mut page = stretch.page(&found, |(at, project)| self.project_cloud(*at, project, &expand));
        let at = |start: usize| {
            json!(format!("{}/project/search?maxResults={}&startAt={start}", self.api(), stretch.most))
        };
        page["self"] = at(stretch.start);
        if page["isLast"] == json!(false) {
            page["nextPage"] = at(stretch.start + stretch.most);
        }
        Ok(Reply::json(&page))
    }

    fn brief(&self, user: u32) -> Value {
        let mut value = self.user(user);
        if let Some(members) = value.as_object_mut() {
            for name in ["timeZone", "emailAddress", "appType", "guest", "locale", "expand"] {
                members.remove(name);
            }
        }
        value
    }

    fn project_cloud(&self, at: u32, project: &Project, expand: &[&str]) -> Value {
        // As the caller sees it: whoever may not browse it, an administrator for one, takes it for private.
        let private = project.state == State::Live && !self.eyes.may("BROWSE_PROJECTS", at);
        if self.access.is_of_issues(at) {
            let mut value = of_issues::project(self.context, at as u16, expand);
            value["isPrivate"] = json!(private);
            return value;
        }
        let site = &self.context.site.address;
        let seed = self.context.world().spec.seed;
        let mut value = json!({
            "expand": "description,lead,issueTypes,url,projectKeys,permissions,insight",
            "self": format!("{}/project/{}", self.api(), project.id),
            "id": project.id.to_string(),
            "key": project.key,
            "name": project.name,
            "avatarUrls": project_avatars(site),
            "projectTypeKey": project.kind,
            "simplified": project.level.is_some(),
            "style": if project.level.is_some() { "next-gen" } else { "classic" },
            "isPrivate": private,
            "properties": {},
            "uuid": uuid(&mut crate::rng::Rng::new(seed, 90_000 + u64::from(at))),
        });
        if let Some(category) = project.category {
            value["projectCategory"] = project_category(site, category);
        }
        for part in expand {
            match *part {
                "lead" => {
                    if let Some(lead) = project.lead {
                        value["lead"] = self.brief(lead);
                    }
                }
                "description" => value["description"] = json!(""),
                "issueTypes" => value["issueTypes"] = json!([]),
                "projectKeys" => value["projectKeys"] = json!([project.key]),
                "insight" => value["insight"] = json!({ "totalIssueCount": 0 }),
                _ => {}
            }
        }
        self.put_away(project, &mut value);
        value
    }

    fn put_away(&self, project: &Project, value: &mut Value) {
        let base = self.context.world().spec.base_ms;
        let moment = |days: i64| json!(stamp(base + days * DAY, &self.context.account().zone));
        let by = project.lead.map_or(Value::Null, |lead| self.brief(lead));
        let (what, when, who) = match project.state {
            State::Live => return,
            State::Archived => ("archived", "archivedDate", "archivedBy"),
            State::Trashed => ("deleted", "deletedDate", "deletedBy"),
        };
        value[what] = json!(true);
        value[when] = moment(-20);
        if !by.is_null() {
            value[who] = by;
        }
        if project.state == State::Trashed {
            value["retentionTillDate"] = moment(40);
        }
    }

    /// One of the projects without issues, and its lists, which are empty; those with issues are told by their own.
    pub(super) fn project_without_issues(&self, name: &str, parts: &[&str]) -> Option<Answer> {
        let at = self.access.project(name)?;
        if self.access.is_of_issues(at) {
            return None;
        }
        let none = json!([]);
        Some(self.project(name).and_then(|(at, project)| match parts {
            [] => Ok(Reply::json(&self.whole_project(at, project))),
            ["versions" | "components" | "statuses"] => Ok(Reply::json(&none)),
            ["version" | "component"] => self.page_of::<Value>(&[], 50, Value::clone),
            _ => Ok(Reply::unknown_path()),
        }))
    }

    fn whole_project(&self, at: u32, project: &Project) -> Value {
        let expand = ["lead", "description", "issueTypes"];
        let mut value = match self.access.is_dc {
            true => self.project_dc(project, &expand),
            false => self.project_cloud(at, project, &expand),
        };
        value["assigneeType"] = json!("UNASSIGNED");
        value["roles"] = Value::Object(self.role_addresses(project));
        value["versions"] = json!([]);
        value["components"] = json!([]);
        value
    }

    pub(super) fn role_addresses(&self, project: &Project) -> Map<String, Value> {
        let known = project.roles.iter().filter_map(|(id, _)| self.access.role(*id));
        let at = |id: u32| json!(format!("{}/project/{}/role/{id}", self.api(), project.id));
        known.map(|role| (role.name.clone(), at(role.id))).collect()
    }

    /// Data Center lists all of them at once; those in the bin are gone.
    pub(super) fn projects_dc(&self) -> Answer {
        let archived = self.request.param("includeArchived") == Some("true");
        let expand = self.request.params("expand");
        let expand: Vec<&str> = expand.iter().map(String::as_str).collect();
        let shown = self.eyes.projects().into_iter().filter(|(_, project)| match project.state {
            State::Live => true,
            State::Archived => archived,
            State::Trashed => false,
        });
        Ok(Reply::json(&shown.map(|(_, project)| self.project_dc(project, &expand)).collect()))
    }

    fn project_dc(&self, project: &Project, expand: &[&str]) -> Value {
        let picture = |size: &str| {
            let site = &self.context.site.address;
            format!("{site}/secure/projectavatar?{size}pid={}&avatarId=10011", project.id)
        };
        let mut value = json!({
            "expand": "description,lead,url,projectKeys",
            "self": format!("{}/project/{}", self.api(), project.id),
            "id": project.id.to_string(),
            "key": project.key,
            "name": project.name,
            "avatarUrls": {
                "48x48": picture(""),
                "24x24": picture("size=small&"),
                "16x16": picture("size=xsmall&"),
                "32x32": picture("size=medium&"),
            },
            "projectTypeKey": project.kind,
            "archived": project.state == State::Archived,
        });
        if let Some(category) = project.category {
            value["projectCategory"] = self.category_dc(category);
        }
        for part in expand {
            match (*part, project.lead) {
                ("lead", Some(lead)) => value["lead"] = self.brief(lead),
                ("description", _) => value["description"] = json!(""),
                ("issueTypes", _) => value["issueTypes"] = json!([]),
                ("projectKeys", _) => value["projectKeys"] = json!([project.key]),
                _ => {}
            }
        }
        value
    }

    fn category_dc(&self, category: u8) -> Value {
        let (id, name, description) = CATEGORIES[category as usize];
        json!({
            "self": format!("{}/projectCategory/{id}", self.api()),
            "id": id,
            "name": name,
            "description": description,
        })
    }

    pub(super) fn categories(&self) -> Answer {
        self.signed_in()?;
        let site = &self.context.site.address;
        let of = |at: u8| if self.access.is_dc { self.category_dc(at) } else { project_category(site, at) };
        Ok(Reply::json(&(0..CATEGORIES.len() as u8).map(of).collect()))
    }
}
