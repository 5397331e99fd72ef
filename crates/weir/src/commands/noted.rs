//! Lines of the audit log about what was done on the command line.

use crate::{context::Context, failure::Failure};
use weir_model::{AuditEvent, Integration, WorkspaceId};
use weir_store::Store;

/// Notes what was done to something, with values that may be shown.
pub(super) async fn noted(
    context: &Context<'_>,
    store: &Store,
    (action, subject): (&str, &str),
    workspace: Option<WorkspaceId>,
    detail: Vec<(String, String)>,
) -> Result<(), Failure> {
    Ok(store.add_audit_event(&event(context, (action, subject), workspace, detail)).await?)
}

/// Notes what was done to an integration, for the admins of each workspace that sees it.
pub(super) async fn noted_of(
    context: &Context<'_>,
    store: &Store,
    (action, integration): (&str, &Integration),
    detail: Vec<(String, String)>,
) -> Result<(), Failure> {
    let seen_by = store.workspaces_of(&integration.id).await?;
    let mut places: Vec<Option<WorkspaceId>> = seen_by.into_iter().map(Some).collect();
    if places.is_empty() {
        places.push(None);
    }
    for workspace in places {
        let event = event(context, (action, &integration.name), workspace, detail.clone());
        store.add_audit_event(&AuditEvent { integration: Some(integration.id), ..event }).await?;
    }
    Ok(())
}

fn event(
    context: &Context<'_>,
    (action, subject): (&str, &str),
    workspace: Option<WorkspaceId>,
    detail: Vec<(String, String)>,
) -> AuditEvent {
    AuditEvent {
        at: context.clock().now(),
        actor_kind: "command_line".into(),
        actor_id: None,
        actor: context.user(),
        action: action.into(),
        subject: subject.into(),
        workspace,
        integration: None,
        outcome: "done".into(),
        address: String::new(),
        request_id: String::new(),
        detail,
    }
}
