//! Instants and dates. Everything inside Weir is UTC; zones are met only at the edges.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An instant in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub i64);

impl Millis {
    /// RFC 3339 in UTC with milliseconds and `Z`; the number itself where it is out of the calendar's range.
    pub fn rfc3339(self) -> String {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(at) => format!("{at:.3}"),
            Err(_) => self.0.to_string(),
        }
    }

    /// The instant that a text of RFC 3339 names, of whatever offset; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|at| Self(at.as_millisecond()))
    }

    /// The same time of day so many months before, in UTC; the beginning of time where the calendar does not reach that far.
    pub fn months_before(self, months: u32) -> Self {
        let at = jiff::Timestamp::from_millisecond(self.0).ok();
        let zoned = at.map(|at| at.to_zoned(jiff::tz::TimeZone::UTC));
        let span = jiff::Span::new().try_months(i64::from(months)).ok();
        let before = zoned.zip(span).and_then(|(zoned, span)| zoned.checked_sub(span).ok());
        before.map_or(Self(0), |before| Self(before.timestamp().as_millisecond()))
    }

    /// Milliseconds from `earlier` to `self`, never negative.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).max(0)
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

/// The one clock. The binary passes the system's, tests their own.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Millis;
}

/// A calendar date without a zone, always `YYYY-MM-DD`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PlainDate(String);

impl TryFrom<String> for PlainDate {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a date of the calendar")
    }
}

impl From<PlainDate> for String {
    fn from(date: PlainDate) -> Self {
        date.0
    }
}

impl PlainDate {
    /// Reads `YYYY-MM-DD`; anything else, or a day that does not exist, is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let date: jiff::civil::Date = text.parse().ok()?;
        (text.len() == 10 && date.year() >= 0).then(|| Self(text.to_owned()))
    }

    /// Its beginning, in UTC.
    pub fn midnight(&self) -> Option<Millis> {
        let date: jiff::civil::Date = self.0.parse().ok()?;
        let zoned = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(Millis(zoned.timestamp().as_millisecond()))
    }

    /// The date as `YYYY-MM-DD`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_reads_as_rfc3339_with_milliseconds() {
        assert_eq!(Millis(1_772_600_767_123).rfc3339(), "2026-03-04T05:06:07.123Z");
        assert_eq!(Millis(0).rfc3339(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Millis(-1).rfc3339(), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn an_instant_is_read_as_it_is_written() {
        for text in ["2026-03-04T05:06:07.123Z", "2026-03-04T06:06:07.123+01:00"] {
            assert_eq!(Millis::parse(text), Some(Millis(1_772_600_767_123)), "{text}");
        }
        for bad in ["", "2026-03-04", "2026-03-04T05:06:07", "tomorrow"] {
            assert_eq!(Millis::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_date_that_does_not_exist_is_not_a_date() {
        assert!(PlainDate::parse("2026-02-28").is_some());
        for bad in ["2026-02-29", "26-02-01", "2026-2-1", "2026-02-01T00:00", "", "tomorrow"] {
            assert!(PlainDate::parse(bad).is_none(), "{bad}");
        }
        assert_eq!(PlainDate::parse("1970-01-02").and_then(|date| date.midnight()), Some(Millis(86_400_000)));
    }
}
