//! `weir issues quarantined` and `weir issues raw`: issues that cannot be read, why, and what came of them.

use crate::{
    context::Context,
    failure::Failure,
    output::{Rows, clean},
};
use serde_json::{Value, json};
use weir_model::{InQuarantine, Message};
use weir_vault::ExposeSecret as _;

const COLUMNS: &[&str] =
    &["issue_id", "key", "code", "detail", "attempts", "first_at", "last_at", "raw_bytes"];

/// Lists what is in quarantine now.
pub(super) async fn list(context: &Context<'_>) -> Result<(), Failure> {
    let store = context.used_store().await?;
    let integration = context.named(&store, None).await?;
    context.output.rows(&rows(&store.quarantine(&integration.id, None).await?))
}

/// Writes the body of one issue as it came.
pub(super) async fn raw(context: &Context<'_>, issue: &str) -> Result<(), Failure> {
    let store = context.used_store().await?;
    let integration = context.named(&store, None).await?;
    let vault = context.vault(&store).await?;
    let body = weir_ingest::quarantined_body(&store, &vault, &integration, issue).await?;
    let body = body.ok_or_else(|| Message::BodyUnknown { issue: clean(issue, 60) })?;
    // What steers a terminal has no business on one; whoever wants every byte sends them elsewhere.
    match context.output.for_people() {
        true => context.output.line(&clean(body.expose_secret(), usize::MAX)),
        false => context.output.line(body.expose_secret()),
    }
}

/// As a table.
pub(super) fn rows(quarantine: &[InQuarantine]) -> Rows {
    let mut rows = Rows::new(COLUMNS, "Every issue could be read.");
    quarantine.iter().for_each(|one| rows.push(described(one)));
    rows
}

/// As JSON.
pub(super) fn described(one: &InQuarantine) -> Value {
    json!({
        "issue_id": one.issue.as_str(),
        "key": one.key,
        "code": one.code,
        "detail": one.detail,
        "attempts": one.attempts,
        "first_at": one.first_at.rfc3339(),
        "last_at": one.last_at.rfc3339(),
        "raw_bytes": one.raw_bytes,
    })
}
