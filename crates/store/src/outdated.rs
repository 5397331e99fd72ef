//! Issues with copies of people inside of raw values, once these people are known otherwise.
//!
//! A person's name may change, and no edit of the issues that show it tells of it. Who changed is kept until a run has
//! come to its end, in the transaction that writes the change: a run that is killed leaves it to the next.

use crate::{
    Lease, Store, StoreError, checkpoints,
    db::{Tx, sql},
    leases,
    value::values,
};
use futures::StreamExt as _;
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};
use weir_model::{Checkpoint, IssueId, Partition, RunId};

/// The partition under which people are kept who changed; they go once a run has read their issues again.
const OUTDATED: &str = "outdated";

/// People of this sink whose issues were named already.
pub(crate) type Named = Mutex<BTreeSet<String>>;

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
    let mut all = kept(tx, integration_no).await?;
    all.extend(people);
    keep(tx, integration_no, run, &all, now).await
}

/// Live issues whose raw values hold somebody who changed and was not `named` yet; they are now.
pub(crate) async fn issues(
    store: &Store,
    integration_no: i64,
    named: &Named,
) -> Result<Vec<IssueId>, StoreError> {
    let rows = store.db.fetch(POSITION, values![integration_no, OUTDATED]).await?;
    let all = rows.first().map_or_else(|| Ok(BTreeSet::new()), |row| row.text(0).map(read))?;
    let people: BTreeSet<String> = {
        let mut named = named.lock().unwrap_or_else(PoisonError::into_inner);
        let people = all.difference(&named).cloned().collect();
        named.extend(all);
        people
    };
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

/// Forgets the people whose issues were named, once these have been read again.
///
/// # Errors
/// `run.busy` without the lease.
pub(crate) async fn settle(
    store: &Store,
    lease: &Lease,
    integration_no: i64,
    run: &RunId,
    named: &Named,
) -> Result<(), StoreError> {
    let named = named.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if named.is_empty() {
        return Ok(());
    }
    let mut tx = store.db.begin().await?;
    leases::check(&mut tx, lease).await?;
    let left: BTreeSet<String> =
        kept(&mut tx, integration_no).await?.into_iter().filter(|person| !named.contains(person)).collect();
    match left.is_empty() {
        true => _ = checkpoints::clear(&mut tx, integration_no, OUTDATED).await?,
        false => keep(&mut tx, integration_no, run, &left, store.now()).await?,
    }
    tx.commit().await
}

const POSITION: &str = "SELECT position FROM checkpoint WHERE integration_no = $1 AND partition = $2";

async fn kept(tx: &mut Tx, integration_no: i64) -> Result<BTreeSet<String>, StoreError> {
    let rows = tx.fetch(sql(POSITION), values![integration_no, OUTDATED]).await?;
    rows.first().map_or_else(|| Ok(BTreeSet::new()), |row| row.text(0).map(read))
}

async fn keep(
    tx: &mut Tx,
    integration_no: i64,
    run: &RunId,
    people: &BTreeSet<String>,
    now: i64,
) -> Result<(), StoreError> {
    let position = serde_json::to_string(people)
        .map_err(|error| StoreError::bug(format!("A list has no JSON: {error}")))?;
    let checkpoint = Checkpoint { partition: Partition(OUTDATED.to_owned()), position };
    checkpoints::write(tx, integration_no, run, &[checkpoint], now).await
}

fn read(position: &str) -> BTreeSet<String> {
    serde_json::from_str(position).unwrap_or_default()
}
