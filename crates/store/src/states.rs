//! What is believed of issues: whether they are live, and if not, why. Every change of it goes through here, is kept with its
//! reason and time, and leaves what is known of the issue as it is.

use crate::{
    Lease, Store, StoreError,
    children::{NAMED, for_keys},
    db::{Tx, sql},
    fields, leases,
    value::{Value, values},
};
use std::collections::{BTreeMap, HashMap, HashSet};
use weir_model::{IntegrationId, IssueId, Message, Millis, Scope, State, same_key};

/// Another state of a live issue, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settled {
    /// The issue.
    pub id: IssueId,
    /// What it is now.
    pub state: State,
    /// The reason, as a code that stays.
    pub reason: &'static str,
}

/// An issue that a person named.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedIssue {
    /// Its present key.
    pub key: String,
    /// What it was before.
    pub before: State,
}

/// A change of state of the issues that are in `from`.
struct Change {
    from: &'static str,
    to: State,
    reason: &'static str,
    now: i64,
}

const LIVE: &str = "state = 'live'";
const AWAY: &str = "state NOT IN ('live', 'removed')";

/// Whether a word stands for a state that a reading ends. What a person put away stays so.
pub(crate) fn is_away(state: &str) -> bool {
    !matches!(State::named(state), Some(State::Live | State::Removed))
}

/// Notes that live issues have left the scope.
pub(crate) async fn leave_scope(
    tx: &mut Tx,
    integration_no: i64,
    ids: &[IssueId],
    now: i64,
) -> Result<u64, StoreError> {
    let change = Change { from: LIVE, to: State::OutOfScope, reason: "scope.left", now };
    let ids: Vec<&str> = ids.iter().map(IssueId::as_str).collect();
    of_ids(tx, integration_no, &change, &ids).await
}

/// Notes that issues were read which were taken for gone, hidden or out of scope.
pub(crate) async fn come_back(
    tx: &mut Tx,
    integration_no: i64,
    ids: &[&str],
    now: i64,
) -> Result<u64, StoreError> {
    let change = Change { from: AWAY, to: State::Live, reason: "site.shown", now };
    of_ids(tx, integration_no, &change, ids).await
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
    let change = Change { from: LIVE, to: State::OutOfScope, reason: "scope.edited", now };
    let mut left = Vec::new();
    for row in tx.fetch(sql(text), values![integration_no]).await? {
        let key = row.text(0)?;
        if kept.iter().any(|kept| same_key(kept, key)) {
            continue;
        }
        let issues = apply(tx, integration_no, &change, "project_key = $4", &[Value::from(key)]).await?;
        left.push((key.to_owned(), issues));
    }
    if !left.is_empty() {
        fields::recount(tx, integration_no).await?;
    }
    Ok(left)
}

impl Store {
    /// Projects that would leave an integration's scope with this one, each with the number of issues that are live.
    pub async fn would_leave(
        &self,
        integration: &IntegrationId,
        scope: &Scope,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        let Scope::Projects(kept) = scope else { return Ok(vec![]) };
        let mut left = self.live_by_project(integration).await?;
        left.retain(|(key, _)| !kept.iter().any(|kept| same_key(kept, key)));
        Ok(left)
    }

    /// Projects with live issues, by key, each with their number.
    pub async fn live_by_project(
        &self,
        integration: &IntegrationId,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        const LIVE_BY_PROJECT: &str = "SELECT project_key, count(*) FROM issue WHERE integration_no = $1 \
            AND state = 'live' GROUP BY project_key ORDER BY project_key";
        let no = self.no(integration).await?;
        let rows = self.db.fetch(LIVE_BY_PROJECT, values![no]).await?;
        rows.iter().map(|row| Ok((row.text(0)?.to_owned(), row.count(1)?))).collect()
    }

    /// Gives live issues another state; says how many were live.
    ///
    /// # Errors
    /// `run.busy` without the lease.
    pub async fn settle(&self, lease: &Lease, settled: &[Settled]) -> Result<u64, StoreError> {
        if settled.is_empty() {
            return Ok(0);
        }
        let no = self.no(lease.integration()).await?;
        let now = self.now();
        let mut alike: BTreeMap<(&str, &str), (State, &'static str, Vec<&str>)> = BTreeMap::new();
        for one in settled {
            let group = alike.entry((one.state.as_str(), one.reason));
            group.or_insert_with(|| (one.state, one.reason, vec![])).2.push(one.id.as_str());
        }
        let mut tx = self.db.begin().await?;
        leases::check(&mut tx, lease).await?;
        let mut changed = 0;
        for (to, reason, ids) in alike.into_values() {
            changed += of_ids(&mut tx, no, &Change { from: LIVE, to, reason, now }, &ids).await?;
        }
        tx.commit().await?;
        Ok(changed)
    }

    /// Puts issues away: no sync and no census brings them back to life.
    ///
    /// # Errors
    /// `issue.unknown` when one of the keys is nobody's; nothing is changed then. `run.busy` without the lease.
    pub async fn put_away(&self, lease: &Lease, keys: &[String]) -> Result<Vec<NamedIssue>, StoreError> {
        self.by_hand(lease, keys, "state <> 'removed'", State::Removed, "person.removed").await
    }

    /// Makes issues live again that a person put away; others stay as they are.
    ///
    /// # Errors
    /// As for [`Store::put_away`].
    pub async fn restore_issues(
        &self,
        lease: &Lease,
        keys: &[String],
    ) -> Result<Vec<NamedIssue>, StoreError> {
        self.by_hand(lease, keys, "state = 'removed'", State::Live, "person.restored").await
    }

    async fn by_hand(
        &self,
        lease: &Lease,
        keys: &[String],
        from: &'static str,
        to: State,
        reason: &'static str,
    ) -> Result<Vec<NamedIssue>, StoreError> {
        let no = self.no(lease.integration()).await?;
        let mut tx = self.db.begin().await?;
        leases::check(&mut tx, lease).await?;
        let (ids, named) = resolve(&mut tx, no, keys).await?;
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        of_ids(&mut tx, no, &Change { from, to, reason, now: self.now() }, &ids).await?;
        fields::recount(&mut tx, no).await?;
        tx.commit().await?;
        Ok(named)
    }

    /// Those of these issues that are live and changed since then.
    pub async fn live_since(
        &self,
        integration: &IntegrationId,
        ids: &[IssueId],
        since: Millis,
    ) -> Result<HashSet<IssueId>, StoreError> {
        const QUERY: &str = "SELECT id, updated_at FROM issue WHERE integration_no = $1 AND state = 'live' AND id IN ({keys})";
        let no = self.no(integration).await?;
        let ids: Vec<&str> = ids.iter().map(IssueId::as_str).collect();
        let mut tx = self.db.begin().await?;
        let mut changed = HashSet::new();
        for row in for_keys(&mut tx, QUERY, no, &ids).await? {
            if row.maybe_int(1)?.is_some_and(|updated| updated >= since.0) {
                changed.insert(IssueId::from(row.text(0)?));
            }
        }
        Ok(changed)
    }

    /// Key and state of those of these issues that are here.
    pub async fn states(
        &self,
        integration: &IntegrationId,
        ids: &[IssueId],
    ) -> Result<HashMap<IssueId, (String, State)>, StoreError> {
        const QUERY: &str = "SELECT id, key, state FROM issue WHERE integration_no = $1 AND id IN ({keys})";
        let no = self.no(integration).await?;
        let ids: Vec<&str> = ids.iter().map(IssueId::as_str).collect();
        let mut tx = self.db.begin().await?;
        let mut states = HashMap::new();
        for row in for_keys(&mut tx, QUERY, no, &ids).await? {
            states.insert(IssueId::from(row.text(0)?), (row.text(1)?.to_owned(), state(row.text(2)?)?));
        }
        Ok(states)
    }
}

/// The issues of these keys, present or former, each once.
async fn resolve(
    tx: &mut Tx,
    no: i64,
    keys: &[String],
) -> Result<(Vec<String>, Vec<NamedIssue>), StoreError> {
    const PRESENT: &str =
        "SELECT id, key, state, key FROM issue WHERE integration_no = $1 AND key IN ({keys})";
    const FORMER: &str = "SELECT i.id, i.key, i.state, k.key FROM issue_key k JOIN issue i \
        ON i.integration_no = k.integration_no AND i.no = k.issue_no WHERE k.integration_no = $1 AND k.key IN ({keys})";
    let mut unknown: Vec<&str> = keys.iter().map(String::as_str).collect();
    let mut found = BTreeMap::new();
    for query in [PRESENT, FORMER] {
        let mut met = HashSet::new();
        for row in for_keys(tx, query, no, &unknown).await? {
            let named = NamedIssue { key: row.text(1)?.to_owned(), before: state(row.text(2)?)? };
            found.insert(row.text(0)?.to_owned(), named);
            met.insert(row.text(3)?.to_owned());
        }
        unknown.retain(|key| !met.contains(*key));
    }
    if !unknown.is_empty() {
        return Err(Message::IssueUnknown { keys: unknown.join(", ") }.into());
    }
    Ok(found.into_iter().unzip())
}

fn state(word: &str) -> Result<State, StoreError> {
    State::named(word).ok_or_else(|| StoreError::bug("An issue has a state without a name"))
}

async fn of_ids(tx: &mut Tx, integration_no: i64, change: &Change, ids: &[&str]) -> Result<u64, StoreError> {
    let mut changed = 0;
    for named in ids.chunks(NAMED) {
        let places: Vec<String> = (4..4 + named.len()).map(|n| format!("${n}")).collect();
        let which = format!("id IN ({})", places.join(","));
        let ids: Vec<Value> = named.iter().map(|id| Value::from(*id)).collect();
        changed += apply(tx, integration_no, change, &which, &ids).await?;
    }
    Ok(changed)
}

/// Keeps the change of each issue that it is true of, then makes it. `which` begins its parameters with `$4`.
async fn apply(
    tx: &mut Tx,
    integration_no: i64,
    change: &Change,
    which: &str,
    more: &[Value],
) -> Result<u64, StoreError> {
    let Change { from, to, reason, now } = *change;
    let mut parameters: Vec<Value> = values![integration_no, to.as_str(), now].to_vec();
    parameters.extend(more.iter().cloned());
    let keep = format!(
        "INSERT INTO issue_state (integration_no, issue_no, state, reason, since) \
         SELECT integration_no, no, $2, '{reason}', $3 FROM issue WHERE integration_no = $1 AND {from} AND {which}"
    );
    tx.execute(sql(keep), &parameters).await?;
    let note = format!(
        "INSERT INTO fact_outdated (integration_no, issue_no, changes) SELECT integration_no, no, 1 FROM issue \
         WHERE integration_no = $1 AND {from} AND {which} \
         ON CONFLICT (integration_no, issue_no) DO UPDATE SET changes = fact_outdated.changes + 1"
    );
    tx.execute(sql(note), &parameters).await?;
    let make = format!(
        "UPDATE issue SET state = $2, state_since = $3 WHERE integration_no = $1 AND {from} AND {which}"
    );
    tx.execute(sql(make), &parameters).await
}
