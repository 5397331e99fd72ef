//! The simulated authorization server: what it grants and refuses, whom the gateway takes its tokens for, and what they pay.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod support;

use jira_sim::{Oauth, OauthSites, Sim, SimOptions, World, WorldSpec};
use serde_json::{Value, json};
use std::time::Duration;
use support::{Answer, Client, text};

const BACK: &str = "https://weir.example/oauth/atlassian/callback";
const SCOPES: &str = "offline_access read:jira-work read:jira-user read:sprint:jira-software";

async fn sim(options: SimOptions) -> Sim {
    let oauth = Oauth { life: Duration::from_secs(3600), callbacks: vec![BACK.to_owned()] };
    let options = SimOptions { oauth: Some(oauth), short_pages: false, ..options };
    Sim::start(World::generate(WorldSpec::sized(100)), options).await.unwrap()
}

fn form(pairs: &[(&str, &str)]) -> String {
    let mut url = reqwest::Url::parse("http://sim.example/").unwrap();
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap().to_owned()
}

fn asking(scope: &str) -> Vec<(&str, &str)> {
    vec![
        ("audience", "api.atlassian.com"),
        ("client_id", Oauth::CLIENT),
        ("scope", scope),
        ("redirect_uri", BACK),
        ("state", "s-1 &"),
        ("response_type", "code"),
        ("prompt", "consent"),
    ]
}

/// What the callback is called with.
async fn answered(sim: &Sim, scope: &str, word: &str) -> Vec<(String, String)> {
    let http =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let mut pairs = asking(scope);
    pairs.push(("do", word));
    let request = http.post(format!("{}/authorize", sim.url())).body(form(&pairs));
    let response = request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
    assert_eq!(response.status(), 302);
    let to = response.headers()["location"].to_str().unwrap().to_owned();
    assert!(to.starts_with(BACK), "{to}");
    reqwest::Url::parse(&to).unwrap().query_pairs().into_owned().collect()
}

async fn token(sim: &Sim, more: Value) -> Answer {
    let mut body = json!({ "client_id": Oauth::CLIENT, "client_secret": Oauth::SECRET });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    Client::new(sim.url(), None).post("/oauth/token", &body).await
}

async fn consented(sim: &Sim, scope: &str) -> Value {
    let returned = answered(sim, scope, "accept").await;
    let asked = json!({ "grant_type": "authorization_code", "code": returned[0].1, "redirect_uri": BACK });
    token(sim, asked).await.good()
}

async fn refreshed(sim: &Sim, granted: &Value) -> Answer {
    let asked = json!({ "grant_type": "refresh_token", "refresh_token": granted["refresh_token"] });
    token(sim, asked).await
}

fn bearing(sim: &Sim, granted: &Value) -> Client {
    let base = format!("{}/ex/jira/{}", sim.gateway(), sim.world().cloud_id());
    Client::new(base, Some(format!("Bearer {}", text(&granted["access_token"]))))
}

fn refusal(answer: &Answer) -> (u16, String) {
    (answer.status, text(&answer.json()["error"]))
}

#[tokio::test]
async fn whoever_agrees_comes_back_with_a_code_that_is_good_once() {
    let sim = sim(SimOptions::default()).await;
    let page = Client::new(sim.url(), None).get(&format!("/authorize?{}", form(&asking(SCOPES)))).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Accept") && page.text.contains("read:jira-work"), "{}", page.text);
    let returned = answered(&sim, SCOPES, "accept").await;
    assert_eq!((&*returned[0].0, &*returned[1].0, &*returned[1].1), ("code", "state", "s-1 &"));
    let asked = json!({ "grant_type": "authorization_code", "code": returned[0].1, "redirect_uri": BACK });
    let granted = token(&sim, asked.clone()).await.good();
    assert_eq!((&granted["token_type"], &granted["expires_in"]), (&json!("Bearer"), &json!(3600)));
    assert_eq!(refusal(&token(&sim, asked).await), (403, "invalid_grant".into()), "a second time");
    let denied = answered(&sim, SCOPES, "cancel").await;
    assert_eq!((&*denied[0].0, &*denied[0].1), ("error", "access_denied"));
    assert_eq!(denied[2].1, "s-1 &");
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_never_told_to_the_app() {
    let sim = sim(SimOptions::default()).await;
    for (name, value) in [
        ("client_id", "nobody"),
        ("redirect_uri", "https://evil.example/"),
        ("audience", "x"),
        ("state", ""),
        ("scope", "read:jira-work fly:to-the-moon"),
    ] {
        let mut pairs = asking(SCOPES);
        pairs.iter_mut().filter(|(key, _)| *key == name).for_each(|pair| pair.1 = value);
        let page = Client::new(sim.url(), None).get(&format!("/authorize?{}", form(&pairs))).await;
        assert_eq!((page.status, page.header("location")), (400, None), "{name}");
    }
    let returned = answered(&sim, SCOPES, "accept").await;
    let asked = |back: &str, secret: &str| json!({ "grant_type": "authorization_code", "code": returned[0].1, "redirect_uri": back, "client_secret": secret });
    assert_eq!(refusal(&token(&sim, asked(BACK, "guess")).await), (401, "access_denied".into()));
    let elsewhere = token(&sim, asked("https://other.example/", Oauth::SECRET)).await;
    assert_eq!(refusal(&elsewhere), (403, "invalid_grant".into()));
    sim.set_clock(sim.now());
    let late = answered(&sim, SCOPES, "accept").await;
    sim.advance_clock(Duration::from_secs(300));
    let late = json!({ "grant_type": "authorization_code", "code": late[0].1, "redirect_uri": BACK });
    assert_eq!(refusal(&token(&sim, late).await), (403, "invalid_grant".into()));
}

#[tokio::test]
async fn a_refresh_token_is_good_once_also_for_two_who_ask_side_by_side() {
    let sim = sim(SimOptions::default()).await;
    let first = consented(&sim, SCOPES).await;
    let (one, other) = tokio::join!(refreshed(&sim, &first), refreshed(&sim, &first));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 403]);
    let (good, bad) = if one.status == 200 { (one, other) } else { (other, one) };
    assert_eq!(
        bad.json(),
        json!({ "error": "invalid_grant", "error_description": "Unknown or invalid refresh token." })
    );
    assert_eq!(sim.oauth_refreshed(), 1);
    let second = good.good();
    assert_eq!(bearing(&sim, &second).get("/rest/api/3/myself").await.status, 200);
    sim.set_clock(sim.now());
    sim.advance_clock(Duration::from_secs(91 * 24 * 3600));
    assert_eq!(refreshed(&sim, &second).await.status, 403, "nobody has used it for 90 days");
    let online = consented(&sim, "read:jira-user").await;
    assert_eq!(online["refresh_token"], Value::Null, "that comes with offline_access alone");
}

#[tokio::test]
async fn the_gateway_takes_a_token_for_its_scopes_until_it_ends() {
    let sim = sim(SimOptions::default()).await;
    let granted = consented(&sim, SCOPES).await;
    let reader = bearing(&sim, &granted);
    let me = reader.get("/rest/api/3/myself").await;
    assert!(me.header("x-aaccountid").is_some());
    me.good();
    for path in ["/rest/agile/1.0/board", "/rest/api/3/statuses/search"] {
        let refused = reader.get(path).await;
        assert_eq!(refused.status, 401, "{path}");
        assert!(refused.text.contains("scope does not match"), "{}", refused.text);
    }
    let at_the_site = Client::new(sim.url(), Some(format!("Bearer {}", text(&granted["access_token"]))));
    assert_eq!(at_the_site.get("/rest/api/3/myself").await.status, 403);
    let sites = at_the_site.get("/oauth/token/accessible-resources").await.good();
    assert_eq!((&sites[0]["id"], &sites[0]["url"]), (&json!(sim.world().cloud_id()), &json!(sim.url())));
    sim.set_oauth_sites(OauthSites::Both);
    let sites = at_the_site.get("/oauth/token/accessible-resources").await.good();
    assert_eq!((sites.as_array().unwrap().len(), &sites[1]["url"]), (2, &json!(sim.url())));
    sim.set_clock(sim.now());
    sim.advance_clock(Duration::from_secs(3600));
    assert_eq!(reader.get("/rest/api/3/myself").await.status, 401);
    let again = bearing(&sim, &refreshed(&sim, &granted).await.good());
    assert_eq!(again.get("/rest/api/3/myself").await.status, 200);
    sim.revoke_oauth();
    assert_eq!(again.get("/rest/api/3/myself").await.status, 401);
}

#[tokio::test]
async fn points_are_paid_by_tokens_of_oauth_alone_and_come_back_at_the_top_of_the_hour() {
    let sim = sim(SimOptions { points: Some(100), ..SimOptions::default() }).await;
    // 2026-11-01T10:20:00Z
    sim.set_clock(1_793_528_400_000);
    let reader = bearing(&sim, &consented(&sim, SCOPES).await);
    let left = |answer: &Answer| answer.header("x-ratelimit-remaining").unwrap().parse::<u64>().unwrap();
    let me = reader.get("/rest/api/3/myself").await;
    assert_eq!((me.header("x-ratelimit-limit"), left(&me)), (Some("100"), 99));
    assert_eq!(me.header("x-ratelimit-reset"), Some("2026-11-01T11:00:00.000Z"));
    assert_eq!(me.header("ratelimit"), None, "it is told where little is left");
    let found =
        reader.post("/rest/api/3/search/jql", &json!({ "jql": "created > 0", "maxResults": 90 })).await;
    assert_eq!(left(&found), 99 - 1 - 90);
    assert!(found.header("ratelimit").unwrap().contains("r=8"), "{:?}", found.header("ratelimit"));
    let more =
        reader.post("/rest/api/3/search/jql", &json!({ "jql": "created > 0", "maxResults": 90 })).await;
    assert_eq!((more.status, left(&more)), (200, 0), "what was begun is given");
    let over = reader.get("/rest/api/3/myself").await;
    assert_eq!((over.status, over.header("retry-after")), (429, Some("2400")));
    assert_eq!(over.header("ratelimit-reason"), Some("jira-quota-tenant-based"));
    let by_token = Client::new(sim.url(), Some(support::basic("reader@sim.example", "sim-unscoped-reader")));
    assert_eq!(by_token.get("/rest/api/3/myself").await.status, 200);
    sim.advance_clock(Duration::from_secs(2400));
    assert_eq!(left(&reader.get("/rest/api/3/myself").await), 99);
}
