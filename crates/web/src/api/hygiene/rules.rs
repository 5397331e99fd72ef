//! The rules.

use crate::{
    app::App,
    http::{Problem, extract::Segments, tag::Answer},
};
use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use weir_ingest::hygiene::{self, Question};

/// A rule and what it looks for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HygieneRuleShown {
    rule: String,
    name: String,
    /// Its usual weight in points.
    weight: f64,
    /// What a miss is.
    definition: String,
}

/// The rules, and what a miss of each is
#[utoipa::path(get, path = "/api/v1/integrations/{name}/hygiene/rules", tag = "hygiene",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "Every rule", body = Vec<HygieneRuleShown>)))]
pub(in crate::api) async fn list_hygiene_rules(
    State(app): State<App>,
    Segments(name): Segments<String>,
) -> Result<Answer<Vec<HygieneRuleShown>>, Problem> {
    super::found(&app, &name).await?;
    let question = Question::default();
    let shown = question.rules.iter().map(|rule| HygieneRuleShown {
        rule: rule.id.to_string(),
        name: hygiene::name_of(rule),
        weight: question.weights.of(&rule.id),
        definition: hygiene::definition(rule),
    });
    Ok(Answer(StatusCode::OK, shown.collect()))
}
