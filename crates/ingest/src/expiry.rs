//! When a credential ends, as whoever gave it said: Jira does not tell.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use weir_model::{DAY_MS, Integration, Message, Millis};

/// Days before its end from which on somebody is reminded.
const REMINDED_DAYS: i64 = 30;

/// Years that a credential may last at most.
const MOST_YEARS: i64 = 20;

/// The day that a text such as 2027-01-31 names, where it names one that is still to come.
///
/// # Errors
/// `input.bad` for what is no day, in the name of the `field` that it was typed in.
pub fn day_of_end(field: &str, text: &str, now: Millis) -> Result<Option<Millis>, Message> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let bad = |detail: &str| Message::InputBad { flag: field.to_owned(), detail: detail.to_owned() };
    let day = text.parse::<Date>().ok().and_then(|day| day.to_zoned(TimeZone::UTC).ok());
    let day = day.ok_or_else(|| bad("A day is written like 2027-01-31"))?.timestamp().as_millisecond();
    match day - now.0 {
        left if left < -DAY_MS => Err(bad("That day is over")),
        left if left > MOST_YEARS * 366 * DAY_MS => Err(bad("That day is too far away")),
        _ => Ok(Some(Millis(day))),
    }
}

/// The day on which its credential ends, as it is written; nothing where nobody said it.
pub fn ends_on(integration: &Integration) -> Option<String> {
    let day = integration.settings.credential.as_ref()?.expires_on?;
    Timestamp::from_millisecond(day.0).ok().map(|at| at.to_zoned(TimeZone::UTC).date().to_string())
}

/// What reminds people that a credential ends soon, or has ended: more urgent 14 days before, 7 and one.
pub fn reminder(integration: &Integration, now: Millis) -> Option<String> {
    let day = integration.settings.credential.as_ref()?.expires_on?;
    let (on, left) = (ends_on(integration)?, day.0.div_euclid(DAY_MS) - now.0.div_euclid(DAY_MS));
    Some(match left {
        ..0 => {
            format!("By what was said of it, its credential ended on {on}: change its authentication now.")
        }
        0 => format!("Its credential ends today, {on}: change its authentication now."),
        1 => format!("Its credential ends tomorrow, {on}: change its authentication now."),
        2..=7 => format!("Its credential ends in {left} days, on {on}: change its authentication this week."),
        8..=14 => format!("Its credential ends in {left} days, on {on}: change its authentication soon."),
        15..=REMINDED_DAYS => format!("Its credential ends in {left} days, on {on}."),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use weir_model::CredentialNote;

    const NOON: Millis = Millis(1_764_244_800_000);

    fn said(day: &str) -> Option<String> {
        let expires_on = day_of_end("expires_on", day, NOON).unwrap();
        let note = CredentialNote { ends: None, added_at: NOON, added_by: "Dana".into(), expires_on };
        let mut integration = samples::integration("Acme", 1, NOON);
        integration.settings.credential = Some(note);
        reminder(&integration, NOON)
    }

    #[test]
    fn the_end_of_a_credential_is_told_from_thirty_days_before_and_more_urgently() {
        assert_eq!((said(""), said("2025-12-28")), (None, None));
        for (day, words) in [
            ("2025-12-27", "in 30 days, on 2025-12-27."),
            ("2025-12-11", "in 14 days, on 2025-12-11: change its authentication soon."),
            ("2025-12-04", "in 7 days, on 2025-12-04: change its authentication this week."),
            ("2025-11-28", "tomorrow, 2025-11-28: change its authentication now."),
            ("2025-11-27", "today"),
        ] {
            assert!(said(day).unwrap().contains(words), "{day}: {:?}", said(day));
        }
    }

    #[test]
    fn a_day_that_is_none_or_is_over_is_refused() {
        for bad in ["soon", "2025-02-30", "2025-11-01", "9999-12-31", "27.11.2026"] {
            assert_eq!(day_of_end("expires_on", bad, NOON).unwrap_err().id(), "input.bad", "{bad}");
        }
    }
}
