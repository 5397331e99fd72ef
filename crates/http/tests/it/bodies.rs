//! Bodies come whole, or not at all.

use weir_http::{Client, HttpError};

use crate::server::{Reply, Server, json};
use crate::setup::{client, config, get};

fn raw(head: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\n{head}\r\n").as_bytes(), body].concat()
}

#[tokio::test]
async fn a_large_body_arrives_unchanged() {
    let body: Vec<u8> = (0..5_000_000_u32).flat_map(|i| i.to_le_bytes()).take(5_000_000).collect();
    let sent = body.clone();
    let server =
        Server::start(move |_, _| Reply::Raw(raw(&format!("content-length: {}\r\n", sent.len()), &sent)))
            .await;
    let (client, _) = client();
    assert_eq!(client.send(get(server.url("/"))).await.unwrap().body[..], body);
    assert_eq!(client.stats().bytes_in(), 5_000_000);
}

#[tokio::test]
async fn a_body_without_a_length_arrives_unchanged() {
    let chunks = b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
    let server = Server::start(move |_, _| Reply::Raw(raw("transfer-encoding: chunked\r\n", chunks))).await;
    let (client, _) = client();
    assert_eq!(client.send(get(server.url("/"))).await.unwrap().body[..], *b"hello world");
}

/// `{"compressed":true}` in one stored block (RFC 1951 §3.2.4) of a gzip member (RFC 1952).
const GZIP_JSON: &[u8] = &[
    0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0x02, 0x03, 0x01, 0x13, 0x00, 0xec, 0xff, b'{', b'"', b'c', b'o', b'm',
    b'p', b'r', b'e', b's', b's', b'e', b'd', b'"', b':', b't', b'r', b'u', b'e', b'}', 0xf1, 0xea, 0x39,
    0x95, 0x13, 0, 0, 0,
];

#[tokio::test]
async fn a_compressed_body_is_asked_for_and_unpacked() {
    let head = format!("content-encoding: gzip\r\ncontent-length: {}\r\n", GZIP_JSON.len());
    let server = Server::start(move |_, _| Reply::Raw(raw(&head, GZIP_JSON))).await;
    let (client, _) = client();
    let body = client.send(get(server.url("/"))).await.unwrap().body;
    assert_eq!(body.as_ref(), b"{\"compressed\":true}");
    assert!(server.seen()[0].header("accept-encoding").unwrap().contains("gzip"));
}

#[tokio::test]
async fn compression_is_not_asked_for_when_switched_off() {
    let server = Server::start(|_, _| json("{}")).await;
    let (mut config, _) = config(0.0);
    config.gzip = false;
    Client::new(config).unwrap().send(get(server.url("/"))).await.unwrap();
    assert_eq!(server.seen()[0].header("accept-encoding"), None);
}

#[tokio::test]
async fn a_body_beyond_the_cap_is_refused_announced_or_not() {
    let announced = raw("content-length: 2000\r\n", &[b'x'; 2000]);
    let unannounced =
        [raw("transfer-encoding: chunked\r\n", b"7d0\r\n"), vec![b'x'; 2000], b"\r\n0\r\n\r\n".to_vec()]
            .concat();
    for answer in [announced, unannounced] {
        let server = Server::start(move |_, _| Reply::Raw(answer.clone())).await;
        let (mut config, _) = config(0.0);
        config.max_body = 1999;
        let error = Client::new(config).unwrap().send(get(server.url("/"))).await.unwrap_err();
        assert_eq!(error, HttpError::TooLarge { host: server.addr.to_string(), limit: 1999 });
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn the_cap_counts_unpacked_bytes() {
    let head = format!("content-encoding: gzip\r\ncontent-length: {}\r\n", GZIP_JSON.len());
    let server = Server::start(move |_, _| Reply::Raw(raw(&head, GZIP_JSON))).await;
    let (mut config, _) = config(0.0);
    config.max_body = 18;
    let error = Client::new(config).unwrap().send(get(server.url("/"))).await.unwrap_err();
    assert!(matches!(error, HttpError::TooLarge { limit: 18, .. }), "{error:?}");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_tried_again() {
    let server = Server::start(|number, _| match number {
        0 => Reply::Cut(raw("content-length: 100\r\n", b"{\"half\":")),
        1 => Reply::Cut(raw("transfer-encoding: chunked\r\n", b"5\r\nhello\r\n")),
        _ => json("{\"whole\":1}"),
    })
    .await;
    let (client, _) = client();
    let response = client.send(get(server.url("/"))).await.unwrap();
    assert_eq!((response.attempts, &*response.body), (3, b"{\"whole\":1}".as_slice()));
}

#[tokio::test]
async fn a_body_that_always_breaks_off_is_an_error() {
    let server = Server::start(|_, _| Reply::Cut(raw("content-length: 100\r\n", b"{\"half\":"))).await;
    let (client, _) = client();
    let error = client.send(get(server.url("/"))).await.unwrap_err();
    assert_eq!(error, HttpError::Truncated { host: server.addr.to_string() });
}

#[tokio::test]
async fn what_is_not_http_is_named_so() {
    let server = Server::start(|_, _| Reply::Cut(b"SSH-2.0-OpenSSH\r\n".to_vec())).await;
    let (client, _) = client();
    assert!(matches!(client.send(get(server.url("/"))).await, Err(HttpError::NotHttp { .. })));
    assert_eq!(server.seen().len(), 1);
}
