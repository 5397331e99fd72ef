//! `weir audit`: who did what, newest first.

use crate::{cli::Audit, context::Context, failure::Failure, output::Rows, values};
use serde_json::{Map, Value, json};
use weir_model::Reach;
use weir_store::AuditFilter;

pub(super) async fn run(context: &Context<'_>, flags: Audit) -> Result<(), Failure> {
    context.output.format()?;
    let since = flags.since.as_deref().map(|text| values::since(text, context.clock().now())).transpose()?;
    let filter = AuditFilter { action: flags.action, actor: flags.actor, since, ..AuditFilter::default() };
    let columns = &["at", "actor_kind", "actor", "action", "subject", "outcome", "address", "detail"];
    let mut rows = Rows::new(columns, "Nothing was done yet that the log has a line for.");
    if let Some(store) = context.existing_store().await? {
        for (_, event) in store.audit_events(&Reach::Everything, &filter, None, flags.limit).await? {
            // What the server did by itself has no name of its own.
            let is_server = event.actor_kind == "scheduler" && context.output.for_people();
            let actor = if is_server { "the server".to_owned() } else { event.actor };
            let detail = event.detail.into_iter().map(|(name, value)| (name, Value::String(value)));
            rows.push(json!({
                "at": event.at.rfc3339(),
                "actor_kind": event.actor_kind,
                "actor": actor,
                "action": event.action,
                "subject": event.subject,
                "workspace": event.workspace.map(|id| id.to_string()),
                "outcome": event.outcome,
                "address": event.address,
                "request_id": event.request_id,
                "detail": detail.collect::<Map<_, _>>(),
            }));
        }
    }
    context.output.rows(&rows)
}
