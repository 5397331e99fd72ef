//! The simulated AD FS: what it grants and refuses, and whom the site takes its tokens for.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod support;

use jira_sim::{Adfs, AdfsTrouble, DcVersion, Sim, SimOptions};
use serde_json::{Value, json};
use std::time::Duration;
use support::{Answer, Client, READER, dc, text, token};

const FORM: &str = "application/x-www-form-urlencoded";

async fn beside(closed: bool) -> Sim {
    let adfs = Adfs { life: Duration::from_secs(60), closed };
    let options = SimOptions { adfs: Some(adfs), context_path: "/jira".to_owned(), ..SimOptions::default() };
    dc(DcVersion::V10_3, 200, options).await
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    let mut url = reqwest::Url::parse("http://sim.example/").unwrap();
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap().to_owned()
}

/// Asks for a token, with one parameter another way or (where it is empty) left out.
async fn ask(sim: &Sim, name: &str, value: &str) -> Answer {
    let usual = [
        ("grant_type", "password"),
        ("client_id", Adfs::CLIENT),
        ("resource", Adfs::RESOURCE),
        ("username", "SIM\\reader"),
        ("password", "sim-adfs-reader"),
    ];
    let form: Vec<_> = usual.map(|(key, usual)| (key, if key == name { value } else { usual })).into();
    Client::new(sim.adfs_url(), None).post_text("/adfs/oauth2/token", FORM, &encoded(&form)).await
}

fn refusal(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status, 400, "{}", answer.text);
    let body = answer.json();
    let said = text(&body["error_description"]);
    (text(&body["error"]), said.split(':').next().unwrap().to_owned())
}

fn bearing(sim: &Sim, granted: &Value) -> Client {
    Client::new(sim.url(), Some(format!("Bearer {}", text(&granted["access_token"]))))
}

#[tokio::test]
async fn a_token_is_the_account_until_its_life_is_over() {
    let sim = beside(false).await;
    let granted = ask(&sim, "", "").await.good();
    assert_eq!((&granted["token_type"], &granted["expires_in"]), (&json!("Bearer"), &json!(60)));
    assert_eq!(granted["refresh_token"], Value::Null, "it comes with the scope offline_access alone");
    let reader = bearing(&sim, &granted);
    let me = reader.get("/rest/api/2/myself").await;
    assert_eq!((me.header("x-ausername"), &me.good()["name"]), (Some("reader"), &json!("reader")));
    let by_mail = ask(&sim, "username", "reader@sim.example").await.good();
    assert_ne!(by_mail["access_token"], granted["access_token"]);
    assert_eq!(sim.adfs_issued(), 2);
    sim.set_clock(sim.now() + 60_000);
    assert_eq!(reader.get("/rest/api/2/myself").await.status, 401);
    let again = bearing(&sim, &ask(&sim, "", "").await.good());
    assert_eq!(again.get("/rest/api/2/myself").await.status, 200);
    sim.revoke_adfs_tokens();
    assert_eq!(again.get("/rest/api/2/myself").await.status, 401);
    assert_eq!(token(&sim, READER).get("/rest/api/2/myself").await.status, 200, "a token of Jira's own");
    let elsewhere = bearing(&sim, &ask(&sim, "resource", "").await.good());
    assert_eq!(elsewhere.get("/rest/api/2/myself").await.status, 401, "it is for another resource");
    let asked = sim.stats().by_endpoint["POST /adfs/oauth2/token"];
    assert_eq!(asked, 4);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_in_the_words_of_ad_fs() {
    let sim = beside(false).await;
    for (name, value, error, code) in [
        ("client_id", "nobody", "invalid_client", "MSIS9607"),
        ("client_id", Adfs::CLIENT_WITH_SECRET, "invalid_client", "MSIS9622"),
        ("client_id", Adfs::CLIENT_NOT_GRANTED, "access_denied", "MSIS9605"),
        ("resource", "https://other.example/", "invalid_resource", "MSIS9602"),
        ("username", "SIM\\nobody-here", "invalid_grant", "MSIS9659"),
        ("password", "guess", "invalid_grant", "MSIS9659"),
        ("grant_type", "client_credentials", "unsupported_grant_type", "MSIS9611"),
        ("username", "", "invalid_request", "A username is required."),
    ] {
        let refused = refusal(&ask(&sim, name, value).await);
        assert_eq!((&*refused.0, &*refused.1), (error, code), "{name}={value}");
    }
    let adfs = Client::new(sim.adfs_url(), None);
    assert_eq!(adfs.get("/adfs/oauth2/token").await.status, 404);
    let body = json!({ "grant_type": "password" });
    assert_eq!(refusal(&adfs.post("/adfs/oauth2/token", &body).await).0, "invalid_request");
    sim.set_adfs_trouble(AdfsTrouble::PasswordExpired);
    assert!(ask(&sim, "", "").await.json()["error_description"].as_str().unwrap().contains("expired"));
    sim.set_adfs_trouble(AdfsTrouble::OldVersion);
    assert_eq!(refusal(&ask(&sim, "", "").await).0, "unsupported_grant_type");
}

#[tokio::test]
async fn three_wrong_passwords_lock_the_account() {
    let sim = beside(false).await;
    for _ in 0..3 {
        assert_eq!(refusal(&ask(&sim, "password", "guess").await).0, "invalid_grant");
    }
    assert_eq!(refusal(&ask(&sim, "", "").await).1, "MSIS9659", "the right one, in the same words");
}

#[tokio::test]
async fn a_closed_site_lets_nobody_in_without_a_token() {
    let sim = beside(true).await;
    let stranger = Client::new(sim.url(), None);
    for client in [stranger, token(&sim, READER)] {
        let away = client.get("/rest/api/2/serverInfo").await;
        assert_eq!(away.status, 401);
        assert!(away.header("www-authenticate").unwrap().starts_with("Bearer"));
    }
    let reader = bearing(&sim, &ask(&sim, "", "").await.good());
    assert_eq!(reader.get("/rest/api/2/serverInfo").await.status, 200);
    sim.set_adfs_trouble(AdfsTrouble::NotTaken);
    assert_eq!(reader.get("/rest/api/2/serverInfo").await.status, 401);
    let own = Client::new(sim.adfs_url(), None);
    let order = json!({ "trouble": "none", "life_s": 5, "revoke": true });
    assert_eq!(own.post("/_sim/adfs", &order).await.good()["issued"], 1);
    assert_eq!(ask(&sim, "", "").await.good()["expires_in"], 5);
    own.post("/_sim/adfs", &json!({ "trouble": "rain" })).await.refused(400);
}
