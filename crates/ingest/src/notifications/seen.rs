//! What becomes of an incident, as a function of how an integration is seen to do.

use weir_model::{Health, Integration, Millis, StatusFamily};
use weir_store::HealthFacts;

/// For how long a run has to be late before somebody is told: after a restart every integration is, until its run has come.
const LATE_MS: i64 = 15 * 60_000;

/// How long nobody is told of an integration that was never brought up to date: it has just been added.
const FRESH_MS: i64 = 60 * 60_000;

/// How an integration is seen to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Sight {
    /// Nothing can be said: it is paused, a person stopped it, a first import is under way, it is about to be deleted.
    Unclear,
    /// It is as it should be.
    Well,
    /// It needs somebody, for the reason of this code.
    NeedsYou(String),
    /// A run is late.
    Late,
    /// It fails, and may heal by itself.
    Healing,
}

impl Sight {
    pub(super) fn of(integration: &Integration, facts: &HealthFacts, health: &Health, now: Millis) -> Self {
        let code = health.reason_code.as_str();
        let is_fresh = now.since(integration.created_at) < FRESH_MS;
        match (health.family, health.status) {
            // Somebody has to start its satellite.
            (StatusFamily::NeedsYou, "pending") if code == "satellite.none" && !is_fresh => {
                Self::NeedsYou(code.to_owned())
            }
            (_, "pending") => Self::Unclear,
            _ if code == "paused" => Self::Unclear,
            (StatusFamily::NeedsYou, _) if code == "never_ran" => match is_fresh || facts.running.is_some() {
                true => Self::Unclear,
                false => Self::NeedsYou(code.to_owned()),
            },
            (StatusFamily::NeedsYou, _) if code == "late" => match facts.running.is_some() {
                true => Self::Unclear,
                false => Self::Late,
            },
            (StatusFamily::NeedsYou, _) => Self::NeedsYou(code.to_owned()),
            (_, "unhealthy") => Self::Healing,
            _ => Self::Well,
        }
    }
}

/// An incident as it is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Known {
    /// Since when.
    pub(super) since: Millis,
    /// Whether somebody has been needed for it.
    pub(super) needed: bool,
}

/// What becomes of an incident.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// Nothing.
    Nothing,
    /// It begins. Whoever is to be told of it is told when it lasts.
    Begin,
    /// Somebody is needed, for the reason of this code. Each reason is told once.
    Need(String),
    /// It has been failing for so many milliseconds, though it may heal by itself.
    Lasts(i64),
    /// It is over.
    End,
}

/// What becomes of an incident at the sight of its integration.
pub(super) fn step(known: Option<Known>, sight: &Sight, now: Millis) -> Step {
    match (known, sight) {
        (_, Sight::Unclear) | (None, Sight::Well) => Step::Nothing,
        (Some(_), Sight::Well) => Step::End,
        (None, _) => Step::Begin,
        (Some(_), Sight::NeedsYou(code)) => Step::Need(code.clone()),
        (Some(known), Sight::Late) => match now.since(known.since) >= LATE_MS {
            true => Step::Need("late".to_owned()),
            false => Step::Nothing,
        },
        // Whoever is needed anyway has been told.
        (Some(known), Sight::Healing) if known.needed => Step::Nothing,
        (Some(known), Sight::Healing) => Step::Lasts(now.since(known.since)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(100_000_000);

    fn ago(minutes: i64, needed: bool) -> Option<Known> {
        Some(Known { since: Millis(NOW.0 - minutes * 60_000), needed })
    }

    #[test]
    fn an_incident_begins_at_the_first_sight_and_ends_when_all_is_well() {
        let needs = || Sight::NeedsYou("auth.refused".into());
        assert_eq!(step(None, &Sight::Well, NOW), Step::Nothing);
        assert_eq!(step(None, &needs(), NOW), Step::Begin);
        assert_eq!(step(ago(0, false), &needs(), NOW), Step::Need("auth.refused".into()));
        assert_eq!(step(ago(9, true), &Sight::Well, NOW), Step::End);
        for known in [None, ago(9_000, true)] {
            assert_eq!(
                step(known, &Sight::Unclear, NOW),
                Step::Nothing,
                "a retry is no end and no beginning"
            );
        }
    }

    #[test]
    fn what_heals_by_itself_is_told_by_how_long_it_lasts_and_not_beside_a_need() {
        assert_eq!(step(ago(90, false), &Sight::Healing, NOW), Step::Lasts(90 * 60_000));
        assert_eq!(step(ago(90, true), &Sight::Healing, NOW), Step::Nothing);
    }

    #[test]
    fn a_run_is_late_for_a_while_before_somebody_is_told() {
        assert_eq!(step(ago(14, false), &Sight::Late, NOW), Step::Nothing);
        assert_eq!(step(ago(15, false), &Sight::Late, NOW), Step::Need("late".into()));
    }

    #[test]
    fn a_pause_a_first_import_and_a_fresh_integration_tell_nobody_anything() {
        let integration = crate::samples::integration("Acme", 0, NOW);
        let sight = |status, code: &str, family, now| {
            let reason_code = code.to_owned();
            let health = Health { status, reason_code, reason: String::new(), family, next: None };
            Sight::of(&integration, &HealthFacts::default(), &health, now)
        };
        let later = Millis(NOW.0 + FRESH_MS);
        let (needs, none, healing) = (StatusFamily::NeedsYou, StatusFamily::None, StatusFamily::Healing);
        assert_eq!(sight("no_data", "paused", none, NOW), Sight::Unclear);
        assert_eq!(sight("pending", "first_import", none, NOW), Sight::Unclear);
        assert_eq!(sight("pending", "interrupted", needs, NOW), Sight::Unclear);
        assert_eq!(sight("pending", "rate_limited", healing, NOW), Sight::Unclear);
        assert_eq!(sight("no_data", "never_ran", needs, NOW), Sight::Unclear);
        assert_eq!(sight("no_data", "never_ran", needs, later), Sight::NeedsYou("never_ran".into()));
        assert_eq!(sight("pending", "satellite.none", needs, NOW), Sight::Unclear);
        assert_eq!(
            sight("pending", "satellite.none", needs, later),
            Sight::NeedsYou("satellite.none".into())
        );
        assert_eq!(sight("healthy", "late", needs, NOW), Sight::Late);
        assert_eq!(sight("healthy", "on_time", none, NOW), Sight::Well);
        assert_eq!(sight("no_data", "nothing_in_range", none, NOW), Sight::Well);
        assert_eq!(sight("unhealthy", "net.timeout", healing, NOW), Sight::Healing);
    }
}
