//! Users have a login, which may change, and a key, which does not. Listings need the permission to browse users.

use serde_json::{Value, json};

use crate::http::page::Stretch;
use crate::http::reference::raw;
use crate::http::reply::{Answer, Reply, refuse};
use crate::http::request::Request;
use crate::http::site::Context;
use crate::http::users::{self as everywhere, array};
use crate::rng::mix;
use crate::world::people::Person;

/// How many users a page of the listing holds at most.
const LIST_PAGE: i64 = 2000;

fn signed_in(context: &Context) -> Result<(), Box<Reply>> {
    if context.is_anonymous() {
        return Err(Box::new(Reply::error(401, "You are not authenticated.")));
    }
    if !context.account().browse_users {
        return Err(Box::new(Reply::forbidden()));
    }
    Ok(())
}

/// By key, or by login. Deleted ones are shown to administrators who ask for them.
pub(crate) fn user(context: &Context, request: &Request) -> Answer {
    signed_in(context)?;
    let (key, login) = (request.param("key"), request.param("username"));
    if key.is_none() && login.is_none() {
        return refuse("Either the 'username' or the 'key' query parameters need to be provided.");
    }
    let deleted = request.param("includeDeleted") == Some("true") && context.account().admin;
    let people = &context.world().people;
    let found = people.iter().position(|person| {
        (deleted || !person.deleted)
            && (key.is_some_and(|key| key == person.account_id)
                || login.is_some_and(|login| login == person.login))
    });
    match found {
        Some(at) => Ok(Reply::bytes(context.fragments().people[at].clone())),
        None => Ok(Reply::error(404, "The user does not exist.")),
    }
}

fn matching(context: &Context, wanted: impl Fn(&Person) -> bool) -> Vec<u32> {
    let people = &context.world().people;
    let fits = |at: &u32| {
        let person = &people[*at as usize];
        !person.deleted && wanted(person)
    };
    (0..people.len() as u32).filter(fits).collect()
}

fn says(person: &Person, text: &str) -> bool {
    let texts = [Some(&person.login), person.name.as_ref(), person.email.as_ref()];
    texts.into_iter().flatten().any(|it| it.to_lowercase().contains(text))
}

/// Users whose login, name or address contains the text; `.` finds everybody. Inactive ones only when asked for.
pub(crate) fn search_users(context: &Context, request: &Request) -> Answer {
    signed_in(context)?;
    let Some(name) = request.param("username") else {
        return refuse("The username query parameter was not provided.");
    };
    let name = name.to_lowercase();
    let active = request.param("includeActive") != Some("false");
    let inactive = request.param("includeInactive") == Some("true");
    let found = matching(context, |person| {
        (if person.active { active } else { inactive }) && (name == "." || says(person, &name))
    });
    let stretch = Stretch::of(request, 50, 1000)?;
    Ok(array(context, stretch.cut(&found)))
}

/// Everybody, active or not, in no order that means anything; a cursor says where to go on, and any number is one.
pub(crate) fn list_users(context: &Context, request: &Request) -> Answer {
    signed_in(context)?;
    let most = match request.number("maxResults")?.unwrap_or(LIST_PAGE) {
        asked @ 1.. => asked.min(LIST_PAGE) as usize,
        _ => return refuse("The value of maxResults must be positive."),
    };
    let after = request.number("cursor")?.unwrap_or(-1);
    let seed = mix(context.world().spec.seed);
    let place = |at: u32| (mix(seed ^ u64::from(at)) >> 12) as i64;
    let mut found: Vec<(i64, u32)> =
        matching(context, |_| true).into_iter().map(|at| (place(at), at)).collect();
    found.retain(|(place, _)| *place > after);
    found.sort_unstable();
    let shown = &found[..found.len().min(most)];
    let users = shown.iter().map(|(_, at)| raw(&context.fragments().people[*at as usize]));
    let address = format!("{}/user/list", context.fragments().api);
    let mut page = json!({
        "self": format!("{address}?maxResults={most}"),
        "maxResults": most,
        "isLast": shown.len() == found.len(),
        "values": users.collect::<Vec<Value>>(),
    });
    if let (Some((cursor, _)), false) = (shown.last(), shown.len() == found.len()) {
        page["nextCursor"] = json!(cursor.to_string());
        page["nextPage"] = json!(format!("{address}?maxResults={most}&cursor={cursor}"));
    }
    Ok(Reply::json(&page))
}

pub(crate) fn pick_users(context: &Context, request: &Request) -> Answer {
    signed_in(context)?;
    let Some(query) = request.param("query") else {
        return refuse("The query parameter 'query' is required.");
    };
    let query = query.to_lowercase();
    let found = matching(context, |person| person.active && says(person, &query));
    let most = request.number("maxResults")?.unwrap_or(50).clamp(0, 1000) as usize;
    let users: Vec<Value> = found
        .iter()
        .take(most)
        .map(|at| {
            let person = &context.world().people[*at as usize];
            let name = person.name.as_deref().unwrap_or_default();
            let html = name.replace('<', "&lt;");
            json!({ "name": person.login, "key": person.account_id, "displayName": name, "html": html })
        })
        .collect();
    let header = format!("Showing {} of {} matching users", users.len(), found.len());
    Ok(Reply::json(&json!({ "users": users, "total": found.len(), "header": header })))
}

/// The members of a group, for administrators.
pub(crate) fn members(context: &Context, request: &Request) -> Answer {
    signed_in(context)?;
    if !context.account().admin {
        return Ok(Reply::forbidden());
    }
    everywhere::members(context, request)
}
