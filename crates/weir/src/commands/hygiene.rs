//! `weir hygiene …`: how healthy the backlog is, how it was, and which issues make it so.

use crate::{
    cli::{Hygiene, QuestionFlags},
    context::Context,
    failure::Failure,
    output::{Rows, clean},
};
use serde_json::json;
use weir_ingest::hygiene::{self, Asked, Every, HygieneReport, Question};
use weir_model::{Integration, Message};
use weir_store::Store;

/// Issues that are looked up together.
const TOGETHER: usize = 500;

pub(super) async fn run(context: &Context<'_>, command: Hygiene) -> Result<(), Failure> {
    context.output.format()?;
    match command {
        Hygiene::Report { name, question } => report(context, name.as_deref(), &asked(&question)?).await,
        Hygiene::Trend { name, every, count, question } => {
            let every = match every.as_str() {
                "week" => Every::Week,
                "month" => Every::Month,
                _ => Every::Day,
            };
            trend(context, name.as_deref(), &asked(&question)?, (every, count as usize)).await
        }
        Hygiene::Issues { name, rule, limit, question } => {
            issues(context, name.as_deref(), &asked(&question)?, (rule.as_deref(), limit as usize)).await
        }
        Hygiene::Rules => rules(context),
        Hygiene::Nudges(command) => super::nudges::run(context, command).await,
    }
}

fn asked(flags: &QuestionFlags) -> Result<Question, Message> {
    let basis = flags.basis.as_deref();
    Question::of(&Asked { basis, filters: &flags.filters, weights: &flags.weights })
}

async fn of(context: &Context<'_>, name: Option<&str>) -> Result<(Store, Integration), Failure> {
    let store = context.used_store().await?;
    let integration = context.named(&store, name).await?;
    Ok((store, integration))
}

async fn report(context: &Context<'_>, name: Option<&str>, question: &Question) -> Result<(), Failure> {
    let (store, integration) = of(context, name).await?;
    let report = hygiene::report(&store, &integration, question, context.clock().now()).await?;
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
            "rule": rule.rule,
            "missing": missing,
            "share": share,
            "weight": rule.weight,
            "points lost": rule.points_lost.map_or_else(|| "-".to_owned(), |points| format!("{points:.2}")),
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
    question: &Question,
    at: (Every, usize),
) -> Result<(), Failure> {
    let (store, integration) = of(context, name).await?;
    let trend = hygiene::trend(&store, &integration, question, at, context.clock().now()).await?;
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
            "most lost to": most.map_or("", |rule| rule.rule.as_str()),
        }));
    }
    context.output.rows(&rows)
}

async fn issues(
    context: &Context<'_>,
    name: Option<&str>,
    question: &Question,
    (rule, limit): (Option<&str>, usize),
) -> Result<(), Failure> {
    let (store, integration) = of(context, name).await?;
    let rule = rule.map(|rule| question.rule(rule)).transpose()?;
    let found =
        hygiene::issues(&store, &integration, (question, rule), (0, limit), context.clock().now()).await?;
    let columns = ["key", "summary", "type", "status", "assignee", "misses", "why"];
    let mut rows = Rows::new(&columns, "No issue is behind this number.");
    for some in found.chunks(TOGETHER) {
        let numbers: Vec<i64> = some.iter().map(|one| one.no).collect();
        let heads = store.issue_heads(&integration.id, &numbers).await?;
        for one in some {
            let Some(head) = heads.get(&one.no) else { continue };
            let missed = &one.explained.missed;
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

fn rules(context: &Context<'_>) -> Result<(), Failure> {
    let question = Question::default();
    let mut rows = Rows::new(&["rule", "name", "weight", "a miss is"], "");
    for rule in &question.rules {
        rows.push(json!({
            "rule": rule.id.to_string(),
            "name": hygiene::name_of(rule),
            "weight": question.weights.of(&rule.id),
            "a miss is": hygiene::definition(rule),
        }));
    }
    context.output.rows(&rows)
}
