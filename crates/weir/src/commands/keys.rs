//! `weir keys …`: the master key, by its id alone.

use crate::{
    cli::MasterKeys,
    context::Context,
    failure::Failure,
    output::{self, Rows, clean, thousands},
};
use serde_json::json;
use std::sync::Arc;
use weir_ingest::keys::{self, Rotation, ShownKey, Step};
use weir_model::{Message, Millis};
use weir_vault::OsEntropy;

pub(super) async fn run(context: &Context<'_>, command: MasterKeys) -> Result<(), Failure> {
    context.output.format()?;
    match command {
        MasterKeys::Show => show(context).await,
        MasterKeys::Rotate => rotate(context).await,
    }
}

async fn show(context: &Context<'_>) -> Result<(), Failure> {
    let mut rows = Rows::new(
        &["id", "state", "in_file", "sealed", "since", "retired_at"],
        "No key yet: it is made with the first integration.",
    );
    if let Some(store) = context.existing_store().await? {
        for key in keys::show(&store, &context.key_file()).await? {
            rows.push(row(&key));
        }
    }
    context.output.rows(&rows)
}

fn row(key: &ShownKey) -> serde_json::Value {
    json!({
        "id": key.id,
        "state": key.state.map_or("unknown", weir_store::KeyState::as_str),
        "in_file": key.is_in_file,
        "sealed": key.sealed,
        "since": key.since.map(Millis::rfc3339),
        "retired_at": key.retired_at.map(Millis::rfc3339),
    })
}

async fn rotate(context: &Context<'_>) -> Result<(), Failure> {
    let store = context.changed_store().await?;
    let cancel = context.lifecycle.cancel();
    let go_on = |step: Step| {
        tracing::info!(?step, "rotating the master key");
        if cancel.is_cancelled() { Err(Message::Interrupted {}) } else { Ok(()) }
    };
    let done = keys::rotate(&store, &context.key_file(), Arc::new(OsEntropy), go_on).await?;
    if context.output.for_people() { told(context, &done) } else { context.output.json(&facts(&done)) }
}

fn facts(done: &Rotation) -> serde_json::Value {
    json!({
        "key": done.key,
        "retired": done.retired.iter().map(|(id, _)| id).collect::<Vec<_>>(),
        "kept_in": done.retired.iter().map(|(_, path)| path.display().to_string()).collect::<Vec<_>>(),
        "resumed": done.is_resumed,
        "wrapped": done.wrapped,
        "foreign": done.foreign.iter().map(|(key, integration, count)| {
            json!({ "key": key, "integration": integration, "count": count })
        }).collect::<Vec<_>>(),
    })
}

fn told(context: &Context<'_>, done: &Rotation) -> Result<(), Failure> {
    let start = if done.is_resumed { "An interrupted rotation was gone on with. " } else { "" };
    context.output.line(&format!(
        "{start}The key {} is in use. Values wrapped with it: {}.",
        done.key,
        thousands(done.wrapped)
    ))?;
    for (id, path) in &done.retired {
        output::note(&format!(
            "The old key {id} is in {}. Only backups made before now still need it; delete it with the last of them.",
            path.display()
        ));
    }
    for (key, integration, count) in &done.foreign {
        output::note(&format!(
            "warning: {} values of \"{}\" are sealed with the key {}, which is not in the key file; they stay as they are. \
             Sign in again with weir integration reauth",
            thousands(*count),
            clean(integration, 100),
            clean(key, 32),
        ));
    }
    Ok(())
}
