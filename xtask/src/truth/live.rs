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

/// Compares every view, of issues and what belongs to them those that are live; an error names the first view that
/// differs. What was counted until then is there either way.
pub(crate) async fn compare(simulator: &Simulator, weir: &Weir, email: &str) -> (Standing, Result<()>) {
    let mut standing = Standing::default();
    let compared = async {
        let away = stand(simulator, weir, email, &mut standing).await.context("issues")?;
        for view in VIEWS {
            let id = if view.name == "issues" { "id" } else { "issue_id" };
            let mut comparison = Comparison::new(view.key);
            let compared = async {
                simulator.truth(view.name, email, |line| comparison.expect(line)).await?;
                weir.export(view.name, |line| {
                    let row: Value = serde_json::from_slice(line)?;
                    let is_away = row.get(id).is_some_and(|id| away.contains(&id.to_string()));
                    if is_away { Ok(()) } else { comparison.meet(line) }
                })
                .await?;
                comparison.finish()
            };
            compared.await.with_context(|| view.name)?;
        }
        Ok(())
    };
    let compared = compared.await;
    (standing, compared)
}

/// Counts, and gives the ids of issues that are not live in the store.
async fn stand(
    simulator: &Simulator,
    weir: &Weir,
    email: &str,
    standing: &mut Standing,
) -> Result<HashSet<String>> {
    let mut theirs = HashSet::new();
    simulator
        .truth("issues", email, |line| {
            theirs.insert(id_and_state(line)?.0);
            Ok(())
        })
        .await?;
    standing.issues = theirs.len() as u64;
    let (mut ours, mut away) = (HashSet::new(), HashSet::new());
    weir.export("issues", |line| {
        let (id, is_live) = id_and_state(line)?;
        if !is_live {
            standing.out_of_live += u64::from(theirs.contains(&id));
            away.insert(id.clone());
        }
        standing.duplicates += u64::from(!ours.insert(id));
        Ok(())
    })
    .await?;
    Ok(away)
}

fn id_and_state(line: &[u8]) -> Result<(String, bool)> {
    let row: Value = serde_json::from_slice(line)?;
    Ok((row["id"].to_string(), row["state"] == "live"))
}
