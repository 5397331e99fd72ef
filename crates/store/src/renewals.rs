//! Whose turn it is to have a token renewed: one process over all that work on a store, since Atlassian takes each refresh token
//! once.
//!
//! Tokens stand sealed where what they are for is kept: with an integration, or with a consent that waits to be used. A renewed
//! one takes the place of the very value that it was made of, so that nothing that somebody gave meanwhile is lost.

use crate::{Store, StoreError, db::sql, leases::LeaseHolder, sealing, value::values};
use weir_model::{ConsentId, IntegrationId};

/// Where tokens are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenHome {
    /// With an integration.
    Integration(IntegrationId),
    /// With a consent that waits to be used.
    Consent(ConsentId),
}

impl TokenHome {
    /// The home of this text.
    pub fn named(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once(' ')?;
        match kind {
            "integration" => id.parse().ok().map(Self::Integration),
            "consent" => id.parse().ok().map(Self::Consent),
            _ => None,
        }
    }

    fn column(self) -> (&'static str, String) {
        match self {
            Self::Integration(id) => ("integration", id.to_string()),
            Self::Consent(id) => ("consent", id.to_string()),
        }
    }
}

impl std::fmt::Display for TokenHome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (kind, id) = self.column();
        write!(f, "{kind} {id}")
    }
}

impl Store {
    /// The sealed tokens that are kept there; `None` where nothing is.
    pub async fn sealed_tokens(&self, home: TokenHome) -> Result<Option<String>, StoreError> {
        let (table, id) = home.column();
        let query = format!("SELECT sealed FROM {table} WHERE id = $1");
        let mut tx = self.db.begin_reading().await?;
        let rows = tx.fetch(sql(query), values![id]).await?;
        let sealed = rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()?;
        Ok(sealed.filter(|sealed| !sealed.is_empty()))
    }

    /// Puts renewed tokens in the place of the value that they were made of; gives whether that was still there.
    ///
    /// # Errors
    /// `key.changed` when they were sealed with a key that was retired meanwhile.
    pub async fn replace_tokens(
        &self,
        home: TokenHome,
        before: &str,
        sealed: &str,
    ) -> Result<bool, StoreError> {
        let (table, id) = home.column();
        let mut tx = self.db.begin().await?;
        sealing::accept(&mut tx, sealed).await?;
        let query = format!("UPDATE {table} SET sealed = $1 WHERE id = $2 AND sealed = $3");
        let changed = tx.execute(sql(query), values![sealed, id, before]).await?;
        tx.commit().await?;
        Ok(changed == 1)
    }

    /// Takes the turn for `ttl_ms`; gives whether it is ours now. A holder that is seen to be dead is followed at once.
    pub async fn take_renewal(
        &self,
        home: TokenHome,
        holder: &LeaseHolder,
        ttl_ms: i64,
    ) -> Result<bool, StoreError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let lock = tx.dialect().exclusive_lock();
        let query = format!("SELECT token, pid, host, until FROM renewal WHERE home = $1{lock}");
        let row = tx.fetch(sql(query), values![home.to_string()]).await?.into_iter().next();
        let seen = match row {
            None => String::new(),
            Some(row) => {
                let (token, is_over) = (row.text(0)?.to_owned(), row.int(3)? <= now);
                if !is_over && holder.sees_alive(row.int(1)?, row.text(2)?, &token) {
                    return Ok(false);
                }
                token
            }
        };
        // Whoever was faster has another token there.
        let taken = tx
            .execute(
                sql("INSERT INTO renewal (home, token, pid, host, until) VALUES ($1, $2, $3, $4, $5) \
                     ON CONFLICT (home) DO UPDATE SET token = excluded.token, pid = excluded.pid, \
                     host = excluded.host, until = excluded.until WHERE renewal.token = $6"),
                values![
                    home.to_string(),
                    &*holder.token,
                    i64::from(holder.pid),
                    &*holder.host,
                    now + ttl_ms,
                    &*seen,
                ],
            )
            .await?;
        tx.commit().await?;
        Ok(taken == 1)
    }

    /// Gives the turn back; with the sealed value that Atlassian did not renew, where it did not.
    pub async fn end_renewal(
        &self,
        home: TokenHome,
        holder: &LeaseHolder,
        refused: Option<&str>,
    ) -> Result<(), StoreError> {
        let query = "UPDATE renewal SET until = 0, refused = $1 WHERE home = $2 AND token = $3";
        self.db.execute(query, values![refused, home.to_string(), &*holder.token]).await.map(drop)
    }

    /// The sealed value that Atlassian did not renew; `None` where there is none.
    pub async fn refused_renewal(&self, home: TokenHome) -> Result<Option<String>, StoreError> {
        let row =
            self.db.first("SELECT refused FROM renewal WHERE home = $1", values![home.to_string()]).await?;
        Ok(row.map(|row| row.maybe_text(0).map(|text| text.map(str::to_owned))).transpose()?.flatten())
    }
}
