//! Users and groups. Listings need the permission to browse users; their pages may be short, and only an empty one is
//! the last.

use serde_json::{Value, json};

use super::page::Stretch;
use super::reply::{Answer, Reply, refuse};
use super::request::Request;
use super::site::Context;
use crate::json as write;

fn allowed(context: &Context) -> Result<(), Box<Reply>> {
    match (context.is_anonymous(), context.account().browse_users) {
        (true, _) => {
            Err(Box::new(Reply::error(401, "Client must be authenticated to access this resource.")))
        }
        (_, false) => Err(Box::new(Reply::forbidden())),
        _ => Ok(()),
    }
}

pub(super) fn array(context: &Context, people: &[u32]) -> Reply {
    let mut out = Vec::new();
    write::list(&mut out, people, |out, at| out.extend_from_slice(&context.fragments().people[*at as usize]));
    // Each of them is two objects of a quota.
    Reply::bytes(out).giving(2 * people.len())
}

fn listed(context: &Context) -> Vec<u32> {
    let people = &context.world().people;
    (0..people.len() as u32).filter(|at| people[*at as usize].listed).collect()
}

/// `/users` and `/users/search`. Rows that privacy hides leave holes: a page covers what it was asked for but may show
/// less of it.
pub(crate) fn all(context: &Context, request: &Request) -> Answer {
    allowed(context)?;
    let stretch = Stretch::of(request, 50, 1000)?;
    let everyone = padded(context, listed(context));
    let shown: Vec<u32> = stretch.cut(&everyone).iter().copied().flatten().collect();
    Ok(array(context, &shown))
}

/// Positions in the listing; holes, if pages may be short, never stand alone at the end.
fn padded(context: &Context, people: Vec<u32>) -> Vec<Option<u32>> {
    let mut rows = Vec::with_capacity(people.len() + people.len() / 10);
    for (at, person) in people.iter().enumerate() {
        if context.site.options.short_pages && at > 0 && at % 16 == 7 {
            rows.push(None);
        }
        rows.push(Some(*person));
    }
    rows
}

fn by_account_id(context: &Context, id: &str) -> Option<u32> {
    context.world().people.iter().position(|person| person.account_id == id).map(|at| at as u32)
}

pub(crate) fn get(context: &Context, request: &Request) -> Answer {
    if context.is_anonymous() {
        return Ok(Reply::error(401, "Client must be authenticated to access this resource."));
    }
    let Some(id) = request.param("accountId") else {
        return refuse("The query parameter 'accountId' is required.");
    };
    match by_account_id(context, id) {
        Some(at) => Ok(Reply::bytes(context.fragments().people[at as usize].clone())),
        None => {
            Ok(Reply::error(404, "Specified user does not exist or you do not have required permissions"))
        }
    }
}

fn matching(context: &Context, query: &str) -> Vec<u32> {
    let query = query.to_lowercase();
    let people = &context.world().people;
    let matches = |at: &u32| {
        let person = &people[*at as usize];
        let holds =
            |text: &Option<String>| text.as_deref().is_some_and(|text| text.to_lowercase().contains(&query));
        person.active && (holds(&person.name) || holds(&person.email))
    };
    listed(context).into_iter().filter(matches).collect()
}

pub(crate) fn search(context: &Context, request: &Request) -> Answer {
    allowed(context)?;
    let stretch = Stretch::of(request, 50, 1000)?;
    let found = match (request.param("accountId"), request.param("query")) {
        (Some(id), _) => by_account_id(context, id).into_iter().collect(),
        (None, Some(query)) => matching(context, query),
        (None, None) => {
            return refuse("One of the query parameters 'query', 'accountId' or 'property' is required.");
        }
    };
    Ok(array(context, stretch.cut(&found)))
}

pub(crate) fn picker(context: &Context, request: &Request) -> Answer {
    allowed(context)?;
    let Some(query) = request.param("query") else {
        return refuse("The query parameter 'query' is required.");
    };
    let found = matching(context, query);
    let most = request.number("maxResults")?.unwrap_or(50).clamp(0, 1000) as usize;
    let users: Vec<Value> = found
        .iter()
        .take(most)
        .map(|at| {
            let person = &context.world().people[*at as usize];
            let name = person.name.as_deref().unwrap_or_default();
            json!({ "accountId": person.account_id, "accountType": person.kind.wire(), "displayName": name, "html": name.replace('<', "&lt;") })
        })
        .collect();
    let header = format!("Showing {} of {} matching users", users.len(), found.len());
    Ok(Reply::json(&json!({ "users": users, "total": found.len(), "header": header })))
}

/// Ten a page unless asked for more, at most 200.
pub(crate) fn bulk(context: &Context, request: &Request) -> Answer {
    if context.is_anonymous() {
        return Ok(Reply::error(401, "Client must be authenticated to access this resource."));
    }
    let stretch = Stretch::of(request, 10, 200)?;
    let ids: Vec<&str> =
        request.query.iter().filter(|(key, _)| key == "accountId").map(|(_, id)| id.as_str()).collect();
    if ids.is_empty() || ids.len() > 200 {
        return refuse("Between 1 and 200 accountId parameters are required.");
    }
    let found: Vec<u32> = ids.iter().filter_map(|id| by_account_id(context, id)).collect();
    let mut page = stretch.page(&found, |at| {
        serde_json::from_slice(&context.fragments().people[*at as usize]).unwrap_or(Value::Null)
    });
    page["self"] = json!(format!("{}/rest/api/3/user/bulk", context.site.address));
    Ok(Reply::json(&page).giving(2 * found.len()))
}

pub(crate) fn groups(context: &Context, request: &Request) -> Answer {
    allowed(context)?;
    let (names, ids) = (request.params("groupName"), request.params("groupId"));
    let groups: Vec<_> = context
        .world()
        .groups
        .iter()
        .filter(|group| names.is_empty() || names.iter().any(|name| name == group.name))
        .filter(|group| ids.is_empty() || ids.contains(&group.id))
        .collect();
    let stretch = Stretch::of(request, 50, 50)?;
    Ok(Reply::json(&stretch.page(&groups, |group| json!({ "name": group.name, "groupId": group.id }))))
}

pub(crate) fn members(context: &Context, request: &Request) -> Answer {
    allowed(context)?;
    let (name, id) = (request.param("groupname"), request.param("groupId"));
    let group = context
        .world()
        .groups
        .iter()
        .find(|group| name.is_some_and(|name| name == group.name) || id.is_some_and(|id| id == group.id));
    let Some(group) = group else { return Ok(Reply::error(404, "The group was not found.")) };
    let inactive = request.param("includeInactiveUsers") == Some("true");
    let members: Vec<u32> = group
        .members
        .iter()
        .copied()
        .filter(|at| inactive || context.world().people[*at as usize].active)
        .collect();
    let stretch = Stretch::of(request, 50, 50)?;
    Ok(Reply::json(&stretch.page(&members, |at| {
        serde_json::from_slice(&context.fragments().people[*at as usize]).unwrap_or(Value::Null)
    })))
}
