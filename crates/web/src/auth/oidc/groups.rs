//! Roles by the groups that a provider says somebody is in. They are written anew each time somebody signs in there, and stand apart
//! from the roles that people give.

use super::{Provider, token::Groups};
use crate::{
    app::App,
    audit::{self, Deed},
    auth::principal::Caller,
    http::Problem,
};
use weir_model::{Account, Reach, Role, Workspace, WorkspaceId};

/// A role in a workspace for those who are in a group of the provider.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupRole {
    /// The group, just as tokens carry it.
    pub group: String,
    /// The workspace, by its name or its id.
    pub workspace: String,
    /// The role there.
    pub role: Role,
}

impl GroupRole {
    /// Reads `GROUP=WORKSPACE:ROLE`.
    pub fn parse(text: &str) -> Option<Self> {
        // A group may be a path with such signs in it, and so may a name; a role is a word.
        let (rest, role) = text.trim().rsplit_once(':')?;
        let (group, workspace) = rest.split_once('=')?;
        let (group, workspace) = (group.trim(), workspace.trim());
        let role = Role::ALL.iter().copied().find(|known| known.as_str() == role.trim())?;
        let is_whole = !group.is_empty() && !workspace.is_empty();
        is_whole.then(|| Self { group: group.to_owned(), workspace: workspace.to_owned(), role })
    }
}

/// Gives somebody who has signed in at the provider the roles of their groups, takes away those of groups that they have left, and
/// notes both.
pub(crate) async fn apply(
    app: &App,
    caller: &Caller,
    provider: &Provider,
    account: &Account,
    groups: &Groups,
) -> Result<(), Problem> {
    let workspaces = app.store.workspaces(&Reach::Everything).await?;
    let mut roles: Vec<(WorkspaceId, Role)> = vec![];
    for one in provider.settings.groups.iter().filter(|one| groups.has(&one.group)) {
        let is_it = |place: &&Workspace| place.name == one.workspace || place.id.to_string() == one.workspace;
        match workspaces.iter().find(is_it) {
            Some(place) if !roles.contains(&(place.id, one.role)) => roles.push((place.id, one.role)),
            Some(_) => {}
            None => tracing::warn!(workspace = one.workspace, "a group is to give a role in no workspace"),
        }
    }
    let before = app.store.set_group_roles(&account.id, &roles).await?;
    for place in &workspaces {
        let words = |all: &[(WorkspaceId, Role)]| {
            let here = all.iter().filter(|(of, _)| *of == place.id).map(|(_, role)| *role);
            let mut here: Vec<&str> = here.map(Role::as_str).collect();
            here.sort_unstable();
            here.join(" ")
        };
        let (was, is) = (words(&before), words(&roles));
        if was != is {
            let deed = Deed::done("member.by_group", &account.login)
                .within(Some(place.id))
                .with("workspace", &place.name)
                .with("provider", &provider.settings.name)
                .with("roles", is)
                .with("roles_before", was);
            audit::note_by_server(app, caller, deed).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_and_its_role_are_read_from_one_text() {
        let of = |text: &str| GroupRole::parse(text).map(|one| (one.group, one.workspace, one.role.as_str()));
        let read = of("acme:/eng/payments = Payments: team : editor");
        assert_eq!(read, Some(("acme:/eng/payments".into(), "Payments: team".into(), "editor")));
        for bad in ["", "eng", "eng=Payments", "eng=Payments:king", "=Payments:viewer", "eng=:viewer"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
