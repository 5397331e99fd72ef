//! Forms that say everything that does not fit at once, by each field, in the words of the form.

use super::{Browser, Server, client::Answer, with_server};
use weir_model::Role;

/// What is said by a field.
fn by(page: &Answer, field: &str) -> String {
    let (_, rest) = page.body.split_once(&format!("id=\"{field}-fault\">")).expect("a place for it");
    rest.split("</span>").next().expect("its end").to_owned()
}

async fn owner(server: &Server, role: Role) -> Browser {
    let own = server.workspace("own").await;
    server.integration("acme", &[own]).await;
    let ada = server.account("ada", false, Some((own, &[role]))).await;
    server.browser(&ada).await
}

#[tokio::test]
async fn two_values_that_do_not_fit_are_both_told_by_their_fields() {
    with_server(async |server| {
        let browser = owner(&server, Role::Owner).await;
        let path = "/integrations/acme/configuration";
        let shown = server.send(browser.get(path)).await.body;
        let (_, rest) = shown.split_once("name=\"seen\" value=\"").expect("what was seen");
        let seen = rest.split('"').next().expect("its end");
        let form = [
            ("do", "save"),
            ("seen", seen),
            ("name", "acme"),
            ("choice", "everything"),
            ("interval", "soon"),
            ("census", "1d"),
            ("reread", "12h"),
            ("timezone", "Mars/Olympus"),
        ];
        let refused = server.send(browser.post(path, &form)).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert!(by(&refused, "interval").contains("is not an interval"), "{}", refused.body);
        assert!(by(&refused, "timezone").contains("is not a time zone"), "{}", refused.body);
        assert!(refused.body.contains("2 things here do not fit."), "{}", refused.body);
    })
    .await;
}

#[tokio::test]
async fn a_fresh_credential_that_is_missing_and_a_day_that_is_none_are_told_together() {
    with_server(async |server| {
        let browser = owner(&server, Role::Owner).await;
        let path = "/integrations/acme/authentication";
        let both = server.send(browser.post(path, &[("secret", ""), ("expires_on", "someday")])).await;
        assert_eq!(both.status, 400, "{}", both.body);
        assert!(by(&both, "secret").contains("There is no credential"), "{}", both.body);
        assert!(by(&both, "expires_on").contains("A day is written like"), "{}", both.body);
        let one = server.send(browser.post(path, &[("secret", "x"), ("expires_on", "someday")])).await;
        assert!(one.body.contains("What is given for “Ends on” does not fit."), "{}", one.body);
        for page in [&both, &one] {
            assert!(!page.body.contains("value of expires_on"), "{}", page.body);
        }
    })
    .await;
}

#[tokio::test]
async fn a_form_for_a_key_says_all_that_is_wrong_and_keeps_what_was_entered() {
    with_server(async |server| {
        let browser = owner(&server, Role::Admin).await;
        let form = [("name", " "), ("days", "4000"), ("scope", "write")];
        let refused = server.send(browser.post("/settings/api-keys", &form)).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert!(by(&refused, "name").contains("cannot be a name"), "{}", refused.body);
        assert!(by(&refused, "days").contains("1 to 3650 days"), "{}", refused.body);
        assert!(by(&refused, "scope").is_empty(), "{}", refused.body);
        assert!(refused.body.contains("value=\"write\" checked") && refused.body.contains("value=\"4000\""));
    })
    .await;
}
