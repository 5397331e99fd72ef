//! Requests through a proxy.

use weir_http::{AddressPolicy, Auth, Client, HttpError, ProxySetting};

use crate::server::{Server, json, reply};
use crate::setup::{config, get, in_own_process};

fn through(proxy: &Server, userinfo: &str) -> Client {
    let (mut config, _) = config(0.0);
    config.proxy = ProxySetting::Explicit(format!("http://{userinfo}{}", proxy.addr).into());
    Client::new(config).unwrap()
}

#[tokio::test]
async fn an_explicit_proxy_is_asked_with_its_password() {
    let proxy = Server::start(|_, _| json("{\"via\":\"proxy\"}")).await;
    let client = through(&proxy, "me:hunter2@");
    let request = get("http://jira.example/rest".parse().unwrap()).auth(Auth::Bearer("t".into()));
    assert_eq!(client.send(request).await.unwrap().body[..], *b"{\"via\":\"proxy\"}");
    let seen = &proxy.seen()[0];
    assert_eq!(seen.first_line, "GET http://jira.example/rest HTTP/1.1");
    assert_eq!(seen.header("proxy-authorization"), Some("Basic bWU6aHVudGVyMg=="));
}

#[tokio::test]
async fn a_proxy_that_wants_a_password_is_named_without_ours() {
    let proxy = Server::start(|_, _| reply(407, &[], "")).await;
    let client = through(&proxy, "me:hunter2@");
    for url in ["http://jira.example/", "https://jira.example/"] {
        let error = client.send(get(url.parse().unwrap()).attempts(1)).await.unwrap_err();
        let HttpError::Proxy { proxy: named, .. } = &error else { panic!("{url}: {error:?}") };
        assert_eq!(*named, proxy.addr.to_string());
        assert!(!format!("{error} {error:?} {client:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn an_https_address_is_tunnelled() {
    let proxy = Server::start(|_, _| reply(403, &[], "")).await;
    let client = through(&proxy, "");
    let request =
        get("https://jira.example/rest?x=1".parse().unwrap()).auth(Auth::Bearer("t".into())).attempts(1);
    assert!(matches!(client.send(request).await, Err(HttpError::Proxy { .. })));
    let seen = &proxy.seen()[0];
    assert_eq!(seen.first_line, "CONNECT jira.example:443 HTTP/1.1");
    assert_eq!(seen.header("authorization"), None);
}

#[tokio::test]
async fn a_dead_proxy_is_not_mistaken_for_a_dead_site() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    drop(listener);
    let (mut config, _) = config(0.0);
    config.proxy = ProxySetting::Explicit(format!("http://{addr}").into());
    let client = Client::new(config).unwrap();
    let error = client.send(get("http://jira.example/".parse().unwrap()).attempts(1)).await.unwrap_err();
    let expected = HttpError::Proxy { proxy: addr.to_string(), detail: "connection refused".to_owned() };
    assert_eq!(error, expected);
}

#[tokio::test]
async fn names_are_judged_before_a_proxy_resolves_them() {
    let proxy = Server::start(|_, _| json("{}")).await;
    let (mut config, _) = config(0.0);
    config.proxy = ProxySetting::Explicit(format!("http://{}", proxy.addr).into());
    config.address_policy = AddressPolicy::PublicOnly { allowed: Vec::new() };
    let client = Client::new(config).unwrap();
    for url in ["https://localhost/", "https://10.0.0.1/", "http://localhost/"] {
        let error = client.send(get(url.parse().unwrap())).await.unwrap_err();
        assert!(matches!(error, HttpError::AddressBlocked { .. }), "{url}: {error:?}");
    }
    assert_eq!(proxy.seen().len(), 0);
}

#[tokio::test]
async fn the_system_proxy_is_used_except_for_loopback() {
    let dead = "http://127.0.0.1:1";
    let environment = [("HTTP_PROXY", dead), ("http_proxy", dead), ("NO_PROXY", ""), ("no_proxy", "")];
    if in_own_process("proxies::the_system_proxy_is_used_except_for_loopback", &environment) {
        let server = Server::start(|_, _| json("{}")).await;
        let (config, _) = config(0.0);
        let client = Client::new(config).unwrap();
        client.send(get(server.url("/")).attempts(1)).await.unwrap();
        let away = client.send(get("http://jira.example/".parse().unwrap()).attempts(1)).await.unwrap_err();
        let expected =
            HttpError::Proxy { proxy: "127.0.0.1:1".to_owned(), detail: "connection refused".to_owned() };
        assert_eq!(away, expected);
    }
}
