//! The life of an integration through the API: connected, checked, changed, given a fresh credential, deleted.

use super::{Server, client::Request, with_server};
use jira_sim::{Sim, SimOptions, World, WorldSpec};
use serde_json::{Value, json};
use weir_ingest::open_secret;
use weir_model::{Clock as _, KeyScope, Millis, Reach, RunId, Trigger};
use weir_store::LeaseHolder;
use weir_testkit::Engine;

const SITE: &str = "/api/v1/integrations/Acme%20Jira";
const EMAIL: &str = "reader@sim.example";
const TOKEN: &str = "sim-unscoped-reader";

pub(super) async fn site() -> Sim {
    let spec = WorldSpec { issues: 60, projects: 3, ..WorldSpec::default() };
    Sim::start(World::generate(spec), SimOptions::default()).await.expect("the simulator starts")
}

fn wanted(sim: &Sim) -> Value {
    json!({ "url": sim.url(), "name": "Acme Jira", "credential": { "email": EMAIL, "token": TOKEN } })
}

async fn send(server: &Server, method: &str, path: &str, key: &str, body: Option<Value>) -> (u16, Value) {
    let request = Request::new(method, path).key(key);
    let request = match &body {
        Some(body) => request.json(body),
        None => request,
    };
    let answer = server.send(request).await;
    (answer.status, if answer.body.is_empty() { Value::Null } else { answer.json() })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_is_connected_when_every_check_has_passed() {
    let sim = site().await;
    with_server(async |server| {
        let own = server.workspace("own").await;
        let key = server.key(KeyScope::Write, Some(own)).await.secret;
        let answer =
            server.send(Request::new("POST", "/api/v1/integrations").key(&key).json(&wanted(&sim))).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert_eq!(answer.header("location"), Some(SITE));
        let made = answer.json();
        assert_eq!((&made["name"], &made["sign_in"]), (&json!("Acme Jira"), &json!("api_token")), "{made}");
        assert!(!answer.body.contains(TOKEN));
        let (status, shown) = send(&server, "GET", SITE, &key, None).await;
        assert_eq!((status, &shown["revision"]), (200, &made["revision"]));
        let kept = server.app.store.integration("Acme Jira").await.expect("an answer").expect("it is kept");
        assert!(kept.settings.transport.guarded, "somebody else typed the address");
        let events = server.app.store.activity_of(&kept.id, None, 9).await.expect("an answer");
        let noted = format!("{events:?}");
        assert!(noted.contains("integration.create") && !noted.contains(TOKEN), "{noted}");
        let (status, again) = send(&server, "POST", "/api/v1/integrations", &key, Some(wanted(&sim))).await;
        assert_eq!((status, &again["code"]), (409, &json!("name.taken")));
        let (status, checks) = send(&server, "POST", &format!("{SITE}/validate"), &key, None).await;
        assert_eq!((status, &checks["passed"]), (200, &json!(true)), "{checks}");
        let checked = server.app.store.checked(&kept.id).await.expect("an answer").expect("they are kept");
        assert!(checked.document.contains("sign_in") && !checked.document.contains(TOKEN));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_tried_and_nothing_of_them_is_kept() {
    let sim = site().await;
    with_server(async |server| {
        let key = server.key(KeyScope::Admin, None).await.secret;
        let path = "/api/v1/integrations/validate";
        let mut given = json!({ "url": sim.url(), "credential": { "email": EMAIL, "token": TOKEN } });
        given["jql"] = json!("created >= 0");
        let (status, good) = send(&server, "POST", path, &key, Some(given.clone())).await;
        assert_eq!((status, &good["passed"]), (200, &json!(true)), "{good}");
        assert_eq!(good["checks"].as_array().map(Vec::len), Some(17));
        given["jql"] = json!("project = ");
        let (_, bad) = send(&server, "POST", path, &key, Some(given.clone())).await;
        assert_eq!((&bad["passed"], &bad["code"]), (&json!(false), &json!("jql.parse")), "{bad}");
        given["credential"]["token"] = json!("hunter2-hunter2");
        let (status, bad) = send(&server, "POST", path, &key, Some(given.clone())).await;
        assert_eq!((status, &bad["code"]), (200, &json!("auth.refused")), "{bad}");
        assert!(!bad.to_string().contains("hunter2"), "{bad}");
        for (member, value, code) in [
            ("projects", json!(["ENG"]), "scope.several"),
            ("timezone", json!("Mars/Olympus"), "zone.unknown"),
            ("interval_minutes", json!(0), "request.bad"),
            ("cron", json!("x"), "cron.bad"),
            ("nothing", json!(1), "request.bad"),
            ("credential", json!({}), "auth.missing"),
            ("credential", json!({ "token": "a", "password": "b" }), "auth.several"),
        ] {
            let mut wrong = given.clone();
            wrong[member] = value;
            let (_, answer) = send(&server, "POST", path, &key, Some(wrong)).await;
            assert_eq!(answer["code"], code, "{member}: {answer}");
        }
        assert_eq!(server.app.store.integrations().await.expect("an answer").len(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_a_user_types_leads_to_no_private_network() {
    for engine in Engine::all() {
        let server = Server::with_opened(&engine, &[]).await;
        let sim = site().await;
        let port = sim.url().rsplit(':').next().expect("a port").to_owned();
        let key = server.key(KeyScope::Admin, None).await.secret;
        let tried = async |url: String| {
            let given = json!({ "url": url, "credential": { "email": EMAIL, "token": TOKEN } });
            let (_, answer) =
                send(&server, "POST", "/api/v1/integrations/validate", &key, Some(given.clone())).await;
            assert_eq!(answer["passed"], false, "{url}: {answer}");
            let mut wanted = given;
            wanted["name"] = json!("site");
            let (status, refused) = send(&server, "POST", "/api/v1/integrations", &key, Some(wanted)).await;
            assert!(status >= 400, "{url}: {refused}");
            assert_eq!(refused["code"], answer["code"], "{url}");
            answer["code"].as_str().expect("a code").to_owned()
        };
        for host in [
            "127.0.0.1",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "localhost",
            "169.254.169.254",
            "2852039166",
            "10.1.2.3",
            "192.168.0.1",
            "100.64.0.1",
            "[fd00::1]",
            "[fe80::1]",
        ] {
            for scheme in ["http", "https"] {
                assert_eq!(
                    tried(format!("{scheme}://{host}:{port}")).await,
                    "url.blocked",
                    "{scheme} {host}"
                );
            }
        }
        assert_eq!(tried("http://8.8.8.8".to_owned()).await, "url.scheme");
        assert_eq!(sim.stats().requests, 0, "nothing was asked of the site");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_the_operator_has_opened_is_reached_by_its_name() {
    let engine = Engine::all().remove(0);
    let server = Server::with_opened(&engine, &["localhost"]).await;
    let sim = site().await;
    let key = server.key(KeyScope::Admin, None).await.secret;
    let mut given = wanted(&sim);
    given["url"] = json!(sim.url().replace("127.0.0.1", "localhost"));
    let (status, made) = send(&server, "POST", "/api/v1/integrations", &key, Some(given)).await;
    assert_eq!(status, 201, "{made}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_made_to_what_was_seen_and_its_effects_are_told() {
    let sim = site().await;
    with_server(async |server| {
        let own = server.workspace("own").await;
        let key = server.key(KeyScope::Write, Some(own)).await.secret;
        let (_, made) = send(&server, "POST", "/api/v1/integrations", &key, Some(wanted(&sim))).await;
        let revision = made["revision"].as_str().expect("a revision").to_owned();
        let change = |seen: &str, body: Value| {
            Request::new("PATCH", SITE).key(&key).header("if-match", &format!("\"{seen}\"")).json(&body)
        };
        let body = json!({ "interval_minutes": 60, "tags": ["a"], "owner": "Dana", "census_minutes": null });
        let answer = server.send(change(&revision, body.clone())).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let changed = answer.json();
        let site = &changed["integration"];
        assert_eq!((&site["interval_minutes"], &site["census_minutes"]), (&json!(60), &Value::Null));
        let effects = changed["effects"][0].as_str().expect("an effect").to_owned();
        assert!(effects.starts_with("Changed: ") && effects.contains("15 min to 60 min"), "{effects}");
        assert_eq!(server.send(change(&revision, body)).await.status, 412, "it is not as it was seen");
        let (status, answer) = send(&server, "PATCH", SITE, &key, Some(json!({ "jql": "project = " }))).await;
        assert_eq!((status, &answer["code"]), (409, &json!("jql.parse")), "{answer}");
        let (_, answer) = send(&server, "PATCH", SITE, &key, Some(json!({}))).await;
        assert_eq!(answer["code"], "edit.nothing", "{answer}");
        let (status, answer) = send(&server, "PATCH", SITE, &key, Some(json!({ "name": "new" }))).await;
        assert_eq!((status, &answer["code"]), (409, &json!("name.reserved")), "{answer}");
        let (status, answer) = send(&server, "PATCH", SITE, &key, Some(json!({ "name": "newer" }))).await;
        assert_eq!((status, &answer["integration"]["name"]), (200, &json!("newer")), "{answer}");
        let events = server.send(Request::get("/api/v1/integrations/newer").key(&key)).await;
        assert_eq!(events.status, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_credential_proves_itself_before_the_old_one_goes() {
    let sim = site().await;
    with_server(async |server| {
        let own = server.workspace("own").await;
        let key = server.key(KeyScope::Write, Some(own)).await.secret;
        send(&server, "POST", "/api/v1/integrations", &key, Some(wanted(&sim))).await;
        let store = &server.app.store;
        let kept = store.integration("Acme Jira").await.expect("an answer").expect("it is kept");
        let sealed = store.sealed(&kept.id).await.expect("an answer");
        let path = format!("{SITE}/reauth");
        let wrong = json!({ "token": "hunter2-hunter2" });
        let (status, answer) = send(&server, "POST", &path, &key, Some(wrong)).await;
        assert_eq!((status, &answer["code"]), (409, &json!("auth.refused")), "{answer}");
        let other = json!({ "email": "admin@sim.example", "token": "sim-unscoped-admin" });
        let (_, answer) = send(&server, "POST", &path, &key, Some(other)).await;
        assert_eq!(answer["code"], "auth.account_differs", "{answer}");
        assert!(answer["fix"].as_str().is_some_and(|fix| fix.contains("accept_other_account")), "{answer}");
        assert_eq!(store.sealed(&kept.id).await.expect("an answer"), sealed, "the old one is untouched");
        // Whoever changes something else meanwhile does not lose it.
        let change = json!({ "description": "hers" });
        let fresh = json!({ "token": TOKEN });
        let (renewed, changed) = tokio::join!(
            send(&server, "POST", &path, &key, Some(fresh)),
            send(&server, "PATCH", SITE, &key, Some(change))
        );
        assert_eq!((renewed.0, changed.0), (200, 200), "{renewed:?} {changed:?}");
        let after = store.integration("Acme Jira").await.expect("an answer").expect("it is kept");
        assert_eq!(after.settings.description, "hers");
        assert_ne!(store.sealed(&kept.id).await.expect("an answer"), sealed);
        let secret = open_secret(store, &server.app.vault, &after).await.expect("it opens");
        assert_eq!(weir_http::ExposeSecret::expose_secret(&secret), TOKEN);
        let meant = json!({
            "email": "admin@sim.example", "token": "sim-unscoped-admin", "accept_other_account": true
        });
        let (status, answer) = send(&server, "POST", &path, &key, Some(meant)).await;
        assert_eq!(status, 200, "{answer}");
        let now = store.integration("Acme Jira").await.expect("an answer").expect("it is kept");
        assert_ne!(now.settings.account_id, after.settings.account_id);
        let planned = store.planned_of(&now.id).await.expect("an answer").expect("it is there");
        let asked: Vec<_> = planned.requests.iter().map(|request| request.asked).collect();
        assert!(
            asked.contains(&weir_model::Asked::Verify),
            "what another account sees is compared: {asked:?}"
        );
        let admin = server.key(KeyScope::Admin, Some(own)).await.secret;
        let noted = "/api/v1/audit?action=integration.reauth&limit=1";
        let (_, audit) = send(&server, "GET", noted, &admin, None).await;
        assert!(audit.to_string().contains(&now.settings.account_id), "{audit}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_waits_and_can_be_taken_back() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        let (id, _) = server.integration("the site", &[own]).await;
        let key = server.key(KeyScope::Write, Some(own)).await.secret;
        let path = "/api/v1/integrations/the%20site";
        let (status, waits) = send(&server, "DELETE", path, &key, None).await;
        assert_eq!(status, 202, "{waits}");
        let due = Millis::parse(waits["due_at"].as_str().expect("an instant")).expect("an instant");
        assert_eq!(due.since(server.app.now()), 7 * 24 * 60 * 60_000, "a week");
        let (_, shown) = send(&server, "GET", path, &key, None).await;
        assert_eq!((&shown["status"], &shown["reason_code"]), (&json!("pending"), &json!("deleting")));
        let (status, refused) = send(&server, "POST", &format!("{path}/sync"), &key, None).await;
        assert_eq!((status, &refused["code"]), (409, &json!("integration.deleting")));
        let (status, _) = send(&server, "POST", &format!("{path}/deletion/cancel"), &key, None).await;
        assert_eq!(status, 200);
        let (status, none) = send(&server, "GET", &format!("{path}/deletion"), &key, None).await;
        assert_eq!((status, &none["code"]), (409, &json!("deletion.none")));
        let (status, bad) = send(&server, "DELETE", &format!("{path}?in=soon"), &key, None).await;
        assert_eq!((status, &bad["code"]), (400, &json!("deletion.delay")));
        let (status, _) = send(&server, "DELETE", &format!("{path}?in=0"), &key, None).await;
        assert_eq!(status, 202);
        let store = &server.app.store;
        let holder = weir_store::LeaseHolder { token: "t".into(), pid: 1, host: "here".into() };
        let lease = store.take_lease(&id, &holder, 60_000).await.expect("an answer").expect("it is free");
        store.delete_due(&id, &lease).await.expect("an answer").expect("it is due");
        assert_eq!(send(&server, "GET", path, &key, None).await.0, 404);
        let (_, receipts) = send(&server, "GET", "/api/v1/deleted-integrations", &key, None).await;
        let receipt = &receipts["items"][0];
        assert_eq!((&receipt["name"], &receipt["removed"]["runs"]), (&json!("the site"), &json!(1)));
        let elsewhere = server.workspace("elsewhere").await;
        let others = server.key(KeyScope::Write, Some(elsewhere)).await.secret;
        let (_, receipts) = send(&server, "GET", "/api/v1/deleted-integrations", &others, None).await;
        assert_eq!(receipts["items"], json!([]));
        let all = store.deleted_integrations(&Reach::Everything, None, 9).await.expect("an answer");
        assert_eq!(all.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_for_a_deletion_stops_the_run_in_hand() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        let (id, _) = server.integration("the site", &[own]).await;
        let key = server.key(KeyScope::Write, Some(own)).await.secret;
        let store = &server.app.store;
        let holder = weir_store::LeaseHolder { token: "t".into(), pid: 1, host: "here".into() };
        let lease = store.take_lease(&id, &holder, 60_000).await.expect("an answer").expect("it is free");
        let run = weir_model::RunId::generate(server.app.now(), server.app.environment.entropy.as_ref());
        let begun = (weir_model::Trigger::Schedule, None);
        store.begin_run(&lease, &run, begun, 1).await.expect("a run begins");
        assert_eq!(store.cancel_requested(&id).await.expect("an answer"), None);
        let (status, waits) = send(&server, "DELETE", "/api/v1/integrations/the%20site", &key, None).await;
        assert_eq!(status, 202, "{waits}");
        assert!(store.cancel_requested(&id).await.expect("an answer").is_some(), "it goes on");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_credential_is_told_before_and_a_fresh_one_says_that_it_is_in_use() {
    let sim = site().await;
    with_server(async |server| {
        let own = server.workspace("own").await;
        let key = server.key(KeyScope::Write, Some(own)).await.secret;
        send(&server, "POST", "/api/v1/integrations", &key, Some(wanted(&sim))).await;
        let path = format!("{SITE}/reauth");
        for (day, status) in [("soon", 400), ("2001-01-01", 409)] {
            let fresh = json!({ "token": TOKEN, "expires_on": day });
            let (told, answer) = send(&server, "POST", &path, &key, Some(fresh)).await;
            assert_eq!((told, &answer["errors"][0]["pointer"]), (status, &json!("/expires_on")), "{answer}");
        }
        let day = Millis(server.app.now().0 + 5 * 24 * 60 * 60_000).rfc3339()[..10].to_owned();
        let owner = server.account("owner", false, Some((own, &[weir_model::Role::Owner]))).await;
        let browser = server.browser(&owner).await;
        let page = "/integrations/Acme%20Jira/authentication";
        let odd = server.send(browser.post(page, &[("secret", TOKEN), ("expires_on", "soon")])).await;
        assert!(odd.status == 400 && odd.body.contains("A day is written like 2027-01-31"), "{odd:?}");
        let done = server.send(browser.post(page, &[("secret", TOKEN), ("expires_on", &day)])).await;
        let to = done.header("location").expect("a page");
        let checks = server.send(browser.get(to)).await.body;
        assert!(checks.contains("role=\"status\">The new credential has passed and is in use."), "{checks}");
        let (_, shown) = send(&server, "GET", SITE, &key, None).await;
        assert_eq!(shown["credential_expires_on"], json!(day));
        let reminder = format!("Its credential ends in 5 days, on {day}");
        for page in ["/integrations/Acme%20Jira/monitoring", "/integrations", page] {
            let page = server.send(browser.get(page)).await.body;
            assert!(page.contains(&reminder), "{page}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_password_that_was_refused_is_not_sent_while_somebody_types() {
    with_server(async |server| {
        let (id, _) = server.integration("the site", &[]).await;
        let store = &server.app.store;
        let run = RunId::generate(server.clock.now(), server.app.environment.entropy.as_ref());
        let holder = LeaseHolder { token: run.to_string(), pid: 1, host: "here".into() };
        let lease = store.take_lease(&id, &holder, 60_000).await.expect("an answer").expect("it is free");
        store.begin_run(&lease, &run, (Trigger::Manual, None), 1).await.expect("it begins");
        store.hold_password(&lease, &run).await.expect("it is held");
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let asked = browser.post("/integrations/the%20site/complete", &[("text", "project = ")]);
        let answer = server.send(asked).await;
        assert!(answer.body.contains("was refused before and is not sent again"), "{answer:?}");
    })
    .await;
}
