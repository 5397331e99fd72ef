//! The closing pass: what changed while the partitions were read.
//!
//! An issue that moved from a project not yet read into one already read is in no walk; but a move is an edit. So
//! everything edited since the run began is read once more, with some overlap for the lag of Jira's index, and without
//! an upper bound. `jira-api` §13.1.

use super::{
    GROUP, Shared, group,
    walk::{Walk, WalkError},
};
use crate::{
    Emitter, SourceError,
    jira::{jql::Query, met::Met},
};
use std::sync::PoisonError;
use weir_model::{Anomaly, AnomalyKind, Batch, Kind, Message, Millis, ReferenceSet};

/// How far Jira's index may lag behind.
const OVERLAP: i64 = 10 * 60 * 1_000;

/// Projects in one query; an account that lost one of them makes Jira refuse the whole.
const PROJECTS: usize = 50;

/// Reads what was edited since the oldest part was begun, and emits what was held back.
pub(super) async fn read(shared: &Shared, out: &Emitter) -> Result<(), SourceError> {
    let earliest = *shared.earliest.lock().unwrap_or_else(PoisonError::into_inner);
    let since = Millis(earliest.unwrap_or(shared.started_at).0 - OVERLAP);
    for projects in shared.projects.chunks(PROJECTS) {
        let keys: Vec<&str> = projects.iter().map(|project| project.key.as_str()).collect();
        if let Some(said) = projects_since(shared, &keys, since, out).await? {
            if keys.len() == 1 {
                emit_skipped(keys[0], &said, out).await?;
                continue;
            }
            for key in keys {
                if let Some(said) = projects_since(shared, &[key], since, out).await? {
                    emit_skipped(key, &said, out).await?;
                }
            }
        }
    }
    let (people, sprints) = shared.book.meet(Met::new(&shared.mapper.fields.exclusions));
    let reference = if sprints.is_empty() { vec![] } else { vec![ReferenceSet::Sprints(sprints)] };
    out.emit(Batch { people, reference, ..Batch::default() }).await
}

/// Reads what was edited in these projects; gives what Jira said when it refuses the query.
async fn projects_since(
    shared: &Shared,
    keys: &[&str],
    since: Millis,
    out: &Emitter,
) -> Result<Option<String>, SourceError> {
    let scoped: Query = shared.query().projects(keys.iter().copied());
    let elapsed = shared.clock.now().since(shared.begun_at);
    let minutes = (shared.started_at.since(since) + elapsed) / 60_000 + 2;
    let mut refused = None;
    for query in [scoped.clone().updated_since(since), scoped.updated_within(minutes)] {
        match edited(shared, query, out).await {
            Ok(()) => return Ok(None),
            Err(WalkError::Refused(said)) => refused = Some(said),
            Err(WalkError::Failed(error)) => return Err(error),
        }
    }
    Ok(refused)
}

async fn edited(shared: &Shared, query: Query, out: &Emitter) -> Result<(), WalkError> {
    let mut walk = Walk::new(&shared.site, query, 0);
    while let Some(ids) = walk.next().await? {
        for ids in ids.chunks(GROUP) {
            out.emit(group::fetch(shared, ids).await?).await?;
        }
    }
    Ok(())
}

async fn emit_skipped(key: &str, said: &str, out: &Emitter) -> Result<(), SourceError> {
    let skipped = Anomaly {
        kind: AnomalyKind::Skipped,
        what: Kind::Projects,
        subject: key.to_owned(),
        code: Message::PermBrowse { key: key.to_owned() }.id().to_owned(),
        detail: format!("What changed in it meanwhile could not be searched. Jira said: {said}"),
    };
    out.emit(Batch { anomalies: vec![skipped], ..Batch::default() }).await
}
