//! What is tried again, what is not, and who waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use weir_http::{Client, HttpError, Idempotent, Request};

use crate::server::{Reply, Server, json, reply};
use crate::setup::{client, config, get};

#[tokio::test]
async fn trouble_that_passes_is_waited_out() {
    for status in [500, 502, 503, 504] {
        let server =
            Server::start(move |number, _| if number < 3 { reply(status, &[], "no") } else { json("{}") })
                .await;
        let (client, sleeper) = client();
        let response = client.send(get(server.url("/"))).await.unwrap();
        assert_eq!(response.attempts, 4);
        assert_eq!(sleeper.sleeps(), [1000, 2000, 4000]);
        assert_eq!(response.waited, Duration::from_secs(7));
        let stats = client.stats().snapshot();
        // Nobody asked for these pauses.
        assert_eq!((stats.requests, stats.retries, stats.waited_ms), (4, 3, 0));
    }
}

#[tokio::test]
async fn trouble_that_stays_is_reported_with_what_was_said() {
    let server = Server::start(|_, _| reply(503, &[], "<h1>Down\x1b[2J</h1>")).await;
    let (client, _) = client();
    let error = client.send(get(server.url("/"))).await.unwrap_err();
    let HttpError::Unavailable { status, snippet, .. } = &error else { panic!("{error:?}") };
    assert_eq!((*status, snippet.as_str()), (503, "<h1>Down</h1>"));
    assert_eq!(server.seen().len(), 5);
}

#[tokio::test]
async fn refusals_are_answers_and_are_not_tried_again() {
    for status in [400, 401, 403, 404, 410, 413, 414, 501] {
        let server = Server::start(move |_, _| reply(status, &[], "no")).await;
        let (client, sleeper) = client();
        assert_eq!(client.send(get(server.url("/"))).await.unwrap().status.as_u16(), status);
        assert_eq!((server.seen().len(), sleeper.sleeps().len()), (1, 0));
    }
}

#[tokio::test]
async fn a_503_that_names_a_wait_gets_it_and_other_rate_headers_are_ignored() {
    let headers = ["retry-after: 20", "x-ratelimit-reset: 2026-03-01T12:10Z"];
    let server = Server::start(move |number, _| match number {
        0 => reply(503, &headers, ""),
        1 => reply(503, &headers[1..], ""),
        _ => json("{}"),
    })
    .await;
    let (client, sleeper) = client();
    client.send(get(server.url("/"))).await.unwrap();
    assert_eq!(sleeper.sleeps(), [22_000, 2000]);
}

#[tokio::test]
async fn one_attempt_means_one() {
    let server = Server::start(|number, _| reply(if number == 0 { 503 } else { 429 }, &[], "")).await;
    let (client, sleeper) = client();
    assert!(matches!(
        client.send(get(server.url("/")).attempts(1)).await,
        Err(HttpError::Unavailable { .. })
    ));
    assert!(matches!(
        client.send(get(server.url("/")).attempts(1)).await,
        Err(HttpError::RateLimited { .. })
    ));
    assert_eq!((server.seen().len(), sleeper.sleeps().len()), (2, 0));
}

#[tokio::test]
async fn a_429_is_waited_for_as_long_as_it_says() {
    let server =
        Server::start(|number, _| if number == 0 { reply(429, &["retry-after: 7"], "") } else { json("{}") })
            .await;
    let (config, sleeper) = config(0.0);
    let client = Client::new(config).unwrap();
    let response = client.send(get(server.url("/"))).await.unwrap();
    assert_eq!(sleeper.sleeps(), [7000]);
    assert_eq!((response.attempts, response.waited), (2, Duration::from_secs(7)));
    let stats = client.stats().snapshot();
    assert_eq!((stats.groups["test"].rate_limited, stats.waited_ms), (1, 7000));
}

#[tokio::test]
async fn a_stand_in_of_an_hour_gives_way_to_the_reset_instant() {
    let server = Server::start(|number, _| match number {
        0 => reply(429, &["retry-after: 3600", "x-ratelimit-reset: 2026-03-01T12:01Z"], ""),
        _ => json("{}"),
    })
    .await;
    let (config, sleeper) = config(0.0);
    Client::new(config).unwrap().send(get(server.url("/"))).await.unwrap();
    assert_eq!(sleeper.sleeps(), [60_000]);
}

#[tokio::test]
async fn endless_rate_limiting_ends_with_its_reason() {
    let headers = ["ratelimit-reason: jira-burst-based", "retry-after: 1"];
    let server = Server::start(move |_, _| reply(429, &headers, "")).await;
    let (client, _) = client();
    let error = client.send(get(server.url("/"))).await.unwrap_err();
    let expected = HttpError::RateLimited {
        host: server.addr.to_string(),
        retry_after: Some(Duration::from_secs(1)),
        reason: Some("jira-burst-based".to_owned()),
    };
    assert_eq!(error, expected);
    assert_eq!(server.seen().len(), 10);
}

/// Sends one request that is told to wait a minute and gives up, then another of `group`.
async fn wait_after_refusal(reason: &'static str, group: &'static str) -> Vec<u128> {
    let header = format!("ratelimit-reason: {reason}");
    let server =
        Server::start(
            move |number, _| {
                if number == 0 { reply(429, &["retry-after: 60", &header], "") } else { json("{}") }
            },
        )
        .await;
    let (config, sleeper) = config(0.0);
    let client = Client::new(config).unwrap();
    client.send(Request::get(server.url("/"), "search").attempts(1)).await.unwrap_err();
    client.send(Request::get(server.url("/"), group)).await.unwrap();
    sleeper.sleeps()
}

#[tokio::test]
async fn a_burst_limit_holds_its_group_and_no_other() {
    assert_eq!(wait_after_refusal("jira-burst-based", "search").await, [60_000]);
    assert_eq!(wait_after_refusal("jira-burst-based", "boards").await, []);
}

#[tokio::test]
async fn a_used_up_quota_holds_every_group() {
    assert_eq!(wait_after_refusal("jira-quota-tenant-based", "boards").await, [60_000]);
}

#[tokio::test]
async fn a_request_that_queued_before_the_refusal_waits_too() {
    let server = Server::start(
        |number, _| if number == 0 { reply(429, &["retry-after: 60"], "") } else { json("{}") },
    )
    .await;
    let (mut config, sleeper) = config(0.0);
    config.max_in_flight = 1;
    let client = Client::new(config).unwrap();
    let first = client.send(get(server.url("/first")).attempts(1));
    let queued = client.send(get(server.url("/queued")));
    let (first, queued) = tokio::join!(first, queued);
    assert!(first.is_err());
    assert_eq!((queued.unwrap().attempts, sleeper.sleeps()), (1, vec![60_000]));
}

#[tokio::test]
async fn a_post_is_repeated_only_when_that_is_safe() {
    let script = |number, _: &_| if number == 0 { reply(503, &[], "") } else { json("{}") };
    let post = |server: &Server| Request::post(server.url("/"), "test").json_body("{\"a\":1}");
    let server = Server::start(script).await;
    let (client, _) = client();
    assert!(client.send(post(&server)).await.is_err());
    assert_eq!(server.seen().len(), 1);

    let server = Server::start(script).await;
    client.send(post(&server).idempotent(Idempotent::Yes)).await.unwrap();
    assert_eq!(server.seen()[1].body, "{\"a\":1}");
    assert_eq!(server.seen()[1].header("content-type"), Some("application/json"));

    let server = Server::start(|number, _| if number == 0 { reply(429, &[], "") } else { json("{}") }).await;
    client.send(post(&server)).await.unwrap();
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_broken_connection_is_tried_again() {
    let server =
        Server::start(|number, _| if number == 0 { Reply::Cut(Vec::new()) } else { json("{}") }).await;
    let (client, _) = client();
    assert_eq!(client.send(get(server.url("/"))).await.unwrap().attempts, 2);

    let server = Server::start(|_, _| Reply::Cut(Vec::new())).await;
    let post = Request::post(server.url("/"), "test");
    assert!(matches!(client.send(post).await, Err(HttpError::Connect { .. })));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_silent_server_times_out() {
    let server = Server::start(|_, _| Reply::Silence).await;
    let (client, _) = client();
    let after = Duration::from_millis(50);
    let error = client.send(get(server.url("/")).timeout(after).attempts(2)).await.unwrap_err();
    assert_eq!(error, HttpError::Timeout { host: server.addr.to_string(), after });
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn an_empty_success_is_tried_again_where_json_is_due() {
    let script = |number, _: &_| if number == 0 { reply(200, &[], "") } else { json("{}") };
    let server = Server::start(script).await;
    let (client, _) = client();
    let response = client.send(get(server.url("/")).expect_json()).await.unwrap();
    assert_eq!(response.require_json().unwrap(), b"{}");
    assert_eq!(server.seen()[0].header("accept"), Some("application/json"));

    let server = Server::start(|_, _| reply(200, &[], "")).await;
    assert!(matches!(client.send(get(server.url("/")).expect_json()).await, Err(HttpError::Empty { .. })));
    assert!(client.send(get(server.url("/"))).await.unwrap().body.is_empty());
}

#[tokio::test]
async fn no_more_requests_are_in_flight_than_allowed() {
    let (now, peak) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: weir_http::Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let app = (Arc::clone(&now), Arc::clone(&peak), Arc::clone(&gate));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (now, peak, gate) = app.clone();
            tokio::spawn(async move {
                use tokio::io::{AsyncReadExt, AsyncWriteExt};
                let mut buffer = [0; 4096];
                while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {
                    peak.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
                    gate.acquire().await.unwrap().forget();
                    now.fetch_sub(1, SeqCst);
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
                }
            });
        }
    });
    let (mut config, _) = config(0.0);
    config.max_in_flight = 3;
    let client = Client::new(config).unwrap();
    let requests: Vec<_> = (0..20)
        .map(|_| {
            let (client, url) = (client.clone(), url.clone());
            tokio::spawn(async move { client.send(get(url)).await })
        })
        .collect();
    while now.load(SeqCst) < 3 {
        tokio::task::yield_now().await;
    }
    gate.add_permits(20);
    for request in requests {
        request.await.unwrap().unwrap();
    }
    assert_eq!(peak.load(SeqCst), 3);
    let stats = client.stats().snapshot();
    assert_eq!((stats.requests, stats.in_flight, stats.peak_in_flight, stats.bytes_in), (20, 0, 3, 40));
}
