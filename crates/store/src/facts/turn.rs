//! Whose turn it is to make the facts of an integration: of those who ask at the same time, one makes them and the others wait.

use crate::Store;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};
use weir_model::IntegrationId;

/// The integrations whose facts somebody in this process makes, or made.
#[derive(Debug, Default)]
pub(crate) struct Making(Mutex<HashMap<IntegrationId, Arc<Turn<()>>>>);

impl Store {
    /// Waits until nobody else in this process makes the facts of an integration; nobody else does while this is held. Another process
    /// may: what it keeps first stays.
    pub async fn turn_to_make_facts(&self, integration: &IntegrationId) -> OwnedMutexGuard<()> {
        let turn = {
            let mut all = self.making.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(*integration).or_default())
        };
        turn.lock_owned().await
    }
}
