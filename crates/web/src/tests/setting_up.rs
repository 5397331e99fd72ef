//! The first set-up: a link that works once, and nothing before it.

use super::{
    Browser, PASSWORD, Server,
    client::{Answer, Request},
    with_server,
};
use crate::auth::setup::setup_link;
use weir_model::Reach;

async fn token(server: &Server) -> String {
    let link = setup_link(&server.app).await.expect("the store answers").expect("a link");
    assert!(link.starts_with(&format!("http://{}/setup?token=", server.address)), "{link}");
    link.split_once("token=").expect("a token").1.to_owned()
}

async fn filled(server: &Server, token: &str, login: &str, password: &str, repeated: &str) -> Answer {
    let more = [("zone", "Asia/Kathmandu"), ("backed_up", "yes")];
    filled_with(server, token, (login, password, repeated), &more).await
}

async fn filled_with(
    server: &Server,
    token: &str,
    (login, password, repeated): (&str, &str, &str),
    more: &[(&str, &str)],
) -> Answer {
    let mut fields = vec![("token", token), ("login", login), ("password", password), ("repeated", repeated)];
    fields.extend(more);
    server.send(Request::new("POST", "/setup").header("sec-fetch-site", "same-origin").form(&fields)).await
}

#[tokio::test]
async fn the_link_makes_the_first_account_once_and_maps_what_is_there() {
    with_server(async |server| {
        server.integration("Acme", &[]).await;
        assert_eq!(server.send(Request::get("/")).await.header("location"), Some("/setup"));
        let token = token(&server).await;
        let page = server.send(Request::get(&format!("/setup?token={token}"))).await;
        assert!(page.status == 200 && page.body.contains("Make the account"), "{page:?}");
        let made = filled(&server, &token, "Ada@Acme.example", PASSWORD, PASSWORD).await;
        assert_eq!((made.status, made.header("location")), (303, Some("/")));
        let browser = Browser::with_cookie(&server, made.header("set-cookie").expect("a cookie"));
        let me = server.send(browser.get("/api/v1/me")).await.json();
        assert_eq!((&me["name"], &me["is_admin"]), (&"ada@acme.example".into(), &true.into()));
        let mapped = server.app.store.workspaces(&Reach::Everything).await.expect("workspaces");
        let within = Reach::Workspaces(mapped.iter().map(|one| one.id).collect());
        assert_eq!(server.app.store.integrations_within(&within, None, 10).await.expect("them").len(), 1);

        let again = filled(&server, &token, "eve@acme.example", PASSWORD, PASSWORD).await;
        assert_eq!(again.status, 409, "{again:?}");
        assert_eq!(server.send(Request::get("/setup")).await.header("location"), Some("/login"));
        assert_eq!(setup_link(&server.app).await.expect("the store answers"), None);
        assert_eq!(server.app.store.accounts(&Reach::Everything, None, 10).await.expect("accounts").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_first_account_has_its_zone_and_says_that_the_master_key_is_backed_up() {
    with_server(async |server| {
        let token = token(&server).await;
        let path = format!("/setup?token={token}");
        let page = server.send(Request::get(&path)).await.body;
        assert!(
            page.contains("secret.key") && page.contains(r#"value="UTC" list="zones" data-zone"#),
            "{page}"
        );
        let told = Request::get(&path).header("cookie", "weir_zone=Europe/Berlin");
        assert!(server.send(told).await.body.contains(r#"name="zone" value="Europe/Berlin""#));
        let ada = ("ada", PASSWORD, PASSWORD);
        let refused = filled_with(&server, &token, ada, &[("zone", "Europe/Berlin")]).await;
        assert!(refused.status == 400 && refused.body.contains("Keep a copy of the key file"), "{refused:?}");
        assert!(refused.body.contains(r#"name="zone" value="Europe/Berlin""#), "{}", refused.body);
        let odd = [("zone", "Mars/Base"), ("backed_up", "yes")];
        let odd = filled_with(&server, &token, ada, &odd).await;
        assert!(odd.status == 400 && odd.body.contains("is not a time zone"), "{odd:?}");
        assert!(!server.app.store.has_accounts().await.expect("the store answers"));

        let made = filled(&server, &token, "ada", PASSWORD, PASSWORD).await;
        let browser = Browser::with_cookie(&server, made.header("set-cookie").expect("a cookie"));
        assert_eq!(server.send(browser.get("/api/v1/me")).await.json()["timezone"], "Asia/Kathmandu");
        let log = server.send(browser.get("/api/v1/audit?action=master_key.backed_up")).await.json();
        let noted = &log["items"][0];
        assert!(noted["subject"].as_str().is_some_and(|file| file.ends_with("secret.key")), "{log}");
        assert_eq!(noted["detail"]["said by"], "ada", "{log}");
    })
    .await;
}

#[tokio::test]
async fn who_made_workspaces_before_keeps_them_as_they_are() {
    with_server(async |server| {
        let own = server.workspace("Everything").await;
        server.integration("Acme", &[]).await;
        let made = filled(&server, &token(&server).await, "ada", PASSWORD, PASSWORD).await;
        assert_eq!((made.status, made.header("location")), (303, Some("/")), "{made:?}");
        let all = server.app.store.workspaces(&Reach::Everything).await.expect("workspaces");
        assert_eq!(all.iter().map(|one| one.id).collect::<Vec<_>>(), [own]);
        let within = Reach::Workspaces(vec![own]);
        assert!(server.app.store.integrations_within(&within, None, 10).await.expect("them").is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_link_that_is_unknown_or_an_hour_old_makes_nothing() {
    with_server(async |server| {
        let token = token(&server).await;
        assert_eq!(filled(&server, "", "ada", PASSWORD, PASSWORD).await.status, 409);
        assert_eq!(filled(&server, &"0".repeat(64), "ada", PASSWORD, PASSWORD).await.status, 409);
        server.clock.advance(60 * 60 * 1_000);
        assert_eq!(filled(&server, &token, "ada", PASSWORD, PASSWORD).await.status, 409);
        let page = server.send(Request::get(&format!("/setup?token={token}"))).await;
        assert!(page.body.contains("does not work any more"), "{}", page.body);
        assert!(!server.app.store.has_accounts().await.expect("the store answers"));
    })
    .await;
}

#[tokio::test]
async fn of_two_who_hold_a_link_one_makes_the_account() {
    with_server(async |server| {
        let (one, two) = (token(&server).await, token(&server).await);
        let both = tokio::join!(
            filled(&server, &one, "ada", PASSWORD, PASSWORD),
            filled(&server, &two, "eve", PASSWORD, PASSWORD)
        );
        let mut made = [both.0.status, both.1.status];
        made.sort_unstable();
        assert_eq!(made[0], 303, "{both:?}");
        assert_ne!(made[1], 303, "{both:?}");
        assert_eq!(server.app.store.accounts(&Reach::Everything, None, 10).await.expect("accounts").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_does_not_fit_is_said_beside_what_was_entered_and_no_password_comes_back() {
    with_server(async |server| {
        let token = token(&server).await;
        for (login, password, repeated, said) in [
            ("ada", "short", "short", "easy to guess"),
            ("ada", PASSWORD, "another one altogether", "passwords differ"),
            ("a d a", PASSWORD, PASSWORD, "cannot be a name"),
            ("<script>", "short", "short", "easy to guess"),
        ] {
            let page = filled(&server, &token, login, password, repeated).await;
            assert_eq!(page.status, 400, "{page:?}");
            assert!(page.body.contains(said), "{said}: {}", page.body);
            assert!(!page.body.contains(password) || password == "short", "{}", page.body);
            assert!(!page.body.contains("<script>"), "{}", page.body);
        }
        assert_eq!(filled(&server, &token, "ada", PASSWORD, PASSWORD).await.status, 303);
    })
    .await;
}
