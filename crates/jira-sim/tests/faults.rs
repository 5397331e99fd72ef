//! Faults over HTTP: what each does to an answer, when it comes, and that it is counted.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::time::Duration;

use jira_sim::{DcVersion, Edit, EditKind, Fault, FaultKind, Sim, SimOptions, TruthView, WorldSpec};
use serde_json::{Value, json};
use support::*;

const MYSELF: &str = "/rest/api/3/myself";
const SEARCH: &str = "/rest/api/3/search/jql";
const BULK: &str = "/rest/api/3/issue/bulkfetch";

fn hand(sim: &Sim) -> Client {
    Client::new(sim.url(), None)
}

async fn on(sim: &Sim, fault: Value) {
    hand(sim).post("/_sim/fault", &fault).await.good();
}

async fn served(sim: &Sim, kind: &str) -> u64 {
    hand(sim).get("/_sim/faults").await.good()["served"][kind].as_u64().unwrap_or_default()
}

/// An answer that may break: status, the told length, and the body or why there is none.
async fn fragile(sim: &Sim, path: &str) -> Result<(u16, Option<u64>, Result<String, String>), String> {
    let http =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let token = sim.world().account(READER).unwrap().unscoped_token();
    let request = http.get(format!("{}{path}", sim.url())).header("authorization", basic(READER, &token));
    let answer = request.send().await.map_err(|error| format!("{error:?}"))?;
    let (status, length) = (answer.status().as_u16(), answer.content_length());
    Ok((status, length, answer.text().await.map_err(|error| format!("{error:?}"))))
}

#[tokio::test]
async fn a_429_of_each_reason_comes_once_with_its_headers() {
    let sim = start(300).await;
    let reader = client(&sim, READER);
    for (kind, reason) in [
        ("rate_burst", "jira-burst-based"),
        ("rate_tenant", "jira-quota-tenant-based"),
        ("rate_global", "jira-quota-global-based"),
        ("rate_cost", "jira-cost-based"),
        ("rate_threads", "jira-max-concurrent-threads"),
    ] {
        on(&sim, json!({ "kind": kind, "retry_after": 7 })).await;
        let refused = reader.get(MYSELF).await;
        assert_eq!((refused.status, refused.header("ratelimit-reason")), (429, Some(reason)));
        assert_eq!(refused.header("retry-after"), Some("7"));
        assert_eq!(refused.header("x-ratelimit-remaining"), Some("0"));
        assert_eq!((reader.get(MYSELF).await.status, served(&sim, kind).await), (200, 1));
        on(&sim, json!({ "kind": kind, "retry_after": null })).await;
        let bare = reader.get(MYSELF).await;
        assert_eq!((bare.status, bare.header("retry-after")), (429, None));
    }
    on(&sim, json!({ "kind": "rate_bare" })).await;
    let bare = reader.get(MYSELF).await;
    assert_eq!((bare.status, bare.header("retry-after"), bare.header("ratelimit-reason")), (429, None, None));
    assert_eq!(bare.header("x-ratelimit-reset"), None);
    on(&sim, json!({ "kind": "rate_burst", "retry_after": 3600, "reset_after": 30 })).await;
    let both = reader.get(MYSELF).await;
    assert_eq!(both.header("retry-after"), Some("3600"));
    assert!(both.header("x-ratelimit-reset").is_some());
}

#[tokio::test]
async fn beta_headers_announce_and_enforce_nothing() {
    let sim = start(300).await;
    on(&sim, json!({ "kind": "beta_headers" })).await;
    for _ in 0..3 {
        let answer = client(&sim, READER).get(MYSELF).await;
        assert_eq!((answer.status, answer.header("beta-retry-after")), (200, Some("1800")));
    }
    assert_eq!(served(&sim, "beta_headers").await, 3);
}

#[tokio::test]
async fn a_fault_spares_the_first_then_comes_every_so_often_for_its_endpoint_alone() {
    let sim = start(300).await;
    let reader = client(&sim, READER);
    on(&sim, json!({ "kind": "error_503", "after": 2, "every": 2, "count": 2, "endpoint": "GET /rest/api/3/myself" }))
        .await;
    let mut statuses = Vec::new();
    for _ in 0..8 {
        assert_eq!(reader.get("/rest/api/3/field").await.status, 200);
        statuses.push(reader.get(MYSELF).await.status);
    }
    assert_eq!(statuses, [200, 200, 503, 200, 503, 200, 200, 200]);
    let drawn = json!({ "kind": "error_500", "chance": 50, "seed": 4, "count": null });
    let mut twice = Vec::new();
    for _ in 0..2 {
        on(&sim, drawn.clone()).await;
        let mut statuses = Vec::new();
        for _ in 0..12 {
            statuses.push(reader.get(MYSELF).await.status);
        }
        hand(&sim).post("/_sim/fault", &json!({ "kind": "none" })).await.good();
        twice.push(statuses);
    }
    assert_eq!(twice[0], twice[1], "the seed decides");
    assert!(twice[0].contains(&500) && twice[0].contains(&200));
}

#[tokio::test]
async fn server_errors_come_with_and_without_retry_after_and_with_pages_for_people() {
    let sim = start(300).await;
    let reader = client(&sim, READER);
    for status in [500, 502, 503, 504] {
        let kind = format!("error_{status}");
        on(&sim, json!({ "kind": kind })).await;
        let plain = reader.get(MYSELF).await;
        assert_eq!((plain.status, plain.header("retry-after")), (status, None));
        on(&sim, json!({ "kind": kind, "retry_after": 2 })).await;
        let patient = reader.get(MYSELF).await;
        assert_eq!((patient.status, patient.header("retry-after")), (status, Some("2")));
    }
    for (kind, status) in [("html_503", 503), ("login_html", 200)] {
        on(&sim, json!({ "kind": kind })).await;
        let page = reader.get(MYSELF).await;
        assert_eq!((page.status, page.header("content-type")), (status, Some("text/html;charset=UTF-8")));
        assert!(page.text.starts_with("<!DOCTYPE html>"));
    }
    on(&sim, json!({ "kind": "empty_200" })).await;
    let empty = reader.get(MYSELF).await;
    assert_eq!((empty.status, empty.text.as_str()), (200, ""));
    on(&sim, json!({ "kind": "redirect" })).await;
    assert_eq!(fragile(&sim, MYSELF).await.unwrap().0, 302);
}

#[tokio::test]
async fn connections_break_before_the_answer_and_in_the_middle_of_the_body() {
    let sim = start(300).await;
    let path = "/rest/api/3/field";
    let (_, told, whole) = fragile(&sim, path).await.unwrap();
    let whole = whole.unwrap();
    on(&sim, json!({ "kind": "reset" })).await;
    let error = fragile(&sim, path).await.unwrap_err();
    assert!(error.contains("ConnectionReset"), "{error}");
    for kind in ["cut", "reset_body"] {
        on(&sim, json!({ "kind": kind })).await;
        let (status, length, body) = fragile(&sim, path).await.unwrap();
        assert_eq!((status, length), (200, Some(whole.len() as u64)), "{kind}");
        assert_eq!(body.unwrap_err().contains("ConnectionReset"), kind == "reset_body");
    }
    on(&sim, json!({ "kind": "cut_chunked" })).await;
    let (status, length, body) = fragile(&sim, path).await.unwrap();
    assert_eq!((status, length), (200, None));
    assert!(body.is_err());
    let (_, again, body) = fragile(&sim, path).await.unwrap();
    assert_eq!((again, body.unwrap()), (told, whole));
}

#[tokio::test]
async fn answers_are_late_and_bodies_drip_for_as_long_as_was_said() {
    let sim = start(300).await;
    let reader = client(&sim, READER);
    let path = "/rest/api/3/field";
    let whole = reader.get(path).await.text;
    for kind in ["slow", "drip"] {
        on(&sim, json!({ "kind": kind, "ms": 300 })).await;
        let begun = std::time::Instant::now();
        assert_eq!(reader.get(path).await.text, whole);
        assert!(begun.elapsed() >= Duration::from_millis(280), "{kind}: {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn a_slow_node_is_slow_alone() {
    let sim = dc(DcVersion::V10_3, 300, SimOptions { nodes: 2, ..SimOptions::default() }).await;
    on(&sim, json!({ "kind": "error_504", "node": 2, "count": null })).await;
    for (node, status) in [("node1", 200), ("node2", 504), ("node1", 200)] {
        let reader = token(&sim, READER).with_cookie(&format!("JIRA-NODE={node}"));
        assert_eq!(reader.get("/rest/api/2/myself").await.status, status);
    }
}

#[tokio::test]
async fn on_cloud_a_caller_falls_to_anonymous_in_the_middle_until_it_is_cleared() {
    let sim = start(300).await;
    let reader = client(&sim, READER);
    on(&sim, json!({ "kind": "anonymous", "after": 1 })).await;
    assert_eq!(reader.search("id > 0").await.good()["isLast"], json!(false));
    let empty = reader.search("id > 0").await;
    assert_eq!(empty.good()["issues"], json!([]));
    assert_eq!(empty.header("x-seraph-loginreason"), Some("AUTHENTICATED_FAILED"));
    assert_eq!(empty.header("x-aaccountid"), None);
    assert_eq!(reader.get(MYSELF).await.status, 401);
    let scoped = sim.world().account(READER).unwrap().scoped_token();
    let gateway = format!("{}/ex/jira/{}", sim.url(), sim.world().cloud_id());
    let gateway = Client::new(gateway, Some(basic(READER, &scoped)));
    assert_eq!(gateway.get(MYSELF).await.status, 401);
    hand(&sim).post("/_sim/fault", &json!({ "kind": "none" })).await.good();
    assert_eq!(reader.get(MYSELF).await.status, 200);
}

#[tokio::test]
async fn data_center_refuses_once_limits_by_its_bucket_and_asks_for_a_captcha() {
    let sim = dc(DcVersion::V9_12, 300, SimOptions::default()).await;
    let reader = token(&sim, READER);
    let path = "/rest/api/2/myself";
    on(&sim, json!({ "kind": "unauthorized" })).await;
    let refused = reader.get(path).await;
    assert_eq!((refused.status, refused.header("x-seraph-loginreason")), (401, Some("AUTHENTICATED_FAILED")));
    assert_eq!(reader.get(path).await.status, 200);
    on(&sim, json!({ "kind": "rate_dc", "retry_after": 3 })).await;
    let limited = reader.get(path).await;
    assert_eq!((limited.status, limited.header("retry-after")), (429, Some("3")));
    assert_eq!(limited.header("x-ratelimit-fillrate"), Some("10"));
    on(&sim, json!({ "kind": "captcha" })).await;
    for _ in 0..2 {
        let denied = reader.get(path).await;
        assert_eq!(
            (denied.status, denied.header("x-seraph-loginreason")),
            (403, Some("AUTHENTICATION_DENIED"))
        );
        assert!(denied.header("x-authentication-denied-reason").unwrap().starts_with("CAPTCHA_CHALLENGE"));
    }
    assert!(
        hand(&sim)
            .post("/_sim/fault", &json!({ "kind": "token_loop" }))
            .await
            .refused(400)
            .contains("product")
    );
}

#[tokio::test]
async fn page_tokens_expire_and_lead_to_the_same_page_again() {
    let sim =
        start_with(WorldSpec::sized(300), SimOptions { short_pages: false, ..SimOptions::default() }).await;
    let reader = client(&sim, READER);
    let page = async |token: &Value| {
        let mut body = json!({ "jql": "id > 0", "maxResults": 100 });
        if token.is_string() {
            body["nextPageToken"] = token.clone();
        }
        reader.post(SEARCH, &body).await
    };
    on(&sim, json!({ "kind": "token_expired" })).await;
    let first = page(&Value::Null).await.good();
    assert!(page(&first["nextPageToken"]).await.refused(400).contains("token"));
    on(&sim, json!({ "kind": "token_loop" })).await;
    let second = page(&first["nextPageToken"]).await.good();
    assert_eq!(second["nextPageToken"], first["nextPageToken"]);
    let again = page(&second["nextPageToken"]).await.good();
    assert_eq!(again["issues"], second["issues"]);
    let last = page(&again["nextPageToken"]).await.good();
    assert_eq!(last["isLast"], json!(true));
}

#[tokio::test]
async fn a_short_page_holds_forty_rows_and_nothing_is_lost() {
    let sim = start(300).await;
    on(&sim, json!({ "kind": "short_page" })).await;
    let ids = client(&sim, READER).ids("id > 0").await;
    assert_eq!(ids.len(), 300);
    assert_eq!(served(&sim, "short_page").await, 7);
}

#[tokio::test]
async fn an_issue_is_delivered_twice_over_pages() {
    let sim = start(300).await;
    on(&sim, json!({ "kind": "duplicates" })).await;
    let reader = client(&sim, READER);
    let first = reader.post(SEARCH, &json!({ "jql": "id > 0", "maxResults": 50 })).await.good();
    let next = json!({ "jql": "id > 0", "maxResults": 50, "nextPageToken": first["nextPageToken"] });
    let second = reader.post(SEARCH, &next).await.good();
    let (first, second) = (first["issues"].as_array().unwrap(), second["issues"].as_array().unwrap());
    assert_eq!(first[first.len() - 3..], second[..3]);

    let sim = dc(DcVersion::V10_3, 300, SimOptions::default()).await;
    on(&sim, json!({ "kind": "duplicates" })).await;
    let page = token(&sim, READER).post("/rest/api/2/search", &json!({ "jql": "order by id" })).await.good();
    let issues = page["issues"].as_array().unwrap();
    assert_eq!((issues.len(), &issues[49]), (51, &issues[50]));
}

#[tokio::test]
async fn half_pairs_stand_where_the_truth_has_a_replacement_character() {
    let sim = start(900).await;
    on(&sim, json!({ "kind": "half_pairs" })).await;
    let page = async |token: &Value| {
        let mut body = json!({ "jql": "id > 0 order by id", "maxResults": 100, "fields": ["summary"] });
        if token.is_string() {
            body["nextPageToken"] = token.clone();
        }
        client(&sim, READER).post(SEARCH, &body).await.text
    };
    let (mut all, mut token) = (String::new(), Value::Null);
    loop {
        let text = page(&token).await;
        all.push_str(&text);
        let parsed: Value = serde_json::from_str(&text.replace("\\ud83d", "?")).unwrap();
        token = parsed["nextPageToken"].clone();
        if token.is_null() {
            break;
        }
    }
    let broken = |row: &&Value| row["summary"].as_str().unwrap().contains('\u{fffd}');
    let rows = rows(&sim, READER, TruthView::Issues);
    let expected = rows.iter().filter(broken).count();
    assert!(expected > 0 && !all.contains("\\u0000"));
    assert_eq!(all.matches("\\ud83d").count(), expected);
}

#[tokio::test]
async fn a_poisoned_issue_fails_what_names_it_and_a_malformed_one_is_shown_broken() {
    let sim = start(300).await;
    let reader = client(&sim, READER);
    let mut ids = reader.ids("project = APOLLO order by id").await;
    ids.truncate(60);
    let poison = text(&reader.get("/rest/api/3/issue/APOLLO-3?fields=summary").await.good()["id"]);
    let others: Vec<&String> = ids.iter().filter(|id| **id != poison).collect();
    assert_eq!(others.len(), 59);
    on(&sim, json!({ "kind": "poison", "issue": "APOLLO-3" })).await;
    assert_eq!(reader.get("/rest/api/3/issue/APOLLO-3?fields=summary").await.status, 500);
    assert_eq!(reader.post(BULK, &json!({ "issueIdsOrKeys": ids })).await.status, 500);
    assert_eq!(reader.post(BULK, &json!({ "issueIdsOrKeys": others })).await.status, 200);

    hand(&sim).post("/_sim/fault", &json!({ "kind": "none" })).await.good();
    on(&sim, json!({ "kind": "malformed", "issue": "APOLLO-3" })).await;
    let page = reader.post(BULK, &json!({ "issueIdsOrKeys": ids, "fields": ["summary"] })).await.good();
    let broken: Vec<&Value> =
        page["issues"].as_array().unwrap().iter().filter(|issue| !issue["fields"].is_object()).collect();
    assert_eq!(broken.len(), 1);
    assert_eq!(broken[0]["id"], json!(poison));
}

#[tokio::test]
async fn on_data_center_a_poisoned_issue_fails_every_page_that_reads_it() {
    let sim = dc(DcVersion::V10_3, 300, SimOptions::default()).await;
    let reader = token(&sim, READER);
    let page =
        |jql: &str, fields: &str| format!("/rest/api/2/search?jql={jql}&fields={fields}&maxResults=500");
    let key = text(&reader.get(&page("project=APOLLO", "id")).await.good()["issues"][3]["key"]);
    on(&sim, json!({ "kind": "poison", "issue": key })).await;
    assert_eq!(reader.get(&page("project=APOLLO", "summary")).await.status, 500);
    assert_eq!(reader.get(&format!("/rest/api/2/issue/{key}")).await.status, 500);
    assert_eq!(reader.get(&page("project=BEACON", "summary")).await.status, 200);
    assert_eq!(reader.get(&page(&format!("project=APOLLO%20AND%20key!={key}"), "summary")).await.status, 200);
    assert_eq!(served(&sim, "poison").await, 2);
}

#[tokio::test]
async fn a_search_warns_that_it_may_not_be_whole_and_a_board_is_refused_once() {
    let sim = start(300).await;
    let reader = client(&sim, READER);
    on(&sim, json!({ "kind": "warnings" })).await;
    let body = json!({ "jql": "project = APOLLO", "maxResults": 5000 });
    let warned = reader.post(SEARCH, &body).await.good();
    let plain = reader.post(SEARCH, &body).await.good();
    assert_eq!(warned["warnings"][0]["type"], "CLAUSE_LIMIT_EXCEEDED");
    assert!(plain.get("warnings").is_none());
    let [warned, plain] = [&warned, &plain].map(|page| page["issues"].as_array().unwrap());
    assert_eq!(warned[..], plain[..plain.len() - 1], "it lacks the last");

    let boards = reader.get("/rest/agile/1.0/board").await.good();
    let board = boards["values"].as_array().unwrap().iter().find(|board| board["type"] == "scrum").unwrap();
    let sprints = format!("/rest/agile/1.0/board/{}/sprint", board["id"]);
    for (kind, status) in [("board_403", 403), ("board_404", 404)] {
        on(&sim, json!({ "kind": kind })).await;
        assert_eq!(
            reader.get("/rest/agile/1.0/board").await.status,
            200,
            "the list of boards is none of them"
        );
        assert_eq!(reader.get(&sprints).await.status, status);
        assert_eq!(reader.get(&sprints).await.status, 200);
    }
}

#[tokio::test]
async fn edits_wait_for_so_many_requests_and_happen_in_the_middle_of_a_walk() {
    let sim = start(300).await;
    let reader = client(&sim, READER);
    let late = json!({ "kind": "summary", "subject": "APOLLO-2", "value": "late", "after_requests": 2 });
    hand(&sim).post("/_sim/edit", &late).await.good();
    let many = json!({ "seed": 3, "count": 5, "kinds": ["delete"], "after_requests": 3 });
    hand(&sim).post("/_sim/edits", &many).await.good();
    let summary = async || {
        reader.get("/rest/api/3/issue/APOLLO-2?fields=summary").await.json()["fields"]["summary"].clone()
    };
    assert_ne!(summary().await, json!("late"));
    assert_ne!(summary().await, json!("late"));
    let waiting = async || hand(&sim).get("/_sim/stats").await.good()["edits_waiting"].clone();
    assert_eq!(waiting().await, json!(2));
    assert_eq!(summary().await, json!("late"));
    let before = rows(&sim, READER, TruthView::Issues).len();
    summary().await;
    assert!(rows(&sim, READER, TruthView::Issues).len() < before);
    hand(&sim).post("/_sim/edit", &late).await.good();
    let dropped = reqwest::Client::new().delete(format!("{}/_sim/edits", sim.url())).send().await.unwrap();
    assert!(dropped.status().is_success());
    assert_eq!(waiting().await, json!(0));
    sim.edit(&Edit::new(EditKind::Summary).of("APOLLO-2")).unwrap();
}

#[tokio::test]
async fn every_fault_has_a_word_and_what_is_none_is_refused() {
    let options =
        SimOptions { faults: vec![Fault::parse("error_502,count=2").unwrap()], ..SimOptions::default() };
    let sim = start_with(WorldSpec::sized(300), options).await;
    assert_eq!(client(&sim, READER).get(MYSELF).await.status, 502);
    let state = hand(&sim).get("/_sim/faults").await.good();
    assert_eq!(
        (&state["active"][0]["kind"], &state["active"][0]["served"]),
        (&json!("error_502"), &json!(1))
    );
    for kind in FaultKind::ALL {
        assert_eq!(FaultKind::named(kind.name()), Some(kind));
        let known = state["kinds"].as_array().unwrap().contains(&json!(kind.name()));
        assert_eq!(known, kind.is_of(false), "{kind:?}");
    }
    for wrong in [
        json!({ "kind": "flood" }),
        json!({ "kind": "cut", "when": 1 }),
        json!({ "kind": "malformed" }),
        json!({ "kind": "poison" }),
    ] {
        hand(&sim).post("/_sim/fault", &wrong).await.refused(400);
    }
    assert!(Fault::parse("cut,after").is_err());
    assert_eq!(Fault::parse("rate_burst,retry_after=null").unwrap().retry_after, None);
}
