//! Which proxy requests go through, and whether its address can be one.

use crate::{config::Origin, context::Context, output::Finding};
use std::env;
use weir_http::{Url, mask_url};
use weir_model::Message;

/// Variables that name a proxy, in the order in which they are looked at for `https://`.
const VARIABLES: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

pub(super) fn look(context: &Context<'_>) -> Vec<Finding> {
    let setting = &context.settings.proxy;
    let mut named: Vec<(String, String)> = vec![];
    if let Some(address) = &setting.value {
        let from = match setting.origin {
            Origin::File => "weir.toml".to_owned(),
            origin => origin.describe(),
        };
        named.push((from, address.clone()));
    }
    let set = |name: &&str| env::var(name).ok().filter(|value| !value.is_empty());
    named.extend(VARIABLES.iter().filter_map(|name| Some(((*name).to_owned(), set(name)?))));
    let bad: Vec<Finding> = named
        .iter()
        .filter_map(|(variable, address)| {
            let detail = refusal(address)?.to_owned();
            Some(Finding::fail("proxy", &Message::ProxyBad { variable: variable.clone(), detail }))
        })
        .collect();
    if !bad.is_empty() {
        return bad;
    }
    let except = ["NO_PROXY", "no_proxy"].iter().find_map(set);
    let except = except.map(|list| format!(", except for {list}")).unwrap_or_default();
    vec![match named.first() {
        None => Finding::ok("proxy", "None is set; sites are reached directly."),
        Some((from, address)) => Finding::ok("proxy", format!("{} from {from}{except}.", mask_url(address))),
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
    use super::refusal;

    #[test]
    fn a_proxy_is_a_host_that_is_reached_in_a_known_way() {
        for good in ["http://proxy:3128", "proxy:3128", "socks5h://10.0.0.1:1080", "https://me:pw@proxy"] {
            assert_eq!(refusal(good), None, "{good}");
        }
        for bad in ["http://", "ftp://proxy", "http://proxy:port", "://"] {
            assert!(refusal(bad).is_some(), "{bad}");
        }
    }
}
