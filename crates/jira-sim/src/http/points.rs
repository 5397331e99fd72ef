//! The quota of points of an app: on Cloud what comes with a token of OAuth pays one point for each request and one for each
//! object that it is given, two for a person. It is full again at the top of each hour, by the simulator's clock, and
//! what was not used is lost (Cloud, "Rate limiting", points-based quota).

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::rate;
use super::reply::Reply;
use crate::time;

const HOUR: i64 = 60 * time::MINUTE;

/// What stands in `RateLimit-Reason` and names the policy.
const REASON: &str = "jira-quota-tenant-based";

#[derive(Debug, Default)]
struct State {
    /// Points an hour; None for no quota.
    limit: Option<u64>,
    hour: i64,
    used: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Points(Mutex<State>);

impl Points {
    pub(crate) fn new(limit: Option<u64>) -> Self {
        Points(Mutex::new(State { limit, ..State::default() }))
    }

    /// Another quota, of which nothing is used.
    pub(crate) fn set(&self, limit: Option<u64>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State { limit, ..State::default() };
    }

    /// The refusal, where nothing is left in this hour.
    pub(crate) fn refused(&self, now: i64) -> Option<Reply> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.turn(now);
        let is_over = state.limit.is_some_and(|limit| state.used >= limit);
        is_over.then(|| {
            let wait = Duration::from_millis((HOUR - now.rem_euclid(HOUR)).unsigned_abs());
            let wait = Duration::from_secs(wait.as_secs().max(1));
            let reply = rate::refusal(false, Some(REASON), Some(wait));
            state.headers(now).into_iter().fold(reply, |reply, (name, value)| reply.with_header(name, value))
        })
    }

    /// Pays for an answer; gives what its headers tell.
    pub(crate) fn pay(&self, points: u64, now: i64) -> Vec<(&'static str, String)> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.turn(now);
        state.used = state.used.saturating_add(points);
        state.headers(now)
    }
}

impl State {
    fn turn(&mut self, now: i64) {
        let hour = now.div_euclid(HOUR);
        if hour != self.hour {
            (self.hour, self.used) = (hour, 0);
        }
    }

    fn headers(&self, now: i64) -> Vec<(&'static str, String)> {
        let Some(limit) = self.limit else { return Vec::new() };
        let left = limit.saturating_sub(self.used);
        let full = (now.div_euclid(HOUR) + 1) * HOUR;
        let mut headers = vec![
            ("x-ratelimit-limit", limit.to_string()),
            ("x-ratelimit-remaining", left.to_string()),
            ("x-ratelimit-reset", time::zulu(full)),
            ("ratelimit-policy", format!("\"{REASON}\";q={limit};w=3600")),
        ];
        if left * 5 < limit {
            headers.push(("x-ratelimit-nearlimit", "true".to_owned()));
            headers.push(("ratelimit", format!("\"{REASON}\";r={left};t={}", (full - now) / 1000)));
        }
        headers
    }
}
