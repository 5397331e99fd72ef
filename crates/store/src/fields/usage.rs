//! How much fields are used: counts that were made from the issues, and the documents that they are made from.

use crate::{
    Store, StoreError,
    children::for_keys,
    db::{Tx, sql},
    health::UNDER_WAY,
    integrations::unchanged,
    value::{Row, Value, values},
};
use std::sync::Arc;
use weir_model::{Integration, IntegrationId, Millis};

/// In how many issues of a project a field is filled in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldUse {
    /// The field.
    pub field_id: String,
    /// The project.
    pub project_key: String,
    /// Live issues in which it is filled in.
    pub issues: u64,
    /// The number of the first of them.
    pub first_issue_no: i64,
    /// And of the last.
    pub last_issue_no: i64,
}

/// A count of all fields of an integration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldUses {
    /// When it was begun.
    pub counted_at: Millis,
    /// Live issues that were looked at.
    pub issues: u64,
    /// By field and project.
    pub uses: Vec<FieldUse>,
}

/// What an issue holds beside its columns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldDocument {
    /// Its number.
    pub no: i64,
    /// Its key.
    pub key: String,
    /// Its project.
    pub project_key: String,
    /// Values by field id, as JSON.
    pub fields: String,
}

/// For how long a count is good that was made while a run is under way, or before it.
const GOOD_FOR_MS: i64 = 10_000;

/// Rows in one statement.
const TOGETHER: usize = 200;

impl Store {
    /// The count that is kept, unless a run has ended since it was begun; while one is under way, only for some seconds.
    pub async fn field_uses(&self, integration: &IntegrationId) -> Result<Option<FieldUses>, StoreError> {
        let query = format!(
            "SELECT c.counted_at, c.issues FROM field_count c \
             JOIN integration n ON n.no = c.integration_no WHERE n.id = $1 AND NOT EXISTS \
             (SELECT 1 FROM run r WHERE r.integration_no = n.no AND r.ended_at >= c.counted_at) \
             AND (c.counted_at > $3 OR NOT EXISTS (SELECT 1 FROM run r WHERE {UNDER_WAY}))"
        );
        const USES: &str = "SELECT u.field_id, u.project_key, u.issues, u.first_issue_no, u.last_issue_no \
            FROM field_use u JOIN integration n ON n.no = u.integration_no WHERE n.id = $1 \
            ORDER BY u.field_id, u.project_key";
        let id = integration.to_string();
        let mut tx = self.db.begin_reading().await?;
        let now = self.now();
        let counted = tx.fetch(sql(query), values![&*id, now, now - GOOD_FOR_MS]).await?;
        let Some(row) = counted.into_iter().next() else { return Ok(None) };
        let one = |row: &Row| {
            Ok(FieldUse {
                field_id: row.text(0)?.to_owned(),
                project_key: row.text(1)?.to_owned(),
                issues: u64::try_from(row.int(2)?).unwrap_or(0),
                first_issue_no: row.int(3)?,
                last_issue_no: row.int(4)?,
            })
        };
        let uses = tx.fetch(sql(USES), values![&*id]).await?;
        Ok(Some(FieldUses {
            counted_at: Millis(row.int(0)?),
            issues: u64::try_from(row.int(1)?).unwrap_or(0),
            uses: uses.iter().map(one).collect::<Result<_, StoreError>>()?,
        }))
    }

    /// Keeps a count in the place of the one before. `recounts` is [`Store::recounts`] from before it was begun: where rows were
    /// taken away or put back since, it may hold some of them and some not, and is not kept. Gives whether it was.
    ///
    /// # Errors
    /// `integration.changed` when its settings are not those any more by which the issues were read: a field may be left out now.
    pub async fn keep_field_uses(
        &self,
        integration: &Integration,
        counted: &FieldUses,
        recounts: i64,
    ) -> Result<bool, StoreError> {
        let no = self.no(&integration.id).await?;
        let mut tx = self.db.begin().await?;
        // It holds the row, so that nothing is taken away or put back until this is kept.
        unchanged(&mut tx, no, integration).await?;
        let now = tx.fetch(sql("SELECT recounts FROM integration WHERE no = $1"), values![no]).await?;
        if now.first().map(|row| row.int(0)).transpose()? != Some(recounts) {
            return Ok(false);
        }
        forget_uses(&mut tx, no).await?;
        for some in counted.uses.chunks(TOGETHER) {
            let places: Vec<String> = (0..some.len())
                .map(|row| {
                    let at = |column: usize| row * 5 + column + 2;
                    format!("($1,${},${},${},${},${})", at(0), at(1), at(2), at(3), at(4))
                })
                .collect();
            let text = format!(
                "INSERT INTO field_use (integration_no, field_id, project_key, issues, first_issue_no, last_issue_no) \
                 VALUES {}",
                places.join(",")
            );
            let mut parameters: Vec<Value> = values![no].to_vec();
            for one in some {
                parameters.extend(
                    values![
                        &*one.field_id,
                        &*one.project_key,
                        one.issues,
                        one.first_issue_no,
                        one.last_issue_no
                    ]
                    .iter()
                    .cloned(),
                );
            }
            tx.execute(sql(text), &parameters).await?;
        }
        tx.execute(
            sql("INSERT INTO field_count (integration_no, counted_at, issues) VALUES ($1, $2, $3)"),
            values![no, counted.counted_at.0, counted.issues],
        )
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Live issues after a number, in order of their numbers.
    pub async fn field_documents(
        &self,
        integration: &IntegrationId,
        after: i64,
        limit: usize,
    ) -> Result<Vec<FieldDocument>, StoreError> {
        let query = format!(
            "{DOCUMENT} WHERE i.integration_no = $1 AND i.no > $2 AND i.state = 'live' ORDER BY i.no LIMIT {limit}"
        );
        let no = self.no(integration).await?;
        let mut tx = self.db.begin_reading().await?;
        tx.fetch(sql(query), values![no, after]).await?.iter().map(document).collect()
    }

    /// Some live issues by their numbers, in no order.
    pub async fn field_documents_of(
        &self,
        integration: &IntegrationId,
        numbers: &[i64],
    ) -> Result<Vec<FieldDocument>, StoreError> {
        let query =
            format!("{DOCUMENT} WHERE i.integration_no = $1 AND i.no IN ({{keys}}) AND i.state = 'live'");
        let no = self.no(integration).await?;
        let mut tx = self.db.begin_reading().await?;
        for_keys(&mut tx, &query, no, numbers).await?.iter().map(document).collect()
    }

    /// The newest live issues that may have a field filled in.
    pub async fn field_documents_with(
        &self,
        integration: &IntegrationId,
        field: &str,
        limit: usize,
    ) -> Result<Vec<FieldDocument>, StoreError> {
        let query = format!(
            "{DOCUMENT} WHERE i.integration_no = $1 AND i.state = 'live' AND t.fields LIKE $2 ESCAPE '!' \
             ORDER BY i.no DESC LIMIT {limit}"
        );
        let no = self.no(integration).await?;
        let pattern = crate::forget::pattern(field);
        let mut tx = self.db.begin_reading().await?;
        tx.fetch(sql(query), values![no, pattern]).await?.iter().map(document).collect()
    }
}

const DOCUMENT: &str = "SELECT i.no, i.key, i.project_key, t.fields FROM issue i \
    JOIN issue_text t ON t.integration_no = i.integration_no AND t.issue_no = i.no";

fn document(row: &Row) -> Result<FieldDocument, StoreError> {
    Ok(FieldDocument {
        no: row.int(0)?,
        key: row.text(1)?.to_owned(),
        project_key: row.text(2)?.to_owned(),
        fields: row.text(3)?.to_owned(),
    })
}

/// Notes that issues count now, or do not any more, or have lost values, by something else than a run: whoever keeps a count has to make
/// it anew.
pub(crate) async fn recount(tx: &mut Tx, integration_no: i64) -> Result<(), StoreError> {
    forget_uses(tx, integration_no).await?;
    let noted = sql("UPDATE integration SET recounts = recounts + 1 WHERE no = $1");
    tx.execute(noted, values![integration_no]).await.map(drop)
}

/// Forgets the count of an integration.
async fn forget_uses(tx: &mut Tx, integration_no: i64) -> Result<(), StoreError> {
    for table in ["field_use", "field_count"] {
        let text: Arc<str> = format!("DELETE FROM {table} WHERE integration_no = $1").into();
        tx.execute(sql(text), values![integration_no]).await?;
    }
    Ok(())
}
