//! Accounts: people who can sign in. The store keeps what a password was hashed to and cannot tell the password.

use crate::{
    Store, StoreError,
    db::{Tx, sql},
    error::taken,
    integrations::parse_id,
    value::{Row, values},
};
use futures::StreamExt as _;
use weir_model::{Account, AccountId, Membership, Message, Millis, Reach, Role, Theme, WorkspaceId};

/// Accounts, in the order in which [`read`] takes the columns.
macro_rules! account_query {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.login, a.name, a.is_admin, a.theme, a.timezone, a.created_at, a.disabled_at, \
             (a.password IS NOT NULL OR EXISTS (SELECT 1 FROM identity i WHERE i.account_id = a.id)) \
             FROM account a ",
            $rest
        )
    };
}
pub(crate) use account_query;

/// Whether there is somebody who can sign in. An invitation alone is nobody yet.
const SOMEBODY: &str = "SELECT 1 FROM account a WHERE a.disabled_at IS NULL AND \
    (a.password IS NOT NULL OR EXISTS (SELECT 1 FROM identity i WHERE i.account_id = a.id)) LIMIT 1";

impl Store {
    /// Whether anybody can sign in yet.
    pub async fn has_accounts(&self) -> Result<bool, StoreError> {
        Ok(self.db.first(SOMEBODY, &[]).await?.is_some())
    }

    /// Makes the first account, which manages the whole server, and, where there is no workspace yet, one that has everything
    /// there is; with them goes the link that was used for it, and every other such link.
    ///
    /// # Errors
    /// `setup.used` when the link is unknown or has run out, or somebody else was first.
    pub async fn add_first_account(
        &self,
        account: &Account,
        password: &str,
        workspace: &WorkspaceId,
        link: &str,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        // Two who hold a link each are told apart by the rows that they delete.
        let used = "DELETE FROM one_time WHERE digest = $1 AND purpose = 'setup' AND expires_at > $2";
        let first = tx.fetch(sql(SOMEBODY), &[]).await?.is_empty();
        if tx.execute(sql(used), values![link, self.now()]).await? != 1 || !first {
            return Err(Message::SetupUsed {}.into());
        }
        tx.execute(sql("DELETE FROM one_time WHERE purpose = 'setup'"), &[]).await?;
        insert(&mut tx, account, Some(password)).await?;
        let now = account.created_at.0;
        tx.execute(
            sql("INSERT INTO workspace (id, name, created_at) SELECT $1, 'Everything', $2 \
                 WHERE NOT EXISTS (SELECT 1 FROM workspace)"),
            values![workspace.to_string(), now],
        )
        .await?;
        tx.execute(
            sql("INSERT INTO workspace_integration (integration_no, workspace_id, since) SELECT no, $1, $2 FROM integration \
                 WHERE EXISTS (SELECT 1 FROM workspace WHERE id = $1)"),
            values![workspace.to_string(), now],
        )
        .await?;
        tx.commit().await
    }

    /// Adds an account.
    ///
    /// # Errors
    /// `account.taken`.
    pub async fn add_account(&self, account: &Account, password: &str) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        insert(&mut tx, account, Some(password)).await?;
        tx.commit().await
    }

    /// One account.
    pub async fn account(&self, account: &AccountId) -> Result<Option<Account>, StoreError> {
        const QUERY: &str = account_query!("WHERE a.id = $1");
        self.db.first(QUERY, values![account.to_string()]).await?.as_ref().map(read).transpose()
    }

    /// The account that signs in as this, closed or not.
    pub async fn account_named(&self, login: &str) -> Result<Option<Account>, StoreError> {
        const QUERY: &str = account_query!("WHERE a.login = $1");
        self.db.first(QUERY, values![login]).await?.as_ref().map(read).transpose()
    }

    /// Accounts by login: at most `limit` of those after `after`. Who does not reach everything sees the members of what
    /// they reach.
    pub async fn accounts(
        &self,
        reach: &Reach,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Account>, StoreError> {
        let within = match reach {
            Reach::Everything => "1 = 1".to_owned(),
            Reach::Workspaces(ids) if ids.is_empty() => return Ok(vec![]),
            Reach::Workspaces(ids) => {
                let ids: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
                format!(
                    "(a.id IN (SELECT account_id FROM membership WHERE workspace_id IN ({ids})) \
                     OR a.id IN (SELECT account_id FROM group_role WHERE workspace_id IN ({ids})))",
                    ids = ids.join(", ")
                )
            }
        };
        let select = account_query!("");
        let query = format!("{select} WHERE a.login > $1 AND {within} ORDER BY a.login LIMIT {limit}");
        let mut rows = self.db.stream(sql(query), values![after.unwrap_or_default()]);
        let mut found = Vec::new();
        while let Some(row) = rows.next().await {
            found.push(read(&row?)?);
        }
        Ok(found)
    }

    /// The account with this login and what its password was hashed to. Closed ones are not found.
    pub async fn account_to_sign_in(
        &self,
        login: &str,
    ) -> Result<Option<(Account, Option<String>)>, StoreError> {
        let Some(account) = self.account_named(login).await?.filter(|account| account.disabled_at.is_none())
        else {
            return Ok(None);
        };
        let password = self.password_of(&account.id).await?;
        Ok(Some((account, password)))
    }

    /// What the password of an account was hashed to; `None` where it has none.
    pub async fn password_of(&self, account: &AccountId) -> Result<Option<String>, StoreError> {
        const QUERY: &str = "SELECT password FROM account WHERE id = $1";
        match self.db.first(QUERY, values![account.to_string()]).await? {
            Some(row) => Ok(row.maybe_text(0)?.map(str::to_owned)),
            None => Ok(None),
        }
    }

    /// Keeps how somebody wants pages to look.
    pub async fn set_theme(&self, account: &AccountId, theme: Theme) -> Result<(), StoreError> {
        let query = "UPDATE account SET theme = $1 WHERE id = $2";
        self.db.execute(query, values![theme.as_str(), account.to_string()]).await.map(|_| ())
    }

    /// Keeps the zone in which somebody wants to see times; `None` for that of their browser.
    pub async fn set_timezone(&self, account: &AccountId, zone: Option<&str>) -> Result<(), StoreError> {
        let query = "UPDATE account SET timezone = $1 WHERE id = $2";
        self.db.execute(query, values![zone, account.to_string()]).await.map(|_| ())
    }

    /// The roles of an account in every workspace, given by people or by groups.
    pub async fn roles_of(&self, account: &AccountId) -> Result<Vec<(WorkspaceId, Role)>, StoreError> {
        const QUERY: &str = "SELECT account_id, workspace_id, role FROM membership WHERE account_id = $1 \
            UNION SELECT account_id, workspace_id, role FROM group_role WHERE account_id = $1 \
            ORDER BY workspace_id, role";
        let rows = self.db.fetch(QUERY, values![account.to_string()]).await?;
        rows.iter().map(|row| read_membership(row).map(|member| (member.workspace, member.role))).collect()
    }

    /// Who was given which role in a workspace by people.
    pub async fn members(&self, workspace: &WorkspaceId) -> Result<Vec<Membership>, StoreError> {
        const QUERY: &str = "SELECT account_id, workspace_id, role FROM membership WHERE workspace_id = $1 \
            ORDER BY account_id, role";
        self.db.fetch(QUERY, values![workspace.to_string()]).await?.iter().map(read_membership).collect()
    }

    /// Gives an account exactly these roles in a workspace, beside those of its groups; none takes it out.
    pub async fn set_roles(
        &self,
        account: &AccountId,
        workspace: &WorkspaceId,
        roles: &[Role],
    ) -> Result<(), StoreError> {
        let (account, workspace) = (account.to_string(), workspace.to_string());
        let mut tx = self.db.begin().await?;
        tx.execute(
            sql("DELETE FROM membership WHERE account_id = $1 AND workspace_id = $2"),
            values![account.clone(), workspace.clone()],
        )
        .await?;
        for role in roles {
            tx.execute(
                sql(
                    "INSERT INTO membership (account_id, workspace_id, role, since) VALUES ($1, $2, $3, $4) \
                     ON CONFLICT DO NOTHING",
                ),
                values![account.clone(), workspace.clone(), role.as_str(), self.now()],
            )
            .await?;
        }
        tx.commit().await
    }

    /// Keeps the digest of a link for the first set-up; those that have run out go.
    pub async fn add_setup_link(&self, digest: &str, expires_at: Millis) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        tx.execute(sql("DELETE FROM one_time WHERE expires_at <= $1"), values![self.now()]).await?;
        tx.execute(
            sql("INSERT INTO one_time (digest, purpose, expires_at) VALUES ($1, 'setup', $2)"),
            values![digest, expires_at.0],
        )
        .await?;
        tx.commit().await
    }

    /// Whether a link for the first set-up still works.
    pub async fn setup_link_works(&self, digest: &str) -> Result<bool, StoreError> {
        const QUERY: &str =
            "SELECT 1 FROM one_time WHERE digest = $1 AND purpose = 'setup' AND expires_at > $2";
        Ok(self.db.first(QUERY, values![digest, self.now()]).await?.is_some())
    }
}

/// Adds a row; without a password it is an invitation.
pub(crate) async fn insert(tx: &mut Tx, account: &Account, password: Option<&str>) -> Result<(), StoreError> {
    let done = tx
        .execute(
            sql("INSERT INTO account (id, login, name, password, is_admin, theme, created_at, timezone) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"),
            values![
                account.id.to_string(),
                &*account.login,
                &*account.name,
                password,
                account.is_admin,
                account.theme.as_str(),
                account.created_at.0,
                account.timezone.as_deref(),
            ],
        )
        .await;
    done.map_err(|error| taken(error, || Message::AccountTaken { login: account.login.clone() }))?;
    Ok(())
}

pub(crate) fn read(row: &Row) -> Result<Account, StoreError> {
    Ok(Account {
        id: parse_id(row.text(0)?)?,
        login: row.text(1)?.to_owned(),
        name: row.text(2)?.to_owned(),
        is_admin: row.flag(3)?,
        theme: word(row.text(4)?)?,
        timezone: row.maybe_text(5)?.map(str::to_owned),
        created_at: Millis(row.int(6)?),
        disabled_at: row.maybe_int(7)?.map(Millis),
        can_sign_in: row.flag(8)?,
    })
}

pub(crate) fn read_membership(row: &Row) -> Result<Membership, StoreError> {
    Ok(Membership {
        account: parse_id(row.text(0)?)?,
        workspace: parse_id(row.text(1)?)?,
        role: word(row.text(2)?)?,
    })
}

/// A word of the store as the value that it stands for.
pub(crate) fn word<T: std::str::FromStr>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::bug(format!("The store has an unknown word: {text}")))
}
