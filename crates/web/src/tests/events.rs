//! What happened, page by page and as it happens; and lists that are narrowed and put in order.

use super::{Server, client::Request, with_server};
use serde_json::{Value, json};
use weir_model::{KeyScope, Role, RunId, RunOutcome, RunResult, Tally};

/// Ends a run that was begun.
async fn ended(server: &Server, run: &RunId, result: RunResult) {
    let outcome = RunOutcome { result, requests: 1, waited_ms: 0, error_code: None, tally: Tally::default() };
    server.app.store.finish_run(run, &outcome).await.expect("it ends");
}

fn kinds(events: &Value) -> Vec<(&str, &str)> {
    events["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["kind"].as_str().expect("a kind"), one["integration"].as_str().expect("a name")))
        .collect()
}

#[tokio::test]
async fn events_come_in_their_order_once_and_within_reach() {
    with_server(async |server| {
        let (own, other) = (server.workspace("own").await, server.workspace("other").await);
        let (_, run) = server.integration("Acme", &[own, other]).await;
        server.clock.advance(1_500);
        server.integration("Theirs", &[other]).await;
        ended(&server, &run, RunResult::Success).await;
        let owner = server.account("owner", false, Some((own, &[Role::Owner]))).await;
        server.app.store.set_roles(&owner.id, &other, &[Role::Owner]).await.expect("a role");
        let browser = server.browser(&owner).await;
        assert_eq!(server.send(browser.post("/integrations/Acme/pause", &[])).await.status, 303);
        let key = server.key(KeyScope::Read, Some(own)).await.secret;
        let get = async |rest: &str| {
            let answer = server.send(Request::get(&format!("/api/v1/events{rest}")).key(&key)).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            answer.json()
        };
        assert_eq!(kinds(&get("").await), [("run.started", "Acme")], "the others have not settled");
        server.clock.advance(2_000);
        let all = get("").await;
        assert_eq!(kinds(&all), [("run.started", "Acme"), ("deed", "Acme"), ("run.ended", "Acme")], "{all}");
        assert_eq!(all["items"][1]["action"], json!("integration.pause"));
        assert_eq!((&all["items"][2]["result"], &all["has_more"]), (&json!("success"), &json!(false)));
        assert!(all["items"][1].get("address").is_none(), "where somebody was is for the audit log alone");
        let mut one_by_one = vec![];
        let mut after = String::new();
        loop {
            let page = get(&format!("?limit=1{after}")).await;
            one_by_one.extend(page["items"].as_array().expect("a list").clone());
            after = format!("&after={}", page["next"].as_str().expect("a cursor"));
            if page["has_more"] == json!(false) {
                break;
            }
        }
        assert_eq!(json!(one_by_one), all["items"], "page by page it is the same");
        assert_eq!(get(&format!("?{}", &after[1..])).await["items"], json!([]), "nothing is told twice");
        let late = get("?since=2100-01-01T00:00:00Z").await;
        assert_eq!(late["items"], json!([]));
        let odd = Request::get("/api/v1/events?since=yesterday").key(&key);
        assert_eq!(server.send(odd).await.status, 400);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_told_as_they_happen_until_the_server_ends() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        let (_, run) = server.integration("Acme", &[own]).await;
        let key = server.key(KeyScope::Read, Some(own)).await.secret;
        server.clock.advance(2_000);
        let first = server.send(Request::get("/api/v1/events").key(&key)).await.json();
        let id = first["items"][0]["id"].as_str().expect("a cursor").to_owned();
        ended(&server, &run, RunResult::Failed).await;
        server.clock.advance(2_000);
        let asked = || {
            let to = server.address;
            let request = Request::get("/api/v1/events").key(&key).header("accept", "text/event-stream");
            let request = request.header("last-event-id", &id);
            tokio::spawn(async move { request.send(to).await })
        };
        let mut streams: Vec<_> = (0..4).map(|_| asked()).collect();
        while server.app.streams.count() < 4 {
            tokio::task::yield_now().await;
        }
        let refused = asked().await.expect("an answer");
        assert_eq!((refused.status, refused.code()), (429, "request.rate".to_owned()));
        server.stop.cancel();
        let told = streams.pop().expect("one").await.expect("an answer");
        assert_eq!(told.header("content-type"), Some("text/event-stream"));
        assert!(told.body.contains("event: run.ended\n") && !told.body.contains("run.started"), "{told:?}");
        for stream in streams {
            stream.await.expect("an answer");
        }
        assert_eq!(server.app.streams.count(), 0, "the places are given back");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_the_key_that_it_was_asked_with() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        server.integration("Acme", &[own]).await;
        let key = server.key(KeyScope::Read, Some(own)).await;
        let asked = Request::get("/api/v1/events").key(&key.secret).header("accept", "text/event-stream");
        let to = server.address;
        let stream = tokio::spawn(async move { asked.send(to).await });
        while server.app.streams.count() < 1 {
            tokio::task::yield_now().await;
        }
        let root = server.key(KeyScope::Admin, None).await.secret;
        let path = format!("/api/v1/api-keys/{}", key.key.id);
        assert_eq!(server.send(Request::new("DELETE", &path).key(&root)).await.status, 204);
        let told = tokio::time::timeout(std::time::Duration::from_secs(20), stream).await.expect("it ends");
        assert!(!told.expect("an answer").body.contains("deed"));
    })
    .await;
}

#[tokio::test]
async fn the_list_of_integrations_is_narrowed_and_put_in_order() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        for name in ["Acme", "Beta", "Gamma"] {
            let (_, run) = server.integration(name, &[own]).await;
            server.clock.advance(1_000);
            if name != "Beta" {
                ended(&server, &run, RunResult::Success).await;
            }
        }
        let key = server.key(KeyScope::Read, Some(own)).await.secret;
        let names = async |rest: &str| {
            let answer = server.send(Request::get(&format!("/api/v1/integrations?{rest}")).key(&key)).await;
            assert_eq!(answer.status, 200, "{rest}: {answer:?}");
            let items = answer.json()["items"].as_array().expect("a list").clone();
            items.iter().map(|one| one["name"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names("search=ETA").await, ["Beta"]);
        assert_eq!(names("sort=-name").await, ["Gamma", "Beta", "Acme"]);
        assert_eq!(names("sort=-last_run_at").await, ["Gamma", "Acme", "Beta"], "what never ran comes last");
        assert_eq!(names("sort=last_run_at").await, ["Acme", "Gamma", "Beta"]);
        assert!(names("status=unhealthy").await.is_empty() && names("tag=none").await.is_empty());

        let get = async |rest: &str| {
            server.send(Request::get(&format!("/api/v1/integrations?{rest}")).key(&key)).await
        };
        let page = get("sort=-last_run_at&limit=1&fields=name,status").await.json();
        let item = page["items"][0].as_object().expect("an object");
        assert_eq!(item.keys().collect::<Vec<_>>(), ["name", "status"]);
        let next = page["next"].as_str().expect("a cursor");
        assert_eq!(names(&format!("sort=-last_run_at&limit=1&after={next}")).await, ["Acme"]);
        assert_eq!(get(&format!("after={next}")).await.code(), "request.cursor", "it is of another order");
        for bad in ["status=pink", "sort=size", "fields=password", "colour=red"] {
            assert_eq!(get(bad).await.status, 400, "{bad}");
        }
        let runs =
            async |rest: &str| server.send(Request::get(&format!("/api/v1/runs?{rest}")).key(&key)).await;
        assert_eq!(runs("result=running").await.json()["items"][0]["integration"], json!("Beta"));
        assert_eq!(runs("trigger=census").await.json()["items"], json!([]));
        assert_eq!(runs("result=pink").await.status, 400);
    })
    .await;
}
