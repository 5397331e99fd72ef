//! Sealed values and the master keys they name. The store keeps both names and values, and can open nothing.
//!
//! A sealed value is written in the transaction that sees its key in force, and a key is retired in a transaction that sees
//! no value under it and holds off those that would come. So whatever is interrupted, and whoever works beside it, a value is
//! never under a key that has been given up.

use crate::{
    Store, StoreError,
    crash::crash_point,
    db::{Tx, sql},
    value::{Row, Value, values},
};
use std::{collections::BTreeMap, str::FromStr};
use weir_model::{Message, Millis};

/// A column whose values are sealed.
struct SealedColumn {
    table: &'static str,
    /// Its primary key, which puts rows in order.
    key: &'static [&'static str],
    column: &'static str,
    /// What the value belongs to, as a person knows it.
    owner: &'static str,
}

/// The name of the integration whose number stands in a column.
macro_rules! integration {
    ($column:literal) => {
        concat!("(SELECT n.name FROM integration n WHERE n.no = ", $column, ")")
    };
}

/// Every one of them.
const SEALED: &[SealedColumn] = &[
    SealedColumn {
        table: "integration",
        key: &["no"],
        column: "sealed",
        owner: integration!("integration.no"),
    },
    SealedColumn { table: "draft", key: &["id"], column: "sealed", owner: "'a set-up that was begun'" },
    SealedColumn { table: "consent", key: &["id"], column: "sealed", owner: "'a consent that waits'" },
    SealedColumn {
        table: "quarantine",
        key: &["integration_no", "issue_id"],
        column: "raw_sealed",
        owner: integration!("quarantine.integration_no"),
    },
    SealedColumn {
        table: "nudge",
        key: &["id"],
        column: "sealed",
        owner: integration!("nudge.integration_no"),
    },
    SealedColumn {
        table: "notification_channel",
        key: &["id"],
        column: "sealed",
        owner: "'a channel of notifications'",
    },
];

/// Values looked at in one transaction.
const BATCH: usize = 200;

/// What becomes of a master key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyState {
    /// It seals.
    Active,
    /// It opens what is not under the active one yet.
    Retiring,
    /// Nothing is under it, and nothing will be.
    Retired,
}

impl KeyState {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Retiring => "retiring",
            Self::Retired => "retired",
        }
    }
}

impl FromStr for KeyState {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let all = [Self::Active, Self::Retiring, Self::Retired];
        let state = all.into_iter().find(|state| state.as_str() == text);
        state.ok_or_else(|| StoreError::bug("A master key has a state that this program does not know"))
    }
}

/// What the store knows of a master key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SealingKey {
    /// Its id, as sealed values name it.
    pub id: String,
    /// A known text sealed with it.
    pub check: String,
    /// What becomes of it.
    pub state: KeyState,
    /// When it came into use.
    pub since: Millis,
    /// When it was retired.
    pub retired_at: Option<Millis>,
}

/// What came of wrapping values anew.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rewrapped {
    /// Values that are under the active key now.
    pub wrapped: u64,
    /// Values that could not be, by the key they name and the integration they belong to.
    pub left: BTreeMap<(String, String), u64>,
}

impl Store {
    /// Every master key that was ever in use, the newest first.
    pub async fn sealing_keys(&self) -> Result<Vec<SealingKey>, StoreError> {
        const QUERY: &str =
            "SELECT id, check_value, state, since, retired_at FROM sealing_key ORDER BY since DESC, id";
        self.db.fetch(QUERY, &[]).await?.iter().map(read).collect()
    }

    /// The master key that seals; `None` before the first value was sealed.
    pub async fn active_key(&self) -> Result<Option<SealingKey>, StoreError> {
        Ok(self.sealing_keys().await?.into_iter().find(|key| key.state == KeyState::Active))
    }

    /// How many values are sealed with each key, by its id.
    pub async fn sealed_by_key(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        counts(&mut self.db.begin_reading().await?, |_| true).await
    }

    /// Whether any value is sealed, so that the key that opens it must not get lost.
    pub async fn holds_sealed(&self) -> Result<bool, StoreError> {
        for sealed in SEALED {
            let query = format!("SELECT 1 FROM {} WHERE {} <> '' LIMIT 1", sealed.table, sealed.column);
            if futures::StreamExt::next(&mut self.db.stream(sql(query), &[])).await.transpose()?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Has a key seal from now on in the place of `before`; that one goes on to open what is under it.
    ///
    /// # Errors
    /// `key.changed` when `before` is not the active one: somebody else was faster.
    pub async fn adopt_key(&self, id: &str, check: &str, before: Option<&str>) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        tx.fetch(sql(tx.dialect().schema_lock()), &[]).await?;
        if active_in(&mut tx).await?.as_deref() != before {
            return Err(Message::KeyChanged {}.into());
        }
        if let Some(before) = before {
            let state = if is_used(&mut tx, before).await? { KeyState::Retiring } else { KeyState::Retired };
            self.set_state(&mut tx, before, state).await?;
        }
        tx.execute(
            sql("INSERT INTO sealing_key (id, check_value, state, since) VALUES ($1, $2, 'active', $3) \
                 ON CONFLICT (id) DO UPDATE SET state = 'active', check_value = excluded.check_value, \
                 retired_at = NULL"),
            values![id, check, self.now()],
        )
        .await?;
        tx.commit().await
    }

    /// Wraps every value anew that is not under the key `active`, a few at a time; what `rewrap` gives nothing for stays as
    /// it is. A value that somebody changes meanwhile is theirs. After each few, `go_on` hears how many are done.
    pub async fn rewrap_sealed<E: From<StoreError>>(
        &self,
        active: &str,
        rewrap: impl Fn(&str) -> Option<String>,
        mut go_on: impl FnMut(u64) -> Result<(), E>,
    ) -> Result<Rewrapped, E> {
        let mut done = Rewrapped::default();
        for sealed in SEALED {
            let mut after: Vec<Value> = vec![];
            loop {
                let rows = self.some_sealed(sealed, active, &after).await?;
                let Some(last) = rows.last() else { break };
                after = sealed.key_of(last)?;
                let mut anew = vec![];
                for row in &rows {
                    let old = row.text(0)?;
                    match rewrap(old) {
                        Some(new) => {
                            let mut parameters = values![new, old].to_vec();
                            parameters.extend(sealed.key_of(row)?);
                            anew.push(parameters);
                        }
                        None => *done.left.entry((key_of(old), row.text(1)?.to_owned())).or_default() += 1,
                    }
                }
                let mut tx = self.db.begin().await?;
                for parameters in &anew {
                    done.wrapped += tx.execute(sql(sealed.replaced()), parameters).await?;
                }
                tx.commit().await?;
                crash_point("keys.wrapped");
                go_on(done.wrapped)?;
            }
        }
        Ok(done)
    }

    /// Retires a key unless a value is under it; `false` when one is.
    pub async fn retire_key(&self, id: &str) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        // Whoever has just sealed with it has committed before this is given, and nobody does so after it.
        let query = format!("SELECT state FROM sealing_key WHERE id = $1{}", tx.dialect().exclusive_lock());
        tx.fetch(sql(query), values![id]).await?;
        if is_used(&mut tx, id).await? {
            return Ok(false);
        }
        self.set_state(&mut tx, id, KeyState::Retired).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn set_state(&self, tx: &mut Tx, id: &str, state: KeyState) -> Result<(), StoreError> {
        let retired_at = (state == KeyState::Retired).then(|| self.now());
        tx.execute(
            sql("UPDATE sealing_key SET state = $1, retired_at = $2 WHERE id = $3 AND state <> 'retired'"),
            values![state.as_str(), retired_at, id],
        )
        .await
        .map(drop)
    }

    async fn some_sealed(
        &self,
        sealed: &SealedColumn,
        active: &str,
        after: &[Value],
    ) -> Result<Vec<Row>, StoreError> {
        let mut parameters = values![active].to_vec();
        parameters.extend_from_slice(after);
        let query = sealed.some(!after.is_empty());
        let rows = self.db.stream(sql(query), &parameters);
        futures::TryStreamExt::try_collect(rows).await
    }
}

impl SealedColumn {
    /// The id of the key that a value names.
    fn named(&self) -> String {
        format!("substr({}, 4, 16)", self.column)
    }

    fn counted(&self) -> String {
        let (named, table, column) = (self.named(), self.table, self.column);
        format!("SELECT {named}, count(*) FROM {table} WHERE {column} <> '' GROUP BY 1")
    }

    /// Value, integration and key of some that are not under the key `$1`, in order, after a key where one is given.
    fn some(&self, is_going_on: bool) -> String {
        let (table, column, key) = (self.table, self.column, self.key.join(", "));
        let after = match is_going_on {
            true => {
                let from: Vec<String> = (0..self.key.len()).map(|n| format!("${}", n + 2)).collect();
                format!(" AND ({key}) > ({})", from.join(", "))
            }
            false => String::new(),
        };
        format!(
            "SELECT {column}, {}, {key} FROM {table} \
             WHERE {column} <> '' AND {} <> $1{after} ORDER BY {key} LIMIT {BATCH}",
            self.owner,
            self.named()
        )
    }

    /// Puts the value `$1` in the place of `$2` in the row whose key follows.
    fn replaced(&self) -> String {
        let (table, column) = (self.table, self.column);
        let places: Vec<String> =
            self.key.iter().enumerate().map(|(n, name)| format!("{name} = ${}", n + 3)).collect();
        format!("UPDATE {table} SET {column} = $1 WHERE {column} = $2 AND {}", places.join(" AND "))
    }

    /// The key of a row of [`SealedColumn::some`].
    fn key_of(&self, row: &Row) -> Result<Vec<Value>, StoreError> {
        (2..self.key.len() + 2)
            .map(|at| match row.int(at) {
                Ok(number) => Ok(Value::from(number)),
                Err(_) => row.text(at).map(Value::from),
            })
            .collect()
    }
}

/// How many values of the tables that are there are sealed with each key, by its id.
pub(crate) async fn counts(
    tx: &mut Tx,
    is_there: impl Fn(&str) -> bool,
) -> Result<BTreeMap<String, u64>, StoreError> {
    let mut counts = BTreeMap::new();
    for sealed in SEALED.iter().filter(|sealed| is_there(sealed.table)) {
        for row in tx.fetch(sql(sealed.counted()), &[]).await? {
            *counts.entry(row.text(0)?.to_owned()).or_default() += row.count(1)?;
        }
    }
    Ok(counts)
}

/// The id of the key that seals; `None` before any key is known.
pub(crate) async fn active_in(tx: &mut Tx) -> Result<Option<String>, StoreError> {
    active(tx, "").await
}

/// The same, kept in force until the transaction ends: what is sealed with it in the transaction cannot be lost.
pub(crate) async fn key_in_force(tx: &mut Tx) -> Result<Option<String>, StoreError> {
    let lock = tx.dialect().shared_lock();
    active(tx, lock).await
}

async fn active(tx: &mut Tx, lock: &str) -> Result<Option<String>, StoreError> {
    let query = format!("SELECT id FROM sealing_key WHERE state = 'active'{lock}");
    let rows = tx.fetch(sql(query), &[]).await?;
    rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()
}

/// Fails when a value was sealed with a key that is not in force any more; keeps the key in force until the transaction
/// ends. Before any key is known, anything is taken.
pub(crate) async fn accept(tx: &mut Tx, sealed: &str) -> Result<(), StoreError> {
    if sealed.is_empty() {
        // There is nothing to open: a satellite has the credential.
        return Ok(());
    }
    let query = format!("SELECT id, state FROM sealing_key ORDER BY id{}", tx.dialect().shared_lock());
    let keys = tx.fetch(sql(query), &[]).await?;
    let key = key_of(sealed);
    for row in &keys {
        if row.text(0)? == key && row.text(1)? != KeyState::Retired.as_str() {
            return Ok(());
        }
    }
    if keys.is_empty() { Ok(()) } else { Err(Message::KeyChanged {}.into()) }
}

async fn is_used(tx: &mut Tx, id: &str) -> Result<bool, StoreError> {
    for sealed in SEALED {
        let (table, named) = (sealed.table, sealed.named());
        let query = format!("SELECT 1 FROM {table} WHERE {named} = $1 LIMIT 1");
        if !tx.fetch(sql(query), values![id]).await?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The id of the key that a value names: `v1.<16 hexadecimal digits>.…`.
fn key_of(sealed: &str) -> String {
    sealed.chars().skip(3).take(16).collect()
}

fn read(row: &Row) -> Result<SealingKey, StoreError> {
    Ok(SealingKey {
        id: row.text(0)?.to_owned(),
        check: row.text(1)?.to_owned(),
        state: row.text(2)?.parse()?,
        since: Millis(row.int(3)?),
        retired_at: row.maybe_int(4)?.map(Millis),
    })
}
