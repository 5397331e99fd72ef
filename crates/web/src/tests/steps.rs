//! Steps of a set-up that say everything that does not fit at once, by each field.

use super::{
    connecting::{EMAIL, TOKEN, WIZARD, draft_of, get, led, owner, post, signed_in},
    faults::{by, is_marked},
    life::site,
    with_server,
};

#[tokio::test(flavor = "multi_thread")]
async fn an_address_and_a_name_that_do_not_fit_are_told_together() {
    with_server(async |server| {
        let browser = owner(&server).await;
        server.integration("taken", &[]).await;
        let first = [("step", "address"), ("draft", ""), ("address", "ftp://acme"), ("name", "a/\u{7}")];
        let both = post(&server, &browser, WIZARD, &first).await;
        assert_eq!(both.status, 400, "{}", both.body);
        assert!(by(&both, "address").contains("must start with https"), "{}", both.body);
        assert!(is_marked(&both, "address") && is_marked(&both, "name"), "{}", both.body);
        assert!(both.body.contains("2 things here do not fit."), "{}", both.body);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_is_missing_is_told_by_each_field_in_the_words_of_the_site() {
    let sim = site().await;
    with_server(async |server| {
        let browser = owner(&server).await;
        let first = [("step", "address"), ("draft", ""), ("address", sim.url()), ("name", "Acme Jira")];
        let draft = draft_of(&led(&post(&server, &browser, WIZARD, &first).await));
        let send = async |account: &str, secret: &str| {
            let second = [("step", "sign-in"), ("draft", &*draft), ("account", account), ("secret", secret)];
            post(&server, &browser, WIZARD, &second).await
        };
        let both = send("", "").await;
        assert!(both.status == 400 && both.body.contains("auth.missing"), "{}", both.body);
        assert!(by(&both, "account").contains("There is no e-mail address."), "{}", both.body);
        assert!(by(&both, "secret").contains("There is no API token."), "{}", both.body);
        assert!(is_marked(&both, "account") && is_marked(&both, "secret"), "{}", both.body);
        let one = send(EMAIL, "").await;
        assert!(!is_marked(&one, "account") && is_marked(&one, "secret"), "{}", one.body);
        let other = send("", TOKEN).await;
        assert!(is_marked(&other, "account") && !is_marked(&other, "secret"), "{}", other.body);
        for page in [&both, &one, &other] {
            assert!(!page.body.contains("Data Center"), "it is Cloud: {}", page.body);
        }
        let shown = get(&server, &browser, &format!("{WIZARD}?draft={draft}&step=sign-in")).await;
        assert!(!is_marked(&shown, "account") && by(&shown, "secret").is_empty(), "{}", shown.body);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zone_and_a_field_that_do_not_fit_are_told_together() {
    let sim = site().await;
    with_server(async |server| {
        let browser = owner(&server).await;
        let draft = signed_in(&server, &browser, &sim).await;
        let set = [
            ("step", "advanced"),
            ("draft", &*draft),
            ("timezone", "Mars/Olympus"),
            ("interval", "soon"),
            ("others", "customfield_99999"),
        ];
        let refused = post(&server, &browser, WIZARD, &set).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert!(by(&refused, "timezone").contains("not a time zone"), "{}", refused.body);
        assert!(by(&refused, "interval").contains("is not an interval"), "{}", refused.body);
        assert!(by(&refused, "others").contains("no field customfield_99999"), "{}", refused.body);
        assert!(refused.body.contains("3 things here do not fit."), "{}", refused.body);
    })
    .await;
}
