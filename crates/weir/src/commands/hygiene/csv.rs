//! Reports, trends and previews as rows for a spreadsheet: one for each rule, at each instant or in each group.

use crate::{
    context::Context,
    failure::Failure,
    output::{Format, Rows},
};
use serde_json::{Value, json};
use weir_ingest::hygiene::{HygieneReport, HygieneTrend, Preview, RuleLine};

/// Whether rows for a spreadsheet are asked for.
pub(super) fn is_wanted(context: &Context<'_>) -> bool {
    context.output.asked() == Some(Format::Csv)
}

/// What stands of each rule in both files.
const OF_RULE: &[&str] = &[
    "score",
    "in_scope",
    "rule",
    "name",
    "misses",
    "weight",
    "points_lost",
    "blocked_by",
    "blocked_because",
];

/// A report; with its groups, where it has some: `part` tells the whole from them, since one of them may have no value. The day that it
/// is compared with stands beside the whole.
pub(super) fn report(context: &Context<'_>, report: &HygieneReport) -> Result<(), Failure> {
    let mut columns = [&["as_of"], OF_RULE].concat();
    if !report.groups.is_empty() {
        columns.splice(0..0, ["part", "value", "value_name"]);
    }
    if report.rules.iter().any(|line| !line.not_asked_in.is_empty()) {
        columns.push("not_asked_in");
    }
    if report.compared.is_some() {
        columns.extend(["compared_at", "compared_score", "change"]);
    }
    let compared = report.compared.as_ref();
    let mut rows = Rows::new(&columns, "");
    for line in &report.rules {
        let of = json!({
            "part": "whole", "as_of": report.as_of, "score": report.score,
            "compared_at": compared.map(|compared| &compared.at),
            "compared_score": compared.and_then(|compared| compared.score),
            "change": compared.and_then(|compared| compared.change),
        });
        rows.push(with(line, &of));
    }
    for group in &report.groups {
        let of = json!({
            "part": "group", "value": group.value, "value_name": group.name,
            "as_of": report.as_of, "score": group.score,
        });
        group.rules.iter().for_each(|line| rows.push(with(line, &of)));
    }
    context.output.rows(&rows)
}

/// A trend.
pub(super) fn trend(context: &Context<'_>, trend: &HygieneTrend) -> Result<(), Failure> {
    let columns = [&["at", "day"], OF_RULE].concat();
    let mut rows = Rows::new(&columns, "");
    for point in &trend.points {
        let of = json!({ "at": point.at, "day": point.day, "score": point.score });
        point.rules.iter().for_each(|line| rows.push(with(line, &of)));
    }
    context.output.rows(&rows)
}

/// The weeks of a rule that is tried.
pub(super) fn preview(context: &Context<'_>, preview: &Preview) -> Result<(), Failure> {
    let mut rows = Rows::new(&["at", "day", "misses", "in_scope"], "");
    for week in &preview.weeks {
        rows.push(json!({
            "at": week.at, "day": week.day, "misses": week.misses, "in_scope": week.in_scope,
        }));
    }
    context.output.rows(&rows)
}

/// A rule's line beside what it is a line of.
fn with(line: &RuleLine, of: &Value) -> Value {
    let mut row = json!({
        "in_scope": line.in_scope,
        "rule": line.rule,
        "name": line.name,
        "misses": line.misses,
        "weight": line.weight,
        "points_lost": line.points_lost,
        "blocked_by": line.blocked_by,
        "blocked_because": line.blocked_because,
        "not_asked_in": line.not_asked_said(),
    });
    if let (Some(row), Some(of)) = (row.as_object_mut(), of.as_object()) {
        row.extend(of.clone());
    }
    row
}
