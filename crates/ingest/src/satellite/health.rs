//! How an integration fares whose satellite does not report: that comes before whatever its runs came to.

use weir_model::{Health, Integration, Millis, NextStep, Satellite, SatelliteState, StatusFamily, clean};
use weir_store::HealthFacts;

/// The code of an integration whose satellite does not report.
pub(crate) const OFFLINE: &str = "satellite.offline";

/// What ails an integration because of its satellite.
pub(crate) fn ails(integration: &Integration, facts: &HealthFacts, now: Millis) -> Option<Health> {
    if !integration.is_fed() {
        return None;
    }
    let all = &facts.feeders;
    if all.iter().any(|one| matches!(one.state(now), SatelliteState::Online | SatelliteState::Late)) {
        return None;
    }
    let Some(last) = last_of(all) else {
        let status = if facts.last_successful.is_some() { "unhealthy" } else { "pending" };
        let reason = "It waits for its satellite: none that names it in its file has reported yet.";
        return Some(said(status, "satellite.none", reason.to_owned()));
    };
    let (name, at) = (clean(&last.name, 100), last.beat_at);
    let unhealthy = |code: &str, reason: String| Some(said("unhealthy", code, reason));
    match last.state(now) {
        SatelliteState::Revoked => unhealthy(
            "satellite.revoked",
            format!("Satellite \"{name}\" was revoked, and no other one reads it."),
        ),
        SatelliteState::TooOld => unhealthy(
            "satellite.protocol",
            format!(
                "Satellite \"{name}\" is too old for this server, and reads nothing. Bring it up to date."
            ),
        ),
        SatelliteState::TooNew => unhealthy(
            "satellite.protocol",
            format!(
                "Satellite \"{name}\" is newer than this server, and reads nothing. Bring the server up to date."
            ),
        ),
        _ if last.status.key_ended.is_some() => {
            let ended = last.status.key_ended.unwrap_or(now);
            unhealthy(
                "satellite.key",
                format!(
                    "Satellite \"{name}\" is let in no more: its API key ended or was revoked at {ended}. Put a fresh key into its file."
                ),
            )
        }
        _ if last.status.left => {
            // One that is run by the clock, with --once, stops each time: that is nothing, until a run was due and found none.
            let missed = facts.last_finished.as_ref().and_then(|run| run.error_code.as_deref());
            match missed.is_some_and(|code| code.starts_with("satellite.")) {
                true => unhealthy(
                    "satellite.stopped",
                    format!(
                        "Satellite \"{name}\" was stopped, and reported last at {at}. No other one reads it."
                    ),
                ),
                false => None,
            }
        }
        _ => unhealthy(
            OFFLINE,
            format!(
                "Satellite \"{name}\" has not reported since {at}. What it had sent is here; what changes at the site is read when it \
                 returns."
            ),
        ),
    }
}

/// That the satellite of an integration is late, where that is all there is to say.
pub(crate) fn late(integration: &Integration, facts: &HealthFacts, now: Millis) -> Option<Health> {
    let states = || facts.feeders.iter().map(|one| one.state(now));
    if !integration.is_fed() || states().any(|state| state == SatelliteState::Online) {
        return None;
    }
    let last = facts.feeders.iter().find(|one| one.state(now) == SatelliteState::Late)?;
    let reason =
        format!("Satellite \"{}\" is late: it reported last at {}.", clean(&last.name, 100), last.beat_at);
    let family = StatusFamily::Healing;
    Some(Health { status: "healthy", reason_code: "satellite.late".into(), reason, family, next: None })
}

/// The one of which there is most to say: the one that reported last of those that may come.
fn last_of(all: &[Satellite]) -> Option<&Satellite> {
    all.iter().max_by_key(|one| (one.revoked.is_none(), one.beat_at))
}

fn said(status: &'static str, code: &str, reason: String) -> Health {
    let (reason_code, next) = (code.to_owned(), Some(NextStep::Satellite));
    Health { status, reason_code, reason, family: StatusFamily::NeedsYou, next }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{health, samples};
    use weir_model::{AuthMethod, KeyId, Run, RunId, SatelliteStatus};
    use weir_testkit::SeededEntropy;

    const NOW: Millis = Millis(100_000_000);

    fn fed() -> Integration {
        let mut integration = samples::integration("Inside", 0, NOW);
        integration.settings.auth = AuthMethod::Satellite {};
        integration
    }

    fn satellite(name: &str, seconds_ago: i64) -> Satellite {
        Satellite {
            id: name.to_owned(),
            name: name.to_owned(),
            key: KeyId::generate(NOW, &SeededEntropy::new(1)),
            status: SatelliteStatus { protocol: Satellite::PROTOCOL, ..SatelliteStatus::default() },
            first_at: Millis(0),
            beat_at: Millis(NOW.0 - seconds_ago * 1_000),
            revoked: None,
            feeds: vec![],
        }
    }

    fn run(code: Option<&str>) -> Run {
        Run {
            id: RunId::generate(NOW, &SeededEntropy::new(2)),
            integration: "Inside".into(),
            trigger: "schedule".into(),
            asked_by: None,
            started_at: NOW,
            ended_at: Some(NOW),
            result: Some(if code.is_some() { "failed" } else { "success" }.into()),
            attempt: 1,
            requests: 1,
            waited_ms: 0,
            read: 1,
            written: 1,
            unchanged: 0,
            skipped: 0,
            failed: 0,
            error_code: code.map(str::to_owned),
        }
    }

    fn judged(feeders: Vec<Satellite>, last: Option<Run>) -> (&'static str, String, StatusFamily) {
        let last_successful = last.clone().filter(|run| run.error_code.is_none());
        let facts = HealthFacts {
            feeders,
            last_successful,
            last_finished: last,
            issues: 7,
            ..HealthFacts::default()
        };
        let health = health(&fed(), &facts, NOW);
        (health.status, health.reason_code, health.family)
    }

    #[test]
    fn whether_a_satellite_reports_is_part_of_how_its_integration_fares() {
        use StatusFamily::{Healing, NeedsYou};
        let well = || Some(run(None));
        assert_eq!(judged(vec![satellite("a", 10)], well()).1, "on_time");
        assert_eq!(judged(vec![satellite("a", 60)], well()), ("healthy", "satellite.late".into(), Healing));
        assert_eq!(judged(vec![satellite("a", 121)], well()), ("unhealthy", OFFLINE.into(), NeedsYou));
        assert_eq!(judged(vec![satellite("a", 121), satellite("b", 9)], well()).1, "on_time");
        assert_eq!(judged(vec![], None), ("pending", "satellite.none".into(), NeedsYou));
        assert_eq!(judged(vec![], well()), ("unhealthy", "satellite.none".into(), NeedsYou));
        let revoked = Satellite { revoked: Some((NOW, "Ann".into())), ..satellite("a", 1) };
        assert_eq!(judged(vec![revoked.clone()], well()).1, "satellite.revoked");
        assert_eq!(judged(vec![revoked, satellite("b", 500)], well()).1, OFFLINE);
        let mut newer = satellite("a", 1);
        newer.status.protocol += 1;
        assert_eq!(judged(vec![newer], well()).1, "satellite.protocol");
    }

    #[test]
    fn a_satellite_that_stopped_in_order_is_missed_when_a_run_was_due() {
        let mut left = satellite("a", 500);
        left.status.left = true;
        assert_eq!(judged(vec![left.clone()], Some(run(None))).1, "on_time");
        assert_eq!(judged(vec![left], Some(run(Some("satellite.offline")))).1, "satellite.stopped");
    }

    #[test]
    fn an_integration_that_the_server_reads_itself_has_no_satellite_to_miss() {
        let facts = HealthFacts { feeders: vec![satellite("a", 500)], ..HealthFacts::default() };
        assert_eq!(ails(&samples::integration("Outside", 0, NOW), &facts, NOW), None);
    }
}
