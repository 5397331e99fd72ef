//! Instants as Jira writes them.
//!
//! REST v2 and v3 write `2026-03-04T05:06:07.123+0000`, which is not RFC 3339; the Agile API writes `Z` or an offset
//! with a colon; bulk changelogs write epoch milliseconds as a number. `jira-api` §5.1.

use serde::Deserialize;
use serde_json::value::RawValue;
use weir_model::Millis;

/// Reads a JSON value: a string in any of Jira's forms, or a number of epoch milliseconds.
pub(super) fn from_json(raw: &RawValue) -> Option<Millis> {
    let text = raw.get().trim();
    if let Some(inner) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return parse(inner);
    }
    text.parse::<i64>().ok().or_else(|| text.parse::<f64>().ok().map(|number| number as i64)).map(Millis)
}

/// Reads a stamp.
pub(super) fn parse(text: &str) -> Option<Millis> {
    let text = text.trim();
    let bytes = text.as_bytes();
    if bytes.len() < 16
        || bytes[4] != b'-'
        || bytes[7] != b'-'
        || !matches!(bytes[10], b'T' | b' ')
        || bytes[13] != b':'
    {
        return text.parse::<i64>().ok().map(Millis);
    }
    let (year, month, day) = (number(&bytes[..4])?, number(&bytes[5..7])?, number(&bytes[8..10])?);
    let (hour, minute) = (number(&bytes[11..13])?, number(&bytes[14..16])?);
    if !(1..=12).contains(&month) || day < 1 || day > month_length(year, month) || hour > 24 || minute > 59 {
        return None;
    }
    let mut rest = &bytes[16..];
    let mut second = 0;
    let mut millis = 0;
    if rest.first() == Some(&b':') {
        second = number(rest.get(1..3)?)?;
        rest = &rest[3..];
        if second > 60 {
            return None;
        }
        if matches!(rest.first(), Some(b'.' | b',')) {
            let digits = rest[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            for place in 0..3 {
                millis = millis * 10 + if place < digits { i64::from(rest[1 + place] - b'0') } else { 0 };
            }
            rest = &rest[1 + digits..];
        }
    }
    let offset = offset_minutes(rest)?;
    let seconds =
        days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset * 60;
    Some(Millis(seconds * 1_000 + millis))
}

/// `Z`, `+hhmm`, `+hh:mm` or `+hh`; nothing means UTC.
fn offset_minutes(zone: &[u8]) -> Option<i64> {
    let (sign, digits) = match zone.split_first() {
        None | Some((b'Z' | b'z', [])) => return Some(0),
        Some((b'+', digits)) => (1, digits),
        Some((b'-', digits)) => (-1, digits),
        Some(_) => return None,
    };
    let minutes = match digits.len() {
        2 => number(digits)? * 60,
        4 => number(&digits[..2])? * 60 + number(&digits[2..])?,
        5 if digits[2] == b':' => number(&digits[..2])? * 60 + number(&digits[3..])?,
        _ => return None,
    };
    Some(sign * minutes)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}

fn month_length(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar (years counted from March, 400-year eras).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// An instant field of a wire type: tolerant, `None` where it is null, absent or unreadable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp(pub(super) Option<Millis>);

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        Ok(Self(from_json(raw)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_stamp_is_the_same_instant() {
        let forms = [
            "2026-03-04T05:06:07.123+0000",
            "2026-03-04T02:06:07.123-0300",
            "2026-03-04T10:51:07.123+0545",
            "2026-03-04T10:51:07.123+05:45",
            "2026-03-04T05:06:07.123Z",
            "2026-03-04T05:06:07.123",
            "2026-03-04T06:06:07.1239+01",
            "1772600767123",
        ];
        for form in forms {
            assert_eq!(parse(form), Some(Millis(1_772_600_767_123)), "{form}");
        }
        assert_eq!(parse("2026-03-04T05:06Z"), Some(Millis(1_772_600_760_000)));
        assert_eq!(parse("1969-12-31T23:59:59.999Z"), Some(Millis(-1)));
    }

    #[test]
    fn what_is_no_instant_is_none() {
        for bad in [
            "",
            "yesterday",
            "2026-02-30T00:00:00.000Z",
            "2026-13-01T00:00:00Z",
            "2026-03-04T05:06:07.123+5",
            "04/Mar/26",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_agrees_with_the_calendar_library() {
        let mut date = jiff::civil::date(1800, 1, 1);
        for day in (-62_091..).take(146_097) {
            let (year, month, of_month) =
                (i64::from(date.year()), i64::from(date.month()), i64::from(date.day()));
            assert_eq!(days_from_civil(year, month, of_month), day, "{date}");
            date = date.tomorrow().unwrap();
        }
    }
}
