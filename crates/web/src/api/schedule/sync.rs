//! Run now.

use super::{Schedule, ask};
use crate::{
    app::App,
    audit::Deed,
    auth::principal::Caller,
    http::{
        Problem,
        extract::{OptionalJson, Segments},
    },
};
use axum::{extract::State, response::Response};
use serde::Deserialize;
use utoipa::ToSchema;
use weir_model::Asked;

/// How it is to be brought up to date.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::api) struct SyncWish {
    /// Read everything again, from the beginning.
    full: bool,
}

/// Bring an integration up to date now
///
/// Also while it is paused. Asking again before it was done adds nothing; the schedule shows what is asked for and the run.
#[utoipa::path(post, path = "/api/v1/integrations/{name}/sync", tag = "schedule", request_body = Option<SyncWish>,
    params(("name" = String, Path, description = "The integration")),
    responses((status = 202, description = "The next free worker does it; Location is where to look", body = Schedule)))]
pub(in crate::api) async fn sync_integration(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    OptionalJson(wish): OptionalJson<SyncWish>,
) -> Result<Response, Problem> {
    let deed = Deed::done("integration.sync", &name).with("full", wish.full.to_string());
    ask(&app, &caller, &name, (Asked::Sync, wish.full), deed).await
}
