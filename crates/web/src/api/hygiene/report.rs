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
use weir_ingest::hygiene::{self, GroupLine, MOST_COMPARED_DAYS, NoScore};

super::question!(
    /// Which issues are asked about, and what counts how much.
    QuestionQuery {
        /// A field whose values part the answer: `project`, `assignee`, `custom:ID` of a team.
        #[param(pattern = "^[^\\x00]*$")]
        by: String,
        /// Days before, with which the score is compared: 1 to 3650.
        #[param(minimum = 1, maximum = 3650)]
        compare_days: u32,
    }
);

impl QuestionQuery {
    /// The question in words.
    ///
    /// # Errors
    /// `request.bad` for days that are out of bounds.
    pub(crate) fn asked(&self) -> Result<super::Words, Problem> {
        if self.compare_days.is_some_and(|days| !(1..=MOST_COMPARED_DAYS).contains(&days)) {
            return Err(Problem::bad("compare_days is 1 to 3650"));
        }
        let by = self.by.clone().filter(|field| !field.is_empty());
        Ok(super::Words { by, compare_days: self.compare_days, ..self.words() })
    }
}

/// Groups that an answer has at most.
const MOST_GROUPS: usize = 1_000;

/// A score and what it is made of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HygieneReport {
    integration: String,
    /// From 0 to 100, which means that no issue misses anything; nothing where there is none.
    score: Option<f64>,
    /// Why there is none: `nothing_in_scope`; `nothing_weighed` where none of the rules that have a weight is here; or `nothing_asked`
    /// where none of these is asked of any issue.
    #[serde(skip_serializing_if = "Option::is_none")]
    no_score: Option<&'static str>,
    as_of: String,
    in_scope: u64,
    rules: Vec<HygieneRule>,
    /// How it was before, where that is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<super::reports::ComparedShown>,
    /// The same for each value of a field, those with most issues first, where that is asked for; 1,000 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<HygieneGroup>>,
    /// Groups besides these.
    #[serde(skip_serializing_if = "Option::is_none")]
    groups_left_out: Option<usize>,
}

/// A report on the issues that have one value of a field.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HygieneGroup {
    /// The value; nothing of those without one.
    value: Option<String>,
    /// What people call it.
    name: Option<String>,
    score: Option<f64>,
    in_scope: u64,
    rules: Vec<HygieneRule>,
}

impl From<GroupLine> for HygieneGroup {
    fn from(group: GroupLine) -> Self {
        Self {
            value: group.value,
            name: group.name,
            score: group.score,
            in_scope: group.in_scope,
            rules: group.rules.into_iter().map(HygieneRule::from).collect(),
        }
    }
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
    let question = query.asked()?.question(&app, &caller, &integration).await?;
    let report = hygiene::report(&app.store, &app.counted, &integration, &question, app.now()).await?;
    let is_parted = question.by.is_some();
    let left_out = report.groups.len().saturating_sub(MOST_GROUPS);
    let report = HygieneReport {
        integration: report.integration,
        score: report.score,
        no_score: report.no_score.map(NoScore::word),
        as_of: report.as_of,
        in_scope: report.in_scope,
        rules: report.rules.into_iter().map(HygieneRule::from).collect(),
        compared: report.compared.map(super::reports::ComparedShown::from),
        groups: is_parted
            .then(|| report.groups.into_iter().take(MOST_GROUPS).map(HygieneGroup::from).collect()),
        groups_left_out: is_parted.then_some(left_out),
    };
    Ok(Answer(StatusCode::OK, report))
}
