//! What a satellite comes to the server for: errands to take, parcels to hand in, outcomes.

use super::said;
use crate::scope;
use serde::Deserialize;
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use weir_model::{FeedFault, Integration, Message, Satellite};
use weir_source::errand::{Order, What};
use weir_store::Store;

/// How often it is looked for what came through another process.
const LOOKED_EVERY: Duration = Duration::from_millis(100);

/// An errand of which nothing was told for so long is handed out again.
const SILENT_MS: i64 = Satellite::LATE_MS;

/// An errand as it is put up.
#[derive(Deserialize)]
struct Written {
    integration: Integration,
    errand: What,
}

/// The next errand for a satellite, waited for so long at most.
///
/// # Errors
/// What the store says.
pub async fn take(store: &Store, satellite: &str, at_most: Duration) -> Result<Option<Order>, Message> {
    let until = Instant::now() + at_most;
    loop {
        if let Some(taken) = store.take_errand(satellite, SILENT_MS).await.map_err(said)? {
            let written: Written = serde_json::from_str(&taken.what).map_err(|error| Message::Bug {
                detail: format!("an errand is not as it was put up: {error}"),
            })?;
            let mut checkpoints = store.checkpoints(&taken.integration).await.map_err(said)?;
            checkpoints.retain(|one| one.partition.0 != scope::PARTITION);
            return Ok(Some(Order {
                errand: taken.no,
                turn: taken.turn,
                integration: written.integration,
                checkpoints,
                what: written.errand,
            }));
        }
        if Instant::now() >= until {
            return Ok(None);
        }
        store.wait_for_mail(LOOKED_EVERY).await;
    }
}

/// Keeps a parcel until it is answered, and gives the answer; nothing where that takes longer than `at_most`: the satellite asks
/// again then.
///
/// # Errors
/// `satellite.gone` when the errand is not the satellite's any more.
pub async fn parcel(
    store: &Store,
    (no, turn, seq): (i64, i64, i64),
    satellite: &str,
    body: Arc<[u8]>,
    at_most: Duration,
) -> Result<Option<String>, Message> {
    let gone = || Message::from(FeedFault::Gone {});
    if !store.put_parcel((no, turn, seq), satellite, body).await.map_err(said)? {
        return Err(gone());
    }
    let until = Instant::now() + at_most;
    loop {
        if let Some(reply) = store.reply_to(no, turn, seq).await.map_err(said)? {
            return Ok(Some(reply));
        }
        if Instant::now() >= until {
            return Ok(None);
        }
        store.wait_for_mail(LOOKED_EVERY).await;
    }
}

/// Keeps what a satellite tells of its errand.
///
/// # Errors
/// `satellite.gone` when it is not the satellite's any more.
pub async fn sign(store: &Store, (no, turn): (i64, i64), satellite: &str, sign: &str) -> Result<(), Message> {
    match store.sign_errand(no, turn, satellite, sign).await.map_err(said)? {
        true => Ok(()),
        false => Err(FeedFault::Gone {}.into()),
    }
}

/// Keeps the outcome of an errand.
///
/// # Errors
/// `satellite.gone` when it is not the satellite's any more.
pub async fn end(
    store: &Store,
    (no, turn): (i64, i64),
    satellite: &str,
    outcome: &str,
) -> Result<(), Message> {
    match store.end_errand(no, turn, satellite, outcome).await.map_err(said)? {
        true => Ok(()),
        false => Err(FeedFault::Gone {}.into()),
    }
}
