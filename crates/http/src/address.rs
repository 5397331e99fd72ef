//! Which addresses a request may connect to.
//!
//! The policy judges the address that is actually connected to, not the name that was typed: a name
//! may resolve to a private address, and may resolve differently the second time.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use url::Host;

/// Ports that addresses of users may name: those of the web, and those that Jira is usually given.
const USUAL_PORTS: [u16; 5] = [80, 443, 2990, 8080, 8443];

/// Where a client may connect to, by who chose the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressPolicy {
    /// The operator gave the address; everything is allowed, plain `http://` too.
    Operator,
    /// A user gave the address: only public addresses over `https://`, and what is listed here.
    PublicOnly {
        /// What the operator has opened; plain `http://` is allowed there.
        allowed: Vec<Opened>,
    },
}

/// What an operator has opened to addresses that users give.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Opened {
    /// Every address of a range.
    Range(Cidr),
    /// The host of this name, wherever it is; or one port of an address.
    Host {
        /// The name, or the address as it is written usually.
        name: String,
        /// The one port that may be asked; every port where it is `None`.
        port: Option<u16>,
    },
}

/// Something that is neither a range nor the name of a host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "neither an address range such as 10.20.0.0/16 nor a host such as jira.acme.example, jira.acme.example:9443 or 10.20.0.7:9443"
)]
pub struct OpenedError;

impl FromStr for Opened {
    type Err = OpenedError;

    fn from_str(text: &str) -> Result<Self, OpenedError> {
        let text = text.trim();
        if let Ok(range) = text.parse() {
            return Ok(Self::Range(range));
        }
        // What a browser takes for an address is no name: 10.1 is 10.0.0.1.
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => {
                (host, Some(port.parse().ok().filter(|port| *port > 0).ok_or(OpenedError)?))
            }
            None => (text, None),
        };
        if port.is_some() {
            let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
            if let Ok(ip) = bare.parse::<IpAddr>() {
                return Ok(Self::Host { name: ip.to_string(), port });
            }
        }
        match Host::parse(host) {
            Ok(Host::Domain(name)) if is_name(&name) => Ok(Self::Host { name, port }),
            _ => Err(OpenedError),
        }
    }
}

fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    name.split('.').all(|part| !part.is_empty() && part.chars().all(plain))
}

impl fmt::Display for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(range) => range.fmt(f),
            Self::Host { name, port: None } => f.write_str(name),
            Self::Host { name, port: Some(port) } if name.contains(':') => write!(f, "[{name}]:{port}"),
            Self::Host { name, port: Some(port) } => write!(f, "{name}:{port}"),
        }
    }
}

impl AddressPolicy {
    /// Whether a connection to `ip` may be made.
    pub fn permits(&self, ip: IpAddr) -> bool {
        match self {
            Self::Operator => true,
            Self::PublicOnly { .. } => self.opened(ip) || is_public(ip),
        }
    }

    /// Whether plain `http://` may be spoken with `ip`.
    pub fn permits_plain_http(&self, ip: IpAddr) -> bool {
        match self {
            Self::Operator => true,
            Self::PublicOnly { .. } => self.opened(ip),
        }
    }

    /// Whether the operator opened this port of the host of this name, or of an address as it is written usually.
    pub fn is_opened(&self, host: &str, port: u16) -> bool {
        matches!(self, Self::PublicOnly { .. }) && self.port_of_host(host, port) == Some(true)
    }

    /// Whether this port of `ip` may be asked: of what is opened every port, otherwise those that sites usually have.
    pub(crate) fn permits_port(&self, ip: IpAddr, port: u16) -> bool {
        is_usual_port(port) || self.opened(ip)
    }

    /// Whether this port of the host of this name may be asked, where something was said of that host.
    pub(crate) fn port_of_host(&self, name: &str, port: u16) -> Option<bool> {
        let Self::PublicOnly { allowed } = self else { return Some(true) };
        let mut ports = allowed.iter().filter_map(|one| match one {
            Opened::Host { name: host, port } if host == name => Some(*port),
            _ => None,
        });
        let first = ports.next()?;
        Some([first].into_iter().chain(ports).any(|opened| opened.is_none_or(|opened| opened == port)))
    }

    fn opened(&self, ip: IpAddr) -> bool {
        match self {
            Self::Operator => true,
            Self::PublicOnly { allowed } => {
                allowed.iter().any(|one| matches!(one, Opened::Range(range) if range.contains(ip)))
            }
        }
    }

    /// Whether the host of this name may be reached wherever it is.
    pub(crate) fn permits_host(&self, name: &str) -> bool {
        match self {
            Self::Operator => true,
            Self::PublicOnly { allowed } => {
                allowed.iter().any(|one| matches!(one, Opened::Host { name: host, .. } if host == name))
            }
        }
    }
}

/// Whether a port is one of those that addresses of users may name anywhere.
pub(crate) fn is_usual_port(port: u16) -> bool {
    USUAL_PORTS.contains(&port)
}

/// A range of addresses such as `10.20.0.0/16` or `fd00::/8`; a bare address is a range of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cidr {
    network: IpAddr,
    prefix: u8,
}

/// A range that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an address range: expected something like 10.20.0.0/16 or fd00::/8")]
pub struct CidrError;

impl Cidr {
    /// Whether the range holds `ip`. An IPv4-mapped IPv6 address counts as the IPv4 address in it.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.network, ip.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(ip)) => {
                same_prefix(network.to_bits().into(), ip.to_bits().into(), 32 - self.prefix)
            }
            (IpAddr::V6(network), IpAddr::V6(ip)) => {
                same_prefix(network.to_bits(), ip.to_bits(), 128 - self.prefix)
            }
            _ => false,
        }
    }
}

fn same_prefix(a: u128, b: u128, host_bits: u8) -> bool {
    (a ^ b).checked_shr(host_bits.into()).unwrap_or(0) == 0
}

impl FromStr for Cidr {
    type Err = CidrError;

    fn from_str(text: &str) -> Result<Self, CidrError> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let network: IpAddr = address.trim().parse().map_err(|_| CidrError)?;
        let width = if network.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.trim().parse().map_err(|_| CidrError)?,
            None => width,
        };
        if prefix > width {
            return Err(CidrError);
        }
        Ok(Self { network, prefix })
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.prefix)
    }
}

/// Whether an address belongs to the public internet (IANA special-purpose registries). Forms that
/// carry an IPv4 address inside an IPv6 one are never public.
pub(crate) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let special = match ip.octets() {
        [0 | 10 | 127, ..] => true,
        [100, second, ..] => second & 0xc0 == 64,
        [169, 254, ..] | [192, 168, ..] => true,
        [172, second, ..] => second & 0xf0 == 16,
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 51, 100, _] | [203, 0, 113, _] => true,
        [198, second, ..] => second & 0xfe == 18,
        [first, ..] => first >= 224,
    };
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    match ip.segments() {
        [0x2001, second, ..] => second >= 0x0200 && second != 0x0db8,
        [0x2002, ..] => false,
        [0x3fff, second, ..] => second >= 0x1000,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public_only(allowed: &[&str]) -> AddressPolicy {
        AddressPolicy::PublicOnly { allowed: allowed.iter().map(|range| range.parse().unwrap()).collect() }
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn special_addresses_are_refused_to_users() {
        for refused in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:8.8.8.8",
            "::ffff:127.0.0.1",
            "::8.8.8.8",
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!public_only(&[]).permits(ip(refused)), "{refused} must be refused");
            assert!(AddressPolicy::Operator.permits(ip(refused)));
        }
    }

    #[test]
    fn public_addresses_are_permitted_to_users() {
        for permitted in [
            "8.8.8.8",
            "100.63.0.1",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2001:4860:4860::8888",
            "2a00:1450::1",
        ] {
            assert!(public_only(&[]).permits(ip(permitted)), "{permitted} must be permitted");
        }
    }

    #[test]
    fn an_opened_range_is_permitted_exactly() {
        let policy = public_only(&["10.20.0.0/16", "fd00:1::/32", "192.168.1.5"]);
        for inside in ["10.20.0.0", "10.20.255.255", "::ffff:10.20.3.4", "fd00:1::9", "192.168.1.5"] {
            assert!(policy.permits(ip(inside)), "{inside}");
            assert!(policy.permits_plain_http(ip(inside)), "{inside}");
        }
        for outside in ["10.19.255.255", "10.21.0.0", "fd00:2::9", "192.168.1.6", "::1"] {
            assert!(!policy.permits(ip(outside)), "{outside}");
        }
        assert!(!policy.permits_plain_http(ip("8.8.8.8")));
    }

    #[test]
    fn an_opened_host_is_permitted_by_its_name_alone() {
        let policy = public_only(&["Jira.Acme.Example", "10.0.0.0/8"]);
        assert!(policy.permits_host("jira.acme.example"));
        assert!(!policy.permits_host("acme.example") && !policy.permits_host("x.jira.acme.example"));
        assert!(!policy.permits(ip("192.168.1.1")));
        for bad in
            ["", "10.1", "0x7f.1", "10.0.0.0/33", "a b", "*.acme.example", "https://acme.example", "a..b"]
        {
            assert_eq!(bad.parse::<Opened>(), Err(OpenedError), "{bad}");
        }
        assert_eq!("JIRA".parse::<Opened>().unwrap().to_string(), "jira");
    }

    #[test]
    fn ports_that_sites_do_not_usually_have_are_opened_one_by_one() {
        let policy = public_only(&["jira.acme.example:9443", "any.acme.example", "10.0.0.0/8"]);
        assert_eq!(policy.port_of_host("jira.acme.example", 9443), Some(true));
        assert_eq!(policy.port_of_host("jira.acme.example", 443), Some(false), "no other port was opened");
        assert_eq!(policy.port_of_host("any.acme.example", 22), Some(true));
        assert_eq!(policy.port_of_host("acme.example", 9443), None);
        assert!(policy.permits_port(ip("10.1.2.3"), 22) && !policy.permits_port(ip("8.8.8.8"), 22));
        assert!(USUAL_PORTS.into_iter().all(|port| policy.permits_port(ip("8.8.8.8"), port)));
        for written in ["jira:9443", "10.20.0.7:9443", "[fd00::7]:9443"] {
            assert_eq!(written.parse::<Opened>().unwrap().to_string(), written);
        }
        assert_eq!("Jira:9443".parse::<Opened>().unwrap().to_string(), "jira:9443");
        assert_eq!(public_only(&["10.0.0.7:9443"]).port_of_host("10.0.0.7", 443), Some(false));
        assert!(!public_only(&["10.0.0.7:9443"]).permits(ip("10.0.0.7")), "no other port by that");
        for bad in ["jira:", "jira:0", "jira:70000", "jira:x", "10.1:80", ":80"] {
            assert_eq!(bad.parse::<Opened>(), Err(OpenedError), "{bad}");
        }
    }

    #[test]
    fn a_range_of_everything_holds_everything() {
        assert!("0.0.0.0/0".parse::<Cidr>().unwrap().contains(ip("203.0.113.9")));
        assert!("::/0".parse::<Cidr>().unwrap().contains(ip("fe80::1")));
    }

    #[test]
    fn unreadable_ranges_are_refused() {
        for bad in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "example.com", "10.0.0.0/", "10.0.0.0/-1"] {
            assert_eq!(bad.parse::<Cidr>(), Err(CidrError), "{bad}");
        }
        assert_eq!("10.0.0.0/8".parse::<Cidr>().unwrap().to_string(), "10.0.0.0/8");
    }
}
