//! Signing in through ADFS: in the set-up, on the page of a fresh credential, and through the API.

use super::{
    Server,
    client::Request,
    connecting::{WIZARD, draft_of, get, led, owner, post},
    with_server,
};
use jira_sim::{Adfs, DcVersion, Flavor, Sim, SimOptions, World, WorldSpec};
use serde_json::{Value, json};
use std::time::Duration;
use weir_model::{AuthMethod, KeyScope};
use weir_testkit::Engine;

const USER: &str = "SIM\\reader";
const PASSWORD: &str = "sim-adfs-reader";
const TOKEN: &str = "sim-unscoped-reader";
const SITE: &str = "/api/v1/integrations/Acme%20Jira";

async fn site(closed: bool) -> Sim {
    let flavor = Flavor::DataCenter(DcVersion::V10_3);
    let spec = WorldSpec { issues: 60, projects: 3, flavor, ..WorldSpec::default() };
    let adfs = Some(Adfs { life: Duration::from_secs(3600), closed });
    let options = SimOptions { adfs, ..SimOptions::default() };
    Sim::start(World::generate(spec), options).await.expect("the simulator starts")
}

fn credential(adfs: &str) -> Value {
    json!({
        "adfs_url": format!("{adfs}/adfs/oauth2/token"), "adfs_client_id": Adfs::CLIENT,
        "adfs_resource": Adfs::RESOURCE, "adfs_username": USER, "adfs_password": PASSWORD,
    })
}

async fn send(server: &Server, method: &str, path: &str, key: &str, body: Option<Value>) -> (u16, Value) {
    let request = Request::new(method, path).key(key);
    let answer = server.send(if let Some(body) = &body { request.json(body) } else { request }).await;
    (answer.status, answer.json())
}

fn asked(sim: &Sim) -> u64 {
    sim.stats().by_endpoint.get("POST /adfs/oauth2/token").copied().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_connects_a_data_center_through_adfs_and_gives_it_a_fresh_password() {
    let (sim, elsewhere) = (site(false).await, site(false).await);
    with_server(async |server| {
        let browser = owner(&server).await;
        let first = [("step", "address"), ("draft", ""), ("address", sim.url()), ("name", "Acme Jira")];
        let draft = draft_of(&led(&post(&server, &browser, WIZARD, &first).await));
        let at = |what: &str| format!("{WIZARD}?draft={draft}&step={what}");
        let usual = get(&server, &browser, &at("sign-in")).await;
        assert!(usual.body.contains("Sign in through ADFS") && !usual.body.contains("name=\"adfs_url\""));
        let asked_for = get(&server, &browser, &at("sign-in&method=adfs")).await;
        assert!(asked_for.body.contains("<details class=\"field\" open>"), "{}", asked_for.body);
        let entered = |other: (&'static str, &'static str)| {
            let all = [
                ("step", "sign-in".to_owned()),
                ("draft", draft.clone()),
                ("method", "adfs".to_owned()),
                ("adfs_url", sim.adfs_url().to_owned()),
                ("adfs_client_id", Adfs::CLIENT.to_owned()),
                ("adfs_resource", Adfs::RESOURCE.to_owned()),
                ("account", USER.to_owned()),
                ("secret", PASSWORD.to_owned()),
            ];
            all.map(|(name, usual)| (name, if name == other.0 { other.1.to_owned() } else { usual }))
        };
        let sign_in = async |other| {
            let fields = entered(other);
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, &**value)).collect();
            post(&server, &browser, WIZARD, &fields).await
        };
        for (other, status, code) in [
            (("adfs_resource", ""), 400, "auth.missing"),
            (("adfs_url", "ftp://adfs"), 400, "auth.adfs_address"),
            (("adfs_client_id", "nobody"), 422, "auth.adfs_client"),
            (("secret", "hunter2-hunter2"), 422, "auth.refused"),
        ] {
            let refused = sign_in(other).await;
            assert_eq!(refused.status, status, "{other:?}: {}", refused.body);
            assert!(refused.body.contains(code), "{other:?}: {}", refused.body);
            assert!(!refused.body.contains("hunter2") && refused.body.contains("value=\"SIM\\reader\""));
            let blamed = format!("id=\"{}\"", other.0);
            let (_, field) = refused.body.split_once(&blamed).expect("the field stays");
            let is_blamed = field.split('>').next().is_some_and(|tag| tag.contains("aria-invalid=\"true\""));
            assert_eq!(is_blamed, other.0 != "secret", "{other:?}: {field}");
        }
        // What was typed for one ADFS is sent to no other one.
        let other: Vec<(&str, String)> = entered(("adfs_url", ""))
            .into_iter()
            .filter(|(name, _)| *name != "secret" && *name != "adfs_url")
            .chain([("adfs_url", elsewhere.adfs_url().to_owned())])
            .collect();
        let other: Vec<(&str, &str)> = other.iter().map(|(name, value)| (*name, &**value)).collect();
        let refused = post(&server, &browser, WIZARD, &other).await;
        assert_eq!((refused.status, asked(&elsewhere)), (400, 0), "{}", refused.body);
        assert!(refused.body.contains("auth.missing"), "{}", refused.body);
        led(&sign_in(("", "")).await);
        let checks = get(&server, &browser, &at("sign-in")).await;
        assert!(checks.body.contains("All good: continue") && checks.body.contains("with a token of ADFS"));
        led(&post(
            &server,
            &browser,
            WIZARD,
            &[("step", "scope"), ("draft", &*draft), ("choice", "everything"), ("do", "next")],
        )
        .await);
        led(&post(&server, &browser, WIZARD, &[("step", "advanced"), ("draft", &draft)]).await);
        let review = get(&server, &browser, &at("review")).await;
        assert!(review.body.contains("<dt>ADFS</dt>"), "{}", review.body);
        led(&post(&server, &browser, WIZARD, &[("step", "review"), ("draft", &draft)]).await);
        let kept = server.app.store.integration("Acme Jira").await.expect("an answer").expect("it is kept");
        let method = AuthMethod::Adfs {
            user: USER.into(),
            url: sim.adfs_url().into(),
            client_id: Adfs::CLIENT.into(),
            resource: Adfs::RESOURCE.into(),
        };
        assert_eq!(kept.settings.auth, method);
        assert!(!format!("{:?}", kept.settings).contains(PASSWORD));

        let path = "/integrations/Acme%20Jira/authentication";
        let shown = get(&server, &browser, path).await;
        assert!(shown.body.contains("User name and password at ADFS") && shown.body.contains(Adfs::CLIENT));
        assert!(!shown.body.contains(PASSWORD) && shown.body.contains("value=\"adfs\" checked"));
        let before = asked(&sim);
        let fresh = |resource: &'static str, secret: &'static str| {
            [
                ("method", "adfs"),
                ("adfs_url", sim.adfs_url()),
                ("adfs_client_id", Adfs::CLIENT),
                ("adfs_resource", resource),
                ("secret", secret),
            ]
        };
        let refused = post(&server, &browser, path, &fresh("https://other.example/", PASSWORD)).await;
        assert!(refused.status == 422 && refused.body.contains("auth.adfs_resource"), "{}", refused.body);
        assert!(refused.body.contains("value=\"https://other.example/\""), "what was entered stays");
        let blank = post(&server, &browser, path, &fresh("", PASSWORD)).await;
        assert!(blank.status == 400 && blank.body.contains("auth.missing"), "{}", blank.body);
        led(&post(&server, &browser, path, &fresh(Adfs::RESOURCE, PASSWORD)).await);
        assert_eq!(asked(&sim), before + 2, "one token for all checks");
        led(&post(&server, &browser, path, &[("method", "personal_token"), ("secret", TOKEN)]).await);
        let kept = server.app.store.integration("Acme Jira").await.expect("an answer").expect("it is kept");
        assert_eq!(kept.settings.auth, AuthMethod::PersonalToken { user: "reader".into() });
        let activity = get(&server, &browser, "/integrations/Acme%20Jira/activity").await;
        assert!(activity.body.contains("integration.reauth") && !activity.body.contains(PASSWORD));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_connects_through_adfs_also_where_a_stranger_is_told_nothing() {
    let sim = site(true).await;
    with_server(async |server| {
        let own = server.workspace("own").await;
        let key = server.key(KeyScope::Write, Some(own)).await.secret;
        let wanted =
            json!({ "url": sim.url(), "name": "Acme Jira", "credential": credential(sim.adfs_url()) });
        let (status, made) = send(&server, "POST", "/api/v1/integrations", &key, Some(wanted)).await;
        assert_eq!(status, 201, "{made}");
        assert_eq!((&made["sign_in"], &made["account"]), (&json!("adfs"), &json!(USER)));
        assert_eq!(
            (&made["adfs_url"], &made["adfs_client_id"]),
            (&json!(sim.adfs_url()), &json!(Adfs::CLIENT))
        );
        assert!(!made.to_string().contains(PASSWORD));
        let (status, checks) = send(&server, "POST", &format!("{SITE}/validate"), &key, None).await;
        assert_eq!((status, &checks["passed"]), (200, &json!(true)), "{checks}");
        let mut fresh = credential(sim.adfs_url());
        fresh["adfs_password"] = json!("hunter2-hunter2");
        let (status, refused) =
            send(&server, "POST", &format!("{SITE}/reauth"), &key, Some(fresh.clone())).await;
        assert_eq!((status, &refused["code"]), (409, &json!("auth.refused")), "{refused}");
        assert!(!refused.to_string().contains("hunter2"));
        fresh["adfs_url"] = Value::Null;
        let (status, refused) = send(&server, "POST", &format!("{SITE}/reauth"), &key, Some(fresh)).await;
        assert_eq!((status, &refused["errors"][0]["pointer"]), (400, &json!("/adfs_url")), "{refused}");
        let right = credential(sim.adfs_url());
        let (status, _) = send(&server, "POST", &format!("{SITE}/reauth"), &key, Some(right)).await;
        assert_eq!(status, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_says_of_a_site_that_tells_strangers_nothing_that_it_is_behind_adfs() {
    let sim = site(true).await;
    with_server(async |server| {
        let browser = owner(&server).await;
        let first = [("step", "address"), ("draft", ""), ("address", sim.url()), ("name", "Acme Jira")];
        let closed = post(&server, &browser, WIZARD, &first).await;
        assert!(
            closed.body.contains("jira.not_jira") && closed.body.contains("name=\"behind\""),
            "{}",
            closed.body
        );
        let other = [&first[..], &[("behind", "nothing")]].concat();
        assert_eq!(post(&server, &browser, WIZARD, &other).await.status, 400);
        let said = [&first[..], &[("behind", "adfs")]].concat();
        let draft = draft_of(&led(&post(&server, &browser, WIZARD, &said).await));
        let shown = get(&server, &browser, &format!("{WIZARD}?draft={draft}&step=sign-in")).await;
        assert!(shown.body.contains("name=\"adfs_url\""), "{}", shown.body);
        let fields = [
            ("step", "sign-in"),
            ("draft", &*draft),
            ("method", "adfs"),
            ("adfs_url", sim.adfs_url()),
            ("adfs_client_id", Adfs::CLIENT),
            ("adfs_resource", Adfs::RESOURCE),
            ("account", USER),
            ("secret", PASSWORD),
        ];
        led(&post(&server, &browser, WIZARD, &fields).await);
        let scope = get(&server, &browser, &format!("{WIZARD}?draft={draft}&step=scope")).await;
        assert!(scope.body.contains("APOLLO"), "{}", scope.body);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_adfs_obeys_the_policy_of_addresses_as_that_of_the_site() {
    let (sim, elsewhere) = (site(false).await, site(false).await);
    let opened = sim.url().trim_start_matches("http://").to_owned();
    for engine in Engine::all() {
        let server = Server::with_opened(&engine, &[&opened]).await;
        let key = server.key(KeyScope::Admin, None).await.secret;
        let path = "/api/v1/integrations/validate";
        let given = json!({ "url": sim.url(), "credential": credential(elsewhere.adfs_url()) });
        let (_, refused) = send(&server, "POST", path, &key, Some(given)).await;
        let code = refused["code"].as_str().expect("a code");
        assert!(code.starts_with("url."), "{refused}");
        let new = json!({ "url": sim.url(), "name": "Acme", "credential": credential("https://10.9.8.7") });
        let (status, refused) = send(&server, "POST", "/api/v1/integrations", &key, Some(new)).await;
        let said = (status, &refused["code"], &refused["errors"][0]["pointer"]);
        assert_eq!(said, (409, &json!("url.blocked"), &json!("/credential/adfs_url")), "{refused}");
        assert_eq!(asked(&elsewhere), 0, "nothing was sent there");
        let given = json!({ "url": sim.url(), "credential": credential(sim.adfs_url()) });
        let (_, good) = send(&server, "POST", path, &key, Some(given)).await;
        assert_eq!(good["passed"], true, "{good}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_guesses_passwords_at_adfs_through_this_server() {
    let (sim, elsewhere) = (site(false).await, site(false).await);
    with_server(async |server| {
        let key = server.key(KeyScope::Admin, None).await.secret;
        let mut codes = vec![];
        for number in 0..11 {
            let mut wrong = credential(elsewhere.adfs_url());
            wrong["adfs_password"] = json!(format!("guess-{number}"));
            // Two sites by their names, and one ADFS.
            let host = if number % 2 == 0 { "127.0.0.1" } else { "localhost" };
            let given = json!({ "url": sim.url().replace("127.0.0.1", host), "credential": wrong });
            let (_, answer) = send(&server, "POST", "/api/v1/integrations/validate", &key, Some(given)).await;
            codes.push(answer["code"].as_str().expect("a code").to_owned());
        }
        let (last, before) = codes.split_last().expect("some");
        assert!(last == "check.held" && before.iter().all(|code| code == "auth.refused"), "{codes:?}");
    })
    .await;
}
