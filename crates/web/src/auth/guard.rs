//! What stands before every handler: who asks, whether the request is really theirs, and whether they may.

use super::{
    address, csrf, digest, keys,
    place::{self, Named},
    policy::{self, Decision},
    principal::{Called, Caller, Principal, RequestInfo},
    rates, refusal,
    routes::{self, PROBES, Route, SATELLITES, SCIM, Who},
    sessions, used,
};
use crate::{
    api,
    app::App,
    http::{Problem, answer::is_api, body, paging::of_list, repeat},
    pages::{
        format::{in_zone, zone_of},
        framed,
    },
};
use axum::{
    RequestExt as _,
    body::{Body, Bytes},
    extract::{ConnectInfo, MatchedPath, RawPathParams, Request, State},
    http::{HeaderMap, Method, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Redirect, Response},
};
use std::{
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
};
use weir_model::Message;

/// The header that names a request.
pub(crate) const REQUEST_ID: &str = "x-request-id";

/// Lets a request through to its handler, or answers it.
pub(crate) async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let info = RequestInfo { id: request_id(&app, request.headers()), address: address(&app, &request) };
    let matched = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let parameters = request.extract_parts::<RawPathParams>().await.ok();
    let (parts, body) = request.into_parts();
    let asked_by = who(&app, &parts.headers).await;
    let counted = is_counted(&parts)
        .then(|| app.rates.count(&rates::caller(asked_by.as_ref().ok(), info.address), app.now()));
    let (left, within) = counted.map_or((None, Ok(())), |(left, within)| (Some(left), within));
    let mut answer = match within.map_err(Problem::from).and(asked_by) {
        Err(problem) => problem.into_response(),
        Ok(principal) => {
            let caller = Caller(Arc::new(Called { principal, request: info.clone() }));
            let asked = Asked { matched: matched.as_deref(), parameters: parameters.as_ref() };
            let zone = zone_of(caller.signed_in().map(|me| &me.account), &parts.headers);
            let mut answer = match admitted(&app, &caller, &asked, &parts, body).await {
                Ok(Admitted { body, may_repeat }) => {
                    let path = parts.uri.path().to_owned();
                    let mut request = Request::from_parts(parts, Body::empty());
                    request.extensions_mut().insert(caller.clone());
                    let answered = repeat::answered(&app, &caller, request, body, may_repeat, next);
                    let places: Vec<&str> = parameters.iter().flatten().map(|(_, value)| value).collect();
                    let answered = of_list(matched.as_deref().unwrap_or_default(), &places, answered);
                    let answer = in_zone(zone.clone(), answered).await;
                    // Apart from the handler, which goes deep by itself.
                    in_zone(zone, Box::pin(framed(&app, &caller, &path, answer))).await
                }
                Err(refusal) => *refusal,
            };
            used::note(&app, &caller.principal);
            answer.extensions_mut().insert(caller);
            answer
        }
    };
    if let Some(left) = left {
        left.stamp(answer.headers_mut());
    }
    if let Some(path) = matched {
        answer.extensions_mut().insert(Served(path));
    }
    answer
}

/// Whether a request counts: those of programs do, those that only ask whether the server is well do not, and neither do those of
/// satellites, which wait for an answer to each.
fn is_counted(parts: &Parts) -> bool {
    let path = parts.uri.path();
    is_api(path) && !PROBES.contains(&path) && !path.starts_with(SATELLITES)
}

/// The path of the route that answered, as the table has it.
#[derive(Clone, Debug)]
pub(crate) struct Served(pub(crate) String);

/// What the router found.
struct Asked<'a> {
    matched: Option<&'a str>,
    parameters: Option<&'a RawPathParams>,
}

/// A request that may go to its handler.
struct Admitted {
    body: Bytes,
    /// Whether a key in its header says that it may be sent again.
    may_repeat: bool,
}

/// Who asks.
///
/// # Errors
/// `access.key` for a key that lets nobody in.
pub(crate) async fn who(app: &App, headers: &HeaderMap) -> Result<Principal, Problem> {
    match keys::shown(app, headers).await? {
        keys::Shown::Good(key) => return Ok(Principal::ApiKey(key)),
        keys::Shown::Refused => return Err(Message::ApiKeyRefused {}.into()),
        keys::Shown::None => {}
    }
    let Some(token) = sessions::token_of(headers, &app.settings) else {
        return Ok(Principal::Stranger);
    };
    Ok(sessions::signed_in(app, &token).await?.map_or(Principal::Stranger, Principal::Session))
}

/// Whether a request may go to its handler; otherwise the answer to it.
async fn admitted(
    app: &App,
    caller: &Caller,
    asked: &Asked<'_>,
    parts: &Parts,
    body: Body,
) -> Result<Admitted, Box<Response>> {
    let refused = |problem: Problem| Box::new(problem.into_response());
    let principal = &caller.principal;
    let route = asked.matched.and_then(|path| routes::find(parts.method.as_str(), path));
    // Probes name the machine as their network does.
    let is_probe = asked.matched.is_some_and(|path| PROBES.contains(&path));
    if !matches!(principal, Principal::ApiKey(_)) && !is_probe {
        csrf::check_host(&parts.headers, &app.settings).map_err(|message| refused(message.into()))?;
    }
    let Some(route) = route else { return Err(unrouted(app, caller, asked, parts).await) };
    if parts.uri.query().is_some_and(|query| !query.is_empty())
        && api::takes_no_query(route.method, route.path)
    {
        return Err(refused(Problem::bad("This operation takes no parameters")));
    }
    if asked.parameters.into_iter().flatten().any(|(_, value)| value.contains('\0')) {
        // Nothing is called so, and no store can look for it.
        return Err(unrouted(app, caller, &Asked { matched: None, parameters: None }, parts).await);
    }
    let largest = match route.path {
        path if path.starts_with(SATELLITES) => body::LARGEST_PARCEL,
        path if path.starts_with(SCIM) => body::LARGEST_SCIM,
        _ => body::LARGEST,
    };
    let body = body::read(body, largest).await.map_err(refused)?;
    if !parts.method.is_safe() && !body.is_empty() && api::takes_no_body(route.method, route.path) {
        return Err(refused(Problem::bad("This operation takes no body")));
    }
    if !parts.method.is_safe() {
        its_own(app, principal, parts, &body).map_err(|message| refused(message.into()))?;
    }
    let parameter = |wanted| {
        asked.parameters.into_iter().flatten().find(|(name, _)| *name == wanted).map(|(_, value)| value)
    };
    let named = Named { name: parameter("name"), id: parameter("id") };
    let place = place::find(app, route.place, named).await.map_err(|error| refused(error.into()))?;
    let decision = policy::decide(principal, route.who, route.action, &place);
    match (decision, policy::told(decision, route.action)) {
        (_, Ok(())) => {
            let may_repeat =
                parts.method == Method::POST && is_api(route.path) && !route.path.starts_with(SCIM);
            Ok(Admitted { body, may_repeat })
        }
        (Decision::SignIn, Err(_)) => Err(sign_in(app, parts).await),
        (_, Err(message)) => {
            let message = match decision {
                Decision::Refuse if route.who == Who::All || matches!(principal, Principal::Session(_)) => {
                    let why = refusal::why(app, principal, route.action, &place).await;
                    why.map_err(|error| refused(error.into()))?.into()
                }
                _ => message,
            };
            refusal_noted(caller, route, &message);
            Err(refused(message.into()))
        }
    }
}

/// What is not in the table: strangers are told nothing of it.
async fn unrouted(app: &App, caller: &Caller, asked: &Asked<'_>, parts: &Parts) -> Box<Response> {
    let allowed = asked.matched.map(routes::allowed_methods).unwrap_or_default();
    if matches!(caller.principal, Principal::Stranger) {
        return sign_in(app, parts).await;
    }
    let problem = match allowed.is_empty() {
        true => Problem::from(Message::PageUnknown {}),
        false => Problem::from(Message::MethodWrong { method: parts.method.to_string() }).allowing(allowed),
    };
    Box::new(problem.into_response())
}

/// Whether a request that changes something was meant by the one whose cookie it carries.
fn its_own(app: &App, principal: &Principal, parts: &Parts, body: &[u8]) -> Result<(), Message> {
    if matches!(principal, Principal::ApiKey(_)) {
        // Browsers do not add keys by themselves.
        return Ok(());
    }
    csrf::check_origin(&parts.headers, &app.settings)?;
    let Principal::Session(_) = principal else { return Ok(()) };
    let token = sessions::token_of(&parts.headers, &app.settings).unwrap_or_default();
    let shown = match parts.headers.get(csrf::HEADER).and_then(|value| value.to_str().ok()) {
        Some(shown) => Some(shown.to_owned()),
        None if body::is_form(&parts.headers) => body::form_field(body, csrf::FIELD),
        None => None,
    };
    match shown.is_some_and(|shown| csrf::fits(&shown, &token)) {
        true => Ok(()),
        false => Err(Message::FormStale {}),
    }
}

/// Where a stranger is sent.
async fn sign_in(app: &App, parts: &Parts) -> Box<Response> {
    if is_api(parts.uri.path()) {
        return Box::new(Problem::from(Message::SignInNeeded {}).into_response());
    }
    let known = match someone_is_known(app).await {
        Ok(known) => known,
        Err(problem) => return Box::new(problem.into_response()),
    };
    let to = match parts.uri.path_and_query() {
        _ if !known => "/setup".to_owned(),
        Some(asked) if parts.method == Method::GET && asked.path() != "/" => {
            format!("/login?{}", body::query(&[("next", asked.as_str())]))
        }
        // Whoever sent a form after the session had ended goes back to the page of the form.
        _ if parts.method == Method::POST => match csrf::page_before(&parts.headers, &app.settings) {
            Some(page) => format!("/login?{}", body::query(&[("next", page.as_str())])),
            None => "/login".to_owned(),
        },
        _ => "/login".to_owned(),
    };
    Box::new(Redirect::to(&to).into_response())
}

/// Whether anybody can sign in yet. Once somebody can, it stays so.
pub(crate) async fn someone_is_known(app: &App) -> Result<bool, Problem> {
    if app.has_accounts.load(Ordering::Relaxed) {
        return Ok(true);
    }
    let known = app.store.has_accounts().await?;
    app.has_accounts.fetch_or(known, Ordering::Relaxed);
    Ok(known)
}

fn refusal_noted(caller: &Caller, route: &Route, message: &Message) {
    let (kind, id, _) = caller.principal.named();
    tracing::info!(kind, id, method = route.method, path = route.path, code = message.id(), "refused");
}

/// The id that the caller gave the request, where it is one, or a fresh one.
pub(crate) fn request_id(app: &App, headers: &HeaderMap) -> String {
    let plain = |text: &&str| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(plain);
    given.map_or_else(
        || {
            let mut bytes = [0; 8];
            app.environment.entropy.fill(&mut bytes);
            digest::hex(&bytes)
        },
        str::to_owned,
    )
}

fn address(app: &App, request: &Request) -> Option<std::net::IpAddr> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>()?.0.ip();
    Some(address::of_caller(peer, request.headers(), &app.settings.trusted_proxies))
}
