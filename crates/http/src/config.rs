//! What a client is told once, when it is made.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use crate::address::AddressPolicy;
use crate::stats::Observer;
use crate::time::{Random, Timing, TokioTiming, WallClock};

/// Settings of a [`crate::Client`]. Start from [`ClientConfig::new`] and change what differs.
#[derive(Clone)]
pub struct ClientConfig {
    /// Certificates (PEM, one or more) trusted in addition to the machine's own.
    pub ca_pem: Option<Vec<u8>>,
    /// Accept any certificate. The caller warns about it.
    pub insecure_tls: bool,
    /// Which proxy requests go through.
    pub proxy: ProxySetting,
    /// Sent as `User-Agent`.
    pub user_agent: String,
    /// Longest time to establish a connection, TLS included. Default 10 s.
    pub connect_timeout: Duration,
    /// Longest time from sending a request to the end of its body. Default 60 s.
    pub request_timeout: Duration,
    /// Largest body accepted, in bytes after decompression. Default 64 MB.
    pub max_body: usize,
    /// Requests in flight at once. Default 8.
    pub max_in_flight: usize,
    /// Which addresses may be connected to.
    pub address_policy: AddressPolicy,
    /// Ask for compressed bodies. Default true.
    pub gzip: bool,
    /// How time passes.
    pub timing: Arc<dyn Timing>,
    /// Where jitter comes from.
    pub random: Random,
    /// Told about every finished attempt.
    pub observer: Option<Observer>,
}

impl ClientConfig {
    /// The defaults, for addresses the operator chose.
    pub fn new(user_agent: impl Into<String>, now_ms: WallClock, random: Random) -> Self {
        Self {
            ca_pem: None,
            insecure_tls: false,
            proxy: ProxySetting::System,
            user_agent: user_agent.into(),
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(60),
            max_body: 64 * 1024 * 1024,
            max_in_flight: 8,
            address_policy: AddressPolicy::Operator,
            gzip: true,
            timing: Arc::new(TokioTiming::new(now_ms)),
            random,
            observer: None,
        }
    }
}

impl fmt::Debug for ClientConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientConfig")
            .field("custom_ca", &self.ca_pem.is_some())
            .field("insecure_tls", &self.insecure_tls)
            .field("proxy", &self.proxy)
            .field("user_agent", &self.user_agent)
            .field("connect_timeout", &self.connect_timeout)
            .field("request_timeout", &self.request_timeout)
            .field("max_body", &self.max_body)
            .field("max_in_flight", &self.max_in_flight)
            .field("address_policy", &self.address_policy)
            .field("gzip", &self.gzip)
            .finish_non_exhaustive()
    }
}

/// Which proxy requests go through.
#[derive(Debug, Clone, Default)]
pub enum ProxySetting {
    /// `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY` as the environment has them. Loopback
    /// addresses are always reached directly.
    #[default]
    System,
    /// This one for every request; `http://`, `https://`, `socks5://` or `socks5h://`, with
    /// `user:password@` where it needs them.
    Explicit(SecretString),
    /// None, whatever the environment says.
    Direct,
}

/// Settings no client can be made from.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The extra certificates are not PEM, or hold no certificate.
    #[error("the CA file holds no readable PEM certificate")]
    BadCa,
    /// The proxy's address cannot be used.
    #[error("the proxy address is not usable: {0}")]
    BadProxy(String),
    /// The user agent has characters a header cannot carry.
    #[error("the user agent has characters that a header cannot carry")]
    BadUserAgent,
    /// TLS could not be set up.
    #[error("TLS could not be set up: {0}")]
    Tls(String),
}
