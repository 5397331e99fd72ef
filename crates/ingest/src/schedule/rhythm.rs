//! The due times of an integration, as a function of its settings alone: whoever computes them, whenever, gets the same.
//!
//! An interval has its due times on a grid that begins when the integration was added, so that runs neither drift nor bunch
//! after a restart. A cron pattern is read in the integration's time zone: what it names is a time on the wall there. Both are
//! moved by a few seconds that depend on the integration's id, so that many with one schedule do not begin at once.

use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use jiff::{Timestamp, Zoned, tz::TimeZone};
use weir_model::{Integration, Message, Millis};

const MINUTE_MS: i64 = 60_000;

/// Most that due times of an interval are moved by.
const LONGEST_SHIFT_MS: i64 = 5 * MINUTE_MS;

/// Due times of a cron pattern are moved by less than this.
const CRON_SHIFT_MS: i64 = 30_000;

/// Due times of a pattern that are counted one by one.
const COUNTED: u64 = 50_000;

/// Longest pattern.
const LONGEST: usize = 100;

/// The due times of an integration.
#[derive(Clone, Debug)]
pub(crate) struct Rhythm {
    slots: Slots,
    shift_ms: i64,
    /// What tells this rhythm from another one of the same integration.
    pub(crate) basis: String,
}

#[derive(Clone, Debug)]
enum Slots {
    Every { ms: i64, from: i64 },
    Cron { cron: Box<Cron>, zone: TimeZone },
}

/// Due times from one instant to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Span {
    pub(crate) first: Millis,
    pub(crate) last: Millis,
    pub(crate) count: u64,
    /// The one before the last.
    pub(crate) before_last: Option<Millis>,
}

impl Rhythm {
    /// The rhythm of an integration. A pattern that cannot be read any more gives way to the interval, so that nothing stops.
    pub(crate) fn of(integration: &Integration) -> Self {
        let settings = &integration.settings;
        let seed = seed(&integration.id.to_string());
        let zone = settings.timezone.as_deref();
        Self::new(settings.interval_minutes, settings.cron.as_deref(), zone, (integration.created_at, seed))
    }

    /// The rhythm that settings have from an instant on, moved by what a number says.
    pub(crate) fn new(
        minutes: u32,
        cron: Option<&str>,
        zone: Option<&str>,
        (from, seed): (Millis, u64),
    ) -> Self {
        let minutes = i64::from(minutes.max(1));
        let zone_name = zone.unwrap_or("UTC");
        if let Some(text) = cron
            && let Ok(cron) = parse(text)
        {
            let zone = TimeZone::get(zone_name).unwrap_or(TimeZone::UTC);
            return Self {
                slots: Slots::Cron { cron: Box::new(cron), zone },
                shift_ms: (seed % CRON_SHIFT_MS.unsigned_abs()) as i64,
                basis: format!("cron {text} in {zone_name}"),
            };
        }
        let ms = minutes * MINUTE_MS;
        let most = (ms / 10).clamp(1, LONGEST_SHIFT_MS);
        Self {
            slots: Slots::Every { ms, from: from.0 },
            shift_ms: (seed % most.unsigned_abs()) as i64,
            basis: format!("every {minutes} min"),
        }
    }

    /// The first due time after an instant.
    pub(crate) fn after(&self, instant: Millis) -> Millis {
        let at = instant.0.saturating_sub(self.shift_ms);
        let slot = match &self.slots {
            Slots::Every { ms, from } => {
                let slot = (at - from).div_euclid(*ms) + 1;
                // The beginning itself is no due time: what is new is run at once.
                from + if instant.0 >= *from - 1 { slot.max(1) } else { slot } * ms
            }
            // A pattern is only kept when it has a next time; far in the calendar it may have none.
            Slots::Cron { cron, zone } => {
                occurrence(cron, zone, at, Towards::Later).unwrap_or(at + 24 * 60 * MINUTE_MS)
            }
        };
        Millis(slot + self.shift_ms)
    }

    /// The last due time at or before an instant.
    fn latest(&self, at: Millis) -> Option<Millis> {
        let at = at.0.saturating_sub(self.shift_ms);
        let slot = match &self.slots {
            Slots::Every { ms, from } => {
                let slot = (at - from).div_euclid(*ms);
                (slot != 0).then_some(from + slot * ms)
            }
            Slots::Cron { cron, zone } => occurrence(cron, zone, at, Towards::Earlier),
        };
        slot.map(|slot| Millis(slot + self.shift_ms))
    }

    /// The due times at or after `from` and at or before `until`; `None` where there are none.
    pub(crate) fn within(&self, from: Millis, until: Millis) -> Option<Span> {
        let first = self.after(Millis(from.0 - 1));
        let last = self.latest(until)?;
        if first > last {
            return None;
        }
        let count = match &self.slots {
            Slots::Every { ms, .. } => (last.since(first) / ms + 1).unsigned_abs(),
            Slots::Cron { .. } => {
                let (mut count, mut at) = (1, first);
                while at < last && count < COUNTED {
                    at = self.after(at);
                    count += 1;
                }
                count
            }
        };
        let before_last = self.latest(Millis(last.0 - 1)).filter(|before| *before >= first);
        Some(Span { first, last, count, before_last })
    }
}

/// Proves a cron pattern: five fields, down to the minute, and a time that comes.
///
/// # Errors
/// `cron.bad`.
pub fn check_cron(text: &str) -> Result<(), Message> {
    let bad = |detail: String| {
        let shown: String = text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
        Message::CronBad { text: shown, detail }
    };
    let cron = parse(text).map_err(bad)?;
    match occurrence(&cron, &TimeZone::UTC, 0, Towards::Later) {
        Some(_) => Ok(()),
        None => Err(bad("It names a time that never comes".into())),
    }
}

/// The parts of a pattern, and what each may be.
const PARTS: [(&str, &str); 5] = [
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    ("day of the month", "1 to 31, or L for the last"),
    ("month", "1 to 12, or JAN to DEC"),
    ("weekday", "0 to 7, or SUN to SAT"),
];

fn parse(text: &str) -> Result<Cron, String> {
    if text.len() > LONGEST {
        return Err(format!("It is longer than {LONGEST} characters"));
    }
    parsed(text).ok_or_else(|| fault(text))
}

fn parsed(text: &str) -> Option<Cron> {
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    parser.parse(text).ok()
}

/// What is wrong with a pattern, and where.
fn fault(text: &str) -> String {
    let parts: Vec<&str> = text.split_whitespace().collect();
    match parts.as_slice() {
        [] => "It is empty".to_owned(),
        [word] if word.starts_with('@') => {
            "It is none of @hourly, @daily, @weekly, @monthly and @yearly".to_owned()
        }
        parts if parts.len() != PARTS.len() => {
            let count = if parts.len() == 1 { "1 part".to_owned() } else { format!("{} parts", parts.len()) };
            format!("It has {count}, and should have {}", PARTS.len())
        }
        parts => {
            let is_wrong = |(place, part): &(usize, &&str)| {
                let mut alone = ["*"; PARTS.len()];
                alone[*place] = part;
                parsed(&alone.join(" ")).is_none()
            };
            match parts.iter().enumerate().find(is_wrong) {
                Some((place, part)) => {
                    let (name, range) = PARTS[place];
                    let part = weir_model::clean(part, LONGEST);
                    format!("Part {}, the {name}, is {range}; \"{part}\" is not", place + 1)
                }
                None => "Its parts do not go together".to_owned(),
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Towards {
    Later,
    Earlier,
}

/// The next time of a pattern after an instant, or the last one at or before it.
fn occurrence(cron: &Cron, zone: &TimeZone, at: i64, towards: Towards) -> Option<i64> {
    let second = Timestamp::from_second(at.div_euclid(1_000)).ok()?;
    let at: Zoned = second.to_zoned(zone.clone());
    let found = match towards {
        Towards::Later => cron.find_next_occurrence(&at, false),
        Towards::Earlier => cron.find_previous_occurrence(&at, true),
    };
    Some(found.ok()?.timestamp().as_millisecond())
}

/// A number that an integration always has, by FNV-1a.
pub(super) fn seed(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::samples::{at, integration};

    fn every(minutes: u32) -> Rhythm {
        Rhythm::of(&integration(minutes, None, "UTC"))
    }

    fn cron(text: &str, zone: &str) -> Rhythm {
        let mut rhythm = Rhythm::of(&integration(15, Some(text), zone));
        rhythm.shift_ms = 0;
        rhythm
    }

    /// The next due times after an instant, as they are read.
    fn next(rhythm: &Rhythm, after: &str, count: usize) -> Vec<String> {
        let mut now = at(after);
        let mut found = vec![];
        for _ in 0..count {
            now = rhythm.after(now);
            found.push(now.rfc3339().replace(":00.000Z", "Z"));
        }
        found
    }

    #[test]
    fn an_interval_neither_drifts_nor_depends_on_when_it_is_asked() {
        let rhythm = every(15);
        let first = rhythm.after(at("2026-03-04T12:00:00Z"));
        let second = rhythm.after(first);
        assert_eq!(second.since(first), 15 * MINUTE_MS);
        assert_eq!(rhythm.after(Millis(first.0 + 1)), second);
        assert_eq!(rhythm.after(Millis(second.0 - 1)), second);
        assert_eq!(every(15).after(Millis(first.0 + 7)), second, "another process says the same");
        let far = rhythm.after(at("2031-01-01T00:00:00Z"));
        assert_eq!(far.since(first) % (15 * MINUTE_MS), 0);
        let before = rhythm.after(at("2001-01-01T00:00:00Z"));
        assert_eq!(first.since(before) % (15 * MINUTE_MS), 0, "a clock that is years behind is no trouble");
    }

    #[test]
    fn integrations_that_were_added_at_once_are_moved_apart_by_less_than_a_tenth() {
        let mut shifts: Vec<i64> = (0..50)
            .map(|seed| {
                let one = crate::schedule::samples::numbered(seed, 60);
                let shift = Rhythm::of(&one).shift_ms;
                assert!((0..LONGEST_SHIFT_MS).contains(&shift), "{shift}");
                assert_eq!(Rhythm::of(&one).shift_ms, shift);
                shift
            })
            .collect();
        shifts.sort_unstable();
        shifts.dedup();
        assert!(shifts.len() > 40, "{shifts:?}");
    }

    #[test]
    fn a_time_on_the_wall_stays_there_when_the_clocks_are_changed() {
        let daily = cron("30 6 * * *", "Europe/Berlin");
        assert_eq!(
            next(&daily, "2026-03-28T00:00:00Z", 3),
            ["2026-03-28T05:30Z", "2026-03-29T04:30Z", "2026-03-30T04:30Z"],
        );
        assert_eq!(next(&daily, "2026-10-24T12:00:00Z", 1), ["2026-10-25T05:30Z"]);
    }

    #[test]
    fn a_time_that_the_change_leaves_out_is_made_up_for_once() {
        let gap = cron("30 2 * * *", "Europe/Berlin");
        let found = next(&gap, "2026-03-28T12:00:00Z", 2);
        assert_eq!(found, ["2026-03-29T01:00Z", "2026-03-30T00:30Z"]);
    }

    #[test]
    fn a_time_that_the_change_repeats_is_run_once() {
        let twice = cron("30 2 * * *", "Europe/Berlin");
        let found = next(&twice, "2026-10-24T12:00:00Z", 2);
        assert_eq!(found[0], "2026-10-25T00:30Z", "{found:?}");
        assert_eq!(found[1], "2026-10-26T01:30Z");
    }

    #[test]
    fn each_quarter_of_an_hour_is_so_through_both_changes() {
        let quarters = cron("*/15 * * * *", "Europe/Berlin");
        for day in ["2026-03-29T00:00:00Z", "2026-10-25T00:00:00Z"] {
            let mut now = at(day);
            for _ in 0..24 {
                let then = quarters.after(now);
                assert_eq!(then.since(now), 15 * MINUTE_MS, "after {now}");
                now = then;
            }
        }
    }

    #[test]
    fn the_first_due_time_is_an_interval_after_the_beginning() {
        let (from, seed) = (at("2026-03-04T10:00:00Z"), 17_000);
        let rhythm = Rhythm::new(15, None, None, (from, seed));
        let first = Millis(from.0 + 15 * MINUTE_MS + 17_000);
        for ended in [0, 1_000, 16_999, 17_000, 60_000] {
            assert_eq!(rhythm.after(Millis(from.0 + ended)), first, "a first import of {ended} ms");
        }
        assert_eq!(rhythm.within(from, Millis(first.0 - 1)), None);
        assert_eq!(rhythm.within(from, first).map(|span| span.count), Some(1));
    }

    #[test]
    fn due_times_are_counted_between_two_instants() {
        let hourly = cron("0 * * * *", "UTC");
        let span = hourly.within(at("2026-03-04T10:00:00Z"), at("2026-03-04T13:59:59Z")).expect("some");
        assert_eq!(
            (span.count, span.first, span.last),
            (4, at("2026-03-04T10:00:00Z"), at("2026-03-04T13:00:00Z"))
        );
        assert_eq!(span.before_last, Some(at("2026-03-04T12:00:00Z")));
        assert_eq!(hourly.within(at("2026-03-04T10:00:01Z"), at("2026-03-04T10:59:59Z")), None);
        let only = hourly.within(at("2026-03-04T10:00:00Z"), at("2026-03-04T10:00:00Z")).expect("one");
        assert_eq!((only.count, only.before_last), (1, None));
        let rhythm = every(15);
        let first = rhythm.after(at("2026-03-04T10:00:00Z"));
        let year = rhythm.within(first, Millis(first.0 + 365 * 24 * 60 * MINUTE_MS)).expect("some");
        assert_eq!(year.count, 365 * 24 * 4 + 1);
    }

    #[test]
    fn patterns_that_do_not_fit_are_refused_with_the_reason() {
        for good in ["30 6 * * MON-FRI", "*/5 * * * *", "0 0 L * *", "0 9 * * 5#L", "0 0 29 2 *", "@hourly"] {
            assert_eq!(check_cron(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "* * * *",
            "61 * * * *",
            "* * * * * *",
            "0 0 0 1 1 * 2030",
            "every day",
            "0 0 30 2 *",
            "0 0 31 4 *",
            &"1,".repeat(60),
        ] {
            let refused = check_cron(bad).expect_err(bad);
            assert_eq!(refused.id(), "cron.bad", "{bad}");
        }
    }

    #[test]
    fn a_pattern_that_does_not_fit_is_told_where_in_our_words() {
        for (bad, why) in [
            ("", "It is empty."),
            ("every day", "It has 2 parts, and should have 5."),
            ("x", "It has 1 part, and should have 5."),
            ("61 * * * *", "Part 1, the minute, is 0 to 59; \"61\" is not."),
            ("0 6 * * MON-FRY", "Part 5, the weekday, is 0 to 7, or SUN to SAT; \"MON-FRY\" is not."),
            ("@never", "It is none of @hourly, @daily, @weekly, @monthly and @yearly."),
            ("0 0 30 2 *", "It names a time that never comes."),
        ] {
            assert_eq!(check_cron(bad).expect_err(bad).why(), why, "{bad}");
        }
    }

    #[test]
    fn a_pattern_that_cannot_be_read_any_more_gives_way_to_the_interval() {
        let rhythm = Rhythm::of(&integration(15, Some("nonsense"), "Mars/Olympus"));
        assert_eq!(rhythm.basis, "every 15 min");
        let elsewhere = Rhythm::of(&integration(15, Some("0 6 * * *"), "Mars/Olympus"));
        assert_eq!(elsewhere.after(at("2026-03-04T10:00:00Z")).rfc3339()[..16], *"2026-03-05T06:00");
    }
}
