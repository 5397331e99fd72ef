//! When an integration is run, and what people may do about it. What is asked for here is kept in the store; whichever server or
//! worker comes first does it.

pub(super) mod cancel;
pub(super) mod pause;
pub(super) mod resume;
pub(super) mod sync;
pub(super) mod verify;

use crate::{
    app::App,
    audit::{self, Deed},
    auth::principal::Caller,
    http::{Problem, body::segment, extract::Segments, tag::Answer, tag::Conditions},
};
use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use weir_ingest::{
    ask_run,
    schedule::{Shown, show},
};
use weir_model::{Asked, Integration, Message, Millis};

/// Spans of missed runs that are shown.
const SPANS: u32 = 20;

/// When an integration is run next, or why not.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Schedule {
    /// The integration's name.
    integration: String,
    /// `waiting`, `due`, `running`, `backing_off`, `missed`, `paused`, or `unplanned` before a scheduler has seen it.
    state: &'static str,
    /// The same as a sentence.
    reason: String,
    interval_minutes: u32,
    /// Instead of the interval, in the time zone.
    cron: Option<String>,
    timezone: Option<String>,
    next_run_at: Option<String>,
    /// The next due times.
    upcoming: Vec<String>,
    /// The due time that was last seen to.
    last_due_at: Option<String>,
    /// Failures in a row.
    failures: u32,
    failure_code: Option<String>,
    /// Due times up to now that nobody has seen to.
    missed: Option<Missed>,
    /// Those of before, newest first.
    missed_before: Vec<Missed>,
    pause: Option<PausedTime>,
    /// What was asked for and not done yet.
    requests: Vec<Request>,
    /// The run that is under way.
    run: Option<String>,
}

/// Due times in a row at which nobody was there.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Missed {
    first_due_at: String,
    last_due_at: String,
    runs: u64,
}

/// Who paused it, until when.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PausedTime {
    since: Option<String>,
    by: String,
    until: Option<String>,
}

/// A run that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Request {
    /// `sync` or `verify`.
    asked: &'static str,
    /// A sync from the beginning; a comparison that believes large losses.
    thorough: bool,
    asked_at: String,
    asked_by: String,
}

impl From<weir_model::MissedRuns> for Missed {
    fn from(missed: weir_model::MissedRuns) -> Self {
        Self {
            first_due_at: missed.first_due_at.rfc3339(),
            last_due_at: missed.last_due_at.rfc3339(),
            runs: missed.runs,
        }
    }
}

impl Schedule {
    fn of(integration: &Integration, shown: Shown, missed_before: Vec<weir_model::MissedRuns>) -> Self {
        let settings = &integration.settings;
        let pause = shown.pause.map(|pause| PausedTime {
            since: pause.since.map(Millis::rfc3339),
            by: pause.paused_by,
            until: pause.until.map(Millis::rfc3339),
        });
        let requests = shown.requests.into_iter().map(|request| Request {
            asked: request.asked.as_str(),
            thorough: request.thorough,
            asked_at: request.asked_at.rfc3339(),
            asked_by: request.asked_by.name,
        });
        Self {
            integration: integration.name.clone(),
            state: shown.state.as_str(),
            reason: shown.reason,
            interval_minutes: settings.interval_minutes,
            cron: settings.cron.clone(),
            timezone: settings.timezone.clone(),
            next_run_at: shown.next_at.map(Millis::rfc3339),
            upcoming: shown.upcoming.into_iter().map(Millis::rfc3339).collect(),
            last_due_at: shown.served_at.map(Millis::rfc3339),
            failures: shown.failures,
            failure_code: shown.failure_code,
            missed: shown.missed_now.map(Missed::from),
            missed_before: missed_before.into_iter().map(Missed::from).collect(),
            pause,
            requests: requests.collect(),
            run: shown.running.map(|run| run.to_string()),
        }
    }
}

/// When an integration is run next
#[utoipa::path(get, path = "/api/v1/integrations/{name}/schedule", tag = "schedule",
    params(("name" = String, Path, description = "The integration")),
    responses((status = 200, description = "Its schedule as it stands", body = Schedule)))]
pub(in crate::api) async fn show_schedule(
    State(app): State<App>,
    Segments(name): Segments<String>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    conditions.answer(&standing(&app, &named(&app, &name).await?).await?)
}

async fn named(app: &App, name: &str) -> Result<Integration, Problem> {
    Ok(app.store.integration(name).await?.ok_or(Message::PageUnknown {})?)
}

/// The schedule as it stands now.
async fn standing(app: &App, integration: &Integration) -> Result<Schedule, Problem> {
    let shown = show(&app.store, integration, app.now()).await?;
    let missed_before = app.store.missed_runs(&integration.id, SPANS).await?;
    Ok(Schedule::of(integration, shown, missed_before))
}

/// Asks for a run; the answer says where to look for it.
async fn ask(
    app: &App,
    caller: &Caller,
    name: &str,
    wanted: (Asked, bool),
    deed: Deed<'_>,
) -> Result<Response, Problem> {
    let integration = named(app, name).await?;
    ask_run(&app.store, &integration, wanted, &caller.principal.requester()).await?;
    audit::note_of(app, caller, deed, &integration).await?;
    accepted(&format!("/api/v1/integrations/{}/schedule", segment(name)), standing(app, &integration).await?)
}

/// The answer to what will be done: where to look, and how it stands there.
fn accepted<T: Serialize>(look_at: &str, standing: T) -> Result<Response, Problem> {
    let mut response = Answer(StatusCode::ACCEPTED, standing).into_response();
    let look_at = HeaderValue::try_from(look_at).map_err(|error| Problem::bug(&error.to_string()))?;
    response.headers_mut().insert(header::LOCATION, look_at);
    Ok(response)
}
