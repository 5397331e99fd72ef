//! What a run does with the issues of each project, kept batch by batch with the rows it speaks of; and when the first issue of
//! a project came.

use crate::{
    Store, StoreError,
    bulk::{Bulk, Merge::Expression, Record, Table},
    children::for_keys,
    db::{Tx, sql},
    value::{Bind, Value, values},
};
use std::collections::{BTreeMap, HashMap};
use weir_model::{Anomaly, AnomalyKind, Counts, IssueRecord, Kind, ProjectCounts, RunId};

/// The issues of a batch by the key of their project, and those of which only the id is known.
#[derive(Default)]
pub(crate) struct ByProject {
    of: BTreeMap<String, Counts>,
    by_id: Vec<(String, AnomalyKind)>,
}

impl ByProject {
    /// Issues that could not be read.
    pub(crate) fn of_anomalies(anomalies: &[Anomaly]) -> Self {
        let of_issues = anomalies.iter().filter(|one| one.what == Kind::Issues);
        let lost = of_issues.filter(|one| one.kind != AnomalyKind::Notice);
        Self { by_id: lost.map(|one| (one.subject.clone(), one.kind)).collect(), ..Self::default() }
    }

    /// Issues that were read, and the projects of those that were written, one for each.
    pub(crate) fn note_written<'a>(&mut self, read: &[IssueRecord], written: impl Iterator<Item = &'a str>) {
        for record in read {
            let counts = self.at(&record.issue.project_key);
            counts.read += 1;
            counts.unchanged += 1;
        }
        for key in written {
            let counts = self.at(key);
            counts.written += 1;
            counts.unchanged = counts.unchanged.saturating_sub(1);
        }
    }

    fn at(&mut self, key: &str) -> &mut Counts {
        self.of.entry(key.to_owned()).or_default()
    }

    /// Counts those whose project the store knows; what is left over is the difference to the counts of all issues.
    async fn place(&mut self, tx: &mut Tx, no: i64) -> Result<(), StoreError> {
        const HOMES: &str = "SELECT id, project_key FROM issue WHERE integration_no = $1 AND id IN ({keys})";
        let by_id = std::mem::take(&mut self.by_id);
        let ids: Vec<&str> = by_id.iter().map(|(id, _)| id.as_str()).collect();
        let mut homes = HashMap::new();
        for row in for_keys(tx, HOMES, no, &ids).await? {
            homes.insert(row.text(0)?.to_owned(), row.text(1)?.to_owned());
        }
        for (id, kind) in &by_id {
            let Some(home) = homes.get(id) else { continue };
            let counts = self.at(home);
            counts.read += 1;
            match kind {
                AnomalyKind::Unreadable => counts.failed += 1,
                AnomalyKind::Skipped | AnomalyKind::Notice => counts.skipped += 1,
            }
        }
        Ok(())
    }
}

/// Adds what a batch did to what its run has done.
pub(crate) async fn write(
    tx: &mut Tx,
    bulk: &Bulk,
    no: i64,
    (run, mut counted): (&RunId, ByProject),
    now: i64,
) -> Result<(), StoreError> {
    counted.place(tx, no).await?;
    let run = run.to_string();
    let rows: Vec<CountRow<'_>> =
        counted.of.iter().map(|(key, counts)| CountRow { run: &run, key, counts }).collect();
    bulk.upsert(tx, &COUNT, &rows).await?;
    for key in counted.of.keys() {
        let first =
            "UPDATE project SET taken_at = $1 WHERE integration_no = $2 AND key = $3 AND taken_at IS NULL";
        tx.execute(sql(first), &[Value::from(now), no.into(), key.as_str().into()]).await?;
    }
    Ok(())
}

impl Store {
    /// What a run did with the issues of each project, by key.
    pub async fn run_projects(&self, run: &RunId) -> Result<Vec<ProjectCounts>, StoreError> {
        const QUERY: &str = "SELECT project_key, read, written, unchanged, skipped, failed FROM run_project \
            WHERE integration_no = (SELECT integration_no FROM run WHERE id = $1) AND run_id = $1 ORDER BY project_key";
        let mut projects = Vec::new();
        for row in self.db.fetch(QUERY, values![run.to_string()]).await? {
            let counts = Counts {
                read: row.count(1)?,
                written: row.count(2)?,
                unchanged: row.count(3)?,
                skipped: row.count(4)?,
                failed: row.count(5)?,
                removed: 0,
            };
            projects.push(ProjectCounts { key: row.text(0)?.to_owned(), counts });
        }
        Ok(projects)
    }
}

const COUNT: Table = Table {
    name: "run_project",
    key: &["run_id", "project_key"],
    columns: &[
        ("read", Expression("run_project.read + excluded.read")),
        ("written", Expression("run_project.written + excluded.written")),
        ("unchanged", Expression("run_project.unchanged + excluded.unchanged")),
        ("skipped", Expression("run_project.skipped + excluded.skipped")),
        ("failed", Expression("run_project.failed + excluded.failed")),
    ],
    only_if: None,
};

struct CountRow<'a> {
    run: &'a str,
    key: &'a str,
    counts: &'a Counts,
}

impl Record for CountRow<'_> {
    fn bind(&self, to: &mut impl Bind) {
        to.text(self.run);
        to.text(self.key);
        let Counts { read, written, unchanged, skipped, failed, .. } = *self.counts;
        for count in [read, written, unchanged, skipped, failed] {
            to.int(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }
}
