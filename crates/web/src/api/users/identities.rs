//! Who somebody is at an identity provider, for those who look after the server.

use super::found;
use crate::{
    app::App,
    audit::{self, Deed},
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Json, Params, Segments},
        tag::Answer,
    },
    people::{is_issuer, is_subject, linked},
};
use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use weir_model::{Account, Message};

/// Somebody at an identity provider.
#[derive(Debug, Serialize, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct Identity {
    /// The provider, as its tokens name it.
    #[schema(min_length = 1, max_length = 500, pattern = "^https?://[!-~]+$")]
    #[param(min_length = 1, max_length = 500, pattern = "^https?://[!-~]+$")]
    issuer: String,
    /// The provider's own id of the person; never an e-mail address.
    #[schema(min_length = 1, max_length = 255, pattern = "^[ -~]+$")]
    #[param(min_length = 1, max_length = 255, pattern = "^[ -~]+$")]
    subject: String,
}

impl Identity {
    fn checked(&self) -> Result<weir_model::Identity, Problem> {
        let rest = self.issuer.strip_prefix("https://").or_else(|| self.issuer.strip_prefix("http://"));
        let is_graphic = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let has_form = rest.is_some_and(is_graphic) && self.issuer.len() <= 500 && is_subject(&self.subject);
        let member = if is_issuer(&self.issuer) { "/subject" } else { "/issuer" };
        linked(&self.issuer, &self.subject).map_err(|message| {
            let problem = Problem::from(message).at(member);
            // Not everything that has the form is one.
            if has_form { problem.with_status(StatusCode::CONFLICT) } else { problem }
        })
    }
}

/// Everything that somebody can sign in with besides a password
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct Identities {
    items: Vec<Identity>,
}

/// Who somebody is at identity providers
#[utoipa::path(get, path = "/api/v1/users/{id}/identities", tag = "users",
    params(("id" = String, Path, description = "Their id")),
    responses((status = 200, description = "All of them", body = Identities)))]
pub(in crate::api) async fn list_user_identities(
    State(app): State<App>,
    Segments(id): Segments<String>,
) -> Result<Answer<Identities>, Problem> {
    let account = found(&app, &id).await?;
    let identities = app.store.identities_of(&account.id).await?.into_iter();
    let items = identities.map(|one| Identity { issuer: one.issuer, subject: one.subject }).collect();
    Ok(Answer(StatusCode::OK, Identities { items }))
}

/// Let somebody of an identity provider sign in to an account
#[utoipa::path(put, path = "/api/v1/users/{id}/identities", tag = "users", request_body = Identity,
    params(("id" = String, Path, description = "Their id")),
    responses((status = 204, description = "They can")))]
pub(in crate::api) async fn link_user_identity(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Json(wish): Json<Identity>,
) -> Result<StatusCode, Problem> {
    let identity = wish.checked()?;
    let account = found(&app, &id).await?;
    app.store.link_identity(&account.id, &identity).await?;
    noted(&app, &caller, "user.link", &account, &identity).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Do not let them any more
///
/// Sessions that began at the provider end.
#[utoipa::path(delete, path = "/api/v1/users/{id}/identities", tag = "users",
    params(("id" = String, Path, description = "Their id"), Identity),
    responses((status = 204, description = "They cannot")))]
pub(in crate::api) async fn unlink_user_identity(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Params(wish): Params<Identity>,
) -> Result<StatusCode, Problem> {
    let identity = wish.checked()?;
    let account = found(&app, &id).await?;
    unlink(&app, &caller, &account, &identity).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a link away, and notes it.
pub(crate) async fn unlink(
    app: &App,
    caller: &Caller,
    account: &Account,
    identity: &weir_model::Identity,
) -> Result<(), Problem> {
    if !app.store.unlink_identity(&account.id, identity).await? {
        return Err(Message::IdentityUnknown {}.into());
    }
    noted(app, caller, "user.unlink", account, identity).await
}

async fn noted(
    app: &App,
    caller: &Caller,
    action: &str,
    account: &Account,
    identity: &weir_model::Identity,
) -> Result<(), Problem> {
    let deed = Deed::done(action, &account.login)
        .with("id", account.id.to_string())
        .with("issuer", &identity.issuer)
        .with("subject", &identity.subject);
    audit::note(app, caller, deed).await
}
