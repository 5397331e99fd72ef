//! Walks ids on Data Center: each page begins behind the last issue of the page before.
//!
//! Whatever a site means by the order of ids — the numbers, or the keys of a project's issues — the walk is right as
//! long as its order and its comparison mean the same. Whether they do shows at the end: as many issues must have come
//! as match. Where they do not, or where the site refuses the comparison because the last issue went meanwhile, what is
//! missing is swept up by time of creation. `jira-api` §3.3, §13.1.

use super::{
    search::{self, PAGE},
    sweep::Sweep,
};
use crate::{
    SourceError,
    jira::{
        jql::Query,
        reading::walk::{Mark, Step, WalkError},
        site::Site,
    },
};
use std::collections::HashSet;

/// A walk over the ids that match a query.
#[derive(Debug)]
pub(in crate::jira) struct KeysetWalk<'a> {
    site: &'a Site,
    query: Query,
    /// The last id that came, in the site's order.
    after: Option<u64>,
    /// Ids that an earlier run had walked before it was interrupted.
    before: u64,
    seen: HashSet<u64>,
    sweep: Option<Sweep>,
    /// Every id has come, unless the site's order deceived.
    through: bool,
    /// The first page held everything: no comparison of ids was needed.
    in_one_page: bool,
    proven: bool,
}

impl<'a> KeysetWalk<'a> {
    /// Begins a walk, or goes on with one.
    pub(in crate::jira) fn new(site: &'a Site, query: Query, from: Mark) -> Self {
        Self {
            site,
            query,
            after: (from.last_id > 0).then_some(from.last_id),
            before: from.walked,
            seen: HashSet::new(),
            sweep: None,
            through: false,
            in_one_page: false,
            proven: false,
        }
    }

    /// The next ids, each once; `None` at the end.
    pub(in crate::jira) async fn next(&mut self) -> Result<Option<Step>, WalkError> {
        loop {
            if let Some(sweep) = &mut self.sweep {
                let Some(ids) = sweep.next(self.site, &self.query).await? else {
                    self.prove_emptiness().await?;
                    return Ok(None);
                };
                let ids: Vec<u64> = ids.into_iter().filter(|id| self.seen.insert(*id)).collect();
                if !ids.is_empty() {
                    return Ok(Some(Step { ids, in_order: false, may_be_kept: self.before > 0 }));
                }
            } else if !self.through {
                let ids = self.page().await?;
                if !ids.is_empty() {
                    return Ok(Some(Step { ids, in_order: true, may_be_kept: false }));
                }
            } else if self.has_all().await? {
                self.prove_emptiness().await?;
                return Ok(None);
            } else {
                tracing::info!(
                    walked = self.seen.len(),
                    "ids are not in order; sweeping by time of creation"
                );
                self.sweep = Some(Sweep::default());
            }
        }
    }

    async fn page(&mut self) -> Result<Vec<u64>, WalkError> {
        let query = match self.after {
            Some(id) => self.query.clone().after(id),
            None => self.query.clone(),
        };
        let reply = search::ask(self.site, &query.by_id(), "key", 0, PAGE).await?;
        if reply.status() == 400 {
            if self.after.is_none() {
                return Err(WalkError::Refused(reply.said()));
            }
            self.sweep = Some(Sweep::default());
            return Ok(Vec::new());
        }
        let page = search::read(reply)?;
        self.proven |= page.proven;
        self.through = page.ids.len() as u64 >= page.total;
        self.in_one_page = self.through && self.after.is_none();
        let came = page.ids.len();
        self.after = page.ids.last().copied().or(self.after);
        let ids: Vec<u64> = page.ids.into_iter().filter(|id| self.seen.insert(*id)).collect();
        if ids.len() < came || came == 0 {
            // It goes round in circles, or shows nothing of what it counts.
            self.through = true;
        }
        Ok(ids)
    }

    /// Whether as many have come as there are.
    async fn has_all(&self) -> Result<bool, SourceError> {
        if self.in_one_page {
            return Ok(true);
        }
        let walked = self.before + self.seen.len() as u64;
        Ok(search::total(self.site, &self.query).await?.is_none_or(|total| total == walked))
    }

    /// An empty walk counts only from a site that knows who asked.
    async fn prove_emptiness(&mut self) -> Result<(), SourceError> {
        if !self.seen.is_empty() || std::mem::replace(&mut self.proven, true) {
            return Ok(());
        }
        let reply = self.site.get("account", "api/myself", &[]).await?;
        match reply.is_anonymous() {
            true => Err(reply.revoked().into()),
            false => reply.ok().map(drop),
        }
    }
}
