//! `weir hygiene …`: how healthy the backlog is, how it was, and which issues make it so.

mod rules;

use crate::{
    cli::{Hygiene, PlaceFlags, QuestionFlags},
    context::Context,
    failure::Failure,
    output::{Rows, clean},
};
use serde_json::json;
use weir_ingest::hygiene::{self, Asked, Base, Every, HygieneReport, Question, RuleId};
use weir_model::{Integration, Workspace};
use weir_store::Store;

/// Issues that are looked up together.
const TOGETHER: usize = 500;

pub(super) async fn run(context: &Context<'_>, command: Hygiene) -> Result<(), Failure> {
    context.output.format()?;
    match command {
        Hygiene::Report { name, question } => report(context, name.as_deref(), &question).await,
        Hygiene::Trend { name, every, count, question } => {
            let every = match every.as_str() {
                "week" => Every::Week,
                "month" => Every::Month,
                _ => Every::Day,
            };
            trend(context, name.as_deref(), &question, (every, count as usize)).await
        }
        Hygiene::Issues { name, rule, limit, question } => {
            issues(context, name.as_deref(), &question, (rule.as_deref(), limit as usize)).await
        }
        Hygiene::Rules(command) => rules::run(context, command).await,
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
    Ok(Base::of(store, integration, workspace(store, place).await?).await?)
}

/// The workspace that is named.
async fn workspace(store: &Store, place: &PlaceFlags) -> Result<Option<Workspace>, Failure> {
    match &place.workspace {
        Some(name) => Ok(Some(super::workspace::named(store, name).await?)),
        None => Ok(None),
    }
}

async fn report(context: &Context<'_>, name: Option<&str>, flags: &QuestionFlags) -> Result<(), Failure> {
    let (store, integration, question) = of(context, name, flags).await?;
    let report = hygiene::report(&store, &integration, &question, context.clock().now()).await?;
    if !context.output.for_people() {
        let report = serde_json::to_value(&report).map_err(|error| Failure::bug(error.to_string()))?;
        return context.output.json(&report);
    }
    context.output.line(&said(&report))?;
    let mut rows = Rows::new(&["rule", "missing", "share", "weight", "points lost"], "");
    for rule in &report.rules {
        let missing = match &rule.blocked_by {
            Some(field) => format!("{field} is left out"),
            None => rule.misses.to_string(),
        };
        let share = match rule.in_scope {
            0 => "-".to_owned(),
            all => format!("{:.1} %", rule.misses as f64 * 100.0 / all as f64),
        };
        rows.push(json!({
            "rule": if rule.is_own() { &rule.name } else { &rule.rule },
            "missing": missing,
            "share": share,
            "weight": rule.weight,
            "points lost": rule.points_lost.filter(|_| rule.weight > 0.0).map_or_else(|| "-".to_owned(), |points| format!("{points:.2}")),
        }));
    }
    context.output.rows(&rows)
}

fn said(report: &HygieneReport) -> String {
    let name = clean(&report.integration, 100);
    match report.score {
        Some(score) => format!(
            "{name}: {score:.0} of 100, over {} issues. 100 means that no issue misses anything.",
            report.in_scope
        ),
        None => format!("{name}: no score, for no issue is in scope."),
    }
}

async fn trend(
    context: &Context<'_>,
    name: Option<&str>,
    flags: &QuestionFlags,
    at: (Every, usize),
) -> Result<(), Failure> {
    let (store, integration, question) = of(context, name, flags).await?;
    let trend = hygiene::trend(&store, &integration, &question, at, context.clock().now()).await?;
    if !context.output.for_people() {
        let trend = serde_json::to_value(&trend).map_err(|error| Failure::bug(error.to_string()))?;
        return context.output.json(&trend);
    }
    let mut rows = Rows::new(&["at", "score", "in scope", "most lost to"], "");
    for point in &trend.points {
        let most = point.rules.iter().filter(|rule| rule.points_lost.is_some_and(|points| points > 0.0));
        let most = most
            .max_by(|a, b| a.points_lost.partial_cmp(&b.points_lost).unwrap_or(std::cmp::Ordering::Equal));
        rows.push(json!({
            "at": point.at,
            "score": point.score.map_or_else(|| "-".to_owned(), |score| format!("{score:.2}")),
            "in scope": point.in_scope,
            "most lost to": most.map_or("", |rule| if rule.is_own() { &rule.name } else { &rule.rule }),
        }));
    }
    context.output.rows(&rows)
}

async fn issues(
    context: &Context<'_>,
    name: Option<&str>,
    flags: &QuestionFlags,
    (rule, limit): (Option<&str>, usize),
) -> Result<(), Failure> {
    let (store, integration, question) = of(context, name, flags).await?;
    let rule: Option<&RuleId> = rule.map(|rule| question.rule(rule)).transpose()?.map(|rule| &rule.id);
    let now = context.clock().now();
    let found = hygiene::issues(&store, &integration, (&question, rule), (0, limit), now).await?;
    let columns = ["key", "summary", "type", "status", "assignee", "misses", "why"];
    let mut rows = Rows::new(&columns, "No issue is behind this number.");
    for some in found.chunks(TOGETHER) {
        let numbers: Vec<i64> = some.iter().map(|one| one.no).collect();
        let heads = store.issue_heads(&integration.id, &numbers).await?;
        for one in some {
            let Some(head) = heads.get(&one.no) else { continue };
            let missed = &one.missed;
            let shown = missed.iter().filter(|missed| rule.is_none_or(|rule| missed.rule == *rule));
            rows.push(json!({
                "key": head.key,
                "summary": head.summary,
                "type": head.kind,
                "status": head.status,
                "assignee": head.assignee,
                "misses": missed.iter().map(|missed| missed.rule.to_string()).collect::<Vec<_>>().join(", "),
                "why": shown.map(hygiene::why).collect::<Vec<_>>().join("; "),
                "created_at": head.created_at.map(weir_model::Millis::rfc3339),
                "updated_at": head.updated_at.map(weir_model::Millis::rfc3339),
                "url": head.url,
            }));
        }
    }
    context.output.rows(&rows)
}
