//! Whether the server is alive, and whether it can do its work.

use crate::{
    about::health::{HealthCheck, judged},
    app::App,
    http::tag::Answer,
};
use axum::{extract::State, http::StatusCode};
use serde::Serialize;

/// Alive, without looking at anything else.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// What was looked at, and what is wrong with it.
#[derive(Debug, Serialize)]
pub(super) struct Ready {
    ready: bool,
    checks: Vec<Check>,
}

#[derive(Debug, Serialize)]
struct Check {
    name: String,
    ok: bool,
    /// The stable code of what is wrong; never more, since anybody may ask.
    code: Option<String>,
}

impl From<HealthCheck> for Check {
    fn from(check: HealthCheck) -> Self {
        Self { name: check.name, ok: check.ok, code: check.code }
    }
}

/// Ready when the store answers, its schema is the one that this program knows, and the key file opens what is sealed in it.
pub(super) async fn ready(State(app): State<App>) -> Answer<Ready> {
    let checks: Vec<Check> = judged(&app.store, &app.key_file()).await.into_iter().map(Check::from).collect();
    let ready = checks.iter().all(|check| check.ok);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Answer(status, Ready { ready, checks })
}
