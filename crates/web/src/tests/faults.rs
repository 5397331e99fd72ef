//! Forms that say everything that does not fit at once, by each field, in the words of the form.

use super::{
    Browser, PASSWORD, Server,
    client::{Answer, Request},
    with_server,
};
use crate::auth::setup::setup_link;
use serde_json::json;
use weir_model::{KeyScope, Role};

/// What is said by a field.
pub(super) fn by(page: &Answer, field: &str) -> String {
    let (_, rest) = page.body.split_once(&format!("id=\"{field}-fault\">")).expect("a place for it");
    rest.split("</span>").next().expect("its end").to_owned()
}

/// Whether a field is marked as one that does not fit, and leads to what is said of it.
pub(super) fn is_marked(page: &Answer, field: &str) -> bool {
    let inputs = page.body.split("<input").skip(1).map(|rest| rest.split('>').next().unwrap_or_default());
    let mut of_it = inputs.filter(|input| input.contains(&format!("name=\"{field}\"")));
    of_it.any(|input| input.contains("aria-invalid=\"true\"") && input.contains(&format!("{field}-fault")))
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

#[tokio::test]
async fn the_first_set_up_says_all_that_is_wrong_and_keeps_what_is_no_secret() {
    with_server(async |server| {
        let link = setup_link(&server.app).await.expect("the store answers").expect("a link");
        let token = link.split_once("token=").expect("a token").1;
        let form = [
            ("token", token),
            ("login", "a d a"),
            ("password", "hunter2"),
            ("repeated", "hunter3"),
            ("zone", "Mars/Base"),
        ];
        let sent = Request::new("POST", "/setup").header("sec-fetch-site", "same-origin").form(&form);
        let refused = server.send(sent).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert!(refused.body.contains("5 things here do not fit."), "{}", refused.body);
        for (field, said) in [
            ("login", "cannot be a name to sign in with"),
            ("password", "fewer than 12 characters"),
            ("repeated", "passwords differ"),
            ("zone", "is not a time zone"),
            ("backed_up", "Keep a copy of the key file"),
        ] {
            assert!(by(&refused, field).contains(said), "{field}: {}", refused.body);
            assert!(is_marked(&refused, field), "{field}: {}", refused.body);
        }
        assert!(refused.body.contains("value=\"a d a\"") && refused.body.contains("value=\"Mars/Base\""));
        assert!(!refused.body.contains("hunter"), "{}", refused.body);
    })
    .await;
}

#[tokio::test]
async fn a_profile_and_a_password_say_all_that_is_wrong_by_their_fields() {
    with_server(async |server| {
        let ada = server.account_with_password("ada", false).await;
        let browser = server.browser(&ada).await;
        let form = [("name", " "), ("theme", "dark"), ("zone", "Mars/Base")];
        let refused = server.send(browser.post("/settings/profile", &form)).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert!(by(&refused, "name").contains("A name has 1 to 200"), "{}", refused.body);
        assert!(by(&refused, "zone").contains("is not a time zone"), "{}", refused.body);
        assert!(is_marked(&refused, "name") && is_marked(&refused, "zone"), "{}", refused.body);
        assert!(
            refused.body.contains("value=\"Mars/Base\"") && refused.body.contains("value=\"dark\" checked")
        );

        let form = [("current", "another one"), ("password", "hunter2"), ("repeated", "hunter3")];
        let refused = server.send(browser.post("/settings/profile/password", &form)).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        for (field, said) in [
            ("current", "present password is another one"),
            ("password", "fewer than 12 characters"),
            ("repeated", "passwords differ"),
        ] {
            assert!(by(&refused, field).contains(said), "{field}: {}", refused.body);
            assert!(is_marked(&refused, field), "{field}: {}", refused.body);
        }
        assert!(!refused.body.contains("hunter"), "{}", refused.body);
        let weak = [("current", PASSWORD), ("password", "hunter2"), ("repeated", "hunter2")];
        let weak = server.send(browser.post("/settings/profile/password", &weak)).await;
        assert!(weak.status == 400 && by(&weak, "current").is_empty(), "{}", weak.body);
    })
    .await;
}

#[tokio::test]
async fn a_channel_says_all_that_is_wrong_to_people_and_to_programs() {
    with_server(async |server| {
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let form = [
            ("name", ""),
            ("kind", "mail"),
            ("to", ""),
            ("failing_hours", "soon"),
            ("quiet_from", "7"),
            ("quiet_until", "24:00"),
            ("quiet_zone", "Mars/Base"),
        ];
        let refused = server.send(browser.post("/settings/notifications", &form)).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        for (field, said) in [
            ("name", "A name has 1 to 60"),
            ("to", "Mail needs 1 to 20 addresses"),
            ("events", "It is not said what it tells of"),
            ("failing_hours", "The hours are 1 to 168"),
            ("quiet_from", "A time of the day is 00:00 to 23:59"),
            ("quiet_until", "A time of the day is 00:00 to 23:59"),
            ("quiet_zone", "There is no time zone Mars/Base"),
        ] {
            assert!(by(&refused, field).contains(said), "{field}: {}", refused.body);
        }
        for field in ["name", "failing_hours", "quiet_from", "quiet_until", "quiet_zone"] {
            assert!(is_marked(&refused, field), "{field}: {}", refused.body);
        }
        assert!(refused.body.contains("7 things here do not fit."), "{}", refused.body);
        assert!(refused.body.contains("value=\"Mars/Base\"") && refused.body.contains("value=\"soon\""));
        let same = [
            ("name", "Night"),
            ("kind", "mail"),
            ("to", "ops@acme.example"),
            ("event", "healed"),
            ("failing_hours", "6"),
            ("quiet_from", "07:00"),
            ("quiet_until", "07:00"),
        ];
        let same = server.send(browser.post("/settings/notifications", &same)).await;
        assert!(by(&same, "quiet").contains("two different times"), "{}", same.body);
        assert!(!same.body.contains("Correct its"), "{}", same.body);

        let key = server.key(KeyScope::Admin, None).await.secret;
        let wish = json!({
            "name": "", "kind": "mail", "events": [], "failing_hours": 0, "workspaces": ["none"],
            "quiet": { "from": "7", "until": "07:00", "zone": "Mars/Base" },
        });
        let answer = server.send(Request::new("POST", "/api/v1/notifications").key(&key).json(&wish)).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        let errors = answer.json()["errors"].as_array().expect("errors").clone();
        let mut pointers: Vec<_> =
            errors.iter().map(|one| one["pointer"].as_str().unwrap_or_default()).collect();
        pointers.sort_unstable();
        let all = ["/events", "/failing_hours", "/name", "/quiet/from", "/quiet/zone", "/to", "/workspaces"];
        assert_eq!(pointers, all, "{answer:?}");
    })
    .await;
}

#[tokio::test]
async fn an_invitation_and_a_new_member_say_all_that_does_not_fit_and_keep_what_was_chosen() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let long = "x".repeat(300);
        let form = [("login", "a b"), ("name", long.as_str()), ("is_admin", "yes")];
        let refused = server.send(browser.post("/settings/users", &form)).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        for field in ["login", "name"] {
            assert!(is_marked(&refused, field), "{field}: {}", refused.body);
            assert!(!by(&refused, field).is_empty(), "{field}: {}", refused.body);
        }
        assert!(refused.body.contains(&format!("value=\"{long}\"")), "the name stays");
        assert!(refused.body.contains("name=\"is_admin\" value=\"yes\" checked"), "the tick stays");

        let ada = server.account("ada", false, None).await;
        let form = [("name", ""), ("is_admin", "yes")];
        let refused = server.send(browser.post(&format!("/settings/users/{}", ada.id), &form)).await;
        assert!(is_marked(&refused, "name"), "{}", refused.body);
        assert!(refused.body.contains("name=\"is_admin\" value=\"yes\" checked"), "the tick stays");

        let form = [("login", "nobodyhere"), ("role", "viewer")];
        let refused = server.send(browser.post(&format!("/settings/workspaces/{own}/members"), &form)).await;
        assert!(is_marked(&refused, "login"), "{}", refused.body);
        assert!(refused.body.contains("name=\"role\" value=\"viewer\" checked"), "the role stays ticked");
        let refused =
            server.send(browser.post(&format!("/settings/workspaces/{own}/members"), &form[..1])).await;
        assert!(!by(&refused, "role").is_empty() && is_marked(&refused, "login"), "{}", refused.body);
    })
    .await;
}
