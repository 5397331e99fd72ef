//! The simulator's own pages and options.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use jira_sim::{SimOptions, WorldSpec};
use serde_json::json;
use support::*;

#[tokio::test]
async fn requests_are_counted_and_recorded_when_asked() {
    let sim = start_with(WorldSpec::sized(200), SimOptions { record: true, ..SimOptions::default() }).await;
    let reader = client(&sim, READER);
    reader.search("id > 0").await.good();
    reader.get("/rest/api/3/issue/APOLLO-1/comment?startAt=0").await.good();
    let stats = reader.get("/_sim/stats").await.good();
    assert_eq!(stats["requests"], 2);
    assert_eq!(stats["by_endpoint"]["GET /rest/api/3/issue/{id}/comment"], 1);
    assert!(stats["bytes_out"].as_u64() > Some(1000));
    let requests = reader.get("/_sim/requests").await.good();
    assert_eq!(requests[0]["path"], "/rest/api/3/search/jql");
    assert!(text(&requests[0]["body"]).contains("id > 0"));
    assert_eq!(requests[1]["query"], "startAt=0");
    assert_eq!((&requests[0]["status"], &requests[1]["status"]), (&json!(200), &json!(200)));
    assert!(requests[0]["at_ms"].as_u64() <= requests[1]["at_ms"].as_u64() && requests[1]["at_ms"].is_u64());
    assert_eq!(sim.requests().len(), 2);
}

#[tokio::test]
async fn every_text_carries_its_canary() {
    let sim = start_with(WorldSpec { canary: true, ..WorldSpec::sized(1500) }, SimOptions::default()).await;
    let admin = client(&sim, ADMIN);
    let markers = admin.get("/_sim/canary").await.good();
    assert_eq!(markers["on"], json!(true));
    let mut said = String::new();
    for chunk in admin.ids("id > 0").await.chunks(100) {
        let body = json!({ "issueIdsOrKeys": chunk, "fields": ["*all"] });
        said += &admin.post("/rest/api/3/issue/bulkfetch", &body).await.text;
        let body = json!({ "issueIdsOrKeys": chunk, "maxResults": 10000 });
        said += &admin.post("/rest/api/3/changelog/bulkfetch", &body).await.text;
    }
    let pseudo_json = "CANARY-customfield_10000-";
    for marker in
        markers["markers"].as_array().unwrap().iter().map(text).filter(|marker| marker != pseudo_json)
    {
        assert!(said.contains(&marker), "{marker}");
    }
    assert!(said.contains("\"field\":\"summary\",\"fieldtype\":\"jira\",\"fieldId\":\"summary\",\"from\":null,\"fromString\":\"CANARY-summary-"));
    assert!(said.contains("\"field\":\"Customer note\"") && said.contains("@CANARY-displayName-"));
}

#[tokio::test]
async fn replies_are_compressed_only_when_both_sides_want_it() {
    for (gzip, expected) in [(true, Some("gzip")), (false, None)] {
        let sim = start_with(WorldSpec::sized(300), SimOptions { gzip, ..SimOptions::default() }).await;
        let address = format!("{}/rest/api/3/search/jql?jql=id%3E0&fields=*all&maxResults=100", sim.url());
        let request = reqwest::Client::builder().no_proxy().no_gzip().build().unwrap().get(address);
        let authorization = basic(READER, "sim-unscoped-reader");
        let request = request.header("authorization", authorization).header("accept-encoding", "gzip");
        let response = request.send().await.unwrap();
        let encoding =
            response.headers().get("content-encoding").map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(encoding.as_deref(), expected);
        let small = response.bytes().await.unwrap().len() < 500_000;
        assert_eq!(small, gzip);
        let understood =
            client(&sim, READER).get("/rest/api/3/search/jql?jql=id%3E0&fields=*all&maxResults=100").await;
        assert!(understood.good()["issues"].as_array().unwrap().len() > 80);
    }
}

#[tokio::test]
async fn a_stopped_simulator_no_longer_answers() {
    let sim = start(200).await;
    let address = sim.url().trim_start_matches("http://").to_owned();
    sim.stop().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
