//! Runs as monitoring shows them: for the timeline, as a list with what each asked for, and what they asked of the site.

use crate::{
    Store, StoreError,
    condition::Condition,
    integrations::parse_id,
    runs::before,
    value::{Row, values},
};
use weir_model::{IntegrationId, Millis, PastRun, PausedTime, Run, RunId, RunLoad};

/// Runs that are no comparisons.
const SYNCS: &str = "r.reason NOT IN ('verify', 'census')";

/// Runs before the beginning of a timeline that are looked at.
pub const PAST_RUNS: usize = 20;

/// Which runs.
#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    /// Those that began at this instant or later.
    pub from: Option<Millis>,
    /// Those that began before this instant.
    pub until: Option<Millis>,
    /// Those that are no comparisons and ended from the first instant on and before the second.
    pub ended: Option<(Millis, Millis)>,
    /// Those that ended so; `running` for those that have not.
    pub result: Option<String>,
    /// Those that somebody or something asked for.
    pub trigger: Option<String>,
}

/// A run and what it asked the site for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RunLine {
    /// The run.
    pub run: Run,
    /// Since when it asked for changes; 1970 where it read everything, `None` where that is not known.
    pub scanned_from: Option<Millis>,
}

impl Store {
    /// Keeps since when a run asks for changes; `None` for everything.
    pub async fn note_scan(&self, run: &RunId, from: Option<Millis>) -> Result<(), StoreError> {
        const QUERY: &str = "UPDATE run SET scanned_from = $1 WHERE id = $2";
        self.db.execute(QUERY, values![from.unwrap_or_default().0, run.to_string()]).await.map(|_| ())
    }

    /// The runs behind a timeline that begins at `from`: those since then, and enough before to know what is usual.
    pub async fn past_runs(
        &self,
        integration: &IntegrationId,
        from: Millis,
    ) -> Result<Vec<PastRun>, StoreError> {
        const OF: &str = "r.integration_no = (SELECT n.no FROM integration n WHERE n.id = $1)";
        let columns = "SELECT r.id, r.started_at, r.ended_at, r.result, r.error_code, coalesce(p.skipped + p.failed, 0), \
            coalesce(i.written, 0) FROM run r \
            LEFT JOIN run_count p ON p.integration_no = r.integration_no AND p.run_id = r.id AND p.kind = 'projects' \
            LEFT JOIN run_count i ON i.integration_no = r.integration_no AND i.run_id = r.id AND i.kind = 'issues'";
        let query = format!(
            "SELECT * FROM ({columns} WHERE {OF} AND r.started_at < $2 AND {SYNCS} \
             ORDER BY r.started_at DESC LIMIT {PAST_RUNS}) b \
             UNION ALL {columns} WHERE {OF} AND r.started_at >= $2 AND {SYNCS}"
        );
        let rows = self.all(query, values![integration.to_string(), from.0]).await?;
        rows.iter().map(past_run).collect()
    }

    /// Its pauses of which a part comes after an instant.
    pub async fn pauses(
        &self,
        integration: &IntegrationId,
        from: Millis,
    ) -> Result<Vec<PausedTime>, StoreError> {
        const QUERY: &str = "SELECT p.since, p.until FROM paused_time p JOIN integration n ON n.no = p.integration_no \
            WHERE n.id = $1 AND (p.until IS NULL OR p.until >= $2) ORDER BY p.since";
        let pause =
            |row: &Row| Ok(PausedTime { since: Millis(row.int(0)?), until: row.maybe_int(1)?.map(Millis) });
        self.db.fetch(QUERY, values![integration.to_string(), from.0]).await?.iter().map(pause).collect()
    }

    /// Runs of an integration, newest first: at most `limit` of those before the run `after`.
    pub async fn run_lines(
        &self,
        integration: &IntegrationId,
        filter: &RunFilter,
        after: Option<&RunId>,
        limit: u32,
    ) -> Result<Vec<RunLine>, StoreError> {
        self.run_lines_where(&condition(integration, filter, after), limit).await
    }

    /// Since when a run asked for changes, as [`RunLine`] has it.
    pub async fn scanned_from(&self, run: &RunId) -> Result<Option<Millis>, StoreError> {
        const QUERY: &str = "SELECT scanned_from FROM run WHERE id = $1";
        match self.db.first(QUERY, values![run.to_string()]).await? {
            Some(row) => Ok(row.maybe_int(0)?.map(Millis)),
            None => Ok(None),
        }
    }

    /// How many runs a filter takes.
    pub async fn count_runs(
        &self,
        integration: &IntegrationId,
        filter: &RunFilter,
    ) -> Result<u64, StoreError> {
        let condition = condition(integration, filter, None);
        let query = format!("SELECT count(*) FROM run r WHERE {}", condition.text());
        let rows = self.all(query, condition.values()).await?;
        rows.first().map_or(Ok(0), |row| row.count(0))
    }

    /// What the runs that a filter takes asked of the site.
    pub async fn run_load(
        &self,
        integration: &IntegrationId,
        filter: &RunFilter,
    ) -> Result<RunLoad, StoreError> {
        let condition = condition(integration, filter, None);
        let (text, values) = (condition.text(), condition.values());
        let sums = format!(
            "SELECT count(*), CAST(coalesce(sum(r.requests), 0) AS BIGINT), \
             CAST(coalesce(sum(CASE WHEN r.waited_ms > 0 THEN 1 ELSE 0 END), 0) AS BIGINT), \
             CAST(coalesce(sum(r.waited_ms), 0) AS BIGINT) FROM run r WHERE {text}"
        );
        let longest = format!(
            "SELECT r.id, r.started_at, r.waited_ms FROM run r WHERE {text} AND r.waited_ms > 0 \
             ORDER BY r.waited_ms DESC, r.started_at DESC LIMIT 1"
        );
        let rows = self.all(sums, values).await?;
        let Some(row) = rows.first() else { return Ok(RunLoad::default()) };
        let waits = row.count(2)?;
        let longest = if waits > 0 { self.all(longest, values).await? } else { vec![] };
        let longest = match longest.first() {
            Some(row) => Some((parse_id(row.text(0)?)?, Millis(row.int(1)?), row.count(2)?)),
            None => None,
        };
        Ok(RunLoad { runs: row.count(0)?, requests: row.count(1)?, waits, waited_ms: row.count(3)?, longest })
    }
}

/// The runs that a filter takes, and of those the ones before the run `after`.
fn condition(integration: &IntegrationId, filter: &RunFilter, after: Option<&RunId>) -> Condition {
    let of = "r.integration_no = (SELECT n.no FROM integration n WHERE n.id = ?)";
    let mut condition = Condition::new("1 = 1").and(of, &*integration.to_string());
    if let Some(from) = filter.from {
        condition = condition.and("r.started_at >= ?", from.0);
    }
    if let Some(until) = filter.until {
        condition = condition.and("r.started_at < ?", until.0);
    }
    if let Some((from, until)) = filter.ended {
        condition = condition.and("r.ended_at >= ?", from.0).and("r.ended_at < ?", until.0).and_also(SYNCS);
    }
    match filter.result.as_deref() {
        Some("running") => condition = condition.and_also("r.result IS NULL"),
        Some(result) => condition = condition.and("r.result = ?", result),
        None => {}
    }
    if let Some(trigger) = filter.trigger.as_deref() {
        condition = condition.and("r.reason = ?", trigger);
    }
    match after {
        Some(id) => before(condition, id),
        None => condition,
    }
}

fn past_run(row: &Row) -> Result<PastRun, StoreError> {
    let left_out = row.int(5)?;
    Ok(PastRun {
        id: parse_id(row.text(0)?)?,
        started_at: Millis(row.int(1)?),
        ended_at: row.maybe_int(2)?.map(Millis),
        is_good: match row.maybe_text(3)? {
            Some("success") => true,
            Some("partial") => left_out == 0,
            _ => false,
        },
        error_code: row.maybe_text(4)?.map(str::to_owned),
        written: row.count(6)?,
    })
}
