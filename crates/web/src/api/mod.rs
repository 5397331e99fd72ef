//! The API, `/api/v1`. One file a noun, one line an operation; the document is made from the same lines.

mod api_keys;
mod audit;
mod export;
mod integrations;
mod issues;
mod me;
pub(crate) mod monitoring;
mod openapi;
mod runs;
mod schedule;
mod workspaces;

use crate::app::App;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every operation.
pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(openapi::show_openapi))
        .routes(routes!(me::show_me))
        .routes(routes!(integrations::list_integrations))
        .routes(routes!(integrations::show_integration))
        .routes(routes!(monitoring::show_monitoring))
        .routes(routes!(monitoring::availability::show_availability))
        .routes(routes!(monitoring::ingested::list_ingested))
        .routes(routes!(monitoring::events::list_run_events))
        .routes(routes!(runs::list_runs))
        .routes(routes!(runs::show_run))
        .routes(routes!(schedule::show_schedule))
        .routes(routes!(schedule::sync::sync_integration))
        .routes(routes!(schedule::verify::verify_integration))
        .routes(routes!(schedule::pause::pause_integration))
        .routes(routes!(schedule::resume::resume_integration))
        .routes(routes!(schedule::cancel::cancel_run))
        .routes(routes!(issues::put_away::remove_issues))
        .routes(routes!(issues::put_away::restore_issues))
        .routes(routes!(issues::quarantine::list_quarantined))
        .routes(routes!(issues::body::show_body))
        .routes(routes!(export::export_view))
        .routes(routes!(workspaces::list_workspaces, workspaces::create_workspace))
        .routes(routes!(
            workspaces::show_workspace,
            workspaces::rename_workspace,
            workspaces::delete_workspace
        ))
        .routes(routes!(workspaces::mapping::list_workspace_integrations))
        .routes(routes!(workspaces::mapping::map_integration, workspaces::mapping::unmap_integration))
        .routes(routes!(api_keys::list_api_keys, api_keys::create_api_key))
        .routes(routes!(api_keys::revoke_api_key))
        .routes(routes!(audit::list_audit_events))
}

/// The document of the API: OpenAPI 3.1.
pub fn document() -> OpenApi {
    openapi::finished(router().into_openapi())
}
