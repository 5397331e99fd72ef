//! The facts from which the status of an integration is judged.

use crate::{
    Store, StoreError,
    integrations::{parse_id, unknown},
    value::{Row, values},
};
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

/// The run of the integration `$1` that nobody has ended and whose lease holds at `$2`.
const UNDER_WAY: &str = "r.integration_no = (SELECT n.no FROM integration n WHERE n.id = $1) AND r.ended_at IS NULL \
    AND EXISTS (SELECT 1 FROM lease l WHERE l.integration_no = r.integration_no AND l.expires_at > $2)";

/// What is read of an integration beside its runs.
struct Seen {
    no: i64,
    proven_at: Option<Millis>,
    unproven: u64,
    projects: u64,
}

impl Store {
    /// The facts about one integration. Runs that a wrong clock dated into the future do not hide those after them.
    ///
    /// # Errors
    /// `integration.unknown`.
    pub async fn health_facts(&self, integration: &IntegrationId) -> Result<HealthFacts, StoreError> {
        let unknown = || unknown(integration);
        let planned = self.planned_of(integration).await?.ok_or_else(unknown)?;
        let of = "r.integration_no = (SELECT n.no FROM integration n WHERE n.id = $1) AND r.started_at <= $2";
        let sync = format!("{of} AND r.reason NOT IN ('verify', 'census')");
        let census = format!(
            "{of} AND r.reason IN ('verify', 'census') AND r.ended_at IS NOT NULL AND r.result <> 'cancelled'"
        );
        let conditions = [
            &format!("{sync} AND r.ended_at IS NOT NULL"),
            &census,
            UNDER_WAY,
            &format!("{sync} AND r.result IN ('success', 'partial')"),
            &format!("{census} AND r.result IN ('success', 'partial')"),
        ];
        let values = values![integration.to_string(), self.now()];
        let [last_finished, last_census, running, last_successful, last_compared] =
            self.newest_runs(conditions, values).await?;
        let ids = [&last_finished, &last_census, &running].map(|run| run.as_ref().map(|run| run.id));
        let seen = self.seen(integration).await?.ok_or_else(unknown)?;
        Ok(HealthFacts {
            issues: self.live_issues(seen.no, ids).await?,
            proven_at: seen.proven_at,
            unproven: seen.unproven,
            projects: seen.projects,
            last_finished,
            last_successful,
            last_census,
            last_compared,
            running,
            paused: planned.is_passed_by(self.instant()),
            deletion: planned.deletion,
        })
    }

    /// The run that ended last, whatever became of it.
    pub async fn last_ended_run(&self, integration: &IntegrationId) -> Result<Option<RunId>, StoreError> {
        const LAST: &str = "SELECT r.id FROM run r JOIN integration n ON n.no = r.integration_no \
            WHERE n.id = $1 AND r.started_at <= $2 AND r.ended_at IS NOT NULL \
            ORDER BY r.started_at DESC, r.id DESC LIMIT 1";
        let row = self.db.first(LAST, values![integration.to_string(), self.now()]).await?;
        row.map(|row| parse_id(row.text(0)?)).transpose()
    }

    async fn seen(&self, integration: &IntegrationId) -> Result<Option<Seen>, StoreError> {
        const SEEN: &str = "SELECT n.no, \
            (SELECT max(r.started_at) FROM run r WHERE r.integration_no = n.no \
                AND r.reason IN ('verify', 'census') AND r.result IN ('success', 'partial') AND r.started_at <= $2 \
                AND NOT EXISTS (SELECT 1 FROM certificate c WHERE c.integration_no = r.integration_no \
                AND c.run_id = r.id AND c.verdict = 'unproven')), \
            (SELECT min(r.ended_at) FROM run r WHERE r.integration_no = n.no \
                AND r.reason NOT IN ('verify', 'census') AND r.result IN ('success', 'partial') AND r.ended_at <= $2), \
            (SELECT count(*) FROM certificate c WHERE c.integration_no = n.no AND c.verdict = 'unproven' \
                AND c.run_id = (SELECT r.id FROM run r WHERE r.integration_no = n.no AND r.reason IN ('verify', 'census') \
                AND r.result IN ('success', 'partial') AND r.started_at <= $2 ORDER BY r.started_at DESC, r.id DESC LIMIT 1)), \
            (SELECT count(*) FROM project p WHERE p.integration_no = n.no) \
            FROM integration n WHERE n.id = $1";
        let row = self.db.first(SEEN, values![integration.to_string(), self.now()]).await?;
        let seen = |row: Row| {
            Ok(Seen {
                no: row.int(0)?,
                proven_at: row.maybe_int(1)?.or(row.maybe_int(2)?).map(Millis),
                unproven: row.count(3)?,
                projects: row.count(4)?,
            })
        };
        row.map(seen).transpose()
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
