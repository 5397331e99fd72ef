//! Signing in at an identity provider: OpenID Connect, the authorization code flow with PKCE, `state` and `nonce`.
//!
//! Who somebody is there is the issuer and the subject of an ID token that was proved, never an e-mail address. The token's
//! keys come from the provider that the operator named, its algorithm from a list of ours. A subject that nobody has linked to an account
//! gets none.

mod discovery;
mod exchange;
pub(crate) mod flow;
pub(crate) mod groups;
pub(crate) mod logout;
pub(crate) mod token;

use crate::app::App;
use discovery::Known;
pub use groups::GroupRole;
use std::{fmt, sync::Arc};
use tokio::sync::Mutex;
use url::Url;
use weir_http::{Client, ClientConfig, ConfigError, HttpError, Secret};
use weir_ingest::Environment;
use weir_model::Message;

/// Largest answer of a provider.
const LARGEST: usize = 1024 * 1024;

/// What an operator says of an identity provider.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    /// The issuer, just as its tokens carry it.
    pub issuer: String,
    /// Who we are there.
    pub client_id: String,
    /// What proves it; without one we are a public client, and PKCE alone protects the code.
    pub client_secret: Option<Secret>,
    /// What people call it, on the button.
    pub name: String,
    /// An authority of the operator's own for its certificate.
    pub ca_pem: Option<String>,
    /// What is asked for beside `openid`, where a provider tells of groups to those alone who ask for them.
    pub scope: Option<String>,
    /// The claim of its tokens that names groups.
    pub groups_claim: String,
    /// Roles that groups give.
    pub groups: Vec<GroupRole>,
}

/// An identity provider, and what is known of it.
pub struct Provider {
    pub(crate) settings: ProviderSettings,
    client: Client,
    known: Mutex<Option<Arc<Known>>>,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Provider {
    /// A provider that is not asked anything yet: a server starts also while its provider is away.
    ///
    /// # Errors
    /// `sign_in.settings`.
    pub fn new(settings: ProviderSettings, environment: &Environment) -> Result<Self, Message> {
        let bad = |detail: String| Message::ProviderSettings { detail };
        if !settings.issuer.parse::<Url>().is_ok_and(|url| is_trusted(&url)) {
            return Err(bad("The issuer must be an https:// address without a query".into()));
        }
        if settings.client_id.is_empty() {
            return Err(bad("The client id is empty".into()));
        }
        let (clock, entropy) = (environment.clock.clone(), environment.entropy.clone());
        let random = Arc::new(move || {
            let mut bytes = [0_u8; 4];
            entropy.fill(&mut bytes);
            f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
        });
        let agent = concat!("weir/", env!("CARGO_PKG_VERSION"));
        let mut config = ClientConfig::new(agent, Arc::new(move || clock.now().0), random);
        config.ca_pem = settings.ca_pem.as_ref().map(|pem| pem.clone().into_bytes());
        config.max_body = LARGEST;
        let client = Client::new(config).map_err(|error| match error {
            ConfigError::BadCa => bad("The file of --oidc-ca-file holds no PEM certificate".into()),
            other => bad(other.to_string()),
        })?;
        Ok(Self { settings, client, known: Mutex::default() })
    }

    /// What went wrong on the way to the provider, as it is told.
    fn unreachable(&self, error: &HttpError) -> Message {
        Message::ProviderAway { provider: self.settings.name.clone(), detail: error.to_string() }
    }

    /// That the provider, or what came from it, is not believed.
    pub(crate) fn refused(&self, detail: impl Into<String>) -> Message {
        Message::ProviderRefused { provider: self.settings.name.clone(), detail: detail.into() }
    }
}

/// Addresses that may carry codes and keys: through TLS, or on this very machine.
fn is_trusted(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => return false,
    };
    let scheme = url.scheme() == "https" || (url.scheme() == "http" && is_here);
    scheme && url.username().is_empty() && url.password().is_none() && url.fragment().is_none()
}

/// Where the provider sends people back to.
pub(crate) fn callback(app: &App) -> String {
    format!("{}/login/oidc/callback", app.settings.address())
}
