//! The end of a run: calm, two more syncs, and everything as it is in truth.

use super::run::Run;
use crate::truth::live;
use anyhow::{Context, Result, ensure};
use serde_json::json;

impl Run<'_> {
    /// Whether the store is the truth.
    pub(super) async fn judge(&mut self) -> Result<()> {
        self.simulator.calm().await?;
        if let Some((_, comes)) = self.plan.event.pair() {
            // It may have come back already.
            self.simulator.offer(&json!({ "kind": comes, "subject": self.plan.project })).await?;
        }
        self.let_index_follow().await?;
        self.weir.sync().await.context("the first sync in calm")?;
        if self.plan.census {
            self.weir.census().await.context("the census in calm")?;
        }
        let last = self.weir.sync().await.context("the second sync in calm")?;
        ensure!(last["failed"] == json!(0), "the last sync failed on some: {last}");
        if self.plan.census {
            ensure!(self.weir.census().await?, "the second census still finds differences");
        }
        let (standing, compared) = live::compare(&self.simulator, &self.weir, &self.credential.email).await;
        self.met.stands(standing);
        compared
    }
}
