//! What all operations have in common: errors, pages, repeated requests, tags; and that secrets are not among the answers.

use super::{client::Request, with_server};
use serde_json::{Value, json};
use weir_model::KeyScope;

#[tokio::test]
async fn an_error_is_a_problem_document() {
    with_server(async |server| {
        let request = Request::get("/api/v1/me").header("x-request-id", "abc-1");
        let answer = server.send(request).await;
        let problem = answer.json();
        assert_eq!(answer.header("x-request-id"), Some("abc-1"));
        assert_eq!(problem["type"], "urn:weir:problem:access.sign_in");
        assert_eq!((&problem["status"], &problem["title"]), (&json!(401), &json!("Unauthorized")));
        assert_eq!((&problem["instance"], &problem["request_id"]), (&json!("/api/v1/me"), &json!("abc-1")));
        assert!(answer.header("www-authenticate").is_some());
        for member in ["detail", "cause", "fix"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
        }
        let odd = server.send(Request::get("/api/v1/me").header("x-request-id", "a b<c>")).await;
        assert_ne!(odd.header("x-request-id"), Some("a b<c>"));
    })
    .await;
}

#[tokio::test]
async fn what_is_not_known_is_refused_and_not_passed_over() {
    with_server(async |server| {
        let key = server.key(KeyScope::Admin, None).await.secret;
        for path in [
            "/api/v1/runs?colour=red",
            "/api/v1/runs?limit=0",
            "/api/v1/runs?limit=many",
            "/api/v1/runs?integration=%00",
        ] {
            assert_eq!(server.send(Request::get(path).key(&key)).await.code(), "request.bad", "{path}");
        }
        for path in ["/api/v1/runs?after=zz", "/api/v1/audit?after=7a", "/api/v1/integrations?after=00"] {
            assert_eq!(server.send(Request::get(path).key(&key)).await.code(), "request.cursor", "{path}");
        }
        let none = server.send(Request::get("/api/v1/integrations/%00").key(&key)).await;
        assert_eq!(none.status, 404, "{}", none.body);
        let login = Request::new("POST", "/login").form(&[("login", "a\0"), ("password", "x")]);
        assert_eq!(server.send(login).await.status, 400);
        let post = Request::new("POST", "/api/v1/workspaces").key(&key);
        let status = async |request: Request| server.send(request).await.status;
        assert_eq!(status(post.clone()).await, 415);
        assert_eq!(status(post.clone().form(&[("name", "x")])).await, 415);
        for body in [
            json!({}),
            json!([]),
            json!({ "name": 1 }),
            json!({ "name": "" }),
            json!({ "name": "x", "is_admin": true }),
        ] {
            assert_eq!(status(post.clone().json(&body)).await, 400, "{body}");
        }
        let large = json!({ "name": "x".repeat(1_100_000) });
        assert_eq!(status(post.json(&large)).await, 413);
    })
    .await;
}

#[tokio::test]
async fn pages_of_a_list_have_everything_once() {
    with_server(async |server| {
        let key = server.key(KeyScope::Admin, None).await.secret;
        let (integration, first) = server.integration("one", &[]).await;
        let mut made = vec![first.to_string()];
        for n in 0..6 {
            // Some begin in the same millisecond.
            server.clock.advance(n % 2);
            made.push(server.run(&integration).await.to_string());
        }
        for limit in [1, 2, 3, 7, 100] {
            let (mut seen, mut after) = (vec![], None::<String>);
            loop {
                let cursor = after.as_ref().map(|after| format!("&after={after}")).unwrap_or_default();
                let request = Request::get(&format!("/api/v1/runs?limit={limit}{cursor}")).key(&key);
                let page = server.send(request).await.json();
                let ids = page["items"].as_array().expect("a list").iter();
                seen.extend(ids.map(|run| run["id"].as_str().expect("an id").to_owned()));
                after = page["next"].as_str().map(str::to_owned);
                assert_eq!(page["has_more"].as_bool(), Some(after.is_some()));
                if after.is_none() {
                    break;
                }
            }
            seen.sort();
            made.sort();
            assert_eq!(seen, made, "{limit}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_that_is_sent_again_is_done_once() {
    with_server(async |server| {
        let key = server.key(KeyScope::Admin, None).await.secret;
        let post = |name: &str, repeat: &str| {
            let request =
                Request::new("POST", "/api/v1/workspaces").key(&key).header("idempotency-key", repeat);
            request.json(&json!({ "name": name }))
        };
        let first = server.send(post("a", "one")).await;
        let second = server.send(post("a", "one")).await;
        assert_eq!((first.status, second.status), (201, 201));
        assert_eq!(first.json(), second.json());
        assert_eq!(
            (first.header("idempotency-replayed"), second.header("idempotency-replayed")),
            (None, Some("true"))
        );
        assert_eq!(server.send(post("b", "one")).await.code(), "request.repeat");
        assert_eq!(server.send(post("a", "two")).await.code(), "workspace.taken");
        assert_eq!(
            server.send(post("c", "two")).await.status,
            201,
            "after an error the key may be used again"
        );
        let other = server.key(KeyScope::Admin, None).await.secret;
        let others = Request::new("POST", "/api/v1/workspaces").key(&other).header("idempotency-key", "one");
        assert_eq!(
            server.send(others.json(&json!({ "name": "d" }))).await.status,
            201,
            "keys are each caller's own"
        );
        server.clock.advance(30 * 60 * 60 * 1_000);
        let key = server.key(KeyScope::Admin, None).await.secret;
        let late = Request::new("POST", "/api/v1/workspaces").key(&key).header("idempotency-key", "one");
        assert_eq!(server.send(late.json(&json!({ "name": "e" }))).await.status, 201);
    })
    .await;
}

#[tokio::test]
async fn many_at_once_with_one_key_do_it_once() {
    with_server(async |server| {
        let key = server.key(KeyScope::Admin, None).await.secret;
        let post = || {
            let request =
                Request::new("POST", "/api/v1/api-keys").key(&key).header("idempotency-key", "same");
            server.send(request.json(&json!({ "name": "new", "scopes": ["read"] })))
        };
        let (a, b, c, d) = tokio::join!(post(), post(), post(), post());
        let all = [a, b, c, d];
        assert!(all.iter().all(|answer| matches!(answer.status, 201 | 409)), "{all:?}");
        let list = server.send(Request::get("/api/v1/api-keys").key(&key)).await.json();
        let made =
            list["items"].as_array().expect("a list").iter().filter(|key| key["name"] == "new").count();
        assert_eq!(made, 1);
        let shown =
            all.iter().filter(|answer| answer.status == 201 && answer.json()["secret"].is_string()).count();
        assert_eq!(shown, 1, "a key is shown once");
    })
    .await;
}

#[tokio::test]
async fn a_change_is_refused_to_whoever_has_not_seen_the_last_one() {
    with_server(async |server| {
        let key = server.key(KeyScope::Admin, None).await.secret;
        let path = format!("/api/v1/workspaces/{}", server.workspace("a").await);
        let seen = server.send(Request::get(&path).key(&key)).await;
        let tag = seen.header("etag").expect("a tag").to_owned();
        let same = server.send(Request::get(&path).key(&key).header("if-none-match", &tag)).await;
        assert_eq!((same.status, same.body.as_str()), (304, ""));
        let rename = |name: &str| {
            Request::new("PATCH", &path).key(&key).header("if-match", &tag).json(&json!({ "name": name }))
        };
        assert_eq!(server.send(rename("b")).await.json()["name"], "b");
        let late = server.send(rename("c")).await;
        assert_eq!((late.status, late.code()), (412, "changed.meanwhile".to_owned()));
        let gone = Request::new("DELETE", &path).key(&key);
        assert_eq!(server.send(gone.clone().header("if-match", &tag)).await.status, 412);
        assert_eq!(server.send(gone.clone()).await.status, 204);
        assert_eq!(server.send(gone).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn passwords_of_proxies_and_digests_are_in_no_answer() {
    with_server(async |server| {
        let made = server.key(KeyScope::Admin, None).await;
        server.integration("one", &[]).await;
        let mut all = String::new();
        for path in ["integrations", "integrations/one", "runs", "api-keys", "workspaces", "audit", "me"] {
            let answer = server.send(Request::get(&format!("/api/v1/{path}")).key(&made.secret)).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            all.push_str(&answer.body);
        }
        let digest = crate::auth::digest::digest(&made.secret);
        for secret in ["hunter2", digest.as_str(), made.secret.as_str()] {
            assert!(!all.contains(secret), "{secret} is in {all}");
        }
        assert!(all.contains("proxy.example"), "the proxy itself is shown: {all}");
    })
    .await;
}

#[tokio::test]
async fn what_was_done_stands_in_the_audit_log() {
    with_server(async |server| {
        let key = server.key(KeyScope::Admin, None).await.secret;
        let post = Request::new("POST", "/api/v1/workspaces").key(&key).header("x-request-id", "r-1");
        server.send(post.json(&json!({ "name": "new" }))).await;
        let log = server.send(Request::get("/api/v1/audit").key(&key)).await.json();
        let event: &Value = &log["items"][0];
        assert_eq!((&event["action"], &event["subject"]), (&json!("workspace.create"), &json!("new")));
        assert_eq!((&event["actor_kind"], &event["request_id"]), (&json!("key"), &json!("r-1")));
        assert_eq!((&event["address"], &event["outcome"]), (&json!("127.0.0.1"), &json!("done")));
    })
    .await;
}

#[tokio::test]
async fn a_list_says_in_a_header_where_it_goes_on() {
    with_server(async |server| {
        let key = server.key(KeyScope::Admin, None).await.secret;
        for name in ["a", "b", "c"] {
            server.integration_alone(name).await;
        }
        let first = server.send(Request::get("/api/v1/integrations?limit=2").key(&key)).await;
        let link = first.header("link").expect("a link").to_owned();
        let next =
            link.strip_prefix('<').and_then(|rest| rest.strip_suffix(">; rel=\"next\"")).expect("an address");
        let last = server.send(Request::get(next).key(&key)).await;
        assert_eq!(last.json()["items"][0]["name"], "c", "{link}");
        assert_eq!(last.header("link"), None);
    })
    .await;
}

#[tokio::test]
async fn an_error_about_a_member_of_the_body_points_to_it() {
    with_server(async |server| {
        let key = server.key(KeyScope::Admin, None).await.secret;
        let credential = serde_json::json!({ "email": "a@b.example", "token": "t" });
        for (member, value, pointer) in [
            ("interval_minutes", serde_json::json!("often"), "/interval_minutes"),
            ("credential", serde_json::json!({ "token": 7 }), "/credential/token"),
            ("projects", serde_json::json!(["ENG", 7]), "/projects/1"),
            ("timezone", serde_json::json!("Mars/Olympus"), "/timezone"),
        ] {
            let mut body = serde_json::json!({ "url": "http://127.0.0.1:1", "credential": credential });
            body[member] = value;
            let asked = Request::new("POST", "/api/v1/integrations/validate").key(&key).json(&body);
            let problem = server.send(asked).await.json();
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
            assert_eq!(problem["errors"][0]["code"], problem["code"]);
        }
    })
    .await;
}

#[tokio::test]
async fn what_to_do_is_said_in_words_of_the_api() {
    with_server(async |server| {
        let key = server.key(KeyScope::Admin, None).await.secret;
        let asked = Request::new("POST", "/api/v1/backups").key(&key);
        let body = serde_json::json!({ "name": "one.tar" });
        assert_eq!(server.send(asked.json(&body)).await.status, 201);
        let again = server.send(Request::new("POST", "/api/v1/backups").key(&key).json(&body)).await.json();
        assert_eq!((&again["code"], &again["fix"]), (&"file.exists".into(), &"Choose another name".into()));
        assert_eq!(again["detail"], "one.tar is there already.", "where it lies is nobody's business");
        assert_eq!(again["errors"][0]["pointer"], "/name");
    })
    .await;
}
