//! Values of flags, read at the edge.

use crate::cli::{AdvancedFlags, EditIntegration, ScopeFlags, TransportFlags};
use std::path::Path;
use weir_ingest::{Changes, Choices};
use weir_model::{Exclusions, Message, Millis, Scope, Transport};

const LONGEST_NAME: usize = 100;
const LONGEST_TEXT: usize = 2_000;
const LARGEST_PEM: u64 = 1024 * 1024;

/// An integration's name.
pub(crate) fn name(text: &str) -> Result<String, Message> {
    let length = text.chars().count();
    let printable = !text.chars().any(|c| c.is_control()) && text.trim() == text;
    if (1..=LONGEST_NAME).contains(&length) && printable {
        Ok(text.to_owned())
    } else {
        Err(Message::NameBad { name: crate::output::clean(text, LONGEST_NAME) })
    }
}

/// Which issues.
pub(crate) fn scope(flags: &ScopeFlags) -> Result<Scope, Message> {
    match (&flags.project[..], &flags.jql) {
        ([], None) => Ok(Scope::Everything),
        ([], Some(jql)) if jql.trim().is_empty() => Err(bad("--jql", "it is empty")),
        ([], Some(jql)) => Ok(Scope::Jql(jql.trim().to_owned())),
        (_, Some(_)) => Err(Message::JqlTwice {}),
        (keys, None) => {
            let mut projects: Vec<String> = vec![];
            for key in keys.iter().flat_map(|list| list.split(',')).map(str::trim) {
                let fits = !key.is_empty()
                    && key.len() <= 255
                    && key.chars().all(|c| c.is_alphanumeric() || c == '_');
                if !fits {
                    return Err(bad("--project", "a project's key has letters, digits and underscores"));
                }
                let key = key.to_uppercase();
                if !projects.contains(&key) {
                    projects.push(key);
                }
            }
            Ok(Scope::Projects(projects))
        }
    }
}

/// What is never asked for.
pub(crate) fn exclusions(flags: &ScopeFlags) -> Exclusions {
    Exclusions::parse(flags.exclude.iter().map(String::as_str))
}

/// How to get there. Reads the file of certificates.
pub(crate) fn transport(flags: &TransportFlags) -> Result<Transport, Message> {
    if let Some(proxy) = &flags.proxy {
        let url = url::Url::parse(proxy).map_err(|error| bad("--proxy", &error.to_string()))?;
        if url.password().is_some() {
            return Err(Message::ProxyPassword {});
        }
        if !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") || !url.has_host() {
            return Err(bad("--proxy", "a proxy is http://HOST:PORT, https://, socks5:// or socks5h://"));
        }
    }
    let ca_pem = flags.ca_file.as_deref().map(pem).transpose()?;
    Ok(Transport { ca_pem, insecure_tls: flags.insecure_tls, proxy: flags.proxy.clone() })
}

fn pem(path: &Path) -> Result<String, Message> {
    let failed = |detail: String| Message::CaFile { path: path.display().to_string(), detail };
    let metadata = std::fs::metadata(path).map_err(|error| failed(crate::home::sentence(&error)))?;
    if metadata.len() > LARGEST_PEM {
        return Err(failed("it is larger than 1 MB".into()));
    }
    let text = std::fs::read_to_string(path).map_err(|error| failed(crate::home::sentence(&error)))?;
    if text.contains("-----BEGIN CERTIFICATE-----") {
        Ok(text)
    } else {
        Err(failed("it has no CERTIFICATE block".into()))
    }
}

/// Everything that an operator chose for a new integration.
pub(crate) fn choices(
    integration: &str,
    scope_flags: &ScopeFlags,
    transport_flags: &TransportFlags,
    advanced: &AdvancedFlags,
) -> Result<Choices, Message> {
    let owner = |flag: &str, text: &Option<String>| -> Result<Option<String>, Message> {
        text.as_deref().map(|text| bounded(flag, text)).transpose()
    };
    Ok(Choices {
        name: name(integration)?,
        scope: scope(scope_flags)?,
        exclusions: exclusions(scope_flags),
        transport: transport(transport_flags)?,
        timezone: advanced.timezone.as_deref().map(zone).transpose()?,
        interval_minutes: interval(&advanced.interval)?,
        cron: advanced.cron.as_deref().map(cron).transpose()?,
        census_minutes: census(&advanced.census)?,
        reread_minutes: interval(&advanced.reread)?,
        history_months: history(&advanced.history)?,
        description: bounded("--description", &advanced.description)?,
        tags: advanced.tag.iter().map(|tag| bounded("--tag", tag)).collect::<Result<_, _>>()?,
        owner: owner("--owner", &advanced.owner)?,
        secondary_owner: owner("--secondary-owner", &advanced.secondary_owner)?,
    })
}

/// Everything that an operator wants to be another way.
pub(crate) fn changes(flags: &EditIntegration) -> Result<Changes, Message> {
    let scope_flags =
        ScopeFlags { project: flags.project.clone(), jql: flags.jql.clone(), exclude: flags.exclude.clone() };
    let is_scope_given = flags.everything || flags.jql.is_some() || !flags.project.is_empty();
    let excluded = exclusions(&scope_flags);
    if !flags.exclude.is_empty() && excluded.is_empty() {
        return Err(bad("--exclude", "it names no field; --exclude-nothing takes all exclusions away"));
    }
    let text = |flag: &str, text: &Option<String>| -> Result<Option<String>, Message> {
        text.as_deref().map(|text| bounded(flag, text)).transpose()
    };
    let owner = |flag: &str, given: &Option<String>| -> Result<Option<Option<String>>, Message> {
        Ok(text(flag, given)?.map(|text| (!text.is_empty()).then_some(text)))
    };
    let tags = flags.tag.iter().map(|tag| bounded("--tag", tag)).collect::<Result<Vec<_>, _>>()?;
    let changes = Changes {
        name: flags.rename.as_deref().map(name).transpose()?,
        scope: is_scope_given.then(|| scope(&scope_flags)).transpose()?,
        exclusions: (flags.exclude_nothing || !excluded.is_empty()).then_some(excluded),
        timezone: flags.timezone.as_deref().map(zone).transpose()?,
        interval_minutes: flags.interval.as_deref().map(interval).transpose()?,
        cron: match &flags.cron {
            Some(text) => Some(Some(cron(text)?)),
            // Whoever names an interval wants it.
            None => flags.interval.as_ref().map(|_| None),
        },
        census_minutes: flags.census.as_deref().map(census).transpose()?,
        reread_minutes: flags.reread.as_deref().map(interval).transpose()?,
        history_months: flags.history.as_deref().map(history).transpose()?,
        description: text("--description", &flags.description)?,
        tags: (flags.no_tags || !tags.is_empty()).then_some(tags),
        owner: owner("--owner", &flags.owner)?,
        secondary_owner: owner("--secondary-owner", &flags.secondary_owner)?,
    };
    if changes == Changes::default() { Err(Message::EditNothing {}) } else { Ok(changes) }
}

fn bounded(flag: &str, text: &str) -> Result<String, Message> {
    if text.chars().count() > LONGEST_TEXT || text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(bad(flag, "it takes up to 2,000 printable characters"));
    }
    Ok(text.to_owned())
}

fn zone(text: &str) -> Result<String, Message> {
    match jiff::tz::TimeZone::get(text) {
        Ok(zone) if zone.iana_name().is_some() => Ok(text.to_owned()),
        _ => Err(Message::ZoneUnknown { zone: crate::output::clean(text, 100) }),
    }
}

/// Minutes of `15m`, `2h`, `1d`.
pub(crate) fn interval(text: &str) -> Result<u32, Message> {
    let wrong = || Message::IntervalBad { text: crate::output::clean(text, 50) };
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number: u32 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
    let minutes = match unit {
        'm' => Some(number),
        'h' => number.checked_mul(60),
        'd' => number.checked_mul(24 * 60),
        _ => None,
    };
    minutes.filter(|minutes| (1..=366 * 24 * 60).contains(minutes)).ok_or_else(wrong)
}

/// A cron pattern.
fn cron(text: &str) -> Result<String, Message> {
    weir_ingest::schedule::check_cron(text)?;
    Ok(text.trim().to_owned())
}

/// The instant that `--until` means at `now`; one to come.
pub(crate) fn until(text: &str, now: Millis) -> Result<Millis, Message> {
    let from_now = || interval(text).ok().map(|minutes| Millis(now.0 + i64::from(minutes) * 60_000));
    let at = from_now().or_else(|| since(text, now).ok()).filter(|at| *at > now);
    at.ok_or_else(|| Message::PauseBad {
        detail: format!("\"{}\" is not a time to come", crate::output::clean(text, 50)),
    })
}

/// Minutes of `24h`; `None` for `off`.
pub(crate) fn census(text: &str) -> Result<Option<u32>, Message> {
    match text {
        "off" => Ok(None),
        _ => interval(text).map(Some).map_err(|_| bad("--census", "it is an interval such as 24h, or off")),
    }
}

/// Months of `24mo`; `None` for `all`.
pub(crate) fn history(text: &str) -> Result<Option<u32>, Message> {
    if text == "all" {
        return Ok(None);
    }
    match text.strip_suffix("mo").map(str::parse::<u32>) {
        Some(Ok(months @ 1..=1_200)) => Ok(Some(months)),
        _ => Err(bad("--history", "it is a number of months such as 24mo, or all")),
    }
}

/// The instant that `--since` means at `now`.
pub(crate) fn since(text: &str, now: Millis) -> Result<Millis, Message> {
    let wrong = || Message::SinceBad { text: crate::output::clean(text, 50) };
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Ok(Millis(at.as_millisecond()));
    }
    if let Ok(date) = text.parse::<jiff::civil::Date>() {
        let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| wrong())?;
        return Ok(Millis(midnight.timestamp().as_millisecond()));
    }
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number: i64 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
    let each: i64 = match unit {
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        'w' => 604_800_000,
        _ => return Err(wrong()),
    };
    let age = number.checked_mul(each).filter(|age| *age >= 0 && *age <= now.0).ok_or_else(wrong)?;
    Ok(Millis(now.0 - age))
}

fn bad(flag: &str, detail: &str) -> Message {
    Message::InputBad { flag: flag.into(), detail: detail.into() }
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
        assert_eq!((census("24h").unwrap(), census("off").unwrap()), (Some(1_440), None));
        assert_eq!(census("never").unwrap_err().id(), "input.bad");
    }

    #[test]
    fn a_time_is_an_instant_a_date_or_an_age() {
        let now = Millis(1_772_600_767_123);
        assert_eq!(since("2026-03-04T05:06:07.123Z", now).unwrap(), now);
        assert_eq!(since("2026-03-04", now).unwrap().rfc3339(), "2026-03-04T00:00:00.000Z");
        assert_eq!(since("1d", now).unwrap().rfc3339(), "2026-03-03T05:06:07.123Z");
        for bad in ["", "yesterday", "d", "-1d", "7x", "2026-13-01", "999999999999w"] {
            assert!(since(bad, now).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_is_short_and_printable() {
        assert!(name("Acme Jira").is_ok() && name("日本").is_ok());
        for bad in ["", " x", "a\nb", &"x".repeat(101)] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn projects_may_come_in_one_list_or_many() {
        let flags = ScopeFlags { project: vec!["eng, ops".into(), "ENG".into()], ..ScopeFlags::default() };
        assert_eq!(scope(&flags).unwrap(), Scope::Projects(vec!["ENG".into(), "OPS".into()]));
        let both = ScopeFlags { jql: Some("x = 1".into()), ..flags };
        assert_eq!(scope(&both).unwrap_err(), Message::JqlTwice {});
    }

    #[test]
    fn a_zone_must_be_in_the_list() {
        assert!(zone("Europe/Berlin").is_ok());
        assert!(zone("Mars/Olympus").is_err());
    }
}
