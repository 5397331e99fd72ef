//! Why somebody may not do something with what they see, and whom they can ask. Of workspaces that they do not see, nothing is
//! told but that there are some.

use super::{
    policy::{self, Action, Decision, Place, Standing},
    principal::Principal,
    routes::Who,
};
use crate::{app::App, http::Problem};
use std::collections::BTreeSet;
use weir_model::{AccessFault, AccountId, Message, WorkspaceId};
use weir_store::StoreError;

/// Accounts that are looked at for those whom somebody can ask, and how many are named.
const MOST_LOOKED_AT: usize = 20;
const MOST_NAMED: usize = 3;

const OF_THE_SERVER: &str = "an administrator of this server";

/// What the policy says of something that a handler meets on its way, with the reason.
///
/// # Errors
/// What is to be told to the caller.
pub(crate) async fn check(
    app: &App,
    principal: &Principal,
    action: Action,
    place: &Place,
) -> Result<(), Problem> {
    match policy::decide(principal, Who::All, action, place) {
        Decision::Refuse => Err(Message::from(why(app, principal, action, place).await?).into()),
        decision => Ok(policy::told(decision, action)?),
    }
}

/// Why somebody who was refused may not do this with it.
pub(crate) async fn why(
    app: &App,
    principal: &Principal,
    action: Action,
    place: &Place,
) -> Result<AccessFault, StoreError> {
    let Place::Workspaces(within) = place else { return Ok(policy::refused(action)) };
    let whom = whom(app, principal, action, within).await?;
    let action_words = action.words().to_owned();
    Ok(match elsewhere(principal, action, within) {
        Some(elsewhere) => AccessFault::Shared { action: action_words, elsewhere, whom },
        None => AccessFault::Refused { action: action_words, whom },
    })
}

/// The workspaces where they may not, if there are others where they may.
fn elsewhere(principal: &Principal, action: Action, within: &[WorkspaceId]) -> Option<String> {
    let standing = |one: &WorkspaceId| policy::standing(principal, action, one);
    if !within.iter().any(|one| standing(one) == Standing::May) {
        return None;
    }
    let known = match principal {
        Principal::Session(signed_in) => signed_in.workspaces.as_slice(),
        Principal::ApiKey(_) | Principal::Stranger => &[],
    };
    let mut names = vec![];
    let mut hidden = 0;
    for one in within.iter().filter(|one| standing(one) != Standing::May) {
        match known.iter().find(|known| known.id == *one && standing(one) == Standing::Sees) {
            Some(known) => names.push(known.name.clone()),
            None => hidden += 1,
        }
    }
    match hidden {
        0 => {}
        1 => names.push("a workspace that you do not see".to_owned()),
        more => names.push(format!("{more} workspaces that you do not see")),
    }
    let last = names.pop()?;
    Some(if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) })
}

/// Whom they can ask: a few of those who may in each of the workspaces. These are in one that they see, so their names are known.
async fn whom(
    app: &App,
    principal: &Principal,
    action: Action,
    within: &[WorkspaceId],
) -> Result<String, StoreError> {
    if !matches!(principal, Principal::Session(_)) && within.len() == 1 {
        return Ok("an administrator of the workspace".to_owned());
    }
    let mut names = vec![];
    if matches!(principal, Principal::Session(_)) {
        for account in in_each(app, action, within).await?.iter().take(MOST_LOOKED_AT) {
            let account = app.store.account(account).await?.filter(|one| one.disabled_at.is_none());
            names.extend(account.map(|one| one.name));
            if names.len() == MOST_NAMED {
                break;
            }
        }
    }
    Ok(match (names.is_empty(), within.len()) {
        (true, _) => OF_THE_SERVER.to_owned(),
        (false, 1) => format!("{} or another administrator", names.join(", ")),
        (false, _) => format!("{} or {OF_THE_SERVER}", names.join(", ")),
    })
}

/// Accounts whose roles include it in each of the workspaces.
async fn in_each(
    app: &App,
    action: Action,
    within: &[WorkspaceId],
) -> Result<BTreeSet<AccountId>, StoreError> {
    let mut in_each: Option<BTreeSet<AccountId>> = None;
    for workspace in within {
        let mut members = app.store.members(workspace).await?;
        members.extend(app.store.group_members(workspace).await?);
        let members = members.into_iter();
        let here = members.filter(|one| action.roles().contains(&one.role)).map(|one| one.account).collect();
        in_each = Some(match in_each {
            None => here,
            Some(before) => before.intersection(&here).copied().collect(),
        });
    }
    Ok(in_each.unwrap_or_default())
}
