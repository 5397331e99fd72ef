//! How pages write numbers, times and other people's text.

use jiff::{Timestamp, Zoned, tz::TimeZone};
use weir_model::{DAY_MS, Millis};

/// Between the thousands of a number, and before a unit: narrow, and no line breaks there.
const THIN: char = '\u{202f}';

/// A number with its thousands apart.
pub(super) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(THIN);
        }
        text.push(digit);
    }
    text
}

/// A number of things: `1 issue`, `2 issues`.
pub(super) fn count(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(value), if value == 1 { one } else { many })
}

/// A duration in its two largest units.
pub(super) fn duration(ms: i64) -> String {
    let seconds = (ms.max(0) + 500) / 1_000;
    let pair = |large: i64, name: &str, small: i64, small_name: &str| match small {
        0 => format!("{large}{THIN}{name}"),
        _ => format!("{large}{THIN}{name} {small}{THIN}{small_name}"),
    };
    match seconds {
        0 => format!("{}{THIN}ms", ms.max(0)),
        1..=59 => format!("{seconds}{THIN}s"),
        60..=3_599 => pair(seconds / 60, "min", seconds % 60, "s"),
        3_600..=86_399 => pair(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => pair(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

/// Percent with one digit behind the point; none where there is nothing behind it.
pub(super) fn percent(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    match rounded.fract() == 0.0 {
        true => format!("{rounded:.0}{THIN}%"),
        false => format!("{rounded:.1}{THIN}%"),
    }
}

/// What parts are of a whole in percent, with as few digits behind the point as let the shown ones add up.
pub(super) fn shares(parts: &[u32]) -> Vec<String> {
    let total: u32 = parts.iter().sum();
    let share = |part: u32| f64::from(part) * 100.0 / f64::from(total.max(1));
    let rounded = |value: f64, digits: i32| (value * 10f64.powi(digits)).round() as i64;
    let adds_up = |digits: &i32| {
        let shown: i64 = parts.iter().map(|part| rounded(share(*part), *digits)).sum();
        total == 0 || shown == 100 * 10i64.pow(digits.unsigned_abs())
    };
    let digits = (1..=3).find(adds_up).unwrap_or(3);
    parts.iter().map(|part| format!("{:.*}{THIN}%", digits.unsigned_abs() as usize, share(*part))).collect()
}

/// A duration in minutes at best: for what need not be exact.
pub(super) fn about(ms: i64) -> String {
    if ms < 60_000 { duration(ms) } else { duration(ms / 60_000 * 60_000) }
}

/// `14:26`.
pub(super) fn clock(at: Millis) -> String {
    shown(at, "%H:%M")
}

/// `Thu 19 Nov`.
pub(super) fn date(at: Millis) -> String {
    shown(at, "%a %-d %b")
}

/// `Thu 19 Nov 14:26`.
pub(super) fn moment(at: Millis) -> String {
    shown(at, "%a %-d %b %H:%M")
}

/// `19 Nov 2026 14:26:05 UTC`.
pub(super) fn instant(at: Millis) -> String {
    shown(at, "%-d %b %Y %H:%M:%S UTC")
}

/// From one moment to another: the date of the second is left out where it is the same.
pub(super) fn span(from: Millis, until: Millis) -> String {
    let end = if date(from) == date(until) { clock(until) } else { moment(until) };
    format!("{} – {end}", moment(from))
}

/// `2026-11-19`.
pub(super) fn iso_day(day: i64) -> String {
    shown(Millis(day * DAY_MS), "%Y-%m-%d")
}

/// `Thu 19`, `Thu` or `19`.
pub(super) fn day(day: i64, pattern: &str) -> String {
    shown(Millis(day * DAY_MS), pattern)
}

/// In UTC; the number itself where it is out of the calendar's range.
fn shown(at: Millis, pattern: &str) -> String {
    match Timestamp::from_millisecond(at.0) {
        Ok(at) => Zoned::new(at, TimeZone::UTC).strftime(pattern).to_string(),
        Err(_) => at.0.to_string(),
    }
}

/// Text of somebody else, without what moves a cursor or turns the direction of reading. Markup in it is the template's to
/// escape.
pub(super) fn inert(text: &str) -> String {
    let kept = |c: char| match c {
        '\n' | '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            '\u{fffd}'
        }
        c => c,
    };
    text.chars().map(kept).collect()
}

/// A part of a path.
pub(super) fn segment(text: &str) -> String {
    let mut path = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                path.push(char::from(byte))
            }
            _ => path.push_str(&format!("%{byte:02X}")),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_durations_are_read_at_a_glance() {
        assert_eq!(number(48_231).replace(THIN, " "), "48 231");
        assert_eq!(number(7), "7");
        let plain = |ms| duration(ms).replace(THIN, " ");
        assert_eq!(plain(120), "120 ms");
        assert_eq!(plain(12_000), "12 s");
        assert_eq!(plain(108_000), "1 min 48 s");
        assert_eq!(plain(5_280_000), "1 h 28 min");
        assert_eq!(plain(2 * DAY_MS), "2 d");
        assert_eq!(percent(94.736).replace(THIN, " "), "94.7 %");
        assert_eq!(percent(100.0).replace(THIN, " "), "100 %");
        assert_eq!(about(482_000).replace(THIN, " "), "8 min");
    }

    #[test]
    fn shares_that_are_shown_add_up() {
        let plain = |parts: &[u32]| shares(parts).join(" ").replace(THIN, "");
        assert_eq!(plain(&[76, 3, 0, 5]), "90.48% 3.57% 0.00% 5.95%");
        assert_eq!(plain(&[83, 1, 0, 0]), "98.8% 1.2% 0.0% 0.0%");
        assert_eq!(plain(&[0, 0]), "0.0% 0.0%");
    }

    #[test]
    fn times_say_the_day_and_leave_out_what_is_said() {
        let at = Millis(1_772_600_767_123);
        assert_eq!(moment(at), "Wed 4 Mar 05:06");
        assert_eq!(span(at, Millis(at.0 + 3_600_000)), "Wed 4 Mar 05:06 – 06:06");
        assert_eq!(span(at, Millis(at.0 + DAY_MS)), "Wed 4 Mar 05:06 – Thu 5 Mar 05:06");
        assert_eq!(iso_day(20_516), "2026-03-04");
    }

    #[test]
    fn text_of_others_turns_nothing_round() {
        assert_eq!(inert("a\u{1b}[31mb\u{202e}c\n"), "a\u{fffd}[31mb\u{fffd}c ");
        assert_eq!(segment("Acme Jira/é"), "Acme%20Jira%2F%C3%A9");
    }
}
