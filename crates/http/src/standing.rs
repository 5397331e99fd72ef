//! What an answer tells of the limits that stand, whether or not it was refused.
//!
//! Three families of headers: Cloud's `X-RateLimit-Limit`, `-Remaining`, `-Reset` and `-NearLimit`
//! (jira-api.md §12.1); Data Center's token bucket, told by `-Interval-Seconds` and `-FillRate`
//! (§12.2); and the structured `RateLimit` and `RateLimit-Policy` (IETF draft
//! `ratelimit-headers`). Names that begin with `Beta-` announce what is not enforced yet; they
//! are not read.

use std::time::Duration;

use http::HeaderMap;

use crate::rate_limit::{Clock, Reset, number};

/// Windows up to this long can be paced; what a longer one leaves is a quota, often not counted in
/// requests, and is only watched.
const LONGEST_PACED: Duration = Duration::from_secs(60);

/// The limits that one answer tells of.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Standing {
    /// Requests allowed in a window, or the size of a token bucket.
    pub(crate) limit: Option<u64>,
    /// Of these, those still left.
    pub(crate) remaining: Option<u64>,
    /// When the window ends.
    pub(crate) reset: Option<Reset>,
    /// Less than a fifth is left.
    pub(crate) near: bool,
    /// The rate that can be kept up, where it is told.
    pub(crate) policy: Option<Policy>,
    /// The limit is the caller's, whatever is asked for: Data Center has one bucket for each user.
    pub(crate) is_of_caller: bool,
}

/// So many requests in each window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Policy {
    pub(crate) requests: f64,
    pub(crate) window: Duration,
}

impl Policy {
    fn new(requests: u64, window_seconds: u64) -> Option<Self> {
        let window = Duration::from_secs(window_seconds);
        (requests > 0 && window_seconds > 0).then_some(Self { requests: requests as f64, window })
    }

    /// Requests a second.
    pub(crate) fn rate(&self) -> f64 {
        self.requests / self.window.as_secs_f64()
    }
}

/// A quota that an answer tells of: of a window that is too long to be paced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// What there is of it in a window, often not counted in requests.
    pub limit: u64,
    /// Of that, what is still left.
    pub left: u64,
    /// When it is full again, in milliseconds since the Unix epoch.
    pub resets_at_ms: i64,
}

/// Reads the quota out of an answer's headers, where they tell one.
pub(crate) fn quota(headers: &HeaderMap, now_ms: i64) -> Option<Quota> {
    let clock = Clock::of(headers, now_ms);
    let window = text(headers, "ratelimit-policy")
        .into_iter()
        .flat_map(items)
        .filter_map(|item| parameter(item, "w"))
        .max();
    let reset = text(headers, "x-ratelimit-reset").and_then(|value| clock.until_reset(value))?;
    let is_long = window.is_some_and(|seconds| Duration::from_secs(seconds) > LONGEST_PACED)
        || reset.wait > LONGEST_PACED;
    let wait = i64::try_from(reset.wait.as_millis()).ok()?;
    is_long.then_some(Quota {
        limit: number(headers, "x-ratelimit-limit")?,
        left: number(headers, "x-ratelimit-remaining")?,
        resets_at_ms: now_ms.saturating_add(wait),
    })
}

/// Reads the limits out of an answer's headers.
pub(crate) fn standing(headers: &HeaderMap, clock: Clock) -> Standing {
    let limit = number(headers, "x-ratelimit-limit");
    let remaining = number(headers, "x-ratelimit-remaining");
    let told_near =
        text(headers, "x-ratelimit-nearlimit").is_some_and(|near| near.eq_ignore_ascii_case("true"));
    let mut standing = Standing {
        limit,
        remaining,
        reset: text(headers, "x-ratelimit-reset").and_then(|value| clock.until_reset(value)),
        near: told_near,
        policy: bucket(headers),
        is_of_caller: bucket(headers).is_some(),
    };
    if let Some(left) = text(headers, "ratelimit").and_then(scarcest)
        && standing.remaining.is_none_or(|known| left.requests < known)
    {
        standing.remaining = Some(left.requests);
        standing.reset = left.reset.or(standing.reset);
    }
    if let Some(policy) = text(headers, "ratelimit-policy").and_then(slowest) {
        standing.limit = standing.limit.or(Some(policy.requests as u64));
        standing.policy = standing.policy.or(Some(policy));
    }
    standing.near |=
        matches!((standing.remaining, standing.limit), (Some(left), Some(limit)) if left * 5 < limit);
    standing
}

/// Data Center's token bucket: `FillRate` tokens come in each interval.
fn bucket(headers: &HeaderMap) -> Option<Policy> {
    let interval = number(headers, "x-ratelimit-interval-seconds")?;
    Policy::new(number(headers, "x-ratelimit-fillrate")?, interval)
}

struct Left {
    requests: u64,
    reset: Option<Reset>,
}

/// The limit of which least is left: `"burst";r=5;t=1, "quota";r=900;t=1800`.
fn scarcest(value: &str) -> Option<Left> {
    let lefts = items(value).filter_map(|item| {
        let reset =
            parameter(item, "t").map(|seconds| Reset { wait: Duration::from_secs(seconds), coarse: false });
        Some(Left { requests: parameter(item, "r")?, reset })
    });
    lefts.min_by_key(|left| left.requests)
}

/// The policy with the lowest rate among those that can be paced: `"burst";q=100;w=1`.
fn slowest(value: &str) -> Option<Policy> {
    let policies = items(value).filter_map(|item| Policy::new(parameter(item, "q")?, parameter(item, "w")?));
    policies.filter(|policy| policy.window <= LONGEST_PACED).min_by(|a, b| a.rate().total_cmp(&b.rate()))
}

/// Members of a structured list that count requests.
fn items(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').filter(|item| {
        let unit = item.split(';').find_map(|part| part.trim().strip_prefix("qu="));
        unit.is_none_or(|unit| unit.trim_matches('"') == "requests")
    })
}

fn parameter(item: &str, name: &str) -> Option<u64> {
    item.split(';').skip(1).find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('=')?.parse().ok())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};

    #[test]
    fn a_quota_is_told_from_a_burst_by_how_long_its_window_is() {
        let told = |reset: &'static str, policy: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert("x-ratelimit-limit", HeaderValue::from_static("65000"));
            headers.insert("x-ratelimit-remaining", HeaderValue::from_static("64000"));
            headers.insert("x-ratelimit-reset", HeaderValue::from_static(reset));
            if let Some(policy) = policy {
                headers.insert("ratelimit-policy", HeaderValue::from_static(policy));
            }
            quota(&headers, NOW)
        };
        let full = Quota { limit: 65_000, left: 64_000, resets_at_ms: NOW + 1_800_000 };
        assert_eq!(told("2026-03-01T12:30:00Z", None), Some(full));
        assert_eq!(told("2026-03-01T12:01Z", None), None, "a burst");
        let last = told("2026-03-01T12:00:20Z", Some("\"jira-quota-tenant-based\";q=65000;w=3600"));
        assert_eq!(last.map(|quota| quota.resets_at_ms), Some(NOW + 20_000), "in its last minute");
        assert_eq!(quota(&HeaderMap::new(), NOW), None);
    }

    /// 2026-03-01T12:00:00Z.
    const NOW: i64 = 1_772_366_400_000;

    fn read(pairs: &[(&'static str, &'static str)]) -> Standing {
        let headers = pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        standing(&headers, Clock::of(&headers, NOW))
    }

    #[test]
    fn clouds_headers_tell_limit_rest_and_reset() {
        let told = read(&[
            ("x-ratelimit-limit", "350"),
            ("x-ratelimit-remaining", "349"),
            ("x-ratelimit-reset", "2026-03-01T12:00:01Z"),
        ]);
        assert_eq!((told.limit, told.remaining, told.near), (Some(350), Some(349), false));
        assert_eq!(told.reset, Some(Reset { wait: Duration::from_secs(1), coarse: false }));
        assert_eq!(told.policy, None);
    }

    #[test]
    fn a_limit_is_near_when_told_or_when_less_than_a_fifth_is_left() {
        assert!(read(&[("x-ratelimit-nearlimit", "true")]).near);
        assert!(!read(&[("x-ratelimit-nearlimit", "false")]).near);
        assert!(read(&[("x-ratelimit-limit", "100"), ("x-ratelimit-remaining", "19")]).near);
        assert!(!read(&[("x-ratelimit-limit", "100"), ("x-ratelimit-remaining", "20")]).near);
    }

    #[test]
    fn data_centers_bucket_tells_its_rate() {
        let told = read(&[
            ("x-ratelimit-limit", "50"),
            ("x-ratelimit-remaining", "7"),
            ("x-ratelimit-interval-seconds", "2"),
            ("x-ratelimit-fillrate", "10"),
            ("retry-after", "0"),
        ]);
        assert_eq!(told.policy.map(|policy| policy.rate()), Some(5.0));
        assert!(told.near);
    }

    #[test]
    fn structured_fields_tell_the_scarcest_and_the_slowest() {
        let told = read(&[
            ("ratelimit", "\"quota\";r=9000;t=1800, \"burst\";r=3;t=1"),
            (
                "ratelimit-policy",
                "\"quota\";q=65000;w=3600, \"burst\";q=10;w=1, \"bytes\";q=1;w=1;qu=\"content-bytes\"",
            ),
        ]);
        assert_eq!((told.remaining, told.limit), (Some(3), Some(10)));
        assert_eq!(told.reset.map(|reset| reset.wait), Some(Duration::from_secs(1)));
        assert_eq!(told.policy.map(|policy| policy.rate()), Some(10.0));
    }

    #[test]
    fn what_is_only_announced_or_cannot_be_read_is_ignored() {
        let told = read(&[
            ("beta-ratelimit", "\"quota\";r=0;t=1800"),
            ("beta-ratelimit-policy", "\"quota\";q=1;w=1"),
            ("beta-x-ratelimit-remaining", "0"),
            ("x-ratelimit-limit", "many"),
            ("x-ratelimit-fillrate", "0"),
            ("x-ratelimit-interval-seconds", "0"),
            ("ratelimit-policy", "\"a\";q=0;w=0, junk;;=, \"b\";q=-1"),
        ]);
        assert_eq!(told, Standing::default());
    }
}
