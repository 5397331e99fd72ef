//! Which addresses may be connected to.

use std::net::IpAddr;

use weir_http::{AddressPolicy, Client, HttpError, Url};

use crate::server::{Server, json, reply};
use crate::setup::{client, config, get};

fn guarded(allowed: &[&str]) -> Client {
    let (mut config, _) = config(0.0);
    let allowed = allowed.iter().map(|range| range.parse().unwrap()).collect();
    config.address_policy = AddressPolicy::PublicOnly { allowed };
    Client::new(config).unwrap()
}

async fn refused(url: &str) -> HttpError {
    guarded(&[]).send(get(url.parse().unwrap()).attempts(1)).await.unwrap_err()
}

#[tokio::test]
async fn every_spelling_of_a_private_address_is_refused() {
    for (url, expected) in [
        ("https://127.0.0.1/", "127.0.0.1"),
        ("https://2130706433/", "127.0.0.1"),
        ("https://0x7f000001/", "127.0.0.1"),
        ("https://0177.0.0.1/", "127.0.0.1"),
        ("https://127.1/", "127.0.0.1"),
        ("https://169.254.169.254/latest/meta-data/", "169.254.169.254"),
        ("https://10.0.0.1/", "10.0.0.1"),
        ("https://[::1]/", "::1"),
        ("https://[::ffff:127.0.0.1]/", "::ffff:127.0.0.1"),
        ("https://[::ffff:7f00:1]/", "::ffff:127.0.0.1"),
        ("https://[64:ff9b::7f00:1]/", "64:ff9b::7f00:1"),
        ("https://[2002:7f00:1::]/", "2002:7f00:1::"),
        ("https://[fd00::1]/", "fd00::1"),
    ] {
        let HttpError::AddressBlocked { addr, .. } = refused(url).await else {
            panic!("{url} was let through")
        };
        assert_eq!(addr, expected.parse::<IpAddr>().unwrap(), "{url}");
    }
}

#[tokio::test]
async fn a_name_that_resolves_to_loopback_is_refused_when_connecting() {
    let server = Server::start(|_, _| json("{}")).await;
    for scheme in ["http", "https"] {
        let error = refused(&format!("{scheme}://localhost:{}/", server.addr.port())).await;
        let HttpError::AddressBlocked { host, addr } = error else { panic!("{error:?}") };
        assert!(host.starts_with("localhost"), "{host}");
        assert!(addr.is_loopback());
    }
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn a_blocked_address_is_not_tried_again() {
    let (mut config, sleeper) = config(0.0);
    config.address_policy = AddressPolicy::PublicOnly { allowed: Vec::new() };
    Client::new(config).unwrap().send(get("https://localhost/".parse().unwrap())).await.unwrap_err();
    assert_eq!(sleeper.sleeps(), []);
}

#[tokio::test]
async fn an_opened_range_may_be_reached_in_plain() {
    let server = Server::start(|_, _| json("{}")).await;
    let client = guarded(&["127.0.0.0/8", "::1"]);
    assert!(client.send(get(server.url("/"))).await.is_ok());
    let by_name: Url = format!("http://localhost:{}/", server.addr.port()).parse().unwrap();
    assert!(client.send(get(by_name)).await.is_ok());
}

#[tokio::test]
async fn an_opened_host_may_be_reached_by_its_name_and_not_by_its_address() {
    let server = Server::start(|_, _| json("{}")).await;
    let client = guarded(&["localhost"]);
    let by_name: Url = format!("http://localhost:{}/", server.addr.port()).parse().unwrap();
    assert!(client.send(get(by_name)).await.is_ok());
    let error = client.send(get(server.url("/"))).await.unwrap_err();
    assert!(matches!(error, HttpError::AddressBlocked { .. }), "{error:?}");
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_not_followed() {
    let inside = Server::start(|_, _| json("{}")).await;
    for to in ["http://127.0.0.1", "http://2130706433", "http://[::ffff:127.0.0.1]"] {
        let location = format!("location: {to}:{}/", inside.addr.port());
        let outside = Server::start(move |_, _| reply(302, &[&location], "")).await;
        let by_name: Url = format!("http://localhost:{}/", outside.addr.port()).parse().unwrap();
        let error = guarded(&["localhost"]).send(get(by_name)).await.unwrap_err();
        assert!(matches!(error, HttpError::Redirected { .. }), "{to}: {error:?}");
    }
    assert_eq!(inside.seen().len(), 0);
}

#[tokio::test]
async fn users_may_not_speak_plain_http_to_public_addresses() {
    assert!(matches!(refused("http://8.8.8.8/").await, HttpError::PlainHttp { .. }));
}

#[tokio::test]
async fn ports_that_sites_do_not_usually_have_are_refused_to_users() {
    for url in ["https://8.8.8.8:22/", "https://[2606:4700::1111]:6379/", "https://8.8.8.8:9443/"] {
        assert!(matches!(refused(url).await, HttpError::PortBlocked { .. }), "{url}");
    }
    let server = Server::start(|_, _| json("{}")).await;
    let port = server.addr.port();
    let by_name: Url = format!("http://localhost:{port}/").parse().unwrap();
    let sent = async |opened: &str| guarded(&[opened]).send(get(by_name.clone()).attempts(1)).await;
    assert!(sent(&format!("localhost:{port}")).await.is_ok());
    let error = sent("localhost:9443").await.unwrap_err();
    assert!(matches!(error, HttpError::PortBlocked { port: named, .. } if named == port), "{error:?}");
    let by_address: Url = format!("http://127.0.0.1:{port}/").parse().unwrap();
    let sent = async |opened: &str| guarded(&[opened]).send(get(by_address.clone()).attempts(1)).await;
    assert!(sent(&format!("127.0.0.1:{port}")).await.is_ok());
    for other in ["127.0.0.1:9443", "[::1]:9443"] {
        let error = sent(other).await.unwrap_err();
        assert!(matches!(error, HttpError::AddressBlocked { .. }), "{other}: {error:?}");
    }
}

#[tokio::test]
async fn a_redirect_to_another_port_is_not_followed() {
    let inside = Server::start(|_, _| json("{}")).await;
    let location = format!("location: http://localhost:{}/", inside.addr.port());
    let outside = Server::start(move |_, _| reply(302, &[&location], "")).await;
    let by_name: Url = format!("http://localhost:{}/", outside.addr.port()).parse().unwrap();
    let error = guarded(&["localhost"]).send(get(by_name)).await.unwrap_err();
    assert!(matches!(error, HttpError::Redirected { .. }), "{error:?}");
    assert_eq!(inside.seen().len(), 0);
}

#[tokio::test]
async fn other_schemes_are_refused() {
    for url in ["ftp://127.0.0.1/", "file:///etc/passwd", "data:,x"] {
        assert!(matches!(refused(url).await, HttpError::Invalid(_)), "{url}");
        let (client, _) = client();
        assert!(matches!(client.send(get(url.parse().unwrap())).await, Err(HttpError::Invalid(_))), "{url}");
    }
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_named() {
    let (client, _) = client();
    let request = get("https://no-such-host.invalid/".parse().unwrap()).attempts(2);
    let error = client.send(request).await.unwrap_err();
    assert_eq!(error, HttpError::Dns { host: "no-such-host.invalid".to_owned() });
    assert_eq!(client.stats().snapshot().requests, 2);
}

#[tokio::test]
async fn a_closed_port_is_a_refused_connection() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    drop(listener);
    let (client, sleeper) = client();
    let error = client.send(get(format!("http://{addr}/").parse().unwrap())).await.unwrap_err();
    let expected = HttpError::Connect { host: addr.to_string(), detail: "connection refused".to_owned() };
    assert_eq!(error, expected);
    assert_eq!(sleeper.sleeps(), [1000, 2000, 4000, 8000]);
}
