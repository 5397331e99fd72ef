//! What ails integrations, and what is to be told of it. Both change in one transaction and only as they were seen, so that of many
//! servers that see the same one tells it.

use super::{document, written};
use crate::{
    Store, StoreError,
    db::{Tx, sql},
    integrations::parse_id,
    value::values,
};
use std::collections::{HashMap, HashSet};
use weir_model::{
    ChannelId, DeletedIntegration, Incident, IntegrationId, Millis, NoticeContent, WorkspaceId,
};

/// Something that is to be told through a channel.
#[derive(Clone, Copy, Debug)]
pub struct NewNotice<'a> {
    /// Through which channel.
    pub channel: &'a ChannelId,
    /// Of which incident: what was told of it before through the channel is not told again.
    pub incident: &'a str,
    /// What of it.
    pub what: &'a str,
    /// In words.
    pub content: &'a NoticeContent,
    /// Not before.
    pub look_at: Millis,
}

/// What becomes of an incident.
#[derive(Clone, Copy, Debug)]
pub enum IncidentChange<'a> {
    /// It begins.
    Begins(&'a Incident),
    /// It lasts, and is this now.
    Lasts(&'a Incident),
    /// It is over.
    Ends(&'a Incident),
}

impl Store {
    /// What ails an integration.
    pub async fn incident(&self, integration: &IntegrationId) -> Result<Option<Incident>, StoreError> {
        const QUERY: &str = "SELECT i.id, i.since, i.needed FROM incident i \
            JOIN integration n ON n.no = i.integration_no WHERE n.id = $1";
        let row = self.db.first(QUERY, values![integration.to_string()]).await?;
        let read = |row: crate::value::Row| {
            Ok(Incident { id: row.text(0)?.to_owned(), since: Millis(row.int(1)?), needed: row.flag(2)? })
        };
        row.map(read).transpose()
    }

    /// Through which channels something was told of an incident, and what.
    pub async fn told(&self, incident: &str) -> Result<HashSet<(ChannelId, String)>, StoreError> {
        const QUERY: &str = "SELECT channel_id, what FROM notice WHERE incident = $1";
        let rows = self.db.fetch(QUERY, values![incident]).await?;
        rows.iter().map(|row| Ok((parse_id(row.text(0)?)?, row.text(1)?.to_owned()))).collect()
    }

    /// What each channel was told last of everything whose name begins with this word and a colon: of which incident, and what.
    pub async fn last_told(&self, of: &str) -> Result<HashMap<ChannelId, (String, String)>, StoreError> {
        // A semicolon comes right after a colon.
        const QUERY: &str = "SELECT channel_id, incident, what FROM notice \
            WHERE incident >= $1 AND incident < $2 ORDER BY no";
        let rows = self.db.fetch(QUERY, values![format!("{of}:"), format!("{of};")]).await?;
        let last = |row: &crate::value::Row| {
            Ok((parse_id(row.text(0)?)?, (row.text(1)?.to_owned(), row.text(2)?.to_owned())))
        };
        rows.iter().map(last).collect()
    }

    /// Changes what ails an integration, and has it told; `false`, and nothing of both, where another one was quicker.
    pub async fn change_incident(
        &self,
        integration: &IntegrationId,
        change: IncidentChange<'_>,
        notices: &[NewNotice<'_>],
    ) -> Result<bool, StoreError> {
        let no = self.no(integration).await?;
        let mut tx = self.db.begin().await?;
        let changed = match change {
            IncidentChange::Begins(one) => {
                let query = "INSERT INTO incident (integration_no, id, since, needed) VALUES ($1, $2, $3, $4) \
                    ON CONFLICT (integration_no) DO NOTHING";
                tx.execute(sql(query), values![no, &*one.id, one.since.0, one.needed]).await?
            }
            IncidentChange::Lasts(one) => {
                let query = "UPDATE incident SET needed = $1 WHERE integration_no = $2 AND id = $3";
                tx.execute(sql(query), values![one.needed, no, &*one.id]).await?
            }
            IncidentChange::Ends(one) => {
                let query = "DELETE FROM incident WHERE integration_no = $1 AND id = $2";
                tx.execute(sql(query), values![no, &*one.id]).await?
            }
        };
        if changed == 0 {
            return Ok(false);
        }
        add(&mut tx, (no, "waiting"), self.now(), notices).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Has something told that is no incident of its own; `None` for an integration that is gone.
    pub async fn add_notices(
        &self,
        integration: Option<&IntegrationId>,
        notices: &[NewNotice<'_>],
    ) -> Result<(), StoreError> {
        self.put_notices(integration, "waiting", notices).await
    }

    /// Notes that something is never told, as though it had been: it is listed nowhere.
    pub async fn pass_notices(
        &self,
        integration: Option<&IntegrationId>,
        notices: &[NewNotice<'_>],
    ) -> Result<(), StoreError> {
        self.put_notices(integration, "passed", notices).await
    }

    async fn put_notices(
        &self,
        integration: Option<&IntegrationId>,
        state: &'static str,
        notices: &[NewNotice<'_>],
    ) -> Result<(), StoreError> {
        let no = match integration {
            Some(integration) => self.no(integration).await?,
            None => 0,
        };
        let mut tx = self.db.begin().await?;
        add(&mut tx, (no, state), self.now(), notices).await?;
        tx.commit().await
    }

    /// Integrations that were deleted at an instant or later, with the workspaces that saw each.
    pub async fn deleted_since(
        &self,
        at: Millis,
    ) -> Result<Vec<(DeletedIntegration, Vec<WorkspaceId>)>, StoreError> {
        const QUERY: &str = "SELECT no, integration_id, name, kind, site_url, deleted_at, removed FROM deleted_integration \
            WHERE deleted_at >= $1 ORDER BY no LIMIT 1000";
        const OF: &str = "SELECT workspace_id FROM deleted_from WHERE deleted_no = $1 ORDER BY workspace_id";
        let mut deleted = vec![];
        for row in self.db.fetch(QUERY, values![at.0]).await? {
            let rows = self.db.fetch(OF, values![row.int(0)?]).await?;
            let workspaces: Vec<WorkspaceId> =
                rows.iter().map(|row| parse_id(row.text(0)?)).collect::<Result<_, _>>()?;
            let one = DeletedIntegration {
                no: row.int(0)?,
                id: parse_id(row.text(1)?)?,
                name: row.text(2)?.to_owned(),
                kind: row.text(3)?.to_owned(),
                site_url: row.text(4)?.to_owned(),
                asked_at: Millis(row.int(5)?),
                asked_by: String::new(),
                deleted_at: Millis(row.int(5)?),
                removed: document(row.text(6)?)?,
                workspaces: vec![],
            };
            deleted.push((one, workspaces));
        }
        Ok(deleted)
    }
}

/// Puts notices where they wait to be sent, or were passed over; those that are there already stay as they are.
async fn add(
    tx: &mut Tx,
    (no, state): (i64, &'static str),
    now: i64,
    notices: &[NewNotice<'_>],
) -> Result<(), StoreError> {
    let query = "INSERT INTO notice (channel_id, incident, what, integration_no, content, at, state, attempts, look_at, said) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, '') ON CONFLICT (channel_id, incident, what) DO NOTHING";
    for one in notices {
        let values = values![
            one.channel.to_string(),
            one.incident,
            one.what,
            no,
            written(one.content)?,
            now,
            state,
            one.look_at.0,
        ];
        tx.execute(sql(query), values).await?;
    }
    Ok(())
}
