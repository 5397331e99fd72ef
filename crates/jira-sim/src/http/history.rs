//! Histories: in bulk, and of one issue.

use serde_json::json;

use super::fault::FaultKind;
use super::page::{self, Stretch};
use super::reply::{Answer, Reply, refuse};
use super::request::{Request, integer, text, texts};
use super::site::Context;
use crate::json::{self, put};
use crate::render::history::Created;
use crate::rng::{hash, mix};

/// `changelog/bulkfetch`: issues in no order, newest history first, at most `maxResults` histories a page, so that an
/// issue may be split over pages; issues without a matching history are absent.
pub(crate) fn bulk(context: &Context, request: &Request) -> Answer {
    let body = request.object(&["fieldIds", "issueIdsOrKeys", "maxResults", "nextPageToken"])?;
    let wanted = texts(&body, "issueIdsOrKeys")?.unwrap_or_default();
    let fields = texts(&body, "fieldIds")?.unwrap_or_default();
    let most = integer(&body, "maxResults")?.unwrap_or(1000);
    if wanted.is_empty() || wanted.len() > 1000 {
        return refuse("issueIdsOrKeys must hold between 1 and 1000 entries.");
    }
    if fields.len() > 10 {
        return refuse("fieldIds must not hold more than 10 entries.");
    }
    if !(1..=10_000).contains(&most) {
        return refuse("maxResults must be between 1 and 10000.");
    }
    let identity =
        format!("{}\n{:x}\n{fields:?}", context.account().email, hash(wanted.join(",").as_bytes()));
    let start = match text(&body, "nextPageToken")? {
        None => 0,
        Some(token) => match page::offset(&identity, &token) {
            Some(offset) => offset,
            None => return refuse("The provided next page token is invalid or expired."),
        },
    };
    let view = context.view();
    // Issues that are deleted between two pages keep their place in the count, so that the rest is not shifted.
    let world = view.world;
    let there = |at: &u32| {
        let issue = &world.issues[*at as usize];
        issue.deleted || view.reads(issue)
    };
    let mut found: Vec<u32> = wanted.iter().filter_map(|name| world.find(name)).filter(there).collect();
    found.sort_by_key(|at| mix(u64::from(*at)));
    found.dedup();
    let plan = plan(context, &found, &fields, start, most as usize);
    let tail = match plan.next {
        Some(next) => {
            let looped = context.site.faults.on_page(FaultKind::TokenLoop, &context.asked);
            let next = if looped { start } else { next };
            format!("],\"nextPageToken\":{}}}", json!(page::token(&identity, next)))
        }
        None => "]}".to_owned(),
    };
    let objects = plan.parts.iter().map(|(_, _, take)| take).sum();
    let (context, mut at) = (context.clone(), 0);
    Ok(Reply::rendered(Box::new(move |out| {
        let view = context.view();
        if at == 0 {
            put!(out, "{\"issueChangeLogs\":[");
        }
        if let Some((issue, skip, take)) = plan.parts.get(at) {
            if at > 0 {
                out.push(b',');
            }
            let issue = &view.world.issues[*issue as usize];
            put!(out, "{\"issueId\":\"");
            json::number(out, issue.id);
            put!(out, "\",\"changeHistories\":");
            let matching = issue.histories.iter().rev().filter(|history| view.concerns(history, &fields));
            json::list(out, matching.skip(*skip).take(*take), |out, history| {
                view.history(out, history, Created::Millis, &fields);
            });
            out.push(b'}');
            at += 1;
        }
        if at >= plan.parts.len() {
            put!(out, tail);
            return false;
        }
        true
    }))
    .giving(objects))
}

struct Plan {
    /// (issue, histories to skip, histories to take)
    parts: Vec<(u32, usize, usize)>,
    next: Option<usize>,
}

/// Which histories of which issues stand on the page that begins at `start` histories.
fn plan(context: &Context, found: &[u32], fields: &[String], start: usize, most: usize) -> Plan {
    let view = context.view();
    let mut parts = Vec::with_capacity(found.len());
    let mut passed = 0;
    let mut room = most;
    for at in found {
        let histories = &view.world.issues[*at as usize].histories;
        let count = match fields {
            [] => histories.len(),
            fields => histories.iter().filter(|history| view.concerns(history, fields)).count(),
        };
        let skip = start.saturating_sub(passed).min(count);
        let take = (count - skip).min(room);
        passed += count;
        if count > skip && room == 0 {
            return Plan { parts, next: Some(start + most) };
        }
        if take > 0 {
            parts.push((*at, skip, take));
        }
        room -= take;
        if skip + take < count {
            return Plan { parts, next: Some(start + most) };
        }
    }
    Plan { parts, next: None }
}

/// `issue/{k}/changelog`: oldest first, 100 a page.
pub(crate) fn of_issue(context: &Context, request: &Request, name: &str) -> Answer {
    let view = context.view();
    let Some((_, issue)) = view.find(name) else { return Ok(Reply::no_issue()) };
    let stretch = Stretch::of(request, 100, 100)?;
    let cut = stretch.cut(&issue.histories);
    let mut out = Vec::new();
    put!(out, "{\"self\":\"", view.fragments.site, "/rest/api/3/issue/");
    json::number(&mut out, issue.id);
    put!(out, "/changelog\",\"maxResults\":");
    json::number(&mut out, stretch.most);
    put!(out, ",\"startAt\":");
    json::number(&mut out, stretch.start);
    put!(out, ",\"total\":");
    json::number(&mut out, issue.histories.len());
    put!(
        out,
        ",\"isLast\":",
        if stretch.start + cut.len() >= issue.histories.len() { "true" } else { "false" }
    );
    put!(out, ",\"values\":");
    json::list(&mut out, cut, |out, history| view.history(out, history, Created::Stamp, &[]));
    out.push(b'}');
    Ok(Reply::bytes(out))
}
