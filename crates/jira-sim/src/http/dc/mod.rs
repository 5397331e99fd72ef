//! Data Center: who asks, and what REST v2 answers otherwise than Cloud does.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::identity::Caller;
use super::projects;
use super::reply::{Answer, Reply, refuse};
use super::request::{Request, integer, text, texts};
use super::site::Context;
use super::users::array;
use crate::jql::{self, parse};
use crate::json::put;
use crate::render::issue::{Default, Selection};
use crate::time::{Zone, stamp};
use crate::world::project::State;
use crate::world::{DcVersion, World};

/// Failed logins after which a name needs a CAPTCHA.
const LOGIN_ATTEMPTS: u32 = 3;

/// The result window of the search engine of version 11.
const WINDOW: i64 = 10_000;

/// Failed logins by name, until somebody signs in with a browser.
#[derive(Debug, Default)]
pub(crate) struct Logins(Mutex<HashMap<String, u32>>);

/// A personal access token as Bearer, or login and password as Basic. A wrong one is 401; after three for one name even
/// the right password is 403 and asks for a CAPTCHA.
pub(crate) fn identify(world: &World, request: &Request, logins: &Logins) -> Result<Caller, Box<Reply>> {
    let Some(header) = &request.authorization else { return Ok(Caller::Anonymous { failed: false }) };
    let refused = || {
        let reply = Reply::error(
            401,
            "You are not authenticated. Authentication required to perform this operation.",
        );
        Box::new(reply.with_header("x-seraph-loginreason", "AUTHENTICATED_FAILED"))
    };
    match header.split_once(' ') {
        Some(("Bearer", token)) => {
            let known = world.accounts.iter().position(|account| account.unscoped_token() == token);
            known.map(Caller::Account).ok_or_else(refused)
        }
        Some(("Basic", encoded)) => {
            let pair = STANDARD.decode(encoded.trim()).ok().and_then(|pair| String::from_utf8(pair).ok());
            let (name, password) =
                pair.as_deref().and_then(|pair| pair.split_once(':')).ok_or_else(refused)?;
            let login = |at: usize| world.people[world.accounts[at].person as usize].login.as_str();
            let known = (0..world.accounts.len()).find(|at| login(*at).eq_ignore_ascii_case(name));
            let mut attempts = logins.0.lock().unwrap_or_else(PoisonError::into_inner);
            let failed = attempts.entry(name.to_lowercase()).or_default();
            if *failed >= LOGIN_ATTEMPTS {
                let reply = Reply::error(403, "Login denied: a CAPTCHA challenge must be answered first.")
                    .with_header("x-seraph-loginreason", "AUTHENTICATION_DENIED")
                    .with_header("x-authentication-denied-reason", "CAPTCHA_CHALLENGE; login-url=/login.jsp");
                return Err(Box::new(reply));
            }
            match known.filter(|at| world.accounts[*at].password() == password) {
                Some(at) => {
                    *failed = 0;
                    Ok(Caller::Account(at))
                }
                None => {
                    *failed += 1;
                    Err(refused())
                }
            }
        }
        _ => Ok(Caller::Anonymous { failed: false }),
    }
}

pub(crate) fn server_info(context: &Context, version: DcVersion) -> Reply {
    let numbers = version.numbers();
    let zone = Zone::load("Europe/Berlin");
    Reply::json(&json!({
        "baseUrl": context.site.address,
        "version": numbers.map(|number| number.to_string()).join("."),
        "versionNumbers": numbers,
        "deploymentType": "Server",
        "buildNumber": numbers[0] * 100_000 + numbers[1] * 1000,
        "buildDate": "2026-06-01T00:00:00.000+0200",
        "serverTime": stamp(context.now, &zone),
        "scmInfo": "0123456789abcdef0123456789abcdef01234567",
        "serverTitle": "Jira",
    }))
}

struct Asked {
    jql: String,
    fields: Vec<String>,
    expand: Vec<String>,
    start: i64,
    most: i64,
    validates: bool,
}

pub(crate) fn search_get(context: &Context, request: &Request) -> Answer {
    search(
        context,
        &Asked {
            jql: request.param("jql").unwrap_or_default().to_owned(),
            fields: request.params("fields"),
            expand: request.params("expand"),
            start: request.number("startAt")?.unwrap_or(0),
            most: request.number("maxResults")?.unwrap_or(50),
            validates: validates(request.param("validateQuery")),
        },
    )
}

pub(crate) fn search_post(context: &Context, request: &Request) -> Answer {
    let body = request.object(&["expand", "fields", "jql", "maxResults", "startAt", "validateQuery"])?;
    let validates = match body.get("validateQuery") {
        Some(Value::Bool(validates)) => *validates,
        Some(Value::String(text)) => validates(Some(text)),
        _ => true,
    };
    search(
        context,
        &Asked {
            jql: text(&body, "jql")?.unwrap_or_default(),
            fields: texts(&body, "fields")?.unwrap_or_default(),
            expand: texts(&body, "expand")?.unwrap_or_default(),
            start: integer(&body, "startAt")?.unwrap_or(0),
            most: integer(&body, "maxResults")?.unwrap_or(50),
            validates,
        },
    )
}

fn validates(value: Option<&str>) -> bool {
    !matches!(value, Some("false" | "warn" | "none"))
}

/// The server clamps the page; version 11 gives nothing beyond its window.
fn search(context: &Context, asked: &Asked) -> Answer {
    if asked.start < 0 || asked.most < 0 {
        return refuse("startAt and maxResults must not be negative.");
    }
    let most = asked.most.min(context.site.options.page_clamp as i64);
    if context.world().spec.flavor.dc() == Some(DcVersion::V11) && asked.start.saturating_add(most) > WINDOW {
        let said = format!("Search limit exceeded: startAt + maxResults must not be beyond {WINDOW}.");
        return Ok(Reply::error(500, said));
    }
    let mut warnings = Vec::new();
    let found = match jql::search(&context.view(), &asked.jql, &[]) {
        Ok(found) => found,
        Err(refusal) if asked.validates || parse::query(&asked.jql).is_err() => return Err(refusal.into()),
        Err(refusal) => {
            warnings.push(refusal.0);
            Vec::new()
        }
    };
    let selection = Selection::parse(context.world(), &asked.fields, Default::Navigable);
    let changelog =
        asked.expand.iter().flat_map(|part| part.split(',')).any(|name| name.trim() == "changelog");
    let start = (asked.start as usize).min(found.len());
    let end = found.len().min(start + most as usize);
    let mut head = json!({
        "expand": "schema,names",
        "startAt": asked.start,
        "maxResults": most,
        "total": found.len(),
    });
    if !warnings.is_empty() {
        head["warningMessages"] = json!(warnings);
    }
    let head = head.to_string();
    let (context, mut at, mut first) = (context.clone(), start, true);
    Ok(Reply::rendered(Box::new(move |out| {
        let view = context.view();
        if at == start {
            put!(out, head[..head.len() - 1], ",\"issues\":[");
        }
        if at < end {
            if let Some(issue) = view.indexed(found[at]) {
                if !first {
                    out.push(b',');
                }
                first = false;
                view.issue(out, issue, &selection, changelog);
            }
            at += 1;
        }
        if at >= end {
            put!(out, "]}");
            return false;
        }
        true
    })))
}

/// Every project in one array; archived ones when asked for.
pub(crate) fn projects(context: &Context, request: &Request) -> Answer {
    let world = context.world();
    let archived = request.param("includeArchived") == Some("true");
    let expand = request.params("expand");
    let shown = |at: &u16| match world.projects[*at as usize].state {
        State::Live => world.browses(context.account(), *at),
        State::Archived => archived && world.browses(context.account(), *at),
        State::Trashed => false,
    };
    let mut found: Vec<u16> = (0..world.projects.len() as u16).filter(shown).collect();
    found.sort_by_key(|at| &world.projects[*at as usize].key);
    Ok(Reply::json(&found.into_iter().map(|at| project(projects::project(context, at, &expand))).collect()))
}

/// A project without what only Cloud tells.
pub(crate) fn project(mut value: Value) -> Value {
    if let Some(members) = value.as_object_mut() {
        ["simplified", "style", "isPrivate", "properties", "uuid"]
            .iter()
            .for_each(|name| drop(members.remove(*name)));
    }
    value
}

/// Everything of an issue unless a page is asked for.
pub(crate) fn whole_unless_paged(request: &Request) -> (usize, usize) {
    const ALL: usize = 1_048_576;
    let paged = request.param("startAt").is_some() || request.param("maxResults").is_some();
    if paged { (50, ALL) } else { (ALL, ALL) }
}

/// By key, or by login.
pub(crate) fn user(context: &Context, request: &Request) -> Answer {
    signed_in(context)?;
    let (key, login) = (request.param("key"), request.param("username"));
    if key.is_none() && login.is_none() {
        return refuse("Either the 'username' or the 'key' query parameters need to be provided.");
    }
    let deleted = request.param("includeDeleted") == Some("true");
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

/// Users whose login, name or address contains the text; `.` finds everybody. Inactive ones only when asked for.
pub(crate) fn search_users(context: &Context, request: &Request) -> Answer {
    signed_in(context)?;
    let Some(name) = request.param("username") else {
        return refuse("The username query parameter was not provided.");
    };
    let name = name.to_lowercase();
    let active = request.param("includeActive") != Some("false");
    let inactive = request.param("includeInactive") == Some("true");
    let people = &context.world().people;
    let found: Vec<u32> = (0..people.len() as u32)
        .filter(|at| {
            let person = &people[*at as usize];
            let texts = [Some(&person.login), person.name.as_ref(), person.email.as_ref()];
            !person.deleted
                && (if person.active { active } else { inactive })
                && (name == "."
                    || texts.into_iter().flatten().any(|text| text.to_lowercase().contains(&name)))
        })
        .collect();
    let stretch = super::page::Stretch::of(request, 50, 1000)?;
    Ok(array(context, stretch.cut(&found)))
}

fn signed_in(context: &Context) -> Result<(), Box<Reply>> {
    if context.is_anonymous() {
        return Err(Box::new(Reply::error(401, "You are not authenticated.")));
    }
    if !context.account().browse_users {
        return Err(Box::new(Reply::forbidden()));
    }
    Ok(())
}

/// Data Center's boards have neither location nor privacy.
pub(crate) fn board(mut value: Value) -> Value {
    if let Some(members) = value.as_object_mut() {
        members.remove("location");
        members.remove("isPrivate");
    }
    value
}

/// What a sprint of Data Center tells on top.
pub(crate) fn sprint_members(sprint: &mut Map<String, Value>) {
    sprint.remove("createdDate");
    if let Some(start) = sprint.get("startDate").cloned() {
        sprint.insert("activatedDate".to_owned(), start);
    }
    sprint.insert("autoStartStop".to_owned(), json!(false));
    sprint.insert("synced".to_owned(), json!(false));
}
