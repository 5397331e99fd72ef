//! Single issues and views by the API: what a person puts away, what cannot be read, and what an export holds.

use super::{Server, client::Request, monitoring::record, with_server};
use serde_json::{Value, json};
use weir_model::{Batch, Clock as _, IntegrationId, KeyScope, Quarantined, RunId, Sink as _, Trigger};
use weir_store::{LeaseHolder, Retries, Sealer};

const SITE: &str = "/api/v1/integrations/the%20site";

/// Two issues, one with a summary that a spreadsheet takes for a formula, and one that cannot be read.
pub(super) async fn filled(server: &Server) -> IntegrationId {
    filled_as(server, "the site").await
}

/// The same in an integration of this name.
pub(super) async fn filled_as(server: &Server, name: &str) -> IntegrationId {
    let (id, _) = server.integration(name, &[]).await;
    let store = &server.app.store;
    let run = RunId::generate(server.clock.now(), server.app.environment.entropy.as_ref());
    let holder = LeaseHolder { token: run.to_string(), pid: 1, host: "here".into() };
    let lease = store.take_lease(&id, &holder, 60_000).await.expect("an answer").expect("it is free");
    store.begin_run(&lease, &run, (Trigger::Manual, None), 1).await.expect("it begins");
    let sealer = Sealer::new(|_, _, body| Ok(format!("sealed {}", body.len())));
    let sink = store.sink(&id, &run, lease.clone(), sealer, Retries::Due).await.expect("a sink");
    let now = server.clock.now();
    let mut second = record(2, now);
    second.issue.summary = Some("=HYPERLINK(\"http://x\")".into());
    let odd = Quarantined {
        issue: "7".into(),
        code: "issue.unreadable".into(),
        detail: "It could not be read.".into(),
        raw: None,
    };
    let batch = Batch { issues: vec![record(1, now), second], quarantined: vec![odd], ..Batch::default() };
    sink.commit(batch).await.expect("it is committed");
    store.release_lease(&lease).await.expect("it is given back");
    id
}

#[tokio::test]
async fn issues_are_put_away_and_brought_back() {
    with_server(async |server| {
        filled(&server).await;
        let key = server.key(KeyScope::Write, None).await.secret;
        let post = async |what: &str, body: Value| {
            server.send(Request::new("POST", &format!("{SITE}/issues/{what}")).key(&key).json(&body)).await
        };
        let removed = post("remove", json!({ "keys": ["eng-1"] })).await;
        assert_eq!(removed.json(), json!([{ "key": "ENG-1", "state": "removed", "before": "live" }]));
        let restored = post("restore", json!({ "keys": ["ENG-1", "ENG-2"] })).await.json();
        let states: Vec<_> = restored.as_array().expect("a list").iter().map(|one| &one["state"]).collect();
        assert_eq!(states, ["live", "live"]);
        assert_eq!(post("remove", json!({ "keys": ["ENG-99"] })).await.code(), "issue.unknown");
        for bad in [json!({}), json!({ "keys": [] }), json!({ "keys": [""] }), json!({ "keys": "ENG-1" })] {
            assert_eq!(post("remove", bad.clone()).await.status, 400, "{bad}");
        }
        let admin = server.key(KeyScope::Admin, None).await.secret;
        let events = server.send(Request::get("/api/v1/audit").key(&admin)).await.json();
        assert_eq!(events["items"][0]["action"], "issues.restore", "{events}");
    })
    .await;
}

#[tokio::test]
async fn an_issue_that_cannot_be_read_is_listed_and_a_body_that_is_not_kept_is_said() {
    with_server(async |server| {
        filled(&server).await;
        let key = server.key(KeyScope::Write, None).await.secret;
        let listed = server.send(Request::get(&format!("{SITE}/quarantine")).key(&key)).await.json();
        let one = &listed["items"][0];
        assert_eq!(
            (&one["issue_id"], &one["attempts"], &one["code"]),
            (&json!("7"), &json!(1), &json!("issue.unreadable"))
        );
        let body = server.send(Request::get(&format!("{SITE}/quarantine/7/body")).key(&key)).await;
        assert_eq!((body.status, body.code()), (404, "quarantine.unknown".into()));
    })
    .await;
}

#[tokio::test]
async fn a_view_is_exported_whole_and_a_formula_is_none_in_a_spreadsheet() {
    with_server(async |server| {
        filled(&server).await;
        let key = server.key(KeyScope::Read, None).await.secret;
        let get =
            async |rest: &str| server.send(Request::get(&format!("{SITE}/views/{rest}")).key(&key)).await;
        let lines = get("issues").await;
        assert_eq!(lines.header("content-type"), Some("application/jsonl"));
        let rows: Vec<Value> =
            lines.body.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!((rows.len(), &rows[1]["key"]), (2, &json!("ENG-2")));
        assert_eq!(get("issues?format=json").await.json(), json!(rows));
        let csv = get("issues?format=csv").await;
        assert!(csv.body.contains("\"'=HYPERLINK("), "{}", csv.body);
        assert!(csv.header("content-disposition").is_some_and(|name| name.starts_with("attachment")));
        let later = get("issues?since=2999-01-01T00:00:00Z").await;
        assert_eq!((later.status, later.body.as_str()), (200, ""));
        for (bad, status, code) in [
            ("nothing", 404, "view.unknown"),
            ("fields?since=2999-01-01T00:00:00Z", 409, "since.none"),
            ("issues?since=yesterday", 400, "request.bad"),
            ("issues?format=xlsx", 400, "request.bad"),
        ] {
            let refused = get(bad).await;
            assert_eq!((refused.status, refused.code()), (status, code.into()), "{bad}");
        }
    })
    .await;
}
