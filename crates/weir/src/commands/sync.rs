//! `weir sync`: bring integrations up to date, one after the other.

use super::follow;
use crate::{
    cli::Sync,
    context::Context,
    failure::Failure,
    output::{self, Watching, clean, sync_json, sync_summary},
};
use serde_json::Value;
use std::sync::Arc;
use weir_ingest::{SyncOptions, SyncReport};
use weir_model::{Integration, Message, Requester, Trigger};
use weir_source::Progress;
use weir_store::Store;
use weir_vault::Vault;

pub(super) async fn run(context: &Context<'_>, flags: Sync) -> Result<(), Failure> {
    context.output.format()?;
    let store = context.changed_store().await?;
    if flags.follow {
        return follow::run(context, &store, &flags).await;
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

/// The integrations that were named, or all that are not paused.
pub(super) async fn chosen(
    context: &Context<'_>,
    store: &Store,
    names: &[String],
) -> Result<Vec<Integration>, Failure> {
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
    let settings = &integration.settings;
    super::check::warn(&settings.site_url, settings.auth.adfs_url(), &settings.transport);
    let progress = Arc::new(Progress::default());
    let watching = Watching::start(context.output, &integration.name, progress.clone(), context.clock());
    let options = SyncOptions {
        trigger: how.trigger,
        asked_by: Some(Requester::command_line()),
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
