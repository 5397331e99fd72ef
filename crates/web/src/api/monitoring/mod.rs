//! How an integration does: the numbers of the Monitoring page, and the rows behind them.

pub(super) mod availability;
pub(crate) mod events;
pub(crate) mod ingested;

use crate::{
    api::next::operation,
    app::App,
    http::{
        Problem,
        extract::{Params, Segments},
        tag::Conditions,
    },
    monitored::Monitored,
};
use availability::Figures;
use axum::{extract::State, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use weir_model::{Integration, Message, Millis, OnboardedProject, Range, StatusFamily};

/// How far to look back.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
pub(crate) enum RangeWord {
    /// Seven days.
    #[default]
    #[serde(rename = "7d")]
    Week,
    /// Thirty days.
    #[serde(rename = "30d")]
    Month,
}

impl From<RangeWord> for Range {
    fn from(word: RangeWord) -> Self {
        match word {
            RangeWord::Week => Self::Week,
            RangeWord::Month => Self::Month,
        }
    }
}

/// Over which time.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RangeQuery {
    /// `7d`, unless said otherwise, or `30d`; it ends with the segment of the timeline that is now.
    #[param(inline)]
    pub(crate) range: Option<RangeWord>,
}

impl RangeQuery {
    pub(crate) fn range(self) -> Range {
        self.range.unwrap_or_default().into()
    }
}

/// How an integration does, over a range.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Monitoring {
    integration: String,
    /// `7d` or `30d`.
    range: &'static str,
    from: String,
    /// The end of the segment that is now.
    until: String,
    as_of: String,
    /// `healthy`, `unhealthy`, `pending` or `no_data`.
    status: &'static str,
    reason_code: String,
    reason: String,
    /// Who has to act: `needs_you`, `healing` or `none`.
    family: &'static str,
    /// What to do next, as an operation of this API.
    next_action: Option<String>,
    next_due_at: Option<String>,
    projects: Projects,
    ingested: Ingested,
    availability: Figures,
    speed_limit: SpeedLimit,
    freshness: Freshness,
}

/// Projects that came.
#[derive(Debug, Serialize, ToSchema)]
struct Projects {
    /// Those of the list that came in the range and are still shown to us.
    onboarded: usize,
    /// Those of the list that are still shown to us.
    total: usize,
    /// Those of the list that are not.
    disappeared: usize,
    list: Vec<Project>,
}

/// A project.
#[derive(Debug, Serialize, ToSchema)]
struct Project {
    id: String,
    key: String,
    name: String,
    state: String,
    onboarded_at: String,
    /// As of when its data is.
    as_of: Option<String>,
    /// How long half of its changes in the range took to come here.
    lag_p50_ms: Option<i64>,
    lag_p95_ms: Option<i64>,
}

impl From<&OnboardedProject> for Project {
    fn from(project: &OnboardedProject) -> Self {
        Self {
            id: project.id.clone(),
            key: project.key.clone(),
            name: project.name.clone(),
            state: project.state.clone(),
            onboarded_at: project.onboarded_at.rfc3339(),
            as_of: project.as_of.map(Millis::rfc3339),
            lag_p50_ms: project.lag_p50_ms,
            lag_p95_ms: project.lag_p95_ms,
        }
    }
}

/// Issues that came, and issues that changed here.
#[derive(Debug, Serialize, ToSchema)]
struct Ingested {
    /// Issues first stored in the range.
    new: u64,
    /// Others that changed here, each once for each day (UTC).
    changed: u64,
    /// Issues ever stored.
    total: u64,
    /// Of these, those that are not live any more.
    away: u64,
    days: Vec<Day>,
}

/// A day (UTC).
#[derive(Debug, Serialize, ToSchema)]
struct Day {
    #[schema(format = Date)]
    day: String,
    new: u64,
    changed: u64,
}

/// What runs asked of the site.
#[derive(Debug, Serialize, ToSchema)]
struct SpeedLimit {
    runs: u64,
    requests: u64,
    requests_last_24h: u64,
    /// Runs that were asked to wait.
    waits: u64,
    waited_ms: u64,
    longest_wait_ms: Option<u64>,
    longest_wait_run: Option<String>,
    /// What the site told last of its quota; on Jira Cloud of points, which only consent (OAuth 2.0) is counted in.
    quota: Option<Quota>,
}

/// A quota of the site.
#[derive(Debug, Serialize, ToSchema)]
struct Quota {
    /// What there is of it in an hour.
    limit: u64,
    /// What is left; all of it where it is full again since.
    left: u64,
    resets_at: String,
}

impl SpeedLimit {
    fn of(shown: &weir_ingest::Monitoring) -> Self {
        let (load, day) = (&shown.load, &shown.load_of_day);
        let longest = load.longest.as_ref();
        Self {
            runs: load.runs,
            requests: load.requests,
            requests_last_24h: day.requests,
            waits: load.waits,
            waited_ms: load.waited_ms,
            longest_wait_ms: longest.map(|(_, _, waited)| *waited),
            longest_wait_run: longest.map(|(run, ..)| run.to_string()),
            quota: shown.quota.map(|quota| Quota {
                limit: quota.limit,
                left: quota.left_at(shown.availability.now),
                resets_at: quota.resets_at.rfc3339(),
            }),
        }
    }
}

/// From a change at the site to its row here.
#[derive(Debug, Serialize, ToSchema)]
struct Freshness {
    changes: u64,
    lag_p50_ms: Option<i64>,
    lag_p95_ms: Option<i64>,
}

/// How an integration does
#[utoipa::path(get, path = "/api/v1/integrations/{name}/monitoring", tag = "monitoring",
    params(("name" = String, Path, description = "Its name"), RangeQuery),
    responses((status = 200, description = "The numbers of the Monitoring page", body = Monitoring)))]
pub(in crate::api) async fn show_monitoring(
    State(app): State<App>,
    Segments(name): Segments<String>,
    Params(query): Params<RangeQuery>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    let integration = found(&app, &name).await?;
    let shown = Monitored::show(&app, &integration, query.range(), app.now()).await?;
    let (now, totals) = (&shown.availability, shown.project_totals());
    conditions.answer(&Monitoring {
        integration: integration.name.clone(),
        range: now.range.as_str(),
        from: now.window.from.rfc3339(),
        until: now.window.until.rfc3339(),
        as_of: now.now.rfc3339(),
        status: shown.health.status,
        reason_code: shown.health.reason_code.clone(),
        reason: shown.health.reason.clone(),
        family: match shown.health.family {
            StatusFamily::NeedsYou => "needs_you",
            StatusFamily::Healing => "healing",
            StatusFamily::None => "none",
        },
        next_action: shown.health.next.map(|next| operation(next, &integration.name)),
        next_due_at: shown.next_due_at.map(Millis::rfc3339),
        projects: Projects {
            onboarded: totals.onboarded,
            total: totals.total,
            disappeared: totals.disappeared,
            list: shown.figures.projects.iter().map(Project::from).collect(),
        },
        ingested: Ingested {
            new: shown.new_issues(),
            changed: shown.changed_issues(),
            total: shown.figures.total.issues,
            away: shown.figures.total.away,
            days: shown
                .figures
                .days
                .iter()
                .map(|day| Day { day: date(day.day), new: day.new, changed: day.changed })
                .collect(),
        },
        availability: Figures::of(now),
        speed_limit: SpeedLimit::of(&shown),
        freshness: Freshness {
            changes: shown.figures.lag.changes,
            lag_p50_ms: shown.figures.lag.p50_ms,
            lag_p95_ms: shown.figures.lag.p95_ms,
        },
    })
}

/// The integration of a path.
async fn found(app: &App, name: &str) -> Result<Integration, Problem> {
    Ok(app.store.integration(name).await?.ok_or(Message::PageUnknown {})?)
}

/// A day's date.
fn date(day: i64) -> String {
    Millis(day * weir_model::DAY_MS).rfc3339().chars().take(10).collect()
}
