//! Errands: what is asked of a satellite, from when somebody asks until they have the outcome or want it no longer.

use crate::{Store, StoreError, db::sql, integrations::parse_id, value::values};
use weir_model::IntegrationId;

/// An errand that somebody waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Errand {
    /// Its number.
    pub no: i64,
}

/// An errand as whoever waits for it sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Given {
    /// How often it was handed out.
    pub turn: i64,
    /// The satellite that it was handed to last.
    pub satellite: Option<String>,
    /// What that told of it last.
    pub sign: Option<String>,
    /// When it told something last, or was handed the errand, or the errand was put up.
    pub sign_at: i64,
    /// The outcome.
    pub outcome: Option<String>,
}

/// An errand as a satellite takes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TakenErrand {
    /// Its number.
    pub no: i64,
    /// How often it was handed out, this time included.
    pub turn: i64,
    /// Of which integration.
    pub integration: IntegrationId,
    /// What to do.
    pub what: String,
}

impl Store {
    /// Puts up an errand for whichever satellite has the turn of an integration.
    pub async fn put_errand(
        &self,
        integration: &IntegrationId,
        what: &str,
        wanted_ms: i64,
    ) -> Result<Errand, StoreError> {
        let no = self.no(integration).await?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        // What nobody wants any more goes here, so that it needs no keeper.
        tx.execute(
            sql("DELETE FROM parcel WHERE errand_no IN (SELECT no FROM errand WHERE wanted_until <= $1)"),
            values![now],
        )
        .await?;
        tx.execute(sql("DELETE FROM errand WHERE wanted_until <= $1"), values![now]).await?;
        let rows = tx
            .fetch(
                sql("INSERT INTO errand (integration_no, what, wanted_until, turn, sign_at) \
                     VALUES ($1, $2, $3, 0, $4) RETURNING no"),
                values![no, what, now + wanted_ms, now],
            )
            .await?;
        let errand = Errand { no: rows.first().map_or(Ok(0), |row| row.int(0))? };
        tx.commit().await?;
        self.mail.notify_waiters();
        Ok(errand)
    }

    /// Says that an errand is still wanted, and looks at it; `None` when it is gone.
    pub async fn want_errand(&self, errand: Errand, wanted_ms: i64) -> Result<Option<Given>, StoreError> {
        let query = "UPDATE errand SET wanted_until = $2 WHERE no = $1";
        if self.db.execute(query, values![errand.no, self.now() + wanted_ms]).await? == 0 {
            return Ok(None);
        }
        self.look_at_errand(errand).await
    }

    /// Looks at an errand; `None` when it is gone.
    pub async fn look_at_errand(&self, errand: Errand) -> Result<Option<Given>, StoreError> {
        const QUERY: &str = "SELECT turn, satellite_id, sign, sign_at, outcome FROM errand WHERE no = $1";
        let row = self.db.first(QUERY, values![errand.no]).await?;
        let given = row.map(|row| {
            Ok::<_, StoreError>(Given {
                turn: row.int(0)?,
                satellite: row.maybe_text(1)?.map(str::to_owned),
                sign: row.maybe_text(2)?.map(str::to_owned),
                sign_at: row.int(3)?,
                outcome: row.maybe_text(4)?.map(str::to_owned),
            })
        });
        given.transpose()
    }

    /// Takes an errand away, with its parcels: its outcome is here, or nobody wants it any more.
    pub async fn drop_errand(&self, errand: Errand) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        tx.execute(sql("DELETE FROM parcel WHERE errand_no = $1"), values![errand.no]).await?;
        tx.execute(sql("DELETE FROM errand WHERE no = $1"), values![errand.no]).await?;
        tx.commit().await?;
        self.mail.notify_waiters();
        Ok(())
    }

    /// Takes away the errands of an integration that are such, by what they ask for.
    pub async fn drop_errands(
        &self,
        integration: &IntegrationId,
        is_such: impl Fn(&str) -> bool,
    ) -> Result<(), StoreError> {
        const QUERY: &str = "SELECT no, what FROM errand WHERE integration_no = $1";
        let no = self.no(integration).await?;
        for row in self.db.fetch(QUERY, values![no]).await? {
            if is_such(row.text(1)?) {
                self.drop_errand(Errand { no: row.int(0)? }).await?;
            }
        }
        Ok(())
    }

    /// Hands the oldest errand that waits to a satellite that has the turn of its integration. One that was handed to a satellite
    /// which has not told of it since `silent_ms` waits again.
    pub async fn take_errand(
        &self,
        satellite: &str,
        silent_ms: i64,
    ) -> Result<Option<TakenErrand>, StoreError> {
        const QUERY: &str = "SELECT e.no FROM errand e JOIN satellite_feed f ON f.integration_no = e.integration_no \
            WHERE f.satellite_id = $1 AND f.turn_until > $2 AND e.wanted_until > $2 AND e.outcome IS NULL \
            AND (e.satellite_id IS NULL OR e.sign_at <= $3) ORDER BY e.no LIMIT 1";
        let now = self.now();
        // Most of the time there is none, and nothing is written.
        if self.db.first(QUERY, values![satellite, now, now - silent_ms]).await?.is_none() {
            return Ok(None);
        }
        let mut tx = self.db.begin().await?;
        let lock = tx.dialect().exclusive_lock();
        let text = format!("{QUERY}{}", lock.replace("FOR UPDATE", "FOR UPDATE OF e"));
        let rows = tx.fetch(sql(text), values![satellite, now, now - silent_ms]).await?;
        let Some(no) = rows.first().map(|row| row.int(0)).transpose()? else { return Ok(None) };
        tx.execute(sql("DELETE FROM parcel WHERE errand_no = $1"), values![no]).await?;
        tx.execute(
            sql("UPDATE errand SET satellite_id = $2, turn = turn + 1, sign = NULL, sign_at = $3 WHERE no = $1"),
            values![no, satellite, now],
        )
        .await?;
        let rows = tx
            .fetch(
                sql("SELECT e.turn, n.id, e.what FROM errand e JOIN integration n ON n.no = e.integration_no WHERE e.no = $1"),
                values![no],
            )
            .await?;
        let taken = rows.first().map(|row| {
            Ok::<_, StoreError>(TakenErrand {
                no,
                turn: row.int(0)?,
                integration: parse_id(row.text(1)?)?,
                what: row.text(2)?.to_owned(),
            })
        });
        let taken = taken.transpose()?;
        tx.commit().await?;
        Ok(taken)
    }

    /// Puts up again what a satellite has taken and does not know of any more: it was started anew.
    pub async fn release_errands(&self, satellite: &str, kept: &[i64]) -> Result<u64, StoreError> {
        const QUERY: &str = "SELECT no FROM errand WHERE satellite_id = $1 AND outcome IS NULL";
        let rows = self.db.fetch(QUERY, values![satellite]).await?;
        let mut released = 0;
        for row in rows {
            let no = row.int(0)?;
            if !kept.contains(&no) {
                let query = "UPDATE errand SET satellite_id = NULL WHERE no = $1 AND satellite_id = $2 AND outcome IS NULL";
                released += self.db.execute(query, values![no, satellite]).await?;
            }
        }
        if released > 0 {
            self.mail.notify_waiters();
        }
        Ok(released)
    }

    /// Keeps what a satellite tells of its errand; `false` when that is not its any more.
    pub async fn sign_errand(
        &self,
        no: i64,
        turn: i64,
        satellite: &str,
        sign: &str,
    ) -> Result<bool, StoreError> {
        let query = "UPDATE errand SET sign = $4, sign_at = $5 WHERE no = $1 AND turn = $2 AND satellite_id = $3 \
            AND wanted_until > $5 AND outcome IS NULL";
        Ok(self.db.execute(query, values![no, turn, satellite, sign, self.now()]).await? > 0)
    }

    /// Keeps the outcome of an errand; `false` when that is not the satellite's any more.
    pub async fn end_errand(
        &self,
        no: i64,
        turn: i64,
        satellite: &str,
        outcome: &str,
    ) -> Result<bool, StoreError> {
        let query = "UPDATE errand SET outcome = $4, sign_at = $5 WHERE no = $1 AND turn = $2 AND satellite_id = $3 \
            AND wanted_until > $5 AND outcome IS NULL";
        let ended = self.db.execute(query, values![no, turn, satellite, outcome, self.now()]).await? > 0;
        self.mail.notify_waiters();
        Ok(ended)
    }
}
