//! Name resolution that refuses addresses the policy forbids, at the moment of connecting.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::address::{AddressPolicy, is_usual_port};
use crate::error::HttpError;

/// Why a name gives no address to connect to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ResolveError {
    #[error("the name cannot be resolved")]
    NotFound,
    #[error("the name resolves to {addr}, which is not allowed")]
    Blocked { addr: IpAddr },
}

/// The system's resolver with the policy behind it.
#[derive(Debug, Clone)]
pub(crate) struct PolicyResolver {
    policy: AddressPolicy,
    /// Names the operator set as proxies; the policy is not about them.
    exempt: BTreeSet<String>,
}

impl PolicyResolver {
    pub(crate) fn new(policy: AddressPolicy, exempt: BTreeSet<String>) -> Self {
        Self { policy, exempt }
    }

    /// All addresses of a name. One forbidden address refuses the name as a whole, so that a name
    /// with a public and a private address gets nowhere.
    async fn lookup(&self, name: &str) -> Result<Vec<SocketAddr>, ResolveError> {
        let found: Vec<SocketAddr> =
            tokio::net::lookup_host((name, 0)).await.map_err(|_| ResolveError::NotFound)?.collect();
        if found.is_empty() {
            return Err(ResolveError::NotFound);
        }
        if self.exempt.contains(name) || self.policy.permits_host(name) {
            return Ok(found);
        }
        match found.iter().find(|address| !self.policy.permits(address.ip())) {
            Some(address) => Err(ResolveError::Blocked { addr: address.ip() }),
            None => Ok(found),
        }
    }

    /// Judges what can be judged before connecting: literal addresses, which no resolver sees,
    /// plain `http://`, and names that a proxy will resolve instead of us. A name that only the
    /// proxy can resolve is left to the proxy.
    pub(crate) async fn check(&self, url: &Url, through_proxy: bool) -> Result<(), HttpError> {
        let host = url.host_str().unwrap_or_default().to_owned();
        if !matches!(url.scheme(), "http" | "https") {
            return Err(HttpError::Invalid("only http and https addresses can be asked".to_owned()));
        }
        if self.policy == AddressPolicy::Operator {
            return Ok(());
        }
        let plain = url.scheme() == "http";
        let port = url.port_or_known_default().unwrap_or_default();
        let blocked = || HttpError::PortBlocked { host: host.clone(), port };
        let is_usual = is_usual_port(port);
        let literal = match url.host() {
            Some(Host::Ipv4(ip)) => Some(IpAddr::from(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::from(ip)),
            Some(Host::Domain(_)) | None => None,
        };
        // One port of an address may be opened, and no other one by that.
        if literal.is_some_and(|ip| self.policy.port_of_host(&ip.to_string(), port) == Some(true)) {
            return Ok(());
        }
        let addresses: Vec<IpAddr> = match url.host() {
            Some(Host::Ipv4(ip)) => vec![ip.into()],
            Some(Host::Ipv6(ip)) => vec![ip.into()],
            Some(Host::Domain(name)) if self.policy.permits_host(name) => {
                return match self.policy.port_of_host(name, port) {
                    Some(false) => Err(blocked()),
                    Some(true) | None => Ok(()),
                };
            }
            Some(Host::Domain(name)) if plain || through_proxy || !is_usual => {
                match self.lookup(name).await {
                    Ok(found) => found.iter().map(SocketAddr::ip).collect(),
                    Err(ResolveError::Blocked { addr }) => {
                        return Err(HttpError::AddressBlocked { host, addr });
                    }
                    Err(ResolveError::NotFound) if !is_usual && through_proxy => return Err(blocked()),
                    Err(ResolveError::NotFound) if through_proxy && !plain => return Ok(()),
                    Err(ResolveError::NotFound) => return Err(HttpError::Dns { host }),
                }
            }
            Some(Host::Domain(_)) => return Ok(()),
            None => return Err(HttpError::Invalid("the address has no host".to_owned())),
        };
        if let Some(addr) = addresses.iter().find(|ip| !self.policy.permits(**ip)) {
            return Err(HttpError::AddressBlocked { host, addr: *addr });
        }
        if !addresses.iter().all(|ip| self.policy.permits_port(*ip, port)) {
            return Err(blocked());
        }
        if plain && !addresses.iter().all(|ip| self.policy.permits_plain_http(*ip)) {
            return Err(HttpError::PlainHttp { host });
        }
        Ok(())
    }
}

impl Resolve for PolicyResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let found = resolver.lookup(name.as_str()).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
