//! Instants (epoch milliseconds), plain dates (days since 1970-01-01), profile time zones, and the forms in which
//! Jira writes and reads them.

use std::sync::Arc;

use jiff::{Timestamp, tz::TimeZone};

pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// A time zone as a table of offsets for the years a world can speak of.
#[derive(Debug, Clone)]
pub(crate) struct Zone {
    pub(crate) name: Arc<str>,
    /// (from this instant on, minutes east of UTC), ascending.
    steps: Arc<[(i64, i32)]>,
}

impl Zone {
    /// A zone by its name; UTC when nobody knows it.
    pub(crate) fn load(name: &str) -> Zone {
        Zone::of(name, &TimeZone::get(name).unwrap_or(TimeZone::UTC))
    }

    /// A zone by its name, if the time zone database has it.
    pub(crate) fn find(name: &str) -> Option<Zone> {
        TimeZone::get(name).ok().map(|zone| Zone::of(name, &zone))
    }

    fn of(name: &str, zone: &TimeZone) -> Zone {
        let start = Timestamp::from_second(0).unwrap_or_default();
        let minutes = |at: Timestamp| zone.to_offset(at).seconds() / 60;
        let mut steps = vec![(i64::MIN, minutes(start))];
        for step in zone.following(start).take_while(|step| step.timestamp().as_second() < 2_524_608_000) {
            steps.push((step.timestamp().as_millisecond(), step.offset().seconds() / 60));
        }
        Zone { name: name.into(), steps: steps.into() }
    }

    /// Minutes east of UTC at an instant.
    pub(crate) fn offset(&self, ms: i64) -> i32 {
        self.steps.iter().rev().find(|(from, _)| *from <= ms).map_or(0, |(_, minutes)| *minutes)
    }

    /// The instant of a wall-clock time in this zone, as Java's calendar resolves it: a time that comes twice is the
    /// second one, and one that a clock change leaves out lies as much later as the clock was put forward.
    pub(crate) fn instant(&self, wall_ms: i64) -> i64 {
        let under = |offset: i32| wall_ms - i64::from(offset) * MINUTE;
        let (before, after) = (under(self.offset(wall_ms - DAY)), under(self.offset(wall_ms + DAY)));
        match (self.wall(before) == wall_ms, self.wall(after) == wall_ms) {
            (true, true) => before.max(after),
            (false, true) => after,
            (true | false, false) => before,
        }
    }

    /// The wall-clock time in this zone, as if it were UTC.
    pub(crate) fn wall(&self, ms: i64) -> i64 {
        ms + i64::from(self.offset(ms)) * MINUTE
    }
}

/// Days since 1970-01-01 of a civil date (proleptic Gregorian).
pub(crate) fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil(days: i64) -> (u32, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year as u32, month as u32, day as u32)
}

fn two(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&[b'0' + (value / 10 % 10) as u8, b'0' + (value % 10) as u8]);
}

/// Writes `YYYY-MM-DD`.
pub(crate) fn write_date(out: &mut Vec<u8>, days: i64) {
    let (year, month, day) = civil(days);
    two(out, year / 100);
    two(out, year % 100);
    out.push(b'-');
    two(out, month);
    out.push(b'-');
    two(out, day);
}

fn write_wall(out: &mut Vec<u8>, ms: i64) {
    let days = ms.div_euclid(DAY);
    let of_day = ms.rem_euclid(DAY) as u32;
    write_date(out, days);
    out.push(b'T');
    two(out, of_day / 3_600_000);
    out.push(b':');
    two(out, of_day / 60_000 % 60);
    out.push(b':');
    two(out, of_day / 1000 % 60);
    out.push(b'.');
    let millis = of_day % 1000;
    out.push(b'0' + (millis / 100) as u8);
    two(out, millis % 100);
}

/// Writes the platform's form, `2026-03-04T05:06:07.123-0300`, in the viewer's zone.
pub(crate) fn write_stamp(out: &mut Vec<u8>, ms: i64, zone: &Zone) {
    let offset = zone.offset(ms);
    write_wall(out, ms + i64::from(offset) * MINUTE);
    out.push(if offset < 0 { b'-' } else { b'+' });
    let distance = offset.unsigned_abs();
    two(out, distance / 60);
    two(out, distance % 60);
}

/// `Wed, 04 Mar 2026 05:06:07 GMT`, the form of the `Date` header.
pub(crate) fn http_date(ms: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let days = ms.div_euclid(DAY);
    let (year, month, day) = civil(days);
    let seconds = ms.rem_euclid(DAY) / 1000;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let (weekday, month) = (DAYS[days.rem_euclid(7) as usize], MONTHS[month as usize - 1]);
    format!("{weekday}, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} GMT")
}

/// Writes `2026-03-04T05:06:07.123Z`: the Agile API's form, and the truth's.
pub(crate) fn write_zulu(out: &mut Vec<u8>, ms: i64) {
    write_wall(out, ms);
    out.push(b'Z');
}

fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::with_capacity(32);
    write(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

pub(crate) fn stamp(ms: i64, zone: &Zone) -> String {
    text(|out| write_stamp(out, ms, zone))
}

pub(crate) fn zulu(ms: i64) -> String {
    text(|out| write_zulu(out, ms))
}

pub(crate) fn date(days: i64) -> String {
    text(|out| write_date(out, days))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_in_the_viewers_zone_without_a_colon() {
        let at = days_of(2026, 3, 4) * DAY + 8 * HOUR + 6 * MINUTE + 7_123;
        assert_eq!(stamp(at, &Zone::load("America/Sao_Paulo")), "2026-03-04T05:06:07.123-0300");
        assert_eq!(stamp(at, &Zone::load("Asia/Kolkata")), "2026-03-04T13:36:07.123+0530");
        assert_eq!(zulu(at), "2026-03-04T08:06:07.123Z");
        assert_eq!(http_date(at), "Wed, 04 Mar 2026 08:06:07 GMT");
    }

    #[test]
    fn a_zone_with_summer_time_changes_its_offset() {
        let berlin = Zone::load("Europe/Berlin");
        assert_eq!(berlin.offset(days_of(2026, 1, 15) * DAY), 60);
        assert_eq!(berlin.offset(days_of(2026, 7, 15) * DAY), 120);
        let noon = days_of(2026, 7, 15) * DAY + 12 * HOUR;
        assert_eq!(berlin.instant(berlin.wall(noon)), noon);
    }

    #[test]
    fn a_time_that_comes_twice_is_the_second_one_and_one_left_out_lies_later() {
        let at = |day: i64, hour: i64| days_of(2026, 11, day) * DAY + hour * HOUR + 30 * MINUTE;
        let new_york = Zone::load("America/New_York");
        assert_eq!(zulu(new_york.instant(at(1, 0))), "2026-11-01T04:30:00.000Z");
        assert_eq!(zulu(new_york.instant(at(1, 1))), "2026-11-01T06:30:00.000Z");
        let spring = days_of(2027, 3, 14) * DAY + 2 * HOUR + 30 * MINUTE;
        assert_eq!(zulu(new_york.instant(spring)), "2027-03-14T07:30:00.000Z");
        let chatham = Zone::load("Pacific/Chatham");
        let noon = days_of(2026, 9, 26) * DAY + 12 * HOUR;
        assert_eq!(zulu(chatham.instant(noon)), "2026-09-25T23:15:00.000Z");
        assert_eq!(zulu(chatham.instant(noon + DAY)), "2026-09-26T22:15:00.000Z");
    }

    #[test]
    fn dates_survive_the_way_there_and_back() {
        for days in [0, 59, 11_016, 20_000, 20_758, 47_000] {
            let (year, month, day) = civil(days);
            assert_eq!(days_of(year.into(), month.into(), day.into()), days);
        }
        assert_eq!(date(days_of(2028, 2, 29)), "2028-02-29");
    }
}
