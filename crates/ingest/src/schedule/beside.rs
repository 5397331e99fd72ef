//! What a scheduler does beside runs: nudges and notifications, each by one task at a time.

use super::Parts;
use crate::{notifications::Notifier, nudges::Nudger};
use std::{sync::Arc, time::Duration};
use tokio::{task::JoinHandle, time::Instant};
use weir_source::CancellationToken;

/// How often it is looked whether a nudge is due.
const NUDGES_EVERY: Duration = Duration::from_secs(5);

/// How often it is looked how integrations do.
const NOTICES_EVERY: Duration = Duration::from_secs(10);

/// What is done.
#[derive(Clone, Debug)]
enum Chore {
    Nudges(Arc<Nudger>),
    Notices(Arc<Notifier>),
}

/// What is done beside runs, by one task at a time.
#[derive(Debug)]
pub(super) struct Beside {
    chore: Chore,
    every: Duration,
    task: Option<JoinHandle<()>>,
    looked_at: Option<Instant>,
}

impl Beside {
    /// What these parts do beside runs: nothing where there is nothing to send with.
    pub(super) fn of(parts: &Parts) -> Vec<Self> {
        let Some(outlet) = parts.outlet.clone() else { return vec![] };
        let (store, key_file) = (parts.store.clone(), parts.key_file.clone());
        let environment = parts.environment.clone();
        let nudger = Nudger {
            store: store.clone(),
            key_file: key_file.clone(),
            environment: environment.clone(),
            outlet: outlet.clone(),
        };
        let notifier = Notifier { store, key_file, environment, outlet };
        let all = [
            (Chore::Nudges(Arc::new(nudger)), NUDGES_EVERY),
            (Chore::Notices(Arc::new(notifier)), NOTICES_EVERY),
        ];
        all.into_iter().map(|(chore, every)| Self { chore, every, task: None, looked_at: None }).collect()
    }

    /// Begins to do what is due, unless that is under way or was looked at just now.
    pub(super) fn look(&mut self, stop: &CancellationToken) {
        let is_under_way = self.task.as_ref().is_some_and(|task| !task.is_finished());
        if is_under_way || self.looked_at.is_some_and(|at| at.elapsed() < self.every) {
            return;
        }
        self.looked_at = Some(Instant::now());
        let (chore, stop) = (self.chore.clone(), stop.clone());
        self.task = Some(tokio::spawn(async move {
            match chore {
                Chore::Nudges(nudger) => nudger.look(&stop).await,
                Chore::Notices(notifier) => notifier.look(&stop).await,
            }
        }));
    }

    /// Waits until what is under way has ended.
    pub(super) async fn ended(self) {
        if let Some(task) = self.task
            && let Err(error) = task.await
        {
            tracing::error!(%error, "sending messages broke");
        }
    }
}
