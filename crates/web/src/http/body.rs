//! Bodies of requests, and the encoding of forms.

use super::Problem;
use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, header},
};
use weir_model::Message;

/// Largest body.
pub(crate) const LARGEST: usize = 1024 * 1024;

/// The whole body.
pub(crate) async fn read(body: Body) -> Result<Bytes, Problem> {
    to_bytes(body, LARGEST)
        .await
        .map_err(|_| Message::RequestLarge { limit_kb: (LARGEST / 1024) as u64 }.into())
}

/// The media type of a request, without its parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether the body is a form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    media_type(headers) == "application/x-www-form-urlencoded"
}

/// A field of a form.
pub(crate) fn form_field(body: &[u8], name: &str) -> Option<String> {
    url::form_urlencoded::parse(body).find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
}

/// Names and values as a query has them.
pub(crate) fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
