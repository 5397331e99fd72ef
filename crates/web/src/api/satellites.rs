//! Satellites: which have reported, how each does, and that one may come no more.

use crate::{
    app::App,
    audit::{self, Deed},
    auth::{
        policy::{self, Action},
        principal::Caller,
    },
    http::{
        Problem,
        extract::{Params, Segments},
        paging::{Page, PageQuery},
        tag::Conditions,
    },
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;
use weir_ingest::satellite::{self, SatelliteDescription, forgettable};
use weir_model::{FeedFault, LogLine, Message, Millis, Pulse, Reach};

/// Integrations that are in reach at most.
const MOST: u32 = 10_000;

/// An agent in a private network, as it reported last.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Satellite {
    id: String,
    /// The name of its machine.
    name: String,
    /// `online` within 45 seconds after a report, `late` within two minutes, then `offline`; `revoked`; `too_old` and `too_new`
    /// where it speaks a version of the protocol that the server does not know.
    state: &'static str,
    /// Whether it stopped in order, so that nobody waits for it.
    stopped: bool,
    version: String,
    /// Whether the server is newer.
    update_available: bool,
    /// The version of the protocol that it speaks.
    protocol: u32,
    /// The time zone of its machine.
    zone: Option<String>,
    /// The integrations that it may read, by name: those within the caller's reach.
    integrations: Vec<String>,
    /// Those of them that it reads; another satellite reads the others.
    has_turn: Vec<String>,
    /// What it is at with each of them.
    feeds: Vec<SatelliteFeed>,
    first_at: String,
    beat_at: String,
    /// How far its clock is before the server's.
    ahead_ms: i64,
    memory_mb: u64,
    /// Thousandths of a processor.
    cpu_permille: u64,
    /// Batches that wait to be sent.
    waiting: u64,
    waiting_bytes: u64,
    /// When the oldest of them was read.
    waiting_since: Option<String>,
    /// For how many hours it keeps what cannot be sent.
    keeps_hours: Option<u64>,
    /// Whether it reads a site without checking its certificate.
    insecure_tls: bool,
    /// What went wrong last.
    error: Option<String>,
    /// The key that it signs in with.
    key: Option<SatelliteKey>,
    revoked_at: Option<String>,
    revoked_by: Option<String>,
}

/// What a satellite is at with one integration.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SatelliteFeed {
    integration: String,
    has_turn: bool,
    /// Whether it does something there just now.
    is_busy: bool,
    error: Option<String>,
}

/// The key that a satellite signs in with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SatelliteKey {
    id: String,
    name: String,
    /// The end of the key, to tell keys apart.
    hint: String,
    expires_at: Option<String>,
    revoked_at: Option<String>,
}

/// A satellite, with how often it reported in the last day, and what went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SatelliteWhole {
    #[serde(flatten)]
    satellite: Satellite,
    /// The last lines of what went wrong, the oldest first; none where the caller does not see all that it reads.
    log: Vec<SatelliteLine>,
    /// Quarters of an hour in which it reported, the oldest first.
    heartbeats: Vec<SatelliteHeartbeats>,
}

/// A line of what went wrong at a satellite.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SatelliteLine {
    at: String,
    /// `error` or `warning`.
    level: &'static str,
    text: String,
}

/// How often a satellite reported in a quarter of an hour.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SatelliteHeartbeats {
    since: String,
    beats: u64,
    /// The longest time in it without a report.
    longest_silence_ms: i64,
}

impl From<SatelliteDescription> for Satellite {
    fn from(one: SatelliteDescription) -> Self {
        let feed = |feed: satellite::FeedDescription| SatelliteFeed {
            integration: feed.integration,
            has_turn: feed.has_turn,
            is_busy: feed.is_busy,
            error: feed.error,
        };
        let key = |key: satellite::KeyOfSatellite| SatelliteKey {
            id: key.id,
            name: key.name,
            hint: key.hint,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
        };
        Self {
            id: one.id,
            name: one.name,
            state: one.state,
            stopped: one.stopped,
            version: one.version,
            update_available: one.update_available,
            protocol: one.protocol,
            zone: one.zone,
            integrations: one.integrations,
            has_turn: one.has_turn,
            feeds: one.feeds.into_iter().map(feed).collect(),
            first_at: one.first_at,
            beat_at: one.beat_at,
            ahead_ms: one.ahead_ms,
            memory_mb: one.memory_mb,
            cpu_permille: one.cpu_permille,
            waiting: one.waiting,
            waiting_bytes: one.waiting_bytes,
            waiting_since: one.waiting_since,
            keeps_hours: one.keeps_hours,
            insecure_tls: one.insecure_tls,
            error: one.error,
            key: one.key.map(key),
            revoked_at: one.revoked_at,
            revoked_by: one.revoked_by,
        }
    }
}

/// What a caller sees of satellites.
pub(crate) struct Sight {
    reach: Reach,
    /// Names of the integrations within reach; nothing for all.
    names: Option<BTreeSet<String>>,
}

impl Sight {
    pub(crate) async fn of(app: &App, caller: &Caller) -> Result<Self, Problem> {
        Self::within(app, policy::reach(&caller.principal, Action::Read)).await
    }

    /// What is seen of them within a reach.
    pub(crate) async fn within(app: &App, reach: Reach) -> Result<Self, Problem> {
        let names = match &reach {
            Reach::Everything => None,
            Reach::Workspaces(_) => {
                let seen = app.store.integrations_within(&reach, None, MOST).await?;
                Some(seen.into_iter().map(|one| one.name).collect())
            }
        };
        Ok(Self { reach, names })
    }

    fn sees(&self, name: &str) -> bool {
        self.names.as_ref().is_none_or(|names| names.contains(name))
    }

    /// A satellite as the caller sees it.
    pub(crate) async fn shown(
        &self,
        app: &App,
        one: &weir_model::Satellite,
    ) -> Result<SatelliteDescription, Problem> {
        let server = (app.settings.version, app.now());
        Ok(satellite::describe_satellite(&app.store, one, server, &|name| self.sees(name)).await?)
    }

    /// Those within reach, by name.
    pub(crate) async fn all(&self, app: &App) -> Result<Vec<weir_model::Satellite>, Problem> {
        let mut found = vec![];
        for one in app.store.satellites().await? {
            let is_seen = match &self.reach {
                Reach::Everything => true,
                Reach::Workspaces(mine) => {
                    let places = app.store.workspaces_of_satellite(&one.id).await?;
                    places.iter().any(|place| mine.contains(place))
                }
            };
            if is_seen {
                found.push(one);
            }
        }
        found.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok(found)
    }
}

/// The one of this id, or of this name where no other one has it.
pub(crate) async fn named(app: &App, named: &str) -> Result<weir_model::Satellite, Problem> {
    let all = app.store.satellites().await?;
    let unknown = || Message::from(FeedFault::NoSuch { named: weir_model::clean(named, 60) });
    Ok(satellite::satellite_named(&all, named).cloned().ok_or_else(unknown)?)
}

/// Satellites by name
#[utoipa::path(get, path = "/api/v1/satellites", tag = "satellites", params(PageQuery),
    responses((status = 200, description = "A page of those that read something within reach", body = Page<Satellite>)))]
pub(super) async fn list_satellites(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<PageQuery>,
) -> Result<Page<Satellite>, Problem> {
    let window = query.window()?;
    let sight = Sight::of(&app, &caller).await?;
    let position = |one: &weir_model::Satellite| format!("{}\n{}", one.name, one.id);
    let mut shown = vec![];
    for one in sight.all(&app).await? {
        let place = position(&one);
        if window.after().is_none_or(|after| place.as_str() > after) {
            shown.push((place, sight.shown(&app, &one).await?));
        }
    }
    Ok(window.page(shown, |(place, _)| place.clone(), |(_, one)| Satellite::from(one)))
}

/// One satellite
#[utoipa::path(get, path = "/api/v1/satellites/{id}", tag = "satellites",
    params(("id" = String, Path, description = "Its id, or its name where no other one has it")),
    responses((status = 200, description = "The satellite", body = SatelliteWhole)))]
pub(super) async fn show_satellite(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    let one = named(&app, &id).await?;
    let mut shown = Sight::of(&app, &caller).await?.shown(&app, &one).await?;
    let line =
        |line: LogLine| SatelliteLine { at: line.at.rfc3339(), level: line.level.as_str(), text: line.text };
    let now = app.now();
    let beats = |pulse: Pulse| SatelliteHeartbeats {
        since: Millis(pulse.slot * Pulse::SLOT_MS).rfc3339(),
        beats: pulse.beats,
        longest_silence_ms: pulse.silence(one.first_at, now),
    };
    let log = std::mem::take(&mut shown.log).into_iter().map(line).collect();
    let heartbeats = app.store.pulses(&one.id).await?.into_iter().map(beats).collect();
    conditions.answer(&SatelliteWhole { satellite: shown.into(), log, heartbeats })
}

/// Have a satellite come no more
///
/// It is refused from its next report on, and another one of its file takes over. Its key stays; revoke that too where nobody else uses
/// it. One that is revoked already stays so.
#[utoipa::path(post, path = "/api/v1/satellites/{id}/revoke", tag = "satellites",
    params(("id" = String, Path, description = "Its id, or its name where no other one has it")),
    responses((status = 204, description = "It may come no more")))]
pub(super) async fn revoke_satellite(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<Response, Problem> {
    revoke(&app, &caller, &named(&app, &id).await?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Revokes a satellite, and notes it.
pub(crate) async fn revoke(app: &App, caller: &Caller, one: &weir_model::Satellite) -> Result<(), Problem> {
    let (_, _, who) = caller.principal.named();
    if app.store.revoke_satellite(&one.id, who).await? {
        noted(app, caller, "satellite.revoke", one).await?;
    }
    Ok(())
}

/// Take a satellite off the list
///
/// One that still runs, and is not revoked, comes back to it with its next report. One that was revoked stays on it until its key is revoked, or has ended.
#[utoipa::path(delete, path = "/api/v1/satellites/{id}", tag = "satellites",
    params(("id" = String, Path, description = "Its id, or its name where no other one has it")),
    responses((status = 204, description = "It is off the list")))]
pub(super) async fn forget_satellite(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<StatusCode, Problem> {
    forget(&app, &caller, &named(&app, &id).await?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a satellite off the list, and notes it.
pub(crate) async fn forget(app: &App, caller: &Caller, one: &weir_model::Satellite) -> Result<(), Problem> {
    forgettable(one)?;
    if app.store.forget_satellite(&one.id).await? {
        noted(app, caller, "satellite.forget", one).await?;
    }
    Ok(())
}

async fn noted(app: &App, caller: &Caller, action: &str, one: &weir_model::Satellite) -> Result<(), Problem> {
    let workspace = app.store.api_key(&one.key).await?.and_then(|key| key.workspace);
    let deed = Deed::done(action, &one.name).within(workspace).with("id", &one.id);
    audit::note(app, caller, deed).await
}
