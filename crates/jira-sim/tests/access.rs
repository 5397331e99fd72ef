//! Reading who can do what: pages that are short, callers who are nobody, scopes, permissions that were taken away.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::collections::BTreeSet;

use jira_sim::{AccessSpec, DcVersion, Edit, EditKind, Fault, FaultKind, Flavor, Rate, Sim, SimOptions};
use serde_json::{Value, json};
use support::access::*;
use support::*;

fn ids(page: &Value, member: &str) -> Vec<String> {
    page.as_array().unwrap().iter().map(|row| text(&row[member])).collect()
}

/// The administrator at the gateway.
fn scoped(sim: &Sim) -> Client {
    let world = sim.world();
    let account = world.account(ADMIN).unwrap();
    Client::new(gateway(sim), Some(basic(ADMIN, &account.scoped_token())))
}

#[tokio::test]
async fn pages_of_users_are_short_in_the_midst_and_only_an_empty_one_is_the_last() {
    let sim = cloud(SimOptions::default()).await;
    let admin = client(&sim, ADMIN);
    let (mut sizes, mut seen, mut start) = (Vec::new(), Vec::new(), 0);
    loop {
        let page = admin.get(&format!("/rest/api/3/users/search?startAt={start}&maxResults=20")).await.good();
        if page == json!([]) {
            break;
        }
        sizes.push(page.as_array().unwrap().len());
        seen.extend(ids(&page, "accountId"));
        start += 20;
    }
    let all: BTreeSet<&String> = seen.iter().collect();
    let listed = sim.world().access_truth(Some(ADMIN)).unwrap();
    let listed = listed.iter().filter(|row| row["fact"] == "user").count();
    assert_eq!(all.len(), listed);
    assert!(sizes.iter().all(|size| *size > 0), "no page but the last is empty");
    assert!(sizes[..sizes.len() - 1].iter().any(|size| *size < 20), "{sizes:?}");
    assert!(sizes[..sizes.len() - 1].iter().any(|size| *size <= 1), "one is nearly empty: {sizes:?}");
}

#[tokio::test]
async fn slow_listings_of_users_are_409_as_often_as_they_were_switched() {
    let sim = cloud(SimOptions::default()).await;
    let admin = client(&sim, ADMIN);
    let switched = admin.post("/_sim/access", &json!({ "slow_users": 2 })).await.good();
    assert_eq!(switched["slow_users"], 2);
    for status in [409, 409, 200] {
        assert_eq!(admin.get("/rest/api/3/users/search").await.status, status);
    }
}

#[tokio::test]
async fn members_come_fifty_at_most_and_the_inactive_only_when_asked_for() {
    let sim = cloud(SimOptions::default()).await;
    let admin = client(&sim, ADMIN);
    let path = "/rest/api/3/group/member?groupname=jira-software-users&maxResults=1000";
    let active = admin.get(path).await.good();
    assert_eq!(active["maxResults"], 50);
    assert_eq!(active["values"].as_array().unwrap().len(), 50);
    assert!(text(&active["nextPage"]).contains("startAt=50"));
    let all = admin.get(&format!("{path}&includeInactiveUsers=true")).await.good();
    assert!(all["total"].as_u64() > active["total"].as_u64());
    assert_eq!(admin.get("/rest/api/3/group/member?groupId=none").await.status, 404);
    assert_eq!(admin.get("/rest/api/3/group/member").await.status, 400);
}

#[tokio::test]
async fn groups_tell_by_their_reach_who_administers_and_who_uses_what() {
    let sim = cloud(SimOptions::default()).await;
    let admin = client(&sim, ADMIN);
    let names = async |query: &str| {
        let page = admin.get(&format!("/rest/api/3/group/bulk?{query}")).await.good();
        ids(&page["values"], "name")
    };
    assert_eq!(names("accessType=site-admin").await, ["site-admins"]);
    assert_eq!(names("accessType=admin").await, ["jira-administrators", "site-admins"]);
    assert_eq!(names("applicationKey=jira-product-discovery").await, [""; 0]);
    assert!(names("accessType=user").await.contains(&"jira-software-users".to_owned()));
    let odd = "groupName=c%2B%2B%20%26%20rust";
    assert_eq!(names(odd).await, ["c++ & rust"]);
    assert_eq!(names("groupName=c++%20%26%20rust").await, [""; 0], "a plus is a blank in queries");
    assert_eq!(admin.get("/rest/api/3/group/bulk?accessType=root").await.status, 400);
}

#[tokio::test]
async fn a_scoped_token_at_the_address_of_the_site_is_nobody_who_finds_nothing() {
    let sim = cloud(SimOptions::default()).await;
    let world = sim.world();
    let scoped = world.account(ADMIN).unwrap().scoped_token();
    let nobody = Client::new(sim.url(), Some(basic(ADMIN, &scoped)));
    assert_eq!(nobody.get("/rest/api/3/user/search?query=a").await.good(), json!([]));
    let picked = nobody.get("/rest/api/3/groups/picker").await.good();
    assert_eq!((&picked["groups"], &picked["total"]), (&json!([]), &json!(0)));
    assert_eq!(nobody.get("/rest/api/3/project/10000/role").await.status, 404);
    let public = nobody.get("/rest/api/3/project/search").await.good();
    let all = client(&sim, ADMIN).get("/rest/api/3/project/search").await.good();
    assert!(public["total"].as_u64() < all["total"].as_u64());
    assert_eq!(nobody.get("/rest/api/3/myself").await.status, 401);
    assert_eq!(nobody.get("/rest/api/3/permissionscheme").await.status, 401);
}

/// Scopes, what they let through, and what they do not.
type Given<'a> = (&'a [&'a str], &'a [&'a str], &'a [&'a str]);

#[tokio::test]
async fn scopes_open_what_the_document_says_and_nothing_else() {
    let sim = cloud(SimOptions::default()).await;
    let admin = scoped(&sim);
    let granular: Vec<String> = [
        "permission",
        "project",
        "project.property",
        "issue-type",
        "user",
        "application-role",
        "group",
        "avatar",
    ]
    .map(|name| format!("read:{name}:jira"))
    .into();
    let granular: Vec<&str> = granular.iter().map(String::as_str).collect();
    let cases: [Given<'_>; 3] = [
        (
            &["read:jira-work", "read:jira-user", "manage:jira-configuration"],
            &["users/search", "group/bulk", "role", "applicationrole", "permissionscheme", "projectCategory"],
            &["issuesecurityschemes"],
        ),
        (
            &granular,
            &["users/search", "group/bulk", "myself", "permissions", "applicationrole"],
            &[
                "role",
                "permissionscheme",
                "project/10000/role",
                "issuesecurityschemes/level",
                "auditing/record",
            ],
        ),
        (&["read:jira-user"], &["group/bulk", "myself"], &["role", "project/search", "permissions"]),
    ];
    for (scopes, open, shut) in cases {
        sim.set_scopes(Some(scopes));
        for path in open {
            assert_eq!(admin.get(&format!("/rest/api/3/{path}")).await.status, 200, "{path} with {scopes:?}");
        }
        for path in shut {
            let answer = admin.get(&format!("/rest/api/3/{path}")).await;
            assert_eq!(answer.status, 401, "{path} with {scopes:?}");
            assert_eq!(answer.json()["message"], "Unauthorized; scope does not match");
        }
    }
    sim.set_scopes(None);
    assert_eq!(admin.get("/rest/api/3/role").await.status, 200);
}

#[tokio::test]
async fn the_truth_of_a_token_with_scopes_lacks_what_they_do_not_open() {
    let sim = cloud(SimOptions::default()).await;
    let admin = client(&sim, ADMIN);
    let facts = async |token: &str| -> BTreeSet<String> {
        let truth = admin.get(&format!("/_sim/truth/access?account={ADMIN}{token}")).await;
        let rows = truth.text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        rows.map(|row| text(&row["fact"])).collect()
    };
    let all = facts("").await;
    sim.set_scopes(Some(&["read:jira-work", "read:jira-user"]));
    let some = facts("&token=scoped").await;
    let lost: Vec<&String> = all.difference(&some).collect();
    assert_eq!(
        lost,
        ["app_role", "level_holder", "member", "permission", "role", "security_level", "security_scheme"]
    );
    assert_eq!(facts("").await, all);
}

#[tokio::test]
async fn queries_know_the_projects_without_issues_and_find_nothing_in_them() {
    let sim = cloud(SimOptions::default()).await;
    let admin = client(&sim, ADMIN);
    let truth = sim.world().access_truth(Some(ADMIN)).unwrap();
    let live = |row: &&Value| row["fact"] == "project" && row["state"] == "live";
    let mut issues = 0;
    for row in truth.iter().filter(live) {
        for name in [text(&row["id"]), text(&row["key"])] {
            let found = admin.ids(&format!("project = {name} ORDER BY id")).await.len();
            issues += found;
            assert_eq!(found > 0, text(&row["id"]).starts_with("100"), "{name}");
        }
        for list in ["versions", "components", "statuses"] {
            admin.get(&format!("/rest/api/3/project/{}/{list}", text(&row["key"]))).await.good();
        }
        admin.get(&format!("/rest/api/3/issuetype/project?projectId={}", text(&row["id"]))).await.good();
    }
    assert!(issues > 20, "{issues}");
    assert_eq!(admin.search("project = XZZZZ").await.status, 400);
}

#[tokio::test]
async fn what_a_switch_takes_away_is_refused_until_it_is_given_back() {
    let sim = cloud(SimOptions::default()).await;
    let (admin, at_gateway) = (client(&sim, ADMIN), scoped(&sim));
    let take = async |what: Value| admin.post("/_sim/access", &json!({ "without": what })).await.good();
    let status = async |who: &Client, path: &str| who.get(&format!("/rest/api/3/{path}")).await.status;
    take(json!("manage:jira-configuration")).await;
    assert_eq!(status(&at_gateway, "role").await, 401);
    assert_eq!(status(&at_gateway, "users/search").await, 200);
    assert_eq!(status(&admin, "role").await, 200, "a token without scopes lacks none");
    take(json!(["ADMINISTER", "USER_PICKER"])).await;
    for path in
        ["role", "applicationrole", "issuesecurityschemes", "auditing/record", "users/search", "group/bulk"]
    {
        assert_eq!(status(&admin, path).await, 403, "{path}");
    }
    assert_eq!(status(&admin, "permissionscheme").await, 200);
    take(Value::Null).await;
    assert_eq!(status(&admin, "role").await, 200);
    sim.forbid(&["GET /rest/api/3/applicationrole"]);
    assert_eq!(status(&admin, "applicationrole").await, 403);
    assert_eq!(status(&admin, "role").await, 200);
}

#[tokio::test]
async fn those_who_do_not_administer_see_what_they_may_browse() {
    let sim = cloud(SimOptions::default()).await;
    let reader = client(&sim, READER);
    for path in ["role", "applicationrole", "issuesecurityschemes", "auditing/record"] {
        assert_eq!(reader.get(&format!("/rest/api/3/{path}")).await.status, 403, "{path}");
    }
    let truth = sim.world().access_truth(Some(READER)).unwrap();
    let count = |fact: &str| truth.iter().filter(|row| row["fact"] == fact).count() as u64;
    let path = "/rest/api/3/project/search?status=live&status=archived&status=deleted";
    assert_eq!(reader.get(path).await.good()["total"], json!(count("project")));
    assert_eq!(reader.get("/rest/api/3/group/bulk").await.good()["total"], json!(count("group")));
    assert_eq!((count("app_role"), count("role"), count("security_scheme")), (0, 0, 0));
    assert!(count("grant") > 0 && count("user") > 0);
    let partial = client(&sim, PARTIAL);
    assert_eq!(partial.get("/rest/api/3/users/search").await.status, 403);
    assert_eq!(partial.get("/rest/api/3/user/search?query=a").await.good(), json!([]));
}

#[tokio::test]
async fn jira_answers_for_a_user_what_every_way_looked_at_gives() {
    let sim = cloud(SimOptions::default()).await;
    let (world, admin) = (sim.world(), client(&sim, ADMIN));
    let truth = world.access_truth(None).unwrap();
    let of =
        |fact: &str| truth.iter().filter(|row| row["fact"] == fact).map(|row| text(&row["id"])).collect();
    let (users, projects): (Vec<String>, Vec<String>) = (of("user"), of("project"));
    let numbers: Vec<u64> = projects.iter().map(|id| id.parse().unwrap()).collect();
    let (keys, globals) = (["BROWSE_PROJECTS", "EDIT_ISSUES", "LINK_ISSUES"], ["ADMINISTER", "BULK_CHANGE"]);
    let mut yes = 0;
    for user in users.iter().step_by(9) {
        let body = json!({
            "accountId": user,
            "globalPermissions": globals,
            "projectPermissions": [{ "permissions": keys, "projects": numbers, "issues": [] }],
        });
        let answer = admin.post("/rest/api/3/permissions/check", &body).await.good();
        for key in globals {
            let said = answer["globalPermissions"].as_array().unwrap().contains(&json!(key));
            assert_eq!(Some(said), world.can(user, key, None), "{user} {key}");
        }
        for granted in answer["projectPermissions"].as_array().unwrap() {
            for (id, number) in projects.iter().zip(&numbers) {
                let said = granted["projects"].as_array().unwrap().contains(&json!(number));
                let key = granted["permission"].as_str().unwrap();
                assert_eq!(Some(said), world.can(user, key, Some(id)), "{user} {key} {id}");
                yes += usize::from(said);
            }
        }
        let path = format!("/_sim/can?user={}&permission=EDIT_ISSUES&project={}", encoded(user), projects[9]);
        let told = admin.get(&path).await.good();
        assert_eq!(told["answer"].as_bool(), world.can(user, "EDIT_ISSUES", Some(&projects[9])));
    }
    assert!(yes > 100, "{yes}");
}

#[tokio::test]
async fn questions_about_permissions_have_their_limits() {
    let sim = cloud(SimOptions::default()).await;
    let (admin, reader) = (client(&sim, ADMIN), client(&sim, READER));
    let path = "/rest/api/3/permissions/check";
    let other = text(&admin.get("/rest/api/3/myself").await.good()["accountId"]);
    let refused =
        reader.post(path, &json!({ "accountId": other, "globalPermissions": ["ADMINISTER"] })).await;
    assert_eq!(refused.refused(403), "Only Jira administrators can perform this operation.");
    let unknown = admin.post(path, &json!({ "globalPermissions": ["PERMISSION_123"] })).await;
    assert_eq!(
        unknown.json(),
        json!({ "errorMessages": [], "errors": { "PERMISSION_123": "Unrecognized permission" } })
    );
    let ask = |projects: Vec<u64>| json!({ "projectPermissions": [{ "permissions": ["BROWSE_PROJECTS"], "projects": projects }] });
    assert_eq!(admin.post(path, &ask(vec![10_000; 1001])).await.status, 400);
    let ignored = admin.post(path, &ask((900_000..901_500).chain([10_000]).collect())).await.good();
    assert_eq!(ignored["projectPermissions"][0]["projects"], json!([10_000]), "unknown ids are ignored");
    let empty = json!({ "projectPermissions": [{ "permissions": [], "projects": [10_000] }] });
    assert_eq!(admin.post(path, &empty).await.status, 400);
    let mine =
        reader.post("/rest/api/3/permissions/project", &json!({ "permissions": ["BROWSE_PROJECTS"] })).await;
    let mine = mine.good();
    assert!(ids(&mine["projects"], "key").contains(&"APOLLO".to_owned()));
}

#[tokio::test]
async fn a_group_that_is_renamed_while_somebody_reads_keeps_its_id() {
    let sim = cloud(SimOptions::default()).await;
    let admin = client(&sim, ADMIN);
    let found = admin.get("/rest/api/3/group/bulk?groupName=jira-software-users").await.good();
    let id = text(&found["values"][0]["groupId"]);
    let plan = json!({ "rename_group": id, "to": "all of us", "after_requests": 1 });
    admin.post("/_sim/access", &plan).await.good();
    let first = format!("/rest/api/3/group/member?groupId={id}&startAt=0");
    let before = admin.get(&first).await.good()["total"].clone();
    let after = admin.get(&format!("/rest/api/3/group/member?groupId={id}&startAt=50")).await.good();
    assert_eq!(after["total"], before);
    assert_eq!(admin.get("/rest/api/3/group/member?groupname=jira-software-users").await.status, 404);
    let again = admin.get(&format!("/rest/api/3/group/bulk?groupId={id}")).await.good();
    assert_eq!(again["values"][0]["name"], "all of us");
}

#[tokio::test]
async fn each_operation_has_a_limit_of_its_own_on_cloud() {
    let rate = Rate::parse("1/s").unwrap();
    let sim = cloud(SimOptions { rate: Some(rate), ..SimOptions::default() }).await;
    let admin = client(&sim, ADMIN);
    assert_eq!(admin.get("/rest/api/3/permissionscheme/0").await.status, 200);
    let second = admin.get("/rest/api/3/permissionscheme/10000").await;
    assert_eq!(second.status, 429, "the ids of schemes are no operations of their own");
    assert!(second.header("retry-after").is_some());
    assert_eq!(admin.get("/rest/api/3/role").await.status, 200);
}

#[tokio::test]
async fn searches_of_data_center_are_capped_since_version_10() {
    for (version, most) in
        [(DcVersion::V8_20, 200), (DcVersion::V9_12, 200), (DcVersion::V10_3, 100), (DcVersion::V11, 100)]
    {
        let sim = data_center(version).await;
        let admin = token(&sim, ADMIN);
        let path = "/rest/api/2/user/search?username=.&includeInactive=true&maxResults=1000";
        let found = admin.get(path).await.good().as_array().unwrap().len();
        assert!(if most == 100 { found == 100 } else { found > most }, "{version:?} {found}");
        let next = admin.get(&format!("{path}&startAt=100")).await.good();
        assert_eq!(next == json!([]), most == 100, "{version:?}");
        let listed = admin.get("/rest/api/2/user/list").await.status;
        assert_eq!(listed, if most == 100 { 200 } else { 404 });
    }
}

#[tokio::test]
async fn a_data_center_tells_of_those_in_the_groups_inside_and_names_groups_in_any_case() {
    let sim = data_center(DcVersion::V9_12).await;
    let admin = token(&sim, ADMIN);
    let truth = sim.world().access_truth(None).unwrap();
    let path = |group: &Value| {
        let name = encoded(&text(group).to_uppercase());
        format!("/rest/api/2/group/member?includeInactiveUsers=true&groupname={name}")
    };
    let mut more = 0;
    for row in truth.iter().filter(|row| row["fact"] == "subgroup") {
        let of = |member: &&Value| member["fact"] == "member" && member["group"] == row["parent"];
        let direct =
            truth.iter().filter(of).filter(|member| member["is_direct"] == json!(true)).count() as u64;
        let told = admin.get(&path(&row["parent"])).await.good()["total"].as_u64().unwrap();
        assert_eq!(told, truth.iter().filter(of).count() as u64);
        more += u64::from(told > direct);
    }
    assert!(more > 2, "{more}");
    let path = path(&json!("jira-users"));
    assert_eq!(token(&sim, READER).get(&path).await.status, 403);
    let holder = admin.get("/rest/api/2/permissionscheme/10000?expand=user").await.good();
    let user = holder["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|grant| grant["holder"]["type"] == "user")
        .unwrap();
    assert!(user["holder"].get("value").is_none());
    assert_eq!(user["holder"]["parameter"], user["holder"]["user"]["key"]);
    let level = admin.get("/rest/api/2/issuesecurityschemes/10000").await.good()["levels"][0]["id"].clone();
    assert_eq!(admin.get(&format!("/rest/api/2/securitylevel/{}", text(&level))).await.good()["id"], level);
    assert_eq!(admin.get("/rest/api/2/issuesecurityschemes/level/member").await.status, 404);
    let mine = admin.get("/rest/api/2/mypermissions?projectKey=APOLLO").await.good();
    assert_eq!(mine["permissions"]["ADMINISTER"]["havePermission"], json!(true));
    assert_eq!(admin.get("/rest/api/2/permissions/check").await.status, 404);
}

#[tokio::test]
async fn the_organisation_has_a_key_of_its_own_and_tells_what_no_site_does() {
    let sim = cloud(SimOptions::default()).await;
    let world = sim.world();
    let (org, directory) = world.organisation().unwrap();
    let key = Client::new(sim.gateway(), Some(format!("Bearer {}", Sim::ORGANISATION_KEY)));
    let path = format!("/admin/v2/orgs/{org}/directories/-/users/search");
    assert_eq!(
        client(&sim, ADMIN).get("/admin/v1/orgs").await.status,
        401,
        "a token of the site is none of these"
    );
    assert_eq!(key.get("/rest/api/3/role").await.status, 403, "and the key is none of the site");
    assert_eq!(key.get("/admin/v1/orgs").await.good()["data"][0]["id"], org);
    let directories = key.get(&format!("/admin/v2/orgs/{org}/directories")).await.good();
    assert_eq!(directories["data"][0]["directoryId"], directory);
    let (mut people, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let mut body = json!({ "limit": 40, "expand": ["productAccess", "platformRoles"] });
        if !cursor.is_null() {
            body["cursor"] = cursor;
        }
        let page = key.post(&path, &body).await.good();
        people.extend(page["data"].as_array().unwrap().clone());
        cursor = page["links"]["next"].clone();
        if cursor.is_null() {
            break;
        }
    }
    let truth = world.access_truth(None).unwrap();
    for row in truth.iter().filter(|row| row["fact"] == "user") {
        let Some(told) = people.iter().find(|person| person["accountId"] == row["id"]) else { continue };
        assert_eq!(told["claimStatus"] == "managed", row["is_managed"] == json!(true));
        assert_eq!(told.get("mfaEnabled").unwrap_or(&Value::Null), &row["has_second_factor"]);
        assert_eq!(told["productAccess"] == json!([]), row["last_active_at"].is_null());
    }
    assert!(people.len() > 100);
    assert!(people.iter().any(|person| person["accountStatus"] == "closed"));
    let seen = people.iter().find(|person| person["productAccess"] != json!([])).unwrap();
    let id = encoded(&text(&seen["accountId"]));
    let dates = key.get(&format!("/admin/v1/orgs/{org}/directory/users/{id}/last-active-dates")).await.good();
    let stamp = &dates["data"]["product_access"][0]["last_active_timestamp"];
    assert_eq!(stamp, &seen["productAccess"][0]["lastActiveTimestamp"]);
    let both = key.post(&path, &json!({ "emails": [], "searchTerm": "a" })).await;
    assert_eq!((both.status, &both.json()["errors"][0]["code"]), (400, &json!("ADMIN-400-24")));
    let stale = key.post(&path, &json!({ "cursor": "x" })).await;
    assert_eq!((stale.status, &stale.json()["errors"][0]["code"]), (400, &json!("ADMIN-400-1")));
    let managed = key.post(&path, &json!({ "claimStatus": "managed", "mfaEnabled": false })).await.good();
    assert!(managed["data"].as_array().unwrap().iter().all(|person| person["mfaEnabled"] == json!(false)));
    assert_eq!(key.get(&format!("/admin/v2/orgs/{org}0/directories")).await.status, 404);
}

#[tokio::test]
async fn a_reader_who_takes_a_short_page_for_the_last_or_asks_who_can_view_issues_misses_people() {
    let access = AccessSpec { users: 1400, groups: 48, projects: 20 };
    let sim = site(Flavor::Cloud, access, 3, SimOptions::default()).await;
    let admin = client(&sim, ADMIN);
    let listed = sim.world().access_truth(Some(ADMIN)).unwrap();
    let listed = listed.iter().filter(|row| row["fact"] == "user").count();
    let (mut naive, mut start) = (BTreeSet::new(), 0);
    loop {
        let page = admin.get(&format!("/rest/api/3/users/search?startAt={start}&maxResults=50")).await.good();
        let page = ids(&page, "accountId");
        start += 50;
        let is_short = page.len() < 50;
        naive.extend(page);
        if is_short {
            break;
        }
    }
    assert!(naive.len() * 2 < listed, "{} of {listed}", naive.len());
    let mut may = 0;
    for row in sim.world().access_truth(None).unwrap().iter().filter(|row| row["fact"] == "user") {
        may +=
            usize::from(sim.world().can(&text(&row["id"]), "BROWSE_PROJECTS", Some("30010")) == Some(true));
    }
    let (mut found, mut start) = (0, 0);
    loop {
        let path = format!("/rest/api/3/user/viewissue/search?projectKey=30010&query=.&startAt={start}");
        let page = admin.get(&path).await.good().as_array().unwrap().len();
        found += page;
        start += 50;
        if page == 0 {
            break;
        }
    }
    assert!(may > 800 && found < may, "{found} of {may}");
}

#[tokio::test]
async fn faults_meet_the_operations_of_access_and_of_the_organisation() {
    let sim = cloud(SimOptions::default()).await;
    let admin = client(&sim, ADMIN);
    let key = Client::new(sim.gateway(), Some(format!("Bearer {}", Sim::ORGANISATION_KEY)));
    let cases = [
        (FaultKind::RateBurst, "GET /rest/api/3/group/member", "group/member?groupname=jira-users", 429),
        (FaultKind::Error503, "GET /rest/api/3/permissionscheme", "permissionscheme", 503),
        (FaultKind::Unauthorized, "GET /rest/api/3/role", "role", 401),
        (FaultKind::Error500, "GET /rest/api/3/project/{id}/role", "project/10000/role", 500),
        (FaultKind::Anonymous, "GET /rest/api/3/users/search", "users/search", 401),
    ];
    for (kind, endpoint, path, status) in cases {
        let words = format!("{},endpoint={endpoint}", kind.name());
        sim.add_fault(Fault::parse(&words).unwrap());
        let path = format!("/rest/api/3/{path}");
        assert_eq!(admin.get(&path).await.status, status, "{words}");
        sim.clear_faults();
        assert_eq!(admin.get(&path).await.status, 200, "{words}");
    }
    sim.add_fault(Fault::parse("error_502,endpoint=/admin/v1/orgs").unwrap());
    assert_eq!(key.get("/admin/v1/orgs").await.status, 502);
    assert_eq!(key.get("/admin/v1/orgs").await.status, 200);
}

#[tokio::test]
async fn what_is_edited_of_people_and_projects_is_so_in_the_access_as_well() {
    let sim = cloud(SimOptions::default()).await;
    let admin = client(&sim, ADMIN);
    let found = |fact: &str, member: &str, name: &str| {
        let rows = sim.world().access_truth(None).unwrap();
        rows.iter().find(|row| row["fact"] == fact && row[member] == name).cloned()
    };
    sim.edit(&Edit::new(EditKind::named("project_archive").unwrap()).of("BEACON")).unwrap();
    assert_eq!(found("project", "key", "BEACON").unwrap()["state"], "archived");
    let applied =
        sim.edit(&Edit::new(EditKind::named("user_rename").unwrap()).to(json!("Other Name"))).unwrap();
    assert_eq!(found("profile", "name", "Other Name").unwrap()["user"], applied.subject.as_str());
    let one = admin.get(&format!("/rest/api/3/user?accountId={}", encoded(&applied.subject))).await.good();
    assert_eq!(one["displayName"], "Other Name");
    let search = admin.get("/rest/api/3/project/search?keys=APOLLO&expand=insight").await.good();
    assert!(search["values"][0]["insight"]["totalIssueCount"].as_u64() > Some(0), "it has its issues");
}

#[tokio::test]
async fn everybody_who_may_and_everything_that_somebody_may_can_be_asked_for() {
    let sim = cloud(SimOptions::default()).await;
    let admin = client(&sim, ADMIN);
    let who = admin.get("/_sim/can?permission=EDIT_ISSUES&project=APOLLO").await.good();
    let reader = text(&client(&sim, READER).get("/rest/api/3/myself").await.good()["accountId"]);
    let row = who["users"].as_array().unwrap().iter().find(|row| row["id"] == reader.as_str()).unwrap();
    assert_eq!(
        (&row["definite"], &row["conditional"]),
        (&json!(true), &json!(true)),
        "a developer who reports issues"
    );
    let what = admin.get(&format!("/_sim/can?permission=EDIT_ISSUES&user={}", encoded(&reader))).await.good();
    assert!(what["projects"].as_array().unwrap().iter().any(|row| row["id"] == "10000"));
    let everywhere = admin.get("/_sim/can?permission=SYSTEM_ADMIN").await.good();
    assert_eq!(everywhere["users"].as_array().unwrap().len(), 1, "the inactive one counts for nothing");
    for bad in ["permission=NONE&user=x", "permission=EDIT_ISSUES", "permission=ADMINISTER&project=APOLLO"] {
        assert_eq!(admin.get(&format!("/_sim/can?{bad}")).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn a_site_without_access_is_as_it_was() {
    let sim = start(300).await;
    let admin = client(&sim, ADMIN);
    assert_eq!(admin.get("/rest/api/3/permissionscheme").await.status, 404);
    assert_eq!(admin.get("/_sim/truth/access").await.status, 404);
    assert_eq!(admin.post("/_sim/access", &json!({ "without": "ADMINISTER" })).await.status, 400);
    assert_eq!(admin.get("/admin/v1/orgs").await.status, 404);
}
