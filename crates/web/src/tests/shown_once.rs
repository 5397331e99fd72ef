//! Secrets that a page shows once: the form that makes one leads to a page, and a reload of that page shows it no more. And what
//! is done behind an answer.

use super::{Server, client::Request, with_server};
use std::time::Duration;
use weir_model::Role;

/// Asks for a page until it says something, for some seconds.
async fn until(server: &Server, ask: impl Fn() -> Request, said: &str) -> String {
    for _ in 0..200 {
        let page = server.send(ask()).await.body;
        if page.contains(said) {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("nothing says {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_of_a_webhook_is_shown_once_and_what_is_sent_now_is_sent_behind_the_answer() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        server.integration("acme", &[own]).await;
        let owner = server.account("owner", false, Some((own, &[Role::Owner]))).await;
        let other = server.account("other", false, Some((own, &[Role::Owner]))).await;
        let (browser, other) = (server.browser(&owner).await, server.browser(&other).await);
        let form = [
            ("name", "Chat"),
            ("channel", "webhook"),
            ("by", "project"),
            ("teams", "ENG"),
            ("period", "day"),
            ("hour", "7"),
            ("url", "https://hooks.example/x"),
        ];
        let led = server.send(browser.post("/integrations/acme/hygiene/nudges", &form)).await;
        assert_eq!(led.status, 303, "a reload would make another nudge: {led:?}");
        let place = led.header("location").expect("a page").to_owned();
        let theirs = server.send(other.get(&place)).await.body;
        assert!(!theirs.contains("whsec_") && theirs.contains("is not shown again"), "{theirs}");
        let shown = server.send(browser.get(&place)).await.body;
        assert!(shown.contains("whsec_") && shown.contains("data-copies=\"made-secret\""), "{shown}");
        let again = server.send(browser.get(&place)).await.body;
        assert!(!again.contains("whsec_") && again.contains("is not shown again"), "{again}");

        let one = place.split('?').next().expect("a page");
        // When it is due stands there in the zone of whoever looks, and for programs.
        let told = server.send(browser.get(one)).await.body;
        assert!(told.contains("Next at <time datetime=\""), "{told}");
        assert!(!told.contains("Next at 2"), "{told}");
        let sent = server.send(browser.post(&format!("{one}/send"), &[])).await;
        assert_eq!((sent.status, sent.header("location")), (303, Some(&*format!("{one}#sending"))));
        let page = until(&server, || browser.get(one), "Sent now, at ").await;
        assert!(page.contains("0 sent, 0 failed"), "{page}");
        assert!(!page.contains("It is being sent"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn the_link_of_an_invitation_is_shown_once() {
    with_server(async |server| {
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let led = server.send(browser.post("/settings/users", &[("login", "kim@acme.example")])).await;
        assert_eq!(led.status, 303, "{led:?}");
        let place = led.header("location").expect("a page").to_owned();
        let shown = server.send(browser.get(&place)).await.body;
        assert!(shown.contains("/invitation?token=") && shown.contains("kim@acme.example now"), "{shown}");
        assert!(shown.contains("data-copies=\"made-link\""), "{shown}");
        let again = server.send(browser.get(&place)).await.body;
        assert!(!again.contains("/invitation?token=") && again.contains("is not shown again"), "{again}");

        let kim = server.app.store.account_named("kim@acme.example").await.expect("a store").expect("her");
        let path = format!("/settings/users/{}", kim.id);
        let led = server.send(browser.post(&format!("{path}/invitation"), &[])).await;
        let place = led.header("location").expect("a page").to_owned();
        assert_eq!((led.status, place.as_str()), (303, &*format!("{path}?done=link")));
        assert!(server.send(browser.get(&place)).await.body.contains("/invitation?token="));
        let again = server.send(browser.get(&place)).await.body;
        assert!(!again.contains("/invitation?token=") && again.contains("is not shown again"), "{again}");
    })
    .await;
}
