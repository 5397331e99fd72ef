//! Sums over all runs, for those who watch the server.

use crate::{Store, StoreError, db::sql, value::Row};
use futures::StreamExt as _;
use weir_model::Millis;

/// What runs came to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RunFigures {
    /// Integration, result, and how many runs ended so.
    pub runs: Vec<(String, String, u64)>,
    /// Kind of record, what came of it, and how many.
    pub records: Vec<(String, &'static str, u64)>,
}

/// What an integration's runs asked of its site, and how new its data is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SiteFigures {
    /// Its name.
    pub integration: String,
    /// Requests of all runs.
    pub requests: u64,
    /// Milliseconds that all runs waited at the site's wish.
    pub waited_ms: u64,
    /// When the newest change was made there that came after the first import.
    pub newest_change: Option<Millis>,
}

/// How long runs took.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RunDurations {
    /// How many took no longer than each bound.
    pub within: Vec<u64>,
    /// How many ended.
    pub count: u64,
    /// Milliseconds of all together.
    pub sum_ms: u64,
}

impl Store {
    /// How long runs took, by bounds in milliseconds.
    pub async fn run_durations(&self, bounds_ms: &[i64]) -> Result<RunDurations, StoreError> {
        // A clock that was set back makes no run shorter than nothing.
        const TOOK: &str = "CASE WHEN ended_at > started_at THEN ended_at - started_at ELSE 0 END";
        let within: String = bounds_ms
            .iter()
            .map(|bound| {
                format!(", CAST(coalesce(sum(CASE WHEN {TOOK} <= {bound} THEN 1 ELSE 0 END), 0) AS BIGINT)")
            })
            .collect();
        let query = format!(
            "SELECT count(*), CAST(coalesce(sum({TOOK}), 0) AS BIGINT){within} FROM run WHERE ended_at IS NOT NULL"
        );
        let mut rows = self.db.stream(sql(query), &[]);
        let Some(row) = rows.next().await.transpose()? else { return Ok(RunDurations::default()) };
        let within = (2..).zip(bounds_ms).map(|(column, _)| row.count(column)).collect::<Result<_, _>>()?;
        Ok(RunDurations { count: row.count(0)?, sum_ms: row.count(1)?, within })
    }

    /// Of each integration, by name.
    pub async fn site_figures(&self) -> Result<Vec<SiteFigures>, StoreError> {
        // Of the newest day alone, which the key finds.
        const QUERY: &str = "SELECT n.name, \
            (SELECT CAST(coalesce(sum(r.requests), 0) AS BIGINT) FROM run r WHERE r.integration_no = n.no), \
            (SELECT CAST(coalesce(sum(r.waited_ms), 0) AS BIGINT) FROM run r WHERE r.integration_no = n.no), \
            (SELECT max(c.updated_at) FROM issue_ingest c WHERE c.integration_no = n.no AND c.day = \
                (SELECT max(d.day) FROM issue_ingest d WHERE d.integration_no = n.no)) \
            FROM integration n ORDER BY n.name";
        let figures = |row: &Row| {
            Ok(SiteFigures {
                integration: row.text(0)?.to_owned(),
                requests: row.count(1)?,
                waited_ms: row.count(2)?,
                newest_change: row.maybe_int(3)?.map(Millis),
            })
        };
        self.db.fetch(QUERY, &[]).await?.iter().map(figures).collect()
    }

    /// How many bytes the store takes, with its indexes.
    pub async fn size(&self) -> Result<u64, StoreError> {
        match self.db.first(self.db.dialect().size(), &[]).await? {
            Some(row) => row.count(0),
            None => Ok(0),
        }
    }

    /// The sums.
    pub async fn run_figures(&self) -> Result<RunFigures, StoreError> {
        const RUNS: &str = "SELECT n.name, r.result, count(*) FROM run r JOIN integration n ON n.no = r.integration_no \
            WHERE r.result IS NOT NULL GROUP BY n.name, r.result ORDER BY n.name, r.result";
        const RECORDS: &str = "SELECT kind, CAST(sum(read) AS BIGINT), CAST(sum(written) AS BIGINT), \
            CAST(sum(unchanged) AS BIGINT), CAST(sum(skipped) AS BIGINT), CAST(sum(failed) AS BIGINT) \
            FROM run_count GROUP BY kind ORDER BY kind";
        let mut figures = RunFigures::default();
        for row in self.db.fetch(RUNS, &[]).await? {
            figures.runs.push((row.text(0)?.to_owned(), row.text(1)?.to_owned(), row.count(2)?));
        }
        for row in self.db.fetch(RECORDS, &[]).await? {
            for (column, outcome) in (1..).zip(["read", "written", "unchanged", "skipped", "failed"]) {
                figures.records.push((row.text(0)?.to_owned(), outcome, row.count(column)?));
            }
        }
        Ok(figures)
    }
}
