//! What was told through a channel of notifications, and trying one.

use super::{noted, ways};
use crate::{
    app::App,
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Params, Segments},
        paging::{Page, PageQuery},
        tag::Answer,
    },
};
use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use weir_ingest::notifications::{self, Tried};
use weir_model::{Channel, Notice, NoticeState};

/// Something that is told through a channel.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NotificationMessage {
    /// The word of the event; `test` where somebody tried the channel, and `deletion_cancelled` where a deletion that was told was taken
    /// back.
    event: String,
    /// The name of the integration; empty for a test.
    integration: String,
    /// What happened.
    sentence: String,
    /// Why.
    reason: String,
    /// When it happened.
    at: String,
    /// `waiting`, `sending`, `sent`, `failed`, `refused` or `unknown`.
    state: &'static str,
    attempts: u64,
    /// When it was last tried.
    tried_at: Option<String>,
    /// When it is sent, or tried again, where it is.
    next_at: Option<String>,
    /// Why it was not taken.
    said: String,
}

impl From<Notice> for NotificationMessage {
    fn from(one: Notice) -> Self {
        let is_to_come = matches!(one.state, NoticeState::Waiting | NoticeState::Failed);
        Self {
            event: one.content.event,
            integration: one.content.integration,
            sentence: one.content.sentence,
            reason: one.content.reason,
            at: one.at.rfc3339(),
            state: one.state.as_str(),
            attempts: one.attempts,
            tried_at: one.tried_at.map(|at| at.rfc3339()),
            next_at: is_to_come.then(|| one.look_at.rfc3339()),
            said: one.said,
        }
    }
}

/// What came of trying a channel.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NotificationTested {
    /// `sent`, `refused`, or `unknown` where nobody knows whether it was taken.
    state: &'static str,
    /// Why it was not taken.
    said: String,
    at: String,
}

/// Messages of a channel of notifications, the newest first
#[utoipa::path(get, path = "/api/v1/notifications/{channel}/messages", tag = "notifications",
    params(("channel" = String, Path, description = "Its name, or its id"), PageQuery),
    responses((status = 200, description = "A page of them", body = Page<NotificationMessage>)))]
pub(in crate::api) async fn list_notification_messages(
    State(app): State<App>,
    Segments(name): Segments<String>,
    Params(query): Params<PageQuery>,
) -> Result<Page<NotificationMessage>, Problem> {
    let window = query.window()?;
    let channel = notifications::named(&app.store, &name).await?;
    let found = app.store.notices(&channel.id, window.after_as()?, window.wanted()).await?;
    Ok(window.page(found, |one| one.no.to_string(), NotificationMessage::from))
}

/// Send a test through a channel of notifications
///
/// It is sent at once, also in quiet hours and where the channel is off, and is tried once.
#[utoipa::path(post, path = "/api/v1/notifications/{channel}/test", tag = "notifications",
    params(("channel" = String, Path, description = "Its name, or its id")),
    responses((status = 200, description = "What came of it", body = NotificationTested)))]
pub(in crate::api) async fn test_notification(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
) -> Result<Answer<NotificationTested>, Problem> {
    let channel = notifications::named(&app.store, &name).await?;
    let Tried { state, said, at } = test(&app, &caller, &channel).await?;
    let tested = NotificationTested { state: state.as_str(), said, at: at.rfc3339() };
    Ok(Answer(StatusCode::OK, tested))
}

/// Sends a test, and notes it.
pub(crate) async fn test(app: &App, caller: &Caller, channel: &Channel) -> Result<Tried, Problem> {
    let tried = notifications::test(ways(app), channel).await?;
    let kind = vec![("kind".to_owned(), channel.settings.kind.as_str().to_owned())];
    noted(app, caller, ("notification.test", channel), kind).await?;
    Ok(tried)
}
