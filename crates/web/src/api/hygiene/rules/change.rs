//! Making, changing and deleting rules, the same for the API and the pages.

use super::{OwnRuleShown, RuleBody, found_rule};
use crate::{
    api::hygiene::{found, refused},
    app::App,
    audit::{self, Deed},
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Json, Segments},
        tag::{Answer, Conditions},
    },
};
use axum::{extract::State, http::StatusCode};
use weir_ingest::hygiene::{KnownFields, OwnRule, RuleWish, add_rule, change_rule, delete_rule};
use weir_model::Integration;

/// Add a rule to an integration
///
/// It states what nobody wants. It has no weight yet, so that no score changes: give it one with the settings.
#[utoipa::path(post, path = "/api/v1/integrations/{name}/hygiene/rules", tag = "hygiene", request_body = RuleBody,
    params(("name" = String, Path, description = "Its name")),
    responses((status = 201, description = "It was added", body = OwnRuleShown)))]
pub(in crate::api) async fn create_hygiene_rule(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Json(body): Json<RuleBody>,
) -> Result<Answer<OwnRuleShown>, Problem> {
    let integration = found(&app, &name).await?;
    let made = add(&app, &caller, &integration, body.into()).await?;
    Ok(Answer(StatusCode::CREATED, OwnRuleShown::from(&made)))
}

/// Adds a rule, and notes it.
pub(crate) async fn add(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    wish: RuleWish,
) -> Result<OwnRule, Problem> {
    let fields = KnownFields::of(&app.store, integration).await?;
    let rule = wish.rule(integration, &fields).map_err(refused)?;
    let made = (app.now(), app.environment.entropy.as_ref());
    let rule = add_rule(&app.store, integration, rule, made).await.map_err(refused)?;
    note(app, caller, integration, "hygiene_rule.create", &rule).await?;
    Ok(rule)
}

/// Change a rule of an integration
#[utoipa::path(put, path = "/api/v1/integrations/{name}/hygiene/rules/{id}", tag = "hygiene", request_body = RuleBody,
    params(("name" = String, Path, description = "Its name"), ("id" = String, Path, description = "The id of the rule")),
    responses((status = 200, description = "It is like that now", body = OwnRuleShown)))]
pub(in crate::api) async fn change_hygiene_rule(
    State(app): State<App>,
    caller: Caller,
    Segments((name, rule)): Segments<(String, String)>,
    conditions: Conditions,
    Json(body): Json<RuleBody>,
) -> Result<Answer<OwnRuleShown>, Problem> {
    let integration = found(&app, &name).await?;
    let seen = found_rule(&app, &integration, &rule).await?;
    conditions.still_at(&seen.revision.to_string())?;
    let changed = change(&app, &caller, &integration, (&seen, body.into())).await?;
    Ok(Answer(StatusCode::OK, OwnRuleShown::from(&changed)))
}

/// Changes a rule as it was seen, and notes it.
pub(crate) async fn change(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    (seen, wish): (&OwnRule, RuleWish),
) -> Result<OwnRule, Problem> {
    let fields = KnownFields::of(&app.store, integration).await?;
    let rule = wish.rule(integration, &fields).map_err(refused)?;
    let changed = change_rule(&app.store, integration, (seen, rule), app.now()).await.map_err(refused)?;
    note(app, caller, integration, "hygiene_rule.change", &changed).await?;
    Ok(changed)
}

/// Delete a rule of an integration
///
/// Its weight falls to the other rules, in proportion.
#[utoipa::path(delete, path = "/api/v1/integrations/{name}/hygiene/rules/{id}", tag = "hygiene",
    params(("name" = String, Path, description = "Its name"), ("id" = String, Path, description = "The id of the rule")),
    responses((status = 204, description = "It is gone")))]
pub(in crate::api) async fn delete_hygiene_rule(
    State(app): State<App>,
    caller: Caller,
    Segments((name, rule)): Segments<(String, String)>,
    conditions: Conditions,
) -> Result<StatusCode, Problem> {
    let integration = found(&app, &name).await?;
    let seen = found_rule(&app, &integration, &rule).await?;
    conditions.still_at(&seen.revision.to_string())?;
    delete(&app, &caller, &integration, &seen).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a rule as it was seen, and notes it.
pub(crate) async fn delete(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    seen: &OwnRule,
) -> Result<(), Problem> {
    delete_rule(&app.store, integration, seen).await?;
    note(app, caller, integration, "hygiene_rule.delete", seen).await
}

async fn note(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    action: &str,
    rule: &OwnRule,
) -> Result<(), Problem> {
    let deed = Deed::done(action, &integration.name).with("rule", &rule.rule.name);
    audit::note_of(app, caller, deed, integration).await
}
