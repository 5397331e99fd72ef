//! The log of a run, line by line.

use crate::{
    app::App,
    http::{
        Problem,
        extract::{Params, Segments},
        paging::{Page, Window},
    },
};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use weir_model::{Kind, Message, RunEvent, RunLevel};
use weir_store::EventFilter;

/// How serious a line is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Level {
    /// For the record.
    Info,
    /// Something was withheld or odd.
    Warning,
    /// Something failed.
    Error,
}

impl From<Level> for RunLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Info => Self::Info,
            Level::Warning => Self::Warning,
            Level::Error => Self::Error,
        }
    }
}

/// Which lines.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsQuery {
    /// Those of this level or a worse one.
    #[param(inline)]
    pub(crate) level: Option<Level>,
    /// Those that have this in their code, subject or sentence, in capitals or not.
    #[param(max_length = 200, pattern = r"^[^\u0000]*$")]
    pub(crate) text: Option<String>,
    /// At most this many.
    #[param(minimum = 1, maximum = 100)]
    pub(crate) limit: Option<u32>,
    /// `next` of the page before.
    #[param(pattern = "^([0-9a-f]{2})+$")]
    pub(crate) after: Option<String>,
}

impl EventsQuery {
    pub(crate) fn window(&self) -> Result<Window, Problem> {
        Window::new(self.limit, self.after.as_deref())
    }

    /// What to ask the store for.
    pub(crate) fn filter(&self) -> Result<EventFilter, Problem> {
        let text = self.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        if text.is_some_and(|text| text.chars().count() > 200) {
            return Err(Problem::bad("text has at most 200 characters"));
        }
        Ok(EventFilter { level: self.level.map(Into::into), text: text.map(str::to_owned) })
    }
}

/// A line of a run's log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RunEvent)]
pub(crate) struct Event {
    at: String,
    /// `info`, `warning` or `error`.
    level: &'static str,
    /// Stays the same from version to version.
    code: String,
    /// What kind of record it is about.
    what: Option<&'static str>,
    /// Which one.
    subject: String,
    message: String,
}

impl From<RunEvent> for Event {
    fn from(event: RunEvent) -> Self {
        Self {
            at: event.at.rfc3339(),
            level: event.level.as_str(),
            code: event.code,
            what: event.what.map(Kind::as_str),
            subject: event.subject,
            message: event.message,
        }
    }
}

/// The log of a run
#[utoipa::path(get, path = "/api/v1/runs/{id}/events", tag = "runs",
    params(("id" = String, Path, description = "Its id"), EventsQuery),
    responses((status = 200, description = "A page, oldest line first", body = Page<Event>)))]
pub(in crate::api) async fn list_run_events(
    State(app): State<App>,
    Segments(id): Segments<String>,
    Params(query): Params<EventsQuery>,
) -> Result<Page<Event>, Problem> {
    let (window, filter) = (query.window()?, query.filter()?);
    let id = id.parse().map_err(|_| Message::PageUnknown {})?;
    app.store.run(&id).await?.ok_or(Message::PageUnknown {})?;
    let found = app.store.run_events_page(&id, &filter, window.after_as()?, window.wanted()).await?;
    Ok(window.page(found, |(no, _)| no.to_string(), |(_, event)| event.into()))
}
