//! Bodies of issues in bulk.

use crate::{
    SourceError,
    jira::{
        reading::{
            Shared,
            bodies::{self, Bodies},
            named::{self, Keys},
        },
        site::Site,
        wire,
    },
};
use serde::de::IgnoredAny;
use serde_json::json;
use weir_model::Millis;

/// One call; gives back the ids that Jira says it could not read this time.
pub(in crate::jira) async fn call(
    shared: &Shared,
    ids: &[u64],
    into: &mut Bodies,
) -> Result<Vec<(u64, String)>, SourceError> {
    let asked: Vec<String> = ids.iter().map(u64::to_string).collect();
    let body = json!({ "issueIdsOrKeys": asked, "fields": shared.mapper.fields.asked() });
    let reply = shared.site.post_part("issues", "api/issue/bulkfetch", &body).await?.ok()?;
    let text = reply.text()?;
    let page = into.read_page(&text, &shared.mapper).map_err(|error| reply.malformed(error))?;
    Ok(retriable(page.errors, ids))
}

fn retriable(errors: Vec<wire::IssueError<'_>>, ids: &[u64]) -> Vec<(u64, String)> {
    let named = errors.into_iter().filter_map(|error| {
        let id = error.id.as_deref()?.parse().ok().filter(|id| ids.contains(id))?;
        Some((id, weir_http::snippet(error.error_message.as_deref().unwrap_or_default().as_bytes())))
    });
    named.collect()
}

/// Issues in one call that asks for single-valued fields alone. `jira-api` §4.1.
const NARROW_CALL: usize = 1_000;

/// Parts of a list of issues of which little is asked, to be taken from the end.
pub(in crate::jira) fn narrow_parts(ids: &[u64]) -> Vec<&[u64]> {
    ids.chunks(NARROW_CALL).rev().collect()
}

/// When these issues were changed last, as far as the site still shows them.
pub(in crate::jira) async fn versions(
    site: &Site,
    ids: &[u64],
) -> Result<Vec<(u64, Option<Millis>)>, SourceError> {
    let mut versions = Vec::with_capacity(ids.len());
    let mut left = ids;
    let mut call = NARROW_CALL;
    while !left.is_empty() {
        let (part, rest) = left.split_at(call.min(left.len()));
        let asked: Vec<String> = part.iter().map(u64::to_string).collect();
        let body = json!({ "issueIdsOrKeys": asked, "fields": ["updated"] });
        let reply = site.post_part("issues", "api/issue/bulkfetch", &body).await?;
        // Sites that do not have the larger call yet refuse it.
        if reply.status() == 400 && part.len() > bodies::CALL {
            call = bodies::CALL;
            continue;
        }
        versions.extend(named::dated(&reply.ok()?)?);
        left = rest;
    }
    Ok(versions)
}

/// Keys of these issues, as far as the site still shows them; what it names among its errors it may show another time.
pub(in crate::jira) async fn keys(site: &Site, ids: &[u64]) -> Result<Keys, SourceError> {
    let asked: Vec<String> = ids.iter().map(u64::to_string).collect();
    let body = json!({ "issueIdsOrKeys": asked, "fields": ["project"] });
    let reply = site.post_part("issues", "api/issue/bulkfetch", &body).await?.ok()?;
    let text = reply.text()?;
    let page: wire::BulkIssues<'_, IgnoredAny> = wire::read(&text).map_err(|error| reply.malformed(error))?;
    let errors = page.issue_errors.unwrap_or_default();
    let untold = retriable(errors, ids).into_iter().map(|(id, _)| id).collect();
    Ok(Keys { shown: named::named(&reply)?, untold })
}
