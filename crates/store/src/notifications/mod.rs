//! Notifications: the channels, what ails integrations, and what is told through each channel.

mod incidents;
mod sending;

pub use incidents::{IncidentChange, NewNotice};
pub use sending::NoticeBatch;

use crate::{
    Store, StoreError,
    db::sql,
    error::taken,
    integrations::parse_id,
    sealing,
    value::{Row, values},
};
use serde::{Serialize, de::DeserializeOwned};
use weir_model::{
    Channel, ChannelId, Message, Millis, Notice, NoticeContent, NoticeState, NotificationFault,
};

macro_rules! channels {
    ($rest:literal) => {
        concat!("SELECT id, name, settings, is_off, revision, created_at FROM notification_channel ", $rest)
    };
}

/// The columns of a notice, as [`read_notice`] takes them.
macro_rules! notices {
    ($rest:literal) => {
        concat!("SELECT no, content, at, state, attempts, tried_at, look_at, said FROM notice ", $rest)
    };
}
use notices;

impl Store {
    /// Adds a channel with its secrets, sealed.
    ///
    /// # Errors
    /// `notification.taken`; `key.changed` when it was sealed with a key that was retired meanwhile.
    pub async fn add_channel(&self, channel: &Channel, sealed: &str) -> Result<(), StoreError> {
        let query = "INSERT INTO notification_channel (id, name, settings, sealed, is_off, revision, created_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let mut tx = self.db.begin().await?;
        sealing::accept(&mut tx, sealed).await?;
        let values = values![
            channel.id.to_string(),
            &*channel.name,
            written(&channel.settings)?,
            sealed,
            channel.is_off,
            channel.revision,
            channel.created_at.0,
        ];
        tx.execute(sql(query), values).await.map_err(|error| or_taken(error, &channel.name))?;
        tx.commit().await
    }

    /// Every channel by name.
    pub async fn channels(&self) -> Result<Vec<Channel>, StoreError> {
        const QUERY: &str = channels!("ORDER BY name");
        self.db.fetch(QUERY, &[]).await?.iter().map(read).collect()
    }

    /// One channel.
    pub async fn channel(&self, id: &ChannelId) -> Result<Option<Channel>, StoreError> {
        const QUERY: &str = channels!("WHERE id = $1");
        self.db.first(QUERY, values![id.to_string()]).await?.as_ref().map(read).transpose()
    }

    /// Keeps what a channel has become, where it has the revision that was seen; with other sealed secrets where they are given. What
    /// waits for one that is off now is never sent.
    ///
    /// # Errors
    /// `changed.meanwhile`, `notification.taken`, `key.changed`.
    pub async fn change_channel(&self, channel: &Channel, sealed: Option<&str>) -> Result<(), StoreError> {
        let query = "UPDATE notification_channel SET name = $1, settings = $2, sealed = coalesce($3, sealed), is_off = $4, \
            revision = revision + 1 WHERE id = $5 AND revision = $6";
        let mut tx = self.db.begin().await?;
        if let Some(sealed) = sealed {
            sealing::accept(&mut tx, sealed).await?;
        }
        let id = channel.id.to_string();
        let values = values![
            &*channel.name,
            written(&channel.settings)?,
            sealed,
            channel.is_off,
            &*id,
            channel.revision,
        ];
        let changed = tx.execute(sql(query), values).await;
        if changed.map_err(|error| or_taken(error, &channel.name))? == 0 {
            return Err(Message::ChangedMeanwhile {}.into());
        }
        if channel.is_off {
            let waiting = "DELETE FROM notice WHERE channel_id = $1 AND state IN ('waiting', 'failed')";
            tx.execute(sql(waiting), values![&*id]).await?;
        }
        tx.commit().await
    }

    /// Takes a channel away with all that was kept of it; `false` when it is not there.
    pub async fn remove_channel(&self, id: &ChannelId) -> Result<bool, StoreError> {
        let id = id.to_string();
        let mut tx = self.db.begin().await?;
        tx.execute(sql("DELETE FROM notice WHERE channel_id = $1"), values![&*id]).await?;
        let query = sql("DELETE FROM notification_channel WHERE id = $1");
        let removed = tx.execute(query, values![&*id]).await?;
        tx.commit().await?;
        Ok(removed > 0)
    }

    /// The secrets of a channel, sealed.
    pub async fn sealed_of_channel(&self, id: &ChannelId) -> Result<Option<String>, StoreError> {
        const QUERY: &str = "SELECT sealed FROM notification_channel WHERE id = $1";
        let row = self.db.first(QUERY, values![id.to_string()]).await?;
        row.map(|row| row.text(0).map(str::to_owned)).transpose()
    }

    /// What is told through a channel, the newest first: at most `limit` of those before the number `before`.
    pub async fn notices(
        &self,
        channel: &ChannelId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Notice>, StoreError> {
        const QUERY: &str =
            notices!("WHERE channel_id = $1 AND no < $2 AND state <> 'passed' ORDER BY no DESC LIMIT $3");
        let values = values![channel.to_string(), before.unwrap_or(i64::MAX), i64::from(limit)];
        self.db.fetch(QUERY, values).await?.iter().map(read_notice).collect()
    }

    /// What was last sent through a channel, or tried to be.
    pub async fn last_notice(&self, channel: &ChannelId) -> Result<Option<Notice>, StoreError> {
        const QUERY: &str = notices!(
            "WHERE channel_id = $1 AND tried_at IS NOT NULL ORDER BY tried_at DESC, no DESC LIMIT 1"
        );
        self.db.first(QUERY, values![channel.to_string()]).await?.as_ref().map(read_notice).transpose()
    }
}

fn or_taken(error: StoreError, name: &str) -> StoreError {
    taken(error, || NotificationFault::Taken { name: name.to_owned() }.into())
}

fn written(document: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(document)
        .map_err(|error| StoreError::bug(format!("A notification cannot be written: {error}")))
}

fn document<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::bug(format!("A notification cannot be read: {error}")))
}

fn read(row: &Row) -> Result<Channel, StoreError> {
    Ok(Channel {
        id: parse_id(row.text(0)?)?,
        name: row.text(1)?.to_owned(),
        settings: document(row.text(2)?)?,
        is_off: row.flag(3)?,
        revision: row.int(4)?,
        created_at: Millis(row.int(5)?),
    })
}

fn read_notice(row: &Row) -> Result<Notice, StoreError> {
    let state = NoticeState::named(row.text(3)?);
    Ok(Notice {
        no: row.int(0)?,
        content: document::<NoticeContent>(row.text(1)?)?,
        at: Millis(row.int(2)?),
        state: state
            .ok_or_else(|| StoreError::bug("A notice has a state that this program does not know"))?,
        attempts: row.count(4)?,
        tried_at: row.maybe_int(5)?.map(Millis),
        look_at: Millis(row.int(6)?),
        said: row.text(7)?.to_owned(),
    })
}
