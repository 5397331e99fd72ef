//! Resuming.

use super::{Schedule, named, standing};
use crate::{
    app::App,
    audit::{self, Deed},
    auth::principal::Caller,
    http::{Problem, extract::Segments, tag::Answer},
};
use axum::{extract::State, http::StatusCode};

/// Resume an integration
///
/// What was due while it was paused is due now, once.
#[utoipa::path(post, path = "/api/v1/integrations/{name}/resume", tag = "schedule",
    params(("name" = String, Path, description = "The integration")),
    responses((status = 200, description = "It goes on", body = Schedule)))]
pub(in crate::api) async fn resume_integration(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
) -> Result<Answer<Schedule>, Problem> {
    let integration = named(&app, &name).await?;
    weir_ingest::resume(&app.store, &integration).await?;
    audit::note_of(&app, &caller, Deed::done("integration.resume", &name), &integration).await?;
    Ok(Answer(StatusCode::OK, standing(&app, &integration).await?))
}
