//! The top of an integration's pages: its name, its tabs, its status in one sentence with what to do next.

use super::super::{
    format::{about, count, inert, moment, number, segment, sentence, zone_at},
    integration::leaving::Leaving,
};
use weir_ingest::{Monitoring, reminder};
use weir_model::{Deployment, Integration, Millis, NextStep, Run, RunProgress, StatusFamily};

/// The tabs of an integration's pages, and where each is. What is not built has none.
const TABS: &[(&str, &str)] = &[
    ("Monitoring", "monitoring"),
    ("Hygiene", "hygiene"),
    ("Configuration", "configuration"),
    ("Projects", "projects"),
    ("Custom fields", "fields"),
    ("Salesforce", "salesforce"),
    ("Activity", "activity"),
    ("Logs", "monitoring/runs"),
];

/// What a deployment is called.
pub(in crate::pages) fn product(deployment: Deployment) -> &'static str {
    match deployment {
        Deployment::Cloud => "Jira Cloud",
        Deployment::DataCenter => "Jira Data Center",
    }
}

/// Name and tabs.
pub(in crate::pages) struct Head {
    pub(in crate::pages) name: String,
    /// What it is, as far as somebody has said so.
    pub(in crate::pages) description: Option<String>,
    pub(in crate::pages) kind: &'static str,
    pub(in crate::pages) tabs: Vec<Tab>,
    /// The deletion that it waits for, on pages that do not speak of that themselves.
    pub(in crate::pages) leaving: Option<Leaving>,
}

/// A tab.
pub(in crate::pages) struct Tab {
    pub(in crate::pages) name: &'static str,
    pub(in crate::pages) path: String,
    pub(in crate::pages) is_here: bool,
}

impl Head {
    pub(in crate::pages) fn of(integration: &Integration) -> Self {
        let path = format!("/integrations/{}", segment(&integration.name));
        Self {
            name: inert(&integration.name),
            description: Some(weir_model::clean(&integration.settings.description, 300))
                .filter(|text| !text.is_empty())
                .map(|text| inert(&text)),
            kind: product(integration.settings.deployment),
            leaving: None,
            tabs: TABS
                .iter()
                .map(|(name, page)| Tab {
                    name,
                    path: format!("{path}/{page}"),
                    is_here: *name == "Monitoring",
                })
                .collect(),
        }
    }

    /// The same on the pages of another tab.
    pub(in crate::pages) fn at(mut self, name: &str) -> Self {
        for tab in &mut self.tabs {
            tab.is_here = tab.name == name;
        }
        self
    }
}

/// Shape, word and colour of a state; never the colour alone.
#[derive(Clone, Copy)]
pub(in crate::pages) struct Mark {
    pub(in crate::pages) word: &'static str,
    pub(in crate::pages) class: &'static str,
    pub(in crate::pages) shape: &'static str,
}

impl Mark {
    /// Of a status or a segment.
    pub(in crate::pages) fn of(status: &str) -> Self {
        let (word, class, shape) = match status {
            "healthy" => ("Healthy", "is-healthy", "healthy"),
            "unhealthy" => ("Unhealthy", "is-unhealthy", "unhealthy"),
            "pending" => ("Pending", "is-pending", "pending"),
            _ => ("No Data", "is-nodata", "nodata"),
        };
        Self { word, class, shape }
    }
}

/// The status: word, reason, detail, action.
pub(in crate::pages) struct StatusLine {
    pub(in crate::pages) mark: Mark,
    /// Whether somebody has to act, or something is being mended: its edge is coloured then.
    pub(in crate::pages) is_marked: bool,
    pub(in crate::pages) reason: String,
    pub(in crate::pages) details: Vec<String>,
    /// What to do next, for those who have no button for it.
    pub(in crate::pages) next: Option<&'static str>,
    /// The run that it speaks of, where looking at that helps.
    pub(in crate::pages) run: Option<String>,
    /// Where its satellites are, where the status speaks of these.
    pub(in crate::pages) satellite: Option<String>,
}

impl StatusLine {
    pub(super) fn of(integration: &Integration, shown: &Monitoring, now: Millis) -> Self {
        let (health, facts) = (&shown.health, &shown.facts);
        let mark = Mark::of(health.status);
        let is_bad = health.status == "unhealthy";
        let reason = sentence(&inert(&health.reason));
        let mut details = vec![];
        if let Some(gap) = shown.availability.gaps.first().filter(|gap| is_bad && gap.until.is_none()) {
            details.push(format!("Since {} ({}).", moment(gap.from), about(now.since(gap.from))));
        }
        let last = facts.last_successful.as_ref().and_then(|run| run.ended_at);
        match last {
            Some(ended) if is_bad => details.push(format!("Last update {} ago.", about(now.since(ended)))),
            None if is_bad => details.push("It has not been brought up to date yet.".into()),
            _ => {}
        }
        details.extend(reminder(integration, now));
        if let Some(due) = shown.next_due_at.filter(|due| *due > now && !is_bad) {
            details.push(format!("Next due {} {}.", moment(due), zone_at(due)));
        }
        if let Some(run) = facts.running.as_ref().filter(|_| health.status != "pending") {
            details.push(under_way(run, facts.progress.as_ref()));
        }
        if health.reason_code == "on_time" {
            details.push(format!(
                "{} from {}.",
                count(facts.issues, "issue", "issues"),
                count(shown.project_totals().total as u64, "project", "projects")
            ));
        }
        let of_satellite = health.next == Some(NextStep::Satellite) || health.reason_code == "satellite.late";
        let judged = facts
            .last_finished
            .as_ref()
            .filter(|_| is_bad || matches!(health.reason_code.as_str(), "partial" | "interrupted"));
        Self {
            mark,
            is_marked: health.family != StatusFamily::None,
            reason,
            details,
            next: health.next.map(step),
            run: judged.filter(|_| !of_satellite).map(|run| format!("/runs/{}", run.id)),
            satellite: of_satellite
                .then(|| format!("/integrations/{}/satellite", segment(&integration.name))),
        }
    }
}

/// A run that is under way, and how far it has come.
pub(in crate::pages) fn under_way(run: &Run, progress: Option<&RunProgress>) -> String {
    let Some(progress) = progress else { return "A run is under way.".into() };
    let (issues, requests) =
        (count(progress.issues, "issue", "issues"), count(progress.requests, "request", "requests"));
    let read = match progress.percent() {
        None => format!("{issues} read so far, with {requests}."),
        Some(percent) => format!(
            "{issues} of about {} read ({percent} %), with {requests}.",
            number(progress.issues_expected)
        ),
    };
    let left = match progress.left_ms(run.started_at) {
        Some(left) => format!(" About {} left.", about(left)),
        None => String::new(),
    };
    format!("A run is under way: {read}{left}")
}

/// What can be done about a status.
fn step(next: NextStep) -> &'static str {
    match next {
        NextStep::Restore => "cancel its deletion",
        NextStep::Resume => "resume it",
        NextStep::Sync => "sync it now",
        NextStep::Compare => "verify it",
        NextStep::AcceptLoss => "let the account browse these projects again, or accept the loss",
        NextStep::Reauthenticate => "change its authentication",
        NextStep::Check => "go through its checks",
        NextStep::Satellite => "look at its satellite",
        NextStep::Read(_) => "read the log of the run",
    }
}
