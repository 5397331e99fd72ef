//! Issues that are too large, and that the truth knows them.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use jira_sim::{SimOptions, TruthView, WorldSpec};
use serde_json::json;
use support::*;

#[tokio::test]
async fn monsters_have_ten_thousand_histories_five_thousand_comments_and_32_mb_of_text() {
    let sim = start_with(WorldSpec { monsters: true, ..WorldSpec::sized(300) }, SimOptions::default()).await;
    let world = Client::new(sim.url(), None).get("/_sim/world").await.good();
    let keys: Vec<String> = world["monsters"].as_array().unwrap().iter().map(text).collect();
    let reader = client(&sim, READER);
    let histories = reader.get(&format!("/rest/api/3/issue/{}/changelog", keys[0])).await.good();
    assert!(histories["total"].as_u64().unwrap() >= 10_000);
    for (key, most) in [(&keys[1], 5_000), (&keys[2], 1_000)] {
        let page = reader.get(&format!("/rest/api/3/issue/{key}/comment?startAt={}", most - 50)).await.good();
        assert!(page["total"].as_u64().unwrap() >= most);
        assert!(page["comments"].as_array().unwrap().len() >= 50);
    }
    let id = text(&reader.get(&format!("/rest/api/3/issue/{}?fields=summary", keys[2])).await.good()["id"]);
    let rows = rows(&sim, READER, TruthView::IssueComments);
    let length = |row: &serde_json::Value| row["body_text"].as_str().map_or(0, str::len);
    let all: usize = rows.iter().filter(|row| row["issue_id"] == json!(id)).map(length).sum();
    assert!(all >= 32_000_000, "{all}");
}
