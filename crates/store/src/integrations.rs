//! Integrations: what is connected, and the sealed credential of each, which the store cannot open.

use crate::{
    Store, StoreError,
    db::{Tx, sql},
    error::taken,
    sealing,
    value::{Row, values},
};
use weir_model::{
    AuthMethod, CredentialNote, Integration, IntegrationId, IntegrationSettings, Message, Millis,
};

/// Every table whose rows belong to an integration.
pub(crate) const OWNED: [&str; 54] = [
    "quota",
    "errand",
    "satellite_feed",
    "notice",
    "incident",
    "nudge_optout",
    "nudge_sent",
    "nudge",
    "hygiene_rule",
    "fact_column",
    "fact_outdated",
    "fact_state",
    "field_use",
    "field_count",
    "field_mapping",
    "deletion",
    "checked",
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
    "run_project",
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

    /// The integration of that id, whatever it is called now.
    pub async fn integration_of(&self, id: &IntegrationId) -> Result<Option<Integration>, StoreError> {
        const QUERY: &str = "SELECT id, name, kind, settings, created_at FROM integration WHERE id = $1";
        self.db.first(QUERY, values![id.to_string()]).await?.as_ref().map(read).transpose()
    }

    /// The sealed credential.
    pub async fn sealed(&self, integration: &IntegrationId) -> Result<Option<String>, StoreError> {
        let row = self
            .db
            .first("SELECT sealed FROM integration WHERE id = $1", values![integration.to_string()])
            .await?;
        row.map(|row| row.text(0).map(str::to_owned)).transpose()
    }

    /// Keeps another sealed credential, how it signs in, whose it is and what is known of it, together, for an integration that
    /// was `before`.
    ///
    /// # Errors
    /// `integration.unknown`; `integration.changed` when it is not as it was `before`; `key.changed` when it was sealed with a
    /// key that was retired meanwhile. Nothing is changed then.
    pub async fn replace_credential(
        &self,
        before: &Integration,
        (auth, account_id, note): (&AuthMethod, &str, &CredentialNote),
        sealed: &str,
    ) -> Result<Integration, StoreError> {
        let no = self.no(&before.id).await?;
        let mut after = before.clone();
        after.settings.auth = auth.clone();
        account_id.clone_into(&mut after.settings.account_id);
        after.settings.credential = Some(note.clone());
        let mut tx = self.db.begin().await?;
        sealing::accept(&mut tx, sealed).await?;
        unchanged(&mut tx, no, before).await?;
        tx.execute(
            sql("UPDATE integration SET sealed = $1, settings = $2 WHERE no = $3"),
            values![sealed, document(&after.settings)?, no],
        )
        .await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Keeps the time zone of the account that reads, for an integration of which none was known.
    ///
    /// # Errors
    /// `integration.unknown`; `integration.changed` when it is not as it was `before`.
    pub async fn learn_zone(&self, before: &Integration, zone: &str) -> Result<Integration, StoreError> {
        let no = self.no(&before.id).await?;
        let mut after = before.clone();
        after.settings.timezone.get_or_insert_with(|| zone.to_owned());
        let mut tx = self.db.begin().await?;
        unchanged(&mut tx, no, before).await?;
        let change = values![document(&after.settings)?, no];
        tx.execute(sql("UPDATE integration SET settings = $1 WHERE no = $2"), change).await?;
        tx.commit().await?;
        Ok(after)
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

/// Fails when somebody else has changed the integration since it was looked at.
pub(crate) async fn unchanged(tx: &mut Tx, no: i64, before: &Integration) -> Result<(), StoreError> {
    let lock = tx.dialect().exclusive_lock();
    let query = format!("SELECT name, settings FROM integration WHERE no = $1{lock}");
    let row = tx.fetch(sql(query), values![no]).await?.into_iter().next();
    let row = row.ok_or_else(|| unknown(&before.id))?;
    if row.text(0)? == before.name && settings(row.text(1)?)? == before.settings {
        Ok(())
    } else {
        Err(Message::IntegrationChanged { name: before.name.clone() }.into())
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
