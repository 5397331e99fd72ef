//! What a source may use of the world around it.

use crate::jira::Grants;
use std::sync::Arc;
use weir_http::Opened;
use weir_model::{Clock, Entropy};

/// The clock, the random source and the addresses that an operator may move.
#[derive(Clone)]
pub struct Environment {
    /// The one clock.
    pub clock: Arc<dyn Clock>,
    /// The one random source.
    pub entropy: Arc<dyn Entropy>,
    /// Atlassian's API gateway, `https://api.atlassian.com` unless `WEIR_ATLASSIAN_API` says otherwise.
    pub atlassian_api: String,
    /// Where people give consent, and where tokens are given, `https://auth.atlassian.com` unless `WEIR_ATLASSIAN_AUTH` says
    /// otherwise.
    pub atlassian_auth: String,
    /// Where tokens are kept that are renewed.
    pub grants: Arc<dyn Grants>,
    /// Requests in flight at once, per site.
    pub max_in_flight: usize,
    /// Networks and hosts that addresses given by users may lead to, though they are not public.
    pub opened: Vec<Opened>,
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment")
            .field("atlassian_api", &self.atlassian_api)
            .field("atlassian_auth", &self.atlassian_auth)
            .field("max_in_flight", &self.max_in_flight)
            .field("opened", &self.opened)
            .finish_non_exhaustive()
    }
}
