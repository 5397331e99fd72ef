//! Keys of programs, found by the digest of the key.

use crate::{
    Store, StoreError,
    accounts::word,
    db::sql,
    integrations::parse_id,
    value::{Row, values},
};
use futures::StreamExt as _;
use weir_model::{ApiKey, KeyId, Millis, Reach};

/// That a key or a session was used is noted at most this often.
const NOTED_EVERY_MS: i64 = 60_000;

/// Whether something was used so long after it was last noted that it is to be noted again.
pub fn is_to_be_noted(noted: Option<Millis>, used: Millis) -> bool {
    noted.is_none_or(|noted| used.since(noted) >= NOTED_EVERY_MS)
}

const KEY: &str = "SELECT k.id, k.name, k.scopes, k.workspace_id, k.created_by, k.created_at, k.expires_at, \
    k.used_at, k.revoked_at, k.hint FROM api_key k";

impl Store {
    /// Keeps a key by its digest.
    pub async fn add_api_key(&self, key: &ApiKey, digest: &str) -> Result<(), StoreError> {
        let query = "INSERT INTO api_key (id, digest, name, scopes, workspace_id, created_by, created_at, expires_at, hint) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
        let workspace = key.workspace.map(|id| id.to_string());
        let created_by = key.created_by.map(|id| id.to_string());
        let values = values![
            key.id.to_string(),
            digest,
            &*key.name,
            scopes.join(" "),
            workspace.as_deref(),
            created_by.as_deref(),
            key.created_at.0,
            key.expires_at.map(|at| at.0),
            &*key.hint,
        ];
        self.db.execute(query, values).await.map(|_| ())
    }

    /// The key with this digest, if it can be used now: not revoked, not past its end, and not of a closed account.
    pub async fn usable_api_key(&self, digest: &str) -> Result<Option<ApiKey>, StoreError> {
        let query = format!(
            "{KEY} LEFT JOIN account a ON a.id = k.created_by WHERE k.digest = $1 AND k.revoked_at IS NULL \
             AND (k.expires_at IS NULL OR k.expires_at > $2) AND a.disabled_at IS NULL"
        );
        let mut rows = self.db.stream(sql(query), values![digest, self.now()]);
        rows.next().await.transpose()?.as_ref().map(read).transpose()
    }

    /// Keys within reach, newest first: at most `limit` of those older than `after`. Who reaches everything sees the keys
    /// of the whole server too.
    pub async fn api_keys(
        &self,
        reach: &Reach,
        after: Option<&KeyId>,
        limit: u32,
    ) -> Result<Vec<ApiKey>, StoreError> {
        let within = match reach {
            Reach::Everything => "1 = 1".to_owned(),
            Reach::Workspaces(ids) if ids.is_empty() => return Ok(vec![]),
            Reach::Workspaces(ids) => {
                let ids: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
                format!("k.workspace_id IN ({})", ids.join(", "))
            }
        };
        let older = after.map_or_else(|| "1 = 1".to_owned(), |id| format!("k.id < '{id}'"));
        // Ids are in the order in which keys were made.
        let query = format!("{KEY} WHERE {within} AND {older} ORDER BY k.id DESC LIMIT {limit}");
        let mut rows = self.db.stream(sql(query), &[]);
        let mut keys = Vec::new();
        while let Some(row) = rows.next().await {
            keys.push(read(&row?)?);
        }
        Ok(keys)
    }

    /// One key.
    pub async fn api_key(&self, key: &KeyId) -> Result<Option<ApiKey>, StoreError> {
        let mut rows = self.db.stream(sql(format!("{KEY} WHERE k.id = $1")), values![key.to_string()]);
        rows.next().await.transpose()?.as_ref().map(read).transpose()
    }

    /// Revokes a key; `false` when there is none, or it was revoked before.
    pub async fn revoke_api_key(&self, key: &KeyId) -> Result<bool, StoreError> {
        let query = "UPDATE api_key SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL";
        Ok(self.db.execute(query, values![self.now(), key.to_string()]).await? > 0)
    }

    /// Notes that a key was used at a moment.
    pub async fn touch_api_key(&self, key: &ApiKey, used: Millis) -> Result<(), StoreError> {
        let query = "UPDATE api_key SET used_at = $1 WHERE id = $2";
        self.db.execute(query, values![used.0, key.id.to_string()]).await.map(|_| ())
    }
}

fn read(row: &Row) -> Result<ApiKey, StoreError> {
    Ok(ApiKey {
        id: parse_id(row.text(0)?)?,
        name: row.text(1)?.to_owned(),
        scopes: row.text(2)?.split_whitespace().map(word).collect::<Result<_, _>>()?,
        workspace: row.maybe_text(3)?.map(parse_id).transpose()?,
        created_by: row.maybe_text(4)?.map(parse_id).transpose()?,
        created_at: Millis(row.int(5)?),
        expires_at: row.maybe_int(6)?.map(Millis),
        used_at: row.maybe_int(7)?.map(Millis),
        revoked_at: row.maybe_int(8)?.map(Millis),
        hint: row.text(9)?.to_owned(),
    })
}
