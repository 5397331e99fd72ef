//! Signing in and out.

use super::shell::{Shell, rendered};
use crate::{
    app::App,
    audit::{self, Deed},
    auth::{
        guard::someone_is_known,
        principal::{Caller, Principal},
        sessions,
    },
    http::{
        Problem,
        body::query,
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
use weir_model::{Account, Message, ProviderSession, Surface};

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    shell: Shell,
    login: String,
    next: String,
    /// What people call the provider where they can sign in too, and the way there.
    provider: Option<(String, String)>,
    /// Where to sign out at the provider as well, right after signing out here.
    leave: Option<String>,
    problem: Option<Sentence>,
}

/// An error as a form shows it.
pub(super) struct Sentence {
    pub(super) what: String,
    pub(super) fix: String,
}

impl From<&Message> for Sentence {
    fn from(message: &Message) -> Self {
        match message {
            // What does not fit is the sentence; the document of the API helps nobody in a browser.
            Message::RequestBad { detail } => {
                Self { what: format!("{detail}."), fix: "Correct it and send it again".to_owned() }
            }
            other => Self { what: other.what(), fix: other.fix(Surface::Page) },
        }
    }
}

/// Where to go once signed in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    #[serde(default)]
    next: String,
    /// Whether somebody who signed in at the provider has just signed out.
    #[serde(default)]
    left: bool,
}

/// Name and password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entered {
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
    /// Of a session that goes on meanwhile; looked at by the guard already.
    #[serde(rename = "form_token")]
    _form_token: Option<String>,
}

/// `GET /login`.
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    if !someone_is_known(&app).await? {
        return Ok(Redirect::to("/setup").into_response());
    }
    if caller.signed_in().is_some() {
        return Ok(Redirect::to(&own_path(&asked.next)).into_response());
    }
    let leave = match &app.provider {
        // A provider that is away keeps nobody from this page.
        Some(provider) if asked.left => provider.way_out(&app).await.ok().flatten(),
        _ => None,
    };
    page(&app, &caller, String::new(), asked.next, leave, None)
}

/// `POST /login`.
pub(super) async fn sign_in(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Form(entered): Form<Entered>,
) -> Result<Response, Problem> {
    match account(&app, &caller, &entered).await? {
        Ok(account) => {
            let mut response = Redirect::to(&own_path(&entered.next)).into_response();
            let cookie = begun(&app, &caller, &account, &headers, None).await?;
            response.headers_mut().insert(header::SET_COOKIE, cookie);
            Ok(response)
        }
        Err(message) => {
            let problem = Problem::from(message);
            let mut response =
                page(&app, &caller, entered.login, entered.next, None, Some(&*problem.message))?;
            problem.stamp(&mut response);
            Ok(response)
        }
    }
}

/// Begins a session. One that the browser had before ends: nobody goes on with a token that was there before the password.
pub(super) async fn begun(
    app: &App,
    caller: &Caller,
    account: &Account,
    headers: &HeaderMap,
    provider: Option<ProviderSession>,
) -> Result<header::HeaderValue, Problem> {
    if let Some(before) = caller.signed_in() {
        app.store.end_session(&before.account.id, &before.session.id).await?;
    }
    let cookie = sessions::begin(app, account, &caller.request, headers, provider).await?;
    let deed = Deed::done("session.begin", &account.login).with("account", account.id.to_string());
    audit::note(app, caller, deed).await?;
    Ok(cookie)
}

/// Whose name and password these are; what is wrong with them is the same sentence whatever it is.
async fn account(app: &App, caller: &Caller, entered: &Entered) -> Result<Result<Account, Message>, Problem> {
    let login = entered.login.trim().to_lowercase();
    let address = caller.request.address.map(|address| address.to_string()).unwrap_or_default();
    let found = app.store.account_to_sign_in(&login).await?;
    // People type their password here by mistake: a name that nobody has is not kept.
    let known = found.as_ref().map_or("a name that nobody has", |(account, _)| account.login.as_str());
    let known = known.to_owned();
    if let Err(message) = app.limits.attempt(&login, &address, app.now()) {
        refused(app, caller, known, message.id()).await?;
        return Ok(Err(message));
    }
    let hash = found.as_ref().and_then(|(_, hash)| hash.as_deref());
    let fits = app.passwords.fits(&entered.password, hash).await?;
    match found {
        Some((account, _)) if fits => {
            app.limits.succeeded(&login, &address);
            Ok(Ok(account))
        }
        _ => {
            let message = Message::SignInWrong {};
            refused(app, caller, known, message.id()).await?;
            Ok(Err(message))
        }
    }
}

async fn refused(app: &App, caller: &Caller, login: String, code: &str) -> Result<(), Problem> {
    audit::note(app, caller, Deed::refused("session.begin", login).with("code", code)).await
}

/// `POST /logout`.
pub(super) async fn sign_out(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let mut to = "/login";
    if let Principal::Session(signed_in) = &caller.principal {
        app.store.end_session(&signed_in.account.id, &signed_in.session.id).await?;
        audit::note(&app, &caller, Deed::done("session.end", &signed_in.account.login)).await?;
        if signed_in.session.provider.is_some() {
            to = "/login?left=true";
        }
    }
    let mut response = Redirect::to(to).into_response();
    response.headers_mut().insert(header::SET_COOKIE, sessions::no_cookie(&app.settings));
    Ok(response)
}

fn page(
    app: &App,
    caller: &Caller,
    login: String,
    next: String,
    leave: Option<String>,
    problem: Option<&Message>,
) -> Result<Response, Problem> {
    let shell = Shell::new(app, Some(caller), "Sign in", "/login");
    let next = own_path(&next);
    let provider = app.provider.as_ref().map(|provider| {
        (provider.settings.name.clone(), format!("/login/oidc?{}", query(&[("next", &next)])))
    });
    rendered(&LoginPage { shell, login, next, provider, leave, problem: problem.map(Sentence::from) })
}

/// A path on this server; anything that a browser could take for another one leads to the beginning.
pub(super) fn own_path(next: &str) -> String {
    let own = next.starts_with('/')
        && !next.starts_with("//")
        && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if own { next.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn nobody_is_led_to_another_server() {
        for bad in ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "", "/a\nb"]
        {
            assert_eq!(own_path(bad), "/", "{bad}");
        }
        assert_eq!(own_path("/integrations?after=61"), "/integrations?after=61");
    }
}
