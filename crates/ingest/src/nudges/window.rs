//! Periods: when they end, by the wall of their zone.

use crate::hygiene;
use jiff::{Span, Timestamp, civil::Date, tz::TimeZone};
use weir_model::{Integration, Millis, NudgePeriod, NudgeSettings};

/// The ends of a nudge's periods.
#[derive(Clone, Debug)]
pub(super) struct Periods {
    period: NudgePeriod,
    hour: i8,
    pub(super) zone: TimeZone,
}

impl Periods {
    pub(super) fn of(settings: &NudgeSettings, integration: &Integration) -> Self {
        let named = settings.zone.as_deref().and_then(|name| TimeZone::get(name).ok());
        Self {
            period: settings.period,
            hour: i8::try_from(settings.hour.min(23)).unwrap_or_default(),
            zone: named.unwrap_or_else(|| hygiene::zone(integration)),
        }
    }

    /// The last end until an instant.
    pub(super) fn end_until(&self, at: Millis) -> Millis {
        let mut date = self.first_of(self.date(at));
        // A day whose hour has not come yet, at most a few around a change of the clock.
        while self.end_on(date) > at && date > Date::MIN {
            date = self.moved(date, -1);
        }
        self.end_on(date)
    }

    /// The first end after an instant.
    pub(super) fn end_after(&self, at: Millis) -> Millis {
        let mut date = self.first_of(self.date(at));
        while self.end_on(date) <= at && date < Date::MAX {
            date = self.moved(date, 1);
        }
        self.end_on(date)
    }

    /// When the period began that ends then.
    pub(super) fn begin_of(&self, end: Millis) -> Millis {
        self.end_until(Millis(end.0 - 1))
    }

    /// How an instant is written in the zone.
    pub(super) fn shown(&self, at: Millis) -> String {
        let zoned = Timestamp::from_millisecond(at.0).unwrap_or_default().to_zoned(self.zone.clone());
        zoned.strftime("%-d %b %Y %H:%M").to_string()
    }

    /// What the zone is called.
    pub(super) fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    fn date(&self, at: Millis) -> Date {
        Timestamp::from_millisecond(at.0).unwrap_or_default().to_zoned(self.zone.clone()).date()
    }

    /// The day on which the period of a day ends at the latest: itself, or its Monday.
    fn first_of(&self, date: Date) -> Date {
        match self.period {
            NudgePeriod::Day => date,
            NudgePeriod::Week => {
                let back = Span::new().days(i64::from(date.weekday().to_monday_zero_offset()));
                date.checked_sub(back).unwrap_or(date)
            }
        }
    }

    fn moved(&self, date: Date, periods: i64) -> Date {
        let days = match self.period {
            NudgePeriod::Day => periods,
            NudgePeriod::Week => 7 * periods,
        };
        let to = if periods < 0 { Date::MIN } else { Date::MAX };
        date.checked_add(Span::new().days(days)).unwrap_or(to)
    }

    fn end_on(&self, date: Date) -> Millis {
        let zoned = date.at(self.hour, 0, 0, 0).to_zoned(self.zone.clone());
        Millis(zoned.map_or(0, |zoned| zoned.timestamp().as_millisecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn periods(period: NudgePeriod, hour: i8, zone: &str) -> Periods {
        Periods { period, hour, zone: TimeZone::get(zone).unwrap() }
    }

    fn at(text: &str) -> Millis {
        Millis::parse(text).unwrap()
    }

    #[test]
    fn a_day_ends_at_its_hour_on_the_wall() {
        let days = periods(NudgePeriod::Day, 8, "Europe/Berlin");
        assert_eq!(days.end_until(at("2026-03-04T06:59:59Z")), at("2026-03-03T07:00:00Z"));
        assert_eq!(days.end_until(at("2026-03-04T07:00:00Z")), at("2026-03-04T07:00:00Z"));
        assert_eq!(days.end_after(at("2026-03-04T07:00:00Z")), at("2026-03-05T07:00:00Z"));
        assert_eq!(days.begin_of(at("2026-03-04T07:00:00Z")), at("2026-03-03T07:00:00Z"));
        // The clock goes forward on 29 March.
        assert_eq!(days.end_after(at("2026-03-28T12:00:00Z")), at("2026-03-29T06:00:00Z"));
        assert_eq!(days.shown(at("2026-03-29T06:00:00Z")), "29 Mar 2026 08:00");
        // An hour that this day does not have comes after it.
        let missing = periods(NudgePeriod::Day, 2, "Europe/Berlin");
        assert_eq!(missing.end_after(at("2026-03-28T12:00:00Z")), at("2026-03-29T01:00:00Z"));
    }

    #[test]
    fn a_week_ends_on_monday() {
        let weeks = periods(NudgePeriod::Week, 9, "UTC");
        // 4 March 2026 is a Wednesday.
        assert_eq!(weeks.end_until(at("2026-03-04T12:00:00Z")), at("2026-03-02T09:00:00Z"));
        assert_eq!(weeks.end_until(at("2026-03-02T08:59:00Z")), at("2026-02-23T09:00:00Z"));
        assert_eq!(weeks.end_after(at("2026-03-02T08:59:00Z")), at("2026-03-02T09:00:00Z"));
        assert_eq!(weeks.begin_of(at("2026-03-02T09:00:00Z")), at("2026-02-23T09:00:00Z"));
    }
}
