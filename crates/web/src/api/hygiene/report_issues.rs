//! The issues behind a number of a kept report, of all its integrations.

use super::{issues::HygieneRow, reports::found};
use crate::{
    app::App,
    http::{
        Problem,
        extract::{Params, Segments},
        paging::{Page, Window, not_ours},
    },
};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};
use weir_ingest::hygiene::{Behind, Question, ReportIssues, report_issues};
use weir_model::{Integration, IntegrationId};
use weir_store::IssueHead;

/// Which page of which issues.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportIssuesQuery {
    /// Those that miss this rule, by its id or name; without it all in scope.
    #[param(pattern = "^[^\\x00]*$")]
    pub(crate) rule: Option<String>,
    /// At most this many.
    #[param(minimum = 1, maximum = 100)]
    pub(crate) limit: Option<u32>,
    /// `next` of the page before.
    #[param(pattern = "^([0-9a-f]{2})+$")]
    pub(crate) after: Option<String>,
}

/// An issue behind a number of a report.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportRow {
    /// The name of its integration.
    integration: String,
    #[serde(flatten)]
    issue: HygieneRow,
}

/// An issue with all that is shown of it.
pub(crate) struct Found<'a> {
    pub(crate) integration: &'a Integration,
    pub(crate) question: &'a Question,
    pub(crate) issue: &'a Behind,
    pub(crate) head: IssueHead,
}

impl Found<'_> {
    /// Where it stands in the list.
    pub(crate) fn position(&self) -> String {
        format!("{}.{}", self.integration.id, self.issue.no)
    }
}

impl ReportIssuesQuery {
    /// The rule that is asked for; nothing where its parameter is empty.
    pub(crate) fn rule(&self) -> Option<&str> {
        self.rule.as_deref().filter(|rule| !rule.is_empty())
    }

    /// The page that is asked for, and what is behind the number.
    pub(crate) async fn ask(&self, app: &App, id: &str) -> Result<(Window, ReportIssues), Problem> {
        let window = Window::new(self.limit, self.after.as_deref())?;
        let after = window.after().map(|text| place(text).ok_or_else(not_ours)).transpose()?;
        let saved = found(app, id).await?;
        let (rule, wanted) = (self.rule(), (after, window.wanted() as usize));
        let issues = report_issues(&app.store, &app.counted, &saved, rule, wanted, app.now()).await?;
        // Where the page before ended cannot be found any more, if its integration has left the report.
        if after.is_some_and(|(of, _)| !issues.parts.iter().any(|part| part.integration.id == of)) {
            return Err(not_ours());
        }
        Ok((window, issues))
    }
}

fn place(text: &str) -> Option<(IntegrationId, i64)> {
    let (integration, no) = text.rsplit_once('.')?;
    Some((integration.parse().ok()?, no.parse().ok()?))
}

/// Each issue with what the store knows of it.
pub(crate) async fn heads<'a>(app: &App, issues: &'a ReportIssues) -> Result<Vec<Found<'a>>, Problem> {
    let mut all = vec![];
    for part in &issues.parts {
        let numbers: Vec<i64> = part.found.iter().map(|issue| issue.no).collect();
        if numbers.is_empty() {
            continue;
        }
        let (integration, question) = (&part.integration, &part.question);
        let mut heads: HashMap<i64, IssueHead> = app.store.issue_heads(&integration.id, &numbers).await?;
        let known = part.found.iter().filter_map(|issue| Some((issue, heads.remove(&issue.no)?)));
        all.extend(known.map(|(issue, head)| Found { integration, question, issue, head }));
    }
    Ok(all)
}

/// The issues behind a number of a report that is kept
///
/// Those of all its integrations, one integration after the other.
#[utoipa::path(get, path = "/api/v1/hygiene/reports/{id}/issues", tag = "hygiene",
    params(("id" = String, Path, description = "Its id"), ReportIssuesQuery),
    responses((status = 200, description = "A page", body = Page<ReportRow>)))]
pub(in crate::api) async fn list_hygiene_report_issues(
    State(app): State<App>,
    Segments(id): Segments<String>,
    Params(query): Params<ReportIssuesQuery>,
) -> Result<Page<ReportRow>, Problem> {
    let (window, issues) = query.ask(&app, &id).await?;
    let found = heads(&app, &issues).await?;
    Ok(window.page(found, Found::position, |found| ReportRow {
        integration: found.integration.name.clone(),
        issue: HygieneRow::new(found.issue, &found.head, &found.question.fields),
    }))
}
