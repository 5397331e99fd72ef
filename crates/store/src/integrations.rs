//! Integrations: what is connected, and the sealed credential of each, which the store cannot open.

use crate::{
    Store, StoreError,
    db::sql,
    error::taken,
    sealing,
    value::{Row, values},
};
use weir_model::{Integration, IntegrationId, IntegrationSettings, Message, Millis};

/// Every table whose rows belong to an integration.
pub(crate) const OWNED: [&str; 36] = [
    "schedule",
    "missed_runs",
    "pause",
    "run_request",
    "run_cancel",
    "workspace_integration",
    "issue_ingest",
    "paused_time",
    "issue_state",
    "quarantine",
    "issue_text",
    "issue_key",
    "issue_change",
    "issue_comment",
    "issue_worklog",
    "issue_link",
    "issue_sprint",
    "issue_case",
    "issue",
    "person",
    "project",
    "project_walk",
    "board",
    "sprint",
    "version",
    "component",
    "status",
    "issue_type",
    "priority",
    "resolution",
    "field",
    "certificate",
    "checkpoint",
    "run_event",
    "run_count",
    "run",
];

impl Store {
    /// Adds an integration and its sealed credential.
    ///
    /// # Errors
    /// `name.taken`; `key.changed` when the credential was sealed with a key that was retired meanwhile.
    pub async fn add_integration(&self, integration: &Integration, sealed: &str) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        sealing::accept(&mut tx, sealed).await?;
        let done = tx
            .execute(
                sql("INSERT INTO integration (id, name, kind, settings, sealed, paused, created_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7)"),
                values![
                    integration.id.to_string(),
                    &*integration.name,
                    &*integration.kind,
                    document(&integration.settings)?,
                    sealed,
                    false,
                    integration.created_at.0,
                ],
            )
            .await;
        done.map_err(|error| or_taken(error, &integration.name))?;
        tx.commit().await
    }

    /// All integrations by name.
    pub async fn integrations(&self) -> Result<Vec<Integration>, StoreError> {
        const QUERY: &str = "SELECT id, name, kind, settings, created_at FROM integration ORDER BY name";
        self.db.fetch(QUERY, &[]).await?.iter().map(read).collect()
    }

    /// The integration of that name.
    pub async fn integration(&self, name: &str) -> Result<Option<Integration>, StoreError> {
        const QUERY: &str = "SELECT id, name, kind, settings, created_at FROM integration WHERE name = $1";
        self.db.first(QUERY, values![name]).await?.as_ref().map(read).transpose()
    }

    /// Keeps another name or other settings of an integration.
    ///
    /// # Errors
    /// `name.taken`, `integration.unknown`.
    pub async fn update_integration(&self, integration: &Integration) -> Result<(), StoreError> {
        let changed = self
            .db
            .execute(
                "UPDATE integration SET name = $1, settings = $2 WHERE id = $3",
                values![&*integration.name, document(&integration.settings)?, integration.id.to_string()],
            )
            .await
            .map_err(|error| or_taken(error, &integration.name))?;
        known(changed, &integration.id)
    }

    /// The sealed credential.
    pub async fn sealed(&self, integration: &IntegrationId) -> Result<Option<String>, StoreError> {
        let row = self
            .db
            .first("SELECT sealed FROM integration WHERE id = $1", values![integration.to_string()])
            .await?;
        row.map(|row| row.text(0).map(str::to_owned)).transpose()
    }

    /// Keeps another sealed credential.
    ///
    /// # Errors
    /// `integration.unknown`; `key.changed` when it was sealed with a key that was retired meanwhile.
    pub async fn replace_sealed(&self, integration: &IntegrationId, sealed: &str) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        sealing::accept(&mut tx, sealed).await?;
        let changed = tx
            .execute(
                sql("UPDATE integration SET sealed = $1 WHERE id = $2"),
                values![sealed, integration.to_string()],
            )
            .await?;
        known(changed, integration)?;
        tx.commit().await
    }

    /// Deletes an integration and every row that belongs to it, at once.
    pub async fn delete_integration(&self, integration: &IntegrationId) -> Result<(), StoreError> {
        let no = self.no(integration).await?;
        let mut tx = self.db.begin().await?;
        // First the lease: a run that still holds it cannot commit any more.
        tx.execute(sql("DELETE FROM lease WHERE integration_no = $1"), values![no]).await?;
        for table in OWNED {
            tx.execute(sql(format!("DELETE FROM {table} WHERE integration_no = $1")), values![no]).await?;
        }
        tx.execute(sql("DELETE FROM integration WHERE no = $1"), values![no]).await?;
        tx.commit().await
    }

    /// The number that stands for an integration in the keys of its rows.
    pub(crate) async fn no(&self, integration: &IntegrationId) -> Result<i64, StoreError> {
        let row = self
            .db
            .first("SELECT no FROM integration WHERE id = $1", values![integration.to_string()])
            .await?;
        row.ok_or_else(|| unknown(integration))?.int(0)
    }
}

pub(crate) fn read(row: &Row) -> Result<Integration, StoreError> {
    Ok(Integration {
        id: parse_id(row.text(0)?)?,
        name: row.text(1)?.to_owned(),
        kind: row.text(2)?.to_owned(),
        settings: settings(row.text(3)?)?,
        created_at: Millis(row.int(4)?),
    })
}

/// The settings out of their document.
pub(crate) fn settings(document: &str) -> Result<IntegrationSettings, StoreError> {
    serde_json::from_str(document)
        .map_err(|error| StoreError::bug(format!("The settings of an integration cannot be read: {error}")))
}

pub(crate) fn parse_id<T: std::str::FromStr>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::bug("An id in the store is not a UUID"))
}

pub(crate) fn document(settings: &IntegrationSettings) -> Result<String, StoreError> {
    serde_json::to_string(settings).map_err(|error| {
        StoreError::bug(format!("The settings of an integration cannot be written: {error}"))
    })
}

pub(crate) fn known(changed: u64, integration: &IntegrationId) -> Result<(), StoreError> {
    if changed == 0 { Err(unknown(integration)) } else { Ok(()) }
}

pub(crate) fn unknown(integration: &IntegrationId) -> StoreError {
    Message::IntegrationUnknown { name: integration.to_string() }.into()
}

pub(crate) fn or_taken(error: StoreError, name: &str) -> StoreError {
    taken(error, || Message::NameTaken { name: name.to_owned() })
}
