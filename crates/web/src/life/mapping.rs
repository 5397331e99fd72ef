//! Mapping integrations to workspaces and taking them out, the same for the API and the pages. To map one is to show its data to the
//! members, so those do it who look after the workspace, and after every workspace that sees the integration already.

use crate::{
    app::App,
    audit::{self, Deed},
    auth::{
        policy::{self, Action, Place},
        principal::Caller,
        refusal,
    },
    http::Problem,
};
use std::collections::HashMap;
use weir_model::{AccessFault, Integration, IntegrationId, Message, Reach, Workspace};

/// Integrations and workspaces that are mapped at once, and pairs of them.
pub(crate) const MOST_INTEGRATIONS: usize = 100;
pub(crate) const MOST_WORKSPACES: usize = 50;
const MOST_PAIRS: usize = 500;

/// What somebody wants mapped, each to each, or taken out.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) integrations: Vec<Integration>,
    pub(crate) workspaces: Vec<Workspace>,
    pub(crate) mapped: bool,
}

/// What follows for the members of a workspace.
#[derive(Debug)]
pub(crate) struct Effect {
    pub(crate) workspace: Workspace,
    /// The integrations that they come to see, or do not see any more, by name.
    pub(crate) integrations: Vec<String>,
    /// The live issues of these.
    pub(crate) issues: u64,
    /// Reports of the workspace, which count over all that it sees.
    pub(crate) reports: u64,
}

/// What would follow.
///
/// # Errors
/// `access.refused` or `access.shared` where one of them is not the caller's to map, `mapping.last` where nobody but those would see
/// one any more who look after the server, `request.bad` for too many at once.
pub(crate) async fn preview(app: &App, caller: &Caller, wanted: &Wanted) -> Result<Vec<Effect>, Problem> {
    for workspace in &wanted.workspaces {
        let place = Place::Workspaces(vec![workspace.id]);
        refusal::check(app, &caller.principal, Action::Manage, &place).await?;
    }
    let mut seen = HashMap::new();
    for integration in &wanted.integrations {
        let by = app.store.workspaces_of(&integration.id).await?;
        let place = Place::Workspaces(by);
        refusal::check(app, &caller.principal, Action::Manage, &place).await?;
        let Place::Workspaces(by) = place else { continue };
        let is_left = by.iter().any(|one| wanted.workspaces.iter().all(|other| other.id != *one));
        if !wanted.mapped && !by.is_empty() && !is_left && !keeps_sight(caller) {
            return Err(last(&integration.name));
        }
        seen.insert(integration.id, by);
    }
    let mut sizes: HashMap<IntegrationId, u64> = HashMap::new();
    let mut effects = vec![];
    let mut pairs = 0;
    for workspace in &wanted.workspaces {
        let changes = |one: &&Integration| {
            seen.get(&one.id).is_some_and(|by| by.contains(&workspace.id) != wanted.mapped)
        };
        let (mut integrations, mut issues) = (vec![], 0);
        for integration in wanted.integrations.iter().filter(changes) {
            let size = match sizes.get(&integration.id) {
                Some(size) => *size,
                None => app.store.health_facts(&integration.id).await?.issues,
            };
            sizes.insert(integration.id, size);
            issues += size;
            integrations.push(integration.name.clone());
        }
        pairs += integrations.len();
        let reports = app.store.hygiene_reports(&Reach::Workspaces(vec![workspace.id])).await?.len() as u64;
        effects.push(Effect { workspace: workspace.clone(), integrations, issues, reports });
    }
    match pairs {
        0..=MOST_PAIRS => Ok(effects),
        _ => Err(Problem::bad(format!(
            "At most {MOST_PAIRS} mappings can change at once, and these are {pairs}"
        ))),
    }
}

/// Does it, and notes each.
///
/// # Errors
/// Those of [`preview`]; nothing is changed then.
pub(crate) async fn apply(app: &App, caller: &Caller, wanted: &Wanted) -> Result<Vec<Effect>, Problem> {
    let effects = preview(app, caller, wanted).await?;
    let ids: Vec<_> = wanted.integrations.iter().map(|one| one.id).collect();
    let workspaces: Vec<_> = wanted.workspaces.iter().map(|one| one.id).collect();
    app.store.map_several(&ids, &workspaces, wanted.mapped).await?;
    for effect in &effects {
        for name in &effect.integrations {
            noted(app, caller, &effect.workspace, name, wanted.mapped).await?;
        }
    }
    Ok(effects)
}

/// Makes an integration seen by these workspaces and by no others of those that were `offered`.
///
/// # Errors
/// `mapping.last` where nobody but those would see it any more who look after the server.
pub(crate) async fn set(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    (offered, wanted): (&[Workspace], &[Workspace]),
) -> Result<(), Problem> {
    let before = app.store.workspaces_of(&integration.id).await?;
    let is_left = !wanted.is_empty() || before.iter().any(|id| offered.iter().all(|one| one.id != *id));
    if !before.is_empty() && !is_left && !keeps_sight(caller) {
        return Err(last(&integration.name));
    }
    // What comes goes before what goes, so that it is never nobody's in between.
    for mapped in [true, false] {
        let changes = |one: &&Workspace| {
            let is_wanted = wanted.iter().any(|wanted| wanted.id == one.id);
            is_wanted == mapped && before.contains(&one.id) != is_wanted
        };
        for workspace in offered.iter().filter(changes) {
            app.store.map_integration(&integration.id, &workspace.id, mapped).await?;
            noted(app, caller, workspace, &integration.name, mapped).await?;
        }
    }
    Ok(())
}

async fn noted(
    app: &App,
    caller: &Caller,
    workspace: &Workspace,
    integration: &str,
    mapped: bool,
) -> Result<(), Problem> {
    let action = if mapped { "workspace.map" } else { "workspace.unmap" };
    let deed = Deed::done(action, &workspace.name).within(Some(workspace.id));
    audit::note(app, caller, deed.with("integration", integration)).await
}

/// Whether the caller could map an integration again that no workspace sees.
fn keeps_sight(caller: &Caller) -> bool {
    policy::check(&caller.principal, Action::Manage, &Place::Workspaces(vec![])).is_ok()
}

fn last(name: &str) -> Problem {
    Message::from(AccessFault::LastWorkspace { name: name.to_owned() }).into()
}
