//! Replies about access against Atlassian's own documents, those of Cloud and of Data Center 10.3, except the deviations listed in
//! `access_deviations.txt`; and their members against the examples in the documents. Both lie beside the project.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use jira_sim::{DcVersion, SimOptions};
use serde_json::{Value, json};
use support::access::*;
use support::schema::{Document, Form, Judge, documents};
use support::*;

const ALL: &str = "status=live&status=archived&status=deleted";

/// Path in the document, and what is asked.
fn gets(user: &str) -> Vec<(&'static str, String)> {
    let asked = [
        ("myself", "myself?expand=groups,applicationRoles".to_owned()),
        ("users/search", "users/search?maxResults=1000".to_owned()),
        ("user", format!("user?accountId={user}&expand=groups,applicationRoles")),
        ("user/groups", format!("user/groups?accountId={user}")),
        ("user/search", "user/search?query=a".to_owned()),
        ("user/bulk", format!("user/bulk?accountId={user}")),
        ("user/properties", format!("user/properties?accountId={user}")),
        ("group/bulk", "group/bulk".to_owned()),
        ("group/member", "group/member?groupname=jira-software-users&includeInactiveUsers=true".to_owned()),
        ("groups/picker", "groups/picker?query=e".to_owned()),
        ("project/search", format!("project/search?{ALL}&maxResults=100&expand=lead,description,insight")),
        ("project/{projectIdOrKey}", "project/XAABE".to_owned()),
        ("project/{projectIdOrKey}/role", "project/10000/role".to_owned()),
        ("project/{projectIdOrKey}/role/{id}", "project/10000/role/10001".to_owned()),
        ("project/{projectIdOrKey}/roledetails", "project/10001/roledetails".to_owned()),
        ("project/{projectKeyOrId}/permissionscheme", "project/10001/permissionscheme?expand=all".to_owned()),
        ("project/{projectKeyOrId}/securitylevel", "project/10000/securitylevel".to_owned()),
        ("projectCategory", "projectCategory".to_owned()),
        ("role", "role".to_owned()),
        ("role/{id}", "role/10001".to_owned()),
        ("permissionscheme", "permissionscheme?expand=all".to_owned()),
        ("permissionscheme/{schemeId}", "permissionscheme/10000?expand=user,group".to_owned()),
        ("permissionscheme/{schemeId}/permission", "permissionscheme/10000/permission".to_owned()),
        ("issuesecurityschemes", "issuesecurityschemes".to_owned()),
        ("issuesecurityschemes/{id}", "issuesecurityschemes/10000".to_owned()),
        ("issuesecurityschemes/search", "issuesecurityschemes/search".to_owned()),
        ("issuesecurityschemes/level", "issuesecurityschemes/level".to_owned()),
        ("issuesecurityschemes/level/member", "issuesecurityschemes/level/member".to_owned()),
        ("issuesecurityschemes/project", "issuesecurityschemes/project".to_owned()),
        (
            "issuesecurityschemes/{issueSecuritySchemeId}/members",
            "issuesecurityschemes/10000/members".to_owned(),
        ),
        ("applicationrole", "applicationrole".to_owned()),
        ("applicationrole/{key}", "applicationrole/jira-core".to_owned()),
        ("permissions", "permissions".to_owned()),
        ("mypermissions", "mypermissions?permissions=BROWSE_PROJECTS,ADMINISTER".to_owned()),
        ("auditing/record", "auditing/record".to_owned()),
        ("license/approximateLicenseCount", "license/approximateLicenseCount".to_owned()),
        (
            "license/approximateLicenseCount/product/{applicationKey}",
            "license/approximateLicenseCount/product/jira-software".to_owned(),
        ),
        ("instance/license", "instance/license".to_owned()),
        ("field", "field".to_owned()),
    ];
    asked.into_iter().collect()
}

#[tokio::test]
async fn replies_about_access_have_the_documented_shapes() {
    let Some(folder) = documents("access_shapes") else { return };
    let mut document = Document::load(folder.join("jira-cloud-platform-v3.2026-09-07.json"));
    let sim = cloud(SimOptions::default()).await;
    let admin = client(&sim, ADMIN);
    let user = encoded(&text(&admin.get("/rest/api/3/myself").await.good()["accountId"]));
    let mut judge = Judge::default();
    for (path, asked) in gets(&user) {
        let answer = admin.get(&format!("/rest/api/3/{asked}")).await.good();
        let path = format!("/rest/api/3/{path}");
        judge.judge(&format!("GET {path}"), document.validator("get", &path, Form::Whole), &answer);
    }
    let check = json!({
        "globalPermissions": ["ADMINISTER"],
        "projectPermissions": [{ "permissions": ["EDIT_ISSUES"], "projects": [10000], "issues": [10001] }],
    });
    for (path, body) in
        [("permissions/check", check), ("permissions/project", json!({ "permissions": ["EDIT_ISSUES"] }))]
    {
        let path = format!("/rest/api/3/{path}");
        let answer = admin.post(&path, &body).await.good();
        judge.judge(&format!("POST {path}"), document.validator("post", &path, Form::Whole), &answer);
    }
    judge.compare(include_str!("access_deviations.txt"));
}

#[tokio::test]
async fn replies_of_data_center_about_access_have_the_documented_shapes() {
    let Some(folder) = documents("access_shapes_dc") else { return };
    let mut document = Document::closed(folder.join("jira-dc-10.3.24-v2-agile.json"), "/rest");
    let sim = data_center(DcVersion::V10_3).await;
    let admin = token(&sim, ADMIN);
    let truth = sim.world().access_truth(None).unwrap();
    let secured = truth.iter().find(|row| row["fact"] == "uses_security").map(|row| text(&row["project"]));
    let secured = secured.unwrap();
    use Form::{Elements, Values, Whole};
    let asked = [
        ("user/search", Elements, "user/search?username=.&maxResults=1000".to_owned()),
        ("user", Whole, "user?username=admin".to_owned()),
        ("group/member", Values, "group/member?groupname=jira-software-users".to_owned()),
        ("groups/picker", Whole, "groups/picker?query=a".to_owned()),
        ("role", Elements, "role".to_owned()),
        ("role/{id}", Whole, "role/10002".to_owned()),
        ("role/{id}/actors", Whole, "role/10002/actors".to_owned()),
        ("project/{projectIdOrKey}/role/{id}", Whole, "project/10000/role/10001".to_owned()),
        ("permissionscheme", Whole, "permissionscheme?expand=all".to_owned()),
        ("permissionscheme/{schemeId}", Whole, "permissionscheme/10000?expand=permissions".to_owned()),
        ("permissionscheme/{schemeId}/permission", Whole, "permissionscheme/10000/permission".to_owned()),
        ("project/{projectKeyOrId}/permissionscheme", Whole, "project/10000/permissionscheme".to_owned()),
        ("issuesecurityschemes", Whole, "issuesecurityschemes".to_owned()),
        ("issuesecurityschemes/{id}", Whole, "issuesecurityschemes/10000".to_owned()),
        (
            "project/{projectKeyOrId}/issuesecuritylevelscheme",
            Whole,
            format!("project/{secured}/issuesecuritylevelscheme"),
        ),
        ("securitylevel/{id}", Whole, "securitylevel/10021".to_owned()),
        ("applicationrole", Elements, "applicationrole".to_owned()),
        ("projectCategory", Elements, "projectCategory".to_owned()),
    ];
    let mut judge = Judge::default();
    for (path, form, asked) in asked {
        let answer = admin.get(&format!("/rest/api/2/{asked}")).await.good();
        // Some lists are described as one of their elements.
        let path = format!("/rest/api/2/{path}");
        judge.judge(&format!("GET {path}"), document.validator("get", &path, form), &answer);
    }
    judge.compare(include_str!("access_dc_deviations.txt"));
}

/// The members of an example, each by its place; those of lists by their first element.
fn places(value: &Value, at: &str, into: &mut std::collections::BTreeSet<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            into.insert(format!("{at}/{name}"));
            places(value, &format!("{at}/{name}"), into);
        }),
        Value::Array(values) => values.iter().for_each(|value| places(value, &format!("{at}/*"), into)),
        _ => {}
    }
}

/// What examples have and the simulator does not, each with its reason.
const NOT_HERE: [(&str, &str); 12] = [
    ("/keys/*/self", "nobody has a property"),
    ("/lastIssueUpdateTime", "drawn projects have no issues"),
    ("/nextPage", "everything is on one page"),
    ("/key", "an empty text since names and keys of users are gone"),
    ("/name", "an empty text since names and keys of users are gone"),
    ("/actors/*/user", "a name of the group that stands in the example and in no schema"),
    ("/*/actors/*/user", "a name of the group that stands in the example and in no schema"),
    ("/parentId", "directories are not told"),
    ("/parentName", "directories are not told"),
    ("/description", "records have none"),
    ("/values/*/holder/user", "the schema has no such member"),
    ("/scope", "an example of a role of one project"),
];

#[tokio::test]
async fn replies_about_access_have_the_members_of_the_examples() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/fixtures/atlassian-openapi-examples/cloud-platform.examples.json"
    );
    if documents("access_examples").is_none() {
        return;
    }
    let examples: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let sim = cloud(SimOptions::default()).await;
    let admin = client(&sim, ADMIN);
    let user = encoded(&text(&admin.get("/rest/api/3/myself").await.good()["accountId"]));
    let (mut compared, mut lacking) = (0, Vec::new());
    for (path, asked) in gets(&user) {
        let example = &examples[format!("GET /rest/api/3/{path} -> 200")];
        let answer = admin.get(&format!("/rest/api/3/{asked}")).await.good();
        // Examples whose members are names, and those of projects with issues and levels.
        let skipped =
            ["mypermissions", "permissions", "project/{projectIdOrKey}/role", "project/{projectIdOrKey}"];
        if example.is_null() || skipped.contains(&path) || path.ends_with("/securitylevel") {
            continue;
        }
        // Some examples are one element of the page or the list that is answered.
        let answer = match (&answer, example) {
            (Value::Array(rows), Value::Object(_)) => rows[0].clone(),
            (Value::Object(page), Value::Object(example))
                if page.contains_key("values") && !example.contains_key("values") =>
            {
                page["values"][0].clone()
            }
            _ => answer,
        };
        let (mut wanted, mut given) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
        places(example, "", &mut wanted);
        places(&answer, "", &mut given);
        let excused = |place: &str| {
            NOT_HERE.iter().any(|(end, _)| place.ends_with(end) || place.contains(&format!("{end}/")))
        };
        lacking.extend(
            wanted.difference(&given).filter(|place| !excused(place)).map(|place| format!("{path}: {place}")),
        );
        compared += 1;
    }
    assert!(compared > 20, "{compared}");
    assert!(lacking.is_empty(), "{lacking:#?}");
}
