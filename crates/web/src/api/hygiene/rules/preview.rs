//! A rule that is not kept yet, tried.

use super::RuleBody;
use crate::{
    api::hygiene::{found, refused},
    app::App,
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Json, Params, Segments},
        tag::Answer,
    },
};
use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use weir_ingest::hygiene::{self, Preview, PreviewWarning, RuleWish};
use weir_model::Millis;

crate::api::hygiene::question!(
    /// Over which issues.
    PreviewQuery {}
);

/// What would come of a rule.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RulePreview {
    /// The rule in words.
    text: String,
    /// Issues that would miss it.
    misses: u64,
    in_scope: u64,
    /// It says the same of every issue.
    warning: Option<WarningWord>,
    /// Those of the issues that were created last, five at most.
    newest: Vec<PreviewIssue>,
    /// The ends of the last 14 weeks, oldest first; the last one is now.
    weeks: Vec<PreviewWeek>,
}

/// A rule that tells no issues apart.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum WarningWord {
    /// Every issue would miss it.
    AlwaysMatches,
    /// None would.
    NeverMatches,
}

/// An issue that would miss it.
#[derive(Debug, Serialize, ToSchema)]
struct PreviewIssue {
    id: String,
    key: String,
    /// Nothing where summaries are excluded.
    summary: Option<String>,
    created_at: Option<String>,
    url: String,
}

/// A rule as it would have been.
#[derive(Debug, Serialize, ToSchema)]
struct PreviewWeek {
    at: String,
    /// The day that it ends, in the integration's time zone.
    day: String,
    misses: u64,
    in_scope: u64,
}

impl From<Preview> for RulePreview {
    fn from(preview: Preview) -> Self {
        let issue = |head: weir_store::IssueHead| PreviewIssue {
            id: head.id,
            key: head.key,
            summary: head.summary,
            created_at: head.created_at.map(Millis::rfc3339),
            url: head.url,
        };
        let week = |week: hygiene::PreviewWeek| PreviewWeek {
            at: week.at,
            day: week.day,
            misses: week.misses,
            in_scope: week.in_scope,
        };
        Self {
            text: preview.text,
            misses: preview.misses,
            in_scope: preview.in_scope,
            warning: preview.warning.map(|warning| match warning {
                PreviewWarning::AlwaysMatches => WarningWord::AlwaysMatches,
                PreviewWarning::NeverMatches => WarningWord::NeverMatches,
            }),
            newest: preview.newest.into_iter().map(issue).collect(),
            weeks: preview.weeks.into_iter().map(week).collect(),
        }
    }
}

/// Try a rule that is not kept
///
/// Which issues would miss it now and at the ends of the last weeks. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/integrations/{name}/hygiene/rules/preview", tag = "hygiene", request_body = RuleBody,
    params(("name" = String, Path, description = "Its name"), PreviewQuery),
    responses((status = 200, description = "What would come of it", body = RulePreview)))]
pub(in crate::api) async fn preview_hygiene_rule(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(query): Params<PreviewQuery>,
    Json(body): Json<RuleBody>,
) -> Result<Answer<RulePreview>, Problem> {
    let integration = found(&app, &name).await?;
    let question = query.words().question(&app, &caller, &integration).await?;
    let rule = RuleWish::from(body).rule(&integration, &question.fields).map_err(refused)?;
    let tried = hygiene::preview(&app.store, &integration, (&rule, &question), app.now()).await?;
    Ok(Answer(StatusCode::OK, tried.into()))
}
