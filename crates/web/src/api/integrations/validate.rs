//! The checks, of settings that were typed and of an integration as it is kept.

use super::named;
use crate::{
    app::App,
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Json, Segments},
        tag::Answer,
    },
    life::{
        self, guarded, kept,
        watch::Told,
        wish::{SettingsToTry, certificates},
    },
};
use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use weir_ingest::{
    Choices,
    connect::{Connected, Preflight, Target},
};
use weir_model::{Deployment, Surface};

/// A check and what came of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Check {
    /// Stays the same from version to version.
    id: String,
    name: String,
    /// `passed`, `warning`, `failed`, or `skipped` because an earlier one failed.
    state: String,
    took_ms: u64,
    /// What was found.
    sentence: String,
    /// What to do about it.
    remedy: Option<String>,
}

/// What came of all checks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Checks {
    /// Whether an integration would be kept: a warning does not stand in the way.
    passed: bool,
    checks: Vec<Check>,
    /// Names the sentence of the check that failed.
    code: Option<&'static str>,
    /// What to do about it.
    fix: Option<String>,
    /// The site's address as it would be kept.
    url: Option<String>,
    /// `cloud` or `data_center`.
    deployment: Option<&'static str>,
    account_id: Option<String>,
    timezone: Option<String>,
}

impl From<Preflight<Connected>> for Checks {
    fn from(done: Preflight<Connected>) -> Self {
        let check = |one: life::KeptCheck| Check {
            id: one.id,
            name: one.name,
            state: one.state,
            took_ms: one.took_ms,
            sentence: one.sentence,
            remedy: one.remedy,
        };
        let checks = kept(&done, Surface::Api).into_iter().map(check).collect();
        let (failure, connected) = match done.outcome {
            Ok(connected) => (None, Some(connected)),
            Err(message) => (Some(message), None),
        };
        Self {
            passed: connected.is_some(),
            checks,
            code: failure.as_ref().map(|message| message.id()),
            fix: failure.as_ref().map(|message| message.fix(Surface::Api)),
            deployment: connected.as_ref().map(|found| match found.deployment {
                Deployment::Cloud => "cloud",
                Deployment::DataCenter => "data_center",
            }),
            url: connected.as_ref().map(|found| found.site_url.clone()),
            account_id: connected.as_ref().map(|found| found.account_id.clone()),
            timezone: connected.and_then(|found| found.timezone),
        }
    }
}

/// Try settings
///
/// The same checks as when an integration is connected; nothing is kept.
#[utoipa::path(post, path = "/api/v1/integrations/validate", tag = "integrations", request_body = SettingsToTry,
    responses((status = 200, description = "What came of each check, also when one failed", body = Checks)))]
pub(in crate::api) async fn validate_settings(
    State(app): State<App>,
    caller: Caller,
    Json(given): Json<SettingsToTry>,
) -> Result<Answer<Checks>, Problem> {
    let transport = guarded(certificates(given.ca_pem.as_deref())?);
    let choices = Choices::named(String::new(), transport).with(given.changes()?);
    let credential = given.credential.credential(&app, &caller, &given.url).await?;
    let target = Target {
        address: given.url,
        credential,
        scope: choices.scope,
        exclusions: choices.exclusions,
        transport: choices.transport,
    };
    Ok(Answer(StatusCode::OK, life::checked(&app, target, &Told::default()).await?.into()))
}

/// Check an integration
///
/// With its own credential. What came of it is shown with the integration until the next time.
#[utoipa::path(post, path = "/api/v1/integrations/{name}/validate", tag = "integrations",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "What came of each check, also when one failed", body = Checks)))]
pub(in crate::api) async fn validate_integration(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
) -> Result<Answer<Checks>, Problem> {
    let integration = named(&app, &name).await?;
    Ok(Answer(StatusCode::OK, life::check(&app, &caller, &integration, &Told::default()).await?.into()))
}
