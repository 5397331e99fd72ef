//! Where a request comes from: the other end of the connection, or, where that is a proxy that the operator trusts, whom the
//! proxy says it speaks for. What others write into the same headers is not believed.

use axum::http::{HeaderMap, header};
use std::net::IpAddr;
use weir_http::Cidr;

/// The address of whoever asks.
pub(crate) fn of_caller(peer: IpAddr, headers: &HeaderMap, trusted: &[Cidr]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|range| range.contains(*address));
    if !is_trusted(&peer) {
        return peer;
    }
    let (forwarded, for_) = (forwarded(headers), x_forwarded_for(headers));
    let hops = match (forwarded, for_) {
        // A proxy writes one of them and may let the other one through as it came.
        (Some(one), Some(other)) if one != other => return peer,
        (Some(hops), _) | (None, Some(hops)) => hops,
        (None, None) => return peer,
    };
    // Each proxy adds at the end whom it speaks for, so the first one from there that is no proxy of ours is the caller; what
    // stands before it anybody may have written.
    let mut caller = peer;
    for hop in hops.into_iter().rev() {
        let Some(hop) = hop else { return caller };
        caller = hop;
        if !is_trusted(&hop) {
            break;
        }
    }
    caller
}

/// `X-Forwarded-For`: addresses in a row; `None` for what is none.
fn x_forwarded_for(headers: &HeaderMap) -> Option<Vec<Option<IpAddr>>> {
    let name = header::HeaderName::from_static("x-forwarded-for");
    listed(headers, &name).map(|hops| hops.iter().map(|hop| address(hop)).collect())
}

/// `Forwarded` (RFC 7239): the parameter `for` of each element.
fn forwarded(headers: &HeaderMap) -> Option<Vec<Option<IpAddr>>> {
    let of = |hop: &String| {
        let pair = hop.split(';').filter_map(|pair| pair.trim().split_once('='));
        pair.into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("for"))
            .and_then(|(_, value)| address(value))
    };
    listed(headers, &header::FORWARDED).map(|hops| hops.iter().map(of).collect())
}

fn listed(headers: &HeaderMap, name: &header::HeaderName) -> Option<Vec<String>> {
    let lines: Vec<&str> = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("?")).collect();
    (!lines.is_empty()).then(|| lines.join(",").split(',').map(|hop| hop.trim().to_owned()).collect())
}

/// An address with or without a port, brackets and quotes.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    if let Some(rest) = text.strip_prefix('[') {
        return rest.split(']').next().and_then(|address| address.parse().ok());
    }
    text.rsplit_once(':').and_then(|(address, _)| address.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &'static str)], expected: &str) {
        let trusted: Vec<Cidr> = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let pair = |(name, value): &(&'static str, &'static str)| {
            (header::HeaderName::from_static(name), header::HeaderValue::from_static(value))
        };
        let headers: HeaderMap = headers.iter().map(pair).collect();
        let found = of_caller("10.0.0.1".parse().unwrap(), &headers, &trusted);
        assert_eq!(found.to_string(), expected, "{headers:?}");
    }

    #[test]
    fn a_trusted_proxy_says_whom_it_speaks_for_and_what_came_before_is_not_believed() {
        check(&[], "10.0.0.1");
        check(&[("x-forwarded-for", "192.0.2.7")], "192.0.2.7");
        check(&[("x-forwarded-for", "1.1.1.1, 192.0.2.7")], "192.0.2.7");
        check(&[("x-forwarded-for", "1.1.1.1, 192.0.2.7, 10.0.0.9")], "192.0.2.7");
        check(&[("x-forwarded-for", "192.0.2.7:51234")], "192.0.2.7");
        check(&[("x-forwarded-for", "unknown, 10.0.0.9")], "10.0.0.9");
        check(&[("x-forwarded-for", "nonsense")], "10.0.0.1");
        check(&[("forwarded", "for=192.0.2.60;proto=http;by=203.0.113.43")], "192.0.2.60");
        check(&[("forwarded", "For=1.1.1.1, for=\"[2001:db8::17]:4711\"")], "2001:db8::17");
        check(&[("forwarded", "for=_hidden")], "10.0.0.1");
    }

    #[test]
    fn two_headers_that_do_not_agree_are_not_believed() {
        check(&[("forwarded", "for=1.1.1.1"), ("x-forwarded-for", "192.0.2.7")], "10.0.0.1");
        check(&[("forwarded", "for=192.0.2.7"), ("x-forwarded-for", "192.0.2.7")], "192.0.2.7");
    }

    #[test]
    fn nobody_else_is_asked() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", header::HeaderValue::from_static("127.0.0.1"));
        let peer: IpAddr = "192.0.2.9".parse().unwrap();
        assert_eq!(of_caller(peer, &headers, &["10.0.0.0/8".parse().unwrap()]), peer);
        assert_eq!(of_caller(peer, &headers, &[]), peer);
    }
}
