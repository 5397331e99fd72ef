//! Page sizes, caps, truncation, order, and everything that is refused.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use jira_sim::{SimOptions, WorldSpec};
use serde_json::{Value, json};
use support::*;

const SEARCH: &str = "/rest/api/3/search/jql";
const BULK: &str = "/rest/api/3/issue/bulkfetch";
const HISTORY: &str = "/rest/api/3/changelog/bulkfetch";

fn list<'a>(value: &'a Value, name: &str) -> &'a Vec<Value> {
    value[name].as_array().unwrap()
}

fn ids_of(value: &Value, name: &str) -> Vec<u64> {
    list(value, name).iter().map(|item| text(&item["id"]).parse().unwrap()).collect()
}

#[tokio::test]
async fn searches_give_bare_ids_unless_fields_are_named() {
    let sim = start(300).await;
    let reader = client(&sim, READER);
    let bare = reader.search("project = APOLLO").await.good();
    assert_eq!(list(&bare, "issues")[0].as_object().unwrap().keys().collect::<Vec<_>>(), ["id"]);
    assert!(bare.get("total").is_none());
    let body = json!({ "jql": "project = APOLLO", "fields": ["summary", "nonsense"], "maxResults": 1 });
    let named = reader.post(SEARCH, &body).await.good();
    let fields = list(&named, "issues")[0]["fields"].as_object().unwrap();
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["summary"]);
}

#[tokio::test]
async fn pages_hold_5000_ids_or_100_issues() {
    let options = SimOptions { short_pages: false, ..SimOptions::default() };
    let sim = start_with(WorldSpec::sized(5200), options).await;
    let reader = client(&sim, READER);
    let ids = reader.post(SEARCH, &json!({ "jql": "id > 0", "maxResults": 5000 })).await.good();
    assert_eq!(list(&ids, "issues").len(), 5000);
    let full = reader
        .post(SEARCH, &json!({ "jql": "id > 0", "maxResults": 5000, "fields": ["summary"] }))
        .await
        .good();
    assert_eq!((list(&full, "issues").len(), &full["isLast"]), (100, &json!(false)));
    for outside in [0, 5001, -1] {
        reader.post(SEARCH, &json!({ "jql": "id > 0", "maxResults": outside })).await.refused(400);
    }
}

#[tokio::test]
async fn walks_lose_and_double_nothing_although_pages_are_short() {
    let sim = start(700).await;
    let reader = client(&sim, READER);
    let mut seen = Vec::new();
    let mut sizes = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let suffix = token.as_ref().map(|token| format!("&nextPageToken={token}")).unwrap_or_default();
        let page = reader
            .get(&format!("{SEARCH}?jql=id%20%3E%200%20order%20by%20id&maxResults=20{suffix}"))
            .await
            .good();
        sizes.push(list(&page, "issues").len());
        seen.extend(ids_of(&page, "issues"));
        token = page["nextPageToken"].as_str().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 700);
    assert!(seen.is_sorted_by(|a, b| a < b));
    assert!(sizes[..sizes.len() - 1].iter().any(|size| *size < 20), "no short page among {sizes:?}");
}

#[tokio::test]
async fn a_token_belongs_to_its_query() {
    let sim = start(300).await;
    let reader = client(&sim, READER);
    let first = reader.post(SEARCH, &json!({ "jql": "id > 0", "maxResults": 10 })).await.good();
    let token = &first["nextPageToken"];
    reader.post(SEARCH, &json!({ "jql": "id > 0", "maxResults": 10, "nextPageToken": token })).await.good();
    reader
        .post(SEARCH, &json!({ "jql": "id > 1", "maxResults": 10, "nextPageToken": token }))
        .await
        .refused(400);
    reader.post(SEARCH, &json!({ "jql": "id > 0", "nextPageToken": "made-up" })).await.refused(400);
}

#[tokio::test]
async fn malformed_requests_are_refused() {
    let sim = start(200).await;
    let reader = client(&sim, READER);
    reader.post(SEARCH, &json!({ "jql": "id > 0", "startAt": 0 })).await.refused(400);
    reader.post(SEARCH, &json!({ "jql": "" })).await.refused(400);
    reader.post(SEARCH, &json!({ "jql": "ORDER BY created" })).await.refused(400);
    reader.post(SEARCH, &json!({ "jql": "id > 0", "reconcileIssues": null })).await.refused(500);
    reader.post_text(SEARCH, "application/json", "{\"jql\":").await.refused(400);
    reader.post_text(SEARCH, "text/plain", "{\"jql\":\"id > 0\"}").await.refused(415);
    reader.search("project = NOWHERE").await.refused(400);
    let hidden = client(&sim, PARTIAL).search("project in (APOLLO, BEACON)").await.refused(400);
    assert_eq!(hidden, "The value 'BEACON' does not exist for the field 'project'.");
    reader.get("/rest/api/3/mypermissions").await.refused(400);
    assert_eq!(reader.get("/rest/api/3/nonsense").await.status, 404);
}

#[tokio::test]
async fn the_classic_search_is_gone() {
    let sim = start(200).await;
    let reader = client(&sim, READER);
    assert!(
        reader.get("/rest/api/3/search?jql=id%3E0").await.refused(410).contains("/rest/api/3/search/jql")
    );
    assert_eq!(reader.post("/rest/api/2/search", &json!({ "jql": "id > 0" })).await.status, 404);
    assert_eq!(reader.post("/rest/api/3/search", &json!({ "jql": "id > 0" })).await.status, 410);
}

#[tokio::test]
async fn bulk_fetch_takes_100_issues_or_1000_cheap_ones() {
    let sim = start(1200).await;
    let reader = client(&sim, READER);
    let ids = reader.ids("id > 0 order by id").await;
    let fetch = |count: usize, fields: Value| json!({ "issueIdsOrKeys": ids[..count], "fields": fields });
    assert_eq!(list(&reader.post(BULK, &fetch(100, json!(["*all"]))).await.good(), "issues").len(), 100);
    for fields in [
        json!(["*all"]),
        json!(["*navigable"]),
        json!([]),
        json!(["-summary"]),
        json!(["summary", "comment"]),
    ] {
        reader.post(BULK, &fetch(101, fields)).await.refused(400);
    }
    let light = reader.post(BULK, &fetch(1000, json!(["summary", "status"]))).await.good();
    assert_eq!(list(&light, "issues").len(), 1000);
    assert!(ids_of(&light, "issues").is_sorted());
    reader.post(BULK, &fetch(1001, json!(["summary"]))).await.refused(400);
    let mut expanded = fetch(101, json!(["summary"]));
    expanded["expand"] = json!(["changelog"]);
    reader.post(BULK, &expanded).await.refused(400);
    reader.post(BULK, &json!({ "issueIdsOrKeys": [] })).await.refused(400);
}

#[tokio::test]
async fn bulk_fetch_leaves_out_what_is_hidden_or_deleted_without_a_word() {
    let sim = start(300).await;
    let (reader, partial) = (client(&sim, READER), client(&sim, PARTIAL));
    let hidden = &reader.ids("project = BEACON").await[0];
    let shown = &partial.ids("project = APOLLO").await[0];
    let body =
        json!({ "issueIdsOrKeys": [hidden, shown, "999999999", "APOLLO-999999"], "fields": ["summary"] });
    let fetched = partial.post(BULK, &body).await.good();
    assert_eq!(fetched["issues"].as_array().unwrap().len(), 1);
    assert_eq!(text(&fetched["issues"][0]["id"]), *shown);
    assert_eq!(fetched["issueErrors"], json!([]));
}

#[tokio::test]
async fn a_moved_issue_answers_to_its_old_key_under_its_new_one() {
    let sim = start(600).await;
    let reader = client(&sim, READER);
    let truth = jira_sim::Truth::for_account(sim.world(), sim.url(), READER).unwrap();
    let rows = truth.rows(jira_sim::TruthView::IssueKeys);
    let moved = rows.windows(2).find(|pair| pair[0]["issue_id"] == pair[1]["issue_id"]).unwrap();
    let id = text(&moved[0]["issue_id"]);
    let current = rows.iter().rfind(|row| text(&row["issue_id"]) == id).unwrap();
    let old = text(&moved[0]["key"]).to_lowercase();
    let fetched = reader.post(BULK, &json!({ "issueIdsOrKeys": [old], "fields": ["summary"] })).await.good();
    assert_eq!(fetched["issues"][0]["key"], current["key"]);
    assert_eq!(text(&reader.get(&format!("/rest/api/3/issue/{old}")).await.good()["id"]), id);
}

#[tokio::test]
async fn the_reorder_option_breaks_the_documented_order() {
    let sim = start_with(WorldSpec::sized(300), SimOptions { reorder: true, ..SimOptions::default() }).await;
    let reader = client(&sim, READER);
    let ids = reader.ids("id > 0 order by id").await;
    let body = json!({ "issueIdsOrKeys": ids[..100], "fields": ["summary"] });
    let got = ids_of(&reader.post(BULK, &body).await.good(), "issues");
    assert_eq!(got.len(), 100);
    assert!(!got.is_sorted());
}

#[tokio::test]
async fn embedded_lists_are_cut_at_40_20_and_20_and_say_so() {
    let sim = start(400).await;
    let admin = client(&sim, ADMIN);
    let ids = admin.ids("id > 0 order by id").await;
    let mut cut = [0; 3];
    for chunk in ids.chunks(100) {
        let body = json!({ "issueIdsOrKeys": chunk, "fields": ["*all"], "expand": ["changelog"] });
        for issue in list(&admin.post(BULK, &body).await.good(), "issues") {
            let path = format!("/rest/api/3/issue/{}", text(&issue["id"]));
            let parts = [
                (&issue["changelog"], "histories", "changelog", "values", 40),
                (&issue["fields"]["comment"], "comments", "comment", "comments", 20),
                (&issue["fields"]["worklog"], "worklogs", "worklog", "worklogs", 20),
            ];
            for (at, (embedded, name, address, whole, cap)) in parts.into_iter().enumerate() {
                let total = embedded["total"].as_u64().unwrap() as usize;
                assert_eq!(list(embedded, name).len(), total.min(cap));
                if total > cap {
                    cut[at] += 1;
                    let page = admin.get(&format!("{path}/{address}?maxResults=9999")).await.good();
                    assert_eq!(page["total"], json!(total));
                    let most = if name == "worklogs" { 5000 } else { 100 };
                    assert_eq!(list(&page, whole).len(), total.min(most));
                }
            }
        }
    }
    assert!(cut.iter().all(|count| *count > 0), "issues whose lists are cut: {cut:?}");
}

#[tokio::test]
async fn bulk_histories_are_numbers_newest_first_and_split_over_pages() {
    let sim = start(300).await;
    let reader = client(&sim, READER);
    let ids = reader.ids("id > 0 order by id").await;
    let mut token = Value::Null;
    let mut histories: std::collections::BTreeMap<String, Vec<(i64, String)>> = Default::default();
    let mut order = Vec::new();
    let (mut pages, mut split) = (0, 0);
    loop {
        let mut body = json!({ "issueIdsOrKeys": ids, "maxResults": 97 });
        if !token.is_null() {
            body["nextPageToken"] = token;
        }
        let page = reader.post(HISTORY, &body).await.good();
        let logs = list(&page, "issueChangeLogs");
        assert!(logs.iter().map(|log| list(log, "changeHistories").len()).sum::<usize>() <= 97);
        for log in logs {
            let id = text(&log["issueId"]);
            split += usize::from(histories.contains_key(&id));
            order.push(id.parse::<u64>().unwrap());
            let own = histories.entry(id).or_default();
            own.extend(
                list(log, "changeHistories")
                    .iter()
                    .map(|it| (it["created"].as_i64().unwrap(), text(&it["id"]))),
            );
        }
        pages += 1;
        token = page["nextPageToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert!(pages > 10 && split > 0 && !order.is_sorted());
    assert!(histories.values().all(|own| own.is_sorted_by(|a, b| a.0 >= b.0)));
    let truth = jira_sim::Truth::for_account(sim.world(), sim.url(), READER).unwrap();
    let mut expected: Vec<String> =
        truth.rows(jira_sim::TruthView::IssueChanges).iter().map(|row| text(&row["history_id"])).collect();
    expected.dedup();
    let mut got: Vec<String> = histories.into_values().flatten().map(|(_, id)| id).collect();
    expected.sort();
    got.sort();
    assert_eq!(got, expected);
}

#[tokio::test]
async fn bulk_histories_can_be_filtered_by_field_and_are_limited() {
    let sim = start(1100).await;
    let reader = client(&sim, READER);
    let ids = reader.ids("id > 0").await;
    let body = json!({ "issueIdsOrKeys": ids[..1000], "maxResults": 10000, "fieldIds": ["status"] });
    let page = reader.post(HISTORY, &body).await.good();
    let logs = list(&page, "issueChangeLogs");
    assert!(!logs.is_empty() && logs.len() < 1000);
    let items =
        logs.iter().flat_map(|log| list(log, "changeHistories")).flat_map(|history| list(history, "items"));
    assert!(items.clone().count() > 100 && items.clone().all(|item| item["fieldId"] == "status"));
    reader.post(HISTORY, &json!({ "issueIdsOrKeys": ids[..1001] })).await.refused(400);
    reader.post(HISTORY, &json!({ "issueIdsOrKeys": ids[..1], "maxResults": 10001 })).await.refused(400);
    let many: Vec<String> = (0..11).map(|at| format!("f{at}")).collect();
    reader.post(HISTORY, &json!({ "issueIdsOrKeys": ids[..1], "fieldIds": many })).await.refused(400);
}

#[tokio::test]
async fn one_issues_changelog_is_stamps_oldest_first() {
    let sim = start(300).await;
    let reader = client(&sim, READER);
    let ids = reader.ids("id > 0 order by id").await;
    let log = reader.get(&format!("/rest/api/3/issue/{}/changelog", ids[100])).await.good();
    assert!(
        log["total"].as_u64() > Some(400),
        "the hundredth of three hundred is the one with a long history"
    );
    assert_eq!((list(&log, "values").len(), &log["isLast"]), (100, &json!(false)));
    let stamps: Vec<String> = list(&log, "values").iter().map(|history| text(&history["created"])).collect();
    assert!(stamps.is_sorted() && stamps[0].ends_with("-0300"));
}

#[tokio::test]
async fn boards_without_sprints_and_lost_boards_say_so() {
    let sim = start(300).await;
    let reader = client(&sim, READER);
    let boards = reader.get("/rest/agile/1.0/board?maxResults=500").await.good();
    assert_eq!(boards["maxResults"], 50);
    let mut answers = Vec::new();
    for board in list(&boards, "values") {
        let answer = reader.get(&format!("/rest/agile/1.0/board/{}/sprint?maxResults=99", board["id"])).await;
        answers.push((text(&board["type"]), answer.status));
        match answer.status {
            200 => assert!(list(&answer.json(), "values").len() <= 50),
            400 => assert_eq!(answer.refused(400), "The board does not support sprints"),
            other => assert_eq!(other, 404),
        }
    }
    for expected in [("kanban", 400), ("scrum", 200), ("simple", 200), ("scrum", 404)] {
        assert!(
            answers.iter().any(|(kind, status)| (kind.as_str(), *status) == expected),
            "{expected:?} in {answers:?}"
        );
    }
    let first = reader.get("/rest/agile/1.0/board/1/sprint").await.good();
    assert_eq!((list(&first, "values").len(), &first["isLast"]), (50, &json!(false)));
    let active = reader.get("/rest/agile/1.0/board/1/sprint?state=active").await.good();
    assert!(
        list(&active, "values")
            .iter()
            .all(|sprint| sprint["state"] == "active" && text(&sprint["startDate"]).ends_with('Z'))
    );
}

#[tokio::test]
async fn the_user_listing_ends_only_on_an_empty_page() {
    let sim = start(300).await;
    let reader = client(&sim, READER);
    let (mut start_at, mut seen, mut short) = (0, Vec::new(), false);
    loop {
        let page =
            reader.get(&format!("/rest/api/3/users/search?startAt={start_at}&maxResults=10")).await.good();
        let page = page.as_array().unwrap();
        if page.is_empty() {
            break;
        }
        short |= page.len() < 10;
        seen.extend(page.iter().map(|user| text(&user["accountId"])));
        start_at += 10;
    }
    assert!(short);
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), count);
    let whole = reader.get("/rest/api/3/users/search?maxResults=1000").await.good();
    let mut whole: Vec<String> =
        whole.as_array().unwrap().iter().map(|user| text(&user["accountId"])).collect();
    whole.sort();
    assert_eq!(seen, whole);
}

#[tokio::test]
async fn worklog_feeds_hold_back_the_last_minute_and_page_by_until() {
    let sim = start(4000).await;
    let reader = client(&sim, READER);
    let (mut since, mut seen) = (0, std::collections::BTreeSet::new());
    let mut pages = 0;
    loop {
        let page = reader.get(&format!("/rest/api/3/worklog/updated?since={since}")).await.good();
        seen.extend(
            list(&page, "values").iter().map(|entry| entry["worklogId"].as_i64().unwrap().to_string()),
        );
        pages += 1;
        if page["lastPage"] == json!(true) {
            break;
        }
        since = page["until"].as_i64().unwrap();
    }
    let truth = jira_sim::Truth::for_account(sim.world(), sim.url(), READER).unwrap();
    let all: std::collections::BTreeSet<String> =
        truth.rows(jira_sim::TruthView::IssueWorklogs).iter().map(|row| text(&row["id"])).collect();
    assert!(pages > 1);
    assert_eq!(seen, all);
    assert_eq!(reader.get("/rest/api/3/worklog/deleted").await.good()["lastPage"], json!(true));
}

#[tokio::test]
async fn the_parser_judges_queries_without_running_them() {
    let sim = start(200).await;
    let reader = client(&sim, READER);
    let body = json!({ "queries": ["project = APOLLO", "project = NOWHERE", "project ="] });
    let errors = |answer: Value| -> Vec<bool> {
        list(&answer, "queries").iter().map(|it| it.get("errors").is_some()).collect()
    };
    assert_eq!(
        errors(reader.post("/rest/api/3/jql/parse?validation=strict", &body).await.good()),
        [false, true, true]
    );
    assert_eq!(
        errors(reader.post("/rest/api/3/jql/parse?validation=none", &body).await.good()),
        [false, false, true]
    );
    let warned = reader.post("/rest/api/3/jql/parse?validation=warn", &body).await.good();
    assert!(warned["queries"][1]["warnings"][0].as_str().is_some_and(|text| text.contains("NOWHERE")));
}

#[tokio::test]
async fn counts_are_those_of_the_search() {
    let sim = start(300).await;
    let reader = client(&sim, READER);
    let jql = "project = APOLLO AND statusCategory = Done";
    let count = reader.post("/rest/api/3/search/approximate-count", &json!({ "jql": jql })).await.good();
    assert_eq!(count["count"], json!(reader.ids(jql).await.len()));
    reader.post("/rest/api/3/search/approximate-count", &json!({ "jql": "order by id" })).await.refused(400);
}
