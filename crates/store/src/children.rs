//! Sets of rows below issues: told apart, compared with what is there, and freed of what is no longer given.

use crate::{
    StoreError,
    db::{Tx, sql},
    value::{Row, Value, values},
};
use std::collections::{HashMap, HashSet};

/// Issues or keys named in one statement.
pub(crate) const NAMED: usize = 256;

/// Sorts by key and keeps the last of rows with the same key.
pub(crate) fn keep_last<'a, T: 'a, K: Ord + 'a>(
    mut rows: Vec<&'a T>,
    key: impl Fn(&&'a T) -> K,
) -> Vec<&'a T> {
    if rows.is_sorted_by(|a, b| key(a) < key(b)) {
        return rows;
    }
    rows.reverse();
    rows.sort_by_key(|row| key(row));
    rows.dedup_by(|later, earlier| key(later) == key(earlier));
    rows
}

/// Runs a query once for every few of these keys, which it takes in the place of `{keys}` after `$1`, the integration.
pub(crate) async fn for_keys(
    tx: &mut Tx,
    query: &str,
    integration_no: i64,
    keys: &[impl Copy + Into<Value>],
) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::new();
    for named in keys.chunks(NAMED) {
        // Few sizes of statement, so that they stay prepared: the last key stands in for missing ones.
        let size = named.len().next_power_of_two();
        let places: Vec<String> = (0..size).map(|n| format!("${}", n + 2)).collect();
        let text = query.replace("{keys}", &places.join(","));
        let last = named.iter().rev().take(1).cycle();
        let parameters: Vec<Value> = std::iter::once(Value::from(integration_no))
            .chain(named.iter().chain(last).take(size).map(|key| (*key).into()))
            .collect();
        rows.extend(tx.fetch(sql(text), &parameters).await?);
    }
    Ok(rows)
}

/// Deletes rows by key.
pub(crate) async fn delete_keys<const N: usize>(
    tx: &mut Tx,
    table: &str,
    columns: &[&str; N],
    integration_no: i64,
    keys: &[[Value; N]],
) -> Result<u64, StoreError> {
    let mut deleted = 0;
    for named in keys.chunks(NAMED) {
        let mut parameters: Vec<Value> = values![integration_no].to_vec();
        let mut places = Vec::new();
        for key in named {
            let first = parameters.len() + 1;
            let row: Vec<String> = (first..first + N).map(|n| format!("${n}")).collect();
            places.push(format!("({})", row.join(",")));
            parameters.extend(key.iter().cloned());
        }
        let text = format!(
            "DELETE FROM {table} WHERE integration_no = $1 AND ({}) IN (VALUES {})",
            columns.join(", "),
            places.join(",")
        );
        deleted += tx.execute(sql(text), &parameters).await?;
    }
    Ok(deleted)
}

/// Deletes rows by the id that the source gave them, of whatever issue they are.
pub(crate) async fn delete_ids(
    tx: &mut Tx,
    table: &str,
    integration_no: i64,
    ids: &[String],
) -> Result<u64, StoreError> {
    let keys: Vec<[Value; 1]> = ids.iter().map(|id| [Value::from(id.as_str())]).collect();
    delete_keys(tx, table, &["id"], integration_no, &keys).await
}

/// What was taken out of a table.
#[derive(Debug)]
pub(crate) struct Dropped {
    /// How many rows.
    pub(crate) rows: u64,
    /// Of which issues.
    pub(crate) issues: Vec<i64>,
}

/// Takes out of a table what its issues no longer have. `given` holds each issue with its present keys.
pub(crate) async fn drop_surplus(
    tx: &mut Tx,
    table: &str,
    key: &str,
    integration_no: i64,
    given: &HashMap<i64, HashSet<&str>>,
) -> Result<Dropped, StoreError> {
    let issues: Vec<i64> = given.keys().copied().collect();
    let counts = format!(
        "SELECT issue_no, count(*) FROM {table} WHERE integration_no = $1 AND issue_no IN ({{keys}}) GROUP BY issue_no"
    );
    let mut crowded: Vec<i64> = Vec::new();
    for row in for_keys(tx, &counts, integration_no, &issues).await? {
        let issue = row.int(0)?;
        if given.get(&issue).map(|keys| keys.len() as u64) != Some(row.count(1)?) {
            crowded.push(issue);
        }
    }
    let present =
        format!("SELECT issue_no, {key} FROM {table} WHERE integration_no = $1 AND issue_no IN ({{keys}})");
    let (mut surplus, mut of): (Vec<[Value; 2]>, Vec<i64>) = (Vec::new(), Vec::new());
    for row in for_keys(tx, &present, integration_no, &crowded).await? {
        let (issue, key) = (row.int(0)?, row.text(1)?);
        if given.get(&issue).is_some_and(|keys| !keys.contains(key)) {
            surplus.push([issue.into(), key.into()]);
            of.push(issue);
        }
    }
    let rows = delete_keys(tx, table, &["issue_no", key], integration_no, &surplus).await?;
    of.dedup();
    Ok(Dropped { rows, issues: of })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_rows_with_one_key_the_last_is_kept() {
        let rows = [("b", 1), ("a", 2), ("b", 3)];
        assert_eq!(keep_last(rows.iter().collect(), |row| row.0), [&("a", 2), &("b", 3)]);
        let sorted = [("a", 1), ("b", 2)];
        assert_eq!(keep_last(sorted.iter().collect(), |row| row.0), [&("a", 1), &("b", 2)]);
    }
}
