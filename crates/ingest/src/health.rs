//! One status out of what the store knows.

use crate::{
    satellite::health as feeding,
    schedule::{Rhythm, paused_words},
};
use weir_model::{
    Health, Integration, Message, Millis, NextStep, OAuthFault, Run, RunProgress, Scope, StatusFamily,
    same_key, thousands,
};
use weir_store::{HealthFacts, LostProject};

/// A census older than this many of its intervals is late.
const LATE_AFTER_INTERVALS: i64 = 2;

/// The code of a census that found too large a loss.
const MASS_LOSS: &str = "census.mass_loss";

/// The code of one that is as it should be.
const ON_TIME: &str = "on_time";

/// The code of a run that is late.
const LATE: &str = "late";

/// The code of an integration whose site does not show projects any more.
const PERMISSION_LOST: &str = "permission_lost";

/// Projects that a sentence names before it only counts.
const NAMED: usize = 5;

/// The status of an integration at `now`.
pub fn health(integration: &Integration, facts: &HealthFacts, now: Millis) -> Health {
    if let Some(deletion) = &facts.deletion {
        let reason = format!("Will be deleted at {}.", deletion.due_at);
        return status("pending", "deleting", reason, StatusFamily::None, Some(NextStep::Restore));
    }
    if integration.is_retired() {
        let fault = Message::from(OAuthFault::Retired { name: integration.name.clone() });
        let reason = format!("{} {}", fault.what(), fault.why());
        return status(
            "unhealthy",
            fault.id(),
            reason,
            StatusFamily::NeedsYou,
            Some(NextStep::Reauthenticate),
        );
    }
    if facts.paused {
        let pause = facts.pause.as_ref();
        let reason = paused_words(pause, pause.and_then(|pause| pause.until), "");
        return status("no_data", "paused", reason, StatusFamily::None, Some(NextStep::Resume));
    }
    if let Some(health) = feeding::ails(integration, facts, now) {
        return health;
    }
    if let Some((run, progress)) = facts.running.as_ref().zip(facts.progress.as_ref())
        && let Some(until) = progress.waiting_until.filter(|until| *until > now)
    {
        let so_far = match facts.last_successful {
            None => format!(" {}", so_far(facts, run, Some(progress))),
            Some(_) => String::new(),
        };
        let reason = format!("Jira asked us to slow down; it goes on at {until}.{so_far}");
        return status("pending", "rate_limited", reason, StatusFamily::Healing, None);
    }
    if let Some(run) = facts.running.as_ref().filter(|_| facts.last_successful.is_none()) {
        let reason = so_far(facts, run, facts.progress.as_ref());
        return status("pending", "first_import", reason, StatusFamily::None, None);
    }
    let Some(last) = &facts.last_finished else {
        if facts.asked {
            let reason = "The first import was asked for and is about to begin.".into();
            return status("pending", "first_import", reason, StatusFamily::None, None);
        }
        let reason = "It has not been brought up to date yet.".into();
        return status("no_data", "never_ran", reason, StatusFamily::NeedsYou, Some(NextStep::Sync));
    };
    match last.result.as_deref() {
        Some("success") if facts.issues == 0 && facts.lost.is_empty() => status(
            "no_data",
            "nothing_in_range",
            "The scope holds no issues.".into(),
            StatusFamily::None,
            None,
        ),
        Some("success" | "partial") => doubted(integration, facts, last).unwrap_or_else(|| {
            let health = up_to_date(integration, last, now);
            // A census comes after a run: of a late one there is nothing else to say.
            let is_late = health.reason_code == LATE;
            let late_feeder = || feeding::late(integration, facts, now).filter(|_| !is_late);
            uncompared(integration, facts, now).filter(|_| !is_late).or_else(late_feeder).unwrap_or(health)
        }),
        Some("cancelled") => {
            let reason = "The last run was stopped before its end; what it had stored stays.".into();
            status("pending", "interrupted", reason, StatusFamily::NeedsYou, Some(NextStep::Sync))
        }
        _ => renewed(integration, last).unwrap_or_else(|| failed(last, facts.last_failure.as_deref())),
    }
}

/// A run was refused, and another credential was given since: the next run tells what comes of it.
fn renewed(integration: &Integration, last: &Run) -> Option<Health> {
    let given_at = integration.settings.credential.as_ref()?.added_at;
    let is_of_credential = matches!(last.error_code.as_deref()?.split('.').next(), Some("auth" | "key"));
    (is_of_credential && last.started_at < given_at).then(|| {
        let reason = format!(
            "The last run was refused. Another credential was given at {given_at}; the next run reads with it."
        );
        status("pending", "credential.replaced", reason, StatusFamily::None, Some(NextStep::Sync))
    })
}

/// How far the first import has come.
fn so_far(facts: &HealthFacts, run: &Run, progress: Option<&RunProgress>) -> String {
    let Some((progress, percent)) = progress.and_then(|progress| Some((progress, progress.percent()?)))
    else {
        return format!("First import: {} issues so far.", thousands(facts.issues));
    };
    let (read, expected) = (thousands(progress.issues), thousands(progress.issues_expected));
    let left = match progress.left_ms(run.started_at) {
        None => String::new(),
        Some(left) if left < 60_000 => " Less than a minute left.".to_owned(),
        Some(left) => format!(" About {} min left.", (left + 30_000) / 60_000),
    };
    format!("First import: {read} of about {expected} issues ({percent} %).{left}")
}

/// What the last census or the last run found that a person has to look at, where it did.
fn doubted(integration: &Integration, facts: &HealthFacts, last: &Run) -> Option<Health> {
    let ended = |run: &Run| run.ended_at.unwrap_or(run.started_at);
    let lost = lost_in_scope(integration, &facts.lost);
    if !lost.is_empty() {
        let what = match lost.len() {
            1 => "1 project".to_owned(),
            more => format!("{more} projects"),
        };
        let reason = format!(
            "We can no longer read {what}: {}. The site does not show what we knew there: the account lost \
             \"Browse projects\", or it was deleted for good. What is here of it stays. Give the account its permission \
             back, or, where the loss is meant, compare everything and accept it.",
            named(&lost)
        );
        return Some(needs_you(PERMISSION_LOST, reason, NextStep::AcceptLoss));
    }
    // A census that fails afterwards answers nothing.
    if let Some(census) = &facts.last_compared
        && census.error_code.as_deref() == Some(MASS_LOSS)
    {
        let held: Vec<&str> = facts.held_back.iter().map(String::as_str).collect();
        let reason = format!(
            "The census of {} did not find more than 20 % of the issues of {}, and changed nothing there. Look at it in \
             Jira as the account that reads; where the loss is meant, compare everything and accept it.",
            ended(census),
            if held.is_empty() { "a project".to_owned() } else { named(&held) },
        );
        return Some(needs_you(MASS_LOSS, reason, NextStep::AcceptLoss));
    }
    let census = facts.last_census.as_ref()?;
    let code = census.error_code.as_deref()?;
    let is_newer = ended(census) > ended(last) && renewed(integration, census).is_none();
    (is_newer && code.starts_with("auth.")).then(|| failed(census, facts.census_failure.as_deref()))
}

/// Keys of those lost projects that are in scope: a query takes those of which it ever found something.
pub(crate) fn lost_in_scope<'a>(integration: &Integration, lost: &'a [LostProject]) -> Vec<&'a str> {
    let in_scope = |one: &&LostProject| match &integration.settings.scope {
        Scope::Projects(wanted) => wanted.iter().any(|wanted| same_key(wanted, &one.key)),
        Scope::Everything => true,
        Scope::Jql(_) => one.has_issues,
    };
    lost.iter().filter(in_scope).map(|one| one.key.as_str()).collect()
}

/// The first few of some keys.
fn named(keys: &[&str]) -> String {
    let named = keys.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match keys.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn needs_you(code: &str, reason: String, next: NextStep) -> Health {
    status("unhealthy", code, reason, StatusFamily::NeedsYou, Some(next))
}

/// What deletions may go unnoticed for: projects that no census proves.
fn uncompared(integration: &Integration, facts: &HealthFacts, now: Millis) -> Option<Health> {
    let minutes = integration.settings.census_minutes?;
    let message = if facts.unproven > 0 {
        Message::CensusUnproven { name: integration.name.clone(), projects: facts.unproven }
    } else {
        let since = facts.proven_at?;
        let longest = i64::from(minutes) * LATE_AFTER_INTERVALS * 60_000;
        // A census comes after a sync.
        let is_late = now.since(since) > longest && late_since(integration, since, now).is_some();
        is_late.then(|| Message::CensusLate { name: integration.name.clone(), since, minutes })?
    };
    let reason = format!("{} {}", message.what(), message.why());
    Some(needs_you(message.id(), reason, NextStep::Compare))
}

fn up_to_date(integration: &Integration, last: &Run, now: Millis) -> Health {
    let minutes = now.since(last.ended_at.unwrap_or(last.started_at)) / 60_000;
    let withheld = last.skipped + last.failed;
    if withheld > 0 {
        let records =
            if withheld == 1 { "1 record was".to_owned() } else { format!("{withheld} records were") };
        let reason = format!("Last update {}; {records} withheld or not understood.", ago(minutes));
        let look = NextStep::Read(last.id);
        return status("healthy", "partial", reason, StatusFamily::None, Some(look));
    }
    if let Some(due) = late_since(integration, last.ended_at.unwrap_or(last.started_at), now) {
        let reason = format!("Last update {}; the next has been due since {due}.", ago(minutes));
        return status("healthy", LATE, reason, StatusFamily::NeedsYou, Some(NextStep::Sync));
    }
    status("healthy", ON_TIME, format!("Last update {}.", ago(minutes)), StatusFamily::None, None)
}

/// The first due time after an instant, where by its schedule, interval or cron, the next one has come too.
fn late_since(integration: &Integration, after: Millis, now: Millis) -> Option<Millis> {
    let rhythm = Rhythm::of(integration);
    let due = rhythm.after(after);
    (rhythm.after(due) <= now).then_some(due)
}

/// A run failed; its log tells why.
fn failed(last: &Run, said: Option<&str>) -> Health {
    let code = last.error_code.clone().unwrap_or_else(|| "unknown".into());
    let next = match code.split('.').next() {
        Some("auth" | "key") => NextStep::Reauthenticate,
        Some("perm" | "project" | "jql" | "url" | "tls" | "fields") => NextStep::Check,
        _ => NextStep::Read(last.id),
    };
    let at = last.ended_at.unwrap_or(last.started_at);
    let reason = said.map_or_else(|| format!("The last run failed at {at} ({code})."), str::to_owned);
    status("unhealthy", &code, reason, family_of(&code), Some(next))
}

/// Who has to act on a failure of this code.
pub(crate) fn family_of(code: &str) -> StatusFamily {
    match code.split('.').next() {
        Some("auth" | "perm" | "project" | "jql" | "key" | "url" | "tls" | "config" | "fields") => {
            StatusFamily::NeedsYou
        }
        _ => StatusFamily::Healing,
    }
}

fn status(
    status: &'static str,
    code: &str,
    reason: String,
    family: StatusFamily,
    next: Option<NextStep>,
) -> Health {
    Health { status, reason_code: code.into(), reason, family, next }
}

fn ago(minutes: i64) -> String {
    match minutes {
        0 => "less than a minute ago".into(),
        1..=119 => format!("{minutes} min ago"),
        120..=2879 => format!("{} h ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use weir_model::{Entropy, Pause, RunId, Scope};

    struct Zeroes;

    impl Entropy for Zeroes {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    const NOW: Millis = Millis(100_000_000);

    fn integration() -> Integration {
        samples::integration("Acme Jira", 0, NOW)
    }

    fn ended(result: &str, minutes_ago: i64, error_code: Option<&str>) -> Run {
        Run {
            id: RunId::generate(NOW, &Zeroes),
            integration: "Acme Jira".into(),
            trigger: "manual".into(),
            asked_by: None,
            started_at: Millis(NOW.0 - minutes_ago * 60_000),
            ended_at: Some(Millis(NOW.0 - minutes_ago * 60_000)),
            result: Some(result.into()),
            attempt: 1,
            requests: 1,
            waited_ms: 0,
            read: 10,
            written: 9,
            unchanged: 0,
            skipped: i64::from(result == "partial"),
            failed: 0,
            error_code: error_code.map(str::to_owned),
        }
    }

    fn judged(
        last_finished: Option<Run>,
        issues: u64,
    ) -> (&'static str, String, StatusFamily, Option<String>) {
        let last_successful = last_finished.clone().filter(|run| run.error_code.is_none());
        let facts = HealthFacts { last_finished, last_successful, issues, ..HealthFacts::default() };
        let health = health(&integration(), &facts, NOW);
        (health.status, health.reason_code, health.family, health.next.map(|next| next.command("Acme Jira")))
    }

    #[test]
    fn an_integration_that_never_ran_has_no_data_and_says_what_to_type() {
        let (status, code, family, next) = judged(None, 0);
        assert_eq!((status, code.as_str(), family), ("no_data", "never_ran", StatusFamily::NeedsYou));
        assert_eq!(next.as_deref(), Some("weir sync 'Acme Jira'"));
    }

    #[test]
    fn a_success_is_on_time_and_then_late() {
        assert_eq!(judged(Some(ended("success", 5, None)), 7).1, "on_time");
        assert_eq!(judged(Some(ended("success", 31, None)), 7).1, "late");
        assert_eq!(judged(Some(ended("success", 5, None)), 0).1, "nothing_in_range");
        assert_eq!(judged(Some(ended("partial", 5, None)), 7).1, "partial");
    }

    #[test]
    fn a_cron_pattern_says_when_a_run_is_late_and_the_interval_does_not() {
        let monday = Millis(1_772_445_600_000); // 2026-03-02T10:00:00Z
        let hours = |number: i64| Millis(monday.0 + number * 3_600_000);
        let mut integration = integration();
        integration.settings.cron = Some("0 9 * * 1-5".into());
        let judged = |now: Millis| {
            let mut last = ended("success", 0, None);
            last.ended_at = Some(monday);
            up_to_date(&integration, &last, now).reason_code
        };
        // Due on Tuesday at nine, and late when nobody has come on Wednesday at nine either.
        assert_eq!(
            (judged(hours(22)), judged(hours(46)), judged(hours(48))),
            (ON_TIME.into(), ON_TIME.into(), LATE.into())
        );
        integration.settings.cron = Some("0 10 * * 1".into());
        let run = Millis(monday.0 + 60_000);
        assert_eq!(late_since(&integration, run, hours(24 * 13)), None, "once a week is no sooner");
    }

    #[test]
    fn a_failure_tells_whether_a_person_is_needed() {
        let (status, code, family, next) = judged(Some(ended("failed", 5, Some("auth.refused"))), 7);
        assert_eq!((status, code.as_str(), family), ("unhealthy", "auth.refused", StatusFamily::NeedsYou));
        assert_eq!(next.as_deref(), Some("weir integration reauth 'Acme Jira'"));
        let (status, _, family, _) = judged(Some(ended("failed", 5, Some("net.timeout"))), 7);
        assert_eq!((status, family), ("unhealthy", StatusFamily::Healing));
    }

    #[test]
    fn a_census_that_lost_too_much_needs_a_person_until_another_did_not() {
        let mass_loss = || ended("partial", 60, Some(MASS_LOSS));
        let judged_after = |compared: Option<Run>, census: Run| {
            let last = Some(ended("success", 5, None));
            let facts = HealthFacts {
                last_finished: last.clone(),
                last_successful: last,
                last_census: Some(census),
                last_compared: compared,
                held_back: vec!["ENG".into(), "OPS".into()],
                issues: 7,
                ..HealthFacts::default()
            };
            let health = health(&integration(), &facts, NOW);
            (health.status, health.reason_code, health.family, health.reason)
        };
        let judged = |census: Run| {
            let compared = Some(census.clone()).filter(|run| run.result.as_deref() != Some("failed"));
            judged_after(compared, census)
        };
        let (status, code, family, reason) = judged(mass_loss());
        assert_eq!((status, code.as_str(), family), ("unhealthy", MASS_LOSS, StatusFamily::NeedsYou));
        assert!(reason.contains("of the issues of ENG, OPS, and changed nothing"), "{reason}");
        assert_eq!(judged(ended("success", 60, None)).1, "on_time");
        assert_eq!(judged(ended("failed", 4, Some("auth.account"))).1, "auth.account");
        assert_eq!(
            judged(ended("failed", 6, Some("auth.account"))).1,
            "on_time",
            "a sync has signed in since"
        );
        assert_eq!(judged(ended("failed", 4, Some("net.timeout"))).1, "on_time");
        let failing = ended("failed", 4, Some("net.timeout"));
        assert_eq!(judged_after(Some(mass_loss()), failing).1, MASS_LOSS, "it still needs a person");
    }

    #[test]
    fn projects_that_are_not_shown_any_more_need_a_person_as_long_as_they_are_wanted() {
        let judged = |lost: usize, scope: Scope| {
            let last = Some(ended("success", 5, None));
            let lost = (0..lost).map(|no| LostProject { key: format!("P{no}"), has_issues: no > 0 });
            let facts = HealthFacts {
                last_finished: last.clone(),
                last_successful: last,
                lost: lost.collect(),
                issues: 7,
                ..HealthFacts::default()
            };
            let mut integration = integration();
            integration.settings.scope = scope;
            health(&integration, &facts, NOW)
        };
        let two = judged(2, Scope::Everything);
        assert_eq!((two.status, two.reason_code.as_str()), ("unhealthy", PERMISSION_LOST));
        assert_eq!((two.family, two.next), (StatusFamily::NeedsYou, Some(NextStep::AcceptLoss)));
        assert!(two.reason.starts_with("We can no longer read 2 projects: P0, P1. "), "{}", two.reason);
        let many = judged(9, Scope::Everything).reason;
        assert!(
            many.starts_with("We can no longer read 9 projects: P0, P1, P2, P3, P4 and 4 more. "),
            "{many}"
        );
        let named = |key: &str| Scope::Projects(vec![key.to_owned()]);
        assert_eq!(judged(2, named("p1")).reason_code, PERMISSION_LOST);
        assert_eq!(judged(2, named("OTHER")).reason_code, ON_TIME, "nobody wants these any more");
        let query = || Scope::Jql("a = 1".into());
        assert_eq!(judged(1, query()).reason_code, ON_TIME, "the query never took anything there");
        assert!(judged(2, query()).reason.starts_with("We can no longer read 1 project: P1. "));
    }

    #[test]
    fn a_run_says_how_far_it_has_come_and_that_it_was_asked_to_wait() {
        let judged = |issues: u64, waiting_until: Option<Millis>, first: bool| {
            let facts = HealthFacts {
                running: Some(Run { ended_at: None, result: None, ..ended("success", 10, None) }),
                last_finished: (!first).then(|| ended("success", 12, None)),
                last_successful: (!first).then(|| ended("success", 12, None)),
                progress: Some(RunProgress {
                    at: NOW,
                    projects: 14,
                    issues_expected: if first { 48_000 } else { 0 },
                    issues,
                    requests: 700,
                    waited_ms: 0,
                    waiting_until,
                }),
                issues: 7,
                ..HealthFacts::default()
            };
            health(&integration(), &facts, NOW)
        };
        let told = judged(12_000, None, true);
        assert_eq!((told.status, told.reason_code.as_str()), ("pending", "first_import"));
        assert_eq!(told.reason, "First import: 12,000 of about 48,000 issues (25 %). About 30 min left.");
        assert_eq!(judged(0, None, true).reason, "First import: 0 of about 48,000 issues (0 %).");
        let until = Millis(NOW.0 + 48_000);
        let waits = judged(12_000, Some(until), false);
        assert_eq!((waits.status, waits.reason_code.as_str()), ("pending", "rate_limited"));
        assert_eq!((waits.family, waits.next), (StatusFamily::Healing, None));
        assert_eq!(waits.reason, format!("Jira asked us to slow down; it goes on at {until}."));
        assert!(judged(12_000, Some(until), true).reason.ends_with("About 30 min left."));
        assert_eq!(judged(12_000, Some(NOW), false).reason_code, ON_TIME, "it has waited");
    }

    #[test]
    fn a_failure_is_told_in_the_words_of_its_log_where_it_has_some() {
        let judged = |said: Option<&str>| {
            let last_failure = said.map(str::to_owned);
            let last_finished = Some(ended("failed", 5, Some("net.timeout")));
            health(
                &integration(),
                &HealthFacts { last_finished, last_failure, ..HealthFacts::default() },
                NOW,
            )
            .reason
        };
        assert_eq!(judged(Some("acme.example did not answer.")), "acme.example did not answer.");
        assert!(judged(None).contains("(net.timeout)"), "a log is not kept for ever");
    }

    #[test]
    fn a_pause_says_who_when_and_until() {
        let (since, until) = (Some(NOW), Some(Millis(NOW.0 + 1_000)));
        let pause = |paused_by: &str, since, until| {
            paused_words(Some(&Pause { since, paused_by: paused_by.into(), until }), until, "")
        };
        assert_eq!(pause("", None, None), "Paused.");
        assert_eq!(pause("Dana", since, None), "Paused by Dana at 1970-01-02T03:46:40Z.");
        assert_eq!(pause("Dana", None, until), "Paused by Dana, until 1970-01-02T03:46:41Z.");
    }

    #[test]
    fn deletions_that_nobody_looks_for_are_told_while_syncs_go_well() {
        const DAY: i64 = 1_440;
        let judged = |minutes_ago: i64, unproven: u64, last: Run, census_minutes: Option<u32>| {
            let facts = HealthFacts {
                last_finished: Some(last.clone()),
                last_successful: Some(last),
                last_census: Some(ended("failed", 20, Some("jira.forbidden"))),
                proven_at: Some(Millis(NOW.0 - minutes_ago * 60_000)),
                unproven,
                issues: 7,
                ..HealthFacts::default()
            };
            let mut integration = integration();
            integration.settings.census_minutes = census_minutes;
            health(&integration, &facts, NOW)
        };
        let daily = Some(DAY as u32);
        let well = || ended("success", 5, None);
        assert_eq!(judged(2 * DAY, 0, well(), daily).reason_code, "on_time");
        let late = judged(2 * DAY + 1, 0, well(), daily);
        assert_eq!((late.status, late.reason_code.as_str()), ("unhealthy", "census.late"));
        assert_eq!((late.family, late.next), (StatusFamily::NeedsYou, Some(NextStep::Compare)));
        assert_eq!(judged(2 * DAY + 1, 0, well(), None).reason_code, "on_time", "nobody wants a census");
        assert_eq!(judged(3 * DAY, 0, ended("partial", 5, None), daily).reason_code, "census.late");
        assert_eq!(judged(3 * DAY, 0, ended("success", 31, None), daily).reason_code, "late");
        let unproven = judged(60, 2, well(), daily);
        assert_eq!((unproven.status, unproven.reason_code.as_str()), ("unhealthy", "census.unproven"));
        assert!(unproven.reason.contains("could not compare: 2"), "{}", unproven.reason);
    }

    #[test]
    fn a_pause_comes_before_everything_else() {
        let last_finished = Some(ended("failed", 5, Some("auth.refused")));
        let facts = HealthFacts { last_finished, issues: 7, paused: true, ..HealthFacts::default() };
        assert_eq!(health(&integration(), &facts, NOW).reason_code, "paused");
    }
}
