//! The search: pages by offset, clamped by the server, with a total. `validateQuery` decides what becomes of names and
//! values that are not there.

use serde_json::{Value, json};

use crate::http::fault::FaultKind;
use crate::http::reply::{Answer, Reply, refuse};
use crate::http::request::{Request, integer, text, texts};
use crate::http::search::names;
use crate::http::site::Context;
use crate::jql::{self, parse};
use crate::json::put;
use crate::render::issue::{Default, Selection};
use crate::world::DcVersion;

/// The result window of the search engine of version 11.
const WINDOW: i64 = 10_000;

/// What becomes of names and values in a query that are not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Validation {
    /// They are refused.
    Strict,
    /// They find nothing, and warnings name them.
    Lenient,
}

struct Asked {
    jql: String,
    fields: Vec<String>,
    expand: Vec<String>,
    start: i64,
    most: i64,
    validation: Validation,
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
            validation: validation(request.param("validateQuery")),
        },
    )
}

pub(crate) fn search_post(context: &Context, request: &Request) -> Answer {
    let body = request.object(&["expand", "fields", "jql", "maxResults", "startAt", "validateQuery"])?;
    let validation = match body.get("validateQuery") {
        Some(Value::Bool(false)) => Validation::Lenient,
        Some(Value::String(text)) => validation(Some(text)),
        _ => Validation::Strict,
    };
    search(
        context,
        &Asked {
            jql: text(&body, "jql")?.unwrap_or_default(),
            fields: texts(&body, "fields")?.unwrap_or_default(),
            expand: texts(&body, "expand")?.unwrap_or_default(),
            start: integer(&body, "startAt")?.unwrap_or(0),
            most: integer(&body, "maxResults")?.unwrap_or(50),
            validation,
        },
    )
}

fn validation(value: Option<&str>) -> Validation {
    match value {
        Some("false" | "warn" | "none") => Validation::Lenient,
        _ => Validation::Strict,
    }
}

/// What a query finds, and what has to be said about it.
fn find(context: &Context, asked: &Asked) -> Result<(Vec<u32>, Vec<String>), Box<Reply>> {
    let view = context.view();
    if asked.validation == Validation::Strict {
        return Ok((jql::search(&view, &asked.jql, &[])?, Vec::new()));
    }
    parse::query(&asked.jql)?;
    Ok(jql::search_leniently(&view, &asked.jql).unwrap_or_else(|refusal| (Vec::new(), vec![refusal.0])))
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
    let (found, warnings) = find(context, asked)?;
    let selection = Selection::parse(context.world(), &asked.fields, Default::Navigable);
    let expand = asked.expand.join(",");
    let changelog = expand.split(',').any(|name| name.trim() == "changelog");
    let start = (asked.start as usize).min(found.len());
    let end = found.len().min(start + most as usize);
    let ids = found[start..end]
        .iter()
        .filter_map(|at| context.view().indexed(*at).map(|issue| issue.id))
        .collect::<Vec<_>>();
    if !selection.bare && context.site.faults.poisons(ids.into_iter(), &context.asked) {
        return Ok(Reply::error(500, "Internal server error"));
    }
    let mut head = names(context, &expand, &selection);
    head.insert("expand".to_owned(), json!("schema,names"));
    head.insert("startAt".to_owned(), json!(asked.start));
    head.insert("maxResults".to_owned(), json!(most));
    head.insert("total".to_owned(), json!(found.len()));
    if !warnings.is_empty() {
        head.insert("warningMessages".to_owned(), json!(warnings));
    }
    let head = Value::Object(head).to_string();
    let mut found = found;
    let mut end = end;
    if end > start && context.site.faults.on_page(FaultKind::Duplicates, &context.asked) {
        found.insert(end, found[end - 1]);
        end += 1;
    }
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
                context.issue(out, issue, &selection, changelog);
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
