//! API keys: which there are, making one, which is shown once on the page after the form, and revoking.

use super::{
    super::{
        format,
        forms::{Faults, Fields, Said as _, Trouble},
        shell::{Shell, rendered},
    },
    Done, Nothing, Tab, done, frame, or_told,
};
use crate::{
    api::api_keys::{self, USUAL_DAYS},
    app::App,
    auth::{
        keys,
        policy::{self, Action},
        principal::Caller,
    },
    http::{
        Problem,
        body::query,
        extract::{Form, Params, Segments},
        paging::Window,
    },
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use weir_http::{ExposeSecret as _, Secret};
use weir_model::{ApiKey, KeyScope, Millis, Workspace};

#[derive(Template)]
#[template(path = "settings/api_keys.html")]
struct KeysPage {
    shell: Shell,
    tabs: Vec<Tab>,
    done: Option<&'static str>,
    made: Option<Made>,
    rows: Vec<Row>,
    next: Option<String>,
    /// Each with what it is good for, and whether it is chosen.
    scopes: Vec<(&'static str, &'static str, bool)>,
    /// Each with whether it is chosen.
    workspaces: Vec<(String, String, bool)>,
    may_server: bool,
    typed: Typed,
    trouble: Option<Trouble>,
}

/// What was entered.
struct Typed {
    name: String,
    days: String,
    workspace: String,
    scopes: Vec<String>,
}

impl Typed {
    fn nothing() -> Self {
        Self { name: String::new(), days: USUAL_DAYS.to_string(), workspace: String::new(), scopes: vec![] }
    }
}

/// A key that was just made.
struct Made {
    name: String,
    secret: String,
}

/// A key.
struct Row {
    id: String,
    name: String,
    hint: String,
    scopes: String,
    place: String,
    made: String,
    ends: String,
    used: Option<String>,
    /// `good`, `revoked` or `run out`.
    state: &'static str,
}

/// What keys can be made for here: the other scope is for what no operation does yet, and is given by the API and the command line.
const OFFERED: [KeyScope; 5] =
    [KeyScope::Read, KeyScope::Write, KeyScope::Satellite, KeyScope::Scim, KeyScope::Admin];

/// Which part of the list, and what was just done.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Asked {
    done: Option<String>,
    after: Option<String>,
    /// The id of the key that was made.
    made: Option<String>,
}

fn scope_sentence(scope: KeyScope) -> &'static str {
    match scope {
        KeyScope::Read => "what a viewer sees",
        KeyScope::Write => "what an owner may do",
        KeyScope::Ingest => "send records in",
        KeyScope::Satellite => "be a satellite",
        KeyScope::Scim => "provision people",
        KeyScope::Admin => "what an admin may do",
    }
}

/// `GET /settings/api-keys`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let made = match &asked.made {
        Some(id) => shown(&app, &caller, id).await?,
        None => None,
    };
    let done = asked.done.filter(|_| made.is_none());
    page(&app, &caller, &Done { done, after: asked.after }, None, made, Typed::nothing()).await
}

/// `POST /settings/api-keys`: leads to the page that shows the key, so that a reload makes no other.
pub(in crate::pages) async fn create(
    State(app): State<App>,
    caller: Caller,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&["name", "workspace", "days", "scope"])?;
    let nothing = Done { done: None, after: None };
    let typed = Typed {
        name: fields.raw("name").to_owned(),
        days: fields.text("days").to_owned(),
        workspace: fields.text("workspace").to_owned(),
        scopes: fields.all("scope").map(str::to_owned).collect(),
    };
    let outcome = match created(&app, &caller, &typed).await {
        Ok(id) => Ok(Redirect::to(&format!("/settings/api-keys?done=made&made={id}")).into_response()),
        Err(problem) => Err(problem),
    };
    let trouble = outcome.as_ref().err().map(Trouble::from);
    or_told(outcome, async |_| page(&app, &caller, &nothing, trouble, None, typed).await).await
}

/// The key that was just made, for this once.
async fn shown(app: &App, caller: &Caller, id: &str) -> Result<Option<Made>, Problem> {
    let Some(signed_in) = caller.signed_in() else { return Ok(None) };
    let (Ok(key), Some(secret)) = (id.parse(), app.shown_once.take(&signed_in.session.id, id, app.now()))
    else {
        return Ok(None);
    };
    let key = app.store.api_key(&key).await?;
    Ok(key.map(|key| Made { name: key.name, secret: secret.expose_secret().to_owned() }))
}

/// Makes a key, keeps it for the page that shows it, and gives its id.
async fn created(app: &App, caller: &Caller, typed: &Typed) -> Result<String, Problem> {
    let scope = |word: &String| {
        let scope = OFFERED.into_iter().find(|scope| scope.as_str() == word);
        scope.ok_or_else(|| Problem::bad("There is no such scope").at("/scope"))
    };
    let scopes = match typed.scopes.is_empty() {
        true => Err(Problem::bad("A key needs at least one scope").at("/scope")),
        false => typed.scopes.iter().map(scope).collect::<Result<Vec<KeyScope>, _>>(),
    };
    let days = typed.days.parse().ok().filter(|days| (1..=3650).contains(days));
    let days = days.ok_or_else(|| Problem::bad("A key is good for 1 to 3650 days").at("/days"));
    let mut faults = Faults::default();
    let name = faults.take(keys::checked_name(&typed.name));
    let (scopes, days) = (faults.take(scopes), faults.take(days));
    faults.end()?;
    let (Some(name), Some(scopes), Some(days)) = (name, scopes, days) else {
        return Err(Problem::bug("a form fits and has no values"));
    };
    let workspace = Some(typed.workspace.as_str()).filter(|id| !id.is_empty());
    let made = api_keys::make(app, caller, name, scopes, workspace, days).await?;
    let signed_in = caller.signed_in().ok_or_else(|| Problem::bug("nobody is signed in"))?;
    let id = made.key.id.to_string();
    app.shown_once.keep(&signed_in.session.id, &id, Secret::from(made.secret), app.now());
    Ok(id)
}

/// `POST /settings/api-keys/{id}/revoke`.
pub(in crate::pages) async fn revoke(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Form(_): Form<Nothing>,
) -> Result<Response, Problem> {
    api_keys::revoke(&app, &caller, &id).await?;
    Ok(done("/settings/api-keys", "revoked").into_response())
}

async fn page(
    app: &App,
    caller: &Caller,
    asked: &Done,
    trouble: Option<Trouble>,
    made: Option<Made>,
    typed: Typed,
) -> Result<Response, Problem> {
    let window = Window::new(Some(50), asked.after.as_deref())?;
    let reach = policy::reach(&caller.principal, Action::Manage);
    let workspaces = app.store.workspaces(&reach).await?;
    let keys = app.store.api_keys(&reach, window.after_as()?.as_ref(), window.wanted()).await?;
    let now = app.now();
    let found = window.page(keys, |key| key.id.to_string(), |key| Row::of(key, &workspaces, now));
    let offered = |scope: KeyScope| {
        let is_chosen = typed.scopes.iter().any(|word| word == scope.as_str());
        (scope.as_str(), scope_sentence(scope), is_chosen)
    };
    let choice = |one: Workspace| {
        let id = one.id.to_string();
        let is_chosen = id == typed.workspace;
        (id, one.name, is_chosen)
    };
    let (shell, tabs) = frame(app, caller, "API keys", "/settings/api-keys");
    rendered(&KeysPage {
        done: asked.line(),
        made,
        next: found.next.map(|next| format!("/settings/api-keys?{}", query(&[("after", &next)]))),
        rows: found.items,
        scopes: OFFERED.iter().map(|scope| offered(*scope)).collect(),
        workspaces: workspaces.into_iter().map(choice).collect(),
        may_server: policy::looks_after_server(&caller.principal),
        typed,
        trouble,
        shell,
        tabs,
    })
}

impl Row {
    fn of(key: ApiKey, workspaces: &[Workspace], now: Millis) -> Self {
        let place = match key.workspace {
            None => "Whole server".to_owned(),
            Some(id) => workspaces
                .iter()
                .find(|one| one.id == id)
                .map_or_else(|| "A workspace that is gone".to_owned(), |one| one.name.clone()),
        };
        let state = match (key.revoked_at, key.expires_at) {
            (Some(_), _) => "revoked",
            (None, Some(at)) if at <= now => "run out",
            _ => "good",
        };
        Self {
            id: key.id.to_string(),
            hint: key.hint,
            scopes: key.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", "),
            place,
            made: format::whole_date(key.created_at),
            ends: key.expires_at.map_or_else(|| "never".to_owned(), format::whole_date),
            used: key.used_at.map(format::moment),
            state,
            name: key.name,
        }
    }
}
