//! Bodies of issues, a hundred a call, and the lists that Jira cut short in them.

use super::{
    Shared,
    lists::{self, Listed},
};
use crate::{
    SourceError,
    jira::{
        issue::{Parsed, Unreadable},
        met::Met,
        stream, wire,
    },
};
use futures::future::try_join_all;
use serde_json::{json, value::RawValue};
use std::collections::HashSet;
use weir_model::{Anomaly, AnomalyKind, Kind};

/// Ids in one call when all fields are asked for. `jira-api` §4.1.
pub(super) const CALL: usize = 100;

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
    if let Ok(page) = stream::page(&text, &shared.mapper, &mut bodies.met) {
        for (id, read) in page.issues {
            keep(read, id.parse().ok(), bodies);
        }
        return Ok(retriable(page.errors, ids));
    }
    // One issue of another shape must not cost the others of its page.
    let page: wire::BulkIssues<'_, &RawValue> = wire::read(&text).map_err(|error| reply.malformed(&error))?;
    for raw in page.issues {
        let id = wire::read::<wire::Named<'_>>(raw.get()).ok().and_then(|named| named.id);
        keep(shared.mapper.issue(raw.get(), &mut bodies.met), id.and_then(|id| id.parse().ok()), bodies);
    }
    Ok(retriable(page.issue_errors.unwrap_or_default(), ids))
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

fn retriable(errors: Vec<wire::IssueError<'_>>, ids: &[u64]) -> Vec<(u64, String)> {
    let named = errors.into_iter().filter_map(|error| {
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
    let short = |wanted: fn(&Parsed) -> bool| -> Vec<(usize, String)> {
        let issues = bodies.issues.iter().enumerate().filter(|(_, parsed)| wanted(parsed));
        issues.map(|(at, parsed)| (at, parsed.record.issue.id.as_str().to_owned())).collect()
    };
    let (comments, worklogs) = (short(|parsed| parsed.comments_short), short(|parsed| parsed.worklogs_short));
    let (comment_lists, worklog_lists) = tokio::try_join!(
        try_join_all(comments.iter().map(|(_, id)| lists::comments(shared, id))),
        try_join_all(worklogs.iter().map(|(_, id)| lists::worklogs(shared, id))),
    )?;
    for ((at, _), list) in comments.into_iter().zip(comment_lists) {
        let rows = list.map(|list| take(list, Kind::IssueComments, at, bodies)).unwrap_or_default();
        bodies.issues[at].record.comments = Some(rows);
    }
    for ((at, _), list) in worklogs.into_iter().zip(worklog_lists) {
        if let Some(list) = list {
            let rows = take(list, Kind::IssueWorklogs, at, bodies);
            bodies.issues[at].record.worklogs = Some(rows);
        }
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

/// The rows of a list; what could not be read of it is said.
fn take<T>(list: Listed<T>, kind: Kind, at: usize, bodies: &mut Bodies) -> Vec<T> {
    let subject = &bodies.issues[at].record.issue.key;
    bodies.anomalies.extend((0..list.odd).map(|_| Anomaly {
        kind: AnomalyKind::Unreadable,
        what: kind,
        subject: subject.clone(),
        code: "jira.malformed".to_owned(),
        detail: "An entry could not be read.".to_owned(),
    }));
    bodies.met.absorb(list.met);
    list.rows
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
