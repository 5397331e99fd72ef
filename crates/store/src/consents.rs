//! Consent that somebody was asked for, with what is secret of it, sealed.

use crate::{
    Store, StoreError,
    db::sql,
    sealing,
    value::{Row, values},
};
use weir_model::{Consent, ConsentId, ConsentState, Millis};

impl Store {
    /// Keeps that somebody is asked for consent. Those that have run out go.
    ///
    /// # Errors
    /// `key.changed` when it was sealed with a key that was retired meanwhile.
    pub async fn add_consent(&self, consent: &Consent, sealed: &str) -> Result<(), StoreError> {
        self.forget_consents().await?;
        let mut tx = self.db.begin().await?;
        sealing::accept(&mut tx, sealed).await?;
        tx.execute(
            sql("INSERT INTO consent (id, account_id, state, document, sealed, expires_at) VALUES ($1, $2, $3, $4, $5, $6)"),
            values![
                consent.id.to_string(),
                consent.account.to_string(),
                consent.state.as_str(),
                &*consent.document,
                sealed,
                consent.expires_at.0,
            ],
        )
        .await?;
        tx.commit().await
    }

    /// A consent that has not run out.
    pub async fn consent(&self, id: &ConsentId) -> Result<Option<Consent>, StoreError> {
        const QUERY: &str = "SELECT id, account_id, state, document, expires_at FROM consent WHERE id = $1 AND expires_at > $2";
        let row = self.db.first(QUERY, values![id.to_string(), self.now()]).await?;
        row.as_ref().map(read).transpose()
    }

    /// Keeps what has become of a consent, where it is in this state yet; with another sealed value where one is given. Gives whether
    /// it was.
    ///
    /// # Errors
    /// `key.changed` when it was sealed with a key that was retired meanwhile.
    pub async fn change_consent(
        &self,
        consent: &Consent,
        from: ConsentState,
        sealed: Option<&str>,
    ) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        if let Some(sealed) = sealed {
            sealing::accept(&mut tx, sealed).await?;
        }
        let query = "UPDATE consent SET state = $1, document = $2, sealed = coalesce($3, sealed), expires_at = $4 \
            WHERE id = $5 AND state = $6";
        let values = values![
            consent.state.as_str(),
            &*consent.document,
            sealed,
            consent.expires_at.0,
            consent.id.to_string(),
            from.as_str(),
        ];
        let changed = tx.execute(sql(query), values).await?;
        tx.commit().await?;
        Ok(changed == 1)
    }

    /// Takes a consent away.
    pub async fn forget_consent(&self, id: &ConsentId) -> Result<(), StoreError> {
        self.db.execute("DELETE FROM consent WHERE id = $1", values![id.to_string()]).await.map(drop)
    }

    /// Takes those away that have run out.
    pub async fn forget_consents(&self) -> Result<u64, StoreError> {
        self.db.execute("DELETE FROM consent WHERE expires_at <= $1", values![self.now()]).await
    }
}

fn read(row: &Row) -> Result<Consent, StoreError> {
    let malformed = || StoreError::bug("A consent cannot be read");
    Ok(Consent {
        id: row.text(0)?.parse().map_err(|_| malformed())?,
        account: row.text(1)?.parse().map_err(|_| malformed())?,
        state: ConsentState::named(row.text(2)?).ok_or_else(malformed)?,
        document: row.text(3)?.to_owned(),
        expires_at: Millis(row.int(4)?),
    })
}
