//! Connecting an integration from the browser: what there is, and the way from an address to the first run.

pub(super) mod catalogue;
pub(super) mod count;
mod document;
mod entered;
mod steps;
pub(super) mod wizard;

pub(super) use entered::excluded;
pub(super) use steps::{LEAVES, SizeLine};

use crate::{app::App, http::Problem, life::travelling};
use document::Size;
use weir_ingest::{
    connect::{Door, count_issues},
    open_secret,
};
use weir_model::Integration;

/// How many issues the scope of an integration takes at its site now.
pub(super) async fn size_of(app: &App, integration: &Integration) -> Result<SizeLine, Problem> {
    let settings = &integration.settings;
    let door = Door {
        deployment: settings.deployment,
        site_url: settings.site_url.clone(),
        auth: settings.auth.clone(),
        secret: open_secret(&app.store, &app.vault, integration).await?,
        transport: travelling(app, settings.transport.clone()),
    };
    let counted = count_issues(&door, &settings.scope, &app.environment).await?;
    Ok(SizeLine::of(&Size::new(settings.scope.clone(), counted, app.now().0)))
}
