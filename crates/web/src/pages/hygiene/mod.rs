//! One integration, Hygiene: the score, what each rule takes from it, and how it was. Every number leads to its issues.

pub(super) mod issues;
pub(super) mod nudges;

use super::{
    format::{day, inert, instant, number, segment},
    monitoring::head::Head,
    shell::{Shell, rendered},
};
use crate::{
    api::hygiene::QuestionQuery,
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
use weir_ingest::hygiene::{self, Every, HygieneReport, HygieneTrend, RuleLine};
use weir_model::{DAY_MS, Integration, Message, PlainDate};

/// Weeks that the page looks back.
const WEEKS: usize = 12;

/// The time bases that can be chosen, with their words.
const BASES: [(&str, &str); 6] = [
    ("", "Everything that is not done"),
    ("in_progress", "In progress"),
    ("backlog", "Backlog"),
    ("active_sprint", "Active sprints"),
    ("created:30", "Created in the last 30 days"),
    ("updated:30", "Changed in the last 30 days"),
];

#[derive(Template)]
#[template(path = "hygiene.html")]
struct HygienePage {
    shell: Shell,
    head: Head,
    here: String,
    bases: Vec<Choice>,
    filter: String,
    score: Option<String>,
    compared: String,
    sentence: String,
    as_of: String,
    in_scope: String,
    all: String,
    rules: Vec<Row>,
    weights: String,
    lost: String,
    weeks: Vec<Week>,
    /// Where nudges are.
    nudges: String,
}

/// A time basis.
struct Choice {
    id: &'static str,
    word: &'static str,
    is_chosen: bool,
}

/// A rule's line.
struct Row {
    name: String,
    definition: String,
    misses: String,
    /// Where its issues are.
    issues: String,
    percent: String,
    /// The field that it looks at and configuration leaves out.
    blocked_by: Option<String>,
    weight: String,
    lost: String,
}

/// A week of the trend.
struct Week {
    at: String,
    score: String,
    in_scope: String,
    lost: Vec<String>,
}

/// `GET /integrations/{name}/hygiene`.
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(asked): Params<QuestionQuery>,
) -> Result<Response, Problem> {
    let question = asked.question()?;
    let integration = app.store.integration(&name).await?.ok_or(Message::PageUnknown {})?;
    let report = hygiene::report(&app.store, &integration, &question, app.now()).await?;
    let weeks = (Every::Week, WEEKS);
    let trend = hygiene::trend(&app.store, &integration, &question, weeks, app.now()).await?;
    let here = path_of(&integration);
    let basis = asked.basis.as_deref().unwrap_or_default();
    let row = |(line, rule)| Row::new(line, hygiene::definition(rule), &here, &asked);
    let mut rules: Vec<&RuleLine> = report.rules.iter().collect();
    let lost = |line: &RuleLine| line.points_lost.unwrap_or_default();
    rules.sort_by(|a, b| lost(b).total_cmp(&lost(a)));
    let of = |line: &RuleLine| question.rules.iter().find(|rule| rule.id.to_string() == line.rule);
    rendered(&HygienePage {
        shell: Shell::new(&app, Some(&caller), &format!("{}, Hygiene", integration.name), "/integrations"),
        head: Head::of(&integration).at("Hygiene"),
        bases: BASES.map(|(id, word)| Choice { id, word, is_chosen: id == basis }).into(),
        filter: asked.filter.as_deref().map(inert).unwrap_or_default(),
        score: report.score.map(|score| format!("{score:.0}")),
        compared: compared(&report, &trend),
        sentence: sentence(&report),
        as_of: instant(app.now()),
        in_scope: number(report.in_scope),
        all: issues::path(&here, None, &asked),
        rules: rules.iter().filter_map(|line| Some(row((line, of(line)?)))).collect(),
        weights: points(report.rules.iter().map(|line| line.weight).sum()),
        lost: points(report.rules.iter().map(lost).sum()),
        weeks: trend
            .points
            .iter()
            .rev()
            .map(|point| Week {
                at: day_of(&point.day),
                score: point.score.map_or_else(|| "—".to_owned(), points),
                in_scope: number(point.in_scope),
                lost: rules.iter().map(|line| of_rule(&point.rules, line)).collect(),
            })
            .collect(),
        nudges: nudges::path(&integration),
        here,
    })
}

impl Row {
    fn new(line: &RuleLine, definition: String, here: &str, asked: &QuestionQuery) -> Self {
        let share = if line.in_scope == 0 { 0.0 } else { line.misses as f64 * 100.0 / line.in_scope as f64 };
        Self {
            name: inert(&line.name),
            definition: inert(&definition),
            misses: number(line.misses),
            issues: issues::path(here, Some(&line.rule), asked),
            percent: format!("{share:.1} %"),
            weight: points(line.weight),
            lost: line.points_lost.map_or_else(|| "—".to_owned(), points),
            blocked_by: line.blocked_by.as_deref().map(inert),
        }
    }
}

fn of_rule(rules: &[RuleLine], wanted: &RuleLine) -> String {
    let found = rules.iter().find(|line| line.rule == wanted.rule).and_then(|line| line.points_lost);
    found.map_or_else(|| "—".to_owned(), points)
}

/// Points with two decimals at most.
fn points(points: f64) -> String {
    let text = format!("{points:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What to do about it, in a sentence.
fn sentence(report: &HygieneReport) -> String {
    let lost = |line: &&RuleLine| line.points_lost.unwrap_or_default();
    let most = report.rules.iter().max_by(|a, b| lost(a).total_cmp(&lost(b)));
    match most {
        _ if report.in_scope == 0 => "No issues are in scope, so there is no score.".to_owned(),
        Some(line) if lost(&line) > 0.0 => format!(
            "Most to gain: {} on {} issues, {} points.",
            line.name.to_lowercase(),
            number(line.misses),
            points(lost(&line))
        ),
        _ => "No issue misses anything.".to_owned(),
    }
}

/// How the score stands to that of about 30 days before.
fn compared(report: &HygieneReport, trend: &HygieneTrend) -> String {
    let before = trend.points.iter().rev().nth(4).and_then(|point| point.score);
    let (Some(now), Some(before)) = (report.score.map(f64::round), before.map(f64::round)) else {
        return "There is nothing to compare it with.".to_owned();
    };
    let by = points((now - before).abs());
    match now - before {
        change if change > 0.0 => format!("{by} better than four weeks before ({}).", points(before)),
        change if change < 0.0 => format!("{by} worse than four weeks before ({}).", points(before)),
        _ => "As it was four weeks before.".to_owned(),
    }
}

/// A date as people read it.
fn day_of(date: &str) -> String {
    let begin = PlainDate::parse(date).and_then(|date| date.midnight());
    begin.map(|at| day(at.0.div_euclid(DAY_MS), "%a %-d %b %Y")).unwrap_or_default()
}

fn path_of(integration: &Integration) -> String {
    format!("/integrations/{}/hygiene", segment(&integration.name))
}

/// The question as a query, with a rule where one is asked for.
fn asked_again(asked: &QuestionQuery, more: &[(&str, &str)]) -> String {
    let mut pairs = more.to_vec();
    pairs.extend(asked.basis.as_deref().filter(|basis| !basis.is_empty()).map(|basis| ("basis", basis)));
    pairs
        .extend(asked.filter.as_deref().filter(|filter| !filter.is_empty()).map(|filter| ("filter", filter)));
    query(&pairs)
}

#[cfg(test)]
mod tests {
    use super::points;

    #[test]
    fn points_have_no_decimals_that_say_nothing() {
        assert_eq!([12.5, 100.0, 0.0, 3.333].map(points), ["12.5", "100", "0", "3.33"]);
    }
}
