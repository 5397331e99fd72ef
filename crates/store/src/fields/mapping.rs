//! What people say that custom fields are.

use crate::{
    Store, StoreError,
    db::sql,
    value::{Row, values},
};
use weir_model::{FieldFault, FieldMapping, FieldRole, IntegrationId, Message, Millis};

impl Store {
    /// The mapped fields of an integration, by id.
    pub async fn field_mappings(&self, integration: &IntegrationId) -> Result<Vec<FieldMapping>, StoreError> {
        const QUERY: &str = "SELECT m.field_id, m.holds, m.role, m.seen_type, m.seen_source, m.mapped_at \
            FROM field_mapping m JOIN integration n ON n.no = m.integration_no WHERE n.id = $1 ORDER BY m.field_id";
        let rows = self.db.fetch(QUERY, values![integration.to_string()]).await?;
        let mapping = |row: &Row| {
            let text = |column| Ok::<_, StoreError>(row.maybe_text(column)?.map(str::to_owned));
            Ok(FieldMapping {
                field_id: row.text(0)?.to_owned(),
                holds: row.text(1)?.to_owned(),
                role: row.maybe_text(2)?.and_then(FieldRole::named),
                seen_type: text(3)?,
                seen_source: text(4)?,
                mapped_at: Millis(row.int(5)?),
            })
        };
        rows.iter().map(mapping).collect()
    }

    /// Maps a field, in the place of what was said of it before.
    ///
    /// # Errors
    /// `field.role_taken` when another field has the role.
    pub async fn map_field(
        &self,
        integration: &IntegrationId,
        mapping: &FieldMapping,
    ) -> Result<(), StoreError> {
        const HOLDER: &str =
            "SELECT field_id FROM field_mapping WHERE integration_no = $1 AND role = $2 AND field_id <> $3";
        const KEEP: &str = "INSERT INTO field_mapping \
            (integration_no, field_id, holds, role, seen_type, seen_source, mapped_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (integration_no, field_id) DO UPDATE SET \
            holds = excluded.holds, role = excluded.role, seen_type = excluded.seen_type, \
            seen_source = excluded.seen_source, mapped_at = excluded.mapped_at";
        let no = self.no(integration).await?;
        let mut tx = self.db.begin().await?;
        // Whoever maps another field meanwhile waits for this row.
        let lock = tx.dialect().exclusive_lock();
        tx.fetch(sql(format!("SELECT no FROM integration WHERE no = $1{lock}")), values![no]).await?;
        if let Some(role) = mapping.role {
            let holder = tx.fetch(sql(HOLDER), values![no, role.as_str(), &*mapping.field_id]).await?;
            if let Some(row) = holder.first() {
                let (role, field) = (role.as_str().to_owned(), row.text(0)?.to_owned());
                return Err(Message::from(FieldFault::RoleTaken { role, field }).into());
            }
        }
        tx.execute(
            sql(KEEP),
            values![
                no,
                &*mapping.field_id,
                &*mapping.holds,
                mapping.role.map(FieldRole::as_str),
                mapping.seen_type.as_deref(),
                mapping.seen_source.as_deref(),
                mapping.mapped_at.0
            ],
        )
        .await?;
        tx.commit().await
    }

    /// Forgets what was said of a field; `false` when nothing was.
    pub async fn unmap_field(&self, integration: &IntegrationId, field: &str) -> Result<bool, StoreError> {
        let no = self.no(integration).await?;
        let mut tx = self.db.begin().await?;
        let gone = tx
            .execute(
                sql("DELETE FROM field_mapping WHERE integration_no = $1 AND field_id = $2"),
                values![no, field],
            )
            .await?;
        tx.commit().await?;
        Ok(gone > 0)
    }
}
