//! Runs: what was attempted, how it ended, and its counts.

use crate::{
    about::ran::Ran,
    app::App,
    auth::{
        policy::{self, Action, Place},
        principal::Caller,
    },
    http::{
        Problem,
        extract::{Params, Segments},
        paging::{Page, Window},
        tag::Conditions,
    },
};
use axum::{extract::State, response::Response};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use weir_model::{Counts, IntegrationId, Message, ProjectCounts};

/// One attempt to bring an integration up to date.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Run {
    id: String,
    /// The integration's name.
    integration: String,
    /// The name of who asked for it, as the audit log has it; `command line` there. Nothing where nobody did, or where it was
    /// before that was kept.
    asked_by: Option<String>,
    /// The id of their account or key.
    asked_by_id: Option<String>,
    #[serde(flatten)]
    ran: Ran,
}

impl From<weir_model::Run> for Run {
    fn from(run: weir_model::Run) -> Self {
        let ran = Ran::from(&run);
        let (asked_by_id, asked_by) = run.asked_by.map_or((None, None), |by| (by.id, Some(by.name)));
        Self { id: run.id.to_string(), integration: run.integration, asked_by, asked_by_id, ran }
    }
}

/// What came of the records of one kind.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KindCounts {
    read: u64,
    written: u64,
    unchanged: u64,
    skipped: u64,
    failed: u64,
    removed: u64,
}

impl From<&Counts> for KindCounts {
    fn from(counts: &Counts) -> Self {
        let Counts { read, written, unchanged, skipped, failed, removed } = *counts;
        Self { read, written, unchanged, skipped, failed, removed }
    }
}

/// What came of the issues of one project.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProjectLine {
    /// Its key; nothing for issues of which the project is not known.
    key: Option<String>,
    read: u64,
    written: u64,
    unchanged: u64,
    skipped: u64,
    failed: u64,
}

impl ProjectLine {
    fn of(key: Option<String>, counts: &Counts) -> Self {
        let Counts { read, written, unchanged, skipped, failed, .. } = *counts;
        Self { key, read, written, unchanged, skipped, failed }
    }
}

/// A run with its counts by kind and by project.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RunInFull {
    #[serde(flatten)]
    run: Run,
    /// By the name of the view that shows the kind.
    kinds: BTreeMap<String, KindCounts>,
    /// What it did with the issues of each project, by key; also while it is under way.
    projects: Vec<ProjectLine>,
    /// Issues that it could not read.
    quarantined: usize,
}

/// What came of a run.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ResultWord {
    Running,
    Success,
    Partial,
    Failed,
    Cancelled,
}

impl ResultWord {
    fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Success => "success",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What began a run.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum TriggerWord {
    Schedule,
    Manual,
    Census,
    Verify,
}

impl TriggerWord {
    fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Manual => "manual",
            Self::Census => "census",
            Self::Verify => "verify",
        }
    }
}

/// Which runs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Only those of this integration.
    #[param(pattern = r"^[^\u0000]*$")]
    integration: Option<String>,
    /// Only those that ended so; `running` for those that have not ended.
    #[param(inline)]
    result: Option<ResultWord>,
    /// Only those that this began.
    #[param(inline)]
    trigger: Option<TriggerWord>,
    /// At most this many.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// `next` of the page before.
    #[param(pattern = "^([0-9a-f]{2})+$")]
    after: Option<String>,
}

/// Runs, newest first
#[utoipa::path(get, path = "/api/v1/runs", tag = "runs", params(ListQuery),
    responses((status = 200, description = "A page of those within reach", body = Page<Run>)))]
pub(super) async fn list_runs(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<ListQuery>,
) -> Result<Page<Run>, Problem> {
    let (result, trigger) = (query.result.map(ResultWord::as_str), query.trigger.map(TriggerWord::as_str));
    let filters = [
        ("integration", query.integration.as_deref().unwrap_or_default()),
        ("result", result.unwrap_or_default()),
        ("trigger", trigger.unwrap_or_default()),
    ];
    let window = Window::narrowed(query.limit, query.after.as_deref(), &filters)?;
    let reach = policy::reach(&caller.principal, Action::Read);
    let integration = match query.integration.as_deref() {
        Some(name) => Some(visible(&app, &caller, name).await?),
        None => None,
    };
    let after = window.after_as()?;
    let of = (result, trigger);
    let found =
        app.store.runs_within(&reach, integration.as_ref(), of, after.as_ref(), window.wanted()).await?;
    Ok(window.page(found, |run| run.id.to_string(), Run::from))
}

/// The integration of that name, if the caller may know of it.
async fn visible(app: &App, caller: &Caller, name: &str) -> Result<IntegrationId, Problem> {
    let found = app.store.integration(name).await?.ok_or(Message::PageUnknown {})?;
    let place = Place::Workspaces(app.store.workspaces_of(&found.id).await?);
    policy::check(&caller.principal, Action::Read, &place)?;
    Ok(found.id)
}

/// One run with its counts by kind and by project
#[utoipa::path(get, path = "/api/v1/runs/{id}", tag = "runs", params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The run", body = RunInFull)))]
pub(super) async fn show_run(
    State(app): State<App>,
    Segments(id): Segments<String>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Message::PageUnknown {})?;
    let run = app.store.run(&id).await?.ok_or(Message::PageUnknown {})?;
    let tally = app.store.run_counts(&run.id).await?;
    let integration = app.store.integration(&run.integration).await?.ok_or(Message::PageUnknown {})?;
    let quarantined = app.store.quarantine(&integration.id, Some(&run.id)).await?.len();
    let kinds = tally.iter().map(|(kind, counts)| (kind.as_str().to_owned(), counts.into())).collect();
    let found = app.store.run_projects(&run.id).await?;
    let rest = ProjectCounts::rest(&found, &tally).map(|counts| ProjectLine::of(None, &counts));
    let lines = found.iter().map(|one| ProjectLine::of(Some(one.key.clone()), &one.counts));
    let projects = lines.chain(rest).collect();
    conditions.answer(&RunInFull { run: run.into(), kinds, projects, quarantined })
}
