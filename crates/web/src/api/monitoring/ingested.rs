//! The issues behind the numbers of what was ingested.

use super::{RangeWord, found};
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
use weir_model::{DAY_MS, Ingested, IngestedIssue, PlainDate, Range};
use weir_store::IngestedList;

/// Which issues.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    /// Those first stored.
    #[default]
    New,
    /// Others that changed here, each once for each day (UTC).
    Changed,
}

impl From<What> for Ingested {
    fn from(what: What) -> Self {
        match what {
            What::New => Self::New,
            What::Changed => Self::Changed,
        }
    }
}

/// Which page of which issues.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct IngestedQuery {
    /// `7d`, unless said otherwise, or `30d`.
    #[param(inline)]
    pub(crate) range: Option<RangeWord>,
    /// `new`, unless said otherwise, or `changed`.
    #[param(inline)]
    pub(crate) what: Option<What>,
    /// Of the range, only this day (UTC).
    #[param(format = Date)]
    pub(crate) day: Option<String>,
    /// At most this many.
    #[param(minimum = 1, maximum = 100)]
    pub(crate) limit: Option<u32>,
    /// `next` of the page before.
    #[param(pattern = "^([0-9a-f]{2})+$")]
    pub(crate) after: Option<String>,
}

impl IngestedQuery {
    pub(crate) fn range(&self) -> Range {
        self.range.unwrap_or_default().into()
    }

    pub(crate) fn window(&self) -> Result<Window, Problem> {
        Window::new(self.limit, self.after.as_deref())
    }

    /// What to ask the store for.
    pub(crate) fn list(&self, app: &App) -> Result<IngestedList, Problem> {
        Ok(IngestedList {
            what: self.what.unwrap_or_default().into(),
            window: self.range().window(app.now()),
            day: self.day.as_deref().map(day).transpose()?,
        })
    }
}

/// The number of a day.
fn day(text: &str) -> Result<i64, Problem> {
    let date = PlainDate::parse(text).ok_or_else(|| Problem::bad("day is a date such as 2026-03-04"))?;
    date.midnight()
        .map(|at| at.0.div_euclid(DAY_MS))
        .ok_or_else(|| Problem::bad("day is a date such as 2026-03-04"))
}

/// Where the next page begins.
pub(crate) fn position(issue: &IngestedIssue) -> String {
    format!("{}.{}", issue.at.0, issue.no)
}

/// Where a page begins.
pub(crate) fn after(window: &Window) -> Result<Option<(i64, i64)>, Problem> {
    let read = |text: &str| {
        let (at, no) = text.split_once('.')?;
        Some((at.parse().ok()?, no.parse().ok()?))
    };
    window.after().map(|text| read(text).ok_or_else(crate::http::paging::not_ours)).transpose()
}

/// An issue that was ingested.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IngestedIssue)]
pub(crate) struct IngestedRow {
    id: String,
    key: String,
    project_key: String,
    /// Nothing where summaries are excluded.
    summary: Option<String>,
    /// When it was first stored, or last changed here on that day.
    at: String,
    /// What it is believed to be now.
    state: String,
}

impl From<IngestedIssue> for IngestedRow {
    fn from(issue: IngestedIssue) -> Self {
        Self {
            id: issue.id.0.to_string(),
            key: issue.key,
            project_key: issue.project_key,
            summary: issue.summary,
            at: issue.at.rfc3339(),
            state: issue.state,
        }
    }
}

/// Issues that were ingested
#[utoipa::path(get, path = "/api/v1/integrations/{name}/ingested", tag = "monitoring",
    params(("name" = String, Path, description = "Its name"), IngestedQuery),
    responses((status = 200, description = "A page, in the order in which they came", body = Page<IngestedRow>)))]
pub(in crate::api) async fn list_ingested(
    State(app): State<App>,
    Segments(name): Segments<String>,
    Params(query): Params<IngestedQuery>,
) -> Result<Page<IngestedRow>, Problem> {
    let window = query.window()?;
    let (list, after) = (query.list(&app)?, after(&window)?);
    let integration = found(&app, &name).await?;
    let found = app.store.ingested_issues(&integration.id, list, after, window.wanted()).await?;
    Ok(window.page(found, position, IngestedRow::from))
}
