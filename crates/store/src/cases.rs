//! Support cases that issues name: the documents that they are read from, and another reading of all of them at once.

use crate::{
    Lease, Store, StoreError,
    bulk::Bulk,
    db::sql,
    forget::pattern,
    integrations::{document, unchanged},
    issues::{CASE, Child},
    leases,
    value::{Row, Value, values},
};
use weir_model::{Integration, IntegrationId, IssueCase};

/// What an issue holds beside its columns, with where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CaseDocument {
    /// Its number.
    pub no: i64,
    /// Its key.
    pub key: String,
    /// Its project.
    pub project_key: String,
    /// Whether it counts in reports.
    pub is_live: bool,
    /// Values by field id, as JSON.
    pub fields: String,
}

/// Rows in one statement.
const TOGETHER: usize = 2_000;

impl Store {
    /// Issues in every state that may have one of these fields filled in, after a number and in order of their numbers.
    pub async fn case_documents(
        &self,
        integration: &IntegrationId,
        fields: &[&str],
        (after, limit): (i64, usize),
    ) -> Result<Vec<CaseDocument>, StoreError> {
        if fields.is_empty() {
            return Ok(Vec::new());
        }
        let named: Vec<String> =
            (3..3 + fields.len()).map(|place| format!("t.fields LIKE ${place} ESCAPE '!'")).collect();
        let query = format!(
            "SELECT i.no, i.key, i.project_key, i.state, t.fields FROM issue i \
             JOIN issue_text t ON t.integration_no = i.integration_no AND t.issue_no = i.no \
             WHERE i.integration_no = $1 AND i.no > $2 AND ({}) ORDER BY i.no LIMIT {limit}",
            named.join(" OR ")
        );
        let no = self.no(integration).await?;
        let mut parameters: Vec<Value> = values![no, after].to_vec();
        parameters.extend(fields.iter().map(|field| Value::from(pattern(field))));
        let mut tx = self.db.begin_reading().await?;
        let one = |row: &Row| {
            Ok(CaseDocument {
                no: row.int(0)?,
                key: row.text(1)?.to_owned(),
                project_key: row.text(2)?.to_owned(),
                is_live: row.text(3)? == "live",
                fields: row.text(4)?.to_owned(),
            })
        };
        tx.fetch(sql(query), &parameters).await?.iter().map(one).collect()
    }

    /// Keeps how cases are read from now on, and what every issue names by that, in one transaction.
    ///
    /// # Errors
    /// `run.busy` without the lease, `integration.changed` when it is not as it was `before`. Nothing is changed then.
    pub async fn read_cases_as(
        &self,
        lease: &Lease,
        (before, after): (&Integration, &Integration),
        cases: &[(i64, IssueCase)],
    ) -> Result<(), StoreError> {
        let no = self.no(&before.id).await?;
        let mut tx = self.db.begin().await?;
        leases::check(&mut tx, lease).await?;
        unchanged(&mut tx, no, before).await?;
        tx.execute(
            sql("UPDATE integration SET settings = $1 WHERE no = $2"),
            values![document(&after.settings)?, no],
        )
        .await?;
        tx.execute(sql("DELETE FROM issue_case WHERE integration_no = $1"), values![no]).await?;
        let bulk = Bulk::new(no);
        for some in cases.chunks(TOGETHER) {
            let rows: Vec<Child<'_, IssueCase>> =
                some.iter().map(|(issue_no, row)| Child { issue_no: *issue_no, row }).collect();
            bulk.insert(&mut tx, &CASE, &rows).await?;
        }
        tx.commit().await
    }
}
