//! The facts from which the status of an integration is judged.

use crate::{Store, StoreError, value::values};
use weir_model::{IntegrationId, Run};

/// What the store knows about how an integration fares.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HealthFacts {
    /// The run that ended last.
    pub last_finished: Option<Run>,
    /// The last run that brought everything, or everything but what was withheld.
    pub last_successful: Option<Run>,
    /// The census that ended last, at whosever wish.
    pub last_census: Option<Run>,
    /// The run that is under way: begun, not ended, and its lease has not run out.
    pub running: Option<Run>,
    /// Live issues.
    pub issues: u64,
    /// Projects.
    pub projects: u64,
    /// Whether the schedule passes it by.
    pub paused: bool,
}

/// All without those that are not live: both are counted in an index.
const LIVE: &str = "SELECT (SELECT count(*) FROM issue WHERE integration_no = $1) \
    - (SELECT count(*) FROM issue WHERE integration_no = $1 AND state <> 'live')";

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
        Ok(HealthFacts {
            last_finished: newest(&format!("{of} AND r.ended_at IS NOT NULL")).await?,
            last_successful: newest(&successes).await?,
            last_census: newest(&censuses).await?,
            running: newest(&leased).await?,
            issues: count(LIVE).await?,
            projects: count("SELECT count(*) FROM project WHERE integration_no = $1").await?,
            paused: self.paused(integration).await?,
        })
    }
}
