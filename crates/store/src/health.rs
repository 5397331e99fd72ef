//! The facts from which the status of an integration is judged.

use crate::{Store, StoreError, value::values};
use weir_model::{Deletion, IntegrationId, Millis, Run, RunId};

/// What the store knows about how an integration fares.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HealthFacts {
    /// The run that ended last.
    pub last_finished: Option<Run>,
    /// The last run that brought everything, or everything but what was withheld.
    pub last_successful: Option<Run>,
    /// The census that ended last, at whosever wish.
    pub last_census: Option<Run>,
    /// The last census that came to its end.
    pub last_compared: Option<Run>,
    /// When everything was last compared with each project proven, or read for the first time.
    pub proven_at: Option<Millis>,
    /// Projects that the last census which came to its end left unproven.
    pub unproven: u64,
    /// The run that is under way: begun, not ended, and its lease has not run out.
    pub running: Option<Run>,
    /// Live issues.
    pub issues: u64,
    /// Projects.
    pub projects: u64,
    /// Whether the schedule passes it by.
    pub paused: bool,
    /// The deletion that it waits for.
    pub deletion: Option<Deletion>,
}

impl Store {
    /// The facts about one integration. Runs that a wrong clock dated into the future do not hide those after them.
    pub async fn health_facts(&self, integration: &IntegrationId) -> Result<HealthFacts, StoreError> {
        let no = self.no(integration).await?;
        let until_now = format!("r.integration_no = {no} AND r.started_at <= {}", self.now());
        let of = format!("{until_now} AND r.reason NOT IN ('verify', 'census')");
        let censuses = format!(
            "{until_now} AND r.reason IN ('verify', 'census') AND r.ended_at IS NOT NULL AND r.result <> 'cancelled'"
        );
        let successes = format!("{of} AND r.result IN ('success', 'partial')");
        let leased = format!(
            "r.integration_no = {no} AND r.ended_at IS NULL AND EXISTS \
             (SELECT 1 FROM lease l WHERE l.integration_no = r.integration_no AND l.expires_at > {})",
            self.now()
        );
        let newest = async |condition: &str| {
            Ok::<_, StoreError>(self.runs_where(condition, 1).await?.into_iter().next())
        };
        let count = async |query| match self.db.first(query, values![no]).await? {
            Some(row) => row.count(0),
            None => Ok(0),
        };
        let last_finished = newest(&format!("{of} AND r.ended_at IS NOT NULL")).await?;
        let last_census = newest(&censuses).await?;
        let running = newest(&leased).await?;
        let ids = [&last_finished, &last_census, &running].map(|run| run.as_ref().map(|run| run.id));
        Ok(HealthFacts {
            last_successful: newest(&successes).await?,
            last_compared: newest(&format!("{censuses} AND r.result IN ('success', 'partial')")).await?,
            proven_at: self.proven_at(no).await?,
            unproven: self.unproven(no).await?,
            issues: self.live_issues(no, ids).await?,
            last_finished,
            last_census,
            running,
            projects: count("SELECT count(*) FROM project WHERE integration_no = $1").await?,
            paused: self.paused(integration).await?,
            deletion: self.deletion(integration).await?,
        })
    }

    /// The run that ended last, whatever became of it.
    pub async fn last_ended_run(&self, integration: &IntegrationId) -> Result<Option<RunId>, StoreError> {
        let no = self.no(integration).await?;
        let ended =
            format!("r.integration_no = {no} AND r.started_at <= {} AND r.ended_at IS NOT NULL", self.now());
        Ok(self.runs_where(&ended, 1).await?.first().map(|run| run.id))
    }

    async fn proven_at(&self, no: i64) -> Result<Option<Millis>, StoreError> {
        const PROVEN: &str = "SELECT max(r.started_at) FROM run r WHERE r.integration_no = $1 \
            AND r.reason IN ('verify', 'census') AND r.result IN ('success', 'partial') AND r.started_at <= $2 \
            AND NOT EXISTS (SELECT 1 FROM certificate c WHERE c.integration_no = r.integration_no \
            AND c.run_id = r.id AND c.verdict = 'unproven')";
        const FIRST: &str = "SELECT min(ended_at) FROM run WHERE integration_no = $1 \
            AND reason NOT IN ('verify', 'census') AND result IN ('success', 'partial') AND ended_at <= $2";
        for query in [PROVEN, FIRST] {
            let row = self.db.first(query, values![no, self.now()]).await?;
            if let Some(at) = row.map(|row| row.maybe_int(0)).transpose()?.flatten() {
                return Ok(Some(Millis(at)));
            }
        }
        Ok(None)
    }

    async fn unproven(&self, no: i64) -> Result<u64, StoreError> {
        const UNPROVEN: &str = "SELECT count(*) FROM certificate WHERE integration_no = $1 AND verdict = 'unproven' \
            AND run_id = (SELECT id FROM run WHERE integration_no = $1 AND reason IN ('verify', 'census') \
            AND result IN ('success', 'partial') AND started_at <= $2 ORDER BY started_at DESC, id DESC LIMIT 1)";
        match self.db.first(UNPROVEN, values![no, self.now()]).await? {
            Some(row) => row.count(0),
            None => Ok(0),
        }
    }

    /// How many censuses after a sync failed in a row since one came to its end, and when the last of them did.
    pub async fn failed_censuses(
        &self,
        integration: &IntegrationId,
    ) -> Result<(u64, Option<Millis>), StoreError> {
        const FAILED: &str = "SELECT count(*), max(ended_at) FROM run WHERE integration_no = $1 \
            AND reason = 'census' AND result = 'failed' AND ended_at <= $2 AND started_at > coalesce( \
            (SELECT max(started_at) FROM run WHERE integration_no = $1 AND reason IN ('verify', 'census') \
            AND result IN ('success', 'partial') AND started_at <= $2), 0)";
        let no = self.no(integration).await?;
        match self.db.first(FAILED, values![no, self.now()]).await? {
            Some(row) => Ok((row.count(0)?, row.maybe_int(1)?.map(Millis))),
            None => Ok((0, None)),
        }
    }
}
