//! One satellite: what it reads, its heartbeats of a day, its key, what went wrong last, and its end.

use super::{load, mark, sentence, skew, waits};
use crate::{
    api::satellites::{self, Sight},
    app::App,
    auth::{
        policy::{self, Action, Decision, Place},
        principal::Caller,
        refusal,
        routes::Who,
    },
    http::{
        Problem,
        extract::{Params, Segments},
    },
    pages::{
        format::{about, inert, instant, moment, segment, whole_date},
        forms::Fields,
        monitoring::head::Mark,
        shell::{Shell, rendered},
    },
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use weir_model::{LogLevel, LogLine, Millis, Pulse, Satellite};

/// Stretches of silence that are listed.
const LISTED: usize = 12;

#[derive(Template)]
#[template(path = "satellite.html")]
struct SatellitePage {
    shell: Shell,
    name: String,
    path: String,
    status: Mark,
    sentence: Option<String>,
    done: Option<&'static str>,
    facts: Vec<(&'static str, String)>,
    is_outdated: bool,
    insecure_tls: bool,
    feeds: Vec<FeedRow>,
    strip: Strip,
    silences: Vec<Silence>,
    lines: Vec<Line>,
    key: Option<KeyFacts>,
    is_revoked: bool,
    /// Why whoever looks may not revoke it.
    withheld: Option<String>,
    now: String,
}

/// An integration that it may read.
struct FeedRow {
    name: String,
    path: String,
    /// Where its checks are run.
    checks: String,
    may_check: bool,
    has_turn: bool,
    is_busy: bool,
    error: Option<String>,
}

/// A day of heartbeats.
struct Strip {
    label: String,
    /// Where each bar begins, and its shape.
    bars: Vec<(usize, &'static str)>,
}

/// A time without reports.
struct Silence {
    when: String,
    status: Mark,
}

/// A line of what went wrong.
struct Line {
    at: String,
    exact: String,
    word: &'static str,
    class: &'static str,
    icon: &'static str,
    text: String,
}

/// The key that it signs in with.
struct KeyFacts {
    name: String,
    hint: String,
    ends: String,
    is_over: bool,
}

/// What was done just now.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Done {
    Revoked,
}

/// What the page is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Asked {
    done: Option<Done>,
}

/// `GET /satellites/{id}`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let one = satellites::named(&app, &id).await?;
    let shown = Sight::of(&app, &caller).await?.shown(&app, &one).await?;
    let now = app.now();
    let pulses = app.store.pulses(&one.id).await?;
    let mut feeds = vec![];
    for feed in &shown.feeds {
        feeds.push(FeedRow {
            may_check: may_check(&app, &caller, &feed.integration).await?,
            path: format!("/integrations/{}/monitoring", segment(&feed.integration)),
            checks: format!("/integrations/{}/checks", segment(&feed.integration)),
            name: inert(&feed.integration),
            has_turn: feed.has_turn,
            is_busy: feed.is_busy,
            error: feed.error.as_deref().map(inert),
        });
    }
    let mut facts = vec![
        ("Version", inert(&shown.version)),
        ("Machine", inert(&shown.name)),
        ("Zone of its machine", shown.zone.as_deref().map_or_else(|| "not told".to_owned(), inert)),
        ("Reported last", instant(one.beat_at)),
        ("Known since", instant(one.first_at)),
        ("Load", load(&shown)),
        ("Waits to be sent", waits(&shown, now)),
        ("Clock skew", skew(shown.ahead_ms)),
    ];
    if let Some(hours) = shown.keeps_hours {
        facts.push(("Keeps what it cannot send", format!("for {hours} hours")));
    }
    if let (Some(at), Some(by)) = (&one.revoked, &shown.revoked_by) {
        facts.push(("Revoked", format!("{} by {}", instant(at.0), inert(by))));
    }
    let slots = slots(&one, &pulses, now);
    rendered(&SatellitePage {
        shell: Shell::new(&app, Some(&caller), &format!("{}, Satellite", shown.name), "/satellites"),
        name: inert(&shown.name),
        path: format!("/satellites/{}", segment(&one.id)),
        status: mark(shown.state),
        sentence: sentence(&shown, now),
        done: asked.done.map(|Done::Revoked| "The satellite may come no more."),
        facts,
        is_outdated: shown.update_available,
        insecure_tls: shown.insecure_tls,
        feeds,
        strip: strip(&slots),
        silences: silences(&slots),
        lines: shown.log.iter().rev().map(Line::of).collect(),
        key: shown.key.map(|key| KeyFacts {
            name: inert(&key.name),
            hint: inert(&key.hint),
            is_over: key.revoked_at.is_some() || key.ends.is_some_and(|end| end <= now),
            ends: match (key.revoked_at.is_some(), key.ends) {
                (true, _) => "revoked".to_owned(),
                (false, Some(end)) => whole_date(end),
                (false, None) => "never".to_owned(),
            },
        }),
        is_revoked: one.revoked.is_some(),
        withheld: withheld(&app, &caller, &one).await?,
        now: moment(now),
    })
}

async fn may_check(app: &App, caller: &Caller, name: &str) -> Result<bool, Problem> {
    match app.store.integration(name).await? {
        Some(integration) => super::super::integration::may(app, caller, Action::Change, &integration).await,
        None => Ok(false),
    }
}

/// Why the caller may not revoke it; nothing where they may.
async fn withheld(app: &App, caller: &Caller, one: &Satellite) -> Result<Option<String>, Problem> {
    let workspace = app.store.api_key(&one.key).await?.and_then(|key| key.workspace);
    let place = Place::Workspaces(workspace.into_iter().collect());
    if policy::decide(&caller.principal, Who::All, Action::Manage, &place) == Decision::Allow {
        return Ok(None);
    }
    let why = refusal::why(app, &caller.principal, Action::Manage, &place).await?;
    let words = why.in_place_of_buttons("this satellite", "revoke it");
    Ok(Some(words.map_or_else(|| "An administrator can revoke it.".to_owned(), |words| inert(&words))))
}

/// A stretch of the day: when it begins, and how the satellite did in it.
struct Slot {
    at: Millis,
    state: &'static str,
}

/// The stretches of the last day, the oldest first.
fn slots(one: &Satellite, pulses: &[Pulse], now: Millis) -> Vec<Slot> {
    let last = Pulse::slot_of(now);
    let state = |slot: i64| {
        if slot < Pulse::slot_of(one.first_at) {
            return "unknown";
        }
        match pulses.iter().find(|pulse| pulse.slot == slot).map(|pulse| pulse.silence(one.first_at, now)) {
            Some(..=Satellite::LATE_MS) => "online",
            Some(..=Satellite::OFFLINE_MS) => "late",
            // Its first report in a stretch that has just begun may still come.
            None if slot == last && now.since(one.beat_at) <= Satellite::LATE_MS => "online",
            Some(_) | None => "offline",
        }
    };
    (last - Pulse::SLOTS + 1..=last)
        .map(|slot| Slot { at: Millis(slot * Pulse::SLOT_MS), state: state(slot) })
        .collect()
}

fn strip(slots: &[Slot]) -> Strip {
    let of = |state: &str| slots.iter().filter(|slot| slot.state == state).count();
    let (online, late, offline) = (of("online"), of("late"), of("offline"));
    let shape = |state: &str| match state {
        "online" => "healthy",
        "late" => "pending",
        "offline" => "unhealthy",
        _ => "nodata",
    };
    let label = format!(
        "Of the {} quarters of an hour of the last day: reports as they should be in {online}, late in {late}, missing in {offline}",
        slots.len()
    );
    Strip { label, bars: slots.iter().enumerate().map(|(no, slot)| (no * 4, shape(slot.state))).collect() }
}

/// Where reports were late or missing, the newest first; what follows upon the other is one.
fn silences(slots: &[Slot]) -> Vec<Silence> {
    let mut found: Vec<(Millis, i64, &'static str)> = vec![];
    for slot in slots {
        match (found.last_mut(), slot.state) {
            (Some((from, count, state)), here)
                if *state == here && from.0 + *count * Pulse::SLOT_MS == slot.at.0 =>
            {
                *count += 1;
            }
            (_, here @ ("late" | "offline")) => found.push((slot.at, 1, here)),
            _ => {}
        }
    }
    let line = |(from, count, state): (Millis, i64, &'static str)| Silence {
        when: format!("{}, {}", moment(from), about(count * Pulse::SLOT_MS)),
        status: mark(state),
    };
    found.into_iter().rev().take(LISTED).map(line).collect()
}

impl Line {
    fn of(line: &LogLine) -> Self {
        let (word, class, icon) = match line.level {
            LogLevel::Error => ("Error", "is-unhealthy", "x"),
            LogLevel::Warning => ("Warning", "is-warning", "alert-triangle"),
        };
        Self { at: moment(line.at), exact: line.at.rfc3339(), word, class, icon, text: inert(&line.text) }
    }
}

/// `POST /satellites/{id}/revoke`.
pub(in crate::pages) async fn revoke(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&[])?;
    let one = satellites::named(&app, &id).await?;
    satellites::revoke(&app, &caller, &one).await?;
    Ok(Redirect::to(&format!("/satellites/{}?done=revoked", segment(&one.id))).into_response())
}

/// `POST /satellites/{id}/forget`.
pub(in crate::pages) async fn forget(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&[])?;
    let one = satellites::named(&app, &id).await?;
    satellites::forget(&app, &caller, &one).await?;
    Ok(Redirect::to("/satellites?done=forgotten").into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_model::{KeyId, SatelliteStatus};

    #[test]
    fn a_day_of_heartbeats_has_gaps_where_nothing_came() {
        let now = Millis(Pulse::SLOT_MS * 100 + 60_000);
        let one = Satellite {
            id: "a".into(),
            name: "a".into(),
            key: KeyId::generate(now, &weir_testkit::SeededEntropy::new(1)),
            status: SatelliteStatus::default(),
            first_at: Millis(Pulse::SLOT_MS * 90),
            beat_at: now,
            revoked: None,
            feeds: vec![],
        };
        let whole = |slot: i64, longest_ms: i64| Pulse {
            slot,
            beats: 60,
            first_at: Millis(slot * Pulse::SLOT_MS + 1_000),
            last_at: Millis((slot + 1) * Pulse::SLOT_MS - 1_000),
            longest_ms,
        };
        let pulses = [whole(90, 15_000), whole(91, 60_000), whole(92, 300_000), whole(96, 15_000)];
        let slots = slots(&one, &pulses, now);
        let states: Vec<&str> = slots.iter().rev().map(|slot| slot.state).take(12).collect();
        assert_eq!(
            states,
            [
                "online", "offline", "offline", "offline", "online", "offline", "offline", "offline",
                "offline", "late", "online", "unknown"
            ]
        );
        assert_eq!((slots.len(), strip(&slots).bars.len()), (96, 96));
        assert_eq!(silences(&slots).len(), 3);
    }
}
