//! An integration as people and programs see it: settings, status, sizes. Never its credential.

use crate::{
    context::Context,
    failure::Failure,
    output::{Rows, value_text},
};
use serde_json::{Value, json};
use weir_ingest::health;
use weir_model::{AuthMethod, Integration, Scope};
use weir_store::Store;

/// Columns of lists of integrations.
pub(in crate::commands) const COLUMNS: &[&str] =
    &["name", "kind", "url", "status", "reason", "issues", "projects", "last_success_at"];

/// Everything there is to say of an integration.
pub(in crate::commands) async fn described(
    context: &Context<'_>,
    store: &Store,
    integration: &Integration,
) -> Result<Value, Failure> {
    let settings = &integration.settings;
    let facts = store.health_facts(&integration.id).await?;
    let health = health(integration, &facts, context.clock().now());
    let method = match &settings.auth {
        AuthMethod::SiteToken { .. } => "api_token",
        AuthMethod::GatewayToken { .. } => "scoped_token",
        AuthMethod::GatewayBearer { .. } => "service_account",
        AuthMethod::PersonalToken { .. } => "personal_access_token",
        AuthMethod::Password { .. } => "password",
    };
    Ok(json!({
        "id": integration.id.to_string(),
        "name": integration.name,
        "kind": integration.kind,
        "url": settings.site_url,
        "deployment": settings.deployment,
        "status": health.status,
        "reason_code": health.reason_code,
        "reason": health.reason,
        "family": health.family,
        "next_action": health.next_action,
        "last_success_at": facts.last_successful.as_ref().map(|run| run.ended_at.unwrap_or(run.started_at).rfc3339()),
        "next_run_at": Value::Null,
        "issues": facts.issues,
        "projects": facts.projects,
        "tags": settings.tags,
        "description": settings.description,
        "owner": settings.owner,
        "secondary_owner": settings.secondary_owner,
        "account": settings.auth.account(),
        "account_id": settings.account_id,
        "sign_in": method,
        "scope": scope_text(&settings.scope),
        "exclude": settings.exclusions.words(),
        "timezone": settings.timezone,
        "interval_minutes": settings.interval_minutes,
        "census_minutes": settings.census_minutes,
        "reread_minutes": settings.reread_minutes,
        "history_months": settings.history_months,
        "proxy": settings.transport.proxy.as_deref().map(weir_http::mask_url),
        "custom_ca": settings.transport.ca_pem.is_some(),
        "insecure_tls": settings.transport.insecure_tls,
        "paused": facts.paused,
        "created_at": integration.created_at.rfc3339(),
    }))
}

/// Which issues, in few words.
pub(super) fn scope_text(scope: &Scope) -> String {
    match scope {
        Scope::Everything => "everything".to_owned(),
        Scope::Projects(keys) => format!("projects {}", keys.join(", ")),
        Scope::Jql(jql) => format!("jql {jql}"),
    }
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
        for (name, value) in members {
            rows.push(json!({ "what": name.replace('_', " "), "value": value_text(Some(value)) }));
        }
    }
    context.output.rows(&rows)
}
