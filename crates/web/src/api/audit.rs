//! The audit log.

use crate::{
    app::App,
    auth::{
        policy::{self, Action},
        principal::Caller,
    },
    http::{
        Problem,
        extract::Params,
        paging::{Page, PageQuery},
        tag::Answer,
    },
};
use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Who did what to what, from where, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditEvent {
    at: String,
    /// `account`, `key`, `command_line` or `stranger`.
    actor_kind: String,
    actor_id: Option<String>,
    /// The name at that time.
    actor: String,
    action: String,
    subject: String,
    workspace: Option<String>,
    /// `done`, `refused` or `failed`.
    outcome: String,
    address: String,
    request_id: String,
    detail: BTreeMap<String, String>,
}

impl From<weir_model::AuditEvent> for AuditEvent {
    fn from(event: weir_model::AuditEvent) -> Self {
        Self {
            at: event.at.rfc3339(),
            actor_kind: event.actor_kind,
            actor_id: event.actor_id,
            actor: event.actor,
            action: event.action,
            subject: event.subject,
            workspace: event.workspace.map(|id| id.to_string()),
            outcome: event.outcome,
            address: event.address,
            request_id: event.request_id,
            detail: event.detail.into_iter().collect(),
        }
    }
}

/// Lines of the audit log, newest first
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(PageQuery),
    responses((status = 200, description = "A page of those within reach", body = Page<AuditEvent>)))]
pub(super) async fn list_audit_events(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<PageQuery>,
) -> Result<Answer<Page<AuditEvent>>, Problem> {
    let window = query.window()?;
    let reach = policy::reach(&caller.principal, Action::ReadAudit);
    let found = app.store.audit_events(&reach, window.after_as()?, window.wanted()).await?;
    let page = window.page(found, |(no, _)| no.to_string(), |(_, event)| AuditEvent::from(event));
    Ok(Answer(StatusCode::OK, page))
}
