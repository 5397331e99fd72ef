//! A record of a Connect app, as a store has it that held one: shown as retired, and turned into one with a credential.

use super::{
    Server,
    client::Request,
    connecting::{EMAIL, TOKEN, get, led, owner, post},
    life::site,
    with_server,
};
use jira_sim::Sim;
use serde_json::json;
use weir_ingest::{Choices, add_retired};
use weir_model::{AuthMethod, Integration, KeyScope, Transport};

/// Keeps a record of an app at the site.
async fn record(server: &Server, sim: &Sim, name: &str) -> Integration {
    let choices = Choices::named(name.to_owned(), Transport::default());
    let place = (sim.url(), "ari:cloud:ecosystem::app/k-1");
    add_retired(&server.app.store, &server.app.environment, choices, place).await.expect("it is kept")
}

async fn auth_of(server: &Server, name: &str) -> AuthMethod {
    let kept = server.app.store.integration(name).await.expect("an answer").expect("it is kept");
    kept.settings.auth
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_shown_as_retired_on_every_page_and_goes_on_with_a_token() {
    let sim = site().await;
    with_server(async |server| {
        let browser = owner(&server).await;
        let catalogue = get(&server, &browser, "/integrations/new?q=connect+app").await;
        assert!(catalogue.body.contains("Connect app</b> <span class=\"tag\">Retired"), "{}", catalogue.body);
        assert!(catalogue.body.contains("Atlassian ends support for Connect"), "{}", catalogue.body);
        assert!(!catalogue.body.contains("another credential</span>"), "there is none yet");

        let (kept, before) = (record(&server, &sim, "Old app").await, sim.stats().requests);
        let browser = server.browser(&server.account("root", true, None).await).await;
        let catalogue = get(&server, &browser, "/integrations/new?q=connect+app").await;
        assert!(catalogue.body.contains("1 needs another credential"), "{}", catalogue.body);
        let path = "/integrations/Old%20app";
        let monitoring = get(&server, &browser, &format!("{path}/monitoring")).await;
        assert!(monitoring.body.contains("which Atlassian has retired"), "{}", monitoring.body);
        assert!(monitoring.body.contains("Change authentication"), "{}", monitoring.body);
        let form = get(&server, &browser, &format!("{path}/authentication")).await;
        assert!(form.body.contains("which Atlassian has retired"), "{}", form.body);
        assert!(form.body.contains("Connect app (retired)"), "{}", form.body);
        assert_eq!(sim.stats().requests, before, "nothing was asked of the site");

        let wrong = [("account", EMAIL), ("secret", "not-a-token-of-anybody")];
        let refused = post(&server, &browser, &format!("{path}/authentication"), &wrong).await;
        assert_ne!(refused.status, 303, "{}", refused.body);
        assert!(matches!(auth_of(&server, "Old app").await, AuthMethod::ConnectApp { .. }));
        let fresh = [("account", EMAIL), ("secret", TOKEN)];
        led(&post(&server, &browser, &format!("{path}/authentication"), &fresh).await);
        let after = server.app.store.integration("Old app").await.expect("an answer").expect("it is kept");
        assert!(matches!(after.settings.auth, AuthMethod::SiteToken { .. }), "{:?}", after.settings.auth);
        assert_eq!(after.id, kept.id, "it is the same one");
        let catalogue = get(&server, &browser, "/integrations/new?q=connect+app").await;
        assert!(!catalogue.body.contains("needs another credential"), "{}", catalogue.body);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_tells_that_it_is_retired_and_takes_a_credential_for_it() {
    let sim = site().await;
    with_server(async |server| {
        let kept = record(&server, &sim, "Old app").await;
        let key = server.key(KeyScope::Admin, None).await.secret;
        let path = "/api/v1/integrations/Old%20app";
        let shown = server.send(Request::get(path).key(&key)).await.json();
        assert_eq!(
            (&shown["sign_in"], &shown["reason_code"]),
            (&json!("connect_app"), &json!("auth.retired"))
        );
        assert_eq!((&shown["family"], &shown["next_run_at"]), (&json!("needs_you"), &json!(null)), "{shown}");
        let refused =
            server.send(Request::new("POST", "/api/v1/integrations/Old%20app/sync").key(&key)).await;
        assert_eq!(refused.code(), "auth.retired", "{}", refused.body);
        let fresh = json!({ "email": EMAIL, "token": TOKEN });
        let again = Request::new("POST", "/api/v1/integrations/Old%20app/reauth").key(&key).json(&fresh);
        let answer = server.send(again).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(matches!(auth_of(&server, "Old app").await, AuthMethod::SiteToken { .. }));
        let shown = server.send(Request::get(path).key(&key)).await.json();
        assert_eq!(shown["id"], json!(kept.id.to_string()), "{shown}");
        assert_ne!(shown["reason_code"], json!("auth.retired"), "{shown}");
    })
    .await;
}
