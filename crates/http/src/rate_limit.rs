//! What a server says about waiting (jira-api.md §12.1): `Retry-After`, `X-RateLimit-Reset` and
//! `RateLimit-Reason`.

use std::time::Duration;

use http::{HeaderMap, header};
use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// Longest single wait, whatever a server asks for: quotas are counted by the hour.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// Jira gives this `Retry-After` (seconds) as a stand-in; a reset instant is the truth.
const STAND_IN_RETRY_AFTER: u64 = 3600;

/// Clocks that differ by less than this are taken to agree: `Date` has whole seconds only.
const SAME_CLOCK_MS: u64 = 2000;

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
    /// The reason is none that we know: what was asked may not be enough.
    pub(crate) unknown: bool,
    pub(crate) reason: Option<String>,
}

/// The time by which a server's instants are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    now_ms: i64,
}

/// The end of a window, from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reset {
    pub(crate) wait: Duration,
    /// Told to the minute only: no length of a window can be learnt from it.
    pub(crate) coarse: bool,
}

impl Clock {
    /// Our own clock, or the server's (`Date`) where the two clearly differ.
    pub(crate) fn of(headers: &HeaderMap, now_ms: i64) -> Self {
        let date = headers.get(header::DATE).and_then(|date| http_date_ms(date.to_str().ok()?));
        Self { now_ms: date.filter(|date| date.abs_diff(now_ms) > SAME_CLOCK_MS).unwrap_or(now_ms) }
    }

    /// Seconds or an HTTP date.
    fn until_retry(self, value: &str) -> Option<Duration> {
        if let Ok(seconds) = value.parse::<u64>() {
            return Some(Duration::from_secs(seconds));
        }
        Some(self.until(http_date_ms(value)?))
    }

    /// An ISO instant, with or without seconds; or epoch seconds, or seconds from now, as other
    /// tools give it. An instant that has passed says nothing.
    pub(crate) fn until_reset(self, value: &str) -> Option<Reset> {
        let wait = match value.parse::<i64>() {
            Ok(number) if number > 1_000_000_000 => self.until(number.saturating_mul(1000)),
            Ok(number) => Duration::from_secs(number.max(0).unsigned_abs()),
            Err(_) => self.until(value.parse::<Timestamp>().ok()?.as_millisecond()),
        };
        let coarse = value.contains('T') && value.matches(':').count() - offset_colons(value) < 2;
        (!wait.is_zero()).then(|| Reset { wait: wait.min(LONGEST_WAIT), coarse })
    }

    fn until(self, instant_ms: i64) -> Duration {
        Duration::from_millis(instant_ms.saturating_sub(self.now_ms).max(0).unsigned_abs())
    }
}

/// Colons after the sign of a numeric offset, `+01:00`.
fn offset_colons(value: &str) -> usize {
    let time = value.split_once('T').map_or("", |(_, time)| time);
    time.find(['+', '-']).map_or(0, |at| time[at..].matches(':').count())
}

/// Reads the advice out of the headers of a 429.
pub(crate) fn advice(headers: &HeaderMap, now_ms: i64) -> Advice {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let clock = Clock::of(headers, now_ms);
    let retry_after = text("retry-after").and_then(|value| clock.until_retry(value));
    let reset = text("x-ratelimit-reset").and_then(|value| clock.until_reset(value));
    let reason = text("ratelimit-reason").map(|reason| crate::text::snippet(reason.as_bytes()));
    let is = |prefix: &str| reason.as_deref().is_some_and(|reason| reason.starts_with(prefix));
    let wait = match (retry_after, reset) {
        (Some(after), Some(reset)) if after.as_secs() == STAND_IN_RETRY_AFTER => Some(reset.wait),
        // A burst is over in seconds; a minute without its seconds is too rough to tell when.
        (Some(after), Some(reset)) if reset.coarse && is("jira-burst") && !after.is_zero() => Some(after),
        (Some(after), Some(reset)) => Some(after.max(reset.wait)),
        (after, reset) => after.or(reset.map(|reset| reset.wait)),
    };
    Advice {
        wait: wait.filter(|wait| !wait.is_zero()).map(|wait| wait.min(LONGEST_WAIT)),
        reach: if is("jira-quota-") { Reach::Client } else { Reach::Group },
        unknown: reason.is_some() && !is("jira-quota-") && !is("jira-burst") && !is("jira-per-issue"),
        reason,
    }
}

/// `Retry-After` of an answer other than 429. Its other rate headers tell of the normal state.
pub(crate) fn pause_after_failure(headers: &HeaderMap, now_ms: i64) -> Option<Duration> {
    let value = headers.get("retry-after")?.to_str().ok()?.trim();
    let wait = Clock::of(headers, now_ms).until_retry(value)?.min(LONGEST_WAIT);
    (!wait.is_zero()).then_some(wait)
}

/// A header that is a number.
pub(crate) fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
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
        assert_eq!(waits(&[("retry-after", "3600"), ("x-ratelimit-reset", "2026-03-01T11:00Z")]), Some(3600));
        assert_eq!(waits(&[("retry-after", "3600"), ("x-ratelimit-reset", "2026-03-01T12:50Z")]), Some(3000));
    }

    #[test]
    fn no_wait_is_longer_than_an_hour() {
        assert_eq!(waits(&[("retry-after", "18446744073709551615")]), Some(3600));
        assert_eq!(waits(&[("x-ratelimit-reset", "9223372036854775807")]), Some(3600));
        assert_eq!(waits(&[("x-ratelimit-reset", "9999-01-01T00:00Z")]), Some(3600));
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

    #[test]
    fn a_burst_is_over_in_seconds_whatever_the_minute_says() {
        let reset = ("x-ratelimit-reset", "2026-03-01T12:01Z");
        let burst = ("ratelimit-reason", "jira-burst-based");
        assert_eq!(waits(&[("retry-after", "2"), reset, burst]), Some(2));
        assert_eq!(waits(&[("retry-after", "2"), reset]), Some(60));
    }

    #[test]
    fn instants_are_read_by_the_servers_clock_where_ours_is_wrong() {
        let reset = ("x-ratelimit-reset", "2026-03-01T13:00:20Z");
        assert_eq!(waits(&[("date", "Sun, 01 Mar 2026 13:00:00 GMT"), reset]), Some(20));
        assert_eq!(
            waits(&[
                ("date", "Sun, 01 Mar 2026 11:59:59 GMT"),
                ("x-ratelimit-reset", "2026-03-01T12:00:20Z")
            ]),
            Some(20)
        );
    }

    #[test]
    fn an_instant_without_seconds_is_known_to_be_rough() {
        let clock = Clock { now_ms: NOW };
        let coarse = |value: &str| clock.until_reset(value).unwrap().coarse;
        assert!(coarse("2026-03-01T12:02Z") && coarse("2026-03-01T13:02+01:00"));
        assert!(!coarse("2026-03-01T12:02:05Z") && !coarse("2026-03-01T13:02:05+01:00") && !coarse("60"));
    }

    #[test]
    fn a_reason_that_nobody_documents_is_unknown() {
        let unknown = |reason: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("ratelimit-reason", HeaderValue::from_static(reason));
            advice(&headers, NOW).unknown
        };
        assert!(unknown("jira-cost-based") && unknown("jira-max-concurrent-threads-8"));
        assert!(!unknown("jira-burst-based") && !unknown("jira-quota-global-based"));
        assert!(!advice(&HeaderMap::new(), NOW).unknown);
    }
}
