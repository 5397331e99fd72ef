//! A limit of requests that is kept: on Cloud one token bucket for each endpoint and method, which all callers share, on
//! Data Center one for every caller, whatever is asked for.
//!
//! Every reply tells the state of its bucket in the product's headers (Cloud: "Rate limiting", `X-RateLimit-*`; Data
//! Center: "Adjusting your code for rate limiting", `X-RateLimit-Interval-Seconds`, `X-RateLimit-FillRate`). Buckets
//! fill by the real time, not by the simulator's clock, which may stand still.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::reply::Reply;
use crate::time;

/// How many requests a second are answered, and how many at once after a rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Tokens that are added in a second, at least 1.
    pub per_second: u32,
    /// Tokens that a bucket holds, at least 1.
    pub burst: u32,
}

impl Rate {
    /// Reads `10/s`, or `10/s+50` with room for 50 at once.
    pub fn parse(text: &str) -> Option<Rate> {
        let (rate, burst) = text.split_once('+').map_or((text, None), |(rate, burst)| (rate, Some(burst)));
        let per_second: u32 = rate.strip_suffix("/s")?.parse().ok()?;
        let burst = burst.map_or(Some(per_second), |burst| burst.parse().ok())?;
        (per_second > 0 && burst > 0).then_some(Rate { per_second, burst })
    }
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

/// When a refusal was given, and how long it asked to wait.
#[derive(Debug, Clone, Copy)]
struct Refused {
    at: Instant,
    wait: Duration,
}

/// Requests that were sent before the refusal could arrive are nobody's fault.
const ON_THE_WAY: Duration = Duration::from_millis(250);

#[derive(Debug)]
struct State {
    rate: Option<Rate>,
    buckets: HashMap<String, Bucket>,
    refused: HashMap<String, Refused>,
}

/// The limit with its counts.
#[derive(Debug)]
pub(crate) struct Gate {
    state: Mutex<State>,
    over: AtomicU64,
    early: AtomicU64,
}

/// What the limit has to say about one request.
#[derive(Debug, Default)]
pub(crate) struct Passage {
    pub(crate) headers: Vec<(&'static str, String)>,
    /// How long to wait, where the request is refused.
    pub(crate) wait: Option<Duration>,
}

impl Gate {
    pub(crate) fn new(rate: Option<Rate>) -> Gate {
        let state = State { rate, buckets: HashMap::new(), refused: HashMap::new() };
        Gate { state: Mutex::new(state), over: AtomicU64::new(0), early: AtomicU64::new(0) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the limit, with full buckets; None for none.
    pub(crate) fn set(&self, rate: Option<Rate>) {
        let mut state = self.state();
        state.rate = rate;
        state.buckets.clear();
        state.refused.clear();
    }

    /// Requests beyond the limit so far.
    pub(crate) fn over(&self) -> u64 {
        self.over.load(Ordering::Relaxed)
    }

    /// Requests that came although an earlier refusal had asked to wait longer.
    pub(crate) fn early(&self) -> u64 {
        self.early.load(Ordering::Relaxed)
    }

    /// Remembers that a caller was asked to wait.
    pub(crate) fn ask_to_wait(&self, key: &str, wait: Duration) {
        self.state().refused.insert(key.to_owned(), Refused { at: Instant::now(), wait });
    }

    /// Takes a token for a request; `now` is the simulator's time for the headers.
    pub(crate) fn pass(&self, key: &str, is_dc: bool, now: i64) -> Passage {
        let mut state = self.state();
        let here = Instant::now();
        if let Some(refused) = state.refused.get(key) {
            let since = here.duration_since(refused.at);
            if since >= refused.wait {
                state.refused.remove(key);
            } else if since > ON_THE_WAY {
                self.early.fetch_add(1, Ordering::Relaxed);
            }
        }
        let Some(rate) = state.rate else { return Passage::default() };
        let full = f64::from(rate.burst);
        let bucket = state.buckets.entry(key.to_owned()).or_insert(Bucket { tokens: full, filled: here });
        let fresh = here.duration_since(bucket.filled).as_secs_f64() * f64::from(rate.per_second);
        bucket.tokens = (bucket.tokens + fresh).min(full);
        bucket.filled = here;
        let refused = bucket.tokens < 1.0;
        if !refused {
            bucket.tokens -= 1.0;
        }
        let left = bucket.tokens;
        let missing =
            |tokens: f64| Duration::from_secs_f64((tokens - left).max(0.0) / f64::from(rate.per_second));
        // Whole seconds are all that `Retry-After` can say.
        let wait = refused.then(|| Duration::from_secs(missing(1.0).as_secs_f64().ceil().max(1.0) as u64));
        if let Some(wait) = wait {
            self.over.fetch_add(1, Ordering::Relaxed);
            state.refused.insert(key.to_owned(), Refused { at: here, wait });
        }
        let headers = match is_dc {
            true => data_center(rate.burst, left as u32, rate.per_second, wait.unwrap_or_default()),
            false => {
                let until = wait.unwrap_or_else(|| missing(full));
                cloud(rate.burst, left as u32, now + until.as_millis() as i64)
            }
        };
        Passage { headers, wait }
    }
}

/// Cloud's headers; the instant of the reset without seconds, as the burst limiter names it.
pub(crate) fn cloud(limit: u32, left: u32, reset: i64) -> Vec<(&'static str, String)> {
    let full_minute = reset + (time::MINUTE - reset.rem_euclid(time::MINUTE)) % time::MINUTE;
    let mut text = time::zulu(full_minute);
    text.replace_range(16..23, "");
    let mut headers = vec![
        ("x-ratelimit-limit", limit.to_string()),
        ("x-ratelimit-remaining", left.to_string()),
        ("x-ratelimit-reset", text),
    ];
    if left * 5 < limit {
        headers.push(("x-ratelimit-nearlimit", "true".to_owned()));
    }
    headers
}

/// Data Center's headers; `retry-after` is 0 while tokens remain.
pub(crate) fn data_center(limit: u32, left: u32, fill: u32, wait: Duration) -> Vec<(&'static str, String)> {
    vec![
        ("x-ratelimit-limit", limit.to_string()),
        ("x-ratelimit-remaining", left.to_string()),
        ("x-ratelimit-interval-seconds", "1".to_owned()),
        ("x-ratelimit-fillrate", fill.to_string()),
        ("retry-after", wait.as_secs().to_string()),
    ]
}

/// The refusal of either product.
pub(crate) fn refusal(is_dc: bool, reason: Option<&str>, wait: Option<Duration>) -> Reply {
    let said = if is_dc { "Rate limit exceeded." } else { "Rate limit exceeded" };
    let mut reply = Reply::json(&serde_json::json!({ "message": said })).with_status(429);
    if let Some(wait) = wait {
        reply = reply.with_header("retry-after", wait.as_secs().to_string());
    }
    if let Some(reason) = reason {
        reply = reply.with_header("ratelimit-reason", reason.to_owned());
    }
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_a_second_with_or_without_a_burst() {
        assert_eq!(Rate::parse("10/s"), Some(Rate { per_second: 10, burst: 10 }));
        assert_eq!(Rate::parse("10/s+50"), Some(Rate { per_second: 10, burst: 50 }));
        for wrong in ["10", "0/s", "x/s", "10/s+0", "10/s+"] {
            assert_eq!(Rate::parse(wrong), None, "{wrong}");
        }
    }
}
