//! Credentials go where they belong and nowhere else.

use std::sync::{Arc, Mutex};

use weir_http::{Auth, Client, Request};

use crate::server::{Server, json, reply};
use crate::setup::{client, config, get};

#[tokio::test]
async fn the_schemes_are_spelled_as_jira_wants_them() {
    let server = Server::start(|_, _| json("{}")).await;
    let (client, _) = client();
    let basic = Auth::Basic { user: "me@acme.example".to_owned(), secret: "hunter2".into() };
    client.send(get(server.url("/")).auth(basic)).await.unwrap();
    client.send(get(server.url("/")).auth(Auth::Bearer("hunter2".into()))).await.unwrap();
    client.send(get(server.url("/"))).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen[0].header("authorization"), Some("Basic bWVAYWNtZS5leGFtcGxlOmh1bnRlcjI="));
    assert_eq!(seen[1].header("authorization"), Some("Bearer hunter2"));
    assert_eq!(seen[2].header("authorization"), None);
    assert_eq!(seen[0].header("user-agent"), Some("weir-test"));
    assert_eq!(seen[2].header("cookie"), None);
}

#[tokio::test]
async fn cookies_are_not_kept() {
    let server = Server::start(|_, _| reply(200, &["set-cookie: JSESSIONID=1; Path=/"], "{}")).await;
    let (client, _) = client();
    for _ in 0..2 {
        client.send(get(server.url("/"))).await.unwrap();
    }
    assert_eq!(server.seen()[1].header("cookie"), None);
}

#[tokio::test]
async fn nothing_printed_holds_a_credential_or_a_query() {
    let server = Server::start(|_, _| reply(500, &[], "you sent Authorization: Bearer hunter2hunter2")).await;
    let lines = Arc::new(Mutex::new(String::new()));
    let (mut config, _) = config(0.0);
    let log = Arc::clone(&lines);
    config.observer =
        Some(Arc::new(move |finished| log.lock().unwrap().push_str(&format!("{finished:?}\n"))));
    let client = Client::new(config).unwrap();
    let auth = Auth::Basic { user: "me".to_owned(), secret: "hunter2hunter2".into() };
    let request = Request::get(server.url("/rest/x?jql=hunter2hunter2"), "search").auth(auth.clone());
    let printed = format!("{auth:?} {request:?} {client:?} {:?}", client.stats());
    let error = client.send(request).await.unwrap_err();
    let printed = format!("{printed} {error} {error:?} {}", lines.lock().unwrap());
    assert!(!printed.contains("hunter2"), "{printed}");
    assert!(lines.lock().unwrap().contains("path: \"/rest/x\", group: \"search\", status: Some(500)"));
    assert_eq!(lines.lock().unwrap().lines().count(), 5);
}

#[tokio::test]
async fn a_credential_that_no_header_can_carry_is_refused_unquoted() {
    let server = Server::start(|_, _| json("{}")).await;
    let (client, _) = client();
    let error =
        client.send(get(server.url("/")).auth(Auth::Bearer("hunter2\r\nx: y".into()))).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    assert_eq!(server.seen().len(), 0);
}
