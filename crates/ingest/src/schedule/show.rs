//! A schedule as people and programs see it: when it runs next, or why not.

use super::{
    rhythm::Rhythm,
    rule::{self, Verdict},
};
use weir_model::{Deletion, Integration, Millis, MissedRuns, Pause, RunId, RunRequest};
use weir_store::{Store, StoreError};

/// Next due times that are shown.
const UPCOMING: usize = 3;

/// A run is missed, and not only late, when it was due so long ago.
const MISSED_AFTER_MS: i64 = 60_000;

/// How a schedule stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScheduleState {
    /// No scheduler has seen it yet.
    Unplanned,
    /// It runs now.
    Running,
    /// It waits for its next due time.
    Waiting,
    /// It is due, and somebody is about to run it.
    Due,
    /// Due times have passed, and nobody is there to run it.
    Missed,
    /// It failed, and is tried again later.
    BackingOff,
    /// It is paused.
    Paused,
}

impl ScheduleState {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unplanned => "unplanned",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Due => "due",
            Self::Missed => "missed",
            Self::BackingOff => "backing_off",
            Self::Paused => "paused",
        }
    }
}

/// A schedule as it stands.
#[derive(Clone, Debug)]
pub struct Shown {
    /// How it stands.
    pub state: ScheduleState,
    /// The same as a sentence.
    pub reason: String,
    /// When it is run next; `None` while it is paused, or not planned.
    pub next_at: Option<Millis>,
    /// The next due times.
    pub upcoming: Vec<Millis>,
    /// The due time that was last seen to.
    pub served_at: Option<Millis>,
    /// Failures in a row.
    pub failures: u32,
    /// Code of the last of them.
    pub failure_code: Option<String>,
    /// Due times up to now that nobody has seen to.
    pub missed_now: Option<MissedRuns>,
    /// The pause, where one holds.
    pub pause: Option<Pause>,
    /// What was asked for and not done yet.
    pub requests: Vec<RunRequest>,
    /// The run that is under way.
    pub running: Option<RunId>,
}

/// The next due times of an integration with these settings, also before it is one: then they may come some minutes later, since
/// integrations do not begin at once.
pub fn upcoming(minutes: u32, cron: Option<&str>, zone: Option<&str>, from: Millis) -> Vec<Millis> {
    next_of(&Rhythm::new(minutes, cron, zone, (from, 0)), from)
}

fn next_of(rhythm: &Rhythm, from: Millis) -> Vec<Millis> {
    std::iter::successors(Some(rhythm.after(from)), |at| Some(rhythm.after(*at))).take(UPCOMING).collect()
}

fn as_pause(deletion: Deletion) -> Pause {
    Pause { since: Some(deletion.asked_at), paused_by: deletion.asked_by, until: None }
}

/// The schedule of an integration as it stands at `now`.
pub async fn show(store: &Store, integration: &Integration, now: Millis) -> Result<Shown, StoreError> {
    let planned = store.planned_of(&integration.id).await?;
    let (schedule, pause, requests, running) = match planned {
        // What is about to be deleted is passed by for good.
        Some(planned) => (
            planned.schedule,
            planned.deletion.map(as_pause).or(planned.pause),
            planned.requests,
            planned.under_way,
        ),
        None => (None, None, vec![], None),
    };
    let rhythm = Rhythm::of(integration);
    let verdict = rule::judge(&rhythm, schedule.as_ref(), pause.as_ref(), now);
    let missed_now = match verdict {
        Verdict::Due(due) if running.is_none() && now.since(due.planned) >= MISSED_AFTER_MS => {
            // The one that would be run now has been missed as well until it is.
            let (first, runs) =
                due.missed.map_or((due.serves, 0), |missed| (missed.first_due_at, missed.runs));
            Some(MissedRuns { first_due_at: first, last_due_at: due.serves, runs: runs + 1, noticed_at: now })
        }
        _ => None,
    };
    let (failures, failure_code) =
        schedule.as_ref().map_or((0, None), |kept| (kept.failures, kept.failure_code.clone()));
    let next_at = match verdict {
        _ if schedule.is_none() => None,
        Verdict::Plan(at) | Verdict::Wait(at) => Some(at),
        Verdict::Due(due) => Some(due.planned),
        Verdict::Paused(until) => until,
    };
    let state = match verdict {
        _ if running.is_some() => ScheduleState::Running,
        Verdict::Paused(_) => ScheduleState::Paused,
        _ if schedule.is_none() => ScheduleState::Unplanned,
        Verdict::Due(_) if missed_now.is_some() => ScheduleState::Missed,
        Verdict::Due(_) => ScheduleState::Due,
        Verdict::Plan(_) | Verdict::Wait(_) if failures > 0 => ScheduleState::BackingOff,
        Verdict::Plan(_) | Verdict::Wait(_) => ScheduleState::Waiting,
    };
    let pause = pause.filter(|pause| pause.holds(now));
    let reason =
        sentence(state, next_at, (failures, failure_code.as_deref()), missed_now.as_ref(), pause.as_ref());
    let upcoming = next_of(&rhythm, pause.as_ref().and_then(|pause| pause.until).unwrap_or(now));
    Ok(Shown {
        state,
        reason,
        next_at,
        upcoming: if pause.as_ref().is_some_and(|pause| pause.until.is_none()) { vec![] } else { upcoming },
        served_at: schedule.and_then(|kept| kept.served_at),
        failures,
        failure_code,
        missed_now,
        pause,
        requests,
        running,
    })
}

/// What those watch who look after the server.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The integration's name.
    pub integration: String,
    /// When it is run next; `None` while it is paused or not planned.
    pub next_at: Option<Millis>,
    /// Failures in a row.
    pub failures: u32,
    /// Due times that nobody saw to, those up to now among them.
    pub missed: u64,
    /// Whether something is to be run now, or is run now.
    pub is_waiting: bool,
}

/// The figures of every integration at `now`, by name.
pub async fn figures(store: &Store, now: Millis) -> Result<Vec<Figure>, StoreError> {
    let missed = store.missed_totals().await?;
    let planned = store.planned().await?.into_iter().map(|one| {
        let rhythm = Rhythm::of(&one.integration);
        let verdict = rule::judge(&rhythm, one.schedule.as_ref(), one.pause.as_ref(), now);
        let missed_now = match verdict {
            // What comes while it is run is not missed.
            Verdict::Due(due) if one.under_way.is_none() => due.missed.map_or(0, |missed| missed.runs),
            _ => 0,
        };
        Figure {
            next_at: match verdict {
                Verdict::Wait(at) => Some(at),
                Verdict::Due(due) => Some(due.planned),
                Verdict::Plan(_) | Verdict::Paused(_) => None,
            },
            failures: one.schedule.map_or(0, |kept| kept.failures),
            missed: missed.get(&one.integration.id).copied().unwrap_or(0) + missed_now,
            is_waiting: matches!(verdict, Verdict::Due(_)) || !one.requests.is_empty(),
            integration: one.integration.name,
        }
    });
    Ok(planned.collect())
}

fn sentence(
    state: ScheduleState,
    next_at: Option<Millis>,
    (failures, code): (u32, Option<&str>),
    missed: Option<&MissedRuns>,
    pause: Option<&Pause>,
) -> String {
    let next = next_at.map(whole_seconds).unwrap_or_default();
    match state {
        ScheduleState::Unplanned => "No scheduler has seen it yet.".into(),
        ScheduleState::Running => "It is run now.".into(),
        ScheduleState::Waiting => format!("Next run at {next}."),
        ScheduleState::Due => "It is due; the next free worker runs it.".into(),
        ScheduleState::Missed => {
            let (runs, since) =
                missed.map_or((0, next), |missed| (missed.runs, whole_seconds(missed.first_due_at)));
            let runs = if runs == 1 { "1 run was".into() } else { format!("{runs} runs were") };
            format!("{runs} missed since {since}: neither weir serve nor a worker runs it.")
        }
        ScheduleState::BackingOff => {
            let times = if failures == 1 { "once".into() } else { format!("{failures} times in a row") };
            format!("It failed {times} ({}); the next attempt is at {next}.", code.unwrap_or("unknown"))
        }
        ScheduleState::Paused => paused_words(pause, next_at, "until it is resumed"),
    }
}

/// A pause as a sentence: by whom, since when, and until when, as far as that is known.
pub(crate) fn paused_words(pause: Option<&Pause>, until: Option<Millis>, endless: &str) -> String {
    let by = match pause {
        Some(pause) if !pause.paused_by.is_empty() => format!(" by {}", pause.paused_by),
        _ => String::new(),
    };
    let since = pause.and_then(|pause| pause.since);
    let since = since.map(|since| format!(" at {}", whole_seconds(since))).unwrap_or_default();
    let until = match until {
        Some(until) => format!(", until {}", whole_seconds(until)),
        None if endless.is_empty() => String::new(),
        None => format!(", {endless}"),
    };
    format!("Paused{by}{since}{until}.")
}

fn whole_seconds(at: Millis) -> String {
    Millis(at.0.div_euclid(1_000) * 1_000).rfc3339().replace(".000Z", "Z")
}
