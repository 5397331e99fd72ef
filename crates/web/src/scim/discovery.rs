//! What the server says of itself, and what it does not do.

use super::{
    answer::{Refusal, document},
    ask::{Ask, base},
};
use crate::{app::App, http::body::LARGEST_SCIM};
use axum::{extract::State, http::StatusCode, response::Response};
use serde_json::Value;
use weir_access::scim::{ResourceKind, ScimError, discovery};

/// `GET /ServiceProviderConfig`.
pub(super) async fn config(State(app): State<App>, ask: Ask) -> Result<Response, Refusal> {
    told(&ask, &discovery::service_provider_config(&base(&app), LARGEST_SCIM))
}

/// `GET /ResourceTypes`.
pub(super) async fn types(State(app): State<App>, ask: Ask) -> Result<Response, Refusal> {
    told(&ask, &discovery::resource_types(&base(&app)))
}

/// `GET /ResourceTypes/{id}`.
pub(super) async fn one_type(State(app): State<App>, ask: Ask) -> Result<Response, Refusal> {
    let kind = ResourceKind::ALL.into_iter().find(|kind| kind.name() == ask.id);
    let kind = kind.ok_or_else(|| ScimError::not_found("resource type", &ask.id))?;
    told(&ask, &discovery::resource_type(&base(&app), kind))
}

/// `GET /Schemas`.
pub(super) async fn schemas(State(app): State<App>, ask: Ask) -> Result<Response, Refusal> {
    told(&ask, &discovery::schemas(&base(&app)))
}

/// `GET /Schemas/{id}`.
pub(super) async fn one_schema(State(app): State<App>, ask: Ask) -> Result<Response, Refusal> {
    let schema = discovery::schema(&base(&app), &ask.id);
    told(&ask, &schema.ok_or_else(|| ScimError::not_found("schema", &ask.id))?)
}

/// What is described is not looked through (RFC 7644 §4).
fn told(ask: &Ask, described: &Value) -> Result<Response, Refusal> {
    if ask.query.iter().any(|(name, _)| name.eq_ignore_ascii_case("filter")) {
        return Err(ScimError::status(403, "What the server says of itself cannot be filtered").into());
    }
    Ok(document(StatusCode::OK, described))
}

/// `/Me`: a key is no person.
pub(super) async fn no_me(_: Ask) -> Result<Response, Refusal> {
    Err(ScimError::status(501, "A key is no person, so there is no /Me").into())
}
