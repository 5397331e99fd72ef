//! Nudges through the API and the pages: who may, what is refused, and leaving one without signing in.

use super::{Server, client::Request, with_server};
use serde_json::{Value, json};
use weir_ingest::nudges::{Outlet, SmtpSettings};
use weir_model::{KeyScope, Role};
use weir_testkit::Engine;

const NUDGES: &str = "/api/v1/integrations/acme/hygiene/nudges";

fn webhook() -> Value {
    json!({ "name": "Chat", "channel": "webhook", "url": "https://hooks.example/secret-path", "by": "project",
        "teams": [{ "team": "ENG" }] })
}

async fn with_acme(test: impl AsyncFn(Server, String)) {
    with_server(async |server| {
        server.account("root", true, None).await;
        server.integration("acme", &[]).await;
        let key = server.key(KeyScope::Admin, None).await.secret;
        test(server, key).await;
    })
    .await;
}

#[tokio::test]
async fn a_webhook_has_its_secret_shown_once_and_its_address_never() {
    with_acme(async |server, key| {
        let made = server.send(Request::new("POST", NUDGES).key(&key).json(&webhook())).await;
        assert_eq!(made.status, 201, "{made:?}");
        let secret = made.json()["secret"].as_str().expect("a secret").to_owned();
        assert!(secret.starts_with("whsec_"), "{secret}");
        let path = format!("{NUDGES}/Chat");
        let read = server.send(Request::get(&path).key(&key)).await;
        assert_eq!(read.json()["url"], "https://hooks.example/…");
        assert_eq!(read.json()["state"], "active");
        let all = server.send(Request::get(NUDGES).key(&key)).await.body + &read.body;
        assert!(!all.contains(&secret) && !all.contains("secret-path"), "{all}");
        // What is not named stays, and a change is made to what was seen.
        let change = json!({ "hour": 9.0 });
        let stale = Request::new("PATCH", &path).key(&key).header("if-match", "\"7\"").json(&change);
        assert_eq!(server.send(stale).await.code(), "changed.meanwhile");
        let seen = Request::new("PATCH", &path).key(&key).header("if-match", "\"1\"").json(&change);
        let changed = server.send(seen).await.json();
        let (hour, url) = (&changed["nudge"]["hour"], &changed["nudge"]["url"]);
        assert_eq!(
            (hour, url, &changed["secret"]),
            (&json!(9), &json!("https://hooks.example/…"), &Value::Null)
        );
        let preview = server.send(Request::new("POST", &format!("{path}/preview")).key(&key)).await;
        assert_eq!((preview.status, &preview.json()["recipients"]), (200, &json!(0)), "{preview:?}");
        assert_eq!(server.send(Request::new("DELETE", &path).key(&key)).await.status, 204);
        assert_eq!(server.send(Request::get(&path).key(&key)).await.code(), "nudge.unknown");
    })
    .await;
}

#[tokio::test]
async fn what_cannot_work_is_refused_with_the_member_that_it_is_about() {
    with_acme(async |server, key| {
        for (change, code, member) in [
            (json!({ "name": "" }), "nudge.bad", "/name"),
            (json!({ "url": null }), "nudge.bad", "/url"),
            (json!({ "url": "https://10.0.0.1/" }), "nudge.bad", "/url"),
            (json!({ "url": "http://hooks.invalid.example:1/", "teams": [] }), "nudge.bad", "/teams"),
            (json!({ "teams": [{ "team": "ENG", "to": ["a@b.example"] }] }), "nudge.bad", "/teams"),
            (json!({ "by": "age_days" }), "hygiene.groups", "/by"),
            (json!({ "by": "colour" }), "hygiene.field", "/by"),
            (json!({ "by": "custom:customfield_1" }), "hygiene.field_unmapped", "/by"),
            (json!({ "rules": ["speed"] }), "hygiene.rule", "/rules"),
            (json!({ "zone": "Mars/Olympus" }), "nudge.bad", "/zone"),
            (json!({ "secret": "hunter2" }), "nudge.bad", "/secret"),
            (json!({ "hour": 24 }), "request.bad", "/hour"),
            (json!({ "channel": "mail" }), "nudge.bad", "/url"),
        ] {
            let mut wish = webhook();
            for (name, value) in change.as_object().expect("members") {
                wish[name] = value.clone();
            }
            let answer = server.send(Request::new("POST", NUDGES).key(&key).json(&wish)).await;
            assert_eq!(answer.code(), code, "{change}: {answer:?}");
            assert_eq!(answer.json()["errors"][0]["pointer"], member, "{change}: {answer:?}");
        }
        assert_eq!(server.send(Request::new("POST", NUDGES).key(&key).json(&webhook())).await.status, 201);
        let twice = server.send(Request::new("POST", NUDGES).key(&key).json(&webhook())).await;
        assert_eq!(twice.code(), "nudge.taken");
    })
    .await;
}

#[tokio::test]
async fn without_a_server_of_mail_a_nudge_by_mail_says_so() {
    for engine in Engine::all() {
        for has_mail in [false, true] {
            let server = Server::start_with(&engine, |parts| {
                let mail = SmtpSettings::new("smtp://127.0.0.1:9?tls=none", None, "weir@acme.example", None);
                let mail = has_mail.then(|| mail.expect("settings that fit"));
                parts.outlet = Outlet { mail, ..parts.outlet.clone() };
            })
            .await;
            server.account("root", true, None).await;
            server.integration("acme", &[]).await;
            let key = server.key(KeyScope::Admin, None).await.secret;
            let wish = json!({ "name": "Mornings", "channel": "mail" });
            let made = server.send(Request::new("POST", NUDGES).key(&key).json(&wish)).await.json();
            let expected = if has_mail { "active" } else { "blocked" };
            assert_eq!(
                (made["nudge"]["state"].as_str(), &made["secret"]),
                (Some(expected), &Value::Null),
                "{made}"
            );
            let sent = server.send(Request::new("POST", &format!("{NUDGES}/Mornings/send")).key(&key)).await;
            match has_mail {
                true => assert_eq!((sent.status, &sent.json()["sent"]), (200, &json!(0)), "{sent:?}"),
                false => assert_eq!((sent.status, sent.code().as_str()), (409, "mail.none")),
            }
        }
    }
}

#[tokio::test]
async fn a_link_leaves_its_nudge_without_signing_in_and_looking_at_it_does_not() {
    with_acme(async |server, key| {
        server.send(Request::new("POST", NUDGES).key(&key).json(&webhook())).await;
        let app = &server.app;
        let integration = app.store.integration("acme").await.expect("a store").expect("it is there");
        let nudge = weir_ingest::nudges::named(&app.store, &integration, "Chat").await.expect("a nudge");
        let link = weir_ingest::nudges::link_of(&app.store, &app.vault, &nudge, "ENG").await.expect("a link");
        let path = format!("/opt-out/{link}");
        let left = async || {
            let answer = server.send(Request::get(&format!("{NUDGES}/Chat/opt-outs")).key(&key)).await;
            answer.json()["items"].as_array().expect("a list").len()
        };
        let page = server.send(Request::get(&path)).await;
        assert_eq!((page.status, left().await), (200, 0), "{page:?}");
        let one_click = Request::new("POST", &path).form(&[("List-Unsubscribe", "One-Click")]);
        assert_eq!((server.send(one_click).await.status, left().await), (200, 1));
        for bad in ["x", "x.y", &link[..link.len() - 2], &format!("{link}AA")] {
            let answer = server.send(Request::new("POST", &format!("/opt-out/{bad}")).form(&[])).await;
            assert_eq!(answer.status, 404, "{bad}: {answer:?}");
        }
        let again = format!("{NUDGES}/Chat/opt-outs/ENG");
        assert_eq!(server.send(Request::new("DELETE", &again).key(&key)).await.status, 204);
        assert_eq!(left().await, 0);
        assert_eq!(server.send(Request::new("PUT", &again).key(&key)).await.status, 204);
        assert_eq!(left().await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_viewer_sees_nudges_and_an_owner_makes_them_with_a_form() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        server.integration("acme", &[own]).await;
        let owner = server.account("owner", false, Some((own, &[Role::Owner]))).await;
        let viewer = server.account("viewer", false, Some((own, &[Role::Viewer]))).await;
        let (owner, viewer) = (server.browser(&owner).await, server.browser(&viewer).await);
        let path = "/integrations/acme/hygiene/nudges";
        let form = [
            ("name", "Chat <b>"),
            ("channel", "webhook"),
            ("by", "project"),
            ("teams", "ENG\nOPS"),
            ("rule", "idle"),
            ("period", "week"),
            ("hour", "7"),
            ("zone", ""),
            ("url", "https://hooks.example/x"),
        ];
        let refused = server.send(owner.post(path, &form[..8])).await;
        assert!(refused.status == 400 && refused.body.contains("A webhook needs an address"), "{refused:?}");
        let made = server.send(owner.post(path, &form)).await;
        assert!(made.status == 303 && !made.body.contains("whsec_"), "{made:?}");
        let seen = server.send(viewer.get(path)).await;
        assert!(seen.body.contains("Chat &#60;b&#62;") && !seen.body.contains("Add a nudge"), "{seen:?}");
        assert_eq!(server.send(viewer.post(path, &form)).await.status, 403);
        let id =
            server.app.store.nudges(&server.app.store.integration("acme").await.unwrap().unwrap().id).await;
        let one = format!("{path}/{}", id.expect("a list")[0].id);
        let shown = server.send(owner.get(&one)).await;
        assert!(shown.status == 200 && !shown.body.contains("whsec_"), "{shown:?}");
        // A form that was made of an older nudge changes nothing; what is wrong is said by its field.
        let with = |seen| [&form[..8], &[("seen", seen)]].concat();
        assert_eq!(server.send(owner.post(&one, &with("1"))).await.status, 303);
        let stale = server.send(owner.post(&one, &with("1"))).await;
        assert!(
            stale.status == 412 && stale.body.contains("Somebody else changed this meanwhile"),
            "{stale:?}"
        );
        let unfit = [&[("by", "colour")], &form[..2], &form[3..8], &[("seen", "2")]].concat();
        let unfit = server.send(owner.post(&one, &unfit)).await;
        let fault = r#"id="by-fault">There is no field colour"#;
        assert!(unfit.status == 400 && unfit.body.contains(fault), "{unfit:?}");
        let odd = server.send(owner.post(&one, &[&form[2..], &[("channel", "pigeon")]].concat())).await;
        assert_eq!(odd.status, 400);
        let previewed = server.send(owner.post(&format!("{one}/preview"), &[])).await;
        assert!(previewed.body.contains("Nothing is new for anybody"), "{previewed:?}");
        assert_eq!(server.send(viewer.post(&format!("{one}/preview"), &[])).await.status, 403);
        assert_eq!(
            server.send(owner.post(&format!("{one}/opt-outs"), &[("recipient", "ENG")])).await.status,
            303
        );
        assert!(server.send(viewer.get(&one)).await.body.contains("by owner"));
        assert_eq!(server.send(owner.post(&format!("{one}/delete"), &[])).await.status, 303);
        assert_eq!(server.send(owner.get(&one)).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_link_in_an_old_mail_works_for_a_stranger_after_the_master_key_was_rotated() {
    with_acme(async |server, key| {
        server.send(Request::new("POST", NUDGES).key(&key).json(&webhook())).await;
        let app = &server.app;
        let integration = app.store.integration("acme").await.expect("a store").expect("it is there");
        let nudge = weir_ingest::nudges::named(&app.store, &integration, "Chat").await.expect("a nudge");
        let link = weir_ingest::nudges::link_of(&app.store, &app.vault, &nudge, "ENG").await.expect("a link");
        let before = app.store.sealed_of_nudge(&nudge.id).await.expect("a store");
        let rotated = server.send(Request::new("POST", "/api/v1/master-keys/rotate").key(&key)).await;
        assert_eq!(rotated.status, 200, "{rotated:?}");
        let after = app.store.sealed_of_nudge(&nudge.id).await.expect("a store");
        assert_ne!(before, after, "what signs the link is sealed anew");
        let path = format!("/opt-out/{link}");
        assert_eq!(server.send(Request::get(&path)).await.status, 200);
        let button = Request::new("POST", &path).form(&[("List-Unsubscribe", "One-Click")]);
        let left = server.send(button).await;
        assert!(left.status == 200 && left.body.contains("You get no more messages"), "{left:?}");
        let out = app.store.nudge_opt_outs(&nudge.id).await.expect("a list");
        assert_eq!((out.len(), out[0].by.as_str()), (1, "link"));
    })
    .await;
}
