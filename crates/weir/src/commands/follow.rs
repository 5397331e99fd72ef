//! `weir sync --follow`: the scheduler on a terminal, with all that it does shown, until somebody wants us to stop.

use super::{check::warn, sync::chosen};
use crate::{
    cli::Sync,
    context::Context,
    failure::Failure,
    output::{self, Bars, Watching, clean, sync_json, sync_summary},
};
use std::collections::HashMap;
use tokio::sync::mpsc;
use weir_ingest::{
    SyncReport,
    schedule::{Parts, Scheduler, Selection, Told},
};
use weir_model::{Integration, IntegrationId, Message};
use weir_store::Store;

pub(super) async fn run(context: &Context<'_>, store: &Store, flags: &Sync) -> Result<(), Failure> {
    let named = chosen(context, store, &flags.names).await?;
    let selection = match flags.names.is_empty() && context.global.integration.is_none() {
        true => Selection::All,
        false => Selection::These(named.iter().map(|integration| integration.id).collect()),
    };
    // A key that does not fit is said now, not at the first run.
    context.vault(store).await?;
    let (tell, mut told) = mpsc::unbounded_channel();
    let parts = context.scheduler(store, selection, flags.workers);
    let parts = Parts { census: !flags.no_census, tell: Some(tell), ..parts };
    let stop = context.lifecycle.cancel().child_token();
    let scheduling = tokio::spawn(Scheduler::new(parts).run(stop.clone()));
    let mut screen = Screen { context, bars: Bars::default(), watched: HashMap::new() };
    let mut shown = Ok(());
    while let Some(told) = told.recv().await {
        if shown.is_ok() {
            shown = screen.show(told);
            if shown.is_err() {
                stop.cancel();
            }
        }
    }
    scheduling.await.map_err(|error| Failure::bug(error.to_string()))?;
    shown.and(Err(Message::Interrupted {}.into()))
}

/// What is shown of the runs in hand.
struct Screen<'a> {
    context: &'a Context<'a>,
    bars: Bars,
    watched: HashMap<IntegrationId, Watching>,
}

impl Screen<'_> {
    fn show(&mut self, told: Told) -> Result<(), Failure> {
        match told {
            Told::Began { integration, progress } => {
                let settings = &integration.settings;
                self.bars.aside(|| warn(&settings.site_url, settings.auth.adfs_url(), &settings.transport));
                let (output, clock) = (self.context.output, self.context.clock());
                let watching = Watching::among(&self.bars, output, &integration.name, progress, clock);
                self.watched.insert(integration.id, watching);
                Ok(())
            }
            Told::Synced { integration, report, failure } => {
                self.ended(&integration);
                self.bars.aside(|| self.synced(&integration, &report, failure.as_ref()))
            }
            Told::Compared { integration, outcome } => {
                self.ended(&integration);
                let name = clean(&integration.name, 100);
                self.bars.aside(|| match outcome.as_ref() {
                    Ok(report) => output::note(&format!("{name}: compared, {}", report.verdict.as_str())),
                    Err(message) => output::note(&format!("{name}: {message}")),
                });
                Ok(())
            }
            Told::StoreAway(message) => {
                self.bars.aside(|| output::note(&message.to_string()));
                Ok(())
            }
        }
    }

    fn synced(
        &self,
        integration: &Integration,
        report: &SyncReport,
        failure: Option<&Message>,
    ) -> Result<(), Failure> {
        let output = self.context.output;
        if !output.for_people() {
            output.json(&sync_json(report, failure.map(Message::id)))?;
        } else if report.run_id.is_some() {
            sync_summary(output, report)?;
        }
        if let Some(message) = failure.filter(|message| !matches!(message, Message::Interrupted {})) {
            output::note(&format!("{}: {message}", clean(&integration.name, 100)));
        }
        Ok(())
    }

    fn ended(&mut self, integration: &Integration) {
        if let Some(watching) = self.watched.remove(&integration.id) {
            watching.stop();
        }
    }
}
