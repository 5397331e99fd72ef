//! Which failures are tried again, and after how long.

use std::time::Duration;

use crate::error::HttpError;
use crate::rate_limit::{Advice, LONGEST_WAIT};
use crate::request::{Idempotent, Request};

const FIRST_DELAY: Duration = Duration::from_secs(1);
const LONGEST_DELAY: Duration = Duration::from_secs(30);

/// Waits a server's 429 may cost beyond the attempts that failures may cost.
const RATE_LIMIT_ALLOWANCE: u32 = 2;

/// Statuses that say the server, or something before it, is in trouble for now.
pub(crate) fn is_passing(status: http::StatusCode) -> bool {
    matches!(status.as_u16(), 500 | 502 | 503 | 504)
}

/// Whether a failure of this request is tried again after `failures` failed attempts.
pub(crate) fn again_after_failure(request: &Request, error: &HttpError, failures: u32) -> bool {
    let harmless = request.idempotent == Idempotent::Yes || error.nothing_sent();
    error.is_transient() && harmless && failures < request.max_attempts
}

/// Whether a 429 is waited for; the server did nothing, so that any request may be repeated.
pub(crate) fn again_after_rate_limit(request: &Request, refusals: u32) -> bool {
    request.max_attempts > 1 && refusals < request.max_attempts * RATE_LIMIT_ALLOWANCE
}

/// The delay before the next attempt after `failures` failures in a row: exponential from 1 s,
/// doubling, at most 30 s, with full jitter (`chance` in `0.0..1.0`).
pub(crate) fn backoff(failures: u32, chance: f64) -> Duration {
    ceiling(failures).mul_f64(chance.clamp(0.0, 1.0))
}

/// The delay after a 429: what the server asked for, spread so that those who waited together do
/// not return together; or, unsaid, an exponential delay of at least half.
pub(crate) fn rate_limit_delay(advice: &Advice, refusals: u32, chance: f64) -> Duration {
    let chance = chance.clamp(0.0, 1.0);
    match advice.wait {
        Some(wait) => spread(wait, chance),
        None => ceiling(refusals).mul_f64(0.5 + chance / 2.0),
    }
}

/// A wait the server asked for, plus up to a tenth (at most 2 s).
pub(crate) fn spread(wait: Duration, chance: f64) -> Duration {
    let extra = (wait / 10).min(Duration::from_secs(2));
    (wait + extra.mul_f64(chance.clamp(0.0, 1.0))).min(LONGEST_WAIT)
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
        Advice { wait: seconds.map(Duration::from_secs), reach: Reach::Group, reason: None }
    }

    #[test]
    fn delays_double_up_to_thirty_seconds() {
        let ceilings: Vec<u64> = (1..=7).map(|failures| backoff(failures, 1.0).as_secs()).collect();
        assert_eq!(ceilings, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(backoff(u32::MAX, 1.0).as_secs(), 30);
        assert_eq!(backoff(3, 0.0), Duration::ZERO);
    }

    #[test]
    fn a_delay_is_never_shorter_than_the_server_asked() {
        assert_eq!(rate_limit_delay(&asked(Some(10)), 1, 0.0), Duration::from_secs(10));
        assert_eq!(rate_limit_delay(&asked(Some(10)), 1, 1.0), Duration::from_secs(11));
        assert_eq!(rate_limit_delay(&asked(Some(900)), 1, 1.0), LONGEST_WAIT);
    }

    #[test]
    fn an_unsaid_delay_grows_and_is_never_zero() {
        assert_eq!(rate_limit_delay(&asked(None), 1, 0.0), Duration::from_millis(500));
        assert_eq!(rate_limit_delay(&asked(None), 3, 0.0), Duration::from_secs(2));
    }
}
