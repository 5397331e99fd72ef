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
        paging::{Page, Window},
    },
};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use weir_model::Millis;
use weir_store::AuditFilter;

/// Who did what to what, from where, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditEvent {
    at: String,
    /// `account`, `key`, `command_line`, `scheduler` for what the server does by itself, or `stranger` for somebody who is not
    /// signed in.
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

/// Which lines.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// At most this many.
    #[param(minimum = 1, maximum = 100)]
    pub(crate) limit: Option<u32>,
    /// `next` of the page before.
    #[param(pattern = "^([0-9a-f]{2})+$")]
    pub(crate) after: Option<String>,
    /// What was done, such as `key.create`, or the first part of it, such as `key`.
    #[param(pattern = r"^[^\u0000]*$")]
    pub(crate) action: Option<String>,
    /// Who did it: what they sign in as, or the name of the key.
    #[param(pattern = r"^[^\u0000]*$")]
    pub(crate) actor: Option<String>,
    /// `done`, `refused` or `failed`.
    #[param(pattern = "^(done|refused|failed)$")]
    pub(crate) outcome: Option<String>,
    /// From this instant on: RFC 3339.
    #[param(format = DateTime)]
    pub(crate) since: Option<String>,
    /// Before this instant: RFC 3339.
    #[param(format = DateTime)]
    pub(crate) until: Option<String>,
}

/// What can come of a deed.
const OUTCOMES: [&str; 3] = ["done", "refused", "failed"];

impl AuditQuery {
    /// The filter; what was left empty in a form is none.
    pub(crate) fn filter(&self) -> Result<AuditFilter, Problem> {
        let instant = |name: &str, text: Option<&str>| match text {
            None => Ok(None),
            Some(text) => match text.parse::<jiff::Timestamp>() {
                Ok(at) => Ok(Some(Millis(at.as_millisecond()))),
                Err(_) => Err(Problem::bad(format!("{name} is an instant such as 2026-11-19T14:26:05Z"))),
            },
        };
        let outcome = given(&self.outcome);
        if outcome.is_some_and(|outcome| !OUTCOMES.contains(&outcome)) {
            return Err(Problem::bad("outcome is done, refused or failed"));
        }
        Ok(AuditFilter {
            since: instant("since", given(&self.since))?,
            until: instant("until", given(&self.until))?,
            action: given(&self.action).map(str::to_owned),
            actor: given(&self.actor).map(str::to_owned),
            outcome: outcome.map(str::to_owned),
        })
    }

    /// Whether something was named and left empty, as forms do and programs do not.
    fn has_gaps(&self) -> bool {
        let all = [&self.outcome, &self.since, &self.until];
        all.into_iter().any(|value| value.is_some() && given(value).is_none())
    }

    /// The filter as a query has it.
    pub(crate) fn pairs(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("action", &self.action),
            ("actor", &self.actor),
            ("outcome", &self.outcome),
            ("since", &self.since),
            ("until", &self.until),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, given(value)?))).collect()
    }
}

fn given(value: &Option<String>) -> Option<&str> {
    value.as_deref().map(str::trim).filter(|value| !value.is_empty())
}

/// Lines of the audit log, newest first
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(AuditQuery),
    responses((status = 200, description = "A page of those within reach", body = Page<AuditEvent>)))]
pub(super) async fn list_audit_events(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<AuditQuery>,
) -> Result<Page<AuditEvent>, Problem> {
    if query.has_gaps() {
        return Err(Problem::bad("outcome, since and until are not empty where they are named"));
    }
    let window = Window::new(query.limit, query.after.as_deref())?;
    let reach = policy::reach(&caller.principal, Action::ReadAudit);
    let (after, filter) = (window.after_as()?, query.filter()?);
    let found = app.store.audit_events(&reach, &filter, after, window.wanted()).await?;
    let page = window.page(found, |(no, _)| no.to_string(), |(_, event)| AuditEvent::from(event));
    Ok(page)
}
