//! The store: reached, of a version that is known, in order; the key that it is sealed with; runs that were cut off.

use super::{Finding, Installation, Report};
use crate::keys;
use std::sync::Arc;
use weir_model::{Message, Millis};
use weir_store::Store;

/// A run that began later than this from now is one of a clock that was ahead.
const FUTURE_MS: i64 = 60_000;

/// Looks at the store; gives it back where more can be asked of it.
pub(super) async fn look(report: &mut Report<'_, impl FnMut(&Finding)>) -> Option<Store> {
    let installation = report.installation;
    let address = &installation.address;
    let store = match Store::open_unchanged(address, Arc::clone(&installation.environment.clock)).await {
        Ok(Some(store)) => store,
        Ok(None) => {
            report.tell(Finding::skipped("store", format!("There is none at {address} yet.")));
            return None;
        }
        Err(error) => {
            report.tell(Finding::fail("store", error.message()));
            return None;
        }
    };
    let (found, known) = match store.schema_found().await {
        Ok(found) => (found, store.schema_version()),
        Err(error) => {
            report.tell(Finding::fail("store", error.message()));
            return None;
        }
    };
    report.tell(match found == known {
        true => Finding::ok("store", format!("{address}, schema {found}.")),
        false => Finding::warn("store", &Message::StoreOlder { found, known }),
    });
    report.tell(match store.check_order().await {
        Ok(()) => Finding::ok("integrity", "Every table is there and can be read."),
        Err(error) => Finding::fail("integrity", error.message()),
    });
    if found != known {
        report.tell(Finding::skipped("key", "The store is of an older version."));
        return None;
    }
    report.tell(key(installation, &store).await);
    for finding in runs(installation, &store).await {
        report.tell(finding);
    }
    Some(store)
}

async fn key(installation: &Installation, store: &Store) -> Finding {
    let file = installation.key_file();
    if let Err(message) = keys::refuse_wrong_key(store, &file).await {
        return Finding::fail("key", &message);
    }
    match file.load() {
        Ok(ring) if ring.keys().count() > 1 => {
            Finding::warn("key", &Message::KeyUnfinished { keys: ring.ids() })
        }
        Ok(ring) => Finding::ok("key", format!("{} opens what is sealed.", ring.ids())),
        // With nothing sealed, none is needed.
        Err(_) => Finding::skipped("key", "There is none yet; the first integration makes it."),
    }
}

async fn runs(installation: &Installation, store: &Store) -> Vec<Finding> {
    let held = match store.held_leases(&installation.holder).await {
        Ok(held) => held,
        Err(error) => return vec![Finding::fail("runs", error.message())],
    };
    let left = held.iter().filter(|lease| lease.is_left).map(|lease| {
        let (name, host) = (lease.integration.clone(), lease.host.clone());
        Finding::warn("runs", &Message::RunLeft { name, pid: lease.pid, host }).about(&lease.integration)
    });
    let mut found: Vec<Finding> = left.collect();
    if found.is_empty() {
        let running = held.len();
        found.push(Finding::ok("runs", format!("None was cut off; {running} under way.")));
    }
    found.extend(match store.runs(None, 1).await {
        Ok(runs) => {
            let newest = runs.first().map_or(Millis(0), |run| run.started_at);
            let is_future = newest.0 > installation.environment.clock.now().0 + FUTURE_MS;
            is_future.then(|| Finding::fail("clock", &Message::ClockBack { at: newest.rfc3339() }))
        }
        Err(error) => Some(Finding::fail("runs", error.message())),
    });
    found
}
