//! Bodies of issues, a hundred a call, and the lists that Jira cut short in them.

use super::Shared;
use crate::{
    SourceError,
    jira::{
        issue::{Parsed, Unreadable},
        met::Met,
        wire,
    },
};
use futures::future::try_join_all;
use serde_json::{json, value::RawValue};
use std::{collections::HashSet, sync::atomic::Ordering::Relaxed};
use weir_model::{Anomaly, AnomalyKind, Kind, Message};

/// Ids in one call when all fields are asked for. `jira-api` §4.1.
pub(super) const CALL: usize = 100;

/// Comments and worklogs in one page.
const PAGE: usize = 100;

/// Pages of one issue's comments or worklogs.
const MOST_PAGES: usize = 10_000;

/// Issues that came, what they showed in passing, and what is to be said of the others.
#[derive(Debug)]
pub(super) struct Bodies {
    pub(super) issues: Vec<Parsed>,
    pub(super) met: Met,
    pub(super) anomalies: Vec<Anomaly>,
}

/// Fetches bodies by id.
pub(super) async fn fetch(shared: &Shared, ids: &[u64]) -> Result<Bodies, SourceError> {
    let mut bodies = Bodies {
        issues: Vec::with_capacity(ids.len()),
        met: Met::new(&shared.mapper.fields.exclusions),
        anomalies: vec![],
    };
    let retry = call(shared, ids, &mut bodies).await?;
    if !retry.is_empty() {
        for (id, detail) in
            call(shared, &retry.iter().map(|(id, _)| *id).collect::<Vec<_>>(), &mut bodies).await?
        {
            bodies.anomalies.push(failed(id, "jira.issue_error", format!("Jira said: {detail}")));
        }
    }
    name_absent(ids, &mut bodies);
    complete(shared, &mut bodies).await?;
    Ok(bodies)
}

/// One call; gives back the ids that Jira says it could not read this time.
async fn call(shared: &Shared, ids: &[u64], bodies: &mut Bodies) -> Result<Vec<(u64, String)>, SourceError> {
    let asked: Vec<String> = ids.iter().map(u64::to_string).collect();
    let body = json!({ "issueIdsOrKeys": asked, "fields": shared.mapper.fields.asked() });
    let reply = shared.site.post("issues", "rest/api/3/issue/bulkfetch", &body).await?.ok()?;
    let text = reply.text()?;
    if let Ok(page) = wire::read::<wire::BulkIssues<'_, wire::Issue<'_>>>(&text) {
        for issue in &page.issues {
            keep(shared.mapper.wire_issue(issue, &mut bodies.met), issue.id.parse().ok(), bodies);
        }
        return Ok(retriable(page.issue_errors, ids));
    }
    // One issue of another shape must not cost the others of its page.
    let page: wire::BulkIssues<'_, &RawValue> = wire::read(&text).map_err(|error| reply.malformed(&error))?;
    for raw in page.issues {
        let id = wire::read::<wire::Named<'_>>(raw.get()).ok().and_then(|named| named.id);
        keep(shared.mapper.issue(raw.get(), &mut bodies.met), id.and_then(|id| id.parse().ok()), bodies);
    }
    Ok(retriable(page.issue_errors, ids))
}

fn keep(parsed: Result<Parsed, Unreadable>, id: Option<u64>, bodies: &mut Bodies) {
    match parsed {
        Ok(parsed) => bodies.issues.push(parsed),
        Err(error) => {
            let detail = format!("It could not be read: {error}.");
            bodies.anomalies.push(failed(id.unwrap_or_default(), "issue.unreadable", detail));
        }
    }
}

fn retriable(errors: Option<Vec<wire::IssueError<'_>>>, ids: &[u64]) -> Vec<(u64, String)> {
    let named = errors.into_iter().flatten().filter_map(|error| {
        let id = error.id.as_deref()?.parse().ok().filter(|id| ids.contains(id))?;
        Some((id, weir_http::snippet(error.error_message.as_deref().unwrap_or_default().as_bytes())))
    });
    named.collect()
}

/// An id that the walk showed and bulkfetch leaves out was deleted or hidden in between; which of the two, only a
/// census can tell.
fn name_absent(ids: &[u64], bodies: &mut Bodies) {
    let came: HashSet<u64> =
        bodies.issues.iter().filter_map(|parsed| parsed.record.issue.id.as_str().parse().ok()).collect();
    let named: HashSet<u64> =
        bodies.anomalies.iter().filter_map(|anomaly| anomaly.subject.parse().ok()).collect();
    let absent = ids.iter().filter(|id| !came.contains(id) && !named.contains(id));
    bodies.anomalies.extend(absent.map(|id| Anomaly {
        kind: AnomalyKind::Skipped,
        what: Kind::Issues,
        subject: id.to_string(),
        code: "issue.withheld".to_owned(),
        detail: "Jira listed it, then did not give it: deleted or hidden meanwhile.".to_owned(),
    }));
}

fn failed(id: u64, code: &str, detail: String) -> Anomaly {
    Anomaly {
        kind: AnomalyKind::Unreadable,
        what: Kind::Issues,
        subject: id.to_string(),
        code: code.to_owned(),
        detail,
    }
}

/// Reads the comments and worklogs of issues that came with only some of them.
async fn complete(shared: &Shared, bodies: &mut Bodies) -> Result<(), SourceError> {
    let short = |wanted: fn(&Parsed) -> bool| -> Vec<usize> {
        (0..bodies.issues.len()).filter(|at| wanted(&bodies.issues[*at])).collect()
    };
    let (comments, worklogs) = (short(|parsed| parsed.comments_short), short(|parsed| parsed.worklogs_short));
    let id = |at: &usize| bodies.issues[*at].record.issue.id.as_str();
    let (comment_pages, worklog_pages) = tokio::try_join!(
        try_join_all(comments.iter().map(|at| comment_pages(shared, id(at)))),
        try_join_all(worklogs.iter().map(|at| worklog_pages(shared, id(at)))),
    )?;
    for (at, pages) in comments.into_iter().zip(comment_pages) {
        let rows = rows(
            &pages,
            |page: &wire::CommentPage<'_>| page.comments.clone(),
            |raw| shared.mapper.comment(raw, &mut bodies.met),
        );
        take(rows, Kind::IssueComments, at, bodies, |parsed, rows| parsed.record.comments = Some(rows));
    }
    for (at, pages) in worklogs.into_iter().zip(worklog_pages) {
        let Some(pages) = pages else { continue };
        let rows = rows(
            &pages,
            |page: &wire::WorklogPage<'_>| page.worklogs.clone(),
            |raw| shared.mapper.worklog(raw, &mut bodies.met),
        );
        take(rows, Kind::IssueWorklogs, at, bodies, |parsed, rows| parsed.record.worklogs = Some(rows));
    }
    for parsed in &bodies.issues {
        bodies.anomalies.extend(parsed.odd_fields.iter().map(|field| Anomaly {
            kind: AnomalyKind::Notice,
            what: Kind::Issues,
            subject: parsed.record.issue.key.clone(),
            code: "field.shape".to_owned(),
            detail: format!("The value of {field} does not have the shape that Jira documents; it is kept as it came where it is kept at all."),
        }));
    }
    Ok(())
}

/// Every row of the pages of one list, each id once; `None` in place of a row that could not be read.
fn rows<'a, W: serde::Deserialize<'a>, T>(
    pages: &'a [String],
    raws: impl Fn(&W) -> Vec<&'a RawValue>,
    read: impl FnMut(&'a RawValue) -> Option<T>,
) -> Vec<Option<T>> {
    let wires = pages.iter().filter_map(|page| wire::read::<W>(page).ok());
    wires.flat_map(|wire| raws(&wire)).map(read).collect()
}

fn take<T>(
    rows: Vec<Option<T>>,
    kind: Kind,
    at: usize,
    bodies: &mut Bodies,
    place: impl FnOnce(&mut Parsed, Vec<T>),
) {
    let odd = rows.iter().filter(|row| row.is_none()).count();
    let key = bodies.issues[at].record.issue.key.clone();
    bodies.anomalies.extend((0..odd).map(|_| Anomaly {
        kind: AnomalyKind::Unreadable,
        what: kind,
        subject: key.clone(),
        code: "jira.malformed".to_owned(),
        detail: "An entry could not be read.".to_owned(),
    }));
    place(&mut bodies.issues[at], rows.into_iter().flatten().collect());
}

async fn comment_pages(shared: &Shared, id: &str) -> Result<Vec<String>, SourceError> {
    let size =
        |text: &str| wire::read::<wire::CommentPage<'_>>(text).map(|page| (page.comments.len(), page.total));
    let path = format!("rest/api/3/issue/{id}/comment");
    Ok(list_pages(shared, "comments", &path, size).await?.unwrap_or_default())
}

/// `None` where the site does not track time: then the list does not exist, which is not the same as empty.
async fn worklog_pages(shared: &Shared, id: &str) -> Result<Option<Vec<String>>, SourceError> {
    if shared.worklogs_off.load(Relaxed) {
        return Ok(None);
    }
    let size =
        |text: &str| wire::read::<wire::WorklogPage<'_>>(text).map(|page| (page.worklogs.len(), page.total));
    let pages = list_pages(shared, "worklogs", &format!("rest/api/3/issue/{id}/worklog"), size).await?;
    if pages.is_none() {
        shared.worklogs_off.store(true, Relaxed);
    }
    Ok(pages)
}

/// Pages of a list of one issue, from its beginning; `None` when there is no such list.
async fn list_pages(
    shared: &Shared,
    what: &'static str,
    path: &str,
    size: impl Fn(&str) -> Result<(usize, Option<u64>), serde_json::Error>,
) -> Result<Option<Vec<String>>, SourceError> {
    let mut pages = Vec::new();
    let mut start = 0;
    for _ in 0..MOST_PAGES {
        let (start_at, page_size) = (start.to_string(), PAGE.to_string());
        let query = [("startAt", start_at.as_str()), ("maxResults", page_size.as_str())];
        let reply = shared.site.get(what, path, &query).await?;
        if reply.status() == 404 && start == 0 {
            return Ok(None);
        }
        let reply = reply.ok()?;
        let text = reply.text()?.into_owned();
        let (came, total) = size(&text).map_err(|error| reply.malformed(&error))?;
        start += came;
        pages.push(text);
        if came == 0 || total.is_some_and(|total| start as u64 >= total) {
            return Ok(Some(pages));
        }
    }
    Err(Message::JiraPaging { what: what.to_owned(), detail: format!("{MOST_PAGES} pages came") }.into())
}

/// Keys of these issues, as far as the site still shows them.
pub(in crate::jira) async fn keys(
    site: &crate::jira::site::Site,
    ids: &[String],
) -> Result<Vec<(String, String)>, SourceError> {
    let mut keys = Vec::new();
    for ids in ids.chunks(CALL) {
        let body = json!({ "issueIdsOrKeys": ids, "fields": ["project"] });
        let reply = site.post("issues", "rest/api/3/issue/bulkfetch", &body).await?.ok()?;
        let text = reply.text()?;
        let page: wire::BulkIssues<'_, wire::Named<'_>> =
            wire::read(&text).map_err(|error| reply.malformed(&error))?;
        for named in page.issues {
            if let (Some(id), Some(key)) = (named.id, named.key) {
                keys.push((id.owned(), key.owned()));
            }
        }
    }
    Ok(keys)
}
