//! Reports that people keep: made, opened, changed, deleted.

use super::{HygieneRule, refused};
use crate::{
    app::App,
    audit::{self, Deed},
    auth::{
        policy::{self, Action, Place},
        principal::Caller,
    },
    http::{
        Problem,
        extract::{Json, Params, Segments},
        name::Printable,
        number::whole,
        paging::{Page, PageQuery},
        tag::{Answer, Conditions},
    },
};
use axum::{extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use weir_ingest::hygiene::{
    self, Compared, NoScore, RuleId, SavedQuestion, SavedReport, add_report, change_report, open_report,
    saved_report, saved_reports,
};
use weir_model::{HygieneFault, IntegrationId, Message, Surface, WorkspaceId};

/// What a report asks, and where it is kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportBody {
    // Unique in its workspace, in any case of letters.
    #[schema(inline)]
    name: Printable<40>,
    /// The id of the workspace that keeps it; without one the installation does. It stays where it was made.
    #[serde(default)]
    workspace: Option<String>,
    /// Ids of integrations; without one all that its workspace sees. Of a report that is changed, those that it named and that are gone
    /// are left out where others remain.
    #[serde(default)]
    integrations: Vec<String>,
    /// As for a report.
    #[serde(default)]
    basis: Option<String>,
    /// Each as for a report; all have to hold.
    #[serde(default)]
    filters: Vec<String>,
    /// Points of rules by their ids, together 100; without them, the weights that are kept.
    #[serde(default)]
    weights: BTreeMap<String, f64>,
    /// Days before, with which the score is compared.
    #[serde(default, deserialize_with = "whole")]
    #[schema(minimum = 0, maximum = 4_294_967_295_i64)]
    compare_days: Option<u32>,
}

impl ReportBody {
    fn question(&self) -> Result<SavedQuestion, Problem> {
        let id = |text: &String| {
            let unknown = || Message::IntegrationUnknown { name: weir_model::clean(text, 60) };
            text.parse::<IntegrationId>().map_err(|_| Problem::from(unknown()).at("/integrations".to_owned()))
        };
        Ok(SavedQuestion {
            integrations: self.integrations.iter().map(id).collect::<Result<_, _>>()?,
            basis: self.basis.clone().filter(|basis| !basis.is_empty()),
            filters: self.filters.clone(),
            weights: self
                .weights
                .iter()
                .map(|(rule, points)| (RuleId::from(rule.as_str()), *points))
                .collect(),
            compare_days: self.compare_days,
        })
    }
}

/// A report that is kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportShown {
    id: String,
    name: String,
    /// Nothing where the installation keeps it.
    workspace: Option<String>,
    /// Ids of integrations; without one all that its workspace sees.
    integrations: Vec<String>,
    /// As for a report.
    basis: Option<String>,
    /// Each as for a report; all have to hold.
    filters: Vec<String>,
    /// Points of rules by their ids, together 100; without them, the weights that are kept.
    weights: BTreeMap<String, f64>,
    /// Days before, with which the score is compared.
    #[schema(minimum = 0, maximum = 4_294_967_295_i64)]
    compare_days: Option<u32>,
    /// Grows by one with every change.
    revision: i64,
    created_at: String,
    changed_at: String,
    /// In the list: what keeps it from being opened, or from having a score, or how many of its integrations are gone, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
}

impl From<&SavedReport> for ReportShown {
    fn from(saved: &SavedReport) -> Self {
        let question = saved.question.clone();
        Self {
            id: saved.id.to_string(),
            name: saved.name.clone(),
            workspace: saved.workspace.map(|id| id.to_string()),
            integrations: question.integrations.iter().map(ToString::to_string).collect(),
            basis: question.basis,
            filters: question.filters,
            weights: question.weights.iter().map(|(rule, points)| (rule.to_string(), *points)).collect(),
            compare_days: question.compare_days,
            revision: saved.revision,
            created_at: saved.created_at.rfc3339(),
            changed_at: saved.changed_at.rfc3339(),
            trouble: None,
        }
    }
}

/// What a report says now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportResult {
    id: String,
    name: String,
    /// Of all its integrations together; nothing where there is none.
    score: Option<f64>,
    /// Why there is none: `nothing_in_scope`; `nothing_weighed` where none of the rules that have a weight is here; or `nothing_asked`
    /// where none of these is asked of any issue.
    #[serde(skip_serializing_if = "Option::is_none")]
    no_score: Option<&'static str>,
    as_of: String,
    in_scope: u64,
    rules: Vec<HygieneRule>,
    compared: Option<ComparedShown>,
    integrations: Vec<ReportPart>,
    /// Integrations that are not asked, because they wait to be deleted.
    left_out: Vec<String>,
    /// How many of the integrations that it names are gone: deleted, or not seen by its workspace any more.
    gone: usize,
}

/// A score that another one is compared with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComparedShown {
    at: String,
    score: Option<f64>,
    /// By how much the score is better now.
    change: Option<f64>,
}

impl From<Compared> for ComparedShown {
    fn from(compared: Compared) -> Self {
        Self { at: compared.at, score: compared.score, change: compared.change }
    }
}

/// An integration of a report.
#[derive(Debug, Serialize, ToSchema)]
struct ReportPart {
    integration: String,
    score: Option<f64>,
    in_scope: u64,
}

/// Reports that are kept
#[utoipa::path(get, path = "/api/v1/hygiene/reports", tag = "hygiene", params(PageQuery),
    responses((status = 200, description = "A page of those within reach, in the order in which they were made", body = Page<ReportShown>)))]
pub(in crate::api) async fn list_hygiene_reports(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<PageQuery>,
) -> Result<Page<ReportShown>, Problem> {
    let window = query.window()?;
    let reach = policy::reach(&caller.principal, Action::Read);
    let mut found = saved_reports(&app.store, &reach).await?;
    found.sort_by_key(|saved| saved.id.to_string());
    if let Some(after) = window.after() {
        found.retain(|saved| saved.id.to_string().as_str() > after);
    }
    found.truncate(window.wanted() as usize);
    let troubles = hygiene::troubles(&app.store, &found).await?;
    let found: Vec<_> = found.into_iter().zip(troubles).collect();
    Ok(window.page(
        found,
        |(saved, _)| saved.id.to_string(),
        |(saved, trouble)| ReportShown {
            trouble: trouble.map(|message| format!("{message} {}.", message.fix(Surface::Api))),
            ..ReportShown::from(&saved)
        },
    ))
}

/// Keep a report
#[utoipa::path(post, path = "/api/v1/hygiene/reports", tag = "hygiene", request_body = ReportBody,
    responses((status = 201, description = "It is kept", body = ReportShown)))]
pub(in crate::api) async fn create_hygiene_report(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<ReportBody>,
) -> Result<Answer<ReportShown>, Problem> {
    let workspace = match &body.workspace {
        Some(id) => Some(crate::api::workspaces::found(&app, id).await?.id),
        None => None,
    };
    let made = add(&app, &caller, workspace, (&body.name.0, body.question()?)).await?;
    Ok(Answer(StatusCode::CREATED, ReportShown::from(&made)))
}

/// Keeps a report of a workspace, or of the installation, where the caller may, and notes it.
pub(crate) async fn add(
    app: &App,
    caller: &Caller,
    workspace: Option<WorkspaceId>,
    wanted: (&str, SavedQuestion),
) -> Result<SavedReport, Problem> {
    match workspace {
        Some(id) => policy::check(&caller.principal, Action::Change, &Place::Workspaces(vec![id]))?,
        None => policy::check(&caller.principal, Action::Serve, &Place::Server)?,
    }
    let made = (app.now(), app.environment.entropy.as_ref());
    let made = add_report(&app.store, workspace, wanted, made).await.map_err(refused)?;
    note(app, caller, "hygiene_report.create", &made).await?;
    Ok(made)
}

/// A report that is kept
#[utoipa::path(get, path = "/api/v1/hygiene/reports/{id}", tag = "hygiene",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "What it asks", body = ReportShown)))]
pub(in crate::api) async fn show_saved_hygiene_report(
    State(app): State<App>,
    Segments(id): Segments<String>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    let report = found(&app, &id).await?;
    conditions.answer_of(&ReportShown::from(&report), &report.revision.to_string())
}

/// What a report says now
#[utoipa::path(get, path = "/api/v1/hygiene/reports/{id}/result", tag = "hygiene",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "Its numbers", body = ReportResult)))]
pub(in crate::api) async fn open_hygiene_report(
    State(app): State<App>,
    Segments(id): Segments<String>,
) -> Result<Answer<ReportResult>, Problem> {
    let saved = found(&app, &id).await?;
    let opened = open_report(&app.store, &app.counted, &saved, app.now()).await?;
    let part = |part: hygiene::HygieneReport| ReportPart {
        integration: part.integration,
        score: part.score,
        in_scope: part.in_scope,
    };
    let result = ReportResult {
        id: saved.id.to_string(),
        name: saved.name,
        score: opened.whole.score,
        no_score: opened.whole.no_score.map(NoScore::word),
        as_of: opened.whole.as_of,
        in_scope: opened.whole.in_scope,
        rules: opened.whole.rules.into_iter().map(HygieneRule::from).collect(),
        compared: opened.whole.compared.map(ComparedShown::from),
        integrations: opened.parts.into_iter().map(part).collect(),
        left_out: opened.left_out,
        gone: opened.gone,
    };
    Ok(Answer(StatusCode::OK, result))
}

/// Change a report
#[utoipa::path(put, path = "/api/v1/hygiene/reports/{id}", tag = "hygiene", request_body = ReportBody,
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "It is like that now", body = ReportShown)))]
pub(in crate::api) async fn change_hygiene_report(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    conditions: Conditions,
    Json(body): Json<ReportBody>,
) -> Result<Answer<ReportShown>, Problem> {
    let seen = found(&app, &id).await?;
    conditions.still_at(&seen.revision.to_string())?;
    if body.workspace.is_some() && body.workspace != seen.workspace.map(|id| id.to_string()) {
        let detail = "A report stays where it was made".to_owned();
        return Err(Message::InputBad { flag: "workspace".to_owned(), detail }.into());
    }
    let changed = change(&app, &caller, &seen, (&body.name.0, body.question()?)).await?;
    Ok(Answer(StatusCode::OK, ReportShown::from(&changed)))
}

/// Changes a report as it was seen, and notes it.
pub(crate) async fn change(
    app: &App,
    caller: &Caller,
    seen: &SavedReport,
    wanted: (&str, SavedQuestion),
) -> Result<SavedReport, Problem> {
    let changed = change_report(&app.store, seen, wanted, app.now()).await.map_err(refused)?;
    note(app, caller, "hygiene_report.change", &changed).await?;
    Ok(changed)
}

/// Delete a report
#[utoipa::path(delete, path = "/api/v1/hygiene/reports/{id}", tag = "hygiene",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 204, description = "It is gone; no issue is touched")))]
pub(in crate::api) async fn delete_hygiene_report(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    conditions: Conditions,
) -> Result<StatusCode, Problem> {
    let seen = found(&app, &id).await?;
    conditions.still_at(&seen.revision.to_string())?;
    delete(&app, &caller, &seen).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a report as it was seen, and notes it.
pub(crate) async fn delete(app: &App, caller: &Caller, seen: &SavedReport) -> Result<(), Problem> {
    app.store.delete_hygiene_report(&seen.id, seen.revision).await?;
    note(app, caller, "hygiene_report.delete", seen).await
}

/// The report of an id.
pub(crate) async fn found(app: &App, id: &str) -> Result<SavedReport, Problem> {
    let unknown = || Message::from(HygieneFault::ReportNone { name: weir_model::clean(id, 60) });
    let parsed = id.parse().map_err(|_| unknown())?;
    Ok(saved_report(&app.store, &parsed).await?.ok_or_else(unknown)?)
}

async fn note(app: &App, caller: &Caller, action: &str, saved: &SavedReport) -> Result<(), Problem> {
    audit::note(app, caller, Deed::done(action, &saved.name).within(saved.workspace)).await
}
