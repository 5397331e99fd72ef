//! The store's end of a sync: takes batches and commits each with its checkpoints in one transaction.

use crate::{
    Lease, Store, StoreError,
    bulk::{Bulk, Record, Table},
    by_project::{self, ByProject},
    checkpoints, children,
    children::keep_last,
    crash::crash_point,
    db::Tx,
    facts,
    issues::{self, Child, IssueRow, TextRow},
    leases,
    log::LogKeeper,
    monitoring, outdated,
    placing::{self, Placed, Standing},
    projects,
    quarantine::{Quarantine, Retries, Sealer, Waiting},
    reference,
    reference::note,
    runs, states,
    value::Row,
};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError},
};
use weir_model::{
    Anomaly, AnomalyKind, Batch, Committed, IssueId, IssueRecord, Kind, Millis, RunEvent, RunId, RunLevel,
    Sink, SinkError, Tally,
};

/// Takes the batches of one run into the store, as long as the run holds its lease.
#[derive(Clone, Debug)]
pub struct StoreSink {
    store: Store,
    integration_no: i64,
    run: RunId,
    lease: Lease,
    bulk: Arc<Bulk>,
    named: Arc<outdated::Named>,
    quarantine: Arc<Quarantine>,
    _log: Arc<LogKeeper>,
}

impl Sink for StoreSink {
    async fn commit(&self, batch: Batch) -> Result<Committed, SinkError> {
        self.write(&batch).await.map_err(SinkError::from)
    }

    async fn outdated(&self) -> Result<Vec<IssueId>, SinkError> {
        let named = &self.named;
        let mut issues = outdated::issues(&self.store, self.integration_no, named).await?;
        issues.extend(self.quarantine.due(&self.store, self.integration_no, &self.run).await?);
        Ok(issues)
    }

    async fn news(&self, shown: &[(IssueId, Option<Millis>)]) -> Result<Vec<IssueId>, SinkError> {
        let news = placing::news(&self.store, self.integration_no, shown).await?;
        let to_read = self.quarantine.to_read(&self.store, self.integration_no, news, shown).await;
        to_read.map_err(SinkError::from)
    }
}

impl StoreSink {
    pub(crate) fn new(
        store: Store,
        integration_no: i64,
        run: RunId,
        lease: Lease,
        (sealer, retries): (Sealer, Retries),
    ) -> Self {
        let log = Arc::new(LogKeeper::start(&store.db));
        Self {
            store,
            integration_no,
            run,
            lease,
            bulk: Arc::new(Bulk::new(integration_no)),
            named: Arc::default(),
            quarantine: Arc::new(Quarantine::new(sealer, retries)),
            _log: log,
        }
    }

    /// Issues in quarantine that were tried and did not come.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn absent(&self) -> Result<Vec<IssueId>, StoreError> {
        self.quarantine.absent(&self.store, self.integration_no, &self.run).await
    }

    /// Notes that a run has come to its end: what it was told of as outdated has been read again, and those in quarantine were
    /// tried whose turn it was; of those that did not come the site still shows these.
    ///
    /// # Errors
    /// `run.busy` without the lease.
    pub async fn settled(&self, shown: &HashSet<IssueId>) -> Result<Waiting, StoreError> {
        let waiting =
            self.quarantine.settle(&self.store, &self.lease, self.integration_no, &self.run, shown).await?;
        outdated::settle(&self.store, &self.lease, self.integration_no, &self.run, &self.named).await?;
        Ok(waiting)
    }

    async fn write(&self, batch: &Batch) -> Result<Committed, StoreError> {
        let now = self.store.now();
        let mut tally = batch.tally();
        let mut tx = self.store.db.begin().await?;
        leases::check(&mut tx, &self.lease).await?;
        let changed =
            reference::write_people(&mut tx, &self.bulk, self.integration_no, &batch.people, &mut tally)
                .await?;
        // Who changes once more after their issues were named has to be named again.
        self.named.lock().unwrap_or_else(PoisonError::into_inner).retain(|person| !changed.contains(person));
        outdated::add(&mut tx, self.integration_no, &self.run, changed, now).await?;
        for set in &batch.reference {
            reference::write_set(&mut tx, &self.bulk, self.integration_no, set, now, &mut tally).await?;
        }
        if let Some(shown) = &batch.shown_projects {
            projects::note_shown(&mut tx, self.integration_no, shown, now).await?;
        }
        if !batch.people.is_empty() || !batch.reference.is_empty() {
            let touched = |kind: Kind| tally.of(kind).written + tally.of(kind).removed > 0;
            if Kind::ALL.into_iter().any(touched) {
                facts::note_known_changed(&mut tx, self.integration_no).await?;
            }
        }
        let mut counted = ByProject::of_anomalies(&batch.anomalies);
        self.write_issues(&mut tx, &batch.issues, now, (&mut tally, &mut counted)).await?;
        by_project::write(&mut tx, &self.bulk, self.integration_no, (&self.run, counted), now).await?;
        let left = states::leave_scope(&mut tx, self.integration_no, &batch.out_of_scope, now).await?;
        tally.of_mut(Kind::Issues).removed += left;
        facts::note_outdated_worklogs(&mut tx, self.integration_no, &batch.deleted_worklogs).await?;
        let deleted =
            children::delete_ids(&mut tx, issues::WORKLOG.name, self.integration_no, &batch.deleted_worklogs);
        tally.of_mut(Kind::IssueWorklogs).removed += deleted.await?;
        let of_quarantine = (batch.quarantined.as_slice(), batch.issues.as_slice());
        self.quarantine.write(&mut tx, self.integration_no, &self.run, of_quarantine, now).await?;
        let events: Vec<RunEvent> = batch.anomalies.iter().map(|anomaly| self.event(anomaly)).collect();
        runs::write_events(&mut tx, self.integration_no, &self.run, &events).await?;
        checkpoints::write(&mut tx, self.integration_no, &self.run, &batch.checkpoints, now).await?;
        crash_point("batch.before_commit");
        tx.commit().await?;
        crash_point("batch.after_commit");
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
        (tally, counted): (&mut Tally, &mut ByProject),
    ) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        let by_id = keep_last(records.iter().collect(), |record: &&IssueRecord| record.issue.id.as_str());
        let placed = placing::place(tx, self.integration_no, by_id).await?;
        placing::undo(tx, self.integration_no, &placed).await?;
        let with = |standing: Standing| placed.iter().filter(move |issue| issue.standing == standing);

        let rows: Vec<IssueRow> = with(Standing::Fresh).map(|issue| IssueRow { of: issue, now }).collect();
        let mut written = self.bulk.insert(tx, &issues::ISSUE, &rows).await?;
        let rows: Vec<TextRow> = with(Standing::Fresh).map(TextRow).collect();
        self.bulk.insert(tx, &issues::TEXT, &rows).await?;

        let back: Vec<&Placed<'_>> = with(Standing::Known).filter(|issue| issue.was_away).collect();
        let ids: Vec<&str> = back.iter().map(|issue| issue.record.issue.id.as_str()).collect();
        states::come_back(tx, self.integration_no, &ids, now).await?;
        let rows: Vec<IssueRow> = with(Standing::Known).map(|issue| IssueRow { of: issue, now }).collect();
        let mut changed = self.bulk.upsert_returning(tx, &issues::ISSUE, &rows).await?;
        let rows: Vec<TextRow> = with(Standing::Known).map(TextRow).collect();
        changed.extend(self.bulk.upsert_returning(tx, &issues::TEXT, &rows).await?);
        let mut changed = changed.iter().map(|row| row.int(0)).collect::<Result<HashSet<i64>, _>>()?;
        changed.extend(back.iter().map(|issue| issue.no));
        written += changed.len() as u64;
        let fresh: Vec<i64> = with(Standing::Fresh).map(|issue| issue.no).collect();
        let touched = |issue: &&Placed<'_>| issue.standing == Standing::Fresh || changed.contains(&issue.no);
        let touched = placed.iter().filter(touched).map(|issue| &*issue.record.issue.project_key);
        counted.note_written(records, touched);
        let changed: Vec<i64> = changed.into_iter().collect();
        monitoring::note_ingested(tx, self.integration_no, (&fresh, &changed), now).await?;
        note(tally, Kind::Issues, records.len(), written);

        let mut outdated: HashSet<i64> = changed.into_iter().collect();
        outdated.extend(self.write_changes(tx, &placed, tally).await?);
        outdated.extend(self.write_sets(tx, &placed, tally).await?);
        let mut outdated: Vec<i64> = outdated.into_iter().collect();
        outdated.sort_unstable();
        facts::note_outdated(tx, self.integration_no, &outdated).await
    }

    /// History is append-only: an old snapshot of an issue still brings true items. Gives the issues that were here before and
    /// have other items now.
    async fn write_changes(
        &self,
        tx: &mut Tx,
        placed: &[Placed<'_>],
        tally: &mut Tally,
    ) -> Result<Vec<i64>, StoreError> {
        let (mut fresh, mut others) = (Vec::new(), Vec::new());
        for issue in placed {
            let changes = keep_last(issue.record.changes.iter().collect(), |change| {
                (&*change.history_id, change.item_index)
            });
            let rows = changes.into_iter().map(|row| Child { issue_no: issue.no, row });
            match issue.standing {
                Standing::Fresh => fresh.extend(rows),
                Standing::Known | Standing::Outdated => others.extend(rows),
            }
        }
        let mut written = self.bulk.insert(tx, &issues::CHANGE, &fresh).await?;
        let changed = numbers(&self.bulk.upsert_returning(tx, &issues::CHANGE, &others).await?)?;
        written += changed.len() as u64;
        note(tally, Kind::IssueChanges, tally.of(Kind::IssueChanges).read as usize, written);
        Ok(changed)
    }

    /// Gives the issues that were here before and have other rows now.
    async fn write_sets(
        &self,
        tx: &mut Tx,
        placed: &[Placed<'_>],
        tally: &mut Tally,
    ) -> Result<Vec<i64>, StoreError> {
        let mut changed = Vec::new();
        let keys = Set::of(Kind::IssueKeys, placed, |record| Some(&record.keys), |row| &*row.key);
        changed.extend(self.replace(&issues::KEY, tx, keys, tally).await?);
        let comments =
            Set::of(Kind::IssueComments, placed, |record| record.comments.as_ref(), |row| &*row.id);
        changed.extend(self.replace(&issues::COMMENT, tx, comments, tally).await?);
        let worklogs =
            Set::of(Kind::IssueWorklogs, placed, |record| record.worklogs.as_ref(), |row| &*row.id);
        changed.extend(self.replace(&issues::WORKLOG, tx, worklogs, tally).await?);
        let links = Set::of(Kind::IssueLinks, placed, |record| Some(&record.links), |row| &*row.id);
        changed.extend(self.replace(&issues::LINK, tx, links, tally).await?);
        let sprints = Set::of(Kind::IssueSprints, placed, |record| Some(&record.sprints), |row| &**row);
        changed.extend(self.replace(&issues::SPRINT, tx, sprints, tally).await?);
        let cases = Set::of(Kind::IssueCases, placed, |record| Some(&record.cases), |row| &*row.case_id);
        changed.extend(self.replace(&issues::CASE, tx, cases, tally).await?);
        Ok(changed)
    }

    /// Writes the rows that the issues have now; of issues that were here before, drops the others.
    async fn replace<'a, T>(
        &self,
        table: &Table,
        tx: &mut Tx,
        set: Set<'a, T>,
        tally: &mut Tally,
    ) -> Result<Vec<i64>, StoreError>
    where
        Child<'a, T>: Record,
    {
        let mut written = self.bulk.insert(tx, table, &set.fresh).await?;
        let mut changed = numbers(&self.bulk.upsert_returning(tx, table, &set.known).await?)?;
        written += changed.len() as u64;
        let kind = set.kind;
        note(tally, kind, tally.of(kind).read as usize, written);
        let dropped =
            children::drop_surplus(tx, table.name, table.key[1], self.integration_no, &set.given).await?;
        tally.of_mut(kind).removed += dropped.rows;
        changed.extend(dropped.issues);
        Ok(changed)
    }
}

/// The numbers of the issues that rows below them are of.
fn numbers(rows: &[Row]) -> Result<Vec<i64>, StoreError> {
    rows.iter().map(|row| row.int(0)).collect()
}

/// One kind of rows below the issues of a batch.
struct Set<'a, T> {
    kind: Kind,
    /// Of issues that are new.
    fresh: Vec<Child<'a, T>>,
    /// Of issues that were here before.
    known: Vec<Child<'a, T>>,
    /// The keys that these have now, as far as all are known.
    given: HashMap<i64, HashSet<&'a str>>,
}

impl<'a, T> Set<'a, T> {
    fn of(
        kind: Kind,
        placed: &[Placed<'a>],
        rows_of: impl Fn(&'a IssueRecord) -> Option<&'a Vec<T>>,
        key_of: impl Fn(&'a T) -> &'a str,
    ) -> Self {
        let mut set = Self { kind, fresh: Vec::new(), known: Vec::new(), given: HashMap::new() };
        for issue in placed {
            let Some(all) = rows_of(issue.record) else { continue };
            let kept = keep_last(all.iter().collect(), |row| key_of(row));
            let into = match issue.standing {
                Standing::Outdated => continue,
                Standing::Fresh => &mut set.fresh,
                Standing::Known => {
                    if !issue.record.partly.contains(&kind) {
                        set.given.insert(issue.no, kept.iter().map(|row| key_of(row)).collect());
                    }
                    &mut set.known
                }
            };
            into.extend(kept.into_iter().map(|row| Child { issue_no: issue.no, row }));
        }
        set
    }
}
