//! The facts from which the status of an integration is judged.

use crate::{
    LostProject, Store, StoreError,
    integrations::{parse_id, unknown},
    value::{Row, values},
};
use weir_model::{Deletion, IntegrationId, Millis, Pause, Run, RunId, RunProgress, Satellite};

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
    /// Whether a run was asked for that has not begun.
    pub asked: bool,
    /// The run that is under way: begun, not ended, and its lease has not run out.
    pub running: Option<Run>,
    /// Live issues.
    pub issues: u64,
    /// How far that one has come, where it has said so.
    pub progress: Option<RunProgress>,
    /// Why the run that ended last failed, as its log tells it.
    pub last_failure: Option<String>,
    /// The same of the census that ended last.
    pub census_failure: Option<String>,
    /// Projects that the site does not show any more, and of which nobody has said that this is meant.
    pub lost: Vec<LostProject>,
    /// Keys of projects that the last census which came to its end left alone, because they lost too much.
    pub held_back: Vec<String>,
    /// Whether the schedule passes it by.
    pub paused: bool,
    /// The pause that it is in.
    pub pause: Option<Pause>,
    /// The deletion that it waits for.
    pub deletion: Option<Deletion>,
    /// The satellites that name it in their files.
    pub feeders: Vec<Satellite>,
}

/// What a count depends on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CountedAsOf {
    /// How often rows were taken away or put back without a run.
    pub recounts: i64,
    /// The run that ended last.
    pub run: Option<RunId>,
    /// Whether one is under way.
    pub is_running: bool,
}

/// The run of the integration `$1` that nobody has ended and whose lease holds at `$2`.
pub(crate) const UNDER_WAY: &str = "r.integration_no = (SELECT n.no FROM integration n WHERE n.id = $1) AND r.ended_at IS NULL \
    AND EXISTS (SELECT 1 FROM lease l WHERE l.integration_no = r.integration_no AND l.expires_at > $2)";

/// What is read of an integration beside its runs.
struct Seen {
    no: i64,
    proven_at: Option<Millis>,
    unproven: u64,
    lost: u64,
    progress: Option<RunProgress>,
    is_named: bool,
}

/// The code of a census that left a project alone, because it lost too much.
const MASS_LOSS: &str = "census.mass_loss";

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
        let now = self.instant();
        Ok(HealthFacts {
            last_failure: self.failure(last_finished.as_ref()).await?,
            census_failure: self.failure(last_census.as_ref()).await?,
            held_back: self.held_back(last_compared.as_ref()).await?,
            lost: match seen.lost {
                0 => vec![],
                _ => self.lost_projects(integration).await?,
            },
            progress: seen.progress.filter(|_| running.is_some()),
            issues: self.live_issues(seen.no, ids).await?,
            proven_at: seen.proven_at,
            unproven: seen.unproven,
            last_finished,
            last_successful,
            last_census,
            last_compared,
            running,
            asked: !planned.requests.is_empty(),
            paused: planned.is_passed_by(now),
            pause: planned.pause.filter(|pause| pause.holds(now)),
            deletion: planned.deletion,
            feeders: match seen.is_named {
                true => self.feeders_of(integration).await?,
                false => vec![],
            },
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

    /// What moves whenever something may count otherwise than before.
    pub async fn counted_as_of(&self, integration: &IntegrationId) -> Result<CountedAsOf, StoreError> {
        let query = format!("SELECT 1 FROM run r WHERE {UNDER_WAY} LIMIT 1");
        // Before the run that ended last: what ends between the two has ended then.
        let running = self.all(query, values![integration.to_string(), self.now()]).await?;
        Ok(CountedAsOf {
            recounts: self.recounts(integration).await?,
            run: self.last_ended_run(integration).await?,
            is_running: !running.is_empty(),
        })
    }

    /// How often rows of an integration were taken away or put back without a run.
    pub async fn recounts(&self, integration: &IntegrationId) -> Result<i64, StoreError> {
        const RECOUNTS: &str = "SELECT recounts FROM integration WHERE id = $1";
        let row = self.db.first(RECOUNTS, values![integration.to_string()]).await?;
        row.map_or(Ok(0), |row| row.int(0))
    }

    /// How far a run has come, where it is the one that is under way and has said so.
    pub async fn progress_of(
        &self,
        integration: &IntegrationId,
        run: &RunId,
    ) -> Result<Option<RunProgress>, StoreError> {
        let query = format!(
            "SELECT l.progress FROM run r JOIN lease l ON l.integration_no = r.integration_no WHERE {UNDER_WAY} AND r.id = $3"
        );
        let rows = self.all(query, values![integration.to_string(), self.now(), run.to_string()]).await?;
        let text = rows.first().map(|row| row.maybe_text(0)).transpose()?.flatten();
        Ok(text.and_then(|text| serde_json::from_str(text).ok()))
    }

    /// Why a run failed, as its log tells it.
    async fn failure(&self, run: Option<&Run>) -> Result<Option<String>, StoreError> {
        let Some((run, code)) = run.and_then(|run| Some((run, run.error_code.as_deref()?))) else {
            return Ok(None);
        };
        const SAID: &str = "SELECT e.message FROM run_event e JOIN run r ON r.integration_no = e.integration_no \
            AND r.id = e.run_id WHERE r.id = $1 AND e.level = 'error' AND e.code = $2 ORDER BY e.no LIMIT 1";
        let row = self.db.first(SAID, values![run.id.to_string(), code]).await?;
        row.map(|row| row.text(0).map(str::to_owned)).transpose()
    }

    /// The projects that a census left alone, because they lost too much.
    async fn held_back(&self, census: Option<&Run>) -> Result<Vec<String>, StoreError> {
        let Some(census) = census.filter(|run| run.error_code.as_deref() == Some(MASS_LOSS)) else {
            return Ok(vec![]);
        };
        const HELD: &str = "SELECT DISTINCT e.subject FROM run_event e JOIN run r ON r.integration_no = e.integration_no \
            AND r.id = e.run_id WHERE r.id = $1 AND e.code = $2 ORDER BY e.subject";
        let rows = self.db.fetch(HELD, values![census.id.to_string(), MASS_LOSS]).await?;
        rows.iter().map(|row| row.text(0).map(str::to_owned)).collect()
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
            (SELECT count(*) FROM project p WHERE p.integration_no = n.no AND p.state = 'hidden' \
                AND p.loss_accepted_at IS NULL), \
            (SELECT l.progress FROM lease l WHERE l.integration_no = n.no AND l.expires_at > $2), \
            (SELECT count(*) FROM satellite_feed f WHERE f.integration_no = n.no) \
            FROM integration n WHERE n.id = $1";
        let row = self.db.first(SEEN, values![integration.to_string(), self.now()]).await?;
        let seen = |row: Row| {
            Ok(Seen {
                no: row.int(0)?,
                proven_at: row.maybe_int(1)?.or(row.maybe_int(2)?).map(Millis),
                unproven: row.count(3)?,
                lost: row.count(4)?,
                progress: row.maybe_text(5)?.and_then(|text| serde_json::from_str(text).ok()),
                is_named: row.count(6)? > 0,
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
