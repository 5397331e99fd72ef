//! How an integration does, over a range: the numbers that pages, API and command line show.

use crate::{health, onboarded, schedule};
use std::{collections::HashMap, sync::Arc};
use weir_model::{
    DAY_MS, Gap, Health, History, IngestedDay, IngestedTotal, Integration, Lag, Millis, OnboardedProject,
    Quota, Range, RunLoad, Segment, SegmentCounts, Window,
};
use weir_store::{HealthFacts, PAST_RUNS, RunFilter, Store, StoreError};

/// Projects of which is counted how many issues they have.
const COUNTED: usize = 8;

/// When data came in, and when it did not.
#[derive(Clone, Debug)]
pub struct Availability {
    /// The range.
    pub range: Range,
    /// Its beginning and its end.
    pub window: Window,
    /// As of when.
    pub now: Millis,
    /// The segments, oldest first.
    pub segments: Vec<Segment>,
    /// How many are what.
    pub counts: SegmentCounts,
    /// Gaps and pauses, newest first.
    pub gaps: Vec<Gap>,
}

/// Everything that monitoring shows of an integration.
#[derive(Clone, Debug)]
pub struct Monitoring {
    /// Its status.
    pub health: Health,
    /// What the status was judged from.
    pub facts: HealthFacts,
    /// When the next run is due, where the schedule does not pass it by.
    pub next_due_at: Option<Millis>,
    /// When data came in.
    pub availability: Availability,
    /// What runs asked of the site in the range.
    pub load: RunLoad,
    /// The same, in the last 24 hours.
    pub load_of_day: RunLoad,
    /// What the site told last of a quota.
    pub quota: Option<Quota>,
    /// What is counted over many rows.
    pub figures: Arc<Figures>,
}

/// What is counted over many rows: it may be a little older than the rest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Figures {
    /// What was ingested on each day of the range, also where it was nothing.
    pub days: Vec<IngestedDay>,
    /// What was ever ingested.
    pub total: IngestedTotal,
    /// Every project that it has taken in, the newest first, also those that the site does not show any more.
    pub projects: Vec<OnboardedProject>,
    /// How many issues the newest of them have.
    pub issues_of: HashMap<String, u64>,
    /// How long changes took to come here.
    pub lag: Lag,
}

impl Figures {
    /// Counts them for a window.
    pub async fn of(store: &Store, integration: &Integration, window: Window) -> Result<Self, StoreError> {
        let id = &integration.id;
        let listed = store.onboarded_projects(id, window).await?;
        let projects = onboarded::taken_in(&integration.settings.scope, listed);
        let newest: Vec<&str> = projects.iter().take(COUNTED).map(|project| project.key.as_str()).collect();
        Ok(Self {
            days: every_day(window, &store.ingested_days(id, window).await?),
            total: store.ingested_total(id).await?,
            issues_of: store.issues_of_projects(id, &newest).await?,
            lag: store.lag(id, window).await?,
            projects,
        })
    }

    /// How many projects came in the window, are here, and are not shown any more.
    pub fn counts(&self, window: Window) -> ProjectTotals {
        let total = self.here().count();
        ProjectTotals {
            onboarded: self.onboarded(window).count(),
            total,
            disappeared: self.projects.len() - total,
        }
    }

    fn here(&self) -> impl Iterator<Item = &OnboardedProject> {
        self.projects.iter().filter(|project| project.is_here())
    }

    fn onboarded(&self, window: Window) -> impl Iterator<Item = &OnboardedProject> {
        let Window { from, until } = window;
        self.here().filter(move |project| project.onboarded_at >= from && project.onboarded_at < until)
    }
}

/// Numbers of projects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProjectTotals {
    /// That came in the range and are still here.
    pub onboarded: usize,
    /// That are here.
    pub total: usize,
    /// That are not shown any more.
    pub disappeared: usize,
}

impl Monitoring {
    /// Issues first stored in the range.
    pub fn new_issues(&self) -> u64 {
        self.figures.days.iter().map(|day| day.new).sum()
    }

    /// Others that changed in the range, each once for each day.
    pub fn changed_issues(&self) -> u64 {
        self.figures.days.iter().map(|day| day.changed).sum()
    }

    /// Projects that came in the range and are still here.
    pub fn onboarded(&self) -> impl Iterator<Item = &OnboardedProject> {
        self.figures.onboarded(self.availability.window)
    }

    /// Projects that it takes in and the site still shows.
    pub fn here(&self) -> impl Iterator<Item = &OnboardedProject> {
        self.figures.here()
    }

    /// Projects that it does not show any more.
    pub fn disappeared(&self) -> impl Iterator<Item = &OnboardedProject> {
        self.figures.projects.iter().filter(|project| !project.is_here())
    }

    /// How many projects are which.
    pub fn project_totals(&self) -> ProjectTotals {
        self.figures.counts(self.availability.window)
    }
}

/// When data came in, over a range that ends at `now`.
pub async fn availability(
    store: &Store,
    integration: &Integration,
    range: Range,
    now: Millis,
) -> Result<Availability, StoreError> {
    let window = range.window(now);
    let runs = store.past_runs(&integration.id, window.from).await?;
    let before: Vec<Millis> =
        runs.iter().map(|run| run.started_at).filter(|started| *started < window.from).collect();
    // Where not all runs before the range are known, nothing is said of the time before them.
    let known = before.iter().min().filter(|_| before.len() >= PAST_RUNS);
    let created_at = known.map_or(integration.created_at, |known| integration.created_at.max(*known));
    let history = History {
        created_at,
        interval_ms: i64::from(integration.settings.interval_minutes) * 60_000,
        rhythms: integration.settings.rhythms.clone(),
        runs,
        pauses: store.pauses(&integration.id, window.from).await?,
        now,
    };
    let segments = history.segments(window.from, window.until, range.segment_ms());
    Ok(Availability {
        range,
        window,
        now,
        counts: SegmentCounts::of(&segments),
        gaps: history.gaps(window.from, window.until),
        segments,
    })
}

/// How an integration does, over a range that ends at `now`; the figures are those of its window.
pub async fn monitor(
    store: &Store,
    integration: &Integration,
    range: Range,
    now: Millis,
    figures: Arc<Figures>,
) -> Result<Monitoring, StoreError> {
    let id = &integration.id;
    let facts = store.health_facts(id).await?;
    let health = health(integration, &facts, now);
    let availability = availability(store, integration, range, now).await?;
    let window = availability.window;
    let within =
        |from: Millis| RunFilter { from: Some(from), until: Some(window.until), ..RunFilter::default() };
    Ok(Monitoring {
        next_due_at: schedule::show(store, integration, now).await?.next_at,
        load: store.run_load(id, &within(window.from)).await?,
        load_of_day: store.run_load(id, &within(Millis(now.0 - DAY_MS))).await?,
        quota: store.quota(id).await?,
        figures,
        availability,
        facts,
        health,
    })
}

/// The days of a window, also those on which nothing was ingested.
fn every_day(window: Window, some: &[IngestedDay]) -> Vec<IngestedDay> {
    let found = |day| some.iter().find(|one| one.day == day).copied();
    window.days().map(|day| found(day).unwrap_or(IngestedDay { day, ..IngestedDay::default() })).collect()
}
