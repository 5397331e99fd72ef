//! How answers leave: errors as a problem document or a page, handlers that take too long or break as an error.

use super::{Problem, headers::length, paging::NextPage};
use crate::{
    app::App,
    auth::{
        guard::{self, REQUEST_ID, Served},
        principal::Caller,
        routes::{PROBES, SATELLITES, SCIM},
    },
    pages, scim,
};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Method, Uri, header},
    middleware::Next,
    response::Response,
};
use std::time::{Duration, Instant};
use weir_model::Message;

/// How long a request may take: longer than all checks of a site, which have a limit of their own.
const LONGEST: Duration = Duration::from_secs(40);

/// Whether programs are what asks for this path.
pub(crate) fn is_api(path: &str) -> bool {
    let doors = ["/api/", SATELLITES, SCIM];
    doors.iter().any(|door| path.starts_with(door)) || path == "/metrics" || PROBES.contains(&path)
}

/// Gives each request its time, and makes an error of a handler that breaks. What was begun for a caller who has hung up is
/// still brought to its end.
pub(crate) async fn limited(request: Request, next: Next) -> Response {
    use axum::response::IntoResponse as _;
    let mut work = tokio::spawn(next.run(request));
    match tokio::time::timeout(LONGEST, &mut work).await {
        Ok(Ok(response)) => response,
        Ok(Err(broken)) => {
            tracing::error!(error = %broken, "a handler broke");
            Problem::bug("A handler broke").into_response()
        }
        Err(_) => {
            work.abort();
            Problem::from(Message::RequestSlow { seconds: LONGEST.as_secs() }).into_response()
        }
    }
}

/// Writes errors, counts and notes every request.
pub(crate) async fn finished(State(app): State<App>, mut request: Request, next: Next) -> Response {
    // Also what breaks further in has a name for the report.
    let id = HeaderValue::try_from(guard::request_id(&app, request.headers())).ok();
    if let Some(id) = &id {
        request.headers_mut().insert(REQUEST_ID, id.clone());
    }
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let begun = Instant::now();
    let mut response = next.run(request).await;
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = written(&app, &problem, response, &uri);
    }
    if let Some(link) = response.extensions_mut().remove::<NextPage>().and_then(|next| next.link(&uri)) {
        response.headers_mut().insert(header::LINK, link);
    }
    let took = begun.elapsed();
    let route = response.extensions().get::<Served>().map_or("none", |served| served.0.as_str()).to_owned();
    app.metrics.request(&route, response.status().as_u16(), took);
    noted(&method, &route, &response, took);
    response
}

fn written(app: &App, problem: &Problem, response: Response, uri: &Uri) -> Response {
    let id = request_id(&response).to_owned();
    if problem.status.is_server_error() {
        tracing::error!(request_id = id, code = problem.message.id(), message = %problem.message, "failed");
    }
    let (mut parts, _) = response.into_parts();
    let (kind, text) = if uri.path().starts_with(SCIM) {
        parts.status = problem.status_for_programs();
        (scim::MEDIA_TYPE, scim::error_of(problem).document().to_string())
    } else if is_api(uri.path()) {
        parts.status = problem.status_for_programs();
        let document = problem.document(uri.path(), &id);
        ("application/problem+json", serde_json::to_string(&document).unwrap_or_default())
    } else {
        let caller = parts.extensions.get::<Caller>();
        ("text/html; charset=utf-8", pages::errors::page(app, problem, &id, caller))
    };
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    parts.headers.insert(header::CONTENT_LENGTH, length(&text));
    Response::from_parts(parts, Body::from(text))
}

/// Neither the query nor anything that a caller wrote is noted: both may hold what is not for logs.
fn noted(method: &Method, route: &str, response: &Response, took: Duration) {
    let (status, took) = (response.status().as_u16(), took.as_millis());
    tracing::info!(%method, route, status, took, request_id = request_id(response), "answered");
}

fn request_id(response: &Response) -> &str {
    response.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default()
}
