//! How healthy the backlog is.

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
use serde::Serialize;
use utoipa::ToSchema;
use weir_ingest::hygiene;

super::question!(
    /// Which issues are asked about, and what counts how much.
    QuestionQuery {}
);

/// A score and what it is made of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HygieneReport {
    integration: String,
    /// From 0 to 100, which means that no issue misses anything; nothing where nothing is in scope.
    score: Option<f64>,
    as_of: String,
    in_scope: u64,
    rules: Vec<HygieneRule>,
}

/// How healthy the backlog is
#[utoipa::path(get, path = "/api/v1/integrations/{name}/hygiene/report", tag = "hygiene",
    params(("name" = String, Path, description = "Its name"), QuestionQuery),
    responses((status = 200, description = "The report", body = HygieneReport)))]
pub(in crate::api) async fn show_hygiene_report(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(query): Params<QuestionQuery>,
) -> Result<Answer<HygieneReport>, Problem> {
    let integration = found(&app, &name).await?;
    let question = query.words().question(&app, &caller, &integration).await?;
    let report = hygiene::report(&app.store, &integration, &question, app.now()).await?;
    let report = HygieneReport {
        integration: report.integration,
        score: report.score,
        as_of: report.as_of,
        in_scope: report.in_scope,
        rules: report.rules.into_iter().map(HygieneRule::from).collect(),
    };
    Ok(Answer(StatusCode::OK, report))
}
