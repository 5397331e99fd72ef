//! What a scheduler does when its turn has come. Its tests do something else.

use crate::{
    SyncOptions, SyncReport, VerifyOptions, VerifyReport,
    keys::{self, WhenMissing},
    sync, verify,
};
use std::sync::Arc;
use tokio::runtime::Handle;
use weir_model::{Integration, Message, RunRequest, Trigger};
use weir_source::{CancellationToken, Environment, Progress};
use weir_store::{Lease, LeaseHolder, Store};
use weir_vault::{KeyFile, OsEntropy, Vault};

/// Brings an integration up to date, or compares it, under a lease that is held: as it was asked for, or by the schedule.
#[async_trait::async_trait]
pub(super) trait Work: Send + Sync {
    /// Whether this server can open credentials: where it cannot, another one may.
    async fn is_ready(&self) -> Result<(), Message>;

    async fn sync(
        &self,
        integration: &Integration,
        lease: &Lease,
        request: Option<&RunRequest>,
        progress: Arc<Progress>,
        cancel: CancellationToken,
    ) -> Result<SyncReport, (Message, Box<SyncReport>)>;

    async fn verify(
        &self,
        integration: &Integration,
        lease: &Lease,
        request: &RunRequest,
        cancel: CancellationToken,
    ) -> Result<VerifyReport, Message>;
}

/// The work itself, each run on a thread of its own: reading answers and writing rows keeps a processor busy, and those who
/// answer requests beside it are not to wait for it.
#[derive(Clone)]
pub(super) struct RealWork {
    pub(super) store: Store,
    pub(super) key_file: KeyFile,
    pub(super) environment: Environment,
    pub(super) proxy: Option<String>,
    pub(super) census: bool,
    pub(super) holder: LeaseHolder,
}

impl RealWork {
    async fn vault(&self) -> Result<Vault, Message> {
        keys::unlock(&self.store, &self.key_file, WhenMissing::MakeForEmptyStore, Arc::new(OsEntropy)).await
    }

    /// The integration with the proxy of the settings where it names none.
    fn travelling(&self, integration: &Integration) -> Integration {
        let mut travelling = integration.clone();
        let proxy = &mut travelling.settings.transport.proxy;
        if proxy.is_none() {
            proxy.clone_from(&self.proxy);
        }
        travelling
    }

    async fn sync_here(
        &self,
        integration: &Integration,
        lease: &Lease,
        options: SyncOptions,
    ) -> Result<SyncReport, (Message, Box<SyncReport>)> {
        match self.vault().await {
            Ok(vault) => sync::leased(&self.store, &vault, integration, lease, options).await,
            Err(message) => Err((message, Box::new(SyncReport::not_begun(integration)))),
        }
    }

    async fn verify_here(
        &self,
        integration: &Integration,
        lease: &Lease,
        options: VerifyOptions,
    ) -> Result<VerifyReport, Message> {
        let vault = self.vault().await?;
        verify::leased(&self.store, &vault, integration, lease, options).await
    }
}

#[async_trait::async_trait]
impl Work for RealWork {
    async fn is_ready(&self) -> Result<(), Message> {
        self.vault().await.map(drop)
    }

    async fn sync(
        &self,
        integration: &Integration,
        lease: &Lease,
        request: Option<&RunRequest>,
        progress: Arc<Progress>,
        cancel: CancellationToken,
    ) -> Result<SyncReport, (Message, Box<SyncReport>)> {
        let options = SyncOptions {
            trigger: request.map_or(Trigger::Schedule, |_| Trigger::Manual),
            asked_by: request.map(|request| request.asked_by.clone()),
            full: request.is_some_and(|request| request.thorough),
            census: self.census,
            holder: self.holder.clone(),
            progress,
            cancel,
            environment: self.environment.clone(),
        };
        let (work, integration, lease) = (self.clone(), self.travelling(integration), lease.clone());
        on_a_thread(async move || work.sync_here(&integration, &lease, options).await).await
    }

    async fn verify(
        &self,
        integration: &Integration,
        lease: &Lease,
        request: &RunRequest,
        cancel: CancellationToken,
    ) -> Result<VerifyReport, Message> {
        let options = VerifyOptions {
            holder: self.holder.clone(),
            cancel,
            environment: self.environment.clone(),
            accept_loss: request.thorough,
            asked_by: request.asked_by.clone(),
        };
        let (work, integration, lease) = (self.clone(), self.travelling(integration), lease.clone());
        on_a_thread(async move || work.verify_here(&integration, &lease, options).await).await
    }
}

/// Does work on a thread of its own. Whoever does not wait for it any more ends it; whatever breaks in it breaks here.
async fn on_a_thread<T: Send + 'static>(work: impl AsyncFnOnce() -> T + Send + 'static) -> T {
    let left = CancellationToken::new();
    let _guard = left.clone().drop_guard();
    let runtime = Handle::current();
    let outcome = tokio::task::spawn_blocking(move || {
        runtime.block_on(async {
            tokio::select! {
                outcome = work() => Some(outcome),
                () = left.cancelled() => None,
            }
        })
    });
    match outcome.await {
        Ok(Some(outcome)) => outcome,
        // Nobody is left who could take an answer.
        Ok(None) => std::future::pending().await,
        Err(broken) => match broken.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => std::future::pending().await,
        },
    }
}
