//! Changes of access: what they answer the first time and the second, that they can be undone, that the truth and the audit log know.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use jira_sim::{DcVersion, Sim, SimOptions};
use serde_json::{Value, json};
use support::access::*;
use support::*;

fn truth(sim: &Sim) -> std::collections::BTreeSet<String> {
    lines(&sim.world().access_truth(None).unwrap())
}

/// Somebody active who is in no group of that name.
fn outsider(sim: &Sim, group: &str) -> String {
    let rows = sim.world().access_truth(None).unwrap();
    let inside = |user: &Value| {
        rows.iter().any(|row| row["fact"] == "member" && row["group"] == group && row["user"] == *user)
    };
    let mut users = rows
        .iter()
        .filter(|row| row["fact"] == "user" && row["state"] == "active" && row["kind"] == "person");
    text(&{ users.by_ref() }.skip(5).find(|row| !inside(&row["id"])).unwrap()["id"])
}

async fn newest(admin: &Client) -> Value {
    admin.get("/rest/api/3/auditing/record?limit=1").await.good()["records"][0].clone()
}

#[tokio::test]
async fn members_of_groups_come_and_go_and_the_second_time_says_so() {
    let sim = cloud(SimOptions::default()).await;
    let admin = client(&sim, ADMIN);
    let found = admin.get("/rest/api/3/group/bulk?groupName=contractors").await.good();
    let group = text(&found["values"][0]["groupId"]);
    let user = outsider(&sim, &group);
    let before = truth(&sim);
    let path = format!("/rest/api/3/group/user?groupId={group}");
    assert_eq!(client(&sim, READER).post(&path, &json!({ "accountId": user })).await.status, 403);
    let added = admin.post(&path, &json!({ "accountId": user })).await;
    assert_eq!((added.status, &added.json()["groupId"]), (201, &json!(group)));
    let record = newest(&admin).await;
    assert_eq!(record["summary"], "User added to group");
    assert_eq!(
        (&record["objectItem"]["id"], &record["associatedItems"][0]["name"]),
        (&json!(user), &json!("contractors"))
    );
    let again = admin.post(&path, &json!({ "accountId": user })).await.refused(400);
    assert!(again.contains("is already a member of 'contractors'"), "{again}");
    assert_eq!(truth(&sim).difference(&before).count(), 1);
    let path = format!("{path}&accountId={}", encoded(&user));
    assert_eq!(admin.delete(&path).await.status, 200);
    assert_eq!(newest(&admin).await["summary"], "User removed from group");
    assert!(admin.delete(&path).await.refused(400).contains("is not a member of"));
    assert_eq!(truth(&sim), before);
    let nobody =
        admin.post(&format!("/rest/api/3/group/user?groupId={group}"), &json!({ "accountId": "x" })).await;
    assert_eq!(nobody.status, 404);
    let synced = "/rest/api/3/group/user?groupname=synced%20from%20the%20identity%20provider";
    assert_eq!(
        admin.post(synced, &json!({ "accountId": user })).await.status,
        403,
        "a directory outside keeps it"
    );
}

#[tokio::test]
async fn groups_are_made_once_and_deleted_once() {
    let sim = cloud(SimOptions::default()).await;
    let admin = client(&sim, ADMIN);
    let before = truth(&sim);
    let made = admin.post("/rest/api/3/group", &json!({ "name": "new+ones & all" })).await;
    assert_eq!(made.status, 201);
    assert_eq!(admin.post("/rest/api/3/group", &json!({ "name": "new+ones & all" })).await.status, 400);
    let path = format!("/rest/api/3/group?groupId={}", text(&made.json()["groupId"]));
    assert_eq!(admin.delete(&path).await.status, 200);
    assert_eq!(admin.delete(&path).await.status, 404);
    assert_eq!(truth(&sim), before);
    sim.take_away(&["site-admin"]);
    assert_eq!(admin.post("/rest/api/3/group", &json!({ "name": "x" })).await.status, 403);
    assert_eq!(admin.get("/rest/api/3/role").await.status, 200, "an administrator all the same");
}

#[tokio::test]
async fn actors_of_roles_come_and_go() {
    let sim = cloud(SimOptions::default()).await;
    let admin = client(&sim, ADMIN);
    let before = truth(&sim);
    let user = outsider(&sim, "");
    let path = "/rest/api/3/project/APOLLO/role/10005";
    let told = admin.post(path, &json!({ "user": [user] })).await.good();
    assert_eq!(told["actors"][0]["actorUser"]["accountId"], user.as_str());
    let again = admin.post(path, &json!({ "user": [user] })).await.refused(400);
    assert_eq!(again, format!("'{user}' is already a member of the project role."));
    let group = admin.get("/rest/api/3/group/bulk?groupName=contractors").await.good();
    let group = text(&group["values"][0]["groupId"]);
    admin.post(path, &json!({ "groupId": [group] })).await.good();
    assert_eq!(admin.post(path, &json!({ "groupId": [group], "user": [user] })).await.status, 400);
    assert_eq!(truth(&sim).difference(&before).count(), 2);
    assert_eq!(newest(&admin).await["summary"], "Project roles changed");
    let path = "/rest/api/3/project/APOLLO/role/10005?";
    assert_eq!(admin.delete(&format!("{path}groupId={group}")).await.status, 204);
    assert_eq!(admin.delete(&format!("{path}user={}", encoded(&user))).await.status, 204);
    assert_eq!(admin.delete(&format!("{path}user={}", encoded(&user))).await.status, 404);
    assert_eq!(truth(&sim), before);
    assert_eq!(
        client(&sim, READER)
            .post("/rest/api/3/project/APOLLO/role/10005", &json!({ "user": [user] }))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn grants_of_schemes_come_and_go_and_the_new_one_has_another_id() {
    let sim = cloud(SimOptions::default()).await;
    let admin = client(&sim, ADMIN);
    let before = truth(&sim);
    let path = "/rest/api/3/permissionscheme/0/permission";
    let user = outsider(&sim, "");
    let body = json!({ "holder": { "type": "user", "parameter": user, "value": user }, "permission": "DELETE_ISSUES" });
    assert_eq!(sim.world().can(&user, "DELETE_ISSUES", Some("APOLLO")), Some(false));
    let made = admin.post(path, &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(admin.post(path, &body).await.status, 400);
    assert_eq!(truth(&sim).difference(&before).count(), 1);
    assert_eq!(newest(&admin).await["summary"], "Permission scheme updated");
    let one = format!("{path}/{}", made.json()["id"]);
    assert_eq!(admin.get(&one).await.good()["holder"]["value"], user.as_str());
    assert_eq!(admin.delete(&one).await.status, 204);
    assert_eq!(admin.delete(&one).await.status, 400);
    assert_eq!(truth(&sim), before);
    let again = admin.post(path, &body).await;
    assert!(again.json()["id"].as_u64() > made.json()["id"].as_u64());
    let odd = json!({ "holder": { "type": "nobody" }, "permission": "DELETE_ISSUES" });
    assert_eq!(admin.post(path, &odd).await.status, 400);
    let odd = json!({ "holder": { "type": "anyone" }, "permission": "NOTHING" });
    assert_eq!(admin.post(path, &odd).await.status, 400);
}

#[tokio::test]
async fn properties_of_users_are_set_and_deleted() {
    let sim = cloud(SimOptions::default()).await;
    let admin = client(&sim, ADMIN);
    let user = encoded(&outsider(&sim, ""));
    let path = format!("/rest/api/3/user/properties/weir.review?accountId={user}");
    assert_eq!(admin.get(&path).await.status, 404);
    assert_eq!(admin.put(&path, &json!({ "by": "me" })).await.status, 201);
    assert_eq!(admin.put(&path, &json!({ "by": "you" })).await.status, 200);
    assert_eq!(admin.get(&path).await.good(), json!({ "key": "weir.review", "value": { "by": "you" } }));
    let keys = admin.get(&format!("/rest/api/3/user/properties?accountId={user}")).await.good();
    assert_eq!(keys["keys"][0]["key"], "weir.review");
    assert_eq!(admin.delete(&path).await.status, 204);
    assert_eq!(admin.delete(&path).await.status, 404);
    assert_eq!(client(&sim, READER).put(&path, &json!(1)).await.status, 403);
}

#[tokio::test]
async fn an_invitation_answers_alike_whether_somebody_was_there() {
    let sim = cloud(SimOptions::default()).await;
    let admin = client(&sim, ADMIN);
    let body = json!({ "emailAddress": "new@example.com", "products": ["jira-software"] });
    let made = admin.post("/rest/api/3/user", &body).await;
    let again = admin.post("/rest/api/3/user", &body).await;
    assert_eq!((made.status, again.status), (201, 201));
    assert_eq!(made.json()["accountId"], again.json()["accountId"]);
    let id = text(&made.json()["accountId"]);
    assert_eq!(sim.world().can(&id, "BULK_CHANGE", None), Some(true), "it is in the default group");
    let path = format!("/rest/api/3/user?accountId={}", encoded(&id));
    assert_eq!(admin.delete(&path).await.status, 204);
    assert_eq!(admin.delete(&path).await.status, 404);
    let bad = json!({ "emailAddress": "x@example.com", "products": ["jira-none"] });
    assert_eq!(admin.post("/rest/api/3/user", &bad).await.status, 400);
}

#[tokio::test]
async fn scopes_of_changes_differ_from_one_to_the_other() {
    let sim = cloud(SimOptions::default()).await;
    let world = sim.world();
    let account = world.account(ADMIN).unwrap();
    let admin = Client::new(gateway(&sim), Some(basic(ADMIN, &account.scoped_token())));
    sim.set_scopes(Some(&["read:jira-work", "read:jira-user", "manage:jira-configuration"]));
    let path = "/rest/api/3/project/APOLLO/role/10005";
    let user = outsider(&sim, "");
    assert_eq!(admin.post(path, &json!({ "user": [user] })).await.status, 200);
    let path = format!("{path}?user={}", encoded(&user));
    assert_eq!(admin.delete(&path).await.status, 401, "to take away needs manage:jira-project");
    sim.set_scopes(Some(&["manage:jira-project"]));
    assert_eq!(admin.delete(&path).await.status, 204);
}

#[tokio::test]
async fn data_center_changes_by_names_and_switches_people_off() {
    let sim = data_center(DcVersion::V9_12).await;
    let admin = token(&sim, ADMIN);
    let before = truth(&sim);
    let path = "/rest/api/2/group/user?groupname=contractors";
    let rows = sim.world().access_truth(None).unwrap();
    let inside = |user: &Value, group: &str| {
        rows.iter().any(|row| row["fact"] == "member" && row["group"] == group && row["user"] == *user)
    };
    let synced = "synced from the identity provider";
    let mut active = rows.iter().filter(|row| row["fact"] == "user" && row["state"] == "active").skip(10);
    let free = |row: &&Value| !inside(&row["id"], synced) && !inside(&row["id"], "contractors");
    let user = text(&active.find(free).unwrap()["id"]);
    let profile = rows.iter().find(|row| row["fact"] == "profile" && row["user"] == user.as_str()).unwrap();
    let login = text(&profile["login"]);
    assert_eq!(admin.post(path, &json!({ "name": login })).await.status, 201);
    assert_eq!(admin.post(path, &json!({ "name": login })).await.status, 400);
    let one = format!("{path}&username={}", encoded(&login));
    assert_eq!(admin.delete(&one).await.status, 200);
    let role = "/rest/api/2/project/APOLLO/role/10005";
    assert_eq!(admin.post(role, &json!({ "user": [login] })).await.status, 200);
    assert_eq!(admin.post(role, &json!({ "group": ["contractors"] })).await.status, 200);
    assert_eq!(admin.delete(&format!("{role}?user={}", encoded(&login))).await.status, 204);
    assert_eq!(admin.delete(&format!("{role}?group=contractors")).await.status, 204);
    assert_eq!(truth(&sim), before);
    let one = format!("/rest/api/2/user?username={}", encoded(&login));
    assert_eq!(admin.put(&one, &json!({ "active": false })).await.good()["active"], json!(false));
    assert_eq!(sim.world().can(&user, "BULK_CHANGE", None), Some(false));
    assert_eq!(admin.put(&one, &json!({ "active": true })).await.good()["active"], json!(true));
    let kept = rows.iter().find(|row| row["fact"] == "member" && row["group"] == synced).unwrap();
    let kept = format!("/rest/api/2/user?key={}", encoded(&text(&kept["user"])));
    assert_eq!(
        admin.put(&kept, &json!({ "active": false })).await.status,
        403,
        "a directory outside keeps them"
    );
    assert_eq!(truth(&sim), before);
    let made = admin.post("/rest/api/2/group", &json!({ "name": "fresh" })).await;
    assert_eq!((made.status, admin.delete("/rest/api/2/group?groupname=FRESH").await.status), (201, 200));
    let events = admin.get("/rest/auditing/1.0/events?limit=2").await.good();
    assert_eq!(events["entities"][0]["type"]["action"], "Group deleted");
    let cursor = text(&events["pagingInfo"]["nextPageCursor"]);
    let next = admin.get(&format!("/rest/auditing/1.0/events?limit=500&pageCursor={cursor}")).await.good();
    assert_eq!(next["pagingInfo"]["lastPage"], json!(true));
    let person = json!({ "name": "fresh one", "emailAddress": "f@example.com", "displayName": "Fresh One" });
    let person = admin.post("/rest/api/2/user", &person).await;
    assert_eq!(person.status, 201);
    assert_eq!(admin.delete("/rest/api/2/user?username=fresh%20one").await.status, 204);
    assert_eq!(admin.get("/rest/api/2/user?username=fresh%20one").await.status, 404);
}

#[tokio::test]
async fn actors_that_are_gone_can_be_taken_away() {
    let sim = cloud(SimOptions::default()).await;
    let admin = client(&sim, ADMIN);
    let rows = sim.world().access_truth(Some(ADMIN)).unwrap();
    let unknown =
        rows.iter().find(|row| row["fact"] == "role_actor" && row["actor"] == "unresolved").unwrap();
    let path =
        |row: &Value| format!("/rest/api/3/project/{}/role/{}", text(&row["project"]), text(&row["role"]));
    assert_eq!(admin.delete(&format!("{}?user=unknown", path(unknown))).await.status, 204);
    let groups: Vec<&Value> =
        rows.iter().filter(|row| row["fact"] == "group").map(|row| &row["id"]).collect();
    let is_gone = |row: &&Value| {
        row["fact"] == "role_actor" && row["actor"] == "group" && !groups.contains(&&row["actor_id"])
    };
    let gone = rows.iter().find(is_gone).unwrap();
    let path = format!("{}?groupId={}", path(gone), text(&gone["actor_id"]));
    assert_eq!(admin.delete(&path).await.status, 204);
    assert_eq!(admin.delete(&path).await.status, 404);
}

#[tokio::test]
async fn who_takes_himself_out_of_the_administrators_is_none_any_more() {
    let sim = cloud(SimOptions::default()).await;
    let admin = client(&sim, ADMIN);
    let me = text(&admin.get("/rest/api/3/myself").await.good()["accountId"]);
    for group in ["jira-administrators", "site-admins"] {
        assert_eq!(admin.get("/rest/api/3/role").await.status, 200);
        let path = format!("/rest/api/3/group/user?groupname={group}&accountId={}", encoded(&me));
        assert_eq!(admin.delete(&path).await.status, 200);
    }
    assert_eq!(admin.get("/rest/api/3/role").await.status, 403);
    assert_eq!(admin.post("/rest/api/3/group", &json!({ "name": "x" })).await.status, 403);
}

#[tokio::test]
async fn drawn_changes_are_the_same_each_time_and_each_has_its_record() {
    let changed = async |seed: u64| {
        let sim = cloud(SimOptions::default()).await;
        let before = truth(&sim);
        let admin = client(&sim, ADMIN);
        let records = admin.get("/rest/api/3/auditing/record").await.good()["total"].as_u64().unwrap();
        assert!(sim.change_access(seed, 40));
        let after = admin.get("/rest/api/3/auditing/record").await.good()["total"].as_u64().unwrap();
        assert_eq!(after, records + 40);
        let read = Reader::new(&admin, false).read().await;
        same(&read, &lines(&sim.world().access_truth(Some(ADMIN)).unwrap()));
        let now = truth(&sim);
        assert!(now.symmetric_difference(&before).count() > 15);
        now
    };
    assert_eq!(changed(1).await, changed(1).await);
    assert_ne!(changed(1).await, changed(2).await);
}

#[tokio::test]
async fn the_organisation_suspends_and_restores() {
    let sim = cloud(SimOptions::default()).await;
    let world = sim.world();
    let (org, _) = world.organisation().unwrap();
    let key = Client::new(sim.gateway(), Some(format!("Bearer {}", Sim::ORGANISATION_KEY)));
    let before = truth(&sim);
    let user = text(&client(&sim, READER).get("/rest/api/3/myself").await.good()["accountId"]);
    let path = format!("/admin/v2/orgs/{org}/directories/-/users/{}", encoded(&user));
    assert_eq!(key.post(&format!("{path}/suspend"), &json!({})).await.status, 204);
    assert_eq!(key.get(&path).await.good()["data"]["membershipStatus"], "suspended");
    assert_eq!(sim.world().can(&user, "BULK_CHANGE", None), Some(false));
    assert_eq!(key.post(&format!("{path}/restore"), &json!({})).await.status, 204);
    assert_eq!(truth(&sim), before);
}
