//! Sessions of browsers, found by the digest of their token.

use crate::{
    Store, StoreError,
    db::sql,
    integrations::parse_id,
    value::{Row, values},
};
use weir_model::{AccountId, Identity, Millis, ProviderSession, Session, SessionId, WorkspaceId};

impl Store {
    /// Begins a session.
    pub async fn add_session(&self, session: &Session, digest: &str) -> Result<(), StoreError> {
        let query = "INSERT INTO session (digest, id, account_id, created_at, seen_at, expires_at, address, agent, \
            of_provider, provider_sid) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let values = values![
            digest,
            session.id.to_string(),
            session.account.to_string(),
            session.created_at.0,
            session.seen_at.0,
            session.expires_at.0,
            &*session.address,
            &*session.agent,
            session.provider.is_some(),
            session.provider.as_ref().and_then(|provider| provider.sid.as_deref()),
        ];
        self.db.execute(query, values).await.map(|_| ())
    }

    /// The session with a token of this digest, whether it is still good or not.
    pub async fn session(&self, digest: &str) -> Result<Option<Session>, StoreError> {
        const QUERY: &str = "SELECT id, account_id, created_at, seen_at, expires_at, address, agent, of_provider, provider_sid, workspace_id \
            FROM session WHERE digest = $1";
        self.db.first(QUERY, values![digest]).await?.as_ref().map(read).transpose()
    }

    /// Sessions of an account, newest first.
    pub async fn sessions_of(&self, account: &AccountId) -> Result<Vec<Session>, StoreError> {
        const QUERY: &str = "SELECT id, account_id, created_at, seen_at, expires_at, address, agent, of_provider, provider_sid, workspace_id \
            FROM session WHERE account_id = $1 ORDER BY created_at DESC, id DESC";
        self.db.fetch(QUERY, values![account.to_string()]).await?.iter().map(read).collect()
    }

    /// Notes that a session was used at a moment.
    pub async fn touch_session(&self, session: &Session, used: Millis) -> Result<(), StoreError> {
        let query = "UPDATE session SET seen_at = $1 WHERE id = $2";
        self.db.execute(query, values![used.0, session.id.to_string()]).await.map(|_| ())
    }

    /// Ends a session of an account; `false` when there is none of that id.
    pub async fn end_session(&self, account: &AccountId, session: &SessionId) -> Result<bool, StoreError> {
        let query = "DELETE FROM session WHERE id = $1 AND account_id = $2";
        Ok(self.db.execute(query, values![session.to_string(), account.to_string()]).await? > 0)
    }

    /// Keeps the workspace that somebody looks at in a session; `None` for all of theirs.
    pub async fn choose_workspace(
        &self,
        session: &SessionId,
        workspace: Option<&WorkspaceId>,
    ) -> Result<(), StoreError> {
        let query = "UPDATE session SET workspace_id = $1 WHERE id = $2";
        let workspace = workspace.map(WorkspaceId::to_string);
        self.db.execute(query, values![workspace.as_deref(), session.to_string()]).await.map(|_| ())
    }

    /// Ends every session of an account, and says how many.
    pub async fn end_sessions(&self, account: &AccountId) -> Result<u64, StoreError> {
        self.db.execute("DELETE FROM session WHERE account_id = $1", values![account.to_string()]).await
    }

    /// Ends sessions that began at a provider: those of somebody there, or of its session `sid` alone where one is named. Where a
    /// session does not know its `sid`, it ends with whoever it is of.
    pub async fn end_sessions_of_provider(
        &self,
        identity: Option<&Identity>,
        sid: Option<&str>,
    ) -> Result<u64, StoreError> {
        let of_whom = match identity {
            Some(_) => "account_id IN (SELECT account_id FROM identity WHERE issuer = $1 AND subject = $2)",
            None => "$1 = $2",
        };
        let which = match (sid, identity) {
            (Some(_), Some(_)) => "(provider_sid = $3 OR provider_sid IS NULL)",
            (Some(_), None) => "provider_sid = $3",
            (None, Some(_)) => "$3 = ''",
            // Nobody is named, so nobody is meant.
            (None, None) => return Ok(0),
        };
        let query = format!("DELETE FROM session WHERE of_provider AND {of_whom} AND {which}");
        let (issuer, subject) =
            identity.map_or(("", ""), |identity| (identity.issuer.as_str(), identity.subject.as_str()));
        let mut tx = self.db.begin().await?;
        let ended = tx.execute(sql(query), values![issuer, subject, sid.unwrap_or_default()]).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Takes sessions away that nobody can use any more: those past their end, and those unseen since `unseen_since`.
    pub async fn forget_sessions(&self, unseen_since: Millis) -> Result<u64, StoreError> {
        let query = "DELETE FROM session WHERE expires_at <= $1 OR seen_at <= $2";
        self.db.execute(query, values![self.now(), unseen_since.0]).await
    }
}

fn read(row: &Row) -> Result<Session, StoreError> {
    Ok(Session {
        id: parse_id(row.text(0)?)?,
        account: parse_id(row.text(1)?)?,
        created_at: Millis(row.int(2)?),
        seen_at: Millis(row.int(3)?),
        expires_at: Millis(row.int(4)?),
        address: row.text(5)?.to_owned(),
        agent: row.text(6)?.to_owned(),
        provider: match row.flag(7)? {
            true => Some(ProviderSession { sid: row.maybe_text(8)?.map(str::to_owned) }),
            false => None,
        },
        workspace: row.maybe_text(9)?.map(parse_id).transpose()?,
    })
}
