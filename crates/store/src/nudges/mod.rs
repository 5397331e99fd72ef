//! Nudges: what there are, when they are due, and what came of them.

mod messages;
mod recipients;

pub use messages::MessageClaim;
pub use recipients::NudgePerson;

use crate::{
    Store, StoreError,
    db::sql,
    error::taken,
    integrations::{parse_id, read as read_integration},
    sealing,
    value::{Row, values},
};
use serde::{Serialize, de::DeserializeOwned};
use weir_model::{Integration, IntegrationId, Message, Millis, Nudge, NudgeFault, NudgeId, NudgeTurn};

macro_rules! nudges {
    ($rest:literal) => {
        concat!(
            "SELECT u.id, u.name, u.settings, u.paused, u.revision, u.created_at, u.covered_until, u.due_at, u.last \
             FROM nudge u JOIN integration n ON n.no = u.integration_no ",
            $rest
        )
    };
}

/// A nudge that somebody has to look at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DueNudge {
    /// The nudge.
    pub id: NudgeId,
    /// Its integration.
    pub integration: IntegrationId,
    /// When it was to be looked at.
    pub look_at: Millis,
}

impl Store {
    /// Adds a nudge with what signs for it, sealed.
    ///
    /// # Errors
    /// `nudge.taken`; `key.changed` when it was sealed with a key that was retired meanwhile.
    pub async fn add_nudge(
        &self,
        integration: &IntegrationId,
        nudge: &Nudge,
        sealed: &str,
    ) -> Result<(), StoreError> {
        let query = "INSERT INTO nudge (id, integration_no, name, settings, sealed, paused, revision, created_at, \
            covered_until, due_at, look_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)";
        let no = self.no(integration).await?;
        let mut tx = self.db.begin().await?;
        sealing::accept(&mut tx, sealed).await?;
        let values = values![
            nudge.id.to_string(),
            no,
            &*nudge.name,
            written(&nudge.settings)?,
            sealed,
            nudge.paused,
            nudge.revision,
            nudge.created_at.0,
            nudge.covered_until.0,
            nudge.due_at.0,
        ];
        let added = tx.execute(sql(query), values).await;
        added.map_err(|error| or_taken(error, &nudge.name))?;
        tx.commit().await
    }

    /// Nudges of an integration by name.
    pub async fn nudges(&self, integration: &IntegrationId) -> Result<Vec<Nudge>, StoreError> {
        const QUERY: &str = nudges!("WHERE n.id = $1 ORDER BY u.name");
        self.db.fetch(QUERY, values![integration.to_string()]).await?.iter().map(read).collect()
    }

    /// A nudge and its integration.
    pub async fn nudge(&self, id: &NudgeId) -> Result<Option<(Integration, Nudge)>, StoreError> {
        const NUDGE: &str = nudges!("WHERE u.id = $1");
        const OF: &str = "SELECT n.id, n.name, n.kind, n.settings, n.created_at FROM integration n \
            JOIN nudge u ON u.integration_no = n.no WHERE u.id = $1";
        let id = id.to_string();
        let nudge = self.db.first(NUDGE, values![&*id]).await?.as_ref().map(read).transpose()?;
        let of = self.db.first(OF, values![&*id]).await?.as_ref().map(read_integration).transpose()?;
        Ok(of.zip(nudge))
    }

    /// Keeps what a nudge has become, where it has the revision that was seen; with other sealed secrets where they are given.
    ///
    /// # Errors
    /// `changed.meanwhile`, `nudge.taken`, `key.changed`.
    pub async fn change_nudge(&self, nudge: &Nudge, sealed: Option<&str>) -> Result<(), StoreError> {
        let query = "UPDATE nudge SET name = $1, settings = $2, sealed = coalesce($3, sealed), paused = $4, \
            revision = revision + 1, covered_until = $5, due_at = $6, look_at = $6 WHERE id = $7 AND revision = $8";
        let mut tx = self.db.begin().await?;
        if let Some(sealed) = sealed {
            sealing::accept(&mut tx, sealed).await?;
        }
        let values = values![
            &*nudge.name,
            written(&nudge.settings)?,
            sealed,
            nudge.paused,
            nudge.covered_until.0,
            nudge.due_at.0,
            nudge.id.to_string(),
            nudge.revision,
        ];
        let changed = tx.execute(sql(query), values).await;
        if changed.map_err(|error| or_taken(error, &nudge.name))? == 0 {
            return Err(Message::ChangedMeanwhile {}.into());
        }
        tx.commit().await
    }

    /// Takes a nudge away with all that was kept of it; `false` when it is not there.
    pub async fn remove_nudge(&self, id: &NudgeId) -> Result<bool, StoreError> {
        let id = id.to_string();
        let mut tx = self.db.begin().await?;
        for query in
            ["DELETE FROM nudge_optout WHERE nudge_id = $1", "DELETE FROM nudge_sent WHERE nudge_id = $1"]
        {
            tx.execute(sql(query), values![&*id]).await?;
        }
        let removed = tx.execute(sql("DELETE FROM nudge WHERE id = $1"), values![&*id]).await?;
        tx.commit().await?;
        Ok(removed > 0)
    }

    /// What signs for a nudge, sealed.
    pub async fn sealed_of_nudge(&self, id: &NudgeId) -> Result<Option<String>, StoreError> {
        let row = self.db.first("SELECT sealed FROM nudge WHERE id = $1", values![id.to_string()]).await?;
        row.map(|row| row.text(0).map(str::to_owned)).transpose()
    }

    /// Nudges that are to be looked at now, the one that has waited longest first. Those of integrations that wait to be
    /// deleted are not.
    pub async fn nudges_due(&self) -> Result<Vec<DueNudge>, StoreError> {
        const QUERY: &str = "SELECT u.id, n.id, u.look_at FROM nudge u JOIN integration n ON n.no = u.integration_no \
            WHERE u.look_at <= $1 AND u.paused = $2 \
            AND NOT EXISTS (SELECT 1 FROM deletion d WHERE d.integration_no = n.no) ORDER BY u.look_at, u.id";
        let due = |row: &Row| {
            Ok(DueNudge {
                id: parse_id(row.text(0)?)?,
                integration: parse_id(row.text(1)?)?,
                look_at: Millis(row.int(2)?),
            })
        };
        self.db.fetch(QUERY, values![self.now(), false]).await?.iter().map(due).collect()
    }

    /// Puts off the next look at a nudge, where nobody has meanwhile: whoever did it may go on until then.
    pub async fn put_off_nudge(&self, due: &DueNudge, until: Millis) -> Result<bool, StoreError> {
        let query = "UPDATE nudge SET look_at = $1 WHERE id = $2 AND look_at = $3";
        let values = values![until.0, due.id.to_string(), due.look_at.0];
        Ok(self.db.execute(query, values).await? == 1)
    }

    /// Notes what came of a nudge at the end of a period, and when the next one ends, where it still is due as it was seen.
    pub async fn end_nudge(
        &self,
        seen: &Nudge,
        (covered_until, due_at): (Millis, Millis),
        last: &NudgeTurn,
    ) -> Result<(), StoreError> {
        let query = "UPDATE nudge SET covered_until = $1, due_at = $2, look_at = $2, last = $3 \
            WHERE id = $4 AND due_at = $5 AND revision = $6";
        let values = values![
            covered_until.0,
            due_at.0,
            written(last)?,
            seen.id.to_string(),
            seen.due_at.0,
            seen.revision,
        ];
        self.db.execute(query, values).await.map(drop)
    }

    /// When the last run began that brought in what had changed: everything before it has been read.
    pub async fn read_since(&self, integration: &IntegrationId) -> Result<Option<Millis>, StoreError> {
        const QUERY: &str = "SELECT max(r.started_at) FROM run r JOIN integration n ON n.no = r.integration_no \
            WHERE n.id = $1 AND r.reason NOT IN ('verify', 'census') AND r.result IN ('success', 'partial') \
            AND r.started_at <= $2";
        let row = self.db.first(QUERY, values![integration.to_string(), self.now()]).await?;
        Ok(row.map(|row| row.maybe_int(0)).transpose()?.flatten().map(Millis))
    }
}

fn or_taken(error: StoreError, name: &str) -> StoreError {
    taken(error, || NudgeFault::Taken { name: name.to_owned() }.into())
}

fn written(document: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(document)
        .map_err(|error| StoreError::bug(format!("A nudge cannot be written: {error}")))
}

fn document<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::bug(format!("A nudge cannot be read: {error}")))
}

fn read(row: &Row) -> Result<Nudge, StoreError> {
    Ok(Nudge {
        id: parse_id(row.text(0)?)?,
        name: row.text(1)?.to_owned(),
        settings: document(row.text(2)?)?,
        paused: row.flag(3)?,
        revision: row.int(4)?,
        created_at: Millis(row.int(5)?),
        covered_until: Millis(row.int(6)?),
        due_at: Millis(row.int(7)?),
        last: row.maybe_text(8)?.map(document).transpose()?,
    })
}
