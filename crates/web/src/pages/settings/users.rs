//! People: who can sign in, who is invited; inviting somebody, with a link that is shown once.

use super::{
    super::{
        format,
        login::Sentence,
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
    people::{Invitation, NewPerson},
};
use askama::Template;
use axum::{extract::State, response::Response};
use serde::Deserialize;
use weir_model::Account;

#[derive(Template)]
#[template(path = "settings/users.html")]
struct UsersPage {
    shell: Shell,
    tabs: Vec<Tab>,
    done: Option<&'static str>,
    problem: Option<Sentence>,
    rows: Vec<Row>,
    next: Option<String>,
    may_invite: bool,
    link: Option<Link>,
    login: String,
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
    pub(super) fn of(app: &App, invitation: &Invitation) -> Self {
        Self {
            login: invitation.account.login.clone(),
            address: invitation.link(&app.settings.address()),
            until: format::moment(invitation.expires_at),
        }
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
    Params(asked): Params<Done>,
) -> Result<Response, Problem> {
    page(&app, &caller, &asked, None, None, String::new()).await
}

/// `POST /settings/users`.
pub(in crate::pages) async fn invite(
    State(app): State<App>,
    caller: Caller,
    Form(entered): Form<Entered>,
) -> Result<Response, Problem> {
    let nothing = Done { done: None, after: None };
    let person = NewPerson {
        login: entered.login.clone(),
        name: Some(entered.name).filter(|name| !name.trim().is_empty()),
        is_admin: entered.is_admin.is_some(),
    };
    let outcome = match users::invite::invite(&app, &caller, person).await {
        Ok(invitation) => {
            page(&app, &caller, &nothing, None, Some(Link::of(&app, &invitation)), String::new()).await
        }
        Err(problem) => Err(problem),
    };
    or_told(outcome, async |sentence| {
        page(&app, &caller, &nothing, Some(sentence), None, entered.login).await
    })
    .await
}

async fn page(
    app: &App,
    caller: &Caller,
    asked: &Done,
    problem: Option<Sentence>,
    link: Option<Link>,
    login: String,
) -> Result<Response, Problem> {
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
        problem,
        next: found.next.map(|next| format!("/settings/users?{}", query(&[("after", &next)]))),
        rows: found.items,
        may_invite: policy::looks_after_server(&caller.principal),
        link,
        login,
        shell,
        tabs,
    })
}
