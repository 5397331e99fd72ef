//! Telling JSON from the login page that came instead.

use std::error::Error;
use std::fmt;

use http::{HeaderMap, header};

use crate::response::Response;

/// The body is not JSON, whatever the status says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotJson {
    /// The media type that came, without parameters; empty when none was given.
    pub content_type: String,
    /// The body looks like a sign-in page, as single sign-on in front of Jira serves it.
    pub looks_like_login: bool,
}

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let came = if self.content_type.is_empty() { "no content type" } else { &self.content_type };
        let login = if self.looks_like_login { ", probably a sign-in page" } else { "" };
        write!(f, "expected JSON, got {came}{login}")
    }
}

impl Error for NotJson {}

impl Response {
    /// The body, if its `Content-Type` says JSON (`application/json` or any `+json`) and it is not
    /// empty. The content itself is the caller's to parse.
    pub fn require_json(&self) -> Result<&[u8], NotJson> {
        let media_type = media_type(&self.headers);
        let is_json = media_type == "application/json"
            || (media_type.starts_with("application/") && media_type.ends_with("+json"));
        if is_json && !self.body.is_empty() {
            return Ok(&self.body);
        }
        Err(NotJson {
            looks_like_login: looks_like_login(&self.body),
            content_type: crate::text::snippet(media_type.as_bytes()),
        })
    }
}

/// Whether a body is a web page, by its type and by how it begins.
pub(crate) fn is_page(headers: &HeaderMap, body: &[u8]) -> bool {
    let begins = body.iter().find(|byte| !byte.is_ascii_whitespace());
    media_type(headers) == "text/html" && !matches!(begins, Some(b'{' | b'['))
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    value.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

pub(crate) fn looks_like_login(body: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&body[..body.len().min(64 * 1024)]).to_ascii_lowercase();
    let is_html = head.contains("<html") || head.contains("<!doctype html") || head.contains("<form");
    let signs = ["type=\"password\"", "type='password'", "saml", "login", "log in", "sign in", "signin"];
    is_html && signs.iter().any(|sign| head.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{HeaderValue, StatusCode};
    use std::time::Duration;

    fn response(content_type: Option<&'static str>, body: &'static str) -> Response {
        let mut headers = HeaderMap::new();
        if let Some(content_type) = content_type {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        Response {
            status: StatusCode::OK,
            headers,
            body: Bytes::from_static(body.as_bytes()).into(),
            took: Duration::ZERO,
            attempts: 1,
            waited: Duration::ZERO,
        }
    }

    #[test]
    fn json_media_types_are_accepted() {
        for json in ["application/json", "Application/JSON; charset=UTF-8", "application/problem+json"] {
            assert_eq!(response(Some(json), "{}").require_json().unwrap(), b"{}");
        }
    }

    #[test]
    fn a_sign_in_page_is_told_from_another_page() {
        let login = "<!DOCTYPE html><form><input type=\"password\"></form>";
        let error = response(Some("text/html;charset=utf-8"), login).require_json().unwrap_err();
        assert_eq!(error, NotJson { content_type: "text/html".to_owned(), looks_like_login: true });
        let page =
            response(Some("text/html"), "<html><h1>Maintenance</h1></html>").require_json().unwrap_err();
        assert!(!page.looks_like_login);
    }

    #[test]
    fn a_missing_type_and_an_empty_body_are_refused() {
        assert_eq!(response(None, "{}").require_json().unwrap_err().content_type, "");
        assert!(response(Some("application/json"), "").require_json().is_err());
        assert!(response(Some("text/json+html"), "{}").require_json().is_err());
    }

    #[test]
    fn the_servers_clock_is_read() {
        let mut response = response(None, "");
        response.headers.insert(header::DATE, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"));
        assert_eq!(response.server_date(), Some(784_111_777_000));
        response.headers.insert(header::DATE, HeaderValue::from_static("yesterday"));
        assert_eq!(response.server_date(), None);
    }
}
