//! `POST /rest/api/2/search`.

use crate::{
    SourceError,
    jira::{
        jql::Query,
        site::{Reply, Site},
        wire,
    },
};
use serde_json::json;
use std::collections::HashSet;
use weir_model::Message;

/// Ids in a page; servers clamp it as they like.
pub(super) const PAGE: usize = 1_000;

/// A page of ids, in the order that was asked for.
#[derive(Debug)]
pub(super) struct Ids {
    /// Each once: a row that comes twice must not stand for another one where rows are counted.
    pub(super) ids: Vec<u64>,
    /// Issues that match, whatever of them is on this page.
    pub(super) total: u64,
    /// The answer itself named the account that it was given to.
    pub(super) proven: bool,
}

/// Asks for ids alone, or for what else is named.
pub(super) async fn ask(
    site: &Site,
    jql: &str,
    field: &str,
    start: usize,
    most: usize,
) -> Result<Reply, SourceError> {
    let body = json!({ "jql": jql, "fields": [field], "startAt": start, "maxResults": most });
    site.post("search", "api/search", &body).await
}

/// Reads a page of ids from an answer that is one.
pub(super) fn read(reply: Reply) -> Result<Ids, SourceError> {
    let reply = reply.ok()?;
    let text = reply.text()?;
    let page: wire::SearchPage<'_> = wire::read(&text).map_err(|error| reply.malformed(error))?;
    let id = |issue: &wire::IdOnly<'_>| {
        issue.id.parse::<u64>().map_err(|_| {
            let detail = "An issue id is not a number".to_owned();
            SourceError::new(Message::JiraMalformed { what: "search".into(), detail })
        })
    };
    let mut ids = page.issues.iter().map(id).collect::<Result<Vec<_>, _>>()?;
    let mut seen = HashSet::with_capacity(ids.len());
    ids.retain(|id| seen.insert(*id));
    Ok(Ids { ids, total: page.total, proven: reply.names_account() })
}

/// How many issues match; `None` where Jira refuses the query.
pub(in crate::jira) async fn total(site: &Site, query: &Query) -> Result<Option<u64>, SourceError> {
    let reply = ask(site, &query.bare(), "key", 0, 0).await?;
    match reply.status() {
        400 => Ok(None),
        _ => Ok(Some(read(reply)?.total)),
    }
}
