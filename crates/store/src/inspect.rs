//! Looking whether a store is in order, without changing it.

use crate::{Store, StoreError, catalogue, db::Care, schema};

impl Store {
    /// The version of the schema that is there; an unchanged store may have an older one than this program.
    pub async fn schema_found(&self) -> Result<i64, StoreError> {
        schema::version_seen(&mut self.db.begin_reading().await?).await
    }

    /// Every table and column that the schema has is there, and, on SQLite, every page of the file can be read.
    ///
    /// # Errors
    /// `store.damaged`.
    pub async fn check_order(&self) -> Result<(), StoreError> {
        let mut tx = self.db.begin_reading().await?;
        let version = schema::version_seen(&mut tx).await?;
        catalogue::tables_of(&mut tx, &self.address().to_string(), version).await?;
        drop(tx);
        self.db.check_integrity(Care::Quick).await
    }
}
