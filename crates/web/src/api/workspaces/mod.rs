//! Workspaces: who sees what.

pub(crate) mod mapping;
pub(super) mod mappings;
pub(crate) mod members;

use crate::{
    app::App,
    audit::{self, Deed},
    auth::{
        policy::{self, Action},
        principal::Caller,
    },
    http::{
        Problem,
        extract::{Json, Params, Segments},
        name::Name,
        paging::{Page, PageQuery},
        tag::{Answer, Conditions},
    },
    people::checked_workspace_name,
};
use axum::{extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use weir_model::{Message, WorkspaceId};

/// A part of the organisation with its own members; integrations are mapped to it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Workspace {
    id: String,
    name: String,
    created_at: String,
}

impl From<weir_model::Workspace> for Workspace {
    fn from(one: weir_model::Workspace) -> Self {
        Self { id: one.id.to_string(), name: one.name, created_at: one.created_at.rfc3339() }
    }
}

/// What a workspace is called; unique on this server.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Naming {
    #[schema(inline)]
    name: Name,
}

/// Workspaces by name
#[utoipa::path(get, path = "/api/v1/workspaces", tag = "workspaces", params(PageQuery),
    responses((status = 200, description = "A page of those within reach", body = Page<Workspace>)))]
pub(super) async fn list_workspaces(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<PageQuery>,
) -> Result<Page<Workspace>, Problem> {
    let window = query.window()?;
    let mut found = app.store.workspaces(&policy::reach(&caller.principal, Action::Read)).await?;
    if let Some(after) = window.after() {
        found.retain(|one| one.name.as_str() > after);
    }
    Ok(window.page(found, |one| one.name.clone(), Workspace::from))
}

/// Add a workspace
#[utoipa::path(post, path = "/api/v1/workspaces", tag = "workspaces", request_body = Naming,
    responses((status = 201, description = "It was added", body = Workspace)))]
pub(super) async fn create_workspace(
    State(app): State<App>,
    caller: Caller,
    Json(naming): Json<Naming>,
) -> Result<Answer<Workspace>, Problem> {
    Ok(Answer(StatusCode::CREATED, add(&app, &caller, &naming.name.0).await?.into()))
}

/// Adds a workspace, and notes it.
pub(crate) async fn add(app: &App, caller: &Caller, name: &str) -> Result<weir_model::Workspace, Problem> {
    let now = app.now();
    let id = WorkspaceId::generate(now, app.environment.entropy.as_ref());
    let workspace = weir_model::Workspace { id, name: checked_workspace_name(name)?, created_at: now };
    app.store.add_workspace(&workspace).await?;
    audit::note(app, caller, Deed::done("workspace.create", &workspace.name).within(Some(id))).await?;
    Ok(workspace)
}

/// One workspace
#[utoipa::path(get, path = "/api/v1/workspaces/{id}", tag = "workspaces",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The workspace", body = Workspace)))]
pub(super) async fn show_workspace(
    State(app): State<App>,
    Segments(id): Segments<String>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    conditions.answer(&Workspace::from(found(&app, &id).await?))
}

/// Rename a workspace
#[utoipa::path(patch, path = "/api/v1/workspaces/{id}", tag = "workspaces", request_body = Naming,
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "It has that name now", body = Workspace)))]
pub(super) async fn rename_workspace(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    conditions: Conditions,
    Json(naming): Json<Naming>,
) -> Result<Answer<Workspace>, Problem> {
    let old = found(&app, &id).await?;
    conditions.still(&Workspace::from(old.clone()))?;
    Ok(Answer(StatusCode::OK, rename(&app, &caller, &old, &naming.name.0).await?.into()))
}

/// Renames a workspace as it was seen, and notes it.
pub(crate) async fn rename(
    app: &App,
    caller: &Caller,
    old: &weir_model::Workspace,
    name: &str,
) -> Result<weir_model::Workspace, Problem> {
    let name = checked_workspace_name(name)?;
    let renamed = app.store.rename_workspace(&old.id, &old.name, &name).await.map_err(Problem::from);
    renamed.map_err(|problem| match *problem.message {
        // Who looks after one workspace need not learn of the others.
        Message::WorkspaceTaken { name } if !policy::sees_server(&caller.principal) => {
            Message::NameUnavailable { name }.into()
        }
        _ => problem,
    })?;
    let deed = Deed::done("workspace.rename", &name).within(Some(old.id)).with("before", &old.name);
    audit::note(app, caller, deed).await?;
    Ok(weir_model::Workspace { name, ..old.clone() })
}

/// Delete a workspace
///
/// Its members lose their roles in it and its keys are revoked; integrations and their data stay.
#[utoipa::path(delete, path = "/api/v1/workspaces/{id}", tag = "workspaces",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 204, description = "It is gone")))]
pub(super) async fn delete_workspace(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    conditions: Conditions,
) -> Result<StatusCode, Problem> {
    let old = found(&app, &id).await?;
    conditions.still(&Workspace::from(old.clone()))?;
    delete(&app, &caller, &old).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a workspace, and notes it.
pub(crate) async fn delete(app: &App, caller: &Caller, old: &weir_model::Workspace) -> Result<(), Problem> {
    app.store.delete_workspace(&old.id).await?;
    audit::note(app, caller, Deed::done("workspace.delete", &old.name).within(Some(old.id))).await
}

/// The workspace of an id.
pub(crate) async fn found(app: &App, id: &str) -> Result<weir_model::Workspace, Problem> {
    let id = id.parse().map_err(|_| Message::PageUnknown {})?;
    Ok(app.store.workspace(&id).await?.ok_or(Message::PageUnknown {})?)
}
