//! Reading a site with somebody's consent: asked for in the set-up, on the page of a fresh credential and through the API, given
//! at the simulated Atlassian, and taken once from whoever asked.

use super::{
    Browser, Server,
    client::{Answer, Request},
    connecting::{WIZARD, draft_of, get, led, owner, post},
};
use jira_sim::{Oauth, OauthSites, Sim, SimOptions, World, WorldSpec};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
use weir_model::{AuthMethod, KeyScope};
use weir_testkit::Engine;

/// What is said of a way back that is none.
const STALE: &str = "This way back from Atlassian is none that is open.";

const PATH: &str = "/integrations/Acme%20Jira/authentication";

async fn site() -> Sim {
    let spec = WorldSpec { issues: 60, projects: 3, ..WorldSpec::default() };
    let oauth = Some(Oauth { life: Duration::from_secs(3600), callbacks: vec![] });
    Sim::start(World::generate(spec), SimOptions { oauth, ..SimOptions::default() }).await.expect("it starts")
}

async fn with_server(sim: &Sim, test: impl AsyncFn(Server)) {
    for engine in Engine::all() {
        let server = Server::start_with(&engine, |parts| {
            parts.environment.atlassian_api = sim.gateway().to_owned();
            parts.environment.atlassian_auth = sim.gateway().to_owned();
        })
        .await;
        test(server).await;
    }
}

fn place(sim: &Sim) -> SocketAddr {
    sim.url().trim_start_matches("http://").parse().expect("an address")
}

/// Where the page that leads to Atlassian leads.
fn leads(page: &Answer) -> String {
    assert_eq!(page.status, 200, "{}", page.body);
    let (_, rest) = page.body.split_once("class=\"button primary\" href=\"").expect("a link");
    rest.split('"').next().expect("its end").replace("&#38;", "&").replace("&amp;", "&")
}

/// Answers the consent page like this; gives the path that the browser comes back to.
async fn answered(sim: &Sim, server: &Server, address: &str, word: &str) -> String {
    let (_, query) = address.split_once('?').expect("a query");
    let body = format!("{query}&account=reader%40sim.example&do={word}");
    let mut fields: Vec<(String, String)> =
        url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    fields.dedup();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    let answer = Request::new("POST", "/authorize").form(&fields).send(place(sim)).await;
    let to = answer.header("location").unwrap_or_else(|| panic!("{}", answer.body)).to_owned();
    to.strip_prefix(&format!("http://{}", server.address)).unwrap_or_else(|| panic!("{to}")).to_owned()
}

async fn begun(server: &Server, browser: &Browser, sim: &Sim) -> String {
    begun_as(server, browser, sim, "Acme Jira").await
}

async fn begun_as(server: &Server, browser: &Browser, sim: &Sim, name: &str) -> String {
    let first = [("step", "address"), ("draft", ""), ("address", sim.url()), ("name", name)];
    draft_of(&led(&post(server, browser, WIZARD, &first).await))
}

async fn ask(server: &Server, browser: &Browser, draft: &str, secret: &str) -> Answer {
    let fields = [
        ("step", "sign-in"),
        ("draft", draft),
        ("method", "oauth"),
        ("do", "ask"),
        ("oauth_client_id", Oauth::CLIENT),
        ("secret", secret),
    ];
    post(server, browser, WIZARD, &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_gives_consent_in_the_set_up_and_the_site_is_connected() {
    let sim = site().await;
    with_server(&sim, async |server| {
        let browser = owner(&server).await;
        let draft = begun(&server, &browser, &sim).await;
        let at = |what: &str| format!("{WIZARD}?draft={draft}&step={what}");
        let form = get(&server, &browser, &at("sign-in&method=oauth")).await;
        let callback = format!("http://{}/oauth/atlassian/callback", server.address);
        assert!(form.body.contains(&callback) && form.body.contains("read:jira-work"), "{}", form.body);
        let blank = ask(&server, &browser, &draft, "").await;
        assert!(blank.status == 400 && blank.body.contains("auth.missing"), "{}", blank.body);
        let page = ask(&server, &browser, &draft, Oauth::SECRET).await;
        assert!(!page.body.contains(Oauth::SECRET), "{}", page.body);
        let address = leads(&page);
        assert!(address.contains("offline_access") && !address.contains("manage"), "{address}");
        let early = [("step", "sign-in"), ("draft", &*draft), ("method", "oauth")];
        let early = post(&server, &browser, WIZARD, &early).await;
        assert!(early.body.contains("auth.consent"), "{}", early.body);

        let denied = answered(&sim, &server, &address, "cancel").await;
        led(&get(&server, &browser, &denied).await);
        let shown = get(&server, &browser, &at("sign-in&method=oauth")).await;
        assert!(shown.body.contains("was not given consent"), "{}", shown.body);

        let address = leads(&ask(&server, &browser, &draft, Oauth::SECRET).await);
        let back = answered(&sim, &server, &address, "accept").await;
        led(&get(&server, &browser, &back).await);
        let again = get(&server, &browser, &back).await;
        assert!(again.body.contains(STALE), "taken once: {}", again.body);
        let given = get(&server, &browser, &at("sign-in&method=oauth")).await;
        assert!(
            given.body.contains("Consent was given") && !given.body.contains("sim-access"),
            "{}",
            given.body
        );
        led(&post(&server, &browser, WIZARD, &[("step", "sign-in"), ("draft", &draft), ("method", "oauth")])
            .await);
        let checks = get(&server, &browser, &at("sign-in")).await;
        assert!(checks.body.contains("All good: continue"), "{}", checks.body);
        let scope = [("step", "scope"), ("draft", &*draft), ("choice", "everything"), ("do", "next")];
        led(&post(&server, &browser, WIZARD, &scope).await);
        led(&post(&server, &browser, WIZARD, &[("step", "advanced"), ("draft", &draft)]).await);
        led(&post(&server, &browser, WIZARD, &[("step", "review"), ("draft", &draft)]).await);
        let kept = server.app.store.integration("Acme Jira").await.expect("an answer").expect("it is kept");
        assert!(
            matches!(&kept.settings.auth, AuthMethod::OAuth { client_id, .. } if client_id == Oauth::CLIENT),
            "{:?}",
            kept.settings.auth
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_comes_back_with_it_and_none_too_late_nor_for_another_site() {
    let sim = site().await;
    with_server(&sim, async |server| {
        let browser = owner(&server).await;
        let draft = begun(&server, &browser, &sim).await;
        let address = leads(&ask(&server, &browser, &draft, Oauth::SECRET).await);
        let back = answered(&sim, &server, &address, "accept").await;
        let stranger = server.send(Request::get(&back)).await;
        assert!([303, 401].contains(&stranger.status), "{stranger:?}");
        let (path, _) = back.split_once("state=").expect("a state");
        let forged = get(&server, &browser, &format!("{path}state=1234.5678")).await;
        assert!(forged.body.contains(STALE), "{}", forged.body);
        let other = server.account("other", true, None).await;
        let other = server.browser(&other).await;
        let theirs = get(&server, &other, &back).await;
        assert!(theirs.body.contains(STALE), "{}", theirs.body);
        server.clock.advance(10 * 60_000);
        let late = get(&server, &browser, &back).await;
        assert!(late.body.contains(STALE), "{}", late.body);

        let address = leads(&ask(&server, &browser, &draft, "guess").await);
        led(&get(&server, &browser, &answered(&sim, &server, &address, "accept").await).await);
        let at = format!("{WIZARD}?draft={draft}&step=sign-in&method=oauth");
        let shown = get(&server, &browser, &at).await;
        assert!(shown.body.contains("auth.consent_app") && !shown.body.contains("guess"), "{}", shown.body);
        sim.set_oauth_sites(OauthSites::Other);
        let address = leads(&ask(&server, &browser, &draft, Oauth::SECRET).await);
        led(&get(&server, &browser, &answered(&sim, &server, &address, "accept").await).await);
        let shown = get(&server, &browser, &at).await;
        assert!(shown.body.contains("https://other-sim.atlassian.net"), "{}", shown.body);
        sim.set_oauth_sites(OauthSites::Own);
    })
    .await;
}

async fn send(server: &Server, method: &str, path: &str, key: &str, body: Option<Value>) -> (u16, Value) {
    let request = Request::new(method, path).key(key);
    let answer = server.send(if let Some(body) = &body { request.json(body) } else { request }).await;
    (answer.status, answer.json())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_asks_for_no_consent_and_uses_that_of_nobody_else() {
    let sim = site().await;
    with_server(&sim, async |server| {
        let key = server.key(KeyScope::Admin, None).await.secret;
        let wanted = json!({ "url": sim.url(), "client_id": Oauth::CLIENT, "client_secret": Oauth::SECRET });
        let (status, refused) = send(&server, "POST", "/api/v1/consents", &key, Some(wanted)).await;
        assert_eq!(status, 403, "{refused}");
        assert!(refused.to_string().contains("by a person who is signed in"), "{refused}");
        let given = json!({ "url": sim.url(), "credential": { "consent": "nothing" } });
        let path = "/api/v1/integrations/validate";
        let (status, refused) = send(&server, "POST", path, &key, Some(given)).await;
        assert_eq!(status, 409, "{refused}");
        let (status, _) = send(&server, "GET", "/api/v1/consents/nothing", &key, None).await;
        assert_eq!(status, 403);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_gives_way_to_consent_and_the_other_way_round() {
    let sim = site().await;
    with_server(&sim, async |server| {
        let browser = owner(&server).await;
        let key = server.key(KeyScope::Admin, None).await.secret;
        let token = json!({ "email": "reader@sim.example", "token": "sim-unscoped-reader" });
        let wanted = json!({ "url": sim.url(), "name": "Acme Jira", "credential": token });
        let (status, made) = send(&server, "POST", "/api/v1/integrations", &key, Some(wanted)).await;
        assert_eq!(status, 201, "{made}");
        let fields = [
            ("method", "oauth"),
            ("do", "ask"),
            ("oauth_client_id", Oauth::CLIENT),
            ("secret", Oauth::SECRET),
        ];
        let address = leads(&post(&server, &browser, PATH, &fields).await);
        let back = answered(&sim, &server, &address, "accept").await;
        let form = led(&get(&server, &browser, &back).await);
        let (_, consent) = form.split_once("consent=").expect("it is named");
        let shown = get(&server, &browser, &form).await;
        assert!(shown.body.contains("Consent was given"), "{}", shown.body);
        led(&post(&server, &browser, PATH, &[("method", "oauth"), ("consent", consent)]).await);
        let auth = async || {
            let kept = server.app.store.integration("Acme Jira").await.expect("an answer");
            kept.expect("it is kept").settings.auth
        };
        assert!(matches!(auth().await, AuthMethod::OAuth { .. }));
        let used = post(&server, &browser, PATH, &[("method", "oauth"), ("consent", consent)]).await;
        assert!(used.body.contains("auth.consent_unknown"), "it was used: {}", used.body);
        let fields =
            [("method", "api_token"), ("account", "reader@sim.example"), ("secret", "sim-unscoped-reader")];
        led(&post(&server, &browser, PATH, &fields).await);
        assert!(matches!(auth().await, AuthMethod::SiteToken { .. }));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_for_one_site_is_none_for_another() {
    let (sim, other) = (site().await, super::life::site().await);
    with_server(&sim, async |server| {
        let browser = owner(&server).await;
        let draft = begun(&server, &browser, &sim).await;
        let address = leads(&ask(&server, &browser, &draft, Oauth::SECRET).await);
        led(&get(&server, &browser, &answered(&sim, &server, &address, "accept").await).await);
        let moved =
            [("step", "address"), ("draft", &*draft), ("address", other.url()), ("name", "Acme Jira")];
        led(&post(&server, &browser, WIZARD, &moved).await);
        let form = get(&server, &browser, &format!("{WIZARD}?draft={draft}&step=sign-in&method=oauth")).await;
        assert!(!form.body.contains("Consent was given"), "{}", form.body);
        let tried = [("step", "sign-in"), ("draft", &*draft), ("method", "oauth")];
        let refused = post(&server, &browser, WIZARD, &tried).await;
        assert!(refused.body.contains("auth.consent"), "{}", refused.body);

        let key = server.key(KeyScope::Admin, None).await.secret;
        let token = json!({ "email": "reader@sim.example", "token": "sim-unscoped-reader" });
        let wanted = json!({ "url": other.url(), "name": "Acme Jira", "credential": token });
        let (status, made) = send(&server, "POST", "/api/v1/integrations", &key, Some(wanted)).await;
        assert_eq!(status, 201, "{made}");
        // As a consent would be that was moved: its tokens are those of the first site.
        let first = begun_as(&server, &browser, &sim, "First").await;
        let address = leads(&ask(&server, &browser, &first, Oauth::SECRET).await);
        led(&get(&server, &browser, &answered(&sim, &server, &address, "accept").await).await);
        let consent = server.app.store.draft(&first.parse().expect("an id")).await.expect("an answer");
        let document: Value = serde_json::from_str(&consent.expect("it is kept").document).expect("JSON");
        let consent = document["consent"].as_str().expect("an id");
        let used = post(&server, &browser, PATH, &[("method", "oauth"), ("consent", consent)]).await;
        assert!(used.body.contains("auth.site"), "{}", used.body);
        let kept = server.app.store.integration("Acme Jira").await.expect("an answer").expect("it is kept");
        assert!(matches!(kept.settings.auth, AuthMethod::SiteToken { .. }), "{:?}", kept.settings.auth);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_asks_through_the_api_and_sees_what_became_of_it() {
    let sim = site().await;
    with_server(&sim, async |server| {
        let browser = owner(&server).await;
        let sent = async |method: &str, path: &str, body: Option<&Value>| {
            let request = Request::new(method, path)
                .header("cookie", &browser.cookie)
                .header("sec-fetch-site", "same-origin")
                .header("x-form-token", &browser.form_token);
            let answer = server.send(if let Some(body) = body { request.json(body) } else { request }).await;
            (answer.status, answer.json())
        };
        let wanted = json!({ "url": sim.url(), "client_id": Oauth::CLIENT, "client_secret": Oauth::SECRET });
        let (status, asked) = sent("POST", "/api/v1/consents", Some(&wanted)).await;
        assert_eq!((status, &asked["state"]), (201, &json!("asked")), "{asked}");
        assert!(!asked.to_string().contains(Oauth::SECRET));
        let path = format!("/api/v1/consents/{}", asked["id"].as_str().expect("an id"));
        let given =
            json!({ "url": sim.url(), "name": "Acme Jira", "credential": { "consent": asked["id"] } });
        let (status, early) = sent("POST", "/api/v1/integrations", Some(&given)).await;
        assert_eq!((status, &early["code"]), (409, &json!("auth.consent")), "{early}");
        let address = asked["address"].as_str().expect("an address");
        let page = get(&server, &browser, &answered(&sim, &server, address, "accept").await).await;
        assert!(page.status == 200 && page.body.contains("Consent was given"), "{}", page.body);
        let elsewhere = json!({
            "url": "http://127.0.0.1:9", "name": "Other", "credential": { "consent": asked["id"] },
        });
        let (status, refused) = sent("POST", "/api/v1/integrations", Some(&elsewhere)).await;
        assert_eq!((status, &refused["code"]), (409, &json!("auth.site")), "{refused}");
        let (_, shown) = sent("GET", &path, None).await;
        assert_eq!((&shown["state"], &shown["address"]), (&json!("given"), &Value::Null), "{shown}");
        let (status, made) = sent("POST", "/api/v1/integrations", Some(&given)).await;
        assert_eq!((status, &made["sign_in"]), (201, &json!("oauth")), "{made}");
        let (status, _) = sent("GET", &path, None).await;
        assert_eq!(status, 404, "it is the integration's now");
    })
    .await;
}
