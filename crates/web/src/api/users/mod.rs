//! People who can sign in, and those who are invited.

pub(super) mod access;
pub(crate) mod identities;
pub(crate) mod invite;
pub(crate) mod sessions;

use crate::{
    app::App,
    audit::{self, Deed},
    auth::{
        policy::{self, Action},
        principal::Caller,
    },
    http::{
        Problem,
        extract::{Json, Params, Segments},
        name::PersonName,
        paging::{Page, PageQuery},
        tag::{Answer, Conditions},
    },
    people,
};
use axum::{extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use weir_model::{Account, Message};

/// Somebody who can sign in, or is invited to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct User {
    id: String,
    /// What is typed to sign in.
    login: String,
    /// The name that others see.
    name: String,
    /// Whether the whole server is theirs to look after.
    is_admin: bool,
    /// `active`, `invited` until there is something to sign in with, or `closed`.
    state: &'static str,
    created_at: String,
    closed_at: Option<String>,
}

impl From<&Account> for User {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id.to_string(),
            login: account.login.clone(),
            name: account.name.clone(),
            is_admin: account.is_admin,
            state: state(account),
            created_at: account.created_at.rfc3339(),
            closed_at: account.disabled_at.map(weir_model::Millis::rfc3339),
        }
    }
}

/// The word for how it is with an account.
pub(crate) fn state(account: &Account) -> &'static str {
    match (account.disabled_at, account.can_sign_in) {
        (Some(_), _) => "closed",
        (None, true) => "active",
        (None, false) => "invited",
    }
}

/// What is to change about somebody.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UserChange {
    /// The name that others see.
    #[schema(inline)]
    name: Option<PersonName>,
    /// Whether the whole server is theirs to look after.
    is_admin: Option<bool>,
}

/// People by login
///
/// Who looks after a workspace sees its members; who looks after the server sees all.
#[utoipa::path(get, path = "/api/v1/users", tag = "users", params(PageQuery),
    responses((status = 200, description = "A page of those within reach", body = Page<User>)))]
pub(super) async fn list_users(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<PageQuery>,
) -> Result<Page<User>, Problem> {
    let window = query.window()?;
    let reach = policy::reach(&caller.principal, Action::Manage);
    let accounts = app.store.accounts(&reach, window.after(), window.wanted()).await?;
    let page = window.page(accounts, |one| one.login.clone(), |one| User::from(&one));
    Ok(page)
}

/// One of them
#[utoipa::path(get, path = "/api/v1/users/{id}", tag = "users",
    params(("id" = String, Path, description = "Their id")),
    responses((status = 200, description = "Who it is", body = User)))]
pub(super) async fn show_user(
    State(app): State<App>,
    Segments(id): Segments<String>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    conditions.answer(&User::from(&found(&app, &id).await?))
}

/// Change a name, and who looks after the server
///
/// The last one who looks after it stays.
#[utoipa::path(patch, path = "/api/v1/users/{id}", tag = "users", request_body = UserChange,
    params(("id" = String, Path, description = "Their id")),
    responses((status = 200, description = "It is so now", body = User)))]
pub(super) async fn change_user(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    conditions: Conditions,
    Json(change): Json<UserChange>,
) -> Result<Answer<User>, Problem> {
    let seen = found(&app, &id).await?;
    conditions.still(&User::from(&seen))?;
    let changed =
        edit(&app, &caller, &seen, change.name.as_ref().map(|name| name.0.as_str()), change.is_admin).await?;
    Ok(Answer(StatusCode::OK, User::from(&changed)))
}

/// Changes somebody, and notes what changed.
pub(crate) async fn edit(
    app: &App,
    caller: &Caller,
    seen: &Account,
    name: Option<&str>,
    is_admin: Option<bool>,
) -> Result<Account, Problem> {
    let name = match name {
        Some(name) => people::checked_name(name)?,
        None => seen.name.clone(),
    };
    let is_admin = is_admin.unwrap_or(seen.is_admin);
    app.store.edit_account(seen, &name, is_admin).await?;
    let deed = Deed::done("user.edit", &seen.login)
        .with("id", seen.id.to_string())
        .with("name", &name)
        .with("is_admin", is_admin.to_string())
        .with("name_before", &seen.name)
        .with("is_admin_before", seen.is_admin.to_string());
    audit::note(app, caller, deed).await?;
    Ok(Account { name, is_admin, ..seen.clone() })
}

/// Close an account
///
/// Its sessions and keys end now and do not come back with it; what it did stays in the audit log.
#[utoipa::path(post, path = "/api/v1/users/{id}/deactivate", tag = "users",
    params(("id" = String, Path, description = "Their id")),
    responses((status = 204, description = "It is closed")))]
pub(super) async fn deactivate_user(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<StatusCode, Problem> {
    close(&app, &caller, &found(&app, &id).await?, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Open a closed account again
#[utoipa::path(post, path = "/api/v1/users/{id}/reactivate", tag = "users",
    params(("id" = String, Path, description = "Their id")),
    responses((status = 204, description = "Its owner can sign in again")))]
pub(super) async fn reactivate_user(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<StatusCode, Problem> {
    close(&app, &caller, &found(&app, &id).await?, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Closes an account or opens it, and notes it.
pub(crate) async fn close(
    app: &App,
    caller: &Caller,
    account: &Account,
    closed: bool,
) -> Result<(), Problem> {
    app.store.disable_account(&account.id, closed).await?;
    let action = if closed { "user.deactivate" } else { "user.reactivate" };
    audit::note(app, caller, Deed::done(action, &account.login).with("id", account.id.to_string())).await
}

/// The account of an id.
pub(crate) async fn found(app: &App, id: &str) -> Result<Account, Problem> {
    let id = id.parse().map_err(|_| Message::PageUnknown {})?;
    Ok(app.store.account(&id).await?.ok_or(Message::PageUnknown {})?)
}
