//! The audit log: lines are added and read, never changed.

use crate::{
    Store, StoreError,
    db::sql,
    integrations::parse_id,
    value::{Row, Value, values},
};
use futures::StreamExt as _;
use weir_model::{AuditEvent, IntegrationId, Millis, Reach};

/// Which lines of the audit log are looked for. What is `None` is not looked at.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AuditFilter {
    /// What was done, or the first part of it: `session` takes `session.begin` too.
    pub action: Option<String>,
    /// Who, by the name at that time.
    pub actor: Option<String>,
    /// `done`, `refused` or `failed`.
    pub outcome: Option<String>,
    /// From this moment on.
    pub since: Option<Millis>,
    /// Before this moment.
    pub until: Option<Millis>,
}

/// The columns of a line, as [`read`] takes them after its number.
pub(crate) const COLUMNS: &str = "no, happened_at, actor_kind, actor_id, actor, action, subject, workspace_id, outcome, address, \
    request_id, detail, integration_id";

impl Store {
    /// Adds a line.
    pub async fn add_audit_event(&self, event: &AuditEvent) -> Result<(), StoreError> {
        let query = "INSERT INTO audit_event (happened_at, actor_kind, actor_id, actor, action, subject, workspace_id, \
            outcome, address, request_id, detail, integration_id) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
        let detail = serde_json::to_string(&event.detail).map_err(|error| {
            StoreError::bug(format!("A line of the audit log cannot be written: {error}"))
        })?;
        let workspace = event.workspace.map(|id| id.to_string());
        let values = values![
            event.at.0,
            &*event.actor_kind,
            event.actor_id.as_deref(),
            &*event.actor,
            &*event.action,
            &*event.subject,
            workspace.as_deref(),
            &*event.outcome,
            &*event.address,
            &*event.request_id,
            detail,
            event.integration.map(|id| id.to_string()).as_deref(),
        ];
        self.db.execute(query, values).await.map(|_| ())
    }

    /// Lines within reach that the filter takes, with their numbers, newest first: at most `limit` of those before the
    /// number `after`. Who reaches everything also sees what belongs to no workspace.
    pub async fn audit_events(
        &self,
        reach: &Reach,
        filter: &AuditFilter,
        after: Option<i64>,
        limit: u32,
    ) -> Result<Vec<(i64, AuditEvent)>, StoreError> {
        let within = match reach {
            Reach::Everything => "1 = 1".to_owned(),
            Reach::Workspaces(ids) if ids.is_empty() => return Ok(vec![]),
            Reach::Workspaces(ids) => {
                let ids: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
                format!("workspace_id IN ({})", ids.join(", "))
            }
        };
        let query = format!(
            "SELECT {COLUMNS} FROM audit_event WHERE no < $1 AND {within} \
             AND ($2 = '' OR action = $2 OR substr(action, 1, length($2) + 1) = $2 || '.') \
             AND ($3 = '' OR actor = $3) AND ($4 = '' OR outcome = $4) \
             AND happened_at >= $5 AND happened_at < $6 ORDER BY no DESC LIMIT {limit}"
        );
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let values = values![
            after.unwrap_or(i64::MAX),
            text(&filter.action),
            text(&filter.actor),
            text(&filter.outcome),
            filter.since.map_or(i64::MIN, |at| at.0),
            filter.until.map_or(i64::MAX, |at| at.0),
        ];
        self.lines(query, values).await
    }

    /// What was done to an integration, newest first: at most `limit` of the lines before the number `after`. A deed that
    /// stands in the log of several workspaces is one of these.
    pub async fn activity_of(
        &self,
        integration: &IntegrationId,
        after: Option<i64>,
        limit: u32,
    ) -> Result<Vec<(i64, AuditEvent)>, StoreError> {
        let query = format!(
            "SELECT {COLUMNS} FROM audit_event WHERE integration_id = $1 AND no < $2 AND no IN \
             (SELECT min(no) FROM audit_event WHERE integration_id = $1 GROUP BY request_id, action, happened_at) \
             ORDER BY no DESC LIMIT {limit}"
        );
        self.lines(query, values![integration.to_string(), after.unwrap_or(i64::MAX)]).await
    }

    async fn lines(&self, query: String, values: &[Value]) -> Result<Vec<(i64, AuditEvent)>, StoreError> {
        let mut rows = self.db.stream(sql(query), values);
        let mut events = Vec::new();
        while let Some(row) = rows.next().await {
            let row = row?;
            events.push((row.int(0)?, read(&row)?));
        }
        Ok(events)
    }
}

pub(crate) fn read(row: &Row) -> Result<AuditEvent, StoreError> {
    Ok(AuditEvent {
        at: Millis(row.int(1)?),
        actor_kind: row.text(2)?.to_owned(),
        actor_id: row.maybe_text(3)?.map(str::to_owned),
        actor: row.text(4)?.to_owned(),
        action: row.text(5)?.to_owned(),
        subject: row.text(6)?.to_owned(),
        workspace: row.maybe_text(7)?.map(parse_id).transpose()?,
        outcome: row.text(8)?.to_owned(),
        address: row.text(9)?.to_owned(),
        request_id: row.text(10)?.to_owned(),
        detail: serde_json::from_str(row.text(11)?)
            .map_err(|error| StoreError::bug(format!("A line of the audit log cannot be read: {error}")))?,
        integration: row.maybe_text(12)?.map(parse_id).transpose()?,
    })
}
