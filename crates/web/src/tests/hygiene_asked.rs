//! Reports whose question not each of their integrations can be asked, and how such reports are changed all the same.

use super::{
    client::Request,
    hygiene_parts::{id_of, leave_out, post, two},
    hygiene_then::lists,
    with_server,
};
use serde_json::{Value, json};

const REPORTS: &str = "/api/v1/hygiene/reports";
const TEAM: &str = "customfield_7";
const SPRINT: [&str; 3] = ["customfield_9", "array", "com.pyxis.greenhopper.jira:gh-sprint"];

#[tokio::test]
async fn a_filter_on_a_field_that_an_integration_has_not_mapped_is_not_there() {
    with_server(async |server| {
        let key = two(&server).await;
        let falcons = json!({ "name": "Falcons", "filters": ["type=Bug", "team=Falcons"] });
        let nowhere = post(&server, &key, REPORTS, &falcons).await;
        assert_eq!(nowhere.code(), "hygiene.field", "it means nothing anywhere: {nowhere:?}");
        lists(&server, "whole", &[[TEAM, "string", ""]]).await;
        let mapping = format!("/api/v1/integrations/whole/fields/{TEAM}/mapping");
        let mapped = Request::new("PUT", &mapping).key(&key).json(&json!({ "role": "team" }));
        assert_eq!(server.send(mapped).await.status, 200);

        let refused = post(&server, &key, REPORTS, &falcons).await;
        assert_eq!((refused.status, refused.code().as_str()), (409, "hygiene.not_there"), "{refused:?}");
        assert_eq!(refused.json()["errors"][0]["pointer"], "/filters/1");
        for words in ["cannot be asked of \\\"cut\\\"", "There is no field team"] {
            assert!(refused.body.contains(words), "{words}: {refused:?}");
        }
        let mut named = falcons.clone();
        named["integrations"] = json!([id_of(&server, "whole").await]);
        assert_eq!(post(&server, &key, REPORTS, &named).await.status, 201);
    })
    .await;
}

#[tokio::test]
async fn a_basis_that_an_integration_cannot_be_asked_by_is_refused() {
    with_server(async |server| {
        let key = two(&server).await;
        lists(&server, "cut", &[SPRINT]).await;
        let sprint = json!({ "name": "Sprint", "basis": "active_sprint" });
        leave_out(&server, "cut", SPRINT[0]).await;
        let refused = post(&server, &key, REPORTS, &sprint).await;
        assert_eq!((refused.status, refused.code().as_str()), (409, "hygiene.left_out"), "{refused:?}");
        assert_eq!(refused.json()["errors"][0]["pointer"], "/basis");
        assert!(refused.body.contains("cannot be asked of \\\"cut\\\""), "{refused:?}");
        let mut named = sprint.clone();
        named["integrations"] = json!([id_of(&server, "whole").await]);
        assert_eq!(post(&server, &key, REPORTS, &named).await.status, 201);
        leave_out(&server, "cut", "duedate").await;
        assert_eq!(
            post(&server, &key, REPORTS, &json!({ "name": "All", "basis": "active_sprint" })).await.status,
            201
        );
    })
    .await;
}

#[tokio::test]
async fn a_report_that_cannot_be_asked_any_more_can_have_another_name() {
    with_server(async |server| {
        let key = two(&server).await;
        let whole = id_of(&server, "whole").await;
        let of = |name: &str, filter: &str| {
            json!({ "name": name, "filters": [filter], "integrations": [whole], "compare_days": 30 })
        };
        let made = post(&server, &key, REPORTS, &of("Due", "due_date=")).await.json();
        let path = format!("{REPORTS}/{}", made["id"].as_str().expect("an id"));
        leave_out(&server, "whole", "duedate").await;
        let put = async |body: &Value| server.send(Request::new("PUT", &path).key(&key).json(body)).await;
        let renamed = put(&of("Later", "due_date=")).await;
        assert_eq!((renamed.status, &renamed.json()["name"]), (200, &json!("Later")), "{renamed:?}");
        let other = put(&of("Later", "due_date=2026-01-01")).await;
        assert_eq!((other.status, other.code().as_str()), (409, "hygiene.left_out"), "{other:?}");
        let mut wider = of("Later", "due_date=");
        wider["integrations"] = json!([]);
        assert_eq!(put(&wider).await.code(), "hygiene.left_out", "other integrations are asked anew");

        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let form = |name, filters| {
            [
                ("seen", "2"),
                ("name", name),
                ("integration", whole.as_str()),
                ("basis", "all"),
                ("filters", filters),
                ("weights", ""),
                ("compare", "30"),
            ]
        };
        let edit = format!("{}/edit", path.trim_start_matches("/api/v1"));
        let refused = server.send(browser.post(&edit, &form("Last", "due_date=2026-01-01"))).await;
        assert!(refused.status == 400 && refused.body.contains("left out"), "{refused:?}");
        assert_eq!(server.send(browser.post(&edit, &form("Last", "due_date="))).await.status, 303);
    })
    .await;
}

#[tokio::test]
async fn a_report_whose_weighted_rule_is_gone_can_have_another_name() {
    with_server(async |server| {
        let key = two(&server).await;
        let rules = "/api/v1/integrations/whole/hygiene/rules";
        let mine = json!({ "name": "Mine", "text": "labels is missing" });
        let mine = post(&server, &key, rules, &mine).await.json()["id"].as_str().expect("an id").to_owned();
        let body = |name: &str| json!({ "name": name, "basis": "open", "weights": { mine.clone(): 100 } });
        let made = post(&server, &key, REPORTS, &body("Own")).await.json();
        let path = format!("{REPORTS}/{}", made["id"].as_str().expect("an id"));
        assert_eq!(
            server.send(Request::new("DELETE", &format!("{rules}/{mine}")).key(&key)).await.status,
            204
        );
        let put = Request::new("PUT", &path).key(&key).json(&body("Renamed"));
        assert_eq!(server.send(put).await.status, 200);
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let weights = format!("{mine}=100");
        let form = |weights| {
            [
                ("seen", "2"),
                ("name", "Again"),
                ("basis", "open"),
                ("filters", ""),
                ("weights", weights),
                ("compare", ""),
            ]
        };
        let edit = format!("{}/edit", path.trim_start_matches("/api/v1"));
        let other = format!("{mine}=40\nidle=60");
        let refused = server.send(browser.post(&edit, &form(other.as_str()))).await;
        assert!(refused.status >= 400 && refused.body.contains("There is no rule"), "{refused:?}");
        assert_eq!(server.send(browser.post(&edit, &form(weights.as_str()))).await.status, 303);
    })
    .await;
}
