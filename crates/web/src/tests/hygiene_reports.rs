//! Reports that are kept: where they belong, what they ask, and what they say.

use super::{Server, client::Request, issues::filled, with_server};
use serde_json::{Value, json};
use weir_model::{KeyScope, Role, WorkspaceId};

const REPORTS: &str = "/api/v1/hygiene/reports";

async fn get(server: &Server, key: &str, path: &str) -> Value {
    let answer = server.send(Request::get(path).key(key)).await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    answer.json()
}

/// An address as it stands in a page.
fn unescaped(link: &str) -> String {
    link.replace("&#38;", "&").replace("&amp;", "&")
}

async fn seen(server: &Server) -> WorkspaceId {
    let id = filled(server).await;
    let own = server.workspace("own").await;
    server.app.store.map_integration(&id, &own, true).await.expect("it is mapped");
    own
}

#[tokio::test]
async fn a_report_is_kept_opened_changed_as_it_was_seen_and_deleted() {
    with_server(async |server| {
        let own = seen(&server).await;
        let key = server.key(KeyScope::Write, Some(own)).await.secret;
        let send = async |method: &str, path: &str, body: &Value| {
            server.send(Request::new(method, path).key(&key).json(body)).await
        };
        let body = json!({ "name": "Weekly", "workspace": own.to_string(), "filters": ["summary=\"a, b\"", "not labels is missing"],
            "basis": "all", "weights": { "idle": 40, "no_assignee": 60 }, "compare_days": 30 });
        let made = send("POST", REPORTS, &body).await;
        assert_eq!(made.status, 201, "{made:?}");
        let made = made.json();
        assert_eq!((&made["filters"], &made["weights"]), (&body["filters"], &json!({ "idle": 40.0, "no_assignee": 60.0 })));
        assert_eq!(send("POST", REPORTS, &body).await.code(), "hygiene.report_taken");
        let path = format!("{REPORTS}/{}", made["id"].as_str().expect("an id"));

        let all = json!({ "name": "Weekly", "basis": "all", "weights": { "idle": 40, "no_assignee": 60 }, "compare_days": 30 });
        let put = async |tag: &str| {
            server.send(Request::new("PUT", &path).key(&key).header("if-match", tag).json(&all)).await.status
        };
        assert_eq!((put("\"7\"").await, put("\"1\"").await), (412, 200));
        let result = get(&server, &key, &format!("{path}/result")).await;
        let report = "/api/v1/integrations/the%20site/hygiene/report?basis=all&weight=idle%3D40;no_assignee%3D60&compare_days=30";
        let report = get(&server, &key, report).await;
        for member in ["score", "in_scope", "rules", "compared"] {
            assert_eq!(result[member], report[member], "{member} of the only integration");
        }
        assert_eq!(result["integrations"][0]["integration"], "the site");

        let outsider = server.key(KeyScope::Write, Some(server.workspace("other").await)).await.secret;
        for path in [path.clone(), format!("{path}/result")] {
            assert_eq!(server.send(Request::get(&path).key(&outsider)).await.status, 404);
        }
        assert_eq!(get(&server, &outsider, REPORTS).await["items"], json!([]));
        let theirs = server.send(Request::new("POST", REPORTS).key(&outsider).json(&body)).await;
        assert_eq!(theirs.status, 404, "a workspace of others is not there");
        let everybodys = server.send(Request::new("POST", REPORTS).key(&key).json(&json!({ "name": "All" }))).await;
        assert_eq!(everybodys.status, 403, "the installation's are for whoever looks after it");
        assert_eq!(server.send(Request::new("DELETE", &path).key(&key)).await.status, 204);
        assert_eq!(server.send(Request::get(&path).key(&key)).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn other_weights_count_nothing_again_for_a_moment_and_what_changes_is_counted_at_once() {
    with_server(async |server| {
        let own = seen(&server).await;
        let key = server.key(KeyScope::Write, Some(own)).await.secret;
        let site = "/api/v1/integrations/the%20site";
        let weighed = async |weights: &str| {
            get(&server, &key, &format!("{site}/hygiene/report?basis=all&weight={weights}&compare_days=1"))
                .await
        };
        let first = weighed("idle%3D100").await;
        server.clock.advance(9_000);
        let second = weighed("no_assignee%3D100").await;
        assert_eq!(second["as_of"], first["as_of"], "it says of which instant it speaks");
        assert_eq!(second["compared"]["at"], first["compared"]["at"]);
        let weight = |report: &Value, rule: &str| {
            let rules = report["rules"].as_array().expect("rules").clone();
            rules.into_iter().find(|one| one["rule"] == rule).expect("the rule")["weight"].clone()
        };
        assert_eq!((weight(&first, "idle"), weight(&second, "idle")), (json!(100.0), json!(0.0)));
        let narrower = get(&server, &key, &format!("{site}/hygiene/report?basis=open")).await;
        assert_ne!(narrower["as_of"], first["as_of"], "another question is counted for itself");
        let removed = server
            .send(
                Request::new("POST", &format!("{site}/issues/remove"))
                    .key(&key)
                    .json(&json!({ "keys": ["ENG-1"] })),
            )
            .await;
        assert_eq!(removed.status, 200, "{removed:?}");
        let third = weighed("idle%3D100").await;
        assert_ne!(third["as_of"], first["as_of"]);
        assert_eq!(third["in_scope"].as_i64(), first["in_scope"].as_i64().map(|before| before - 1));
        server.clock.advance(10_000);
        assert_ne!(weighed("idle%3D100").await["as_of"], third["as_of"], "it is not good for longer");
    })
    .await;
}

#[tokio::test]
async fn what_waits_to_be_deleted_is_in_no_report_and_comes_back_as_it_was() {
    with_server(async |server| {
        let own = seen(&server).await;
        let key = server.key(KeyScope::Write, Some(own)).await.secret;
        let body = json!({ "name": "Weekly", "workspace": own.to_string() });
        let made = server.send(Request::new("POST", REPORTS).key(&key).json(&body)).await.json();
        let kept = format!("{REPORTS}/{}/result", made["id"].as_str().expect("an id"));
        let site = "/api/v1/integrations/the%20site";
        let questions = ["report", "trend", "issues"].map(|what| format!("{site}/hygiene/{what}?basis=all"));
        let mut before = vec![];
        for path in &questions {
            before.push(get(&server, &key, path).await);
        }
        let whole = get(&server, &key, &kept).await;
        assert_eq!((&whole["in_scope"], &whole["left_out"]), (&before[0]["in_scope"], &json!([])));

        assert_eq!(server.send(Request::new("DELETE", site).key(&key)).await.status, 202);
        for path in &questions {
            let refused = server.send(Request::get(path).key(&key)).await;
            assert_eq!((refused.status, &*refused.code()), (409, "integration.deleting"), "{path}");
        }
        let without = get(&server, &key, &kept).await;
        assert_eq!((&without["score"], &without["in_scope"]), (&Value::Null, &json!(0)));
        assert_eq!((&without["integrations"], &without["left_out"]), (&json!([]), &json!(["the site"])));
        let owner = server.account("owner", false, Some((own, &[weir_model::Role::Owner]))).await;
        let browser = server.browser(&owner).await;
        let page = server
            .send(browser.get(&format!("/hygiene/reports/{}", made["id"].as_str().expect("an id"))))
            .await;
        assert!(page.body.contains("which waits to be deleted"), "{}", page.body);
        let page = server.send(browser.get("/integrations/the%20site/hygiene")).await;
        assert!(page.status == 409 && page.body.contains("Cancel deletion"), "{}", page.body);

        assert_eq!(
            server.send(Request::new("POST", &format!("{site}/deletion/cancel")).key(&key)).await.status,
            200
        );
        for (path, before) in questions.iter().zip(&before) {
            assert_eq!(get(&server, &key, path).await, *before, "{path}");
        }
        assert_eq!(get(&server, &key, &kept).await, whole);
    })
    .await;
}

#[tokio::test]
async fn a_report_that_cannot_be_is_refused_by_its_member() {
    with_server(async |server| {
        let own = seen(&server).await;
        let key = server.key(KeyScope::Write, Some(own)).await.secret;
        let hidden = server.integration_alone("hidden").await.to_string();
        for (member, value, code, pointer) in [
            ("basis", json!("yesterday"), "hygiene.basis", "/basis"),
            ("filters", json!(["type=Bug", "colour=red"]), "hygiene.field", "/filters/1"),
            ("weights", json!({ "idle": 99 }), "weights.sum", "/weights"),
            ("weights", json!({ "nobody's": 100 }), "hygiene.rule", "/weights"),
            ("compare_days", json!(0), "hygiene.range", "/compare_days"),
            ("integrations", json!([hidden]), "integration.unknown", "/integrations"),
        ] {
            let mut body = json!({ "name": "Weekly", "workspace": own.to_string() });
            body[member] = value;
            let refused = server.send(Request::new("POST", REPORTS).key(&key).json(&body)).await;
            assert_eq!(refused.code(), code, "{refused:?}");
            assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{refused:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn groups_are_the_whole_in_parts_and_each_leads_to_its_issues() {
    with_server(async |server| {
        seen(&server).await;
        let key = server.key(KeyScope::Read, None).await.secret;
        let site = "/api/v1/integrations/the%20site/hygiene";
        let report = get(&server, &key, &format!("{site}/report?by=project")).await;
        assert_eq!((&report["groups"][0]["value"], &report["groups_left_out"]), (&json!("ENG"), &json!(0)));
        assert_eq!(report["groups"][0]["rules"], report["rules"], "one project is all");
        let by_summary = get(&server, &key, &format!("{site}/report?by=summary")).await;
        let groups = by_summary["groups"].as_array().expect("groups");
        let in_scope: u64 = groups.iter().map(|group| group["in_scope"].as_u64().expect("a number")).sum();
        assert_eq!(in_scope, 2);
        for (by, code) in [
            ("age_days", "hygiene.groups"),
            ("created", "hygiene.groups"),
            ("description", "hygiene.groups"),
            ("colour", "hygiene.field"),
            ("custom:x", "hygiene.field_unmapped"),
        ] {
            let refused = server.send(Request::get(&format!("{site}/report?by={by}")).key(&key)).await;
            assert_eq!(refused.code(), code, "{by}");
        }
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let page = server.send(browser.get("/integrations/the%20site/hygiene?by=project")).await;
        assert!(page.body.contains("By project"), "{page:?}");
        let issues =
            page.body.split('"').find(|part| part.contains("/issues?") && part.contains("project%3DENG"));
        let issues =
            issues.expect("a link to the issues of the group").replace("&#38;", "&").replace("&amp;", "&");
        let listed = server.send(browser.get(&issues)).await;
        assert!(listed.body.contains("Issues in scope: 2"), "{listed:?}");
        // Those of the table above lead to their issues too: of all groups together.
        let links = page.body.split('"').filter(|part| part.contains("/hygiene/issues?"));
        let links: Vec<String> = links.map(unescaped).collect();
        assert!(links.iter().any(|link| link.contains("rule=idle")), "{links:?}");
        for link in links {
            assert_eq!(server.send(browser.get(&link)).await.status, 200, "{link}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_form_of_a_report_keeps_what_is_typed_and_shows_what_it_says() {
    with_server(async |server| {
        let own = seen(&server).await;
        let editor = server.account("ed", false, Some((own, &[Role::Editor]))).await;
        let browser = server.browser(&editor).await;
        let new = "/hygiene/reports/new";
        let blank = server
            .send(
                browser
                    .get(&format!("{new}?integration=the%20site&filter=type%3DBug;due_date%3D&basis=open")),
            )
            .await;
        assert!(blank.status == 200 && blank.body.contains("type=Bug\ndue_date="), "{blank:?}");
        let own = own.to_string();
        let fields = [
            ("name", "Weekly & <b>"),
            ("workspace", own.as_str()),
            ("basis", "open"),
            ("filters", "project=ENG\r\n"),
            ("weights", "idle=90"),
            ("compare", "30"),
        ];
        let odd = server.send(browser.post(new, &fields)).await;
        assert!(
            odd.status == 400 && odd.body.contains("Weights add up to 90.") && odd.body.contains("idle=90"),
            "{odd:?}"
        );
        let fields = [
            ("name", "Weekly & <b>"),
            ("workspace", own.as_str()),
            ("basis", "open"),
            ("filters", "project=ENG\r\n"),
            ("weights", ""),
            ("compare", "30"),
        ];
        let saved = server.send(browser.post(new, &fields)).await;
        let path = saved.header("location").expect("the report").trim_end_matches("?done=saved").to_owned();
        let shown = server.send(browser.get(&path)).await;
        assert!(
            shown.body.contains("Weekly &#38; &#60;b&#62;") && shown.body.contains("30 days before"),
            "{shown:?}"
        );
        assert!(shown.body.contains("2 issues in scope"), "{shown:?}");
        let links = shown.body.split("href=\"").skip(1).filter_map(|part| part.split('"').next());
        let links: Vec<String> = links.filter(|link| link.contains("/issues?")).map(unescaped).collect();
        assert!(links.len() > 1, "numbers lead to their issues: {shown:?}");
        for link in links {
            assert!(link.contains("basis=open") && link.contains("filter=project%3DENG"), "{link}");
            let behind = server.send(browser.get(&link)).await;
            assert!(behind.status == 200 && !behind.body.contains(": 0<"), "{link}: {behind:?}");
        }
        let listed = server.send(browser.get("/hygiene/reports")).await;
        assert!(listed.body.contains(&path), "{listed:?}");
        let changed = [
            ("name", "Daily"),
            ("seen", "1"),
            ("basis", "all"),
            ("filters", ""),
            ("weights", ""),
            ("compare", ""),
        ];
        let edit = format!("{path}/edit");
        assert_eq!(server.send(browser.post(&edit, &changed)).await.status, 303);
        assert_eq!(server.send(browser.post(&edit, &changed)).await.status, 412);
        assert_eq!(server.send(browser.post(&format!("{path}/delete"), &[("seen", "2")])).await.status, 303);
        assert_eq!(server.send(browser.get(&path)).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_report_of_the_installation_leads_to_as_many_issues_as_it_says() {
    with_server(async |server| {
        let own = seen(&server).await;
        server.clock.advance(31 * 86_400_000);
        let key = server.key(KeyScope::Write, Some(own)).await.secret;
        let settings = format!("/api/v1/workspaces/{own}/hygiene/settings");
        let mut patient = get(&server, &key, &settings).await["settings"].clone();
        patient["idle_days"] = json!(100);
        let kept = server.send(Request::new("PUT", &settings).key(&key).json(&patient)).await;
        assert_eq!(kept.status, 200, "{kept:?}");
        let admin = server.key(KeyScope::Admin, None).await.secret;
        let made = Request::new("POST", REPORTS).key(&admin).json(&json!({ "name": "All" }));
        let made = server.send(made).await.json();

        let site = "/api/v1/integrations/the%20site/hygiene";
        let idle = async |workspace: &str| {
            let listed = get(&server, &admin, &format!("{site}/issues?rule=idle{workspace}")).await;
            listed["items"].as_array().map(Vec::len)
        };
        assert_eq!((idle("").await, idle("&workspace=installation").await), (Some(0), Some(2)));
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let path = format!("/hygiene/reports/{}", made["id"].as_str().expect("an id"));
        let page = server.send(browser.get(&path)).await.body;
        let link =
            page.split('"').find(|part| part.contains("/hygiene/issues?") && part.contains("rule=idle"));
        let listed = server.send(browser.get(&unescaped(link.expect("a link to those that are idle")))).await;
        assert!(listed.body.contains("Idle”: 2"), "{listed:?}");
        let whole = "/integrations/the%20site/hygiene?workspace=installation";
        let whole = server.send(browser.get(whole)).await.body;
        assert!(
            whole.contains("Counted by the") && whole.contains("<option value=\"installation\">"),
            "{whole}"
        );
    })
    .await;
}
