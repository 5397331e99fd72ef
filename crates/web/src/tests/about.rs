//! The server about itself: whether it is well, what it is made of, and a bundle that tells nothing of anybody.

use super::{Server, client::Request, with_server};
use serde_json::Value;
use weir_model::{Clock as _, KeyScope, Kind, RunEvent, RunLevel};
use weir_testkit::Engine;

/// What stands in everything that must not be told.
const MARK: &str = "CANARY";

/// A line of a log that holds text of a site in each of its parts.
fn line(server: &Server, level: RunLevel) -> RunEvent {
    RunEvent {
        at: server.clock.now(),
        level,
        code: "record.unreadable".into(),
        what: Some(Kind::Issues),
        subject: format!("{MARK}-1"),
        message: format!("{MARK} wrote to {MARK}@acme.example of https://{MARK}.example."),
    }
}

#[tokio::test]
async fn a_bundle_tells_how_things_are_and_nothing_of_anybody() {
    for engine in Engine::all() {
        let server = Server::start_with(&engine, |parts| {
            parts.explained.push(("smtp_url", format!("smtps://{MARK}@mail.example"), "--smtp-url".into()));
            parts.explained.push(("proxy", "none".into(), "default".into()));
        })
        .await;
        let own = server.workspace(&format!("{MARK} workspace")).await;
        let (id, run) = server.integration(&format!("{MARK} site"), &[own]).await;
        let lines = [line(&server, RunLevel::Info), line(&server, RunLevel::Error)];
        server.app.store.log(&run, &lines).await.expect("it is kept");
        let root = server.account(&format!("{MARK}@acme.example").to_lowercase(), true, None).await;
        let browser = server.browser(&root).await;

        let page = server.send(browser.get("/settings/about/bundle")).await;
        let file = server.send(browser.get("/settings/about/bundle.json")).await;
        let admin = server.key(KeyScope::Admin, None).await;
        let answer = server.send(Request::get("/api/v1/about/bundle").key(&admin.secret)).await;
        assert_eq!((page.status, file.status, answer.status), (200, 200, 200));
        assert!(file.header("content-disposition").is_some_and(|told| told.contains("weir-support.json")));
        for told in [&file.body, &answer.body] {
            assert!(!told.to_lowercase().contains(&MARK.to_lowercase()), "{told}");
            for left_out in ["acme.example", "mail.example", "hunter2", "proxy.example"] {
                assert!(!told.contains(left_out), "{left_out}: {told}");
            }
            let bundle: Value = serde_json::from_str(told).expect("JSON");
            assert_eq!(bundle["integrations"][0]["id"], id.to_string());
            assert_eq!(bundle["runs"][0]["id"], run.to_string());
            assert_eq!(bundle["log"].as_array().map(Vec::len), Some(1), "{told}");
            assert_eq!(bundle["log"][0]["code"], "record.unreadable");
            let of = |name: &str| {
                let all = bundle["settings"].as_array().expect("settings");
                all.iter().find(|one| one["setting"] == name).expect(name)["value"].clone()
            };
            assert_eq!((of("smtp_url"), of("proxy")), ("(left out)".into(), "none".into()));
            assert_eq!(of("max_in_flight"), "2");
        }
        let (_, shown) = page.body.split_once("<pre id=\"bundle\"").expect("all of it");
        assert!(shown.contains("weir-support/1") && !shown.contains(MARK), "{shown}");
    }
}

#[tokio::test]
async fn the_page_of_the_server_says_whether_it_is_well_and_gives_the_list_of_parts() {
    with_server(async |server| {
        server.integration("Acme", &[]).await;
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let page = server.send(browser.get("/settings/about")).await.body;
        assert!(page.contains("The store answers.") && page.contains("commit not told"), "{page}");
        let list = server.send(browser.get("/settings/about/sbom.json")).await;
        assert_eq!(list.header("content-type"), Some("application/vnd.cyclonedx+json"));
        assert_eq!(list.json()["bomFormat"], "CycloneDX");

        let key_file = server.app.key_file();
        std::fs::remove_file(key_file.path()).expect("it is there");
        let page = server.send(browser.get("/settings/about")).await.body;
        assert!(page.contains("Not well"), "{page}");
        let about = server.send(browser.get("/api/v1/about")).await.json();
        assert_eq!((&about["ready"], &about["checks"][2]["ok"]), (&false.into(), &false.into()), "{about}");
        assert!(about["checks"][2]["sentence"].as_str().is_some_and(|told| told.contains("secret.key")));
    })
    .await;
}
