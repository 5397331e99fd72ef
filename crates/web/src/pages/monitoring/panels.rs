//! The panels of figures: projects that came, what was asked of the site, how fresh the data is.

use super::super::format::{about, count, date, duration, inert, moment, number};
use weir_ingest::Monitoring;
use weir_model::{Millis, OnboardedProject};

/// Projects that a panel names before "all".
const FEW: usize = 4;

/// Projects that came.
pub(super) struct Onboarded {
    pub(super) in_range: String,
    pub(super) total: String,
    pub(super) newest: Vec<ProjectRow>,
    pub(super) all: Vec<ProjectRow>,
    /// Keys of those that are not shown to us any more.
    pub(super) gone: Option<String>,
}

/// A project.
pub(super) struct ProjectRow {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) issues: Option<String>,
    pub(super) onboarded: String,
    pub(super) state: String,
}

impl Onboarded {
    pub(super) fn of(shown: &Monitoring) -> Self {
        let row = |project: &OnboardedProject| ProjectRow {
            key: inert(&project.key),
            name: inert(&project.name),
            issues: shown.figures.issues_of.get(&project.key).map(|issues| count(*issues, "issue", "issues")),
            onboarded: date(project.onboarded_at),
            state: match project.state.as_str() {
                "deleted" => "in the trash".into(),
                "hidden" => "not shown any more".into(),
                other => other.to_owned(),
            },
        };
        let totals = shown.project_totals();
        let gone: Vec<String> = shown.disappeared().map(|project| inert(&project.key)).collect();
        Self {
            in_range: number(totals.onboarded as u64),
            total: number(totals.total as u64),
            newest: shown.onboarded().take(FEW).map(row).collect(),
            all: shown.figures.projects.iter().map(row).collect(),
            gone: (!gone.is_empty()).then(|| {
                let named = gone.iter().take(FEW).cloned().collect::<Vec<_>>().join(", ");
                let more = if gone.len() > FEW { " …" } else { "" };
                format!(
                    "{} disappeared: {named}{more}. Not in the total.",
                    count(gone.len() as u64, "project", "projects")
                )
            }),
        }
    }
}

/// What was asked of the site.
pub(super) struct Load {
    pub(super) sentence: String,
    pub(super) requests: String,
    pub(super) of_day: String,
    pub(super) runs: String,
    pub(super) waits: String,
    pub(super) longest: Option<(String, String)>,
    /// What is left of a quota.
    pub(super) quota: Option<String>,
}

impl Load {
    pub(super) fn of(shown: &Monitoring) -> Self {
        let load = &shown.load;
        let waited = duration(i64::try_from(load.waited_ms).unwrap_or(i64::MAX));
        let now = shown.availability.now;
        Self {
            quota: shown.quota.map(|quota| {
                let (left, limit) = (number(quota.left_at(now)), number(quota.limit));
                match now < quota.resets_at {
                    true => {
                        format!("{left} of {limit} points left, full again at {}", moment(quota.resets_at))
                    }
                    false => format!("{limit} points, full again since {}", moment(quota.resets_at)),
                }
            }),
            sentence: match load.waits {
                0 => "Jira did not ask us to slow down in this range.".into(),
                waits => format!("Jira asked us to slow down in {}.", count(waits, "run", "runs")),
            },
            requests: number(load.requests),
            of_day: number(shown.load_of_day.requests),
            runs: number(load.runs),
            waits: match load.waits {
                0 => "none".into(),
                waits => format!("{}, {waited}", count(waits, "run", "runs")),
            },
            longest: load.longest.as_ref().map(|(run, at, waited)| {
                let waited = duration(i64::try_from(*waited).unwrap_or(i64::MAX));
                (format!("/runs/{run}"), format!("{}, {waited}", moment(*at)))
            }),
        }
    }
}

/// How fresh the data is.
pub(super) struct Freshness {
    pub(super) half: Option<String>,
    pub(super) most: Option<String>,
    pub(super) sentence: String,
    /// The stalest first.
    pub(super) few: Vec<FreshRow>,
    pub(super) all: Vec<FreshRow>,
}

/// A project.
pub(super) struct FreshRow {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) as_of: String,
    pub(super) half: String,
    pub(super) most: String,
    pub(super) is_stale: bool,
}

impl Freshness {
    pub(super) fn of(shown: &Monitoring, now: Millis) -> Self {
        // Archived ones are not read any more.
        let mut here: Vec<&OnboardedProject> =
            shown.here().filter(|project| project.state == "live").collect();
        let newest = here.iter().filter_map(|project| project.as_of).max();
        let lag = |ms: Option<i64>| ms.map_or_else(|| "—".to_owned(), about);
        here.sort_by_key(|project| project.as_of);
        let row = |project: &&OnboardedProject| FreshRow {
            key: inert(&project.key),
            name: inert(&project.name),
            as_of: match project.as_of {
                Some(at) => format!("Data from {} ({} ago)", moment(at), about(now.since(at))),
                None => "Not read to its end yet".into(),
            },
            half: lag(project.lag_p50_ms),
            most: lag(project.lag_p95_ms),
            // Others have been read since.
            is_stale: project.as_of < newest,
        };
        Self {
            half: shown.figures.lag.p50_ms.map(about),
            most: shown.figures.lag.p95_ms.map(about),
            sentence: match shown.figures.lag.changes {
                0 => "No change came in this range, so there is nothing to measure yet.".into(),
                changes => format!("Over {} in this range.", count(changes, "change", "changes")),
            },
            few: here.iter().take(FEW).map(row).collect(),
            all: here.iter().map(row).collect(),
        }
    }
}
