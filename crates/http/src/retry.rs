//! Which failures are tried again, and after how long.

use std::time::Duration;

use crate::error::HttpError;
use crate::rate_limit::{Advice, LONGEST_WAIT};
use crate::request::{Idempotent, Request};

const FIRST_DELAY: Duration = Duration::from_secs(1);
const LONGEST_DELAY: Duration = Duration::from_secs(5 * 60);

/// Waits a server's 429 may cost beyond the attempts that failures may cost.
const RATE_LIMIT_ALLOWANCE: u32 = 2;

/// How long a request waits for a limit that is to wait for it: a quota is counted by the hour, so that one that
/// is not given back within two is not given back at all.
const LIMIT_PATIENCE: Duration = Duration::from_secs(2 * 60 * 60);

/// Attempts that end with a web page where data was expected, before it is believed.
const PAGE_ATTEMPTS: u32 = 3;

/// What has become of a request so far.
#[derive(Debug, Default)]
pub(crate) struct Tries {
    pub(crate) attempts: u32,
    pub(crate) failures: u32,
    pub(crate) refusals: u32,
    /// On the timing's own axis.
    pub(crate) first_failure: Option<Duration>,
    pub(crate) first_refusal: Option<Duration>,
    pub(crate) waited: Duration,
}

/// Statuses that say the server, or something before it, is in trouble for now.
pub(crate) fn is_passing(status: http::StatusCode) -> bool {
    matches!(status.as_u16(), 500 | 502 | 503 | 504)
}

/// Whether a failure of this request is tried again after `tries.failures` failed attempts; after so many as the
/// request has, only while the whole site is down: `last_answer` is when it last answered anybody.
pub(crate) fn again_after_failure(
    request: &Request,
    error: &HttpError,
    tries: &Tries,
    last_answer: Option<Duration>,
    now: Duration,
) -> bool {
    let harmless = request.idempotent == Idempotent::Yes || error.nothing_sent();
    if !error.is_transient() || !harmless || (request.divisible && error.is_of_size()) {
        return false;
    }
    if matches!(error, HttpError::NotJson { .. }) && tries.failures >= PAGE_ATTEMPTS {
        return false;
    }
    let is_down =
        || last_answer.is_some_and(|answer| tries.first_failure.is_some_and(|first| answer <= first));
    tries.failures < request.max_attempts || (is_down() && within(tries.first_failure, request.patience, now))
}

/// Whether a 429 is waited for; the server did nothing, so that any request may be repeated.
pub(crate) fn again_after_rate_limit(request: &Request, tries: &Tries, now: Duration) -> bool {
    let is_patient = request.waits_for_limits || !request.patience.is_zero();
    request.max_attempts > 1
        && (tries.refusals < request.max_attempts * RATE_LIMIT_ALLOWANCE
            || (is_patient && within(tries.first_refusal, LIMIT_PATIENCE, now)))
}

/// A delay that does not outlast the patience of a request whose attempts are used up.
pub(crate) fn bounded(delay: Duration, request: &Request, tries: &Tries, now: Duration) -> Duration {
    if tries.failures < request.max_attempts {
        return delay;
    }
    let end = tries.first_failure.unwrap_or(now) + request.patience;
    delay.min(end.saturating_sub(now))
}

fn within(since: Option<Duration>, patience: Duration, now: Duration) -> bool {
    since.is_some_and(|since| now < since + patience)
}

/// The delay before the next attempt after `failures` failures in a row: exponential from 1 s,
/// doubling, at most 5 min, with full jitter (`chance` in `0.0..1.0`).
pub(crate) fn backoff(failures: u32, chance: f64) -> Duration {
    ceiling(failures).mul_f64(chance.clamp(0.0, 1.0))
}

/// The delay after a 429: what the server asked for, spread so that those who waited together do
/// not return together; or, unsaid, an exponential delay of at least half. For a reason that nobody
/// documents it is the longer of the two.
pub(crate) fn rate_limit_delay(advice: &Advice, refusals: u32, chance: f64) -> Duration {
    let chance = chance.clamp(0.0, 1.0);
    let exponential = ceiling(refusals).mul_f64(0.5 + chance / 2.0);
    match advice.wait {
        Some(wait) if advice.unknown => spread(wait, chance).max(exponential),
        Some(wait) => spread(wait, chance),
        None => exponential,
    }
}

/// A wait the server asked for, plus up to a tenth (at most 2 s).
pub(crate) fn spread(wait: Duration, chance: f64) -> Duration {
    let extra = (wait / 10).min(Duration::from_secs(2));
    wait.min(LONGEST_WAIT) + extra.mul_f64(chance.clamp(0.0, 1.0))
}

fn ceiling(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    FIRST_DELAY.saturating_mul(1 << doublings).min(LONGEST_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate_limit::Reach;

    fn asked(seconds: Option<u64>) -> Advice {
        Advice { wait: seconds.map(Duration::from_secs), reach: Reach::Group, unknown: false, reason: None }
    }

    #[test]
    fn delays_double_up_to_five_minutes() {
        let ceilings: Vec<u64> = (1..=10).map(|failures| backoff(failures, 1.0).as_secs()).collect();
        assert_eq!(ceilings, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
        assert_eq!(backoff(u32::MAX, 1.0).as_secs(), 300);
        assert_eq!(backoff(3, 0.0), Duration::ZERO);
    }

    #[test]
    fn a_delay_is_never_shorter_than_the_server_asked() {
        assert_eq!(rate_limit_delay(&asked(Some(10)), 1, 0.0), Duration::from_secs(10));
        assert_eq!(rate_limit_delay(&asked(Some(10)), 1, 1.0), Duration::from_secs(11));
        let longest = rate_limit_delay(&asked(Some(900_000)), 1, 1.0);
        assert_eq!(longest, LONGEST_WAIT + Duration::from_secs(2));
    }

    #[test]
    fn an_unsaid_delay_grows_and_is_never_zero() {
        assert_eq!(rate_limit_delay(&asked(None), 1, 0.0), Duration::from_millis(500));
        assert_eq!(rate_limit_delay(&asked(None), 3, 0.0), Duration::from_secs(2));
    }

    #[test]
    fn an_unknown_reason_gets_the_longer_of_what_was_asked_and_what_is_due() {
        let unknown = Advice { unknown: true, ..asked(Some(3)) };
        assert_eq!(rate_limit_delay(&unknown, 1, 0.0), Duration::from_secs(3));
        assert_eq!(rate_limit_delay(&unknown, 5, 0.0), Duration::from_secs(8));
        assert_eq!(rate_limit_delay(&asked(Some(3)), 5, 0.0), Duration::from_secs(3));
    }
}
