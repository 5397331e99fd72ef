//! Projects that are trashed, archived and restored, and permissions that are taken away: what is still shown, where.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use jira_sim::{DcVersion, Edit, EditKind, Sim, SimOptions, TruthView};
use serde_json::{Value, json};
use support::*;

const LISTED: &str = "/rest/api/3/project/search";

fn keys(page: &Value) -> Vec<String> {
    let projects = page.get("values").unwrap_or(page).as_array().unwrap();
    projects.iter().map(|project| text(&project["key"])).collect()
}

fn truth_of(sim: &Sim, project: &str) -> usize {
    let rows = rows(sim, READER, TruthView::Issues);
    rows.iter().filter(|row| row["project_key"] == json!(project)).count()
}

fn state(sim: &Sim, project: &str) -> Option<Value> {
    let rows = rows(sim, READER, TruthView::Projects);
    rows.iter().find(|row| row["key"] == json!(project)).map(|row| row["state"].clone())
}

#[tokio::test]
async fn a_trashed_project_is_listed_as_deleted_and_its_issues_are_gone_until_it_is_restored() {
    let sim = start(300).await;
    let reader = client(&sim, READER);
    let ids = reader.ids("project = BEACON").await;
    let before = truth_of(&sim, "BEACON");
    assert!(before > 0 && before == ids.len());

    sim.edit(&Edit::new(EditKind::ProjectTrash).of("BEACON")).unwrap();
    assert!(reader.search("project = BEACON").await.refused(400).contains("BEACON"));
    assert_eq!(reader.get(&format!("/rest/api/3/issue/{}", ids[0])).await.status, 404);
    let bulk = json!({ "issueIdsOrKeys": ids[..10], "fields": ["summary"] });
    let found = reader.post("/rest/api/3/issue/bulkfetch", &bulk).await.good();
    assert!(found["issues"].as_array().unwrap().is_empty());
    assert_eq!(reader.get("/rest/api/3/project/BEACON").await.status, 404);
    assert_eq!(keys(&reader.get(LISTED).await.good()), ["APOLLO", "CEDAR"]);
    let deleted = reader.get(&format!("{LISTED}?status=deleted")).await.good();
    assert_eq!(keys(&deleted), ["BEACON", "TRASH"]);
    assert_eq!(deleted["values"][0]["deleted"], json!(true));
    assert_eq!((truth_of(&sim, "BEACON"), state(&sim, "BEACON")), (0, Some(json!("deleted"))));
    let boards = rows(&sim, READER, TruthView::Boards);
    assert!(boards.iter().all(|board| board["project_key"] != json!("BEACON")));
    let listed = reader.get("/rest/agile/1.0/board").await.good();
    assert_eq!(listed["total"], json!(boards.len()));

    sim.edit(&Edit::new(EditKind::ProjectRestore).of("BEACON")).unwrap();
    assert_eq!(reader.ids("project = BEACON").await, ids);
    assert_eq!((truth_of(&sim, "BEACON"), state(&sim, "BEACON")), (before, Some(json!("live"))));
}

#[tokio::test]
async fn an_archived_projects_issues_are_out_of_searches_and_can_be_read_by_id() {
    let sim = start(300).await;
    let reader = client(&sim, READER);
    let ids = reader.ids("project = BEACON").await;
    sim.edit(&Edit::new(EditKind::ProjectArchive).of("BEACON")).unwrap();
    let archived = reader.get(&format!("{LISTED}?status=archived")).await.good();
    assert_eq!(keys(&archived), ["BEACON", "OLDIE"]);
    reader.search("project = BEACON").await.refused(400);
    assert!(reader.ids("id > 0").await.iter().all(|id| !ids.contains(id)));
    let issue = reader.get(&format!("/rest/api/3/issue/{}", ids[0])).await.good();
    assert_eq!(issue["fields"]["project"]["key"], json!("BEACON"));
    assert_eq!((truth_of(&sim, "BEACON"), state(&sim, "BEACON")), (0, Some(json!("archived"))));
}

#[tokio::test]
async fn on_data_center_a_trashed_project_is_nowhere_and_an_archived_one_is_asked_for() {
    let sim = dc(DcVersion::V9_12, 300, SimOptions::default()).await;
    let reader = token(&sim, READER);
    sim.edit(&Edit::new(EditKind::ProjectTrash).of("BEACON")).unwrap();
    sim.edit(&Edit::new(EditKind::ProjectArchive).of("CEDAR")).unwrap();
    assert_eq!(keys(&reader.get("/rest/api/2/project").await.good()), ["APOLLO"]);
    let all = reader.get("/rest/api/2/project?includeArchived=true").await.good();
    assert_eq!(keys(&all), ["APOLLO", "CEDAR", "OLDIE"]);
    assert_eq!((state(&sim, "BEACON"), state(&sim, "CEDAR")), (None, Some(json!("archived"))));
    assert_eq!(reader.get("/rest/api/2/issue/CEDAR-1").await.status, 200);
    assert_eq!(reader.get("/rest/api/2/issue/BEACON-1").await.status, 404);
}

#[tokio::test]
async fn a_revoked_permission_hides_the_project_from_that_account_alone() {
    let sim = start(300).await;
    let reader = client(&sim, READER);
    let before = reader.ids("project = CEDAR").await;
    let revoke = Edit::new(EditKind::PermissionRevoke).of("CEDAR");
    sim.edit(&revoke).unwrap();
    assert!(sim.edit(&revoke).is_err(), "it has gone already");
    reader.search("project = CEDAR").await.refused(400);
    assert_eq!(reader.get(&format!("/rest/api/3/issue/{}", before[0])).await.status, 404);
    assert_eq!(keys(&reader.get(LISTED).await.good()), ["APOLLO", "BEACON"]);
    assert_eq!((truth_of(&sim, "CEDAR"), state(&sim, "CEDAR")), (0, None));
    assert_eq!(client(&sim, ADMIN).ids("project = CEDAR").await.len(), before.len());

    sim.edit(&Edit::new(EditKind::PermissionGrant).of("CEDAR")).unwrap();
    assert_eq!(reader.ids("project = CEDAR").await, before);
    let partial = client(&sim, PARTIAL);
    partial.search("project = BEACON").await.refused(400);
    sim.edit(&Edit::new(EditKind::PermissionGrant).of("BEACON").to(PARTIAL)).unwrap();
    assert!(!partial.ids("project = BEACON").await.is_empty());
}

#[tokio::test]
async fn whole_projects_are_never_drawn_among_other_edits_and_the_last_one_stays() {
    let sim = start(300).await;
    let applied = sim.edits(7, 300, &[], std::time::Duration::ZERO);
    let away = [EditKind::ProjectTrash, EditKind::ProjectArchive, EditKind::PermissionRevoke];
    assert!(applied.iter().all(|edit| !away.contains(&edit.kind)));
    let trashed = sim.edits(7, 5, &[EditKind::ProjectTrash], std::time::Duration::ZERO);
    assert!(!trashed.is_empty());
    let left = client(&sim, READER).get(LISTED).await.good();
    assert_eq!(keys(&left).len(), 1);
}
