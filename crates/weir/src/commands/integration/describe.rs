//! An integration as people and programs see it: settings, status, sizes. Never its credential.

use crate::{
    context::Context,
    failure::Failure,
    output::{Rows, value_text},
};
use serde_json::{Value, json};
use weir_ingest::describe;
use weir_model::Integration;
use weir_store::Store;

/// Columns of lists of integrations.
pub(in crate::commands) const COLUMNS: &[&str] =
    &["name", "kind", "url", "status", "reason", "issues", "projects", "last_success_at", "next_run_at"];

/// Everything there is to say of an integration.
pub(in crate::commands) async fn described(
    context: &Context<'_>,
    store: &Store,
    integration: &Integration,
) -> Result<Value, Failure> {
    let description = describe(store, integration, context.clock().now()).await?;
    let proxy = description.proxy_with_password.as_deref().map(weir_http::mask_url);
    let mut facts = serde_json::to_value(&description).map_err(|error| Failure::bug(error.to_string()))?;
    facts["proxy"] = json!(proxy);
    Ok(facts)
}

/// `weir integration show`.
pub(super) async fn show(context: &Context<'_>, name: Option<&str>) -> Result<(), Failure> {
    let store = context.used_store().await?;
    let integration = context.named(&store, name).await?;
    print(context, &store, &integration).await
}

/// Prints one integration.
pub(super) async fn print(
    context: &Context<'_>,
    store: &Store,
    integration: &Integration,
) -> Result<(), Failure> {
    let facts = described(context, store, integration).await?;
    if !context.output.for_people() {
        return context.output.json(&facts);
    }
    let mut rows = Rows::new(&["what", "value"], "");
    if let Value::Object(members) = &facts {
        // The sentence about the schedule says what is known of a pause.
        for (name, value) in members.iter().filter(|(_, value)| !value.is_object()) {
            rows.push(json!({ "what": name.replace('_', " "), "value": value_text(Some(value)) }));
        }
    }
    context.output.rows(&rows)
}
