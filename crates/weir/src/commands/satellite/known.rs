//! The satellites that a server knows.

use crate::{
    commands::{noted::noted, serve::public_url},
    context::Context,
    failure::Failure,
    output::{self, Rows, clean, value_text},
};
use serde_json::{Value, json};
use weir_ingest::satellite::{describe_satellite, forgettable, satellite_file, satellite_named};
use weir_model::{FeedFault, LogLine, Message, Millis, Pulse, Satellite};
use weir_store::Store;

pub(super) async fn list(context: &Context<'_>) -> Result<(), Failure> {
    let columns =
        &["name", "state", "version", "integrations", "beat_at", "memory_mb", "waiting", "error", "id"];
    let mut rows = Rows::new(
        columns,
        "No satellite has reported yet. Run one with: weir satellite run -c satellite.yml",
    );
    if let Some(store) = context.existing_store().await? {
        let now = context.clock().now();
        for satellite in store.satellites().await? {
            rows.push(described(&store, &satellite, now).await?);
        }
    }
    context.output.rows(&rows)
}

pub(super) async fn show(context: &Context<'_>, named: &str) -> Result<(), Failure> {
    let (store, satellite) = found(context, named).await?;
    let now = context.clock().now();
    let mut shown = described(&store, &satellite, now).await?;
    let log = satellite.status.log.clone().unwrap_or_default();
    let line = |line: &LogLine| json!({ "at": line.at.rfc3339(), "level": line.level.as_str(), "text": clean(&line.text, 300) });
    let beats = |pulse: &Pulse| {
        let since = Millis(pulse.slot * Pulse::SLOT_MS).rfc3339();
        json!({ "since": since, "beats": pulse.beats, "longest_silence_ms": pulse.silence(satellite.first_at, now) })
    };
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("log".to_owned(), log.iter().map(line).collect());
        shown.insert("heartbeats".to_owned(), store.pulses(&satellite.id).await?.iter().map(beats).collect());
    }
    if !context.output.for_people() {
        return context.output.json(&shown);
    }
    let mut rows = Rows::new(&["what", "value"], "");
    if let Some(members) = shown.as_object() {
        let is_plain = |value: &Value| {
            !value.is_object() && !value.as_array().is_some_and(|all| all.iter().any(Value::is_object))
        };
        for (name, value) in members.iter().filter(|(_, value)| is_plain(value)) {
            rows.push(json!({ "what": name.replace('_', " "), "value": value_text(Some(value)) }));
        }
        for line in &log {
            let what = format!("{} at {}", line.level.as_str(), line.at.rfc3339());
            rows.push(json!({ "what": what, "value": clean(&line.text, 300) }));
        }
    }
    context.output.rows(&rows)
}

/// A satellite as commands and programs see it.
async fn described(store: &Store, satellite: &Satellite, now: Millis) -> Result<Value, Failure> {
    let server = (env!("CARGO_PKG_VERSION"), now);
    let described = describe_satellite(store, satellite, server, &|_| true).await?;
    serde_json::to_value(described).map_err(|error| Message::Bug { detail: error.to_string() }.into())
}

/// The file of a satellite that reads an integration.
pub(super) async fn file(context: &Context<'_>, named: &str, server: &str) -> Result<String, Failure> {
    let server = public_url(server)?;
    let store = context.existing_store().await?.ok_or(Message::IntegrationNone {})?;
    let integration = context.named(&store, Some(named)).await?;
    if !integration.is_fed() {
        return Err(Message::from(FeedFault::NotFed { name: integration.name }).into());
    }
    let address = server.as_str().trim_end_matches('/').to_owned();
    Ok(satellite_file(&integration, &address, context.settings.tenant(None).as_deref()))
}

pub(super) async fn revoke(context: &Context<'_>, named: &str) -> Result<(), Failure> {
    let (store, satellite) = found(context, named).await?;
    store.revoke_satellite(&satellite.id, &context.user()).await?;
    noted(
        context,
        &store,
        ("satellite.revoke", &satellite.name),
        None,
        vec![("id".into(), satellite.id.clone())],
    )
    .await?;
    told(
        context,
        &satellite,
        "It may not come any more. Revoke its API key too where nobody else uses it: weir api-key revoke",
    )
}

pub(super) async fn forget(context: &Context<'_>, named: &str) -> Result<(), Failure> {
    let (store, satellite) = found(context, named).await?;
    forgettable(&satellite)?;
    store.forget_satellite(&satellite.id).await?;
    noted(
        context,
        &store,
        ("satellite.forget", &satellite.name),
        None,
        vec![("id".into(), satellite.id.clone())],
    )
    .await?;
    told(context, &satellite, "It is off the list.")
}

fn told(context: &Context<'_>, satellite: &Satellite, what: &str) -> Result<(), Failure> {
    if context.output.for_people() {
        output::note(what);
        return context.output.line(&clean(&satellite.name, 100));
    }
    context.output.json(&json!({ "id": satellite.id, "name": satellite.name }))
}

async fn found(context: &Context<'_>, named: &str) -> Result<(Store, Satellite), Failure> {
    let unknown = || Message::from(weir_model::FeedFault::NoSuch { named: clean(named, 60) });
    let store = context.existing_store().await?.ok_or_else(unknown)?;
    let all = store.satellites().await?;
    let one = satellite_named(&all, named).cloned().ok_or_else(unknown)?;
    Ok((store, one))
}
