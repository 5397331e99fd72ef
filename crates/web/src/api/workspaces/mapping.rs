//! Which integrations a workspace sees. To map one is to show its data to the members, so those map one and take it out who look
//! after the workspace, and after every workspace that sees it already.

use super::found;
use crate::{
    app::App,
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Params, Segments},
        paging::{Page, PageQuery},
    },
    life::mapping::{self, Wanted},
};
use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use weir_model::{Integration, Message, Reach};

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
    let wanted =
        Wanted { integrations: vec![named(&app, &name).await?], workspaces: vec![workspace], mapped: true };
    mapping::apply(&app, &caller, &wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take an integration out of a workspace
///
/// For the same as may map it. The last workspace that sees it lets it go only for those who look after the server.
#[utoipa::path(delete, path = "/api/v1/workspaces/{id}/integrations/{name}", tag = "workspaces",
    params(("id" = String, Path, description = "The workspace"), ("name" = String, Path, description = "The integration")),
    responses((status = 204, description = "It is not mapped any more")))]
pub(in crate::api) async fn unmap_integration(
    State(app): State<App>,
    caller: Caller,
    Segments((id, name)): Segments<(String, String)>,
) -> Result<StatusCode, Problem> {
    let workspace = found(&app, &id).await?;
    let integration = named(&app, &name).await?;
    let is_mapped = app.store.workspaces_of(&integration.id).await?.contains(&workspace.id);
    let wanted = Wanted { integrations: vec![integration], workspaces: vec![workspace], mapped: false };
    mapping::preview(&app, &caller, &wanted).await?;
    if !is_mapped {
        return Err(Message::PageUnknown {}.into());
    }
    mapping::apply(&app, &caller, &wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn named(app: &App, name: &str) -> Result<Integration, Problem> {
    Ok(app.store.integration(name).await?.ok_or(Message::PageUnknown {})?)
}
