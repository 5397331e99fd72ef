//! The first set-up: whoever holds the link that the server printed makes the first account, once.

use super::{
    format,
    login::{Sentence, begun},
    settings::Yes,
    shell::{Shell, rendered},
};
use crate::{
    api::me::preferences::checked_zone,
    app::App,
    audit::{self, Deed},
    auth::{digest::digest, guard::someone_is_known, password, principal::Caller},
    http::{
        Problem,
        extract::{Form, Params},
    },
    people::checked_login,
};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use std::sync::atomic::Ordering;
use weir_model::{Account, AccountId, Message, Theme, WorkspaceId};

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    shell: Shell,
    /// The link's token, where it works.
    token: Option<String>,
    login: String,
    zone: String,
    /// Whether a script may put the zone of the browser there.
    is_zone_guessed: bool,
    zones: Vec<String>,
    key_file: String,
    problem: Option<Sentence>,
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
    login: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    repeated: String,
    #[serde(default)]
    zone: String,
    #[serde(default)]
    backed_up: Option<Yes>,
}

/// `GET /setup`.
pub(super) async fn show(State(app): State<App>, Params(link): Params<Link>) -> Result<Response, Problem> {
    if someone_is_known(&app).await? {
        return Ok(Redirect::to("/login").into_response());
    }
    let works = app.store.setup_link_works(&digest(&link.token)).await?;
    let problem = (!works && !link.token.is_empty()).then(|| Sentence::from(&Message::SetupUsed {}));
    page(&app, works.then_some(link.token), String::new(), None, problem)
}

/// The page; `zone` is what was entered, where something was.
fn page(
    app: &App,
    token: Option<String>,
    login: String,
    zone: Option<String>,
    problem: Option<Sentence>,
) -> Result<Response, Problem> {
    rendered(&SetupPage {
        shell: Shell::new(app, None, "Set up", "/setup"),
        token,
        login,
        is_zone_guessed: zone.is_none(),
        zone: zone.unwrap_or_else(format::zone_called),
        zones: format::zones(),
        key_file: app.key_file().path().display().to_string(),
        problem,
    })
}

/// `POST /setup`.
pub(super) async fn finish(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Form(entered): Form<Entered>,
) -> Result<Response, Problem> {
    match made(&app, &entered).await {
        Ok(account) => {
            app.has_accounts.store(true, Ordering::Relaxed);
            audit::note(&app, &caller, Deed::done("account.first", &account.login)).await?;
            let key_file = app.key_file().path().display().to_string();
            let deed = Deed::done("master_key.backed_up", key_file).with("said by", &account.login);
            audit::note(&app, &caller, deed).await?;
            let mut response = Redirect::to("/").into_response();
            let cookie = begun(&app, &caller, &account, &headers, None).await?;
            response.headers_mut().insert(header::SET_COOKIE, cookie);
            Ok(response)
        }
        Err(problem) if problem.status.is_server_error() => Err(problem),
        Err(problem) => {
            let works = app.store.setup_link_works(&digest(&entered.token)).await?;
            let said = Some(Sentence::from(&*problem.message));
            let token = works.then_some(entered.token);
            let mut response = page(&app, token, entered.login, Some(entered.zone), said)?;
            problem.stamp(&mut response);
            Ok(response)
        }
    }
}

async fn made(app: &App, entered: &Entered) -> Result<Account, Problem> {
    let link = digest(&entered.token);
    if !app.store.setup_link_works(&link).await? {
        return Err(Message::SetupUsed {}.into());
    }
    let login = checked_login(&entered.login)?;
    password::check_strength(&entered.password, &login)?;
    if entered.password != entered.repeated {
        return Err(Message::PasswordDiffers {}.into());
    }
    let zone = checked_zone(&entered.zone)?;
    if entered.backed_up.is_none() {
        return Err(Problem::bad(
            "Keep a copy of the key file in another place, and tick the box that says so",
        ));
    }
    let (now, entropy) = (app.now(), app.environment.entropy.as_ref());
    let hash = app.passwords.hash(&entered.password, entropy).await?;
    let account = Account {
        id: AccountId::generate(now, entropy),
        name: login.clone(),
        login,
        is_admin: true,
        theme: Theme::Auto,
        timezone: zone,
        created_at: now,
        disabled_at: None,
        can_sign_in: true,
    };
    let workspace = WorkspaceId::generate(now, entropy);
    app.store.add_first_account(&account, &hash, &workspace, &link).await?;
    Ok(account)
}
