//! Who people are at an identity provider. Issuer and subject together name one account; an e-mail address never does.

use crate::{
    Store, StoreError,
    accounts::{account_query, read},
    db::{Tx, sql},
    error::taken,
    people::{count_admins, keep_an_admin},
    value::values,
};
use weir_model::{Account, AccountId, Identity, Message};

impl Store {
    /// The account that somebody is linked to; closed ones are not found.
    pub async fn account_of_identity(&self, identity: &Identity) -> Result<Option<Account>, StoreError> {
        const QUERY: &str = account_query!(
            "JOIN identity o ON o.account_id = a.id WHERE o.issuer = $1 AND o.subject = $2 AND a.disabled_at IS NULL"
        );
        let row = self.db.first(QUERY, values![&*identity.issuer, &*identity.subject]).await?;
        row.as_ref().map(read).transpose()
    }

    /// Who an account is elsewhere.
    pub async fn identities_of(&self, account: &AccountId) -> Result<Vec<Identity>, StoreError> {
        const QUERY: &str =
            "SELECT issuer, subject FROM identity WHERE account_id = $1 ORDER BY issuer, subject";
        let rows = self.db.fetch(QUERY, values![account.to_string()]).await?;
        let read = |row: &crate::value::Row| {
            Ok(Identity { issuer: row.text(0)?.to_owned(), subject: row.text(1)?.to_owned() })
        };
        rows.iter().map(read).collect()
    }

    /// Links somebody to an account.
    ///
    /// # Errors
    /// `identity.taken` when they are linked to another one.
    pub async fn link_identity(&self, account: &AccountId, identity: &Identity) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        self.link(&mut tx, account, identity).await?;
        tx.commit().await
    }

    /// Links somebody to the account of an invitation, and takes the link away.
    ///
    /// # Errors
    /// `invitation.used`, `identity.taken`.
    pub async fn accept_with_identity(&self, link: &str, identity: &Identity) -> Result<Account, StoreError> {
        let mut tx = self.db.begin().await?;
        let account = self.take_invitation(&mut tx, link).await?;
        self.link(&mut tx, &account.id, identity).await?;
        tx.commit().await?;
        Ok(account)
    }

    async fn link(&self, tx: &mut Tx, account: &AccountId, identity: &Identity) -> Result<(), StoreError> {
        let query = "SELECT 1 FROM identity WHERE issuer = $1 AND subject = $2 AND account_id = $3";
        let (issuer, subject, id) = (&*identity.issuer, &*identity.subject, account.to_string());
        if !tx.fetch(sql(query), values![issuer, subject, id.clone()]).await?.is_empty() {
            return Ok(());
        }
        let query = "INSERT INTO identity (issuer, subject, account_id, linked_at) VALUES ($1, $2, $3, $4)";
        let done = tx.execute(sql(query), values![issuer, subject, id, self.now()]).await;
        done.map(|_| ()).map_err(|error| taken(error, || Message::IdentityTaken {}))
    }

    /// Takes a link between somebody and an account away; sessions that began with it end. `false` where there is none.
    ///
    /// # Errors
    /// `account.last` when nobody could look after the server any more.
    pub async fn unlink_identity(
        &self,
        account: &AccountId,
        identity: &Identity,
    ) -> Result<bool, StoreError> {
        let id = account.to_string();
        let mut tx = self.db.begin().await?;
        let counted = count_admins(&mut tx).await?;
        let query = "DELETE FROM identity WHERE issuer = $1 AND subject = $2 AND account_id = $3";
        let values = values![&*identity.issuer, &*identity.subject, id.clone()];
        let gone = tx.execute(sql(query), values).await? > 0;
        if gone {
            tx.execute(sql("DELETE FROM session WHERE account_id = $1 AND of_provider"), values![id]).await?;
        }
        keep_an_admin(&mut tx, counted).await?;
        tx.commit().await?;
        Ok(gone)
    }

    /// Keeps that somebody has gone to the provider, and with what they come back; what has run out goes.
    pub async fn begin_sign_in(
        &self,
        digest: &str,
        expires_at: weir_model::Millis,
        detail: &str,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        tx.execute(sql("DELETE FROM one_time WHERE expires_at <= $1"), values![self.now()]).await?;
        let query =
            "INSERT INTO one_time (digest, purpose, expires_at, detail) VALUES ($1, 'sign_in', $2, $3)";
        tx.execute(sql(query), values![digest, expires_at.0, detail]).await?;
        tx.commit().await
    }

    /// What was kept, once; `None` when it was taken before, or has run out.
    pub async fn end_sign_in(&self, digest: &str) -> Result<Option<String>, StoreError> {
        let mut tx = self.db.begin().await?;
        let query = "DELETE FROM one_time WHERE digest = $1 AND purpose = 'sign_in' AND expires_at > $2 RETURNING detail";
        let kept = tx.fetch(sql(query), values![digest, self.now()]).await?;
        tx.commit().await?;
        match kept.first() {
            Some(row) => Ok(row.maybe_text(0)?.map(str::to_owned)),
            None => Ok(None),
        }
    }
}
