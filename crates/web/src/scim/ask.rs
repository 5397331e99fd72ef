//! A request, as handlers of SCIM take it.

use super::{BASE, answer::Refusal};
use crate::{
    app::App,
    auth::principal::{Caller, Principal},
    http::{Problem, body},
};
use axum::{
    RequestExt as _,
    body::Bytes,
    extract::{FromRequest, FromRequestParts as _, RawPathParams, Request},
    http::{HeaderMap, HeaderName, header},
};
use serde_json::Value;
use weir_access::scim::{Projection, ResourceKind, ScimError, ScimType};
use weir_model::ScimDirectory;

/// A request.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) caller: Caller,
    /// The kind of resources that the path names, where it names one.
    pub(super) kind: Option<ResourceKind>,
    /// What stands behind it.
    pub(super) id: String,
    pub(super) query: Vec<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
}

impl FromRequest<App> for Ask {
    type Rejection = Refusal;

    async fn from_request(mut request: Request, app: &App) -> Result<Self, Refusal> {
        let parameters = request.extract_parts::<RawPathParams>().await.ok();
        let id =
            parameters.iter().flatten().find(|(name, _)| *name == "id").map(|(_, value)| value.to_owned());
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, app).await?;
        let query = parts.uri.query().unwrap_or_default();
        if body::has_nul(query.as_bytes()) {
            return Err(ScimError::of(ScimType::InvalidValue, "The query holds a NUL character").into());
        }
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let below = parts.uri.path().strip_prefix(BASE).unwrap_or_default();
        let is_of = |kind: &ResourceKind| {
            let rest = below.strip_prefix(kind.endpoint());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let kind = ResourceKind::ALL.into_iter().find(is_of);
        let headers = parts.headers.clone();
        let body = Bytes::from_request(Request::from_parts(parts, body), app).await;
        let body = body.map_err(|_| Problem::bad("The body could not be read"))?;
        Ok(Self { caller, kind, id: id.unwrap_or_default(), query, headers, body })
    }
}

impl Ask {
    /// The kind of resources; the routes that need one name one.
    pub(super) fn kind(&self) -> Result<ResourceKind, Problem> {
        self.kind.ok_or_else(|| Problem::bug("a route of SCIM names no kind of resources"))
    }

    /// Whose people it is about.
    pub(super) fn directory(&self) -> Result<ScimDirectory, Problem> {
        match &self.caller.principal {
            Principal::ApiKey(key) => Ok(ScimDirectory(key.workspace)),
            _ => Err(Problem::bug("whoever provisions has no key")),
        }
    }

    /// The body.
    ///
    /// # Errors
    /// 415 for another media type, `invalidSyntax` for what is no JSON.
    pub(super) fn json(&self) -> Result<Value, ScimError> {
        let kind = body::media_type(&self.headers);
        if !matches!(kind.as_str(), super::MEDIA_TYPE | "application/json") {
            let detail = format!("The body has to be {}, or application/json", super::MEDIA_TYPE);
            return Err(ScimError::status(415, detail));
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| ScimError::of(ScimType::InvalidSyntax, format!("The body is no JSON: {error}")))
    }

    /// What is shown of a resource.
    pub(super) fn projection(&self) -> Result<Projection, ScimError> {
        let named = |wanted: &str| {
            let all = self.query.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
            all.flat_map(|(_, value)| Projection::names(value)).collect()
        };
        Projection::of(named("attributes"), named("excludedAttributes"))
    }

    /// The versions that a change may be made of.
    pub(super) fn if_match(&self) -> Option<String> {
        self.listed(&header::IF_MATCH)
    }

    /// The versions that the client has.
    pub(super) fn if_none_match(&self) -> Option<String> {
        self.listed(&header::IF_NONE_MATCH)
    }

    fn listed(&self, name: &HeaderName) -> Option<String> {
        let all: Vec<&str> = self.headers.get_all(name).iter().filter_map(|one| one.to_str().ok()).collect();
        (!all.is_empty()).then(|| all.join(","))
    }
}

/// The address of it all, as clients reach it.
pub(super) fn base(app: &App) -> String {
    format!("{}{BASE}", app.settings.address())
}
