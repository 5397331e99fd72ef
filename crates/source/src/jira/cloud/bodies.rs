//! Bodies of issues in bulk.

use crate::{
    SourceError,
    jira::{
        reading::{
            Shared,
            bodies::{self, Bodies},
        },
        site::Site,
        wire,
    },
};
use serde_json::json;

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

/// Keys of these issues, as far as the site still shows them.
pub(in crate::jira) async fn keys(site: &Site, ids: &[u64]) -> Result<Vec<(String, String)>, SourceError> {
    let mut keys = Vec::new();
    for ids in ids.chunks(bodies::CALL) {
        let asked: Vec<String> = ids.iter().map(u64::to_string).collect();
        let body = json!({ "issueIdsOrKeys": asked, "fields": ["project"] });
        let reply = site.post("issues", "api/issue/bulkfetch", &body).await?.ok()?;
        keys.extend(bodies::named(&reply)?);
    }
    Ok(keys)
}
