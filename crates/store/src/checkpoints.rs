//! How far an integration has come. Written only together with the rows it speaks of.

use crate::{
    Store, StoreError,
    db::{Tx, sql},
    value::values,
};
use weir_model::{Checkpoint, IntegrationId, Partition, RunId};

impl Store {
    /// All checkpoints, by partition.
    pub async fn checkpoints(&self, integration: &IntegrationId) -> Result<Vec<Checkpoint>, StoreError> {
        let rows = self
            .db
            .fetch(
                "SELECT partition, position FROM checkpoint WHERE integration_no = $1 ORDER BY partition",
                values![self.no(integration).await?],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Checkpoint {
                    partition: Partition(row.text(0)?.to_owned()),
                    position: row.text(1)?.to_owned(),
                })
            })
            .collect()
    }

    /// Keeps a checkpoint that speaks of no rows.
    pub async fn keep_checkpoint(
        &self,
        integration: &IntegrationId,
        run: &RunId,
        checkpoint: &Checkpoint,
    ) -> Result<(), StoreError> {
        let no = self.no(integration).await?;
        let mut tx = self.db.begin().await?;
        write(&mut tx, no, run, std::slice::from_ref(checkpoint), self.now()).await?;
        tx.commit().await
    }

    /// Forgets the checkpoints of partitions whose name begins so; all with an empty prefix.
    pub async fn clear_checkpoints(
        &self,
        integration: &IntegrationId,
        prefix: &str,
    ) -> Result<u64, StoreError> {
        let no = self.no(integration).await?;
        let mut tx = self.db.begin().await?;
        let cleared = clear(&mut tx, no, prefix).await?;
        tx.commit().await?;
        Ok(cleared)
    }

    /// Forgets all checkpoints but that of one partition.
    pub async fn clear_checkpoints_but(
        &self,
        integration: &IntegrationId,
        kept: &str,
    ) -> Result<u64, StoreError> {
        self.db
            .execute(
                "DELETE FROM checkpoint WHERE integration_no = $1 AND partition <> $2",
                values![self.no(integration).await?, kept],
            )
            .await
    }
}

/// Forgets the checkpoints of partitions whose name begins so.
pub(crate) async fn clear(tx: &mut Tx, integration_no: i64, prefix: &str) -> Result<u64, StoreError> {
    let length = prefix.chars().count() as u64;
    tx.execute(
        sql("DELETE FROM checkpoint \
             WHERE integration_no = $1 AND substr(partition, 1, CAST($2 AS INTEGER)) = $3"),
        values![integration_no, length, prefix],
    )
    .await
}

pub(crate) async fn write(
    tx: &mut Tx,
    integration_no: i64,
    run: &RunId,
    checkpoints: &[Checkpoint],
    now: i64,
) -> Result<(), StoreError> {
    for checkpoint in checkpoints {
        tx.execute(
            sql("INSERT INTO checkpoint (integration_no, partition, position, run_id, stored_at) \
                 VALUES ($1, $2, $3, $4, $5) ON CONFLICT (integration_no, partition) \
                 DO UPDATE SET position = excluded.position, run_id = excluded.run_id, stored_at = excluded.stored_at"),
            values![integration_no, &*checkpoint.partition.0, &*checkpoint.position, run.to_string(), now],
        )
        .await?;
    }
    Ok(())
}
