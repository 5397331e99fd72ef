//! What the caller chose for the pages.

use crate::{
    api::users,
    app::App,
    auth::principal::Caller,
    http::{Problem, extract::Json, name::PersonName, words::word_or_null},
};
use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::{ToSchema, openapi::Object};
use weir_model::{Message, Theme};

/// What is to be another way.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct MyChange {
    /// The name that others see.
    #[schema(inline)]
    name: Option<PersonName>,
    /// How pages look.
    #[schema(schema_with = theme_words)]
    theme: Option<Theme>,
    /// The IANA zone in which pages show times, for example `Europe/Berlin`; empty for the zone of the browser.
    timezone: Option<String>,
}

fn theme_words() -> Object {
    word_or_null(Theme::ALL.iter().map(|theme| theme.as_str()))
}

/// Change my name, the look of pages, and the zone of their times
#[utoipa::path(patch, path = "/api/v1/me", tag = "server", request_body = MyChange,
    responses((status = 204, description = "It is so now")))]
pub(in crate::api) async fn change_me(
    State(app): State<App>,
    caller: Caller,
    Json(change): Json<MyChange>,
) -> Result<StatusCode, Problem> {
    let me = caller.person()?;
    let zone = change.timezone.as_deref().map(checked_zone).transpose()?;
    if let Some(name) = change.name {
        users::edit(&app, &caller, &me.account, Some(&name.0), None).await?;
    }
    if let Some(theme) = change.theme {
        app.store.set_theme(&me.account.id, theme).await?;
    }
    if let Some(zone) = zone {
        app.store.set_timezone(&me.account.id, zone.as_deref()).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// A zone as it is kept: nothing for that of the browser.
///
/// # Errors
/// `zone.unknown`.
pub(crate) fn checked_zone(text: &str) -> Result<Option<String>, Message> {
    match text.trim() {
        "" => Ok(None),
        zone => weir_ingest::values::zone(zone).map(Some),
    }
}
