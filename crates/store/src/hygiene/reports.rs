//! Reports that people keep.

use super::{key_of, settings::place_of};
use crate::{
    Store, StoreError,
    error::taken,
    integrations::parse_id,
    value::{Row, values},
};
use weir_model::{HygieneFault, HygieneReportId, KeptReport, Message, Millis, Reach, WorkspaceId};

impl Store {
    /// Reports within reach, by name: those of these workspaces; those of the installation with everything.
    pub async fn hygiene_reports(&self, reach: &Reach) -> Result<Vec<KeptReport>, StoreError> {
        const QUERY: &str = "SELECT id, workspace_id, name, document, revision, created_at, changed_at FROM hygiene_report \
            ORDER BY name_key, id";
        let rows = self.db.fetch(QUERY, &[]).await?;
        let mut all = rows.iter().map(read).collect::<Result<Vec<_>, StoreError>>()?;
        if let Reach::Workspaces(ids) = reach {
            all.retain(|report| report.workspace.is_some_and(|workspace| ids.contains(&workspace)));
        }
        Ok(all)
    }

    /// One report.
    pub async fn hygiene_report(&self, id: &HygieneReportId) -> Result<Option<KeptReport>, StoreError> {
        const QUERY: &str = "SELECT id, workspace_id, name, document, revision, created_at, changed_at FROM hygiene_report \
            WHERE id = $1";
        self.db.first(QUERY, values![id.to_string()]).await?.as_ref().map(read).transpose()
    }

    /// Adds a report.
    ///
    /// # Errors
    /// `hygiene.report_taken`.
    pub async fn add_hygiene_report(&self, report: &KeptReport) -> Result<(), StoreError> {
        let query = "INSERT INTO hygiene_report (id, workspace_id, name, name_key, document, revision, created_at, changed_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let values = values![
            report.id.to_string(),
            place_of(report.workspace.as_ref()),
            &*report.name,
            key_of(&report.name),
            &*report.document,
            report.revision,
            report.created_at.0,
            report.changed_at.0,
        ];
        self.db.execute(query, values).await.map(drop).map_err(|error| or_taken(error, &report.name))
    }

    /// Makes a report what it is to be, if it still is of the revision before.
    ///
    /// # Errors
    /// `hygiene.report_taken`, `changed.meanwhile`.
    pub async fn change_hygiene_report(&self, report: &KeptReport) -> Result<(), StoreError> {
        let query = "UPDATE hygiene_report SET name = $1, name_key = $2, document = $3, revision = $4, changed_at = $5 \
            WHERE id = $6 AND revision = $7";
        let values = values![
            &*report.name,
            key_of(&report.name),
            &*report.document,
            report.revision,
            report.changed_at.0,
            report.id.to_string(),
            report.revision - 1,
        ];
        match self.db.execute(query, values).await.map_err(|error| or_taken(error, &report.name))? {
            0 => Err(Message::ChangedMeanwhile {}.into()),
            _ => Ok(()),
        }
    }

    /// Takes a report away, if it still is of this revision.
    ///
    /// # Errors
    /// `changed.meanwhile`.
    pub async fn delete_hygiene_report(&self, id: &HygieneReportId, revision: i64) -> Result<(), StoreError> {
        let query = "DELETE FROM hygiene_report WHERE id = $1 AND revision = $2";
        match self.db.execute(query, values![id.to_string(), revision]).await? {
            0 => Err(Message::ChangedMeanwhile {}.into()),
            _ => Ok(()),
        }
    }
}

fn read(row: &Row) -> Result<KeptReport, StoreError> {
    let workspace: Option<WorkspaceId> = match row.text(1)? {
        "" => None,
        id => Some(parse_id(id)?),
    };
    Ok(KeptReport {
        id: parse_id(row.text(0)?)?,
        workspace,
        name: row.text(2)?.to_owned(),
        document: row.text(3)?.to_owned(),
        revision: row.int(4)?,
        created_at: Millis(row.int(5)?),
        changed_at: Millis(row.int(6)?),
    })
}

fn or_taken(error: StoreError, name: &str) -> StoreError {
    taken(error, || HygieneFault::ReportTaken { name: name.to_owned() }.into())
}
