//! Connecting.

use super::{Integration, described_as};
use crate::{
    app::App,
    auth::principal::Caller,
    http::{Problem, extract::Json, tag::Answer},
    life::{
        self, Wanted, guarded,
        wish::{NewIntegration, certificates},
    },
};
use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use weir_ingest::{Choices, values};

/// Connect an integration
///
/// Every check is run first; nothing is kept when one fails. The address must be public and `https://`, unless the operator has
/// opened its network or host. The first run is due at once.
#[utoipa::path(post, path = "/api/v1/integrations", tag = "integrations", request_body = NewIntegration,
    responses((status = 201, description = "It is connected", body = Integration)))]
pub(in crate::api) async fn create_integration(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewIntegration>,
) -> Result<Response, Problem> {
    let choices = Choices::named(values::name(&new.name.0)?, guarded(certificates(new.ca_pem.as_deref())?));
    let choices = choices.with(new.changes()?);
    let workspace = life::workspace_for(&app, &caller, new.workspace.as_deref()).await?;
    let wanted = Wanted { address: new.url, credential: new.credential.credential()?, choices, workspace };
    let (integration, _) = life::create(&app, &caller, wanted)
        .await
        .map_err(|refused| refused.problem.with_credential_at("/credential"))?;
    let mut response = Answer(StatusCode::CREATED, described_as(&app, &integration).await?).into_response();
    let place = format!("/api/v1/integrations/{}", crate::http::body::segment(&integration.name));
    let place = HeaderValue::try_from(place).map_err(|error| Problem::bug(&error.to_string()))?;
    response.headers_mut().insert(header::LOCATION, place);
    Ok(response)
}
