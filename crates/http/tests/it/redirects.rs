//! Credentials stay with the host they were given for.

use weir_http::{Auth, HttpError};

use crate::server::{Server, json, reply};
use crate::setup::{client, get};

fn bearer() -> Auth {
    Auth::Bearer("hunter2".into())
}

#[tokio::test]
async fn nothing_is_sent_to_another_port_host_or_scheme() {
    let other = Server::start(|_, _| json("{}")).await;
    let elsewhere = [
        other.url("/stolen").to_string(),
        format!("http://localhost:{}/stolen", other.addr.port()),
        format!("//127.0.0.2:{}/stolen", other.addr.port()),
        "https://127.0.0.1/stolen".to_owned(),
    ];
    for target in elsewhere {
        let location = format!("location: {target}");
        let server = Server::start(move |_, _| reply(302, &[&location], "")).await;
        let (client, _) = client();
        let error = client.send(get(server.url("/")).auth(bearer())).await.unwrap_err();
        assert!(matches!(error, HttpError::Redirected { .. }), "{target}: {error:?}");
        assert_eq!(server.seen().len(), 1);
    }
    assert_eq!(other.seen().len(), 0);
}

#[tokio::test]
async fn the_error_names_the_other_place_and_no_more() {
    let server =
        Server::start(|_, _| reply(301, &["location: https://new.example/login?token=hunter2"], "")).await;
    let (client, _) = client();
    let error = client.send(get(server.url("/"))).await.unwrap_err();
    let HttpError::Redirected { to_host, to_origin, .. } = &error else { panic!("{error:?}") };
    assert_eq!((to_host.as_str(), to_origin.as_str()), ("new.example", "https://new.example"));
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_redirect_within_the_origin_keeps_the_credentials() {
    let server = Server::start(|number, _| match number {
        0 => reply(307, &["location: /b?x=1"], ""),
        _ => json("{\"ok\":true}"),
    })
    .await;
    let (client, _) = client();
    let response = client.send(get(server.url("/a")).auth(bearer())).await.unwrap();
    assert_eq!(&*response.body, b"{\"ok\":true}");
    let seen = server.seen();
    assert_eq!(seen[1].first_line, "GET /b?x=1 HTTP/1.1");
    assert_eq!(seen[1].header("authorization"), Some("Bearer hunter2"));
    assert_eq!(client.stats().snapshot().requests, 2);
}

#[tokio::test]
async fn an_endless_redirect_ends_after_three() {
    let server = Server::start(|number, _| reply(302, &[&format!("location: /{number}")], "")).await;
    let (client, _) = client();
    let error = client.send(get(server.url("/"))).await.unwrap_err();
    assert!(matches!(error, HttpError::RedirectLoop { limit: 3, .. }), "{error:?}");
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn a_post_is_never_redirected() {
    let server = Server::start(|_, _| reply(307, &["location: /b"], "")).await;
    let (client, _) = client();
    let request = weir_http::Request::post(server.url("/a"), "test").json_body("{}");
    assert!(matches!(client.send(request).await, Err(HttpError::Redirected { .. })));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn an_unreadable_target_is_an_error() {
    let server = Server::start(|_, _| reply(302, &["location: http://["], "")).await;
    let (client, _) = client();
    assert!(matches!(client.send(get(server.url("/"))).await, Err(HttpError::Invalid(_))));
}
