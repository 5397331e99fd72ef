//! A run's log as a file, streamed: it may be long.

use super::super::format::inert;
use crate::{app::App, http::Problem, http::extract::Segments};
use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};
use futures::stream;
use serde_json::json;
use weir_model::{Kind, Message, RunEvent, RunId};
use weir_store::EventFilter;

/// Lines that are read from the store at a time.
const AT_A_TIME: u32 = 1_000;

/// `GET /runs/{id}/log.jsonl`: one JSON object a line, as it was written.
pub(in crate::pages) async fn jsonl(
    State(app): State<App>,
    Segments(id): Segments<String>,
) -> Result<Response, Problem> {
    let line = |event: &RunEvent| {
        json!({
            "at": event.at.rfc3339(),
            "level": event.level.as_str(),
            "code": event.code,
            "what": event.what.map(Kind::as_str),
            "subject": event.subject,
            "message": event.message,
        })
        .to_string()
    };
    file(app, &id, "jsonl", "application/jsonl", line).await
}

/// `GET /runs/{id}/log.txt`: for people; control characters are taken out.
pub(in crate::pages) async fn txt(
    State(app): State<App>,
    Segments(id): Segments<String>,
) -> Result<Response, Problem> {
    let line = |event: &RunEvent| {
        let subject =
            if event.subject.is_empty() { String::new() } else { format!(" [{}]", inert(&event.subject)) };
        let (at, level) = (event.at.rfc3339(), event.level.as_str());
        format!("{at} {level:<7} {}{subject} {}", inert(&event.code), inert(&event.message))
    };
    file(app, &id, "txt", "text/plain; charset=utf-8", line).await
}

async fn file(
    app: App,
    id: &str,
    ending: &str,
    kind: &'static str,
    line: fn(&RunEvent) -> String,
) -> Result<Response, Problem> {
    let id: RunId = id.parse().map_err(|_| Message::PageUnknown {})?;
    app.store.run(&id).await?.ok_or(Message::PageUnknown {})?;
    let name = format!("attachment; filename=\"run-{id}.{ending}\"");
    let pages = stream::try_unfold(Some(None), move |state: Option<Option<i64>>| {
        let app = app.clone();
        async move {
            let Some(after) = state else { return Ok(None) };
            let found = app.store.run_events_page(&id, &EventFilter::default(), after, AT_A_TIME).await?;
            let Some((last, _)) = found.last() else { return Ok(None) };
            let next = (found.len() == AT_A_TIME as usize).then_some(Some(*last));
            let text: String = found.iter().map(|(_, event)| line(event) + "\n").collect();
            Ok::<_, weir_store::StoreError>(Some((text, next)))
        }
    });
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, Body::from_stream(pages)).into_response())
}
