//! Pausing.

use super::{Schedule, named, standing};
use crate::{
    app::App,
    audit::{self, Deed},
    auth::principal::Caller,
    http::{
        Problem,
        extract::{OptionalJson, Segments},
        tag::Answer,
    },
};
use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;
use weir_model::{Message, Millis};

/// How long it is to be paused.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::api) struct PauseWish {
    /// When it goes on by itself; nothing for when it is resumed.
    #[schema(format = DateTime)]
    until: Option<String>,
}

/// Pause an integration
///
/// The schedule passes it by, and so does `weir sync` without a name. A run that is under way goes on.
#[utoipa::path(post, path = "/api/v1/integrations/{name}/pause", tag = "schedule", request_body = Option<PauseWish>,
    params(("name" = String, Path, description = "The integration")),
    responses((status = 200, description = "It is paused", body = Schedule)))]
pub(in crate::api) async fn pause_integration(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    OptionalJson(wish): OptionalJson<PauseWish>,
) -> Result<Answer<Schedule>, Problem> {
    let integration = named(&app, &name).await?;
    let until = wish.until.as_deref().map(|text| to_come(&app, text)).transpose()?;
    weir_ingest::pause(&app.store, &integration, caller.principal.called(), until).await?;
    let until = until.map_or_else(|| "resumed".to_owned(), Millis::rfc3339);
    let deed = Deed::done("integration.pause", &name).with("until", until);
    audit::note_of(&app, &caller, deed, &integration).await?;
    Ok(Answer(StatusCode::OK, standing(&app, &integration).await?))
}

/// An instant in the future. One that has passed fits the form, and not the time.
fn to_come(app: &App, text: &str) -> Result<Millis, Problem> {
    let bad = |detail: &str| Message::PauseBad { detail: detail.to_owned() };
    let unread = || Problem::malformed(bad("It is not an instant of RFC 3339"));
    let until = Millis::parse(text).ok_or_else(unread)?;
    match until > app.now() {
        true => Ok(until),
        false => Err(bad("It has passed already").into()),
    }
}
