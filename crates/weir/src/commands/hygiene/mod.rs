//! `weir hygiene …`: how healthy the backlog is, how it was, and which issues make it so.

mod csv;
mod issues;
mod reports;
mod rules;
mod settings;

use crate::{
    cli::{Hygiene, PlaceFlags, QuestionFlags},
    context::Context,
    failure::Failure,
    output::{Rows, clean},
};
use serde_json::json;
use weir_ingest::hygiene::{self, Asked, Base, Every, HygieneReport, NoScore, Question, Recent, RuleLine};
use weir_model::{Integration, Reach, Workspace};
use weir_store::Store;

pub(super) async fn run(context: &Context<'_>, command: Hygiene) -> Result<(), Failure> {
    context.output.format()?;
    match command {
        Hygiene::Report { name, by, compare, question } => {
            report(context, name.as_deref(), &question, (by.as_deref(), compare)).await
        }
        Hygiene::Trend { name, every, count, question } => {
            let every = match every.as_str() {
                "week" => Every::Week,
                "month" => Every::Month,
                _ => Every::Day,
            };
            trend(context, name.as_deref(), &question, (every, count as usize)).await
        }
        Hygiene::Issues { name, rule, days, limit, question } => {
            issues::run(context, name.as_deref(), &question, (rule.as_deref(), &days, limit)).await
        }
        Hygiene::Reports(command) => reports::run(context, command).await,
        Hygiene::Rules(command) => rules::run(context, command).await,
        Hygiene::Settings(command) => settings::run(context, command).await,
        Hygiene::Nudges(command) => super::nudges::run(context, command).await,
    }
}

/// The store, the integration, and what is asked of it by what holds.
async fn of(
    context: &Context<'_>,
    name: Option<&str>,
    flags: &QuestionFlags,
) -> Result<(Store, Integration, Question), Failure> {
    let store = context.used_store().await?;
    let integration = context.named(&store, name).await?;
    let base = base(&store, &integration, &flags.place).await?;
    let asked = Asked {
        basis: flags.basis.as_deref(),
        filters: &flags.filters,
        weights: &flags.weights,
        ..Asked::default()
    };
    Ok((store, integration, Question::of(base, &asked)?))
}

/// What holds for an integration.
async fn base(store: &Store, integration: &Integration, place: &PlaceFlags) -> Result<Base, Failure> {
    if is_installation(store, place).await? {
        return Ok(Base::of_installation(store, integration).await?);
    }
    Ok(Base::of(store, integration, workspace(store, place).await?).await?)
}

/// Whether the settings of the installation are asked for: by a word that no workspace has as its name.
async fn is_installation(store: &Store, place: &PlaceFlags) -> Result<bool, Failure> {
    if place.workspace.as_deref() != Some(hygiene::INSTALLATION) {
        return Ok(false);
    }
    let all = store.workspaces(&Reach::Everything).await?;
    Ok(all.iter().all(|workspace| workspace.name != hygiene::INSTALLATION))
}

/// The workspace that is named; none for the installation.
async fn workspace(store: &Store, place: &PlaceFlags) -> Result<Option<Workspace>, Failure> {
    match &place.workspace {
        Some(name) if !is_installation(store, place).await? => {
            Ok(Some(super::workspace::named(store, name).await?))
        }
        _ => Ok(None),
    }
}

async fn report(
    context: &Context<'_>,
    name: Option<&str>,
    flags: &QuestionFlags,
    (by, compare_days): (Option<&str>, Option<u32>),
) -> Result<(), Failure> {
    let (store, integration, question) = of(context, name, flags).await?;
    let by = by.map(|name| hygiene::field(name, &question.fields)).transpose()?;
    let question = Question { by, compare_days, ..question };
    let report =
        hygiene::report(&store, &Recent::default(), &integration, &question, context.clock().now()).await?;
    if csv::is_wanted(context) {
        return csv::report(context, &report);
    }
    if !context.output.for_people() {
        let report = serde_json::to_value(&report).map_err(|error| Failure::bug(error.to_string()))?;
        return context.output.json(&report);
    }
    print_report(context, &report)?;
    let Some(field) = &question.by else { return Ok(()) };
    context.output.line(&format!("By {field}, those with most issues first:"))?;
    let mut rows = Rows::new(&["value", "score", "in scope", "most lost to"], "No issue is in scope.");
    for group in &report.groups {
        rows.push(json!({
            "value": group.name.as_deref().unwrap_or("-"),
            "score": group.score.map_or_else(|| "-".to_owned(), |score| format!("{score:.0}")),
            "in scope": group.in_scope,
            "most lost to": most_lost_to(&group.rules),
        }));
    }
    context.output.rows(&rows)
}

/// The rule that costs most points.
fn most_lost_to(rules: &[RuleLine]) -> &str {
    let lost = |rule: &&RuleLine| rule.points_lost.unwrap_or_default();
    let most = rules.iter().filter(|rule| lost(rule) > 0.0).max_by(|a, b| lost(a).total_cmp(&lost(b)));
    most.map_or("", |rule| if rule.is_own() { &rule.name } else { &rule.rule })
}

/// A report as people read it.
fn print_report(context: &Context<'_>, report: &HygieneReport) -> Result<(), Failure> {
    context.output.line(&said(report))?;
    if let Some(compared) = &report.compared {
        let before = compared.score.map_or_else(|| "no score".to_owned(), |score| format!("{score:.0}"));
        context.output.line(&format!("It was {before} on {}.", compared.at.get(..10).unwrap_or_default()))?;
    }
    let mut rows = Rows::new(&["rule", "missing", "share", "weight", "points lost"], "");
    for rule in &report.rules {
        let missing = rule.blocked_said().unwrap_or_else(|| rule.misses.to_string());
        let share = match rule.in_scope {
            0 => "-".to_owned(),
            all => format!("{:.1} %", rule.misses as f64 * 100.0 / all as f64),
        };
        let lost = rule.points_lost.filter(|_| rule.weight > 0.0);
        rows.push(json!({
            "rule": if rule.is_own() { &rule.name } else { &rule.rule },
            "missing": missing,
            "share": share,
            "weight": rule.weight,
            "points lost": lost.map_or_else(|| "-".to_owned(), |points| format!("{points:.2}")),
        }));
    }
    context.output.rows(&rows)?;
    for (rule, told) in report.rules.iter().filter_map(|rule| Some((rule, rule.not_asked_said()?))) {
        context.output.line(&clean(&format!("{}: {told}.", rule.name), 600))?;
    }
    Ok(())
}

fn said(report: &HygieneReport) -> String {
    let name = clean(&report.integration, 100);
    match report.score {
        Some(score) => format!(
            "{name}: {score:.0} of 100, over {} issues. 100 means that no issue misses anything.",
            report.in_scope
        ),
        None => {
            let why = report.no_score.unwrap_or(NoScore::NothingInScope).said();
            format!("{name}: no score, for {why}.")
        }
    }
}

async fn trend(
    context: &Context<'_>,
    name: Option<&str>,
    flags: &QuestionFlags,
    at: (Every, usize),
) -> Result<(), Failure> {
    let (store, integration, question) = of(context, name, flags).await?;
    let trend =
        hygiene::trend(&store, &Recent::default(), &integration, &question, at, context.clock().now())
            .await?;
    if csv::is_wanted(context) {
        return csv::trend(context, &trend);
    }
    if !context.output.for_people() {
        let trend = serde_json::to_value(&trend).map_err(|error| Failure::bug(error.to_string()))?;
        return context.output.json(&trend);
    }
    let mut rows = Rows::new(&["at", "score", "in scope", "most lost to"], "");
    for point in &trend.points {
        rows.push(json!({
            "at": point.at,
            "score": point.score.map_or_else(|| "-".to_owned(), |score| format!("{score:.2}")),
            "in scope": point.in_scope,
            "most lost to": most_lost_to(&point.rules),
        }));
    }
    context.output.rows(&rows)
}
