//! Where satellites come to: they report, take errands, hand in what they read, and tell what came of it. A door of its own, for keys
//! of the scope `satellite` alone; what goes through it is described in `weir_source::errand`.

mod runs;

use crate::{
    app::App,
    auth::principal::{Caller, Principal},
    http::{
        Problem,
        extract::{Json, Params, Segments},
        routes::Routes,
    },
};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts as _, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use std::{sync::Arc, time::Duration};
use weir_ingest::satellite::{self, Beat, Order, Reporter, Said};
use weir_model::{ApiKey, FeedFault, Message, Surface};
use weir_store::LeaseHolder;

/// How long a satellite may wait for something.
const LONGEST_WAIT: u64 = 25_000;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .post("/satellite/v1/beat", beat)
        .post("/satellite/v1/errands/take", take)
        .post("/satellite/v1/errands/{errand}/turns/{turn}/parcels/{seq}", parcel)
        .post("/satellite/v1/errands/{errand}/turns/{turn}/sign", sign)
        .post("/satellite/v1/errands/{errand}/turns/{turn}/end", end)
        .post("/satellite/v1/integrations/{integration}/runs", runs::ask)
        .post("/satellite/v1/integrations/{integration}/runs/next", runs::next)
}

/// A refusal in words for people, and as itself for the satellite.
pub(super) struct Refusal(Problem);

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<Message> for Refusal {
    fn from(message: Message) -> Self {
        Self(Problem::from(message))
    }
}

impl From<FeedFault> for Refusal {
    fn from(fault: FeedFault) -> Self {
        Self(Problem::from(Message::from(fault)))
    }
}

impl From<weir_store::StoreError> for Refusal {
    fn from(error: weir_store::StoreError) -> Self {
        Self(Problem::from(error))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (problem, message) = (&self.0, &self.0.message);
        let status = problem.status_for_programs();
        let body = serde_json::json!({
            "type": format!("urn:weir:problem:{}", message.id()),
            "title": status.canonical_reason().unwrap_or("Error"),
            "status": status.as_u16(),
            "detail": message.what(),
            "cause": message.why(),
            "fix": message.fix(Surface::CommandLine),
            "code": message.id(),
            "said": Said::of(message),
        });
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (status, kind, body.to_string()).into_response()
    }
}

/// Which satellite asks. The guard has let no key in but those of satellites.
#[derive(Debug, Deserialize)]
pub(super) struct Asker {
    satellite: String,
    #[serde(default)]
    waits_ms: u64,
}

impl Asker {
    fn waits(&self) -> Duration {
        Duration::from_millis(self.waits_ms.min(LONGEST_WAIT))
    }

    /// Proves that the satellite is that of the key, and may still come.
    async fn known(&self, app: &App, caller: &Caller) -> Result<(), Refusal> {
        let key = key_of(caller)?;
        let found = app.store.satellite(&self.satellite).await?;
        let known = found.filter(|one| one.key == key.id).ok_or(FeedFault::Gone {})?;
        match known.revoked {
            None => Ok(()),
            Some(_) => Err(FeedFault::Revoked { name: known.name }.into()),
        }
    }
}

fn key_of(caller: &Caller) -> Result<&ApiKey, Problem> {
    match &caller.principal {
        Principal::ApiKey(key) => Ok(key),
        _ => Err(Problem::bug("a satellite has no key")),
    }
}

fn holds(key: &ApiKey, app: &App) -> bool {
    key.revoked_at.is_none() && key.expires_at.is_none_or(|end| end > app.now())
}

/// `POST /satellite/v1/beat`.
async fn beat(State(app): State<App>, caller: Caller, Json(beat): Json<Beat>) -> Result<Response, Refusal> {
    let key = key_of(&caller)?;
    if !is_id(&beat.id) {
        return Err(Problem::bad("The id of a satellite is 1 to 100 letters, digits, _ and -")
            .at("/id")
            .into());
    }
    if let Some(known) = app.store.satellite(&beat.id).await?
        && known.key != key.id
        && app.store.api_key(&known.key).await?.is_some_and(|key| holds(&key, &app))
    {
        // Nobody takes the place of a satellite whose key still holds.
        return Err(FeedFault::Gone {}.into());
    }
    let holder = LeaseHolder::this_process(app.environment.entropy.as_ref());
    let reporter = Reporter {
        key: key.id,
        workspace: key.workspace,
        tenant: app.settings.tenant.as_deref(),
        version: app.settings.version,
        holder: &holder,
    };
    let reply = satellite::report(&app.store, reporter, beat).await?;
    Ok(answer(&reply)?)
}

/// Whether it can be an id, which a satellite gives itself, and which stands in addresses.
fn is_id(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// `POST /satellite/v1/errands/take`.
async fn take(State(app): State<App>, caller: Caller, Json(asker): Json<Asker>) -> Result<Response, Refusal> {
    asker.known(&app, &caller).await?;
    let order: Option<Order> = tokio::select! {
        order = satellite::take(&app.store, &asker.satellite, asker.waits()) => order?,
        // Who waits is not to hold up the end of the server.
        () = app.streams.end.cancelled() => None,
    };
    Ok(match order {
        Some(order) => answer(&order)?,
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// `POST /satellite/v1/errands/{errand}/turns/{turn}/parcels/{seq}`.
async fn parcel(
    State(app): State<App>,
    caller: Caller,
    Segments((errand, turn, seq)): Segments<(i64, i64, i64)>,
    Params(asker): Params<Asker>,
    body: Bytes,
) -> Result<Response, Refusal> {
    asker.known(&app, &caller).await?;
    let body: Arc<[u8]> = Arc::from(&*body);
    let number = (errand, turn, seq);
    let reply = tokio::select! {
        reply = satellite::parcel(&app.store, number, &asker.satellite, body, asker.waits()) => reply?,
        () = app.streams.end.cancelled() => None,
    };
    Ok(match reply {
        Some(reply) => ([(header::CONTENT_TYPE, "application/json")], reply).into_response(),
        None => StatusCode::ACCEPTED.into_response(),
    })
}

/// What is told of an errand while it is under way, or at its end.
struct Tidings {
    number: (i64, i64),
    satellite: String,
    text: String,
}

impl FromRequest<App> for Tidings {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, app).await?;
        let Segments(number) = Segments::from_request_parts(&mut parts, app).await?;
        let Params(asker) = Params::<Asker>::from_request_parts(&mut parts, app).await?;
        asker.known(app, &caller).await?;
        let body = Bytes::from_request(Request::from_parts(parts, body), app).await;
        let body = body.map_err(|_| Problem::bad("The body could not be read"))?;
        Ok(Self { number, satellite: asker.satellite, text: text(&body)?.to_owned() })
    }
}

/// `POST /satellite/v1/errands/{errand}/turns/{turn}/sign`.
async fn sign(State(app): State<App>, told: Tidings) -> Result<StatusCode, Refusal> {
    satellite::sign(&app.store, told.number, &told.satellite, &told.text).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /satellite/v1/errands/{errand}/turns/{turn}/end`.
async fn end(State(app): State<App>, told: Tidings) -> Result<StatusCode, Refusal> {
    satellite::end(&app.store, told.number, &told.satellite, &told.text).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a satellite reads.
pub(super) fn answer(of: &impl serde::Serialize) -> Result<Response, Problem> {
    let text = serde_json::to_string(of).map_err(|error| Problem::bug(&error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

fn text(body: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(body)
        .ok()
        .filter(|text| !text.contains('\0'))
        .ok_or_else(|| Problem::bad("The body is no text"))
}
