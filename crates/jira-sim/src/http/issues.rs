//! One issue, its comments and its worklogs, and the site-wide lists and feeds of both.

use serde_json::json;

use super::dc;
use super::page::Stretch;
use super::reply::{Answer, Reply, refuse};
use super::request::{Request, numbers};
use super::site::Context;
use crate::json::{self, put};
use crate::render::field::Properties;
use crate::render::issue::{Default, Selection};
use crate::world::issue::{Comment, Issue, Visibility, Worklog};

/// How many entries a page of a worklog feed holds.
const FEED_PAGE: usize = 1000;

pub(crate) fn get(context: &Context, request: &Request, name: &str) -> Answer {
    let view = context.view();
    let Some((_, issue)) = view.find(name) else { return Ok(Reply::no_issue()) };
    let selection = Selection::parse(context.world(), &request.params("fields"), Default::All);
    let changelog = request.params("expand").iter().any(|name| name == "changelog");
    let mut out = Vec::new();
    context.issue(&mut out, issue, &selection, changelog);
    Ok(Reply::bytes(out))
}

pub(crate) fn comments(context: &Context, request: &Request, name: &str) -> Answer {
    let view = context.view();
    let Some((_, issue)) = view.find(name) else { return Ok(Reply::no_issue()) };
    let (usual, cap) =
        if view.world.spec.flavor.is_dc() { dc::whole_unless_paged(request) } else { (100, 100) };
    let stretch = Stretch::of(request, usual, cap)?;
    let mut readable: Vec<&Comment> = issue
        .comments
        .iter()
        .filter(|comment| view.world.may_read(view.account, comment.visibility))
        .collect();
    match request.param("orderBy") {
        None | Some("created" | "+created") => {}
        Some("-created") => readable.reverse(),
        Some(other) => return refuse(format!("Ordering by '{other}' is not supported.")),
    }
    let mut out = Vec::new();
    envelope(&mut out, &stretch, readable.len(), "comments");
    let properties = match request.params("expand").iter().any(|name| name == "properties") {
        true => Properties::Shown,
        false => Properties::Hidden,
    };
    json::list(&mut out, stretch.cut(&readable), |out, comment| {
        view.comment(out, issue, comment, properties);
    });
    out.push(b'}');
    Ok(Reply::bytes(out))
}

fn envelope(out: &mut Vec<u8>, stretch: &Stretch, total: usize, name: &str) {
    put!(out, "{\"startAt\":");
    json::number(out, stretch.start);
    put!(out, ",\"maxResults\":");
    json::number(out, stretch.most);
    put!(out, ",\"total\":");
    json::number(out, total);
    put!(out, ",\"", name, "\":");
}

pub(crate) fn worklogs(context: &Context, request: &Request, name: &str) -> Answer {
    let view = context.view();
    let Some((_, issue)) = view.find(name) else { return Ok(Reply::no_issue()) };
    // Data Center gives all of them, whatever page is asked for.
    let stretch = if view.world.spec.flavor.is_dc() {
        Stretch { start: 0, most: issue.worklogs.len() }
    } else {
        Stretch::of(request, 5000, 5000)?
    };
    let (after, before) = (request.number("startedAfter")?, request.number("startedBefore")?);
    let readable: Vec<&Worklog> = issue
        .worklogs
        .iter()
        .filter(|worklog| view.world.may_read(view.account, worklog.visibility))
        .filter(|worklog| after.is_none_or(|at| worklog.started >= at))
        .filter(|worklog| before.is_none_or(|at| worklog.started < at))
        .collect();
    let mut out = Vec::new();
    envelope(&mut out, &stretch, readable.len(), "worklogs");
    json::list(&mut out, stretch.cut(&readable), |out, worklog| view.worklog(out, issue, worklog));
    out.push(b'}');
    Ok(Reply::bytes(out))
}

fn ids(request: &Request) -> Result<Vec<i64>, Box<Reply>> {
    let body = request.object(&["ids"])?;
    let ids = numbers(&body, "ids")?;
    if ids.is_empty() || ids.len() > 1000 {
        return refuse("ids must hold between 1 and 1000 entries.");
    }
    Ok(ids)
}

/// Everything of a kind that the caller may read, with its issue.
fn readable<'a, T>(
    context: &'a Context,
    parts: impl Fn(&'a Issue) -> &'a [T],
    visibility: impl Fn(&T) -> Visibility,
) -> Vec<(&'a Issue, &'a T)> {
    let view = context.view();
    let mut found = Vec::new();
    for issue in view.world.issues.iter().map(|issue| &**issue).filter(|issue| view.sees(issue)) {
        let shown = parts(issue).iter().filter(|part| view.world.may_read(view.account, visibility(part)));
        found.extend(shown.map(|part| (issue, part)));
    }
    found
}

pub(crate) fn comment_list(context: &Context, request: &Request) -> Answer {
    let ids = ids(request)?;
    let view = context.view();
    let found: Vec<(&Issue, &Comment)> =
        readable(context, |issue| &issue.comments, |comment| comment.visibility)
            .into_iter()
            .filter(|(_, comment)| ids.contains(&comment.id.into()))
            .collect();
    let mut out = Vec::new();
    put!(out, "{\"maxResults\":1000,\"startAt\":0,\"isLast\":true,\"total\":");
    json::number(&mut out, found.len());
    put!(out, ",\"values\":");
    json::list(&mut out, found, |out, (issue, comment)| {
        view.comment(out, issue, comment, Properties::Hidden);
    });
    out.push(b'}');
    Ok(Reply::bytes(out))
}

pub(crate) fn worklog_list(context: &Context, request: &Request) -> Answer {
    let ids = ids(request)?;
    let view = context.view();
    let found = readable(context, |issue| &issue.worklogs, |worklog| worklog.visibility)
        .into_iter()
        .filter(|(_, worklog)| ids.contains(&worklog.id.into()));
    let mut out = Vec::new();
    json::list(&mut out, found, |out, (issue, worklog)| view.worklog(out, issue, worklog));
    Ok(Reply::bytes(out))
}

/// `worklog/updated`: oldest first, the last minute held back.
pub(crate) fn worklogs_updated(context: &Context, request: &Request) -> Answer {
    let since = request.number("since")?.unwrap_or(0);
    let latest = context.now - crate::time::MINUTE;
    let mut changed: Vec<(i64, u32)> =
        readable(context, |issue| &issue.worklogs, |worklog| worklog.visibility)
            .into_iter()
            .map(|(_, worklog)| (worklog.updated, worklog.id))
            .filter(|(updated, _)| (since..latest).contains(updated))
            .collect();
    changed.sort_unstable();
    Ok(feed(context, "updated", since, &changed))
}

/// `worklog/deleted`: the last minute held back here too, but not filtered by what the caller may read.
pub(crate) fn worklogs_deleted(context: &Context, request: &Request) -> Answer {
    let since = request.number("since")?.unwrap_or(0);
    let latest = context.now - crate::time::MINUTE;
    let mut gone = context.world().deleted_worklogs.clone();
    gone.retain(|(when, _)| (since..latest).contains(when));
    gone.sort_unstable();
    Ok(feed(context, "deleted", since, &gone))
}

fn feed(context: &Context, name: &str, since: i64, changed: &[(i64, u32)]) -> Reply {
    // A page ends between two instants, so that going on at `until` loses nothing.
    let mut end = changed.len().min(FEED_PAGE);
    while end < changed.len() && changed[end].0 == changed[end - 1].0 {
        end += 1;
    }
    let until = changed[..end].last().map_or(since, |(updated, _)| *updated);
    let dc = context.world().spec.flavor.is_dc();
    let address = format!("{}/worklog/{name}", context.fragments().api);
    let entry = |(updated, id): &(i64, u32)| {
        let mut entry = json!({ "worklogId": id, "updatedTime": updated });
        if !dc {
            entry["properties"] = json!([]);
        }
        entry
    };
    let last = end >= changed.len();
    let mut body = json!({
        "values": changed[..end].iter().map(entry).collect::<Vec<_>>(),
        "since": since,
        "until": until,
        "self": format!("{address}?since={since}"),
        "lastPage": last,
    });
    if dc {
        body["isLastPage"] = json!(last);
    }
    if end < changed.len() {
        body["nextPage"] = json!(format!("{address}?since={until}"));
    }
    Reply::json(&body)
}
