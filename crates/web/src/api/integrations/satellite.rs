//! Leaving an integration to a satellite, and the file that the satellite runs with.

use super::{Integration, described_as, named};
use crate::{
    app::App,
    auth::principal::Caller,
    http::{Problem, extract::Segments, tag::Answer},
    life,
};
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};

/// The file of a satellite that reads an integration
///
/// No credential is in it: it names two files beside it, for the key of this server and for the credential of the site. 409 where this
/// server reads the integration itself.
#[utoipa::path(get, path = "/api/v1/integrations/{name}/satellite.yml", tag = "satellites",
    params(("name" = String, Path, description = "The integration")),
    responses((status = 200, description = "The file", content_type = "application/yaml", body = serde_json::Value)))]
pub(in crate::api) async fn show_satellite_file(
    State(app): State<App>,
    Segments(name): Segments<String>,
) -> Result<Response, Problem> {
    let integration = named(&app, &name).await?;
    let headers = [(header::CONTENT_TYPE, "application/yaml"), (header::CACHE_CONTROL, "private, no-store")];
    Ok((headers, life::fed::file(&app, &integration)?).into_response())
}

/// Leave an integration to a satellite
///
/// Its credential here is forgotten; what was read stays, and is gone on from. The way back is `reauth` with a fresh credential.
#[utoipa::path(post, path = "/api/v1/integrations/{name}/satellite", tag = "satellites",
    params(("name" = String, Path, description = "The integration")),
    responses((status = 200, description = "A satellite reads it from now on", body = Integration)))]
pub(in crate::api) async fn leave_to_satellite(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
) -> Result<Answer<Integration>, Problem> {
    let integration = named(&app, &name).await?;
    let after = life::fed::leave(&app, &caller, &integration).await?;
    Ok(Answer(StatusCode::OK, described_as(&app, &after).await?))
}
