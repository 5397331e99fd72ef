//! `weir hygiene issues`: the issues behind a number, and those that came to it and left it.

use super::of;
use crate::{
    cli::{DayFlags, QuestionFlags},
    context::Context,
    failure::Failure,
    output::Rows,
};
use serde_json::{Value, json};
use weir_ingest::hygiene::{self, Behind, Change, Left, Question, Recent, RuleId, When};
use weir_model::{Integration, Millis};
use weir_store::{IssueHead, Store};

/// Issues that are looked up together.
const TOGETHER: usize = 500;

/// Issues that a table shows, where nothing else is asked for.
const IN_A_TABLE: usize = 100;

/// What a table shows of each.
const SHOWN: &[&str] = &["key", "summary", "type", "status", "assignee", "misses", "why"];

/// What a file has of each: as much as the one of the pages.
const IN_A_FILE: &[&str] = &[
    "key",
    "summary",
    "type",
    "status",
    "assignee",
    "created_at",
    "updated_at",
    "misses",
    "names",
    "why",
    "url",
];

pub(super) async fn run(
    context: &Context<'_>,
    name: Option<&str>,
    flags: &QuestionFlags,
    (rule, days, limit): (Option<&str>, &DayFlags, Option<u32>),
) -> Result<(), Failure> {
    let limit = most(context, limit);
    let (store, integration, question) = of(context, name, flags).await?;
    let rule: Option<&RuleId> = named(rule).map(|rule| question.rule(rule)).transpose()?.map(|rule| &rule.id);
    let days = (days.at.as_deref(), days.changed_since.as_deref());
    let when = When::of(&integration, days, context.clock().now())?;
    let found = hygiene::issues(&store, &integration, (&question, rule), (0, limit), when).await?;
    let mut rows = rows(context, if when.is_change() { &["change", "left"] } else { &[] });
    for row in rows_of((context, &store), &integration, (&question, rule), &found).await? {
        rows.push(row);
    }
    context.output.rows(&rows)?;
    if !context.output.for_people() {
        return Ok(());
    }
    let is_cut = found.len() == limit;
    if !is_cut && !when.is_change() {
        return Ok(());
    }
    let all = hygiene::total(&store, &Recent::default(), &integration, (&question, rule), when).await?;
    if when.is_change() {
        let difference = all.new as i64 - all.gone as i64;
        context.output.line(&format!("{} new and {} gone: {difference:+}.", all.new, all.gone))?;
    }
    cut(context, (all.listed, limit))
}

/// The rule that is asked for; nothing where its name is empty.
pub(super) fn named(rule: Option<&str>) -> Option<&str> {
    rule.filter(|rule| !rule.trim().is_empty())
}

/// A list of issues that begins with these columns.
pub(super) fn rows(context: &Context<'_>, first: &[&'static str]) -> Rows {
    let further = if context.output.for_people() { SHOWN } else { IN_A_FILE };
    Rows::new(&[first, further].concat(), "No issue is behind this number.")
}

/// How many issues are listed.
pub(super) fn most(context: &Context<'_>, limit: Option<u32>) -> usize {
    match limit {
        Some(limit) => limit as usize,
        None if context.output.for_people() => IN_A_TABLE,
        None => usize::MAX,
    }
}

/// Says how many more there are.
pub(super) fn cut(context: &Context<'_>, (all, limit): (u64, usize)) -> Result<(), Failure> {
    match all.saturating_sub(limit as u64) {
        0 => Ok(()),
        more => {
            let told =
                format!("{more} more are not shown: --limit {all} shows all, and so does --format csv.");
            context.output.line(&told)
        }
    }
}

/// Issues as they are printed.
pub(super) async fn rows_of(
    (context, store): (&Context<'_>, &Store),
    integration: &Integration,
    (question, rule): (&Question, Option<&RuleId>),
    found: &[Behind],
) -> Result<Vec<Value>, Failure> {
    let for_people = context.output.for_people();
    let mut rows = vec![];
    for some in found.chunks(TOGETHER) {
        let numbers: Vec<i64> = some.iter().map(|one| one.no).collect();
        let heads = store.issue_heads(&integration.id, &numbers).await?;
        let known = some.iter().filter_map(|one| Some((one, heads.get(&one.no)?)));
        rows.extend(known.map(|(one, head)| row((question, for_people), rule, (one, head))));
    }
    Ok(rows)
}

fn row(
    (question, for_people): (&Question, bool),
    rule: Option<&RuleId>,
    (one, head): (&Behind, &IssueHead),
) -> Value {
    let name = |id: &RuleId| {
        let known = question.rules.iter().find(|rule| rule.id == *id);
        known.map_or_else(|| id.to_string(), hygiene::name_of)
    };
    let called = |id: &RuleId| match id {
        // People know their own rules by their names.
        RuleId::Custom(_) if for_people => name(id),
        _ => id.to_string(),
    };
    let missed = &one.missed;
    let listed = |word: &dyn Fn(&RuleId) -> String| {
        missed.iter().map(|missed| word(&missed.rule)).collect::<Vec<_>>().join(", ")
    };
    let shown = missed.iter().filter(|missed| rule.is_none_or(|rule| missed.rule == *rule));
    let mut row = json!({
        "key": head.key,
        "summary": head.summary,
        "type": head.kind,
        "status": head.status,
        "assignee": head.assignee,
        "misses": listed(&called),
        "names": listed(&name),
        "why": shown.map(|missed| hygiene::why(missed, &question.fields)).collect::<Vec<_>>().join("; "),
        "created_at": head.created_at.map(Millis::rfc3339),
        "updated_at": head.updated_at.map(Millis::rfc3339),
        "url": head.url,
    });
    if let Some(change) = one.change {
        row["change"] = json!(Change::word(change));
        row["left"] = json!(one.left.map(Left::word));
    }
    row
}
