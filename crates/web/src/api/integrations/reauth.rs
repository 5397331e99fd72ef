//! A fresh credential.

use super::{Integration, described_as, named};
use crate::{
    app::App,
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Json, Segments},
        tag::Answer,
    },
    life::{self, wish::credential::FreshCredential},
};
use axum::{extract::State, http::StatusCode};

/// Give an integration a fresh credential
///
/// Of the same account, unless another one is accepted: `auth.account_differs` says what may differ. It must pass every check before it takes the place of the old one, which stays in use until then.
#[utoipa::path(post, path = "/api/v1/integrations/{name}/reauth", tag = "integrations", request_body = FreshCredential,
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "The old credential is gone", body = Integration)))]
pub(in crate::api) async fn reauth_integration(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Json(given): Json<FreshCredential>,
) -> Result<Answer<Integration>, Problem> {
    let integration = named(&app, &name).await?;
    let fresh = given.fresh(&app, &caller, &integration.settings.site_url).await?;
    let renewed = life::renew(&app, &caller, &integration, fresh).await;
    let (after, _) = renewed.map_err(|refused| refused.problem)?;
    Ok(Answer(StatusCode::OK, described_as(&app, &after).await?))
}
