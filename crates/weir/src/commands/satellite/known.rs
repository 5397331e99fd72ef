//! The satellites that a server knows.

use crate::{
    commands::noted::noted,
    context::Context,
    failure::Failure,
    output::{self, Rows, clean},
};
use serde_json::{Value, json};
use weir_model::{Message, Millis, Satellite};
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
            rows.push(described(&satellite, now));
        }
    }
    context.output.rows(&rows)
}

/// A satellite as commands and programs see it.
fn described(satellite: &Satellite, now: Millis) -> Value {
    let status = &satellite.status;
    let error = status.feeds.iter().find_map(|feed| feed.error.clone());
    let has_turn: Vec<&str> =
        satellite.feeds.iter().filter(|(_, until)| *until > now).map(|(name, _)| name.as_str()).collect();
    let names: Vec<&str> = satellite.feeds.iter().map(|(name, _)| name.as_str()).collect();
    json!({
        "id": satellite.id, "name": satellite.name, "state": satellite.state(now).as_str(),
        "version": clean(&status.version, 40), "protocol": status.protocol, "zone": status.zone,
        "integrations": names, "has_turn": has_turn,
        "first_at": satellite.first_at.rfc3339(), "beat_at": satellite.beat_at.rfc3339(),
        "ahead_ms": status.ahead_ms,
        "memory_mb": status.memory_bytes / (1024 * 1024), "cpu_permille": status.cpu_permille,
        "waiting": status.waiting, "waiting_bytes": status.waiting_bytes,
        "waiting_since": status.waiting_since.map(Millis::rfc3339),
        "insecure_tls": status.insecure_tls,
        "error": error.map(|error| clean(&error, 300)),
        "revoked_at": satellite.revoked.as_ref().map(|(at, _)| at.rfc3339()),
        "revoked_by": satellite.revoked.as_ref().map(|(_, by)| by.clone()),
    })
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
    if let Some(one) = all.iter().find(|one| one.id == named) {
        return Ok((store, one.clone()));
    }
    let mut called = all.iter().filter(|one| one.name == named);
    match (called.next(), called.next()) {
        (Some(one), None) => Ok((store, one.clone())),
        _ => Err(unknown().into()),
    }
}
