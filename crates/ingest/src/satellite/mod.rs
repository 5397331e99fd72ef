//! Integrations that a satellite reads: what it reports, the errands that it is sent on, and the source that stands here for
//! the one there.
//!
//! Everything else of a run is as it is for others: the lease, the record, the sink, the census. What goes from one to the other
//! goes through the store, so that any process of the server may run an integration and any may answer the satellite.

mod beat;
mod check;
mod counter;
mod describe;
mod desk;
mod file;
pub(crate) mod health;
mod remote;

pub use beat::{Reporter, report};
pub use check::check;
pub use counter::{end, parcel, sign, take};
pub use describe::{
    FeedDescription, KeyOfSatellite, SatelliteDescription, describe_satellite, forgettable, satellite_named,
};
pub use file::satellite_file;
pub use weir_source::errand::{Beat, LARGEST_PARCEL, Order, Said};

use crate::{credential, grants};
use remote::Remote;
use std::sync::Arc;
use weir_model::{Integration, Message};
use weir_source::{Environment, Source, registry};
use weir_store::Store;
use weir_vault::Vault;

/// Opens the source of an integration with its credential; where a satellite reads it, what stands for that.
pub(crate) async fn open(
    store: &Store,
    vault: &Vault,
    integration: &Integration,
    environment: &Environment,
) -> Result<Arc<dyn Source>, Message> {
    if integration.is_fed() {
        return Ok(stand_in(store, integration));
    }
    let secret = credential::open_secret(store, vault, integration).await?;
    let environment = &grants::with_grants(environment, store, vault);
    registry::open(integration, secret, environment).map_err(|error| *error.message)
}

/// What stands here for a source that a satellite reads.
pub(crate) fn stand_in(store: &Store, integration: &Integration) -> Arc<dyn Source> {
    Arc::new(Remote::new(store.clone(), integration))
}

fn said(error: weir_store::StoreError) -> Message {
    error.message().clone()
}
