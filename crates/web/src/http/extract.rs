//! How handlers read a request. What does not fit is an error of the catalogue, and what is not known is never passed over.

use super::{Problem, body, parsed::sentence};
use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{StatusCode, header, request::Parts},
};
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

/// Longest pointer that is told.
const LONGEST: usize = 300;

/// The query.
#[derive(Debug)]
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if body::has_nul(parts.uri.query().unwrap_or_default().as_bytes()) {
            return Err(Problem::bad("The query holds a NUL character"));
        }
        match Query::from_request_parts(parts, state).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(rejection) => Err(Problem::bad(sentence(&rejection.body_text()))),
        }
    }
}

/// What stands in the path.
#[derive(Debug)]
pub(crate) struct Segments<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Segments<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(segments)) => Ok(Self(segments)),
            Err(rejection) => Err(Problem::bad(sentence(&rejection.body_text()))),
        }
    }
}

/// A body of JSON.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if body::media_type(request.headers()) != "application/json" {
            return Err(not_json());
        }
        let bytes = bytes(request, state).await?;
        // A list would be taken for an object's members in their order.
        if bytes.trim_ascii_start().first() == Some(&b'[') {
            return Err(Problem::bad("The body must be a JSON object"));
        }
        let mut reader = serde_json::Deserializer::from_slice(&bytes);
        let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let problem = Problem::bad(sentence(&error.inner().to_string()));
            match pointer(error.path()) {
                pointer if pointer.is_empty() => problem,
                pointer => problem.at(pointer),
            }
        })?;
        reader.end().map_err(|error| Problem::bad(sentence(&error.to_string())))?;
        Ok(Self(read))
    }
}

/// A place in a body as a pointer (RFC 6901), as far as it is known.
fn pointer(path: &serde_path_to_error::Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => {
                pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1")))
            }
            Segment::Enum { .. } => {}
            Segment::Unknown => break,
        }
    }
    weir_model::clean(&pointer, LONGEST)
}

/// A body of JSON that may be left out.
#[derive(Debug)]
pub(crate) struct OptionalJson<T>(pub(crate) T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for OptionalJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !request.headers().contains_key(header::CONTENT_TYPE) {
            return match bytes(request, state).await?.is_empty() {
                true => Ok(Self(T::default())),
                false => Err(not_json()),
            };
        }
        Json::<Option<T>>::from_request(request, state)
            .await
            .map(|Json(given)| Self(given.unwrap_or_default()))
    }
}

/// A form.
#[derive(Debug)]
pub(crate) struct Form<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = bytes(Request::new(body), state).await?;
        if body::has_nul(&bytes) {
            return Err(Problem::bad("The form holds a NUL character"));
        }
        match axum::Form::from_request(Request::from_parts(parts, Body::from(bytes)), state).await {
            Ok(axum::Form(form)) => Ok(Self(form)),
            Err(rejection) => Err(Problem::bad(sentence(&rejection.body_text()))),
        }
    }
}

fn not_json() -> Problem {
    Problem::bad("The body must be JSON, and the header Content-Type must say so")
        .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
}

async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection| Problem::bad(sentence(&rejection.body_text())))
}
