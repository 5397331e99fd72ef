//! Deleting integrations: asked for, taken back, done; and the receipts that stay.

use crate::{
    Store, StoreError,
    db::{Tx, sql},
    edits::Compaction,
    integrations::{OWNED, parse_id, read as read_integration, unknown},
    leases,
    value::{Row, values},
};
use futures::StreamExt as _;
use std::collections::BTreeMap;
use weir_model::{DeletedIntegration, Deletion, IntegrationId, Millis, Reach};

/// What a receipt counts, by table.
const COUNTED: [(&str, &str); 12] = [
    ("issue", "issues"),
    ("issue_change", "changes"),
    ("issue_comment", "comments"),
    ("issue_worklog", "worklogs"),
    ("issue_link", "links"),
    ("project", "projects"),
    ("person", "people"),
    ("board", "boards"),
    ("sprint", "sprints"),
    ("run", "runs"),
    ("certificate", "certificates"),
    ("quarantine", "unreadable issues"),
];

/// What people made here by hand: no import brings it back.
const MADE_HERE: [(&str, &str); 3] =
    [("hygiene_rule", "hygiene rules"), ("field_mapping", "mapped fields"), ("nudge", "nudges")];

impl Store {
    /// Asks for the deletion of an integration at `due_at`. One that is asked for already is moved.
    ///
    /// # Errors
    /// `integration.unknown`.
    pub async fn ask_deletion(
        &self,
        integration: &IntegrationId,
        asked_by: &str,
        due_at: Millis,
    ) -> Result<Deletion, StoreError> {
        let no = self.no(integration).await?;
        let query = "INSERT INTO deletion (integration_no, asked_at, asked_by, due_at) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (integration_no) DO UPDATE SET asked_at = excluded.asked_at, asked_by = excluded.asked_by, \
            due_at = excluded.due_at";
        let asked_at = self.now();
        self.db.execute(query, values![no, asked_at, asked_by, due_at.0]).await?;
        Ok(Deletion { asked_at: Millis(asked_at), asked_by: asked_by.to_owned(), due_at })
    }

    /// Takes a deletion back; `false` when none was asked for.
    ///
    /// # Errors
    /// `integration.unknown`, also when it has been done meanwhile.
    pub async fn cancel_deletion(&self, integration: &IntegrationId) -> Result<bool, StoreError> {
        let no = self.no(integration).await?;
        Ok(self.db.execute("DELETE FROM deletion WHERE integration_no = $1", values![no]).await? > 0)
    }

    /// The deletion that an integration waits for.
    pub async fn deletion(&self, integration: &IntegrationId) -> Result<Option<Deletion>, StoreError> {
        const QUERY: &str = "SELECT d.asked_at, d.asked_by, d.due_at FROM deletion d \
            JOIN integration n ON n.no = d.integration_no WHERE n.id = $1";
        let row = self.db.first(QUERY, values![integration.to_string()]).await?;
        row.map(|row| read(&row, 0)).transpose()
    }

    /// How many rows of each kind would go with an integration, in the words of the receipt.
    ///
    /// # Errors
    /// `integration.unknown`.
    pub async fn removable(&self, integration: &IntegrationId) -> Result<Vec<(String, u64)>, StoreError> {
        self.rows_of(integration, &COUNTED).await
    }

    /// The same of what people made here by hand, which no import brings back.
    ///
    /// # Errors
    /// `integration.unknown`.
    pub async fn removable_made_here(
        &self,
        integration: &IntegrationId,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        self.rows_of(integration, &MADE_HERE).await
    }

    async fn rows_of(
        &self,
        integration: &IntegrationId,
        tables: &[(&str, &str)],
    ) -> Result<Vec<(String, u64)>, StoreError> {
        let no = self.no(integration).await?;
        let mut all = vec![];
        for (table, word) in tables {
            let query = format!("SELECT count(*) FROM {table} WHERE integration_no = {no}");
            let rows = self.all(query, &[]).await?;
            all.push(((*word).to_owned(), rows.first().map_or(Ok(0), |row| row.count(0))?));
        }
        Ok(all)
    }

    /// Deletes an integration and every row that belongs to it, at once. The receipt says who had asked for it before, and
    /// `by` where nobody had.
    pub async fn delete_integration(
        &self,
        integration: &IntegrationId,
        by: &str,
    ) -> Result<(DeletedIntegration, Compaction), StoreError> {
        let no = self.no(integration).await?;
        self.db.outside(self.db.dialect().before_forgetting()).await?;
        let mut tx = self.db.begin().await?;
        let deletion = waiting(&mut tx, no).await?;
        let now = self.instant();
        let deletion = deletion.unwrap_or(Deletion { asked_at: now, asked_by: by.to_owned(), due_at: now });
        let deleted = purge(&mut tx, integration, no, &deletion, now).await?;
        tx.commit().await?;
        self.known.forget(no);
        Ok((deleted, self.compacted().await))
    }

    /// The same for one whose deletion is due, under its lease; `None` when it has been taken back or moved.
    ///
    /// # Errors
    /// `run.busy` without the lease.
    pub async fn delete_due(
        &self,
        integration: &IntegrationId,
        lease: &crate::Lease,
    ) -> Result<Option<(DeletedIntegration, Compaction)>, StoreError> {
        let no = self.no(integration).await?;
        self.db.outside(self.db.dialect().before_forgetting()).await?;
        let mut tx = self.db.begin().await?;
        leases::check(&mut tx, lease).await?;
        let now = self.instant();
        let Some(deletion) = waiting(&mut tx, no).await?.filter(|deletion| deletion.due_at <= now) else {
            return Ok(None);
        };
        let deleted = purge(&mut tx, integration, no, &deletion, now).await?;
        tx.commit().await?;
        self.known.forget(no);
        Ok(Some((deleted, self.compacted().await)))
    }

    /// Receipts within reach, newest first: at most `limit` of those before the number `after`.
    pub async fn deleted_integrations(
        &self,
        reach: &Reach,
        after: Option<i64>,
        limit: u32,
    ) -> Result<Vec<DeletedIntegration>, StoreError> {
        let within = match reach {
            Reach::Everything => "1 = 1".to_owned(),
            Reach::Workspaces(ids) if ids.is_empty() => return Ok(vec![]),
            Reach::Workspaces(ids) => {
                let ids: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
                format!(
                    "no IN (SELECT deleted_no FROM deleted_from WHERE workspace_id IN ({}))",
                    ids.join(", ")
                )
            }
        };
        let query = format!(
            "SELECT no, integration_id, name, kind, site_url, asked_at, asked_by, deleted_at, removed \
             FROM deleted_integration WHERE no < $1 AND {within} ORDER BY no DESC LIMIT {limit}"
        );
        let mut rows = self.db.stream(sql(query), values![after.unwrap_or(i64::MAX)]);
        let mut receipts = vec![];
        while let Some(row) = rows.next().await {
            receipts.push(read_receipt(&row?)?);
        }
        Ok(receipts)
    }

    async fn compacted(&self) -> Compaction {
        match self.db.leave_no_trace().await {
            Ok(()) => Compaction::Done,
            Err(error) => Compaction::Failed(Box::new(error.message().clone())),
        }
    }
}

/// The deletion that an integration waits for, held until the transaction ends.
async fn waiting(tx: &mut Tx, no: i64) -> Result<Option<Deletion>, StoreError> {
    let lock = tx.dialect().exclusive_lock();
    let query = format!("SELECT asked_at, asked_by, due_at FROM deletion WHERE integration_no = $1{lock}");
    tx.fetch(sql(query), values![no]).await?.first().map(|row| read(row, 0)).transpose()
}

/// Deletes every row, and writes the receipt.
async fn purge(
    tx: &mut Tx,
    id: &IntegrationId,
    no: i64,
    deletion: &Deletion,
    now: Millis,
) -> Result<DeletedIntegration, StoreError> {
    let lock = tx.dialect().exclusive_lock();
    let query = format!("SELECT id, name, kind, settings, created_at FROM integration WHERE no = $1{lock}");
    let found = tx.fetch(sql(query), values![no]).await?;
    let integration = read_integration(found.first().ok_or_else(|| unknown(id))?)?;
    let workspaces = tx
        .fetch(sql("SELECT workspace_id FROM workspace_integration WHERE integration_no = $1"), values![no])
        .await?
        .iter()
        .map(|row| parse_id(row.text(0)?))
        .collect::<Result<Vec<_>, _>>()?;
    // First the lease: a run that still holds it cannot commit any more.
    tx.execute(sql("DELETE FROM lease WHERE integration_no = $1"), values![no]).await?;
    tx.execute(
        sql("DELETE FROM renewal WHERE home = (SELECT 'integration ' || id FROM integration WHERE no = $1)"),
        values![no],
    )
    .await?;
    let mut gone: BTreeMap<&str, u64> = BTreeMap::new();
    for table in OWNED {
        let query = format!("DELETE FROM {table} WHERE integration_no = $1");
        gone.insert(table, tx.execute(sql(query), values![no]).await?);
    }
    // What is still to be told of it is told, of no integration that is there.
    tx.execute(sql("UPDATE notice SET integration_no = 0 WHERE integration_no = $1"), values![no]).await?;
    tx.execute(sql("DELETE FROM integration WHERE no = $1"), values![no]).await?;
    let count = |(table, word): &(&str, &str)| ((*word).to_owned(), gone.get(table).copied().unwrap_or(0));
    let mut deleted = DeletedIntegration {
        no: 0,
        id: *id,
        name: integration.name,
        kind: integration.kind,
        site_url: integration.settings.site_url,
        asked_at: deletion.asked_at,
        asked_by: deletion.asked_by.clone(),
        deleted_at: now,
        removed: COUNTED.iter().chain(&MADE_HERE).map(count).collect(),
        workspaces,
    };
    deleted.no = keep_receipt(tx, &deleted).await?;
    Ok(deleted)
}

async fn keep_receipt(tx: &mut Tx, deleted: &DeletedIntegration) -> Result<i64, StoreError> {
    let removed = serde_json::to_string(&deleted.removed)
        .map_err(|error| StoreError::bug(format!("A receipt cannot be written: {error}")))?;
    let rows = tx
        .fetch(
            sql("INSERT INTO deleted_integration (integration_id, name, kind, site_url, asked_at, asked_by, deleted_at, \
                 removed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING no"),
            values![
                deleted.id.to_string(),
                &*deleted.name,
                &*deleted.kind,
                &*deleted.site_url,
                deleted.asked_at.0,
                &*deleted.asked_by,
                deleted.deleted_at.0,
                removed,
            ],
        )
        .await?;
    let no = rows.first().ok_or_else(|| StoreError::bug("A receipt has no number"))?.int(0)?;
    for workspace in &deleted.workspaces {
        tx.execute(
            sql("INSERT INTO deleted_from (deleted_no, workspace_id) VALUES ($1, $2)"),
            values![no, workspace.to_string()],
        )
        .await?;
    }
    Ok(no)
}

/// Out of three columns, from this one on.
pub(crate) fn read(row: &Row, from: usize) -> Result<Deletion, StoreError> {
    Ok(Deletion {
        asked_at: Millis(row.int(from)?),
        asked_by: row.text(from + 1)?.to_owned(),
        due_at: Millis(row.int(from + 2)?),
    })
}

fn read_receipt(row: &Row) -> Result<DeletedIntegration, StoreError> {
    Ok(DeletedIntegration {
        no: row.int(0)?,
        id: parse_id(row.text(1)?)?,
        name: row.text(2)?.to_owned(),
        kind: row.text(3)?.to_owned(),
        site_url: row.text(4)?.to_owned(),
        asked_at: Millis(row.int(5)?),
        asked_by: row.text(6)?.to_owned(),
        deleted_at: Millis(row.int(7)?),
        removed: serde_json::from_str(row.text(8)?)
            .map_err(|error| StoreError::bug(format!("A receipt cannot be read: {error}")))?,
        workspaces: vec![],
    })
}
