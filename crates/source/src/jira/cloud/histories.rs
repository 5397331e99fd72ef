//! Histories in bulk, page after page.

use super::tokens::{Met as Tokens, SAME_TOKEN};
use crate::{
    SourceError,
    jira::{
        history,
        met::Met,
        reading::{
            Shared, bodies,
            halving::{Smaller, smaller},
        },
    },
};
use serde_json::json;
use std::collections::HashSet;
use weir_model::{Anomaly, Exclusions, Message};

/// Histories in a page of bulk changelogs; Jira's most. `jira-api` §4.2.
const HISTORIES: u32 = 10_000;

/// Pages of one group's histories.
const MOST_PAGES: usize = 10_000;

/// The histories of some issues.
pub(in crate::jira) struct Histories {
    pub(in crate::jira) by_issue: history::ByIssue,
    /// What they showed in passing.
    pub(in crate::jira) met: Met,
    /// Those that could not be read.
    pub(in crate::jira) odd: Vec<history::Odd>,
    /// Issues whose histories Jira does not give: of these nothing is known.
    pub(in crate::jira) failed: Vec<Anomaly>,
}

impl Histories {
    /// None yet.
    pub(in crate::jira) fn none(exclusions: &Exclusions) -> Self {
        Self { by_issue: Default::default(), met: Met::new(exclusions), odd: vec![], failed: vec![] }
    }

    /// Whether something is known of an issue's histories.
    pub(super) fn has(&self, id: &str) -> bool {
        self.by_issue.contains_key(id) || self.failed.iter().any(|failed| failed.subject == id)
    }
}

/// The histories of these issues.
pub(in crate::jira) async fn of(shared: &Shared, ids: &[u64]) -> Result<Histories, SourceError> {
    let mut all = Histories::none(&shared.mapper.fields.exclusions);
    all.by_issue.reserve(ids.len());
    let mut parts = vec![ids];
    let mut tried_alone = HashSet::new();
    while let Some(part) = parts.pop() {
        let Err(error) = pages_of_histories(shared, part, &mut all).await else { continue };
        match smaller(&shared.site, part, error, &mut tried_alone).await? {
            Smaller::Parts(more) => parts.extend(more),
            Smaller::Never(id, error) => {
                let detail = format!("Its history could not be had: {}", error.message.what());
                all.failed.push(bodies::failed(id, error.message.id(), detail));
            }
        }
    }
    Ok(all)
}

/// Histories that come twice, because a part was cut in two halfway, are told apart by their ids later.
async fn pages_of_histories(shared: &Shared, ids: &[u64], into: &mut Histories) -> Result<(), SourceError> {
    let asked: Vec<String> = ids.iter().map(u64::to_string).collect();
    let (mut token, mut tokens): (Option<String>, _) = (None, Tokens::default());
    for _ in 0..MOST_PAGES {
        let mut body = json!({ "issueIdsOrKeys": asked, "maxResults": HISTORIES });
        if let Some(token) = &token {
            body["nextPageToken"] = json!(token);
        }
        let reply = shared.site.post_part("histories", "api/changelog/bulkfetch", &body).await?.ok()?;
        let text = reply.text()?;
        let next =
            history::gather(&text, &shared.mapper.fields, &mut into.met, &mut into.by_issue, &mut into.odd)
                .map_err(|error| reply.malformed(error))?;
        match next {
            None => return Ok(()),
            Some(next) if tokens.is_new(&next) => token = Some(next),
            Some(_) => return Err(endless(SAME_TOKEN.to_owned())),
        }
    }
    Err(endless(format!("{MOST_PAGES} pages came")))
}

fn endless(detail: String) -> SourceError {
    Message::JiraPaging { what: "histories".into(), detail }.into()
}
