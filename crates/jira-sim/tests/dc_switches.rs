//! The switches of Data Center: ids, sign-in, nodes, validation.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::time::Duration;

use jira_sim::{DcVersion, Edit, EditKind, Flavor, Ids, Sim, SimOptions, TruthView, WorldSpec};
use serde_json::{Value, json};
use support::*;

/// 2026-11-22T10:00:00Z
const NOW: i64 = 1_795_341_600_000;

async fn shuffled(issues: usize) -> Sim {
    let flavor = Flavor::DataCenter(DcVersion::V10_3);
    let spec = WorldSpec { flavor, ids: Ids::Shuffled, ..WorldSpec::sized(issues) };
    start_with(spec, SimOptions::default()).await
}

async fn search(client: &Client, jql: &str) -> Answer {
    let body = json!({ "jql": jql, "fields": ["project"], "maxResults": 1000 });
    client.post("/rest/api/2/search", &body).await
}

/// (id, project, number of the key)
async fn found(client: &Client, jql: &str) -> Vec<(u64, String, u64)> {
    let page = search(client, jql).await.good();
    let row = |issue: &Value| {
        let key = text(&issue["key"]);
        let (project, number) = key.split_once('-').unwrap();
        (text(&issue["id"]).parse().unwrap(), project.to_owned(), number.parse().unwrap())
    };
    page["issues"].as_array().unwrap().iter().map(row).collect()
}

#[tokio::test]
async fn shuffled_ids_are_compared_by_the_number_of_the_key_within_one_project() {
    let sim = shuffled(400).await;
    let reader = token(&sim, READER);
    let all = found(&reader, "order by id").await;
    assert_eq!(all.len(), rows(&sim, READER, TruthView::Issues).len());
    assert!(all.is_sorted_by_key(|(_, project, number)| (project.clone(), *number)));
    assert!(!all.is_sorted_by_key(|(id, ..)| *id));
    let apollo: Vec<_> = all.iter().filter(|(_, project, _)| project == "APOLLO").cloned().collect();
    let (id, _, number) = apollo[apollo.len() / 2].clone();
    let after = found(&reader, &format!("id > {id} order by id")).await;
    let expected: Vec<_> = apollo.iter().filter(|(_, _, it)| *it > number).cloned().collect();
    assert!(!expected.is_empty());
    assert_eq!(after, expected);
    let until = found(&reader, &format!("project = APOLLO and id <= {id} order by id asc")).await;
    assert_eq!([until, after].concat(), apollo);
    assert!(found(&reader, &format!("project = CEDAR and id > {id}")).await.is_empty());
    let said = search(&reader, "id > 0 order by id").await.refused(400);
    assert_eq!(said, "An issue with key '0' does not exist for field 'id'.");
}

#[tokio::test]
async fn shuffled_ids_lead_to_their_issues_and_new_ones_are_not_the_largest() {
    let sim = shuffled(300).await;
    let admin = token(&sim, ADMIN);
    let truth = rows(&sim, ADMIN, TruthView::Issues);
    let by_age: Vec<u64> = truth.iter().map(|row| text(&row["id"]).parse().unwrap()).collect();
    for row in truth.iter().step_by(17) {
        let issue = admin.get(&format!("/rest/api/2/issue/{}", text(&row["id"]))).await.good();
        assert_eq!(issue["key"], row["key"]);
    }
    let mut new = Vec::new();
    for _ in 0..8 {
        let key = sim.edit(&Edit { seed: new.len() as u64, ..Edit::new(EditKind::Create) }).unwrap().subject;
        let issue = admin.get(&format!("/rest/api/2/issue/{key}")).await.good();
        new.push(text(&issue["id"]).parse::<u64>().unwrap());
        assert_eq!(found(&admin, &format!("id = {}", new.last().unwrap())).await.len(), 1);
    }
    assert!(new.iter().any(|id| by_age.iter().any(|old| old > id)));
    assert!(new.iter().all(|id| !by_age.contains(id)));
}

#[tokio::test]
async fn ordered_ids_are_compared_as_numbers() {
    let sim = dc(DcVersion::V8_20, 300, SimOptions::default()).await;
    let reader = token(&sim, READER);
    let all = found(&reader, "id > 0 order by id").await;
    assert_eq!(all.len(), rows(&sim, READER, TruthView::Issues).len());
    assert!(all.is_sorted_by_key(|(id, ..)| *id));
}

#[tokio::test]
async fn a_site_without_basic_refuses_every_password_and_takes_tokens() {
    let sim = dc(DcVersion::V10_3, 100, SimOptions { basic: false, ..SimOptions::default() }).await;
    let with = |password: &str| Client::new(sim.url(), Some(basic("reader", password)));
    for password in ["sim-password-reader", "wrong"] {
        let refused = with(password).get("/rest/api/2/myself").await;
        assert_eq!(refused.status, 403);
        assert_eq!(
            refused.json(),
            json!({ "message": "Basic Authentication has been disabled on this instance." })
        );
    }
    assert_eq!(token(&sim, READER).get("/rest/api/2/myself").await.status, 200);
    let hand = Client::new(sim.url(), None);
    hand.post("/_sim/signin", &json!({ "basic": true })).await.good();
    assert_eq!(with("sim-password-reader").get("/rest/api/2/myself").await.status, 200);
}

#[tokio::test]
async fn tokens_are_refused_from_the_instant_at_which_they_expire() {
    let options = SimOptions { token_expires: Some(NOW), ..SimOptions::default() };
    let sim = dc(DcVersion::V9_12, 100, options).await;
    let reader = token(&sim, READER);
    sim.set_clock(NOW - 1);
    assert_eq!(reader.get("/rest/api/2/myself").await.status, 200);
    sim.set_clock(NOW);
    let refused = reader.get("/rest/api/2/myself").await;
    assert_eq!((refused.status, refused.header("x-seraph-loginreason")), (401, Some("AUTHENTICATED_FAILED")));
    let password = Client::new(sim.url(), Some(basic("reader", "sim-password-reader")));
    assert_eq!(password.get("/rest/api/2/myself").await.status, 200);
    let hand = Client::new(sim.url(), None);
    let said = hand.post("/_sim/signin", &json!({ "token_expires": "2026-11-22T11:00:00Z" })).await.good();
    assert_eq!(said, json!({ "basic": true, "token_expires": NOW + 3_600_000 }));
    assert_eq!(reader.get("/rest/api/2/myself").await.status, 200);
    hand.post("/_sim/signin", &json!({ "token_expires": null })).await.good();
    sim.set_clock(NOW + 7_200_000);
    assert_eq!(reader.get("/rest/api/2/myself").await.status, 200);
}

async fn two_nodes() -> Sim {
    let options = SimOptions { nodes: 2, node_lag: Duration::from_secs(30), ..SimOptions::default() };
    let sim = dc(DcVersion::V10_3, 200, options).await;
    sim.set_clock(NOW);
    sim
}

#[tokio::test]
async fn nodes_answer_in_turn_and_who_sends_the_cookie_stays() {
    let sim = two_nodes().await;
    let reader = token(&sim, READER);
    let mut seen = Vec::new();
    for _ in 0..4 {
        let answer = reader.get("/rest/api/2/myself").await;
        let node = answer.header("x-anodeid").unwrap().to_owned();
        assert!(answer.header("set-cookie").unwrap().starts_with(&format!("JIRA-NODE={node};")));
        seen.push(node);
    }
    assert_eq!(seen, ["node1", "node2", "node1", "node2"]);
    for _ in 0..3 {
        let answer = reader.with_cookie("JSESSIONID=1; JIRA-NODE=node2").get("/rest/api/2/myself").await;
        assert_eq!((answer.header("x-anodeid"), answer.header("set-cookie")), (Some("node2"), None));
    }
    let strange = reader.with_cookie("JIRA-NODE=node9").get("/rest/api/2/myself").await;
    assert_eq!(strange.header("x-anodeid"), Some("node1"));
    let alone = dc(DcVersion::V10_3, 100, SimOptions::default()).await;
    assert_eq!(token(&alone, READER).get("/rest/api/2/myself").await.header("x-anodeid"), None);
}

#[tokio::test]
async fn the_second_node_searches_what_the_first_one_searched_half_a_minute_ago() {
    let sim = two_nodes().await;
    let on = |node: &str| token(&sim, ADMIN).with_cookie(&format!("JIRA-NODE={node}"));
    let (first, second) = (on("node1"), on("node2"));
    let key = sim.edit(&Edit::new(EditKind::Create).of("APOLLO")).unwrap().subject;
    let changed = sim.edit(&Edit::new(EditKind::Summary).of("APOLLO-2").to("Changed")).unwrap().subject;
    let recent = format!("project = APOLLO and updated >= {NOW}");
    assert_eq!(found(&first, &recent).await.len(), 2);
    assert!(found(&second, &recent).await.is_empty());
    for key in [&key, &changed] {
        assert_eq!(second.get(&format!("/rest/api/2/issue/{key}")).await.status, 200);
    }
    sim.advance_clock(Duration::from_secs(29));
    sim.edit(&Edit::new(EditKind::Summary).of("APOLLO-2").to("Again")).unwrap();
    assert!(found(&second, &recent).await.is_empty());
    sim.advance_clock(Duration::from_secs(1));
    assert_eq!(found(&second, &recent).await.len(), 2);
    let summary = async |client: &Client| {
        let path = "/rest/api/2/search?jql=key%3DAPOLLO-2&fields=summary";
        client.get(path).await.good()["issues"][0]["fields"]["summary"].clone()
    };
    assert_eq!((summary(&first).await, summary(&second).await), (json!("Again"), json!("Changed")));
    let hand = Client::new(sim.url(), None);
    hand.post("/_sim/nodes", &json!({ "count": 1 })).await.good();
    assert_eq!(summary(&second).await, json!("Again"));
    hand.post("/_sim/nodes", &json!({ "count": 9 })).await.refused(400);
}

#[tokio::test]
async fn without_validation_what_is_not_there_is_left_out_and_named() {
    let sim = dc(DcVersion::V9_12, 200, SimOptions::default()).await;
    let reader = token(&sim, READER);
    let id = found(&reader, "key = APOLLO-1").await[0].0;
    let said = search(&reader, "key in (APOLLO-1, APOLLO-99999)").await.refused(400);
    assert_eq!(said, "An issue with key 'APOLLO-99999' does not exist for field 'key'.");
    let queries = [
        ("key in (APOLLO-1, APOLLO-99999)".to_owned(), 1, "key 'APOLLO-99999'"),
        (format!("id in ({id}, 4)"), 1, "key '4'"),
        ("id in (3, 4)".to_owned(), 0, "key '3'"),
        ("project in (APOLLO, NOWHERE) and key = APOLLO-1".to_owned(), 1, "NOWHERE"),
        ("wibble = 1".to_owned(), 0, "wibble"),
    ];
    for (jql, count, named) in queries {
        for lax in [json!(false), json!("false"), json!("warn"), json!("none")] {
            let body = json!({ "jql": jql, "validateQuery": lax });
            let page = reader.post("/rest/api/2/search", &body).await.good();
            assert_eq!(page["total"], count, "{jql}");
            assert!(page["warningMessages"].to_string().contains(named), "{jql}: {page}");
        }
        for strict in [json!(true), json!("true"), json!("strict"), Value::Null] {
            let body = json!({ "jql": jql, "validateQuery": strict });
            reader.post("/rest/api/2/search", &body).await.refused(400);
        }
    }
    let broken = json!({ "jql": "project = ", "validateQuery": false });
    reader.post("/rest/api/2/search", &broken).await.refused(400);
}

#[tokio::test]
async fn newer_versions_list_users_by_a_cursor_in_no_order() {
    for version in VERSIONS {
        let sim = dc(version, 5000, SimOptions::default()).await;
        let reader = token(&sim, READER);
        let first = reader.get("/rest/api/2/user/list?maxResults=20").await;
        if matches!(version, DcVersion::V8_20 | DcVersion::V9_12) {
            assert_eq!(first.status, 404);
            continue;
        }
        let (mut keys, mut page) = (Vec::new(), first.good());
        loop {
            keys.extend(page["values"].as_array().unwrap().iter().map(|user| text(&user["key"])));
            match page["nextCursor"].as_str() {
                Some(cursor) => {
                    assert_eq!(page["isLast"], false);
                    let path = format!("/rest/api/2/user/list?maxResults=20&cursor={cursor}");
                    page = reader.get(&path).await.good();
                }
                None => break,
            }
        }
        assert_eq!(page["isLast"], true);
        let query = "username=.&includeInactive=true&maxResults=1000";
        let all = reader.get(&format!("/rest/api/2/user/search?{query}")).await.good();
        let mut all: Vec<String> = all.as_array().unwrap().iter().map(|it| text(&it["key"])).collect();
        assert_ne!(keys, all);
        keys.sort();
        all.sort();
        assert_eq!(keys, all);
        let whole = reader.get("/rest/api/2/user/list?maxResults=99999").await.good();
        assert_eq!((&whole["maxResults"], &whole["isLast"]), (&json!(2000), &json!(true)));
        assert_eq!(reader.get("/rest/api/2/user/list?cursor=17").await.status, 200);
        assert_eq!(token(&sim, PARTIAL).get("/rest/api/2/user/list").await.status, 403);
        assert_eq!(Client::new(sim.url(), None).get("/rest/api/2/user/list").await.status, 401);
    }
}
