//! What edits do to issues, histories, feeds, searches and the truth.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::collections::BTreeMap;
use std::time::Duration;

use jira_sim::{Edit, EditKind, Sim, TruthView};
use serde_json::{Value, json};
use support::*;

/// 2026-11-22T10:00:00Z
const NOW: i64 = 1_795_341_600_000;
const MINUTE: Duration = Duration::from_secs(60);

async fn still(issues: usize) -> Sim {
    let sim = start(issues).await;
    sim.set_clock(NOW);
    sim
}

async fn issue(sim: &Sim, key: &str) -> Value {
    client(sim, ADMIN).get(&format!("/rest/api/3/issue/{key}")).await.good()
}

async fn histories(sim: &Sim, key: &str) -> Vec<Value> {
    let mut all = Vec::new();
    loop {
        let path = format!("/rest/api/3/issue/{key}/changelog?startAt={}", all.len());
        let page = client(sim, ADMIN).get(&path).await.good();
        all.extend(page["values"].as_array().unwrap().iter().cloned());
        if page["isLast"] == json!(true) {
            return all;
        }
    }
}

fn history_id(history: &Value) -> u64 {
    text(&history["id"]).parse().unwrap()
}

fn updated(sim: &Sim) -> BTreeMap<String, String> {
    let rows = rows(sim, ADMIN, TruthView::Issues);
    rows.iter().map(|row| (text(&row["id"]), text(&row["updated_at"]))).collect()
}

#[tokio::test]
async fn an_edit_of_a_field_moves_updated_and_writes_a_history_with_a_new_id() {
    let sim = still(400).await;
    let mut last = rows(&sim, ADMIN, TruthView::IssueChanges)
        .iter()
        .map(|row| text(&row["history_id"]).parse::<u64>().unwrap())
        .max()
        .unwrap();
    for kind in EditKind::ALL.into_iter().filter(|kind| kind.writes_history()) {
        sim.advance_clock(MINUTE);
        let before = rows(&sim, ADMIN, TruthView::IssueChanges).len();
        let applied = sim.edits(5, 1, &[kind], Duration::ZERO);
        let key = &applied[0].subject;
        let history = histories(&sim, key).await.pop().unwrap();
        assert!(history_id(&history) > last, "{kind:?}");
        last = history_id(&history);
        assert!(rows(&sim, ADMIN, TruthView::IssueChanges).len() > before, "{kind:?}");
        let row = rows(&sim, ADMIN, TruthView::Issues).into_iter().find(|row| row["key"] == json!(key));
        let at = jiff::Timestamp::from_millisecond(sim.now()).unwrap();
        assert_eq!(row.unwrap()["updated_at"], format!("{at:.3}"), "{kind:?}");
    }
}

#[tokio::test]
async fn comments_move_updated_and_write_no_history() {
    let sim = still(300).await;
    let key = "APOLLO-3";
    let kinds = EditKind::ALL.into_iter().filter(|kind| kind.moves_updated() && !kind.writes_history());
    for kind in kinds {
        sim.advance_clock(MINUTE);
        let (before, told) = (issue(&sim, key).await, histories(&sim, key).await);
        sim.edit(&Edit::new(kind).of(key)).unwrap();
        let after = issue(&sim, key).await;
        assert!(text(&after["fields"]["updated"]) > text(&before["fields"]["updated"]), "{kind:?}");
        assert!(after["fields"]["comment"] != before["fields"]["comment"], "{kind:?}");
        assert_eq!(histories(&sim, key).await, told, "{kind:?}");
    }
}

#[tokio::test]
async fn worklogs_write_histories_and_stand_in_the_feeds_a_minute_later() {
    let sim = still(300).await;
    let admin = client(&sim, ADMIN);
    let key = "APOLLO-3";
    let feed = async |name: &str| {
        let page = admin.get(&format!("/rest/api/3/worklog/{name}?since={NOW}")).await.good();
        assert_eq!(page["lastPage"], json!(true));
        page["values"].as_array().unwrap().iter().map(|row| row["worklogId"].clone()).collect::<Vec<_>>()
    };
    sim.edit(&Edit::new(EditKind::WorklogAdd).of(key).to(3600)).unwrap();
    let items = histories(&sim, key).await.pop().unwrap()["items"].clone();
    let fields: Vec<&Value> = items.as_array().unwrap().iter().map(|item| &item["field"]).collect();
    assert!(fields.contains(&&json!("timespent")) && fields.contains(&&json!("WorklogId")), "{fields:?}");
    let id: u64 = text(&items.as_array().unwrap().last().unwrap()["to"]).parse().unwrap();
    assert!(feed("updated").await.is_empty(), "the last minute is held back");
    sim.advance_clock(MINUTE + Duration::from_millis(1));
    assert_eq!(feed("updated").await, [json!(id)]);
    let listed = admin.post("/rest/api/3/worklog/list", &json!({ "ids": [id] })).await.good();
    assert_eq!(listed[0]["timeSpentSeconds"], 3600);
    sim.edit(&Edit::new(EditKind::WorklogDelete).of(key).to(id)).unwrap();
    let last = histories(&sim, key).await.pop().unwrap()["items"].clone();
    assert_eq!(last.as_array().unwrap().last().unwrap()["from"], id.to_string());
    sim.advance_clock(MINUTE + Duration::from_millis(1));
    assert!(feed("updated").await.is_empty());
    assert_eq!(feed("deleted").await, [json!(id)]);
}

#[tokio::test]
async fn renames_move_no_issue_and_histories_keep_the_old_names() {
    let sim = still(400).await;
    let before = updated(&sim);
    let told = rows(&sim, ADMIN, TruthView::IssueChanges);
    let kinds = [
        (EditKind::SprintRename, TruthView::Sprints),
        (EditKind::SprintStart, TruthView::Sprints),
        (EditKind::StatusRename, TruthView::Statuses),
        (EditKind::VersionRename, TruthView::Versions),
        (EditKind::VersionRelease, TruthView::Versions),
        (EditKind::ComponentRename, TruthView::Components),
        (EditKind::ProjectRename, TruthView::Projects),
        (EditKind::UserRename, TruthView::People),
        (EditKind::UserDeactivate, TruthView::People),
    ];
    for (kind, view) in kinds {
        sim.advance_clock(MINUTE);
        let old = rows(&sim, ADMIN, view);
        assert_eq!(sim.edits(3, 1, &[kind], Duration::ZERO).len(), 1, "{kind:?}");
        assert!(rows(&sim, ADMIN, view) != old, "{kind:?}");
    }
    assert_eq!(updated(&sim), before);
    assert!(rows(&sim, ADMIN, TruthView::IssueChanges) == told);
    sim.edit(&Edit::new(EditKind::StatusRename).of("3").to("Doing")).unwrap();
    assert!(rows(&sim, ADMIN, TruthView::IssueChanges) == told);
    let statuses = client(&sim, ADMIN).get("/rest/api/3/status").await.good();
    assert!(statuses.as_array().unwrap().iter().any(|status| status["name"] == "Doing"));
    sim.edit(&Edit::new(EditKind::Status).of("APOLLO-4").to("Doing")).unwrap();
    let item = histories(&sim, "APOLLO-4").await.pop().unwrap()["items"][0].clone();
    assert_eq!((&item["to"], &item["toString"]), (&json!("3"), &json!("Doing")));
}

#[tokio::test]
async fn a_sprint_that_ends_hands_on_what_is_unfinished() {
    let sim = still(600).await;
    let board = client(&sim, ADMIN).get("/rest/agile/1.0/board/1/sprint?state=active,future").await.good();
    let (active, next) = (board["values"][0]["id"].to_string(), board["values"][1]["id"].to_string());
    sim.edit(&Edit::new(EditKind::Status).of("APOLLO-5").to("To Do")).ok();
    sim.edit(&Edit::new(EditKind::Sprint).of("APOLLO-5").to(active.clone())).unwrap();
    sim.advance_clock(MINUTE);
    sim.edit(&Edit::new(EditKind::SprintClose).of(active.clone())).unwrap();
    let item = histories(&sim, "APOLLO-5").await.pop().unwrap()["items"][0].clone();
    assert_eq!(item["field"], "Sprint");
    assert!(text(&item["to"]).ends_with(&format!("{active}, {next}")), "{item}");
    let closed = client(&sim, ADMIN).get(&format!("/rest/agile/1.0/sprint/{active}")).await.good();
    assert_eq!((&closed["state"], closed["completeDate"].is_string()), (&json!("closed"), true));
}

#[tokio::test]
async fn a_deleted_issue_is_gone_everywhere() {
    let sim = still(300).await;
    let admin = client(&sim, ADMIN);
    let id = text(&issue(&sim, "APOLLO-1").await["id"]);
    sim.edit(&Edit::new(EditKind::Delete).of("APOLLO-1")).unwrap();
    admin.get("/rest/api/3/issue/APOLLO-1").await.refused(404);
    admin.get(&format!("/rest/api/3/issue/{id}")).await.refused(404);
    assert!(!admin.ids("project = APOLLO").await.contains(&id));
    let body = json!({ "issueIdsOrKeys": [id], "fields": ["summary"] });
    let found = admin.post("/rest/api/3/issue/bulkfetch", &body).await.good();
    assert!(found["issues"].as_array().unwrap().is_empty());
    for view in [TruthView::Issues, TruthView::IssueKeys, TruthView::IssueChanges, TruthView::IssueLinks] {
        assert!(
            rows(&sim, ADMIN, view).iter().all(|row| row["id"] != json!(id) && row["issue_id"] != json!(id))
        );
    }
    assert!(sim.edit(&Edit::new(EditKind::Summary).of("APOLLO-1")).is_err());
}

#[tokio::test]
async fn a_moved_issue_has_a_new_key_and_answers_to_the_old_one() {
    let sim = still(400).await;
    let applied = sim.edit(&Edit::new(EditKind::Move).to("CEDAR").of(standard(&sim).await)).unwrap();
    assert!(applied.subject.starts_with("CEDAR-"));
    let history = histories(&sim, &applied.subject).await.pop().unwrap();
    let items = history["items"].as_array().unwrap();
    let item = |field: &str| items.iter().find(|item| item["field"] == field).unwrap();
    let old = text(&item("Key")["fromString"]);
    assert_eq!(
        (&item("Key")["toString"], &item("project")["toString"]),
        (&json!(applied.subject), &json!("Cedar Support"))
    );
    assert_eq!(issue(&sim, &old).await["key"], json!(applied.subject));
    let keys = rows(&sim, ADMIN, TruthView::IssueKeys);
    assert!(
        keys.iter().any(|row| row["key"] == json!(old))
            && keys.iter().any(|row| row["key"] == json!(applied.subject))
    );
}

async fn standard(sim: &Sim) -> String {
    let ids = client(sim, ADMIN).ids("project = APOLLO and issuetype = Story order by id").await;
    text(&issue(sim, &ids[0]).await["key"])
}

#[tokio::test]
async fn a_new_issue_is_there_and_restriction_hides_it_from_some() {
    let sim = still(300).await;
    let edit = Edit::new(EditKind::Create).of("APOLLO");
    let key = sim.edit(&edit.to(json!({ "type": "Bug", "summary": "Fresh" }))).unwrap().subject;
    assert_eq!(issue(&sim, &key).await["fields"]["summary"], "Fresh");
    assert!(histories(&sim, &key).await.is_empty());
    // It may have none.
    let _ = sim.edit(&Edit::new(EditKind::Restrict).of(key.clone()).to(Value::Null));
    let partial = client(&sim, PARTIAL);
    partial.get(&format!("/rest/api/3/issue/{key}")).await.good();
    sim.edit(&Edit::new(EditKind::Restrict).of(key.clone()).to("Internal")).unwrap();
    partial.get(&format!("/rest/api/3/issue/{key}")).await.refused(404);
    assert!(rows(&sim, PARTIAL, TruthView::Issues).iter().all(|row| row["key"] != json!(key)));
}

#[tokio::test]
async fn equal_seeds_make_equal_edits_and_every_kind_can_be_drawn() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let sim = still(400).await;
        let applied = sim.edits(7, 400, &[], Duration::from_secs(3600));
        assert_eq!(applied.len(), 400);
        for kind in EditKind::ALL.into_iter().filter(|kind| kind.is_drawn()) {
            assert!(applied.iter().any(|applied| applied.kind == kind), "{kind:?}");
        }
        assert_eq!(sim.now(), NOW + 3_600_000);
        let truth: Vec<Vec<Value>> =
            TruthView::ALL.into_iter().map(|view| rows(&sim, READER, view)).collect();
        seen.push((applied, json!(truth).to_string().replace(sim.url(), "SITE")));
    }
    assert!(seen[0] == seen[1]);
    let sim = still(400).await;
    assert!(sim.edits(8, 400, &[], Duration::from_secs(3600)) != seen[0].0);
}

#[tokio::test]
async fn after_many_edits_what_is_served_is_what_is_true() {
    let sim = still(300).await;
    sim.edits(11, 300, &[], Duration::from_secs(900));
    for email in [ADMIN, READER, PARTIAL] {
        let client = client(&sim, email);
        let mut served = client.ids("id > 0 order by id").await;
        let truth = rows(&sim, email, TruthView::Issues);
        let mut ids: Vec<String> = truth.iter().map(|row| text(&row["id"])).collect();
        served.sort();
        ids.sort();
        assert_eq!(served, ids, "{email}");
        let body = json!({ "issueIdsOrKeys": ids, "maxResults": 10000 });
        let page = client.post("/rest/api/3/changelog/bulkfetch", &body).await.good();
        let lists = page["issueChangeLogs"].as_array().unwrap().iter().map(|log| &log["changeHistories"]);
        let items =
            lists.flat_map(|list| list.as_array().unwrap()).map(|it| it["items"].as_array().unwrap().len());
        assert_eq!(items.sum::<usize>(), rows(&sim, email, TruthView::IssueChanges).len(), "{email}");
    }
}

#[tokio::test]
async fn searches_lag_and_reads_by_id_do_not() {
    let sim = still(300).await;
    let admin = client(&sim, ADMIN);
    sim.set_lag(Duration::from_secs(30));
    let key = sim.edit(&Edit::new(EditKind::Summary).of("APOLLO-2").to("Changed")).unwrap().subject;
    let new = sim.edit(&Edit::new(EditKind::Create).of("APOLLO")).unwrap().subject;
    let (id, new_id) = (text(&issue(&sim, &key).await["id"]), text(&issue(&sim, &new).await["id"]));
    assert_eq!(issue(&sim, &key).await["fields"]["summary"], "Changed");
    let since = format!("project = APOLLO and updated >= {NOW}");
    let count = async || {
        let body = json!({ "jql": since });
        admin.post("/rest/api/3/search/approximate-count", &body).await.good()["count"].clone()
    };
    assert!(admin.ids(&since).await.is_empty());
    assert_eq!(count().await, 0);
    let body =
        json!({ "jql": since, "fields": ["summary"], "reconcileIssues": [id.parse::<u64>().unwrap()] });
    let reconciled = admin.post("/rest/api/3/search/jql", &body).await.good();
    assert_eq!(reconciled["issues"][0]["fields"]["summary"], "Changed");
    sim.advance_clock(Duration::from_secs(29));
    assert!(admin.ids(&since).await.is_empty());
    sim.advance_clock(Duration::from_secs(1));
    let mut found = admin.ids(&since).await;
    found.sort();
    assert_eq!(found, [id, new_id]);
    assert_eq!(count().await, 2);
}

#[tokio::test]
async fn the_pages_of_a_walk_belong_together_whatever_is_edited() {
    let sim = still(400).await;
    let admin = client(&sim, ADMIN);
    let body = json!({ "jql": "project = APOLLO order by updated", "maxResults": 20 });
    let first = admin.post("/rest/api/3/search/jql", &body).await.good();
    let before = admin.ids("project = APOLLO").await.len();
    sim.edits(2, 60, &[EditKind::Summary, EditKind::CommentAdd, EditKind::Create], Duration::from_secs(60));
    let mut seen: Vec<String> =
        first["issues"].as_array().unwrap().iter().map(|it| text(&it["id"])).collect();
    let mut token = first["nextPageToken"].clone();
    while !token.is_null() {
        let mut body = body.clone();
        body["nextPageToken"] = token;
        let page = admin.post("/rest/api/3/search/jql", &body).await.good();
        seen.extend(page["issues"].as_array().unwrap().iter().map(|it| text(&it["id"])));
        token = page["nextPageToken"].clone();
    }
    assert_eq!(seen.len(), before);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), before);
}
