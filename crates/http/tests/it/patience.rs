//! How long a request that belongs to a run goes on, and when it gives way.

use std::time::Duration;

use weir_http::{Client, HttpError, Request};

use crate::server::{Reply, Server, json, reply};
use crate::setup::{client, config, get};

const PATIENCE: Duration = Duration::from_secs(480);

fn page() -> Reply {
    reply(200, &["content-type: text/html"], "<html><h1>Maintenance</h1></html>")
}

#[tokio::test]
async fn a_maintenance_page_is_waited_out_by_a_run() {
    let server = Server::start(|number, _| if number < 2 { page() } else { json("{}") }).await;
    let (client, sleeper) = client();
    let request = get(server.url("/")).expect_json().patience(PATIENCE);
    assert_eq!(client.send(request).await.unwrap().require_json().unwrap(), b"{}");
    assert_eq!(sleeper.sleeps(), [1000, 2000]);
}

#[tokio::test]
async fn a_page_that_stays_is_told_after_three_tries_and_at_once_to_who_waits() {
    let server = Server::start(|_, _| page()).await;
    let (client, _) = client();
    let error = client.send(get(server.url("/")).expect_json().patience(PATIENCE)).await.unwrap_err();
    assert_eq!(error, HttpError::NotJson { host: server.addr.to_string(), looks_like_login: false });
    assert_eq!(server.seen().len(), 3);
    assert!(client.send(get(server.url("/")).expect_json()).await.unwrap().require_json().is_err());
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn json_that_calls_itself_a_page_is_json() {
    let server = Server::start(|_, _| reply(200, &["content-type: text/html"], " {\"a\":1}")).await;
    let (client, _) = client();
    client.send(get(server.url("/")).expect_json().patience(PATIENCE)).await.unwrap();
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_site_that_answered_before_is_waited_for_while_it_is_down() {
    let server = Server::start(|number, _| match number {
        1..=9 => reply(503, &[], ""),
        _ => json("{}"),
    })
    .await;
    let (config, sleeper) = config(0.5);
    let client = Client::new(config).unwrap();
    client.send(get(server.url("/"))).await.unwrap();
    let response = client.send(get(server.url("/")).patience(PATIENCE)).await.unwrap();
    assert_eq!(response.attempts, 10);
    assert_eq!(sleeper.sleeps(), [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000]);
}

#[tokio::test]
async fn a_site_that_stays_down_is_given_up_when_patience_ends() {
    let server = Server::start(|number, _| if number == 0 { json("{}") } else { reply(503, &[], "") }).await;
    let (client, sleeper) = client();
    client.send(get(server.url("/"))).await.unwrap();
    let error = client.send(get(server.url("/")).patience(PATIENCE)).await.unwrap_err();
    assert!(matches!(error, HttpError::Unavailable { .. }));
    let waited: u128 = sleeper.sleeps().iter().sum();
    assert_eq!(waited, PATIENCE.as_millis());
}

#[tokio::test]
async fn a_site_that_never_answered_is_given_up_after_its_attempts() {
    let server = Server::start(|_, _| reply(503, &[], "")).await;
    let (client, _) = client();
    client.send(get(server.url("/")).patience(PATIENCE)).await.unwrap_err();
    assert_eq!(server.seen().len(), 5);
}

#[tokio::test]
async fn one_request_that_fails_while_others_succeed_is_not_waited_for() {
    let server =
        Server::start(
            |_, seen| {
                if seen.first_line.contains("/poison") { reply(500, &[], "") } else { json("{}") }
            },
        )
        .await;
    let (config, _) = config(1.0);
    let client = Client::new(config).unwrap();
    let others = async {
        loop {
            client.send(get(server.url("/good"))).await.unwrap();
        }
    };
    let poison = client.send(Request::get(server.url("/poison"), "other").patience(PATIENCE));
    let error = tokio::select! { error = poison => error.unwrap_err(), () = others => unreachable!() };
    assert!(matches!(error, HttpError::Unavailable { status: 500, .. }));
    assert_eq!(server.seen().iter().filter(|seen| seen.first_line.contains("/poison")).count(), 5);
}

#[tokio::test]
async fn who_can_ask_for_less_learns_of_a_time_out_at_once() {
    let server =
        Server::start(|number, _| if number == 0 { Reply::Silence } else { reply(504, &[], "") }).await;
    let (client, sleeper) = client();
    let divisible = || get(server.url("/")).timeout(Duration::from_millis(50)).divisible();
    assert!(matches!(client.send(divisible()).await, Err(HttpError::Timeout { .. })));
    assert!(matches!(client.send(divisible()).await, Err(HttpError::Unavailable { status: 504, .. })));
    assert_eq!((server.seen().len(), sleeper.sleeps().len()), (2, 0));
}

#[tokio::test]
async fn a_run_waits_for_a_limit_as_long_as_it_lasts() {
    let refusals = 30;
    let server =
        Server::start(
            move |number, _| {
                if number < refusals { reply(429, &["retry-after: 120"], "") } else { json("{}") }
            },
        )
        .await;
    let (config, sleeper) = config(0.0);
    let client = Client::new(config).unwrap();
    let response = client.send(get(server.url("/")).patience(PATIENCE)).await.unwrap();
    assert_eq!(response.waited, Duration::from_secs(120 * refusals as u64));
    assert_eq!(client.stats().snapshot().waited_ms, sleeper.sleeps().iter().sum::<u128>() as u64);
}

#[tokio::test]
async fn a_quota_is_waited_for_until_its_reset_an_hour_away() {
    let headers = [
        "ratelimit-reason: jira-quota-global-based",
        "retry-after: 3600",
        "x-ratelimit-reset: 2026-03-01T12:45Z",
    ];
    let server =
        Server::start(move |number, _| if number == 0 { reply(429, &headers, "") } else { json("{}") }).await;
    let (config, sleeper) = config(0.0);
    Client::new(config).unwrap().send(get(server.url("/"))).await.unwrap();
    assert_eq!(sleeper.sleeps(), [45 * 60_000]);
}

#[tokio::test]
async fn limits_that_are_only_announced_hold_nobody_back() {
    let headers = [
        "content-type: application/json",
        "beta-ratelimit: \"global-app-quota\";r=0;t=1800",
        "beta-ratelimit-policy: \"global-app-quota\";q=1;w=3600",
        "beta-retry-after: 100",
    ];
    let server = Server::start(move |_, _| reply(200, &headers, "{}")).await;
    let (client, sleeper) = client();
    for _ in 0..20 {
        client.send(get(server.url("/"))).await.unwrap();
    }
    assert_eq!(sleeper.sleeps().len(), 0);
}

#[tokio::test]
async fn what_can_be_asked_for_in_parts_waits_for_a_limit_all_the_same() {
    let server = Server::start(|number, _| match number {
        0..20 => reply(429, &["retry-after: 1"], ""),
        _ => json("{}"),
    })
    .await;
    let (client, _) = client();
    let part = || get(server.url("/")).attempts(3).divisible();
    assert_eq!(client.send(part().waits_for_limits()).await.unwrap().attempts, 21);
    // It is a failure that it gives way to.
    let server = Server::start(|_, _| reply(503, &[], "")).await;
    client.send(get(server.url("/")).attempts(3).divisible().waits_for_limits()).await.unwrap_err();
    assert_eq!(server.seen().len(), 3);
}
