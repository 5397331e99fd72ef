//! For whoever looks after the server: its master keys, its backups, a look over the installation, the settings in force.
//!
//! What may take long is done to its end, whoever waits for it: a caller is told what came of it, or after some seconds that it
//! is under way. What came of it stands in the audit log in any case.

pub(crate) mod about;
pub(super) mod backups;
pub(super) mod config;
pub(super) mod doctor;
pub(super) mod master_keys;

use crate::{
    app::App,
    audit::{self, Deed},
    auth::principal::Caller,
    http::{Problem, body::query, tag::Answer},
    life::to_its_end,
};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;
use weir_model::Message;

/// How long a caller is kept waiting; less than any request may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is still being done. What came of it will stand in the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UnderWay {
    /// The action, as the audit log has it.
    action: &'static str,
    /// What it is done to.
    subject: String,
}

/// Does work to its end; gives what came of it, or nothing where that takes longer than somebody has patience.
async fn patiently<T: Send + 'static>(
    patience: Duration,
    work: impl AsyncFnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<Option<T>, Problem> {
    match tokio::time::timeout(patience, to_its_end(work)).await {
        Ok(ended) => ended?.map(Some),
        Err(_) => Ok(None),
    }
}

/// The answer about what came of something, or that it is under way and where to look.
fn answered<T: Serialize>(
    came: Option<T>,
    done: StatusCode,
    (action, subject): (&'static str, String),
) -> Result<Response, Problem> {
    let Some(came) = came else {
        let mut response = Answer(StatusCode::ACCEPTED, UnderWay { action, subject }).into_response();
        let look_at = format!("/api/v1/audit?{}", query(&[("action", action)]));
        let look_at = HeaderValue::try_from(look_at).map_err(|error| Problem::bug(&error.to_string()))?;
        response.headers_mut().insert(header::LOCATION, look_at);
        return Ok(response);
    };
    Ok(Answer(done, came).into_response())
}

/// Notes what came of something, with `detail` where it went well.
async fn noted<T>(
    app: &App,
    caller: &Caller,
    (action, subject): (&str, &str),
    outcome: Result<T, Message>,
    detail: impl FnOnce(&T) -> Vec<(&'static str, String)>,
) -> Result<T, Problem> {
    let deed = match &outcome {
        Ok(done) => {
            let deed = Deed::done(action, subject);
            detail(done).into_iter().fold(deed, |deed, (name, value)| deed.with(name, value))
        }
        Err(message) => Deed::failed(action, subject).with("code", message.id()),
    };
    audit::note(app, caller, deed).await?;
    Ok(outcome?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test(flavor = "multi_thread")]
    async fn work_that_nobody_waits_for_any_more_comes_to_its_end() {
        let (go_on, waiting) = mpsc::channel::<()>();
        let (told, end) = mpsc::channel();
        let came = patiently(Duration::ZERO, async move || {
            _ = waiting.recv();
            _ = told.send("done");
            Ok(())
        })
        .await;
        assert!(came.unwrap().is_none());
        go_on.send(()).unwrap();
        assert_eq!(end.recv(), Ok("done"));
        let response = answered(None::<()>, StatusCode::OK, ("backup.create", "a.tar".into())).unwrap();
        assert_eq!(response.status(), StatusCode::ACCEPTED);
        assert_eq!(response.headers()[header::LOCATION], "/api/v1/audit?action=backup.create");
    }
}
