//! Projects: when each came, as of when its data is, and how long changes of it took to come here.

use crate::{
    Store, StoreError,
    value::{Cell, Row, values},
};
use std::collections::HashMap;
use weir_model::{IntegrationId, Lag, Millis, OnboardedProject, Window, day_of};

/// From a change at the site to its row here. A site whose clock is ahead of ours would come out below zero.
const LAG: &str = "CASE WHEN c.written_at > c.updated_at THEN c.written_at - c.updated_at ELSE 0 END";

/// The changes that the lags of a window are of.
const CHANGES: &str = "FROM issue_ingest c WHERE c.integration_no = $1 AND c.day >= $2 AND c.written_at >= $3 \
    AND c.written_at < $4 AND c.updated_at IS NOT NULL";

impl Store {
    /// Every project that was ever listed, the newest first; lags are those of changes in the window.
    pub async fn onboarded_projects(
        &self,
        integration: &IntegrationId,
        window: Window,
    ) -> Result<Vec<OnboardedProject>, StoreError> {
        let no = self.no(integration).await?;
        let (half, most) = (self.percentile(0.5), self.percentile(0.95));
        let lags = format!("SELECT c.project_key, {half}, {most} {CHANGES} GROUP BY c.project_key");
        let mut by_key = HashMap::new();
        let parameters = values![no, day_of(window.from), window.from.0, window.until.0];
        for row in self.all(lags, parameters).await? {
            by_key.insert(row.text(0)?.to_owned(), (milliseconds(&row, 1), milliseconds(&row, 2)));
        }
        let mut projects = self.listed_projects(integration).await?;
        for project in &mut projects {
            (project.lag_p50_ms, project.lag_p95_ms) = by_key.get(&project.key).copied().unwrap_or_default();
        }
        Ok(projects)
    }

    /// Every project that was ever listed, the newest first, without lags.
    pub async fn listed_projects(
        &self,
        integration: &IntegrationId,
    ) -> Result<Vec<OnboardedProject>, StoreError> {
        const PROJECTS: &str = "SELECT p.id, p.key, p.name, p.state, p.onboarded_at, \
            CASE WHEN w.looked_through_at > w.walked_at THEN w.looked_through_at ELSE w.walked_at END, p.taken_at, \
            EXISTS (SELECT 1 FROM issue i WHERE i.integration_no = p.integration_no AND i.project_key = p.key \
            AND i.state <> 'out_of_scope') FROM project p \
            LEFT JOIN project_walk w ON w.integration_no = p.integration_no AND w.project_key = p.key \
            WHERE p.integration_no = $1 ORDER BY p.onboarded_at DESC, p.key";
        let no = self.no(integration).await?;
        let project = |row: &Row| {
            Ok(OnboardedProject {
                id: row.text(0)?.to_owned(),
                key: row.text(1)?.to_owned(),
                name: row.text(2)?.to_owned(),
                state: row.text(3)?.to_owned(),
                onboarded_at: Millis(row.int(4)?),
                as_of: row.maybe_int(5)?.map(Millis),
                taken_at: row.maybe_int(6)?.map(Millis),
                has_issues: row.flag(7)?,
                lag_p50_ms: None,
                lag_p95_ms: None,
            })
        };
        self.db.fetch(PROJECTS, values![no]).await?.iter().map(project).collect()
    }

    /// How long changes in a window took to come here.
    pub async fn lag(&self, integration: &IntegrationId, window: Window) -> Result<Lag, StoreError> {
        let no = self.no(integration).await?;
        let query = format!("SELECT count(*), {}, {} {CHANGES}", self.percentile(0.5), self.percentile(0.95));
        let parameters = values![no, day_of(window.from), window.from.0, window.until.0];
        match self.all(query, parameters).await?.first() {
            Some(row) => {
                Ok(Lag { changes: row.count(0)?, p50_ms: milliseconds(row, 1), p95_ms: milliseconds(row, 2) })
            }
            None => Ok(Lag::default()),
        }
    }

    /// How many issues of each of these projects are live.
    pub async fn issues_of_projects(
        &self,
        integration: &IntegrationId,
        keys: &[&str],
    ) -> Result<HashMap<String, u64>, StoreError> {
        const QUERY: &str = "SELECT \
            (SELECT count(*) FROM issue WHERE integration_no = $1 AND project_key = $2) - \
            (SELECT count(*) FROM issue WHERE integration_no = $1 AND state <> 'live' AND project_key = $2)";
        let no = self.no(integration).await?;
        let mut counts = HashMap::new();
        for key in keys {
            let row = self.db.first(QUERY, values![no, *key]).await?;
            counts.insert((*key).to_owned(), row.map_or(Ok(0), |row| row.count(0))?);
        }
        Ok(counts)
    }

    fn percentile(&self, of: f64) -> String {
        self.db.dialect().percentile(LAG, of)
    }
}

fn milliseconds(row: &Row, column: usize) -> Option<i64> {
    match row.0.get(column) {
        Some(Cell::Real(value)) => Some(value.round() as i64),
        Some(Cell::Int(value)) => Some(*value),
        _ => None,
    }
}
