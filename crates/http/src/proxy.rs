//! Which requests go through which proxy.

use std::collections::BTreeSet;
use std::fmt;

use hyper_util::client::proxy::matcher::Matcher;
use secrecy::ExposeSecret;
use url::{Host, Url};

use crate::config::{ConfigError, ProxySetting};

/// Decides for each address whether a proxy is asked.
pub(crate) enum Routes {
    Direct,
    Explicit(Url),
    System(Box<Matcher>),
}

impl Routes {
    pub(crate) fn new(setting: &ProxySetting) -> Result<Self, ConfigError> {
        match setting {
            ProxySetting::Direct => Ok(Self::Direct),
            ProxySetting::System => {
                let routes = Self::System(Box::new(Matcher::from_system()));
                Ok(if routes.proxy_hosts().is_empty() { Self::Direct } else { routes })
            }
            ProxySetting::Explicit(address) => parse(address.expose_secret()).map(Self::Explicit),
        }
    }

    /// The proxy for an address, as `host:port`, or nothing when it is reached directly.
    pub(crate) fn proxy_for(&self, url: &Url) -> Option<String> {
        match self {
            Self::Direct => None,
            Self::Explicit(proxy) => Some(host_and_port(proxy)),
            Self::System(_) if is_loopback(url) => None,
            Self::System(matcher) => {
                let uri: http::Uri = url.as_str().parse().ok()?;
                let found = matcher.intercept(&uri)?;
                Some(found.uri().authority().map_or_else(String::new, |authority| authority.to_string()))
            }
        }
    }

    pub(crate) fn is_direct(&self) -> bool {
        matches!(self, Self::Direct)
    }

    /// Names of the proxies that are certain beforehand.
    pub(crate) fn proxy_hosts(&self) -> BTreeSet<String> {
        let probe = |scheme: &str| format!("{scheme}://proxy-probe.invalid/").parse::<Url>().ok();
        ["http", "https"]
            .into_iter()
            .filter_map(probe)
            .filter_map(|url| self.proxy_for(&url))
            .filter_map(|authority| {
                authority.rsplit_once(':').map(|(host, _)| host.to_owned()).or(Some(authority))
            })
            .collect()
    }
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Direct => "Direct",
            Self::Explicit(_) => "Explicit",
            Self::System(_) => "System",
        })
    }
}

/// Tells the transport about its proxy; without one it never uses any.
pub(crate) fn apply(
    builder: reqwest::ClientBuilder,
    setting: Option<&ProxySetting>,
) -> Result<reqwest::ClientBuilder, ConfigError> {
    match setting {
        None | Some(ProxySetting::Direct) => Ok(builder.no_proxy()),
        Some(ProxySetting::System) => Ok(builder),
        Some(ProxySetting::Explicit(address)) => {
            let proxy = reqwest::Proxy::all(parse(address.expose_secret())?)
                .map_err(|_| ConfigError::BadProxy("it cannot be used as a proxy".to_owned()))?;
            Ok(builder.proxy(proxy))
        }
    }
}

fn parse(address: &str) -> Result<Url, ConfigError> {
    let url: Url = address.parse().map_err(|_| {
        ConfigError::BadProxy("it is not an address such as http://proxy.example:3128".to_owned())
    })?;
    if !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") || url.host().is_none() {
        return Err(ConfigError::BadProxy("it must start with http://, https:// or socks5://".to_owned()));
    }
    Ok(url)
}

/// Whether an address points at this machine by its literal form or the name `localhost`.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.to_canonical().is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// `host:port`, the port left out where it is the scheme's own.
pub(crate) fn host_and_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn system(http: &str, https: &str, no: &str) -> Routes {
        Routes::System(Box::new(Matcher::builder().http(http).https(https).no(no).build()))
    }

    #[test]
    fn loopback_never_goes_through_the_system_proxy() {
        let routes = system("http://p.example:3128", "http://p.example:3128", "");
        for local in
            ["http://127.0.0.1:8080/a", "https://localhost/", "http://[::1]/", "http://jira.localhost/"]
        {
            assert_eq!(routes.proxy_for(&url(local)), None, "{local}");
        }
        assert_eq!(routes.proxy_for(&url("https://acme.example/")).as_deref(), Some("p.example:3128"));
    }

    #[test]
    fn the_system_exceptions_are_honoured() {
        let routes = system("", "http://p.example:3128", "internal.example");
        assert_eq!(routes.proxy_for(&url("https://jira.internal.example/")), None);
        assert_eq!(routes.proxy_for(&url("http://other.example/")), None);
    }

    #[test]
    fn an_explicit_proxy_takes_everything() {
        let setting = ProxySetting::Explicit("http://u:hunter2@p.example:3128".into());
        let routes = Routes::new(&setting).unwrap();
        assert_eq!(routes.proxy_for(&url("http://127.0.0.1/")).as_deref(), Some("p.example:3128"));
        assert_eq!(routes.proxy_hosts(), BTreeSet::from(["p.example".to_owned()]));
        assert!(!format!("{setting:?} {routes:?}").contains("hunter2"));
    }

    #[test]
    fn unusable_proxy_addresses_are_refused_without_being_quoted() {
        for bad in ["p.example:hunter2", "ftp://hunter2@p.example", "nonsense hunter2"] {
            let error = Routes::new(&ProxySetting::Explicit(bad.into())).unwrap_err();
            assert!(matches!(error, ConfigError::BadProxy(_)));
            assert!(!error.to_string().contains("hunter2"));
        }
    }
}
