//! The caller's own password.

use crate::{
    app::App,
    audit::{self, Deed},
    auth::{password::check_strength, principal::Caller},
    http::{Problem, extract::Json},
};
use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;
use weir_model::Message;

/// The password, now and from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct PasswordChange {
    /// The one that signs in now.
    current: String,
    /// 12 to 256 characters that are not easy to guess.
    #[schema(min_length = 12, max_length = 256)]
    new: String,
}

/// Change my password
///
/// Every other session of mine ends.
#[utoipa::path(put, path = "/api/v1/me/password", tag = "server", request_body = PasswordChange,
    responses((status = 204, description = "It is another one now")))]
pub(in crate::api) async fn change_my_password(
    State(app): State<App>,
    caller: Caller,
    Json(wish): Json<PasswordChange>,
) -> Result<StatusCode, Problem> {
    let changed = change(&app, &caller, &wish.current, &wish.new).await;
    changed.map_err(|problem| match *problem.message {
        Message::PasswordOther {} => problem.at("/current"),
        Message::PasswordWeak { .. } => problem.at("/new"),
        _ => problem,
    })?;
    Ok(StatusCode::NO_CONTENT)
}

async fn change(app: &App, caller: &Caller, current: &str, new: &str) -> Result<(), Problem> {
    prove(app, caller, current).await?;
    check_strength(new, &caller.person()?.account.login)?;
    keep(app, caller, new).await
}

/// Refuses whoever does not know the caller's password. Attempts count as those to sign in do: whoever finds a session open cannot
/// guess for long.
pub(crate) async fn prove(app: &App, caller: &Caller, current: &str) -> Result<(), Problem> {
    let account = &caller.person()?.account;
    let address = caller.request.address.map(|address| address.to_string()).unwrap_or_default();
    app.limits.attempt(&account.login, &address, app.now())?;
    let hash = app.store.password_of(&account.id).await?;
    if !app.passwords.fits(current, hash.as_deref()).await? {
        audit::note(app, caller, Deed::refused("user.password", &account.login)).await?;
        return Err(Message::PasswordOther {}.into());
    }
    app.limits.succeeded(&account.login, &address);
    Ok(())
}

/// Keeps another password for a caller who proved theirs; every other session of theirs ends.
pub(crate) async fn keep(app: &App, caller: &Caller, new: &str) -> Result<(), Problem> {
    let me = caller.person()?;
    let account = &me.account;
    let hash = app.passwords.hash(new, app.environment.entropy.as_ref()).await?;
    app.store.change_password(&account.id, &hash, &me.session.id).await?;
    audit::note(app, caller, Deed::done("user.password", &account.login)).await
}
