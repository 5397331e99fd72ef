//! A satellite as people and programs see it: what it says of itself, and what the server knows of it. Whoever does not see all of what it
//! reads is not told of the rest.

use serde::Serialize;
use weir_model::{ApiKey, FeedFault, LogLine, Message, Millis, Satellite, clean};
use weir_store::{Store, StoreError};

/// The most characters of an error.
const LONGEST: usize = 300;

/// Everything there is to say of a satellite; the names are those of the commands and of the API.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub struct SatelliteDescription {
    pub id: String,
    pub name: String,
    /// `online`, `late`, `offline`, `revoked`, `too_old` or `too_new`.
    pub state: &'static str,
    /// Whether it stopped in order, so that nobody waits for it.
    pub stopped: bool,
    pub version: String,
    /// Whether the server is newer.
    pub update_available: bool,
    pub protocol: u32,
    pub zone: Option<String>,
    /// Those that it may read, by name.
    pub integrations: Vec<String>,
    /// Those of them whose turn it has.
    pub has_turn: Vec<String>,
    pub feeds: Vec<FeedDescription>,
    pub first_at: String,
    pub beat_at: String,
    /// How far its clock is before the server's.
    pub ahead_ms: i64,
    pub memory_mb: u64,
    pub cpu_permille: u64,
    /// Batches that wait to be sent.
    pub waiting: u64,
    pub waiting_bytes: u64,
    pub waiting_since: Option<String>,
    /// For how long it keeps what cannot be sent.
    pub keeps_hours: Option<u64>,
    pub insecure_tls: bool,
    /// What went wrong last at one of its integrations.
    pub error: Option<String>,
    pub key: Option<KeyOfSatellite>,
    pub revoked_at: Option<String>,
    pub revoked_by: Option<String>,
    /// When it reported last, and when what waits was read.
    #[serde(skip)]
    pub beat: Millis,
    #[serde(skip)]
    pub oldest: Option<Millis>,
    #[serde(skip)]
    pub log: Vec<LogLine>,
}

/// What a satellite is at with one integration.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub struct FeedDescription {
    pub integration: String,
    pub has_turn: bool,
    /// Whether it does something there just now.
    pub is_busy: bool,
    pub error: Option<String>,
}

/// The key that a satellite signs in with.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub struct KeyOfSatellite {
    pub id: String,
    pub name: String,
    /// The end of the key, to tell keys apart.
    pub hint: String,
    pub expires_at: Option<String>,
    pub revoked_at: Option<String>,
    #[serde(skip)]
    pub ends: Option<Millis>,
    #[serde(skip)]
    pub ended: Option<Millis>,
}

impl From<ApiKey> for KeyOfSatellite {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name,
            hint: key.hint,
            expires_at: key.expires_at.map(Millis::rfc3339),
            revoked_at: key.revoked_at.map(Millis::rfc3339),
            ends: key.expires_at,
            ended: key.revoked_at,
        }
    }
}

/// Whether a satellite may be forgotten: one that was revoked would come back as another one while its key lets it in.
///
/// # Errors
/// `satellite.key_holds`.
pub fn forgettable(satellite: &Satellite) -> Result<(), Message> {
    match satellite.revoked.is_some() && satellite.status.key_ended.is_none() {
        true => Err(FeedFault::StillLetIn { name: clean(&satellite.name, 100) }.into()),
        false => Ok(()),
    }
}

/// Describes a satellite for somebody who sees the integrations that `sees` takes by their names.
///
/// # Errors
/// What the store says.
pub async fn describe_satellite(
    store: &Store,
    satellite: &Satellite,
    (server, now): (&str, Millis),
    sees: &(dyn Fn(&str) -> bool + Sync),
) -> Result<SatelliteDescription, StoreError> {
    let key = store.api_key(&satellite.key).await?.map(KeyOfSatellite::from);
    let status = &satellite.status;
    let sees_all = satellite.feeds.iter().all(|feed| sees(&feed.name));
    let feeds: Vec<FeedDescription> = satellite
        .feeds
        .iter()
        .filter(|feed| sees(&feed.name))
        .map(|feed| {
            let id = feed.id.to_string();
            let said = status.feeds.iter().find(|one| one.named == id || one.named == feed.name);
            FeedDescription {
                integration: feed.name.clone(),
                has_turn: feed.turn_until > now,
                is_busy: said.is_some_and(|one| one.errand.is_some()),
                error: said.and_then(|one| one.error.as_deref()).map(|text| clean(text, LONGEST)),
            }
        })
        .collect();
    let of_all = || status.feeds.iter().find_map(|one| one.error.as_deref()).map(|text| clean(text, LONGEST));
    let error = feeds.iter().find_map(|feed| feed.error.clone());
    let turns = feeds.iter().filter(|feed| feed.has_turn);
    Ok(SatelliteDescription {
        id: satellite.id.clone(),
        name: satellite.name.clone(),
        state: satellite.state(now).as_str(),
        stopped: status.left,
        version: clean(&status.version, 40),
        update_available: satellite.is_outdated(server),
        protocol: status.protocol,
        zone: status.zone.as_deref().map(|zone| clean(zone, 60)),
        integrations: feeds.iter().map(|feed| feed.integration.clone()).collect(),
        has_turn: turns.map(|feed| feed.integration.clone()).collect(),
        feeds,
        first_at: satellite.first_at.rfc3339(),
        beat_at: satellite.beat_at.rfc3339(),
        ahead_ms: status.ahead_ms,
        memory_mb: status.memory_bytes / (1024 * 1024),
        cpu_permille: status.cpu_permille,
        waiting: status.waiting,
        waiting_bytes: status.waiting_bytes,
        waiting_since: status.waiting_since.map(Millis::rfc3339),
        keeps_hours: status.keeps_hours,
        insecure_tls: status.insecure_tls,
        error: error.or_else(|| if sees_all { of_all() } else { None }),
        key,
        revoked_at: satellite.revoked.as_ref().map(|(at, _)| at.rfc3339()),
        revoked_by: satellite.revoked.as_ref().map(|(_, by)| by.clone()),
        beat: satellite.beat_at,
        oldest: status.waiting_since,
        log: if sees_all { status.log.clone().unwrap_or_default() } else { vec![] },
    })
}

/// The one satellite that has this id, or alone has this name.
#[must_use]
pub fn satellite_named<'a>(all: &'a [Satellite], named: &str) -> Option<&'a Satellite> {
    if let Some(one) = all.iter().find(|one| one.id == named) {
        return Some(one);
    }
    let mut called = all.iter().filter(|one| one.name == named);
    called.next().filter(|_| called.next().is_none())
}
