//! The numbers of the issues of a batch, and how each stands to what is there.

use crate::{
    Store, StoreError,
    children::for_keys,
    db::{Tx, sql},
    states,
    value::values,
};
use std::collections::HashMap;
use weir_model::{IssueId, IssueRecord, Millis};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    /// Not here before.
    Fresh,
    /// Here before.
    Known,
    /// Here, and known better than the batch knows it.
    Outdated,
}

/// An issue of a batch and its place in the store.
pub(crate) struct Placed<'a> {
    pub(crate) record: &'a IssueRecord,
    pub(crate) no: i64,
    pub(crate) standing: Standing,
    /// It is here, and was taken for gone, hidden or out of scope.
    pub(crate) was_away: bool,
    /// What is here is of a later time than what the site has of it: it was away, and came back as it had been.
    pub(crate) was_undone: bool,
}

/// Finds the numbers of these issues, each given once, and numbers those that are new.
pub(crate) async fn place<'a>(
    tx: &mut Tx,
    integration_no: i64,
    records: Vec<&'a IssueRecord>,
) -> Result<Vec<Placed<'a>>, StoreError> {
    const PRESENT: &str =
        "SELECT id, no, updated_at, state FROM issue WHERE integration_no = $1 AND id IN ({keys})";
    let mut last = last_no(tx, integration_no).await?;
    let ids: Vec<&str> = records.iter().map(|record| record.issue.id.as_str()).collect();
    let mut present: HashMap<String, (i64, Option<i64>, bool)> = HashMap::new();
    for row in for_keys(tx, PRESENT, integration_no, &ids).await? {
        let is_away = states::is_away(row.text(3)?);
        present.insert(row.text(0)?.to_owned(), (row.int(1)?, row.maybe_int(2)?, is_away));
    }
    let fresh = records.len() - present.len();
    let placed = records.into_iter().map(|record| {
        let given = record.issue.updated_at;
        match present.get(record.issue.id.as_str()) {
            None => {
                last += 1;
                Placed { record, no: last, standing: Standing::Fresh, was_away: false, was_undone: false }
            }
            Some((no, stored, was_away)) => {
                let is_older = given.zip(*stored).is_some_and(|(given, stored)| given.0 < stored);
                // Nobody has read an issue that is away since it went: an older version is no late answer then. A site
                // that was restored from a backup shows such issues.
                let is_late = is_older && !was_away;
                let standing = if is_late { Standing::Outdated } else { Standing::Known };
                Placed { record, no: *no, standing, was_away: *was_away, was_undone: is_older && *was_away }
            }
        }
    });
    let placed = placed.collect();
    if fresh > 0 {
        let text = "UPDATE integration SET last_issue_no = $2 WHERE no = $1";
        tx.execute(sql(text), values![integration_no, last]).await?;
    }
    Ok(placed)
}

/// Forgets of issues what happened to them after the time that the site has them of, so that what it shows is no older.
pub(crate) async fn undo(tx: &mut Tx, integration_no: i64, placed: &[Placed<'_>]) -> Result<(), StoreError> {
    for issue in placed.iter().filter(|issue| issue.was_undone) {
        let until = issue.record.issue.updated_at.map(|at| at.0);
        let text = "DELETE FROM issue_change WHERE integration_no = $1 AND issue_no = $2 AND changed_at > $3";
        tx.execute(sql(text), values![integration_no, issue.no, until]).await?;
        let text = "UPDATE issue SET updated_at = $3 WHERE integration_no = $1 AND no = $2";
        tx.execute(sql(text), values![integration_no, issue.no, until]).await?;
    }
    Ok(())
}

/// Issues, of these that a site shows, that are not here as they are shown: a change of them has not come yet. What a person
/// put away counts as here.
pub(crate) async fn news(
    store: &Store,
    integration_no: i64,
    shown: &[(IssueId, Option<Millis>)],
) -> Result<Vec<IssueId>, StoreError> {
    const HERE: &str = "SELECT id, updated_at FROM issue \
        WHERE integration_no = $1 AND state IN ('live', 'removed') AND id IN ({keys})";
    let ids: Vec<&str> = shown.iter().map(|(id, _)| id.as_str()).collect();
    let mut tx = store.db.begin().await?;
    let mut here: HashMap<String, Option<i64>> = HashMap::new();
    for row in for_keys(&mut tx, HERE, integration_no, &ids).await? {
        here.insert(row.text(0)?.to_owned(), row.maybe_int(1)?);
    }
    tx.commit().await?;
    let is_news = |(id, updated): &&(IssueId, Option<Millis>)| match (here.get(id.as_str()), updated) {
        (Some(Some(stored)), Some(shown)) => *stored < shown.0,
        _ => true,
    };
    Ok(shown.iter().filter(is_news).map(|(id, _)| id.clone()).collect())
}

/// The last number given away. Whoever numbers issues of the same integration waits until this transaction ends, and
/// then sees what it wrote.
async fn last_no(tx: &mut Tx, integration_no: i64) -> Result<i64, StoreError> {
    let lock = tx.dialect().exclusive_lock();
    let query = format!("SELECT last_issue_no FROM integration WHERE no = $1{lock}");
    let rows = tx.fetch(sql(query), values![integration_no]).await?;
    rows.first().ok_or_else(|| StoreError::bug("An integration went while its rows came"))?.int(0)
}
