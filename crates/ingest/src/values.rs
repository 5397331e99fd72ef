//! Values that people choose, checked where they come in: on the command line, through the API, in forms. `field` is what the
//! place calls a value, for the sentence about one that does not fit.

use weir_model::{CaseSpelling, Message, Millis, Scope, Speed, clean};

const LONGEST_NAME: usize = 100;
const LONGEST_TEXT: usize = 2_000;
const LONGEST_FILTER: usize = 10_000;
const LARGEST_PEM: usize = 1024 * 1024;

/// Longest interval, in minutes.
pub const LONGEST_INTERVAL: u32 = 366 * 24 * 60;

/// Longest history, in months.
pub const LONGEST_HISTORY: u32 = 1_200;

/// Words that addresses of the server have where the name of an integration stands, or that mean a place in any address: one of
/// such a name could not be looked at there.
pub const RESERVED_NAMES: [&str; 6] = [".", "..", "available", "deleted", "new", "validate"];

/// A name for an integration that is new or gets another one.
///
/// # Errors
/// `name.bad`, and `name.reserved` for a word of [`RESERVED_NAMES`].
pub fn name(text: &str) -> Result<String, Message> {
    if RESERVED_NAMES.contains(&text) {
        return Err(Message::NameReserved { name: text.to_owned() });
    }
    let length = text.chars().count();
    // A mark that turns a line around would do so to every page that shows the name.
    let printable = clean(text, LONGEST_NAME) == text && text.trim() == text;
    if (1..=LONGEST_NAME).contains(&length) && printable {
        Ok(text.to_owned())
    } else {
        Err(Message::NameBad { name: clean(text, LONGEST_NAME) })
    }
}

/// Keys of projects, each of which may be a list of them.
pub fn projects(field: &str, lists: &[String]) -> Result<Scope, Message> {
    let mut projects: Vec<String> = vec![];
    for key in lists.iter().flat_map(|list| list.split(',')).map(str::trim) {
        let fits =
            !key.is_empty() && key.len() <= 255 && key.chars().all(|c| c.is_alphanumeric() || c == '_');
        if !fits {
            return Err(bad(field, "a project's key has letters, digits and underscores"));
        }
        let key = key.to_uppercase();
        if !projects.contains(&key) {
            projects.push(key);
        }
    }
    Ok(Scope::Projects(projects))
}

/// A query that chooses issues.
pub fn query(field: &str, jql: &str) -> Result<Scope, Message> {
    match jql.trim() {
        "" => Err(bad(field, "it is empty")),
        jql if jql.chars().count() > LONGEST_FILTER => Err(bad(field, "it takes up to 10,000 characters")),
        jql => Ok(Scope::Jql(jql.to_owned())),
    }
}

/// Text of some length.
pub fn text(field: &str, text: &str) -> Result<String, Message> {
    if text.chars().count() > LONGEST_TEXT || text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(bad(field, "it takes up to 2,000 printable characters"));
    }
    Ok(text.to_owned())
}

/// Labels, each of them once, in the order in which they were given.
pub fn tags<'a>(field: &str, given: impl IntoIterator<Item = &'a str>) -> Result<Vec<String>, Message> {
    let mut tags: Vec<String> = vec![];
    for tag in given {
        let tag = text(field, tag.trim())?;
        if tag.is_empty() {
            return Err(bad(field, "a tag is not empty"));
        }
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    Ok(tags)
}

/// A time zone of the IANA list.
pub fn zone(text: &str) -> Result<String, Message> {
    let zone = jiff::tz::TimeZone::get(text.trim()).ok();
    match zone.as_ref().and_then(jiff::tz::TimeZone::iana_name).filter(|name| is_place(name)) {
        Some(name) => Ok(name.to_owned()),
        None => Err(Message::ZoneUnknown { zone: clean(text, 100) }),
    }
}

/// Whether a name of the list is a zone of its own, and not whatever the machine or the makers of the list say.
fn is_place(name: &str) -> bool {
    !matches!(name, "localtime" | "posixrules" | "Factory")
        && !name.starts_with("posix/")
        && !name.starts_with("right/")
}

/// Every time zone of the IANA list.
pub fn zones() -> Vec<String> {
    jiff::tz::db().available().map(|name| name.to_string()).filter(|name| is_place(name)).collect()
}

/// The same, each with how far it is from UTC at an instant: `UTC+05:30`.
pub fn zones_at(at: Millis) -> Vec<(String, String)> {
    let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    let offset = |name: &str| match jiff::tz::TimeZone::get(name) {
        Ok(zone) => format!("UTC{}", at.to_zoned(zone).strftime("%:z")),
        Err(_) => String::new(),
    };
    zones().into_iter().map(|name| (name.clone(), offset(&name))).collect()
}

/// Minutes of `15m`, `2h`, `1d`.
pub fn interval(text: &str) -> Result<u32, Message> {
    let wrong = || Message::IntervalBad { text: clean(text, 50) };
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number: u32 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
    let minutes = match unit {
        'm' => Some(number),
        'h' => number.checked_mul(60),
        'd' => number.checked_mul(24 * 60),
        _ => None,
    };
    minutes.filter(|minutes| (1..=LONGEST_INTERVAL).contains(minutes)).ok_or_else(wrong)
}

/// A cron pattern.
pub fn cron(text: &str) -> Result<String, Message> {
    crate::schedule::check_cron(text)?;
    Ok(text.trim().to_owned())
}

/// Minutes of `24h`; `None` for `off`.
pub fn census(field: &str, text: &str) -> Result<Option<u32>, Message> {
    match text {
        "off" => Ok(None),
        _ => interval(text).map(Some).map_err(|_| bad(field, "it is an interval such as 24h, or off")),
    }
}

/// What stands before the number of a support case; nothing of an empty text.
///
/// # Errors
/// What is wrong with it.
pub fn case_prefix(field: &str, text: &str) -> Result<Option<String>, Message> {
    let is_long = text.chars().count() > CaseSpelling::LONGEST_PREFIX;
    match is_long || text.chars().any(char::is_control) {
        true => Err(bad(field, "it takes up to 40 printable characters")),
        false => Ok(Some(text.to_owned()).filter(|text| !text.is_empty())),
    }
}

/// Months of `24mo`; `None` for `all`.
pub fn history(field: &str, text: &str) -> Result<Option<u32>, Message> {
    if text == "all" {
        return Ok(None);
    }
    match text.strip_suffix("mo").map(str::parse::<u32>) {
        Some(Ok(number)) => months(field, number).map(Some),
        _ => Err(bad(field, "it is a number of months such as 24mo, or all")),
    }
}

/// Months that history may go back.
fn months(field: &str, months: u32) -> Result<u32, Message> {
    match months {
        1..=LONGEST_HISTORY => Ok(months),
        _ => Err(bad(field, "it is a number of months such as 24, up to 1200")),
    }
}

/// A speed by its word.
pub fn speed(field: &str, word: &str) -> Result<Speed, Message> {
    Speed::named(word).ok_or_else(|| bad(field, "it is gentle, normal or fast"))
}

/// Certificates of authorities.
pub fn certificates(source: &str, text: &str) -> Result<String, Message> {
    let failed = |detail: &str| Message::CaFile { path: source.to_owned(), detail: detail.to_owned() };
    if text.len() > LARGEST_PEM {
        return Err(failed("it is larger than 1 MB"));
    }
    match text.contains("-----BEGIN CERTIFICATE-----") {
        true => Ok(text.to_owned()),
        false => Err(failed("it has no CERTIFICATE block")),
    }
}

/// A value that does not fit.
pub fn bad(field: &str, detail: &str) -> Message {
    Message::InputBad { flag: field.into(), detail: detail.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_a_number_with_a_unit() {
        assert_eq!(interval("15m").unwrap(), 15);
        assert_eq!(interval("2h").unwrap(), 120);
        assert_eq!(interval("1d").unwrap(), 1_440);
        for bad in ["", "m", "0m", "15", "15s", "-5m", "1.5h", "5µ", "99999999999h", "4294967295d"] {
            assert!(interval(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_census_has_an_interval_or_is_off() {
        assert_eq!((census("x", "24h").unwrap(), census("x", "off").unwrap()), (Some(1_440), None));
        assert_eq!(census("x", "never").unwrap_err().id(), "input.bad");
    }

    #[test]
    fn tags_are_folded_and_none_is_empty() {
        assert_eq!(tags("tags", ["a", "b", " a "]).unwrap(), ["a", "b"]);
        assert_eq!(tags("tags", ["a", " "]).unwrap_err().id(), "input.bad");
    }

    #[test]
    fn a_name_is_short_and_printable() {
        assert!(name("Acme Jira").is_ok() && name("日本").is_ok());
        for bad in ["", " x", "a\nb", &"x".repeat(101)] {
            assert_eq!(name(bad).unwrap_err().id(), "name.bad", "{bad:?}");
        }
        for reserved in RESERVED_NAMES {
            assert_eq!(name(reserved).unwrap_err().id(), "name.reserved");
            assert!(name(&format!("{reserved} one")).is_ok());
        }
    }

    #[test]
    fn projects_may_come_in_one_list_or_many() {
        let keys = |lists: &[&str]| {
            projects("projects", &lists.iter().map(|list| (*list).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(keys(&["eng, ops", "ENG"]).unwrap(), Scope::Projects(vec!["ENG".into(), "OPS".into()]));
        assert!(keys(&["a b"]).is_err() && keys(&[""]).is_err());
    }

    #[test]
    fn a_zone_must_be_in_the_list() {
        assert!(zone("Europe/Berlin").is_ok());
        assert!(zone("Mars/Olympus").is_err());
        assert!(zones().iter().any(|zone| zone == "Europe/Berlin"));
    }
}
