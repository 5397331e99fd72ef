//! Looking after accounts: invitations, passwords, and closing. Whatever takes an account away from its owner ends what the
//! owner had begun, and never takes away the last one who can look after the server.

use crate::{
    Store, StoreError,
    accounts::{account_query, insert, read},
    db::{Tx, sql},
    value::values,
};
use weir_model::{Account, AccountId, Message, Millis, SessionId};

impl Store {
    /// Adds an account without a password, and the link with which its owner chooses one.
    ///
    /// # Errors
    /// `account.taken`.
    pub async fn invite_account(
        &self,
        account: &Account,
        link: &str,
        expires_at: Millis,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        insert(&mut tx, account, None).await?;
        self.add_link(&mut tx, &account.id, link, expires_at).await?;
        tx.commit().await
    }

    /// Gives an account a link with which its owner chooses a password anew; links from before work no more.
    pub async fn invite_again(
        &self,
        account: &AccountId,
        link: &str,
        expires_at: Millis,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        self.add_link(&mut tx, account, link, expires_at).await?;
        tx.commit().await
    }

    async fn add_link(
        &self,
        tx: &mut Tx,
        account: &AccountId,
        link: &str,
        expires_at: Millis,
    ) -> Result<(), StoreError> {
        tx.execute(
            sql("DELETE FROM one_time WHERE expires_at <= $1 OR account_id = $2"),
            values![self.now(), account.to_string()],
        )
        .await?;
        tx.execute(
            sql("INSERT INTO one_time (digest, purpose, expires_at, account_id) \
                 VALUES ($1, 'invitation', $2, $3)"),
            values![link, expires_at.0, account.to_string()],
        )
        .await?;
        Ok(())
    }

    /// Whose invitation a link is, while it works and the account is not closed.
    pub async fn invitation(&self, link: &str) -> Result<Option<Account>, StoreError> {
        const QUERY: &str = account_query!(
            "JOIN one_time o ON o.account_id = a.id WHERE o.digest = $1 AND o.purpose = 'invitation' \
             AND o.expires_at > $2 AND a.disabled_at IS NULL"
        );
        self.db.first(QUERY, values![link, self.now()]).await?.as_ref().map(read).transpose()
    }

    /// Gives the account of a link its password, and takes the link away; what was begun with the password before ends.
    ///
    /// # Errors
    /// `invitation.used`.
    pub async fn accept_invitation(&self, link: &str, password: &str) -> Result<Account, StoreError> {
        let mut tx = self.db.begin().await?;
        let account = self.take_invitation(&mut tx, link).await?;
        set_password(&mut tx, &account.id, password, None).await?;
        tx.commit().await?;
        Ok(account)
    }

    /// Takes the link away, and gives whose it was.
    pub(crate) async fn take_invitation(&self, tx: &mut Tx, link: &str) -> Result<Account, StoreError> {
        let used = || Message::InvitationUsed {};
        let query = account_query!(
            "JOIN one_time o ON o.account_id = a.id WHERE o.digest = $1 AND o.purpose = 'invitation' \
             AND o.expires_at > $2 AND a.disabled_at IS NULL"
        );
        let found = tx.fetch(sql(query), values![link, self.now()]).await?;
        let account = read(found.first().ok_or_else(used)?)?;
        // Of two who come with one link, the one who deletes it is first.
        match tx.execute(sql("DELETE FROM one_time WHERE digest = $1"), values![link]).await? {
            1 => Ok(account),
            _ => Err(used().into()),
        }
    }

    /// Changes the password of an account; every session but the one that is kept ends, and links to choose another go.
    pub async fn change_password(
        &self,
        account: &AccountId,
        password: &str,
        keep: &SessionId,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        set_password(&mut tx, account, password, Some(keep)).await?;
        tx.commit().await
    }

    /// Changes an account as it was seen into what it is to be.
    ///
    /// # Errors
    /// `changed.meanwhile`, `account.last`.
    pub async fn edit_account(&self, seen: &Account, name: &str, is_admin: bool) -> Result<(), StoreError> {
        let id = seen.id.to_string();
        let mut tx = self.db.begin().await?;
        let counted = count_admins(&mut tx).await?;
        let query =
            "UPDATE account SET name = $1, is_admin = $2 WHERE id = $3 AND name = $4 AND is_admin = $5";
        let values = values![name, is_admin, id, &*seen.name, seen.is_admin];
        if tx.execute(sql(query), values).await? == 0 {
            return Err(Message::ChangedMeanwhile {}.into());
        }
        keep_an_admin(&mut tx, counted).await?;
        tx.commit().await
    }

    /// Closes an account, or opens it again. When it is closed its sessions, keys and links end, and stay so.
    ///
    /// # Errors
    /// `account.last`.
    pub async fn disable_account(&self, account: &AccountId, disabled: bool) -> Result<(), StoreError> {
        let id = account.to_string();
        let mut tx = self.db.begin().await?;
        let counted = count_admins(&mut tx).await?;
        let at = disabled.then(|| self.now());
        let query = "UPDATE account SET disabled_at = $1 WHERE id = $2 AND (disabled_at IS NULL) = $3";
        tx.execute(sql(query), values![at, id.clone(), disabled]).await?;
        if disabled {
            tx.execute(sql("DELETE FROM session WHERE account_id = $1"), values![id.clone()]).await?;
            tx.execute(sql("DELETE FROM one_time WHERE account_id = $1"), values![id.clone()]).await?;
            tx.execute(
                sql("UPDATE api_key SET revoked_at = $1 WHERE created_by = $2 AND revoked_at IS NULL"),
                values![self.now(), id],
            )
            .await?;
        }
        keep_an_admin(&mut tx, counted).await?;
        tx.commit().await
    }
}

async fn set_password(
    tx: &mut Tx,
    account: &AccountId,
    password: &str,
    keep: Option<&SessionId>,
) -> Result<(), StoreError> {
    let id = account.to_string();
    tx.execute(sql("UPDATE account SET password = $1 WHERE id = $2"), values![password, id.clone()]).await?;
    let kept = keep.map(SessionId::to_string).unwrap_or_default();
    tx.execute(sql("DELETE FROM session WHERE account_id = $1 AND id <> $2"), values![id.clone(), kept])
        .await?;
    tx.execute(sql("DELETE FROM one_time WHERE account_id = $1"), values![id]).await?;
    Ok(())
}

/// How many can look after the server. Those who look after it are held until the end, so that two who take each other away
/// do it one after the other.
pub(crate) async fn count_admins(tx: &mut Tx) -> Result<i64, StoreError> {
    tx.execute(sql("UPDATE account SET is_admin = is_admin WHERE is_admin"), &[]).await?;
    admins(tx).await
}

async fn admins(tx: &mut Tx) -> Result<i64, StoreError> {
    let query = "SELECT count(*) FROM account a WHERE a.is_admin AND a.disabled_at IS NULL AND \
        (a.password IS NOT NULL OR EXISTS (SELECT 1 FROM identity i WHERE i.account_id = a.id))";
    tx.fetch(sql(query), &[]).await?.first().map_or(Ok(0), |row| row.int(0))
}

/// Refuses a change after which nobody can look after the server any more.
pub(crate) async fn keep_an_admin(tx: &mut Tx, before: i64) -> Result<(), StoreError> {
    match before > 0 && admins(tx).await? == 0 {
        true => Err(Message::AccountLast {}.into()),
        false => Ok(()),
    }
}
