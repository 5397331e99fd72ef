//! What a handler answers, and Jira's error bodies.

use std::borrow::Cow;

use bytes::Bytes;
use serde_json::{Value, json};

use super::body::{Content, Render};
use crate::jql::Refusal;

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content: Content,
    pub(crate) content_type: &'static str,
    /// How many objects it gives, for the quota of points.
    pub(crate) objects: u64,
    /// Headers of its own.
    pub(crate) headers: Vec<(&'static str, Cow<'static, str>)>,
}

pub(crate) const JSON: &str = "application/json;charset=UTF-8";

impl Reply {
    pub(crate) fn json(value: &Value) -> Reply {
        Reply::bytes(value.to_string().into_bytes())
    }

    pub(crate) fn bytes(bytes: Vec<u8>) -> Reply {
        Reply {
            status: 200,
            content: Content::Ready(Bytes::from(bytes)),
            content_type: JSON,
            objects: 0,
            headers: Vec::new(),
        }
    }

    pub(crate) fn rendered(render: Render) -> Reply {
        Reply {
            status: 200,
            content: Content::Rendered(render),
            content_type: JSON,
            objects: 0,
            headers: Vec::new(),
        }
    }

    /// The same, which gives so many objects.
    pub(crate) fn giving(self, objects: usize) -> Reply {
        Reply { objects: objects as u64, ..self }
    }

    pub(crate) fn with_status(mut self, status: u16) -> Reply {
        self.status = status;
        self
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Reply {
        self.headers.push((name, value.into()));
        self
    }

    /// The platform's error body.
    pub(crate) fn error(status: u16, message: impl Into<String>) -> Reply {
        Reply::json(&json!({ "errorMessages": [message.into()], "errors": {} })).with_status(status)
    }

    /// The gateway's error body.
    pub(crate) fn gateway(status: u16, message: &str) -> Reply {
        Reply::json(&json!({ "code": status, "message": message })).with_status(status)
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Reply {
        Reply::error(400, message)
    }

    pub(crate) fn unknown_path() -> Reply {
        Reply::json(&json!({ "message": "null for uri", "status-code": 404 })).with_status(404)
    }

    pub(crate) fn no_issue() -> Reply {
        Reply::error(404, "Issue does not exist or you do not have permission to see it.")
    }

    pub(crate) fn forbidden() -> Reply {
        Reply::error(403, "You do not have permission to perform this operation.")
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Reply {
        Reply::bad_request(refusal.0)
    }
}

/// A handler's answer: refusals are replies too, so that `?` can hand them on.
pub(crate) type Answer = Result<Reply, Box<Reply>>;

/// Refuses with 400.
pub(crate) fn refuse<T>(message: impl Into<String>) -> Result<T, Box<Reply>> {
    Err(Box::new(Reply::bad_request(message)))
}

impl From<Refusal> for Box<Reply> {
    fn from(refusal: Refusal) -> Box<Reply> {
        Box::new(refusal.into())
    }
}
