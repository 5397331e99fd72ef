//! The truth of Data Center against what it serves: rows are made again from the replies, by the words of the contract.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use jira_sim::{Sim, SimOptions, TruthView};
use serde_json::{Value, json};
use support::*;

async fn all(sim: &Sim, email: &str) -> Vec<Value> {
    let body =
        json!({ "jql": "order by id", "maxResults": 1000, "fields": ["*all"], "expand": ["changelog"] });
    let page = token(sim, email).post("/rest/api/2/search", &body).await.good();
    list(&page["issues"]).to_vec()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn column(rows: &[Value], name: &str) -> BTreeSet<String> {
    rows.iter().map(|row| text(&row[name])).collect()
}

/// The id of a sprint, of either form.
fn sprint_id(value: &Value) -> String {
    match value {
        Value::String(said) => said.split_once("[id=").unwrap().1.split(',').next().unwrap().to_owned(),
        sprint => sprint["id"].to_string(),
    }
}

#[tokio::test]
async fn sprints_of_issues_are_those_of_the_field_and_closed_ones_are_among_them() {
    for version in VERSIONS {
        let sim = dc(version, 400, SimOptions::default()).await;
        sim.edits(5, 100, &[], std::time::Duration::ZERO);
        let mut served = BTreeSet::new();
        for issue in all(&sim, READER).await {
            for sprint in list(&issue["fields"]["customfield_10020"]) {
                served.insert((text(&issue["id"]), sprint_id(sprint)));
            }
        }
        let truth = rows(&sim, READER, TruthView::IssueSprints);
        let pairs: BTreeSet<_> =
            truth.iter().map(|row| (text(&row["issue_id"]), text(&row["sprint_id"]))).collect();
        assert_eq!(pairs, served, "{version:?}");
        let closed: BTreeSet<String> = rows(&sim, READER, TruthView::Sprints)
            .iter()
            .filter(|sprint| sprint["state"] == "closed")
            .map(|sprint| text(&sprint["id"]))
            .collect();
        assert!(pairs.iter().any(|(_, sprint)| closed.contains(sprint)));
    }
}

#[tokio::test]
async fn the_project_of_a_board_is_that_of_its_filter() {
    let sim = dc(VERSIONS[1], 400, SimOptions::default()).await;
    for email in [READER, PARTIAL] {
        let client = token(&sim, email);
        let truth = rows(&sim, email, TruthView::Boards);
        let boards = client.get("/rest/agile/1.0/board").await.good();
        let boards = list(&boards["values"]);
        assert_eq!(boards.len(), truth.len());
        for (board, row) in boards.iter().zip(&truth) {
            assert_eq!((&board["name"], board["id"].to_string()), (&row["name"], text(&row["id"])));
            assert!(board["location"].is_null());
            let path = format!("/rest/agile/1.0/board/{}/project", board["id"]);
            let projects = client.get(&path).await.good();
            assert_eq!(projects["values"][0]["key"], row["project_key"]);
            let path = format!("/rest/agile/1.0/board?projectKeyOrId={}", text(&row["project_key"]));
            let found = client.get(&path).await.good();
            assert!(list(&found["values"]).iter().any(|it| it["id"] == board["id"]));
        }
    }
}

#[tokio::test]
async fn comments_and_worklogs_name_keys_and_who_may_read_them() {
    let sim = dc(VERSIONS[2], 400, SimOptions::default()).await;
    for email in [ADMIN, READER, PARTIAL] {
        let mut served = BTreeMap::new();
        for issue in all(&sim, email).await {
            for (field, parts) in [("comment", "comments"), ("worklog", "worklogs")] {
                for part in list(&issue["fields"][field][parts]) {
                    served.insert((field, text(&part["id"])), part.clone());
                }
            }
        }
        let mut seen = BTreeSet::new();
        for (field, view) in [("comment", TruthView::IssueComments), ("worklog", TruthView::IssueWorklogs)] {
            for row in rows(&sim, email, view) {
                let Some(part) = served.get(&(field, text(&row["id"]))) else {
                    assert_eq!(field, "worklog", "only worklogs are cut short");
                    continue;
                };
                assert_eq!(row["author_id"], part["author"]["key"]);
                let visibility = &part["visibility"];
                let named =
                    visibility["type"].as_str().map(|kind| format!("{kind}:{}", text(&visibility["value"])));
                if field == "comment" {
                    assert_eq!(row["visibility"].as_str().map(str::to_owned), named);
                    seen.extend(named);
                }
            }
        }
        let expected: &[&str] = match email {
            ADMIN => &["group:jira-developers", "role:Administrators"],
            READER => &["group:jira-developers"],
            _ => &[],
        };
        assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{email}");
    }
}

#[tokio::test]
async fn people_are_those_listed_and_those_referred_to_by_their_keys() {
    for version in VERSIONS {
        let sim = dc(version, 600, SimOptions::default()).await;
        for email in [READER, PARTIAL] {
            let client = token(&sim, email);
            let mut known = BTreeMap::new();
            let mut meet = |user: &Value| {
                if let Some(key) = user["key"].as_str() {
                    known.insert(key.to_owned(), user.clone());
                }
            };
            let path = "/rest/api/2/user/search?username=.&includeInactive=true&maxResults=1000";
            let listed = client.get(path).await;
            if listed.status == 200 {
                list(&listed.json()).iter().for_each(&mut meet);
            }
            let projects = "/rest/api/2/project?includeArchived=true&expand=lead";
            list(&client.get(projects).await.good()).iter().for_each(|project| meet(&project["lead"]));
            for issue in all(&sim, email).await {
                let fields = &issue["fields"];
                ["assignee", "reporter", "creator", "customfield_10038"]
                    .iter()
                    .for_each(|field| meet(&fields[*field]));
                list(&fields["customfield_10039"]).iter().for_each(&mut meet);
                list(&issue["changelog"]["histories"]).iter().for_each(|it| meet(&it["author"]));
                let path = format!("/rest/api/2/issue/{}/worklog", text(&issue["id"]));
                let worklogs = match fields["worklog"]["total"].as_u64() {
                    Some(21..) => client.get(&path).await.good()["worklogs"].clone(),
                    _ => fields["worklog"]["worklogs"].clone(),
                };
                for part in list(&fields["comment"]["comments"]).iter().chain(list(&worklogs)) {
                    meet(&part["author"]);
                    meet(&part["updateAuthor"]);
                }
            }
            let truth = rows(&sim, email, TruthView::People);
            assert_eq!(column(&truth, "id"), known.keys().cloned().collect(), "{version:?} {email}");
            for row in &truth {
                let user = &known[&text(&row["id"])];
                assert_eq!((&row["name"], &row["active"]), (&user["displayName"], &user["active"]));
                assert_eq!((&row["email"], &row["kind"]), (&user["emailAddress"], &json!("person")));
            }
        }
    }
}

#[tokio::test]
async fn reference_rows_are_what_the_site_lists() {
    let sim = dc(VERSIONS[0], 400, SimOptions::default()).await;
    sim.edits(9, 60, &[], std::time::Duration::ZERO);
    let client = token(&sim, READER);
    for (view, path) in [
        (TruthView::Statuses, "status"),
        (TruthView::IssueTypes, "issuetype"),
        (TruthView::Priorities, "priority"),
        (TruthView::Resolutions, "resolution"),
        (TruthView::Fields, "field"),
        (TruthView::Projects, "project?includeArchived=true&expand=lead"),
    ] {
        let served = client.get(&format!("/rest/api/2/{path}")).await.good();
        let served: BTreeMap<String, &Value> = list(&served).iter().map(|it| (text(&it["id"]), it)).collect();
        let truth = rows(&sim, READER, view);
        assert_eq!(truth.len(), served.len(), "{path}");
        for row in truth {
            let it = served[&text(&row["id"])];
            assert_eq!(row["name"], it["name"]);
            match view {
                TruthView::IssueTypes => {
                    assert_eq!(row["hierarchy_level"], if it["subtask"] == true { -1 } else { 0 });
                }
                TruthView::Projects => {
                    assert_eq!((&row["lead_id"], &row["style"]), (&it["lead"]["key"], &Value::Null));
                    assert_eq!(row["category"], it["projectCategory"]["name"]);
                    let state = if it["archived"] == true { "archived" } else { "live" };
                    assert_eq!(row["state"], state);
                }
                TruthView::Fields => assert_eq!(row["schema_type"], it["schema"]["type"]),
                _ => {}
            }
        }
    }
    for view in [TruthView::Versions, TruthView::Components] {
        for row in rows(&sim, READER, view) {
            let path = format!("/rest/api/2/project/{}/{}", text(&row["project_key"]), view.name());
            let served = client.get(&path).await.good();
            let it = list(&served).iter().find(|it| it["id"] == row["id"]).unwrap();
            assert_eq!(row["name"], it["name"]);
            assert_eq!(row["description"], it["description"]);
            if view == TruthView::Versions {
                assert_eq!(
                    (&row["start_date"], &row["release_date"]),
                    (&it["startDate"], &it["releaseDate"])
                );
            } else {
                assert_eq!(row["lead_id"], it["lead"]["key"]);
            }
        }
    }
}
