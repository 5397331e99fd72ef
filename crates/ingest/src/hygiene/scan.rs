//! A plan put to the chunks of an integration, several at a time. Of histories only those are read that can change the answer.

use super::{Question, blocked, bring_up_to_date, facts::decoded, known, refusal, unfit};
use crate::delete::refuse_deleting;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use std::{collections::BTreeMap, sync::Arc};
use weir_metrics::{
    columns::{Chunk, ChunkError, Column},
    hygiene::{Plan, Rule},
};
use weir_model::{Integration, Message, Millis};
use weir_store::{Blobs, Store, StoreError};

/// Chunks that are read and counted together.
const CHUNKS: usize = 16;

/// How many such groups at a time.
const AT_ONCE: usize = 4;

/// A plan, and all that its counts depend on but for the instant and the way in which they are counted.
pub(super) struct Planned {
    pub(super) plan: Plan,
    pub(super) basis: String,
}

/// Puts rules and scope together with what is known, once facts are as new as the rows. Rules that look at what is not known are
/// left out.
///
/// # Errors
/// `integration.deleting`: nothing is told of what is about to go.
pub(super) async fn planned(
    store: &Store,
    integration: &Integration,
    question: &Question,
    at: Vec<Millis>,
) -> Result<Planned, StoreError> {
    refuse_deleting(store, integration).await?;
    let exclusions = &integration.settings.exclusions;
    let of_group =
        question.by.as_ref().and_then(|field| blocked::not_known(field, exclusions, &question.fields));
    if let Some(fault) = blocked::asked_for(&question.scope, exclusions, &question.fields).or(of_group) {
        return Err(Message::from(fault).into());
    }
    let types = &question.fields.types;
    let is_asked = |rule: &&Rule| blocked::blocked(rule, exclusions, &question.fields).is_none();
    let rules: Vec<Rule> = question.rules.iter().filter(is_asked).cloned().collect();
    let now = at.last().copied().unwrap_or_default();
    let state = bring_up_to_date(store, integration, now).await?;
    let (version, known) = store.report_context(&integration.id).await?;
    let basis = format!(
        "{} {} {:?} {version:?} {:?} {rules:?} {:?}",
        integration.id,
        state.generation,
        integration.settings.timezone,
        question.fields,
        (&question.scope, &question.by),
    );
    let context = known::context(&known, &question.fields, integration);
    let plan = Plan::new(&rules, &question.scope, &context, at);
    let plan = plan.map_err(|error| StoreError::from(refusal::of_rule(&error, types)))?;
    Ok(Planned { plan, basis })
}

/// The plan alone.
pub(super) async fn plan(
    store: &Store,
    integration: &Integration,
    question: &Question,
    at: Vec<Millis>,
) -> Result<Plan, StoreError> {
    Ok(planned(store, integration, question, at).await?.plan)
}

/// Counts every chunk and merges what comes of them; nothing where there is no chunk.
pub(super) async fn scan<T: Send + 'static>(
    store: &Store,
    integration: &Integration,
    plan: &Arc<Plan>,
    count: impl Fn(&Plan, &Chunk) -> Result<T, ChunkError> + Clone + Send + 'static,
    merge: impl Fn(T, T) -> T + Clone + Send + 'static,
) -> Result<Option<T>, StoreError> {
    let chunks = store.fact_chunks(&integration.id).await?;
    let groups: Vec<Vec<i64>> = chunks.chunks(CHUNKS).map(<[i64]>::to_vec).collect();
    let counted = stream::iter(groups).map(|group| {
        let (plan, count, merge) = (Arc::clone(plan), count.clone(), merge.clone());
        async move {
            let blobs = columns_of(store, integration, &group, &plan).await?;
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

/// The columns of some chunks that a plan reads. When anything happened last in them stands in the first column of each, and is
/// looked at before the others are read; again, where somebody makes chunks anew meanwhile.
pub(super) async fn columns_of(
    store: &Store,
    integration: &Integration,
    chunks: &[i64],
    plan: &Plan,
) -> Result<BTreeMap<i64, Blobs>, StoreError> {
    let rows = store.fact_columns(&integration.id, chunks, &[Column::Rows.to_string()]).await?;
    let mut latest = latest_of(&rows)?;
    loop {
        let names: Vec<String> = plan.columns(Some(latest)).iter().map(ToString::to_string).collect();
        let blobs = store.fact_columns(&integration.id, chunks, &names).await?;
        match latest_of(&blobs)? {
            newer if newer > latest => latest = newer,
            _ => return Ok(blobs),
        }
    }
}

/// The last instant of which any of these chunks tells; one long ago, where they tell of none.
fn latest_of(chunks: &BTreeMap<i64, Blobs>) -> Result<Millis, StoreError> {
    let mut latest = Millis(i64::MIN);
    let name = Column::Rows.to_string();
    for rows in chunks.values().filter_map(|blobs| blobs.get(&name)) {
        let chunk = Chunk::decode([(Column::Rows, rows.as_slice())]).map_err(unfit)?;
        latest = latest.max(chunk.latest().unwrap_or(latest));
    }
    Ok(latest)
}

/// Every column that telling reasons needs.
pub(super) async fn all_columns_of(
    store: &Store,
    integration: &Integration,
    chunk: i64,
    plan: &Plan,
) -> Result<Option<Chunk>, StoreError> {
    let names: Vec<String> = plan.columns(None).iter().map(ToString::to_string).collect();
    let blobs = store.fact_columns(&integration.id, &[chunk], &names).await?;
    blobs.get(&chunk).map(decoded).transpose()
}
