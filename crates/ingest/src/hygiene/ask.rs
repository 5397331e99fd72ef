//! Questions: a report, its trend, and the issues behind a number.

use super::{Question, blocked, bring_up_to_date, facts::decoded, known, name_of, unfit};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use std::sync::Arc;
use weir_metrics::{
    Day,
    columns::{Chunk, ChunkError},
    hygiene::{
        Counts, Every, Explained, Plan, Rule, RuleId, RuleScore, Series, Tally, count, count_over_time,
        explain, instants, members,
    },
};
use weir_model::{Integration, Millis};
use weir_store::{Store, StoreError};

/// Chunks that are read and counted together.
const CHUNKS: usize = 16;

/// How many such groups at a time.
const AT_ONCE: usize = 4;

/// A report.
#[derive(Clone, Debug, Serialize)]
pub struct HygieneReport {
    /// The integration's name.
    pub integration: String,
    /// From 0 to 100; nothing where nothing is in scope.
    pub score: Option<f64>,
    /// The instant that it speaks of.
    pub as_of: String,
    /// Issues in scope.
    pub in_scope: u64,
    /// Each rule.
    pub rules: Vec<RuleLine>,
}

/// A rule's part in a report.
#[derive(Clone, Debug, Serialize)]
pub struct RuleLine {
    /// Its id.
    pub rule: String,
    /// What people call it.
    pub name: String,
    /// Issues that miss it.
    pub misses: u64,
    /// Issues in scope.
    pub in_scope: u64,
    /// Its weight.
    pub weight: f64,
    /// Points that it costs; nothing where nothing is in scope.
    pub points_lost: Option<f64>,
    /// The field that it looks at and configuration leaves out: it was not asked, and costs nothing.
    pub blocked_by: Option<String>,
}

/// A report at many instants.
#[derive(Clone, Debug, Serialize)]
pub struct HygieneTrend {
    /// The integration's name.
    pub integration: String,
    /// Each instant, oldest first.
    pub points: Vec<TrendPoint>,
}

/// A report as it would have been.
#[derive(Clone, Debug, Serialize)]
pub struct TrendPoint {
    /// The instant.
    pub at: String,
    /// The day that it ends, in the integration's time zone.
    pub day: String,
    /// The score then.
    pub score: Option<f64>,
    /// Issues in scope then.
    pub in_scope: u64,
    /// Each rule then.
    pub rules: Vec<RuleLine>,
}

/// An issue behind a number.
#[derive(Clone, Debug)]
pub struct HygieneIssue {
    /// Its number in the store.
    pub no: i64,
    /// What it misses, and why.
    pub explained: Explained,
}

/// How healthy the backlog of an integration is at `now`.
pub async fn report(
    store: &Store,
    integration: &Integration,
    question: &Question,
    now: Millis,
) -> Result<HygieneReport, StoreError> {
    let plan = plan(store, integration, question, vec![now]).await?;
    let merge = |mut all: Counts, some: Counts| {
        all.merge(some);
        all
    };
    let counts = scan(store, integration, &plan, count, merge).await?.unwrap_or_default();
    let (score, rules) = scored(&plan, (question, integration), &counts.total)?;
    Ok(HygieneReport {
        integration: integration.name.clone(),
        score,
        as_of: now.rfc3339(),
        in_scope: counts.total.in_scope,
        rules,
    })
}

/// How it would have been at the ends of the last `count` days, weeks or months, and at `now`.
pub async fn trend(
    store: &Store,
    integration: &Integration,
    question: &Question,
    (every, points): (Every, usize),
    now: Millis,
) -> Result<HygieneTrend, StoreError> {
    let zone = known::zone(integration);
    let at = instants(every, points, now, &zone);
    let plan = plan(store, integration, question, at).await?;
    let merge = |mut all: Series, some: Series| {
        all.merge(&some);
        all
    };
    let series = scan(store, integration, &plan, count_over_time, merge).await?;
    let series = series.unwrap_or_else(|| Series::new(&plan));
    let point = |(at, tally): (Millis, Tally)| {
        let (score, rules) = scored(&plan, (question, integration), &tally)?;
        let day = Day::of(at, &zone).map(|day| day.to_string()).unwrap_or_default();
        Ok(TrendPoint { at: at.rfc3339(), day, score, in_scope: tally.in_scope, rules })
    };
    Ok(HygieneTrend {
        integration: integration.name.clone(),
        points: series.points().into_iter().map(point).collect::<Result<_, StoreError>>()?,
    })
}

/// The issues behind a number of a report: those that miss a rule, or all in scope; at most `limit` of those after a number, in
/// the order in which they came.
pub async fn issues(
    store: &Store,
    integration: &Integration,
    (question, missing): (&Question, Option<&RuleId>),
    (after, limit): (i64, usize),
    now: Millis,
) -> Result<Vec<HygieneIssue>, StoreError> {
    let rule = missing.and_then(|id| question.rules.iter().find(|rule| rule.id == *id));
    if let Some(field) = rule.and_then(|rule| blocked::left_out(rule, &integration.settings.exclusions)) {
        let detail = format!("the rule looks at the field {field}, which is left out by configuration");
        return Err(weir_model::Message::HygieneQuestion { detail }.into());
    }
    let plan = plan(store, integration, question, vec![now]).await?;
    let names: Vec<String> = plan.columns(None).iter().map(ToString::to_string).collect();
    let mut found = vec![];
    for chunk in store.fact_chunks(&integration.id).await? {
        if found.len() >= limit || (chunk + 1) * weir_metrics::columns::CHUNK <= after {
            continue;
        }
        let blobs = store.fact_columns(&integration.id, &[chunk], &names).await?;
        let Some(blobs) = blobs.get(&chunk) else { continue };
        let chunk = decoded(blobs)?;
        let mut numbers = members(&plan, &chunk, missing).map_err(unfit)?;
        numbers.retain(|no| *no > after);
        numbers.truncate(limit - found.len());
        let explained = explain(&plan, &chunk, &numbers).map_err(unfit)?;
        found.extend(explained.into_iter().map(|explained| HygieneIssue { no: explained.no, explained }));
    }
    Ok(found)
}

/// Puts rules and scope together with what is known, once facts are as new as the rows.
async fn plan(
    store: &Store,
    integration: &Integration,
    question: &Question,
    at: Vec<Millis>,
) -> Result<Arc<Plan>, StoreError> {
    let exclusions = &integration.settings.exclusions;
    if let Some(field) = blocked::asked_for(&question.scope, exclusions) {
        let detail = format!("the field {field} is left out by configuration");
        return Err(weir_model::Message::HygieneQuestion { detail }.into());
    }
    let is_asked = |rule: &&Rule| blocked::left_out(rule, exclusions).is_none();
    let rules: Vec<Rule> = question.rules.iter().filter(is_asked).cloned().collect();
    let now = at.last().copied().unwrap_or_default();
    bring_up_to_date(store, integration, now).await?;
    let context = known::context(store.report_context(&integration.id).await?, integration);
    let plan = Plan::new(&rules, &question.scope, &context, at);
    plan.map(Arc::new)
        .map_err(|error| weir_model::Message::HygieneQuestion { detail: error.to_string() }.into())
}

/// Counts every chunk, several at a time, and merges what comes of them.
async fn scan<T: Send + 'static>(
    store: &Store,
    integration: &Integration,
    plan: &Arc<Plan>,
    count: fn(&Plan, &Chunk) -> Result<T, ChunkError>,
    merge: fn(T, T) -> T,
) -> Result<Option<T>, StoreError> {
    let names: Vec<String> = plan.columns(None).iter().map(ToString::to_string).collect();
    let chunks = store.fact_chunks(&integration.id).await?;
    let groups: Vec<Vec<i64>> = chunks.chunks(CHUNKS).map(<[i64]>::to_vec).collect();
    let counted = stream::iter(groups).map(|group| {
        let (names, plan) = (&names, Arc::clone(plan));
        async move {
            let blobs = store.fact_columns(&integration.id, &group, names).await?;
            let counted = tokio::task::spawn_blocking(move || {
                let each = blobs.values().map(|blobs| count(&plan, &decoded(blobs)?).map_err(unfit));
                each.reduce(|all, some| Ok(merge(all?, some?))).transpose()
            });
            counted.await.map_err(unfit)?
        }
    });
    let mut counted = counted.buffer_unordered(AT_ONCE);
    let mut all = None;
    while let Some(some) = counted.try_next().await? {
        all = match (all, some) {
            (Some(all), Some(some)) => Some(merge(all, some)),
            (all, some) => all.or(some),
        };
    }
    Ok(all)
}

/// The score, and each rule of the question in its order.
fn scored(
    plan: &Plan,
    (question, integration): (&Question, &Integration),
    tally: &Tally,
) -> Result<(Option<f64>, Vec<RuleLine>), StoreError> {
    // A rule that is blocked is no miss of anybody.
    let misses = |rule: &Rule| {
        let place = plan.rules().iter().position(|asked| *asked == rule.id);
        place.and_then(|place| tally.misses.get(place)).copied().unwrap_or(0)
    };
    let ids: Vec<RuleId> = question.rules.iter().map(|rule| rule.id.clone()).collect();
    let all = Tally { in_scope: tally.in_scope, misses: question.rules.iter().map(misses).collect() };
    let score = question.weights.score(&ids, &all).map_err(unfit)?;
    let line = |(of, rule): (RuleScore, &Rule)| RuleLine {
        name: name_of(rule),
        rule: of.rule.to_string(),
        misses: of.misses,
        in_scope: of.in_scope,
        weight: of.weight,
        points_lost: of.points_lost,
        blocked_by: blocked::left_out(rule, &integration.settings.exclusions),
    };
    Ok((score.score, score.rules.into_iter().zip(&question.rules).map(line).collect()))
}
