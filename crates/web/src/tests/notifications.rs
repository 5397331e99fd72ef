//! Channels of notifications through the API and the pages: who may, what is refused, what is shown once, and trying one.

use super::{Server, client::Request, with_server};
use serde_json::{Value, json};
use weir_model::{KeyScope, Role};

const ALL: &str = "/api/v1/notifications";

fn webhook() -> Value {
    json!({ "name": "Pager", "kind": "webhook", "url": "https://hooks.example/secret-path" })
}

async fn with_key(test: impl AsyncFn(Server, String)) {
    with_server(async |server| {
        server.account("root", true, None).await;
        let key = server.key(KeyScope::Admin, None).await.secret;
        test(server, key).await;
    })
    .await;
}

#[tokio::test]
async fn the_secrets_of_a_channel_are_shown_once_or_never() {
    with_key(async |server, key| {
        let made = server.send(Request::new("POST", ALL).key(&key).json(&webhook())).await;
        assert_eq!(made.status, 201, "{made:?}");
        let secret = made.json()["secret"].as_str().expect("a secret").to_owned();
        assert!(secret.starts_with("whsec_"), "{secret}");
        let path = format!("{ALL}/Pager");
        let read = server.send(Request::get(&path).key(&key)).await;
        assert_eq!(read.json()["url"], "https://hooks.example/…");
        assert_eq!(read.json()["events"].as_array().map(Vec::len), Some(9));
        let change = json!({ "quiet": { "from": "22:00", "until": "07:00", "zone": "Europe/Berlin" }, "failing_hours": 12.0 });
        let stale = Request::new("PATCH", &path).key(&key).header("if-match", "\"7\"").json(&change);
        assert_eq!(server.send(stale).await.code(), "changed.meanwhile");
        let changed = server.send(Request::new("PATCH", &path).key(&key).json(&change)).await;
        assert_eq!((&changed.json()["secret"], changed.status), (&Value::Null, 200), "{changed:?}");
        assert_eq!(changed.json()["channel"]["quiet"]["until"], "07:00");
        let none = json!({ "quiet": null, "events": ["needs_you"] });
        let changed = server.send(Request::new("PATCH", &path).key(&key).json(&none)).await.json();
        assert_eq!((&changed["channel"]["quiet"], &changed["channel"]["failing_hours"]), (&Value::Null, &json!(12)));
        let audit = server.send(Request::get("/api/v1/audit").key(&key)).await.body;
        let all = server.send(Request::get(ALL).key(&key)).await.body + &read.body + &audit;
        assert!(!all.contains(&secret) && !all.contains("secret-path"), "{all}");
        for action in ["notification.create", "notification.edit"] {
            assert!(audit.contains(action), "{action}: {audit}");
        }
        assert_eq!(server.send(Request::new("DELETE", &path).key(&key)).await.status, 204);
        assert_eq!(server.send(Request::get(&path).key(&key)).await.code(), "notification.unknown");
    })
    .await;
}

#[tokio::test]
async fn what_cannot_work_is_refused_with_the_member_that_it_is_about() {
    with_key(async |server, key| {
        for (change, code, member) in [
            (json!({ "name": "" }), "notification.bad", "/name"),
            (json!({ "url": null }), "notification.bad", "/url"),
            (json!({ "url": "https://10.0.0.1/" }), "notification.bad", "/url"),
            (json!({ "to": ["ops@acme.example"] }), "notification.bad", "/to"),
            (json!({ "kind": "mail", "url": null }), "notification.bad", "/to"),
            (json!({ "kind": "mail", "to": ["ops@acme.example"] }), "notification.bad", "/url"),
            (
                json!({ "kind": "mail", "url": null, "to": ["a\r\nBcc: b@c.example"] }),
                "notification.bad",
                "/to",
            ),
            (json!({ "kind": "slack", "secret": "whsec_x" }), "notification.bad", "/secret"),
            (json!({ "secret": "hunter2" }), "notification.bad", "/secret"),
            (json!({ "events": [] }), "notification.bad", "/events"),
            (json!({ "workspaces": ["none"] }), "notification.bad", "/workspaces"),
            (json!({ "failing_hours": 0 }), "request.bad", "/failing_hours"),
            (
                json!({ "quiet": { "from": "25:00", "until": "07:00", "zone": "UTC" } }),
                "request.bad",
                "/quiet/from",
            ),
            (
                json!({ "quiet": { "from": "07:00", "until": "07:00", "zone": "UTC" } }),
                "notification.bad",
                "/quiet",
            ),
            (
                json!({ "quiet": { "from": "22:00", "until": "07:00", "zone": "Mars" } }),
                "notification.bad",
                "/quiet/zone",
            ),
        ] {
            let mut wish = webhook();
            for (name, value) in change.as_object().expect("members") {
                wish[name] = value.clone();
            }
            let answer = server.send(Request::new("POST", ALL).key(&key).json(&wish)).await;
            assert_eq!(answer.code(), code, "{change}: {answer:?}");
            assert_eq!(answer.json()["errors"][0]["pointer"], member, "{change}: {answer:?}");
        }
        assert_eq!(server.send(Request::new("POST", ALL).key(&key).json(&webhook())).await.status, 201);
        let twice = server.send(Request::new("POST", ALL).key(&key).json(&webhook())).await;
        assert_eq!((twice.status, twice.code().as_str()), (409, "notification.taken"));
    })
    .await;
}

#[tokio::test]
async fn a_test_that_cannot_be_sent_says_why_and_stands_in_the_list() {
    with_key(async |server, key| {
        let mail = json!({ "name": "Operators", "kind": "mail", "to": ["ops@acme.example"] });
        assert_eq!(server.send(Request::new("POST", ALL).key(&key).json(&mail)).await.status, 201);
        let test = server.send(Request::new("POST", &format!("{ALL}/Operators/test")).key(&key)).await;
        assert_eq!((test.status, test.code().as_str()), (409, "mail.none"), "{test:?}");
        assert_eq!(server.send(Request::new("POST", ALL).key(&key).json(&webhook())).await.status, 201);
        // A name that leads to this machine is seen when it is used.
        let elsewhere = json!({ "url": "https://localhost/weir", "kind": "slack" });
        let changed = Request::new("PATCH", &format!("{ALL}/Pager")).key(&key).json(&elsewhere);
        assert_eq!(server.send(changed).await.status, 200);
        let test = server.send(Request::new("POST", &format!("{ALL}/Pager/test")).key(&key)).await.json();
        assert_eq!(test["state"], "refused", "{test}");
        let list = server.send(Request::get(&format!("{ALL}/Pager/messages")).key(&key)).await.json();
        assert_eq!((&list["items"][0]["event"], &list["items"][0]["said"]), (&json!("test"), &test["said"]));
        let read = server.send(Request::get(&format!("{ALL}/Pager")).key(&key)).await.json();
        assert_eq!(read["last"]["state"], "refused", "{read}");
    })
    .await;
}

#[tokio::test]
async fn a_page_makes_shows_and_removes_a_channel_for_whoever_looks_after_the_server() {
    with_server(async |server| {
        let root = server.account("root", true, None).await;
        let workspace = server.workspace("own").await;
        let admin = server.account("admin", false, Some((workspace, &[Role::Admin]))).await;
        let (root, admin) = (server.browser(&root).await, server.browser(&admin).await);
        let page = "/settings/notifications";
        assert_eq!(server.send(Request::get(page).header("cookie", &admin.cookie)).await.status, 403);
        let empty = server.send(Request::get(page).header("cookie", &root.cookie)).await;
        assert!(empty.body.contains("nobody is told"), "{}", empty.body);
        let post = async |path: &str, fields: &[(&str, &str)]| {
            let usual = [
                ("form_token", &*root.form_token),
                ("failing_hours", "6"),
                ("event", "needs_you"),
                ("event", "healed"),
            ];
            let all = [&usual[..], fields].concat();
            server.send(Request::new("POST", path).header("cookie", &root.cookie).form(&all)).await
        };
        let odd = [
            ("name", "<b>"),
            ("kind", "mail"),
            ("to", "nobody"),
            ("quiet_from", "22:00"),
            ("quiet_until", "7"),
        ];
        let refused = post(page, &odd).await;
        assert_eq!(refused.status, 400, "{refused:?}");
        assert!(refused.body.contains("A time of the day is 00:00 to 23:59"), "{}", refused.body);
        assert!(
            refused.body.contains("&#60;b&#62;") && !refused.body.contains("<b>"),
            "what was typed stays, as text"
        );
        let fits = [("name", "Pager"), ("kind", "webhook"), ("url", "https://hooks.example/secret-path")];
        let made = post(page, &fits).await;
        assert_eq!(made.status, 303, "{made:?}");
        let to = made.header("location").expect("a place").to_owned();
        let shown = server.send(Request::get(&to).header("cookie", &root.cookie)).await.body;
        assert!(shown.contains("whsec_") && !shown.contains("secret-path"), "{shown}");
        let again = server.send(Request::get(&to).header("cookie", &root.cookie)).await.body;
        assert!(!again.contains("whsec_") && again.contains("2 events"), "it is shown once");
        let path = to.split('?').next().expect("a path");
        let off = post(path, &[("seen", "1"), ("name", "Pager"), ("kind", "webhook"), ("off", "1")]).await;
        assert_eq!(off.status, 303, "{off:?}");
        let listed = server.send(Request::get(page).header("cookie", &root.cookie)).await.body;
        assert!(listed.contains("https://hooks.example/…") && listed.contains(">off<"), "{listed}");
        let gone = Request::new("POST", &format!("{path}/delete")).header("cookie", &root.cookie);
        let gone = server.send(gone.form(&[("form_token", &root.form_token)])).await;
        assert_eq!(gone.header("location"), Some("/settings/notifications?done=deleted"));
    })
    .await;
}

#[tokio::test]
async fn the_audit_log_says_what_a_channel_was_before_and_no_secret_of_it() {
    with_key(async |server, key| {
        let made = server.send(Request::new("POST", ALL).key(&key).json(&webhook())).await;
        let secret = made.json()["secret"].as_str().expect("a secret").to_owned();
        let last = async |action: &str| {
            let line = format!("/api/v1/audit?action={action}&limit=1");
            server.send(Request::get(&line).key(&key)).await.json()["items"][0]["detail"].clone()
        };
        let created = last("notification.create").await;
        assert_eq!((&created["kind"], &created["quiet"]), (&json!("webhook"), &json!("none")), "{created}");
        let path = format!("{ALL}/Pager");
        let change = json!({
            "name": "Night", "url": "https://hooks.example/other-path", "events": ["healed"],
            "quiet": { "from": "22:00", "until": "07:00", "zone": "Europe/Berlin" },
        });
        let changed = server.send(Request::new("PATCH", &path).key(&key).json(&change)).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        let edited = last("notification.edit").await;
        for (name, value) in [
            ("name", "Night"),
            ("name_before", "Pager"),
            ("events", "healed"),
            ("quiet", "22:00 to 07:00 (Europe/Berlin)"),
            ("quiet_before", "none"),
            ("url", "given anew"),
            ("kind", "webhook"),
        ] {
            assert_eq!(edited[name], value, "{name}: {edited}");
        }
        assert!(edited["events_before"].as_str().is_some_and(|all| all.contains("needs_you")), "{edited}");
        for unchanged in ["secret", "failing_hours", "off", "kind_before"] {
            assert_eq!(edited[unchanged], Value::Null, "{unchanged}: {edited}");
        }
        assert_eq!(server.send(Request::new("DELETE", &format!("{ALL}/Night")).key(&key)).await.status, 204);
        assert_eq!(last("notification.delete").await["events_before"], "healed");
        let whole = server.send(Request::get("/api/v1/audit").key(&key)).await.body;
        for hidden in ["hooks.example", "secret-path", "other-path", &*secret] {
            assert!(!whole.contains(hidden), "{hidden}: {whole}");
        }
    })
    .await;
}
