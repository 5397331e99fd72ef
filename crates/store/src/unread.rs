//! Fields of which not every issue has what its site has.

use crate::{
    Lease, Store, StoreError,
    db::{Tx, sql},
    leases,
    value::values,
};
use std::collections::BTreeSet;
use weir_model::{IntegrationId, Message};

impl Store {
    /// These fields of an integration; nothing where that is not known.
    pub async fn unread_fields(
        &self,
        integration: &IntegrationId,
    ) -> Result<Option<BTreeSet<String>>, StoreError> {
        const QUERY: &str = "SELECT unread_fields FROM integration WHERE id = $1";
        let row = self.db.first(QUERY, values![integration.to_string()]).await?;
        let Some(row) = row else { return Ok(None) };
        let odd = |error| Message::Bug { detail: format!("fields in the store are no JSON: {error}") };
        let fields = row.maybe_text(0)?.map(|text| serde_json::from_str(text).map_err(odd)).transpose()?;
        Ok(fields)
    }

    /// Everything was read, but for these fields.
    ///
    /// # Errors
    /// `run.busy` without the lease.
    pub async fn all_read_but(&self, lease: &Lease, fields: &BTreeSet<String>) -> Result<(), StoreError> {
        let no = self.no(lease.integration()).await?;
        let mut tx = self.db.begin().await?;
        leases::check(&mut tx, lease).await?;
        write(&mut tx, no, fields).await?;
        tx.commit().await
    }
}

/// Notes that these fields have not been read, and no others.
pub(crate) async fn write(tx: &mut Tx, no: i64, fields: &BTreeSet<String>) -> Result<(), StoreError> {
    let text = serde_json::to_string(fields)
        .map_err(|error| Message::Bug { detail: format!("fields have no JSON: {error}") })?;
    let query = sql("UPDATE integration SET unread_fields = $2 WHERE no = $1");
    tx.execute(query, values![no, text]).await.map(drop)
}
