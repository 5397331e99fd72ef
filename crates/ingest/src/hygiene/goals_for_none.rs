//! Goals that name what no integration has: they are kept, for it may come yet, and said to be for no issue so far.

use super::{HygieneSettings, words_of_goal};
use std::collections::BTreeSet;
use weir_model::{HygieneWords as Words, Reach, WorkspaceId};
use weir_store::{Store, StoreError};

/// A sentence on each name in the goals of settings that no integration of a workspace knows, or none at all.
///
/// # Errors
/// What the store says.
pub async fn goals_for_none(
    store: &Store,
    workspace: Option<&WorkspaceId>,
    settings: &HygieneSettings,
) -> Result<Vec<String>, StoreError> {
    let goals = || settings.response.goals.iter().chain(&settings.resolution.goals);
    if goals().next().is_none() {
        return Ok(vec![]);
    }
    let reach = workspace.map_or(Reach::Everything, |workspace| Reach::Workspaces(vec![*workspace]));
    let mut known: [BTreeSet<String>; 3] = Default::default();
    for integration in store.integrations_within(&reach, None, u32::MAX).await? {
        let (_, of) = store.report_context(&integration.id).await?;
        for (names, named) in known.iter_mut().zip([&of.projects, &of.types, &of.priorities]) {
            names.extend(named.iter().map(|(_, name)| name.to_lowercase()));
        }
    }
    let mut told = vec![];
    for goal in goals() {
        let named = [("project", &goal.project), ("type", &goal.kind), ("priority", &goal.priority)];
        for ((what, name), known) in named.into_iter().zip(&known) {
            // Where nothing is known of a site yet, nothing can be missed.
            let Some(name) = name.as_ref().filter(|_| !known.is_empty()) else { continue };
            if !known.contains(&name.to_lowercase()) {
                let goal = weir_model::clean(&words_of_goal(goal), 100);
                let name = weir_model::clean(name, 60);
                told.push(Words::GoalForNone { goal, what: what.to_owned(), name }.to_string());
            }
        }
    }
    told.dedup();
    Ok(told)
}
