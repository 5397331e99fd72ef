//! Every reply against Atlassian's own documents, except the deviations listed in `deviations.txt`.
//! The documents lie beside the project; without them the test says so and checks nothing.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use serde_json::json;
use support::schema::{Document, Form, Judge, documents};
use support::*;

#[tokio::test]
async fn replies_have_the_documented_shapes() {
    let Some(folder) = documents("shapes") else { return };
    let mut platform = Document::load(folder.join("jira-cloud-platform-v3.2026-09-07.json"));
    let mut agile = Document::load(folder.join("jira-cloud-software-agile.2026-09-07.json"));
    let sim = start(600).await;
    let admin = client(&sim, ADMIN);
    let ids = admin.ids("id > 0 order by id").await;
    let me = text(&admin.get("/rest/api/3/myself").await.good()["accountId"]);
    let comments: Vec<u64> = (50_001..50_030).collect();
    let worklogs: Vec<u64> = (40_001..40_030).collect();
    let gets = [
        ("/rest/api/3/serverInfo", "/rest/api/3/serverInfo".to_owned()),
        ("/rest/api/3/myself", "/rest/api/3/myself".to_owned()),
        ("/rest/api/3/mypermissions", "/rest/api/3/mypermissions?permissions=BROWSE_PROJECTS,USER_PICKER".to_owned()),
        ("/rest/api/3/field", "/rest/api/3/field".to_owned()),
        ("/rest/api/3/jql/autocompletedata", "/rest/api/3/jql/autocompletedata".to_owned()),
        (
            "/rest/api/3/jql/autocompletedata/suggestions",
            "/rest/api/3/jql/autocompletedata/suggestions?fieldName=project&fieldValue=ap".to_owned(),
        ),
        ("/rest/api/3/field/search", "/rest/api/3/field/search".to_owned()),
        ("/rest/api/3/filter/search", "/rest/api/3/filter/search".to_owned()),
        (
            "/rest/api/3/project/search",
            "/rest/api/3/project/search?expand=lead,description,insight,issueTypes,projectKeys&status=live&status=deleted&status=archived".to_owned(),
        ),
        ("/rest/api/3/project/{projectIdOrKey}", "/rest/api/3/project/APOLLO".to_owned()),
        ("/rest/api/3/project/{projectIdOrKey}/version", "/rest/api/3/project/APOLLO/version".to_owned()),
        ("/rest/api/3/project/{projectIdOrKey}/versions", "/rest/api/3/project/APOLLO/versions".to_owned()),
        ("/rest/api/3/project/{projectIdOrKey}/component", "/rest/api/3/project/APOLLO/component".to_owned()),
        ("/rest/api/3/project/{projectIdOrKey}/components", "/rest/api/3/project/APOLLO/components".to_owned()),
        ("/rest/api/3/project/{projectIdOrKey}/statuses", "/rest/api/3/project/BEACON/statuses".to_owned()),
        ("/rest/api/3/project/{projectIdOrKey}/role", "/rest/api/3/project/APOLLO/role".to_owned()),
        ("/rest/api/3/project/{projectIdOrKey}/role/{id}", "/rest/api/3/project/APOLLO/role/10001".to_owned()),
        ("/rest/api/3/status", "/rest/api/3/status".to_owned()),
        ("/rest/api/3/statuses/search", "/rest/api/3/statuses/search".to_owned()),
        ("/rest/api/3/statuscategory", "/rest/api/3/statuscategory".to_owned()),
        ("/rest/api/3/issuetype", "/rest/api/3/issuetype".to_owned()),
        ("/rest/api/3/issuetype/project", "/rest/api/3/issuetype/project?projectId=10001".to_owned()),
        ("/rest/api/3/priority", "/rest/api/3/priority".to_owned()),
        ("/rest/api/3/priority/search", "/rest/api/3/priority/search".to_owned()),
        ("/rest/api/3/resolution", "/rest/api/3/resolution".to_owned()),
        ("/rest/api/3/resolution/search", "/rest/api/3/resolution/search".to_owned()),
        ("/rest/api/3/issueLinkType", "/rest/api/3/issueLinkType".to_owned()),
        ("/rest/api/3/users", "/rest/api/3/users".to_owned()),
        ("/rest/api/3/users/search", "/rest/api/3/users/search".to_owned()),
        ("/rest/api/3/user", format!("/rest/api/3/user?accountId={me}")),
        ("/rest/api/3/user/search", "/rest/api/3/user/search?query=a".to_owned()),
        ("/rest/api/3/user/picker", "/rest/api/3/user/picker?query=a".to_owned()),
        ("/rest/api/3/user/bulk", format!("/rest/api/3/user/bulk?accountId={me}")),
        ("/rest/api/3/group/bulk", "/rest/api/3/group/bulk".to_owned()),
        ("/rest/api/3/group/member", "/rest/api/3/group/member?groupname=jira-users".to_owned()),
        ("/rest/api/3/role", "/rest/api/3/role".to_owned()),
        ("/rest/api/3/search/jql", "/rest/api/3/search/jql?jql=project%3DAPOLLO&fields=*all&expand=changelog,names,schema".to_owned()),
        ("/rest/api/3/issue/{issueIdOrKey}", format!("/rest/api/3/issue/{}?expand=changelog", ids[10])),
        ("/rest/api/3/issue/{issueIdOrKey}/changelog", format!("/rest/api/3/issue/{}/changelog", ids[200])),
        ("/rest/api/3/issue/{issueIdOrKey}/comment", format!("/rest/api/3/issue/{}/comment", ids[11])),
        ("/rest/api/3/issue/{issueIdOrKey}/worklog", format!("/rest/api/3/issue/{}/worklog", ids[12])),
        ("/rest/api/3/worklog/updated", "/rest/api/3/worklog/updated".to_owned()),
        ("/rest/api/3/worklog/deleted", "/rest/api/3/worklog/deleted".to_owned()),
    ];
    let posts = [
        ("/rest/api/3/search/jql", json!({ "jql": "id > 0", "fields": ["*all"], "maxResults": 100 })),
        ("/rest/api/3/search/approximate-count", json!({ "jql": "id > 0" })),
        (
            "/rest/api/3/jql/parse",
            json!({ "queries": ["project = APOLLO AND (labels in (a, b) OR sprint in openSprints()) ORDER BY id DESC", "x"] }),
        ),
        (
            "/rest/api/3/issue/bulkfetch",
            json!({ "issueIdsOrKeys": ids[..100], "fields": ["*all"], "expand": ["changelog"] }),
        ),
        ("/rest/api/3/changelog/bulkfetch", json!({ "issueIdsOrKeys": ids })),
        ("/rest/api/3/comment/list", json!({ "ids": comments })),
        ("/rest/api/3/worklog/list", json!({ "ids": worklogs })),
        (
            "/rest/api/3/permissions/check",
            json!({
                "globalPermissions": ["ADMINISTER"],
                "projectPermissions": [{ "permissions": ["BROWSE_PROJECTS"], "projects": [10000], "issues": [10001] }],
            }),
        ),
    ];
    let boards = [
        ("/rest/agile/1.0/board", "/rest/agile/1.0/board"),
        ("/rest/agile/1.0/board/{boardId}", "/rest/agile/1.0/board/1"),
        ("/rest/agile/1.0/board/{boardId}/configuration", "/rest/agile/1.0/board/1/configuration"),
    ];
    let mut judge = Judge::default();
    for (path, address) in &gets {
        let answer = admin.get(address).await.good();
        judge.judge(&format!("GET {path}"), platform.validator("get", path, Form::Whole), &answer);
    }
    for (path, body) in &posts {
        let answer = admin.post(path, body).await.good();
        judge.judge(&format!("POST {path}"), platform.validator("post", path, Form::Whole), &answer);
    }
    for (path, address) in &boards {
        let answer = admin.get(address).await.good();
        judge.judge(&format!("GET {path}"), agile.validator("get", path, Form::Whole), &answer);
    }
    judge.compare(include_str!("deviations.txt"));
}
