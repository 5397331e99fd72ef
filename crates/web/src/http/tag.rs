//! Entity tags: an answer that has not changed is not sent again, and a change is made only to what was seen.

use super::Problem;
use crate::auth::digest::digest_of;
use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use weir_model::Message;

/// A JSON answer without an entity tag.
#[derive(Debug)]
pub(crate) struct Answer<T>(pub(crate) StatusCode, pub(crate) T);

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        match serde_json::to_string(&self.1) {
            Ok(text) => json(self.0, text),
            Err(error) => Problem::bug(&error.to_string()).into_response(),
        }
    }
}

pub(super) fn json(status: StatusCode, text: String) -> Response {
    let kind = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, kind)], Body::from(text)).into_response()
}

/// What the headers of a request say about the thing as the caller has seen it.
#[derive(Debug)]
pub(crate) struct Conditions {
    changed: Option<String>,
    unchanged: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for Conditions {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let text = |name: &HeaderName| text(&parts.headers, name);
        Ok(Self { changed: text(&header::IF_NONE_MATCH), unchanged: text(&header::IF_MATCH) })
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let all: Vec<&str> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    (!all.is_empty()).then(|| all.join(","))
}

impl Conditions {
    /// The answer to a `GET`: the thing with its tag, or that it has not changed.
    pub(crate) fn answer<T: Serialize>(&self, thing: &T) -> Result<Response, Problem> {
        let text = serde_json::to_string(thing).map_err(|error| Problem::bug(&error.to_string()))?;
        let tag = tag_of(&text);
        let seen = self.changed.as_deref().is_some_and(|listed| lists(listed, &tag));
        let mut response = match seen {
            true => StatusCode::NOT_MODIFIED.into_response(),
            false => json(StatusCode::OK, text),
        };
        if let Ok(tag) = HeaderValue::try_from(tag) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        Ok(response)
    }

    /// Before a change: that the thing still is as the caller has seen it, where they say how that was.
    ///
    /// # Errors
    /// `changed.meanwhile`.
    pub(crate) fn still<T: Serialize>(&self, thing: &T) -> Result<(), Problem> {
        let text = serde_json::to_string(thing).map_err(|error| Problem::bug(&error.to_string()))?;
        match self.unchanged.as_deref() {
            Some(listed) if !lists(listed, &tag_of(&text)) => Err(Message::ChangedMeanwhile {}.into()),
            _ => Ok(()),
        }
    }
}

impl Conditions {
    /// The same, where the caller may also say which revision of it they have seen.
    ///
    /// # Errors
    /// `changed.meanwhile`.
    pub(crate) fn still_or<T: Serialize>(&self, thing: &T, revision: &str) -> Result<(), Problem> {
        match self.unchanged.as_deref() {
            Some(listed) if lists(listed, &format!("\"{revision}\"")) => Ok(()),
            _ => self.still(thing),
        }
    }
}

fn tag_of(text: &str) -> String {
    format!("\"{}\"", digest_of(&[text.as_bytes()]).split_at(32).0)
}

/// Whether a list of tags names this one. One that a proxy has weakened by compressing the answer is still it.
fn lists(listed: &str, tag: &str) -> bool {
    listed.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_made_only_to_what_was_seen() {
        let conditions = |unchanged: Option<String>| Conditions { changed: None, unchanged };
        let tag = tag_of("\"a\"");
        assert!(conditions(None).still(&"a").is_ok());
        assert!(conditions(Some(tag.clone())).still(&"a").is_ok());
        assert!(conditions(Some(format!("\"x\", W/{tag}"))).still(&"a").is_ok());
        assert!(conditions(Some("*".into())).still(&"a").is_ok());
        assert!(conditions(Some(tag)).still(&"b").is_err());
    }
}
