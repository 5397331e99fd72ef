//! The truth against what is served: everything is walked over HTTP and compared, for every account.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use jira_sim::{Truth, TruthView, World, WorldSpec};
use serde_json::{Value, json};
use support::*;

fn rows(sim: &jira_sim::Sim, email: &str, view: TruthView) -> Vec<Value> {
    Truth::for_account(sim.world(), sim.url(), email).unwrap().rows(view)
}

fn column(rows: &[Value], name: &str) -> BTreeSet<String> {
    rows.iter().map(|row| text(&row[name])).collect()
}

/// Milliseconds since 1970 of a platform stamp, computed apart from the simulator.
fn instant(stamp: &Value) -> i64 {
    let stamp = text(stamp);
    let (wall, offset) = stamp.split_at(stamp.len() - 5);
    let colon = format!("{wall}{}:{}", &offset[..3], &offset[3..]);
    colon.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

async fn everything(sim: &jira_sim::Sim, email: &str) -> BTreeMap<String, Value> {
    let client = client(sim, email);
    let mut issues = BTreeMap::new();
    for chunk in client.ids("id > 0 order by id").await.chunks(100) {
        let body = json!({ "issueIdsOrKeys": chunk, "fields": ["*all"] });
        let page = client.post("/rest/api/3/issue/bulkfetch", &body).await.good();
        for issue in page["issues"].as_array().unwrap() {
            issues.insert(text(&issue["id"]), issue.clone());
        }
    }
    issues
}

#[tokio::test]
async fn what_is_served_is_what_is_true_for_every_account() {
    let sim = start(500).await;
    for email in [ADMIN, READER, PARTIAL] {
        let served = everything(&sim, email).await;
        let truth = rows(&sim, email, TruthView::Issues);
        assert_eq!(truth.len(), served.len(), "{email}");
        for row in &truth {
            compare(row, &served[&text(&row["id"])]);
        }
        let embedded = |field: &str, list: &str| -> u64 {
            let totals = served.values().map(|issue| issue["fields"][field]["total"].as_u64().unwrap());
            assert!(served.values().all(|issue| issue["fields"][field][list].is_array()));
            totals.sum()
        };
        assert_eq!(embedded("comment", "comments"), rows(&sim, email, TruthView::IssueComments).len() as u64);
        assert_eq!(embedded("worklog", "worklogs"), rows(&sim, email, TruthView::IssueWorklogs).len() as u64);
        let arrays = |field: &str| -> usize {
            served.values().filter_map(|issue| issue["fields"][field].as_array()).map(Vec::len).sum()
        };
        assert_eq!(arrays("issuelinks"), rows(&sim, email, TruthView::IssueLinks).len());
        assert_eq!(arrays("customfield_10020"), rows(&sim, email, TruthView::IssueSprints).len());
    }
    assert!(rows(&sim, PARTIAL, TruthView::Issues).len() < rows(&sim, READER, TruthView::Issues).len());
    assert!(
        rows(&sim, READER, TruthView::IssueComments).len()
            < rows(&sim, ADMIN, TruthView::IssueComments).len()
    );
    assert!(rows(&sim, NOBODY, TruthView::Issues).is_empty());
}

fn compare(row: &Value, issue: &Value) {
    let fields = &issue["fields"];
    let name = |field: &str| fields[field]["name"].clone();
    let names = |field: &str| -> Value {
        fields[field].as_array().unwrap().iter().map(|item| item["name"].clone()).collect()
    };
    let id = |field: &str| fields[field]["accountId"].clone();
    assert_eq!(row["key"], issue["key"]);
    let clean = |value: &Value| value.as_str().map(|text| text.replace('\0', "\u{fffd}"));
    assert_eq!(row["summary"].as_str().map(str::to_owned), clean(&fields["summary"]));
    assert_eq!((&row["type"], &row["status"]), (&name("issuetype"), &name("status")));
    assert_eq!((&row["priority"], &row["resolution"]), (&name("priority"), &name("resolution")));
    assert_eq!(row["security_level"], name("security"));
    assert_eq!((&row["assignee_id"], &row["reporter_id"]), (&id("assignee"), &id("reporter")));
    assert_eq!(row["creator_id"], id("creator"));
    assert_eq!((&row["components"], &row["labels"]), (&names("components"), &fields["labels"]));
    assert_eq!((&row["fix_versions"], &row["affects_versions"]), (&names("fixVersions"), &names("versions")));
    assert_eq!(row["parent_key"], fields["parent"]["key"]);
    assert_eq!(row["due_date"], fields["duedate"]);
    let points = [&fields["customfield_10028"], &fields["customfield_10016"]];
    assert_eq!(
        row["story_points"],
        *points.into_iter().find(|value| !value.is_null()).unwrap_or(&Value::Null)
    );
    let epic = match (&fields["customfield_10014"], &fields["parent"]) {
        (Value::String(key), _) => json!(key),
        (_, parent) if parent["fields"]["issuetype"]["hierarchyLevel"] == 1 => parent["key"].clone(),
        _ => Value::Null,
    };
    assert_eq!(row["epic_key"], epic, "{}", issue["key"]);
    let moment = |column: &str| {
        row[column].as_str().map(|text| text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    };
    assert_eq!(moment("created_at"), Some(instant(&fields["created"])));
    assert_eq!(moment("updated_at"), Some(instant(&fields["updated"])));
    assert_eq!(moment("resolved_at").is_none(), fields["resolutiondate"].is_null());
    assert_eq!(row["description_text"].is_null(), fields["description"].is_null());
    for (field, value) in row["fields"].as_object().unwrap() {
        assert_eq!(value.to_string(), fields[field].to_string().replace("\\u0000", "\u{fffd}"), "{field}");
    }
}

#[tokio::test]
async fn people_are_those_listed_and_those_referred_to() {
    let sim = start(500).await;
    let mut referred = BTreeSet::new();
    for issue in everything(&sim, PARTIAL).await.values() {
        for field in ["assignee", "reporter", "creator", "customfield_10038"] {
            referred.extend(issue["fields"][field]["accountId"].as_str().map(str::to_owned));
        }
    }
    let partial = column(&rows(&sim, PARTIAL, TruthView::People), "id");
    assert!(referred.is_subset(&partial));
    let listed = client(&sim, READER).get("/rest/api/3/users/search?maxResults=1000").await.good();
    let listed: BTreeSet<String> =
        listed.as_array().unwrap().iter().map(|user| text(&user["accountId"])).collect();
    let reader = rows(&sim, READER, TruthView::People);
    assert!(listed.is_subset(&column(&reader, "id")));
    assert!(
        reader.iter().any(|row| row["email"].is_null()) && reader.iter().any(|row| row["name"].is_null())
    );
    assert_eq!(column(&reader, "kind").len(), 4);
}

#[tokio::test]
async fn reference_rows_are_what_the_site_lists() {
    let sim = start(500).await;
    for email in [ADMIN, READER, PARTIAL] {
        let client = client(&sim, email);
        for (view, path) in [
            (TruthView::Statuses, "/rest/api/3/status"),
            (TruthView::IssueTypes, "/rest/api/3/issuetype"),
            (TruthView::Priorities, "/rest/api/3/priority"),
            (TruthView::Resolutions, "/rest/api/3/resolution"),
            (TruthView::Fields, "/rest/api/3/field"),
        ] {
            let served = client.get(path).await.good();
            assert_eq!(
                column(served.as_array().unwrap(), "id"),
                column(&rows(&sim, email, view), "id"),
                "{path}"
            );
        }
        let projects =
            client.get("/rest/api/3/project/search?status=live&status=archived&status=deleted").await.good();
        let truth = rows(&sim, email, TruthView::Projects);
        assert_eq!(column(projects["values"].as_array().unwrap(), "id"), column(&truth, "id"));
        let (mut versions, mut components) = (BTreeSet::new(), BTreeSet::new());
        for key in truth.iter().filter(|row| row["state"] == "live").map(|row| text(&row["key"])) {
            let of = |what: &str| format!("/rest/api/3/project/{key}/{what}");
            versions.extend(column(client.get(&of("versions")).await.good().as_array().unwrap(), "id"));
            components.extend(column(client.get(&of("components")).await.good().as_array().unwrap(), "id"));
        }
        assert_eq!(versions, column(&rows(&sim, email, TruthView::Versions), "id"));
        assert_eq!(components, column(&rows(&sim, email, TruthView::Components), "id"));
    }
}

#[tokio::test]
async fn sprints_are_those_of_boards_and_those_that_only_issues_name() {
    let sim = start(2500).await;
    let reader = client(&sim, READER);
    let boards = reader.get("/rest/agile/1.0/board").await.good();
    let boards = boards["values"].as_array().unwrap();
    let number = |value: &Value| value["id"].as_u64().unwrap().to_string();
    let mut known: BTreeSet<String> = BTreeSet::new();
    for board in boards {
        for start in [0, 50, 100] {
            let path = format!("/rest/agile/1.0/board/{}/sprint?startAt={start}", board["id"]);
            let page = reader.get(&path).await;
            if page.status == 200 {
                known.extend(page.json()["values"].as_array().unwrap().iter().map(number));
            }
        }
    }
    let listed = known.clone();
    for issue in everything(&sim, READER).await.values() {
        known.extend(issue["fields"]["customfield_10020"].as_array().into_iter().flatten().map(number));
    }
    assert!(known.len() > listed.len(), "a sprint of the lost board is in some issue");
    assert_eq!(column(&rows(&sim, READER, TruthView::Sprints), "id"), known);
    let truth = rows(&sim, READER, TruthView::Boards);
    assert_eq!(column(&truth, "id"), boards.iter().map(number).collect());
}

#[tokio::test]
async fn the_truth_over_http_is_the_truth_in_process() {
    let sim = start(300).await;
    for view in TruthView::ALL {
        let path = format!("/_sim/truth/{}?account={READER}", view.name());
        let answer = client(&sim, ADMIN).get(&path).await;
        assert_eq!(answer.status, 200);
        let lines: Vec<Value> = answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines, rows(&sim, READER, view), "{}", view.name());
        assert!(!lines.is_empty(), "{}", view.name());
    }
}

#[test]
fn equal_specs_give_equal_worlds_and_other_seeds_other_ones() {
    let all = |seed: u64| -> Vec<Vec<Value>> {
        let world = World::generate(WorldSpec { seed, ..WorldSpec::sized(300) });
        let truth = Truth::for_account(world, "http://sim", ADMIN).unwrap();
        TruthView::ALL.into_iter().map(|view| truth.rows(view)).collect()
    };
    assert!(all(7) == all(7));
    assert!(all(7) != all(8));
}

#[tokio::test]
async fn two_servers_of_one_seed_send_the_same_bytes() {
    let mut bodies = Vec::new();
    for _ in 0..2 {
        let sim = start(300).await;
        let reader = client(&sim, READER);
        let ids = reader.ids("id > 0 order by id").await;
        let issues = reader
            .post("/rest/api/3/issue/bulkfetch", &json!({ "issueIdsOrKeys": ids[..100], "fields": ["*all"] }))
            .await;
        let history = reader.post("/rest/api/3/changelog/bulkfetch", &json!({ "issueIdsOrKeys": ids })).await;
        bodies.push((issues.text + &history.text).replace(sim.url(), "SITE"));
    }
    assert!(bodies[0] == bodies[1]);
}

#[tokio::test]
async fn the_world_holds_what_breaks_careless_readers() {
    let sim = start(3000).await;
    let issues = rows(&sim, ADMIN, TruthView::Issues);
    let any = |test: &dyn Fn(&Value) -> bool| issues.iter().any(test);
    let says = |column: &'static str, part: &'static str| {
        move |row: &Value| row[column].as_str().is_some_and(|text| text.contains(part))
    };
    assert!(
        any(&says("summary", "\u{fffd}")) && any(&says("summary", "<script>")) && any(&says("summary", "🚀"))
    );
    assert!(any(&|row| row["description_text"].as_str() == Some("")));
    assert!(any(&|row| row["description_text"].as_str().is_some_and(|text| text.len() > 32_767)));
    assert!(any(&|row| row["description_text"].is_null()) && any(&|row| row["assignee_id"].is_null()));
    assert!(any(&|row| row["fields"]["customfield_10045"] == ""));
    assert!(any(&|row| row["fields"]["customfield_10022"].is_string() && row["story_points"].is_null()));
    assert!(any(&|row| row["status_category"].is_null()));
    let changes = rows(&sim, ADMIN, TruthView::IssueChanges);
    for field in [
        "Key",
        "project",
        "Link",
        "RemoteIssueLink",
        "IssueParentAssociation",
        "Parent",
        "Epic Link",
        "Sprint",
        "Flagged",
        "WorklogId",
        "Workflow",
        "issuetype",
        "Rank",
        "Attachment",
        "duedate",
        "Customer note",
    ] {
        assert!(changes.iter().any(|row| row["field"] == field), "{field}");
    }
    assert!(changes.iter().any(|row| row["author_id"].is_null()));
    assert!(changes.iter().any(|row| row["to_id"].as_str().is_some_and(|text| text.contains(", "))));
    let created: BTreeMap<String, &Value> =
        issues.iter().map(|row| (text(&row["id"]), &row["created_at"])).collect();
    let older = |row: &Value| text(&row["changed_at"]) < text(created[&text(&row["issue_id"])]);
    assert!(changes.iter().any(older), "a history older than its issue");
    let together = changes.windows(2).any(|pair| {
        pair[0]["issue_id"] == pair[1]["issue_id"]
            && pair[0]["history_id"] != pair[1]["history_id"]
            && pair[0]["changed_at"] == pair[1]["changed_at"]
    });
    assert!(together, "two histories in one millisecond");
    let comments = rows(&sim, ADMIN, TruthView::IssueComments);
    assert!(comments.iter().any(|row| row["is_public"] == json!(false)));
    assert_eq!(
        comments.iter().filter_map(|row| row["visibility"].as_str()).collect::<BTreeSet<_>>(),
        ["group:jira-developers", "role:Administrators"].into()
    );
    assert!(rows(&sim, ADMIN, TruthView::IssueCases).len() > 100);
}
