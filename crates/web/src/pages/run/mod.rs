//! One run: what it asked for, what came of it by kind of record and by project, and its log.

pub(super) mod cancel;
pub(super) mod download;
mod projects;

use super::{
    format::{count, inert, instant, moment, number, segment},
    monitoring::{
        head::{Head, under_way},
        rows::{Number, RunRow, run_row},
    },
    shell::{Shell, rendered},
};
use crate::{
    api::monitoring::events::{EventsQuery, Level},
    app::App,
    auth::principal::Caller,
    http::{
        Problem,
        body::query,
        extract::{Params, Segments},
    },
};
use askama::Template;
use axum::{extract::State, response::Response};
use cancel::Cancel;
use projects::ProjectRow;
use serde::Deserialize;
use weir_model::{Counts, Kind, Message, RunEvent, RunId, RunLevel, Tally};
use weir_store::{EventFilter, RunLine};

/// Levels by which lines can be chosen: that one or a worse one.
const LEVELS: &[(&str, &str)] =
    &[("info", "Everything"), ("warning", "Warnings and errors"), ("error", "Errors")];

#[derive(Template)]
#[template(path = "run.html")]
struct RunPage {
    shell: Shell,
    head: Head,
    back: String,
    path: String,
    run: RunRow,
    ended: Option<String>,
    /// What came of it, in one sentence: why it failed in the words of the catalogue, or how long it took.
    sentence: String,
    has_failed: bool,
    is_under_way: bool,
    /// How it is ended before its time.
    cancel: Option<Cancel>,
    /// The level of the line in which it says why.
    told_at: &'static str,
    steps: Vec<Step>,
    sum: Vec<Number>,
    projects: Vec<ProjectRow>,
    /// Where the first line of its log stands in which something failed.
    first_error: Option<i64>,
    levels: Vec<(&'static str, &'static str, bool)>,
    text: String,
    lines: Vec<Line>,
    next: Option<String>,
    is_filtered: bool,
    is_further: bool,
    /// How this page asks for itself again, while the run is under way.
    again: String,
}

/// What of the log to show.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunQuery {
    level: Option<Level>,
    text: Option<String>,
    limit: Option<u32>,
    after: Option<String>,
    /// From this line on.
    line: Option<i64>,
}

/// Records that belong together, in the order in which they are read.
struct Step {
    name: &'static str,
    kinds: Vec<KindRow>,
}

/// What became of the records of a kind.
struct KindRow {
    name: String,
    counts: Vec<Number>,
    /// Its part of the most, in percent.
    bar: String,
}

/// A line of the log.
struct Line {
    no: i64,
    at: String,
    at_full: String,
    clock: String,
    level: LevelMark,
    code: String,
    what: Option<&'static str>,
    subject: String,
    message: String,
}

/// Sign, word and colour of a level; never the colour alone.
struct LevelMark {
    word: &'static str,
    class: &'static str,
    icon: &'static str,
}

impl LevelMark {
    fn of(level: RunLevel) -> Self {
        let (word, class, icon) = match level {
            RunLevel::Info => ("Info", "muted", "info-circle"),
            RunLevel::Warning => ("Warning", "is-warning", "alert-triangle"),
            RunLevel::Error => ("Error", "is-unhealthy", "x"),
        };
        Self { word, class, icon }
    }
}

impl Line {
    fn of((no, event): (i64, RunEvent)) -> Self {
        let at_full = instant(event.at);
        Self {
            no,
            clock: at_full.split(' ').nth(3).unwrap_or_default().to_owned(),
            at: event.at.rfc3339(),
            at_full,
            level: LevelMark::of(event.level),
            code: inert(&event.code),
            what: event.what.map(Kind::as_str),
            subject: inert(&event.subject),
            message: inert(&event.message),
        }
    }
}

/// `GET /runs/{id}`.
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Params(asked): Params<RunQuery>,
) -> Result<Response, Problem> {
    let RunQuery { level, text, limit, after, line: from } = asked;
    let asked = EventsQuery { level, text, limit, after };
    let (window, filter) = (asked.window()?, asked.filter()?);
    let start = match from {
        Some(line) => Some(line.saturating_sub(1)),
        None => window.after_as()?,
    };
    let id: RunId = id.parse().map_err(|_| Message::PageUnknown {})?;
    let run = app.store.run(&id).await?.ok_or(Message::PageUnknown {})?;
    let integration = app.store.integration(&run.integration).await?.ok_or(Message::PageUnknown {})?;
    let found = app.store.run_events_page(&id, &filter, start, window.wanted()).await?;
    let page = window.page(found, |(no, _)| no.to_string(), Line::of);
    let tally = app.store.run_counts(&id).await?;
    let projects = projects::rows(app.store.run_projects(&id).await?, &tally);
    let errors = EventFilter { level: Some(RunLevel::Error), text: None };
    let first_error = app.store.run_events_page(&id, &errors, None, 1).await?.first().map(|(no, _)| *no);
    let said = match run.error_code.as_deref() {
        Some(code) => {
            let told = EventFilter { level: Some(RunLevel::Warning), text: Some(code.to_owned()) };
            let first = app.store.run_events_page(&id, &told, None, 1).await?.into_iter().next();
            first.map(|(_, event)| (event.level, inert(&event.message)))
        }
        None => None,
    };
    let path = format!("/runs/{id}");
    let page_from = |more: &[(&str, &str)]| {
        let mut pairs = vec![];
        pairs.extend(asked.level.map(|level| ("level", word(level))));
        pairs.extend(filter.text.as_deref().map(|text| ("text", text)));
        pairs.extend(more);
        format!("{path}?{}", query(&pairs))
    };
    let next = page.next.as_deref().map(|next| page_from(&[("after", next)]) + "#log");
    let line_no = from.map(|line| line.to_string());
    let here =
        [line_no.as_deref().map(|line| ("line", line)), asked.after.as_deref().map(|at| ("after", at))];
    let again = page_from(&here.into_iter().flatten().take(1).collect::<Vec<_>>());
    let chosen = asked.level.map_or("info", word);
    let title = format!("Run of {}", moment(run.started_at));
    let ended = run.ended_at.map(instant);
    let progress = app.store.progress_of(&integration.id, &id).await?;
    let mut run = run;
    if let Some(progress) = &progress {
        run.requests = i64::try_from(progress.requests).unwrap_or(i64::MAX);
        run.waited_ms = i64::try_from(progress.waited_ms).unwrap_or(i64::MAX);
    }
    let line = RunLine { scanned_from: app.store.scanned_from(&id).await?, run };
    let is_under_way = line.run.ended_at.is_none();
    let cancel = match is_under_way {
        true => Cancel::of(&app, &caller, &integration).await?,
        false => None,
    };
    rendered(&RunPage {
        shell: Shell::new(&app, Some(&caller), &format!("{title}, {}", integration.name), "/integrations"),
        head: Head::of(&integration),
        back: format!("/integrations/{}/monitoring", segment(&integration.name)),
        run: run_row(&line, app.now()),
        ended,
        has_failed: said.is_some(),
        is_under_way,
        cancel,
        told_at: said.as_ref().map_or("error", |(level, _)| level.as_str()),
        sentence: match (said, progress) {
            (Some((_, said)), _) => said,
            (None, Some(progress)) => under_way(&line.run, Some(&progress)),
            (None, None) => sentence(&line.run, &tally),
        },
        steps: steps(&tally),
        sum: numbers(&tally.total()),
        projects,
        first_error,
        levels: LEVELS.iter().map(|(value, name)| (*value, *name, *value == chosen)).collect(),
        is_filtered: filter.text.is_some() || chosen != "info",
        text: filter.text.unwrap_or_default(),
        lines: page.items,
        next,
        is_further: asked.after.is_some() || from.is_some(),
        again,
        path,
    })
}

/// What came of a run that did not fail.
fn sentence(run: &weir_model::Run, tally: &Tally) -> String {
    let total = tally.total();
    match run.result.as_deref() {
        None => format!("{} so far.", count(total.read, "record", "records")),
        Some("partial") => format!(
            "{} of {} withheld or not understood; the log names them.",
            number(total.skipped + total.failed),
            count(total.read, "record was", "records were")
        ),
        _ => format!("{} read.", count(total.read, "record", "records")),
    }
}

fn word(level: Level) -> &'static str {
    RunLevel::from(level).as_str()
}

/// What was read, in the order in which a run reads it: what issues point at, issues, what is below them.
fn steps(tally: &Tally) -> Vec<Step> {
    let most = tally.iter().map(|(_, counts)| counts.read).max().unwrap_or_default().max(1);
    let is_of = |kind: Kind| match kind {
        Kind::Issues => "Issues",
        Kind::IssueKeys
        | Kind::IssueChanges
        | Kind::IssueComments
        | Kind::IssueWorklogs
        | Kind::IssueLinks
        | Kind::IssueSprints
        | Kind::IssueCases => "Below issues",
        _ => "What issues point at",
    };
    let kinds = |name: &str| -> Vec<KindRow> {
        let of_step = tally.iter().filter(|(kind, _)| is_of(*kind) == name);
        of_step
            .map(|(kind, counts)| KindRow {
                name: kind.as_str().replace('_', " "),
                counts: numbers(counts),
                bar: format!("{:.1}%", counts.read as f64 * 100.0 / most as f64),
            })
            .collect()
    };
    let all = ["What issues point at", "Issues", "Below issues"];
    all.into_iter()
        .map(|name| Step { name, kinds: kinds(name) })
        .filter(|step| !step.kinds.is_empty())
        .collect()
}

fn numbers(counts: &Counts) -> Vec<Number> {
    let Counts { read, written, unchanged, skipped, failed, removed } = *counts;
    [read, written, unchanged, skipped, failed, removed].map(Number::of).into_iter().collect()
}
