//! Walks ids on Cloud, page after page, by token.
//!
//! A short page is no end, and neither is an empty one: only a missing token is. A token that comes twice is an
//! endless walk; one that Jira does not know any more means going on from the last id. `jira-api` §3.1.

use crate::{
    SourceError,
    jira::{jql::Query, reading::walk::WalkError, site::Site, wire},
};
use serde_json::json;
use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};
use weir_model::Message;

/// The most ids that a page may hold.
const PAGE: u64 = 5_000;

/// Empty pages in a row that are still a walk.
const EMPTY_PAGES: usize = 100;

/// What is said of a walk whose tokens go in a circle.
pub(super) const SAME_TOKEN: &str = "The same token came twice";

/// The tokens that one walk has met, as digests: eight bytes a page, however long a token is. Tokens may go in a circle of any
/// length, and bring the same pages for ever.
#[derive(Debug, Default)]
pub(super) struct Met(HashSet<u64>);

impl Met {
    /// Whether a token comes for the first time.
    pub(super) fn is_new(&mut self, token: &str) -> bool {
        let mut digest = DefaultHasher::new();
        token.hash(&mut digest);
        self.0.insert(digest.finish())
    }
}

/// A walk over the ids that match a query, beyond `after`.
#[derive(Debug)]
pub(in crate::jira) struct TokenWalk<'a> {
    site: &'a Site,
    query: Query,
    after: u64,
    token: Option<String>,
    met: Met,
    seen: HashSet<u64>,
    ended: bool,
    proven: bool,
    /// What Jira warned of: a result that may be incomplete.
    pub(in crate::jira) warnings: Vec<String>,
}

impl<'a> TokenWalk<'a> {
    /// Begins a walk beyond the id `after`.
    pub(in crate::jira) fn new(site: &'a Site, query: Query, after: u64) -> Self {
        Self {
            site,
            query,
            after,
            token: None,
            met: Met::default(),
            seen: HashSet::new(),
            ended: false,
            proven: false,
            warnings: Vec::new(),
        }
    }

    /// The next ids, each once; `None` at the end.
    pub(in crate::jira) async fn next(&mut self) -> Result<Option<Vec<u64>>, WalkError> {
        for _ in 0..EMPTY_PAGES {
            if self.ended {
                self.prove_emptiness().await?;
                return Ok(None);
            }
            let ids = self.page().await?;
            if !ids.is_empty() {
                return Ok(Some(ids));
            }
        }
        Err(self.endless(format!("{EMPTY_PAGES} empty pages came in a row")))
    }

    async fn page(&mut self) -> Result<Vec<u64>, WalkError> {
        let query = if self.after > 0 { self.query.clone().after(self.after) } else { self.query.clone() };
        let mut body = json!({ "jql": query.by_id(), "fields": ["id"], "maxResults": PAGE });
        if let Some(token) = &self.token {
            body["nextPageToken"] = json!(token);
        }
        let reply = self.site.post("search", "api/search/jql", &body).await?;
        match reply.status() {
            200 => {}
            400 | 410 if self.token.is_some() => {
                // The token is no longer known: go on behind the last id that it brought.
                self.token = None;
                self.met = Met::default();
                self.after = self.seen.iter().copied().max().unwrap_or(self.after);
                return Ok(Vec::new());
            }
            400 => return Err(WalkError::Refused(reply.said())),
            _ => return Err(reply.refusal().into()),
        }
        self.proven |= reply.names_account();
        let text = reply.text()?;
        let page: wire::IdPage<'_> = wire::read(&text).map_err(|error| reply.malformed(error))?;
        self.warnings.extend(page.warnings.iter().flatten().map(|warning| {
            weir_http::snippet(warning.message.as_deref().unwrap_or("without words").as_bytes())
        }));
        let mut ids = Vec::with_capacity(page.issues.len());
        for issue in &page.issues {
            let id = issue.id.parse::<u64>().map_err(|_| {
                let detail = "An issue id is not a number".to_owned();
                SourceError::new(Message::JiraMalformed { what: "search".into(), detail })
            })?;
            if self.seen.insert(id) {
                ids.push(id);
            }
        }
        match page.next_page_token.map(wire::Text::owned) {
            Some(token) if !self.met.is_new(&token) => return Err(self.endless(SAME_TOKEN.to_owned())),
            Some(token) => self.token = Some(token),
            None => self.ended = true,
        }
        Ok(ids)
    }

    /// An empty walk counts only from a site that knows who asked.
    async fn prove_emptiness(&mut self) -> Result<(), WalkError> {
        if !self.seen.is_empty() || std::mem::replace(&mut self.proven, true) {
            return Ok(());
        }
        let reply = self.site.get("account", "api/myself", &[]).await?;
        if reply.status() == 401 {
            return Err(SourceError::new(Message::AuthAnonymous {}).into());
        }
        reply.ok()?;
        Ok(())
    }

    fn endless(&self, detail: String) -> WalkError {
        SourceError::new(Message::JiraPaging { what: "search".into(), detail }).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_of_tokens_of_any_length_is_noticed_at_its_first_return() {
        for length in [1, 2, 3, 1_000] {
            let mut met = Met::default();
            let mut tokens = (0..length).cycle().map(|number| format!("token-{number}"));
            let new = tokens.by_ref().take_while(|token| met.is_new(token)).count();
            assert_eq!(new, length);
        }
    }
}
