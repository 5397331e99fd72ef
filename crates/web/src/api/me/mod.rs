//! Who the caller is, as the server sees it, and what they may change about themselves.

pub(crate) mod password;
pub(crate) mod preferences;
pub(crate) mod sessions;

use crate::{
    app::App,
    auth::principal::{Caller, Principal},
    http::{Problem, tag::Conditions},
};
use axum::{extract::State, response::Response};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use weir_model::{Millis, Reach, Role};

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    /// `account` or `key`.
    kind: &'static str,
    id: String,
    /// What the account signs in as, or the name of the key.
    name: String,
    /// Whether the whole server is the caller's to look after.
    is_admin: bool,
    /// How pages look: `auto`, `light` or `dark`; nothing for a key.
    theme: Option<&'static str>,
    /// The zone in which pages show times; nothing for that of the browser, and for a key.
    timezone: Option<String>,
    /// Scopes of a key.
    scopes: Vec<&'static str>,
    /// When a key ends.
    expires_at: Option<String>,
    workspaces: Vec<Place>,
}

/// A workspace that the caller has roles in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Place {
    id: String,
    name: String,
    roles: Vec<&'static str>,
}

/// Who am I?
#[utoipa::path(get, path = "/api/v1/me", tag = "server", responses((status = 200, description = "The caller", body = Me)))]
pub(in crate::api) async fn show_me(
    State(app): State<App>,
    caller: Caller,
    conditions: Conditions,
) -> Result<Response, Problem> {
    let mut roles: BTreeMap<_, Vec<Role>> = BTreeMap::new();
    let mut me = match &caller.principal {
        Principal::Stranger => return Err(Problem::bug("a stranger was let in")),
        Principal::Session(signed_in) => {
            for (workspace, role) in &signed_in.roles {
                roles.entry(*workspace).or_default().push(*role);
            }
            let account = &signed_in.account;
            Me {
                kind: "account",
                id: account.id.to_string(),
                name: account.login.clone(),
                is_admin: account.is_admin,
                theme: Some(account.theme.as_str()),
                timezone: account.timezone.clone(),
                scopes: vec![],
                expires_at: None,
                workspaces: vec![],
            }
        }
        Principal::ApiKey(key) => {
            roles.extend(key.workspace.map(|workspace| (workspace, vec![])));
            Me {
                kind: "key",
                id: key.id.to_string(),
                name: key.name.clone(),
                is_admin: key.workspace.is_none() && key.scopes.contains(&weir_model::KeyScope::Admin),
                theme: None,
                timezone: None,
                scopes: key.scopes.iter().map(|scope| scope.as_str()).collect(),
                expires_at: key.expires_at.map(Millis::rfc3339),
                workspaces: vec![],
            }
        }
    };
    let within = Reach::Workspaces(roles.keys().copied().collect());
    for workspace in app.store.workspaces(&within).await? {
        let roles = roles.get(&workspace.id).into_iter().flatten().map(|role| role.as_str()).collect();
        me.workspaces.push(Place { id: workspace.id.to_string(), name: workspace.name, roles });
    }
    conditions.answer(&me)
}
