//! Which workspaces see an integration. To map one is to show its data to the members, so only those do it who see all.

use super::{
    format::{count, number},
    login::Sentence,
    monitoring::head::Head,
    shell::{Shell, rendered},
};
use crate::{
    api::workspaces::mapping,
    app::App,
    auth::{policy, principal::Caller},
    http::{
        Problem, body,
        extract::{Params, Segments},
    },
};
use askama::Template;
use axum::{
    body::Bytes,
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
    let may_change = policy::looks_after_server(&caller.principal);
    let within = match &caller.principal {
        crate::auth::principal::Principal::Session(signed_in) => signed_in.workspaces.clone(),
        _ => vec![],
    };
    let mapped = app.store.workspaces_of(&integration.id).await?;
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

/// `POST /integrations/{name}/projects`: the workspaces that are named, and no others.
pub(super) async fn save(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    form: Bytes,
) -> Result<Redirect, Problem> {
    // What is no form is no choice either: it must not take everything away.
    if body::form_field(&form, "form_token").is_none() {
        return Err(Problem::bad("The workspaces come as a form of this page"));
    }
    let integration = app.store.integration(&name).await?.ok_or(Message::PageUnknown {})?;
    let wanted = body::form_fields(&form, "workspace")
        .iter()
        .map(|id| id.parse().map_err(|_| Problem::bad("There is no such workspace")))
        .collect::<Result<Vec<WorkspaceId>, _>>()?;
    let before = app.store.workspaces_of(&integration.id).await?;
    for workspace in app.store.workspaces(&Reach::Everything).await? {
        let (was, is) = (before.contains(&workspace.id), wanted.contains(&workspace.id));
        if was != is {
            mapping::map(&app, &caller, &workspace, (&integration.id, &integration.name), is).await?;
        }
    }
    Ok(Redirect::to(&format!(
        "/integrations/{}/projects?done=saved",
        super::format::segment(&integration.name)
    )))
}
