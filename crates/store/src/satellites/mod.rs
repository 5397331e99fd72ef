//! Satellites: which have reported, which integrations they may read, and whose turn it is; and the errands that they are sent on.

mod errands;
mod parcels;
mod pulses;

pub use errands::{Errand, Given, TakenErrand};
pub use parcels::StoredParcel;

use crate::{
    Store, StoreError,
    db::sql,
    integrations::parse_id,
    value::{Row, values},
};
use std::collections::BTreeMap;
use weir_model::{
    Integration, IntegrationId, Message, Millis, Satellite, SatelliteFeed, SatelliteStatus, WorkspaceId,
};

/// A question for satellites, with what their keys say.
macro_rules! satellites {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, s.name, s.key_id, s.status, s.first_at, s.beat_at, s.revoked_at, s.revoked_by, \
             k.revoked_at, k.expires_at FROM satellite s LEFT JOIN api_key k ON k.id = s.key_id ",
            $rest
        )
    };
}

impl Store {
    /// Keeps what a satellite reports, and which integrations it may read; gives those whose turn it has now. A turn that nobody has,
    /// or that is over, is taken.
    pub async fn satellite_beat(
        &self,
        satellite: &Satellite,
        feeds: &[IntegrationId],
        turn_ms: i64,
    ) -> Result<Vec<IntegrationId>, StoreError> {
        let status = serde_json::to_string(&satellite.status)
            .map_err(|error| Message::Bug { detail: format!("a status has no JSON: {error}") })?;
        let mut numbers = BTreeMap::new();
        for id in feeds {
            numbers.insert(self.no(id).await?, *id);
        }
        let now = self.now();
        let mut tx = self.db.begin().await?;
        tx.execute(
            sql("INSERT INTO satellite (id, name, key_id, status, first_at, beat_at) VALUES ($1, $2, $3, $4, $5, $5) \
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name, key_id = excluded.key_id, status = excluded.status, \
                 beat_at = excluded.beat_at"),
            values![&*satellite.id, &*satellite.name, satellite.key.to_string(), status, now],
        )
        .await?;
        pulses::note(&mut tx, &satellite.id, now).await?;
        let before = tx
            .fetch(
                sql("SELECT integration_no FROM satellite_feed WHERE satellite_id = $1"),
                values![&*satellite.id],
            )
            .await?;
        for row in &before {
            let no = row.int(0)?;
            if !numbers.contains_key(&no) {
                tx.execute(
                    sql("DELETE FROM satellite_feed WHERE satellite_id = $1 AND integration_no = $2"),
                    values![&*satellite.id, no],
                )
                .await?;
            }
        }
        let mut mine = Vec::new();
        for (no, id) in numbers {
            // On PostgreSQL two satellites report at the same time; on SQLite one waits for the other.
            let lock = tx.dialect().exclusive_lock();
            tx.fetch(sql(format!("SELECT 1 FROM integration WHERE no = $1{lock}")), values![no]).await?;
            let others = tx
                .fetch(
                    sql("SELECT 1 FROM satellite_feed f JOIN satellite s ON s.id = f.satellite_id \
                         WHERE f.integration_no = $1 AND f.satellite_id <> $2 AND f.turn_until > $3 AND s.revoked_at IS NULL"),
                    values![no, &*satellite.id, now],
                )
                .await?;
            let until = if others.is_empty() { now + turn_ms } else { 0 };
            tx.execute(
                sql("INSERT INTO satellite_feed (integration_no, satellite_id, turn_until) VALUES ($1, $2, $3) \
                     ON CONFLICT (integration_no, satellite_id) DO UPDATE SET turn_until = excluded.turn_until"),
                values![no, &*satellite.id, until],
            )
            .await?;
            if others.is_empty() {
                mine.push(id);
            }
        }
        tx.commit().await?;
        Ok(mine)
    }

    /// Gives back every turn of a satellite, which stops in order.
    pub async fn satellite_leaves(&self, id: &str) -> Result<(), StoreError> {
        let query = "UPDATE satellite_feed SET turn_until = 0 WHERE satellite_id = $1";
        self.db.execute(query, values![id]).await.map(drop)
    }

    /// Every satellite, the one that reported last first.
    pub async fn satellites(&self) -> Result<Vec<Satellite>, StoreError> {
        const QUERY: &str = satellites!("ORDER BY s.beat_at DESC, s.id");
        const FEEDS: &str = "SELECT f.satellite_id, n.id, n.name, f.turn_until FROM satellite_feed f \
            JOIN integration n ON n.no = f.integration_no ORDER BY n.name";
        let mut all: Vec<Satellite> = self
            .db
            .fetch(QUERY, &[])
            .await?
            .iter()
            .map(|row| read(row, self.instant()))
            .collect::<Result<_, _>>()?;
        for row in self.db.fetch(FEEDS, &[]).await? {
            let of = row.text(0)?;
            if let Some(satellite) = all.iter_mut().find(|one| one.id == of) {
                let (id, name) = (parse_id(row.text(1)?)?, row.text(2)?.to_owned());
                satellite.feeds.push(SatelliteFeed { id, name, turn_until: Millis(row.int(3)?) });
            }
        }
        Ok(all)
    }

    /// One satellite, without its integrations.
    pub async fn satellite(&self, id: &str) -> Result<Option<Satellite>, StoreError> {
        const QUERY: &str = satellites!("WHERE s.id = $1");
        self.db.first(QUERY, values![id]).await?.as_ref().map(|row| read(row, self.instant())).transpose()
    }

    /// The satellites that may read an integration, the one whose turn it is first, then the one that reported last.
    pub async fn satellites_of(&self, integration: &IntegrationId) -> Result<Vec<Satellite>, StoreError> {
        const QUERY: &str = satellites!(
            "JOIN satellite_feed f ON f.satellite_id = s.id \
            WHERE f.integration_no = $1 AND s.revoked_at IS NULL ORDER BY f.turn_until DESC, s.beat_at DESC, s.id"
        );
        let no = self.no(integration).await?;
        self.db.fetch(QUERY, values![no]).await?.iter().map(|row| read(row, self.instant())).collect()
    }

    /// Every satellite that names an integration, revoked ones too, the one whose turn it is first, then the one that reported last.
    pub async fn feeders_of(&self, integration: &IntegrationId) -> Result<Vec<Satellite>, StoreError> {
        const QUERY: &str = satellites!(
            "JOIN satellite_feed f ON f.satellite_id = s.id JOIN integration n ON n.no = f.integration_no \
            WHERE n.id = $1 ORDER BY f.turn_until DESC, s.beat_at DESC, s.id"
        );
        self.db
            .fetch(QUERY, values![integration.to_string()])
            .await?
            .iter()
            .map(|row| read(row, self.instant()))
            .collect()
    }

    /// The workspaces that see what a satellite reads, or whose key it has.
    pub async fn workspaces_of_satellite(&self, id: &str) -> Result<Vec<WorkspaceId>, StoreError> {
        const QUERY: &str = "SELECT m.workspace_id FROM workspace_integration m \
            JOIN satellite_feed f ON f.integration_no = m.integration_no WHERE f.satellite_id = $1 \
            UNION SELECT k.workspace_id FROM api_key k JOIN satellite s ON s.key_id = k.id \
            WHERE s.id = $1 AND k.workspace_id IS NOT NULL";
        let mut all = self
            .db
            .fetch(QUERY, values![id])
            .await?
            .iter()
            .map(|row| parse_id(row.text(0)?))
            .collect::<Result<Vec<WorkspaceId>, _>>()?;
        all.sort();
        Ok(all)
    }

    /// Keeps that a satellite may not come any more; `false` when it is so already, or unknown.
    pub async fn revoke_satellite(&self, id: &str, by: &str) -> Result<bool, StoreError> {
        let query =
            "UPDATE satellite SET revoked_at = $2, revoked_by = $3 WHERE id = $1 AND revoked_at IS NULL";
        Ok(self.db.execute(query, values![id, self.now(), by]).await? > 0)
    }

    /// Forgets a satellite; `false` where there is none. What was revoked has to be known as long as its key lets it in: whoever asks
    /// looks at that first.
    pub async fn forget_satellite(&self, id: &str) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        tx.execute(sql("DELETE FROM satellite_feed WHERE satellite_id = $1"), values![id]).await?;
        tx.execute(sql("DELETE FROM satellite_pulse WHERE satellite_id = $1"), values![id]).await?;
        let gone = tx.execute(sql("DELETE FROM satellite WHERE id = $1"), values![id]).await?;
        tx.commit().await?;
        Ok(gone > 0)
    }

    /// The integration that a satellite's file names: by its id, or by its name.
    pub async fn integration_named(&self, named: &str) -> Result<Option<Integration>, StoreError> {
        match named.parse::<IntegrationId>() {
            Ok(id) => self.integration_of(&id).await,
            Err(_) => self.integration(named).await,
        }
    }
}

fn read(row: &Row, now: Millis) -> Result<Satellite, StoreError> {
    let mut status: SatelliteStatus = serde_json::from_str(row.text(3)?)
        .map_err(|error| Message::Bug { detail: format!("a status in the store is no JSON: {error}") })?;
    let revoked = row.maybe_int(6)?.map(Millis);
    let (key_revoked, key_ends) = (row.maybe_int(8)?.map(Millis), row.maybe_int(9)?.map(Millis));
    status.key_ended = key_revoked.or(key_ends.filter(|end| *end <= now));
    Ok(Satellite {
        id: row.text(0)?.to_owned(),
        name: row.text(1)?.to_owned(),
        key: parse_id(row.text(2)?)?,
        status,
        first_at: Millis(row.int(4)?),
        beat_at: Millis(row.int(5)?),
        revoked: revoked
            .map(|at| Ok::<_, StoreError>((at, row.maybe_text(7)?.unwrap_or_default().to_owned())))
            .transpose()?,
        feeds: vec![],
    })
}
