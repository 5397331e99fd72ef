//! Lines of the audit log about what was done on the command line.

use crate::{context::Context, failure::Failure};
use weir_model::{AuditEvent, WorkspaceId};
use weir_store::Store;

/// Notes what was done to something, with values that may be shown.
pub(super) async fn noted(
    context: &Context<'_>,
    store: &Store,
    (action, subject): (&str, &str),
    workspace: Option<WorkspaceId>,
    detail: Vec<(String, String)>,
) -> Result<(), Failure> {
    let event = AuditEvent {
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
    };
    Ok(store.add_audit_event(&event).await?)
}
