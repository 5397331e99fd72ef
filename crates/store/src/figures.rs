//! Sums over all runs, for those who watch the server.

use crate::{Store, StoreError};

/// What runs came to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RunFigures {
    /// Integration, result, and how many runs ended so.
    pub runs: Vec<(String, String, u64)>,
    /// Kind of record, what came of it, and how many.
    pub records: Vec<(String, &'static str, u64)>,
}

impl Store {
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
