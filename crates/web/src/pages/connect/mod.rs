//! Connecting an integration from the browser: what there is, and the way from an address to the first run.

pub(super) mod catalogue;
pub(super) mod complete;
mod consenting;
pub(super) mod count;
mod document;
mod entered;
mod steps;
pub(super) mod wizard;

pub(super) use consenting::missing;
pub(super) use entered::{excluded, split};
pub(super) use steps::{LEAVES, SizeLine, all_left_out, left_out};

use crate::{app::App, http::Problem, life::travelling};
use document::Size;
use weir_ingest::{
    connect::{Door, check_exclusions, count_issues},
    open_secret, refuse_held_password,
};
use weir_model::Integration;

/// The way into the site of an integration.
pub(super) async fn door_of(app: &App, integration: &Integration) -> Result<Door, Problem> {
    // Each question signs in anew, and may be asked with each letter that somebody types.
    refuse_held_password(&app.store, integration).await?;
    let settings = &integration.settings;
    Ok(Door {
        deployment: settings.deployment,
        site_url: settings.site_url.clone(),
        auth: settings.auth.clone(),
        secret: open_secret(&app.store, &app.vault, integration).await?,
        transport: travelling(app, settings.transport.clone()),
    })
}

/// Looks at the site whether everything that an integration is to leave out is there.
pub(super) async fn check_left_out(app: &App, integration: &Integration) -> Result<(), Problem> {
    if integration.is_fed() {
        // Its satellite finds that out when it reads next, and says so.
        return Ok(());
    }
    let door = door_of(app, integration).await?;
    Ok(check_exclusions(&door, &integration.settings.exclusions, &app.environment).await?)
}

/// How many issues the scope of an integration takes at its site now.
pub(super) async fn size_of(
    app: &App,
    integration: &Integration,
) -> Result<(SizeLine, Option<u64>), Problem> {
    let settings = &integration.settings;
    let door = door_of(app, integration).await?;
    let wanted = (&settings.scope, integration.read_since());
    let counted = count_issues(&door, wanted, &app.environment).await?;
    let of = (settings.scope.clone(), settings.history_months);
    let issues = counted.issues;
    Ok((SizeLine::of(&Size::new(of, counted, app.now().0)), issues))
}
