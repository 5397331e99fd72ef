//! The profile: what somebody chose for themselves, their password, and where they are signed in.

use super::{
    super::{
        format,
        forms::{Faults, Said as _, Trouble, check_chosen},
        shell::{Shell, rendered},
    },
    Done, Tab, done, frame, or_told,
    workspace::role_name,
};
use crate::{
    api::{me, users},
    app::App,
    auth::principal::{Caller, SignedIn},
    http::{
        Problem,
        extract::{Form, Params},
    },
    people::checked_name,
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use weir_model::{Message, Theme, Workspace};

#[derive(Template)]
#[template(path = "settings/profile.html")]
struct ProfilePage {
    shell: Shell,
    tabs: Vec<Tab>,
    done: Option<&'static str>,
    trouble: Option<Trouble>,
    login: String,
    name: String,
    zone: String,
    zones: Vec<String>,
    themes: Vec<(&'static str, &'static str, bool)>,
    has_password: bool,
    /// Who they are elsewhere: the provider and its id.
    identities: Vec<(String, String)>,
    /// What people call the provider where they can sign in too.
    provider: Option<String>,
    sessions: Vec<Row>,
    roles: Vec<(String, String)>,
    is_admin: bool,
}

/// A session.
struct Row {
    id: String,
    began: String,
    seen: String,
    ends: String,
    address: String,
    agent: String,
    is_this: bool,
}

/// What was entered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Entered {
    name: String,
    theme: Theme,
    zone: String,
    /// Looked at by the guard already.
    #[serde(rename = "form_token")]
    _form_token: Option<String>,
}

/// The password, now and from now on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Passwords {
    current: String,
    password: String,
    repeated: String,
    /// Looked at by the guard already.
    #[serde(rename = "form_token")]
    _form_token: Option<String>,
}

/// A session to be ended.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Ending {
    session: String,
    /// Looked at by the guard already.
    #[serde(rename = "form_token")]
    _form_token: Option<String>,
}

/// `GET /settings/profile`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Params(asked): Params<Done>,
) -> Result<Response, Problem> {
    page(&app, &caller, asked.line(), None, None).await
}

/// `POST /settings/profile`.
pub(in crate::pages) async fn save(
    State(app): State<App>,
    caller: Caller,
    Form(entered): Form<Entered>,
) -> Result<Response, Problem> {
    let outcome = saved(&app, &caller, &entered).await;
    let trouble = outcome.as_ref().err().map(Trouble::from);
    or_told(outcome, async |_| page(&app, &caller, None, Some(entered), trouble).await).await
}

async fn saved(app: &App, caller: &Caller, entered: &Entered) -> Result<Response, Problem> {
    let account = &caller.person()?.account;
    let mut faults = Faults::default();
    faults.take(checked_name(&entered.name).map_err(|message| Problem::from(message).at("/name")));
    let zone = me::preferences::checked_zone(&entered.zone);
    let zone = faults.take(zone.map_err(|message| Problem::from(message).at("/zone")));
    faults.end()?;
    let zone = zone.flatten();
    if entered.name.trim() != account.name {
        users::edit(app, caller, account, Some(&entered.name), None).await?;
    }
    app.store.set_theme(&account.id, entered.theme).await?;
    app.store.set_timezone(&account.id, zone.as_deref()).await?;
    Ok(done("/settings/profile", "saved").into_response())
}

/// `POST /settings/profile/password`.
pub(in crate::pages) async fn password(
    State(app): State<App>,
    caller: Caller,
    Form(entered): Form<Passwords>,
) -> Result<Response, Problem> {
    let outcome = changed(&app, &caller, &entered).await;
    let trouble = outcome.as_ref().err().map(Trouble::from);
    or_told(outcome, async |_| page(&app, &caller, None, None, trouble).await).await
}

async fn changed(app: &App, caller: &Caller, entered: &Passwords) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    match me::password::prove(app, caller, &entered.current).await {
        Err(problem) if matches!(*problem.message, Message::PasswordOther {}) => {
            faults.extend([problem.at("/current")]);
        }
        // Who has to wait is told so, and nothing else: to correct the rest is of no use yet.
        proven => proven?,
    }
    let login = &caller.person()?.account.login;
    check_chosen(&mut faults, &entered.password, &entered.repeated, login);
    faults.end()?;
    me::password::keep(app, caller, &entered.password).await?;
    Ok(done("/settings/profile", "password").into_response())
}

/// `POST /settings/profile/sessions`.
pub(in crate::pages) async fn end(
    State(app): State<App>,
    caller: Caller,
    Form(ending): Form<Ending>,
) -> Result<Response, Problem> {
    me::sessions::end(&app, &caller, &ending.session).await?;
    Ok(done("/settings/profile", "session").into_response())
}

/// The page, with what was entered about oneself where that is not kept.
async fn page(
    app: &App,
    caller: &Caller,
    done: Option<&'static str>,
    entered: Option<Entered>,
    trouble: Option<Trouble>,
) -> Result<Response, Problem> {
    let me = caller.person()?;
    let account = &me.account;
    let (shell, tabs) = frame(app, caller, "Profile", "/settings/profile");
    let sessions = app.store.sessions_of(&account.id).await?.into_iter().map(|session| Row {
        is_this: session.id == me.session.id,
        id: session.id.to_string(),
        began: format::moment(session.created_at),
        seen: format::moment(session.seen_at),
        ends: format::moment(session.expires_at),
        address: session.address,
        agent: format::inert(&session.agent),
    });
    let identities = app.store.identities_of(&account.id).await?;
    let (name, zone, chosen) = match entered {
        Some(entered) => (entered.name, entered.zone, entered.theme),
        None => (account.name.clone(), account.timezone.clone().unwrap_or_default(), account.theme),
    };
    let theme = |theme: Theme, name| (theme.as_str(), name, chosen == theme);
    rendered(&ProfilePage {
        done,
        trouble,
        login: account.login.clone(),
        name,
        zone,
        zones: format::zones(),
        themes: vec![
            theme(Theme::Auto, "As the system says"),
            theme(Theme::Light, "Light"),
            theme(Theme::Dark, "Dark"),
        ],
        has_password: app.store.password_of(&account.id).await?.is_some(),
        identities: identities.into_iter().map(|one| (one.issuer, format::inert(&one.subject))).collect(),
        provider: app.provider.as_ref().map(|provider| provider.settings.name.clone()),
        sessions: sessions.collect(),
        roles: roles_by_name(me),
        is_admin: account.is_admin,
        shell,
        tabs,
    })
}

/// Roles by the name of the workspace.
fn roles_by_name(me: &SignedIn) -> Vec<(String, String)> {
    let names = |one: &Workspace| {
        let roles = me.roles.iter().filter(|(place, _)| *place == one.id);
        roles.map(|(_, role)| role_name(*role)).collect::<Vec<_>>().join(", ")
    };
    let all = me.workspaces.iter().map(|one| (one.name.clone(), names(one)));
    all.filter(|(_, names)| !names.is_empty()).collect()
}
