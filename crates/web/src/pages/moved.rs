//! Addresses that lead to a page of another one: names that people know it by, each with what was asked for.

use super::format::segment;
use crate::http::extract::Segments;
use axum::{
    extract::RawQuery,
    response::{IntoResponse as _, Redirect, Response},
};

/// `GET /integrations/available`.
pub(super) async fn available(RawQuery(query): RawQuery) -> Response {
    to("/integrations/new", query)
}

/// `GET /integrations/{name}`.
pub(super) async fn integration(Segments(name): Segments<String>, RawQuery(query): RawQuery) -> Response {
    of(&name, "monitoring", query)
}

/// `GET /integrations/{name}/custom-fields`.
pub(super) async fn custom_fields(Segments(name): Segments<String>, RawQuery(query): RawQuery) -> Response {
    of(&name, "fields", query)
}

/// `GET /integrations/{name}/logs`.
pub(super) async fn logs(Segments(name): Segments<String>, RawQuery(query): RawQuery) -> Response {
    of(&name, "monitoring/runs", query)
}

/// `GET /settings/sessions` and `GET /settings/security`: both are parts of the profile.
pub(super) async fn profile(RawQuery(query): RawQuery) -> Response {
    to("/settings/profile", query)
}

fn of(name: &str, page: &str, query: Option<String>) -> Response {
    to(&format!("/integrations/{}/{page}", segment(name)), query)
}

fn to(path: &str, query: Option<String>) -> Response {
    let query = query.filter(|query| !query.is_empty()).map(|query| format!("?{query}")).unwrap_or_default();
    Redirect::permanent(&format!("{path}{query}")).into_response()
}
