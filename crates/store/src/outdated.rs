//! Issues with copies of people inside of raw values, once these people are known otherwise.
//!
//! A person's name may change, and no edit of the issues that show it tells of it. Who changed is kept until a run has
//! come to its end, in the transaction that writes the change: a run that is killed leaves it to the next.

use crate::{
    Store, StoreError, checkpoints,
    db::{Tx, sql},
    value::values,
};
use futures::StreamExt as _;
use std::collections::BTreeSet;
use weir_model::{Checkpoint, IssueId, Partition, RunId};

/// The partition under which people are kept who changed; its checkpoint goes once a run has read their issues again.
pub const OUTDATED: &str = "outdated";

/// Adds people who changed.
pub(crate) async fn add(
    tx: &mut Tx,
    integration_no: i64,
    run: &RunId,
    people: Vec<String>,
    now: i64,
) -> Result<(), StoreError> {
    if people.is_empty() {
        return Ok(());
    }
    let query = "SELECT position FROM checkpoint WHERE integration_no = $1 AND partition = $2";
    let rows = tx.fetch(sql(query), values![integration_no, OUTDATED]).await?;
    let mut all = rows.first().map_or_else(|| Ok(BTreeSet::new()), |row| row.text(0).map(read))?;
    all.extend(people);
    let position = serde_json::to_string(&all)
        .map_err(|error| StoreError::bug(format!("A list has no JSON: {error}")))?;
    let checkpoint = Checkpoint { partition: Partition(OUTDATED.to_owned()), position };
    checkpoints::write(tx, integration_no, run, &[checkpoint], now).await
}

/// Live issues whose raw values hold one of these people.
pub(crate) async fn issues(store: &Store, integration_no: i64) -> Result<Vec<IssueId>, StoreError> {
    let query = "SELECT position FROM checkpoint WHERE integration_no = $1 AND partition = $2";
    let rows = store.db.fetch(query, values![integration_no, OUTDATED]).await?;
    let people = rows.first().map_or_else(|| Ok(BTreeSet::new()), |row| row.text(0).map(read))?;
    let mut found = Vec::new();
    if people.is_empty() {
        return Ok(found);
    }
    let query = "SELECT i.id, t.fields FROM issue_text t \
                 JOIN issue i ON i.integration_no = t.integration_no AND i.no = t.issue_no \
                 WHERE t.integration_no = $1 AND i.state = 'live'";
    let mut rows = store.db.stream(sql(query), values![integration_no]);
    while let Some(row) = rows.next().await {
        let row = row?;
        // An id stands between quotes, wherever it stands.
        if row.text(1)?.split('"').any(|part| people.contains(part)) {
            found.push(IssueId::from(row.text(0)?));
        }
    }
    Ok(found)
}

fn read(position: &str) -> BTreeSet<String> {
    serde_json::from_str(position).unwrap_or_default()
}
