//! How it is said: what happened, why, what to do, and where. No person is named.

use super::dated::TAKEN_BACK;
use crate::expiry;
use weir_model::{
    DeletedIntegration, Health, Integration, Millis, NextStep, NoticeContent, NoticeEvent, Satellite, clean,
};

/// Longest reason.
const LONGEST: usize = 600;

fn content(
    event: NoticeEvent,
    name: &str,
    (sentence, reason, next): (String, String, &str),
    path: String,
) -> NoticeContent {
    NoticeContent {
        event: event.as_str().to_owned(),
        integration: clean(name, 100),
        sentence,
        reason: clean(&reason, LONGEST),
        next: if next.is_empty() { String::new() } else { format!("What to do: {next}.") },
        path,
    }
}

/// Where a part of an integration is.
fn path(name: &str, part: &str) -> String {
    format!("/integrations/{}/{part}", segment(name))
}

/// A text as one segment of a path (RFC 3986).
fn segment(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => written.push(byte as char),
            other => written.push_str(&format!("%{other:02X}")),
        }
    }
    written
}

/// Why it does as it does. Which account a credential belongs to is not told to everybody.
fn why(health: &Health) -> String {
    match health.reason_code.starts_with("auth.account") {
        true => "The credential belongs to another account than before.".to_owned(),
        false => health.reason.clone(),
    }
}

fn step(health: &Health) -> (&'static str, &'static str) {
    match health.next {
        None => ("look at it", "monitoring"),
        Some(NextStep::Restore) => ("cancel its deletion", "delete"),
        Some(NextStep::Resume) => ("resume it", "monitoring"),
        Some(NextStep::Sync) => ("sync it now", "monitoring"),
        Some(NextStep::Compare) => ("verify it", "monitoring"),
        Some(NextStep::AcceptLoss) => {
            ("let the account browse these projects again, or accept the loss", "monitoring")
        }
        Some(NextStep::Reauthenticate) => ("change its authentication", "authentication"),
        Some(NextStep::Check) => ("go through its checks", "checks"),
        Some(NextStep::Satellite) => ("look at its satellite", "satellite"),
        Some(NextStep::Read(_)) => ("read the log of the run", "monitoring"),
    }
}

/// It needs somebody, for the first time or for another reason.
pub(super) fn needs_you(integration: &Integration, health: &Health, is_first: bool) -> NoticeContent {
    let name = clean(&integration.name, 100);
    let sentence = match is_first {
        true => format!("{name} needs somebody."),
        false => format!("{name} still needs somebody, for another reason."),
    };
    let (next, part) = step(health);
    let words = (sentence, why(health), next);
    content(NoticeEvent::NeedsYou, &integration.name, words, path(&integration.name, part))
}

/// It has been failing for some hours.
pub(super) fn failing(integration: &Integration, health: &Health, hours: i64) -> NoticeContent {
    let (name, hours) =
        (clean(&integration.name, 100), if hours == 1 { "an hour".into() } else { format!("{hours} hours") });
    let sentence = format!("{name} has been failing for {hours}. It is tried again by itself.");
    let words = (sentence, why(health), step(health).0);
    content(NoticeEvent::Failing, &integration.name, words, path(&integration.name, "monitoring"))
}

/// It is well again.
pub(super) fn healed(integration: &Integration, health: &Health) -> NoticeContent {
    let sentence = format!("{} is well again.", clean(&integration.name, 100));
    let words = (sentence, health.reason.clone(), "");
    content(NoticeEvent::Healed, &integration.name, words, path(&integration.name, "monitoring"))
}

/// Its deletion was asked for; `due` is when it is, for people.
pub(super) fn deletion_scheduled(integration: &Integration, due: &str) -> NoticeContent {
    deletion_of(NoticeEvent::DeletionScheduled, integration, format!("will be deleted on {due}"))
}

/// It is deleted within a day.
pub(super) fn deletion_soon(integration: &Integration, due: &str) -> NoticeContent {
    let what = format!("is deleted within a day, on {due}");
    deletion_of(NoticeEvent::DeletionSoon, integration, what)
}

fn deletion_of(event: NoticeEvent, integration: &Integration, what: String) -> NoticeContent {
    let sentence = format!("{} {what}.", clean(&integration.name, 100));
    let reason = "Its credential and everything that was read from it go with it. Until then it is not run.";
    let words = (sentence, reason.to_owned(), "cancel its deletion, where it is to stay");
    content(event, &integration.name, words, path(&integration.name, "delete"))
}

/// Its deletion was taken back.
pub(super) fn deletion_taken_back(integration: &Integration) -> NoticeContent {
    let sentence = format!("{} stays: its deletion was taken back.", clean(&integration.name, 100));
    let reason =
        "Unless it is paused it is run by its schedule again, and reports count its issues as before."
            .to_owned();
    let (event, path) = (NoticeEvent::DeletionScheduled, path(&integration.name, "monitoring"));
    let told = content(event, &integration.name, (sentence, reason, ""), path);
    NoticeContent { event: TAKEN_BACK.to_owned(), ..told }
}

/// It was deleted; `at` is when, for people.
pub(super) fn deletion_done(deleted: &DeletedIntegration, at: &str) -> NoticeContent {
    let sentence = format!("{} was deleted on {at}.", clean(&deleted.name, 100));
    let reason =
        "Its credential and everything that was read from it are gone. A receipt is kept.".to_owned();
    let (event, path) = (NoticeEvent::DeletionDone, "/integrations/deleted".to_owned());
    content(event, &deleted.name, (sentence, reason, ""), path)
}

/// Its credential ends soon.
pub(super) fn expires(integration: &Integration, now: Millis) -> NoticeContent {
    let reason = expiry::reminder(integration, now).unwrap_or_default();
    let sentence = format!("The credential of {} ends soon.", clean(&integration.name, 100));
    let words = (sentence, reason, "change its authentication");
    content(
        NoticeEvent::CredentialExpires,
        &integration.name,
        words,
        path(&integration.name, "authentication"),
    )
}

/// A satellite does not report; `since` is when it did last, for people.
pub(super) fn satellite_offline(satellite: &Satellite, since: &str) -> NoticeContent {
    let reads: Vec<String> = satellite.feeds.iter().map(|feed| clean(&feed.name, 100)).collect();
    let kept = match satellite.status.keeps_hours {
        Some(hours) => format!("What it has read and could not send waits there for {hours} hours"),
        None => "What it has read and could not send waits there".to_owned(),
    };
    let reason = format!(
        "It reported last on {since}, and reads {}. {kept}; what changes at the site is read when it returns.",
        reads.join(", ")
    );
    let sentence = format!("Satellite \"{}\" does not report.", clean(&satellite.name, 100));
    let next = match satellite.status.key_ended {
        Some(_) => "its API key ended or was revoked: put a fresh one into its file",
        None => "see whether it still runs there, and whether its machine reaches this server",
    };
    of_satellite(NoticeEvent::SatelliteOffline, satellite, (sentence, reason, next))
}

/// A satellite reports again.
pub(super) fn satellite_back(satellite: &Satellite) -> NoticeContent {
    let sentence = format!("Satellite \"{}\" reports again.", clean(&satellite.name, 100));
    let reason = "What was put off for want of it is read now.".to_owned();
    of_satellite(NoticeEvent::SatelliteBack, satellite, (sentence, reason, ""))
}

fn of_satellite(event: NoticeEvent, satellite: &Satellite, words: (String, String, &str)) -> NoticeContent {
    content(event, "", words, format!("/satellites/{}", segment(&satellite.id)))
}

/// Somebody tries a channel.
pub(super) fn test() -> NoticeContent {
    NoticeContent {
        event: "test".to_owned(),
        integration: String::new(),
        sentence: "This is a test of notifications.".to_owned(),
        reason: "Somebody tried this channel. Nothing has happened.".to_owned(),
        next: String::new(),
        path: "/settings/notifications".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use weir_model::StatusFamily;

    #[test]
    fn no_person_is_named_and_a_name_is_one_segment_of_a_path() {
        let integration = samples::integration("Acme / <b>", 0, Millis(0));
        let health = Health {
            status: "unhealthy",
            reason_code: "auth.account".into(),
            reason: "Expected account Ann, found Bea.".into(),
            family: StatusFamily::NeedsYou,
            next: Some(NextStep::Reauthenticate),
        };
        let told = needs_you(&integration, &health, true);
        assert_eq!(told.path, "/integrations/Acme%20%2F%20%3Cb%3E/authentication");
        assert_eq!(told.next, "What to do: change its authentication.");
        assert!(!told.reason.contains("Ann") && !told.reason.contains("Bea"), "{}", told.reason);
        let told = deletion_scheduled(&integration, "2 Jan 1970 00:00 (UTC)");
        assert_eq!(told.sentence, "Acme / <b> will be deleted on 2 Jan 1970 00:00 (UTC).");
    }
}
