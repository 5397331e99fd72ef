//! Parcels: what a satellite sends while it pulls, each until it is answered.

use super::Errand;
use crate::{Store, StoreError, db::sql, value::values};
use std::{sync::Arc, time::Duration};

/// A parcel that waits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredParcel {
    /// Its number among those of its turn, from 1.
    pub seq: i64,
    /// What came, as it came.
    pub body: Vec<u8>,
}

impl Store {
    /// Keeps a parcel of a satellite's errand; `false` when that is not its any more. One that is kept already stays as it is.
    pub async fn put_parcel(
        &self,
        (no, turn, seq): (i64, i64, i64),
        satellite: &str,
        body: Arc<[u8]>,
    ) -> Result<bool, StoreError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let signed = tx
            .execute(
                sql("UPDATE errand SET sign_at = $4 WHERE no = $1 AND turn = $2 AND satellite_id = $3 \
                     AND wanted_until > $4 AND outcome IS NULL"),
                values![no, turn, satellite, now],
            )
            .await?;
        if signed == 0 {
            return Ok(false);
        }
        tx.execute(
            sql("INSERT INTO parcel (errand_no, turn, seq, body) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"),
            values![no, turn, seq, body],
        )
        .await?;
        tx.commit().await?;
        self.mail.notify_waiters();
        Ok(true)
    }

    /// The next parcel of a turn that is not answered.
    pub async fn next_parcel(&self, errand: Errand, turn: i64) -> Result<Option<StoredParcel>, StoreError> {
        const QUERY: &str = "SELECT seq, '', body FROM parcel WHERE errand_no = $1 AND turn = $2 AND reply IS NULL \
            ORDER BY seq LIMIT 1";
        let rows = self.db.fetch_blobs(sql(QUERY), values![errand.no, turn]).await?;
        Ok(rows.into_iter().next().map(|(seq, _, body)| StoredParcel { seq, body }))
    }

    /// Answers a parcel. What it held goes.
    pub async fn answer_parcel(
        &self,
        errand: Errand,
        turn: i64,
        seq: i64,
        reply: &str,
    ) -> Result<(), StoreError> {
        let query = "UPDATE parcel SET reply = $4, body = $5 WHERE errand_no = $1 AND turn = $2 AND seq = $3";
        let nothing: Arc<[u8]> = Arc::from([]);
        self.db.execute(query, values![errand.no, turn, seq, reply, nothing]).await?;
        self.mail.notify_waiters();
        Ok(())
    }

    /// How a parcel was answered; `None` when it was not yet.
    pub async fn reply_to(&self, no: i64, turn: i64, seq: i64) -> Result<Option<String>, StoreError> {
        const QUERY: &str = "SELECT reply FROM parcel WHERE errand_no = $1 AND turn = $2 AND seq = $3";
        let row = self.db.first(QUERY, values![no, turn, seq]).await?;
        row.map(|row| row.maybe_text(0).map(|reply| reply.map(str::to_owned)))
            .transpose()
            .map(Option::flatten)
    }

    /// Waits until something may have come, in this process at once, from others after `at_most`.
    pub async fn wait_for_mail(&self, at_most: Duration) {
        tokio::select! {
            () = self.mail.notified() => {}
            () = tokio::time::sleep(at_most) => {}
        }
    }
}
