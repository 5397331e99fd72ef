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
use weir_model::Message;

/// Connect an integration
///
/// Every check is run first; nothing is kept when one fails. With `satellite`, a satellite runs them once it reports. The address must be public and `https://`, unless the operator has
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
    let integration = match (new.credential, new.satellite.unwrap_or(false)) {
        (None, true) => life::fed::create(&app, &caller, (&new.url, choices), workspace).await?,
        (Some(credential), false) => {
            let credential = credential.credential(&app, &caller, &new.url).await?;
            let wanted = Wanted { address: new.url, credential, choices, workspace };
            life::create(&app, &caller, wanted)
                .await
                .map_err(|refused| refused.problem.with_credential_at("/credential"))?
                .0
        }
        (None, false) => return Err(Problem::from(Message::AuthMissing {}).at("/credential")),
        (Some(_), true) => {
            let both = ["/credential", "/satellite"];
            return Err(Problem::from(Message::CredentialMixed {}).at_each(both));
        }
    };
    let mut response = Answer(StatusCode::CREATED, described_as(&app, &integration).await?).into_response();
    let place = format!("/api/v1/integrations/{}", crate::http::body::segment(&integration.name));
    let place = HeaderValue::try_from(place).map_err(|error| Problem::bug(&error.to_string()))?;
    response.headers_mut().insert(header::LOCATION, place);
    Ok(response)
}
