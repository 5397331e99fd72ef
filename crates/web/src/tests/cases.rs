//! Support cases by the page and the API: a trial, a choice, what names none as a file, and who may choose.

use super::{Server, client::Request, hygiene_parts::leave_out, monitoring::record, with_server};
use serde_json::{Value, json};
use weir_model::{Batch, Clock as _, Field, KeyScope, ReferenceSet, RunId, Sink as _, Trigger};
use weir_store::{LeaseHolder, Retries, Sealer};

const PAGE: &str = "/integrations/the%20site/salesforce";
const API: &str = "/api/v1/integrations/the%20site/salesforce";

pub(super) async fn filled(server: &Server) {
    let (id, _) = server.integration("the site", &[]).await;
    let store = &server.app.store;
    let run = RunId::generate(server.clock.now(), server.app.environment.entropy.as_ref());
    let holder = LeaseHolder { token: run.to_string(), pid: 1, host: "here".into() };
    let lease = store.take_lease(&id, &holder, 60_000).await.expect("an answer").expect("it is free");
    store.begin_run(&lease, &run, (Trigger::Manual, None), 1).await.expect("it begins");
    let sealer = Sealer::new(|_, _, body| Ok(format!("sealed {}", body.len())));
    let sink = store.sink(&id, &run, lease.clone(), sealer, Retries::Due).await.expect("a sink");
    let now = server.clock.now();
    let issue = |no, fields: Value| {
        let mut record = record(no, now);
        record.issue.fields = fields.to_string();
        record
    };
    let issues = vec![
        issue(1, json!({ "customfield_1": "CS-7, =1+1" })),
        issue(2, json!({ "customfield_1": "5003000000D8cuI", "customfield_2": "2026-01-01" })),
        issue(3, json!({ "customfield_1": "<b>none</b>" })),
        issue(4, json!({})),
    ];
    let field = |id: &str, name: &str, kind: &str| Field {
        id: id.into(),
        name: name.into(),
        custom: true,
        schema_type: Some(kind.into()),
        schema_custom: None,
    };
    let fields = vec![field("customfield_1", "Ticket", "string"), field("customfield_2", "Day", "date")];
    let batch = Batch { issues, reference: vec![ReferenceSet::Fields(fields)], ..Batch::default() };
    sink.commit(batch).await.expect("it is committed");
    store.release_lease(&lease).await.expect("it is given back");
}

#[tokio::test]
async fn a_field_is_tried_kept_and_forgotten_on_the_page() {
    with_server(async |server| {
        filled(&server).await;
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let get = async |query: &str| server.send(browser.get(&format!("{PAGE}{query}"))).await;
        let page = get("").await.body;
        assert!(page.contains("No field is named after cases of Salesforce"), "{page}");
        assert!(page.contains("Ticket (customfield_1)") && !page.contains("Day (customfield_2)"), "{page}");

        let tried = get("?field=customfield_1&prefix=CS-&several=true").await.body;
        for words in
            ["would give", "3 of 4 issues have a value", "2 of these name a case", "2 different cases"]
        {
            assert!(tried.contains(words), "{words}: {tried}");
        }
        assert!(tried.contains("5003000000D8cuIAAR") && tried.contains("&#60;b&#62;none"), "{tried}");
        assert!(get("").await.body.contains("nobody chose one"), "a trial keeps nothing");

        let file =
            server.send(browser.get(&format!("{PAGE}/unmatched.csv?field=customfield_1&prefix=CS-"))).await;
        assert_eq!(file.body, "key,project,value\nENG-1,ENG,'=1+1\nENG-3,ENG,<b>none</b>\n");

        let typed = [("field", "customfield_1"), ("prefix", "CS-"), ("several", "true")];
        let kept = server.send(browser.post(PAGE, &typed)).await;
        assert_eq!((kept.status, kept.header("location")), (303, Some(&*format!("{PAGE}?done=kept"))));
        let page = get("?done=kept").await.body;
        assert!(
            page.contains("Cases are read from “Ticket” (customfield_1).") && page.contains("Saved."),
            "{page}"
        );
        let forgotten = server.send(browser.post(PAGE, &[("forget", "yes")])).await;
        assert_eq!(forgotten.status, 303);
        assert!(get("").await.body.contains("nobody chose one"));

        let refused = server.send(browser.post(PAGE, &[("field", "customfield_2"), ("prefix", "CS-")])).await;
        assert!(refused.status == 409 && refused.body.contains("is not read as"), "{refused:?}");
        assert!(refused.body.contains("value=\"CS-\""), "what was typed stays: {}", refused.body);
    })
    .await;
}

#[tokio::test]
async fn a_field_that_is_read_by_its_name_and_left_out_is_told_as_left_out() {
    with_server(async |server| {
        filled(&server).await;
        let store = &server.app.store;
        let before = store.integration("the site").await.expect("an answer").expect("it is there");
        let holder = LeaseHolder { token: "t".into(), pid: 1, host: "here".into() };
        let lease =
            store.take_lease(&before.id, &holder, 60_000).await.expect("an answer").expect("it is free");
        let run = RunId::generate(server.clock.now(), server.app.environment.entropy.as_ref());
        store.begin_run(&lease, &run, (Trigger::Manual, None), 1).await.expect("it begins");
        let sealer = Sealer::new(|_, _, body| Ok(format!("sealed {}", body.len())));
        let sink = store.sink(&before.id, &run, lease.clone(), sealer, Retries::Due).await.expect("a sink");
        let named = Field {
            id: "customfield_3".into(),
            name: "Salesforce Case".into(),
            custom: true,
            schema_type: Some("string".into()),
            schema_custom: None,
        };
        let batch = Batch { reference: vec![ReferenceSet::Fields(vec![named])], ..Batch::default() };
        sink.commit(batch).await.expect("it is committed");
        store.release_lease(&lease).await.expect("it is given back");
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let page = server.send(browser.get(PAGE)).await.body;
        assert!(
            page.contains("Cases are read from “Salesforce Case” (customfield_3), by the name."),
            "{page}"
        );
        leave_out(&server, "the site", "customfield_3").await;
        let page = server.send(browser.get(PAGE)).await.body;
        assert!(page.contains("Cases are not read: customfield_3 is left out by configuration."), "{page}");
        assert!(!page.contains("nobody chose one"), "{page}");
        let reader = server.key(KeyScope::Read, None).await.secret;
        let shown = server.send(Request::get(API).key(&reader)).await.json();
        assert_eq!(
            (&shown["chosen"], &shown["missing"], &shown["left_out"]),
            (&json!(false), &json!("customfield_3"), &json!(true))
        );
    })
    .await;
}

#[tokio::test]
async fn programs_choose_a_field_and_page_through_what_names_none() {
    with_server(async |server| {
        filled(&server).await;
        let reader = server.key(KeyScope::Read, None).await.secret;
        let writer = server.key(KeyScope::Admin, None).await.secret;
        let put =
            async |key: &str, body: Value| server.send(Request::new("PUT", API).key(key).json(&body)).await;
        assert_eq!(put(&reader, json!({ "field": "customfield_1" })).await.status, 403);
        let kept = put(&writer, json!({ "field": "customfield_1", "several": true })).await.json();
        assert_eq!(
            (&kept["chosen"], &kept["filled"], &kept["matched"]),
            (&json!(true), &json!(3), &json!(1))
        );
        assert_eq!(kept["examples"][0]["case_id"], "5003000000D8cuIAAR");

        let mut found = vec![];
        let mut next = String::new();
        for _ in 0..5 {
            let page = server
                .send(Request::get(&format!("{API}/unmatched?limit=1{next}")).key(&reader))
                .await
                .json();
            found.extend(page["items"].as_array().expect("items").iter().map(|one| one["raw"].clone()));
            match page["next"].as_str() {
                Some(after) => next = format!("&after={after}"),
                None => break,
            }
        }
        assert_eq!(found, [json!("CS-7"), json!("=1+1"), json!("<b>none</b>")]);

        for (body, status) in [
            (json!({}), 400),
            (json!({ "field": "" }), 400),
            (json!({ "field": "customfield_1", "prefix": "x".repeat(41) }), 400),
            (json!({ "field": "customfield_9" }), 404),
            (json!({ "field": "customfield_2" }), 409),
        ] {
            assert_eq!(put(&writer, body.clone()).await.status, status, "{body}");
        }
        let spelled = server.send(Request::get(&format!("{API}?prefix=CS-")).key(&reader)).await.json();
        assert_eq!((&spelled["chosen"], &spelled["matched"]), (&json!(true), &json!(2)), "{spelled}");
        let gone = server.send(Request::new("DELETE", API).key(&writer)).await;
        assert_eq!(gone.status, 204);
        let shown = server.send(Request::get(API).key(&reader)).await.json();
        assert_eq!((&shown["chosen"], &shown["fields"]), (&json!(false), &json!([])));
    })
    .await;
}

#[tokio::test]
async fn a_field_that_is_mapped_stands_in_the_lists_of_a_rule() {
    with_server(async |server| {
        filled(&server).await;
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let form = "/integrations/the%20site/hygiene/rules/new";
        let choice = ">Ticket (customfield_1)</option>";
        assert!(!server.send(browser.get(form)).await.body.contains(choice));
        let mapped = browser.post("/integrations/the%20site/fields", &[("field", "customfield_1")]);
        assert_eq!(server.send(mapped).await.status, 303);
        let page = server.send(browser.get(form)).await.body;
        assert!(page.contains(&format!("value=\"custom:customfield_1\"{choice}")), "{page}");
    })
    .await;
}

#[tokio::test]
async fn a_rule_on_a_field_that_is_mapped_as_something_else_says_so_on_every_page_and_stops_no_other() {
    with_server(async |server| {
        filled(&server).await;
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let fields = "/integrations/the%20site/fields";
        let map = async |holds: &str| {
            let mapped = browser.post(fields, &[("field", "customfield_1"), ("holds", holds)]);
            let mapped = server.send(mapped).await;
            assert_eq!(mapped.status, 303, "{mapped:?}");
        };
        map("number").await;
        let page = "/integrations/the%20site/hygiene";
        let rule = [("as", "words"), ("name", "Big"), ("text", "custom:customfield_1 > 3"), ("do", "save")];
        assert_eq!(server.send(browser.post(&format!("{page}/rules/new"), &rule)).await.status, 303);
        map("text").await;
        for path in ["", "/rules", "?by=project"] {
            let shown = server.send(browser.get(&format!("{page}{path}"))).await;
            assert_eq!(shown.status, 200, "{path}: {shown:?}");
            assert!(shown.body.contains("custom:customfield_1 is read differently now"), "{path}: {shown:?}");
        }
        assert_eq!(server.send(browser.get(&format!("{page}/issues"))).await.status, 200);
        let unmap = browser.post(fields, &[("field", "customfield_1"), ("forget", "1")]);
        assert_eq!(server.send(unmap).await.status, 303);
        let shown = server.send(browser.get(page)).await.body;
        assert!(shown.contains("custom:customfield_1 is not mapped; map it under Fields"), "{shown}");
    })
    .await;
}

#[tokio::test]
async fn a_field_that_is_mapped_can_part_the_answer_by_what_it_stands_for_or_by_its_name() {
    with_server(async |server| {
        filled(&server).await;
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let page = "/integrations/the%20site/hygiene";
        let shown = async |by: &str| server.send(browser.get(&format!("{page}{by}"))).await.body;
        assert!(!shown("").await.contains("<option value=\"team\""));
        for mapped in [
            &[("field", "customfield_1"), ("role", "team")][..],
            &[("field", "customfield_2"), ("holds", "date")],
        ] {
            assert_eq!(
                server.send(browser.post("/integrations/the%20site/fields", mapped)).await.status,
                303
            );
        }
        let whole = shown("").await;
        for choice in ["<option value=\"team\">team<", "<option value=\"custom:customfield_2\">Day<"] {
            assert!(whole.contains(choice), "{choice}: {whole}");
        }
        for by in ["?by=team", "?by=custom:customfield_1"] {
            let parted = shown(by).await;
            assert!(parted.contains("By team") && parted.contains("CS-7, =1+1"), "{by}: {parted}");
            assert!(parted.contains("<option value=\"team\" selected>"), "{by}: {parted}");
        }
        assert!(shown("?by=custom:customfield_2").await.contains("By Day"));
    })
    .await;
}
