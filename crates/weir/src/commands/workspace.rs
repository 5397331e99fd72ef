//! `weir workspace …`: parts of the organisation, their members, and what these see.

use super::{noted::noted, user};
use crate::{
    cli::{Mapping, Workspaces},
    context::Context,
    failure::Failure,
    output::{Rows, clean},
    system::SystemEntropy,
    values::typed,
};
use serde_json::{Value, json};
use weir_model::{Account, Membership, Message, Reach, Role, Workspace, WorkspaceId};
use weir_store::{MappingFilter, Store};
use weir_web::checked_workspace_name;

/// Rows that are listed at most.
const MOST: u32 = 100_000;

pub(super) async fn run(context: &Context<'_>, command: Workspaces) -> Result<(), Failure> {
    context.output.format()?;
    match command {
        Workspaces::List => list(context).await,
        Workspaces::Add { name } => add(context, &name).await,
        Workspaces::Rename { name, new } => rename(context, &name, &new).await,
        Workspaces::Delete { name, confirm } => delete(context, &name, confirm.as_deref()).await,
        Workspaces::Members { name } => members(context, &name).await,
        Workspaces::Grant { name, login, role } => grant(context, &name, &login, &roles(&role)?).await,
        Workspaces::Remove { name, login } => grant(context, &name, &login, &[]).await,
        Workspaces::Integrations { name } => integrations(context, &name).await,
        Workspaces::Map(flags) => map(context, &flags, true).await,
        Workspaces::Unmap(flags) => map(context, &flags, false).await,
        Workspaces::Mappings { search, unmapped } => {
            mappings(context, search.as_deref().unwrap_or_default(), unmapped).await
        }
    }
}

async fn list(context: &Context<'_>) -> Result<(), Failure> {
    let mut rows = Rows::new(&["name", "id", "created_at"], "No workspaces yet.");
    if let Some(store) = context.existing_store().await? {
        for workspace in store.workspaces(&Reach::Everything).await? {
            rows.push(described(&workspace));
        }
    }
    context.output.rows(&rows)
}

async fn add(context: &Context<'_>, name: &str) -> Result<(), Failure> {
    let name = typed("NAME", checked_workspace_name(name))?;
    let home = context.home()?;
    let store = context.store().await?;
    home.keep();
    let now = context.clock().now();
    let workspace = Workspace { id: WorkspaceId::generate(now, &SystemEntropy), name, created_at: now };
    store.add_workspace(&workspace).await?;
    note(context, &store, "workspace.create", &workspace, vec![]).await?;
    done(context, &workspace, "Added")
}

async fn rename(context: &Context<'_>, name: &str, new: &str) -> Result<(), Failure> {
    let new = typed("NEW", checked_workspace_name(new))?;
    let (store, seen) = which(context, name).await?;
    store.rename_workspace(&seen.id, &seen.name, &new).await?;
    let before = vec![("before".into(), seen.name.clone())];
    let workspace = Workspace { name: new, ..seen };
    note(context, &store, "workspace.rename", &workspace, before).await?;
    done(context, &workspace, "Renamed to")
}

async fn delete(context: &Context<'_>, name: &str, confirm: Option<&str>) -> Result<(), Failure> {
    let (store, workspace) = which(context, name).await?;
    if confirm != Some(workspace.name.as_str()) {
        return Err(Message::WorkspaceConfirm { name: clean(&workspace.name, 100) }.into());
    }
    store.delete_workspace(&workspace.id).await?;
    note(context, &store, "workspace.delete", &workspace, vec![]).await?;
    done(context, &workspace, "Deleted")
}

async fn members(context: &Context<'_>, name: &str) -> Result<(), Failure> {
    let (store, workspace) = which(context, name).await?;
    let (given, by_group) = (store.members(&workspace.id).await?, store.group_members(&workspace.id).await?);
    let mut rows = Rows::new(&["login", "name", "roles", "roles_by_group"], "Nobody has a role in it.");
    for account in store.accounts(&Reach::Workspaces(vec![workspace.id]), None, MOST).await? {
        let roles = |all: &[Membership]| {
            let of_them = all.iter().filter(|member| member.account == account.id);
            of_them.map(|member| member.role).collect::<Vec<_>>()
        };
        rows.push(json!({
            "login": account.login,
            "name": account.name,
            "roles": roles(&given),
            "roles_by_group": roles(&by_group),
            "id": account.id.to_string(),
        }));
    }
    context.output.rows(&rows)
}

async fn grant(context: &Context<'_>, name: &str, login: &str, roles: &[Role]) -> Result<(), Failure> {
    let (store, workspace) = which(context, name).await?;
    let account = user::account(&store, login).await?;
    set_roles(context, &store, &workspace, &account, roles).await?;
    match context.output.for_people() {
        true if roles.is_empty() => {
            context.output.line(&format!("{} has no role there now.", clean(login, 200)))
        }
        true => context.output.line(&format!("{} is {} there now.", clean(login, 200), words(roles))),
        false => context.output.json(&json!({ "login": account.login, "roles": roles })),
    }
}

/// Gives somebody exactly these roles, and notes it.
pub(super) async fn set_roles(
    context: &Context<'_>,
    store: &Store,
    workspace: &Workspace,
    account: &Account,
    roles: &[Role],
) -> Result<(), Failure> {
    store.set_roles(&account.id, &workspace.id, roles).await?;
    let action = if roles.is_empty() { "member.remove" } else { "member.set" };
    let detail = vec![("workspace".into(), workspace.name.clone()), ("roles".into(), words(roles))];
    noted(context, store, (action, &account.login), Some(workspace.id), detail).await
}

async fn integrations(context: &Context<'_>, name: &str) -> Result<(), Failure> {
    let (store, workspace) = which(context, name).await?;
    let mut rows = Rows::new(&["name", "kind", "id"], "Its members see no integration.");
    for one in store.integrations_within(&Reach::Workspaces(vec![workspace.id]), None, MOST).await? {
        rows.push(json!({ "name": one.name, "kind": one.kind, "id": one.id.to_string() }));
    }
    context.output.rows(&rows)
}

async fn map(context: &Context<'_>, flags: &Mapping, mapped: bool) -> Result<(), Failure> {
    let (store, workspace) = which(context, &flags.name).await?;
    let (mut changed, mut issues, mut unseen) = (vec![], 0, vec![]);
    for name in &flags.of {
        let integration = context.integration(&store, Some(name)).await?;
        let by = store.workspaces_of(&integration.id).await?;
        let is_new = changed.iter().all(|(id, _)| *id != integration.id);
        if by.contains(&workspace.id) != mapped && is_new {
            issues += store.health_facts(&integration.id).await?.issues;
            if !mapped && by.len() == 1 {
                unseen.push(integration.name.clone());
            }
            changed.push((integration.id, integration.name));
        }
    }
    if !flags.dry_run {
        let ids: Vec<_> = changed.iter().map(|(id, _)| *id).collect();
        store.map_several(&ids, &[workspace.id], mapped).await?;
        let action = if mapped { "workspace.map" } else { "workspace.unmap" };
        for (_, name) in &changed {
            note(context, &store, action, &workspace, vec![("integration".into(), name.clone())]).await?;
        }
    }
    let names: Vec<&str> = changed.iter().map(|(_, name)| name.as_str()).collect();
    if !context.output.for_people() {
        return context.output.json(&json!({
            "id": workspace.id.to_string(),
            "name": workspace.name,
            "created_at": workspace.created_at.rfc3339(),
            "integrations": names,
            "issues": issues,
            "dry_run": flags.dry_run,
        }));
    }
    let (name, of) = (clean(&workspace.name, 100), names.len());
    let said = match (flags.dry_run, mapped) {
        (false, true) => format!("Mapped to \"{name}\"."),
        (false, false) => format!("Taken out of \"{name}\"."),
        (true, _) => "Nothing was changed.".to_owned(),
    };
    let effect = match (of, mapped) {
        (0, _) => "Nothing changes for its members.".to_owned(),
        (_, true) => format!("Its members see {issues} more issues, of {of} more integrations."),
        (_, false) => format!("Its members see {issues} issues less, of {of} integrations less."),
    };
    context.output.line(&format!("{said} {effect}"))?;
    match unseen.is_empty() {
        true => Ok(()),
        false => context.output.line(&format!(
            "No workspace sees these any more, only who looks after the server: {}.",
            clean(&unseen.join(", "), 300)
        )),
    }
}

async fn mappings(context: &Context<'_>, search: &str, unmapped: bool) -> Result<(), Failure> {
    let mut rows = Rows::new(&["integration", "workspaces"], "No integration is like this.");
    if let Some(store) = context.existing_store().await? {
        let known = store.workspaces(&Reach::Everything).await?;
        let filter = MappingFilter { search, unmapped };
        for one in store.mappings(&Reach::Everything, filter, None, MOST).await? {
            let names =
                known.iter().filter(|known| one.workspaces.contains(&known.id)).map(|known| &known.name);
            rows.push(json!({
                "integration": one.name,
                "workspaces": names.collect::<Vec<_>>(),
                "id": one.integration.to_string(),
            }));
        }
    }
    context.output.rows(&rows)
}

/// What words of roles mean.
pub(super) fn roles(words: &[String]) -> Result<Vec<Role>, Message> {
    let role = |word: &String| {
        word.parse().map_err(|_| {
            let all: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
            Message::InputBad { flag: "--role".into(), detail: format!("Roles are {}", all.join(", ")) }
        })
    };
    words.iter().map(role).collect()
}

/// The workspace of a name, or of an id.
pub(super) async fn named(store: &Store, name: &str) -> Result<Workspace, Failure> {
    let all = store.workspaces(&Reach::Everything).await?;
    let found = all.into_iter().find(|one| one.name == name || one.id.to_string() == name);
    Ok(found.ok_or_else(|| Message::WorkspaceUnknown { name: clean(name, 100) })?)
}

async fn which(context: &Context<'_>, name: &str) -> Result<(Store, Workspace), Failure> {
    let unknown = || Message::WorkspaceUnknown { name: clean(name, 100) };
    let store = context.existing_store().await?.ok_or_else(unknown)?;
    let workspace = named(&store, name).await?;
    Ok((store, workspace))
}

fn words(roles: &[Role]) -> String {
    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" ")
}

async fn note(
    context: &Context<'_>,
    store: &Store,
    action: &str,
    workspace: &Workspace,
    detail: Vec<(String, String)>,
) -> Result<(), Failure> {
    noted(context, store, (action, &workspace.name), Some(workspace.id), detail).await
}

fn done(context: &Context<'_>, workspace: &Workspace, said: &str) -> Result<(), Failure> {
    match context.output.for_people() {
        true => context.output.line(&format!("{said} \"{}\".", clean(&workspace.name, 100))),
        false => context.output.json(&described(workspace)),
    }
}

fn described(workspace: &Workspace) -> Value {
    json!({
        "id": workspace.id.to_string(),
        "name": workspace.name,
        "created_at": workspace.created_at.rfc3339(),
    })
}
