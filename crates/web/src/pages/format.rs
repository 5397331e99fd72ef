//! How pages write numbers, times and other people's text. Moments are written in the zone of whoever looks, which the guard
//! puts around each request; days that the store counts are days of UTC.

use crate::auth::sessions::cookie_value;
pub(super) use crate::http::body::segment;
use axum::http::HeaderMap;
use jiff::{Timestamp, Zoned, tz::TimeZone};
use weir_model::{Account, DAY_MS, Millis};

tokio::task_local! {
    static ZONE: TimeZone;
}

/// The cookie in which a script of ours tells the zone of the browser.
const BROWSER_ZONE: &str = "weir_zone";

/// Longer than any name of a zone.
const LONGEST_ZONE: usize = 64;

/// Does work for somebody who wants to see times in a zone.
pub(crate) async fn in_zone<T>(zone: TimeZone, work: impl Future<Output = T>) -> T {
    ZONE.scope(zone, work).await
}

/// The zone of whoever looks: the one that they chose, or else that of their browser, or else UTC.
pub(crate) fn zone_of(account: Option<&Account>, headers: &HeaderMap) -> TimeZone {
    let chosen = account.and_then(|account| account.timezone.as_deref()).and_then(known_zone);
    chosen.or_else(|| known_zone(&cookie_value(headers, BROWSER_ZONE)?)).unwrap_or(TimeZone::UTC)
}

/// A zone of the IANA list; anybody can write anything into a cookie.
fn known_zone(name: &str) -> Option<TimeZone> {
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b"/_+-".contains(&b);
    let fits = (1..=LONGEST_ZONE).contains(&name.len()) && name.bytes().all(is_name);
    weir_ingest::values::zone(name).ok().filter(|_| fits).and_then(|name| TimeZone::get(&name).ok())
}

/// The name of the zone of whoever looks.
pub(super) fn zone_called() -> String {
    zone().iana_name().unwrap_or("UTC").to_owned()
}

/// Every zone that there is, by name.
pub(super) fn zones() -> Vec<String> {
    weir_ingest::values::zones()
}

fn zone() -> TimeZone {
    ZONE.try_with(TimeZone::clone).unwrap_or(TimeZone::UTC)
}

/// The zone as it is called at a moment: `CET`, `UTC`, `+0545`.
pub(super) fn zone_at(at: Millis) -> String {
    shown(at, "%Z")
}

/// The zone by name, with what it is called at a moment: `Europe/Berlin (CET)`.
pub(super) fn zone_name(at: Millis) -> String {
    match zone().iana_name() {
        Some(name) if name != "UTC" => format!("{name} ({})", zone_at(at)),
        _ => "UTC".to_owned(),
    }
}

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
    shown(at, "%-d %b %Y %H:%M:%S %Z")
}

/// `19 Nov 2026`.
pub(super) fn whole_date(at: Millis) -> String {
    shown(at, "%-d %b %Y")
}

/// The moment that a text of our own writes (RFC 3339), as people read it.
pub(super) fn moment_of(text: &str) -> String {
    text.parse::<Timestamp>().map_or_else(|_| text.to_owned(), |at| moment(Millis(at.as_millisecond())))
}

/// A sentence of our own, in which moments (RFC 3339) are written as people read them.
pub(super) fn sentence(text: &str) -> String {
    let read = |word: &str| {
        let bare = word.trim_end_matches(['.', ',', ';']);
        match bare.parse::<Timestamp>() {
            Ok(at) => {
                let at = Millis(at.as_millisecond());
                format!("{} {}{}", moment(at), zone_at(at), &word[bare.len()..])
            }
            Err(_) => word.to_owned(),
        }
    };
    text.split(' ').map(read).collect::<Vec<_>>().join(" ")
}

/// A part of a sentence of our own: words, or a moment as people read it, with how programs write it.
pub(super) struct Part {
    pub(super) text: String,
    pub(super) at: Option<String>,
}

/// A sentence of our own, its moments (RFC 3339) apart.
pub(super) fn parts(text: &str) -> Vec<Part> {
    let (mut parts, mut words) = (vec![], String::new());
    for (place, word) in text.split(' ').enumerate() {
        let bare = word.trim_end_matches(['.', ',', ';']);
        words.push_str(if place == 0 { "" } else { " " });
        if bare.parse::<Timestamp>().is_err() {
            words.push_str(&inert(word));
            continue;
        }
        parts.push(Part { text: std::mem::take(&mut words), at: None });
        parts.push(Part { text: sentence(bare), at: Some(bare.to_owned()) });
        words.push_str(&inert(&word[bare.len()..]));
    }
    parts.push(Part { text: words, at: None });
    parts
}

/// From one moment to another: the date of the second is left out where it is the same.
pub(super) fn span(from: Millis, until: Millis) -> String {
    let end = if date(from) == date(until) { clock(until) } else { moment(until) };
    format!("{} – {end}", moment(from))
}

/// `2026-11-19`.
pub(super) fn iso_day(day: i64) -> String {
    in_utc(Millis(day * DAY_MS), "%Y-%m-%d")
}

/// `Thu 19`, `Thu` or `19`.
pub(super) fn day(day: i64, pattern: &str) -> String {
    in_utc(Millis(day * DAY_MS), pattern)
}

/// In the zone of whoever looks.
fn shown(at: Millis, pattern: &str) -> String {
    written(at, zone(), pattern)
}

fn in_utc(at: Millis, pattern: &str) -> String {
    written(at, TimeZone::UTC, pattern)
}

/// The number itself where it is out of the calendar's range.
fn written(at: Millis, zone: TimeZone, pattern: &str) -> String {
    match Timestamp::from_millisecond(at.0) {
        Ok(at) => Zoned::new(at, zone).strftime(pattern).to_string(),
        Err(_) => at.0.to_string(),
    }
}

/// Text of somebody else, without what moves a cursor or turns the direction of reading. Markup in it is the template's to
/// escape.
pub(crate) fn inert(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_within_a_sentence_are_written_as_people_read_them() {
        let read = sentence("The last run failed at 2026-11-27T06:11:35.055Z (auth.anonymous).");
        assert_eq!(read, "The last run failed at Fri 27 Nov 06:11 UTC (auth.anonymous).");
        assert_eq!(sentence("Deleted at 2026-12-04T06:12:15.497Z."), "Deleted at Fri 4 Dec 06:12 UTC.");
        assert_eq!(sentence("1 record was withheld, 2026 not."), "1 record was withheld, 2026 not.");
    }

    #[test]
    fn moments_of_a_sentence_stand_apart_for_programs() {
        let told = parts("Next at 2026-11-27T06:11:35.055Z.");
        let told: Vec<_> = told.iter().map(|part| (part.text.as_str(), part.at.as_deref())).collect();
        let at = Some("2026-11-27T06:11:35.055Z");
        assert_eq!(told, [("Next at ", None), ("Fri 27 Nov 06:11 UTC", at), (".", None)]);
    }

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

    #[tokio::test]
    async fn moments_are_written_in_the_zone_of_whoever_looks_and_days_are_those_of_utc() {
        let at = Millis(1_772_600_767_123);
        for (name, expected, called) in [
            ("Europe/Berlin", "Wed 4 Mar 06:06", "Europe/Berlin (CET)"),
            ("America/New_York", "Wed 4 Mar 00:06", "America/New_York (EST)"),
            ("Asia/Kolkata", "Wed 4 Mar 10:36", "Asia/Kolkata (IST)"),
            ("Asia/Kathmandu", "Wed 4 Mar 10:51", "Asia/Kathmandu (+0545)"),
            ("Pacific/Chatham", "Wed 4 Mar 18:51", "Pacific/Chatham (+1345)"),
            ("America/St_Johns", "Wed 4 Mar 01:36", "America/St_Johns (NST)"),
            ("UTC", "Wed 4 Mar 05:06", "UTC"),
        ] {
            let zone = TimeZone::get(name).unwrap();
            let seen = async { (moment(at), zone_name(at), iso_day(20_516)) };
            let seen = ZONE.scope(zone, seen).await;
            assert_eq!(seen, (expected.to_owned(), called.to_owned(), "2026-03-04".to_owned()));
        }
        assert_eq!(instant(at), "4 Mar 2026 05:06:07 UTC");
    }

    #[test]
    fn the_zone_of_the_browser_counts_where_nobody_chose_one() {
        let of = |cookie: &str, chosen: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert("cookie", cookie.parse().unwrap());
            let account = Account {
                id: weir_model::AccountId::generate(Millis(0), &weir_testkit::SeededEntropy::new(1)),
                login: String::new(),
                name: String::new(),
                is_admin: false,
                theme: weir_model::Theme::Auto,
                timezone: chosen.map(str::to_owned),
                created_at: Millis(0),
                disabled_at: None,
                can_sign_in: true,
            };
            zone_of(Some(&account), &headers).iana_name().unwrap_or_default().to_owned()
        };
        assert_eq!(of("a=b; weir_zone=Asia/Kathmandu", None), "Asia/Kathmandu");
        assert_eq!(of("weir_zone=Asia/Kathmandu", Some("Europe/Berlin")), "Europe/Berlin");
        assert_eq!(of("weir_zone=Asia/Kathmandu", Some("UTC")), "UTC");
        for odd in ["Mars/Base", "../../etc/passwd", "<b>", &"A".repeat(500), ""] {
            assert_eq!(of(&format!("weir_zone={odd}"), None), "UTC", "{odd}");
        }
    }

    #[test]
    fn text_of_others_turns_nothing_round() {
        assert_eq!(inert("a\u{1b}[31mb\u{202e}c\n"), "a\u{fffd}[31mb\u{fffd}c ");
        assert_eq!(segment("Acme Jira/é"), "Acme%20Jira%2F%C3%A9");
    }
}
