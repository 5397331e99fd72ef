//! Facts: what reports read, kept as blobs beside the rows they were made from. What changes a row of an issue notes that its facts
//! are outdated, in the same transaction; making them anew takes the note away, unless another change came meanwhile.

mod blobs;
mod heads;
mod known;
mod parts;
mod turn;

pub use blobs::{Blob, Blobs};
pub use heads::IssueHead;
pub(crate) use known::{Known, note_known_changed};
pub use known::{KnownVersion, ReportContext};
pub use parts::{Documents, IssueParts, Which};
pub(crate) use turn::Making;

use crate::{
    Store, StoreError,
    children::{NAMED, for_keys},
    db::{Tx, sql},
    value::{Row, values},
};
use weir_model::{IntegrationId, Millis};

/// How far the facts of an integration have been made.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FactState {
    /// What they were made by: the format, and which fields were mapped.
    pub basis: String,
    /// They are there of issues up to this number.
    pub made_to: i64,
    /// Grows by one with every chunk that is made.
    pub generation: i64,
    /// When they were made last.
    pub made_at: Millis,
}

/// An issue whose facts are older than its rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OutdatedFacts {
    /// Its number.
    pub issue_no: i64,
    changes: i64,
}

impl Store {
    /// How far the facts of an integration have been made; `None` before they ever were.
    pub async fn fact_state(&self, integration: &IntegrationId) -> Result<Option<FactState>, StoreError> {
        const QUERY: &str = "SELECT s.basis, s.made_to, s.generation, s.made_at FROM fact_state s \
            JOIN integration n ON n.no = s.integration_no WHERE n.id = $1";
        let state = |row: Row| {
            Ok(FactState {
                basis: row.text(0)?.to_owned(),
                made_to: row.int(1)?,
                generation: row.int(2)?,
                made_at: Millis(row.int(3)?),
            })
        };
        self.db.first(QUERY, values![integration.to_string()]).await?.map(state).transpose()
    }

    /// Issues whose facts are older than their rows, in order of their numbers, and the number of the last issue.
    pub async fn outdated_facts(
        &self,
        integration: &IntegrationId,
    ) -> Result<(Vec<OutdatedFacts>, i64), StoreError> {
        const LAST: &str = "SELECT last_issue_no FROM integration WHERE id = $1";
        const OUTDATED: &str = "SELECT o.issue_no, o.changes FROM fact_outdated o \
            JOIN integration n ON n.no = o.integration_no WHERE n.id = $1 ORDER BY o.issue_no";
        let id = integration.to_string();
        let last = self.db.first(LAST, values![&*id]).await?.map_or(Ok(0), |row| row.int(0))?;
        let one = |row: &Row| Ok(OutdatedFacts { issue_no: row.int(0)?, changes: row.int(1)? });
        let rows = self.db.fetch(OUTDATED, values![&*id]).await?;
        Ok((rows.iter().map(one).collect::<Result<_, StoreError>>()?, last))
    }
}

/// Forgets all facts of an integration: they are made anew from what its rows hold then.
pub(crate) async fn forget(tx: &mut Tx, integration_no: i64) -> Result<(), StoreError> {
    for table in ["fact_column", "fact_state"] {
        let text = format!("DELETE FROM {table} WHERE integration_no = $1");
        tx.execute(sql(text), values![integration_no]).await?;
    }
    Ok(())
}

/// Notes that the facts of these issues are older than their rows.
pub(crate) async fn note_outdated(
    tx: &mut Tx,
    integration_no: i64,
    numbers: &[i64],
) -> Result<(), StoreError> {
    for chunk in numbers.chunks(NAMED) {
        let rows: Vec<String> = chunk.iter().map(|no| format!("({integration_no},{no},1)")).collect();
        let text = format!(
            "INSERT INTO fact_outdated (integration_no, issue_no, changes) VALUES {} \
             ON CONFLICT (integration_no, issue_no) DO UPDATE SET changes = fact_outdated.changes + 1",
            rows.join(",")
        );
        tx.execute(sql(text), &[]).await?;
    }
    Ok(())
}

/// The same for the issues that these worklogs are of.
pub(crate) async fn note_outdated_worklogs(
    tx: &mut Tx,
    integration_no: i64,
    ids: &[String],
) -> Result<(), StoreError> {
    const OF: &str =
        "SELECT DISTINCT issue_no FROM issue_worklog WHERE integration_no = $1 AND id IN ({keys})";
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let rows = for_keys(tx, OF, integration_no, &ids).await?;
    let mut numbers = rows.iter().map(|row| row.int(0)).collect::<Result<Vec<i64>, _>>()?;
    numbers.sort_unstable();
    numbers.dedup();
    note_outdated(tx, integration_no, &numbers).await
}
