//! Integrations that a satellite reads: connecting one, leaving one to a satellite, and the file that the satellite runs with.

use super::{Deed, Problem, audit, free_name, taken};
use crate::{app::App, auth::principal::Caller};
use weir_ingest::{Choices, Given, add_fed, leave_to_satellite, satellite::satellite_file, scope_text};
use weir_model::{FeedFault, Integration, Message, WorkspaceId};

/// Keeps an integration that a satellite will read. Its checks run there, once it reports.
pub(crate) async fn create(
    app: &App,
    caller: &Caller,
    (address, choices): (&str, Choices),
    workspace: Option<WorkspaceId>,
) -> Result<Integration, Problem> {
    free_name(app, caller, &choices.name).await?;
    let name = choices.name.clone();
    let integration = match add_fed(&app.store, &app.environment, choices, address).await {
        Ok(integration) => integration,
        // Somebody was quicker.
        Err(Message::NameTaken { .. }) => return Err(taken(app, caller, &name).await?.into()),
        Err(message) => return Err(message.into()),
    };
    if let Some(workspace) = &workspace {
        app.store.map_integration(&integration.id, workspace, true).await?;
    }
    let deed = Deed::done("integration.create", &integration.name)
        .with("url", &integration.settings.site_url)
        .with("scope", scope_text(&integration.settings.scope))
        .with("read by", "a satellite");
    audit::note_of(app, caller, deed, &integration).await?;
    Ok(integration)
}

/// Leaves an integration to a satellite: its credential here is forgotten, and what was read stays.
pub(crate) async fn leave(
    app: &App,
    caller: &Caller,
    integration: &Integration,
) -> Result<Integration, Problem> {
    if integration.is_fed() {
        return Ok(integration.clone());
    }
    let given = Given { by: caller.principal.called(), at: app.now(), expires_on: None };
    let after = leave_to_satellite(&app.store, integration, given).await?;
    let deed = Deed::done("integration.reauth", &after.name).with("read by", "a satellite");
    audit::note_of(app, caller, deed, &after).await?;
    Ok(after)
}

/// The file of a satellite that reads an integration, without credentials.
///
/// # Errors
/// `satellite.not_fed` where this server reads it itself.
pub(crate) fn file(app: &App, integration: &Integration) -> Result<String, Problem> {
    if !integration.is_fed() {
        return Err(Message::from(FeedFault::NotFed { name: integration.name.clone() }).into());
    }
    Ok(satellite_file(integration, &app.settings.address(), app.settings.tenant.as_deref()))
}
