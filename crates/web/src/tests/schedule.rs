//! What people may do about schedules and runs: it is kept in the store, done once, and stands in the audit log.

use super::{Server, client::Request, with_server};
use serde_json::{Value, json};
use weir_model::{Asked, KeyScope};
use weir_store::LeaseHolder;

const SITE: &str = "/api/v1/integrations/the%20site";

fn post(path: &str, key: &str) -> Request {
    Request::new("POST", path).key(key)
}

async fn audited(server: &Server, key: &str) -> Vec<String> {
    let items = server.send(Request::get("/api/v1/audit").key(key)).await.json()["items"].clone();
    let items = items.as_array().expect("a list").clone();
    items.iter().map(|line| line["action"].as_str().expect("an action").to_owned()).collect()
}

#[tokio::test]
async fn a_run_that_is_asked_for_is_kept_for_whichever_server_comes_first() {
    with_server(async |server| {
        let workspace = server.workspace("own").await;
        let (id, _) = server.integration("the site", &[workspace]).await;
        let key = server.key(KeyScope::Admin, Some(workspace)).await.secret;
        let answer = server.send(post(&format!("{SITE}/sync"), &key)).await;
        assert_eq!((answer.status, answer.header("location")), (202, Some(&*format!("{SITE}/schedule"))));
        let again = post(&format!("{SITE}/sync"), &key).json(&json!({ "full": true }));
        let schedule = server.send(again).await.json();
        let asked = schedule["requests"].as_array().expect("a list");
        assert_eq!(asked.len(), 1, "{schedule}");
        assert_eq!((&asked[0]["asked"], &asked[0]["thorough"]), (&json!("sync"), &json!(true)));
        assert_eq!(asked[0]["asked_by"], "admin");
        let verify = post(&format!("{SITE}/verify"), &key).json(&json!({ "accept_loss": true }));
        assert_eq!(server.send(verify).await.status, 202);
        let planned = server.app.store.planned_of(&id).await.expect("an answer").expect("it is there");
        let kept: Vec<(Asked, bool)> =
            planned.requests.iter().map(|request| (request.asked, request.thorough)).collect();
        assert_eq!(kept, [(Asked::Sync, true), (Asked::Verify, true)]);
        let shown = server.send(Request::get(&format!("{SITE}/schedule")).key(&key)).await.json();
        assert_eq!((&shown["state"], &shown["interval_minutes"]), (&json!("unplanned"), &json!(15)));
        let deeds = audited(&server, &key).await;
        assert_eq!(deeds[..3], ["integration.verify", "integration.sync", "integration.sync"], "{deeds:?}");
    })
    .await;
}

#[tokio::test]
async fn what_is_asked_for_must_fit() {
    with_server(async |server| {
        server.integration("the site", &[]).await;
        let key = server.key(KeyScope::Write, None).await.secret;
        for body in [json!([]), json!({ "full": 1 }), json!({ "fully": true }), json!("full")] {
            let asked = server.send(post(&format!("{SITE}/sync"), &key).json(&body)).await;
            assert_eq!(asked.status, 400, "{body}");
        }
        let form = server.send(post(&format!("{SITE}/sync"), &key).form(&[("full", "true")])).await;
        assert_eq!(form.status, 415);
        for (until, status) in [("tomorrow", 400), ("2026-03-04", 400), ("2026-03-04T05:06:07Z", 409)] {
            let body = json!({ "until": until });
            let paused = server.send(post(&format!("{SITE}/pause"), &key).json(&body)).await;
            assert_eq!((paused.status, paused.code()), (status, "pause.bad".into()), "{until}");
        }
        assert_eq!(server.send(post("/api/v1/integrations/other/sync", &key)).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_pause_has_an_end_or_waits_for_somebody() {
    with_server(async |server| {
        let (id, _) = server.integration("the site", &[]).await;
        let key = server.key(KeyScope::Admin, None).await.secret;
        let body = json!({ "until": "2026-03-04T08:00:00+01:00" });
        let paused = server.send(post(&format!("{SITE}/pause"), &key).json(&body)).await.json();
        assert_eq!((&paused["state"], &paused["pause"]["by"]), (&json!("paused"), &json!("admin")));
        assert_eq!(paused["pause"]["until"], "2026-03-04T07:00:00.000Z");
        assert!(server.app.store.paused(&id).await.expect("an answer"));
        server.clock.advance(2 * 3_600_000);
        assert!(!server.app.store.paused(&id).await.expect("an answer"));
        let key = server.key(KeyScope::Admin, None).await.secret;
        let forever = server.send(post(&format!("{SITE}/pause"), &key)).await.json();
        assert_eq!((&forever["pause"]["until"], &forever["next_run_at"]), (&Value::Null, &Value::Null));
        let resumed = server.send(post(&format!("{SITE}/resume"), &key)).await.json();
        assert_eq!(resumed["pause"], Value::Null, "{resumed}");
        let deeds = audited(&server, &key).await;
        assert_eq!(deeds[..2], ["integration.resume", "integration.pause"], "{deeds:?}");
    })
    .await;
}

#[tokio::test]
async fn a_run_is_cancelled_while_it_is_under_way_and_not_afterwards() {
    with_server(async |server| {
        let (id, run) = server.integration("the site", &[]).await;
        let store = &server.app.store;
        let key = server.key(KeyScope::Admin, None).await.secret;
        let path = format!("/api/v1/runs/{run}/cancel");
        let dead = server.send(post(&path, &key)).await;
        assert_eq!((dead.status, dead.code()), (409, "run.not_running".into()), "its process is gone");
        let holder = LeaseHolder { token: "x".into(), pid: 1, host: "elsewhere".into() };
        let lease =
            store.take_lease(&id, &holder, 60_000).await.expect("an answer").expect("the lease is free");
        assert_eq!(store.cancel_requested(&id).await.expect("an answer"), None);
        for _ in 0..2 {
            let asked = server.send(post(&path, &key)).await;
            assert_eq!(
                (asked.status, asked.header("location")),
                (202, Some(&*format!("/api/v1/runs/{run}")))
            );
        }
        assert_eq!(store.cancel_requested(&id).await.expect("an answer").as_deref(), Some("admin"));
        let shown = server.send(Request::get(&format!("{SITE}/schedule")).key(&key)).await.json();
        assert_eq!((&shown["state"], &shown["run"]), (&json!("running"), &json!(run.to_string())));
        store.release_lease(&lease).await.expect("it is given back");
        let next = server.run(&id).await;
        assert_eq!(server.send(post(&path, &key)).await.status, 409, "another has begun since");
        assert_eq!(store.cancel_requested(&id).await.expect("an answer"), None, "{next} is not meant");
        assert_eq!(server.send(post("/api/v1/runs/none/cancel", &key)).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn metrics_tell_of_schedules() {
    with_server(async |server| {
        let (id, _) = server.integration("the site", &[]).await;
        let now = weir_model::Clock::now(server.clock.as_ref());
        let store = &server.app.store;
        store.plan(&id, None, "every 15 min", now).await.expect("it is planned");
        server.clock.advance(60 * 60_000);
        let key = server.key(KeyScope::Read, None).await.secret;
        let page = server.send(Request::get("/metrics").key(&key)).await.body;
        for line in [
            "weir_queue_depth 1",
            "weir_missed_runs_total{integration=\"the site\"} 3",
            "weir_schedule_failures{integration=\"the site\"} 0",
            "weir_run_duration_seconds_bucket{le=\"+Inf\"} 0",
        ] {
            assert!(page.lines().any(|found| found == line), "{line} is not in {page}");
        }
        let next =
            format!("weir_next_run_timestamp_seconds{{integration=\"the site\"}} {}", now.0 as f64 / 1_000.0);
        assert!(page.contains(&next), "{next} is not in {page}");
    })
    .await;
}

#[tokio::test]
async fn a_run_says_who_asked_for_it() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        let id = server.integration_alone("the site").await;
        let key = server.key(KeyScope::Admin, None).await.secret;
        let ada = server.account("ada", true, Some((own, &[]))).await;
        let store = &server.app.store;
        let holder = LeaseHolder { token: "1".into(), pid: 1, host: "here".into() };
        let lease = store.take_lease(&id, &holder, 60_000).await.expect("a lease").expect("it is free");
        let run = weir_model::RunId::generate(server.app.now(), server.app.environment.entropy.as_ref());
        let by = weir_model::Requester { id: Some(ada.id.to_string()), name: "ada".into() };
        store.begin_run(&lease, &run, (weir_model::Trigger::Manual, Some(&by)), 1).await.expect("it begins");
        let shown = server.send(Request::get(&format!("/api/v1/runs/{run}")).key(&key)).await.json();
        assert_eq!((&shown["asked_by"], &shown["asked_by_id"]), (&json!("ada"), &json!(ada.id.to_string())));
        let browser = server.browser(&ada).await;
        let page = server.send(browser.get(&format!("/runs/{run}"))).await;
        assert!(page.body.contains("By hand, <bdi>ada</bdi>"), "{}", page.body);
        let list = server.send(browser.get("/integrations/the%20site/monitoring/runs")).await;
        assert!(list.body.contains("By hand, <bdi>ada</bdi>"), "{}", list.body);
        server.send(post(&format!("{SITE}/sync"), &key)).await;
        let planned = store.planned_of(&id).await.expect("an answer").expect("it is there");
        assert!(planned.requests[0].asked_by.id.is_some() && planned.requests[0].asked_by.name == "admin");
    })
    .await;
}

#[tokio::test]
async fn a_name_from_before_that_turns_text_around_is_shown_inert() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        let name = "Acme \u{202e}arij";
        server.integration(name, &[own]).await;
        let ada = server.account("ada", true, None).await;
        let browser = server.browser(&ada).await;
        let within = crate::http::body::segment(name);
        for path in ["monitoring", "configuration", "delete", "fields", "activity", "monitoring/runs"] {
            let page = server.send(browser.get(&format!("/integrations/{within}/{path}"))).await;
            assert_eq!(page.status, 200, "{path}");
            let said = page.body.replace("value=\"Acme \u{202e}arij\"", "");
            assert!(!said.contains('\u{202e}'), "{path}: {said}");
        }
        let list = server.send(browser.get("/integrations")).await;
        assert!(list.body.contains("Acme \u{fffd}arij") && !list.body.contains('\u{202e}'));
    })
    .await;
}

#[tokio::test]
async fn a_page_without_custom_fields_says_so_once() {
    with_server(async |server| {
        server.integration("the site", &[]).await;
        let ada = server.account("ada", true, None).await;
        let browser = server.browser(&ada).await;
        let page = server.send(browser.get("/integrations/the%20site/fields")).await;
        assert!(page.body.contains("No custom field yet") && !page.body.contains("is like this"));
    })
    .await;
}
