//! What every request may use.

use crate::{
    auth::{limits::Limits, oidc::Provider, password::Passwords, rates::Rates, shown_once::ShownOnce, used},
    fares::Fares,
    happening::Streams,
    life::{sendings::Sendings, watch::Watches},
    monitored::Monitored,
    operations::metrics::Metrics,
    tallied::Tallied,
    vocabularies::Vocabularies,
};
use std::{
    net::{IpAddr, SocketAddr},
    ops::Deref,
    path::PathBuf,
    sync::{Arc, atomic::AtomicBool},
};
use tokio::sync::{Mutex, Semaphore};
use url::Url;
use weir_http::Cidr;
use weir_ingest::{Environment, doctor::Proxies, hygiene::Recent, nudges::Outlet};
use weir_model::Millis;
use weir_store::Store;
use weir_vault::{KeyFile, Vault};

/// Requests to the API that one caller may send in a minute, unless said otherwise.
pub const USUAL_RATE: u32 = 1_200;

/// What an operator chose for the server.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The address that people type, where a proxy stands in front or a name is used.
    pub public_url: Option<Url>,
    /// The addresses that this server comes from as sites see it, where somebody said so.
    pub outgoing_addresses: Vec<IpAddr>,
    /// The version that it says it is.
    pub version: &'static str,
    /// The account that satellites have to name, where it is one for one account alone.
    pub tenant: Option<String>,
    /// Proxies that are believed when they say whom they speak for.
    pub trusted_proxies: Vec<Cidr>,
    /// Requests to the API that one caller may send in a minute.
    pub api_rate: u32,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8420)),
            public_url: None,
            outgoing_addresses: vec![],
            version: env!("CARGO_PKG_VERSION"),
            tenant: None,
            trusted_proxies: vec![],
            api_rate: USUAL_RATE,
        }
    }
}

impl ServerSettings {
    /// The address of this server as people type it, without a slash at its end.
    pub fn address(&self) -> String {
        match &self.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.listen),
        }
    }

    /// Whether browsers reach it through TLS.
    pub(crate) fn is_secure(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
    }
}

/// The parts that a server is made of.
#[derive(Debug)]
pub struct Parts {
    /// The rows.
    pub store: Store,
    /// Opens and seals credentials.
    pub vault: Vault,
    /// The clock, the random source, and what a source may use.
    pub environment: Environment,
    /// The folder of the key file and of backups.
    pub home: PathBuf,
    /// The proxy of integrations that name none; it may hold a password.
    pub proxy: Option<String>,
    /// The proxies that are set, as they may be shown.
    pub proxies: Proxies,
    /// Every setting, its value as it may be shown, and where it comes from.
    pub explained: Vec<(&'static str, String, String)>,
    /// What the operator chose.
    pub settings: ServerSettings,
    /// Where people can also sign in.
    pub provider: Option<Provider>,
    /// What nudges and notifications are sent with.
    pub outlet: Outlet,
}

/// A server's parts and what it remembers between requests. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App(Arc<Inner>);

/// What an [`App`] shares.
#[derive(Debug)]
pub struct Inner {
    parts: Parts,
    pub(crate) limits: Limits,
    pub(crate) rates: Rates,
    pub(crate) passwords: Passwords,
    pub(crate) metrics: Metrics,
    pub(crate) monitored: Monitored,
    /// How every integration fares.
    pub(crate) fares: Fares,
    /// Streams of events that are open.
    pub(crate) streams: Streams,
    /// Secrets that wait for the page that shows them.
    pub(crate) shown_once: ShownOnce,
    /// Checks that run behind an answer.
    pub(crate) watches: Watches,
    /// Counts of hygiene of a moment ago.
    pub(crate) counted: Recent,
    /// Counts over all issues of an integration.
    pub(crate) tallied: Tallied,
    /// Nudges that are sent behind an answer.
    pub(crate) sendings: Sendings,
    /// The words of queries, as sites have told them.
    pub(crate) vocabularies: Vocabularies,
    /// Held by whoever makes or proves a backup.
    pub(crate) backups: Arc<Mutex<()>>,
    /// Whether somebody is known who can sign in; never unlearnt.
    pub(crate) has_accounts: AtomicBool,
    /// Places of those who note that a key or a session was used.
    pub(crate) noting: Arc<Semaphore>,
}

impl App {
    /// A server of these parts, not listening yet.
    pub fn new(parts: Parts) -> Self {
        let environment = weir_ingest::with_grants(&parts.environment, &parts.store, &parts.vault);
        let parts = Parts { environment, ..parts };
        Self(Arc::new(Inner {
            limits: Limits::default(),
            rates: Rates::new(parts.settings.api_rate),
            passwords: Passwords::default(),
            metrics: Metrics::default(),
            monitored: Monitored::default(),
            fares: Fares::default(),
            streams: Streams::default(),
            shown_once: ShownOnce::default(),
            watches: Watches::default(),
            counted: Recent::default(),
            tallied: Tallied::default(),
            sendings: Sendings::default(),
            vocabularies: Vocabularies::default(),
            backups: Arc::default(),
            has_accounts: AtomicBool::new(false),
            noting: Arc::new(Semaphore::new(used::AT_ONCE)),
            parts,
        }))
    }
}

impl Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Deref for Inner {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl Parts {
    pub(crate) fn now(&self) -> Millis {
        self.environment.clock.now()
    }

    pub(crate) fn key_file(&self) -> KeyFile {
        KeyFile::in_folder(&self.home)
    }
}
