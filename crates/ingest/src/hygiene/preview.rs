//! A rule that is not kept yet, tried: how many issues would miss it, which came last, and how it would have been.

use super::{
    Question, blocked,
    known::zone,
    scan::{plan, scan},
    unfit,
};
use serde::Serialize;
use std::sync::Arc;
use weir_metrics::{
    Day,
    columns::{Chunk, ChunkError},
    hygiene::{
        Check, CustomRule, Every, Plan, Rule, RuleId, Series, Tally, Warning, Weights, count,
        count_over_time, instants, newest,
    },
};
use weir_model::{Integration, Message, Millis};
use weir_store::{IssueHead, Store, StoreError};

/// Issues that are shown of a rule that is tried.
const SHOWN: usize = 5;

/// Weeks that it is looked back: at least 90 days.
const WEEKS: usize = 14;

/// What would come of a rule.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The rule in words.
    pub text: String,
    /// Issues that would miss it.
    pub misses: u64,
    /// Issues in scope.
    pub in_scope: u64,
    /// It says the same of every issue.
    pub warning: Option<PreviewWarning>,
    /// Those of the issues that were created last.
    pub newest: Vec<IssueHead>,
    /// The ends of the last weeks, oldest first; the last one is now.
    pub weeks: Vec<PreviewWeek>,
}

/// A rule that tells no issues apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PreviewWarning {
    /// Every issue would miss it.
    AlwaysMatches,
    /// None would.
    NeverMatches,
}

/// A rule as it would have been.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PreviewWeek {
    /// The instant.
    pub at: String,
    /// The day that it ends, in the integration's time zone.
    pub day: String,
    /// Issues that would have missed it.
    pub misses: u64,
    /// Issues in scope then.
    pub in_scope: u64,
}

/// What would come of a rule at `now`, over the issues that a question is about.
///
/// # Errors
/// `hygiene.left_out` for a rule that looks at what is left out.
pub async fn preview(
    store: &Store,
    integration: &Integration,
    (rule, asked): (&CustomRule, &Question),
    now: Millis,
) -> Result<Preview, StoreError> {
    let id = RuleId::Custom("preview".to_owned());
    let question = Question {
        rules: vec![Rule { id: id.clone(), check: Check::Custom(rule.clone()) }],
        scope: asked.scope.clone(),
        weights: Weights::equal([id.clone()]).unwrap_or_default(),
        by: None,
        compare_days: None,
        fields: asked.fields.clone(),
    };
    let exclusions = &integration.settings.exclusions;
    let fields = &question.fields;
    if let Some(found) = question.rules.iter().find_map(|rule| blocked::blocked(rule, exclusions, fields)) {
        return Err(Message::from(found.fault(rule.name.clone())).into());
    }
    let today = Arc::new(plan(store, integration, &question, vec![now]).await?);
    type Counted = (Tally, Vec<(Millis, i64)>);
    let counted = move |plan: &Plan, chunk: &Chunk| -> Result<Counted, ChunkError> {
        Ok((count(plan, chunk)?.total, newest(plan, chunk, &id, SHOWN)?))
    };
    let merge = |(mut all, mut last): Counted, (some, more): Counted| {
        all.merge(&some);
        last.extend(more);
        last.sort_unstable_by(|a, b| b.cmp(a));
        last.truncate(SHOWN);
        (all, last)
    };
    let (tally, last) = scan(store, integration, &today, counted, merge).await?.unwrap_or_default();

    let zone = zone(integration);
    let weeks = instants(Every::Week, WEEKS, now, &zone);
    let over_time = Arc::new(plan(store, integration, &question, weeks).await?);
    let merge = |mut all: Series, some: Series| {
        all.merge(&some);
        all
    };
    let series = scan(store, integration, &over_time, count_over_time, merge).await?;
    let series = series.unwrap_or_else(|| Series::new(&over_time));
    let misses = |tally: &Tally| tally.misses.first().copied().unwrap_or(0);
    let week = |(at, tally): (Millis, Tally)| PreviewWeek {
        at: at.rfc3339(),
        day: Day::of(at, &zone).map(|day| day.to_string()).unwrap_or_default(),
        misses: misses(&tally),
        in_scope: tally.in_scope,
    };

    let numbers: Vec<i64> = last.iter().map(|(_, no)| *no).collect();
    let mut heads = store.issue_heads(&integration.id, &numbers).await.map_err(unfit)?;
    Ok(Preview {
        text: rule.to_string(),
        misses: misses(&tally),
        in_scope: tally.in_scope,
        warning: tally.warning(0).map(|warning| match warning {
            Warning::AlwaysMatches => PreviewWarning::AlwaysMatches,
            Warning::NeverMatches => PreviewWarning::NeverMatches,
        }),
        newest: numbers.iter().filter_map(|no| heads.remove(no)).collect(),
        weeks: series.points().into_iter().map(week).collect(),
    })
}
