//! Values of flags, read at the edge.

use crate::cli::{AdvancedFlags, EditIntegration, ScopeFlags, TransportFlags};
use std::path::Path;
pub(crate) use weir_ingest::values::interval;
use weir_ingest::{
    Changes, Choices,
    values::{
        bad, census, certificates, cron, history, name, projects, query, speed, tags, text as bounded, zone,
    },
};
use weir_model::{Exclusions, Message, Millis, Scope, Transport};

/// Larger files are not read.
const LARGEST_PEM: u64 = 1024 * 1024;

/// Which issues.
pub(crate) fn scope(flags: &ScopeFlags) -> Result<Scope, Message> {
    match (&flags.project[..], &flags.jql) {
        ([], None) => Ok(Scope::Everything),
        ([], Some(jql)) => query("--jql", jql),
        (_, Some(_)) => Err(Message::JqlTwice {}),
        (keys, None) => projects("--project", keys),
    }
}

/// What is never asked for.
pub(crate) fn exclusions(flags: &ScopeFlags) -> Exclusions {
    Exclusions::parse(flags.exclude.iter().map(String::as_str))
}

/// How to get there. Reads the file of certificates.
pub(crate) fn transport(flags: &TransportFlags) -> Result<Transport, Message> {
    if let Some(proxy) = &flags.proxy {
        let url = url::Url::parse(proxy).map_err(|error| bad("--proxy", weir_http::address_fault(error)))?;
        if url.password().is_some() {
            return Err(Message::ProxyPassword {});
        }
        if !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") || !url.has_host() {
            return Err(bad("--proxy", "a proxy is http://HOST:PORT, https://, socks5:// or socks5h://"));
        }
    }
    let ca_pem = flags.ca_file.as_deref().map(pem).transpose()?;
    Ok(Transport { ca_pem, insecure_tls: flags.insecure_tls, proxy: flags.proxy.clone(), guarded: false })
}

fn pem(path: &Path) -> Result<String, Message> {
    let failed = |detail: String| Message::CaFile { path: path.display().to_string(), detail };
    let metadata = std::fs::metadata(path).map_err(|error| failed(crate::home::sentence(&error)))?;
    if metadata.len() > LARGEST_PEM {
        return Err(failed("it is larger than 1 MB".into()));
    }
    let text = std::fs::read_to_string(path).map_err(|error| failed(crate::home::sentence(&error)))?;
    certificates(&path.display().to_string(), &text)
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
        census_minutes: census("--census", &advanced.census)?,
        reread_minutes: interval(&advanced.reread)?,
        history_months: history("--history", &advanced.history)?,
        speed: speed("--speed", &advanced.speed)?,
        description: bounded("--description", &advanced.description)?,
        tags: tags("--tag", advanced.tag.iter().map(String::as_str))?,
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
    let tags = tags("--tag", flags.tag.iter().map(String::as_str))?;
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
        census_minutes: flags.census.as_deref().map(|text| census("--census", text)).transpose()?,
        reread_minutes: flags.reread.as_deref().map(interval).transpose()?,
        history_months: flags.history.as_deref().map(|text| history("--history", text)).transpose()?,
        speed: flags.speed.as_deref().map(|word| speed("--speed", word)).transpose()?,
        description: text("--description", &flags.description)?,
        tags: (flags.no_tags || !tags.is_empty()).then_some(tags),
        owner: owner("--owner", &flags.owner)?,
        secondary_owner: owner("--secondary-owner", &flags.secondary_owner)?,
    };
    if changes == Changes::default() { Err(Message::EditNothing {}) } else { Ok(changes) }
}

/// The instant that `--until` means at `now`; one to come.
pub(crate) fn until(text: &str, now: Millis) -> Result<Millis, Message> {
    let from_now = || interval(text).ok().map(|minutes| Millis(now.0 + i64::from(minutes) * 60_000));
    let at = from_now().or_else(|| since(text, now).ok()).filter(|at| *at > now);
    at.ok_or_else(|| Message::PauseBad {
        detail: format!("\"{}\" is not a time to come", crate::output::clean(text, 50)),
    })
}

/// What the server refuses as a request, said of what was typed.
pub(crate) fn typed<T>(flag: &str, outcome: Result<T, Message>) -> Result<T, Message> {
    outcome.map_err(|message| match message {
        Message::RequestBad { detail } => Message::InputBad { flag: flag.to_owned(), detail },
        other => other,
    })
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn projects_may_come_in_one_list_or_many() {
        let flags = ScopeFlags { project: vec!["eng, ops".into(), "ENG".into()], ..ScopeFlags::default() };
        assert_eq!(scope(&flags).unwrap(), Scope::Projects(vec!["ENG".into(), "OPS".into()]));
        let both = ScopeFlags { jql: Some("x = 1".into()), ..flags };
        assert_eq!(scope(&both).unwrap_err(), Message::JqlTwice {});
    }
}
