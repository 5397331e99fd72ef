//! Edits under Data Center: what is served follows them, and the truth with it.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use jira_sim::{DcVersion, Edit, EditKind, Sim, SimOptions, TruthView};
use serde_json::{Value, json};
use support::*;

/// 2026-11-22T10:00:00Z
const NOW: i64 = 1_795_341_600_000;

async fn still(version: DcVersion) -> Sim {
    let sim = dc(version, 400, SimOptions::default()).await;
    sim.set_clock(NOW);
    sim
}

async fn issue(sim: &Sim, key: &str) -> Value {
    let path = format!("/rest/api/2/issue/{key}?expand=changelog");
    token(sim, ADMIN).get(&path).await.good()
}

/// The items of the newest history.
async fn told(sim: &Sim, key: &str) -> Vec<Value> {
    let issue = issue(sim, key).await;
    let histories = issue["changelog"]["histories"].as_array().unwrap();
    histories.last().unwrap()["items"].as_array().unwrap().clone()
}

fn item<'a>(items: &'a [Value], field: &str) -> &'a Value {
    items.iter().find(|item| item["field"] == field).unwrap()
}

fn row(sim: &Sim, view: TruthView, column: &str, value: &str) -> Value {
    let found = rows(sim, ADMIN, view).into_iter().find(|row| row[column] == json!(value));
    found.unwrap_or_else(|| panic!("no row of {view:?} with {column} {value}"))
}

async fn some(sim: &Sim, jql: &str) -> Value {
    let body = json!({ "jql": jql, "maxResults": 1, "fields": ["*all"] });
    token(sim, ADMIN).post("/rest/api/2/search", &body).await.good()["issues"][0].clone()
}

#[tokio::test]
async fn every_kind_can_be_drawn_and_what_is_served_is_what_is_true() {
    for version in VERSIONS {
        let sim = still(version).await;
        let applied = sim.edits(7, 400, &[], std::time::Duration::from_secs(600));
        for kind in EditKind::ALL.into_iter().filter(|kind| kind.is_drawn()) {
            assert!(applied.iter().any(|applied| applied.kind == kind), "{version:?} {kind:?}");
        }
        let body = json!({ "jql": "order by id", "maxResults": 1000, "fields": ["*all"] });
        let page = token(&sim, ADMIN).post("/rest/api/2/search", &body).await.good();
        let truth = rows(&sim, ADMIN, TruthView::Issues);
        assert_eq!(page["total"], truth.len());
        for (truth, served) in truth.iter().zip(page["issues"].as_array().unwrap()) {
            let fields = &served["fields"];
            assert_eq!(truth["key"], served["key"]);
            assert_eq!(truth["parent_key"], fields["parent"]["key"]);
            assert_eq!(truth["is_subtask"], json!(fields.get("parent").is_some()));
            assert_eq!(truth["epic_key"], fields["customfield_10014"]);
            assert_eq!(truth["due_date"], fields["duedate"]);
            assert_eq!(truth["status"], fields["status"]["name"]);
            assert_eq!(truth["reporter_id"], fields["reporter"]["key"]);
            for (field, value) in truth["fields"].as_object().unwrap() {
                let served = fields[field].to_string().replace("\\u0000", "\u{fffd}");
                assert_eq!(value.to_string(), served, "{version:?} {field}");
            }
        }
    }
}

#[tokio::test]
async fn a_moved_issue_tells_its_keys_and_histories_name_users_by_key() {
    let sim = still(DcVersion::V9_12).await;
    let story = some(&sim, "project = APOLLO and issuetype = Story").await;
    let old = text(&story["key"]);
    let new = sim.edit(&Edit::new(EditKind::Move).of(old.clone()).to("CEDAR")).unwrap().subject;
    let items = told(&sim, &new).await;
    assert_eq!(
        (&item(&items, "Key")["fromString"], &item(&items, "Key")["toString"]),
        (&json!(old), &json!(new))
    );
    assert!(items.iter().all(|item| item["fieldId"].is_null()));
    assert_eq!(issue(&sim, &old).await["key"], json!(new));
    for key in [&old, &new] {
        assert_eq!(row(&sim, TruthView::IssueKeys, "key", key)["issue_id"], story["id"]);
    }
    let people = rows(&sim, ADMIN, TruthView::People);
    let somebody =
        people.iter().find(|row| text(&row["id"]).starts_with("JIRAUSER") && row["active"] == true);
    let somebody = text(&somebody.unwrap()["id"]);
    let edit = Edit::new(EditKind::Assignee).of(new.clone());
    sim.edit(&edit.clone().to(Value::Null)).ok();
    sim.edit(&edit.to(somebody.clone())).unwrap();
    assert_eq!(item(&told(&sim, &new).await, "assignee")["to"], json!(somebody));
    assert_eq!(row(&sim, TruthView::Issues, "key", &new)["assignee_id"], json!(somebody));
}

#[tokio::test]
async fn a_closed_or_renamed_sprint_changes_the_text_in_its_issues_at_once() {
    for version in [DcVersion::V8_20, DcVersion::V11] {
        let sim = still(version).await;
        let key = text(&some(&sim, "project = APOLLO and issuetype = Story").await["key"]);
        let sprints = rows(&sim, ADMIN, TruthView::Sprints);
        let open = sprints.iter().find(|it| it["state"] == "active" && it["board_id"] == "1");
        let id = text(&open.unwrap()["id"]);
        sim.edit(&Edit::new(EditKind::Sprint).of(key.clone()).to(id.clone())).unwrap();
        // What is done stays in its sprint.
        let _ = sim.edit(&Edit::new(EditKind::Status).of(key.clone()).to("Done"));
        let story = issue(&sim, &key).await;
        sim.edit(&Edit::new(EditKind::SprintRename).of(id.clone()).to("New, name [id=7]")).unwrap();
        sim.edit(&Edit::new(EditKind::SprintClose).of(id.clone())).unwrap();
        let after = issue(&sim, &key).await;
        assert_eq!(after["fields"]["updated"], story["fields"]["updated"]);
        let said = after["fields"]["customfield_10020"].to_string();
        let state = if version == DcVersion::V11 { "\"state\":\"closed\"" } else { "state=CLOSED" };
        assert!(said.contains("New, name [id=7]") && said.contains(state), "{said}");
        let truth = row(&sim, TruthView::Issues, "key", &key);
        assert_eq!(truth["fields"]["customfield_10020"], after["fields"]["customfield_10020"]);
        assert_eq!(row(&sim, TruthView::Sprints, "id", &id)["state"], "closed");
        let still_in = |row: &Value| row["issue_id"] == story["id"] && row["sprint_id"] == json!(id);
        assert!(rows(&sim, ADMIN, TruthView::IssueSprints).iter().any(still_in));
    }
}

#[tokio::test]
async fn a_renamed_user_is_renamed_inside_every_issue_and_an_inactive_one_is_not_listed() {
    let sim = still(DcVersion::V10_3).await;
    let accounts = ["admin", "reader", "partial", "nobody", "svc"];
    let mut reviewed = Value::Null;
    for start in 0..300 {
        let body = json!({ "jql": "order by id", "startAt": start, "maxResults": 1, "fields": ["*all"] });
        reviewed = token(&sim, ADMIN).post("/rest/api/2/search", &body).await.good()["issues"][0].clone();
        let user = &reviewed["fields"]["customfield_10038"];
        let is_free = user["name"].as_str().is_some_and(|name| !accounts.contains(&name));
        if is_free && user["active"] == true && user["deleted"].is_null() {
            break;
        }
    }
    let key = text(&reviewed["fields"]["customfield_10038"]["key"]);
    sim.edit(&Edit::new(EditKind::UserRename).of(key.clone()).to("Renamed Person")).unwrap();
    let id = text(&reviewed["id"]);
    let after = issue(&sim, &id).await;
    assert_eq!(after["fields"]["updated"], reviewed["fields"]["updated"]);
    assert_eq!(after["fields"]["customfield_10038"]["displayName"], "Renamed Person");
    let truth = row(&sim, TruthView::Issues, "id", &id);
    assert_eq!(truth["fields"]["customfield_10038"]["displayName"], "Renamed Person");
    assert_eq!(row(&sim, TruthView::People, "id", &key)["name"], "Renamed Person");
    sim.edit(&Edit::new(EditKind::UserDeactivate).of(key.clone())).unwrap();
    let listed = async |more: &str| {
        let path = format!("/rest/api/2/user/search?username=.&maxResults=1000{more}");
        let users = token(&sim, ADMIN).get(&path).await.good();
        users.as_array().unwrap().iter().any(|user| user["key"] == json!(key))
    };
    assert!(!listed("").await && listed("&includeInactive=true").await);
    assert_eq!(row(&sim, TruthView::People, "id", &key)["active"], false);
}

#[tokio::test]
async fn only_sub_tasks_have_parents_and_epics_come_by_the_epic_link() {
    let sim = still(DcVersion::V10_3).await;
    let sub_task = text(&some(&sim, "project = APOLLO and issuetype = Sub-task").await["key"]);
    let story = text(&some(&sim, "project = APOLLO and issuetype = Story").await["key"]);
    let epic = text(&some(&sim, "project = APOLLO and issuetype = Epic").await["key"]);
    sim.edit(&Edit::new(EditKind::Parent).of(sub_task.clone()).to(story.clone())).unwrap();
    let items = told(&sim, &sub_task).await;
    assert_eq!(item(&items, "Parent")["toString"], json!(story));
    assert_eq!(row(&sim, TruthView::Issues, "key", &sub_task)["parent_key"], json!(story));
    let children = issue(&sim, &story).await["fields"]["subtasks"].clone();
    assert!(children.as_array().unwrap().iter().any(|child| child["key"] == json!(sub_task)));
    assert!(sim.edit(&Edit::new(EditKind::Parent).of(story.clone()).to(epic.clone())).is_err());
    sim.edit(&Edit::new(EditKind::Epic).of(story.clone()).to(Value::Null)).ok();
    sim.edit(&Edit::new(EditKind::Epic).of(story.clone()).to(epic.clone())).unwrap();
    let truth = row(&sim, TruthView::Issues, "key", &story);
    assert_eq!((&truth["epic_key"], &truth["parent_key"]), (&json!(epic), &Value::Null));
    assert_eq!(issue(&sim, &story).await["fields"]["customfield_10014"], json!(epic));
    assert_eq!(item(&told(&sim, &epic).await, "Epic Child")["toString"], json!(story));
}

#[tokio::test]
async fn internal_comments_of_a_service_desk_are_told_by_their_properties() {
    let sim = still(DcVersion::V10_3).await;
    let admin = token(&sim, ADMIN);
    let truth = rows(&sim, ADMIN, TruthView::IssueComments);
    let internal = truth.iter().find(|row| row["is_public"] == false).unwrap();
    let path = format!("/rest/api/2/issue/{}/comment", text(&internal["issue_id"]));
    let plain = admin.get(&path).await.good();
    assert!(!plain.to_string().contains("internal") || plain["comments"][0]["properties"].is_null());
    let page = admin.get(&format!("{path}?expand=properties")).await.good();
    for comment in page["comments"].as_array().unwrap() {
        let row = row(&sim, TruthView::IssueComments, "id", &text(&comment["id"]));
        let property = &comment["properties"][0];
        assert_eq!(property["key"], "sd.public.comment");
        assert_eq!(property["value"]["internal"], json!(row["is_public"] == false));
    }
}

#[tokio::test]
async fn a_status_is_renamed_everywhere_but_in_what_was_told_before() {
    let sim = still(DcVersion::V8_20).await;
    let before = rows(&sim, ADMIN, TruthView::IssueChanges);
    sim.edit(&Edit::new(EditKind::StatusRename).of("3").to("Doing")).unwrap();
    assert!(rows(&sim, ADMIN, TruthView::IssueChanges) == before);
    let doing = some(&sim, "status = Doing").await;
    assert_eq!(row(&sim, TruthView::Issues, "key", &text(&doing["key"]))["status"], "Doing");
}
