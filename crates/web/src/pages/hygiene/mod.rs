//! One integration, Hygiene: the score, what each rule takes from it, and how it was. Every number leads to its issues.

mod columns;
mod groups;
pub(super) mod issues;
pub(super) mod nudges;
pub(super) mod out;
mod report_form;
pub(super) mod report_issues;
pub(super) mod report_out;
pub(super) mod reports;
pub(super) mod rule;
mod rule_form;
pub(super) mod rules;
mod trend;
pub(super) mod weight;

use super::{
    format::{day, inert, instant, number, segment},
    monitoring::head::Head,
    settings::hygiene as settings,
    shell::{Shell, rendered},
};
use crate::{
    api::hygiene::{Words, trend::EveryWord},
    app::App,
    auth::{
        policy::{self, Action, Place},
        principal::Caller,
    },
    http::{
        Problem,
        body::query,
        extract::{Params, Segments},
    },
};
use askama::Template;
use axum::{
    extract::State,
    response::{Redirect, Response},
};
use issues::Which;
use rule_form::MappedField;
use trend::Trend;
use weir_ingest::hygiene::{self, Every, HygieneReport, INSTALLATION, NoScore, Origin, RuleLine, TrendPoint};
use weir_model::{DAY_MS, Integration, Message, Millis, PlainDate};

crate::api::hygiene::question!(
    /// What the page shows.
    PageQuery {
        /// A field whose values part the answer.
        by: String,
        /// The steps of the trend: weeks, unless said otherwise.
        #[param(inline)]
        every: EveryWord,
    }
);

/// The time bases that can be chosen, with their words.
const BASES: [(&str, &str); 7] = [
    ("open", "Everything that is not done"),
    ("all", "Everything, done too"),
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
    /// Workspaces whose settings can be asked for, where there are several: id, name, and whether it is chosen.
    places: Vec<(String, String, bool)>,
    counted: String,
    /// Where the settings are that hold.
    settings: Option<String>,
    filter: String,
    score: Option<String>,
    compared: String,
    sentence: String,
    as_of: String,
    in_scope: String,
    all: String,
    rules: Vec<Row>,
    rules_path: String,
    /// Where the question is kept as a report.
    keep: Option<String>,
    groups: Option<groups::Groups>,
    /// Fields that can part the answer.
    fields: Vec<(String, String, bool)>,
    weights: String,
    lost: String,
    trend: Trend,
    every: &'static str,
    /// The question, for a form that asks something else with it.
    kept: Vec<(&'static str, String)>,
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
    /// How many more or fewer than about four weeks before.
    change: String,
    /// Where the issues are that came and left since; nothing where there is no day to compare with.
    changed: Option<String>,
    percent: String,
    /// The share as a length.
    width: String,
    /// Why it was not asked.
    blocked: Option<String>,
    weight: String,
    is_counted: bool,
    /// Where it is given weight; nothing of a rule that everybody has.
    give: Option<String>,
    lost: String,
}

/// `GET /integrations/{name}/hygiene`.
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(query): Params<PageQuery>,
) -> Result<Response, Problem> {
    let integration = app.store.integration(&name).await?.ok_or(Message::PageUnknown {})?;
    let every = query.every.unwrap_or(EveryWord::Week);
    let asked = Words { by: query.by.clone().filter(|by| !by.is_empty()), ..query.words() };
    let base = asked.base(&app, &caller, &integration).await?;
    let origin = base.origin.clone();
    let question = asked.asked(base)?;
    let (points_shown, back) = trend::points_of(every);
    let wanted = (Every::from(every), points_shown);
    let trend = hygiene::trend(&app.store, &app.counted, &integration, &question, wanted, app.now()).await?;
    let then = trend.points.iter().rev().nth(back);
    // The last point of the trend is the report of now.
    let report = trend.report().ok_or_else(|| Problem::bug("a trend without a point"))?;
    let here = path_of(&integration);
    let basis = asked.basis.as_deref().unwrap_or(usual_basis(asked.filter.is_some()));
    let row = |(line, rule)| Row::new(line, then, hygiene::definition(rule), (&here, &asked));
    let mut rules: Vec<&RuleLine> = report.rules.iter().collect();
    let lost = |line: &RuleLine| line.points_lost.unwrap_or_default();
    rules.sort_by(|a, b| lost(b).total_cmp(&lost(a)));
    let of = |line: &RuleLine| question.rules.iter().find(|rule| rule.id.to_string() == line.rule);
    let mapped = MappedField::all(&app, &integration).await?;
    let fields = groups::choices(asked.by.as_deref(), &question.fields, &mapped);
    let parting = fields.iter().find(|(.., is_chosen)| *is_chosen).map(|(_, word, _)| word.as_str());
    rendered(&HygienePage {
        shell: Shell::new(&app, Some(&caller), &format!("{}, Hygiene", integration.name), "/integrations"),
        head: Head::of(&integration).at("Hygiene"),
        bases: BASES.map(|(id, word)| Choice { id, word, is_chosen: id == basis }).into(),
        places: places(&app, &caller, &integration, asked.workspace.as_deref()).await?,
        counted: counted(&origin),
        settings: match &origin {
            Origin::Workspace(workspace) => Some(settings::path(Some(workspace))),
            _ => settings::may_change(&caller, None).then(|| settings::path(None)),
        },
        filter: asked.filter.as_deref().map(inert).unwrap_or_default(),
        score: report.score.map(|score| format!("{score:.0}")),
        compared: compared(&report, then, trend::before(every)),
        sentence: sentence(&report),
        as_of: Millis::parse(&report.as_of).map(instant).unwrap_or_default(),
        in_scope: number(report.in_scope),
        all: issues::path(&here, None, &asked),
        rules_path: rules_path(&integration),
        keep: policy::may_somewhere(&caller.principal, Action::Change).then(|| {
            format!("/hygiene/reports/new?{}", asked_again(&asked, &[("integration", &integration.name)]))
        }),
        groups: groups::of(&app, &integration, (&question, &asked), (&here, parting)).await?,
        rules: rules.iter().filter_map(|line| Some(row((line, of(line)?)))).collect(),
        weights: points(report.rules.iter().map(|line| line.weight).sum()),
        // As the lines above it show them.
        lost: points(report.rules.iter().map(|line| (lost(line) * 100.0).round() / 100.0).sum()),
        trend: Trend::of(&trend, &rules, every, (&here, &asked)),
        every: trend::word_of(every),
        kept: kept(&asked),
        nudges: nudges::path(&integration),
        fields,
        here,
    })
}

impl Row {
    fn new(
        line: &RuleLine,
        then: Option<&TrendPoint>,
        definition: String,
        (here, asked): (&str, &Words),
    ) -> Self {
        let before = then.and_then(|then| then.rules.iter().find(|before| before.rule == line.rule));
        let share = if line.in_scope == 0 { 0.0 } else { line.misses as f64 * 100.0 / line.in_scope as f64 };
        let changed = |then: &TrendPoint| {
            let since = Some(then.day.as_str()).filter(|day| !day.is_empty())?;
            let which = Which { rule: Some(&line.rule), changed_since: Some(since), ..Which::default() };
            Some(which.path(here, asked))
        };
        Self {
            changed: before.and(then).and_then(changed),
            name: inert(&line.name),
            definition: inert(&definition),
            misses: number(line.misses),
            issues: issues::path(here, Some(&line.rule), asked),
            change: before.map_or_else(|| "—".to_owned(), |before| difference(before.misses, line.misses)),
            percent: format!("{share:.1} %"),
            width: format!("{share:.1}"),
            weight: points(line.weight),
            is_counted: line.weight > 0.0,
            give: line.is_own().then(|| format!("{here}/rules/{}/weight", line.rule)),
            lost: line.points_lost.map_or_else(|| "—".to_owned(), points),
            blocked: line.blocked_shown().as_deref().map(inert),
        }
    }
}

/// The workspaces that see an integration and whose settings the caller may see, where there is a choice.
async fn places(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    chosen: Option<&str>,
) -> Result<Vec<(String, String, bool)>, Problem> {
    let mut places = vec![];
    for id in app.store.workspaces_of(&integration.id).await? {
        let may = policy::check(&caller.principal, Action::Read, &Place::Workspaces(vec![id])).is_ok();
        if let Some(workspace) = app.store.workspace(&id).await?.filter(|_| may) {
            let id = id.to_string();
            let is_chosen = chosen == Some(id.as_str());
            places.push((id, inert(&workspace.name), is_chosen));
        }
    }
    // One alone holds where nothing is said: there is a choice only where something else was.
    let several = app.store.workspaces_of(&integration.id).await?.len() > 1;
    let is_choice = several || chosen == Some(INSTALLATION);
    Ok(if is_choice { places } else { vec![] })
}

/// By whose settings things are counted.
fn counted(origin: &Origin) -> String {
    match origin {
        Origin::Workspace(workspace) => format!("Counted as in the workspace {}.", inert(&workspace.name)),
        Origin::Installation => "Counted by the settings of the installation.".to_owned(),
        Origin::Default => "Counted by the usual settings.".to_owned(),
    }
}

/// Points with two decimals at most.
pub(super) fn points(points: f64) -> String {
    let text = format!("{points:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What to do about it, in a sentence.
fn sentence(report: &HygieneReport) -> String {
    let lost = |line: &&RuleLine| line.points_lost.unwrap_or_default();
    let most = report.rules.iter().max_by(|a, b| lost(a).total_cmp(&lost(b)));
    match most {
        _ if report.in_scope == 0 => "No issues are in scope, so there is no score.".to_owned(),
        _ if report.no_score == Some(NoScore::NothingAsked) => {
            "None of its weighted rules is asked of any issue, so there is no score.".to_owned()
        }
        _ if report.score.is_none() => "None of its weighted rules is here, so there is no score.".to_owned(),
        Some(line) if lost(&line) > 0.0 => format!(
            "Most to gain: {} on {} issues, {} points.",
            line.name.to_lowercase(),
            number(line.misses),
            points(lost(&line))
        ),
        _ => "No issue misses anything.".to_owned(),
    }
}

/// How many more or fewer there are now.
fn difference(before: u64, now: u64) -> String {
    match now.cmp(&before) {
        std::cmp::Ordering::Greater => format!("+{}", number(now - before)),
        std::cmp::Ordering::Less => format!("−{}", number(before - now)),
        std::cmp::Ordering::Equal => "0".to_owned(),
    }
}

/// How the score stands to that of about four weeks before.
fn compared(report: &HygieneReport, then: Option<&TrendPoint>, when: &str) -> String {
    let before = then.and_then(|point| point.score);
    let (Some(now), Some(before)) = (report.score.map(f64::round), before.map(f64::round)) else {
        return "There is nothing to compare it with.".to_owned();
    };
    let by = points((now - before).abs());
    match now - before {
        change if change > 0.0 => format!("{by} better than {when} ({}).", points(before)),
        change if change < 0.0 => format!("{by} worse than {when} ({}).", points(before)),
        _ => format!("As it was {when}."),
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

/// The time basis where none is asked for.
fn usual_basis(is_filtered: bool) -> &'static str {
    if is_filtered { "all" } else { "open" }
}

/// Where the rules of an integration are.
fn rules_path(integration: &Integration) -> String {
    format!("{}/rules", path_of(integration))
}

/// Leads to a page with a line about what was done.
fn done(path: &str, what: &str) -> Redirect {
    Redirect::to(&format!("{path}?done={what}"))
}

/// The parts of the question that are given, by the names of their parameters.
fn kept(asked: &Words) -> Vec<(&'static str, String)> {
    let all = [
        ("basis", &asked.basis),
        ("filter", &asked.filter),
        ("weight", &asked.weight),
        ("workspace", &asked.workspace),
        ("by", &asked.by),
    ];
    all.into_iter().filter_map(|(name, text)| Some((name, text.clone()?))).collect()
}

/// The question as a query, with more where it is asked for.
fn asked_again(asked: &Words, more: &[(&str, &str)]) -> String {
    let kept = kept(asked);
    let kept = kept.iter().map(|(name, text)| (*name, text.as_str()));
    query(&more.iter().copied().chain(kept).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::{difference, points};

    #[test]
    fn a_difference_has_a_sign() {
        assert_eq!([(5, 7), (7, 5), (3, 3)].map(|(before, now)| difference(before, now)), ["+2", "−2", "0"]);
    }

    #[test]
    fn points_have_no_decimals_that_say_nothing() {
        assert_eq!([12.5, 100.0, 0.0, 3.333].map(points), ["12.5", "100", "0", "3.33"]);
    }
}
