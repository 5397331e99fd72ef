//! Sessions and keys: how they begin and end, and what cannot be done with those of others.

use super::{
    Browser, PASSWORD, Server,
    client::{Answer, Request},
    with_server,
};
use serde_json::json;
use weir_model::{KeyScope, Reach, Role};
use weir_store::AuditFilter;

const MINUTE_MS: i64 = 60_000;

async fn sign_in(server: &Server, login: &str, password: &str) -> Answer {
    let form = Request::new("POST", "/login").header("sec-fetch-site", "same-origin");
    server.send(form.form(&[("login", login), ("password", password), ("next", "/integrations")])).await
}

async fn is_in(server: &Server, browser: &Browser) -> bool {
    server.send(browser.get("/api/v1/me")).await.status == 200
}

#[tokio::test]
async fn a_person_signs_in_and_out() {
    with_server(async |server| {
        server.account_with_password("ada", false).await;
        let answer = sign_in(&server, " Ada ", PASSWORD).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/integrations")));
        let cookie = answer.header("set-cookie").expect("a cookie").to_owned();
        assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
        let browser = Browser::with_cookie(&server, &cookie);
        assert!(is_in(&server, &browser).await);
        let out = server.send(browser.post("/logout", &[])).await;
        assert_eq!((out.status, out.header("location")), (303, Some("/login")));
        assert!(out.header("set-cookie").expect("a cookie").contains("Max-Age=0"));
        assert!(!is_in(&server, &browser).await, "the token is good for nothing any more");
    })
    .await;
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_are_told_alike() {
    with_server(async |server| {
        server.account_with_password("ada", false).await;
        let (wrong, unknown) =
            (sign_in(&server, "ada", "wrong").await, sign_in(&server, "eve", "wrong").await);
        assert_eq!((wrong.status, unknown.status), (401, 401));
        assert_eq!(wrong.body, unknown.body.replace("value=\"eve\"", "value=\"ada\""));
        assert!(wrong.header("set-cookie").is_none());
    })
    .await;
}

#[tokio::test]
async fn after_ten_failures_not_even_the_right_password_is_looked_at() {
    with_server(async |server| {
        server.account_with_password("ada", false).await;
        for _ in 0..10 {
            assert_eq!(sign_in(&server, "ada", "wrong").await.status, 401);
        }
        let held = sign_in(&server, "ada", PASSWORD).await;
        assert_eq!((held.status, held.header("retry-after")), (429, Some("900")));
        server.clock.advance(15 * MINUTE_MS);
        assert_eq!(sign_in(&server, "ada", PASSWORD).await.status, 303);
        let events = server
            .app
            .store
            .audit_events(&Reach::Everything, &AuditFilter::default(), None, 100)
            .await
            .expect("the log");
        let refused = events.iter().filter(|(_, event)| event.outcome == "refused").count();
        assert_eq!((refused, events.len()), (11, 12));
    })
    .await;
}

#[tokio::test]
async fn a_token_from_before_is_not_taken_over_by_signing_in() {
    with_server(async |server| {
        let ada = server.account_with_password("ada", false).await;
        let planted = "weir=0123456789abcdef";
        let form = Request::new("POST", "/login").header("cookie", planted);
        let answer = server.send(form.form(&[("login", "ada"), ("password", PASSWORD)])).await;
        let cookie = answer.header("set-cookie").expect("a cookie").to_owned();
        assert!(!cookie.starts_with(planted));
        assert_eq!(server.send(Request::get("/api/v1/me").header("cookie", planted)).await.status, 401);

        let before = Browser::with_cookie(&server, &cookie);
        let fields = [("login", "ada"), ("password", PASSWORD)];
        let again = server.send(before.post("/login", &fields)).await;
        let after = Browser::with_cookie(&server, again.header("set-cookie").expect("a cookie"));
        assert!(is_in(&server, &after).await);
        assert!(!is_in(&server, &before).await, "the session before has ended");
        assert_eq!(server.app.store.sessions_of(&ada.id).await.expect("sessions").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_when_it_goes_unused_and_after_a_week_in_any_case() {
    with_server(async |server| {
        let (ada, root) =
            (server.account("ada", false, None).await, server.account("root", true, None).await);
        let (ada, root) = (server.browser(&ada).await, server.browser(&root).await);
        server.clock.advance(29 * MINUTE_MS);
        assert!(is_in(&server, &root).await && is_in(&server, &ada).await);
        server.clock.advance(30 * MINUTE_MS);
        assert!(!is_in(&server, &root).await, "those who manage the server have half an hour");
        server.clock.advance(11 * 60 * MINUTE_MS);
        assert!(is_in(&server, &ada).await);
        for _ in 0..13 {
            server.clock.advance(11 * 60 * MINUTE_MS);
            assert!(is_in(&server, &ada).await);
        }
        server.clock.advance(11 * 60 * MINUTE_MS + 60 * MINUTE_MS);
        assert!(!is_in(&server, &ada).await);
    })
    .await;
}

#[tokio::test]
async fn a_change_of_roles_or_a_closed_account_takes_effect_at_once() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        let ada = server.account("ada", false, Some((own, &[Role::Viewer]))).await;
        let browser = server.browser(&ada).await;
        assert_eq!(server.send(browser.get("/integrations")).await.status, 200);
        server.app.store.set_roles(&ada.id, &own, &[]).await.expect("roles are taken");
        assert_eq!(server.send(browser.get("/integrations")).await.status, 403);
        server.app.store.disable_account(&ada.id, true).await.expect("it is closed");
        assert!(!is_in(&server, &browser).await);
        server.app.store.disable_account(&ada.id, false).await.expect("it is opened");
        assert!(!is_in(&server, &browser).await, "its sessions are gone for good");
    })
    .await;
}

#[tokio::test]
async fn another_site_can_have_nothing_done_with_a_session() {
    with_server(async |server| {
        let root = server.account("root", true, None).await;
        let (browser, other) = (server.browser(&root).await, server.browser(&root).await);
        let form = |token: &str| {
            let fields = [("theme", "dark"), ("form_token", token)];
            Request::new("POST", "/settings/theme").header("cookie", &browser.cookie).form(&fields)
        };
        let own = format!("http://{}", server.address);
        let token = browser.form_token.as_str();
        let cases = [
            (form(token).header("sec-fetch-site", "same-origin").header("origin", &own), 303),
            (form(token), 303),
            (form(token).header("sec-fetch-site", "cross-site"), 403),
            (form(token).header("sec-fetch-site", "same-site"), 403),
            (form(token).header("origin", "https://evil.example"), 403),
            (form(token).header("origin", "null"), 403),
            (form("").header("sec-fetch-site", "same-origin"), 403),
            (form(&other.form_token).header("sec-fetch-site", "same-origin"), 403),
        ];
        for (request, status) in cases {
            let answer = server.send(request.clone()).await;
            assert_eq!(answer.status, status, "{request:?} {answer:?}");
        }
        let api = |token: Option<&str>| {
            let request = Request::new("POST", "/api/v1/workspaces").header("cookie", &browser.cookie);
            let request = request.header("sec-fetch-site", "same-origin").json(&json!({ "name": "new" }));
            token.map_or(request.clone(), |token| request.header("x-form-token", token))
        };
        assert_eq!(server.send(api(None)).await.code(), "request.stale");
        assert_eq!(server.send(api(Some(token))).await.status, 201);
    })
    .await;
}

#[tokio::test]
async fn a_name_that_this_server_was_not_told_is_not_answered() {
    with_server(async |server| {
        let foreign = Request::get("/setup").header("host", "evil.example");
        assert_eq!(server.send(foreign).await.status, 421);
        let probe = Request::get("/healthz").header("host", "weir.internal:8420");
        assert_eq!(server.send(probe).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_key_works_until_it_is_revoked_or_runs_out_or_its_maker_is_gone() {
    with_server(async |server| {
        let me = async |key: &str| server.send(Request::get("/api/v1/me").key(key)).await;
        let made = server.key(KeyScope::Read, None).await;
        assert_eq!(me(&made.secret).await.json()["scopes"], json!(["read"]));
        let spelled = Request::get("/api/v1/me").header("authorization", &format!("ApiKey {}", made.secret));
        assert_eq!(server.send(spelled).await.status, 200);
        for bad in ["", "weir_", "x", &made.secret.replace("weir_", "weir_0")] {
            assert_eq!(me(bad).await.code(), "access.key", "{bad}");
        }
        server.clock.advance(3_600_000);
        assert_eq!(me(&made.secret).await.code(), "access.key");

        let made = server.key(KeyScope::Read, None).await;
        server.app.store.revoke_api_key(&made.key.id).await.expect("it is revoked");
        assert_eq!(me(&made.secret).await.code(), "access.key");

        let root = server.account("root", true, None).await;
        server.account("another", true, None).await;
        let browser = server.browser(&root).await;
        let wish = Request::new("POST", "/api/v1/api-keys").header("cookie", &browser.cookie);
        let wish = wish.header("x-form-token", &browser.form_token);
        let made = server.send(wish.json(&json!({ "name": "mine", "scopes": ["admin"] }))).await.json();
        let secret = made["secret"].as_str().expect("the key").to_owned();
        assert_eq!(me(&secret).await.status, 200);
        server.app.store.disable_account(&root.id, true).await.expect("it is closed");
        assert_eq!(me(&secret).await.code(), "access.key");
        server.app.store.disable_account(&root.id, false).await.expect("it is opened");
        assert_eq!(me(&secret).await.code(), "access.key", "what has ended does not come back");
    })
    .await;
}

#[tokio::test]
async fn nobody_makes_a_key_that_may_more_than_they_do() {
    with_server(async |server| {
        let (own, other) = (server.workspace("own").await, server.workspace("other").await);
        let key = server.key(KeyScope::Admin, Some(own)).await.secret;
        let wish = async |workspace: serde_json::Value| {
            let body = json!({ "name": "x", "scopes": ["admin"], "workspace": workspace });
            server.send(Request::new("POST", "/api/v1/api-keys").key(&key).json(&body)).await.status
        };
        assert_eq!(wish(json!(own.to_string())).await, 201);
        assert_eq!(wish(json!(other.to_string())).await, 404);
        assert_eq!(wish(json!(null)).await, 403);
    })
    .await;
}

#[tokio::test]
async fn a_form_that_comes_after_the_session_leads_back_to_its_page() {
    with_server(async |server| {
        let root = server.account("root", true, None).await;
        let shown = server.send(server.browser(&root).await.get("/settings/profile")).await;
        assert!(shown.body.contains("data-session-ms=\"1740000\""), "{}", shown.body);
        let late = async |from: &str| {
            let form = Request::new("POST", "/integrations/Acme/configuration").header("host", "127.0.0.1");
            let form = form.header("sec-fetch-site", "same-origin").header("referer", from);
            let answer = server.send(form.form(&[("name", "x")])).await;
            (answer.status, answer.header("location").unwrap_or_default().to_owned())
        };
        let back = "/login?next=%2Fintegrations%2FAcme%2Fconfiguration";
        assert_eq!(late("http://127.0.0.1/integrations/Acme/configuration").await, (303, back.to_owned()));
        for other in ["https://evil.example/integrations", "http://127.0.0.1//evil.example", "x"] {
            assert_eq!(late(other).await, (303, "/login".to_owned()), "{other}");
        }
    })
    .await;
}

#[tokio::test]
async fn who_has_no_role_yet_begins_on_a_page_that_says_so_and_whom_to_ask() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        let noor = server.account_with_password("noor@acme.example", false).await;
        let browser = server.browser(&noor).await;
        let form = [("login", "noor@acme.example"), ("password", PASSWORD)];
        let form = Request::new("POST", "/login").header("sec-fetch-site", "same-origin").form(&form);
        assert_eq!(server.send(form).await.header("location"), Some("/"));
        for (path, status) in [("/", 200), ("/integrations", 403), ("/settings/users", 403)] {
            let page = server.send(browser.get(path)).await;
            assert_eq!(page.status, status, "{path}: {}", page.body);
            assert!(page.body.contains("You have no role here yet"), "{path}: {}", page.body);
            assert!(page.body.contains("Ask an administrator"), "{path}: {}", page.body);
            for near in ["href=\"/settings/profile\"", "action=\"/logout\"", "noor@acme.example"] {
                assert!(page.body.contains(near), "{path}: {near}: {}", page.body);
            }
        }
        assert_eq!(server.send(browser.get("/settings/profile")).await.status, 200);
        server.app.store.set_roles(&noor.id, &own, &[Role::Viewer]).await.expect("a role");
        assert_eq!(server.send(browser.get("/")).await.header("location"), Some("/integrations"));
        let refused = server.send(browser.get("/settings/users")).await;
        assert!(refused.status == 403 && !refused.body.contains("no role"), "{}", refused.body);
    })
    .await;
}
