//! Sending notices. Whoever sends some has taken their rows before, as one batch that keeps its name for every attempt.

use super::{notices, read_notice, written};
use crate::{Store, StoreError, value::values};
use weir_model::{ChannelId, Millis, Notice, NoticeContent, NoticeState};

/// After what time a batch that is being sent has been left by whoever sent it.
const LEFT_MS: i64 = 10 * 60_000;

/// Notices that are sent together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoticeBatch {
    /// What it is called, the same for every attempt.
    pub id: String,
    /// How often it was tried, this time included.
    pub attempts: u64,
    /// What it tells, the oldest first.
    pub notices: Vec<Notice>,
}

impl Store {
    /// Channels that are on and have something to be sent now.
    pub async fn channels_due(&self) -> Result<Vec<ChannelId>, StoreError> {
        const QUERY: &str = "SELECT DISTINCT c.id FROM notification_channel c JOIN notice e ON e.channel_id = c.id \
            WHERE e.look_at <= $1 AND e.state IN ('waiting', 'failed', 'sending') AND c.is_off = $2 ORDER BY c.id";
        let rows = self.db.fetch(QUERY, values![self.now(), false]).await?;
        rows.iter().map(|row| crate::integrations::parse_id(row.text(0)?)).collect()
    }

    /// Takes for oneself what is to be sent through a channel now: a batch that was not taken before, or everything that waits, as
    /// the batch `fresh`. What nobody knows of is repeated where the other side knows a batch again, and given up elsewhere.
    pub async fn claim_notices(
        &self,
        channel: &ChannelId,
        fresh: &str,
        may_repeat: bool,
    ) -> Result<Option<NoticeBatch>, StoreError> {
        let (id, now) = (channel.to_string(), self.now());
        if !may_repeat {
            const GIVEN_UP: &str = "UPDATE notice SET state = 'unknown', said = 'The server ended while it was handed over' \
                WHERE channel_id = $1 AND state = 'sending' AND look_at <= $2";
            self.db.execute(GIVEN_UP, values![&*id, now]).await?;
        }
        const AGAIN: &str = "SELECT batch FROM notice WHERE channel_id = $1 AND look_at <= $2 AND batch IS NOT NULL \
            AND state IN ('failed', 'sending') ORDER BY no LIMIT 1";
        if let Some(row) = self.db.first(AGAIN, values![&*id, now]).await? {
            let batch = row.text(0)?.to_owned();
            const TAKEN: &str = "UPDATE notice SET state = 'sending', attempts = attempts + 1, tried_at = $1, look_at = $2 \
                WHERE channel_id = $3 AND batch = $4 AND look_at <= $1 AND state IN ('failed', 'sending')";
            let values = values![now, now + LEFT_MS, &*id, &*batch];
            if self.db.execute(TAKEN, values).await? > 0 {
                return self.batch(&id, batch).await;
            }
        }
        const FRESH: &str = "UPDATE notice SET state = 'sending', batch = $1, attempts = 1, tried_at = $2, look_at = $3 \
            WHERE channel_id = $4 AND state = 'waiting' AND look_at <= $2";
        let values = values![fresh, now, now + LEFT_MS, &*id];
        match self.db.execute(FRESH, values).await? {
            0 => Ok(None),
            _ => self.batch(&id, fresh.to_owned()).await,
        }
    }

    async fn batch(&self, channel: &str, id: String) -> Result<Option<NoticeBatch>, StoreError> {
        const QUERY: &str =
            notices!("WHERE channel_id = $1 AND batch = $2 AND state = 'sending' ORDER BY no");
        let rows = self.db.fetch(QUERY, values![channel, &*id]).await?;
        let notices = rows.iter().map(read_notice).collect::<Result<Vec<_>, _>>()?;
        let attempts = notices.iter().map(|one| one.attempts).max();
        Ok(attempts.map(|attempts| NoticeBatch { id, attempts, notices }))
    }

    /// Notes what became of a batch that one had taken, and when it is tried again.
    pub async fn batch_done(
        &self,
        channel: &ChannelId,
        batch: &str,
        (state, said): (NoticeState, &str),
        look_at: Millis,
    ) -> Result<(), StoreError> {
        let query = "UPDATE notice SET state = $1, said = $2, tried_at = $3, look_at = $4 \
            WHERE channel_id = $5 AND batch = $6 AND state = 'sending'";
        let values = values![state.as_str(), said, self.now(), look_at.0, channel.to_string(), batch];
        self.db.execute(query, values).await.map(drop)
    }

    /// Notes what became of a message that somebody tried a channel with; it is not tried again.
    pub async fn note_test(
        &self,
        channel: &ChannelId,
        id: &str,
        content: &NoticeContent,
        (state, said): (NoticeState, &str),
    ) -> Result<(), StoreError> {
        let query = "INSERT INTO notice (channel_id, incident, what, integration_no, content, at, state, attempts, tried_at, look_at, said) \
            VALUES ($1, 'test', $2, 0, $3, $4, $5, 1, $4, $4, $6)";
        let values = values![channel.to_string(), id, written(content)?, self.now(), state.as_str(), said];
        self.db.execute(query, values).await.map(drop)
    }

    /// Takes away what was told before an instant.
    pub async fn forget_notices(&self, before: Millis) -> Result<(), StoreError> {
        let query = "DELETE FROM notice WHERE at < $1 AND state NOT IN ('waiting', 'sending')";
        self.db.execute(query, values![before.0]).await.map(drop)
    }
}
