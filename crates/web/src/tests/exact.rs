//! What is sent must be what is offered, and what does not fit is told where it is: in forms by the field, through the API by the
//! member of the body, with a status that tells a wrong form from a wrong moment.

use super::{
    Server,
    client::{Answer, Request},
    connecting::{EMAIL, TOKEN, WIZARD, led, owner, post, signed_in},
    life::site,
    with_server,
};
use serde_json::{Value, json};
use weir_model::{Exclusions, KeyScope, Role, Scope};

const SITE: &str = "/integrations/the%20site";
const API: &str = "/api/v1/integrations/the%20site";

/// The sentence by a field of a form.
fn by(answer: &Answer, field: &str) -> String {
    let begin = format!("id=\"{field}-fault\">");
    let (_, rest) = answer.body.split_once(&begin).unwrap_or_else(|| panic!("{field}: {}", answer.body));
    rest.split('<').next().unwrap_or_default().to_owned()
}

async fn api(server: &Server, key: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
    let answer = server.send(Request::new(method, path).key(key).json(&body)).await;
    let json = if answer.body.is_empty() { Value::Null } else { answer.json() };
    (answer.status, json)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_that_is_not_offered_does_not_become_everything() {
    let sim = site().await;
    with_server(async |server| {
        let browser = owner(&server).await;
        let draft = signed_in(&server, &browser, &sim).await;
        for choice in ["", "nothing", "Everything"] {
            let sent = [("step", "scope"), ("draft", &*draft), ("choice", choice), ("do", "next")];
            let refused = post(&server, &browser, WIZARD, &sent).await;
            assert!(
                refused.status == 400 && refused.body.contains("request.bad"),
                "{choice}: {}",
                refused.body
            );
            assert!(refused.body.contains("class=\"fault\">"), "{}", refused.body);
        }
        for (name, value) in [("do", "finish"), ("method", "password")] {
            let step = if name == "do" { "scope" } else { "sign-in" };
            let sent = [("step", step), ("draft", &*draft), ("choice", "everything"), (name, value)];
            let sent: Vec<_> =
                sent.into_iter().filter(|(name, _)| step == "scope" || *name != "choice").collect();
            assert_eq!(post(&server, &browser, WIZARD, &sent).await.status, 400, "{name}");
        }
        let elsewhere = server.send(browser.get(&format!("{WIZARD}?draft={draft}&step=somewhere"))).await;
        assert_eq!(elsewhere.status, 400);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_the_site_does_not_have_is_told_at_its_step() {
    let sim = site().await;
    with_server(async |server| {
        let browser = owner(&server).await;
        let draft = signed_in(&server, &browser, &sim).await;
        let send = async |fields: &[(&str, &str)]| {
            let mut sent = vec![("step", "advanced"), ("draft", &*draft)];
            sent.extend(fields);
            post(&server, &browser, WIZARD, &sent).await
        };
        let refused = send(&[("others", "customfield_99999, summary")]).await;
        assert_eq!(refused.status, 400);
        assert!(by(&refused, "others").contains("no field customfield_99999"), "{}", refused.body);
        assert!(refused.body.contains("value=\"customfield_99999\""), "what was typed stays");
        let refused = send(&[("others", "created")]).await;
        assert!(by(&refused, "others").contains("cannot be left out"), "{}", refused.body);
        let refused = send(&[("cron", "0 25 * * *")]).await;
        assert!(by(&refused, "cron").contains("Part 2, the hour, is 0 to 23"), "{}", refused.body);
        let refused = send(&[("timezone", "Mars/Olympus"), ("interval", "1h")]).await;
        assert!(by(&refused, "timezone").contains("not a time zone") && by(&refused, "interval").is_empty());
        assert!(led(&send(&[("others", "summary")]).await).ends_with("step=review"));
    })
    .await;
}

#[tokio::test]
async fn what_somebody_else_changed_meanwhile_is_told_and_not_undone() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        let (id, _) = server.integration("the site", &[own]).await;
        let ada = server.account("ada", false, Some((own, &[Role::Owner]))).await;
        let (browser, key) =
            (server.browser(&ada).await, server.key(KeyScope::Write, Some(own)).await.secret);
        let hidden = |page: &str, name: &str| {
            let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).expect("a hidden field");
            rest.split('"').next().expect("its value").to_owned()
        };
        let value = |page: &str, id: &str| {
            let (_, rest) = page.split_once(&format!("id=\"{id}\"")).expect("a field");
            let (_, rest) = rest.split_once("value=\"").expect("with a value");
            rest.split('"').next().expect("its value").to_owned()
        };
        let save = async |page: &str, interval: &str, tags: &str| {
            let sent = [
                ("do", "save"),
                ("seen", &*hidden(page, "seen")),
                ("was", &*hidden(page, "was")),
                ("name", "the site"),
                ("choice", "everything"),
                ("interval", interval),
                ("census", "1d"),
                ("reread", "12h"),
                ("tags", tags),
                ("owner", "Dana"),
            ];
            post(&server, &browser, &format!("{SITE}/configuration"), &sent).await
        };
        let shown = server.send(browser.get(&format!("{SITE}/configuration"))).await.body;
        let (interval, tags) = (value(&shown, "interval"), value(&shown, "tags"));
        let theirs = json!({ "interval_minutes": 30, "tags": ["theirs"] });
        assert_eq!(api(&server, &key, "PATCH", API, theirs).await.0, 200);
        let refused = save(&shown, &interval, &tags).await;
        assert!(refused.status == 412 && refused.body.contains("now <bdi>theirs</bdi>"), "{}", refused.body);
        let now =
            [value(&refused.body, "interval"), value(&refused.body, "tags"), value(&refused.body, "owner")];
        assert_eq!(now, ["30m", "theirs", "Dana"], "and what was typed stays");
        led(&save(&refused.body, &now[0], &now[1]).await);
        let kept =
            server.app.store.integration_of(&id).await.expect("an answer").expect("it is there").settings;
        assert_eq!((kept.interval_minutes, kept.tags), (30, vec!["theirs".to_owned()]));
        assert_eq!(kept.owner.as_deref(), Some("Dana"));
    })
    .await;
}

#[tokio::test]
async fn a_form_of_settings_takes_what_it_offers_and_says_by_the_field_what_it_does_not() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        let (id, _) = server.integration("the site", &[own]).await;
        let ada = server.account("ada", false, Some((own, &[Role::Owner]))).await;
        let browser = server.browser(&ada).await;
        let shown = server.send(browser.get(&format!("{SITE}/configuration"))).await;
        let (_, rest) = shown.body.split_once("name=\"seen\" value=\"").expect("a revision");
        let seen = rest.split('"').next().expect("a revision").to_owned();
        let send = async |field: &str, value: &str| {
            let usual = [
                ("do", "save"),
                ("name", "the site"),
                ("choice", "everything"),
                ("interval", "15m"),
                ("census", "off"),
                ("reread", "12h"),
            ];
            let mut sent: Vec<(&str, &str)> = usual.into_iter().filter(|(name, _)| *name != field).collect();
            sent.extend([("seen", seen.as_str()), (field, value)]);
            post(&server, &browser, &format!("{SITE}/configuration"), &sent).await
        };
        for choice in ["", "all"] {
            assert_eq!(send("choice", choice).await.status, 400, "{choice}");
        }
        assert_eq!(send("do", "delete").await.status, 400);
        for (field, value, said) in [
            ("interval", "soon", "not an interval"),
            ("reread", "0m", "not an interval"),
            ("census", "never", "an interval such as 24h"),
            ("cron", "x", "It has 1 part"),
            ("timezone", "Mars/Olympus", "not a time zone"),
            ("history", "soon", "a number of months"),
            ("speed", "quick", "gentle, normal or fast"),
            ("name", "new", "cannot be the name"),
        ] {
            let refused = send(field, value).await;
            assert!((400..410).contains(&refused.status), "{field}");
            assert!(by(&refused, field).contains(said), "{field}: {}", by(&refused, field));
        }
        let kept = server.app.store.integration_of(&id).await.expect("an answer").expect("it is there");
        assert_eq!(
            (kept.settings.scope, kept.settings.exclusions),
            (Scope::Everything, Exclusions::default())
        );
        let odd = [("name", "the site"), ("in", "5d")];
        assert!(
            by(&post(&server, &browser, &format!("{SITE}/delete"), &odd).await, "in")
                .contains("nothing that")
        );
        let other = [("name", "another"), ("in", "7d")];
        let refused = post(&server, &browser, &format!("{SITE}/delete"), &other).await;
        assert!(by(&refused, "name").contains("letter by letter"), "{}", refused.body);
    })
    .await;
}

#[tokio::test]
async fn what_has_not_the_form_is_a_bad_request_and_what_cannot_be_done_is_a_conflict() {
    with_server(async |server| {
        let key = server.key(KeyScope::Admin, None).await.secret;
        server.integration("the site", &[]).await;
        let ada = server.account("ada", false, None).await;
        let identities = format!("/api/v1/users/{}/identities", ada.id);
        let identity = |issuer: &str, subject: &str| json!({ "issuer": issuer, "subject": subject });
        for (method, path, body, status, pointer) in [
            ("PATCH", API, json!({ "name": "" }), 400, "/name"),
            ("PATCH", API, json!({ "name": "a\u{202e}b" }), 400, "/name"),
            ("PATCH", API, json!({ "name": "new" }), 409, "/name"),
            ("PATCH", API, json!({ "tags": ["a", ""] }), 400, "/tags/1"),
            ("PATCH", API, json!({ "interval_minutes": 0 }), 400, "/interval_minutes"),
            ("PATCH", API, json!({ "cron": "x" }), 409, "/cron"),
            ("PATCH", API, json!({ "timezone": "Mars/Olympus" }), 409, "/timezone"),
            ("PATCH", API, json!({ "projects": ["a b"] }), 409, "/projects"),
            ("PATCH", API, json!({ "jql": " " }), 409, "/jql"),
            ("POST", "/api/v1/workspaces", json!({ "name": "" }), 400, "/name"),
            ("POST", "/api/v1/api-keys", json!({ "name": "one", "scopes": [] }), 400, "/scopes"),
            ("POST", "/api/v1/users", json!({ "login": "" }), 400, "/login"),
            ("POST", "/api/v1/users", json!({ "login": "ADA" }), 409, "/login"),
            ("PUT", &identities, identity("nowhere", "7"), 400, "/issuer"),
            ("PUT", &identities, identity("https://login.example", "ä"), 400, "/subject"),
            ("PUT", &identities, identity("https://login.example:port", "7"), 409, "/issuer"),
            ("POST", &format!("{API}/pause"), json!({ "until": "tomorrow" }), 400, "/until"),
            ("POST", &format!("{API}/pause"), json!({ "until": "2001-01-01T00:00:00Z" }), 409, "/until"),
        ] {
            let (found, problem) = api(&server, &key, method, path, body.clone()).await;
            assert_eq!(
                (found, &problem["errors"][0]["pointer"]),
                (status, &json!(pointer)),
                "{body}: {problem}"
            );
        }
        for (query, status) in [("in=abc", 400), ("in=5", 400), ("in=", 400), ("in=0m", 409), ("in=91d", 409)]
        {
            let answer = server.send(Request::new("DELETE", &format!("{API}?{query}")).key(&key)).await;
            assert_eq!((answer.status, answer.code()), (status, "deletion.delay".into()), "{query}");
        }
        assert_eq!(api(&server, &key, "PATCH", API, json!({ "tags": ["a", "b", " a "] })).await.0, 200);
        let kept = server.app.store.integration("the site").await.expect("an answer").expect("it is there");
        assert_eq!(kept.settings.tags, ["a", "b"]);
    })
    .await;
}

#[tokio::test]
async fn a_value_that_is_refused_as_things_are_is_pointed_to() {
    with_server(async |server| {
        let key = server.key(KeyScope::Admin, None).await.secret;
        server.workspace("taken").await;
        let credential = json!({ "email": EMAIL, "token": TOKEN });
        let new = |member: &str, value: Value| {
            let mut body = json!({ "url": "http://127.0.0.1:1", "name": "one", "credential": credential });
            body[member] = value;
            body
        };
        server.integration("one", &[]).await;
        let both = json!({ "token": "a", "password": "b" });
        for (path, body, code, pointer) in [
            ("integrations", new("interval_minutes", json!(5)), "name.taken", "/name"),
            ("integrations", new("workspace", json!("nowhere")), "workspace.unknown", "/workspace"),
            ("integrations", new("url", json!("https://a b")), "name.taken", "/name"),
            ("integrations", new("ca_pem", json!("nothing")), "tls.ca_file", "/ca_pem"),
            ("integrations", new("credential", both), "auth.several", "/credential/token"),
            ("workspaces", json!({ "name": "taken" }), "workspace.taken", "/name"),
        ] {
            let (status, problem) =
                api(&server, &key, "POST", &format!("/api/v1/{path}"), body.clone()).await;
            assert!(status >= 400, "{body}");
            assert_eq!(
                (&problem["code"], &problem["errors"][0]["pointer"]),
                (&json!(code), &json!(pointer)),
                "{problem}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_cursor_is_good_for_the_list_that_gave_it() {
    with_server(async |server| {
        let key = server.key(KeyScope::Admin, None).await.secret;
        for name in ["a", "b", "c"] {
            server.integration(name, &[]).await;
            server.account(name, false, None).await;
        }
        let first = server.send(Request::get("/api/v1/integrations?limit=1").key(&key)).await.json();
        let cursor = first["next"].as_str().expect("more follows");
        let at = async |list: &str| {
            let path = format!("/api/v1/{list}?limit=1&after={cursor}");
            server.send(Request::get(&path).key(&key)).await
        };
        assert_eq!(at("integrations").await.status, 200);
        for list in ["users", "workspaces", "runs", "api-keys", "audit", "deleted-integrations"] {
            let answer = at(list).await;
            assert_eq!((answer.status, answer.code()), (404, "request.cursor".into()), "{list}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_somebody_else_does_not_tell_that_it_is_there() {
    let sim = site().await;
    with_server(async |server| {
        let (own, other) = (server.workspace("own").await, server.workspace("other").await);
        server.integration("the site", &[own]).await;
        server.integration("theirs", &[other]).await;
        let key = server.key(KeyScope::Admin, Some(own)).await.secret;
        let (status, problem) = api(&server, &key, "PATCH", API, json!({ "name": "theirs" })).await;
        assert_eq!((status, &problem["code"]), (409, &json!("name.unavailable")), "{problem}");
        assert!(!problem.to_string().contains("nother integration"), "{problem}");
        let credential = json!({ "email": EMAIL, "token": TOKEN });
        let new = json!({ "url": sim.url(), "name": "theirs", "credential": credential });
        let (_, problem) = api(&server, &key, "POST", "/api/v1/integrations", new).await;
        assert_eq!(
            (&problem["code"], &problem["errors"][0]["pointer"]),
            (&json!("name.unavailable"), &json!("/name"))
        );
        let ada = server.account("ada", false, Some((own, &[Role::Owner]))).await;
        let browser = server.browser(&ada).await;
        let typed = [("step", "address"), ("draft", ""), ("address", sim.url()), ("name", "theirs")];
        let refused = post(&server, &browser, WIZARD, &typed).await;
        assert!(by(&refused, "name").contains("cannot be used as a name here"), "{}", refused.body);
        let typed = [("step", "address"), ("draft", ""), ("address", sim.url()), ("name", "the site")];
        let refused = post(&server, &browser, WIZARD, &typed).await;
        assert!(by(&refused, "name").contains("already called"), "their own they may know: {}", refused.body);
        let path = format!("/api/v1/workspaces/{own}");
        let (_, problem) = api(&server, &key, "PATCH", &path, json!({ "name": "other" })).await;
        assert_eq!(problem["code"], "name.unavailable");
    })
    .await;
}

#[tokio::test]
async fn nothing_is_asked_of_an_integration_that_waits_to_be_deleted() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        let (id, _) = server.integration("the site", &[own]).await;
        let key = server.key(KeyScope::Write, Some(own)).await.secret;
        let ada = server.account("ada", false, Some((own, &[Role::Owner]))).await;
        let browser = server.browser(&ada).await;
        assert_eq!(server.send(Request::new("DELETE", API).key(&key)).await.status, 202);
        for what in ["pause", "resume", "sync", "verify"] {
            let answer = server.send(Request::new("POST", &format!("{API}/{what}")).key(&key)).await;
            let problem = answer.json();
            assert_eq!((answer.status, &problem["code"]), (409, &json!("integration.deleting")), "{what}");
            assert!(problem["fix"].as_str().is_some_and(|fix| fix.contains("deletion/cancel")), "{problem}");
            let page = post(&server, &browser, &format!("{SITE}/{what}"), &[]).await;
            assert!(page.status == 409 && page.body.contains("Cancel deletion"), "{what}: {}", page.body);
        }
        let planned = server.app.store.planned_of(&id).await.expect("an answer").expect("it is there");
        assert!(planned.pause.is_none() && planned.requests.is_empty());
        let shown = server.send(Request::get(API).key(&key)).await.json();
        assert_eq!((&shown["paused"], &shown["pause"]), (&json!(true), &Value::Null));
    })
    .await;
}

#[tokio::test]
async fn a_pause_says_who_and_when_wherever_it_is_shown() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        server.integration("the site", &[own]).await;
        let mut dana = server.account("dana", false, Some((own, &[Role::Owner]))).await;
        server.app.store.edit_account(&dana, "Dana K.", false).await.expect("she has a name");
        dana.name = "Dana K.".into();
        let browser = server.browser(&dana).await;
        led(&post(&server, &browser, &format!("{SITE}/pause"), &[]).await);
        let page = server.send(browser.get(&format!("{SITE}/monitoring"))).await;
        assert!(page.body.contains("Paused by Dana K. at "), "{}", page.body);
        let key = server.key(KeyScope::Read, Some(own)).await.secret;
        let shown = server.send(Request::get(API).key(&key)).await.json();
        let now = server.app.now().rfc3339();
        assert_eq!(shown["pause"], json!({ "by": "Dana K.", "since": now, "until": null }), "{shown}");
        assert!(
            shown["schedule"].as_str().is_some_and(|text| text.starts_with("Paused by Dana K. at ")),
            "{shown}"
        );
        led(&post(&server, &browser, &format!("{SITE}/resume"), &[]).await);
        assert_eq!(server.send(Request::get(API).key(&key)).await.json()["pause"], Value::Null);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_credential_that_is_refused_keeps_what_was_typed_and_shows_what_is_stored() {
    let sim = site().await;
    with_server(async |server| {
        let browser = owner(&server).await;
        let key = server.key(KeyScope::Admin, None).await.secret;
        let (email, token) = ("partial@sim.example", "sim-unscoped-partial");
        let new =
            json!({ "url": sim.url(), "name": "the site", "credential": { "email": email, "token": token } });
        let (status, made) = api(&server, &key, "POST", "/api/v1/integrations", new).await;
        assert_eq!(status, 201, "{made}");
        let path = format!("{SITE}/authentication");
        let shown = server.send(browser.get(&path)).await;
        assert!(
            shown.body.contains("Saved · ends in tial · added ") && shown.body.contains(" by admin"),
            "{}",
            shown.body
        );
        let typed = [("account", "somebody@else.example"), ("secret", "hunter2-hunter2")];
        let refused = post(&server, &browser, &path, &typed).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains("value=\"somebody@else.example\""), "{}", refused.body);
        assert!(!refused.body.contains("hunter2-h"), "{}", refused.body);
        let none = post(&server, &browser, &path, &[("account", "a@b.example"), ("secret", "")]).await;
        assert!(by(&none, "secret").contains("There is no credential"), "{}", none.body);
        let odd = [("method", "password"), ("secret", token)];
        assert_eq!(post(&server, &browser, &path, &odd).await.status, 400, "Jira Cloud has no choice");
        led(&post(&server, &browser, &path, &[("secret", token)]).await);
        let after = server.send(browser.get(&path)).await;
        assert!(
            after.body.contains("Saved · ends in tial · added ") && after.body.contains(" by ada"),
            "{}",
            after.body
        );
    })
    .await;
}

#[tokio::test]
async fn no_answer_waits_until_it_is_noted_that_a_key_was_used() {
    with_server(async |server| {
        let made = server.key(KeyScope::Read, None).await;
        let used = async || {
            server.app.store.api_key(&made.key.id).await.expect("an answer").expect("it is there").used_at
        };
        let busy = server.app.noting.acquire_many(4).await.expect("it is not closed");
        let answer = Request::get("/api/v1/me").key(&made.secret).send(server.address).await;
        assert_eq!((answer.status, used().await), (200, None), "nothing could be noted");
        drop(busy);
        assert_eq!(server.send(Request::get("/api/v1/me").key(&made.secret)).await.status, 200);
        assert_eq!(used().await, Some(server.app.now()));
    })
    .await;
}

#[tokio::test]
async fn addresses_that_people_know_a_page_by_lead_to_it() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        server.integration("the site", &[own]).await;
        let ada = server.account("ada", false, Some((own, &[Role::Owner]))).await;
        let browser = server.browser(&ada).await;
        for (from, to) in [
            ("/integrations/available?q=jira", "/integrations/new?q=jira".to_owned()),
            (SITE, format!("{SITE}/monitoring")),
            ("/integrations/the%20site/custom-fields", format!("{SITE}/fields")),
            ("/integrations/the%20site/logs?result=failed", format!("{SITE}/monitoring/runs?result=failed")),
            ("/settings/sessions", "/settings/profile".to_owned()),
            ("/settings/security", "/settings/profile".to_owned()),
        ] {
            let moved = server.send(browser.get(from)).await;
            assert_eq!((moved.status, moved.header("location")), (308, Some(to.as_str())), "{from}");
            assert_eq!(server.send(browser.get(&to)).await.status, 200, "{to}");
        }
        assert_eq!(server.send(browser.get("/integrations/nothing")).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn what_is_looked_for_among_integrations_stands_in_the_address() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        for name in ["pay one", "pay two", "other"] {
            server.integration(name, &[own]).await;
        }
        let key = server.key(KeyScope::Write, Some(own)).await.secret;
        let tagged = json!({ "tags": ["payments"] });
        assert_eq!(api(&server, &key, "PATCH", "/api/v1/integrations/pay%20two", tagged).await.0, 200);
        let ada = server.account("ada", false, Some((own, &[Role::Viewer]))).await;
        let browser = server.browser(&ada).await;
        let shown = async |query: &str| server.send(browser.get(&format!("/integrations{query}"))).await.body;
        let found = |page: &str| {
            ["pay one", "pay two", "other"].map(|name| page.contains(&format!("<strong>{name}<")))
        };
        assert_eq!(found(&shown("").await), [true, true, true]);
        assert_eq!(found(&shown("?q=PAY").await), [true, true, false]);
        assert_eq!(found(&shown("?tag=payments").await), [false, true, false]);
        assert!(shown("?q=pay&tag=none").await.contains("No integrations match these filters."));
        let first = shown("?q=pay&limit=1").await;
        assert_eq!(found(&first), [true, false, false]);
        let (_, next) =
            first.split_once("href=\"/integrations?limit=1&#38;q=pay&#38;after=").expect("more follows");
        let cursor = next.split('"').next().expect("a cursor");
        assert_eq!(found(&shown(&format!("?limit=1&q=pay&after={cursor}")).await), [false, true, false]);
    })
    .await;
}

#[tokio::test]
async fn who_may_map_an_integration_may_take_it_out_and_nobody_else() {
    with_server(async |server| {
        let (own, second, other) = (
            server.workspace("own").await,
            server.workspace("second").await,
            server.workspace("other").await,
        );
        server.integration("the site", &[own]).await;
        server.integration("shared", &[own, other]).await;
        server.integration("theirs", &[other]).await;
        server.integration("nobody's", &[]).await;
        let ada = server.account("ada", false, Some((own, &[Role::Admin]))).await;
        server.app.store.set_roles(&ada.id, &second, &[Role::Admin]).await.expect("roles are given");
        let browser = server.browser(&ada).await;
        let status = async |method: &str, workspace, name: &str| {
            let path = format!("/api/v1/workspaces/{workspace}/integrations/{name}");
            server.send(browser.api(method, &path)).await.status
        };
        for _ in 0..2 {
            assert_eq!(status("PUT", second, "the%20site").await, 204);
            assert_eq!(status("DELETE", second, "the%20site").await, 204);
        }
        for method in ["PUT", "DELETE"] {
            assert_eq!(status(method, own, "shared").await, 403, "{method}: another workspace sees it too");
            assert_eq!(status(method, own, "theirs").await, 404, "{method}: it is not for them to know of");
            assert_eq!(status(method, own, "nobody%27s").await, 404, "{method}");
            assert_eq!(status(method, other, "theirs").await, 404, "{method}");
        }
        let page = server.send(browser.get(&format!("{SITE}/projects"))).await;
        assert!(
            page.body.contains(&second.to_string()) && !page.body.contains(&other.to_string()),
            "{}",
            page.body
        );
        let both = [("workspace", own.to_string()), ("workspace", second.to_string())];
        let save = async |fields: &[(&str, String)]| {
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            post(&server, &browser, &format!("{SITE}/projects"), &fields).await
        };
        led(&save(&both).await);
        let id = server.app.store.integration("the site").await.expect("an answer").expect("it is there").id;
        let mapped = async || server.app.store.workspaces_of(&id).await.expect("an answer").len();
        assert_eq!(mapped().await, 2);
        assert_eq!(
            save(&[("workspace", other.to_string())]).await.status,
            400,
            "it is not theirs to show to others"
        );
        assert_eq!(mapped().await, 2);
        assert_eq!(save(&[]).await.status, 409, "nobody would see it any more, they neither");
        assert_eq!(mapped().await, 2);
    })
    .await;
}
