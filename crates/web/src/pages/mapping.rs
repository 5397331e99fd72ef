//! Which workspaces see an integration. To map one is to show its data to the members, so those do it who look after the workspace,
//! and after every workspace that sees it already.

use super::{
    format::{count, number},
    forms::Fields,
    login::Sentence,
    monitoring::head::Head,
    shell::{Shell, rendered},
};
use crate::{
    api::workspaces::mapping,
    app::App,
    auth::{
        policy::{self, Action, Place},
        principal::Caller,
    },
    http::{
        Problem,
        extract::{Params, Segments},
    },
};
use askama::Template;
use axum::{
    extract::State,
    response::{Redirect, Response},
};
use serde::Deserialize;
use weir_ingest::describe;
use weir_model::{Message, Reach, WorkspaceId};

#[derive(Template)]
#[template(path = "mapping.html")]
struct MappingPage {
    shell: Shell,
    head: Head,
    path: String,
    done: Option<&'static str>,
    problem: Option<Sentence>,
    rows: Vec<Row>,
    is_nobodys: bool,
    may_change: bool,
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
    let mapped = app.store.workspaces_of(&integration.id).await?;
    let place = Place::Workspaces(mapped.clone());
    let may_change = policy::check(&caller.principal, Action::Manage, &place).is_ok();
    let within = match may_change {
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
    let described = describe(&app.store, &integration, app.now()).await?;
    let title = format!("{}, Projects", integration.name);
    rendered(&MappingPage {
        shell: Shell::new(&app, Some(&caller), &title, "/integrations"),
        head: Head::of(&integration).at("Projects"),
        path: format!("/integrations/{}/projects", super::format::segment(&integration.name)),
        done: (asked.done.as_deref() == Some("saved")).then_some("Saved. It holds from now on."),
        problem: None,
        rows,
        is_nobodys: mapped.is_empty(),
        may_change,
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
) -> Result<Redirect, Problem> {
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
    let before = app.store.workspaces_of(&integration.id).await?;
    let offered = app.store.workspaces(&policy::reach(&caller.principal, Action::Manage)).await?;
    if !wanted.iter().all(|id| offered.iter().any(|one| one.id == *id)) {
        return Err(Problem::bad("There is no such workspace"));
    }
    for workspace in offered {
        let (was, is) = (before.contains(&workspace.id), wanted.contains(&workspace.id));
        if was != is {
            mapping::map(&app, &caller, &workspace, (&integration.id, &integration.name), is).await?;
        }
    }
    let now = Place::Workspaces(app.store.workspaces_of(&integration.id).await?);
    Ok(match policy::check(&caller.principal, Action::Read, &now) {
        Ok(()) => {
            let name = super::format::segment(&integration.name);
            Redirect::to(&format!("/integrations/{name}/projects?done=saved"))
        }
        // They have taken it out of their own sight.
        Err(_) => Redirect::to("/integrations"),
    })
}
