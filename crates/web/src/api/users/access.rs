//! What somebody sees and may do.

use super::found;
use crate::{
    app::App,
    auth::access::{Access, access_of},
    http::{Problem, extract::Segments, tag::Conditions},
};
use axum::{extract::State, response::Response};
use serde::Serialize;
use utoipa::ToSchema;

/// What somebody sees and may do, place by place.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct EffectiveAccess {
    /// The whole server first, where they look after it, then workspaces by name.
    items: Vec<Access>,
}

/// What somebody sees and may do, in which workspace and by which role
#[utoipa::path(get, path = "/api/v1/users/{id}/access", tag = "users",
    params(("id" = String, Path, description = "Their id")),
    responses((status = 200, description = "All of it; nothing for a closed account", body = EffectiveAccess)))]
pub(in crate::api) async fn show_user_access(
    State(app): State<App>,
    Segments(id): Segments<String>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    let account = found(&app, &id).await?;
    conditions.answer(&EffectiveAccess { items: access_of(&app.store, &account).await? })
}
