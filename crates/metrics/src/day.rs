//! A day of the calendar, as a number that can be kept and compared.

use jiff::{Span, civil::Date, tz::TimeZone};
use weir_model::Millis;

const EPOCH: Date = Date::constant(1970, 1, 1);

/// Days since 1970-01-01, in no zone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Day(pub i32);

impl Day {
    /// Reads the day at the beginning of a text: `2026-03-04`, or `2026-03-04 00:00:00.0`.
    pub fn parse(text: &str) -> Option<Self> {
        let date: Date = text.trim_start().get(..10)?.parse().ok()?;
        Some(Self::from(date))
    }

    /// The day on which an instant falls in a zone; `None` outside the calendar.
    pub fn of(at: Millis, zone: &TimeZone) -> Option<Self> {
        let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
        Some(Self::from(at.to_zoned(zone.clone()).date()))
    }

    /// The instant at which it begins in a zone; `None` outside the calendar.
    pub fn begin(self, zone: &TimeZone) -> Option<Millis> {
        let zoned = self.date()?.to_zoned(zone.clone()).ok()?;
        Some(Millis(zoned.timestamp().as_millisecond()))
    }

    /// The same as a date; `None` outside the calendar.
    pub fn date(self) -> Option<Date> {
        EPOCH.checked_add(Span::new().try_days(self.0).ok()?).ok()
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        Self((date - EPOCH).get_days())
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.date() {
            Some(date) => date.fmt(f),
            None => self.0.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_it_is_written_and_begins_in_its_zone() {
        assert_eq!(Day::parse("1970-01-02"), Some(Day(1)));
        assert_eq!(Day::parse("2026-03-04 00:00:00.0").map(|day| day.to_string()), Some("2026-03-04".into()));
        assert_eq!(Day::parse("soon"), None);
        assert_eq!(Day(i32::MAX).date(), None);
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
        let begin = Day(1).begin(&tokyo).unwrap();
        assert_eq!(begin, Millis(15 * 3_600_000));
        assert_eq!(Day::of(begin, &tokyo), Some(Day(1)));
        assert_eq!(Day::of(Millis(begin.0 - 1), &tokyo), Some(Day(0)));
    }
}
