//! Where errands are put up, and waited for.

use super::said;
use std::time::Duration;
use tokio::time::Instant;
use weir_model::{FeedFault, Integration, Message, Satellite, SatelliteState};
use weir_source::errand::{Outcome, Sign, What};
use weir_store::{Errand, Given, Store};

/// How long an errand is wanted after somebody said so.
const WANTED_MS: i64 = 60_000;

/// How often that is said, and looked after the satellite.
const SAID_EVERY: Duration = Duration::from_secs(5);

/// How often it is looked for what came through another process.
const LOOKED_EVERY: Duration = Duration::from_millis(100);

/// An errand that was put up, until its outcome is here.
#[derive(Debug)]
pub(super) struct Desk<'a> {
    store: &'a Store,
    integration: &'a Integration,
    errand: Errand,
    last_said: Instant,
}

impl<'a> Desk<'a> {
    /// Puts an errand up, where there is a satellite that may come for it.
    pub(super) async fn open(
        store: &'a Store,
        integration: &'a Integration,
        what: &What,
    ) -> Result<Self, Message> {
        somebody_there(store, integration).await?;
        if brings(what) {
            // A run brings something while it has the integration to itself: who did so before has died.
            store.drop_errands(&integration.id, is_brought).await.map_err(said)?;
        }
        let order = serde_json::json!({ "integration": bare(integration), "errand": what });
        let errand = store.put_errand(&integration.id, &order.to_string(), WANTED_MS).await.map_err(said)?;
        Ok(Self { store, integration, errand, last_said: Instant::now() })
    }

    /// Its number.
    pub(super) fn errand(&self) -> Errand {
        self.errand
    }

    /// How it stands; says so every now and then that it is still wanted.
    pub(super) async fn look(&mut self) -> Result<Given, Message> {
        let given = if self.last_said.elapsed() >= SAID_EVERY {
            self.last_said = Instant::now();
            somebody_there(self.store, self.integration).await?;
            self.store.want_errand(self.errand, WANTED_MS).await
        } else {
            self.store.look_at_errand(self.errand).await
        };
        let silent = || FeedFault::Silent { name: self.integration.name.clone() }.into();
        given.map_err(said)?.ok_or_else(silent)
    }

    /// Waits until something may have come.
    pub(super) async fn wait(&self) {
        self.store.wait_for_mail(LOOKED_EVERY).await;
    }

    /// Takes the errand down.
    pub(super) async fn close(self) -> Result<(), Message> {
        self.store.drop_errand(self.errand).await.map_err(said)
    }
}

/// Whether an errand brings something, for which a satellite can be at one alone.
fn brings(what: &What) -> bool {
    matches!(what, What::Pull | What::PullIds { .. })
}

/// The same of one that was put up.
fn is_brought(order: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct Asks {
        errand: What,
    }
    serde_json::from_str::<Asks>(order).is_ok_and(|asks| brings(&asks.errand))
}

/// What an errand that is over brought.
pub(super) fn outcome(text: &str) -> Result<Outcome, Message> {
    serde_json::from_str(text).map_err(|_| FeedFault::Unknown { what: "an outcome".to_owned() }.into())
}

/// How far an errand has come, as it was told.
pub(super) fn sign(text: &str) -> Option<Sign> {
    serde_json::from_str(text).ok()
}

/// What a satellite needs to know of an integration.
fn bare(integration: &Integration) -> Integration {
    let mut bare = integration.clone();
    let settings = &mut bare.settings;
    settings.description.clear();
    settings.tags.clear();
    settings.rhythms.clear();
    (settings.owner, settings.secondary_owner, settings.credential) = (None, None, None);
    settings.transport = Default::default();
    bare
}

/// Fails where no satellite that may read an integration has reported lately.
async fn somebody_there(store: &Store, integration: &Integration) -> Result<(), Message> {
    let all = store.satellites_of(&integration.id).await.map_err(said)?;
    let now = store.instant();
    if all.iter().any(|one| matches!(one.state(now), SatelliteState::Online | SatelliteState::Late)) {
        return Ok(());
    }
    let name = integration.name.clone();
    Err(match all.iter().max_by_key(|one: &&Satellite| one.beat_at) {
        None => FeedFault::None { name },
        Some(last) => FeedFault::Offline {
            name,
            satellite: weir_model::clean(&last.name, 60),
            minutes: u64::try_from(now.since(last.beat_at)).unwrap_or(0) / 60_000,
        },
    }
    .into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

    use super::*;
    use crate::samples;
    use weir_model::{AuthMethod, KeyId, Millis, SatelliteStatus};
    use weir_testkit::{Engine, SeededEntropy};

    #[tokio::test]
    async fn what_a_run_that_died_had_a_satellite_bring_is_not_handed_out_beside_what_the_next_run_wants() {
        let temp = Engine::Sqlite.store().await;
        let store = &temp.store;
        let mut integration = samples::integration("acme", 1, Millis(1));
        integration.settings.auth = AuthMethod::Satellite {};
        store.add_integration(&integration, "").await.unwrap();
        let satellite = Satellite {
            id: "s".to_owned(),
            name: "berlin".to_owned(),
            key: KeyId::generate(Millis(1), &SeededEntropy::new(2)),
            status: SatelliteStatus::default(),
            first_at: Millis(0),
            beat_at: Millis(0),
            revoked: None,
            feeds: vec![],
        };
        store.satellite_beat(&satellite, &[integration.id], 60_000).await.unwrap();
        let open = async |what: What| Desk::open(store, &integration, &what).await.unwrap().errand().no;
        let taken = async || store.take_errand("s", 60_000).await.unwrap().map(|taken| taken.no);

        let died = open(What::Pull).await;
        assert_eq!(taken().await, Some(died));
        let question = open(What::Time).await;
        let next = open(What::Pull).await;
        // The satellite says that it is at nothing any more: what nobody waits for does not come back.
        store.release_errands("s", &[]).await.unwrap();
        assert_eq!((taken().await, taken().await, taken().await), (Some(question), Some(next), None));
    }
}
