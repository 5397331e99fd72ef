//! Cancelling a run.

use super::{accepted, named};
use crate::{
    api::runs::Run,
    app::App,
    audit::{self, Deed},
    auth::principal::Caller,
    http::{Problem, extract::Segments},
};
use axum::{extract::State, response::Response};
use weir_model::{Message, RunId};

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
    let id: RunId = id.parse().map_err(|_| Message::PageUnknown {})?;
    let run = app.store.run(&id).await?.ok_or(Message::PageUnknown {})?;
    let integration = named(&app, &run.integration).await?;
    let (_, _, who) = caller.principal.named();
    if !app.store.request_cancel(&id, who).await? {
        return Err(Message::RunNotRunning { id: id.to_string() }.into());
    }
    let deed = Deed::done("run.cancel", &integration.name).with("run", id.to_string());
    audit::note_of(&app, &caller, deed, &integration).await?;
    accepted(&format!("/api/v1/runs/{id}"), Run::from(run))
}
