//! `Idempotency-Key`: a request that is sent again does nothing the second time and gets the answer of the first.
//!
//! Only answers to what was done are kept, for a day: after an error the same key may be tried again. What is shown once,
//! such as a key, is not kept with them.

use super::{Problem, tag::json};
use crate::{
    app::App,
    auth::{
        digest::digest_of,
        principal::{Caller, Principal},
    },
};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderValue, StatusCode},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use weir_model::Message;
use weir_store::Answered;

/// The header.
pub(crate) const HEADER: &str = "idempotency-key";

/// Longest key.
const LONGEST: usize = 255;

/// The header that says that an answer is one of before.
const REPLAYED: &str = "idempotency-replayed";

/// What is kept of an answer in its place, because it shows something once.
#[derive(Clone, Debug)]
pub(crate) struct KeptInstead(pub(crate) String);

/// Has a request answered, once.
pub(crate) async fn answered(
    app: &App,
    caller: &Caller,
    request: Request,
    body: Bytes,
    may_repeat: bool,
    next: Next,
) -> Response {
    let key = match request.headers().get(HEADER).filter(|_| may_repeat) {
        None => return next.run(request.map(|_| Body::from(body))).await,
        Some(key) => key.to_str().unwrap_or_default().to_owned(),
    };
    if key.is_empty() || key.len() > LONGEST {
        return Problem::bad("Idempotency-Key is 1 to 255 printable characters").into_response();
    }
    let fingerprint =
        digest_of(&[request.method().as_str().as_bytes(), request.uri().path().as_bytes(), &body]);
    let principal = named(&caller.principal);
    let begun = match app.store.begin_request(&principal, &key, &fingerprint).await {
        Ok(begun) => begun,
        Err(error) => return Problem::from(error).into_response(),
    };
    match begun {
        Answered::New => {}
        Answered::UnderWay => return Problem::from(Message::RepeatBusy {}).into_response(),
        Answered::Other => return Problem::from(Message::RepeatOther {}).into_response(),
        Answered::Before(status, text) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            let mut response = json(status, text);
            response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
            return response;
        }
    }
    let response = next.run(request.map(|_| Body::from(body))).await;
    kept(app, &principal, &key, response).await
}

/// Keeps an answer and gives it.
async fn kept(app: &App, principal: &str, key: &str, response: Response) -> Response {
    let status = response.status();
    let (parts, body) = response.into_parts();
    let bytes = match to_bytes(body, usize::MAX).await {
        Ok(bytes) => bytes,
        Err(error) => return Problem::bug(&error.to_string()).into_response(),
    };
    let text = match parts.extensions.get::<KeptInstead>() {
        Some(KeptInstead(text)) => text.clone(),
        None => String::from_utf8_lossy(&bytes).into_owned(),
    };
    let answer = status.is_success().then_some((status.as_u16(), text.as_str()));
    if let Err(error) = app.store.end_request(principal, key, answer).await {
        // It was done; whoever sends it again is told that it is under way until it is forgotten.
        tracing::error!(%error, "an answer could not be kept");
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn named(principal: &Principal) -> String {
    let (kind, id, _) = principal.named();
    format!("{kind}:{}", id.unwrap_or_default())
}
