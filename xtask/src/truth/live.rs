//! Everything that is live in the store, compared with the truth; and how the issues stand there.

use super::VIEWS;
use super::compare::Comparison;
use crate::simulator::Simulator;
use crate::weir::Weir;
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::HashSet;

/// How the issues of a store stand.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Standing {
    /// Issues of the truth.
    pub(crate) issues: u64,
    /// Rows of the store beyond the first of an issue.
    pub(crate) duplicates: u64,
    /// Issues of the truth that the store has, in another state than live.
    pub(crate) out_of_live: u64,
}

/// Views with rows that only an issue made known. They stay in the store when no issue shows them any more; the truth, which is
/// of this moment, has them no more.
const LEFT_OVER: [&str; 2] = ["sprints", "people"];

/// Compares every view, of issues and what belongs to them those that are live; an error names the first view that
/// differs. What was counted until then is there either way.
pub(crate) async fn compare(simulator: &Simulator, weir: &Weir, email: &str) -> (Standing, Result<()>) {
    let mut standing = Standing::default();
    let compared = async {
        // Issues come first among the views.
        let (mut away, mut ours) = (HashSet::new(), HashSet::new());
        for view in VIEWS {
            let is_issues = view.name == "issues";
            let id = if is_issues { "id" } else { "issue_id" };
            let mut theirs = HashSet::new();
            let mut comparison = Comparison::new(view.key);
            if LEFT_OVER.contains(&view.name) {
                comparison = comparison.with_leftovers();
            }
            let compared = async {
                let expect = |line: &[u8]| {
                    if is_issues {
                        theirs.insert(value_of(line, id)?);
                    }
                    comparison.expect(line)
                };
                simulator.truth(view.name, email, expect).await?;
                standing.issues += theirs.len() as u64;
                let meet = |line: &[u8]| {
                    let id = value_of(line, id)?;
                    if is_issues {
                        if value_of(line, "state")? != "\"live\"" {
                            standing.out_of_live += u64::from(theirs.contains(&id));
                            away.insert(id.clone());
                        }
                        standing.duplicates += u64::from(!ours.insert(id.clone()));
                    }
                    if away.contains(&id) { Ok(()) } else { comparison.meet(line) }
                };
                weir.export(view.name, meet).await?;
                comparison.finish()
            };
            compared.await.with_context(|| view.name)?;
        }
        Ok(())
    };
    let compared = compared.await;
    (standing, compared)
}

/// A column of a row as JSON; `null` where the row has none.
fn value_of(line: &[u8], column: &str) -> Result<String> {
    Ok(serde_json::from_slice::<Value>(line)?[column].to_string())
}
