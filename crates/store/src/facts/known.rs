//! What reports have to know besides issues, as it is today.

use crate::{
    Store, StoreError,
    db::{Tx, sql},
    integrations::unknown,
    value::{Row, values},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
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

/// What was read of this, with the changes that it holds: it is read again after the next one.
#[derive(Debug, Default)]
pub(crate) struct Known {
    contexts: Kept<ReportContext>,
    names: Kept<HashMap<String, String>>,
}

/// Of each integration by its number what was read last, and of which version.
type Kept<T> = Mutex<HashMap<i64, (KnownVersion, Arc<T>)>>;

/// How often something changed, by runs and by something else.
pub type KnownVersion = (i64, i64);

fn kept<T>(all: &Kept<T>, no: i64, version: KnownVersion) -> Option<Arc<T>> {
    let all = all.lock().unwrap_or_else(PoisonError::into_inner);
    all.get(&no).filter(|(of, _)| *of == version).map(|(_, known)| Arc::clone(known))
}

fn keep<T>(all: &Kept<T>, no: i64, version: KnownVersion, known: T) -> Arc<T> {
    let known = Arc::new(known);
    all.lock().unwrap_or_else(PoisonError::into_inner).insert(no, (version, Arc::clone(&known)));
    known
}

impl Known {
    /// Forgets what was read of an integration that is gone.
    pub(crate) fn forget(&self, no: i64) {
        self.contexts.lock().unwrap_or_else(PoisonError::into_inner).remove(&no);
        self.names.lock().unwrap_or_else(PoisonError::into_inner).remove(&no);
    }
}

/// Notes that something changed which reports know besides issues.
pub(crate) async fn note_known_changed(tx: &mut Tx, integration_no: i64) -> Result<(), StoreError> {
    let noted = sql("UPDATE integration SET known_changes = known_changes + 1 WHERE no = $1");
    tx.execute(noted, values![integration_no]).await.map(drop)
}

impl Store {
    /// What is known of an integration's site besides its issues, and its version: another one may say otherwise.
    pub async fn report_context(
        &self,
        integration: &IntegrationId,
    ) -> Result<(KnownVersion, Arc<ReportContext>), StoreError> {
        let (no, version) = self.version_of_known(integration).await?;
        if let Some(context) = kept(&self.known.contexts, no, version) {
            return Ok((version, context));
        }
        let context = self.read_context(no).await?;
        Ok((version, keep(&self.known.contexts, no, version, context)))
    }

    /// The names of the people of an integration's site, by their ids.
    pub async fn names_of_people(
        &self,
        integration: &IntegrationId,
    ) -> Result<Arc<HashMap<String, String>>, StoreError> {
        const QUERY: &str =
            "SELECT id, name FROM person WHERE integration_no = $1 AND name IS NOT NULL AND name <> ''";
        let (no, version) = self.version_of_known(integration).await?;
        if let Some(names) = kept(&self.known.names, no, version) {
            return Ok(names);
        }
        let rows = self.db.fetch(QUERY, values![no]).await?;
        let pair = |row: &Row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned()));
        let names: HashMap<String, String> = rows.iter().map(pair).collect::<Result<_, StoreError>>()?;
        Ok(keep(&self.known.names, no, version, names))
    }

    async fn version_of_known(&self, integration: &IntegrationId) -> Result<(i64, KnownVersion), StoreError> {
        const QUERY: &str = "SELECT no, known_changes, recounts FROM integration WHERE id = $1";
        let row = self.db.first(QUERY, values![integration.to_string()]).await?;
        let row = row.ok_or_else(|| unknown(integration))?;
        Ok((row.int(0)?, (row.int(1)?, row.int(2)?)))
    }

    async fn read_context(&self, no: i64) -> Result<ReportContext, StoreError> {
        const INACTIVE: &str =
            "SELECT id FROM person WHERE integration_no = $1 AND active = FALSE ORDER BY id";
        const STATUSES: &str =
            "SELECT id, name, category, scope_project_id FROM status WHERE integration_no = $1 ORDER BY id";
        const SPRINTS: &str = "SELECT id, board_id, name, state, goal, start_at, end_at, completed_at FROM sprint \
            WHERE integration_no = $1 ORDER BY id";
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
