//! People: who can sign in, who is invited; inviting somebody, with a link that is shown once.

use super::{
    super::{
        format,
        forms::{Faults, Said as _, Trouble},
        shell::{Shell, rendered},
    },
    Done, Tab, Yes, frame, or_told,
};
use crate::{
    api::users,
    app::App,
    auth::{
        policy::{self, Action},
        principal::Caller,
    },
    http::{
        Problem,
        body::query,
        extract::{Form, Params},
        paging::Window,
    },
    people::{Invitation, NewPerson, checked_login, checked_name},
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use weir_http::{ExposeSecret as _, Secret};
use weir_model::{Account, Message, Millis};

#[derive(Template)]
#[template(path = "settings/users.html")]
struct UsersPage {
    shell: Shell,
    tabs: Vec<Tab>,
    done: Option<&'static str>,
    trouble: Option<Trouble>,
    rows: Vec<Row>,
    next: Option<String>,
    may_invite: bool,
    link: Option<Link>,
    login: String,
    name: String,
    is_admin: bool,
}

/// Somebody.
struct Row {
    id: String,
    login: String,
    name: String,
    state: &'static str,
    is_admin: bool,
    since: String,
}

/// A link that is shown once.
pub(super) struct Link {
    pub(super) login: String,
    pub(super) address: String,
    pub(super) until: String,
}

impl Link {
    /// Keeps the link of an invitation for the page that shows it, so that a reload makes no other.
    pub(super) fn keep(app: &App, caller: &Caller, invitation: &Invitation) -> Result<(), Problem> {
        let kept = format!("{} {}", invitation.expires_at.0, invitation.link(&app.settings.address()));
        let of = Self::key(&invitation.account.id.to_string());
        app.shown_once.keep(&caller.person()?.session.id, &of, Secret::from(kept), app.now());
        Ok(())
    }

    /// The link of an account, for this once.
    pub(super) async fn take(app: &App, caller: &Caller, account: &str) -> Result<Option<Self>, Problem> {
        let session = &caller.person()?.session.id;
        let Some(kept) = app.shown_once.take(session, &Self::key(account), app.now()) else {
            return Ok(None);
        };
        let id = account.parse().map_err(|_| Message::PageUnknown {})?;
        let account = app.store.account(&id).await?;
        Ok(account.zip(kept.expose_secret().split_once(' ')).map(|(account, (until, address))| Self {
            login: account.login,
            address: address.to_owned(),
            until: format::moment(Millis(until.parse().unwrap_or_default())),
        }))
    }

    fn key(account: &str) -> String {
        format!("invitation {account}")
    }
}

/// Somebody to be invited.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Entered {
    login: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    is_admin: Option<Yes>,
    /// Looked at by the guard already.
    #[serde(rename = "form_token")]
    _form_token: Option<String>,
}

/// `GET /settings/users`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let link = match &asked.made {
        Some(account) => Link::take(&app, &caller, account).await?,
        None => None,
    };
    let done = asked.done.filter(|_| link.is_none());
    page(&app, &caller, &Done { done, after: asked.after }, link, None).await
}

/// Which part of the list, and what was just done.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Asked {
    done: Option<String>,
    after: Option<String>,
    /// The id of whoever was invited.
    made: Option<String>,
}

/// `POST /settings/users`: leads to the page that shows the link.
pub(in crate::pages) async fn invite(
    State(app): State<App>,
    caller: Caller,
    Form(entered): Form<Entered>,
) -> Result<Response, Problem> {
    let nothing = Done { done: None, after: None };
    let outcome = invited(&app, &caller, &entered).await;
    let trouble = outcome.as_ref().err().map(Trouble::from);
    or_told(outcome, async |_| {
        page(&app, &caller, &nothing, None, trouble.map(|trouble| (trouble, entered))).await
    })
    .await
}

async fn invited(app: &App, caller: &Caller, entered: &Entered) -> Result<Response, Problem> {
    let name = Some(entered.name.clone()).filter(|name| !name.trim().is_empty());
    let mut faults = Faults::default();
    faults.take(checked_login(&entered.login).map_err(|message| Problem::from(message).at("/login")));
    if let Some(name) = &name {
        faults.take(checked_name(name).map_err(|message| Problem::from(message).at("/name")));
    }
    faults.end()?;
    let person = NewPerson { login: entered.login.clone(), name, is_admin: entered.is_admin.is_some() };
    // What is wrong with a person that fits is that there is one of that login.
    let invitation =
        users::invite::invite(app, caller, person).await.map_err(|problem| problem.at("/login"))?;
    Link::keep(app, caller, &invitation)?;
    let made = invitation.account.id;
    Ok(Redirect::to(&format!("/settings/users?done=link&made={made}")).into_response())
}

async fn page(
    app: &App,
    caller: &Caller,
    asked: &Done,
    link: Option<Link>,
    refused: Option<(Trouble, Entered)>,
) -> Result<Response, Problem> {
    let (trouble, entered) = refused.unzip();
    let window = Window::new(Some(100), asked.after.as_deref())?;
    let reach = policy::reach(&caller.principal, Action::Manage);
    let accounts = app.store.accounts(&reach, window.after(), window.wanted()).await?;
    let row = |account: Account| Row {
        state: users::state(&account),
        id: account.id.to_string(),
        is_admin: account.is_admin,
        since: format::whole_date(account.created_at),
        login: account.login,
        name: account.name,
    };
    let found = window.page(accounts, |one| one.login.clone(), row);
    let (shell, tabs) = frame(app, caller, "People", "/settings/users");
    rendered(&UsersPage {
        done: asked.line(),
        trouble,
        next: found.next.map(|next| format!("/settings/users?{}", query(&[("after", &next)]))),
        rows: found.items,
        may_invite: policy::looks_after_server(&caller.principal),
        link,
        is_admin: entered.as_ref().is_some_and(|entered| entered.is_admin.is_some()),
        login: entered.as_ref().map(|entered| entered.login.clone()).unwrap_or_default(),
        name: entered.map(|entered| entered.name).unwrap_or_default(),
        shell,
        tabs,
    })
}
