//! Manners of the whole server: headers of every answer, files, figures, its end.

use super::{Server, client::Request, with_server};
use std::time::Duration;
use weir_model::{KeyScope, Role};
use weir_testkit::Engine;

#[tokio::test]
async fn every_answer_has_the_headers_that_keep_browsers_strict() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        let ada = server.account("ada", false, Some((own, &[Role::Viewer]))).await;
        let browser = server.browser(&ada).await;
        for request in [
            browser.get("/integrations"),
            browser.get("/nothing"),
            browser.get("/api/v1/me"),
            Request::get("/api/v1/me"),
            Request::get("/login"),
            Request::get("/healthz"),
            Request::get("/"),
        ] {
            let answer = server.send(request.clone()).await;
            let policy = answer.header("content-security-policy").unwrap_or_default();
            assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe"), "{request:?}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{request:?}");
            assert_eq!(answer.header("referrer-policy"), Some("same-origin"), "{request:?}");
            assert!(answer.header("x-request-id").is_some(), "{request:?}");
            assert!(
                answer
                    .header("cache-control")
                    .is_some_and(|cache| cache.contains("no-store") || cache.contains("private")),
                "{request:?}"
            );
            assert!(answer.header("strict-transport-security").is_none(), "there is no TLS here");
        }
    })
    .await;
}

#[tokio::test]
async fn pages_hold_neither_script_nor_style_of_their_own_and_their_files_may_be_kept() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        server.integration("<script>alert(1)</script>", &[own]).await;
        let ada = server.account("ada", false, Some((own, &[Role::Viewer]))).await;
        let browser = server.browser(&ada).await;
        for path in ["/integrations", "/nothing"] {
            let page = server.send(browser.get(path)).await.body;
            assert!(
                !page.contains("<style") && !page.contains("style=") && !page.contains(" onclick"),
                "{page}"
            );
            assert!(!page.contains("<script>"), "{page}");
            assert_eq!(page.matches("<h1").count(), 1, "{page}");
        }
        let page = server.send(browser.get("/integrations")).await.body;
        assert!(page.contains("&#60;script&#62;alert(1)"), "{page}");
        let files: Vec<&str> = page.split('"').filter(|text| text.starts_with("/assets/")).collect();
        assert!(files.len() >= 4, "{files:?}");
        for file in files {
            let path = file.split('#').next().expect("a path");
            let answer = server.send(Request::get(path)).await;
            assert_eq!(answer.status, 200, "{file}");
            assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"));
            if let Some((_, icon)) = file.split_once('#') {
                assert!(answer.body.contains(&format!("id=\"{icon}\"")), "{icon}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_list_of_integrations_says_how_each_does_and_when_there_is_none() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        let ada = server.account("ada", false, Some((own, &[Role::Viewer]))).await;
        let browser = server.browser(&ada).await;
        let empty = server.send(browser.get("/integrations")).await.body;
        assert!(empty.contains("Nothing is connected here yet."), "{empty}");
        server.integration("Acme", &[own]).await;
        let page = server.send(browser.get("/integrations")).await.body;
        assert!(
            page.contains("Acme") && page.contains("No Data") && page.contains("not been brought up to date"),
            "{page}"
        );
    })
    .await;
}

#[tokio::test]
async fn what_needs_somebody_comes_first_and_several_are_changed_at_once() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        let (first, _) = server.integration("A paused one", &[own]).await;
        let (other, _) = server.integration("Z never ran", &[own]).await;
        let (away, _) = server.integration("elsewhere", &[]).await;
        let store = &server.app.store;
        store.pause(&first, "ada", None).await.expect("it is paused");
        let ada = server.account("ada", false, Some((own, &[Role::Owner]))).await;
        let browser = server.browser(&ada).await;
        let page = async |path: &str| server.send(browser.get(path)).await.body;
        let list = page("/integrations").await;
        let place = |text: &str| list.find(text).unwrap_or_else(|| panic!("{text}: {list}"));
        assert!(place("Z never ran") < place("A paused one"), "{list}");
        assert!(list.contains("<b>1</b> need you") && list.contains("<b>1</b> need nobody"), "{list}");
        assert!(list.contains("Paused by ada at"), "{list}");
        let nobody = page("/integrations?needs=nobody").await;
        assert!(nobody.contains("A paused one") && !nobody.contains("Z never ran"), "{nobody}");
        assert_eq!(server.send(browser.get("/integrations?needs=all")).await.status, 400);

        let both = [("id", first.to_string()), ("id", other.to_string())];
        let change = async |more: &[(&str, &str)]| {
            let fields = both.iter().map(|(name, id)| (*name, id.as_str())).chain(more.iter().copied());
            let fields: Vec<(&str, &str)> = fields.collect();
            server.send(browser.post("/integrations", &fields)).await
        };
        let tagged = change(&[("action", "tag"), ("tag", "payments")]).await;
        assert_eq!((tagged.status, tagged.header("location")), (303, Some("/integrations?done=tagged")));
        assert_eq!(page("/integrations?tag=payments").await.matches("class=\"tag\"").count(), 2);
        assert_eq!(change(&[("action", "tag"), ("tag", "")]).await.status, 400);
        assert_eq!(change(&[("action", "drop")]).await.status, 400);
        assert_eq!(server.send(browser.post("/integrations", &[("action", "pause")])).await.status, 400);
        assert_eq!(change(&[("action", "pause")]).await.status, 303);
        assert!(page("/integrations?needs=you").await.contains("No integrations match these filters."));
        // What somebody does not see is not told of, and what they may only look at is named.
        let hidden = [("id", &*away.to_string()), ("action", "pause")];
        assert_eq!(server.send(browser.post("/integrations", &hidden)).await.status, 404);
        let lee = server.account("lee", false, Some((own, &[Role::Editor]))).await;
        let browser = server.browser(&lee).await;
        let fields = [("id", &*first.to_string()), ("action", "tag"), ("tag", "x")];
        let refused = server.send(browser.post("/integrations", &fields)).await;
        assert!(refused.body.contains("Not done with all of them") && refused.body.contains("A paused one"));
    })
    .await;
}

#[tokio::test]
async fn the_look_that_somebody_chose_stays() {
    with_server(async |server| {
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let look = async || server.send(browser.get("/integrations")).await.body;
        assert!(!look().await.contains("data-bs-theme"));
        assert_eq!(server.send(browser.post("/settings/theme", &[("theme", "dark")])).await.status, 303);
        assert!(look().await.contains("data-bs-theme=\"dark\""));
        assert_eq!(server.send(browser.post("/settings/theme", &[("theme", "pink")])).await.status, 400);
    })
    .await;
}

#[tokio::test]
async fn figures_are_for_those_with_a_key() {
    with_server(async |server| {
        server.integration("Acme \"x\"", &[]).await;
        assert_eq!(server.send(Request::get("/metrics")).await.status, 401);
        let key = server.key(KeyScope::Read, None).await.secret;
        let page = server.send(Request::get("/metrics").key(&key)).await;
        assert_eq!(page.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
        for line in [
            "weir_build_info{version=\"0.0.0\"} 1",
            "weir_http_requests_total{route=\"/metrics\",code=\"401\"} 1",
            "weir_integration_last_success_timestamp_seconds{integration=\"Acme \\\"x\\\"\"} 0",
        ] {
            assert!(page.body.lines().any(|found| found == line), "{line} is not in {}", page.body);
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_asked_to_stop_answers_no_more_and_ends() {
    let server = Server::start(&Engine::Sqlite).await;
    assert_eq!(server.send(Request::get("/healthz")).await.status, 200);
    server.stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(15), server.ended).await;
    ended.expect("it ends in time").expect("it does not break").expect("it ends well");
    assert!(tokio::net::TcpStream::connect(server.address).await.is_err());
}
