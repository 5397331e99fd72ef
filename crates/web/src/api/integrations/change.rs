//! Changing.

use super::{Integration, described_as, named};
use crate::{
    app::App,
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Json, Segments},
        tag::{Answer, Conditions},
    },
    life::{self, revision, wish::IntegrationChange},
};
use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use weir_ingest::{Changes, values};
use weir_model::Message;

/// An integration that was changed, and what follows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Changed {
    integration: Integration,
    /// What changed, what was deleted, and what the next run will therefore do.
    effects: Vec<String>,
}

/// Change an integration
///
/// Another scope, or other exclusions, are checked with the site first. What is excluded from now on is deleted at once. Refused
/// while a run is under way.
#[utoipa::path(patch, path = "/api/v1/integrations/{name}", tag = "integrations", request_body = IntegrationChange,
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "It is changed", body = Changed)))]
pub(in crate::api) async fn change_integration(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    conditions: Conditions,
    Json(wish): Json<IntegrationChange>,
) -> Result<Answer<Changed>, Problem> {
    let integration = named(&app, &name).await?;
    conditions.still_at(&revision(&integration)?)?;
    let name = wish.name.as_ref().map(|name| values::name(&name.0)).transpose()?;
    let changes = Changes { name, ..wish.changes()? };
    if changes == Changes::default() {
        return Err(Message::EditNothing {}.into());
    }
    let edited = life::change(&app, &caller, &integration, changes).await?;
    let integration = described_as(&app, &edited.after).await?;
    Ok(Answer(StatusCode::OK, Changed { integration, effects: edited.sentences() }))
}
