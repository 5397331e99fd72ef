//! The pages of settings, the choice of a workspace, the zone of times, and who is told whom to ask.

use super::{
    Browser, PASSWORD, Server,
    client::{Answer, Request},
    with_server,
};
use serde_json::json;
use weir_model::{Account, Reach, Role};
use weir_store::AuditFilter;

async fn root(server: &Server) -> (Account, Browser) {
    let root = server.account_with_password("root", true).await;
    let browser = server.browser(&root).await;
    (root, browser)
}

fn links(page: &Answer) -> Vec<&str> {
    page.body.split("href=\"").skip(1).filter_map(|part| part.split('"').next()).collect()
}

#[tokio::test]
async fn each_sees_the_parts_of_settings_that_they_may_use() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        let parts = ["users", "workspaces", "api-keys", "audit", "about"];
        for (login, is_admin, roles, seen) in [
            ("root", true, None, &parts[..]),
            (
                "admin",
                false,
                Some((own, &[Role::Admin][..])),
                &["users", "workspaces", "api-keys", "audit"][..],
            ),
            ("auditor", false, Some((own, &[Role::AccessAuditor][..])), &["audit"][..]),
            ("viewer", false, Some((own, &[Role::Viewer][..])), &[][..]),
        ] {
            let account = server.account(login, is_admin, roles).await;
            let browser = server.browser(&account).await;
            let page = server.send(browser.get("/settings/profile")).await;
            for part in parts {
                let path = format!("/settings/{part}");
                assert_eq!(links(&page).contains(&path.as_str()), seen.contains(&part), "{login}: {path}");
                let answer = server.send(browser.get(&path)).await;
                assert_eq!(answer.status, if seen.contains(&part) { 200 } else { 403 }, "{login}: {path}");
                assert_eq!(answer.body.matches("<h1").count(), 1, "{path}");
                assert!(!answer.body.contains("style=") && !answer.body.contains("<script>"), "{path}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_profile_is_kept_and_times_are_shown_in_its_zone() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        let (_, run) = server.integration("Acme", &[own]).await;
        let ada = server.account_with_password("ada", false).await;
        server.app.store.set_roles(&ada.id, &own, &[Role::Viewer]).await.expect("a role");
        let browser = server.browser(&ada).await;
        let shown = async || server.send(browser.get(&format!("/runs/{run}"))).await.body;
        assert!(shown().await.contains("Times in UTC"));
        let told = format!("{}; weir_zone=Europe/Berlin", browser.cookie);
        let told = Request::get(&format!("/runs/{run}")).header("cookie", &told);
        assert!(server.send(told).await.body.contains("Times in Europe/Berlin (CE"));
        let fields = [("name", "Ada <L>"), ("theme", "dark"), ("zone", "Asia/Kathmandu")];
        let saved = server.send(browser.post("/settings/profile", &fields)).await;
        assert_eq!(saved.header("location"), Some("/settings/profile?done=saved"), "{saved:?}");
        let page = shown().await;
        assert!(
            page.contains("Times in Asia/Kathmandu (+0545)") && page.contains("data-bs-theme=\"dark\""),
            "{page}"
        );
        assert!(page.contains("+0545</h1>"), "{page}");
        let page = server.send(browser.get("/settings/profile?done=saved")).await.body;
        assert!(page.contains("Saved.") && page.contains("Ada &#60;L&#62;"), "{page}");
        assert!(page.contains("<td>own</td><td>Viewer</td>") && page.contains("This one"), "{page}");
        let fields = [("name", "Ada"), ("theme", "dark"), ("zone", "Mars/Base")];
        let odd = server.send(browser.post("/settings/profile", &fields)).await;
        assert!(odd.status == 400 && odd.body.contains("is not a time zone"), "{odd:?}");

        let change = |now: &str, one: &str, two: &str| {
            browser
                .post("/settings/profile/password", &[("current", now), ("password", one), ("repeated", two)])
        };
        let other = "staple battery horse correct";
        assert!(server.send(change(PASSWORD, other, "x")).await.body.contains("passwords differ"));
        assert!(server.send(change("wrong", other, other)).await.body.contains("present password"));
        let changed = server.send(change(PASSWORD, other, other)).await;
        assert_eq!(changed.header("location"), Some("/settings/profile?done=password"), "{changed:?}");
    })
    .await;
}

#[tokio::test]
async fn somebody_is_invited_changed_and_closed_in_the_browser() {
    with_server(async |server| {
        let (me, browser) = root(&server).await;
        let led = server.send(browser.post("/settings/users", &[("login", "Ada"), ("name", "")])).await;
        let page = server.send(browser.get(led.header("location").expect("a page"))).await;
        assert!(
            page.body.contains("It is not shown again") && page.body.contains("/invitation?token="),
            "{page:?}"
        );
        let again = server.send(browser.get("/settings/users")).await.body;
        assert!(again.contains("Invited") && !again.contains("/invitation?token="), "{again}");
        let taken = server.send(browser.post("/settings/users", &[("login", "ada"), ("name", "")])).await;
        assert!(taken.status == 409 && taken.body.contains("already signs in as"), "{taken:?}");
        let ada = server.app.store.account_named("ada").await.expect("the store").expect("ada");
        let path = format!("/settings/users/{}", ada.id);
        let post = async |what: &str, fields: &[(&str, &str)]| {
            server.send(browser.post(&format!("{path}{what}"), fields)).await
        };
        assert_eq!(post("", &[("name", "Ada L."), ("is_admin", "yes")]).await.status, 303);
        assert!(server.send(browser.get(&path)).await.body.contains("value=\"Ada L.\""));
        let led = post("/invitation", &[]).await;
        let link = server.send(browser.get(led.header("location").expect("a page"))).await;
        assert!(link.body.contains("/invitation?token="), "{link:?}");
        for what in ["/end-sessions", "/deactivate", "/reactivate"] {
            assert_eq!(post(what, &[]).await.status, 303, "{what}");
        }
        let own = format!("/settings/users/{}/deactivate", me.id);
        let last = server.send(browser.post(&own, &[])).await;
        assert!(last.status == 409 && last.body.contains("last one"), "{last:?}");
        assert_eq!(server.send(browser.get("/settings/users/nobody")).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_workspace_is_made_filled_and_mapped_in_the_browser() {
    with_server(async |server| {
        let (_, browser) = root(&server).await;
        server.account("ada", false, None).await;
        server.integration("Acme", &[]).await;
        let strip = server.send(browser.get("/settings/workspaces")).await.body;
        assert!(strip.contains("feeds no workspace"), "{strip}");
        let made = server.send(browser.post("/settings/workspaces", &[("name", "Payments")])).await;
        let path = made.header("location").expect("a page").split('?').next().expect("it").to_owned();
        let members = format!("{path}/members");
        let none = server.send(browser.post(&members, &[("login", "ada")])).await;
        assert!(none.status == 400 && none.body.contains("at least one role"), "{none:?}");
        let absent = server.send(browser.post(&members, &[("login", "eve"), ("role", "viewer")])).await;
        assert_eq!(absent.status, 404);
        let set = [("login", "ada"), ("role", "viewer"), ("role", "owner")];
        assert_eq!(server.send(browser.post(&members, &set)).await.status, 303);
        let page = server.send(browser.get(&path)).await.body;
        assert!(page.contains("Viewer, Owner") || page.contains("Owner, Viewer"), "{page}");

        let id = path.rsplit('/').next().expect("an id");
        let map = "/integrations/Acme/projects";
        assert_eq!(server.send(browser.post(map, &[("workspace", id)])).await.status, 303);
        let ada = server.app.store.account_named("ada").await.expect("the store").expect("ada");
        let hers = server.browser(&ada).await;
        let seen = server.send(hers.get(map)).await;
        assert!(
            seen.status == 200 && seen.body.contains("Payments") && !seen.body.contains("type=\"checkbox\"")
        );
        assert_eq!(server.send(hers.post(map, &[])).await.status, 403);
        assert_eq!(server.send(browser.post(map, &[])).await.status, 303);
        assert_eq!(server.send(hers.get(map)).await.status, 404, "what is not mapped does not exist for her");

        assert_eq!(
            server.send(browser.post(&members, &[("login", "ada"), ("remove", "yes")])).await.status,
            303
        );
        assert_eq!(server.send(browser.post(&path, &[("name", "Pay")])).await.status, 303);
        let delete = format!("{path}/delete");
        assert_eq!(server.send(browser.post(&delete, &[("name", "Payments")])).await.status, 400);
        assert_eq!(server.send(browser.post(&delete, &[("name", "Pay")])).await.status, 303);
        assert_eq!(server.send(browser.get(&path)).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_made_in_the_browser_is_shown_once_and_revoked_there() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        let admin = server.account("admin", false, Some((own, &[Role::Admin]))).await;
        let browser = server.browser(&admin).await;
        let id = own.to_string();
        let wish = |workspace: &str, scope: &str, days: &str| {
            let fields = [("name", "dash"), ("workspace", workspace), ("scope", scope), ("days", days)];
            browser.post("/settings/api-keys", &fields)
        };
        assert_eq!(server.send(wish("", "read", "90")).await.status, 403, "the whole server is not theirs");
        assert_eq!(server.send(wish(&id, "king", "90")).await.status, 400);
        assert_eq!(server.send(wish(&id, "read", "0")).await.status, 400);
        assert_eq!(server.send(wish(&id, "ingest", "90")).await.status, 400, "nothing uses it yet");
        let form = server.send(browser.get("/settings/api-keys")).await.body;
        assert!(form.contains("value=\"read\"") && !form.contains("value=\"ingest\""), "{form}");
        let led = server.send(wish(&id, "read", "90")).await;
        assert_eq!(led.status, 303, "a reload of what a form answers would make another key: {led:?}");
        let place = led.header("location").expect("a page").to_owned();
        let other = server.account("other", false, Some((own, &[Role::Admin]))).await;
        let theirs = server.send(server.browser(&other).await.get(&place)).await.body;
        assert!(!theirs.contains("weir_"), "it is shown to whoever made it: {theirs}");
        let made = server.send(browser.get(&place)).await.body;
        let again = server.send(browser.get(&place)).await.body;
        assert!(again.contains("is not shown again") && !again.contains("weir_"), "{again}");
        let secret = made.split("weir_").nth(1).expect("the key").split('<').next().expect("it");
        let secret = format!("weir_{secret}");
        let me = super::client::Request::get("/api/v1/me").key(&secret);
        assert_eq!(server.send(me.clone()).await.status, 200);
        let late = server.send(wish(&id, "read", "90")).await;
        server.clock.advance(60_000);
        let late = server.send(browser.get(late.header("location").expect("a page"))).await.body;
        assert!(late.contains("is not shown again") && !late.contains("weir_"), "{late}");
        let page = server.send(browser.get("/settings/api-keys")).await.body;
        assert!(page.contains("dash") && !page.contains(&secret), "{page}");
        let revoke = format!("/settings/api-keys/{}/revoke", place.split("made=").nth(1).expect("its id"));
        assert!(page.contains(&revoke), "{page}");
        assert_eq!(server.send(browser.post(&revoke, &[])).await.status, 303);
        assert_eq!(server.send(me).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn the_audit_log_is_filtered_and_taken_away_as_a_file() {
    with_server(async |server| {
        let (_, browser) = root(&server).await;
        for name in ["=1+1", "<b>two</b>"] {
            server.send(browser.post("/settings/workspaces", &[("name", name)])).await;
        }
        server.send(browser.post("/settings/users", &[("login", "ada"), ("name", "")])).await;
        let page =
            server.send(browser.get("/settings/audit?action=workspace&outcome=&actor=&since=&until=")).await;
        assert!(page.body.contains("workspace.create") && !page.body.contains("user.invite"), "{page:?}");
        assert!(page.body.contains("&#60;b&#62;two") && !page.body.contains("<b>two"), "{page:?}");
        let none = server.send(browser.get("/settings/audit?actor=eve")).await.body;
        assert!(none.contains("No line is like this."), "{none}");
        assert_eq!(server.send(browser.get("/settings/audit?since=yesterday")).await.status, 400);
        let csv = server.send(browser.get("/settings/audit/log.csv?action=workspace")).await;
        assert_eq!(csv.header("content-disposition"), Some("attachment; filename=\"audit.csv\""));
        assert!(
            csv.body.contains("at,actor_kind,actor,action") && csv.body.contains(",'=1+1,"),
            "{}",
            csv.body
        );
        let jsonl = server.send(browser.get("/settings/audit/log.jsonl?action=user")).await;
        assert!(jsonl.body.contains("\"subject\":\"ada\"") && !jsonl.body.contains("workspace.create"));
        let filter = AuditFilter { until: Some(server.app.now()), ..AuditFilter::default() };
        let before = server.app.store.audit_events(&Reach::Everything, &filter, None, 10).await.expect("it");
        assert!(before.is_empty(), "the clock has not moved: {before:?}");
    })
    .await;
}

#[tokio::test]
async fn lists_show_the_workspace_that_somebody_has_chosen() {
    with_server(async |server| {
        let (one, two) = (server.workspace("One").await, server.workspace("Two").await);
        server.integration("first", &[one]).await;
        server.integration("second", &[two]).await;
        server.integration("third", &[]).await;
        let both = server.account("both", false, None).await;
        for place in [one, two] {
            server.app.store.set_roles(&both.id, &place, &[Role::Viewer]).await.expect("a role");
        }
        let browser = server.browser(&both).await;
        let seen = async || {
            let page = server.send(browser.get("/integrations")).await.body;
            ["first", "second", "third"].map(|name| page.contains(&format!("<strong>{name}</strong>")))
        };
        let choose = async |id: &str| {
            let fields = [("workspace", id), ("next", "/integrations")];
            server.send(browser.post("/settings/workspace", &fields)).await
        };
        assert_eq!(seen().await, [true, true, false]);
        assert_eq!(choose(&one.to_string()).await.header("location"), Some("/integrations"));
        assert_eq!(seen().await, [true, false, false]);
        server.app.store.set_roles(&both.id, &one, &[]).await.expect("it is taken");
        assert_eq!(seen().await, [false, true, false], "a role that was taken takes its workspace along");
        assert_eq!(choose(&one.to_string()).await.status, 404);
        assert_eq!(choose("").await.status, 303);
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let fields = [("workspace", two.to_string()), ("next", "//evil.example".into())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let away = server.send(browser.post("/settings/workspace", &fields)).await;
        assert_eq!(away.header("location"), Some("/"), "nobody is led to another server");
        let page = server.send(browser.get("/integrations")).await.body;
        assert!(page.contains("second") && !page.contains("third"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn whoever_may_look_but_not_change_is_told_whom_to_ask() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        server.integration("Acme", &[own]).await;
        server.account("Dana K.", false, Some((own, &[Role::Owner]))).await;
        let gone = server.account("Gone", false, Some((own, &[Role::Owner]))).await;
        server.app.store.disable_account(&gone.id, true).await.expect("it is closed");
        let viewer = server.account("viewer", false, Some((own, &[Role::Viewer]))).await;
        let browser = server.browser(&viewer).await;
        let refused = server.send(browser.api("POST", "/api/v1/integrations/Acme/sync")).await;
        assert_eq!((refused.status, refused.code()), (403, "access.refused".to_owned()));
        assert_eq!(refused.json()["fix"], json!("Ask Dana K. or another administrator"));
        let refused = server.send(browser.get("/settings/users")).await;
        assert!(refused.status == 403 && refused.body.contains("Ask an administrator"), "{refused:?}");
    })
    .await;
}
