//! Which proxy requests go through, and whether its address can be one.

use super::Finding;
use weir_model::Message;
use weir_source::{Url, mask_url};

/// A proxy that a setting or a variable names. A password in its address is not kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedProxy {
    /// What names it.
    from: String,
    /// The address without its password.
    shown: String,
    /// Why the address is none of a proxy.
    refusal: Option<&'static str>,
}

impl NamedProxy {
    /// The proxy at an address that a setting or a variable of this name holds.
    pub fn new(from: impl Into<String>, address: &str) -> Self {
        Self { from: from.into(), shown: mask_url(address), refusal: refusal(address) }
    }
}

/// The proxies that are set.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Proxies {
    /// All of them, the one in force first.
    pub named: Vec<NamedProxy>,
    /// The hosts that are reached without one, as they are listed.
    pub except: Option<String>,
}

pub(super) fn look(proxies: &Proxies) -> Vec<Finding> {
    let bad: Vec<Finding> = proxies
        .named
        .iter()
        .filter_map(|proxy| {
            let (variable, detail) = (proxy.from.clone(), proxy.refusal?.to_owned());
            Some(Finding::fail("proxy", &Message::ProxyBad { variable, detail }))
        })
        .collect();
    if !bad.is_empty() {
        return bad;
    }
    let except = proxies.except.as_ref().map(|list| format!(", except for {list}")).unwrap_or_default();
    vec![match proxies.named.first() {
        None => Finding::ok("proxy", "None is set; sites are reached directly."),
        Some(NamedProxy { from, shown, .. }) => Finding::ok("proxy", format!("{shown} from {from}{except}.")),
    }]
}

/// Why an address is none of a proxy. A host and port without a scheme is one of the variables' usual forms.
fn refusal(address: &str) -> Option<&'static str> {
    let text = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    match Url::parse(&text) {
        Err(_) => Some("It is not an address"),
        Ok(url) if !url.has_host() => Some("It names no host"),
        Ok(url) if !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") => {
            Some("A proxy is reached by http://, https://, socks5:// or socks5h://")
        }
        Ok(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_a_host_that_is_reached_in_a_known_way() {
        for good in ["http://proxy:3128", "proxy:3128", "socks5h://10.0.0.1:1080", "https://me:pw@proxy"] {
            assert_eq!(refusal(good), None, "{good}");
        }
        for bad in ["http://", "ftp://proxy", "http://proxy:port", "://"] {
            assert!(refusal(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_password_of_a_proxy_is_not_kept() {
        let proxy = NamedProxy::new("HTTPS_PROXY", "http://me:hunter2@proxy:3128");
        assert!(!format!("{proxy:?}").contains("hunter2"), "{proxy:?}");
    }
}
