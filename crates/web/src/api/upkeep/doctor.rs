//! A look over the installation.

use crate::{
    app::App,
    http::{Problem, tag::Answer},
};
use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use weir_ingest::doctor::{Finding, FindingState, Installation, examine};
use weir_store::LeaseHolder;

/// Something that was looked at.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct Look {
    /// What: `home`, `files`, `disk`, `proxy`, `mail`, `store`, `integrity`, `key`, `runs`, `integration`, `site` or `clock`.
    check: &'static str,
    /// Which one, where there may be several: an integration.
    subject: Option<String>,
    /// `ok`, `warn` where somebody should look, `fail` where something does not work, or `skipped`.
    state: &'static str,
    /// Names the sentence, where something is to be done.
    code: Option<&'static str>,
    /// What was found.
    sentence: String,
    cause: Option<String>,
    /// What to do.
    fix: Option<String>,
}

impl From<Finding> for Look {
    fn from(one: Finding) -> Self {
        Self {
            check: one.check,
            subject: one.subject,
            state: match one.state {
                FindingState::Ok => "ok",
                FindingState::Warn => "warn",
                FindingState::Fail => "fail",
                FindingState::Skipped => "skipped",
            },
            code: one.code,
            sentence: one.sentence,
            cause: one.cause,
            fix: one.fix,
        }
    }
}

/// What a look over the installation found.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct Diagnosis {
    /// Whether nothing failed.
    passed: bool,
    failed: usize,
    warned: usize,
    checks: Vec<Look>,
}

/// Look over home, key, store, disk, clock, proxy and integrations
///
/// Nothing is changed. Sites that are not paused are asked whether they answer; nobody signs in for it.
#[utoipa::path(get, path = "/api/v1/doctor", tag = "server",
    responses((status = 200, description = "What was found, also when something failed", body = Diagnosis)))]
pub(in crate::api) async fn show_diagnosis(State(app): State<App>) -> Result<Answer<Diagnosis>, Problem> {
    let installation = Installation {
        home: app.home.clone(),
        address: app.store.address().clone(),
        environment: app.environment.clone(),
        proxy: app.proxy.clone(),
        proxies: app.proxies.clone(),
        mail: app.outlet.mail.clone(),
        holder: LeaseHolder::this_process(app.environment.entropy.as_ref()),
    };
    let findings = examine(&installation, |_| {}).await;
    let count = |state: FindingState| findings.iter().filter(|one| one.state == state).count();
    let (failed, warned) = (count(FindingState::Fail), count(FindingState::Warn));
    let checks = findings.into_iter().map(Look::from).collect();
    Ok(Answer(StatusCode::OK, Diagnosis { passed: failed == 0, failed, warned, checks }))
}
