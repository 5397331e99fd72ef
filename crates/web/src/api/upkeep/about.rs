//! What this program is, what it is made of, and a bundle for those who are asked for help.

use crate::{
    about::{
        Build, SBOM,
        bundle::{SupportBundle, Told, support_bundle},
        health::{HealthCheck, judged},
    },
    app::App,
    http::{
        Problem,
        tag::{Answer, Conditions},
    },
};
use axum::{extract::State, http::StatusCode, response::Response};
use serde::Serialize;
use utoipa::ToSchema;

/// What this program is, and whether it is well.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct About {
    version: String,
    build: Build,
    /// Whether it can do its work, as `/readyz` says.
    ready: bool,
    checks: Vec<HealthCheck>,
}

/// Version, build and health of this server
#[utoipa::path(get, path = "/api/v1/about", tag = "server",
    responses((status = 200, description = "What it is, also when it is not well", body = About)))]
pub(in crate::api) async fn show_about(
    State(app): State<App>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    let checks = judged(&app.store, &app.key_file()).await;
    let ready = checks.iter().all(|check| check.ok);
    conditions.answer(&About {
        version: app.settings.version.to_owned(),
        build: Build::this(),
        ready,
        checks,
    })
}

/// What the program is made of
///
/// CycloneDX 1.6: the crates and the files of pages that others made, each with its version, its licence and its package URL.
#[utoipa::path(get, path = "/api/v1/about/sbom", tag = "server",
    responses((status = 200, description = "The list of parts", body = serde_json::Value)))]
pub(in crate::api) async fn show_sbom(conditions: Conditions) -> Result<Response, Problem> {
    let list: serde_json::Value =
        serde_json::from_str(SBOM).map_err(|error| Problem::bug(&error.to_string()))?;
    conditions.answer(&list)
}

/// A bundle for those who are asked for help
///
/// Version, settings, integrations, their last runs and lines of their logs, without a secret, an address, a name of anybody or a
/// text of a site. It is sent to nobody.
#[utoipa::path(get, path = "/api/v1/about/bundle", tag = "server",
    responses((status = 200, description = "The bundle", body = SupportBundle)))]
pub(in crate::api) async fn show_support_bundle(
    State(app): State<App>,
) -> Result<Answer<SupportBundle>, Problem> {
    Ok(Answer(StatusCode::OK, made(&app).await?))
}

/// Makes a bundle of this server.
pub(crate) async fn made(app: &App) -> Result<SupportBundle, Problem> {
    let told = Told {
        store: &app.store,
        key_file: &app.key_file(),
        explained: &app.explained,
        version: app.settings.version,
        now: app.now(),
    };
    Ok(support_bundle(told).await?)
}
