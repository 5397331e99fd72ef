//! How far an integration has come. Written only together with the rows it speaks of.

use crate::{
    Lease, Store, StoreError,
    db::{Tx, sql},
    leases,
    value::values,
};
use weir_model::{Checkpoint, IntegrationId, Partition, RunId};

/// The partition under which it is kept that a password was refused.
const PASSWORD: &str = "password";

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

    /// The position of one partition.
    pub async fn position(
        &self,
        integration: &IntegrationId,
        partition: &str,
    ) -> Result<Option<String>, StoreError> {
        const QUERY: &str = "SELECT position FROM checkpoint WHERE integration_no = $1 AND partition = $2";
        let row = self.db.first(QUERY, values![self.no(integration).await?, partition]).await?;
        row.map(|row| row.text(0).map(str::to_owned)).transpose()
    }

    /// Forgets the checkpoints of partitions whose name begins so; all with an empty prefix.
    ///
    /// # Errors
    /// `run.busy` without the lease.
    pub async fn clear_checkpoints(&self, lease: &Lease, prefix: &str) -> Result<u64, StoreError> {
        let no = self.no(lease.integration()).await?;
        let mut tx = self.db.begin().await?;
        leases::check(&mut tx, lease).await?;
        let cleared = clear(&mut tx, no, prefix).await?;
        tx.commit().await?;
        Ok(cleared)
    }

    /// Forgets all checkpoints but those of two partitions.
    ///
    /// # Errors
    /// `run.busy` without the lease.
    pub async fn clear_checkpoints_but(&self, lease: &Lease, kept: [&str; 2]) -> Result<u64, StoreError> {
        let no = self.no(lease.integration()).await?;
        let mut tx = self.db.begin().await?;
        leases::check(&mut tx, lease).await?;
        let text = "DELETE FROM checkpoint WHERE integration_no = $1 AND partition NOT IN ($2, $3)";
        let cleared = tx.execute(sql(text), values![no, kept[0], kept[1]]).await?;
        tx.commit().await?;
        Ok(cleared)
    }

    /// Keeps a checkpoint that speaks of no rows.
    ///
    /// # Errors
    /// `run.busy` without the lease.
    pub async fn keep_checkpoint(
        &self,
        lease: &Lease,
        run: &RunId,
        checkpoint: &Checkpoint,
    ) -> Result<(), StoreError> {
        let no = self.no(lease.integration()).await?;
        let mut tx = self.db.begin().await?;
        leases::check(&mut tx, lease).await?;
        write(&mut tx, no, run, std::slice::from_ref(checkpoint), self.now()).await?;
        tx.commit().await
    }

    /// Keeps that a run's password was refused.
    ///
    /// # Errors
    /// `run.busy` without the lease.
    pub async fn hold_password(&self, lease: &Lease, run: &RunId) -> Result<(), StoreError> {
        let held = Checkpoint { partition: Partition(PASSWORD.to_owned()), position: "refused".to_owned() };
        self.keep_checkpoint(lease, run, &held).await
    }

    /// Whether a password was refused, and none has passed since.
    pub async fn is_password_held(&self, integration: &IntegrationId) -> Result<bool, StoreError> {
        let text = "SELECT 1 FROM checkpoint WHERE integration_no = $1 AND partition = $2";
        let no = self.no(integration).await?;
        Ok(self.db.first(text, values![no, PASSWORD]).await?.is_some())
    }

    /// Forgets that a password was refused. This needs no lease, so that a person need not wait for a run: it speaks of no
    /// rows, no run writes it but to say so itself, and what is lost with it is one more request with a wrong password.
    pub async fn release_password(&self, integration: &IntegrationId) -> Result<(), StoreError> {
        let text = "DELETE FROM checkpoint WHERE integration_no = $1 AND partition = $2";
        let no = self.no(integration).await?;
        self.db.execute(text, values![no, PASSWORD]).await.map(drop)
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
