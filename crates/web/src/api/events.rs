//! What happened to integrations, page by page or as it happens.

use crate::{
    app::App,
    auth::{
        policy::{self, Action},
        principal::Caller,
        rates,
    },
    happening::{Streams, cursor, event_of, moment_of, stream},
    http::{Problem, extract::Params, paging::Window, tag::Answer},
};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use weir_model::Millis;
use weir_store::Moment;

/// How far back is looked where nothing is said.
const USUAL_MS: i64 = 24 * 60 * 60 * 1_000;

/// An event is told once this much has passed, so that none comes to stand before one that was told.
pub(crate) const SETTLED_MS: i64 = 1_000;

/// Something that happened to an integration.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub(crate) struct Event {
    /// What `after` is for what comes after it.
    pub(crate) id: String,
    pub(crate) at: String,
    /// `run.started`, `run.ended` or `deed`.
    pub(crate) kind: &'static str,
    /// The integration's name.
    pub(crate) integration: String,
    /// The run.
    pub(crate) run: Option<String>,
    /// Of a run: `schedule`, `manual`, `census` or `verify`.
    pub(crate) trigger: Option<String>,
    /// Of a run that ended: `success`, `partial`, `failed` or `cancelled`.
    pub(crate) result: Option<String>,
    pub(crate) error_code: Option<String>,
    /// Of a deed: what was done, such as `integration.edit`.
    pub(crate) action: Option<String>,
    /// Who did it, by the name at that time.
    pub(crate) actor: Option<String>,
    /// `done`, `refused` or `failed`.
    pub(crate) outcome: Option<String>,
}

/// What happened, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct Events {
    items: Vec<Event>,
    /// Whether more has happened already.
    has_more: bool,
    /// What `after` of the next request is, now or later.
    next: String,
}

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct EventsQuery {
    /// From this instant on: RFC 3339; a day ago, unless something else is said. With `after`, both hold.
    #[param(format = DateTime)]
    since: Option<String>,
    /// At most this many.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// `next` of the page before, or the `id` of an event.
    #[param(pattern = "^([0-9a-f]{2})+$")]
    after: Option<String>,
}

/// What happened to integrations, oldest first
///
/// Runs that began and ended, and what people did: what stands on the integrations' own pages. An event is told a second after it
/// happened. Asked with `Accept: text/event-stream`, the answer is a stream of server-sent events instead: `id` is a cursor, `event` the
/// kind, `data` the event as it stands in `items`. It begins after `Last-Event-ID` or `after`, otherwise now, or at `since`. It ends after
/// two minutes, or when the server does; browsers ask again by themselves. One caller can have four streams.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", params(EventsQuery),
    responses((status = 200, description = "Events within reach", body = Events)))]
pub(in crate::api) async fn list_events(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Params(query): Params<EventsQuery>,
) -> Result<Response, Problem> {
    let is_stream = accepts_stream(&headers);
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).filter(|_| is_stream);
    let window = Window::new(query.limit, last.or(query.after.as_deref()))?;
    let now = app.now();
    let since = query.since.as_deref().map(instant).transpose()?.map(Moment::before);
    let after = window.after().map(|text| moment_of(text).ok_or_else(crate::http::paging::not_ours));
    let usual = Moment::before(Millis(now.0 - if is_stream { SETTLED_MS } else { USUAL_MS }));
    let begin = since.max(after.transpose()?).unwrap_or(usual);
    let reach = policy::reach(&caller.principal, Action::Read);
    if is_stream {
        let name = rates::caller(Some(&caller.principal), caller.request.address);
        let place = Streams::place(&app, name)?;
        let told = stream(app, &headers, window, begin, place);
        let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
        return Ok((StatusCode::OK, headers, Body::from_stream(told)).into_response());
    }
    let until = Millis(now.0 - SETTLED_MS);
    let mut found = app.store.happenings(&reach, begin, until, window.wanted()).await?;
    let has_more = found.len() > window.limit as usize;
    found.truncate(window.limit as usize);
    let next = window.cursor(&cursor(found.last().map_or(begin, |last| last.moment)));
    let items = found.into_iter().map(|one| event_of(one, &window)).collect();
    Ok(Answer(StatusCode::OK, Events { items, has_more, next }).into_response())
}

fn instant(text: &str) -> Result<Millis, Problem> {
    let at = text.trim().parse::<jiff::Timestamp>();
    let bad = || Problem::bad("since is an instant such as 2026-11-19T14:26:05Z");
    at.map(|at| Millis(at.as_millisecond())).map_err(|_| bad())
}

fn accepts_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|one| {
        one.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream"))
    })
}
