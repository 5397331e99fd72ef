//! The site's feeds of changed and deleted worklogs.
//!
//! They hold the worklogs of the whole site, oldest first, a thousand a page, without the last minute. `jira-api` §4.6.

use crate::{
    SourceError,
    jira::{site::Site, wire},
};
use serde_json::json;
use std::collections::BTreeSet;
use weir_model::{Message, Millis};

/// Ids in one call for worklogs.
const CALL: usize = 1_000;

/// Pages of one feed.
const MOST_PAGES: usize = 10_000;

/// What the feeds tell.
#[derive(Debug, Default)]
pub(super) struct Changed {
    /// Issues in whose worklogs something changed.
    pub(super) issues: BTreeSet<u64>,
    /// Ids of worklogs that are no more.
    pub(super) deleted: Vec<String>,
}

/// Reads both feeds.
pub(super) async fn changed(site: &Site, since: Millis) -> Result<Changed, SourceError> {
    let (updated, deleted) = tokio::try_join!(feed(site, "updated", since), feed(site, "deleted", since))?;
    let mut changed =
        Changed { issues: BTreeSet::new(), deleted: deleted.iter().map(u64::to_string).collect() };
    for ids in updated.into_iter().collect::<Vec<_>>().chunks(CALL) {
        let reply = site.post("worklogs", "api/worklog/list", &json!({ "ids": ids })).await?.ok()?;
        let text = reply.text()?;
        let worklogs: Vec<wire::WorklogOf<'_>> = wire::read(&text).map_err(|error| reply.malformed(error))?;
        changed
            .issues
            .extend(worklogs.iter().filter_map(|worklog| worklog.issue_id.as_ref()?.parse::<u64>().ok()));
    }
    Ok(changed)
}

async fn feed(site: &Site, name: &str, since: Millis) -> Result<BTreeSet<u64>, SourceError> {
    let path = format!("api/worklog/{name}");
    let mut ids = BTreeSet::new();
    let mut since = since.0.max(0);
    for _ in 0..MOST_PAGES {
        let reply = site.get("worklogs", &path, &[("since", &since.to_string())]).await?.ok()?;
        let page: wire::WorklogFeed = reply.read()?;
        ids.extend(page.values.iter().map(|entry| entry.worklog_id));
        match page.until {
            Some(until) if !page.is_last() && until > since => since = until,
            _ if page.is_last() => return Ok(ids),
            _ => break,
        }
    }
    let detail = "The feed does not come to its end".to_owned();
    Err(Message::JiraPaging { what: "worklogs".into(), detail }.into())
}
