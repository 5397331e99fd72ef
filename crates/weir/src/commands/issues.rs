//! `weir issues …`: what a person decides about single issues, and those that cannot be read.

use super::quarantine;
use crate::{
    cli::{Issues, Keys},
    context::Context,
    failure::Failure,
    output::{self, Rows, clean},
};
use serde_json::json;
use weir_model::State;

pub(super) async fn run(context: &Context<'_>, flags: Issues) -> Result<(), Failure> {
    context.output.format()?;
    let (Keys { keys }, is_removal) = match flags {
        Issues::Remove(keys) => (keys, true),
        Issues::Restore(keys) => (keys, false),
        Issues::Quarantined => return quarantine::list(context).await,
        Issues::Raw { issue } => return quarantine::raw(context, &issue).await,
    };
    let keys: Vec<String> = keys.iter().map(|key| clean(key.trim(), 100).to_uppercase()).collect();
    let store = context.changed_store().await?;
    let integration = context.named(&store, None).await?;
    let holder = context.holder();
    let named = match is_removal {
        true => weir_ingest::remove_issues(&store, &integration, &keys, &holder).await?,
        false => weir_ingest::restore_issues(&store, &integration, &keys, &holder).await?,
    };
    let mut rows = Rows::new(&["key", "state", "before"], "No issues were named.");
    for issue in &named {
        let after = match (is_removal, issue.before) {
            (true, _) => State::Removed,
            (false, State::Removed) => State::Live,
            (false, before) => before,
        };
        rows.push(json!({ "key": issue.key, "state": after.as_str(), "before": issue.before.as_str() }));
    }
    context.output.rows(&rows)?;
    if is_removal {
        output::note("They stay in the store and count nowhere. weir issues restore brings them back.");
    }
    Ok(())
}
