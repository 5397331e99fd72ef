//! Issues that could not be read, with their sealed bodies, until they can be.
//!
//! A row is written in the transaction of the batch that would have brought its issue, and goes in that of the batch which
//! brings it. What a run that came to its end has tried and not met again is gone, or not ours to read any more, unless the
//! site still shows it: then that was one more attempt, of which there are not more than [`MOST_ABSENT`] for one that never
//! was here.
//!
//! The more runs an issue has failed in, the more pass it by before it is tried again: none after the first, then one, three,
//! seven … up to a day. Once the site shows another `updated` of it, it is tried at once.

use crate::{
    Lease, Store, StoreError,
    children::for_keys,
    db::{Tx, sql},
    leases, sealing,
    value::{Row, values},
};
use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use weir_model::{InQuarantine, IntegrationId, IssueId, IssueRecord, Message, Millis, Quarantined, RunId};

/// How bodies are sealed: the id of the key in use, where one is known, the id of the row and the body give sealed text.
type Seal = dyn Fn(Option<&str>, &str, &str) -> Result<String, Message> + Send + Sync;

/// Seals what must not lie open. The store keeps what comes out of it and cannot open it.
#[derive(Clone)]
pub struct Sealer(Arc<Seal>);

impl Sealer {
    /// Seals with this.
    pub fn new(
        seal: impl Fn(Option<&str>, &str, &str) -> Result<String, Message> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(seal))
    }

    /// Seals with the key that is in force in this transaction, however long ago the run began.
    async fn seal(&self, tx: &mut Tx, id: &str, body: &str) -> Result<String, StoreError> {
        let key = sealing::key_in_force(tx).await?;
        Ok((self.0)(key.as_deref(), id, body)?)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

/// Which issues in quarantine a run tries to read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Retries {
    /// Those whose turn it is.
    #[default]
    Due,
    /// All of them: a person asks, or everything is read anew.
    All,
}

/// How long an issue is left alone at most, by our clock.
const DAY: i64 = 24 * 60 * 60 * 1_000;

/// How often an issue that was never here may be tried without coming. A census finds it missing after that.
const MOST_ABSENT: i64 = 8;

/// What became of the quarantine at the end of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Waiting {
    /// Issues that were not tried.
    pub passed: u64,
    /// Issues that were tried, did not come, and stay.
    pub absent: u64,
}

/// How an issue in quarantine has fared.
struct Tried {
    attempts: i64,
    passed: i64,
    last_at: i64,
}

impl Tried {
    /// Out of the last columns of a row, from this one on.
    fn read(row: &Row, first: usize) -> Result<Self, StoreError> {
        Ok(Self { attempts: row.int(first)?, passed: row.int(first + 1)?, last_at: row.int(first + 2)? })
    }

    /// Whether it is its turn. A clock that was put back does not put it off.
    fn is_due(&self, retries: Retries, now: i64) -> bool {
        let pause = 1_i64 << (self.attempts - 1).clamp(0, 40);
        retries == Retries::All || self.passed + 1 >= pause || !(0..DAY).contains(&(now - self.last_at))
    }
}

/// What one run does to the quarantine of its integration.
#[derive(Debug)]
pub(crate) struct Quarantine {
    sealer: Sealer,
    retries: Retries,
    /// Ids that are in it, once they were looked up; nobody else writes while the run has its lease.
    inside: Mutex<Option<HashSet<String>>>,
    /// Ids that this run was told to try.
    asked: Mutex<HashSet<String>>,
    /// What the site shows as `updated` of issues that are about to come.
    shown: Mutex<HashMap<String, i64>>,
}

impl Quarantine {
    pub(crate) fn new(sealer: Sealer, retries: Retries) -> Self {
        Self { sealer, retries, inside: Mutex::default(), asked: Mutex::default(), shown: Mutex::default() }
    }

    /// Issues whose turn it is, that this run has not met and was not told of yet.
    pub(crate) async fn due(
        &self,
        store: &Store,
        integration_no: i64,
        run: &RunId,
    ) -> Result<Vec<IssueId>, StoreError> {
        let query = "SELECT issue_id, attempts, passed, last_at FROM quarantine \
                     WHERE integration_no = $1 AND run_id <> $2 ORDER BY issue_id";
        let rows = store.db.fetch(query, values![integration_no, run.to_string()]).await?;
        let (now, mut asked) = (store.now(), lock(&self.asked));
        let mut due = Vec::new();
        for row in &rows {
            let id = row.text(0)?;
            if Tried::read(row, 1)?.is_due(self.retries, now) && asked.insert(id.to_owned()) {
                due.push(IssueId::from(id));
            }
        }
        Ok(due)
    }

    /// Those of `news`, issues that are not kept as they are shown, that are to be read now: not one that could not be read in
    /// this very version, before its turn.
    pub(crate) async fn to_read(
        &self,
        store: &Store,
        integration_no: i64,
        news: Vec<IssueId>,
        shown: &[(IssueId, Option<Millis>)],
    ) -> Result<Vec<IssueId>, StoreError> {
        const TRIED: &str = "SELECT issue_id, updated_at, attempts, passed, last_at FROM quarantine \
            WHERE integration_no = $1 AND updated_at IS NOT NULL AND issue_id IN ({keys})";
        let shown: HashMap<&IssueId, i64> =
            shown.iter().filter_map(|(id, updated)| Some((id, (*updated)?.0))).collect();
        if news.is_empty() {
            return Ok(news);
        }
        let ids: Vec<&str> = news.iter().map(IssueId::as_str).collect();
        let mut tx = store.db.begin().await?;
        let rows = for_keys(&mut tx, TRIED, integration_no, &ids).await?;
        tx.commit().await?;
        let mut waiting = HashSet::new();
        for row in &rows {
            let id = IssueId::from(row.text(0)?);
            let is_same = shown.get(&id) == Some(&row.int(1)?);
            if is_same && !Tried::read(row, 2)?.is_due(self.retries, store.now()) {
                waiting.insert(id);
            }
        }
        let news: Vec<IssueId> = news.into_iter().filter(|id| !waiting.contains(id)).collect();
        let known = news.iter().filter_map(|id| Some((id.as_str().to_owned(), *shown.get(id)?)));
        lock(&self.shown).extend(known);
        Ok(news)
    }

    /// Keeps what could not be read, and lets go of what was. To be called in the batch's transaction.
    pub(crate) async fn write(
        &self,
        tx: &mut Tx,
        integration_no: i64,
        run: &RunId,
        (kept, read): (&[Quarantined], &[IssueRecord]),
        now: i64,
    ) -> Result<(), StoreError> {
        let known = lock(&self.inside).clone();
        let mut inside = match known {
            Some(known) => known,
            None => ids(tx, integration_no).await?,
        };
        if !inside.is_empty() {
            let free = read.iter().map(|record| record.issue.id.as_str());
            let free: Vec<&str> = free.filter(|id| inside.contains(*id)).collect();
            for_keys(tx, FREE, integration_no, &free).await?;
        }
        for record in read {
            lock(&self.shown).remove(record.issue.id.as_str());
        }
        for one in kept {
            let id = one.issue.as_str();
            let updated = lock(&self.shown).remove(id);
            let sealed = match one.raw.as_deref() {
                Some(raw) => Some(self.sealer.seal(tx, id, raw).await?),
                None => None,
            };
            let bytes = one.raw.as_ref().map(|raw| raw.len() as i64);
            let row = values![
                integration_no,
                id,
                one.code.as_str(),
                one.detail.as_str(),
                now,
                run.to_string(),
                sealed.as_deref(),
                bytes,
                updated
            ];
            tx.execute(sql(KEEP), row).await?;
            inside.insert(id.to_owned());
        }
        // An id that was let go stays among these: looking for it once more costs little, and the commit may still fail.
        *lock(&self.inside) = Some(inside);
        Ok(())
    }

    /// Issues that this run was told to try, and that it has not met.
    pub(crate) async fn absent(
        &self,
        store: &Store,
        integration_no: i64,
        run: &RunId,
    ) -> Result<Vec<IssueId>, StoreError> {
        let rows = store.db.fetch(LEFT, values![integration_no, run.to_string()]).await?;
        let asked = lock(&self.asked).clone();
        let left = rows.iter().map(|row| row.text(0)).collect::<Result<Vec<_>, _>>()?;
        Ok(left.into_iter().filter(|id| asked.contains(*id)).map(IssueId::from).collect())
    }

    /// Lets go of what this run, which came to its end, has tried and not met, and the site does not show, unless it is here
    /// and live: then an answer that lacks it proves nothing, and a census says what became of it.
    pub(crate) async fn settle(
        &self,
        store: &Store,
        lease: &Lease,
        integration_no: i64,
        run: &RunId,
        shown: &HashSet<IssueId>,
    ) -> Result<Waiting, StoreError> {
        const PASS: &str = "UPDATE quarantine SET passed = passed + 1, run_id = $2 WHERE integration_no = $1 AND run_id <> $2";
        let run = run.to_string();
        if store.db.first(LEFT, values![integration_no, &*run]).await?.is_none() {
            return Ok(Waiting::default());
        }
        let asked = lock(&self.asked).clone();
        let mut tx = store.db.begin().await?;
        leases::check(&mut tx, lease).await?;
        let left = tx.fetch(sql(LEFT), values![integration_no, &*run]).await?;
        let (mut absent, mut passed) = (Vec::new(), 0);
        for row in &left {
            let (id, attempts) = (row.text(0)?, row.int(1)?);
            match asked.contains(id) {
                true => absent.push((id, attempts)),
                false => passed += 1,
            }
        }
        let is_over = |(id, attempts): &&(&str, i64)| {
            *attempts >= MOST_ABSENT || !shown.iter().any(|shown| shown.as_str() == *id)
        };
        let over: Vec<&str> = absent.iter().filter(is_over).map(|(id, _)| *id).collect();
        let let_go = for_keys(&mut tx, LET_GO, integration_no, &over).await?.len();
        for (id, _) in &absent {
            tx.execute(sql(TRY), values![integration_no, *id, &*run, store.now()]).await?;
        }
        tx.execute(sql(PASS), values![integration_no, &*run]).await?;
        tx.commit().await?;
        Ok(Waiting { passed, absent: (absent.len() - let_go) as u64 })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Deletes the bodies: something in them may be excluded from now on.
pub(crate) async fn forget(tx: &mut Tx, integration_no: i64) -> Result<(), StoreError> {
    let query = "UPDATE quarantine SET raw_sealed = NULL, raw_bytes = NULL WHERE integration_no = $1";
    tx.execute(sql(query), values![integration_no]).await.map(drop)
}

impl Store {
    /// The issues in quarantine; those that were put there or left there by a run, where one is named.
    pub async fn quarantine(
        &self,
        integration: &IntegrationId,
        run: Option<&RunId>,
    ) -> Result<Vec<InQuarantine>, StoreError> {
        let no = self.no(integration).await?;
        let rows = match run {
            None => self.db.fetch(LIST, values![no]).await?,
            Some(run) => self.db.fetch(LIST_OF_RUN, values![no, run.to_string()]).await?,
        };
        rows.iter().map(read).collect()
    }

    /// The sealed body of an issue in quarantine.
    pub async fn quarantined_body(
        &self,
        integration: &IntegrationId,
        issue: &str,
    ) -> Result<Option<String>, StoreError> {
        let query = "SELECT raw_sealed FROM quarantine WHERE integration_no = $1 AND issue_id = $2";
        let row = self.db.first(query, values![self.no(integration).await?, issue]).await?;
        row.map_or(Ok(None), |row| Ok(row.maybe_text(0)?.map(str::to_owned)))
    }
}

async fn ids(tx: &mut Tx, integration_no: i64) -> Result<HashSet<String>, StoreError> {
    let query = "SELECT issue_id FROM quarantine WHERE integration_no = $1";
    let rows = tx.fetch(sql(query), values![integration_no]).await?;
    rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}

fn read(row: &Row) -> Result<InQuarantine, StoreError> {
    Ok(InQuarantine {
        issue: IssueId::from(row.text(0)?),
        key: row.maybe_text(1)?.map(str::to_owned),
        code: row.text(2)?.to_owned(),
        detail: row.text(3)?.to_owned(),
        attempts: u32::try_from(row.int(4)?).unwrap_or(u32::MAX),
        first_at: Millis(row.int(5)?),
        last_at: Millis(row.int(6)?),
        raw_bytes: row.maybe_int(7)?.and_then(|bytes| bytes.try_into().ok()),
    })
}

/// A body that does not come this time does not take away the one that is there. Twice in one run is one attempt.
const KEEP: &str = "INSERT INTO quarantine \
    (integration_no, issue_id, code, detail, attempts, first_at, last_at, run_id, raw_sealed, raw_bytes, updated_at) \
    VALUES ($1, $2, $3, $4, 1, $5, $5, $6, $7, $8, $9) \
    ON CONFLICT (integration_no, issue_id) DO UPDATE SET code = excluded.code, detail = excluded.detail, \
    attempts = quarantine.attempts + CASE WHEN quarantine.run_id = excluded.run_id THEN 0 ELSE 1 END, passed = 0, \
    last_at = excluded.last_at, run_id = excluded.run_id, \
    raw_sealed = coalesce(excluded.raw_sealed, quarantine.raw_sealed), \
    raw_bytes = coalesce(excluded.raw_bytes, quarantine.raw_bytes), \
    updated_at = coalesce(excluded.updated_at, quarantine.updated_at)";

/// What a run has not met.
const LEFT: &str = "SELECT issue_id, attempts FROM quarantine WHERE integration_no = $1 AND run_id <> $2";

/// One more attempt in vain.
const TRY: &str = "UPDATE quarantine SET attempts = attempts + 1, passed = 0, last_at = $4, run_id = $3 \
    WHERE integration_no = $1 AND issue_id = $2";

const LET_GO: &str = "DELETE FROM quarantine WHERE integration_no = $1 AND issue_id IN ({keys}) AND NOT EXISTS \
    (SELECT 1 FROM issue i WHERE i.integration_no = quarantine.integration_no AND i.id = quarantine.issue_id \
    AND i.state = 'live') RETURNING issue_id";

const FREE: &str =
    "DELETE FROM quarantine WHERE integration_no = $1 AND issue_id IN ({keys}) RETURNING issue_id";

macro_rules! list {
    ($condition:literal) => {
        concat!(
            "SELECT q.issue_id, i.key, q.code, q.detail, q.attempts, q.first_at, q.last_at, q.raw_bytes ",
            "FROM quarantine q LEFT JOIN issue i ON i.integration_no = q.integration_no AND i.id = q.issue_id ",
            "WHERE q.integration_no = $1",
            $condition,
            " ORDER BY q.issue_id"
        )
    };
}

const LIST: &str = list!("");
const LIST_OF_RUN: &str = list!(" AND q.run_id = $2");
