//! Numbers of other days lead to their issues, and reports that cannot be opened any more say why.

use super::{
    Server,
    client::{Answer, Request},
    with_server,
};
use serde_json::{Value, json};
use weir_model::{
    Batch, Clock as _, Field, KeyScope, Millis, ReferenceSet, RunId, Sink as _, Sprint, Trigger,
};
use weir_store::{LeaseHolder, Retries, Sealer};

const SITE: &str = "/api/v1/integrations/the%20site/hygiene";
const PAGE: &str = "/integrations/the%20site/hygiene";
const DAY: i64 = 86_400_000;

async fn get(server: &Server, key: &str, path: &str) -> Answer {
    server.send(Request::get(path).key(key)).await
}

fn rows(answer: &Answer) -> Vec<(String, Value)> {
    let rows = answer.json()["items"].as_array().expect("rows").clone();
    rows.into_iter()
        .map(|row| (row["key"].as_str().expect("a key").to_owned(), row["change"].clone()))
        .collect()
}

/// Addresses in a page, as they are asked for.
fn links(page: &str) -> Vec<String> {
    let links = page.split("href=\"").skip(1).filter_map(|part| part.split('"').next());
    links.map(|link| link.replace("&#38;", "&").replace("&amp;", "&")).collect()
}

#[tokio::test]
async fn a_number_of_another_day_leads_to_its_issues_and_a_change_to_what_came_and_left() {
    with_server(async |server| {
        super::issues::filled(&server).await;
        server.clock.advance(40 * DAY);
        let key = server.key(KeyScope::Read, None).await.secret;
        let trend = get(&server, &key, &format!("{SITE}/trend?count=40")).await.json();
        let points = trend["points"].as_array().expect("points");
        let idle = |point: &Value| {
            let rules = point["rules"].as_array().expect("rules").clone();
            rules.into_iter().find(|rule| rule["rule"] == "idle").expect("the rule")["misses"].clone()
        };
        for point in [&points[2], &points[20], &points[39]] {
            let day = point["day"].as_str().expect("a day");
            let listed = get(&server, &key, &format!("{SITE}/issues?rule=idle&at={day}")).await;
            assert_eq!(json!(rows(&listed).len()), idle(point), "{point}");
        }
        let since = points[2]["day"].as_str().expect("a day");
        let changed = get(&server, &key, &format!("{SITE}/issues?rule=idle&changed_since={since}")).await;
        assert_eq!(rows(&changed), [("ENG-1".into(), json!("new")), ("ENG-2".into(), json!("new"))]);

        for (days, status, code) in [
            ("at=soon", 400, "hygiene.day"),
            ("changed_since=2020-1-1", 400, "hygiene.day"),
            ("at=9999-01-01", 409, "hygiene.day_ahead"),
            ("at=2020-01-01&changed_since=2020-01-01", 409, "hygiene.day_order"),
        ] {
            let refused = get(&server, &key, &format!("{SITE}/issues?{days}")).await;
            assert_eq!((refused.status, refused.code().as_str()), (status, code), "{days}");
        }

        let whole = get(&server, &key, &format!("{SITE}/issues?rule=idle")).await;
        let empty = get(&server, &key, &format!("{SITE}/issues?rule=idle&at=&changed_since=")).await;
        assert_eq!((empty.status, rows(&empty)), (200, rows(&whole)), "an empty day is none");

        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        for (days, status) in
            [("at=&changed_since=", 200), ("at=soon", 400), ("at=2020-01-01&changed_since=2020-01-01", 409)]
        {
            for page in ["issues", "issues.csv"] {
                let shown = server.send(browser.get(&format!("{PAGE}/{page}?{days}"))).await;
                assert_eq!(shown.status, status, "{page}?{days}: {shown:?}");
                assert!(!shown.body.contains("At the end of"), "{shown:?}");
            }
        }
        let page = server.send(browser.get(PAGE)).await.body;
        let of = |what: &str| links(&page).into_iter().filter(|link| link.contains(what)).collect::<Vec<_>>();
        assert!(of("at=").len() > 50, "each number of the table: {page}");
        let change = of("rule=idle&changed_since=").first().expect("the change leads somewhere").clone();
        let shown = server.send(browser.get(&change)).await;
        assert!(shown.status == 200 && shown.body.contains("2 new and 0 gone: +2."), "{shown:?}");
        let then = of("rule=idle&at=").last().expect("a point").clone();
        let shown = server.send(browser.get(&then)).await.body;
        assert!(shown.contains("As it was at the end of") && shown.contains("Idle”: 0"), "{shown}");
        let file = links(&shown).into_iter().find(|link| link.contains("issues.csv")).expect("a file");
        assert!(file.contains("at="), "{file}");
        let file = server.send(browser.get(&change.replace("/issues?", "/issues.csv?"))).await.body;
        assert!(file.starts_with("change,left,key,") && file.contains("\nnew,,ENG-1,"), "{file}");
    })
    .await;
}

#[tokio::test]
async fn a_report_with_a_filter_that_is_not_read_any_more_is_listed_and_says_what_to_do() {
    with_server(async |server| {
        super::cases::filled(&server).await;
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let admin = server.key(KeyScope::Admin, None).await.secret;
        let map = async |holds: &str| {
            let fields = [("field", "customfield_1"), ("holds", holds)];
            let mapped = server.send(browser.post("/integrations/the%20site/fields", &fields)).await;
            assert_eq!(mapped.status, 303, "{mapped:?}");
        };
        map("number").await;
        let reports = "/api/v1/hygiene/reports";
        for (name, filter) in [("Big", "custom:customfield_1 is greater than 3"), ("Other", "project=ENG")] {
            let body = json!({ "name": name, "filters": [filter] });
            let made = server.send(Request::new("POST", reports).key(&admin).json(&body)).await;
            assert_eq!(made.status, 201, "{made:?}");
        }
        map("text").await;
        let listed = get(&server, &admin, reports).await.json();
        let of = |name: &str| {
            let items = listed["items"].as_array().expect("reports").iter();
            items.clone().find(|one| one["name"] == name).expect(name).clone()
        };
        let (big, other) = (of("Big"), of("Other"));
        let trouble = big["trouble"].as_str().expect("a trouble");
        assert!(
            trouble.contains("cannot be asked of \"the site\"")
                && trouble.contains("map the field as it was")
        );
        assert_eq!(other["trouble"], Value::Null);
        let page = server.send(browser.get("/hygiene/reports")).await;
        assert!(page.status == 200 && page.body.contains("Cannot be opened:"), "{page:?}");
        let path = format!("/hygiene/reports/{}", big["id"].as_str().expect("an id"));
        let opened = server.send(browser.get(&path)).await;
        assert_eq!(opened.status, 409);
        assert!(
            opened.body.contains(&format!("href=\"{path}/edit\"")) && opened.body.contains("Delete"),
            "{opened:?}"
        );
        let result = get(&server, &admin, &format!("/api/v1{path}/result")).await;
        assert_eq!((result.status, result.code().as_str()), (409, "hygiene.report_outdated"));
        map("number").await;
        assert_eq!(server.send(browser.get(&path)).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn issues_of_a_report_come_page_by_page_each_with_its_integration() {
    with_server(async |server| {
        super::issues::filled(&server).await;
        let admin = server.key(KeyScope::Admin, None).await.secret;
        let body = json!({ "name": "All", "basis": "all" });
        let made = server.send(Request::new("POST", "/api/v1/hygiene/reports").key(&admin).json(&body)).await;
        let id = made.json()["id"].as_str().expect("an id").to_owned();
        let path = format!("/api/v1/hygiene/reports/{id}/issues");
        let first = get(&server, &admin, &format!("{path}?rule=no_assignee&limit=1")).await.json();
        let row = &first["items"][0];
        assert_eq!((&row["integration"], &row["key"]), (&json!("the site"), &json!("ENG-1")), "{first}");
        let next = first["next"].as_str().expect("a second page");
        let second = get(&server, &admin, &format!("{path}?rule=no_assignee&limit=1&after={next}")).await;
        assert_eq!(rows(&second), [("ENG-2".to_owned(), Value::Null)]);
        assert_eq!(second.json()["has_more"], false);
        assert_eq!(get(&server, &admin, &format!("{path}?rule=speed")).await.code(), "hygiene.rule");
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let page = server.send(browser.get(&format!("/hygiene/reports/{id}/issues?rule=no_assignee"))).await;
        assert!(page.body.contains("Issues counted as “No assignee”: 2"), "{page:?}");
        let file = links(&page.body).into_iter().find(|link| link.contains("issues.csv")).expect("a file");
        assert_eq!(file, format!("/hygiene/reports/{id}/issues.csv?rule=no_assignee"));
        let file = server.send(browser.get(&file)).await;
        assert_eq!((file.status, file.header("content-type")), (200, Some("text/csv; charset=utf-8")));
        let head =
            "integration,key,summary,type,status,assignee,created_at,updated_at,misses,names,why,url\n";
        assert!(file.body.starts_with(head), "{}", file.body);
        assert_eq!(file.body.matches("\nthe site,ENG-").count(), 2, "{}", file.body);
        assert!(
            file.body.contains("'=HYPERLINK") && file.body.contains("assignee is missing"),
            "{}",
            file.body
        );
        let all = server.send(browser.get(&format!("/hygiene/reports/{id}/issues.csv?rule="))).await;
        assert_eq!(all.body.matches("\nthe site,ENG-").count(), 2, "an empty rule is none: {}", all.body);
        let refused = server.send(browser.get(&format!("/hygiene/reports/{id}/issues.csv?rule=speed"))).await;
        assert!(refused.status == 400 && refused.body.contains("There is no rule speed"), "{refused:?}");
        assert!(links(&page.body).iter().any(|link| link.contains("/hygiene/issues?rule=no_assignee")));
    })
    .await;
}

/// Reads the fields of the site again; these are what it lists.
async fn lists_fields(server: &Server, ids: &[&str], kind: &str) {
    let fields: Vec<[&str; 3]> = ids.iter().map(|id| [*id, kind, ""]).collect();
    lists(server, "the site", &fields).await;
}

/// Reads the fields of a site again, each with its type and what Jira calls its kind.
pub(super) async fn lists(server: &Server, integration: &str, fields: &[[&str; 3]]) {
    let field = |[id, kind, source]: &[&str; 3]| Field {
        id: (*id).into(),
        name: (*id).into(),
        custom: true,
        schema_type: Some((*kind).into()),
        schema_custom: Some(*source).filter(|source| !source.is_empty()).map(str::to_owned),
    };
    read(server, integration, ReferenceSet::Fields(fields.iter().map(field).collect())).await;
}

/// Reads a list of a site.
pub(super) async fn read(server: &Server, integration: &str, list: ReferenceSet) {
    brings(server, integration, Batch { reference: vec![list], ..Batch::default() }).await;
}

/// A run that brings this.
async fn brings(server: &Server, integration: &str, batch: Batch) {
    let store = &server.app.store;
    let site = store.integration(integration).await.expect("an answer").expect("it is there");
    let run = RunId::generate(server.clock.now(), server.app.environment.entropy.as_ref());
    let holder = LeaseHolder { token: run.to_string(), pid: 1, host: "here".into() };
    let lease = store.take_lease(&site.id, &holder, 60_000).await.expect("an answer").expect("it is free");
    store.begin_run(&lease, &run, (Trigger::Manual, None), 1).await.expect("it begins");
    let sealer = Sealer::new(|_, _, body| Ok(format!("sealed {}", body.len())));
    let sink = store.sink(&site.id, &run, lease.clone(), sealer, Retries::Due).await.expect("a sink");
    sink.commit(batch).await.expect("it is committed");
    store.release_lease(&lease).await.expect("it is given back");
}

#[tokio::test]
async fn a_day_that_is_compared_with_counts_sprints_as_they_were_then_and_what_changes_of_them_at_once() {
    with_server(async |server| {
        super::issues::filled(&server).await;
        let began = server.clock.now();
        server.clock.advance(10 * DAY);
        let key = server.key(KeyScope::Read, None).await.secret;
        let sprint = |state: &str| Sprint {
            id: "7".into(),
            board_id: None,
            name: "Sprint 7".into(),
            state: Some(state.into()),
            goal: None,
            start_at: Some(Millis(began.0 + 6 * DAY)),
            end_at: None,
            completed_at: None,
        };
        let sprints = |state: &str| Batch {
            reference: vec![ReferenceSet::Sprints(vec![sprint(state)])],
            ..Batch::default()
        };
        let mut planned = super::monitoring::record(1, began);
        planned.sprints = vec!["7".into()];
        brings(&server, "the site", Batch { issues: vec![planned], ..sprints("active") }).await;
        let report = async |days: u32| {
            get(&server, &key, &format!("{SITE}/report?basis=active_sprint&compare_days={days}")).await.json()
        };
        let trend = get(&server, &key, &format!("{SITE}/trend?basis=active_sprint&count=10")).await.json();
        let points = trend["points"].as_array().unwrap_or_else(|| panic!("points: {trend}"));
        for (days, was_counted) in [(2, true), (6, false)] {
            let report = report(days).await;
            assert_eq!(report["in_scope"], 1, "{report}");
            let then = &points[points.len() - 1 - days as usize];
            assert_eq!(report["compared"]["score"], then["score"], "{days} days before: {report} {then}");
            assert_eq!(report["compared"]["score"].is_number(), was_counted, "{days} days before: {report}");
        }
        brings(&server, "the site", sprints("future")).await;
        assert_eq!(report(2).await["in_scope"], 0, "nothing is told again of what has changed");
    })
    .await;
}

#[tokio::test]
async fn a_field_that_jira_lists_no_more_is_told_in_the_list_and_by_rules_until_it_comes_back() {
    with_server(async |server| {
        super::cases::filled(&server).await;
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let admin = server.key(KeyScope::Admin, None).await.secret;
        let fields = "/integrations/the%20site/fields";
        let mapped = browser.post(fields, &[("field", "customfield_1")]);
        assert_eq!(server.send(mapped).await.status, 303);
        let rule = json!({ "name": "Untold", "text": "custom:customfield_1 is missing" });
        let made = Request::new("POST", &format!("{SITE}/rules")).key(&admin).json(&rule);
        assert_eq!(server.send(made).await.status, 201);
        let told = async || {
            let listed = get(&server, &admin, "/api/v1/integrations/the%20site/fields").await.json();
            let all = listed["fields"].as_array().expect("fields").clone();
            let field = all.into_iter().find(|one| one["id"] == "customfield_1").expect("the field");
            let rules = get(&server, &admin, &format!("{SITE}/rules")).await.json();
            let pages = [
                server.send(browser.get(fields)).await.body,
                server.send(browser.get(&format!("{PAGE}/rules"))).await.body,
            ];
            let is_said = pages.map(|page| page.contains("is no longer in Jira since"));
            let changed = field["mapping"]["schema_changed"].clone();
            (!field["gone_at"].is_null(), changed, !rules[8]["field_gone"].is_null(), is_said)
        };
        assert_eq!(told().await, (false, json!(false), false, [false, false]));
        lists_fields(&server, &["customfield_2"], "string").await;
        assert_eq!(told().await, (true, json!(true), true, [true, true]));
        lists_fields(&server, &["customfield_1", "customfield_2"], "string").await;
        assert_eq!(told().await, (false, json!(false), false, [false, false]));

        // One that comes back as something else is marked as well.
        let changed =
            async || get(&server, &admin, &format!("{SITE}/rules")).await.json()[8]["field_changed"].clone();
        assert_eq!(changed().await, Value::Null);
        lists_fields(&server, &["customfield_1", "customfield_2"], "number").await;
        assert_eq!(told().await, (false, json!(true), false, [false, false]));
        let words = "has another type in Jira than when it was mapped; review its mapping";
        assert!(changed().await.as_str().is_some_and(|said| said.contains(words)));
        let page = server.send(browser.get(&format!("{PAGE}/rules"))).await.body;
        assert!(page.contains(words), "{page}");
    })
    .await;
}

#[tokio::test]
async fn a_chosen_field_of_cases_that_jira_lists_no_more_is_told() {
    with_server(async |server| {
        super::cases::filled(&server).await;
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let key = server.key(KeyScope::Read, None).await.secret;
        let page = "/integrations/the%20site/salesforce";
        let chosen = browser.post(page, &[("field", "customfield_1"), ("several", "true")]);
        assert_eq!(server.send(chosen).await.status, 303);
        let told = async || {
            let shown = get(&server, &key, &format!("/api/v1{page}")).await.json();
            let body = server.send(browser.get(page)).await.body;
            let is_said = body.contains("customfield_1 is no longer in Jira since");
            (shown["fields"].clone(), shown["missing"].clone(), !shown["gone_at"].is_null(), is_said)
        };
        let fields = json!(["customfield_1"]);
        assert_eq!(told().await, (fields.clone(), Value::Null, false, false));
        lists_fields(&server, &["customfield_2"], "string").await;
        assert_eq!(told().await, (fields, Value::Null, true, true));
    })
    .await;
}
