//! Who has which roles in a workspace.

use super::found;
use crate::{
    app::App,
    audit::{self, Deed},
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Json, Params, Segments},
        paging::{Page, PageQuery},
        words::some_words,
    },
};
use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{ToSchema, openapi::Array};
use weir_model::{Account, Membership, Message, Reach, Role, Workspace, WorkspaceId};

/// Somebody with roles in a workspace.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Member {
    id: String,
    login: String,
    name: String,
    /// `active`, `invited` or `closed`.
    state: &'static str,
    /// Those that people gave.
    roles: Vec<&'static str>,
    /// Those that groups of the identity provider give; nobody takes them away here.
    roles_by_group: Vec<&'static str>,
}

/// A member with the roles that people gave, and those that groups give.
#[derive(Clone, Debug)]
pub(crate) struct MemberRoles {
    pub(crate) account: Account,
    pub(crate) given: Vec<Role>,
    pub(crate) by_group: Vec<Role>,
}

/// The roles that somebody is to have.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Roles {
    /// At least one.
    #[schema(schema_with = role_words)]
    roles: Vec<Role>,
}

fn role_words() -> Array {
    some_words(Role::ALL.iter().map(|role| role.as_str()))
}

/// Members of a workspace by login
#[utoipa::path(get, path = "/api/v1/workspaces/{id}/members", tag = "workspaces",
    params(("id" = String, Path, description = "The workspace"), PageQuery),
    responses((status = 200, description = "A page of them", body = Page<Member>)))]
pub(in crate::api) async fn list_members(
    State(app): State<App>,
    Segments(id): Segments<String>,
    Params(query): Params<PageQuery>,
) -> Result<Page<Member>, Problem> {
    let window = query.window()?;
    let workspace = found(&app, &id).await?.id;
    let members = members(&app, &workspace, window.after(), window.wanted()).await?;
    let shown = |MemberRoles { account, given, by_group }: MemberRoles| Member {
        state: crate::api::users::state(&account),
        id: account.id.to_string(),
        login: account.login,
        name: account.name,
        roles: given.into_iter().map(Role::as_str).collect(),
        roles_by_group: by_group.into_iter().map(Role::as_str).collect(),
    };
    Ok(window.page(members, |one| one.account.login.clone(), shown))
}

/// Members by login, with their roles.
pub(crate) async fn members(
    app: &App,
    workspace: &WorkspaceId,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<MemberRoles>, Problem> {
    let accounts = app.store.accounts(&Reach::Workspaces(vec![*workspace]), after, limit).await?;
    let (given, by_group) = (app.store.members(workspace).await?, app.store.group_members(workspace).await?);
    let roles = |all: &[Membership], account: &Account| {
        all.iter().filter(|member| member.account == account.id).map(|member| member.role).collect()
    };
    let member = |account: Account| MemberRoles {
        given: roles(&given, &account),
        by_group: roles(&by_group, &account),
        account,
    };
    Ok(accounts.into_iter().map(member).collect())
}

/// Give somebody these roles, and no others, in a workspace
#[utoipa::path(put, path = "/api/v1/workspaces/{id}/members/{user}", tag = "workspaces", request_body = Roles,
    params(("id" = String, Path, description = "The workspace"), ("user" = String, Path, description = "Their id, or what they sign in as")),
    responses((status = 204, description = "They have these roles now")))]
pub(in crate::api) async fn set_member(
    State(app): State<App>,
    caller: Caller,
    Segments((id, user)): Segments<(String, String)>,
    Json(wish): Json<Roles>,
) -> Result<StatusCode, Problem> {
    if wish.roles.is_empty() {
        return Err(Problem::bad("A member has at least one role").at("/roles"));
    }
    let workspace = found(&app, &id).await?;
    set(&app, &caller, &workspace, &named(&app, &user).await?, &wish.roles).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take somebody out of a workspace
///
/// Who is not in it is fine.
#[utoipa::path(delete, path = "/api/v1/workspaces/{id}/members/{user}", tag = "workspaces",
    params(("id" = String, Path, description = "The workspace"), ("user" = String, Path, description = "Their id, or what they sign in as")),
    responses((status = 204, description = "They have no role in it any more")))]
pub(in crate::api) async fn remove_member(
    State(app): State<App>,
    caller: Caller,
    Segments((id, user)): Segments<(String, String)>,
) -> Result<StatusCode, Problem> {
    let workspace = found(&app, &id).await?;
    set(&app, &caller, &workspace, &named(&app, &user).await?, &[]).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives somebody exactly these roles, and notes it.
pub(crate) async fn set(
    app: &App,
    caller: &Caller,
    workspace: &Workspace,
    account: &Account,
    roles: &[Role],
) -> Result<(), Problem> {
    let words = |roles: &[Role]| roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" ");
    let before = app.store.members(&workspace.id).await?;
    let before: Vec<Role> =
        before.into_iter().filter(|one| one.account == account.id).map(|one| one.role).collect();
    app.store.set_roles(&account.id, &workspace.id, roles).await?;
    let action = if roles.is_empty() { "member.remove" } else { "member.set" };
    let deed = Deed::done(action, &account.login)
        .within(Some(workspace.id))
        .with("workspace", &workspace.name)
        .with("roles", words(roles))
        .with("roles_before", words(&before));
    audit::note(app, caller, deed).await
}

/// Whom an id or a login means.
pub(crate) async fn named(app: &App, user: &str) -> Result<Account, Problem> {
    let by_id = match user.parse() {
        Ok(id) => app.store.account(&id).await?,
        Err(_) => None,
    };
    let found = match by_id {
        Some(account) => Some(account),
        None => app.store.account_named(&user.trim().to_lowercase()).await?,
    };
    let unknown =
        || Message::AccountUnknown { id: user.chars().filter(|c| !c.is_control()).take(100).collect() };
    Ok(found.ok_or_else(unknown)?)
}
