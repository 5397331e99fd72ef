//! How answers leave: SCIM's media type, and errors in its own form.

use crate::http::Problem;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use weir_access::scim::ScimError;
use weir_store::StoreError;

/// SCIM's own media type (RFC 7644 §8.1).
pub(crate) const MEDIA_TYPE: &str = "application/scim+json";

/// A problem of this server as SCIM tells it.
pub(crate) fn error_of(problem: &Problem) -> ScimError {
    let message = &problem.message;
    ScimError::status(
        problem.status_for_programs().as_u16(),
        format!("{}: {}", message.what(), message.why()),
    )
}

/// Why a request is not done.
#[derive(Debug)]
pub(super) enum Refusal {
    /// In SCIM's words.
    Scim(ScimError),
    /// In those of this server, which are put into SCIM's form further out.
    Server(Box<Problem>),
}

impl From<ScimError> for Refusal {
    fn from(error: ScimError) -> Self {
        Self::Scim(error)
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Server(Box::new(problem))
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Server(Box::new(error.into()))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Scim(error) => document(status(error.status), &error.document()),
            Self::Server(problem) => problem.into_response(),
        }
    }
}

/// A number as a status; one that is none is our mistake.
pub(super) fn status(number: u16) -> StatusCode {
    StatusCode::from_u16(number).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A document.
pub(super) fn document(status: StatusCode, body: &Value) -> Response {
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE))];
    (status, kind, body.to_string()).into_response()
}

/// A resource, with its version as the tag of the answer; `whole` is all of it, and `shown` what was asked for.
pub(super) fn resource(status: StatusCode, whole: &Value, shown: &Value) -> Response {
    let mut response = document(status, shown);
    let headers = response.headers_mut();
    if let Some(tag) = version(whole).and_then(|tag| HeaderValue::from_str(tag).ok()) {
        headers.insert(header::ETAG, tag);
    }
    if status == StatusCode::CREATED
        && let Some(location) =
            whole["meta"]["location"].as_str().and_then(|to| HeaderValue::from_str(to).ok())
    {
        headers.insert(header::LOCATION, location);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

/// The version of a resource that is shown whole.
pub(super) fn version(whole: &Value) -> Option<&str> {
    whole["meta"]["version"].as_str()
}
