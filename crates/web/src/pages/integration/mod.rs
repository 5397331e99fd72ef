//! The pages of one integration besides Monitoring: its settings, its credential, what was done to it, its end.

pub(super) mod actions;
pub(super) mod activity;
pub(super) mod authentication;
pub(super) mod checks;
pub(super) mod configuration;
pub(super) mod delete;
pub(super) mod deleted;
pub(super) mod deleting;
mod erasing;
pub(super) mod fields;
pub(super) mod leaving;
mod moving;
pub(super) mod salesforce;
pub(super) mod satellite;

use crate::{
    app::App,
    auth::{
        policy::{self, Action, Decision, Place},
        principal::Caller,
        refusal,
        routes::Who,
    },
    http::Problem,
};
use weir_model::{Integration, Message};

/// The integration of that name.
async fn named(app: &App, name: &str) -> Result<Integration, Problem> {
    Ok(app.store.integration(name).await?.ok_or(Message::PageUnknown {})?)
}

/// The address of a page of an integration.
fn path(integration: &Integration, page: &str) -> String {
    format!("/integrations/{}/{page}", super::format::segment(&integration.name))
}

/// Why the caller may not do this to the integration, as what stands in place of the buttons of a page; nothing where they may.
/// The page shows `thing`, and `deed` is what its buttons do: "this integration" and "change it", say.
pub(in crate::pages) async fn withheld(
    app: &App,
    caller: &Caller,
    action: Action,
    integration: &Integration,
    (thing, deed): (&str, &str),
) -> Result<Option<String>, Problem> {
    let place = Place::Workspaces(app.store.workspaces_of(&integration.id).await?);
    let principal = &caller.principal;
    if policy::decide(principal, Who::All, action, &place) == Decision::Allow {
        return Ok(None);
    }
    let why = refusal::why(app, principal, action, &place).await?;
    Ok(why.in_place_of_buttons(thing, deed).as_deref().map(super::format::inert))
}

/// Whether the caller may do this to the integration.
pub(in crate::pages) async fn may(
    app: &App,
    caller: &Caller,
    action: Action,
    integration: &Integration,
) -> Result<bool, Problem> {
    let place = Place::Workspaces(app.store.workspaces_of(&integration.id).await?);
    Ok(policy::check(&caller.principal, action, &place).is_ok())
}
