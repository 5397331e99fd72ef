//! Connecting, repairing and removing an integration with a browser that runs no scripts.

use super::{Browser, Server, client::Answer, life::site, with_server};
use jira_sim::Sim;
use weir_model::{Integration, Role};

pub(super) const WIZARD: &str = "/integrations/new/jira";
/// A project of the simulated site.
const PROJECT: &str = "APOLLO";
pub(super) const EMAIL: &str = "reader@sim.example";
pub(super) const TOKEN: &str = "sim-unscoped-reader";

/// Somebody who may connect integrations in one workspace.
pub(super) async fn owner(server: &Server) -> Browser {
    let own = server.workspace("own").await;
    let ada = server.account("ada", false, Some((own, &[Role::Owner]))).await;
    server.browser(&ada).await
}

pub(super) async fn post(server: &Server, browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
    server.send(browser.post(path, fields)).await
}

pub(super) async fn get(server: &Server, browser: &Browser, path: &str) -> Answer {
    server.send(browser.get(path)).await
}

/// Where an answer leads.
pub(super) fn led(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.header("location").expect("a place").to_owned()
}

/// The id of the set-up that an address names.
pub(super) fn draft_of(path: &str) -> String {
    let (_, rest) = path.split_once("draft=").expect("a set-up");
    rest.split('&').next().expect("an id").to_owned()
}

/// Goes as far as signing in.
pub(super) async fn signed_in(server: &Server, browser: &Browser, sim: &Sim) -> String {
    let first = [("step", "address"), ("draft", ""), ("address", sim.url()), ("name", "Acme Jira")];
    let draft = draft_of(&led(&post(server, browser, WIZARD, &first).await));
    let second = [("step", "sign-in"), ("draft", &draft), ("account", EMAIL), ("secret", TOKEN)];
    let to = led(&post(server, browser, WIZARD, &second).await);
    assert!(to.ends_with("step=sign-in"), "{to}");
    draft
}

pub(super) async fn connected(server: &Server, browser: &Browser, sim: &Sim) -> Integration {
    let draft = signed_in(server, browser, sim).await;
    let third = [("step", "scope"), ("draft", &*draft), ("choice", "everything"), ("do", "next")];
    led(&post(server, browser, WIZARD, &third).await);
    led(&post(server, browser, WIZARD, &[("step", "advanced"), ("draft", &draft)]).await);
    let to = led(&post(server, browser, WIZARD, &[("step", "review"), ("draft", &draft)]).await);
    assert_eq!(to, "/integrations/Acme%20Jira/monitoring");
    server.app.store.integration("Acme Jira").await.expect("an answer").expect("it is kept")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_goes_from_an_address_to_the_first_run_and_a_reload_loses_nothing() {
    let sim = site().await;
    with_server(async |server| {
        let browser = owner(&server).await;
        let start = get(&server, &browser, "/integrations").await;
        assert!(start.body.contains("Where is your Jira?"), "{}", start.body);
        let catalogue = get(&server, &browser, "/integrations/new").await;
        assert!(catalogue.body.contains("Jira Data Center") && catalogue.body.contains("Not built yet"));
        let none = get(&server, &browser, "/integrations/new?q=gitea").await;
        assert!(none.body.contains("can be connected") && !none.body.contains("Add integration"));

        let draft = signed_in(&server, &browser, &sim).await;
        let at = |step: &str| format!("{WIZARD}?draft={draft}&step={step}");
        let checks = get(&server, &browser, &at("sign-in")).await;
        assert!(checks.body.contains("All good: continue") && checks.body.contains("sealed (saved)"));
        assert!(!checks.body.contains(TOKEN), "a credential is never shown");
        let address = get(&server, &browser, &at("address")).await;
        assert!(address.body.contains("value=\"Acme Jira\""));
        let scope = get(&server, &browser, &at("scope")).await;
        let key = PROJECT;
        assert!(scope.body.contains(key), "{}", scope.body);

        let chosen = [
            ("step", "scope"),
            ("draft", &*draft),
            ("choice", "projects"),
            ("shown", key),
            ("project", key),
            ("do", "check"),
        ];
        led(&post(&server, &browser, WIZARD, &chosen).await);
        let counted = get(&server, &browser, &at("scope")).await;
        assert!(
            counted.body.contains("issues match") && counted.body.contains("Newest: "),
            "{}",
            counted.body
        );
        let wrong =
            [("step", "scope"), ("draft", &*draft), ("choice", "jql"), ("jql", "project = "), ("do", "next")];
        let refused = post(&server, &browser, WIZARD, &wrong).await;
        assert_eq!(refused.status, 400);
        assert!(refused.body.contains("jql.parse") && refused.body.contains("project ="), "{}", refused.body);
        let part = post(&server, &browser, &format!("{WIZARD}/count"), &wrong).await;
        assert!(part.status == 200 && part.body.contains("Jira does not accept this JQL"), "{}", part.body);
        let next = [("step", "scope"), ("draft", &*draft), ("choice", "projects"), ("do", "next")];
        assert!(led(&post(&server, &browser, WIZARD, &next).await).ends_with("step=advanced"));
        let set = [("step", "advanced"), ("draft", &*draft), ("interval", "soon")];
        assert!(post(&server, &browser, WIZARD, &set).await.body.contains("interval.bad"));
        let look = [
            ("step", "advanced"),
            ("draft", &*draft),
            ("do", "show"),
            ("cron", "0 6 * * *"),
            ("history", "3mo"),
        ];
        assert!(led(&post(&server, &browser, WIZARD, &look).await).ends_with("step=advanced"));
        let shown = get(&server, &browser, &at("advanced")).await;
        assert!(shown.body.contains("the next three runs: ") && shown.body.contains("issues match"));
        assert!(shown.body.contains("<option value=\"gentle\">Gentle: one request"), "{}", shown.body);
        assert!(shown.body.contains("<option value=\"Asia/Kathmandu\">UTC+05:45"), "{}", shown.body);
        let set = [
            ("step", "advanced"),
            ("draft", &*draft),
            ("interval", "1h"),
            ("history", "24mo"),
            ("speed", "gentle"),
            ("exclude", "comment"),
            ("exclude", "description"),
            ("timezone", "Asia/Kathmandu"),
        ];
        assert!(led(&post(&server, &browser, WIZARD, &set).await).ends_with("step=review"));
        let review = get(&server, &browser, &at("review")).await;
        assert!(review.body.contains("every 1h, without comments, description"), "{}", review.body);
        let begun = get(&server, &browser, "/integrations/new").await;
        assert!(begun.body.contains("Begun by you"));

        let started = post(&server, &browser, WIZARD, &[("step", "review"), ("draft", &draft)]).await;
        assert_eq!(led(&started), "/integrations/Acme%20Jira/monitoring");
        let kept = server.app.store.integration("Acme Jira").await.expect("an answer").expect("it is kept");
        assert_eq!(kept.settings.timezone.as_deref(), Some("Asia/Kathmandu"));
        assert_eq!(kept.settings.interval_minutes, 60);
        assert_eq!(
            (kept.settings.history_months, kept.settings.speed),
            (Some(24), weir_model::Speed::Gentle)
        );
        assert!(kept.settings.transport.guarded);
        let planned = server.app.store.planned_of(&kept.id).await.expect("an answer").expect("it is there");
        assert_eq!(planned.requests.len(), 1, "the first run is asked for");
        let monitoring = get(&server, &browser, "/integrations/Acme%20Jira/monitoring").await;
        assert!(monitoring.body.contains("Sync now") && monitoring.body.contains("was asked for"));
        assert_eq!(get(&server, &browser, &at("review")).await.status, 404, "the set-up is gone");
        let viewer = server.account("vic", false, None).await;
        let other = server.browser(&viewer).await;
        assert_eq!(get(&server, &other, "/integrations/new").await.status, 403);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_up_is_its_owners_alone_and_ends_by_itself() {
    let sim = site().await;
    with_server(async |server| {
        let browser = owner(&server).await;
        let draft = signed_in(&server, &browser, &sim).await;
        let root = server.account("root", true, None).await;
        let other = server.browser(&root).await;
        let path = format!("{WIZARD}?draft={draft}&step=sign-in");
        assert_eq!(get(&server, &other, &path).await.status, 404);
        let theirs = [("step", "sign-in"), ("draft", &*draft), ("account", "x"), ("secret", "y")];
        assert_eq!(post(&server, &other, WIZARD, &theirs).await.status, 404);
        assert_eq!(
            post(&server, &other, &format!("{WIZARD}/discard"), &[("draft", &draft)]).await.status,
            404
        );
        let id = draft.parse().expect("an id");
        let sealed = server.app.store.sealed_of_draft(&id).await.expect("an answer").expect("it is sealed");
        assert!(!sealed.contains(TOKEN));
        server.clock.advance(3 * 24 * 60 * 60_000 + 1);
        assert_eq!(server.app.store.forget_drafts().await.expect("an answer"), 1);
        assert_eq!(server.app.store.sealed_of_draft(&id).await.expect("an answer"), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_on_the_way_is_said_and_what_was_typed_stays() {
    let sim = site().await;
    with_server(async |server| {
        let browser = owner(&server).await;
        for (address, code) in [
            ("", "url.empty"),
            ("https://10.0.0.1", "url.blocked"),
            ("http://8.8.8.8", "url.scheme"),
            ("https://me:secret@acme.example", "url.malformed"),
        ] {
            let typed = [("step", "address"), ("draft", ""), ("address", address), ("name", "Acme Jira")];
            let answer = post(&server, &browser, WIZARD, &typed).await;
            assert!(answer.status >= 400 && answer.body.contains(code), "{address}: {}", answer.body);
            assert!(answer.body.contains("value=\"Acme Jira\""), "{address}");
        }
        let first = [("step", "address"), ("draft", ""), ("address", sim.url()), ("name", "Acme Jira")];
        let draft = draft_of(&led(&post(&server, &browser, WIZARD, &first).await));
        let early = [("step", "review"), ("draft", &*draft)];
        assert!(led(&post(&server, &browser, WIZARD, &early).await).ends_with("step=sign-in"));
        let wrong =
            [("step", "sign-in"), ("draft", &*draft), ("account", EMAIL), ("secret", "hunter2-hunter2")];
        let refused = post(&server, &browser, WIZARD, &wrong).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains("auth.refused") && refused.body.contains(EMAIL), "{}", refused.body);
        assert!(refused.body.contains("1 to fix") && !refused.body.contains("hunter2-h"), "{}", refused.body);
        let unknown = [("step", "sign-in"), ("draft", &*draft), ("colour", "red")];
        assert!(post(&server, &browser, WIZARD, &unknown).await.body.contains("has no field"));
        let hostile = [
            ("step", "address"),
            ("draft", &*draft),
            ("address", "<script>alert(1)</script>"),
            ("name", "<b>"),
        ];
        let answer = post(&server, &browser, WIZARD, &hostile).await;
        assert!(!answer.body.contains("<script>alert") && !answer.body.contains("<b></h1>"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_is_repaired_changed_and_removed_from_its_pages() {
    let sim = site().await;
    with_server(async |server| {
        let browser = owner(&server).await;
        let integration = connected(&server, &browser, &sim).await;
        let site = "/integrations/Acme%20Jira";
        let path = |page: &str| format!("{site}/{page}");
        for (button, action) in [
            ("sync", "integration.sync"),
            ("verify", "integration.verify"),
            ("pause", "integration.pause"),
            ("resume", "integration.resume"),
        ] {
            assert_eq!(led(&post(&server, &browser, &path(button), &[]).await), path("monitoring"));
            let activity = get(&server, &browser, &path("activity")).await;
            assert!(activity.body.contains(action), "{action}");
        }
        assert_eq!(led(&post(&server, &browser, &path("checks"), &[]).await), path("checks"));
        let checks = get(&server, &browser, &path("checks")).await;
        assert!(checks.body.contains("Checks: ") && checks.body.contains("by ada"), "{}", checks.body);

        let wrong = [("secret", "hunter2-hunter2")];
        let refused = post(&server, &browser, &path("authentication"), &wrong).await;
        assert!(refused.status == 422 && refused.body.contains("auth.refused"), "{}", refused.body);
        let sealed = server.app.store.sealed(&integration.id).await.expect("an answer");
        led(&post(&server, &browser, &path("authentication"), &[("secret", TOKEN)]).await);
        assert_ne!(server.app.store.sealed(&integration.id).await.expect("an answer"), sealed);

        // Of another account only after it was shown which, and said that it is meant.
        let mut other = vec![("account", "admin@sim.example"), ("secret", "sim-unscoped-admin")];
        let asked = post(&server, &browser, &path("authentication"), &other).await;
        assert!(asked.status == 422 && asked.body.contains("auth.account_differs"), "{}", asked.body);
        assert!(!asked.body.contains("--accept") && !asked.body.contains("sim-unscoped-admin"));
        let (_, rest) = asked.body.split_once("name=\"other_account\" value=\"").expect("a question");
        let id = rest.split('"').next().expect("an id").to_owned();
        other.push(("other_account", "somebody-else"));
        assert_eq!(post(&server, &browser, &path("authentication"), &other).await.status, 422);
        other.pop();
        other.push(("other_account", &id));
        led(&post(&server, &browser, &path("authentication"), &other).await);
        let now = server.app.store.integration("Acme Jira").await.expect("an answer").expect("it is kept");
        assert_eq!(now.settings.account_id, id);

        let shown = get(&server, &browser, &path("configuration")).await;
        let (_, rest) = shown.body.split_once("name=\"seen\" value=\"").expect("a revision");
        let seen = rest.split('"').next().expect("a revision").to_owned();
        let typed = |what: &'static str| {
            vec![
                ("seen", seen.clone()),
                ("do", what.to_owned()),
                ("name", "Acme Jira".to_owned()),
                ("choice", "projects".to_owned()),
                ("projects", PROJECT.to_owned()),
                ("interval", "1h".to_owned()),
                ("census", "off".to_owned()),
                ("reread", "12h".to_owned()),
            ]
        };
        let send = async |what| {
            let fields = typed(what);
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            post(&server, &browser, &path("configuration"), &fields).await
        };
        let preview = send("preview").await;
        assert!(shown.body.contains("Next three runs") && shown.body.contains("requests at once"));
        assert!(preview.body.contains("The next three runs: "), "{}", preview.body);
        assert!(
            preview.body.contains("This changes: ") && preview.body.contains("In the new scope: "),
            "{}",
            preview.body
        );
        let before = server.app.store.integration("Acme Jira").await.expect("an answer").expect("it is kept");
        assert_eq!(before.settings.interval_minutes, 15, "a preview changes nothing");
        assert_eq!(led(&send("save").await), path("configuration?done=saved"));
        let said = get(&server, &browser, &path("configuration?done=saved")).await;
        assert!(said.body.contains("role=\"status\">Saved.</p>"), "{}", said.body);
        let after = server.app.store.integration("Acme Jira").await.expect("an answer").expect("it is kept");
        assert_eq!((after.settings.interval_minutes, after.settings.census_minutes), (60, None));
        let late = send("save").await;
        assert!(late.status == 412 && late.body.contains("changed.meanwhile"), "{}", late.body);

        let unsure = [("name", "acme jira"), ("in", "7d")];
        assert!(post(&server, &browser, &path("delete"), &unsure).await.body.contains("confirm.name"));
        let sure = [("name", "Acme Jira"), ("in", "7d")];
        led(&post(&server, &browser, &path("delete"), &sure).await);
        let monitoring = get(&server, &browser, &path("monitoring")).await;
        assert!(monitoring.body.contains("Cancel deletion") && !monitoring.body.contains("Sync now"));
        assert_eq!(led(&post(&server, &browser, &path("delete/cancel"), &[]).await), path("monitoring"));
        assert!(get(&server, &browser, &path("monitoring")).await.body.contains("Sync now"));
        server.app.store.delete_integration(&integration.id, "ada").await.expect("it is deleted");
        let receipts = get(&server, &browser, "/integrations/deleted").await;
        assert!(receipts.body.contains("Acme Jira") && receipts.body.contains("by ada"), "{}", receipts.body);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_sees_the_settings_and_no_form() {
    let sim = site().await;
    with_server(async |server| {
        let browser = owner(&server).await;
        let integration = connected(&server, &browser, &sim).await;
        let own = server.app.store.workspaces_of(&integration.id).await.expect("an answer")[0];
        let vic = server.account("vic", false, Some((own, &[Role::Viewer]))).await;
        let viewer = server.browser(&vic).await;
        let shown = get(&server, &viewer, "/integrations/Acme%20Jira/configuration").await;
        assert!(shown.status == 200 && shown.body.contains("Own certificate authority"));
        assert!(!shown.body.contains("Danger zone") && !shown.body.contains("name=\"seen\""));
        let monitoring = get(&server, &viewer, "/integrations/Acme%20Jira/monitoring").await;
        assert!(!monitoring.body.contains("Sync now"));
        let checks = get(&server, &viewer, "/integrations/Acme%20Jira/checks").await;
        assert!(checks.status == 200 && !checks.body.contains("Run the checks"));
        assert_eq!(get(&server, &viewer, "/integrations/Acme%20Jira/authentication").await.status, 403);
    })
    .await;
}
