//! Issues first stored and changed here, by day. A day counts an issue once: as new on the day on which it was first stored,
//! as changed on each other day on which its row or its text changed.

use crate::{
    Store, StoreError,
    children::NAMED,
    db::{Tx, sql},
    value::{Row, values},
};
use std::collections::BTreeMap;
use weir_model::{
    DAY_MS, Ingested, IngestedDay, IngestedIssue, IngestedTotal, IntegrationId, IssueId, Millis, Window,
    day_of,
};

/// Days for which is kept which issues changed.
const KEPT_DAYS: i64 = 90;

/// A list of ingested issues.
#[derive(Clone, Copy, Debug)]
pub struct IngestedList {
    /// Which.
    pub what: Ingested,
    /// When.
    pub window: Window,
    /// Of those, only what was ingested on this day.
    pub day: Option<i64>,
}

/// That a row of `issue_ingest` counts as a change in a window that begins at `$2`, which is within day `$3`. An issue that was
/// first stored on that day within the window counts as new instead.
const IS_CHANGE: &str = "c.day >= $3 AND c.written_at >= $2 \
    AND NOT (c.first_seen_at / 86400000 = c.day AND c.first_seen_at >= $2)";

impl Store {
    /// What was ingested on each day of a window; the days on which there was something, in order.
    pub async fn ingested_days(
        &self,
        integration: &IntegrationId,
        window: Window,
    ) -> Result<Vec<IngestedDay>, StoreError> {
        // Counted day by day in the index: grouping hundreds of thousands of issues takes ten times as long.
        const NEW: &str = "WITH RECURSIVE d (day) AS (SELECT $4 UNION ALL SELECT day + 1 FROM d WHERE day < $5) \
            SELECT d.day, (SELECT count(*) FROM issue i WHERE i.integration_no = $1 \
            AND i.first_seen_at >= CASE WHEN d.day * 86400000 > $2 THEN d.day * 86400000 ELSE $2 END \
            AND i.first_seen_at < CASE WHEN (d.day + 1) * 86400000 < $3 THEN (d.day + 1) * 86400000 ELSE $3 END) FROM d";
        let no = self.no(integration).await?;
        let mut days: BTreeMap<i64, IngestedDay> = BTreeMap::new();
        let (first, last) = (*window.days().start(), *window.days().end());
        for row in self.db.fetch(NEW, values![no, window.from.0, window.until.0, first, last]).await? {
            let (day, new) = (row.int(0)?, row.count(1)?);
            if new > 0 {
                days.insert(day, IngestedDay { day, new, changed: 0 });
            }
        }
        let changed = format!(
            "SELECT c.day, count(*) FROM issue_ingest c WHERE c.integration_no = $1 AND {IS_CHANGE} \
             AND c.written_at < $4 GROUP BY c.day"
        );
        let parameters = values![no, window.from.0, day_of(window.from), window.until.0];
        for row in self.all(changed, parameters).await? {
            let day = row.int(0)?;
            days.entry(day).or_insert(IngestedDay { day, ..IngestedDay::default() }).changed =
                row.count(1)?;
        }
        Ok(days.into_values().collect())
    }

    /// All that was ever stored.
    pub async fn ingested_total(&self, integration: &IntegrationId) -> Result<IngestedTotal, StoreError> {
        const TOTAL: &str = "SELECT (SELECT count(*) FROM issue WHERE integration_no = $1), \
            (SELECT count(*) FROM issue WHERE integration_no = $1 AND state <> 'live')";
        let no = self.no(integration).await?;
        match self.db.first(TOTAL, values![no]).await? {
            Some(row) => Ok(IngestedTotal { issues: row.count(0)?, away: row.count(1)? }),
            None => Ok(IngestedTotal::default()),
        }
    }

    /// The issues behind a number: at most `limit` of those after the instant and the number of the last one before, in the
    /// order in which they came.
    pub async fn ingested_issues(
        &self,
        integration: &IntegrationId,
        list: IngestedList,
        after: Option<(i64, i64)>,
        limit: u32,
    ) -> Result<Vec<IngestedIssue>, StoreError> {
        let no = self.no(integration).await?;
        let IngestedList { what, window, day } = list;
        let (mut from, mut until) = (window.from.0, window.until.0);
        if let Some(day) = day {
            (from, until) = (from.max(day * DAY_MS), until.min((day + 1) * DAY_MS));
        }
        let (at, number) = after.unwrap_or((i64::MIN, 0));
        if what == Ingested::New {
            let query = format!(
                "SELECT i.no, i.id, i.key, i.project_key, i.summary, i.first_seen_at, i.state FROM issue i \
                 WHERE i.integration_no = $1 AND i.first_seen_at >= $2 AND i.first_seen_at < $3 \
                 AND (i.first_seen_at, i.no) > ($4, $5) ORDER BY i.first_seen_at, i.no LIMIT {limit}"
            );
            return self.all(query, values![no, from, until, at, number]).await?.iter().map(read).collect();
        }
        let query = format!(
            "SELECT i.no, i.id, i.key, i.project_key, i.summary, c.written_at, i.state \
                 FROM issue_ingest c JOIN issue i ON i.integration_no = c.integration_no AND i.no = c.issue_no \
                 WHERE c.integration_no = $1 AND {IS_CHANGE} AND c.written_at < $4 \
                 AND (c.written_at, c.issue_no) > ($5, $6) ORDER BY c.written_at, c.issue_no LIMIT {limit}"
        );
        let parameters = values![no, from, day_of(Millis(from)), until, at, number];
        self.all(query, parameters).await?.iter().map(read).collect()
    }

    /// Gives up the rows of days that no range reaches any more.
    pub(crate) async fn forget_ingested(&self, tx: &mut Tx, integration_no: i64) -> Result<(), StoreError> {
        const QUERY: &str = "DELETE FROM issue_ingest WHERE integration_no = $1 AND day < $2";
        let first = day_of(self.instant()) - KEPT_DAYS;
        tx.execute(sql(QUERY), values![integration_no, first]).await.map(|_| ())
    }
}

/// What was changed longer than this before the last run that came to its end is no change that took long to come here: it was
/// written anew for another reason, such as a status that is called otherwise, or a project that is shown again.
const LOOKS_BACK_MS: i64 = 12 * 60 * 60 * 1_000;

/// Notes that these issues were written at `now`: that they changed or, after the first import, that they are new.
pub(crate) async fn note_ingested(
    tx: &mut Tx,
    integration_no: i64,
    (fresh, changed): (&[i64], &[i64]),
    now: i64,
) -> Result<(), StoreError> {
    const SYNCED: &str = "SELECT max(started_at) FROM run \
        WHERE integration_no = $1 AND result IN ('success', 'partial') AND reason NOT IN ('verify', 'census')";
    const IMPORTED: &str = "SELECT ended_at FROM run \
        WHERE integration_no = $1 AND result IN ('success', 'partial') AND reason NOT IN ('verify', 'census') \
        ORDER BY started_at LIMIT 1";
    let since = tx.fetch(sql(SYNCED), values![integration_no]).await?;
    let since = since.first().map_or(Ok(None), |row| row.maybe_int(0))?.unwrap_or(0) - LOOKS_BACK_MS;
    note(tx, integration_no, changed, ("1 = 1", since), now).await?;
    if fresh.is_empty() {
        return Ok(());
    }
    match tx.fetch(sql(IMPORTED), values![integration_no]).await?.first() {
        Some(row) => {
            let imported = row.int(0)?;
            note(tx, integration_no, fresh, (&format!("created_at >= {imported}"), since), now).await
        }
        None => Ok(()),
    }
}

async fn note(
    tx: &mut Tx,
    integration_no: i64,
    numbers: &[i64],
    (which, since): (&str, i64),
    now: i64,
) -> Result<(), StoreError> {
    for chunk in numbers.chunks(NAMED) {
        let numbers: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let text = format!(
            "INSERT INTO issue_ingest (integration_no, day, issue_no, project_key, first_seen_at, written_at, updated_at) \
             SELECT integration_no, $2, no, project_key, first_seen_at, $3, \
             CASE WHEN updated_at >= $4 THEN updated_at END FROM issue \
             WHERE integration_no = $1 AND no IN ({}) AND {which} \
             ON CONFLICT (integration_no, day, issue_no) DO UPDATE SET project_key = excluded.project_key, \
             written_at = excluded.written_at, updated_at = excluded.updated_at",
            numbers.join(",")
        );
        tx.execute(sql(text), values![integration_no, day_of(Millis(now)), now, since]).await?;
    }
    Ok(())
}

fn read(row: &Row) -> Result<IngestedIssue, StoreError> {
    Ok(IngestedIssue {
        no: row.int(0)?,
        id: IssueId::from(row.text(1)?),
        key: row.text(2)?.to_owned(),
        project_key: row.text(3)?.to_owned(),
        summary: row.maybe_text(4)?.map(str::to_owned),
        at: Millis(row.int(5)?),
        state: row.text(6)?.to_owned(),
    })
}
