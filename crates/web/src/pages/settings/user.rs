//! One of the people: name, roles, what these let them see and do, where they are signed in, who they are elsewhere; closing the account and opening it.

use super::{
    super::{
        format,
        forms::{Said as _, Trouble},
        shell::{Shell, rendered},
    },
    Done, Nothing, Tab, Yes, done, frame, or_told,
    users::Link,
};
use crate::{
    api::users::{self, found},
    app::App,
    auth::{
        access::{Access, Grant, access_of},
        principal::Caller,
    },
    http::{
        Problem,
        extract::{Form, Params, Segments},
    },
    people::{checked_name, linked},
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use weir_model::{Account, Reach, Role};

#[derive(Template)]
#[template(path = "settings/user.html")]
struct UserPage {
    shell: Shell,
    tabs: Vec<Tab>,
    done: Option<&'static str>,
    trouble: Option<Trouble>,
    path: String,
    login: String,
    name: String,
    state: &'static str,
    /// As it stands in the form.
    is_admin_chosen: bool,
    is_me: bool,
    since: String,
    roles: Vec<(String, String, String)>,
    access: Vec<Place>,
    sessions: usize,
    seen: Option<String>,
    identities: Vec<(String, String)>,
    link: Option<Link>,
}

/// What they see and may do in a place.
struct Place {
    name: String,
    /// Each with the roles by which they may.
    may: Vec<(String, String)>,
    integrations: Vec<String>,
}

impl From<Access> for Place {
    fn from(access: Access) -> Self {
        let by = |word: &String| match Role::ALL.iter().find(|role| role.as_str() == word) {
            Some(role) => super::workspace::role_name(*role).to_owned(),
            None => "looks after the whole server".to_owned(),
        };
        let grant = |one: Grant| (one.what, one.by.iter().map(by).collect::<Vec<_>>().join(", "));
        Self {
            name: access.name.map_or_else(|| "The whole server".to_owned(), |name| format::inert(&name)),
            may: access.may.into_iter().map(grant).collect(),
            integrations: access.integrations.iter().map(|name| format::inert(name)).collect(),
        }
    }
}

/// What was entered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Entered {
    name: String,
    #[serde(default)]
    is_admin: Option<Yes>,
    /// Looked at by the guard already.
    #[serde(rename = "form_token")]
    _form_token: Option<String>,
}

/// An identity.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Elsewhere {
    issuer: String,
    subject: String,
    /// Looked at by the guard already.
    #[serde(rename = "form_token")]
    _form_token: Option<String>,
}

fn path(account: &Account) -> String {
    format!("/settings/users/{}", account.id)
}

/// `GET /settings/users/{id}`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Params(asked): Params<Done>,
) -> Result<Response, Problem> {
    let account = found(&app, &id).await?;
    let link = match asked.is("link") {
        true => Link::take(&app, &caller, &account.id.to_string()).await?,
        false => None,
    };
    let line = asked.line().filter(|_| link.is_none());
    page(&app, &caller, &account, (line, link), None).await
}

/// `POST /settings/users/{id}`.
pub(in crate::pages) async fn save(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Form(entered): Form<Entered>,
) -> Result<Response, Problem> {
    let account = found(&app, &id).await?;
    let is_admin = Some(entered.is_admin.is_some());
    let outcome = match checked_name(&entered.name) {
        Ok(name) => users::edit(&app, &caller, &account, Some(&name), is_admin)
            .await
            .map(|account| done(&path(&account), "saved").into_response()),
        Err(message) => Err(Problem::from(message).at("/name")),
    };
    told(&app, &caller, &account, outcome, Some(entered)).await
}

/// `POST /settings/users/{id}/invitation`.
pub(in crate::pages) async fn invite(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Form(_): Form<Nothing>,
) -> Result<Response, Problem> {
    let account = found(&app, &id).await?;
    let outcome = match users::invite::again(&app, &caller, account.clone()).await {
        Ok(invitation) => {
            Link::keep(&app, &caller, &invitation)?;
            Ok(done(&path(&account), "link").into_response())
        }
        Err(problem) => Err(problem),
    };
    told(&app, &caller, &account, outcome, None).await
}

/// `POST /settings/users/{id}/deactivate`.
pub(in crate::pages) async fn deactivate(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Form(_): Form<Nothing>,
) -> Result<Response, Problem> {
    close(&app, &caller, &id, true).await
}

/// `POST /settings/users/{id}/reactivate`.
pub(in crate::pages) async fn reactivate(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Form(_): Form<Nothing>,
) -> Result<Response, Problem> {
    close(&app, &caller, &id, false).await
}

async fn close(app: &App, caller: &Caller, id: &str, closed: bool) -> Result<Response, Problem> {
    let account = found(app, id).await?;
    let said = if closed { "closed" } else { "opened" };
    let outcome = users::close(app, caller, &account, closed)
        .await
        .map(|()| done(&path(&account), said).into_response());
    told(app, caller, &account, outcome, None).await
}

/// `POST /settings/users/{id}/end-sessions`.
pub(in crate::pages) async fn end_sessions(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Form(_): Form<Nothing>,
) -> Result<Response, Problem> {
    let account = found(&app, &id).await?;
    users::sessions::end_all(&app, &caller, &account).await?;
    Ok(done(&path(&account), "sessions").into_response())
}

/// `POST /settings/users/{id}/unlink`.
pub(in crate::pages) async fn unlink(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Form(elsewhere): Form<Elsewhere>,
) -> Result<Response, Problem> {
    let account = found(&app, &id).await?;
    let identity = linked(&elsewhere.issuer, &elsewhere.subject)?;
    let outcome = users::identities::unlink(&app, &caller, &account, &identity)
        .await
        .map(|()| done(&path(&account), "unlinked").into_response());
    told(&app, &caller, &account, outcome, None).await
}

async fn told(
    app: &App,
    caller: &Caller,
    account: &Account,
    outcome: Result<Response, Problem>,
    entered: Option<Entered>,
) -> Result<Response, Problem> {
    let trouble = outcome.as_ref().err().map(Trouble::from);
    or_told(outcome, async |_| page(app, caller, account, (None, None), Some((trouble, entered))).await).await
}

async fn page(
    app: &App,
    caller: &Caller,
    account: &Account,
    (done, link): (Option<&'static str>, Option<Link>),
    refused: Option<(Option<Trouble>, Option<Entered>)>,
) -> Result<Response, Problem> {
    let (trouble, entered) = refused.unwrap_or_default();
    let (shell, tabs) = frame(app, caller, &account.login, "/settings/users");
    let workspaces = app.store.workspaces(&Reach::Everything).await?;
    let mut roles: Vec<(String, String, String)> = vec![];
    for (place, role) in app.store.roles_of(&account.id).await? {
        let id = place.to_string();
        match roles.iter_mut().find(|(found, ..)| *found == id) {
            Some((_, _, words)) => *words = format!("{words}, {}", super::workspace::role_name(role)),
            None => {
                let name = workspaces.iter().find(|one| one.id == place).map(|one| one.name.clone());
                roles.push((id, name.unwrap_or_default(), super::workspace::role_name(role).into()));
            }
        }
    }
    let sessions = app.store.sessions_of(&account.id).await?;
    let identities = app.store.identities_of(&account.id).await?;
    rendered(&UserPage {
        done,
        trouble,
        path: path(account),
        login: account.login.clone(),
        is_admin_chosen: entered.as_ref().map_or(account.is_admin, |entered| entered.is_admin.is_some()),
        name: entered.map_or_else(|| account.name.clone(), |entered| entered.name),
        state: users::state(account),
        is_me: caller.signed_in().is_some_and(|me| me.account.id == account.id),
        since: format::whole_date(account.created_at),
        roles,
        access: access_of(&app.store, account).await?.into_iter().map(Place::from).collect(),
        seen: sessions.iter().map(|session| session.seen_at).max().map(format::moment),
        sessions: sessions.len(),
        identities: identities.into_iter().map(|one| (one.issuer, one.subject)).collect(),
        link,
        shell,
        tabs,
    })
}
