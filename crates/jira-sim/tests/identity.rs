//! Who is let in where, and what a bad credential looks like.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use serde_json::json;
use support::*;

#[tokio::test]
async fn a_bad_password_is_an_anonymous_caller_that_finds_nothing() {
    let sim = start(200).await;
    let stranger = Client::new(sim.url(), Some(basic(READER, "wrong")));
    let projects = stranger.get("/rest/api/3/project/search").await;
    assert_eq!(projects.good()["values"], json!([]));
    assert_eq!(projects.header("x-seraph-loginreason"), Some("AUTHENTICATED_FAILED"));
    assert_eq!(projects.header("x-aaccountid"), None);
    let found = stranger.search("project = APOLLO").await.good();
    assert_eq!((&found["issues"], &found["isLast"]), (&json!([]), &json!(true)));
    assert_eq!(stranger.get("/rest/api/3/issue/APOLLO-1").await.status, 404);
    assert_eq!(stranger.get("/rest/api/3/myself").await.status, 401);
    assert_eq!(stranger.get("/rest/api/3/serverInfo").await.good()["deploymentType"], "Cloud");
}

#[tokio::test]
async fn a_good_credential_is_named_in_the_headers() {
    let sim = start(200).await;
    let me = client(&sim, READER).get("/rest/api/3/myself").await;
    assert_eq!(me.header("x-seraph-loginreason"), Some("OK"));
    assert_eq!(me.header("x-aaccountid").unwrap().replace("%3A", ":"), text(&me.good()["accountId"]));
    assert_eq!(me.json()["timeZone"], "America/Sao_Paulo");
    assert!(me.header("date").is_some() && me.header("x-ratelimit-remaining").is_some());
}

#[tokio::test]
async fn scoped_tokens_work_at_the_gateway_only() {
    let sim = start(200).await;
    let world = sim.world();
    let reader = world.account(READER).unwrap();
    let scoped = basic(READER, &reader.scoped_token());
    let on_site = Client::new(sim.url(), Some(scoped.clone())).get("/rest/api/3/myself").await;
    assert_eq!(on_site.status, 401);
    assert_eq!(on_site.header("x-seraph-loginreason"), Some("AUTHENTICATED_FAILED"));
    assert_eq!(Client::new(gateway(&sim), Some(scoped)).get("/rest/api/3/myself").await.status, 200);
    let unscoped = basic(READER, &reader.unscoped_token());
    assert_eq!(Client::new(gateway(&sim), Some(unscoped)).get("/rest/api/3/myself").await.status, 401);
    assert_eq!(Client::new(gateway(&sim), None).get("/rest/api/3/serverInfo").await.status, 401);
}

#[tokio::test]
async fn a_missing_scope_is_a_401_that_says_so() {
    let sim = start(200).await;
    let world = sim.world();
    let reader = world.account(READER).unwrap();
    let narrow = Client::new(gateway(&sim), Some(basic(READER, &reader.narrow_token())));
    assert_eq!(narrow.get("/rest/api/3/myself").await.status, 200);
    let boards = narrow.get("/rest/agile/1.0/board").await;
    assert_eq!(boards.status, 401);
    assert_eq!(boards.json(), json!({ "code": 401, "message": "Unauthorized; scope does not match" }));
}

#[tokio::test]
async fn a_service_account_signs_in_as_bearer_or_basic_at_the_gateway() {
    let sim = start(200).await;
    for authorization in ["Bearer sim-service".to_owned(), basic("svc@sim.example", "sim-service")] {
        let service = Client::new(gateway(&sim), Some(authorization.clone()));
        assert_eq!(service.get("/rest/api/3/myself").await.good()["accountType"], "app");
        assert!(service.get("/rest/agile/1.0/board").await.good()["total"].as_u64() > Some(2));
        assert_ne!(Client::new(sim.url(), Some(authorization)).get("/rest/api/3/myself").await.status, 200);
    }
    let bearer = Client::new(sim.url(), Some("Bearer sim-service".to_owned())).get("/rest/api/3/field").await;
    assert_eq!((bearer.status, bearer.text.contains("Connect Session Auth Token")), (403, true));
}

#[tokio::test]
async fn the_site_tells_its_cloud_id_to_strangers() {
    let sim = start(200).await;
    let info = Client::new(sim.url(), None).get("/_edge/tenant_info").await.good();
    assert_eq!(info["cloudId"], sim.world().cloud_id());
    let elsewhere =
        Client::new(format!("{}/ex/jira/other", sim.url()), Some("Bearer sim-service".to_owned()));
    assert_eq!(elsewhere.get("/rest/api/3/myself").await.status, 404);
}

#[tokio::test]
async fn accounts_see_what_they_may_see() {
    let sim = start(600).await;
    let keys = |value: serde_json::Value| -> Vec<String> {
        value["values"].as_array().unwrap().iter().map(|project| text(&project["key"])).collect()
    };
    let projects = "/rest/api/3/project/search";
    assert_eq!(keys(client(&sim, READER).get(projects).await.good()), ["APOLLO", "BEACON", "CEDAR"]);
    assert_eq!(keys(client(&sim, PARTIAL).get(projects).await.good()), ["APOLLO", "CEDAR"]);
    assert!(keys(client(&sim, NOBODY).get(projects).await.good()).is_empty());
    let archived = client(&sim, READER).get("/rest/api/3/project/search?status=archived").await.good();
    assert_eq!(keys(archived), ["OLDIE"]);
    let deleted = client(&sim, READER).get("/rest/api/3/project/search?status=deleted").await.good();
    assert_eq!(keys(deleted), ["TRASH"]);

    let secret = client(&sim, READER).ids("project = APOLLO AND level is not EMPTY").await;
    assert!(!secret.is_empty());
    let path = format!("/rest/api/3/issue/{}", secret[0]);
    assert_eq!(client(&sim, READER).get(&path).await.status, 200);
    assert_eq!(client(&sim, PARTIAL).get(&path).await.status, 404);
    assert!(client(&sim, PARTIAL).ids("project = APOLLO AND level is not EMPTY").await.is_empty());

    client(&sim, PARTIAL).get("/rest/api/3/users/search").await.refused(403);
    client(&sim, READER).get("/rest/api/3/statuses/search").await.refused(403);
    client(&sim, ADMIN).get("/rest/api/3/statuses/search").await.good();
}
