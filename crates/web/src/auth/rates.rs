//! How much of the API one caller may use: so many requests a minute, spread as they like, counted in this process. The
//! arithmetic is the generic cell rate algorithm: of each caller one moment is kept, at which nothing would be left to count.

use super::principal::Principal;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};
use weir_model::{Message, Millis};

/// The time over which requests are counted, in microseconds.
const WINDOW_US: i64 = 60_000_000;

/// More callers than this are not remembered; those with nothing to count go first.
const REMEMBERED: usize = 10_000;

/// What is left to a caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Left {
    limit: i64,
    remaining: i64,
    /// Seconds until everything is there again.
    reset_s: i64,
}

/// Who has used how much of late.
#[derive(Debug)]
pub(crate) struct Rates {
    /// Microseconds that each request costs.
    cost_us: i64,
    free_at_us: Mutex<HashMap<String, i64>>,
}

impl Rates {
    /// So many requests a minute for each caller; at least one.
    pub(crate) fn new(per_minute: u32) -> Self {
        Self { cost_us: (WINDOW_US / i64::from(per_minute.max(1))).max(1), free_at_us: Mutex::default() }
    }

    /// Counts a request, and gives what is left.
    ///
    /// # Errors
    /// `request.rate` when there were too many; what is left is nothing then.
    pub(crate) fn count(&self, caller: &str, now: Millis) -> (Left, Result<(), Message>) {
        let mut free_at = self.free_at_us.lock().unwrap_or_else(PoisonError::into_inner);
        let now = now.0.saturating_mul(1_000);
        if free_at.len() > REMEMBERED {
            free_at.retain(|_, at| *at > now);
        }
        if free_at.len() > REMEMBERED {
            free_at.clear();
        }
        let at = free_at.entry(caller.to_owned()).or_insert(now);
        let after = (*at).max(now) + self.cost_us;
        let over = after - now - WINDOW_US;
        let outcome = match over > 0 {
            true => Err(Message::RequestRate { seconds: seconds(over) }),
            false => {
                *at = after;
                Ok(())
            }
        };
        let used = (*at - now).max(0);
        let left = Left {
            limit: WINDOW_US / self.cost_us,
            remaining: ((WINDOW_US - used) / self.cost_us).max(0),
            reset_s: seconds(used),
        };
        (left, outcome)
    }
}

impl Left {
    /// Says it in the headers of an answer.
    pub(crate) fn stamp(self, headers: &mut HeaderMap) {
        let all = [
            ("ratelimit-limit", self.limit),
            ("ratelimit-remaining", self.remaining),
            ("ratelimit-reset", self.reset_s),
        ];
        for (name, value) in all {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
        }
    }
}

/// For whom requests are counted together: a key, an account, and for strangers their address.
pub(crate) fn caller(principal: Option<&Principal>, address: Option<IpAddr>) -> String {
    match principal.map(Principal::named) {
        Some((kind, Some(id), _)) => format!("{kind} {id}"),
        _ => format!("address {}", address.map(|address| address.to_string()).unwrap_or_default()),
    }
}

fn seconds(us: i64) -> i64 {
    us.div_euclid(1_000_000) + i64::from(us.rem_euclid(1_000_000) > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_has_so_many_a_minute_and_gets_them_back_bit_by_bit() {
        let rates = Rates::new(3);
        let count = |caller: &str, at: i64| rates.count(caller, Millis(at)).1.is_ok();
        assert!(count("a", 0) && count("a", 0) && count("a", 0));
        let (left, refused) = rates.count("a", Millis(0));
        assert_eq!(left, Left { limit: 3, remaining: 0, reset_s: 60 });
        assert_eq!(refused, Err(Message::RequestRate { seconds: 20 }));
        assert!(count("b", 0), "others are not held");
        assert!(!count("a", 19_999) && count("a", 20_000) && !count("a", 20_000));
        assert!(count("a", 80_000) && count("a", 80_000) && count("a", 80_000) && !count("a", 80_000));
    }
}
