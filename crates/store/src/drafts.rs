//! Set-ups that people have begun, each with its sealed credential, and the checks that were run last.

use crate::{
    Store, StoreError,
    db::sql,
    integrations::parse_id,
    sealing,
    value::{Row, values},
};
use weir_model::{AccountId, Checked, Draft, DraftId, IntegrationId, Message, Millis};

impl Store {
    /// Keeps a set-up that was begun, without a credential yet. Those that have run out go.
    pub async fn add_draft(&self, draft: &Draft) -> Result<(), StoreError> {
        self.forget_drafts().await?;
        let query = "INSERT INTO draft (id, account_id, document, sealed, version, created_at, changed_at, expires_at) \
            VALUES ($1, $2, $3, '', $4, $5, $6, $7)";
        let values = values![
            draft.id.to_string(),
            draft.account.to_string(),
            &*draft.document,
            draft.version,
            draft.created_at.0,
            draft.changed_at.0,
            draft.expires_at.0,
        ];
        self.db.execute(query, values).await.map(drop)
    }

    /// A set-up that has not run out.
    pub async fn draft(&self, id: &DraftId) -> Result<Option<Draft>, StoreError> {
        const QUERY: &str = "SELECT id, account_id, document, version, created_at, changed_at, expires_at FROM draft \
            WHERE id = $1 AND expires_at > $2";
        let row = self.db.first(QUERY, values![id.to_string(), self.now()]).await?;
        row.as_ref().map(read).transpose()
    }

    /// Set-ups of an account that have not run out, the one that was changed last first.
    pub async fn drafts_of(&self, account: &AccountId) -> Result<Vec<Draft>, StoreError> {
        const QUERY: &str = "SELECT id, account_id, document, version, created_at, changed_at, expires_at FROM draft \
            WHERE account_id = $1 AND expires_at > $2 ORDER BY changed_at DESC, id DESC";
        let rows = self.db.fetch(QUERY, values![account.to_string(), self.now()]).await?;
        rows.iter().map(read).collect()
    }

    /// Keeps what a set-up has become, where it is as it was seen; with another sealed credential where one is given.
    ///
    /// # Errors
    /// `changed.meanwhile`; `key.changed` when it was sealed with a key that was retired meanwhile.
    pub async fn change_draft(&self, draft: &Draft, sealed: Option<&str>) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        if let Some(sealed) = sealed.filter(|sealed| !sealed.is_empty()) {
            sealing::accept(&mut tx, sealed).await?;
        }
        let changed = tx
            .execute(
                sql("UPDATE draft SET document = $1, sealed = coalesce($2, sealed), version = version + 1, \
                     changed_at = $3, expires_at = $4 WHERE id = $5 AND version = $6"),
                values![
                    &*draft.document,
                    sealed,
                    draft.changed_at.0,
                    draft.expires_at.0,
                    draft.id.to_string(),
                    draft.version,
                ],
            )
            .await?;
        if changed == 0 {
            return Err(Message::ChangedMeanwhile {}.into());
        }
        tx.commit().await
    }

    /// The sealed credential of a set-up; `None` before one was typed.
    pub async fn sealed_of_draft(&self, id: &DraftId) -> Result<Option<String>, StoreError> {
        let row = self.db.first("SELECT sealed FROM draft WHERE id = $1", values![id.to_string()]).await?;
        let sealed = row.map(|row| row.text(0).map(str::to_owned)).transpose()?;
        Ok(sealed.filter(|sealed| !sealed.is_empty()))
    }

    /// Takes a set-up away.
    pub async fn forget_draft(&self, id: &DraftId) -> Result<(), StoreError> {
        self.db.execute("DELETE FROM draft WHERE id = $1", values![id.to_string()]).await.map(drop)
    }

    /// Takes those away that have run out.
    pub async fn forget_drafts(&self) -> Result<u64, StoreError> {
        self.db.execute("DELETE FROM draft WHERE expires_at <= $1", values![self.now()]).await
    }

    /// Keeps the checks of an integration in the place of those before.
    pub async fn keep_checked(
        &self,
        integration: &IntegrationId,
        by: &str,
        document: &str,
    ) -> Result<(), StoreError> {
        let no = self.no(integration).await?;
        let query = "INSERT INTO checked (integration_no, checked_at, checked_by, document) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (integration_no) DO UPDATE SET checked_at = excluded.checked_at, \
            checked_by = excluded.checked_by, document = excluded.document";
        self.db.execute(query, values![no, self.now(), by, document]).await.map(drop)
    }

    /// The checks of an integration that were run last.
    pub async fn checked(&self, integration: &IntegrationId) -> Result<Option<Checked>, StoreError> {
        const QUERY: &str = "SELECT c.checked_at, c.checked_by, c.document FROM checked c \
            JOIN integration n ON n.no = c.integration_no WHERE n.id = $1";
        let row = self.db.first(QUERY, values![integration.to_string()]).await?;
        let read = |row: Row| {
            Ok::<_, StoreError>(Checked {
                at: Millis(row.int(0)?),
                by: row.text(1)?.to_owned(),
                document: row.text(2)?.to_owned(),
            })
        };
        row.map(read).transpose()
    }
}

fn read(row: &Row) -> Result<Draft, StoreError> {
    Ok(Draft {
        id: parse_id(row.text(0)?)?,
        account: parse_id(row.text(1)?)?,
        document: row.text(2)?.to_owned(),
        version: row.int(3)?,
        created_at: Millis(row.int(4)?),
        changed_at: Millis(row.int(5)?),
        expires_at: Millis(row.int(6)?),
    })
}
