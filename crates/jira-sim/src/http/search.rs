//! Searches: the enhanced search, its approximate count, the classic search that is gone, and the JQL parser.

use serde_json::{Map, Value, json};

use super::page;
use super::reply::{Answer, Reply, refuse};
use super::request::{Request, integer, text, texts};
use super::site::Context;
use crate::jql::{self, parse};
use crate::json::{self as out_json, put};
use crate::render::issue::{Default, Selection};
use crate::rng::mix;

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

struct Asked {
    jql: String,
    fields: Vec<String>,
    expand: String,
    most: i64,
    token: Option<String>,
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
    };
    search(context, asked)
}

pub(crate) fn post(context: &Context, request: &Request) -> Answer {
    let body = request.object(&MEMBERS)?;
    if body.get("reconcileIssues").is_some_and(Value::is_null) {
        return Err(Box::new(Reply::error(500, "Internal server error")));
    }
    if body.get("reconcileIssues").and_then(Value::as_array).is_some_and(|ids| ids.len() > 50) {
        return refuse("The maximum number of issues to reconcile is 50.");
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
    };
    search(context, asked)
}

fn search(context: &Context, asked: Asked) -> Answer {
    if !(1..=5000).contains(&asked.most) {
        return refuse("The value of maxResults must be between 1 and 5000.");
    }
    if context.is_anonymous() {
        parse::query(&asked.jql)?;
        return Ok(Reply::json(&json!({ "issues": [], "isLast": true })));
    }
    let identity =
        format!("{}\n{}\n{:?}\n{}", context.account().email, asked.jql, asked.fields, asked.expand);
    let start = match &asked.token {
        None => 0,
        Some(token) => match page::offset(&identity, token) {
            Some(offset) => offset,
            None => return refuse("The provided next page token is invalid or expired."),
        },
    };
    let found = context.site.search(context.caller, &asked.jql)?;
    let selection = Selection::parse(context.world(), &asked.fields, Default::Id);
    let changelog = asked.expand.split(',').any(|name| name.trim() == "changelog");
    let cap = if selection.bare && !changelog { 5000 } else { 100 };
    let mut most = (asked.most as usize).min(cap);
    let draw = mix(context.world().spec.seed ^ (start as u64) << 8);
    if context.site.options.short_pages && draw.is_multiple_of(6) && most > 1 {
        most = (most * 7 / 8).max(1);
    }
    let start = start.min(found.len());
    let end = found.len().min(start + most);
    let next = (end < found.len()).then(|| page::token(&identity, end));
    let mut tail = names(context, &asked.expand, &selection);
    tail.insert("isLast".to_owned(), json!(next.is_none()));
    if let Some(next) = next {
        tail.insert("nextPageToken".to_owned(), json!(next));
    }
    let tail = Value::Object(tail).to_string();
    let (context, mut at) = (context.clone(), start);
    Ok(Reply::rendered(Box::new(move |out| {
        let view = context.view();
        if at == start {
            put!(out, "{\"issues\":[");
        }
        if at < end {
            if at > start {
                out.push(b',');
            }
            let issue = &view.world.issues[found[at] as usize];
            if selection.bare && !changelog {
                view.bare(out, issue, selection.key);
            } else {
                view.issue(out, issue, &selection, changelog);
            }
            at += 1;
        }
        if at >= end {
            put!(out, "],", tail[1..]);
            return false;
        }
        true
    })))
}

/// `names` and `schema` of the selected fields, when the expansion asks for them.
fn names(context: &Context, expand: &str, selection: &Selection) -> Map<String, Value> {
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
    let found = context.site.search(context.caller, &jql)?;
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
