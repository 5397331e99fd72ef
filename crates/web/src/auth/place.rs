//! Whose the thing is that a request speaks of.

use super::{policy::Place, routes::PlaceKind};
use crate::app::App;
use weir_ingest::satellite::satellite_named;
use weir_model::{IntegrationId, Message};
use weir_store::StoreError;

/// What stands in the path for the thing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Named<'a> {
    pub(crate) name: Option<&'a str>,
    pub(crate) id: Option<&'a str>,
}

/// Whose it is. What does not exist is nobody's, so that only those learn of it who may see everything.
pub(crate) async fn find(app: &App, kind: PlaceKind, named: Named<'_>) -> Result<Place, StoreError> {
    let nobodys = Place::Workspaces(vec![]);
    let store = &app.store;
    Ok(match (kind, named.name, named.id) {
        (PlaceKind::Nowhere | PlaceKind::Own, ..) => Place::Own,
        (PlaceKind::Server, ..) => Place::Server,
        (PlaceKind::List, ..) => Place::List,
        (PlaceKind::Integration, Some(name), _) => match store.integration(name).await? {
            Some(integration) => of_integration(app, &integration.id).await?,
            None => nobodys,
        },
        (PlaceKind::Run, _, Some(id)) => {
            let run = match id.parse() {
                Ok(id) => store.run(&id).await?,
                Err(_) => None,
            };
            let integration = match run {
                Some(run) => store.integration(&run.integration).await?,
                None => None,
            };
            match integration {
                Some(integration) => of_integration(app, &integration.id).await?,
                None => nobodys,
            }
        }
        (PlaceKind::Workspace, _, Some(id)) => {
            let found = match id.parse() {
                Ok(id) => store.workspace(&id).await?,
                Err(_) => None,
            };
            found.map_or(nobodys, |workspace| Place::Workspaces(vec![workspace.id]))
        }
        (PlaceKind::ApiKey, _, Some(id)) => {
            let found = match id.parse() {
                Ok(id) => store.api_key(&id).await?,
                Err(_) => None,
            };
            Place::Workspaces(found.and_then(|key| key.workspace).into_iter().collect())
        }
        (PlaceKind::Report, _, Some(id)) => {
            let found = match id.parse() {
                Ok(id) => store.hygiene_report(&id).await?,
                Err(_) => None,
            };
            Place::Workspaces(found.and_then(|report| report.workspace).into_iter().collect())
        }
        (PlaceKind::Satellite, _, Some(id)) => {
            let all = store.satellites().await?;
            match satellite_named(&all, id) {
                Some(satellite) => Place::Workspaces(store.workspaces_of_satellite(&satellite.id).await?),
                None => nobodys,
            }
        }
        (PlaceKind::KeyOfSatellite, _, Some(id)) => {
            let all = store.satellites().await?;
            let key = match satellite_named(&all, id) {
                Some(satellite) => store.api_key(&satellite.key).await?,
                None => None,
            };
            Place::Workspaces(key.and_then(|key| key.workspace).into_iter().collect())
        }
        (kind, ..) => {
            let detail = format!("the path of a route names no {kind:?}");
            return Err(Message::Bug { detail }.into());
        }
    })
}

async fn of_integration(app: &App, id: &IntegrationId) -> Result<Place, StoreError> {
    Ok(Place::Workspaces(app.store.workspaces_of(id).await?))
}
