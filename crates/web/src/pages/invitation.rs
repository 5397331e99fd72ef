//! An invitation: whoever holds the link chooses a password, once, and is signed in.

use super::{
    forms::{Faults, Said as _, Trouble, check_chosen},
    login::begun,
    shell::{Shell, rendered},
};
use crate::{
    app::App,
    audit::{self, Deed},
    auth::{digest::digest, principal::Caller},
    http::{
        Problem,
        extract::{Form, Params},
    },
};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use std::sync::atomic::Ordering;
use weir_model::{Account, Message};

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationPage {
    shell: Shell,
    /// The link's token and whose it is, where it works.
    invited: Option<Invited>,
    /// What people call the provider where they can sign in too.
    provider: Option<String>,
    trouble: Option<Trouble>,
}

struct Invited {
    token: String,
    login: String,
    /// Whether a password is there already, so that this chooses another one.
    is_again: bool,
}

/// The link.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Link {
    #[serde(default)]
    token: String,
}

/// What was entered.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entered {
    #[serde(default)]
    token: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    repeated: String,
    /// Of a session that goes on meanwhile; looked at by the guard already.
    #[serde(rename = "form_token")]
    _form_token: Option<String>,
}

/// `GET /invitation`.
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Params(link): Params<Link>,
) -> Result<Response, Problem> {
    let invited = app.store.invitation(&digest(&link.token)).await?;
    let trouble = invited.is_none().then(|| Trouble::from(&Message::InvitationUsed {}));
    page(&app, &caller, invited.map(|account| (link.token, account)), trouble)
}

/// `POST /invitation`.
pub(super) async fn accept(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Form(entered): Form<Entered>,
) -> Result<Response, Problem> {
    let invited = app.store.invitation(&digest(&entered.token)).await?;
    let outcome = match &invited {
        Some(account) => accepted(&app, account, &entered).await,
        None => Err(Message::InvitationUsed {}.into()),
    };
    match outcome {
        Ok(account) => {
            app.has_accounts.store(true, Ordering::Relaxed);
            let deed = Deed::done("user.accept", &account.login).with("id", account.id.to_string());
            audit::note(&app, &caller, deed).await?;
            let mut response = Redirect::to("/").into_response();
            let cookie = begun(&app, &caller, &account, &headers, None).await?;
            response.headers_mut().insert(header::SET_COOKIE, cookie);
            Ok(response)
        }
        Err(problem) if problem.status.is_server_error() => Err(problem),
        Err(problem) => {
            let invited = invited.map(|account| (entered.token, account));
            let mut response = page(&app, &caller, invited, Some(Trouble::from(&problem)))?;
            problem.stamp(&mut response);
            Ok(response)
        }
    }
}

async fn accepted(app: &App, account: &Account, entered: &Entered) -> Result<Account, Problem> {
    let mut faults = Faults::default();
    check_chosen(&mut faults, &entered.password, &entered.repeated, &account.login);
    faults.end()?;
    let hash = app.passwords.hash(&entered.password, app.environment.entropy.as_ref()).await?;
    Ok(app.store.accept_invitation(&digest(&entered.token), &hash).await?)
}

fn page(
    app: &App,
    caller: &Caller,
    invited: Option<(String, Account)>,
    trouble: Option<Trouble>,
) -> Result<Response, Problem> {
    let invited = invited.map(|(token, account)| Invited {
        token,
        login: account.login,
        is_again: account.can_sign_in,
    });
    let shell = Shell::new(app, Some(caller), "Welcome", "/invitation");
    let provider = app.provider.as_ref().map(|provider| provider.settings.name.clone());
    rendered(&InvitationPage { shell, invited, provider, trouble })
}
