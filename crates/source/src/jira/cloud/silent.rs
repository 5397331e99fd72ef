//! Issues whose histories a bulk answer leaves out without a word.
//!
//! An issue without any history is in no bulk answer, and so is one that Jira forgot. Where an issue was edited, and nothing
//! else that came with it tells how, its own list of histories is asked for: the two ways do not always agree.

use super::histories::Histories;
use crate::{
    SourceError,
    jira::{
        issue::Parsed,
        reading::{Shared, bodies, lists},
    },
};
use futures::future::try_join_all;
use weir_model::{IssueRecord, Millis};

/// What is told of one edit may be so far apart.
const SLACK: i64 = 1_000;

/// Adds the histories of those of these issues of which the bulk answer may have kept them back.
pub(in crate::jira) async fn ask<'a>(
    shared: &Shared,
    issues: impl Iterator<Item = &'a Parsed>,
    histories: &mut Histories,
) -> Result<(), SourceError> {
    let silent: Vec<&str> = issues
        .map(|parsed| &parsed.record)
        .filter(|record| !histories.has(record.issue.id.as_str()) && !is_explained(record))
        .map(|record| record.issue.id.as_str())
        .collect();
    let lists = try_join_all(silent.iter().map(|id| lists::histories(shared, id))).await?;
    for (id, list) in silent.into_iter().zip(lists) {
        match list {
            Ok(list) => {
                let unread = (0..list.odd).map(|_| (id.to_owned(), "it has another shape".to_owned()));
                histories.odd.extend(unread);
                histories.met.absorb(list.met);
                histories.by_issue.insert(id.to_owned(), list.rows);
            }
            Err(error) => {
                let detail = format!("Its history could not be had: {}", error.message.what());
                let id = id.parse().unwrap_or_default();
                histories.failed.push(bodies::failed(id, error.message.id(), detail));
            }
        }
    }
    Ok(())
}

/// Whether what came with an issue tells how it came to be edited last.
fn is_explained(record: &IssueRecord) -> bool {
    let issue = &record.issue;
    let Some(updated) = issue.updated_at else { return true };
    let tells = |at: Option<Millis>| at.is_some_and(|at| at.0 + SLACK >= updated.0);
    let mut comments = record.comments.iter().flatten();
    let mut worklogs = record.worklogs.iter().flatten();
    tells(issue.created_at)
        || comments.any(|one| tells(one.created_at) || tells(one.updated_at))
        || worklogs.any(|one| tells(one.created_at) || tells(one.updated_at))
}
