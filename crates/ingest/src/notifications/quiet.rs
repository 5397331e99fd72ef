//! Quiet hours, by the wall of their zone.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use weir_model::{Millis, QuietHours};

/// When something may be sent that happens at an instant: then, or when the quiet hours are over in which it lies.
pub(super) fn not_before(quiet: Option<&QuietHours>, at: Millis) -> Millis {
    quiet.and_then(|quiet| ends(quiet, at)).unwrap_or(at)
}

/// The end of the quiet hours in which an instant lies.
fn ends(quiet: &QuietHours, at: Millis) -> Option<Millis> {
    let zone = TimeZone::get(&quiet.zone).ok()?;
    let now = Timestamp::from_millisecond(at.0).ok()?.to_zoned(zone.clone());
    let minute = now.hour() as u16 * 60 + now.minute() as u16;
    let (from, until) = (quiet.from, quiet.until);
    let is_over_midnight = from > until;
    let is_quiet = match is_over_midnight {
        true => minute >= from || minute < until,
        false => (from..until).contains(&minute),
    };
    if !is_quiet {
        return None;
    }
    let ends_tomorrow = is_over_midnight && minute >= from;
    let date = if ends_tomorrow { now.date().tomorrow().ok()? } else { now.date() };
    let (hour, minute) = (i8::try_from(until / 60).ok()?, i8::try_from(until % 60).ok()?);
    let end = DateTime::from_parts(date, jiff::civil::time(hour, minute, 0, 0)).to_zoned(zone).ok()?;
    Some(Millis(end.timestamp().as_millisecond()).max(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Millis {
        Millis::parse(text).unwrap()
    }

    fn sent(from: &str, until: &str, happens: &str) -> Millis {
        let minutes = |text: &str| QuietHours::minutes(text).unwrap();
        let quiet =
            QuietHours { from: minutes(from), until: minutes(until), zone: "Europe/Berlin".to_owned() };
        not_before(Some(&quiet), at(happens))
    }

    #[test]
    fn what_happens_in_quiet_hours_is_sent_at_their_end() {
        let over_night = |happens| sent("22:00", "07:00", happens);
        assert_eq!(over_night("2026-03-04T20:59:59Z"), at("2026-03-04T20:59:59Z"));
        assert_eq!(over_night("2026-03-04T21:00:00Z"), at("2026-03-05T06:00:00Z"));
        assert_eq!(over_night("2026-03-05T05:59:59Z"), at("2026-03-05T06:00:00Z"));
        assert_eq!(over_night("2026-03-05T06:00:00Z"), at("2026-03-05T06:00:00Z"));
        // The clocks go forward in this night.
        assert_eq!(over_night("2026-03-28T23:00:00Z"), at("2026-03-29T05:00:00Z"));
        let at_noon = |happens| sent("12:00", "13:30", happens);
        assert_eq!(at_noon("2026-03-04T11:15:00Z"), at("2026-03-04T12:30:00Z"));
        assert_eq!(at_noon("2026-03-04T12:30:00Z"), at("2026-03-04T12:30:00Z"));
        assert_eq!(not_before(None, at("2026-03-04T11:15:00Z")), at("2026-03-04T11:15:00Z"));
    }
}
