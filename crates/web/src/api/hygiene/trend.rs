//! How healthy the backlog was.

use super::{HygieneRule, found};
use crate::{
    app::App,
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Params, Segments},
        tag::Answer,
    },
};
use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use weir_ingest::hygiene::{self, Every};

/// Points of a trend, usually and at most.
const USUAL: u32 = 30;
const MOST: u32 = 400;

/// How far apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EveryWord {
    /// Days.
    #[default]
    Day,
    /// Weeks, which begin on Monday.
    Week,
    /// Months.
    Month,
}

impl From<EveryWord> for Every {
    fn from(word: EveryWord) -> Self {
        match word {
            EveryWord::Day => Self::Day,
            EveryWord::Week => Self::Week,
            EveryWord::Month => Self::Month,
        }
    }
}

super::question!(
    /// Which points of time, and which issues.
    TrendQuery {
        /// `day`, unless said otherwise, `week` or `month`.
        #[param(inline)]
        every: EveryWord,
        /// How many: 30, unless said otherwise.
        #[param(minimum = 1, maximum = 400)]
        count: u32,
    }
);

/// A score at many instants.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HygieneTrend {
    integration: String,
    /// Oldest first; the last one is now.
    points: Vec<HygienePoint>,
}

/// A score as it was then.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HygienePoint {
    at: String,
    /// The day that it ends, in the integration's time zone.
    day: String,
    score: Option<f64>,
    in_scope: u64,
    rules: Vec<HygieneRule>,
}

/// How healthy the backlog was
#[utoipa::path(get, path = "/api/v1/integrations/{name}/hygiene/trend", tag = "hygiene",
    params(("name" = String, Path, description = "Its name"), TrendQuery),
    responses((status = 200, description = "The score at the end of each day, week or month", body = HygieneTrend)))]
pub(in crate::api) async fn show_hygiene_trend(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(query): Params<TrendQuery>,
) -> Result<Answer<HygieneTrend>, Problem> {
    let count = query.count.unwrap_or(USUAL);
    if !(1..=MOST).contains(&count) {
        return Err(Problem::bad("count is 1 to 400"));
    }
    let at = (query.every.unwrap_or_default().into(), count as usize);
    let integration = found(&app, &name).await?;
    let question = query.words().question(&app, &caller, &integration).await?;
    let trend = hygiene::trend(&app.store, &app.counted, &integration, &question, at, app.now()).await?;
    let points = trend.points.into_iter().map(|point| HygienePoint {
        at: point.at,
        day: point.day,
        score: point.score,
        in_scope: point.in_scope,
        rules: point.rules.into_iter().map(HygieneRule::from).collect(),
    });
    Ok(Answer(StatusCode::OK, HygieneTrend { integration: trend.integration, points: points.collect() }))
}
