//! The site's configuration and the caller's own account and permissions.

use serde_json::{Map, Value, json};

use super::page::Stretch;
use super::reply::{Answer, Reply, refuse};
use super::request::Request;
use super::site::Context;
use crate::render::fragments::scope;
use crate::time::stamp;
use crate::world::catalog::Category;
use crate::world::fields::Field;

/// A ready fragment taken apart.
pub(super) fn raw(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or(Value::Null)
}

/// A bare array of ready fragments.
fn array<'a>(fragments: impl IntoIterator<Item = &'a Vec<u8>>) -> Reply {
    let mut out = Vec::new();
    crate::json::list(&mut out, fragments, |out, fragment| out.extend_from_slice(fragment));
    Reply::bytes(out)
}

pub(crate) fn server_info(context: &Context) -> Reply {
    Reply::json(&json!({
        "baseUrl": context.site.address,
        "displayUrl": context.site.address,
        "version": "1001.0.0-SNAPSHOT",
        "versionNumbers": [1001, 0, 0],
        "deploymentType": "Cloud",
        "buildNumber": 100_290,
        "buildDate": "2026-10-28T10:00:00.000+0900",
        "serverTime": stamp(context.now, &crate::time::Zone::load("Asia/Tokyo")),
        "scmInfo": "0123456789abcdef0123456789abcdef01234567",
        "serverTitle": "Jira",
        "serverTimeZone": "Etc/UTC",
    }))
}

pub(crate) fn myself(context: &Context) -> Answer {
    if context.is_anonymous() {
        return Ok(Reply::error(401, "Client must be authenticated to access this resource."));
    }
    let person = context.account().person as usize;
    let mut user = raw(&context.fragments().people[person]);
    user["locale"] = json!("en_US");
    user["groups"] = json!({ "size": 1, "items": [] });
    user["applicationRoles"] = json!({ "size": 1, "items": [] });
    user["expand"] = json!("groups,applicationRoles");
    Ok(Reply::json(&user))
}

/// (key, name, kind)
const PERMISSIONS: [(&str, &str, &str); 10] = [
    ("BROWSE_PROJECTS", "Browse Projects", "PROJECT"),
    ("VIEW_AGGREGATED_DATA", "View Aggregated Data", "PROJECT"),
    ("ADMINISTER_PROJECTS", "Administer Projects", "PROJECT"),
    ("EDIT_ISSUES", "Edit Issues", "PROJECT"),
    ("VIEW_VOTERS_AND_WATCHERS", "View Voters and Watchers", "PROJECT"),
    ("USER_PICKER", "Browse users and groups", "GLOBAL"),
    ("ADMINISTER", "Administer Jira", "GLOBAL"),
    ("SYSTEM_ADMIN", "System Administrators", "GLOBAL"),
    ("BULK_CHANGE", "Make bulk changes", "GLOBAL"),
    ("CREATE_SHARED_OBJECTS", "Share dashboards and filters", "GLOBAL"),
];

/// Whether the caller has a permission, in a project or in at least one.
fn has(context: &Context, permission: &str, project: Option<u16>) -> bool {
    let (world, account) = (context.world(), context.account());
    let somewhere =
        (0..world.projects.len() as u16).any(|at| world.is_live(at) && world.browses(account, at));
    let there = project.map_or(somewhere, |at| world.is_live(at) && world.browses(account, at));
    match permission {
        "BROWSE_PROJECTS" | "VIEW_AGGREGATED_DATA" | "VIEW_VOTERS_AND_WATCHERS" => there,
        "ADMINISTER_PROJECTS" | "EDIT_ISSUES" => there && account.admin,
        "USER_PICKER" => account.browse_users,
        "CREATE_SHARED_OBJECTS" => !context.is_anonymous(),
        _ => account.admin,
    }
}

/// Cloud wants the permissions named, Data Center tells of all of them.
pub(crate) fn my_permissions(context: &Context, request: &Request) -> Answer {
    let wanted = match context.world().spec.flavor.is_dc() {
        true => PERMISSIONS.iter().map(|(key, ..)| (*key).to_owned()).collect(),
        false => request.params("permissions"),
    };
    if wanted.is_empty() {
        return refuse("The 'permissions' query parameter is required.");
    }
    let project = match request.param("projectKey").or(request.param("projectId")) {
        None => None,
        Some(name) => match context.world().project(name) {
            Some(at) if context.world().browses(context.account(), at) => Some(at),
            _ => return Ok(Reply::error(404, format!("No project could be found with key '{name}'."))),
        },
    };
    let mut permissions = Map::new();
    for key in &wanted {
        let Some((at, (_, name, kind))) =
            PERMISSIONS.iter().enumerate().find(|(_, (known, ..))| known == key)
        else {
            return refuse(format!("Unrecognized permission: {key}"));
        };
        permissions.insert(
            key.clone(),
            json!({
                "id": at.to_string(),
                "key": key,
                "name": name,
                "type": kind,
                "description": "",
                "havePermission": has(context, key, project),
            }),
        );
    }
    Ok(Reply::json(&json!({ "permissions": permissions })))
}

pub(crate) fn check_permissions(context: &Context, request: &Request) -> Answer {
    let body = request.object(&["accountId", "globalPermissions", "projectPermissions"])?;
    let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let mut answers = Vec::new();
    for asked in body.get("projectPermissions").and_then(Value::as_array).into_iter().flatten() {
        if list(asked, "projects").len() + list(asked, "issues").len() > 1000 {
            return refuse("The maximum number of projects and issues is 1000.");
        }
        for permission in list(asked, "permissions").iter().filter_map(Value::as_str) {
            let allowed = |at: u16| has(context, permission, Some(at));
            let projects: Vec<Value> = list(asked, "projects")
                .into_iter()
                .filter(|id| context.world().project(&id.to_string()).is_some_and(allowed))
                .collect();
            let view = context.view();
            let issues: Vec<Value> = list(asked, "issues")
                .into_iter()
                .filter(|id| view.find(&id.to_string()).is_some_and(|(_, issue)| allowed(issue.project)))
                .collect();
            answers.push(json!({ "permission": permission, "projects": projects, "issues": issues }));
        }
    }
    let global: Vec<&str> = body
        .get("globalPermissions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter(|permission| has(context, permission, None))
        .collect();
    Ok(Reply::json(&json!({ "projectPermissions": answers, "globalPermissions": global })))
}

/// A field's `schema`.
pub(crate) fn schema(field: &Field) -> Option<Value> {
    let mut schema = json!({ "type": field.schema? });
    if let Some(items) = field.items {
        schema["items"] = json!(items);
    }
    match field.custom {
        Some(custom) => {
            schema["custom"] = json!(custom);
            schema["customId"] = json!(field.number());
        }
        None => schema["system"] = json!(field.id),
    }
    Some(schema)
}

pub(crate) fn browsed_scope(context: &Context, owner: Option<u16>) -> bool {
    owner.is_none_or(|at| context.world().is_live(at) && context.world().browses(context.account(), at))
}

pub(crate) fn fields(context: &Context) -> Reply {
    Reply::json(&Value::Array(field_list(context)))
}

/// The fields that the caller sees.
pub(crate) fn field_list(context: &Context) -> Vec<Value> {
    context
        .world()
        .fields
        .iter()
        .filter(|field| browsed_scope(context, field.scope))
        .map(|field| {
            let mut value = json!({
                "id": field.id,
                "name": field.name,
                "custom": field.is_custom(),
                "orderable": true,
                "navigable": field.navigable,
                "searchable": !field.clauses.is_empty(),
                "clauseNames": field.clauses,
            });
            if !context.world().spec.flavor.is_dc() {
                value["key"] = json!(field.id);
            }
            if let Some(schema) = schema(field) {
                value["schema"] = schema;
            }
            if let Some(owner) = field.scope {
                value["scope"] = scope(context.world(), owner);
            }
            value
        })
        .collect()
}

/// Company-managed fields only, 50 a page.
pub(crate) fn search_fields(context: &Context, request: &Request) -> Answer {
    let stretch = Stretch::of(request, 50, 50)?;
    let (types, ids) = (request.params("type"), request.params("id"));
    let query = request.param("query").unwrap_or_default().to_lowercase();
    let fields: Vec<&Field> = context
        .world()
        .fields
        .iter()
        .filter(|field| field.scope.is_none())
        .filter(|field| types.is_empty() || types.iter().any(|kind| (kind == "custom") == field.is_custom()))
        .filter(|field| ids.is_empty() || ids.contains(&field.id))
        .filter(|field| field.name.to_lowercase().contains(&query))
        .collect();
    Ok(Reply::json(&stretch.page(&fields, |field| {
        let mut value = json!({ "id": field.id, "key": field.id, "name": field.name, "isLocked": false });
        if let Some(schema) = schema(field) {
            value["schema"] = schema;
        }
        value
    })))
}

/// Positions of the statuses that the caller sees.
fn visible_statuses(context: &Context) -> impl Iterator<Item = usize> {
    let statuses = context.world().catalog.statuses.iter().enumerate();
    statuses.filter(|(_, status)| browsed_scope(context, status.scope)).map(|(at, _)| at)
}

pub(crate) fn statuses(context: &Context) -> Reply {
    let with_scope = |at: usize| {
        let mut value = raw(&context.fragments().statuses[at]);
        if let Some(owner) = context.world().catalog.statuses[at].scope {
            value["scope"] = scope(context.world(), owner);
        }
        value
    };
    Reply::json(&visible_statuses(context).map(with_scope).collect())
}

/// Configuration, for administrators; categories are words here, not objects.
pub(crate) fn search_statuses(context: &Context, request: &Request) -> Answer {
    if !context.account().admin {
        return Ok(Reply::forbidden());
    }
    let statuses: Vec<_> =
        visible_statuses(context).map(|at| &context.world().catalog.statuses[at]).collect();
    Ok(Reply::json(&Stretch::of(request, 200, 200)?.page(&statuses, |status| {
        json!({
            "id": status.id,
            "name": status.name,
            "description": "",
            "statusCategory": match status.category {
                Category::New | Category::Undefined => "TODO",
                Category::Indeterminate => "IN_PROGRESS",
                Category::Done => "DONE",
            },
            "scope": match status.scope {
                Some(owner) => scope(context.world(), owner),
                None => json!({ "type": "GLOBAL" }),
            },
        })
    })))
}

pub(crate) fn status_categories(context: &Context) -> Reply {
    array(&context.fragments().categories)
}

pub(crate) fn issue_types(context: &Context) -> Reply {
    let types = context.world().catalog.types.iter().zip(&context.fragments().types);
    array(types.filter(|(kind, _)| browsed_scope(context, kind.scope)).map(|(_, fragment)| fragment))
}

pub(crate) fn issue_types_of_project(context: &Context, request: &Request) -> Answer {
    let world = context.world();
    let project = request.param("projectId").and_then(|id| world.project(id));
    match project.filter(|at| browsed_scope(context, Some(*at))) {
        Some(at) => Ok(Reply::json(&super::projects::issue_types_of(context, at))),
        None => Ok(Reply::error(404, "No project could be found.")),
    }
}

pub(crate) fn priorities(context: &Context) -> Reply {
    Reply::json(&Value::Array(full_priorities(context)))
}

fn full_priorities(context: &Context) -> Vec<Value> {
    let known = context.world().catalog.priorities.iter().zip(&context.fragments().priorities);
    known
        .enumerate()
        .map(|(at, (priority, fragment))| {
            let mut value = raw(fragment);
            value["statusColor"] = json!(priority.color);
            value["description"] = json!("");
            if !context.world().spec.flavor.is_dc() {
                value["isDefault"] = json!(at == 2);
            }
            value
        })
        .collect()
}

pub(crate) fn search_priorities(context: &Context, request: &Request) -> Answer {
    if !context.account().admin {
        return Ok(Reply::forbidden());
    }
    Ok(Reply::json(&Stretch::of(request, 50, 50)?.page(&full_priorities(context), Value::clone)))
}

pub(crate) fn resolutions(context: &Context) -> Reply {
    array(&context.fragments().resolutions)
}

pub(crate) fn search_resolutions(context: &Context, request: &Request) -> Answer {
    Ok(Reply::json(
        &Stretch::of(request, 50, 50)?.page(&context.fragments().resolutions, |fragment| raw(fragment)),
    ))
}

pub(crate) fn link_types(context: &Context) -> Reply {
    let types: Vec<Value> = context.fragments().link_types.iter().map(|fragment| raw(fragment)).collect();
    Reply::json(&json!({ "issueLinkTypes": types }))
}

pub(crate) fn roles(context: &Context) -> Answer {
    if !context.account().admin {
        return Ok(Reply::forbidden());
    }
    let api = &context.fragments().api;
    Ok(Reply::json(
        &context
            .world()
            .roles
            .iter()
            .map(|role| {
                json!({
                    "self": format!("{api}/role/{}", role.id),
                    "id": role.id,
                    "name": role.name,
                    "description": role.description,
                    "actors": [],
                })
            })
            .collect(),
    ))
}

/// One filter behind every board.
pub(crate) fn filters(context: &Context, request: &Request) -> Answer {
    let world = context.world();
    let site = &context.site.address;
    let boards: Vec<_> =
        world.boards.iter().filter(|board| world.shows_boards(context.account(), board.project)).collect();
    Ok(Reply::json(&Stretch::of(request, 50, 100)?.page(&boards, |board| {
        json!({
            "self": format!("{site}/rest/api/3/filter/{}", 10_000 + board.id),
            "id": (10_000 + board.id).to_string(),
            "name": format!("Filter for {}", board.name),
            "jql": format!("project = {} ORDER BY Rank ASC", world.projects[board.project as usize].key),
            "favourite": false,
        })
    })))
}
