//! How things are counted: kept for a workspace and for the installation, and the default of every question.

use super::{Server, client::Request, hygiene_then::read, issues::filled, with_server};
use serde_json::{Value, json};
use weir_model::{KeyScope, Priority, ReferenceSet, Role};

const SITE: &str = "/api/v1/integrations/the%20site/hygiene";

async fn get(server: &Server, key: &str, path: &str) -> Value {
    let answer = server.send(Request::get(path).key(key)).await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    answer.json()
}

fn weight(report: &Value, rule: &str) -> Value {
    let rules = report["rules"].as_array().expect("rules");
    rules
        .iter()
        .find(|line| line["rule"] == rule || line["name"] == rule)
        .map_or(Value::Null, |line| line["weight"].clone())
}

#[tokio::test]
async fn settings_of_a_workspace_hold_where_they_are_asked_for_or_are_the_only_ones() {
    with_server(async |server| {
        let id = filled(&server).await;
        let (own, other) = (server.workspace("own").await, server.workspace("other").await);
        let key = server.key(KeyScope::Admin, None).await.secret;
        let settings = |workspace| format!("/api/v1/workspaces/{workspace}/hygiene/settings");
        let usual = get(&server, &key, &settings(own)).await;
        assert_eq!((&usual["origin"], &usual["revision"]), (&json!("default"), &json!(0)));
        let with = |change: Value| {
            let mut body = usual["settings"].clone();
            body.as_object_mut().expect("settings").extend(change.as_object().expect("a change").clone());
            body
        };
        let put = async |path: &str, body: &Value| {
            server.send(Request::new("PUT", path).key(&key).json(body)).await
        };
        let idle = with(json!({ "weights": { "idle": 100 } }));
        assert_eq!(put("/api/v1/hygiene/settings", &idle).await.status, 200);
        let labels = with(
            json!({ "weights": { "no_components": 40, "no_due_date": 60 }, "off": ["idle"], "idle_days": 9 }),
        );
        let saved = put(&settings(own), &labels).await;
        assert_eq!((&saved.json()["origin"], &saved.json()["revision"]), (&json!("workspace"), &json!(1)));

        let report = async |query: String| get(&server, &key, &format!("{SITE}/report{query}")).await;
        assert_eq!(
            weight(&report(String::new()).await, "idle"),
            100.0,
            "mapped to nothing: the installation's"
        );
        server.app.store.map_integration(&id, &own, true).await.expect("it is mapped");
        let of_own = report(String::new()).await;
        assert_eq!((weight(&of_own, "no_due_date"), weight(&of_own, "idle")), (json!(60.0), Value::Null));
        server.app.store.map_integration(&id, &other, true).await.expect("it is mapped");
        assert_eq!(
            weight(&report(String::new()).await, "idle"),
            100.0,
            "mapped to several: the installation's"
        );
        assert_eq!(report(format!("?workspace={own}")).await["rules"], of_own["rules"]);
        let trend = get(&server, &key, &format!("{SITE}/trend?count=1&workspace={own}")).await;
        assert_eq!(trend["points"][0]["rules"], of_own["rules"], "the trend counts like the report");
        assert_eq!(
            weight(&report(format!("?workspace={other}")).await, "idle"),
            100.0,
            "it has none of its own"
        );
        let asked = report(format!("?workspace={own}&weight=no_assignee%3D100")).await;
        assert_eq!(weight(&asked, "no_assignee"), 100.0, "what a question gives goes before");
        let off =
            server.send(Request::get(&format!("{SITE}/issues?rule=idle&workspace={own}")).key(&key)).await;
        assert_eq!(off.code(), "hygiene.rule", "a rule that is off is not asked");

        let outsider = server.key(KeyScope::Read, Some(other)).await.secret;
        let hidden =
            server.send(Request::get(&format!("{SITE}/report?workspace={own}")).key(&outsider)).await;
        assert_eq!(hidden.status, 404, "settings of a workspace are for those who see it");
        let delete = async |tag: &str| {
            let request = Request::new("DELETE", &settings(own)).key(&key).header("if-match", tag);
            server.send(request).await.status
        };
        assert_eq!((delete("\"7\"").await, delete("\"1\"").await, delete("*").await), (412, 204, 409));
        assert_eq!(get(&server, &key, &settings(own)).await["origin"], "installation");
    })
    .await;
}

#[tokio::test]
async fn a_goal_for_nobody_is_told_wherever_it_is_shown() {
    with_server(async |server| {
        let id = filled(&server).await;
        let own = server.workspace("own").await;
        server.app.store.map_integration(&id, &own, true).await.expect("it is mapped");
        let high = Priority { id: "1".into(), name: "High".into(), position: 0 };
        read(&server, "the site", ReferenceSet::Priorities(vec![high])).await;
        let key = server.key(KeyScope::Admin, None).await.secret;
        for path in
            ["/api/v1/hygiene/settings".to_owned(), format!("/api/v1/workspaces/{own}/hygiene/settings")]
        {
            let mut body = get(&server, &key, &path).await["settings"].clone();
            body["resolution"]["goals"] =
                json!([{ "priority": "Hgih", "days": 1 }, { "priority": "high", "days": 2 }]);
            let kept = server.send(Request::new("PUT", &path).key(&key).json(&body)).await.json();
            let remark =
                "The goal priority=Hgih:1 is for no issue: no integration here has a priority \"Hgih\".";
            assert_eq!(kept["remarks"], json!([remark]));
            assert_eq!(get(&server, &key, &path).await["remarks"], json!([remark]), "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn settings_that_cannot_be_are_refused_and_changed_only_as_they_were_seen() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        let key = server.key(KeyScope::Write, Some(own)).await.secret;
        let path = format!("/api/v1/workspaces/{own}/hygiene/settings");
        let usual = get(&server, &key, &path).await["settings"].clone();
        for (member, value, code, pointer) in [
            ("weights", json!({ "idle": 104 }), "weights.sum", "/weights"),
            ("weights", json!({ "nobody's": 100 }), "hygiene.rule", "/weights"),
            ("idle_days", json!(-1), "hygiene.range", "/idle_days"),
            ("off", json!(["nobody's"]), "hygiene.rule", "/off"),
            ("response", json!({ "days": 1, "by": [] }), "hygiene.response", "/response"),
            ("resolution", json!({ "days": 1, "goals": [{ "days": 2 }] }), "hygiene.goal", "/resolution"),
        ] {
            let mut body = usual.clone();
            body[member] = value;
            let refused = server.send(Request::new("PUT", &path).key(&key).json(&body)).await;
            assert_eq!((refused.status, refused.code().as_str()), (409, code), "{refused:?}");
            assert_eq!(refused.json()["errors"][0]["pointer"], pointer);
        }
        let sum = {
            let mut body = usual.clone();
            body["weights"] = json!({ "idle": 104 });
            body
        };
        let refused = server.send(Request::new("PUT", &path).key(&key).json(&sum)).await.json();
        assert_eq!(
            (&refused["detail"], &refused["cause"]),
            (&json!("Weights add up to 104."), &json!("They must add up to 100."))
        );
        let put = async |tag: &str| {
            let request = Request::new("PUT", &path).key(&key).header("if-match", tag).json(&usual);
            server.send(request).await.status
        };
        assert_eq!((put("\"0\"").await, put("\"0\"").await, put("\"1\"").await), (200, 412, 200));
        let everywhere =
            server.send(Request::new("PUT", "/api/v1/hygiene/settings").key(&key).json(&usual)).await;
        assert_eq!(everywhere.status, 403, "those of the installation are for whoever looks after it");
    })
    .await;
}

#[tokio::test]
async fn a_new_rule_is_asked_for_its_weight_and_the_others_share_the_rest() {
    with_server(async |server| {
        let id = filled(&server).await;
        let own = server.workspace("own").await;
        server.app.store.map_integration(&id, &own, true).await.expect("it is mapped");
        let editor = server.account("ed", false, Some((own, &[Role::Editor]))).await;
        let browser = server.browser(&editor).await;
        let page = "/integrations/the%20site/hygiene/rules";
        let fields = [("as", "words"), ("name", "No labels"), ("text", "labels is missing"), ("do", "save")];
        let saved = server.send(browser.post(&format!("{page}/new"), &fields)).await;
        let next = saved.header("location").expect("the next page").to_owned();
        assert!(next.ends_with("/weight?done=added"), "{next}");
        let asked = server.send(browser.get(&next)).await;
        assert!(asked.status == 200 && asked.body.contains("in the workspace own"), "{asked:?}");
        let there = next.trim_end_matches("?done=added");
        let within = own.to_string();
        let give = |weight: &'static str, seen: &'static str| {
            browser.post(there, &[("within", &within), ("seen", seen), ("weight", weight)])
        };
        let odd = server.send(give("101", "0")).await;
        assert!(odd.status == 400 && odd.body.contains("cannot have the weight"), "{odd:?}");
        assert_eq!(server.send(give("20", "0")).await.status, 303);
        assert_eq!(server.send(give("30", "0")).await.status, 412, "they were changed meanwhile");
        let key = server.key(KeyScope::Read, Some(own)).await.secret;
        let report = get(&server, &key, &format!("{SITE}/report")).await;
        assert_eq!((weight(&report, "No labels"), weight(&report, "idle")), (json!(20.0), json!(10.0)));
        let shown = server.send(browser.get("/integrations/the%20site/hygiene")).await;
        assert!(shown.body.contains("Counted as in the workspace own."), "{shown:?}");
        assert_eq!(server.send(give("0", "1")).await.status, 303);
        let shown = server.send(browser.get("/integrations/the%20site/hygiene")).await;
        assert!(shown.body.contains("not counted") && shown.body.contains("Give weight"), "{shown:?}");
        let installation = browser.post(there, &[("within", ""), ("seen", "0"), ("weight", "5")]);
        assert_eq!(
            server.send(installation).await.status,
            403,
            "those of the installation are not an editor's"
        );
    })
    .await;
}

#[tokio::test]
async fn the_form_of_settings_shares_scales_keeps_and_forgets() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        let editor = server.account("ed", false, Some((own, &[Role::Editor]))).await;
        let viewer = server.account("lee", false, Some((own, &[Role::Viewer]))).await;
        let browser = server.browser(&editor).await;
        let path = format!("/settings/workspaces/{own}/hygiene");
        let shown = server.send(browser.get(&path)).await;
        assert!(shown.status == 200 && shown.body.contains("100 of 100"), "{shown:?}");
        let form = |what: &'static str, seen: &'static str, more: &[(&'static str, &'static str)]| {
            let mut fields = vec![
                ("do", what),
                ("seen", seen),
                ("idle_days", "20"),
                ("description_words", "12"),
                ("response_days", "1,5"),
                ("response_by", "comment"),
                ("response_goals", "project=ENG,type=Bug:0.5\r\n\r\npriority=High:1"),
                ("resolution_days", "10"),
                ("resolution_goals", ""),
                ("left_out", "Waiting, On hold"),
                ("on", "idle"),
                ("on", "no_assignee"),
            ];
            fields.extend(more);
            browser.post(&path, &fields)
        };
        let weights = [
            ("rule", "idle"),
            ("weight", "50"),
            ("rule", "no_assignee"),
            ("weight", "30"),
            ("rule", "no_due_date"),
            ("weight", "20"),
        ];
        let refused = server.send(form("save", "0", &weights)).await;
        assert!(refused.status == 400 && refused.body.contains("Weights add up to 80."), "{refused:?}");
        let scaled = server.send(form("scale", "0", &weights)).await;
        assert!(
            scaled.body.contains("value=\"62.5\"") && scaled.body.contains("value=\"37.5\""),
            "{scaled:?}"
        );
        assert!(scaled.body.contains("Nothing is kept yet") && scaled.body.contains("100 of 100"));
        let shared = server.send(form("share", "0", &weights)).await;
        assert!(shared.body.matches("value=\"50\"").count() == 2, "{shared:?}");
        let weights = [("rule", "idle"), ("weight", "62.5"), ("rule", "no_assignee"), ("weight", "37.5")];
        assert_eq!(server.send(form("save", "0", &weights)).await.status, 303);
        assert_eq!(server.send(form("save", "0", &weights)).await.status, 412);
        let key = server.key(KeyScope::Read, Some(own)).await.secret;
        let kept = get(&server, &key, &format!("/api/v1/workspaces/{own}/hygiene/settings")).await;
        let settings = &kept["settings"];
        assert_eq!(
            settings["response"],
            json!({ "days": 1.5, "by": ["comment"], "goals": [
                { "project": "ENG", "type": "Bug", "days": 0.5 }, { "priority": "High", "days": 1.0 },
            ]})
        );
        assert_eq!(settings["resolution"]["left_out"], json!(["Waiting", "On hold"]));
        assert_eq!(settings["weights"], json!({ "idle": 62.5, "no_assignee": 37.5 }));
        assert_eq!(settings["off"].as_array().map(Vec::len), Some(6));
        let lee = server.browser(&viewer).await;
        let seen = server.send(lee.get(&path)).await;
        assert!(
            seen.status == 200 && seen.body.contains("disabled") && !seen.body.contains("Scale to 100"),
            "{seen:?}"
        );
        assert_eq!(server.send(lee.post(&path, &[("do", "save")])).await.status, 403);
        assert_eq!(server.send(form("reset", "1", &[])).await.status, 303);
        let shown = server.send(browser.get(&format!("{path}?done=forgotten"))).await;
        assert!(shown.body.contains("Forgotten") && shown.body.contains("the usual ones"), "{shown:?}");
    })
    .await;
}
