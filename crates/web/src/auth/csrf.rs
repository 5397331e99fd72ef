//! Requests that another site makes a browser send, and names that another site gives this server.
//!
//! A browser says where a request comes from (`Sec-Fetch-Site`, `Origin`), and forms of a session carry its token. The token
//! is masked anew on each page, so that its length in a compressed page tells nothing.

use super::digest::{digest_of, hex, same, unhex};
use crate::app::ServerSettings;
use axum::http::{HeaderMap, header};
use std::net::IpAddr;
use weir_model::{Entropy, Message};

/// The field of a form that carries the token.
pub(crate) const FIELD: &str = "form_token";

/// The header that carries it where a script sends the request.
pub(crate) const HEADER: &str = "x-form-token";

/// What the forms of a session carry, before it is masked.
fn expected(session_token: &str) -> String {
    digest_of(&[b"form", session_token.as_bytes()])
}

/// The token of a session for one page.
pub(crate) fn form_token(session_token: &str, entropy: &dyn Entropy) -> String {
    let mut mask = [0; 32];
    entropy.fill(&mut mask);
    let bytes = unhex(&expected(session_token)).unwrap_or_default();
    let masked: Vec<u8> = bytes.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect();
    format!("{}{}", hex(&mask), hex(&masked))
}

/// Whether a token is of this session.
pub(crate) fn fits(token: &str, session_token: &str) -> bool {
    let Some(bytes) = unhex(token).filter(|bytes| bytes.len() == 64) else { return false };
    let (mask, masked) = bytes.split_at(32);
    let plain: Vec<u8> = masked.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect();
    same(hex(&plain).as_bytes(), expected(session_token).as_bytes())
}

/// Refuses what a browser sends for a page of another site.
///
/// # Errors
/// `request.origin`.
pub(crate) fn check_origin(headers: &HeaderMap, settings: &ServerSettings) -> Result<(), Message> {
    let text = |name| headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    let fetched = match text("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => !headers.contains_key("sec-fetch-site"),
    };
    let origin = match text(header::ORIGIN.as_str()) {
        Some(origin) => origin == own_origin(headers, settings),
        None => !headers.contains_key(header::ORIGIN),
    };
    if fetched && origin { Ok(()) } else { Err(Message::OriginForeign {}) }
}

/// The page of this server that a request was sent from, as a path; browsers tell it to the same server.
pub(crate) fn page_before(headers: &HeaderMap, settings: &ServerSettings) -> Option<String> {
    let before = headers.get(header::REFERER)?.to_str().ok()?;
    let path = before.strip_prefix(&own_origin(headers, settings))?;
    (path.starts_with('/') && !path.starts_with("//")).then(|| path.to_owned())
}

fn own_origin(headers: &HeaderMap, settings: &ServerSettings) -> String {
    match &settings.public_url {
        Some(url) => url.origin().ascii_serialization(),
        None => format!("http://{}", host(headers)),
    }
}

fn host(headers: &HeaderMap) -> &str {
    headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Refuses names that this server was not told: with one, another site could pass for this one in a browser. Addresses and
/// `localhost` belong to nobody else.
///
/// # Errors
/// `request.host`.
pub(crate) fn check_host(headers: &HeaderMap, settings: &ServerSettings) -> Result<(), Message> {
    let host = host(headers);
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') && !name.is_empty() => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    let public = settings.public_url.as_ref().and_then(|url| url.host_str());
    let known = name.eq_ignore_ascii_case("localhost")
        || address.parse::<IpAddr>().is_ok()
        || public.is_some_and(|public| public.eq_ignore_ascii_case(name));
    if known {
        return Ok(());
    }
    let shown: String = name.chars().filter(|c| !c.is_control()).take(100).collect();
    Err(Message::HostForeign { host: shown })
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_testkit::SeededEntropy;

    fn settings(public: Option<&str>) -> ServerSettings {
        ServerSettings {
            listen: ([127, 0, 0, 1], 8420).into(),
            public_url: public.map(|url| url.parse().unwrap()),
            ..ServerSettings::default()
        }
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (header::HeaderName::from_static(name), header::HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn a_token_is_another_one_on_each_page_and_of_one_session() {
        let entropy = SeededEntropy::new(1);
        let (one, two) = (form_token("a", &entropy), form_token("a", &entropy));
        assert_ne!(one, two);
        assert!(fits(&one, "a") && fits(&two, "a"));
        assert!(!fits(&one, "b") && !fits("", "a") && !fits(&one[1..], "a"));
    }

    #[test]
    fn what_another_site_sends_is_refused() {
        let own = ("host", "127.0.0.1:8420");
        let cases: &[(&[(&str, &str)], bool)] = &[
            (&[], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "http://127.0.0.1:8420")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("origin", "null")], false),
            (&[("origin", "http://127.0.0.1:9999")], false),
            (&[("origin", "https://127.0.0.1:8420")], false),
            (&[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")], false),
        ];
        for (pairs, fine) in cases {
            let pairs: Vec<(&'static str, &'static str)> = pairs.iter().copied().chain([own]).collect();
            assert_eq!(check_origin(&headers(&pairs), &settings(None)).is_ok(), *fine, "{pairs:?}");
        }
        let behind = settings(Some("https://weir.example/"));
        let through = headers(&[("host", "10.0.0.1:8420"), ("origin", "https://weir.example")]);
        assert!(check_origin(&through, &behind).is_ok());
    }

    #[test]
    fn only_names_that_were_told_are_answered() {
        let public = settings(Some("https://weir.example"));
        for host in ["127.0.0.1:8420", "localhost", "localhost:80", "[::1]:8420", "[::1]", "10.1.2.3"] {
            assert!(check_host(&headers(&[("host", host)]), &settings(None)).is_ok(), "{host}");
        }
        assert!(check_host(&headers(&[("host", "weir.example")]), &public).is_ok());
        for host in ["weir.example", "evil.example:8420", "", "localhost.evil.example"] {
            assert!(check_host(&headers(&[("host", host)]), &settings(None)).is_err(), "{host}");
        }
    }
}
