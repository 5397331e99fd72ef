//! `issue/bulkfetch`: up to 100 issues in full, up to 1,000 when the request is cheap to serve. What is deleted or
//! hidden is left out without a word; moved issues answer to their old keys.

use super::fault::FaultKind;
use super::reply::{Answer, Reply, refuse};
use super::request::{Request, texts};
use super::site::Context;
use crate::json::put;
use crate::render::issue::{Default, Selection};
use crate::rng::mix;
use serde_json::json;

const HEAVY: [&str; 6] =
    ["changelog", "editmeta", "operations", "renderedFields", "transitions", "versionedRepresentations"];

pub(crate) fn issues(context: &Context, request: &Request) -> Answer {
    let body = request.object(&["expand", "fields", "fieldsByKeys", "issueIdsOrKeys", "properties"])?;
    let wanted = texts(&body, "issueIdsOrKeys")?.unwrap_or_default();
    let fields = texts(&body, "fields")?.unwrap_or_default();
    let expand = match body.get("expand") {
        Some(serde_json::Value::String(text)) => text.split(',').map(|name| name.trim().to_owned()).collect(),
        _ => texts(&body, "expand")?.unwrap_or_default(),
    };
    let selection = Selection::parse(context.world(), &fields, Default::Navigable);
    let light = selection.explicit.is_some_and(|count| count <= 100)
        && !selection.multiple
        && !expand.iter().any(|name| HEAVY.contains(&name.as_str()));
    let most = if light { 1000 } else { 100 };
    if wanted.is_empty() {
        return refuse("issueIdsOrKeys must not be empty.");
    }
    if wanted.len() > most {
        return refuse(format!("The number of issues requested exceeds the maximum of {most}."));
    }
    let view = context.view();
    let mut found: Vec<u32> = wanted.iter().filter_map(|name| view.find(name)).map(|(at, _)| at).collect();
    found.sort_unstable();
    found.dedup();
    if context.site.options.reorder {
        found.sort_by_key(|at| mix(u64::from(*at) ^ context.world().spec.seed));
    }
    let mut errors = json!([]);
    let faults = &context.site.faults;
    if faults.on_page(FaultKind::Omit, &context.asked) {
        found.pop();
    } else if faults.on_page(FaultKind::IssueError, &context.asked)
        && let Some(at) = found.pop()
    {
        let id = view.world.issues[at as usize].id.to_string();
        errors = json!([{ "id": id, "errorMessage": "The issue could not be loaded. Try again later." }]);
    }
    let tail = format!("],\"issueErrors\":{errors}}}");
    let changelog = expand.iter().any(|name| name == "changelog");
    let (context, mut at, objects) = (context.clone(), 0, found.len());
    Ok(Reply::rendered(Box::new(move |out| {
        let view = context.view();
        if at == 0 {
            put!(out, "{\"issues\":[");
        }
        if let Some(issue) = found.get(at) {
            if at > 0 {
                out.push(b',');
            }
            context.issue(out, &view.world.issues[*issue as usize], &selection, changelog);
            at += 1;
        }
        if at >= found.len() {
            out.extend_from_slice(tail.as_bytes());
            return false;
        }
        true
    }))
    .giving(objects))
}
