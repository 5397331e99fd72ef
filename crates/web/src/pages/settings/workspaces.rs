//! Workspaces: which there are, and adding one.

use super::{
    super::{
        format,
        forms::{Said as _, Trouble},
        shell::{Shell, rendered},
    },
    Done, Tab, frame, or_told,
};
use crate::{
    api::workspaces,
    app::App,
    auth::{
        policy::{self, Action},
        principal::Caller,
    },
    http::{
        Problem,
        extract::{Form, Params},
    },
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use std::collections::BTreeSet;
use weir_model::{AccountId, Reach};

#[derive(Template)]
#[template(path = "settings/workspaces.html")]
struct WorkspacesPage {
    shell: Shell,
    tabs: Vec<Tab>,
    done: Option<&'static str>,
    trouble: Option<Trouble>,
    rows: Vec<Row>,
    /// Integrations that no workspace sees, by name.
    unmapped: Vec<(String, String)>,
    may_add: bool,
    name: String,
}

/// A workspace.
struct Row {
    id: String,
    name: String,
    members: usize,
    integrations: usize,
    since: String,
}

/// What was entered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Entered {
    pub(super) name: String,
    /// Looked at by the guard already.
    #[serde(rename = "form_token")]
    _form_token: Option<String>,
}

/// `GET /settings/workspaces`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Params(asked): Params<Done>,
) -> Result<Response, Problem> {
    page(&app, &caller, asked.line(), None, String::new()).await
}

/// `POST /settings/workspaces`.
pub(in crate::pages) async fn add(
    State(app): State<App>,
    caller: Caller,
    Form(entered): Form<Entered>,
) -> Result<Response, Problem> {
    let outcome = workspaces::add(&app, &caller, &entered.name).await.map(|workspace| {
        Redirect::to(&format!("/settings/workspaces/{}?done=saved", workspace.id)).into_response()
    });
    let outcome = outcome.map_err(|problem| problem.at("/name"));
    let trouble = outcome.as_ref().err().map(Trouble::from);
    or_told(outcome, async |_| page(&app, &caller, None, trouble, entered.name).await).await
}

async fn page(
    app: &App,
    caller: &Caller,
    done: Option<&'static str>,
    trouble: Option<Trouble>,
    name: String,
) -> Result<Response, Problem> {
    let reach = policy::reach(&caller.principal, Action::Manage);
    let mut rows = vec![];
    let mut mapped = vec![];
    for workspace in app.store.workspaces(&reach).await? {
        let within = Reach::Workspaces(vec![workspace.id]);
        let integrations = app.store.integrations_within(&within, None, u32::MAX).await?;
        let given = app.store.members(&workspace.id).await?.into_iter();
        let all = given.chain(app.store.group_members(&workspace.id).await?);
        let members: BTreeSet<AccountId> = all.map(|one| one.account).collect();
        rows.push(Row {
            id: workspace.id.to_string(),
            members: members.len(),
            integrations: integrations.len(),
            since: format::whole_date(workspace.created_at),
            name: workspace.name,
        });
        mapped.extend(integrations.into_iter().map(|one| one.name));
    }
    let may_add = policy::looks_after_server(&caller.principal);
    let mut unmapped = vec![];
    if may_add {
        let all = app.store.integrations_within(&Reach::Everything, None, u32::MAX).await?;
        let path = |name: &str| format!("/integrations/{}/projects", format::segment(name));
        unmapped.extend(
            all.into_iter().filter(|one| !mapped.contains(&one.name)).map(|one| (path(&one.name), one.name)),
        );
    }
    let (shell, tabs) = frame(app, caller, "Workspaces", "/settings/workspaces");
    rendered(&WorkspacesPage { shell, tabs, done, trouble, rows, unmapped, may_add, name })
}
