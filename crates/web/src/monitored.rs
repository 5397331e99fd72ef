//! The figures of Monitoring, counted over many rows, for the few seconds in which many may look at them. Those who ask for
//! the same ones at the same time wait for one count.

use crate::app::App;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::Mutex as Turn;
use weir_ingest::{Figures, Monitoring, monitor};
use weir_model::{Integration, IntegrationId, Millis, Range};
use weir_store::StoreError;

/// How long figures are shown before they are counted anew.
const FRESH_MS: i64 = 10_000;

/// Figures and when they were counted.
type Counted = Option<(Millis, Arc<Figures>)>;

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
        let window = range.window(now);
        let turn = app.monitored.turn((integration.id, window.from.0, window.until.0), now);
        let mut counted = turn.lock().await;
        let figures = match counted.as_ref().filter(|(at, _)| now.since(*at) < FRESH_MS) {
            Some((_, figures)) => Arc::clone(figures),
            None => {
                let figures = Arc::new(Figures::of(&app.store, integration, window).await?);
                *counted = Some((now, Arc::clone(&figures)));
                figures
            }
        };
        drop(counted);
        monitor(&app.store, integration, range, now, figures).await
    }

    /// The place of these figures; those of windows that are over go.
    fn turn(&self, key: Key, now: Millis) -> Arc<Turn<Counted>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(.., until), _| *until > now.0);
        Arc::clone(all.entry(key).or_default())
    }
}
