//! The limit of requests: what is refused, what the headers tell, and what is counted.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use jira_sim::{DcVersion, Rate, SimOptions, WorldSpec};
use serde_json::json;
use support::*;

const RATE: Option<Rate> = Some(Rate { per_second: 1, burst: 3 });

#[tokio::test]
async fn beyond_the_limit_cloud_answers_429_with_its_headers_and_counts_it() {
    let options = SimOptions { rate: RATE, ..SimOptions::default() };
    let sim = start_with(WorldSpec::sized(300), options).await;
    let (reader, admin) = (client(&sim, READER), client(&sim, ADMIN));
    for left in ["2", "1", "0"] {
        let answer = reader.get("/rest/api/3/myself").await;
        assert_eq!((answer.status, answer.header("x-ratelimit-limit")), (200, Some("3")));
        assert_eq!(answer.header("x-ratelimit-remaining"), Some(left));
        assert_eq!(answer.header("x-ratelimit-nearlimit").is_some(), left == "0");
    }
    let refused = admin.get("/rest/api/3/myself").await;
    assert_eq!(refused.status, 429, "all callers share the bucket of an endpoint");
    assert_eq!(admin.get("/rest/api/3/field").await.status, 200, "another endpoint has a bucket of its own");
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(refused.header("ratelimit-reason"), Some("jira-burst-based"));
    let reset = refused.header("x-ratelimit-reset").unwrap();
    assert_eq!((reset.len(), &reset[16..]), (17, "Z"), "{reset}");
    let stats = Client::new(sim.url(), None).get("/_sim/stats").await.good();
    assert_eq!((&stats["over_limit"], &stats["in_flight_max"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn on_data_center_every_caller_has_a_bucket_and_server_info_takes_nothing() {
    let options = SimOptions { rate: RATE, ..SimOptions::default() };
    let sim = dc(DcVersion::V10_3, 300, options).await;
    let (reader, admin) = (token(&sim, READER), token(&sim, ADMIN));
    for _ in 0..5 {
        assert_eq!(reader.get("/rest/api/2/serverInfo").await.status, 200);
    }
    for _ in 0..3 {
        let answer = reader.get("/rest/api/2/myself").await;
        assert_eq!((answer.status, answer.header("retry-after")), (200, Some("0")));
    }
    let refused = reader.get("/rest/api/2/myself").await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("1")));
    assert_eq!(refused.header("x-ratelimit-fillrate"), Some("1"));
    assert_eq!(refused.header("x-ratelimit-interval-seconds"), Some("1"));
    assert_eq!(admin.get("/rest/api/2/myself").await.status, 200);
}

#[tokio::test]
async fn the_limit_is_set_and_lifted_while_it_runs() {
    let sim = start(300).await;
    let (hand, reader) = (Client::new(sim.url(), None), client(&sim, READER));
    hand.post("/_sim/rate", &json!({ "limit": "1/s" })).await.good();
    assert_eq!(reader.get("/rest/api/3/myself").await.status, 200);
    assert_eq!(reader.get("/rest/api/3/myself").await.status, 429);
    hand.post("/_sim/rate", &json!({ "limit": null })).await.good();
    assert_eq!(reader.get("/rest/api/3/myself").await.status, 200);
    hand.post("/_sim/rate", &json!({ "limit": "fast" })).await.refused(400);
    assert_eq!(sim.stats().over_limit, 1);
}
