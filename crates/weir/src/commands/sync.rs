//! `weir sync`: bring integrations up to date, one after the other.

use crate::{
    cli::Sync,
    context::Context,
    failure::Failure,
    output::{self, Watching, clean, sync_json, sync_summary},
};
use serde_json::Value;
use std::{collections::HashMap, sync::Arc, time::Duration};
use weir_ingest::{SyncOptions, SyncReport};
use weir_model::{Integration, IntegrationId, Message, Millis, Trigger};
use weir_source::Progress;
use weir_store::Store;
use weir_vault::Vault;

/// How often it is looked whether something is due, was added or was paused.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

pub(super) async fn run(context: &Context<'_>, flags: Sync) -> Result<(), Failure> {
    context.output.format()?;
    let store = context.changed_store().await?;
    if flags.follow {
        return follow(context, &store, &flags).await;
    }
    let chosen = chosen(context, &store, &flags.names).await?;
    if chosen.is_empty() {
        output::note(
            "Every integration is paused. Resume one with weir integration resume NAME, or name it here.",
        );
        return if context.output.for_people() { Ok(()) } else { context.output.json(&Value::Array(vec![])) };
    }
    let vault = context.vault(&store).await?;
    let several = chosen.len() > 1;
    let (mut reports, mut first_failure) = (vec![], None);
    for integration in chosen {
        let how = How { trigger: Trigger::Manual, full: flags.full, census: !flags.no_census };
        let (report, failure) = one(context, &store, &vault, &integration, how).await;
        let stop = matches!(failure, Some(Message::Interrupted {}));
        if context.output.for_people() {
            if report.run_id.is_some() {
                sync_summary(context.output, &report)?;
            }
        } else {
            reports.push(sync_json(&report, failure.as_ref().map(Message::id)));
        }
        if let Some(message) = failure {
            if several {
                output::note(&format!("{}: {message}", clean(&integration.name, 100)));
            }
            first_failure.get_or_insert(message);
        }
        if stop {
            break;
        }
    }
    match (context.output.for_people(), several, reports.pop()) {
        (false, false, Some(only)) => context.output.json(&only)?,
        (false, _, last) => {
            reports.extend(last);
            context.output.json(&Value::Array(reports))?;
        }
        (true, ..) => {}
    }
    match first_failure {
        Some(message) => Err(message.into()),
        None => Ok(()),
    }
}

/// When an integration is run again.
struct Again {
    at: Millis,
    /// The sealed credential that was refused: with another one it is run at once.
    refused: Option<String>,
}

/// Runs each integration at its interval, until somebody wants us to stop.
async fn follow(context: &Context<'_>, store: &Store, flags: &Sync) -> Result<(), Failure> {
    let mut again: HashMap<IntegrationId, Again> = HashMap::new();
    let cancel = context.lifecycle.cancel();
    while !cancel.is_cancelled() {
        let chosen = chosen(context, store, &flags.names).await?;
        again.retain(|id, _| chosen.iter().any(|integration| integration.id == *id));
        let now = context.clock().now();
        for (id, again) in &mut again {
            if again.refused.is_some() && store.sealed(id).await? != again.refused {
                *again = Again { at: now, refused: None };
            }
        }
        let due = |integration: &Integration| again.get(&integration.id).map(|again| again.at);
        let next = chosen.into_iter().min_by_key(due);
        if let Some(integration) = next.filter(|next| due(next).is_none_or(|at| at <= now)) {
            // Before the run, so that one which is replaced meanwhile is seen to be another.
            let sealed = store.sealed(&integration.id).await?;
            let vault = context.vault(store).await?;
            let how = How { trigger: Trigger::Schedule, full: false, census: !flags.no_census };
            let (report, failure) = one(context, store, &vault, &integration, how).await;
            if !context.output.for_people() {
                context.output.json(&sync_json(&report, failure.as_ref().map(Message::id)))?;
            } else if report.run_id.is_some() {
                sync_summary(context.output, &report)?;
            }
            let is_refused = failure.as_ref().is_some_and(|message| message.id().starts_with("auth."));
            match failure {
                Some(message @ Message::Interrupted {}) => return Err(message.into()),
                Some(message) => output::note(&format!("{}: {message}", clean(&integration.name, 100))),
                None => {}
            }
            let interval = i64::from(integration.settings.interval_minutes.max(1)) * 60_000;
            let refused = sealed.filter(|_| is_refused);
            again.insert(integration.id, Again { at: Millis(now.0 + interval), refused });
            continue;
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_AGAIN) => {}
            () = cancel.cancelled() => {}
        }
    }
    Err(Message::Interrupted {}.into())
}

/// The integrations that were named, or all that are not paused.
async fn chosen(context: &Context<'_>, store: &Store, names: &[String]) -> Result<Vec<Integration>, Failure> {
    let mut chosen: Vec<Integration> = vec![];
    if names.is_empty() && context.global.integration.is_none() {
        let all = store.integrations().await?;
        if all.is_empty() {
            return Err(Message::IntegrationNone {}.into());
        }
        for integration in all {
            if !store.paused(&integration.id).await? {
                chosen.push(context.travelling(integration));
            }
        }
        return Ok(chosen);
    }
    let names = names.iter().map(String::as_str).chain(context.global.integration.as_deref());
    for name in names {
        let integration = context.integration(store, Some(name)).await?;
        if !chosen.iter().any(|one| one.id == integration.id) {
            chosen.push(integration);
        }
    }
    Ok(chosen)
}

/// What kind of run it is to be.
pub(super) struct How {
    pub(super) trigger: Trigger,
    pub(super) full: bool,
    pub(super) census: bool,
}

/// One run with its progress shown.
pub(super) async fn one(
    context: &Context<'_>,
    store: &Store,
    vault: &Vault,
    integration: &Integration,
    how: How,
) -> (SyncReport, Option<Message>) {
    super::check::warn(&integration.settings.site_url, &integration.settings.transport);
    let progress = Arc::new(Progress::default());
    let watching = Watching::start(context.output, &integration.name, progress.clone(), context.clock());
    let options = SyncOptions {
        trigger: how.trigger,
        full: how.full,
        census: how.census,
        holder: context.holder(),
        progress,
        cancel: context.lifecycle.cancel(),
        environment: context.environment(),
    };
    let outcome = weir_ingest::sync(store, vault, integration, options).await;
    watching.stop();
    match outcome {
        Ok(report) => (report, None),
        Err((message, report)) => (*report, Some(message)),
    }
}
