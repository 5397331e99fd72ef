//! What somebody sees and may do, in which workspace and by which role: for those who give roles. It asks the policy and decides
//! nothing.

use super::policy::{self, Action};
use serde::Serialize;
use utoipa::ToSchema;
use weir_model::{Account, Reach, Role, WorkspaceId};
use weir_store::{Store, StoreError};

/// What somebody sees and may do in one place.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Access {
    /// The id of the workspace; nothing for the whole server.
    pub workspace: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// What they may do there.
    pub may: Vec<Grant>,
    /// Names of the integrations that they see there.
    pub integrations: Vec<String>,
}

/// Something that somebody may do.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Grant {
    /// Its stable word.
    pub action: String,
    /// What it is, as a part of a sentence.
    pub what: String,
    /// The roles that include it; `server_admin` for looking after the whole server.
    pub by: Vec<String>,
}

/// Everything that an account sees and may do: the whole server first, then workspaces by name. A closed one may nothing.
///
/// # Errors
/// When the store cannot be read.
pub async fn access_of(store: &Store, account: &Account) -> Result<Vec<Access>, StoreError> {
    let mut all = vec![];
    if account.disabled_at.is_some() {
        return Ok(all);
    }
    if account.is_admin {
        let may = grants(&[Role::Admin], true);
        let integrations = seen(store, Reach::Everything).await?;
        all.push(Access { workspace: None, name: None, may, integrations });
    }
    let held = store.roles_of(&account.id).await?;
    let places: Vec<WorkspaceId> = held.iter().map(|(place, _)| *place).collect();
    for workspace in store.workspaces(&Reach::Workspaces(places)).await? {
        let roles: Vec<Role> =
            held.iter().filter(|(place, _)| *place == workspace.id).map(|(_, role)| *role).collect();
        let may = grants(&roles, false);
        let integrations = match may.iter().any(|one| one.action == Action::Read.as_str()) {
            true => seen(store, Reach::Workspaces(vec![workspace.id])).await?,
            false => vec![],
        };
        let (id, name) = (Some(workspace.id.to_string()), Some(workspace.name));
        all.push(Access { workspace: id, name, may, integrations });
    }
    Ok(all)
}

async fn seen(store: &Store, within: Reach) -> Result<Vec<String>, StoreError> {
    let found = store.integrations_within(&within, None, u32::MAX).await?;
    Ok(found.into_iter().map(|one| one.name).collect())
}

fn grants(roles: &[Role], is_server: bool) -> Vec<Grant> {
    let grant = |action: Action| {
        let by = policy::granting(action, roles, is_server);
        let word = |role: &Role| if is_server { "server_admin" } else { role.as_str() }.to_owned();
        (!by.is_empty()).then(|| Grant {
            action: action.as_str().to_owned(),
            what: action.words().to_owned(),
            by: by.iter().map(word).collect(),
        })
    };
    Action::ALL.into_iter().filter_map(grant).collect()
}
