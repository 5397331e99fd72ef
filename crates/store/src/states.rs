//! What is believed of issues: changes of their state that no reading of them brings.

use crate::{
    StoreError,
    children::NAMED,
    db::{Tx, sql},
    value::{Value, values},
};
use weir_model::{IssueId, Scope, same_key};

/// Notes that live issues have left the scope; what is known of them stays.
pub(crate) async fn leave_scope(
    tx: &mut Tx,
    integration_no: i64,
    ids: &[IssueId],
    now: i64,
) -> Result<u64, StoreError> {
    let mut left = 0;
    for named in ids.chunks(NAMED) {
        let mut parameters: Vec<Value> = values![integration_no, now].to_vec();
        parameters.extend(named.iter().map(|id| Value::from(id.as_str())));
        let places: Vec<String> = (3..3 + named.len()).map(|n| format!("${n}")).collect();
        let text = format!(
            "UPDATE issue SET state = 'out_of_scope', state_since = $2 \
             WHERE integration_no = $1 AND state = 'live' AND id IN ({})",
            places.join(",")
        );
        left += tx.execute(sql(text), &parameters).await?;
    }
    Ok(left)
}

/// Notes that the live issues of projects that are not in this scope have left it; says how many in which project. Of a
/// filter only the site knows what it takes, so that nothing leaves it here.
pub(crate) async fn leave_projects(
    tx: &mut Tx,
    integration_no: i64,
    scope: &Scope,
    now: i64,
) -> Result<Vec<(String, u64)>, StoreError> {
    let Scope::Projects(kept) = scope else { return Ok(vec![]) };
    let text = "SELECT DISTINCT project_key FROM issue WHERE integration_no = $1 AND state = 'live' ORDER BY project_key";
    let mut left = Vec::new();
    for row in tx.fetch(sql(text), values![integration_no]).await? {
        let key = row.text(0)?;
        if kept.iter().any(|kept| same_key(kept, key)) {
            continue;
        }
        let text = "UPDATE issue SET state = 'out_of_scope', state_since = $2 \
                    WHERE integration_no = $1 AND state = 'live' AND project_key = $3";
        let issues = tx.execute(sql(text), values![integration_no, now, key]).await?;
        left.push((key.to_owned(), issues));
    }
    Ok(left)
}
