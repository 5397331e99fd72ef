//! The figures of Monitoring, counted over many rows, for the few seconds in which many may look at them, and not beyond the end
//! of a run. Those who ask for the same ones at the same time wait for one count.

use crate::app::App;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::Mutex as Turn;
use weir_ingest::{Figures, Monitoring, monitor};
use weir_model::{Integration, IntegrationId, Millis, Range, RunId, Window};
use weir_store::StoreError;

/// How long figures are shown before they are counted anew.
const FRESH_MS: i64 = 10_000;

/// Figures, when they were counted, and after which run.
type Counted = Option<(Millis, Option<RunId>, Arc<Figures>)>;

/// An integration and the window that figures are of, by its two ends.
type Key = (IntegrationId, i64, i64);

/// The figures that were counted last.
#[derive(Debug, Default)]
pub(crate) struct Monitored(Mutex<HashMap<Key, Arc<Turn<Counted>>>>);

impl Monitored {
    /// How an integration does at `now`.
    pub(crate) async fn show(
        app: &App,
        integration: &Integration,
        range: Range,
        now: Millis,
    ) -> Result<Monitoring, StoreError> {
        let figures = Self::figures(app, integration, range.window(now), now).await?;
        monitor(&app.store, integration, range, now, figures).await
    }

    /// The figures of a window.
    pub(crate) async fn figures(
        app: &App,
        integration: &Integration,
        window: Window,
        now: Millis,
    ) -> Result<Arc<Figures>, StoreError> {
        let run = app.store.last_ended_run(&integration.id).await?;
        let turn = app.monitored.turn((integration.id, window.from.0, window.until.0), now);
        let mut counted = turn.lock().await;
        let is_fresh =
            |(at, after, _): &&(Millis, Option<RunId>, _)| now.since(*at) < FRESH_MS && *after == run;
        Ok(match counted.as_ref().filter(is_fresh) {
            Some((.., figures)) => Arc::clone(figures),
            None => {
                let figures = Arc::new(Figures::of(&app.store, integration, window).await?);
                *counted = Some((now, run, Arc::clone(&figures)));
                figures
            }
        })
    }

    /// The place of these figures; those of windows that are over go.
    fn turn(&self, key: Key, now: Millis) -> Arc<Turn<Counted>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(.., until), _| *until > now.0);
        Arc::clone(all.entry(key).or_default())
    }
}
