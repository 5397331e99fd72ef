//! The rule: whether an integration is due. Pure: what was planned, what stands against it, and the time, in; what to do, out.
//! Decision 0012 has the reasons.

use super::rhythm::{Rhythm, seed};
use crate::health::family_of;
use weir_model::{Millis, MissedRuns, Pause, Schedule, StatusFamily};

const MINUTE_MS: i64 = 60_000;

/// The first wait after a failure that goes away by itself, and the longest.
const HEALING: (i64, i64) = (MINUTE_MS, 60 * MINUTE_MS);

/// The same where a person has to do something first: trying again costs the site a request, and nobody else anything.
const NEEDS_YOU: (i64, i64) = (15 * MINUTE_MS, 6 * 60 * MINUTE_MS);

/// The same where the site has asked us to stay away.
const SENT_AWAY: (i64, i64) = (15 * MINUTE_MS, 60 * MINUTE_MS);

/// What is to be done about an integration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// Nothing is planned yet, or what is planned does not hold any more: it is due then.
    Plan(Millis),
    /// It is due later.
    Wait(Millis),
    /// It is paused until then, or until somebody resumes it.
    Paused(Option<Millis>),
    /// It is due.
    Due(Due),
}

/// A run that is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Due {
    /// The time that was planned.
    pub(crate) planned: Millis,
    /// The time that the run is for: the latest of those that have come. It makes up for the others, once.
    pub(crate) serves: Millis,
    /// Those before it, which nobody has seen to.
    pub(crate) missed: Option<MissedRuns>,
}

/// Judges.
pub(crate) fn judge(rhythm: &Rhythm, kept: Option<&Schedule>, pause: Option<&Pause>, now: Millis) -> Verdict {
    if let Some(pause) = pause.filter(|pause| pause.holds(now)) {
        return Verdict::Paused(pause.until);
    }
    let Some(kept) = kept else { return Verdict::Plan(now) };
    let next = rhythm.after(now);
    let is_due = kept.due_at <= now;
    if kept.basis != rhythm.basis && !is_due {
        let due_at = if kept.failures > 0 { kept.due_at.min(next) } else { next };
        return Verdict::Plan(due_at);
    }
    // Nothing is ever planned for later than this. Where it is, the clock has gone back.
    let latest = match kept.failures {
        0 => next,
        failures => Millis(now.0 + longest_wait(failures, kept.failure_code.as_deref())),
    };
    if kept.due_at > latest {
        return Verdict::Plan(latest);
    }
    if !is_due {
        return Verdict::Wait(kept.due_at);
    }
    // What came while it was paused was not missed.
    let since = pause.and_then(|pause| pause.until).map_or(kept.due_at, |until| until.max(kept.due_at));
    let span = rhythm.within(since, now);
    let missed = span.and_then(|span| {
        // What is new is due at once, which is no time of the rhythm.
        let is_first = kept.served_at.is_none() && kept.failures == 0;
        let was_first = is_first && since == kept.due_at && since < span.first;
        let first_due_at = if was_first { since } else { span.first };
        let runs = span.count - 1 + u64::from(was_first);
        let last_due_at = span.before_last.unwrap_or(first_due_at);
        (runs > 0).then_some(MissedRuns { first_due_at, last_due_at, runs, noticed_at: now })
    });
    Verdict::Due(Due { planned: kept.due_at, serves: span.map_or(kept.due_at, |span| span.last), missed })
}

/// How long it is waited after a failure: twice as long after each in a row, up to a bound, and then as long again and again.
pub(crate) fn wait_after(failures: u32, code: Option<&str>, integration: &str) -> i64 {
    let wait = doubled(failures, code);
    // Those that failed together do not come back together.
    wait + (seed(integration) % (wait / 10).max(1).unsigned_abs()) as i64
}

/// No wait after so many failures is longer.
fn longest_wait(failures: u32, code: Option<&str>) -> i64 {
    let wait = doubled(failures, code);
    wait + wait / 10
}

fn doubled(failures: u32, code: Option<&str>) -> i64 {
    let code = code.unwrap_or_default();
    let (first, longest) = match family_of(code) {
        _ if code == "jira.rate_limited" => SENT_AWAY,
        StatusFamily::NeedsYou => NEEDS_YOU,
        StatusFamily::Healing | StatusFamily::None => HEALING,
    };
    let times = 1_i64 << failures.saturating_sub(1).min(20);
    first.saturating_mul(times).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::samples::{at, integration};

    fn rhythm() -> Rhythm {
        Rhythm::of(&integration(15, None, "UTC"))
    }

    fn kept(rhythm: &Rhythm, due_at: Millis) -> Schedule {
        Schedule {
            basis: rhythm.basis.clone(),
            due_at,
            served_at: None,
            failures: 0,
            failure_code: None,
            failed_at: None,
        }
    }

    fn failed(rhythm: &Rhythm, due_at: Millis, failures: u32, code: &str) -> Schedule {
        Schedule { failures, failure_code: Some(code.into()), ..kept(rhythm, due_at) }
    }

    fn later(from: Millis, minutes: i64) -> Millis {
        Millis(from.0 + minutes * MINUTE_MS)
    }

    fn slot(rhythm: &Rhythm) -> Millis {
        rhythm.after(at("2026-03-04T12:00:00Z"))
    }

    #[test]
    fn what_was_never_planned_is_due_at_once() {
        let now = at("2026-03-04T12:00:00Z");
        assert_eq!(judge(&rhythm(), None, None, now), Verdict::Plan(now));
        let planned = kept(&rhythm(), now);
        let due = Due { planned: now, serves: now, missed: None };
        assert_eq!(judge(&rhythm(), Some(&planned), None, now), Verdict::Due(due));
    }

    #[test]
    fn a_run_is_due_at_its_time_and_not_before() {
        let rhythm = rhythm();
        let due_at = slot(&rhythm);
        let kept = kept(&rhythm, due_at);
        assert_eq!(judge(&rhythm, Some(&kept), None, Millis(due_at.0 - 1)), Verdict::Wait(due_at));
        let due = Due { planned: due_at, serves: due_at, missed: None };
        assert_eq!(judge(&rhythm, Some(&kept), None, due_at), Verdict::Due(due));
        assert_eq!(
            judge(&rhythm, Some(&kept), None, later(due_at, 14)),
            Verdict::Due(due),
            "late is not missed"
        );
    }

    #[test]
    fn a_server_that_was_down_makes_up_once_and_counts_what_it_missed() {
        let rhythm = rhythm();
        let due_at = slot(&rhythm);
        let kept = kept(&rhythm, due_at);
        let now = later(due_at, 62);
        let Verdict::Due(due) = judge(&rhythm, Some(&kept), None, now) else { panic!("it is due") };
        assert_eq!((due.planned, due.serves), (due_at, later(due_at, 60)));
        let missed = due.missed.expect("four");
        assert_eq!((missed.runs, missed.first_due_at, missed.last_due_at), (4, due_at, later(due_at, 45)));
        // Killed in the middle of it, the next one finds the same run due, and nothing missed twice.
        let begun = Schedule { due_at: due.serves, ..kept };
        let again = Due { planned: due.serves, serves: due.serves, missed: None };
        assert_eq!(judge(&rhythm, Some(&begun), None, later(now, 1)), Verdict::Due(again));
        // After it, the next due time is in the future, whatever had come.
        assert_eq!(rhythm.after(now), later(due_at, 75));
    }

    #[test]
    fn a_clock_that_goes_back_does_not_silence_an_integration() {
        let rhythm = rhythm();
        let due_at = slot(&rhythm);
        let kept_ahead = kept(&rhythm, due_at);
        let now = later(due_at, -3 * 24 * 60);
        let next = rhythm.after(now);
        assert_eq!(judge(&rhythm, Some(&kept_ahead), None, now), Verdict::Plan(next));
        assert!(next.since(now) <= 15 * MINUTE_MS);
        let replanned = kept(&rhythm, next);
        assert_eq!(
            judge(&rhythm, Some(&replanned), None, now),
            Verdict::Wait(next),
            "planned once, not again and again"
        );
        assert!(matches!(judge(&rhythm, Some(&replanned), None, next), Verdict::Due(_)));
    }

    #[test]
    fn a_clock_that_goes_back_does_not_lengthen_a_wait_after_a_failure() {
        let rhythm = rhythm();
        let now = at("2026-03-04T12:00:00Z");
        let ahead = failed(&rhythm, later(now, 24 * 60), 1, "net.timeout");
        let Verdict::Plan(then) = judge(&rhythm, Some(&ahead), None, now) else {
            panic!("it is planned anew")
        };
        assert!(then > now && then.since(now) <= 2 * MINUTE_MS);
        let waiting = Schedule { due_at: then, ..ahead };
        assert_eq!(judge(&rhythm, Some(&waiting), None, now), Verdict::Wait(then));
    }

    #[test]
    fn a_clock_that_goes_ahead_costs_one_run() {
        let rhythm = rhythm();
        let due_at = slot(&rhythm);
        let now = later(due_at, 365 * 24 * 60);
        let Verdict::Due(due) = judge(&rhythm, Some(&kept(&rhythm, due_at)), None, now) else {
            panic!("due")
        };
        assert!(due.serves <= now && now.since(due.serves) < 15 * MINUTE_MS);
        assert_eq!(due.missed.map(|missed| missed.runs), Some(365 * 24 * 4));
    }

    #[test]
    fn a_pause_holds_back_everything_and_nothing_of_it_counts_as_missed() {
        let rhythm = rhythm();
        let due_at = slot(&rhythm);
        let kept = kept(&rhythm, due_at);
        let forever = Pause::default();
        assert_eq!(judge(&rhythm, Some(&kept), Some(&forever), later(due_at, 600)), Verdict::Paused(None));
        assert_eq!(judge(&rhythm, None, Some(&forever), due_at), Verdict::Paused(None));
        let until = later(due_at, 100);
        let bounded = Pause { until: Some(until), ..Pause::default() };
        assert_eq!(
            judge(&rhythm, Some(&kept), Some(&bounded), later(due_at, 99)),
            Verdict::Paused(Some(until))
        );
        // 105 is the first due time after it, 120 the second.
        let Verdict::Due(due) = judge(&rhythm, Some(&kept), Some(&bounded), later(due_at, 101)) else {
            panic!("it is due once the pause is over")
        };
        assert_eq!((due.planned, due.serves, due.missed), (due_at, due_at, None));
        let Verdict::Due(due) = judge(&rhythm, Some(&kept), Some(&bounded), later(due_at, 121)) else {
            panic!("it is due")
        };
        assert_eq!((due.serves, due.missed.map(|missed| missed.runs)), (later(due_at, 120), Some(1)));
    }

    #[test]
    fn another_rhythm_is_taken_over_at_once() {
        let hourly = Rhythm::of(&integration(60, None, "UTC"));
        let rhythm = rhythm();
        let due_at = slot(&rhythm);
        let now = later(due_at, -1);
        let kept = kept(&rhythm, due_at);
        assert_eq!(judge(&hourly, Some(&kept), None, now), Verdict::Plan(hourly.after(now)));
        assert!(matches!(judge(&hourly, Some(&kept), None, due_at), Verdict::Due(_)), "what is due stays so");
        let nightly = Rhythm::of(&integration(60, Some("0 3 * * *"), "UTC"));
        let Verdict::Plan(night) = judge(&nightly, Some(&kept), None, now) else { panic!("planned anew") };
        assert_eq!(night.rfc3339()[..16], *"2026-03-05T03:00");
    }

    #[test]
    fn a_failure_is_tried_again_sooner_than_the_next_night_and_never_given_up() {
        let nightly = Rhythm::of(&integration(15, Some("0 3 * * *"), "UTC"));
        let mut now = at("2026-03-04T03:00:30Z");
        let mut waits = vec![];
        for failures in 1..=200_u32 {
            let wait = wait_after(failures, Some("net.timeout"), "x");
            let kept = failed(&nightly, Millis(now.0 + wait), failures, "net.timeout");
            assert_eq!(
                judge(&nightly, Some(&kept), None, now),
                Verdict::Wait(kept.due_at),
                "after {failures}"
            );
            assert!(
                matches!(judge(&nightly, Some(&kept), None, kept.due_at), Verdict::Due(_)),
                "after {failures}"
            );
            waits.push(wait / MINUTE_MS);
            now = kept.due_at;
        }
        assert_eq!(waits[..7], [1, 2, 4, 8, 16, 32, 60].map(waits_with_shift), "{waits:?}");
        assert!(waits[6..].iter().all(|wait| (60..=66).contains(wait)), "{waits:?}");
    }

    fn waits_with_shift(minutes: i64) -> i64 {
        let wait = minutes * MINUTE_MS;
        (wait + (seed("x") % (wait / 10).unsigned_abs()) as i64) / MINUTE_MS
    }

    #[test]
    fn what_needs_a_person_is_tried_less_often_and_what_was_sent_away_stays_away_a_while() {
        let minutes = |failures, code| doubled(failures, Some(code)) / MINUTE_MS;
        assert_eq!((minutes(1, "auth.revoked"), minutes(9, "auth.revoked")), (15, 360));
        assert_eq!((minutes(1, "jira.rate_limited"), minutes(9, "jira.rate_limited")), (15, 60));
        assert_eq!((minutes(1, "store.failed"), minutes(u32::MAX, "store.failed")), (1, 60));
    }

    #[test]
    fn a_retry_that_nobody_was_there_for_is_made_up_for_like_a_due_time() {
        let rhythm = rhythm();
        let due_at = slot(&rhythm);
        let retry = failed(&rhythm, later(due_at, 2), 1, "net.timeout");
        let Verdict::Due(due) = judge(&rhythm, Some(&retry), None, later(due_at, 3)) else { panic!("due") };
        assert_eq!((due.serves, due.missed), (later(due_at, 2), None));
        let Verdict::Due(due) = judge(&rhythm, Some(&retry), None, later(due_at, 50)) else { panic!("due") };
        assert_eq!((due.serves, due.missed.map(|missed| missed.runs)), (later(due_at, 45), Some(2)));
    }

    #[test]
    fn through_the_change_of_clocks_each_night_has_one_run() {
        let rhythm = Rhythm::of(&integration(15, Some("30 2 * * *"), "Europe/Berlin"));
        for (from, until) in [
            ("2026-03-26T12:00:00Z", "2026-04-01T12:00:00Z"),
            ("2026-10-22T12:00:00Z", "2026-10-28T12:00:00Z"),
        ] {
            let (mut now, mut runs) = (at(from), 0);
            let mut kept = kept(&rhythm, rhythm.after(now));
            while now < at(until) {
                if let Verdict::Due(due) = judge(&rhythm, Some(&kept), None, now) {
                    assert_eq!(due.missed, None, "at {now}");
                    runs += 1;
                    kept.due_at = rhythm.after(now);
                }
                now = later(now, 1);
            }
            assert_eq!(runs, 6, "from {from}");
        }
    }
}
