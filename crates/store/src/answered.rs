//! Requests that carry a key of their own and may be sent again: what was answered is kept for a day, so that the second
//! one does nothing and gets the same.

use crate::{Store, StoreError, db::sql, value::values};

/// How long answers are kept.
const KEPT_MS: i64 = 24 * 60 * 60 * 1_000;

/// A request that was begun and not answered within this time was cut off with its server.
const CUT_OFF_MS: i64 = 5 * 60 * 1_000;

/// What is known of a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answered {
    /// Nothing: it is ours to do, and others see that it is under way.
    New,
    /// Another one with the same key is under way.
    UnderWay,
    /// The same key came with another request.
    Other,
    /// It was answered: the status and the body.
    Before(u16, String),
}

impl Store {
    /// Begins a request of somebody, unless it was begun before.
    pub async fn begin_request(
        &self,
        principal: &str,
        key: &str,
        fingerprint: &str,
    ) -> Result<Answered, StoreError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        tx.execute(
            sql("DELETE FROM answered_request WHERE begun_at <= $1 OR (status IS NULL AND begun_at <= $2)"),
            values![now - KEPT_MS, now - CUT_OFF_MS],
        )
        .await?;
        let begun = tx
            .execute(
                sql("INSERT INTO answered_request (principal, request_key, fingerprint, begun_at) \
                     VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"),
                values![principal, key, fingerprint, now],
            )
            .await?;
        let found = tx
            .fetch(
                sql("SELECT fingerprint, status, body FROM answered_request \
                     WHERE principal = $1 AND request_key = $2"),
                values![principal, key],
            )
            .await?;
        tx.commit().await?;
        if begun == 1 {
            return Ok(Answered::New);
        }
        let Some(row) = found.first() else { return Ok(Answered::UnderWay) };
        Ok(match (row.text(0)? == fingerprint, row.maybe_int(1)?) {
            (false, _) => Answered::Other,
            (true, None) => Answered::UnderWay,
            (true, Some(status)) => Answered::Before(
                u16::try_from(status).unwrap_or(500),
                row.maybe_text(2)?.unwrap_or_default().to_owned(),
            ),
        })
    }

    /// Keeps what was answered; without an answer the request may be tried again.
    pub async fn end_request(
        &self,
        principal: &str,
        key: &str,
        answer: Option<(u16, &str)>,
    ) -> Result<(), StoreError> {
        match answer {
            Some((status, body)) => {
                let query = "UPDATE answered_request SET status = $3, body = $4 \
                    WHERE principal = $1 AND request_key = $2";
                self.db.execute(query, values![principal, key, i64::from(status), body]).await?
            }
            None => {
                let query = "DELETE FROM answered_request WHERE principal = $1 AND request_key = $2";
                self.db.execute(query, values![principal, key]).await?
            }
        };
        Ok(())
    }
}
