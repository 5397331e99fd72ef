//! Where somebody is signed in, for those who look after the server.

use super::found;
use crate::{
    api::me::sessions::SignedInPlace,
    app::App,
    audit::{self, Deed},
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Params, Segments},
        paging::{Page, PageQuery},
    },
};
use axum::{extract::State, http::StatusCode};
use weir_model::Account;

/// Where somebody is signed in, newest first
#[utoipa::path(get, path = "/api/v1/users/{id}/sessions", tag = "users",
    params(("id" = String, Path, description = "Their id"), PageQuery),
    responses((status = 200, description = "A page of their sessions", body = Page<SignedInPlace>)))]
pub(in crate::api) async fn list_user_sessions(
    State(app): State<App>,
    Segments(id): Segments<String>,
    Params(query): Params<PageQuery>,
) -> Result<Page<SignedInPlace>, Problem> {
    let account = found(&app, &id).await?;
    SignedInPlace::page(&app, &account.id, &query, None).await
}

/// Sign somebody out everywhere
#[utoipa::path(delete, path = "/api/v1/users/{id}/sessions", tag = "users",
    params(("id" = String, Path, description = "Their id")),
    responses((status = 204, description = "Their sessions have ended")))]
pub(in crate::api) async fn end_user_sessions(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<StatusCode, Problem> {
    end_all(&app, &caller, &found(&app, &id).await?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all sessions of somebody, and notes it.
pub(crate) async fn end_all(app: &App, caller: &Caller, account: &Account) -> Result<(), Problem> {
    let ended = app.store.end_sessions(&account.id).await?;
    let deed = Deed::done("session.end_all", &account.login)
        .with("id", account.id.to_string())
        .with("sessions", ended.to_string());
    audit::note(app, caller, deed).await
}
