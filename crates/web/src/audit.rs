//! Lines of the audit log, written where something was done. Only what is named here can get into them.

use crate::{app::App, auth::principal::Caller, http::Problem, pages::format::inert};
use weir_model::{AuditEvent, Integration, IntegrationId, Millis, WorkspaceId};

/// The kind of whoever does what the server does by itself.
const SERVER: &str = "scheduler";

/// Something that was done or tried.
#[derive(Clone, Debug)]
pub(crate) struct Deed<'a> {
    action: &'a str,
    subject: String,
    workspace: Option<WorkspaceId>,
    integration: Option<IntegrationId>,
    outcome: &'a str,
    detail: Vec<(String, String)>,
}

impl<'a> Deed<'a> {
    /// Something that was done to something.
    pub(crate) fn done(action: &'a str, subject: impl Into<String>) -> Self {
        Self {
            action,
            subject: subject.into(),
            workspace: None,
            integration: None,
            outcome: "done",
            detail: vec![],
        }
    }

    /// Something that was tried and not let happen.
    pub(crate) fn refused(action: &'a str, subject: impl Into<String>) -> Self {
        Self { outcome: "refused", ..Self::done(action, subject) }
    }

    /// Something that was done and did not work.
    pub(crate) fn failed(action: &'a str, subject: impl Into<String>) -> Self {
        Self { outcome: "failed", ..Self::done(action, subject) }
    }

    /// In a workspace, so that its admins see it.
    pub(crate) fn within(self, workspace: Option<WorkspaceId>) -> Self {
        Self { workspace, ..self }
    }

    /// With a value that may be shown.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.detail.push((name.to_owned(), value.into()));
        self
    }
}

/// Who did something, as people read it, and what kind of caller that was where the name alone does not say it.
pub(crate) fn who(kind: &str, name: &str) -> (String, &'static str) {
    match kind {
        SERVER => ("the server".to_owned(), ""),
        "stranger" => ("somebody who was not signed in".to_owned(), ""),
        "key" => (inert(name), "API key"),
        "command_line" => (inert(name), "command line"),
        _ => (inert(name), ""),
    }
}

/// Notes a deed of the caller to an integration, for the admins of each workspace that it is mapped to.
pub(crate) async fn note_of(
    app: &App,
    caller: &Caller,
    deed: Deed<'_>,
    integration: &Integration,
) -> Result<(), Problem> {
    let deed = Deed { integration: Some(integration.id), ..deed };
    let workspaces = app.store.workspaces_of(&integration.id).await?;
    if workspaces.is_empty() {
        return note(app, caller, deed).await;
    }
    // One instant, by which the lines are known to be about one deed.
    let at = app.now();
    for workspace in workspaces {
        note_at(app, caller, deed.clone().within(Some(workspace)), at).await?;
    }
    Ok(())
}

/// Notes what the server did by itself while it answered the caller.
pub(crate) async fn note_by_server(app: &App, caller: &Caller, deed: Deed<'_>) -> Result<(), Problem> {
    let event = event(caller, deed, app.now());
    let event = AuditEvent { actor_kind: SERVER.into(), actor_id: None, actor: String::new(), ..event };
    Ok(app.store.add_audit_event(&event).await?)
}

/// Notes a deed of the caller.
pub(crate) async fn note(app: &App, caller: &Caller, deed: Deed<'_>) -> Result<(), Problem> {
    note_at(app, caller, deed, app.now()).await
}

async fn note_at(app: &App, caller: &Caller, deed: Deed<'_>, at: Millis) -> Result<(), Problem> {
    Ok(app.store.add_audit_event(&event(caller, deed, at)).await?)
}

fn event(caller: &Caller, deed: Deed<'_>, at: Millis) -> AuditEvent {
    let (kind, id, name) = caller.principal.named();
    AuditEvent {
        at,
        actor_kind: kind.to_owned(),
        actor_id: id,
        actor: name.to_owned(),
        action: deed.action.to_owned(),
        subject: deed.subject,
        workspace: deed.workspace,
        integration: deed.integration,
        outcome: deed.outcome.to_owned(),
        address: caller.request.address.map(|address| address.to_string()).unwrap_or_default(),
        request_id: caller.request.id.clone(),
        detail: deed.detail,
    }
}
