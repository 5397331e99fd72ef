//! Rules of hygiene that people write: kept, changed as they were seen, tried, and the same in the API and on pages.

use super::{
    Browser, Server,
    client::{Answer, Request},
    issues::filled,
    with_server,
};
use serde_json::{Value, json};
use weir_model::KeyScope;

const RULES: &str = "/api/v1/integrations/the%20site/hygiene/rules";
const PAGE: &str = "/integrations/the%20site/hygiene/rules";

async fn root(server: &Server) -> Browser {
    let root = server.account("root", true, None).await;
    server.browser(&root).await
}

fn own(listed: &Answer) -> Vec<Value> {
    let rules = listed.json().as_array().expect("a list").clone();
    rules.iter().filter_map(|rule| rule.get("own").cloned()).collect()
}

#[tokio::test]
async fn a_rule_is_kept_listed_changed_as_it_was_seen_and_deleted() {
    with_server(async |server| {
        filled(&server).await;
        let key = server.key(KeyScope::Write, None).await.secret;
        let send = async |method: &str, path: &str, body: &Value, tag: Option<&str>| {
            let mut request = Request::new(method, path).key(&key);
            if let Some(tag) = tag {
                request = request.header("if-match", tag);
            }
            let request = if body.is_null() { request } else { request.json(body) };
            server.send(request).await
        };
        let words = json!({ "name": "No labels", "text": "labels missing only for type is Story" });
        let made = send("POST", RULES, &words, None).await;
        assert_eq!(made.status, 201, "{made:?}");
        let made = made.json();
        assert_eq!(made["text"], "labels is missing only for type equals Story");
        assert_eq!(made["conditions"], json!([{ "field": "labels", "op": "missing" }]));
        assert_eq!(made["only"][0]["any"], json!([{ "op": "equals", "value": "Story" }]));
        let path = format!("{RULES}/{}", made["id"].as_str().expect("an id"));

        let again =
            send("POST", RULES, &json!({ "name": "NO labels", "text": "labels is missing" }), None).await;
        assert_eq!((again.status, again.code()), (409, "hygiene.name_taken".into()));
        assert_eq!(again.json()["errors"][0]["pointer"], "/name");

        let seen = server.send(Request::get(&path).key(&key)).await;
        let tag = seen.header("etag").expect("a tag").to_owned();
        let other = json!({ "name": "No labels", "conditions": [
            { "field": "labels", "op": "missing" },
            { "field": "age_days", "op": "greater_than", "value": 2.5 },
        ]});
        let changed = send("PUT", &path, &other, Some(&tag)).await;
        assert_eq!((changed.status, &changed.json()["revision"]), (200, &json!(2)), "{changed:?}");
        assert_eq!(send("PUT", &path, &words, Some(&tag)).await.status, 412, "it was seen before the change");
        assert_eq!(send("PUT", &path, &words, Some("\"1\"")).await.status, 412);
        let back = send("PUT", &path, &words, Some("\"2\"")).await.json();
        assert_eq!((&back["text"], &back["revision"]), (&made["text"], &json!(3)));

        let listed = send("GET", RULES, &Value::Null, None).await;
        assert_eq!(listed.json().as_array().map(Vec::len), Some(9));
        assert_eq!(own(&listed), [back]);
        assert_eq!(listed.json()[8]["weight"], 0.0, "nobody has given it one");
        let report = server
            .send(Request::get("/api/v1/integrations/the%20site/hygiene/report").key(&key))
            .await
            .json();
        assert_eq!(report["rules"][8]["name"], "No labels", "{report}");

        assert_eq!(send("DELETE", &path, &Value::Null, Some("\"2\"")).await.status, 412);
        assert_eq!(send("DELETE", &path, &Value::Null, Some("\"3\"")).await.status, 204);
        assert_eq!(send("GET", &path, &Value::Null, None).await.code(), "hygiene.rule_unknown");
        let admin = server.key(KeyScope::Admin, None).await.secret;
        let events = server.send(Request::get("/api/v1/audit").key(&admin)).await.json();
        assert_eq!(events["items"][0]["action"], "hygiene_rule.delete", "{events}");
    })
    .await;
}

#[tokio::test]
async fn a_rule_that_cannot_make_sense_is_refused_by_the_member_that_it_is_about() {
    with_server(async |server| {
        filled(&server).await;
        let key = server.key(KeyScope::Write, None).await.secret;
        for (body, status, code, pointer) in [
            (json!({ "name": "x", "text": "summary is greater than 3" }), 409, "hygiene.operator", "/text"),
            (json!({ "name": "x", "text": "colour is red" }), 409, "hygiene.words", "/text"),
            (json!({ "name": "Idle", "text": "labels is missing" }), 409, "hygiene.name_taken", "/name"),
            (json!({ "name": "x".repeat(41), "text": "labels is missing" }), 400, "request.bad", "/name"),
            (json!({ "name": "x" }), 409, "hygiene.no_conditions", "/conditions"),
            (
                json!({ "name": "x", "conditions": [{ "field": "labels", "op": "missing" }, { "field": "summary", "op": "equals", "value": 3 }] }),
                409,
                "hygiene.value",
                "/conditions/1",
            ),
            (
                json!({ "name": "x", "conditions": [{ "field": "labels", "op": "missing" }], "only": [{ "field": "hops", "any": [{ "op": "missing" }] }] }),
                409,
                "hygiene.never_missing",
                "/only/0",
            ),
        ] {
            for path in [RULES.to_owned(), format!("{RULES}/preview")] {
                let refused = server.send(Request::new("POST", &path).key(&key).json(&body)).await;
                assert_eq!((refused.status, refused.code().as_str()), (status, code), "{body}: {refused:?}");
                assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{body}");
            }
        }
        let viewer = server.key(KeyScope::Read, None).await.secret;
        let body = json!({ "name": "x", "text": "labels is missing" });
        assert_eq!(server.send(Request::new("POST", RULES).key(&viewer).json(&body)).await.status, 403);
    })
    .await;
}

#[tokio::test]
async fn a_preview_says_what_the_report_says_once_the_rule_is_kept() {
    with_server(async |server| {
        filled(&server).await;
        let key = server.key(KeyScope::Write, None).await.secret;
        let site = "/api/v1/integrations/the%20site/hygiene";
        for (text, warning) in [
            ("summary contains hyperlink", Value::Null),
            ("age_days is less than 30000", json!("always_matches")),
            ("labels equals nobody-has-it", json!("never_matches")),
        ] {
            let body = json!({ "name": "Tried", "text": text });
            let tried =
                server.send(Request::new("POST", &format!("{RULES}/preview")).key(&key).json(&body)).await;
            assert_eq!(tried.status, 200, "{tried:?}");
            let tried = tried.json();
            assert_eq!((&tried["in_scope"], &tried["warning"]), (&json!(2), &warning), "{tried}");
            assert_eq!(
                tried["newest"].as_array().map(Vec::len),
                tried["misses"].as_u64().map(|n| n as usize)
            );
            assert_eq!(tried["weeks"].as_array().map(Vec::len), Some(14));
            assert_eq!(tried["weeks"][13]["misses"], tried["misses"], "the last one is now");
            assert!(own(&server.send(Request::get(RULES).key(&key)).await).is_empty(), "nothing is kept");

            let made = server.send(Request::new("POST", RULES).key(&key).json(&body)).await.json();
            let report = server.send(Request::get(&format!("{site}/report")).key(&key)).await.json();
            assert_eq!(report["rules"][8]["misses"], tried["misses"], "{text}");
            let listed =
                server.send(Request::get(&format!("{site}/issues?rule=tried")).key(&key)).await.json();
            assert_eq!(
                listed["items"].as_array().map(Vec::len),
                tried["misses"].as_u64().map(|n| n as usize)
            );
            let path = format!("{RULES}/{}", made["id"].as_str().expect("an id"));
            assert_eq!(server.send(Request::new("DELETE", &path).key(&key)).await.status, 204);
        }
    })
    .await;
}

#[tokio::test]
async fn the_form_of_a_rule_tries_it_keeps_it_and_shows_it_again() {
    with_server(async |server| {
        filled(&server).await;
        let browser = root(&server).await;
        let new = format!("{PAGE}/new");
        let blank = server.send(browser.get(&new)).await;
        assert!(blank.status == 200 && blank.body.contains("State what nobody wants"), "{blank:?}");
        let lines = [
            ("name", "Old & <big>"),
            ("field", "summary"),
            ("operator", "contains"),
            ("value", "hyperlink"),
            ("field", ""),
            ("operator", "missing"),
            ("value", ""),
            ("only_mode", "exclude"),
            ("only_field", "type"),
            ("only_operator", "one_of"),
            ("only_value", "Bug, \"a, b\""),
        ];
        let with = |what: &'static str| [&lines[..], &[("do", what)]].concat();
        let tried = server.send(browser.post(&new, &with("preview"))).await;
        assert!(
            tried.body.contains("1 of 2\u{202f}issues") || tried.body.contains("1 of 2 issues"),
            "{tried:?}"
        );
        assert!(tried.body.contains("only for not type is one of Bug, &#34;a, b&#34;"), "{tried:?}");
        assert!(tried.body.contains("Old &#38; &#60;big&#62;"), "what was typed is still there");
        let longer = server.send(browser.post(&new, &with("more"))).await;
        assert!(longer.body.contains("value-4") && !longer.body.contains("value-5"), "{longer:?}");
        let saved = server.send(browser.post(&new, &with("save"))).await;
        assert_eq!(saved.status, 303, "{saved:?}");

        let key = server.key(KeyScope::Read, None).await.secret;
        let kept = own(&server.send(Request::get(RULES).key(&key)).await).remove(0);
        assert_eq!(kept["text"], "summary contains hyperlink only for not type is one of Bug, \"a, b\"");
        let path = format!("{PAGE}/{}", kept["id"].as_str().expect("an id"));
        let shown = server.send(browser.get(&path)).await;
        assert!(shown.body.contains("value=\"Bug, &#34;a, b&#34;\""), "{shown:?}");
        let in_words = server.send(browser.get(&format!("{path}?as=words"))).await;
        assert!(in_words.body.contains("<textarea id=\"text\""), "{in_words:?}");
        let text = kept["text"].as_str().expect("words");
        let words = [("as", "words"), ("name", "Old"), ("text", text), ("seen", "1"), ("do", "save")];
        assert_eq!(server.send(browser.post(&path, &words)).await.status, 303);
        assert_eq!(server.send(browser.post(&path, &words)).await.status, 412, "it was changed meanwhile");
        let kept = own(&server.send(Request::get(RULES).key(&key)).await).remove(0);
        assert_eq!((&kept["text"], &kept["name"]), (&json!(text), &json!("Old")), "words are the same rule");

        let odd = [("as", "words"), ("name", "Old"), ("text", "summary > 3"), ("seen", "2"), ("do", "save")];
        let odd = server.send(browser.post(&path, &odd)).await;
        assert!(odd.status == 400 && odd.body.contains("is not for summary"), "{odd:?}");
        let listed = server.send(browser.get(PAGE)).await;
        assert!(listed.body.contains(&path) && listed.body.contains("not counted"), "{listed:?}");
        assert_eq!(server.send(browser.post(&format!("{path}/delete"), &[("seen", "2")])).await.status, 303);
        assert!(!server.send(browser.get(PAGE)).await.body.contains(&path));
    })
    .await;
}
