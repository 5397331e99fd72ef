//! Messages of nudges. A row is there before its message is sent, so that there is one for each recipient and period, whoever
//! sends beside us and whatever is interrupted.

use crate::{
    Store, StoreError,
    value::{Row, values},
};
use weir_model::{IntegrationId, MessageState, Millis, NudgeId, NudgeMessage};

/// How often a message is tried that was not taken.
const ATTEMPTS: i64 = 5;

/// After what time a message that is being sent has been left by whoever sent it.
const LEFT_MS: i64 = 10 * 60_000;

/// A message that is to be sent.
#[derive(Clone, Copy, Debug)]
pub struct MessageClaim<'a> {
    /// Of which integration.
    pub integration: &'a IntegrationId,
    /// Of which nudge.
    pub nudge: &'a NudgeId,
    /// To whom.
    pub recipient: &'a str,
    /// When its period began.
    pub period: Millis,
    /// Until when it tells.
    pub until: Millis,
    /// How many issues it tells of.
    pub issues: u64,
    /// Whether the other side knows a message again that arrives twice, so that one of which nothing is known may be repeated.
    pub may_repeat: bool,
}

impl Store {
    /// Takes a message for oneself; `false` when it was sent, somebody else is sending it, or it was tried often enough.
    pub async fn claim_message(&self, claim: &MessageClaim<'_>) -> Result<bool, StoreError> {
        let query = "INSERT INTO nudge_sent (nudge_id, recipient, period, integration_no, until_at, state, attempts, at, issues, said) \
            VALUES ($1, $2, $3, $4, $5, 'sending', 1, $6, $7, '') ON CONFLICT (nudge_id, recipient, period) DO UPDATE SET \
            state = 'sending', attempts = nudge_sent.attempts + 1, at = excluded.at, until_at = excluded.until_at, \
            issues = excluded.issues, said = '' WHERE nudge_sent.attempts < $8 AND (nudge_sent.state = 'failed' \
            OR (nudge_sent.state IN ('sending', 'unknown') AND $9 AND nudge_sent.at <= $10))";
        let now = self.now();
        let values = values![
            claim.nudge.to_string(),
            claim.recipient,
            claim.period.0,
            self.no(claim.integration).await?,
            claim.until.0,
            now,
            claim.issues,
            ATTEMPTS,
            claim.may_repeat,
            now - LEFT_MS,
        ];
        Ok(self.db.execute(query, values).await? == 1)
    }

    /// Notes what became of a message that one had taken; whether it may be tried again.
    pub async fn message_done(
        &self,
        claim: &MessageClaim<'_>,
        state: MessageState,
        said: &str,
    ) -> Result<bool, StoreError> {
        let query = "UPDATE nudge_sent SET state = $1, at = $2, said = $3 \
            WHERE nudge_id = $4 AND recipient = $5 AND period = $6 AND state = 'sending'";
        let key = (claim.nudge.to_string(), claim.recipient, claim.period.0);
        let values = values![state.as_str(), self.now(), said, &*key.0, key.1, key.2];
        self.db.execute(query, values).await?;
        const LEFT: &str = "SELECT attempts FROM nudge_sent WHERE nudge_id = $1 AND recipient = $2 AND period = $3 \
            AND state = 'failed' AND attempts < $4";
        Ok(self.db.first(LEFT, values![&*key.0, key.1, key.2, ATTEMPTS]).await?.is_some())
    }

    /// Notes that nothing was new for anybody.
    pub async fn nothing_new(
        &self,
        integration: &IntegrationId,
        nudge: &NudgeId,
        (period, until): (Millis, Millis),
    ) -> Result<(), StoreError> {
        let query = "INSERT INTO nudge_sent (nudge_id, recipient, period, integration_no, until_at, state, attempts, at, issues, said) \
            VALUES ($1, '', $2, $3, $4, 'nothing_new', 0, $5, 0, '') ON CONFLICT (nudge_id, recipient, period) DO NOTHING";
        let no = self.no(integration).await?;
        let values = values![nudge.to_string(), period.0, no, until.0, self.now()];
        self.db.execute(query, values).await.map(drop)
    }

    /// Messages of a nudge, the newest period first: at most `limit` of those after one.
    pub async fn nudge_messages(
        &self,
        nudge: &NudgeId,
        after: Option<(Millis, &str)>,
        limit: u32,
    ) -> Result<Vec<NudgeMessage>, StoreError> {
        const QUERY: &str = "SELECT recipient, period, until_at, state, attempts, at, issues, said FROM nudge_sent \
            WHERE nudge_id = $1 AND (period < $2 OR (period = $2 AND recipient > $3)) \
            ORDER BY period DESC, recipient LIMIT $4";
        let (period, recipient) = after.unwrap_or((Millis(i64::MAX), ""));
        let values = values![nudge.to_string(), period.0, recipient, i64::from(limit)];
        self.db.fetch(QUERY, values).await?.iter().map(read).collect()
    }

    /// Messages of the periods that began at `since` or later, the oldest period first.
    pub async fn told_since(&self, nudge: &NudgeId, since: Millis) -> Result<Vec<NudgeMessage>, StoreError> {
        const QUERY: &str = "SELECT recipient, period, until_at, state, attempts, at, issues, said FROM nudge_sent \
            WHERE nudge_id = $1 AND period >= $2 AND recipient <> '' ORDER BY period, recipient";
        self.db.fetch(QUERY, values![nudge.to_string(), since.0]).await?.iter().map(read).collect()
    }

    /// Takes messages of periods away that began before an instant.
    pub async fn forget_messages(&self, nudge: &NudgeId, before: Millis) -> Result<(), StoreError> {
        let query = "DELETE FROM nudge_sent WHERE nudge_id = $1 AND period < $2";
        self.db.execute(query, values![nudge.to_string(), before.0]).await.map(drop)
    }
}

fn read(row: &Row) -> Result<NudgeMessage, StoreError> {
    let state = MessageState::named(row.text(3)?);
    Ok(NudgeMessage {
        recipient: row.text(0)?.to_owned(),
        period: Millis(row.int(1)?),
        until: Millis(row.int(2)?),
        state: state
            .ok_or_else(|| StoreError::bug("A message has a state that this program does not know"))?,
        attempts: row.count(4)?,
        at: Millis(row.int(5)?),
        issues: row.count(6)?,
        said: row.text(7)?.to_owned(),
    })
}
