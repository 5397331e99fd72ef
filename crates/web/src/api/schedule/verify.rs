//! Compare now.

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

/// How it is to be compared.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::api) struct VerifyWish {
    /// Believe also a loss of more than 20 % of a project's issues.
    accept_loss: bool,
}

/// Compare every issue id with the site now, and repair what differs
#[utoipa::path(post, path = "/api/v1/integrations/{name}/verify", tag = "schedule", request_body = Option<VerifyWish>,
    params(("name" = String, Path, description = "The integration")),
    responses((status = 202, description = "The next free worker does it; Location is where to look", body = Schedule)))]
pub(in crate::api) async fn verify_integration(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    OptionalJson(wish): OptionalJson<VerifyWish>,
) -> Result<Response, Problem> {
    let deed = Deed::done("integration.verify", &name).with("accept_loss", wish.accept_loss.to_string());
    ask(&app, &caller, &name, (Asked::Verify, wish.accept_loss), deed).await
}
