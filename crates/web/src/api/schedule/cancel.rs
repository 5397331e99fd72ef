//! Cancelling a run.

use super::accepted;
use crate::{
    api::runs::Run,
    app::App,
    auth::principal::Caller,
    http::{Problem, extract::Segments},
    life,
};
use axum::{extract::State, response::Response};

/// Cancel a run
///
/// It ends within seconds, wherever it runs; what it has committed stays, and the next run goes on from there.
#[utoipa::path(post, path = "/api/v1/runs/{id}/cancel", tag = "schedule",
    params(("id" = String, Path, description = "The run")),
    responses((status = 202, description = "It is asked to end; Location is where to look", body = Run)))]
pub(in crate::api) async fn cancel_run(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<Response, Problem> {
    let run = life::cancel_run(&app, &caller, &id).await?;
    accepted(&format!("/api/v1/runs/{}", run.id), Run::from(run))
}
