//! The timeline of an integration: its segments, its gaps, and how much of it was healthy.

use super::{RangeQuery, found};
use crate::{
    app::App,
    http::{
        Problem,
        extract::{Params, Segments},
        tag::Conditions,
    },
};
use axum::{extract::State, response::Response};
use serde::Serialize;
use utoipa::ToSchema;
use weir_ingest::availability;
use weir_model::{Gap, Millis, Segment};

/// Segments by state.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Figures {
    /// Healthy ÷ (healthy + unhealthy) in percent, nothing where there is neither.
    percent: Option<f64>,
    healthy: u32,
    unhealthy: u32,
    pending: u32,
    no_data: u32,
}

impl Figures {
    pub(super) fn of(shown: &weir_ingest::Availability) -> Self {
        let counts = shown.counts;
        Self {
            percent: counts.percent(),
            healthy: counts.healthy,
            unhealthy: counts.unhealthy,
            pending: counts.pending,
            no_data: counts.no_data,
        }
    }
}

/// When data came in, and when it did not.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Availability {
    integration: String,
    range: &'static str,
    from: String,
    until: String,
    as_of: String,
    segment_minutes: i64,
    figures: Figures,
    /// Gaps and pauses, newest first.
    gaps: Vec<GapOf>,
    /// Oldest first.
    segments: Vec<SegmentOf>,
}

/// A time in which data did not come in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Gap)]
struct GapOf {
    from: String,
    /// Nothing while it lasts.
    until: Option<String>,
    /// `failed`, `missed`, `stuck`; `paused` is no gap.
    kind: &'static str,
    error_code: Option<String>,
    /// Issues that the run wrote which ended it.
    caught_up: Option<u64>,
}

impl From<&Gap> for GapOf {
    fn from(gap: &Gap) -> Self {
        Self {
            from: gap.from.rfc3339(),
            until: gap.until.map(Millis::rfc3339),
            kind: gap.kind.as_str(),
            error_code: gap.error_code.clone(),
            caught_up: gap.caught_up,
        }
    }
}

/// A part of the timeline.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Segment)]
struct SegmentOf {
    from: String,
    until: String,
    /// `healthy`, `unhealthy`, `pending` or `no_data`.
    state: &'static str,
    /// `up_to_date`, `failed`, `running`, `stuck`, `missed`, `not_created`, `paused` or `not_due`.
    reason: &'static str,
    /// Runs that finished in it.
    runs: u32,
    failed: u32,
    error_code: Option<String>,
}

impl From<&Segment> for SegmentOf {
    fn from(segment: &Segment) -> Self {
        Self {
            from: segment.from.rfc3339(),
            until: segment.until.rfc3339(),
            state: segment.state.as_str(),
            reason: segment.reason.as_str(),
            runs: segment.runs,
            failed: segment.failed,
            error_code: segment.error_code.clone(),
        }
    }
}

/// When data came in
#[utoipa::path(get, path = "/api/v1/integrations/{name}/availability", tag = "monitoring",
    params(("name" = String, Path, description = "Its name"), RangeQuery),
    responses((status = 200, description = "The timeline", body = Availability)))]
pub(in crate::api) async fn show_availability(
    State(app): State<App>,
    Segments(name): Segments<String>,
    Params(query): Params<RangeQuery>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    let integration = found(&app, &name).await?;
    let shown = availability(&app.store, &integration, query.range(), app.now()).await?;
    conditions.answer(&Availability {
        integration: integration.name,
        range: shown.range.as_str(),
        from: shown.window.from.rfc3339(),
        until: shown.window.until.rfc3339(),
        as_of: shown.now.rfc3339(),
        segment_minutes: shown.range.segment_ms() / 60_000,
        figures: Figures::of(&shown),
        gaps: shown.gaps.iter().map(GapOf::from).collect(),
        segments: shown.segments.iter().map(SegmentOf::from).collect(),
    })
}
