//! How things are counted: thresholds, goals and weights of a workspace, or of the installation.

use super::refused;
use crate::{
    app::App,
    audit::{self, Deed},
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Json, Segments},
        number::whole,
        tag::{Answer, Conditions},
    },
};
use axum::{extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;
use weir_ingest::hygiene::{
    Goal, Held, HygieneSettings, ResolutionSettings, Response as Responded, ResponseSettings, RuleId,
    goals_for_none, keep_settings, own_rules_within, settings_of,
};
use weir_model::{HygieneFault, Message, Workspace};

/// Thresholds and goals of the built-in rules, which of them are off, and the weights of all.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsBody {
    /// Days after which an issue is idle.
    idle_days: f64,
    /// Words that a description has at least.
    #[serde(deserialize_with = "words")]
    #[schema(minimum = 0, maximum = 4_294_967_295_i64)]
    description_words: u32,
    response: ResponseBody,
    resolution: ResolutionBody,
    /// Ids of built-in rules that are not asked.
    #[serde(default)]
    off: BTreeSet<String>,
    /// Points of rules by their ids; those that are not named have none. Together 100.
    weights: BTreeMap<String, f64>,
}

/// Goals for the first response.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResponseBody {
    /// Days, where no other goal is for the issue.
    days: f64,
    /// What counts as a response.
    by: BTreeSet<ResponseWord>,
    /// Other goals for some issues.
    #[serde(default)]
    goals: Vec<GoalBody>,
}

/// Goals for the resolution.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResolutionBody {
    /// Days, where no other goal is for the issue.
    days: f64,
    /// Names of statuses in which time does not count.
    #[serde(default)]
    left_out: Vec<String>,
    /// Other goals for some issues.
    #[serde(default)]
    goals: Vec<GoalBody>,
}

/// What counts as a response.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ResponseWord {
    StatusChange,
    Comment,
    Assignment,
}

/// A goal for some issues; the one that names most holds.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GoalBody {
    /// The key of their project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    project: Option<String>,
    /// The name of their type.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// The name of their priority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    priority: Option<String>,
    days: f64,
}

fn words<'de, D: serde::Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    whole(from)?.ok_or_else(|| serde::de::Error::custom("a number of words is missing"))
}

impl From<GoalBody> for Goal {
    fn from(body: GoalBody) -> Self {
        let GoalBody { project, kind, priority, days } = body;
        Self { project, kind, priority, days }
    }
}

impl From<Goal> for GoalBody {
    fn from(goal: Goal) -> Self {
        let Goal { project, kind, priority, days } = goal;
        Self { project, kind, priority, days }
    }
}

impl From<ResponseWord> for Responded {
    fn from(word: ResponseWord) -> Self {
        match word {
            ResponseWord::StatusChange => Self::StatusChange,
            ResponseWord::Comment => Self::Comment,
            ResponseWord::Assignment => Self::Assignment,
        }
    }
}

impl From<Responded> for ResponseWord {
    fn from(response: Responded) -> Self {
        match response {
            Responded::StatusChange => Self::StatusChange,
            Responded::Comment => Self::Comment,
            Responded::Assignment => Self::Assignment,
        }
    }
}

impl From<SettingsBody> for HygieneSettings {
    fn from(body: SettingsBody) -> Self {
        Self {
            idle_days: body.idle_days,
            description_words: u64::from(body.description_words),
            response: ResponseSettings {
                days: body.response.days,
                goals: body.response.goals.into_iter().map(Goal::from).collect(),
                by: body.response.by.into_iter().map(Responded::from).collect(),
            },
            resolution: ResolutionSettings {
                days: body.resolution.days,
                goals: body.resolution.goals.into_iter().map(Goal::from).collect(),
                left_out: body.resolution.left_out,
            },
            off: body.off.iter().map(|rule| RuleId::from(rule.as_str())).collect(),
            weights: body
                .weights
                .into_iter()
                .map(|(rule, points)| (RuleId::from(rule.as_str()), points))
                .collect(),
        }
    }
}

impl From<HygieneSettings> for SettingsBody {
    fn from(settings: HygieneSettings) -> Self {
        Self {
            idle_days: settings.idle_days,
            description_words: u32::try_from(settings.description_words).unwrap_or(u32::MAX),
            response: ResponseBody {
                days: settings.response.days,
                by: settings.response.by.into_iter().map(ResponseWord::from).collect(),
                goals: settings.response.goals.into_iter().map(GoalBody::from).collect(),
            },
            resolution: ResolutionBody {
                days: settings.resolution.days,
                left_out: settings.resolution.left_out,
                goals: settings.resolution.goals.into_iter().map(GoalBody::from).collect(),
            },
            off: settings.off.iter().map(ToString::to_string).collect(),
            weights: settings.weights.iter().map(|(rule, points)| (rule.to_string(), *points)).collect(),
        }
    }
}

/// Settings that hold, and whose they are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SettingsShown {
    /// `workspace`: its own. `installation`: those that hold where a workspace has none. `default`: nobody kept any.
    origin: &'static str,
    /// Of those that this place keeps; 0 where it keeps none.
    revision: i64,
    settings: SettingsBody,
    /// Which goals name what no integration has, so that they are for no issue.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remarks: Vec<String>,
}

impl SettingsShown {
    async fn of(app: &App, workspace: Option<&Workspace>, held: Held) -> Result<Self, Problem> {
        let id = workspace.map(|workspace| &workspace.id);
        let remarks = goals_for_none(&app.store, id, &held.settings).await?;
        let (origin, revision) = (held.origin.word(), held.revision);
        Ok(Self { origin, revision, settings: held.settings.into(), remarks })
    }
}

/// How things are counted in a workspace
///
/// Where it has no settings of its own, those of the installation hold.
#[utoipa::path(get, path = "/api/v1/workspaces/{id}/hygiene/settings", tag = "hygiene",
    params(("id" = String, Path, description = "The workspace")),
    responses((status = 200, description = "The settings that hold", body = SettingsShown)))]
pub(in crate::api) async fn show_workspace_hygiene_settings(
    State(app): State<App>,
    Segments(id): Segments<String>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    let workspace = crate::api::workspaces::found(&app, &id).await?;
    shown(&app, Some(&workspace), &conditions).await
}

/// Change how things are counted in a workspace
#[utoipa::path(put, path = "/api/v1/workspaces/{id}/hygiene/settings", tag = "hygiene", request_body = SettingsBody,
    params(("id" = String, Path, description = "The workspace")),
    responses((status = 200, description = "It holds from now on", body = SettingsShown)))]
pub(in crate::api) async fn change_workspace_hygiene_settings(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    conditions: Conditions,
    Json(body): Json<SettingsBody>,
) -> Result<Answer<SettingsShown>, Problem> {
    let workspace = crate::api::workspaces::found(&app, &id).await?;
    changed(&app, &caller, Some(&workspace), conditions, body).await
}

/// Have a workspace count as the installation does
#[utoipa::path(delete, path = "/api/v1/workspaces/{id}/hygiene/settings", tag = "hygiene",
    params(("id" = String, Path, description = "The workspace")),
    responses((status = 204, description = "It has no settings of its own")))]
pub(in crate::api) async fn delete_workspace_hygiene_settings(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    conditions: Conditions,
) -> Result<StatusCode, Problem> {
    let workspace = crate::api::workspaces::found(&app, &id).await?;
    forgotten(&app, &caller, Some(&workspace), conditions).await
}

/// How things are counted where a workspace says nothing
#[utoipa::path(get, path = "/api/v1/hygiene/settings", tag = "hygiene",
    responses((status = 200, description = "The settings of the installation", body = SettingsShown)))]
pub(in crate::api) async fn show_hygiene_settings(
    State(app): State<App>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    shown(&app, None, &conditions).await
}

async fn shown(
    app: &App,
    workspace: Option<&Workspace>,
    conditions: &Conditions,
) -> Result<Response, Problem> {
    let held = settings_of(&app.store, workspace).await?;
    let revision = held.revision.to_string();
    conditions.answer_of(&SettingsShown::of(app, workspace, held).await?, &revision)
}

/// Change how things are counted where a workspace says nothing
#[utoipa::path(put, path = "/api/v1/hygiene/settings", tag = "hygiene", request_body = SettingsBody,
    responses((status = 200, description = "It holds from now on", body = SettingsShown)))]
pub(in crate::api) async fn change_hygiene_settings(
    State(app): State<App>,
    caller: Caller,
    conditions: Conditions,
    Json(body): Json<SettingsBody>,
) -> Result<Answer<SettingsShown>, Problem> {
    changed(&app, &caller, None, conditions, body).await
}

/// Have the installation count as usual
#[utoipa::path(delete, path = "/api/v1/hygiene/settings", tag = "hygiene",
    responses((status = 204, description = "It has no settings of its own")))]
pub(in crate::api) async fn delete_hygiene_settings(
    State(app): State<App>,
    caller: Caller,
    conditions: Conditions,
) -> Result<StatusCode, Problem> {
    forgotten(&app, &caller, None, conditions).await
}

async fn changed(
    app: &App,
    caller: &Caller,
    workspace: Option<&Workspace>,
    conditions: Conditions,
    body: SettingsBody,
) -> Result<Answer<SettingsShown>, Problem> {
    let seen = settings_of(&app.store, workspace).await?;
    let revision = seen.revision;
    conditions.still_at(&revision.to_string())?;
    keep(app, caller, workspace, (body.into(), revision)).await?;
    let held = settings_of(&app.store, workspace).await?;
    Ok(Answer(StatusCode::OK, SettingsShown::of(app, workspace, held).await?))
}

/// Keeps settings as they were seen, and notes it.
pub(crate) async fn keep(
    app: &App,
    caller: &Caller,
    workspace: Option<&Workspace>,
    (settings, seen): (HygieneSettings, i64),
) -> Result<(), Problem> {
    let id = workspace.map(|workspace| &workspace.id);
    let own = own_rules_within(&app.store, id).await?;
    let known = own.iter().map(|(_, rule)| rule.asked().id).collect();
    let settings = settings.checked(&known).map_err(refused)?;
    keep_settings(&app.store, id, (&settings, seen), app.now()).await?;
    note(app, caller, workspace, "hygiene_settings.change").await
}

async fn forgotten(
    app: &App,
    caller: &Caller,
    workspace: Option<&Workspace>,
    conditions: Conditions,
) -> Result<StatusCode, Problem> {
    let seen = settings_of(&app.store, workspace).await?;
    let revision = seen.revision;
    conditions.still_at(&revision.to_string())?;
    forget(app, caller, workspace, revision).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets settings as they were seen, and notes it.
pub(crate) async fn forget(
    app: &App,
    caller: &Caller,
    workspace: Option<&Workspace>,
    seen: i64,
) -> Result<(), Problem> {
    if seen == 0 {
        return Err(Message::from(HygieneFault::SettingsNone {}).into());
    }
    app.store.forget_hygiene_settings(workspace.map(|workspace| &workspace.id), seen).await?;
    note(app, caller, workspace, "hygiene_settings.delete").await
}

async fn note(
    app: &App,
    caller: &Caller,
    workspace: Option<&Workspace>,
    action: &str,
) -> Result<(), Problem> {
    let name = workspace.map_or("the installation", |workspace| &workspace.name);
    let deed = Deed::done(action, name).within(workspace.map(|workspace| workspace.id));
    audit::note(app, caller, deed).await
}
