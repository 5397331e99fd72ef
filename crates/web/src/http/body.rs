//! Bodies of requests, and the encoding of forms.

use super::Problem;
use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, header},
};
use weir_model::Message;

/// Largest body.
pub(crate) const LARGEST: usize = 1024 * 1024;

/// Largest body of SCIM: a group with all its members.
pub(crate) const LARGEST_SCIM: usize = 4 * 1024 * 1024;

/// Largest parcel of a satellite, compressed.
pub(crate) use weir_ingest::satellite::LARGEST_PARCEL;

/// The whole body.
pub(crate) async fn read(body: Body, largest: usize) -> Result<Bytes, Problem> {
    to_bytes(body, largest)
        .await
        .map_err(|_| Message::RequestLarge { limit_kb: (largest / 1024) as u64 }.into())
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

/// Whether a form or a query holds the one character that no text of ours has, and PostgreSQL cannot keep.
pub(crate) fn has_nul(encoded: &[u8]) -> bool {
    encoded.contains(&0) || encoded.windows(3).any(|part| part == b"%00")
}

/// Names and values as a query has them.
pub(crate) fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// A part of a path.
pub(crate) fn segment(text: &str) -> String {
    let mut path = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                path.push(char::from(byte))
            }
            _ => path.push_str(&format!("%{byte:02X}")),
        }
    }
    path
}
