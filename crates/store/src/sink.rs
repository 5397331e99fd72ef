//! The store's end of a sync: takes batches and commits each with its checkpoints in one transaction.

use crate::{
    Lease, Store, StoreError,
    bulk::{Bulk, Record, Table},
    checkpoints, children,
    children::keep_last,
    db::Tx,
    issues::{self, Child, IssueRow, TextRow},
    leases, reference,
    reference::note,
    runs,
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use weir_model::{
    Anomaly, AnomalyKind, Batch, Committed, IssueRecord, Kind, RunEvent, RunId, RunLevel, Sink, SinkError,
    Tally,
};

/// Takes the batches of one run into the store, as long as the run holds its lease.
#[derive(Clone, Debug)]
pub struct StoreSink {
    store: Store,
    integration_no: i64,
    run: RunId,
    lease: Lease,
    bulk: Arc<Bulk>,
}

impl Sink for StoreSink {
    async fn commit(&self, batch: Batch) -> Result<Committed, SinkError> {
        self.write(&batch).await.map_err(SinkError::from)
    }
}

impl StoreSink {
    pub(crate) fn new(store: Store, integration_no: i64, run: RunId, lease: Lease) -> Self {
        Self { store, integration_no, run, lease, bulk: Arc::new(Bulk::new(integration_no)) }
    }

    async fn write(&self, batch: &Batch) -> Result<Committed, StoreError> {
        let now = self.store.now();
        let mut tally = batch.tally();
        let mut tx = self.store.db.begin().await?;
        leases::check(&mut tx, &self.lease).await?;
        reference::write_people(&mut tx, &self.bulk, &batch.people, &mut tally).await?;
        for set in &batch.reference {
            reference::write_set(&mut tx, &self.bulk, self.integration_no, set, now, &mut tally).await?;
        }
        self.write_issues(&mut tx, &batch.issues, now, &mut tally).await?;
        let events: Vec<RunEvent> = batch.anomalies.iter().map(|anomaly| self.event(anomaly)).collect();
        runs::write_events(&mut tx, self.integration_no, &self.run, &events).await?;
        checkpoints::write(&mut tx, self.integration_no, &self.run, &batch.checkpoints, now).await?;
        tx.commit().await?;
        Ok(Committed { tally })
    }

    fn event(&self, anomaly: &Anomaly) -> RunEvent {
        RunEvent {
            at: self.store.instant(),
            level: match anomaly.kind {
                AnomalyKind::Unreadable => RunLevel::Error,
                AnomalyKind::Skipped => RunLevel::Warning,
                AnomalyKind::Notice => RunLevel::Info,
            },
            code: anomaly.code.clone(),
            what: Some(anomaly.what),
            subject: anomaly.subject.clone(),
            message: anomaly.detail.clone(),
        }
    }

    async fn write_issues(
        &self,
        tx: &mut Tx,
        records: &[IssueRecord],
        now: i64,
        tally: &mut Tally,
    ) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        let records_by_id =
            keep_last(records.iter().collect(), |record: &&IssueRecord| record.issue.id.as_str());
        let sorted = self.sort_out(tx, records_by_id).await?;

        let fresh: Vec<IssueRow> =
            sorted.fresh().map(|record| IssueRow { issue: &record.issue, now }).collect();
        let mut written = self.bulk.upsert(tx, &issues::ISSUE, &fresh).await?;
        let fresh: Vec<TextRow> = sorted.fresh().map(|record| TextRow(&record.issue)).collect();
        self.bulk.upsert(tx, &issues::TEXT, &fresh).await?;

        let known: Vec<IssueRow> =
            sorted.known().map(|record| IssueRow { issue: &record.issue, now }).collect();
        let mut changed = self.bulk.upsert_returning(tx, &issues::ISSUE, &known).await?;
        let known: Vec<TextRow> = sorted.known().map(|record| TextRow(&record.issue)).collect();
        changed.extend(self.bulk.upsert_returning(tx, &issues::TEXT, &known).await?);
        written += changed.iter().map(|row| row.text(0)).collect::<Result<HashSet<&str>, _>>()?.len() as u64;
        note(tally, Kind::Issues, records.len(), written);

        self.write_changes(tx, &sorted, tally).await?;
        self.write_sets(tx, &sorted, tally).await
    }

    /// History is append-only: an old snapshot of an issue still brings true items.
    async fn write_changes(
        &self,
        tx: &mut Tx,
        sorted: &Sorted<'_>,
        tally: &mut Tally,
    ) -> Result<(), StoreError> {
        let mut rows = Vec::new();
        for (record, _) in &sorted.records {
            let changes =
                keep_last(record.changes.iter().collect(), |change| (&*change.history_id, change.item_index));
            rows.extend(changes.into_iter().map(|row| Child { issue: &record.issue.id, row }));
        }
        let written = self.bulk.upsert(tx, &issues::CHANGE, &rows).await?;
        note(tally, Kind::IssueChanges, tally.of(Kind::IssueChanges).read as usize, written);
        Ok(())
    }

    async fn write_sets(
        &self,
        tx: &mut Tx,
        sorted: &Sorted<'_>,
        tally: &mut Tally,
    ) -> Result<(), StoreError> {
        let keys = Set::of(sorted, |record| Some(&record.keys), |row| &*row.key);
        self.replace(Kind::IssueKeys, &issues::KEY, tx, keys, tally).await?;
        let comments = Set::of(sorted, |record| record.comments.as_ref(), |row| &*row.id);
        self.replace(Kind::IssueComments, &issues::COMMENT, tx, comments, tally).await?;
        let worklogs = Set::of(sorted, |record| record.worklogs.as_ref(), |row| &*row.id);
        self.replace(Kind::IssueWorklogs, &issues::WORKLOG, tx, worklogs, tally).await?;
        let links = Set::of(sorted, |record| Some(&record.links), |row| &*row.id);
        self.replace(Kind::IssueLinks, &issues::LINK, tx, links, tally).await?;
        let sprints = Set::of(sorted, |record| Some(&record.sprints), |row| &**row);
        self.replace(Kind::IssueSprints, &issues::SPRINT, tx, sprints, tally).await?;
        let cases = Set::of(sorted, |record| Some(&record.cases), |row| &*row.case_id);
        self.replace(Kind::IssueCases, &issues::CASE, tx, cases, tally).await
    }

    /// Writes the rows that the issues have now; of issues that were here before, drops the others.
    async fn replace<'a, T>(
        &self,
        kind: Kind,
        table: &Table,
        tx: &mut Tx,
        set: Set<'a, T>,
        tally: &mut Tally,
    ) -> Result<(), StoreError>
    where
        Child<'a, T>: Record,
    {
        let written = self.bulk.upsert(tx, table, &set.rows).await?;
        note(tally, kind, tally.of(kind).read as usize, written);
        tally.of_mut(kind).removed +=
            children::drop_surplus(tx, table.name, table.key[1], self.integration_no, &set.given).await?;
        Ok(())
    }

    /// Which issues are new, which are known, and which are known better than the batch knows them.
    async fn sort_out<'a>(
        &self,
        tx: &mut Tx,
        records: Vec<&'a IssueRecord>,
    ) -> Result<Sorted<'a>, StoreError> {
        const PRESENT: &str = "SELECT id, updated_at FROM issue WHERE integration_no = $1 AND id IN ({ids})";
        let ids: Vec<&str> = records.iter().map(|record| record.issue.id.as_str()).collect();
        let mut present: HashMap<String, Option<i64>> = HashMap::new();
        for row in children::for_ids(tx, PRESENT, self.integration_no, &ids).await? {
            present.insert(row.text(0)?.to_owned(), row.maybe_int(1)?);
        }
        let standing = |record: &IssueRecord| match present.get(record.issue.id.as_str()) {
            None => Standing::Fresh,
            Some(Some(stored)) if record.issue.updated_at.is_some_and(|given| given.0 < *stored) => {
                Standing::Outdated
            }
            Some(_) => Standing::Known,
        };
        Ok(Sorted { records: records.into_iter().map(|record| (record, standing(record))).collect() })
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Standing {
    Fresh,
    Known,
    Outdated,
}

/// The issues of a batch by id, each once.
struct Sorted<'a> {
    records: Vec<(&'a IssueRecord, Standing)>,
}

impl<'a> Sorted<'a> {
    fn fresh(&self) -> impl Iterator<Item = &'a IssueRecord> {
        self.of(Standing::Fresh)
    }

    fn known(&self) -> impl Iterator<Item = &'a IssueRecord> {
        self.of(Standing::Known)
    }

    fn of(&self, standing: Standing) -> impl Iterator<Item = &'a IssueRecord> {
        self.records.iter().filter(move |(_, is)| *is == standing).map(|(record, _)| *record)
    }
}

/// One kind of rows below the issues of a batch.
struct Set<'a, T> {
    rows: Vec<Child<'a, T>>,
    /// Of issues that were here before: the keys they have now.
    given: HashMap<&'a str, HashSet<&'a str>>,
}

impl<'a, T> Set<'a, T> {
    fn of(
        sorted: &Sorted<'a>,
        rows_of: impl Fn(&'a IssueRecord) -> Option<&'a Vec<T>>,
        key_of: impl Fn(&'a T) -> &'a str,
    ) -> Self {
        let mut set = Self { rows: Vec::new(), given: HashMap::new() };
        for (record, standing) in &sorted.records {
            let Some(all) = rows_of(record).filter(|_| *standing != Standing::Outdated) else { continue };
            let issue = &record.issue.id;
            let kept = keep_last(all.iter().collect(), |row| key_of(row));
            if *standing == Standing::Known {
                set.given.insert(issue.as_str(), kept.iter().map(|row| key_of(row)).collect());
            }
            set.rows.extend(kept.into_iter().map(|row| Child { issue, row }));
        }
        set
    }
}
