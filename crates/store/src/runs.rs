//! Runs: what was attempted, how it ended, its counts by kind and its log.
//!
//! A run begins only under its lease. After that its own row, counts and log can be written to the end, also when the lease is
//! lost meanwhile: they say what this run did, and nobody else writes them but to say that it died.

use crate::{
    Lease, Retries, RunLine, Sealer, Store, StoreError, StoreSink,
    bulk::{Bulk, Merge::Take, Record, Table},
    condition::Condition,
    db::{Durability, Tx, sql},
    integrations::parse_id,
    leases,
    value::{Bind, Row, Value, values},
    workspaces,
};
use weir_model::{
    Counts, IntegrationId, Kind, Millis, Reach, Requester, Run, RunEvent, RunId, RunLevel, RunOutcome, Tally,
    Trigger,
};

const RUN: &str = "SELECT r.id, n.name, r.reason, r.started_at, r.ended_at, r.result, r.attempt, r.requests, \
    r.waited_ms, r.error_code, CAST(coalesce(sum(c.read), 0) AS BIGINT), CAST(coalesce(sum(c.written), 0) AS BIGINT), \
    CAST(coalesce(sum(c.unchanged), 0) AS BIGINT), CAST(coalesce(sum(c.skipped), 0) AS BIGINT), \
    CAST(coalesce(sum(c.failed), 0) AS BIGINT), r.asked_by_id, r.asked_by";

/// The columns of [`counted`] after those of a run.
const PLACE: usize = 17;
const SCANNED: usize = 18;

const COUNTED: &str = "JOIN integration n ON n.no = r.integration_no \
    LEFT JOIN run_count c ON c.integration_no = r.integration_no AND c.run_id = r.id";

impl Store {
    /// Notes that a run begins now, what began it, and who asked for it.
    ///
    /// # Errors
    /// `run.busy` without the lease.
    pub async fn begin_run(
        &self,
        lease: &Lease,
        run: &RunId,
        (trigger, asked_by): (Trigger, Option<&Requester>),
        attempt: i64,
    ) -> Result<(), StoreError> {
        let no = self.no(lease.integration()).await?;
        let mut tx = self.db.begin().await?;
        leases::check(&mut tx, lease).await?;
        // Whoever holds the lease is alone: what is still open was left so by a process that died.
        tx.execute(
            sql("UPDATE run SET ended_at = $2, result = $3, error_code = 'run.died' \
                 WHERE integration_no = $1 AND result IS NULL"),
            values![no, self.now(), weir_model::RunResult::Failed.as_str()],
        )
        .await?;
        tx.execute(
            sql("INSERT INTO run (id, integration_no, reason, started_at, attempt, requests, waited_ms, asked_by_id, \
                 asked_by) VALUES ($1, $2, $3, $4, $5, 0, 0, $6, $7)"),
            values![
                run.to_string(),
                no,
                trigger.as_str(),
                self.now(),
                attempt,
                asked_by.and_then(|one| one.id.as_deref()),
                asked_by.map(|one| one.name.as_str()),
            ],
        )
        .await?;
        self.forget_ingested(&mut tx, no).await?;
        tx.commit().await
    }

    /// Keeps what a run has done so far.
    pub async fn progress_run(
        &self,
        run: &RunId,
        requests: u64,
        waited_ms: u64,
        tally: &Tally,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        tx.execute(
            sql("UPDATE run SET requests = $1, waited_ms = $2 WHERE id = $3"),
            values![requests, waited_ms, run.to_string()],
        )
        .await?;
        write_counts(&mut tx, run, tally).await?;
        tx.commit().await
    }

    /// Notes that a run ended now, and how; also that of a run that has lost its lease, whose rows stay as they were.
    pub async fn finish_run(&self, run: &RunId, outcome: &RunOutcome) -> Result<(), StoreError> {
        // The end of a run makes everything before it durable.
        self.db.wait_for_disk(Durability::EachCommit).await?;
        let mut tx = self.db.begin().await?;
        tx.execute(
            sql("UPDATE run SET ended_at = $1, result = $2, requests = $3, waited_ms = $4, error_code = $5 WHERE id = $6"),
            values![
                self.now(),
                outcome.result.as_str(),
                outcome.requests,
                outcome.waited_ms,
                outcome.error_code.as_deref(),
                run.to_string(),
            ],
        )
        .await?;
        write_counts(&mut tx, run, &outcome.tally).await?;
        tx.commit().await
    }

    /// Adds lines to a run's log.
    pub async fn log(&self, run: &RunId, events: &[RunEvent]) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let integration_no = owner(&mut tx, run).await?;
        write_events(&mut tx, integration_no, run, events).await?;
        tx.commit().await
    }

    /// The newest runs, of one integration or of all.
    pub async fn runs(
        &self,
        integration: Option<&IntegrationId>,
        limit: u32,
    ) -> Result<Vec<Run>, StoreError> {
        let all = Condition::new("1 = 1");
        let condition = match integration {
            Some(id) => all.and("r.integration_no = ?", self.no(id).await?),
            None => all,
        };
        self.runs_where(&condition, limit).await
    }

    /// Runs of integrations within reach, newest first: at most `limit` of those before the run `after`; where they are named, those
    /// with this result, `running` for none yet, and this trigger.
    pub async fn runs_within(
        &self,
        reach: &Reach,
        integration: Option<&IntegrationId>,
        (result, trigger): (Option<&str>, Option<&str>),
        after: Option<&RunId>,
        limit: u32,
    ) -> Result<Vec<Run>, StoreError> {
        let mut condition = Condition::new(&workspaces::condition(reach, "r.integration_no"));
        match result {
            Some("running") => condition = condition.and_also("r.result IS NULL"),
            Some(result) => condition = condition.and("r.result = ?", result),
            None => {}
        }
        if let Some(trigger) = trigger {
            condition = condition.and("r.reason = ?", trigger);
        }
        if let Some(id) = integration {
            condition = condition.and("r.integration_no = ?", self.no(id).await?);
        }
        if let Some(id) = after {
            condition = before(condition, id);
        }
        self.runs_where(&condition, limit).await
    }

    /// One run.
    pub async fn run(&self, run: &RunId) -> Result<Option<Run>, StoreError> {
        let condition = Condition::new("1 = 1").and("r.id = ?", &*run.to_string());
        Ok(self.runs_where(&condition, 1).await?.into_iter().next())
    }

    /// A run's counts by kind.
    pub async fn run_counts(&self, run: &RunId) -> Result<Tally, StoreError> {
        let rows = self
            .db
            .fetch(
                "SELECT kind, read, written, unchanged, skipped, failed, removed FROM run_count \
                 WHERE integration_no = (SELECT integration_no FROM run WHERE id = $1) AND run_id = $1",
                values![run.to_string()],
            )
            .await?;
        let mut tally = Tally::default();
        for row in &rows {
            let kind =
                kind_named(row.text(0)?).ok_or_else(|| StoreError::bug("A kind of record has no name"))?;
            *tally.of_mut(kind) = Counts {
                read: row.count(1)?,
                written: row.count(2)?,
                unchanged: row.count(3)?,
                skipped: row.count(4)?,
                failed: row.count(5)?,
                removed: row.count(6)?,
            };
        }
        Ok(tally)
    }

    /// A run's log, oldest line first.
    pub async fn run_events(&self, run: &RunId) -> Result<Vec<RunEvent>, StoreError> {
        let rows = self
            .db
            .fetch(
                "SELECT happened_at, level, code, what, subject, message FROM run_event \
                 WHERE integration_no = (SELECT integration_no FROM run WHERE id = $1) AND run_id = $1 ORDER BY no",
                values![run.to_string()],
            )
            .await?;
        rows.iter().map(read_event).collect()
    }

    /// Where a run's batches go; bodies of issues that cannot be read go through the sealer,
    /// and those in quarantine are tried as `retries` says.
    pub async fn sink(
        &self,
        integration: &IntegrationId,
        run: &RunId,
        lease: Lease,
        sealer: Sealer,
        retries: Retries,
    ) -> Result<StoreSink, StoreError> {
        let integration_no = self.no(integration).await?;
        // Batches can be read again; their order and their checkpoints hold in any case.
        self.db.wait_for_disk(Durability::LaterCommit).await?;
        Ok(StoreSink::new(self.clone(), integration_no, *run, lease, (sealer, retries)))
    }

    pub(crate) async fn runs_where(&self, condition: &Condition, limit: u32) -> Result<Vec<Run>, StoreError> {
        let query = counted(&newest(condition.text(), limit, 0));
        self.all(query, condition.values()).await?.iter().map(read).collect()
    }

    /// The same, with since when each asked for changes.
    pub(crate) async fn run_lines_where(
        &self,
        condition: &Condition,
        limit: u32,
    ) -> Result<Vec<RunLine>, StoreError> {
        let query = counted(&newest(condition.text(), limit, 0));
        let line =
            |row: &Row| Ok(RunLine { run: read(row)?, scanned_from: row.maybe_int(SCANNED)?.map(Millis) });
        self.all(query, condition.values()).await?.iter().map(line).collect()
    }

    /// Of each condition the newest run that it takes, with one query for all; they share their parameters.
    pub(crate) async fn newest_runs<const N: usize>(
        &self,
        conditions: [&str; N],
        values: &[Value],
    ) -> Result<[Option<Run>; N], StoreError> {
        let one = |(place, condition)| format!("SELECT * FROM ({}) q{place}", newest(condition, 1, place));
        let each: Vec<String> = (0..).zip(conditions).map(one).collect();
        let mut runs = [const { None }; N];
        for row in self.all(counted(&each.join(" UNION ALL ")), values).await? {
            let place = usize::try_from(row.int(PLACE)?).unwrap_or(N);
            if let Some(run) = runs.get_mut(place) {
                *run = Some(read(&row)?);
            }
        }
        Ok(runs)
    }
}

/// Of the runs that a condition takes those before another one, where the newest come first.
pub(crate) fn before(condition: Condition, run: &RunId) -> Condition {
    let before = "(r.started_at, r.id) < (SELECT a.started_at, a.id FROM run a WHERE a.id = ?)";
    condition.and(before, &*run.to_string())
}

/// A query for the newest runs that a condition takes, each with a number that says which condition that was.
fn newest(condition: &str, limit: u32, place: usize) -> String {
    format!(
        "SELECT r.*, {place} AS place FROM run r WHERE {condition} ORDER BY r.started_at DESC, r.id DESC LIMIT {limit}"
    )
}

/// A query for the few runs that another one finds, with their counts.
fn counted(runs: &str) -> String {
    format!(
        "{RUN}, r.place, r.scanned_from FROM ({runs}) r {COUNTED} GROUP BY r.place, r.scanned_from, r.id, n.name, r.reason, r.started_at, r.ended_at, \
         r.result, r.attempt, r.requests, r.waited_ms, r.error_code, r.asked_by_id, r.asked_by ORDER BY r.started_at DESC, r.id DESC"
    )
}

async fn owner(tx: &mut Tx, run: &RunId) -> Result<i64, StoreError> {
    let rows =
        tx.fetch(sql("SELECT integration_no FROM run WHERE id = $1"), values![run.to_string()]).await?;
    rows.first().ok_or_else(|| weir_model::Message::RunUnknown { id: run.to_string() })?.int(0)
}

async fn write_counts(tx: &mut Tx, run: &RunId, tally: &Tally) -> Result<(), StoreError> {
    let integration_no = owner(tx, run).await?;
    tx.execute(
        sql("DELETE FROM run_count WHERE integration_no = $1 AND run_id = $2"),
        values![integration_no, run.to_string()],
    )
    .await?;
    let rows: Vec<CountRow> =
        tally.iter().map(|(kind, counts)| CountRow { run: run.to_string(), kind, counts }).collect();
    Bulk::new(integration_no).upsert(tx, &COUNT, &rows).await?;
    Ok(())
}

pub(crate) async fn write_events(
    tx: &mut Tx,
    integration_no: i64,
    run: &RunId,
    events: &[RunEvent],
) -> Result<(), StoreError> {
    for event in events {
        tx.execute(
            sql("INSERT INTO run_event (integration_no, run_id, happened_at, level, code, what, subject, message) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"),
            values![
                integration_no,
                run.to_string(),
                event.at.0,
                event.level.as_str(),
                &*event.code,
                event.what.map(Kind::as_str),
                &*event.subject,
                &*event.message,
            ],
        )
        .await?;
    }
    Ok(())
}

/// Who asked for something: an id, and a name.
pub(crate) fn requester(row: &Row, from: usize) -> Result<Option<Requester>, StoreError> {
    let id = row.maybe_text(from)?.map(str::to_owned);
    Ok(row.maybe_text(from + 1)?.map(|name| Requester { id, name: name.to_owned() }))
}

fn read(row: &Row) -> Result<Run, StoreError> {
    Ok(Run {
        id: parse_id(row.text(0)?)?,
        integration: row.text(1)?.to_owned(),
        trigger: row.text(2)?.to_owned(),
        started_at: Millis(row.int(3)?),
        ended_at: row.maybe_int(4)?.map(Millis),
        result: row.maybe_text(5)?.map(str::to_owned),
        attempt: row.int(6)?,
        requests: row.int(7)?,
        waited_ms: row.int(8)?,
        error_code: row.maybe_text(9)?.map(str::to_owned),
        read: row.int(10)?,
        written: row.int(11)?,
        unchanged: row.int(12)?,
        skipped: row.int(13)?,
        failed: row.int(14)?,
        asked_by: requester(row, 15)?,
    })
}

pub(crate) fn read_event(row: &Row) -> Result<RunEvent, StoreError> {
    let level = [RunLevel::Info, RunLevel::Warning, RunLevel::Error];
    let word = row.text(1)?;
    Ok(RunEvent {
        at: Millis(row.int(0)?),
        level: level
            .into_iter()
            .find(|level| level.as_str() == word)
            .ok_or_else(|| StoreError::bug("A line of a run's log has no level"))?,
        code: row.text(2)?.to_owned(),
        what: row.maybe_text(3)?.and_then(kind_named),
        subject: row.text(4)?.to_owned(),
        message: row.text(5)?.to_owned(),
    })
}

fn kind_named(word: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.as_str() == word)
}

const COUNT: Table = Table {
    name: "run_count",
    key: &["run_id", "kind"],
    columns: &[
        ("read", Take),
        ("written", Take),
        ("unchanged", Take),
        ("skipped", Take),
        ("failed", Take),
        ("removed", Take),
    ],
    only_if: None,
};

struct CountRow<'a> {
    run: String,
    kind: Kind,
    counts: &'a Counts,
}

impl Record for CountRow<'_> {
    fn bind(&self, to: &mut impl Bind) {
        to.text(self.run.as_str());
        to.text(self.kind.as_str());
        let Counts { read, written, unchanged, skipped, failed, removed } = *self.counts;
        for count in [read, written, unchanged, skipped, failed, removed] {
            to.int(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }
}
