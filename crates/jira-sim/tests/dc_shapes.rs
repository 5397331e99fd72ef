//! Every reply of Data Center against Atlassian's own document of version 10.3, except the deviations listed in
//! `dc_deviations.txt`. The document lies beside the project; without it the test says so and checks nothing.
//!
//! The document describes many a list by one of its elements, and forbids no member that it does not name; here no
//! other members are allowed, so that nothing of Cloud slips in.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use jira_sim::{DcVersion, SimOptions};
use serde_json::json;
use support::schema::{Document, Form, Judge, documents};
use support::*;

const API: &str = "/rest/api/2";
const AGILE: &str = "/rest/agile/1.0";

/// Path in the document and its form, and what is asked.
fn gets(id: &str, key: &str) -> Vec<(String, Form, String)> {
    use Form::{Elements, Values, Whole};
    let platform = [
        ("serverInfo", Whole, "serverInfo".to_owned()),
        ("myself", Whole, "myself".to_owned()),
        ("mypermissions", Whole, "mypermissions".to_owned()),
        ("field", Elements, "field".to_owned()),
        ("jql/autocompletedata", Whole, "jql/autocompletedata".to_owned()),
        (
            "jql/autocompletedata/suggestions",
            Whole,
            "jql/autocompletedata/suggestions?fieldName=status".to_owned(),
        ),
        ("project", Elements, "project?includeArchived=true&expand=lead,description,projectKeys".to_owned()),
        ("project/{projectIdOrKey}", Whole, "project/APOLLO".to_owned()),
        ("project/{projectIdOrKey}/versions", Elements, "project/APOLLO/versions".to_owned()),
        ("project/{projectIdOrKey}/version", Whole, "project/APOLLO/version".to_owned()),
        ("project/{projectIdOrKey}/components", Elements, "project/APOLLO/components".to_owned()),
        ("project/{projectIdOrKey}/statuses", Elements, "project/APOLLO/statuses".to_owned()),
        ("project/{projectIdOrKey}/role/{id}", Whole, "project/APOLLO/role/10001".to_owned()),
        ("status", Elements, "status".to_owned()),
        ("statuscategory", Elements, "statuscategory".to_owned()),
        ("issuetype", Elements, "issuetype".to_owned()),
        ("priority", Elements, "priority".to_owned()),
        ("resolution", Elements, "resolution".to_owned()),
        ("issueLinkType", Whole, "issueLinkType".to_owned()),
        ("role", Elements, "role".to_owned()),
        ("user", Whole, format!("user?key={key}")),
        ("user/search", Elements, "user/search?username=.&includeInactive=true&maxResults=1000".to_owned()),
        ("user/list", Whole, "user/list?maxResults=10".to_owned()),
        ("user/picker", Whole, "user/picker?query=a".to_owned()),
        ("group/member", Values, "group/member?groupname=jira-users".to_owned()),
        ("search", Whole, "search?jql=&fields=*all&expand=changelog,names,schema&maxResults=1000".to_owned()),
        ("issue/{issueIdOrKey}", Whole, format!("issue/{id}?expand=changelog")),
        ("issue/{issueIdOrKey}/comment", Whole, format!("issue/{id}/comment?expand=properties")),
        ("issue/{issueIdOrKey}/worklog", Whole, format!("issue/{id}/worklog")),
        ("worklog/updated", Whole, "worklog/updated".to_owned()),
        ("worklog/deleted", Whole, "worklog/deleted".to_owned()),
    ];
    let agile = [
        ("board", Values, "board".to_owned()),
        ("board/{boardId}", Whole, "board/1".to_owned()),
        ("board/{boardId}/configuration", Whole, "board/1/configuration".to_owned()),
        ("board/{boardId}/sprint", Values, "board/1/sprint".to_owned()),
        ("board/{boardId}/epic", Values, "board/1/epic".to_owned()),
        ("board/{boardId}/project", Values, "board/1/project".to_owned()),
        ("board/{boardId}/version", Values, "board/1/version".to_owned()),
        ("sprint/{sprintId}", Whole, "sprint/1".to_owned()),
    ];
    let at = |root: &'static str| {
        move |(path, form, asked): (&str, Form, String)| {
            (format!("{root}/{path}"), form, format!("{root}/{asked}"))
        }
    };
    platform.into_iter().map(at(API)).chain(agile.into_iter().map(at(AGILE))).collect()
}

#[tokio::test]
async fn replies_of_data_center_have_the_documented_shapes() {
    let Some(folder) = documents("dc_shapes") else { return };
    let mut document = Document::closed(folder.join("jira-dc-10.3.24-v2-agile.json"), "/rest");
    let sim = dc(DcVersion::V10_3, 600, SimOptions::default()).await;
    let admin = token(&sim, ADMIN);
    let desk = "search?jql=project%3DCEDAR%20order%20by%20id&fields=comment&maxResults=200";
    let desk = admin.get(&format!("{API}/{desk}")).await.good();
    let talked = desk["issues"]
        .as_array()
        .unwrap()
        .iter()
        .find(|issue| issue["fields"]["comment"]["total"].as_u64().unwrap() > 1);
    let me = text(&admin.get(&format!("{API}/myself")).await.good()["key"]);
    let mut judge = Judge::default();
    for (path, form, asked) in gets(&text(&talked.unwrap()["id"]), &me) {
        let answer = admin.get(&asked).await.good();
        judge.judge(&format!("GET {path}"), document.validator("get", &path, form), &answer);
        if path.ends_with("user/list") {
            judge.judge(&format!("GET {path}"), document.named("UserBean", Form::Values), &answer);
        }
    }
    let search = json!({ "jql": "project = APOLLO", "fields": ["*all"], "expand": ["changelog"] });
    let worklogs = json!({ "ids": (40_001..40_200).collect::<Vec<u64>>() });
    for (path, form, body) in [("search", Form::Whole, search), ("worklog/list", Form::Elements, worklogs)] {
        let path = format!("{API}/{path}");
        let answer = admin.post(&path, &body).await.good();
        judge.judge(&format!("POST {path}"), document.validator("post", &path, form), &answer);
    }
    judge.compare(include_str!("dc_deviations.txt"));
}

/// Members that only Cloud has.
const OF_CLOUD: [&str; 13] = [
    "/rest/api/3",
    "\"accountId\"",
    "\"accountType\"",
    "\"hierarchyLevel\"",
    "\"simplified\"",
    "\"isPrivate\"",
    "\"jsdPublic\"",
    "\"groupId\"",
    "\"identifier\"",
    "\"entityId\"",
    "\"scope\"",
    "atl-paas.net",
    "This work item",
];

#[tokio::test]
async fn no_version_says_what_only_cloud_says() {
    for version in VERSIONS {
        let sim = dc(version, 400, SimOptions::default()).await;
        sim.edits(3, 80, &[], std::time::Duration::ZERO);
        let admin = token(&sim, ADMIN);
        let me = text(&admin.get(&format!("{API}/myself")).await.good()["key"]);
        let some = admin.get(&format!("{API}/search?jql=&maxResults=1")).await.good();
        for (_, _, asked) in gets(&text(&some["issues"][0]["id"]), &me) {
            let answer = admin.get(&asked).await;
            if asked.contains("user/list") && answer.status == 404 {
                assert!(matches!(version, DcVersion::V8_20 | DcVersion::V9_12), "{version:?}");
                continue;
            }
            let said = answer.good().to_string();
            for word in OF_CLOUD {
                assert!(!said.contains(word), "{version:?} {asked}: {word}");
            }
        }
    }
}
