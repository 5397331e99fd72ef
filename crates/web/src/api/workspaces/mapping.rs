//! Which integrations a workspace sees. To map one is to show its data to the members, so those map one and take it out who look
//! after the workspace, and after every workspace that sees it already.

use super::found;
use crate::{
    app::App,
    audit::{self, Deed},
    auth::{
        policy::{self, Action, Place},
        principal::Caller,
    },
    http::{
        Problem,
        extract::{Params, Segments},
        paging::{Page, PageQuery},
    },
};
use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use weir_model::{IntegrationId, Message, Reach, Workspace};

/// An integration that is mapped to a workspace.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Mapped {
    id: String,
    name: String,
    kind: String,
}

/// Integrations of a workspace by name
#[utoipa::path(get, path = "/api/v1/workspaces/{id}/integrations", tag = "workspaces",
    params(("id" = String, Path, description = "The workspace"), PageQuery),
    responses((status = 200, description = "A page of them", body = Page<Mapped>)))]
pub(in crate::api) async fn list_workspace_integrations(
    State(app): State<App>,
    Segments(id): Segments<String>,
    Params(query): Params<PageQuery>,
) -> Result<Page<Mapped>, Problem> {
    let window = query.window()?;
    let within = Reach::Workspaces(vec![found(&app, &id).await?.id]);
    let integrations = app.store.integrations_within(&within, window.after(), window.wanted()).await?;
    let page = window.page(
        integrations,
        |one| one.name.clone(),
        |one| Mapped { id: one.id.to_string(), name: one.name, kind: one.kind },
    );
    Ok(page)
}

/// Map an integration to a workspace
///
/// From now on its members see the integration and everything that was read from it. This is for those who look after the
/// workspace and after every other one that sees the integration; of one that no workspace sees, for those who look after the server.
#[utoipa::path(put, path = "/api/v1/workspaces/{id}/integrations/{name}", tag = "workspaces",
    params(("id" = String, Path, description = "The workspace"), ("name" = String, Path, description = "The integration")),
    responses((status = 204, description = "It is mapped")))]
pub(in crate::api) async fn map_integration(
    State(app): State<App>,
    caller: Caller,
    Segments((id, name)): Segments<(String, String)>,
) -> Result<StatusCode, Problem> {
    let workspace = found(&app, &id).await?;
    let integration = managed(&app, &caller, &name).await?;
    map(&app, &caller, &workspace, (&integration, &name), true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take an integration out of a workspace
///
/// For the same as may map it.
#[utoipa::path(delete, path = "/api/v1/workspaces/{id}/integrations/{name}", tag = "workspaces",
    params(("id" = String, Path, description = "The workspace"), ("name" = String, Path, description = "The integration")),
    responses((status = 204, description = "It is not mapped any more")))]
pub(in crate::api) async fn unmap_integration(
    State(app): State<App>,
    caller: Caller,
    Segments((id, name)): Segments<(String, String)>,
) -> Result<StatusCode, Problem> {
    let workspace = found(&app, &id).await?;
    let integration = managed(&app, &caller, &name).await?;
    if !app.store.workspaces_of(&integration).await?.contains(&workspace.id) {
        return Err(Message::PageUnknown {}.into());
    }
    map(&app, &caller, &workspace, (&integration, &name), false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Maps an integration to a workspace or takes it out, and notes it.
pub(crate) async fn map(
    app: &App,
    caller: &Caller,
    workspace: &Workspace,
    (integration, name): (&IntegrationId, &str),
    mapped: bool,
) -> Result<(), Problem> {
    app.store.map_integration(integration, &workspace.id, mapped).await?;
    let action = if mapped { "workspace.map" } else { "workspace.unmap" };
    let deed = Deed::done(action, &workspace.name).within(Some(workspace.id)).with("integration", name);
    audit::note(app, caller, deed).await
}

/// The integration of that name, where every workspace that sees it is the caller's to look after.
async fn managed(app: &App, caller: &Caller, name: &str) -> Result<IntegrationId, Problem> {
    let integration = app.store.integration(name).await?.ok_or(Message::PageUnknown {})?.id;
    let place = Place::Workspaces(app.store.workspaces_of(&integration).await?);
    policy::check(&caller.principal, Action::Manage, &place)?;
    Ok(integration)
}
