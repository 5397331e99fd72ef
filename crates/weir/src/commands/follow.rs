//! `weir sync --follow`: each integration at its interval, until somebody wants us to stop.
//!
//! Waits go by a clock that nobody can set. A store that is away for a while ends nothing: it is looked for again.

use super::sync::{How, chosen, one};
use crate::{
    cli::Sync,
    context::Context,
    failure::Failure,
    output::{self, clean, sync_json, sync_summary},
};
use std::{collections::HashMap, time::Duration};
use tokio::time::Instant;
use weir_model::{ExitCode, Integration, IntegrationId, Message, Trigger};
use weir_store::Store;

/// How often it is looked whether something is due, was added or was paused.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// When an integration is run again.
struct Again {
    at: Instant,
    /// The sealed credential that was refused: with another one it is run at once.
    refused: Option<String>,
}

type Schedule = HashMap<IntegrationId, Again>;

pub(super) async fn run(context: &Context<'_>, store: &Store, flags: &Sync) -> Result<(), Failure> {
    let mut schedule = Schedule::new();
    let mut is_away = false;
    let cancel = context.lifecycle.cancel();
    while !cancel.is_cancelled() {
        match step(context, store, flags, &mut schedule).await {
            Ok(was_due) => {
                is_away = false;
                if was_due {
                    continue;
                }
            }
            Err(Failure::Said(message)) if message.exit() == ExitCode::Unavailable => {
                if !is_away {
                    output::note(&message.to_string());
                }
                is_away = true;
            }
            Err(failure) => return Err(failure),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_AGAIN) => {}
            () = cancel.cancelled() => {}
        }
    }
    Err(Message::Interrupted {}.into())
}

/// Runs what is due first; `false` when nothing is.
async fn step(
    context: &Context<'_>,
    store: &Store,
    flags: &Sync,
    schedule: &mut Schedule,
) -> Result<bool, Failure> {
    let Some(integration) = due(context, store, flags, schedule).await? else { return Ok(false) };
    // Before the run: a credential that is replaced meanwhile is then seen to be another.
    let sealed = store.sealed(&integration.id).await?;
    let vault = context.vault(store).await?;
    let interval = Duration::from_secs(u64::from(integration.settings.interval_minutes.max(1)) * 60);
    let at = Instant::now() + interval;
    let how = How { trigger: Trigger::Schedule, full: false, census: !flags.no_census };
    let (report, failure) = one(context, store, &vault, &integration, how).await;
    let is_refused = failure.as_ref().is_some_and(|message| message.id().starts_with("auth."));
    schedule.insert(integration.id, Again { at, refused: sealed.filter(|_| is_refused) });
    if !context.output.for_people() {
        context.output.json(&sync_json(&report, failure.as_ref().map(Message::id)))?;
    } else if report.run_id.is_some() {
        sync_summary(context.output, &report)?;
    }
    match failure {
        Some(message @ Message::Interrupted {}) => return Err(message.into()),
        Some(message) => output::note(&format!("{}: {message}", clean(&integration.name, 100))),
        None => {}
    }
    Ok(true)
}

/// The integration that is due first, where one is due.
async fn due(
    context: &Context<'_>,
    store: &Store,
    flags: &Sync,
    schedule: &mut Schedule,
) -> Result<Option<Integration>, Failure> {
    let chosen = chosen(context, store, &flags.names).await?;
    schedule.retain(|id, _| chosen.iter().any(|integration| integration.id == *id));
    let now = Instant::now();
    for (id, again) in schedule.iter_mut() {
        if again.refused.is_some() && store.sealed(id).await? != again.refused {
            *again = Again { at: now, refused: None };
        }
    }
    let at = |integration: &Integration| schedule.get(&integration.id).map(|again| again.at);
    Ok(chosen.into_iter().min_by_key(at).filter(|next| at(next).is_none_or(|at| at <= now)))
}
