//! Which workspaces see an integration; and, in `all`, which see which. To map one is to show its data to the members, so those do it who look after the workspace,
//! and after every workspace that sees it already.

pub(super) mod all;

use super::{
    format::{count, number},
    forms::{Fields, Trouble},
    integration::{leaving::headed, withheld},
    monitoring::head::Head,
    shell::{Shell, rendered},
};
use crate::{
    app::App,
    auth::{
        policy::{self, Action},
        principal::Caller,
    },
    http::{
        Problem,
        extract::{Params, Segments},
    },
    life::mapping,
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use weir_ingest::describe;
use weir_model::{Integration, Message, Reach, WorkspaceId};

#[derive(Template)]
#[template(path = "mapping.html")]
struct MappingPage {
    shell: Shell,
    head: Head,
    path: String,
    done: Option<&'static str>,
    trouble: Option<Trouble>,
    rows: Vec<Row>,
    is_nobodys: bool,
    may_change: bool,
    /// Why not, where they may not.
    withheld: Option<String>,
    /// What members come to see.
    effect: String,
}

/// A workspace.
struct Row {
    id: String,
    name: String,
    members: String,
    is_mapped: bool,
}

/// What was just done.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    done: Option<String>,
}

/// `GET /integrations/{name}/projects`.
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let integration = app.store.integration(&name).await?.ok_or(Message::PageUnknown {})?;
    let done = (asked.done.as_deref() == Some("saved")).then_some("Saved. It holds from now on.");
    page(&app, &caller, &integration, (done, None)).await
}

async fn page(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    (done, trouble): (Option<&'static str>, Option<Trouble>),
) -> Result<Response, Problem> {
    let mapped = app.store.workspaces_of(&integration.id).await?;
    let said = ("this mapping", "change it");
    let withheld = withheld(app, caller, Action::Manage, integration, said).await?;
    let within = match withheld.is_none() {
        true => app.store.workspaces(&policy::reach(&caller.principal, Action::Manage)).await?,
        false => caller.person()?.workspaces.clone(),
    };
    let mut rows = vec![];
    for workspace in within {
        let all = app.store.accounts(&Reach::Workspaces(vec![workspace.id]), None, u32::MAX).await?;
        rows.push(Row {
            is_mapped: mapped.contains(&workspace.id),
            members: count(all.len() as u64, "member", "members"),
            id: workspace.id.to_string(),
            name: workspace.name,
        });
    }
    let described = describe(&app.store, integration, app.now()).await?;
    let title = format!("{}, Projects", integration.name);
    rendered(&MappingPage {
        shell: Shell::new(app, Some(caller), &title, "/integrations"),
        head: headed(app, caller, integration).await?.at("Projects"),
        path: format!("/integrations/{}/projects", super::format::segment(&integration.name)),
        done,
        trouble,
        rows,
        is_nobodys: mapped.is_empty(),
        may_change: withheld.is_none(),
        withheld,
        effect: format!("the {} issues and every run", number(described.issues)),
    })
}

/// `POST /integrations/{name}/projects`: of the workspaces that are the caller's to look after those that are named, and no
/// others.
pub(super) async fn save(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    // What is no form of ours is no choice either: it must not take everything away.
    if fields.text("form_token").is_empty() {
        return Err(Problem::bad("The workspaces come as a form of this page"));
    }
    fields.only(&["workspace"])?;
    let integration = app.store.integration(&name).await?.ok_or(Message::PageUnknown {})?;
    let wanted = fields
        .all("workspace")
        .map(|id| id.parse().map_err(|_| Problem::bad("There is no such workspace")))
        .collect::<Result<Vec<WorkspaceId>, _>>()?;
    let offered = app.store.workspaces(&policy::reach(&caller.principal, Action::Manage)).await?;
    if !wanted.iter().all(|id| offered.iter().any(|one| one.id == *id)) {
        return Err(Problem::bad("There is no such workspace"));
    }
    let wanted: Vec<_> = offered.iter().filter(|one| wanted.contains(&one.id)).cloned().collect();
    if let Err(problem) = mapping::set(&app, &caller, &integration, (&offered, &wanted)).await {
        if problem.status.is_server_error() {
            return Err(problem);
        }
        let mut response = page(&app, &caller, &integration, (None, Some(Trouble::from(&problem)))).await?;
        problem.stamp(&mut response);
        return Ok(response);
    }
    let name = super::format::segment(&integration.name);
    Ok(Redirect::to(&format!("/integrations/{name}/projects?done=saved")).into_response())
}
