//! Reports over several integrations of which not each has the same rules and fields.

use super::{
    Server,
    client::{Answer, Request},
    issues::filled_as,
    with_server,
};
use serde_json::{Value, json};
use weir_model::{Clock as _, Exclusions, KeyScope, RunId};
use weir_store::LeaseHolder;

const REPORTS: &str = "/api/v1/hygiene/reports";

/// Two integrations with two issues each; the second leaves out due dates. A key for everything.
pub(super) async fn two(server: &Server) -> String {
    filled_as(server, "whole").await;
    filled_as(server, "cut").await;
    leave_out(server, "cut", "duedate").await;
    server.key(KeyScope::Admin, None).await.secret
}

pub(super) async fn leave_out(server: &Server, name: &str, fields: &str) {
    let store = &server.app.store;
    let before = store.integration(name).await.expect("an answer").expect("it is there");
    let mut after = before.clone();
    after.settings.exclusions = Exclusions::parse([fields]);
    let run = RunId::generate(server.clock.now(), server.app.environment.entropy.as_ref());
    let holder = LeaseHolder { token: run.to_string(), pid: 1, host: "here".into() };
    let lease = store.take_lease(&before.id, &holder, 60_000).await.expect("an answer").expect("it is free");
    store.edit_integration(&lease, &before, &after, &[], &Default::default()).await.expect("it is changed");
    store.release_lease(&lease).await.expect("it is given back");
}

async fn get(server: &Server, key: &str, path: &str) -> Answer {
    server.send(Request::get(path).key(key)).await
}

pub(super) async fn post(server: &Server, key: &str, path: &str, body: &Value) -> Answer {
    server.send(Request::new("POST", path).key(key).json(body)).await
}

/// A rule of an integration's own that nobody meets; its id.
async fn rule(server: &Server, key: &str, integration: &str) -> String {
    let body = json!({ "name": "Mine", "text": "labels is missing" });
    let path = format!("/api/v1/integrations/{integration}/hygiene/rules");
    let made = post(server, key, &path, &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    made.json()["id"].as_str().expect("an id").to_owned()
}

pub(super) async fn id_of(server: &Server, name: &str) -> String {
    server.app.store.integration(name).await.expect("an answer").expect(name).id.to_string()
}

#[tokio::test]
async fn a_report_whose_weighted_rules_are_gone_has_no_score_and_says_so() {
    with_server(async |server| {
        let key = two(&server).await;
        let mine = rule(&server, &key, "whole").await;
        let cut = id_of(&server, "cut").await;
        let weights = json!({ mine.clone(): 100 });
        let theirs = json!({ "name": "Theirs", "integrations": [cut], "weights": weights });
        let refused = post(&server, &key, REPORTS, &theirs).await;
        assert_eq!((refused.status, refused.code().as_str()), (409, "hygiene.rule"), "{refused:?}");
        assert!(refused.body.contains("There is no rule Mine"), "it is told by its name: {refused:?}");
        let own = json!({ "name": "Own", "weights": weights });
        let made = post(&server, &key, REPORTS, &own).await.json();
        let path = format!("{REPORTS}/{}", made["id"].as_str().expect("an id"));
        let result = get(&server, &key, &format!("{path}/result")).await.json();
        assert_eq!((&result["score"], &result["no_score"]), (&json!(0.0), &Value::Null), "{result}");

        let gone = format!("/api/v1/integrations/whole/hygiene/rules/{mine}");
        assert_eq!(server.send(Request::new("DELETE", &gone).key(&key)).await.status, 204);
        let result = get(&server, &key, &format!("{path}/result")).await.json();
        assert_eq!((&result["score"], &result["no_score"]), (&Value::Null, &json!("nothing_weighed")));
        assert!(result["rules"].as_array().expect("rules").iter().all(|line| line["weight"] == 0.0));
        let listed = get(&server, &key, REPORTS).await.json();
        let trouble = listed["items"][0]["trouble"].as_str().expect("a trouble");
        assert!(trouble.contains("None of its weighted rules is here"), "{trouble}");
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let page = server.send(browser.get(path.trim_start_matches("/api/v1"))).await;
        assert!(page.body.contains("There is no score: none of its weighted rules is here"), "{page:?}");
        let page = server.send(browser.get("/hygiene/reports")).await;
        assert!(!page.body.contains("Cannot be opened"), "{page:?}");
    })
    .await;
}

#[tokio::test]
async fn full_marks_are_for_nothing_that_was_never_asked() {
    with_server(async |server| {
        let key = two(&server).await;
        let nothing = |told: &Value| {
            assert_eq!(
                (&told["score"], &told["no_score"]),
                (&Value::Null, &json!("nothing_asked")),
                "{told}"
            );
            assert_eq!(told["in_scope"], 2, "{told}");
        };
        let cut = "integrations/cut/hygiene";
        let told =
            get(&server, &key, &format!("/api/v1/{cut}/report?weight=no_due_date%3D100&by=type")).await;
        nothing(&told.json());
        assert_eq!(told.json()["groups"][0]["score"], Value::Null);
        let trend =
            get(&server, &key, &format!("/api/v1/{cut}/trend?weight=no_due_date%3D100&count=2")).await;
        assert_eq!(trend.json()["points"][1]["score"], Value::Null, "{trend:?}");
        let half =
            get(&server, &key, &format!("/api/v1/{cut}/report?weight=no_due_date%3D50;no_assignee%3D50"))
                .await;
        assert_eq!(half.json()["score"], 50.0, "what is left out costs nothing: {half:?}");
        let id = id_of(&server, "cut").await;
        let body = json!({ "name": "Due", "integrations": [id], "weights": { "no_due_date": 100 } });
        let made = post(&server, &key, REPORTS, &body).await.json();
        let kept = format!("{REPORTS}/{}", made["id"].as_str().expect("an id"));
        nothing(&get(&server, &key, &format!("{kept}/result")).await.json());
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        for (path, words) in [
            (format!("/{cut}?weight=no_due_date%3D100"), "None of its weighted rules is asked of any issue"),
            (
                kept.replace("/api/v1", ""),
                "There is no score: none of its weighted rules is asked of any issue",
            ),
        ] {
            let page = server.send(browser.get(&path)).await;
            let is_praised = page.body.contains("No issue misses anything");
            assert!(page.body.contains(words) && !is_praised, "{page:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_rule_that_only_an_integration_without_issues_has_weighs_nothing() {
    with_server(async |server| {
        let key = two(&server).await;
        server.integration_alone("solo").await;
        let cedar = rule(&server, &key, "solo").await;
        let of = [id_of(&server, "whole").await, id_of(&server, "solo").await];
        let kept = async |name: &str, weights: Value| {
            let body = json!({ "name": name, "integrations": of, "weights": weights });
            let made = post(&server, &key, REPORTS, &body).await.json();
            let path = format!("{REPORTS}/{}/result", made["id"].as_str().expect("an id"));
            get(&server, &key, &path).await.json()
        };
        let alone = kept("Alone", json!({ cedar.clone(): 100 })).await;
        assert_eq!(
            (&alone["score"], &alone["no_score"]),
            (&Value::Null, &json!("nothing_weighed")),
            "{alone}"
        );
        let half = kept("Half", json!({ cedar.clone(): 50, "no_due_date": 50 })).await;
        assert_eq!((&half["score"], &half["integrations"][1]["score"]), (&json!(0.0), &json!(0.0)), "{half}");
        let mut rules = half["rules"].as_array().expect("rules").iter();
        let line = rules.find(|line| line["rule"] == json!(cedar)).expect("its line");
        assert_eq!(line["weight"], 0.0, "{half}");
    })
    .await;
}

#[tokio::test]
async fn a_rule_counts_among_the_issues_of_which_it_is_asked_and_says_where_it_is_not() {
    with_server(async |server| {
        let key = two(&server).await;
        let mine = rule(&server, &key, "whole").await;
        let made = post(&server, &key, REPORTS, &json!({ "name": "Both" })).await.json();
        let path = format!("{REPORTS}/{}", made["id"].as_str().expect("an id"));
        let result = get(&server, &key, &format!("{path}/result")).await.json();
        assert_eq!(result["in_scope"], 4, "{result}");
        let line = |rule: &str| {
            let mut rules = result["rules"].as_array().expect("rules").iter();
            rules.find(|line| line["rule"] == rule).expect(rule).clone()
        };
        let due = line("no_due_date");
        assert_eq!(
            (&due["misses"], &due["in_scope"], &due["points_lost"]),
            (&json!(2), &json!(2), &json!(12.5))
        );
        assert_eq!((&due["blocked_by"], &line("idle")["in_scope"]), (&Value::Null, &json!(4)));
        assert_eq!(
            due["not_asked_in"],
            json!([{ "integration": "cut", "blocked_by": "duedate", "blocked_because": "left_out" }])
        );
        assert_eq!(line("idle")["not_asked_in"], Value::Null);
        let mine = line(&mine);
        assert_eq!((&mine["in_scope"], &mine["not_asked_in"][0]["blocked_by"]), (&json!(2), &Value::Null));
        let rules = result["rules"].as_array().expect("rules").iter();
        let lost: f64 = rules.map(|line| line["points_lost"].as_f64().expect("points")).sum();
        let score = result["score"].as_f64().expect("a score");
        assert!((score - (100.0 - lost)).abs() < 1e-9, "{result}");
        let behind = get(&server, &key, &format!("{path}/issues?rule=no_due_date")).await.json();
        assert_eq!(behind["items"].as_array().map(Vec::len), Some(2), "as many as it says");
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let page = server.send(browser.get(path.trim_start_matches("/api/v1"))).await;
        for words in [
            "not asked in cut: duedate is left out by configuration",
            "not asked in cut: it has no such rule",
        ] {
            assert!(page.body.contains(words), "{words}: {page:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_name_that_rules_of_two_integrations_have_is_told_by_their_ids() {
    with_server(async |server| {
        let key = two(&server).await;
        let rules = [rule(&server, &key, "whole").await, rule(&server, &key, "cut").await];
        let made = post(&server, &key, REPORTS, &json!({ "name": "Both" })).await.json();
        let path = format!("{REPORTS}/{}/issues?rule=", made["id"].as_str().expect("an id"));
        let refused = get(&server, &key, &format!("{path}mine")).await;
        assert_eq!((refused.status, refused.code().as_str()), (409, "hygiene.rule_ambiguous"), "{refused:?}");
        for (rule, of) in rules.iter().zip(["whole", "cut"]) {
            assert!(refused.body.contains(&format!("{rule} of \\\"{of}\\\"")), "{refused:?}");
            assert_eq!(get(&server, &key, &format!("{path}{rule}")).await.status, 200);
        }
    })
    .await;
}

#[tokio::test]
async fn a_report_is_kept_only_if_each_of_its_integrations_can_be_asked() {
    with_server(async |server| {
        let key = two(&server).await;
        let due = json!({ "name": "Due", "filters": ["due_date="] });
        let refused = post(&server, &key, REPORTS, &due).await;
        assert_eq!((refused.status, refused.code().as_str()), (409, "hygiene.left_out"), "{refused:?}");
        assert_eq!(refused.json()["errors"][0]["pointer"], "/filters/0");
        assert!(
            refused.body.contains("cannot be asked of \\\"cut\\\"")
                && refused.body.contains("bring it in again")
        );
        let whole = id_of(&server, "whole").await;
        let due = json!({ "name": "Due", "filters": ["due_date="], "integrations": [whole] });
        assert_eq!(post(&server, &key, REPORTS, &due).await.status, 201);

        leave_out(&server, "whole", "duedate").await;
        let listed = get(&server, &key, REPORTS).await.json();
        let trouble = listed["items"][0]["trouble"].as_str().expect("a trouble");
        assert!(
            trouble.contains("bring the field in again") && !trouble.contains("map the field"),
            "{trouble}"
        );
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let path = format!("/hygiene/reports/{}", listed["items"][0]["id"].as_str().expect("an id"));
        let page = server.send(browser.get(&path)).await;
        assert!(page.status == 409 && page.body.contains("Change the report"), "{page:?}");
    })
    .await;
}

#[tokio::test]
async fn a_report_says_how_many_of_its_integrations_are_gone_and_never_asks_all_by_itself() {
    with_server(async |server| {
        let key = two(&server).await;
        let own = server.workspace("own").await;
        let ids = [id_of(&server, "whole").await, id_of(&server, "cut").await];
        let map = async |name: &str, is_seen: bool| {
            let id = server.app.store.integration(name).await.expect("an answer").expect(name).id;
            server.app.store.map_integration(&id, &own, is_seen).await.expect("it is mapped");
        };
        map("whole", true).await;
        map("cut", true).await;
        let body = json!({ "name": "Both", "workspace": own.to_string(), "integrations": ids });
        let made = post(&server, &key, REPORTS, &body).await.json();
        let path = format!("{REPORTS}/{}", made["id"].as_str().expect("an id"));
        let put = async |name: &str, integrations: &[String]| {
            let seen = get(&server, &key, &path).await;
            let body = json!({ "name": name, "integrations": integrations });
            let tag = seen.header("etag").expect("a tag").to_owned();
            server.send(Request::new("PUT", &path).key(&key).header("if-match", &tag).json(&body)).await
        };
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let page = path.trim_start_matches("/api/v1").to_owned();

        map("cut", false).await;
        let result = get(&server, &key, &format!("{path}/result")).await.json();
        assert_eq!((&result["gone"], &result["in_scope"]), (&json!(1), &json!(2)), "{result}");
        let told = "asks 1 of its 2 integrations";
        let listed = get(&server, &key, REPORTS).await.json();
        assert!(listed["items"][0]["trouble"].as_str().expect("a trouble").contains(told), "{listed}");
        for page in [page.clone(), format!("{page}/edit"), "/hygiene/reports".to_owned()] {
            let shown = server.send(browser.get(&page)).await;
            assert!(shown.status == 200 && shown.body.contains(told), "{page}: {shown:?}");
        }
        let changed = put("One", &ids).await;
        assert_eq!((changed.status, &changed.json()["integrations"]), (200, &json!([ids[0]])), "{changed:?}");

        map("whole", false).await;
        let result = get(&server, &key, &format!("{path}/result")).await.json();
        assert_eq!(
            (&result["gone"], &result["score"], &result["in_scope"]),
            (&json!(1), &Value::Null, &json!(0))
        );
        let refused = put("Other", &ids[..1]).await;
        assert_eq!((refused.status, refused.code().as_str()), (409, "hygiene.report_gone"), "{refused:?}");
        map("cut", true).await;
        let rename = async |more: &[(&str, &str)]| {
            let seen = get(&server, &key, &path).await.json()["revision"].to_string();
            let fields = [("seen", seen.as_str()), ("name", "Renamed"), ("basis", "open")];
            server.send(browser.post(&format!("{page}/edit"), &[&fields, more].concat())).await
        };
        let refused = rename(&[]).await;
        assert!(refused.status == 409 && refused.body.contains("none does not mean all"), "{refused:?}");
        assert_eq!(
            get(&server, &key, &path).await.json()["integrations"],
            json!([ids[0]]),
            "it is as it was"
        );
        assert_eq!(rename(&[("every", "yes")]).await.status, 303);
        assert_eq!(get(&server, &key, &path).await.json()["integrations"], json!([]), "all were chosen");
    })
    .await;
}

#[tokio::test]
async fn a_page_after_an_issue_of_an_integration_that_left_is_refused() {
    with_server(async |server| {
        let key = two(&server).await;
        let own = server.workspace("own").await;
        let mut ids = vec![];
        for name in ["cut", "whole"] {
            let id = server.app.store.integration(name).await.expect("an answer").expect(name).id;
            server.app.store.map_integration(&id, &own, true).await.expect("it is mapped");
            ids.push(id);
        }
        let body = json!({ "name": "All", "workspace": own.to_string(), "basis": "all" });
        let made = post(&server, &key, REPORTS, &body).await.json();
        let path = format!("{REPORTS}/{}/issues?limit=1", made["id"].as_str().expect("an id"));
        let first = get(&server, &key, &path).await.json();
        let next = first["next"].as_str().expect("a second page");
        let left = if first["items"][0]["integration"] == "cut" { ids[0] } else { ids[1] };
        server.app.store.map_integration(&left, &own, false).await.expect("it is not mapped");
        let refused = get(&server, &key, &format!("{path}&after={next}")).await;
        assert_eq!((refused.status, refused.code().as_str()), (404, "request.cursor"), "{refused:?}");
        let again = get(&server, &key, &path).await.json();
        assert_eq!(again["items"].as_array().map(Vec::len), Some(1), "the others are there");
    })
    .await;
}
