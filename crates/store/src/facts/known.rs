//! What reports have to know besides issues, as it is today.

use crate::{
    Store, StoreError,
    value::{Row, values},
};
use std::collections::HashMap;
use weir_model::{IntegrationId, Millis, Sprint, Status, StatusCategory};

/// What is known of people, statuses, sprints and names.
#[derive(Clone, Debug, Default)]
pub struct ReportContext {
    /// Ids of people whose account is not active any more.
    pub inactive: Vec<String>,
    /// Every status.
    pub statuses: Vec<Status>,
    /// Every sprint.
    pub sprints: Vec<Sprint>,
    /// Issue types.
    pub types: Vec<(String, String)>,
    /// Priorities.
    pub priorities: Vec<(String, String)>,
    /// Resolutions.
    pub resolutions: Vec<(String, String)>,
    /// Components.
    pub components: Vec<(String, String)>,
    /// Versions.
    pub versions: Vec<(String, String)>,
    /// Projects, with their keys.
    pub projects: Vec<(String, String)>,
}

impl Store {
    /// What is known of an integration's site besides its issues.
    pub async fn report_context(&self, integration: &IntegrationId) -> Result<ReportContext, StoreError> {
        const INACTIVE: &str =
            "SELECT id FROM person WHERE integration_no = $1 AND active = FALSE ORDER BY id";
        const STATUSES: &str =
            "SELECT id, name, category, scope_project_id FROM status WHERE integration_no = $1 ORDER BY id";
        const SPRINTS: &str = "SELECT id, board_id, name, state, goal, start_at, end_at, completed_at FROM sprint \
            WHERE integration_no = $1 ORDER BY id";
        let no = self.no(integration).await?;
        let text = |row: &Row| row.text(0).map(str::to_owned);
        let named = async |query| {
            let rows = self.db.fetch(query, values![no]).await?;
            let pair = |row: &Row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned()));
            rows.iter().map(pair).collect::<Result<Vec<(String, String)>, StoreError>>()
        };
        let inactive = self.db.fetch(INACTIVE, values![no]).await?;
        let statuses = self.db.fetch(STATUSES, values![no]).await?;
        let sprints = self.db.fetch(SPRINTS, values![no]).await?;
        Ok(ReportContext {
            inactive: inactive.iter().map(text).collect::<Result<_, _>>()?,
            statuses: statuses.iter().map(status).collect::<Result<_, _>>()?,
            sprints: sprints.iter().map(sprint).collect::<Result<_, _>>()?,
            types: named("SELECT id, name FROM issue_type WHERE integration_no = $1 ORDER BY id").await?,
            priorities: named("SELECT id, name FROM priority WHERE integration_no = $1 ORDER BY id").await?,
            resolutions: named("SELECT id, name FROM resolution WHERE integration_no = $1 ORDER BY id")
                .await?,
            components: named("SELECT id, name FROM component WHERE integration_no = $1 ORDER BY id").await?,
            versions: named("SELECT id, name FROM version WHERE integration_no = $1 ORDER BY id").await?,
            projects: named("SELECT id, key FROM project WHERE integration_no = $1 ORDER BY id").await?,
        })
    }
}

impl Store {
    /// The names of the people of an integration's site, by their ids.
    pub async fn names_of_people(
        &self,
        integration: &IntegrationId,
    ) -> Result<HashMap<String, String>, StoreError> {
        const QUERY: &str = "SELECT p.id, p.name FROM person p JOIN integration n ON n.no = p.integration_no \
            WHERE n.id = $1 AND p.name IS NOT NULL AND p.name <> ''";
        let rows = self.db.fetch(QUERY, values![integration.to_string()]).await?;
        rows.iter().map(|row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned()))).collect()
    }
}

fn status(row: &Row) -> Result<Status, StoreError> {
    Ok(Status {
        id: row.text(0)?.to_owned(),
        name: row.text(1)?.to_owned(),
        category: row.maybe_text(2)?.and_then(StatusCategory::named),
        scope_project_id: row.maybe_text(3)?.map(str::to_owned),
    })
}

fn sprint(row: &Row) -> Result<Sprint, StoreError> {
    let at = |column| Ok::<_, StoreError>(row.maybe_int(column)?.map(Millis));
    let text = |column| Ok::<_, StoreError>(row.maybe_text(column)?.map(str::to_owned));
    Ok(Sprint {
        id: row.text(0)?.to_owned(),
        board_id: text(1)?,
        name: row.text(2)?.to_owned(),
        state: text(3)?,
        goal: text(4)?,
        start_at: at(5)?,
        end_at: at(6)?,
        completed_at: at(7)?,
    })
}
