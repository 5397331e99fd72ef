//! Walking the ids that match a query: by token on Cloud, by the last id on Data Center.

use crate::{
    SourceError,
    jira::{cloud::tokens::TokenWalk, data_center::keyset::KeysetWalk, jql::Query, site::Site},
};
use serde::{Deserialize, Serialize};
use weir_model::{Deployment, Message};

/// Why a walk ended before its end.
#[derive(Debug)]
pub(in crate::jira) enum WalkError {
    /// Jira does not take the query: bad JQL, or a project that the account does not see any more.
    Refused(String),
    /// Anything else.
    Failed(SourceError),
}

impl From<SourceError> for WalkError {
    fn from(error: SourceError) -> Self {
        Self::Failed(error)
    }
}

/// Where a walk goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(in crate::jira) struct Mark {
    /// The last id, in the site's order; 0 is the beginning.
    pub(in crate::jira) last_id: u64,
    /// Ids up to there.
    pub(in crate::jira) walked: u64,
}

/// Ids that a walk met, each once.
#[derive(Debug)]
pub(in crate::jira) struct Step {
    pub(in crate::jira) ids: Vec<u64>,
    /// They are in the site's order, so that the walk can be gone on from behind any of them.
    pub(in crate::jira) in_order: bool,
    /// An earlier run had walked some of them before it was interrupted, and may have read them.
    pub(in crate::jira) may_be_kept: bool,
}

/// A walk over the ids that match a query.
#[derive(Debug)]
pub(in crate::jira) enum Walk<'a> {
    Tokens(TokenWalk<'a>),
    Keyset(KeysetWalk<'a>),
}

impl<'a> Walk<'a> {
    /// Begins a walk, or goes on with one.
    pub(in crate::jira) fn new(site: &'a Site, query: Query, from: Mark) -> Self {
        match site.deployment() {
            Deployment::Cloud => Self::Tokens(TokenWalk::new(site, query, from.last_id)),
            Deployment::DataCenter => Self::Keyset(KeysetWalk::new(site, query, from)),
        }
    }

    /// The next ids; `None` at the end.
    pub(in crate::jira) async fn next(&mut self) -> Result<Option<Step>, WalkError> {
        match self {
            Self::Tokens(walk) => {
                Ok(walk.next().await?.map(|ids| Step { ids, in_order: true, may_be_kept: false }))
            }
            Self::Keyset(walk) => walk.next().await,
        }
    }

    /// What Jira warned of meanwhile: a result that may be incomplete.
    pub(in crate::jira) fn take_warnings(&mut self) -> Vec<String> {
        match self {
            Self::Tokens(walk) => std::mem::take(&mut walk.warnings),
            Self::Keyset(_) => Vec::new(),
        }
    }
}

/// Every id that matches a query, and what Jira warned of.
pub(in crate::jira) async fn collect(
    site: &Site,
    query: Query,
) -> Result<(Vec<u64>, Vec<String>), WalkError> {
    let mut walk = Walk::new(site, query, Mark::default());
    let mut all = Vec::new();
    while let Some(step) = walk.next().await? {
        all.extend(step.ids);
    }
    Ok((all, walk.take_warnings()))
}

/// Every id that matches a query. A list that may be short proves nothing, and is an error.
pub(in crate::jira) async fn ids(site: &Site, query: Query) -> Result<Vec<u64>, WalkError> {
    let (all, warnings) = collect(site, query).await?;
    match warnings.first() {
        Some(warning) => {
            let detail = format!("Jira warned that the result may be incomplete: {warning}");
            Err(SourceError::new(Message::JiraPaging { what: "search".into(), detail }).into())
        }
        None => Ok(all),
    }
}
