//! Who nudges are for: people of the site with their addresses, and those who want none.

use crate::{
    Store, StoreError,
    children::for_keys,
    value::{Row, values},
};
use std::collections::HashMap;
use weir_model::{IntegrationId, Millis, NudgeId, NudgeOptOut};

/// What is known of a person.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NudgePerson {
    /// What they are called; nothing where it is left out or hidden.
    pub name: Option<String>,
    /// Their address; nothing where it is left out or hidden.
    pub email: Option<String>,
    /// Whether their account is active, where that is known.
    pub active: Option<bool>,
}

impl Store {
    /// People of an integration by their ids; those that are not known are not among them.
    pub async fn nudge_people(
        &self,
        integration: &IntegrationId,
        ids: &[&str],
    ) -> Result<HashMap<String, NudgePerson>, StoreError> {
        const QUERY: &str =
            "SELECT id, name, email, active FROM person WHERE integration_no = $1 AND id IN ({keys})";
        let no = self.no(integration).await?;
        let mut tx = self.db.begin_reading().await?;
        let rows = for_keys(&mut tx, QUERY, no, ids).await?;
        rows.iter().map(|row| Ok((row.text(0)?.to_owned(), read(row)?))).collect()
    }

    /// Those who want no more of a nudge, by name.
    pub async fn nudge_opt_outs(&self, nudge: &NudgeId) -> Result<Vec<NudgeOptOut>, StoreError> {
        const QUERY: &str =
            "SELECT recipient, at, said_by FROM nudge_optout WHERE nudge_id = $1 ORDER BY recipient";
        let read = |row: &Row| {
            let (recipient, by) = (row.text(0)?.to_owned(), row.text(2)?.to_owned());
            Ok(NudgeOptOut { recipient, at: Millis(row.int(1)?), by })
        };
        self.db.fetch(QUERY, values![nudge.to_string()]).await?.iter().map(read).collect()
    }

    /// Notes that somebody wants no more of a nudge; who has said so before has.
    pub async fn opt_out(
        &self,
        integration: &IntegrationId,
        nudge: &NudgeId,
        recipient: &str,
        by: &str,
    ) -> Result<(), StoreError> {
        let query = "INSERT INTO nudge_optout (nudge_id, recipient, integration_no, at, said_by) VALUES ($1, $2, $3, $4, $5) \
            ON CONFLICT (nudge_id, recipient) DO NOTHING";
        let no = self.no(integration).await?;
        let values = values![nudge.to_string(), recipient, no, self.now(), by];
        self.db.execute(query, values).await.map(drop)
    }

    /// Takes that back; `false` when nobody had said so.
    pub async fn opt_in(&self, nudge: &NudgeId, recipient: &str) -> Result<bool, StoreError> {
        let query = "DELETE FROM nudge_optout WHERE nudge_id = $1 AND recipient = $2";
        Ok(self.db.execute(query, values![nudge.to_string(), recipient]).await? > 0)
    }
}

fn read(row: &Row) -> Result<NudgePerson, StoreError> {
    let text = |column| Ok::<_, StoreError>(row.maybe_text(column)?.map(str::to_owned));
    Ok(NudgePerson { name: text(1)?, email: text(2)?, active: row.maybe_flag(3)? })
}
