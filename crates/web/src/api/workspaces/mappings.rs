//! Which workspaces see which integrations, all of them at once.

use super::found;
use crate::{
    app::App,
    auth::{
        policy::{self, Action, Place},
        principal::Caller,
    },
    http::{
        Problem,
        extract::{Json, Params},
        name::Name,
        paging::{Page, Window},
        tag::Answer,
    },
    life::mapping::{self, Effect, MOST_INTEGRATIONS, MOST_WORKSPACES, Wanted},
};
use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use weir_model::{Integration, Message};
use weir_store::MappingFilter;

/// An integration and the workspaces that see it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct MappedTo {
    id: String,
    name: String,
    /// Of those that see it the ones that are the caller's to know.
    workspaces: Vec<WorkspaceNamed>,
    /// How many more see it.
    others: usize,
}

/// A workspace.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct WorkspaceNamed {
    id: String,
    name: String,
}

/// Which integrations.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct MappingsQuery {
    /// Part of the name.
    #[param(max_length = 100, pattern = r"^[^\u0000]*$")]
    search: Option<String>,
    /// Those alone that no workspace sees.
    unmapped: Option<bool>,
    /// At most this many.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// `next` of the page before.
    #[param(pattern = "^([0-9a-f]{2})+$")]
    after: Option<String>,
}

/// What integrations are mapped to, by name
///
/// A whole integration is mapped, with every project that it reads. Integrations that no workspace sees feed no workspace: only those
/// see them who look after the server.
#[utoipa::path(get, path = "/api/v1/mappings", tag = "workspaces", params(MappingsQuery),
    responses((status = 200, description = "A page of those within reach", body = Page<MappedTo>)))]
pub(in crate::api) async fn list_mappings(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<MappingsQuery>,
) -> Result<Page<MappedTo>, Problem> {
    let (search, unmapped) =
        (query.search.as_deref().unwrap_or_default(), query.unmapped.unwrap_or_default());
    if search.chars().count() > 100 {
        return Err(Problem::bad("search has at most 100 characters"));
    }
    let filters = [("search", search), ("unmapped", if unmapped { "true" } else { "" })];
    let window = Window::narrowed(query.limit, query.after.as_deref(), &filters)?;
    let reach = policy::reach(&caller.principal, Action::Read);
    let filter = MappingFilter { search, unmapped };
    let found = app.store.mappings(&reach, filter, window.after(), window.wanted()).await?;
    let known = app.store.workspaces(&reach).await?;
    let named =
        |one: &&weir_model::Workspace| WorkspaceNamed { id: one.id.to_string(), name: one.name.clone() };
    Ok(window.page(
        found,
        |one| one.name.clone(),
        |one| {
            let workspaces: Vec<_> =
                known.iter().filter(|known| one.workspaces.contains(&known.id)).collect();
            MappedTo {
                id: one.integration.to_string(),
                others: one.workspaces.len() - workspaces.len(),
                workspaces: workspaces.iter().map(named).collect(),
                name: one.name,
            }
        },
    ))
}

/// What is to be mapped, each to each.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Mappings {
    // Names of integrations.
    #[schema(inline, min_items = 1, max_items = 100)]
    integrations: Vec<Name>,
    /// Ids of workspaces.
    #[schema(min_items = 1, max_items = 50)]
    workspaces: Vec<String>,
    /// Whether they are mapped, or taken out.
    #[serde(default = "yes")]
    #[schema(default = true)]
    mapped: bool,
    /// Whether only to say what would follow.
    #[serde(default)]
    #[schema(default = false)]
    dry_run: bool,
}

fn yes() -> bool {
    true
}

/// What followed, or would.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct MappingEffects {
    dry_run: bool,
    /// Of each workspace, in the order that was asked.
    effects: Vec<MappingEffect>,
}

/// What follows for the members of a workspace.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct MappingEffect {
    workspace: WorkspaceNamed,
    /// The integrations that they come to see, or do not see any more; not those of which nothing changes.
    integrations: Vec<String>,
    /// The live issues of these.
    issues: u64,
    /// Reports of the workspace, which count over all that it sees.
    reports: u64,
}

impl From<Effect> for MappingEffect {
    fn from(one: Effect) -> Self {
        Self {
            workspace: WorkspaceNamed { id: one.workspace.id.to_string(), name: one.workspace.name },
            integrations: one.integrations,
            issues: one.issues,
            reports: one.reports,
        }
    }
}

/// Map integrations to workspaces, or take them out
///
/// All at once or not at all, each integration to each workspace, and at most 500 changes. With `dry_run` nothing is changed. For those
/// who look after the workspaces, and after every other one that sees the integrations. The last workspace that sees an integration lets
/// it go only for those who look after the server.
#[utoipa::path(post, path = "/api/v1/mappings", tag = "workspaces", request_body = Mappings,
    responses((status = 200, description = "What followed, or would", body = MappingEffects)))]
pub(in crate::api) async fn change_mappings(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<Mappings>,
) -> Result<Answer<MappingEffects>, Problem> {
    if !(1..=MOST_INTEGRATIONS).contains(&body.integrations.len()) {
        return Err(Problem::bad("integrations are 1 to 100").at("/integrations"));
    }
    if !(1..=MOST_WORKSPACES).contains(&body.workspaces.len()) {
        return Err(Problem::bad("workspaces are 1 to 50").at("/workspaces"));
    }
    let mut wanted = Wanted { integrations: vec![], workspaces: vec![], mapped: body.mapped };
    for (place, name) in body.integrations.iter().enumerate() {
        let one = known(&app, &caller, &name.0)
            .await
            .map_err(|problem| problem.at(format!("/integrations/{place}")))?;
        if wanted.integrations.iter().all(|other| other.id != one.id) {
            wanted.integrations.push(one);
        }
    }
    for (place, id) in body.workspaces.iter().enumerate() {
        let one = found(&app, id).await.map_err(|problem| problem.at(format!("/workspaces/{place}")))?;
        if wanted.workspaces.iter().all(|other| other.id != one.id) {
            wanted.workspaces.push(one);
        }
    }
    let effects = match body.dry_run {
        true => mapping::preview(&app, &caller, &wanted).await?,
        false => mapping::apply(&app, &caller, &wanted).await?,
    };
    let effects = effects.into_iter().map(MappingEffect::from).collect();
    Ok(Answer(StatusCode::OK, MappingEffects { dry_run: body.dry_run, effects }))
}

/// The integration of that name, if the caller may know of it.
async fn known(app: &App, caller: &Caller, name: &str) -> Result<Integration, Problem> {
    let unknown = || Message::IntegrationUnknown { name: weir_model::clean(name, 100) };
    let found = app.store.integration(name).await?.ok_or_else(unknown)?;
    let place = Place::Workspaces(app.store.workspaces_of(&found.id).await?);
    policy::check(&caller.principal, Action::Read, &place).map_err(|_| unknown())?;
    Ok(found)
}
