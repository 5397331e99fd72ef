//! The few columns of an issue that a list shows.

use crate::{Store, StoreError, children::for_keys, value::Row};
use std::collections::HashMap;
use weir_model::{IntegrationId, Millis};

/// An issue in a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssueHead {
    /// The source's id.
    pub id: String,
    /// Its key.
    pub key: String,
    /// Its summary; nothing where it has none, or it is left out by configuration.
    pub summary: Option<String>,
    /// Its type.
    pub kind: Option<String>,
    /// Its status.
    pub status: Option<String>,
    /// Who it is assigned to: the name where it is known, else the id.
    pub assignee: Option<String>,
    /// When it was created.
    pub created_at: Option<Millis>,
    /// When it last changed.
    pub updated_at: Option<Millis>,
    /// Where a person finds it.
    pub url: String,
}

impl Store {
    /// Issues by their numbers.
    pub async fn issue_heads(
        &self,
        integration: &IntegrationId,
        numbers: &[i64],
    ) -> Result<HashMap<i64, IssueHead>, StoreError> {
        const QUERY: &str = "SELECT i.no, i.id, i.key, i.summary, i.type, i.status, coalesce(p.name, i.assignee_id), \
            i.created_at, i.updated_at, i.url FROM issue i \
            LEFT JOIN person p ON p.integration_no = i.integration_no AND p.id = i.assignee_id \
            WHERE i.integration_no = $1 AND i.no IN ({keys})";
        let no = self.no(integration).await?;
        let mut tx = self.db.begin_reading().await?;
        let rows = for_keys(&mut tx, QUERY, no, numbers).await?;
        rows.iter().map(|row| Ok((row.int(0)?, read(row)?))).collect()
    }
}

fn read(row: &Row) -> Result<IssueHead, StoreError> {
    let text = |column| Ok::<_, StoreError>(row.maybe_text(column)?.map(str::to_owned));
    Ok(IssueHead {
        id: row.text(1)?.to_owned(),
        key: row.text(2)?.to_owned(),
        summary: text(3)?,
        kind: text(4)?,
        status: text(5)?,
        assignee: text(6)?,
        created_at: row.maybe_int(7)?.map(Millis),
        updated_at: row.maybe_int(8)?.map(Millis),
        url: row.text(9)?.to_owned(),
    })
}
