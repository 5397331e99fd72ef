//! The first set-up: whoever holds the link that the server printed makes the first account, once.

use super::{
    format,
    forms::{Faults, Said as _, Trouble, check_chosen},
    login::begun,
    settings::Yes,
    shell::{Shell, rendered},
};
use crate::{
    api::me::preferences::checked_zone,
    app::App,
    audit::{self, Deed},
    auth::{digest::digest, guard::someone_is_known, principal::Caller},
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
    is_backed_up: bool,
    trouble: Option<Trouble>,
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
    let trouble = (!works && !link.token.is_empty()).then(|| Trouble::from(&Message::SetupUsed {}));
    page(&app, works.then_some(link.token), None, trouble)
}

/// The page with what was entered, where something was; passwords do not come back.
fn page(
    app: &App,
    token: Option<String>,
    entered: Option<Entered>,
    trouble: Option<Trouble>,
) -> Result<Response, Problem> {
    let is_zone_guessed = entered.is_none();
    let (login, zone, is_backed_up) = match entered {
        Some(entered) => (entered.login, entered.zone, entered.backed_up.is_some()),
        None => (String::new(), format::zone_called(), false),
    };
    rendered(&SetupPage {
        shell: Shell::new(app, None, "Set up", "/setup"),
        token,
        login,
        is_zone_guessed,
        zone,
        zones: format::zones(),
        key_file: app.key_file().path().display().to_string(),
        is_backed_up,
        trouble,
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
            let token = works.then(|| entered.token.clone());
            let mut response = page(&app, token, Some(entered), Some(Trouble::from(&problem)))?;
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
    let mut faults = Faults::default();
    let login = faults.take(checked_login(&entered.login));
    check_chosen(&mut faults, &entered.password, &entered.repeated, login.as_deref().unwrap_or_default());
    let zone = checked_zone(&entered.zone).map_err(|message| Problem::from(message).at("/zone"));
    let zone = faults.take(zone);
    if entered.backed_up.is_none() {
        let detail = "Keep a copy of the key file in another place, and tick the box that says so";
        faults.extend([Problem::bad(detail).at("/backed_up")]);
    }
    faults.end()?;
    let (Some(login), Some(zone)) = (login, zone) else {
        return Err(Problem::bug("a form fits and has no values"));
    };
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
