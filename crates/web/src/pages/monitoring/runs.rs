//! The runs of an integration, page by page, and those behind a number of Monitoring.

use super::{
    super::{
        format::{number, segment, span},
        integration::leaving::headed,
        shell::{Shell, rendered},
    },
    head::Head,
    rows::{RunRow, run_rows},
};
use crate::{
    app::App,
    auth::principal::Caller,
    http::{
        Problem,
        body::query,
        extract::{Params, Segments},
        paging::Window,
    },
};
use askama::Template;
use axum::{extract::State, response::Response};
use serde::Deserialize;
use weir_model::{Message, Millis, Range};
use weir_store::RunFilter;

/// Results by which runs can be chosen.
const RESULTS: &[(&str, &str)] = &[
    ("success", "Complete"),
    ("partial", "Partial"),
    ("failed", "Failed"),
    ("cancelled", "Canceled"),
    ("running", "Running"),
];

/// Triggers by which runs can be chosen.
const TRIGGERS: &[(&str, &str)] = &[
    ("schedule", "Schedule"),
    ("manual", "By hand"),
    ("census", "Census, by schedule"),
    ("verify", "Census, by hand"),
];

/// Which runs.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct RunsQuery {
    #[serde(default)]
    result: String,
    #[serde(default)]
    trigger: String,
    /// When they ended, in milliseconds since 1970; only of runs that are no comparisons.
    ended_from: Option<i64>,
    ended_until: Option<i64>,
    /// `7d` or `30d`: those that began in this time.
    #[serde(default)]
    range: String,
    after: Option<String>,
}

impl RunsQuery {
    fn filter(&self, now: Millis) -> Result<RunFilter, Problem> {
        let range = match self.range.as_str() {
            "" => None,
            word => Some(word.parse::<Range>().map_err(|_| Problem::bad("range is 7d or 30d"))?.window(now)),
        };
        let known = |words: &[(&str, &str)], word: &str| match word {
            "" => Ok(None),
            word if words.iter().any(|(known, _)| *known == word) => Ok(Some(word.to_owned())),
            _ => Err(Problem::bad("result and trigger are words of their lists")),
        };
        Ok(RunFilter {
            from: range.map(|window| window.from),
            until: range.map(|window| window.until),
            ended: self.ended_from.map(Millis).zip(self.ended_until.map(Millis)),
            result: known(RESULTS, &self.result)?,
            trigger: known(TRIGGERS, &self.trigger)?,
        })
    }
}

#[derive(Template)]
#[template(path = "runs.html")]
struct RunsPage {
    shell: Shell,
    head: Head,
    back: String,
    path: String,
    when: Option<String>,
    /// What else was chosen, which the form keeps.
    kept: Vec<(&'static str, String)>,
    results: Vec<Choice>,
    triggers: Vec<Choice>,
    total: String,
    runs: Vec<RunRow>,
    next: Option<String>,
}

/// An option of a list.
struct Choice {
    value: &'static str,
    name: &'static str,
    is_chosen: bool,
}

fn choices(of: &'static [(&'static str, &'static str)], chosen: &str) -> Vec<Choice> {
    of.iter().map(|(value, name)| Choice { value, name, is_chosen: *value == chosen }).collect()
}

/// `GET /integrations/{name}/monitoring/runs`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(asked): Params<RunsQuery>,
) -> Result<Response, Problem> {
    let window = Window::new(None, asked.after.as_deref())?;
    let (filter, after) = (asked.filter(app.now())?, window.after_as()?);
    let integration = app.store.integration(&name).await?.ok_or(Message::PageUnknown {})?;
    let found = app.store.run_lines(&integration.id, &filter, after.as_ref(), window.wanted()).await?;
    let page = window.page(found, |line| line.run.id.to_string(), |line| line);
    let back = format!("/integrations/{}/monitoring", segment(&integration.name));
    let path = format!("{back}/runs");
    let mut kept: Vec<(&'static str, String)> = vec![];
    kept.extend(asked.ended_from.map(|from| ("ended_from", from.to_string())));
    kept.extend(asked.ended_until.map(|until| ("ended_until", until.to_string())));
    kept.extend((!asked.range.is_empty()).then(|| ("range", asked.range.clone())));
    let next = page.next.as_deref().map(|next| {
        let mut pairs: Vec<(&str, String)> = kept.clone();
        pairs.extend((!asked.result.is_empty()).then(|| ("result", asked.result.clone())));
        pairs.extend((!asked.trigger.is_empty()).then(|| ("trigger", asked.trigger.clone())));
        pairs.push(("after", next.to_owned()));
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        format!("{path}?{}", query(&pairs))
    });
    rendered(&RunsPage {
        shell: Shell::new(&app, Some(&caller), &format!("{}, Runs", integration.name), "/integrations"),
        head: headed(&app, &caller, &integration).await?.at("Logs"),
        when: filter.ended.or(filter.from.zip(filter.until)).map(|(from, until)| span(from, until)),
        kept,
        results: choices(RESULTS, &asked.result),
        triggers: choices(TRIGGERS, &asked.trigger),
        total: number(app.store.count_runs(&integration.id, &filter).await?),
        runs: run_rows(page.items, app.now()),
        next,
        back,
        path,
    })
}
