//! Satellites: which have reported, how each does, and which integrations still wait for one.

pub(super) mod one;

use super::{
    format::{about, count, duration, inert, moment, number, segment},
    monitoring::head::Mark,
    shell::{Shell, rendered},
};
use crate::{
    api::satellites::Sight,
    app::App,
    auth::{
        policy::{self, Action, Place},
        principal::Caller,
    },
    http::{Problem, extract::Params},
};
use askama::Template;
use axum::{extract::State, response::Response};
use serde::Deserialize;
use weir_ingest::satellite::SatelliteDescription;
use weir_model::Millis;

/// Integrations that are looked at for those that wait.
const MOST: u32 = 10_000;

#[derive(Template)]
#[template(path = "satellites.html")]
struct SatellitesPage {
    shell: Shell,
    rows: Vec<Row>,
    /// Integrations that no satellite has named yet.
    waiting: Vec<Waiting>,
    may_connect: bool,
    done: Option<&'static str>,
    now: String,
}

/// A satellite.
struct Row {
    path: String,
    name: String,
    status: Mark,
    sentence: Option<String>,
    version: String,
    is_outdated: bool,
    zone: String,
    beat: String,
    beat_exact: String,
    /// Each integration, where it is, and whether this one reads it.
    reads: Vec<(String, String, bool)>,
    waits: String,
    skew: String,
    insecure_tls: bool,
    load: String,
    error: Option<String>,
}

/// An integration that waits for its satellite.
struct Waiting {
    name: String,
    path: String,
    url: String,
}

/// What was done just now.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Done {
    Forgotten,
}

/// What the list is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    done: Option<Done>,
}

/// `GET /satellites`.
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let reach = policy::viewed(&caller.principal, Action::Read);
    let sight = Sight::within(&app, reach.clone()).await?;
    let now = app.now();
    let mut rows = vec![];
    for one in sight.all(&app).await? {
        rows.push(Row::of(sight.shown(&app, &one).await?, now));
    }
    // What needs somebody comes first.
    rows.sort_by_key(|row| matches!(row.status.shape, "healthy" | "nodata"));
    let integrations = app.store.integrations_within(&reach, None, MOST).await?;
    let mut waiting = vec![];
    for integration in integrations.into_iter().filter(|one| one.is_fed()) {
        if app.store.feeders_of(&integration.id).await?.is_empty() {
            waiting.push(Waiting {
                path: format!("/integrations/{}/satellite", segment(&integration.name)),
                name: inert(&integration.name),
                url: inert(&integration.settings.site_url),
            });
        }
    }
    rendered(&SatellitesPage {
        shell: Shell::new(&app, Some(&caller), "Satellites", "/satellites"),
        rows,
        waiting,
        may_connect: policy::check(&caller.principal, Action::Connect, &Place::List).is_ok(),
        done: asked.done.map(|Done::Forgotten| "The satellite is off the list."),
        now: moment(now),
    })
}

/// Shape, word and colour of a satellite's state.
pub(super) fn mark(state: &str) -> Mark {
    let (word, class, shape) = match state {
        "online" => ("Online", "is-healthy", "healthy"),
        "late" => ("Late", "is-pending", "pending"),
        "offline" => ("Offline", "is-unhealthy", "unhealthy"),
        "too_old" => ("Too old", "is-unhealthy", "unhealthy"),
        "too_new" => ("Too new", "is-unhealthy", "unhealthy"),
        _ => ("Revoked", "is-nodata", "nodata"),
    };
    Mark { word, class, shape }
}

/// What there is to say of a state that is not as it should be.
pub(super) fn sentence(one: &SatelliteDescription, now: Millis) -> Option<String> {
    let name = inert(&one.name);
    let (at, ago) = (moment(one.beat), about(now.since(one.beat)));
    Some(match one.state {
        "late" => format!("“{name}” has not reported since {at} ({ago}). It is offline after two minutes."),
        "offline" if key_ended(one, now) => format!(
            "“{name}” is let in no more: its API key ended or was revoked, and it reported last {at}. Put a fresh key into its file."
        ),
        "offline" if one.stopped => {
            format!(
                "“{name}” was stopped in order: it reported last {at}. It reads nothing until it is started again."
            )
        }
        "offline" => {
            let kept = match one.keeps_hours {
                Some(hours) => format!("keeps what it reads for {}", count(hours, "hour", "hours")),
                None => "keeps what it reads".to_owned(),
            };
            format!(
                "“{name}” has not reported since {at} ({ago}). Everything that it had sent is here. If it still runs, it goes on with \
                 the run that it had begun, {kept}, and reads the rest when it reaches this server again."
            )
        }
        "too_old" => format!("“{name}” is too old for this server, and reads nothing. Bring it up to date."),
        "too_new" => {
            format!("“{name}” is newer than this server, and reads nothing. Bring the server up to date.")
        }
        "revoked" => {
            format!("“{name}” may come no more. Another satellite reads what it read, where there is one.")
        }
        _ => return None,
    })
}

/// Whether its key lets it in no more.
fn key_ended(one: &SatelliteDescription, now: Millis) -> bool {
    one.key.as_ref().is_some_and(|key| key.ended.is_some() || key.ends.is_some_and(|end| end <= now))
}

/// How long ago it reported.
pub(super) fn ago(ms: i64) -> String {
    match ms {
        ..1_000 => "just now".to_owned(),
        ms => format!("{} ago", about(ms)),
    }
}

/// How far its clock is off.
pub(super) fn skew(ahead_ms: i64) -> String {
    match ahead_ms {
        -1_999..=1_999 => "none".to_owned(),
        ahead if ahead > 0 => format!("{} ahead", duration(ahead)),
        behind => format!("{} behind", duration(behind.saturating_neg())),
    }
}

/// What waits to be sent.
pub(super) fn waits(one: &SatelliteDescription, now: Millis) -> String {
    if one.waiting == 0 {
        return "nothing".to_owned();
    }
    let size = format!("{} MB", number(one.waiting_bytes.div_ceil(1024 * 1024)));
    let oldest =
        one.oldest.map(|at| format!(", the oldest for {}", about(now.since(at)))).unwrap_or_default();
    format!("{}, {size}{oldest}", count(one.waiting, "batch", "batches"))
}

impl Row {
    fn of(one: SatelliteDescription, now: Millis) -> Self {
        let reads = one.feeds.iter().map(|feed| {
            let path = format!("/integrations/{}/monitoring", segment(&feed.integration));
            (inert(&feed.integration), path, feed.has_turn)
        });
        Self {
            path: format!("/satellites/{}", segment(&one.id)),
            name: inert(&one.name),
            status: mark(one.state),
            sentence: sentence(&one, now),
            is_outdated: one.update_available,
            zone: one.zone.as_deref().map(inert).unwrap_or_default(),
            beat: ago(now.since(one.beat)),
            beat_exact: one.beat_at.clone(),
            reads: reads.collect(),
            waits: waits(&one, now),
            skew: skew(one.ahead_ms),
            insecure_tls: one.insecure_tls,
            load: load(&one),
            error: one.error.as_deref().map(inert),
            version: inert(&one.version),
        }
    }
}

/// Memory and processor.
pub(super) fn load(one: &SatelliteDescription) -> String {
    format!("{} MB, {} % of a processor", number(one.memory_mb), number(one.cpu_permille / 10))
}
