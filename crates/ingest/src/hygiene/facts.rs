//! Facts are made chunk by chunk: anew from the rows where a chunk is new or much of it changed, else of the issues that changed.

use super::{
    known::{self, MappedFields},
    unfit,
};
use crate::fields::mapped_fields;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::value::RawValue;
use std::{collections::BTreeMap, sync::Arc};
use weir_metrics::{
    Value,
    columns::{CHUNK, Chunk, Column, chunk_of, encode, encode_replacing},
    facts::{IssueFacts, MappedField, Mapping, Parts, custom_value},
};
use weir_model::{FieldRole, Integration, Millis};
use weir_source::CancellationToken;
use weir_store::{Blob, Blobs, Documents, FactState, IssueParts, OutdatedFacts, Store, StoreError, Which};

/// The format in which facts are made.
const FORMAT: &str = "1";

/// What facts are made by. Another text has all of them made anew.
fn basis(fields: &MappedFields) -> String {
    let mut basis = FORMAT.to_owned();
    for (field, role) in fields {
        let role = role.map_or("", FieldRole::as_str);
        basis.push_str(&format!(";{:?}:{:?}:{:?}:{role}", field.id, field.kind, field.history_name));
    }
    basis
}

/// A chunk of which more issues changed is made anew.
const MANY: usize = 512;

/// Chunks that are made at a time: the rows of one are read while another one is worked out.
const AT_ONCE: usize = 2;

/// Makes the facts of an integration as new as the rows of its issues; says how far they are.
pub async fn bring_up_to_date(
    store: &Store,
    integration: &Integration,
    now: Millis,
) -> Result<FactState, StoreError> {
    let mut turn = None;
    loop {
        match brought(store, integration, now, turn.is_some()).await? {
            Brought::Made(state) => return Ok(state),
            Brought::Due => turn = Some(store.turn_to_make_facts(&integration.id).await),
            // What is left to do is looked up again.
            Brought::Overtaken => (),
        }
    }
}

/// What came of making facts.
enum Brought {
    Made(FactState),
    /// There is something to do, and it is nobody's turn.
    Due,
    /// Another process was quicker with a chunk.
    Overtaken,
}

/// After a run: makes facts as new as its rows, so that the next question finds them so. A first import by a command leaves them to
/// the first question, for it may never come; a server makes them. What goes wrong here is told by the next question, which tries again.
pub(crate) async fn keep_up(
    store: &Store,
    integration: &Integration,
    now: Millis,
    is_server: bool,
    stop: &CancellationToken,
) {
    let kept = async {
        if !is_server && store.fact_state(&integration.id).await?.is_none() {
            return Ok(());
        }
        bring_up_to_date(store, integration, now).await.map(drop)
    };
    if let Some(Err(error)) = stop.run_until_cancelled(kept).await {
        tracing::warn!(integration = integration.name, %error, "facts could not be made after a run");
    }
}

async fn brought(
    store: &Store,
    integration: &Integration,
    now: Millis,
    has_turn: bool,
) -> Result<Brought, StoreError> {
    let id = &integration.id;
    // What is read after this is no older than what it says.
    let fields = mapped_fields(store, integration).await?;
    let basis = basis(&fields);
    let mut state = store.fact_state(id).await?;
    if state.as_ref().is_some_and(|state| state.basis != basis) {
        if !has_turn {
            return Ok(Brought::Due);
        }
        store.forget_facts(id).await?;
        state = None;
    }
    let mut state = state.unwrap_or_default();
    let (outdated, last) = store.outdated_facts(id).await?;
    let chunks = due(&outdated, state.made_to, last);
    if chunks.is_empty() {
        return Ok(Brought::Made(state));
    }
    if !has_turn {
        return Ok(Brought::Due);
    }
    let (_, known) = store.report_context(id).await?;
    let mapping = Arc::new(known::mapping(&known, &fields));
    let made = stream::iter(chunks).map(|(chunk, due)| {
        let mapping = &mapping;
        async move {
            let columns = make(store, integration, chunk, &due, mapping).await?;
            Ok::<_, StoreError>((chunk, due, columns))
        }
    });
    let mut made = std::pin::pin!(made.buffered(AT_ONCE));
    while let Some((chunk, due, columns)) = made.try_next().await? {
        state = FactState {
            basis: basis.clone(),
            // Chunks come in order, so that all issues before the end of this one have been seen to.
            made_to: state.made_to.max(last.min((chunk + 1) * CHUNK - 1)),
            generation: state.generation + 1,
            made_at: now,
        };
        if !store.keep_facts(integration, chunk, &columns, &due.outdated, &state).await? {
            return Ok(Brought::Overtaken);
        }
    }
    Ok(Brought::Made(state))
}

/// What there is to do in a chunk.
#[derive(Default, Debug)]
struct DueChunk {
    outdated: Vec<OutdatedFacts>,
    /// It has issues that were never looked at.
    is_new: bool,
}

/// The chunks that have issues which are outdated, or come after `made_to`, up to `last`.
fn due(outdated: &[OutdatedFacts], made_to: i64, last: i64) -> BTreeMap<i64, DueChunk> {
    let mut chunks: BTreeMap<i64, DueChunk> = BTreeMap::new();
    for one in outdated {
        chunks.entry(chunk_of(one.issue_no)).or_default().outdated.push(*one);
    }
    if made_to < last {
        for chunk in chunk_of(made_to + 1)..=chunk_of(last) {
            chunks.entry(chunk).or_default().is_new = true;
        }
    }
    chunks
}

/// The columns of a chunk, made as new as its rows.
async fn make(
    store: &Store,
    integration: &Integration,
    chunk: i64,
    due: &DueChunk,
    mapping: &Arc<Mapping>,
) -> Result<Vec<Blob>, StoreError> {
    let kept = match due.is_new || due.outdated.len() > MANY {
        true => Blobs::new(),
        false => store.fact_chunk(&integration.id, chunk).await?,
    };
    let which = match kept.is_empty() {
        true => Which::Between(chunk * CHUNK, (chunk + 1) * CHUNK - 1),
        false => Which::These(due.outdated.iter().map(|one| one.issue_no).collect()),
    };
    let documents = match mapping.fields.is_empty() {
        true => Documents::Left,
        false => Documents::Read,
    };
    let parts = store.issue_parts(&integration.id, &which, documents).await?;
    let mapping = Arc::clone(mapping);
    let made = tokio::task::spawn_blocking(move || {
        let newer = parts.iter().map(|parts| facts_of(parts, &mapping)).collect::<Result<Vec<_>, _>>()?;
        let columns = match kept.is_empty() {
            true => encode(&newer),
            false => encode_replacing(&decoded(&kept)?, &newer, &[]).map_err(unfit)?,
        };
        Ok(columns.into_iter().map(|(column, blob)| (column.to_string(), Arc::from(blob))).collect())
    });
    made.await.map_err(unfit)?
}

fn facts_of(parts: &IssueParts, mapping: &Mapping) -> Result<IssueFacts, StoreError> {
    let custom = custom_values(&parts.issue.fields, &mapping.fields)?;
    let rows = Parts {
        no: parts.no,
        state: parts.state,
        issue: &parts.issue,
        changes: &parts.changes,
        comments: &parts.comments,
        worklogs: &parts.worklogs,
        sprints: &parts.sprints,
        custom: &custom,
    };
    IssueFacts::build(&rows, mapping).map_err(unfit)
}

/// Today's values of mapped fields out of the document that holds them.
fn custom_values(document: &str, fields: &[MappedField]) -> Result<Vec<(Arc<str>, Value)>, StoreError> {
    if fields.is_empty() || document.is_empty() {
        return Ok(Vec::new());
    }
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(document).map_err(unfit)?;
    let mut values = Vec::new();
    for field in fields {
        let Some(member) = members.get(&*field.id) else { continue };
        let json: serde_json::Value = serde_json::from_str(member.get()).map_err(unfit)?;
        values.extend(custom_value(&json, field.kind).map(|value| (Arc::clone(&field.id), value)));
    }
    Ok(values)
}

/// A chunk out of what is kept of it.
pub(super) fn decoded(blobs: &Blobs) -> Result<Chunk, StoreError> {
    let columns =
        blobs.iter().map(|(name, blob)| Ok((name.parse::<Column>().map_err(unfit)?, blob.as_slice())));
    Chunk::decode(columns.collect::<Result<Vec<_>, StoreError>>()?).map_err(unfit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_issue_that_was_never_looked_at_is_in_a_chunk_that_is_due() {
        let chunks = due(&[], 0, 2 * CHUNK);
        assert_eq!(chunks.keys().copied().collect::<Vec<_>>(), [0, 1, 2]);
        assert!(chunks.values().all(|chunk| chunk.is_new));
        assert_eq!(due(&[], CHUNK - 1, CHUNK).keys().copied().collect::<Vec<_>>(), [1]);
        assert!(due(&[], 7, 7).is_empty());
    }
}
