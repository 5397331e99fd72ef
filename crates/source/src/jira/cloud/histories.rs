//! Histories in bulk, page after page.

use crate::{
    SourceError,
    jira::{
        history,
        met::Met,
        reading::{Shared, bodies},
    },
};
use serde_json::json;
use weir_model::Message;

/// Histories in a page of bulk changelogs; Jira's most. `jira-api` §4.2.
const HISTORIES: u32 = 10_000;

/// Pages of one group's histories.
const MOST_PAGES: usize = 10_000;

/// The histories of these issues, what they showed in passing, and those that could not be read.
pub(in crate::jira) async fn of(
    shared: &Shared,
    ids: &[u64],
) -> Result<(history::ByIssue, Met, Vec<history::Odd>), SourceError> {
    let mut by_issue = history::ByIssue::with_capacity_and_hasher(ids.len(), Default::default());
    let mut met = Met::new(&shared.mapper.fields.exclusions);
    let mut odd = Vec::new();
    let mut parts = vec![ids];
    while let Some(part) = parts.pop() {
        match pages_of_histories(shared, part, &mut met, &mut by_issue, &mut odd).await {
            Err(error) if bodies::is_too_large(&error) && part.len() > 1 => {
                let (first, second) = part.split_at(part.len() / 2);
                parts.extend([second, first]);
            }
            outcome => outcome?,
        }
    }
    Ok((by_issue, met, odd))
}

/// Histories that come twice, because a part was cut in two halfway, are told apart by their ids later.
async fn pages_of_histories(
    shared: &Shared,
    ids: &[u64],
    met: &mut Met,
    by_issue: &mut history::ByIssue,
    odd: &mut Vec<history::Odd>,
) -> Result<(), SourceError> {
    let asked: Vec<String> = ids.iter().map(u64::to_string).collect();
    let mut token: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let mut body = json!({ "issueIdsOrKeys": asked, "maxResults": HISTORIES });
        if let Some(token) = &token {
            body["nextPageToken"] = json!(token);
        }
        let reply = shared.site.post("histories", "api/changelog/bulkfetch", &body).await?.ok()?;
        let text = reply.text()?;
        let next = history::gather(&text, &shared.mapper.fields, met, by_issue, odd)
            .map_err(|error| reply.malformed(error))?;
        match next {
            None => return Ok(()),
            Some(next) if token.as_ref() == Some(&next) => break,
            Some(next) => token = Some(next),
        }
    }
    Err(Message::JiraPaging { what: "histories".into(), detail: "The same token came twice".into() }.into())
}
