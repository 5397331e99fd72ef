//! What is wrong with a request, as RFC 7644 §3.12 has it.

use serde_json::{Value, json};

/// The URN of an error.
const SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The words for what is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScimType {
    /// A filter that cannot be read, or compares what cannot be compared.
    InvalidFilter,
    /// More than this server does at once.
    TooMany,
    /// Somebody else has the value.
    Uniqueness,
    /// What must not be changed.
    Mutability,
    /// A body that does not have the form.
    InvalidSyntax,
    /// A path that names nothing that there is.
    InvalidPath,
    /// A filter of a path that finds nothing to change.
    NoTarget,
    /// A value that does not fit, or is missing.
    InvalidValue,
}

impl ScimType {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
        }
    }
}

/// Something that is wrong with a request.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{detail}")]
pub struct ScimError {
    /// The HTTP status.
    pub status: u16,
    /// The word, where there is one.
    pub scim_type: Option<ScimType>,
    /// What is wrong, for people.
    pub detail: String,
}

impl ScimError {
    /// With a word; the status goes with it.
    pub fn of(scim_type: ScimType, detail: impl Into<String>) -> Self {
        let status = if scim_type == ScimType::Uniqueness { 409 } else { 400 };
        Self { status, scim_type: Some(scim_type), detail: detail.into() }
    }

    /// With a status alone.
    pub fn status(status: u16, detail: impl Into<String>) -> Self {
        Self { status, scim_type: None, detail: detail.into() }
    }

    /// There is no such resource.
    pub fn not_found(kind: &str, id: &str) -> Self {
        Self::status(404, format!("There is no {kind} with the id {}", shown(id)))
    }

    pub(crate) fn filter(detail: impl Into<String>) -> Self {
        Self::of(ScimType::InvalidFilter, detail)
    }

    pub(crate) fn syntax(detail: impl Into<String>) -> Self {
        Self::of(ScimType::InvalidSyntax, detail)
    }

    pub(crate) fn path(detail: impl Into<String>) -> Self {
        Self::of(ScimType::InvalidPath, detail)
    }

    pub(crate) fn value(detail: impl Into<String>) -> Self {
        Self::of(ScimType::InvalidValue, detail)
    }

    pub(crate) fn mutability(detail: impl Into<String>) -> Self {
        Self::of(ScimType::Mutability, detail)
    }

    /// As it is sent.
    pub fn document(&self) -> Value {
        let mut document = json!({
            "schemas": [SCHEMA],
            "status": self.status.to_string(),
            "detail": self.detail,
        });
        if let Some(scim_type) = self.scim_type {
            document["scimType"] = scim_type.as_str().into();
        }
        document
    }
}

/// A text of a client as it may stand in a sentence.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut shown: String = text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    if text.chars().count() > LONGEST {
        shown.push('…');
    }
    format!("\"{shown}\"")
}
