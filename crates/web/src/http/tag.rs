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
        self.tagged(thing, tag_of)
    }

    /// The same for a thing whose answer also tells what changes by itself: its tag begins with the revision of what a caller
    /// can change.
    pub(crate) fn answer_of<T: Serialize>(&self, thing: &T, revision: &str) -> Result<Response, Problem> {
        self.tagged(thing, |text| format!("\"{revision}.{}", &tag_of(text)[1..]))
    }

    fn tagged<T: Serialize>(
        &self,
        thing: &T,
        tag_of: impl FnOnce(&str) -> String,
    ) -> Result<Response, Problem> {
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
    /// Before a change of a thing with a revision: that this still is the one that the caller has seen, by the revision itself or
    /// by a tag that begins with it.
    ///
    /// # Errors
    /// `changed.meanwhile`.
    pub(crate) fn still_at(&self, revision: &str) -> Result<(), Problem> {
        let of_it = |tag: &str| {
            let rest = tag.strip_prefix('"').and_then(|tag| tag.strip_prefix(revision));
            rest.is_some_and(|rest| rest == "\"" || rest.starts_with('.'))
        };
        match self.unchanged.as_deref() {
            Some(listed) if !each(listed).any(|tag| tag == "*" || of_it(tag)) => {
                Err(Message::ChangedMeanwhile {}.into())
            }
            _ => Ok(()),
        }
    }
}

fn tag_of(text: &str) -> String {
    format!("\"{}\"", digest_of(&[text.as_bytes()]).split_at(32).0)
}

/// The tags of a list. One that a proxy has weakened by compressing the answer is still it.
fn each(listed: &str) -> impl Iterator<Item = &str> {
    listed.split(',').map(str::trim).map(|one| one.strip_prefix("W/").unwrap_or(one))
}

/// Whether a list of tags names this one.
fn lists(listed: &str, tag: &str) -> bool {
    each(listed).any(|one| one == "*" || one == tag)
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

    #[test]
    fn a_tag_of_a_revision_holds_however_the_rest_of_the_answer_changes() {
        let conditions = |unchanged: &str| Conditions { changed: None, unchanged: Some(unchanged.into()) };
        let seen = Conditions { changed: None, unchanged: None }.answer_of(&"late", "r1").expect("an answer");
        let seen = seen.headers()[header::ETAG].to_str().expect("text").to_owned();
        assert!(conditions(&seen).still_at("r1").is_ok(), "{seen}");
        assert!(conditions(&format!("W/{seen}")).still_at("r1").is_ok());
        assert!(conditions("\"r1\"").still_at("r1").is_ok());
        assert!(conditions("\"x\", *").still_at("r1").is_ok());
        assert!(conditions(&seen).still_at("r2").is_err());
        assert!(conditions("\"r\"").still_at("r1").is_err());
        assert!(conditions("\"r11\"").still_at("r1").is_err());
    }
}
