//! Signing in at the identity provider: the way there, the way back, and the provider's word that somebody has left.

use super::{
    login::{begun, own_path},
    shell::{Shell, rendered},
};
use crate::{
    app::App,
    audit::{self, Deed},
    auth::{
        digest::digest,
        oidc::{
            Provider,
            flow::{self, Begun, Purpose, Returned, SET},
            groups,
            token::Proved,
        },
        principal::Caller,
    },
    http::{
        Problem,
        extract::{Form, Params},
    },
};
use askama::Template;
use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use std::sync::atomic::Ordering;
use weir_model::{Account, Message, ProviderSession};

/// A page with a link to the provider. A form that led there by itself would be stopped by the browser: our forms lead to
/// this server alone.
#[derive(Template)]
#[template(path = "continue.html")]
struct ContinuePage {
    shell: Shell,
    provider: String,
    address: String,
    /// What happens there.
    sentence: &'static str,
}

/// Where to go once signed in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    #[serde(default)]
    next: String,
}

/// An invitation that is taken up with an identity instead of a password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entered {
    #[serde(default)]
    token: String,
    /// Of a session that goes on meanwhile; looked at by the guard already.
    #[serde(rename = "form_token")]
    _form_token: Option<String>,
}

/// What a provider sends.
#[derive(Deserialize)]
pub(super) struct Left {
    logout_token: String,
}

/// The provider; without one there is nothing here.
fn provider(app: &App) -> Result<&Provider, Problem> {
    Ok(app.provider.as_ref().ok_or(Message::PageUnknown {})?)
}

/// `GET /login/oidc`.
pub(super) async fn start(
    State(app): State<App>,
    caller: Caller,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let provider = provider(&app)?;
    counted(&app, &caller)?;
    let purpose = Purpose::SignIn { next: own_path(&asked.next) };
    let Begun { address, cookie } = flow::begin(&app, provider, &purpose).await?;
    Ok(([(SET, cookie)], Redirect::to(&address)).into_response())
}

/// `POST /invitation/oidc`.
pub(super) async fn accept(
    State(app): State<App>,
    caller: Caller,
    Form(entered): Form<Entered>,
) -> Result<Response, Problem> {
    counted(&app, &caller)?;
    let invitation = digest(&entered.token);
    app.store.invitation(&invitation).await?.ok_or(Message::InvitationUsed {})?;
    lead(
        &app,
        &caller,
        &Purpose::Accept { invitation },
        "You come back here, and are signed in from then on.",
    )
    .await
}

/// `POST /settings/profile/link`.
pub(super) async fn link(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let account = caller.person()?.account.id;
    lead(&app, &caller, &Purpose::Link { account }, "You come back here, and can sign in there from then on.")
        .await
}

async fn lead(
    app: &App,
    caller: &Caller,
    purpose: &Purpose,
    sentence: &'static str,
) -> Result<Response, Problem> {
    let provider = provider(app)?;
    let Begun { address, cookie } = flow::begin(app, provider, purpose).await?;
    let shell = Shell::new(app, Some(caller), "Continue", "/login");
    let page = ContinuePage { shell, provider: provider.settings.name.clone(), address, sentence };
    Ok(([(SET, cookie)], rendered(&page)?).into_response())
}

/// `GET /login/oidc/callback`.
pub(super) async fn finish(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Query(returned): Query<Returned>,
) -> Result<Response, Problem> {
    let provider = provider(&app)?;
    counted(&app, &caller)?;
    let outcome = match flow::end(&app, provider, &headers, &returned).await {
        Ok((purpose, proved)) => signed_in(&app, &caller, provider, purpose, proved, &headers).await,
        Err(problem) => Err(problem),
    };
    let mut response = match outcome {
        Ok(response) => response,
        Err(problem) => {
            let deed = Deed::refused("session.begin", &provider.settings.name);
            audit::note(
                &app,
                &caller,
                deed.with("code", problem.message.id()).with("why", problem.message.why()),
            )
            .await?;
            problem.into_response()
        }
    };
    response.headers_mut().append(SET, flow::no_cookie(&app.settings));
    Ok(response)
}

async fn signed_in(
    app: &App,
    caller: &Caller,
    provider: &Provider,
    purpose: Purpose,
    proved: Proved,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let Proved { identity, sid, groups } = proved;
    let linked = |account: &Account| {
        Deed::done("user.link", &account.login)
            .with("id", account.id.to_string())
            .with("issuer", &identity.issuer)
            .with("subject", &identity.subject)
    };
    let (account, next) = match purpose {
        Purpose::SignIn { next } => match app.store.account_of_identity(&identity).await? {
            Some(account) => (account, next),
            None => {
                return Err(Message::IdentityStranger {
                    provider: provider.settings.name.clone(),
                    subject: identity.subject,
                }
                .into());
            }
        },
        Purpose::Link { account } => {
            // Whoever went away signed in comes back so; nobody is linked to an account that is not open in front of them.
            let me =
                caller.signed_in().filter(|me| me.account.id == account).ok_or(Message::SignInStale {})?;
            app.store.link_identity(&me.account.id, &identity).await?;
            audit::note(app, caller, linked(&me.account)).await?;
            return Ok(Redirect::to("/settings/profile").into_response());
        }
        Purpose::Accept { invitation } => {
            let account = app.store.accept_with_identity(&invitation, &identity).await?;
            app.has_accounts.store(true, Ordering::Relaxed);
            audit::note(app, caller, linked(&account)).await?;
            (account, "/".to_owned())
        }
    };
    groups::apply(app, caller, provider, &account, &groups).await?;
    let cookie = begun(app, caller, &account, headers, Some(ProviderSession { sid })).await?;
    let address = caller.request.address.map(|address| address.to_string()).unwrap_or_default();
    app.limits.succeeded_from(&address);
    Ok(([(SET, cookie)], Redirect::to(&next)).into_response())
}

/// Attempts count for the address alone: whose they are is not known before the end.
fn counted(app: &App, caller: &Caller) -> Result<(), Problem> {
    let address = caller.request.address.map(|address| address.to_string()).unwrap_or_default();
    Ok(app.limits.attempt_from(&address, app.now())?)
}

/// `POST /login/oidc/logout`: the provider says that somebody has left.
pub(super) async fn left(
    State(app): State<App>,
    caller: Caller,
    Form(left): Form<Left>,
) -> Result<StatusCode, Problem> {
    let provider = provider(&app)?;
    let ended = match provider.ended(&left.logout_token, app.now()).await {
        Ok(ended) => ended,
        Err(message) => return Err(Problem::from(message).with_status(StatusCode::BAD_REQUEST)),
    };
    let sessions = app.store.end_sessions_of_provider(ended.identity.as_ref(), ended.sid.as_deref()).await?;
    let deed = Deed::done("session.end_by_provider", &provider.settings.name);
    audit::note(&app, &caller, deed.with("sessions", sessions.to_string())).await?;
    Ok(StatusCode::OK)
}
