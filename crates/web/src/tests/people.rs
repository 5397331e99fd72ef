//! People: invited with a link that works once, changed, closed, signed out; members of workspaces; and always somebody who can
//! look after the server.

use super::{
    Browser, PASSWORD, Server,
    client::{Answer, Request},
    with_server,
};
use serde_json::{Value, json};
use weir_model::{KeyScope, Role};

const ANOTHER: &str = "staple battery horse correct";

impl Browser {
    /// A request to the API that the browser sends from a page of this server.
    pub(crate) fn api(&self, method: &str, path: &str) -> Request {
        let request = Request::new(method, path).header("cookie", &self.cookie);
        request.header("sec-fetch-site", "same-origin").header("x-form-token", &self.form_token)
    }
}

/// The token of the link in an answer.
fn token(answer: &Answer) -> String {
    let link = answer.json()["link"].as_str().expect("a link").to_owned();
    link.split_once("/invitation?token=").expect("a token").1.to_owned()
}

async fn accept(server: &Server, token: &str, password: &str) -> Answer {
    let fields = [("token", token), ("password", password), ("repeated", password)];
    let request = Request::new("POST", "/invitation").header("sec-fetch-site", "same-origin");
    server.send(request.form(&fields)).await
}

async fn sign_in(server: &Server, login: &str, password: &str) -> u16 {
    let form = Request::new("POST", "/login").header("sec-fetch-site", "same-origin");
    server.send(form.form(&[("login", login), ("password", password)])).await.status
}

async fn user(server: &Server, key: &str, id: &str) -> Value {
    server.send(Request::get(&format!("/api/v1/users/{id}")).key(key)).await.json()
}

#[tokio::test]
async fn whoever_is_invited_chooses_a_password_once_and_nobody_else_knows_it() {
    with_server(async |server| {
        let key = server.key(KeyScope::Admin, None).await.secret;
        let post = Request::new("POST", "/api/v1/users").key(&key).header("idempotency-key", "one");
        let made = server.send(post.clone().json(&json!({ "login": " Ada@Acme.example " }))).await;
        assert_eq!((made.status, &made.json()["login"]), (201, &json!("ada@acme.example")));
        let again = server.send(post.json(&json!({ "login": " Ada@Acme.example " }))).await;
        assert_eq!((again.status, &again.json()["link"]), (201, &Value::Null), "a link is shown once");
        let (id, first) = (made.json()["id"].as_str().expect("an id").to_owned(), token(&made));
        assert_eq!(user(&server, &key, &id).await["state"], "invited");
        assert_eq!(sign_in(&server, "ada@acme.example", "").await, 401);

        let renew = Request::new("POST", &format!("/api/v1/users/{id}/invitation")).key(&key);
        let second = token(&server.send(renew.clone()).await);
        assert_eq!(accept(&server, &first, PASSWORD).await.status, 409, "a newer one was made");
        let page = server.send(Request::get(&format!("/invitation?token={second}"))).await.body;
        assert!(page.contains("ada@acme.example") && page.contains("Welcome"), "{page}");
        assert_eq!(accept(&server, &second, "short").await.status, 400);
        let accepted = accept(&server, &second, PASSWORD).await;
        assert_eq!((accepted.status, accepted.header("location")), (303, Some("/")));
        let browser = Browser::with_cookie(&server, accepted.header("set-cookie").expect("a cookie"));
        assert_eq!(server.send(browser.get("/api/v1/me")).await.json()["name"], "ada@acme.example");
        assert_eq!(accept(&server, &second, ANOTHER).await.status, 409, "it works once");
        assert_eq!(user(&server, &key, &id).await["state"], "active");

        let forgotten = token(&server.send(renew).await);
        assert_eq!(sign_in(&server, "ada@acme.example", PASSWORD).await, 303, "until another is chosen");
        assert_eq!(accept(&server, &forgotten, ANOTHER).await.status, 303);
        assert_eq!(
            server.send(browser.get("/api/v1/me")).await.status,
            401,
            "sessions from before have ended"
        );
        assert_eq!(sign_in(&server, "ada@acme.example", PASSWORD).await, 401);
        assert_eq!(sign_in(&server, "ada@acme.example", ANOTHER).await, 303);
    })
    .await;
}

#[tokio::test]
async fn an_invitation_ends_after_three_days_and_with_its_account() {
    with_server(async |server| {
        let invite = async |login: &str| {
            let key = server.key(KeyScope::Admin, None).await.secret;
            let post = Request::new("POST", "/api/v1/users").key(&key).json(&json!({ "login": login }));
            server.send(post).await
        };
        let late = token(&invite("late").await);
        server.clock.advance(3 * 24 * 3_600_000);
        assert_eq!(accept(&server, &late, PASSWORD).await.status, 409);
        let made = invite("closed").await;
        let key = server.key(KeyScope::Admin, None).await.secret;
        let path = format!("/api/v1/users/{}", made.json()["id"].as_str().expect("an id"));
        let close = Request::new("POST", &format!("{path}/deactivate")).key(&key);
        assert_eq!(server.send(close).await.status, 204);
        assert_eq!(accept(&server, &token(&made), PASSWORD).await.status, 409);
        let renew = Request::new("POST", &format!("{path}/invitation")).key(&key);
        assert_eq!(server.send(renew).await.code(), "account.closed");
        for bad in ["", "a b", "\u{7}"] {
            assert_eq!(invite(bad).await.code(), "account.login", "{bad:?}");
        }
        assert_eq!(invite("CLOSED").await.code(), "account.taken");
    })
    .await;
}

#[tokio::test]
async fn the_last_one_who_looks_after_the_server_stays() {
    with_server(async |server| {
        let (root, other) =
            (server.account("root", true, None).await, server.account("other", true, None).await);
        let key = server.key(KeyScope::Admin, None).await.secret;
        let patch = |id: String, body: Value| {
            Request::new("PATCH", &format!("/api/v1/users/{id}")).key(&key).json(&body)
        };
        let both = tokio::join!(
            server.send(patch(root.id.to_string(), json!({ "is_admin": false }))),
            server.send(patch(other.id.to_string(), json!({ "is_admin": false })))
        );
        let mut statuses = [both.0.status, both.1.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "two who take each other away do not both succeed: {both:?}");
        let left = if both.0.status == 409 { &root } else { &other };
        let close = Request::new("POST", &format!("/api/v1/users/{}/deactivate", left.id)).key(&key);
        assert_eq!(server.send(close).await.code(), "account.last");
        // Somebody who is only invited cannot look after anything yet.
        let invite = Request::new("POST", "/api/v1/users").key(&key);
        let invited = server.send(invite.json(&json!({ "login": "new", "is_admin": true }))).await;
        let demote = patch(left.id.to_string(), json!({ "is_admin": false }));
        assert_eq!(server.send(demote.clone()).await.code(), "account.last");
        assert_eq!(accept(&server, &token(&invited), PASSWORD).await.status, 303);
        assert_eq!(server.send(demote).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_change_of_somebody_is_refused_to_whoever_has_not_seen_the_last_one() {
    with_server(async |server| {
        let ada = server.account("ada", false, None).await;
        let key = server.key(KeyScope::Admin, None).await.secret;
        let path = format!("/api/v1/users/{}", ada.id);
        let seen = server.send(Request::get(&path).key(&key)).await;
        let tag = seen.header("etag").expect("a tag").to_owned();
        let patch = |name: &str| Request::new("PATCH", &path).key(&key).json(&json!({ "name": name }));
        assert_eq!(server.send(patch("Ada").header("if-match", &tag)).await.json()["name"], "Ada");
        assert_eq!(server.send(patch("Eve").header("if-match", &tag)).await.code(), "changed.meanwhile");
        assert_eq!(server.send(patch("")).await.code(), "request.bad");
        let odd = Request::new("PATCH", &path).key(&key).json(&json!({ "login": "eve" }));
        assert_eq!(server.send(odd).await.code(), "request.bad", "what is the server's is not taken");
    })
    .await;
}

#[tokio::test]
async fn a_closed_account_is_out_at_once_and_for_good() {
    with_server(async |server| {
        server.account("other", true, None).await;
        let root = server.account_with_password("root", true).await;
        let browser = server.browser(&root).await;
        let wish = browser.api("POST", "/api/v1/api-keys").json(&json!({ "name": "x", "scopes": ["admin"] }));
        let secret = server.send(wish).await.json()["secret"].as_str().expect("a key").to_owned();
        let key = server.key(KeyScope::Admin, None).await.secret;
        let turn = async |what: &str| {
            let path = format!("/api/v1/users/{}/{what}", root.id);
            assert_eq!(server.send(Request::new("POST", &path).key(&key)).await.status, 204);
        };
        turn("deactivate").await;
        let in_with = async |request: Request| server.send(request).await.status;
        assert_eq!(in_with(browser.get("/api/v1/me")).await, 401);
        assert_eq!(in_with(Request::get("/api/v1/me").key(&secret)).await, 401);
        assert_eq!(sign_in(&server, "root", PASSWORD).await, 401);
        turn("reactivate").await;
        assert_eq!(in_with(browser.get("/api/v1/me")).await, 401);
        assert_eq!(in_with(Request::get("/api/v1/me").key(&secret)).await, 401);
        assert_eq!(sign_in(&server, "root", PASSWORD).await, 303);
    })
    .await;
}

#[tokio::test]
async fn a_password_is_changed_by_whoever_knows_it_and_the_other_sessions_end() {
    with_server(async |server| {
        let ada = server.account_with_password("ada", false).await;
        let (browser, other) = (server.browser(&ada).await, server.browser(&ada).await);
        let change = |current: &str, new: &str| {
            browser.api("PUT", "/api/v1/me/password").json(&json!({ "current": current, "new": new }))
        };
        assert_eq!(server.send(change("wrong", ANOTHER)).await.code(), "account.password_now");
        assert_eq!(server.send(change(PASSWORD, "short")).await.code(), "account.password");
        assert_eq!(server.send(change(PASSWORD, ANOTHER)).await.status, 204);
        assert_eq!(server.send(browser.get("/api/v1/me")).await.status, 200);
        assert_eq!(server.send(other.get("/api/v1/me")).await.status, 401);
        assert_eq!(
            (sign_in(&server, "ada", PASSWORD).await, sign_in(&server, "ada", ANOTHER).await),
            (401, 303)
        );
        for _ in 0..20 {
            server.send(change("wrong", PASSWORD)).await;
        }
        assert_eq!(server.send(change(ANOTHER, PASSWORD)).await.status, 429, "guesses are counted here too");
    })
    .await;
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_owner_and_by_those_who_look_after_the_server() {
    with_server(async |server| {
        let (ada, eve) = (server.account("ada", false, None).await, server.account("eve", false, None).await);
        let (here, there, hers) =
            (server.browser(&ada).await, server.browser(&ada).await, server.browser(&eve).await);
        let list = server.send(here.get("/api/v1/me/sessions")).await.json();
        let items = list["items"].as_array().expect("a list").clone();
        assert_eq!(items.len(), 2);
        assert_eq!(items.iter().filter(|one| one["is_this"] == json!(true)).count(), 1);
        let other = items.iter().find(|one| one["is_this"] == json!(false)).expect("the other one");
        let path = format!("/api/v1/me/sessions/{}", other["id"].as_str().expect("an id"));
        assert_eq!(server.send(hers.api("DELETE", &path)).await.status, 204);
        assert_eq!(server.send(there.get("/api/v1/me")).await.status, 200, "it is not hers to end");
        assert_eq!(server.send(here.api("DELETE", &path)).await.status, 204);
        assert_eq!(server.send(there.get("/api/v1/me")).await.status, 401);

        let key = server.key(KeyScope::Admin, None).await.secret;
        let path = format!("/api/v1/users/{}/sessions", ada.id);
        let listed = server.send(Request::get(&path).key(&key)).await.json();
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
        assert_eq!(server.send(Request::new("DELETE", &path).key(&key)).await.status, 204);
        assert_eq!(server.send(here.get("/api/v1/me")).await.status, 401);
        assert_eq!(server.send(hers.get("/api/v1/me")).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn members_get_roles_by_login_and_lose_them_and_who_looks_after_a_workspace_sees_its_own() {
    with_server(async |server| {
        let (own, other) = (server.workspace("own").await, server.workspace("other").await);
        server.account("ada", false, None).await;
        server.account("eve", false, Some((other, &[Role::Viewer]))).await;
        let key = server.key(KeyScope::Admin, Some(own)).await.secret;
        let path = format!("/api/v1/workspaces/{own}/members");
        let put = |user: &str, roles: Value| {
            let request = Request::new("PUT", &format!("{path}/{user}")).key(&key);
            request.json(&json!({ "roles": roles }))
        };
        assert_eq!(server.send(put("Ada", json!(["viewer", "editor"]))).await.status, 204);
        assert_eq!(server.send(put("ada", json!([]))).await.code(), "request.bad");
        assert_eq!(server.send(put("ada", json!(["root"]))).await.code(), "request.bad");
        assert_eq!(server.send(put("nobody", json!(["viewer"]))).await.code(), "account.unknown");
        let listed = server.send(Request::get(&path).key(&key)).await.json();
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
        let member = &listed["items"][0];
        assert_eq!((&member["login"], &member["roles"]), (&json!("ada"), &json!(["editor", "viewer"])));
        let people = server.send(Request::get("/api/v1/users").key(&key)).await.json();
        assert_eq!(people["items"].as_array().map(Vec::len), Some(1), "others are not hers to see: {people}");
        assert_eq!(server.send(Request::new("DELETE", &format!("{path}/ada")).key(&key)).await.status, 204);
        let listed = server.send(Request::get(&path).key(&key)).await.json();
        assert_eq!(listed["items"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn what_somebody_chose_for_the_pages_stays_and_a_zone_that_is_none_is_refused() {
    with_server(async |server| {
        let ada = server.account("ada", false, None).await;
        let browser = server.browser(&ada).await;
        let patch = |body: Value| browser.api("PATCH", "/api/v1/me").json(&body);
        let wish = json!({ "theme": "dark", "timezone": "Asia/Kathmandu", "name": "Ada L." });
        assert_eq!(server.send(patch(wish)).await.status, 204);
        let me = server.send(browser.get("/api/v1/me")).await.json();
        assert_eq!((&me["theme"], &me["timezone"]), (&json!("dark"), &json!("Asia/Kathmandu")));
        assert_eq!(server.send(patch(json!({ "timezone": "Mars/Base" }))).await.code(), "zone.unknown");
        assert_eq!(server.send(patch(json!({ "is_admin": true }))).await.code(), "request.bad");
    })
    .await;
}
