//! Inviting people. The link is shown once, to whoever invites; nothing is sent.

use super::{User, found};
use crate::{
    app::App,
    audit::{self, Deed},
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Json, Segments},
        name::PersonName,
        repeat::KeptInstead,
        tag::Answer,
    },
    people::{self, Invitation, NewPerson},
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use weir_model::Account;

/// Somebody to be invited.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Newcomer {
    /// What they sign in as: an e-mail address or a short name, without blanks.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\s\u0000-\u001f\u007f-\u009f]+$")]
    login: String,
    /// The name that others see; the login unless given.
    #[schema(inline)]
    name: Option<PersonName>,
    /// Whether the whole server is theirs to look after.
    #[serde(default)]
    is_admin: bool,
}

/// Somebody who was invited.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct Invited {
    #[serde(flatten)]
    user: User,
    /// The link with which they choose a password, for this once. A repeated request with the same Idempotency-Key gets
    /// nothing here.
    link: Option<String>,
    link_expires_at: String,
}

/// Invite somebody
///
/// The account has no password: give the link to its owner, who chooses one with it within three days.
#[utoipa::path(post, path = "/api/v1/users", tag = "users", request_body = Newcomer,
    responses((status = 201, description = "They are invited", body = Invited)))]
pub(in crate::api) async fn invite_user(
    State(app): State<App>,
    caller: Caller,
    Json(newcomer): Json<Newcomer>,
) -> Result<Response, Problem> {
    let person = NewPerson {
        login: newcomer.login,
        name: newcomer.name.map(|name| name.0),
        is_admin: newcomer.is_admin,
    };
    let invitation = invite(&app, &caller, person).await?;
    shown(&app, StatusCode::CREATED, &invitation)
}

/// Make a fresh link
///
/// For those who lost theirs or forgot the password. Links from before work no more; the password stays until the new one is
/// chosen, and then all sessions end.
#[utoipa::path(post, path = "/api/v1/users/{id}/invitation", tag = "users",
    params(("id" = String, Path, description = "Their id")),
    responses((status = 200, description = "The link", body = Invited)))]
pub(in crate::api) async fn invite_user_again(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<Response, Problem> {
    let invitation = again(&app, &caller, found(&app, &id).await?).await?;
    shown(&app, StatusCode::OK, &invitation)
}

/// Invites somebody, and notes it.
pub(crate) async fn invite(app: &App, caller: &Caller, person: NewPerson) -> Result<Invitation, Problem> {
    let (clock, entropy) = (app.environment.clock.as_ref(), app.environment.entropy.as_ref());
    let invitation = people::invite(&app.store, clock, entropy, person).await?;
    noted(app, caller, "user.invite", &invitation.account).await?;
    Ok(invitation)
}

/// Makes a fresh link, and notes it.
pub(crate) async fn again(app: &App, caller: &Caller, account: Account) -> Result<Invitation, Problem> {
    let (clock, entropy) = (app.environment.clock.as_ref(), app.environment.entropy.as_ref());
    let invitation = people::invite_again(&app.store, clock, entropy, account).await?;
    noted(app, caller, "user.invite_again", &invitation.account).await?;
    Ok(invitation)
}

async fn noted(app: &App, caller: &Caller, action: &str, account: &Account) -> Result<(), Problem> {
    let deed = Deed::done(action, &account.login)
        .with("id", account.id.to_string())
        .with("is_admin", account.is_admin.to_string());
    audit::note(app, caller, deed).await
}

fn shown(app: &App, status: StatusCode, invitation: &Invitation) -> Result<Response, Problem> {
    let mut invited = Invited {
        user: User::from(&invitation.account),
        link: None,
        link_expires_at: invitation.expires_at.rfc3339(),
    };
    let kept = serde_json::to_string(&invited).map_err(|error| Problem::bug(&error.to_string()))?;
    invited.link = Some(invitation.link(&app.settings.address()));
    let mut response = Answer(status, invited).into_response();
    response.extensions_mut().insert(KeptInstead(kept));
    Ok(response)
}
