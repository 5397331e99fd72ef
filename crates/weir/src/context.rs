//! What a command may use: settings, the store, the vault, the world.

use crate::{
    cli::Global,
    config::{Origin, Settings, opened},
    failure::Failure,
    home::Home,
    lifecycle::Lifecycle,
    output::{self, Output},
    system::{SystemClock, SystemEntropy},
};
use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};
use weir_ingest::{
    keys::{self, WhenMissing},
    schedule::{self, Selection},
    with_grants,
};
use weir_model::{Clock, Integration, Message, Transport};
use weir_source::{Environment, jira::NotKept};
use weir_store::{LeaseHolder, Store, StoreAddress};
use weir_vault::{KeyFile, OsEntropy, Vault};

/// Handed to every command. Whatever happens, [`Context::close`] ends it.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    opened: Mutex<Vec<Store>>,
    /// The store and the vault that were opened last, where tokens are kept that are renewed.
    unlocked: Mutex<Option<(Store, Vault)>>,
    pub(crate) global: Global,
    pub(crate) settings: Settings,
    pub(crate) output: &'a Output,
    pub(crate) lifecycle: &'a Lifecycle,
}

impl<'a> Context<'a> {
    pub(crate) fn new(global: Global, output: &'a Output, lifecycle: &'a Lifecycle) -> Result<Self, Failure> {
        let settings = Settings::resolve(&global)?;
        Ok(Self { opened: Mutex::default(), unlocked: Mutex::default(), global, settings, output, lifecycle })
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(SystemClock)
    }

    /// What a source may use.
    pub(crate) fn environment(&self) -> Environment {
        let environment = Environment {
            clock: self.clock(),
            entropy: Arc::new(SystemEntropy),
            atlassian_api: self.settings.atlassian_api.value.trim_end_matches('/').to_owned(),
            atlassian_auth: self.settings.atlassian_auth.value.trim_end_matches('/').to_owned(),
            grants: Arc::new(NotKept),
            max_in_flight: self.settings.max_in_flight.value,
            opened: self.settings.allow_address.value.clone(),
        };
        match &*self.unlocked.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((store, vault)) => with_grants(&environment, store, vault),
            None => environment,
        }
    }

    /// What a source may use, with what a flag opens besides.
    pub(crate) fn environment_with(&self, allow_address: &[String]) -> Result<Environment, Failure> {
        let mut environment = self.environment();
        environment.opened.extend(opened(allow_address, Origin::Flag("--allow-address"))?);
        Ok(environment)
    }

    /// A scheduler for a store, telling nobody what it does.
    pub(crate) fn scheduler(&self, store: &Store, selection: Selection, workers: u16) -> schedule::Parts {
        schedule::Parts {
            store: store.clone(),
            key_file: self.key_file(),
            environment: self.environment(),
            proxy: self.settings.proxy.value.clone(),
            selection,
            workers: usize::from(workers),
            census: true,
            holder: self.holder(),
            tell: None,
            outlet: None,
        }
    }

    /// Who types, as the machine names them.
    pub(crate) fn user(&self) -> String {
        let named = std::env::var("USER").ok().filter(|name| !name.is_empty());
        output::clean(&named.unwrap_or_else(|| "the command line".into()), 100)
    }

    /// Who we are for leases.
    pub(crate) fn holder(&self) -> LeaseHolder {
        LeaseHolder::this_process(&SystemEntropy)
    }

    /// Makes sure of the folder where a store may be made; `None` where the store needs none.
    pub(crate) fn home(&self) -> Result<Home, Failure> {
        Ok(Home::ready(&self.settings.home.value)?)
    }

    /// The store, made where there is none.
    pub(crate) async fn store(&self) -> Result<Store, Failure> {
        self.store_at(&self.settings.store.value).await
    }

    /// The store at an address, made where there is none.
    pub(crate) async fn store_at(&self, address: &StoreAddress) -> Result<Store, Failure> {
        let store = Store::open(address, self.clock()).await?;
        self.remember(&store);
        Ok(store)
    }

    /// The store that is there, to be changed.
    pub(crate) async fn changed_store(&self) -> Result<Store, Failure> {
        let store = self.used_store().await?;
        self.remember(&store);
        Ok(store)
    }

    fn remember(&self, store: &Store) {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).push(store.clone());
    }

    /// Closes what was opened to be changed, so that everything is in its file. Who only reads does not wait for
    /// those who write.
    pub(crate) async fn close(&self) -> Result<(), Failure> {
        let opened = std::mem::take(&mut *self.opened.lock().unwrap_or_else(PoisonError::into_inner));
        self.unlocked.lock().unwrap_or_else(PoisonError::into_inner).take();
        for store in opened {
            store.close().await?;
        }
        Ok(())
    }

    /// The store, where there is one. Nothing is made.
    pub(crate) async fn existing_store(&self) -> Result<Option<Store>, Failure> {
        Ok(Store::open_existing(&self.settings.store.value, self.clock()).await?)
    }

    /// The store as it is, an older schema too. Nothing is made and nothing changed.
    pub(crate) async fn unchanged_store(&self) -> Result<Option<Store>, Failure> {
        Ok(Store::open_unchanged(&self.settings.store.value, self.clock()).await?)
    }

    /// The store; its absence is an answer too: there is no integration.
    pub(crate) async fn used_store(&self) -> Result<Store, Failure> {
        Ok(self.existing_store().await?.ok_or(Message::IntegrationNone {})?)
    }

    /// The key file.
    pub(crate) fn key_file(&self) -> KeyFile {
        KeyFile::in_folder(&self.settings.home.value)
    }

    /// The vault, its key proved, and made where nothing was sealed yet.
    pub(crate) async fn vault(&self, store: &Store) -> Result<Vault, Failure> {
        self.vault_at(store, &self.settings.home.value).await
    }

    /// The vault whose key lies in this folder.
    pub(crate) async fn vault_at(&self, store: &Store, folder: &Path) -> Result<Vault, Failure> {
        let file = KeyFile::in_folder(folder);
        let vault = keys::unlock(store, &file, WhenMissing::MakeForEmptyStore, Arc::new(OsEntropy)).await?;
        let unlocked = (store.clone(), vault.clone());
        self.unlocked.lock().unwrap_or_else(PoisonError::into_inner).replace(unlocked);
        Ok(vault)
    }

    /// The vault, its key made where it is missing: for a credential that replaces what cannot be opened.
    pub(crate) async fn vault_or_new_key(&self, store: &Store) -> Result<Vault, Failure> {
        Ok(keys::unlock(store, &self.key_file(), WhenMissing::MakeAnew, Arc::new(OsEntropy)).await?)
    }

    /// The integration as it travels today.
    pub(crate) async fn integration(
        &self,
        store: &Store,
        name: Option<&str>,
    ) -> Result<Integration, Failure> {
        Ok(self.travelling(self.named(store, name).await?))
    }

    /// The integration of that name; without a name the flag's, and without that the only one.
    pub(crate) async fn named(&self, store: &Store, name: Option<&str>) -> Result<Integration, Failure> {
        match name.or(self.global.integration.as_deref()) {
            Some(name) => {
                let found = store.integration(name).await?;
                Ok(found.ok_or_else(|| Message::IntegrationUnknown { name: output::clean(name, 100) })?)
            }
            None => {
                let mut all = store.integrations().await?;
                if all.len() > 1 {
                    let mut running = vec![];
                    for integration in &all {
                        if !store.paused(&integration.id).await? {
                            running.push(integration.clone());
                        }
                    }
                    if running.len() == 1 {
                        all = running;
                    }
                }
                if all.len() > 1 {
                    let names: Vec<_> = all.iter().map(|one| one.name.as_str()).collect();
                    return Err(Message::IntegrationWhich { names: names.join(", ") }.into());
                }
                Ok(all.pop().ok_or(Message::IntegrationNone {})?)
            }
        }
    }

    /// The integration with the proxy of the settings where it names none. It is not to be kept like that.
    pub(crate) fn travelling(&self, mut integration: Integration) -> Integration {
        integration.settings.transport = self.with_proxy(integration.settings.transport);
        integration
    }

    /// The way with the proxy of the settings where it names none.
    pub(crate) fn with_proxy(&self, mut transport: Transport) -> Transport {
        if transport.proxy.is_none() {
            transport.proxy.clone_from(&self.settings.proxy.value);
        }
        transport
    }

    /// Whether the operator chose a store for this command. A store that the settings file names is for real data.
    pub(crate) fn store_was_chosen(&self) -> bool {
        matches!(
            self.settings.store.origin,
            crate::config::Origin::Flag(_) | crate::config::Origin::Variable(_)
        )
    }

    /// The words that lead other commands to the same store; a password in its address is not among them.
    pub(crate) fn same_store(&self) -> String {
        match (&self.settings.store.origin, &self.settings.store.value) {
            (crate::config::Origin::Flag(_), StoreAddress::Sqlite(path)) => {
                format!(" --store sqlite:{}", path.display())
            }
            (crate::config::Origin::Flag(_), address) => format!(" --store {address}"),
            _ => match self.settings.home.origin {
                crate::config::Origin::Flag(_) => format!(" --home {}", self.settings.home.value.display()),
                _ => String::new(),
            },
        }
    }
}
