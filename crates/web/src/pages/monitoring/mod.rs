//! One integration, Monitoring: how it does, what came in and when, what its runs did.

mod charts;
pub(in crate::pages) mod head;
pub(super) mod issues;
mod panels;
pub(super) mod rows;
pub(super) mod runs;
mod timeline;

use super::{
    format::{clock, number, segment, span},
    integration::{actions::Actions, withheld},
    shell::{Shell, rendered},
};
use crate::{
    api::monitoring::RangeQuery,
    app::App,
    auth::{policy::Action, principal::Caller},
    http::{
        Problem,
        extract::{Params, Segments},
    },
    monitored::Monitored,
};
use askama::Template;
use axum::{extract::State, response::Response};
use charts::Bars;
use head::{Head, StatusLine};
use panels::{Freshness, Load, Onboarded};
use rows::{RunRow, run_rows};
use timeline::Timeline;
use weir_model::{IngestedDay, Message, Range};
use weir_store::RunFilter;

/// Runs that the page shows.
const RUNS: u32 = 8;

#[derive(Template)]
#[template(path = "monitoring.html")]
struct MonitoringPage {
    shell: Shell,
    head: Head,
    status: StatusLine,
    /// Whether a run is under way or was asked for: then the page asks for itself again, whole, until it does not say so any more.
    is_awaited: bool,
    /// After how many seconds it asks again: sooner where a run is about to begin.
    pace: u8,
    actions: Option<Actions>,
    /// Why there are no buttons.
    withheld: Option<String>,
    /// Its page, without a query.
    path: String,
    range: &'static str,
    days: i64,
    window: String,
    now: String,
    onboarded: Onboarded,
    tickets: Tickets,
    timeline: Timeline,
    runs: Vec<RunRow>,
    runs_in_range: String,
    load: Load,
    freshness: Freshness,
}

/// What was ingested.
struct Tickets {
    new: String,
    changed: String,
    both: String,
    total: String,
    away: Option<String>,
    sentence: String,
    wide: Bars,
    narrow: Bars,
    rows: Vec<DayRow>,
}

/// A line of the table beside the chart.
struct DayRow {
    label: String,
    iso: String,
    new: String,
    changed: String,
    both: String,
}

/// `GET /integrations/{name}/monitoring`.
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(query): Params<RangeQuery>,
) -> Result<Response, Problem> {
    let integration = app.store.integration(&name).await?.ok_or(Message::PageUnknown {})?;
    let (range, now) = (query.range(), app.now());
    let shown = Monitored::show(&app, &integration, range, now).await?;
    let window = shown.availability.window;
    let filter = RunFilter { from: Some(window.from), until: Some(window.until), ..RunFilter::default() };
    let lines = app.store.run_lines(&integration.id, &RunFilter::default(), None, RUNS).await?;
    let actions = Actions::of(&app, &caller, &integration, (&shown.health, &shown.facts)).await?;
    let line = StatusLine::of(&integration, &shown, now);
    let path = format!("/integrations/{}/monitoring", segment(&integration.name));
    let title = format!("{}, Monitoring", integration.name);
    let is_awaited =
        shown.facts.running.is_some() || actions.as_ref().is_some_and(|one| !one.asked.is_empty());
    let is_short = shown.facts.running.is_none() || shown.facts.last_successful.is_none();
    rendered(&MonitoringPage {
        is_awaited,
        pace: if is_short { 3 } else { 10 },
        shell: Shell::new(&app, Some(&caller), &title, "/integrations"),
        head: Head::of(&integration),
        status: StatusLine { next: line.next.filter(|_| actions.is_none()), ..line },
        withheld: match &actions {
            Some(_) => None,
            None => {
                withheld(&app, &caller, Action::Change, &integration, ("this integration", "change it"))
                    .await?
            }
        },
        actions,
        range: range.as_str(),
        days: range.days(),
        window: span(window.from, window.until),
        now: clock(now),
        onboarded: Onboarded::of(&shown),
        tickets: Tickets::of(&shown, range),
        timeline: Timeline::of(&shown.availability, &path),
        runs: run_rows(lines, now),
        runs_in_range: number(app.store.count_runs(&integration.id, &filter).await?),
        load: Load::of(&shown),
        freshness: Freshness::of(&shown, now),
        path,
    })
}

impl Tickets {
    fn of(shown: &weir_ingest::Monitoring, range: Range) -> Self {
        let (new, changed) = (shown.new_issues(), shown.changed_issues());
        let both = |day: &IngestedDay| day.new + day.changed;
        let busiest = shown.figures.days.iter().filter(|day| both(day) > 0).max_by_key(|day| both(day));
        let sentence = match busiest {
            None => format!("Nothing new or changed came in the last {} days.", range.days()),
            Some(day) => format!(
                "Most on {}: {} new and {} changed.",
                super::format::day(day.day, "%a %-d %b"),
                number(day.new),
                number(day.changed)
            ),
        };
        let row = |day: &IngestedDay| DayRow {
            label: super::format::day(day.day, "%a %-d %b"),
            iso: super::format::iso_day(day.day),
            new: number(day.new),
            changed: number(day.changed),
            both: number(both(day)),
        };
        Self {
            new: number(new),
            changed: number(changed),
            both: number(new + changed),
            total: number(shown.figures.total.issues),
            away: (shown.figures.total.away > 0).then(|| number(shown.figures.total.away)),
            sentence,
            wide: Bars::wide(&shown.figures.days, shown.availability.window),
            narrow: Bars::narrow(&shown.figures.days, shown.availability.window),
            rows: shown.figures.days.iter().rev().map(row).collect(),
        }
    }
}
