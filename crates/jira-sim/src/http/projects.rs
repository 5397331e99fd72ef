//! Projects with their versions, components, statuses and roles.

use serde_json::{Map, Value, json};

use super::page::Stretch;
use super::reference::raw;
use super::reply::{Answer, Reply, refuse};
use super::request::Request;
use super::site::Context;
use crate::render::fragments::{project_avatars, project_category};
use crate::time::stamp;
use crate::world::people::{DEVELOPERS, uuid};
use crate::world::project::{Project, State};

pub(super) fn brief_user(context: &Context, person: u32) -> Value {
    let mut user = raw(&context.fragments().people[person as usize]);
    if let Some(members) = user.as_object_mut() {
        members.remove("timeZone");
        members.remove("emailAddress");
    }
    user
}

pub(super) fn project(context: &Context, at: u16, expand: &[&str]) -> Value {
    let world = context.world();
    let project = &world.projects[at as usize];
    let site = &context.site.address;
    let asked = |name: &str| expand.contains(&name);
    let mut value = json!({
        "expand": "description,lead,issueTypes,url,projectKeys,permissions,insight",
        "self": format!("{site}/rest/api/3/project/{}", project.id),
        "id": project.id.to_string(),
        "key": project.key,
        "name": project.name,
        "avatarUrls": project_avatars(site),
        "projectTypeKey": project.kind.key(),
        "simplified": project.team_managed,
        "style": if project.team_managed { "next-gen" } else { "classic" },
        "isPrivate": false,
        "properties": {},
        "uuid": uuid(&mut crate::rng::Rng::new(world.spec.seed, 900 + u64::from(at))),
    });
    if let Some(category) = project.category {
        value["projectCategory"] = project_category(site, category);
    }
    if asked("lead") {
        value["lead"] = brief_user(context, project.lead);
    }
    if asked("description") {
        value["description"] = json!("");
    }
    if asked("issueTypes") {
        value["issueTypes"] = issue_types_of(context, at);
    }
    if asked("projectKeys") {
        value["projectKeys"] = json!([project.key]);
    }
    if asked("insight") {
        let seen = || world.issues.iter().filter(|issue| issue.project == at && context.view().sees(issue));
        let mut insight = json!({ "totalIssueCount": seen().count() });
        if let Some(latest) = seen().map(|issue| issue.updated).max() {
            insight["lastIssueUpdateTime"] = json!(stamp(latest, &context.account().zone));
        }
        value["insight"] = insight;
    }
    let put_away = stamp(world.spec.base_ms - 20 * crate::time::DAY, &context.account().zone);
    match project.state {
        State::Live => {}
        State::Archived => {
            value["archived"] = json!(true);
            value["archivedDate"] = json!(put_away);
            value["archivedBy"] = brief_user(context, project.lead);
        }
        State::Trashed => {
            value["deleted"] = json!(true);
            value["deletedDate"] = json!(put_away);
            value["deletedBy"] = brief_user(context, project.lead);
            value["retentionTillDate"] =
                json!(stamp(world.spec.base_ms + 40 * crate::time::DAY, &context.account().zone));
        }
    }
    value
}

pub(crate) fn search(context: &Context, request: &Request) -> Answer {
    let stretch = Stretch::of(request, 50, 100)?;
    let (statuses, keys, ids) = (request.params("status"), request.params("keys"), request.params("id"));
    if keys.len() > 50 || ids.len() > 50 {
        return refuse("A maximum of 50 projects can be named.");
    }
    if let Some(unknown) =
        statuses.iter().find(|name| !["live", "archived", "deleted"].contains(&name.as_str()))
    {
        return refuse(format!("The project status '{unknown}' is not one of live, archived, deleted."));
    }
    let world = context.world();
    let query = request.param("query").unwrap_or_default().to_lowercase();
    let listed = |project: &Project| {
        let name = match project.state {
            State::Live => "live",
            State::Archived => "archived",
            State::Trashed => "deleted",
        };
        if statuses.is_empty() { name == "live" } else { statuses.iter().any(|status| status == name) }
    };
    let mut found: Vec<u16> = (0..world.projects.len() as u16)
        .filter(|at| {
            let project = &world.projects[*at as usize];
            world.browses(context.account(), *at)
                && listed(project)
                && (keys.is_empty() || keys.iter().any(|key| key.eq_ignore_ascii_case(&project.key)))
                && (ids.is_empty() || ids.contains(&project.id.to_string()))
                && (project.name.to_lowercase().contains(&query)
                    || project.key.to_lowercase().contains(&query))
        })
        .collect();
    found.sort_by_key(|at| &world.projects[*at as usize].key);
    let expand = request.params("expand");
    let expand: Vec<&str> = expand.iter().map(String::as_str).collect();
    let mut page = stretch.page(&found, |at| project(context, *at, &expand));
    let site = &context.site.address;
    page["self"] = json!(format!(
        "{site}/rest/api/3/project/search?maxResults={}&startAt={}",
        stretch.most, stretch.start
    ));
    if page["isLast"] == json!(false) {
        let next = stretch.start + stretch.most;
        page["nextPage"] =
            json!(format!("{site}/rest/api/3/project/search?maxResults={}&startAt={next}", stretch.most));
    }
    Ok(Reply::json(&page))
}

/// The issue types of a project.
pub(super) fn issue_types_of(context: &Context, at: u16) -> Value {
    let types = context.world().projects[at as usize].types.iter();
    types.map(|kind| raw(&context.fragments().types[*kind as usize])).collect()
}

/// A live project that the caller may browse.
pub(super) fn find(context: &Context, name: &str) -> Result<u16, Box<Reply>> {
    let world = context.world();
    let found = world.project(name).filter(|at| world.is_live(*at) && world.browses(context.account(), *at));
    found.ok_or_else(|| Box::new(Reply::error(404, format!("No project could be found with key '{name}'."))))
}

pub(crate) fn get(context: &Context, name: &str) -> Answer {
    let at = find(context, name)?;
    let mut value = project(context, at, &["lead", "description", "issueTypes"]);
    complete(context, at, &mut value);
    Ok(Reply::json(&value))
}

/// What only a single project tells.
pub(super) fn complete(context: &Context, at: u16, value: &mut Value) {
    value["assigneeType"] = json!("UNASSIGNED");
    value["roles"] = Value::Object(role_addresses(context, at));
    value["versions"] = Value::Array(versions_of(context, at));
    value["components"] = Value::Array(components_of(context, at));
}

fn versions_of(context: &Context, at: u16) -> Vec<Value> {
    let world = context.world();
    let project = &world.projects[at as usize];
    let of = |index: &u32| {
        let mut value = raw(&context.fragments().versions[*index as usize]);
        value["projectId"] = json!(project.id);
        value
    };
    project.versions.iter().map(of).collect()
}

fn components_of(context: &Context, at: u16) -> Vec<Value> {
    let world = context.world();
    let project = &world.projects[at as usize];
    let of = |index: &u32| {
        let component = &world.components[*index as usize];
        let mut value = raw(&context.fragments().components[*index as usize]);
        value["assigneeType"] = json!("PROJECT_DEFAULT");
        value["realAssigneeType"] = json!("PROJECT_DEFAULT");
        value["isAssigneeTypeValid"] = json!(false);
        value["project"] = json!(project.key);
        value["projectId"] = json!(project.id);
        if let Some(lead) = component.lead {
            value["lead"] = brief_user(context, lead);
        }
        if world.spec.flavor.is_dc() {
            value["archived"] = json!(false);
        }
        value
    };
    project.components.iter().map(of).collect()
}

pub(crate) fn versions(context: &Context, name: &str) -> Answer {
    Ok(Reply::json(&Value::Array(versions_of(context, find(context, name)?))))
}

pub(crate) fn version_page(context: &Context, request: &Request, name: &str) -> Answer {
    let all = versions_of(context, find(context, name)?);
    Ok(Reply::json(&Stretch::of(request, 50, 50)?.page(&all, Value::clone)))
}

pub(crate) fn components(context: &Context, name: &str) -> Answer {
    Ok(Reply::json(&Value::Array(components_of(context, find(context, name)?))))
}

pub(crate) fn component_page(context: &Context, request: &Request, name: &str) -> Answer {
    let all = components_of(context, find(context, name)?);
    Ok(Reply::json(&Stretch::of(request, 50, 50)?.page(&all, Value::clone)))
}

/// The statuses of each issue type.
pub(crate) fn statuses(context: &Context, name: &str) -> Answer {
    let world = context.world();
    let api = &context.fragments().api;
    let project = &world.projects[find(context, name)? as usize];
    let statuses: Vec<Value> =
        project.workflow.iter().map(|at| raw(&context.fragments().statuses[*at as usize])).collect();
    let of = |kind: &u16| {
        let kind = &world.catalog.types[*kind as usize];
        json!({
            "self": format!("{api}/issuetype/{}", kind.id),
            "id": kind.id,
            "name": kind.name,
            "subtask": kind.level < 0,
            "statuses": statuses,
        })
    };
    Ok(Reply::json(&project.types.iter().map(of).collect()))
}

fn role_addresses(context: &Context, at: u16) -> Map<String, Value> {
    let api = &context.fragments().api;
    let project = &context.world().projects[at as usize];
    let roles = context.world().roles.iter();
    roles
        .map(|role| (role.name.to_owned(), json!(format!("{api}/project/{}/role/{}", project.id, role.id))))
        .collect()
}

pub(crate) fn roles(context: &Context, name: &str) -> Answer {
    Ok(Reply::json(&Value::Object(role_addresses(context, find(context, name)?))))
}

pub(crate) fn role(context: &Context, name: &str, id: &str) -> Answer {
    let at = find(context, name)?;
    let world = context.world();
    let project = &world.projects[at as usize];
    let Some(role) = world.roles.iter().find(|role| role.id.to_string() == id) else {
        return Ok(Reply::error(404, "Can not retrieve a role actor for a null project role."));
    };
    let group = &world.groups[DEVELOPERS];
    let lead = &world.people[project.lead as usize];
    let mut user = json!({ "id": 20_000 + u32::from(at), "type": "atlassian-user-role-actor" });
    let mut team = json!({
        "id": 10_000 + u32::from(at),
        "displayName": group.name,
        "type": "atlassian-group-role-actor",
        "name": group.name,
    });
    if world.spec.flavor.is_dc() {
        user["name"] = json!(lead.login);
    } else {
        user["actorUser"] = json!({ "accountId": lead.account_id });
        team["actorGroup"] = json!({ "name": group.name, "displayName": group.name, "groupId": group.id });
    }
    if let Some(name) = &lead.name {
        user["displayName"] = json!(name);
    }
    Ok(Reply::json(&json!({
        "self": format!("{}/project/{}/role/{}", context.fragments().api, project.id, role.id),
        "name": role.name,
        "id": role.id,
        "description": role.description,
        "actors": [team, user],
    })))
}
