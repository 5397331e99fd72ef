//! Runs that a satellite asks for and waits for: `weir satellite run --once`.

use super::{Asker, Refusal, answer};
use crate::{
    app::App,
    auth::principal::Caller,
    http::extract::{Json, Segments},
};
use axum::{extract::State, response::Response};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use weir_ingest::{ask_run, satellite::Said};
use weir_model::{Asked, FeedFault, Integration, IntegrationId, Message, Run};

/// How often it is looked whether a run has ended.
const LOOKED_EVERY: Duration = Duration::from_millis(300);

/// Runs that are looked at.
const LOOKED_AT: u32 = 20;

/// `POST /satellite/v1/integrations/{integration}/runs`: asks for a run; says which one was the newest before.
pub(super) async fn ask(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Json(asker): Json<Asker>,
) -> Result<Response, Refusal> {
    asker.known(&app, &caller).await?;
    let integration = fed(&app, &id, &asker.satellite).await?;
    let newest = app.store.runs(Some(&integration.id), 1).await?;
    let after = newest.first().map(|run| run.id.to_string());
    ask_run(&app.store, &integration, (Asked::Sync, false), &caller.principal.requester()).await?;
    Ok(answer(&json!({ "after": after }))?)
}

/// What is waited for.
#[derive(Debug, Deserialize)]
pub(super) struct Next {
    #[serde(flatten)]
    asker: Asker,
    after: Option<String>,
}

/// `POST /satellite/v1/integrations/{integration}/runs/next`: the run that began after this one and has ended.
pub(super) async fn next(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Json(Next { asker, after }): Json<Next>,
) -> Result<Response, Refusal> {
    asker.known(&app, &caller).await?;
    let integration = fed(&app, &id, &asker.satellite).await?;
    let until = tokio::time::Instant::now() + asker.waits();
    loop {
        let runs = app.store.runs(Some(&integration.id), LOOKED_AT).await?;
        let is_next = |run: &&Run| {
            let is_newer = after.as_ref().is_none_or(|after| run.id.to_string() > *after);
            is_newer && run.ended_at.is_some() && run.trigger == "manual"
        };
        if let Some(run) = runs.iter().rev().find(is_next) {
            return told(&app, run).await;
        }
        if tokio::time::Instant::now() >= until || app.streams.end.is_cancelled() {
            return Ok(answer(&json!({ "run_id": null }))?);
        }
        tokio::time::sleep(LOOKED_EVERY).await;
    }
}

async fn told(app: &App, run: &Run) -> Result<Response, Refusal> {
    let fault = match run.error_code.as_deref() {
        None => None,
        Some(code) => {
            let events = app.store.run_events(&run.id).await?;
            let said = events.into_iter().rev().find(|event| event.code == code);
            let what = said.map_or_else(|| code.to_owned(), |event| event.message);
            let why = format!("The run ended with {code}");
            Some(Said::of(&FeedFault::Said { what, why, fix: "Look at the run on the server".into() }.into()))
        }
    };
    Ok(answer(&json!({
        "run_id": run.id.to_string(), "result": run.result, "read": run.read.max(0), "written": run.written.max(0),
        "said": fault,
    }))?)
}

/// An integration that the satellite may read.
async fn fed(app: &App, id: &str, satellite: &str) -> Result<Integration, Refusal> {
    let unknown = || Refusal::from(Message::from(FeedFault::NotHere { name: weir_model::clean(id, 60) }));
    let id: IntegrationId = id.parse().map_err(|_| unknown())?;
    let integration = app.store.integration_of(&id).await?.ok_or_else(unknown)?;
    let may_read = app.store.satellites_of(&id).await?;
    match may_read.iter().any(|one| one.id == satellite) {
        true => Ok(integration),
        // Whether there is one, and what it is called, is told to those alone that may read it.
        false => Err(unknown()),
    }
}
