//! One workspace: its name, its members with their roles, and which integrations these see.

use super::{
    super::{
        format,
        forms::{Faults, Fields, Said as _, Trouble},
        shell::{Shell, rendered},
    },
    Done, Tab, done, frame, or_told,
    workspaces::Entered as Naming,
};
use crate::{
    api::workspaces::{self, found, members},
    app::App,
    auth::{policy, principal::Caller},
    http::{
        Problem,
        extract::{Form, Params, Segments},
    },
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use weir_model::{Message, Reach, Role, Workspace};

#[derive(Template)]
#[template(path = "settings/workspace.html")]
struct WorkspacePage {
    shell: Shell,
    tabs: Vec<Tab>,
    done: Option<&'static str>,
    trouble: Option<Trouble>,
    path: String,
    name: String,
    members: Vec<Member>,
    /// As it stands in the form.
    new_name: String,
    /// Every role: its word, its name, what it includes, and whether it is ticked.
    roles: Vec<(&'static str, &'static str, &'static str, bool)>,
    integrations: Vec<(String, String)>,
    hygiene: String,
    may_delete: bool,
    login: String,
}

/// A member with every role and whether they have it.
struct Member {
    login: String,
    name: String,
    is_closed: bool,
    roles: Vec<(&'static str, &'static str, bool)>,
    words: String,
    /// Roles that groups of the identity provider give.
    by_group: String,
}

/// What stands in the forms after a refusal.
#[derive(Default)]
struct Entered {
    login: String,
    roles: Vec<String>,
    name: Option<String>,
}

/// A name to say that it is meant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Confirmation {
    #[serde(default)]
    name: String,
    /// Looked at by the guard already.
    #[serde(rename = "form_token")]
    _form_token: Option<String>,
}

/// What people call a role.
pub(super) fn role_name(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Viewer",
        Role::Editor => "Editor",
        Role::Owner => "Owner",
        Role::AccessAuditor => "Access auditor",
        Role::Admin => "Admin",
    }
}

fn role_sentence(role: Role) -> &'static str {
    match role {
        Role::Viewer => "sees what is mapped to the workspace",
        Role::Editor => "also starts runs, pauses, and changes how things are counted",
        Role::Owner => "also connects, edits and deletes integrations",
        Role::AccessAuditor => "sees who can do what in the tools, and the audit log",
        Role::Admin => "everything here, with its members and keys",
    }
}

fn path(workspace: &Workspace) -> String {
    format!("/settings/workspaces/{}", workspace.id)
}

/// `GET /settings/workspaces/{id}`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Params(asked): Params<Done>,
) -> Result<Response, Problem> {
    page(&app, &caller, &found(&app, &id).await?, asked.line(), None, Entered::default()).await
}

/// `POST /settings/workspaces/{id}`.
pub(in crate::pages) async fn rename(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Form(entered): Form<Naming>,
) -> Result<Response, Problem> {
    let workspace = found(&app, &id).await?;
    let outcome = workspaces::rename(&app, &caller, &workspace, &entered.name)
        .await
        .map(|_| done(&path(&workspace), "saved").into_response())
        .map_err(|problem| problem.at("/name"));
    let entered = Entered { name: Some(entered.name), ..Entered::default() };
    told(&app, &caller, &workspace, outcome, entered).await
}

/// `POST /settings/workspaces/{id}/members`: the roles that are named, and no others.
pub(in crate::pages) async fn set_member(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&["login", "role", "remove"])?;
    let workspace = found(&app, &id).await?;
    let login = fields.raw("login").to_owned();
    let outcome = set(&app, &caller, &workspace, &login, &fields).await;
    let roles = fields.all("role").map(str::to_owned).collect();
    told(&app, &caller, &workspace, outcome, Entered { login, roles, name: None }).await
}

async fn set(
    app: &App,
    caller: &Caller,
    workspace: &Workspace,
    login: &str,
    fields: &Fields,
) -> Result<Response, Problem> {
    let roles = fields
        .all("role")
        .map(|word| word.parse().map_err(|_| Problem::bad("There is no such role")))
        .collect::<Result<Vec<Role>, _>>()?;
    let is_removal = fields.word("remove", &["yes"])? == "yes";
    let mut faults = Faults::default();
    if roles.is_empty() && !is_removal {
        let none = Problem::bad("Choose at least one role; a member without any is none");
        faults.extend([none.at("/role")]);
    }
    let account = faults.take(members::named(app, login).await.map_err(|problem| problem.at("/login")));
    faults.end()?;
    let account = account.ok_or_else(|| Problem::bug("a form fits and has no account"))?;
    let roles = if is_removal { &[][..] } else { &roles };
    members::set(app, caller, workspace, &account, roles).await?;
    Ok(done(&path(workspace), if is_removal { "removed" } else { "saved" }).into_response())
}

/// `POST /settings/workspaces/{id}/delete`.
pub(in crate::pages) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Form(confirmation): Form<Confirmation>,
) -> Result<Response, Problem> {
    let workspace = found(&app, &id).await?;
    let outcome = match confirmation.name == workspace.name {
        false => {
            let wrong = Message::WorkspaceConfirm { name: workspace.name.clone() };
            Err(Problem::from(wrong).at("/confirm"))
        }
        true => workspaces::delete(&app, &caller, &workspace)
            .await
            .map(|()| Redirect::to("/settings/workspaces?done=deleted").into_response()),
    };
    told(&app, &caller, &workspace, outcome, Entered::default()).await
}

async fn told(
    app: &App,
    caller: &Caller,
    workspace: &Workspace,
    outcome: Result<Response, Problem>,
    entered: Entered,
) -> Result<Response, Problem> {
    let trouble = outcome.as_ref().err().map(Trouble::from);
    or_told(outcome, async |_| page(app, caller, workspace, None, trouble, entered).await).await
}

async fn page(
    app: &App,
    caller: &Caller,
    workspace: &Workspace,
    done: Option<&'static str>,
    trouble: Option<Trouble>,
    entered: Entered,
) -> Result<Response, Problem> {
    let (shell, tabs) = frame(app, caller, &workspace.name, "/settings/workspaces");
    let names = |roles: &[Role]| roles.iter().map(|role| role_name(*role)).collect::<Vec<_>>().join(", ");
    let member = |members::MemberRoles { account, given, by_group }: members::MemberRoles| Member {
        is_closed: account.disabled_at.is_some(),
        roles: Role::ALL.iter().map(|role| (role.as_str(), role_name(*role), given.contains(role))).collect(),
        words: if given.is_empty() { "None by hand".to_owned() } else { names(&given) },
        by_group: names(&by_group),
        login: account.login,
        name: account.name,
    };
    let all = members::members(app, &workspace.id, None, u32::MAX).await?;
    let within = Reach::Workspaces(vec![workspace.id]);
    let integrations = app.store.integrations_within(&within, None, u32::MAX).await?.into_iter();
    let there = |name: String| (format!("/integrations/{}/projects", format::segment(&name)), name);
    rendered(&WorkspacePage {
        done,
        trouble,
        path: path(workspace),
        hygiene: super::hygiene::path(Some(workspace)),
        name: workspace.name.clone(),
        members: all.into_iter().map(member).collect(),
        roles: Role::ALL
            .iter()
            .map(|role| {
                let is_chosen = entered.roles.iter().any(|word| word == role.as_str());
                (role.as_str(), role_name(*role), role_sentence(*role), is_chosen)
            })
            .collect(),
        integrations: integrations.map(|one| there(one.name)).collect(),
        may_delete: policy::looks_after_server(&caller.principal),
        new_name: entered.name.unwrap_or_else(|| workspace.name.clone()),
        login: entered.login,
        shell,
        tabs,
    })
}
