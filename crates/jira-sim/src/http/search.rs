//! Searches: the enhanced search, its approximate count, the classic search that is gone, and the JQL parser.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::fault::FaultKind;
use super::page;
use super::reply::{Answer, Reply, refuse};
use super::request::{Request, integer, numbers, text, texts};
use super::site::Context;
use crate::jql::{self, parse};
use crate::json::{self as out_json, put};
use crate::render::View;
use crate::render::issue::{Default, Selection};
use crate::rng::mix;
use crate::world::issue::Issue;

const MEMBERS: [&str; 9] = [
    "expand",
    "fields",
    "fieldsByKeys",
    "includeArchivedProjects",
    "jql",
    "maxResults",
    "nextPageToken",
    "properties",
    "reconcileIssues",
];

/// What a page holds when a fault makes it short.
const SHORT: usize = 40;

struct Asked {
    jql: String,
    fields: Vec<String>,
    expand: String,
    most: i64,
    token: Option<String>,
    /// Ids of issues to be looked at as they are, not as the index has them.
    reconcile: Vec<i64>,
}

pub(crate) fn gone() -> Reply {
    Reply::error(
        410,
        "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046",
    )
}

pub(crate) fn get(context: &Context, request: &Request) -> Answer {
    let asked = Asked {
        jql: request.param("jql").unwrap_or_default().to_owned(),
        fields: request.params("fields"),
        expand: request.param("expand").unwrap_or_default().to_owned(),
        most: request.number("maxResults")?.unwrap_or(50),
        token: request.param("nextPageToken").map(str::to_owned),
        reconcile: request.params("reconcileIssues").iter().filter_map(|id| id.parse().ok()).collect(),
    };
    search(context, asked)
}

pub(crate) fn post(context: &Context, request: &Request) -> Answer {
    let body = request.object(&MEMBERS)?;
    if body.get("reconcileIssues").is_some_and(Value::is_null) {
        return Err(Box::new(Reply::error(500, "Internal server error")));
    }
    if texts(&body, "properties")?.is_some_and(|names| names.len() > 5) {
        return refuse("The maximum number of properties is 5.");
    }
    let asked = Asked {
        jql: text(&body, "jql")?.unwrap_or_default(),
        fields: texts(&body, "fields")?.unwrap_or_default(),
        expand: text(&body, "expand")?.unwrap_or_default(),
        most: integer(&body, "maxResults")?.unwrap_or(50),
        token: text(&body, "nextPageToken")?,
        reconcile: match body.get("reconcileIssues") {
            Some(_) => numbers(&body, "reconcileIssues")?,
            None => Vec::new(),
        },
    };
    search(context, asked)
}

fn search(context: &Context, asked: Asked) -> Answer {
    if !(1..=5000).contains(&asked.most) {
        return refuse("The value of maxResults must be between 1 and 5000.");
    }
    if asked.reconcile.len() > 50 {
        return refuse("The maximum number of issues to reconcile is 50.");
    }
    if context.is_anonymous() {
        parse::query(&asked.jql)?;
        return Ok(Reply::json(&json!({ "issues": [], "isLast": true })));
    }
    let reconcile = positions(context, &asked.reconcile);
    let (mut walk, start, found) = begin_or_go_on(context, &asked, &reconcile)?;
    let selection = Selection::parse(context.world(), &asked.fields, Default::Id);
    let changelog = asked.expand.split(',').any(|name| name.trim() == "changelog");
    let cap = if selection.bare && !changelog { 5000 } else { 100 };
    let mut most = (asked.most as usize).min(cap);
    let draw = mix(context.world().spec.seed ^ (start as u64) << 8);
    if context.site.options.short_pages && draw.is_multiple_of(6) && most > 1 {
        most = (most * 7 / 8).max(1);
    }
    if found.len() > start + SHORT && context.site.faults.on_page(FaultKind::ShortPage, &context.asked) {
        most = most.min(SHORT);
    }
    let (mut start, asked_start) = (start.min(found.len()), start);
    let end = found.len().min(start + most);
    if start > 0 && end > start && context.site.faults.on_page(FaultKind::Duplicates, &context.asked) {
        start -= start.min(3);
    }
    let next = (end < found.len()).then(|| {
        let looped = context.site.faults.on_page(FaultKind::TokenLoop, &context.asked);
        let end = if looped { asked_start } else { end };
        let walk = *walk.get_or_insert_with(|| context.site.begin_walk(context.caller, Arc::clone(&found)));
        format!("{walk}.{}", page::token(&identity(context, &asked, walk), end))
    });
    let mut tail = names(context, &asked.expand, &selection);
    tail.insert("isLast".to_owned(), json!(next.is_none()));
    if let Some(next) = next {
        tail.insert("nextPageToken".to_owned(), json!(next));
    }
    let mut shown_until = end;
    if context.site.faults.on_page(FaultKind::Warnings, &context.asked) {
        // As it says: the last issue of the page is in none.
        shown_until = end.saturating_sub(1).max(start);
        let message = "A clause exceeded its limit of arguments; the result may not be complete.";
        tail.insert("warnings".to_owned(), json!([{ "type": "CLAUSE_LIMIT_EXCEEDED", "message": message }]));
    }
    let tail = Value::Object(tail).to_string();
    let (context, mut at, mut first) = (context.clone(), start, true);
    Ok(Reply::rendered(Box::new(move |out| {
        let view = context.view();
        if at == start {
            put!(out, "{\"issues\":[");
        }
        if at < shown_until {
            if let Some(issue) = shown(&view, found[at], &reconcile) {
                if !first {
                    out.push(b',');
                }
                first = false;
                if selection.bare && !changelog {
                    view.bare(out, issue, selection.key);
                } else {
                    context.issue(out, issue, &selection, changelog);
                }
            }
            at += 1;
        }
        if at >= shown_until {
            put!(out, "],", tail[1..]);
            return false;
        }
        true
    }))
    .giving(shown_until.saturating_sub(start)))
}

/// The walk (none yet on a first page), where in it the page begins, and what the walk found.
type Place = (Option<u64>, usize, Arc<Vec<u32>>);

/// A first page searches; a token goes on in what its search found, whatever was edited since.
fn begin_or_go_on(context: &Context, asked: &Asked, reconcile: &[u32]) -> Result<Place, Box<Reply>> {
    let Some(token) = &asked.token else {
        return Ok((None, 0, Arc::new(jql::search(&context.view(), &asked.jql, reconcile)?)));
    };
    let place = token.split_once('.').and_then(|(walk, token)| {
        let walk: u64 = walk.parse().ok()?;
        let offset = page::offset(&identity(context, asked, walk), token)?;
        Some((Some(walk), offset, context.site.walk(context.caller, walk)?))
    });
    place.map_or_else(|| refuse("The provided next page token is invalid or expired."), Ok)
}

/// What a token belongs to.
fn identity(context: &Context, asked: &Asked, walk: u64) -> String {
    format!(
        "{walk}\n{}\n{}\n{:?}\n{}\n{:?}",
        context.account().email,
        asked.jql,
        asked.fields,
        asked.expand,
        asked.reconcile
    )
}

/// Positions of the issues of these ids, ascending; ids of no issue are left out.
fn positions(context: &Context, ids: &[i64]) -> Vec<u32> {
    let mut positions: Vec<u32> = ids.iter().filter_map(|id| context.world().find(&id.to_string())).collect();
    positions.sort_unstable();
    positions
}

/// An issue of a walk as the page shows it; None when it has gone since the walk began.
fn shown<'a>(view: &View<'a>, at: u32, reconcile: &[u32]) -> Option<&'a Issue> {
    let issue = match reconcile.binary_search(&at) {
        Ok(_) => &view.world.issues[at as usize],
        Err(_) => view.indexed(at)?,
    };
    view.sees(issue).then_some(issue)
}

/// `names` and `schema` of the selected fields, when the expansion asks for them.
pub(super) fn names(context: &Context, expand: &str, selection: &Selection) -> Map<String, Value> {
    let mut extra = Map::new();
    let fields = || {
        context.world().fields.iter().enumerate().filter(|(at, _)| selection.has(*at)).map(|(_, field)| field)
    };
    for name in expand.split(',').map(str::trim) {
        let all: Map<String, Value> = match name {
            "names" => fields().map(|field| (field.id.clone(), json!(field.name))).collect(),
            "schema" => fields()
                .filter_map(|field| Some((field.id.clone(), super::reference::schema(field)?)))
                .collect(),
            _ => continue,
        };
        extra.insert(name.to_owned(), Value::Object(all));
    }
    extra
}

pub(crate) fn count(context: &Context, request: &Request) -> Answer {
    let body = request.object(&["jql"])?;
    let jql = text(&body, "jql")?.unwrap_or_default();
    if context.is_anonymous() {
        parse::query(&jql)?;
        return Ok(Reply::json(&json!({ "count": 0 })));
    }
    let found = jql::search(&context.view(), &jql, &[])?;
    Ok(Reply::json(&json!({ "count": found.len() })))
}

/// Says of each query what is wrong with it; `validation` decides whether unknown names count.
pub(crate) fn parse(context: &Context, request: &Request) -> Answer {
    let body = request.object(&["queries"])?;
    let queries = texts(&body, "queries")?.unwrap_or_default();
    let validation = request.param("validation").unwrap_or("strict");
    if !["strict", "warn", "none"].contains(&validation) {
        return refuse("The validation parameter must be one of strict, warn, none.");
    }
    if queries.is_empty() {
        return refuse("At least one query is required.");
    }
    let view = context.view();
    let answers: Vec<Value> = queries
        .iter()
        .map(|text| {
            let query = match parse::query(text) {
                Ok(query) => query,
                Err(refusal) => return json!({ "query": text, "errors": [refusal.0] }),
            };
            let mut answer = json!({ "query": text, "structure": jql::structure(&query) });
            match (jql::check(&view, &query), validation) {
                (Err(refusal), "strict") => json!({ "query": text, "errors": [refusal.0] }),
                (Err(refusal), "warn") => {
                    answer["warnings"] = json!([refusal.0]);
                    answer
                }
                _ => answer,
            }
        })
        .collect();
    let mut bytes = Vec::new();
    put!(bytes, "{\"queries\":");
    out_json::list(&mut bytes, &answers, |out, answer| put!(out, answer.to_string()));
    bytes.push(b'}');
    Ok(Reply::bytes(bytes))
}
