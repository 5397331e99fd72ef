//! What a server says about waiting (jira-api.md §12.1): `Retry-After`, `X-RateLimit-Reset` and
//! `RateLimit-Reason`.

use std::time::Duration;

use http::HeaderMap;
use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// Longest single wait, whatever a server asks for.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// Jira gives this `Retry-After` (seconds) as a stand-in; a nearer reset instant is the truth.
const STAND_IN_RETRY_AFTER: u64 = 3600;

/// Who has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Requests of the same endpoint group.
    Group,
    /// Every request of the client: a quota of the site or the app is used up.
    Client,
}

/// A server's wish to be left alone for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Advice {
    /// How long; nothing when the server did not say.
    pub(crate) wait: Option<Duration>,
    pub(crate) reach: Reach,
    pub(crate) reason: Option<String>,
}

/// Reads the advice out of an answer's headers.
pub(crate) fn advice(headers: &HeaderMap, now_ms: i64) -> Advice {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let retry_after = text("retry-after").and_then(|value| parse_retry_after(value, now_ms));
    let reset = text("x-ratelimit-reset").and_then(|value| parse_reset(value, now_ms));
    let wait = match (retry_after, reset) {
        (Some(after), Some(reset)) if after.as_secs() == STAND_IN_RETRY_AFTER && reset < after => Some(reset),
        (Some(after), Some(reset)) => Some(after.max(reset)),
        (after, reset) => after.or(reset),
    };
    let reason = text("ratelimit-reason").map(|reason| crate::text::snippet(reason.as_bytes()));
    let quota = reason.as_deref().is_some_and(|reason| reason.starts_with("jira-quota-"));
    Advice {
        wait: wait.filter(|wait| !wait.is_zero()).map(|wait| wait.min(LONGEST_WAIT)),
        reach: if quota { Reach::Client } else { Reach::Group },
        reason,
    }
}

/// `Retry-After` of an answer other than 429. Its other rate headers tell of the normal state.
pub(crate) fn pause_after_failure(headers: &HeaderMap, now_ms: i64) -> Option<Duration> {
    let value = headers.get("retry-after")?.to_str().ok()?.trim();
    let wait = parse_retry_after(value, now_ms)?.min(LONGEST_WAIT);
    (!wait.is_zero()).then_some(wait)
}

/// Seconds or an HTTP date.
fn parse_retry_after(value: &str, now_ms: i64) -> Option<Duration> {
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    Some(until(http_date_ms(value)?, now_ms))
}

/// An ISO instant, with or without seconds; or epoch seconds, or seconds from now, as other tools
/// give it. An instant that has passed says nothing.
fn parse_reset(value: &str, now_ms: i64) -> Option<Duration> {
    if let Ok(number) = value.parse::<i64>() {
        let is_instant = number > 1_000_000_000;
        let wait = if is_instant {
            until(number.saturating_mul(1000), now_ms)
        } else {
            Duration::from_secs(number.max(0).unsigned_abs())
        };
        return Some(wait).filter(|wait| !wait.is_zero());
    }
    let instant = value.parse::<Timestamp>().ok()?.as_millisecond();
    Some(until(instant, now_ms)).filter(|wait| !wait.is_zero())
}

fn until(instant_ms: i64, now_ms: i64) -> Duration {
    Duration::from_millis(instant_ms.saturating_sub(now_ms).max(0).unsigned_abs())
}

/// An HTTP date (RFC 9110 §5.6.7, the preferred form) as milliseconds since the Unix epoch.
pub(crate) fn http_date_ms(value: &str) -> Option<i64> {
    Some(rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};

    /// 2026-03-01T12:00:00Z.
    const NOW: i64 = 1_772_366_400_000;

    fn waits(pairs: &[(&'static str, &'static str)]) -> Option<u64> {
        let headers = pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        advice(&headers, NOW).wait.map(|wait| wait.as_secs())
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_date() {
        assert_eq!(waits(&[("retry-after", "7")]), Some(7));
        assert_eq!(waits(&[("retry-after", "Sun, 01 Mar 2026 12:00:30 GMT")]), Some(30));
        assert_eq!(waits(&[("retry-after", "Sun, 01 Mar 2026 11:59:30 GMT")]), None);
        assert_eq!(waits(&[("retry-after", "0")]), None);
        for junk in ["soon", "-5", "1e9", ""] {
            assert_eq!(waits(&[("retry-after", junk)]), None, "{junk}");
        }
    }

    #[test]
    fn a_reset_instant_may_lack_its_seconds() {
        assert_eq!(waits(&[("x-ratelimit-reset", "2026-03-01T12:02Z")]), Some(120));
        assert_eq!(waits(&[("x-ratelimit-reset", "2026-03-01T12:02:05Z")]), Some(125));
        assert_eq!(waits(&[("x-ratelimit-reset", "2026-03-01T13:02:05.250+01:00")]), Some(125));
        assert_eq!(waits(&[("x-ratelimit-reset", "1772366460")]), Some(60));
        assert_eq!(waits(&[("x-ratelimit-reset", "2026-03-01T11:59Z")]), None);
    }

    #[test]
    fn the_later_of_two_instants_wins_unless_it_is_the_stand_in() {
        let reset = ("x-ratelimit-reset", "2026-03-01T12:00:20Z");
        assert_eq!(waits(&[("retry-after", "5"), reset]), Some(20));
        assert_eq!(waits(&[("retry-after", "50"), reset]), Some(50));
        assert_eq!(waits(&[("retry-after", "3600"), reset]), Some(20));
        assert_eq!(waits(&[("retry-after", "3600"), ("x-ratelimit-reset", "2026-03-01T11:00Z")]), Some(900));
    }

    #[test]
    fn no_wait_is_longer_than_a_quarter_of_an_hour() {
        assert_eq!(waits(&[("retry-after", "18446744073709551615")]), Some(900));
        assert_eq!(waits(&[("x-ratelimit-reset", "9223372036854775807")]), Some(900));
        assert_eq!(waits(&[("x-ratelimit-reset", "9999-01-01T00:00Z")]), Some(900));
    }

    #[test]
    fn quota_reasons_reach_the_whole_client() {
        let reach = |reason: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("ratelimit-reason", HeaderValue::from_static(reason));
            advice(&headers, NOW).reach
        };
        assert_eq!(reach("jira-quota-tenant-based"), Reach::Client);
        assert_eq!(reach("jira-quota-global-based"), Reach::Client);
        assert_eq!(reach("jira-burst-based"), Reach::Group);
        assert_eq!(reach("something-new"), Reach::Group);
    }
}
