//! The blobs themselves: one for each column of each chunk of issues.

use super::{FactState, OutdatedFacts};
use crate::{
    Store, StoreError,
    children::NAMED,
    db::{Tx, sql},
    integrations::unchanged,
    value::{Value, values},
};
use std::{collections::BTreeMap, sync::Arc};
use weir_model::{Integration, IntegrationId};

/// A column of a chunk: its name and what is kept under it.
pub type Blob = (String, Arc<[u8]>);

/// Some columns of a chunk, by name.
pub type Blobs = BTreeMap<String, Vec<u8>>;

impl Store {
    /// The chunks that have been made, in order.
    pub async fn fact_chunks(&self, integration: &IntegrationId) -> Result<Vec<i64>, StoreError> {
        const QUERY: &str = "SELECT c.chunk_no FROM fact_column c JOIN integration n ON n.no = c.integration_no \
            WHERE n.id = $1 AND c.name = 'rows' ORDER BY c.chunk_no";
        self.db.fetch(QUERY, values![integration.to_string()]).await?.iter().map(|row| row.int(0)).collect()
    }

    /// Columns of some chunks, of those that have them.
    pub async fn fact_columns(
        &self,
        integration: &IntegrationId,
        chunks: &[i64],
        names: &[String],
    ) -> Result<BTreeMap<i64, Blobs>, StoreError> {
        let (Some(first), Some(last)) = (chunks.first(), chunks.last()) else { return Ok(BTreeMap::new()) };
        let names_at: Vec<String> = (0..names.len()).map(|place| format!("${}", place + 4)).collect();
        let text = format!(
            "SELECT c.chunk_no, c.name, c.data FROM fact_column c JOIN integration n ON n.no = c.integration_no \
             WHERE n.id = $1 AND c.chunk_no >= $2 AND c.chunk_no <= $3 AND c.name IN ({})",
            names_at.join(",")
        );
        let mut parameters: Vec<Value> = values![integration.to_string(), *first, *last].to_vec();
        parameters.extend(names.iter().map(|name| Value::from(name.as_str())));
        let mut all: BTreeMap<i64, Blobs> = BTreeMap::new();
        for (chunk, name, data) in self.db.fetch_blobs(sql(text), &parameters).await? {
            all.entry(chunk).or_default().insert(name, data);
        }
        Ok(all)
    }

    /// All columns of a chunk; none of one that was never made.
    pub async fn fact_chunk(&self, integration: &IntegrationId, chunk: i64) -> Result<Blobs, StoreError> {
        const QUERY: &str = "SELECT c.chunk_no, c.name, c.data FROM fact_column c \
            JOIN integration n ON n.no = c.integration_no WHERE n.id = $1 AND c.chunk_no = $2";
        let rows = self.db.fetch_blobs(sql(QUERY), values![integration.to_string(), chunk]).await?;
        Ok(rows.into_iter().map(|(_, name, data)| (name, data)).collect())
    }

    /// Keeps the columns of a chunk in the place of those it had, and that the facts of these issues are as new as their rows,
    /// but for those that changed meanwhile. `false`, and nothing is kept, when the state is not the next one after what is there:
    /// somebody else has made facts meanwhile, perhaps from newer rows.
    ///
    /// # Errors
    /// `integration.changed` when its settings are not those any more by which the rows were read: a field may be left out now.
    pub async fn keep_facts(
        &self,
        integration: &Integration,
        chunk: i64,
        columns: &[Blob],
        made: &[OutdatedFacts],
        state: &FactState,
    ) -> Result<bool, StoreError> {
        let no = self.no(&integration.id).await?;
        let mut tx = self.db.begin().await?;
        unchanged(&mut tx, no, integration).await?;
        if !is_next(&mut tx, no, state).await? {
            return Ok(false);
        }
        tx.execute(
            sql("DELETE FROM fact_column WHERE integration_no = $1 AND chunk_no = $2"),
            values![no, chunk],
        )
        .await?;
        for (name, data) in columns {
            tx.execute(
                sql("INSERT INTO fact_column (integration_no, name, chunk_no, data) VALUES ($1, $2, $3, $4)"),
                values![no, &**name, chunk, Arc::clone(data)],
            )
            .await?;
        }
        for some in made.chunks(NAMED) {
            let rows: Vec<String> =
                some.iter().map(|one| format!("({},{})", one.issue_no, one.changes)).collect();
            let text = format!(
                "DELETE FROM fact_outdated WHERE integration_no = $1 AND (issue_no, changes) IN (VALUES {})",
                rows.join(",")
            );
            tx.execute(sql(text), values![no]).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Forgets all facts of an integration, so that they are made anew.
    pub async fn forget_facts(&self, integration: &IntegrationId) -> Result<(), StoreError> {
        let no = self.no(integration).await?;
        let mut tx = self.db.begin().await?;
        super::forget(&mut tx, no).await?;
        tx.commit().await
    }
}

/// Keeps a state where it is the next one after what is there.
async fn is_next(tx: &mut Tx, no: i64, state: &FactState) -> Result<bool, StoreError> {
    let values = values![no, &*state.basis, state.made_to, state.generation, state.made_at.0].to_vec();
    let text = match state.generation {
        1 => {
            "INSERT INTO fact_state (integration_no, basis, made_to, generation, made_at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (integration_no) DO NOTHING"
        }
        _ => {
            "UPDATE fact_state SET basis = $2, made_to = $3, generation = $4, made_at = $5 \
             WHERE integration_no = $1 AND generation = $4 - 1"
        }
    };
    Ok(tx.execute(sql(text), &values).await? == 1)
}
